/* command.h - what waggle and the programs it builds do alike. */
#ifndef COMMAND_H
#define COMMAND_H

#include "compiler/plan.h"
#include "runtime/options.h"
#include "runtime/report.h"

/* Run an image with these values of its parameters (load_options).  Returns
 * the exit status. */
int command_run(const struct options *o, const struct image *img,
		const char *const *params, FILE *out);

typedef int command_fn(const struct options *o, const struct reporter *r,
		       FILE *out, void *ctx);

/* Open the output that o names, do fn, close it.  Returns the exit status,
 * which is fn's unless the output could not be written. */
int command_do(const struct options *o, command_fn *fn, void *ctx);

#endif
