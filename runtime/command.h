/* command.h - what waggle and the programs it builds do alike. */
#ifndef COMMAND_H
#define COMMAND_H

#include "compiler/plan.h"
#include "runtime/options.h"
#include "runtime/report.h"

/* Run an image with these values of its parameters (load_options); elsewhere:
 * it may have been made for another kernel.  Returns the exit status. */
int command_run(const struct options *o, const struct image *img,
		const char *const *params, bool elsewhere, FILE *out);

typedef int command_fn(const struct options *o, const struct reporter *r,
		       FILE *out, void *ctx);

/* Open the output that o names, do fn, close it.  Returns the exit status,
 * which is fn's unless the output could not be written. */
int command_do(const struct options *o, command_fn *fn, void *ctx);

/* A closed standard descriptor would become a map's or a pipe's, and be written
 * to: it is made one that cannot be used for what it is for. */
void command_hold_standard_fds(void);

#endif
