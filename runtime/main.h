/* main.h - commands of main.c that have files of their own. */
#ifndef MAIN_H
#define MAIN_H

#include "runtime/options.h"
#include "runtime/report.h"

/* waggle fmt: main_fmt.c.  Returns the exit status. */
int main_fmt(const struct options *o, const struct reporter *r, FILE *out);

/* waggle help: main_explain.c.  Returns the exit status. */
int main_help(const struct options *o, const struct reporter *r, FILE *out);

/* waggle learn: learn.c.  Returns the exit status. */
int main_learn(const struct options *o, const struct reporter *r, FILE *out);

/* waggle explain TAG, or of none: main_explain.c.  False: it is about a script;
 * else *status is the exit status. */
bool main_explain(const struct options *o, const struct reporter *r, FILE *out,
		  int *status);

#endif
