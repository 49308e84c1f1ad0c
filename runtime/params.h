/* params.h - what a script was given when it was started: an image that was
 * made for that has it in slots and in the rates of its timers. */
#ifndef PARAMS_H
#define PARAMS_H

#include "compiler/plan_args.h"
#include "runtime/report.h"

/* Reads argv by the params of args->plan; the caller sets arena, plan, other
 * and ctx.  False after reporting. */
bool params_read(struct args *args, const struct reporter *rep, int argc,
		 char **argv);

/* Put the values (args->values, or NULL: all have their defaults) where the
 * plan's attach points wait for them.  0, or -EINVAL after reporting. */
int params_apply(struct plan *p, const char *const *values, struct arena *a,
		 const struct reporter *rep);

/* The value of parameter i as text. */
const char *params_text(const struct plan *p, const char *const *values,
			size_t i);

#endif
