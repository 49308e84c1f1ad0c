/*
 * plan_args.h - what stands after a script on its command line.
 *
 *	script.bt 100 --pid=7 -v -- --name x
 *
 * An option the script declares with getopt() is the script's, before or after
 * "--"; the rest is positional: $1, $2, ...  The compiler reads it so, and so
 * does the runtime for an image whose parameters are given when it starts.
 */
#ifndef PLAN_ARGS_H
#define PLAN_ARGS_H

#include "plan.h"

struct args {
	struct arena *arena;
	const struct plan *plan; /* its params say what there is */
	/* What is wrong, and what to do or NULL; called for each mistake. */
	void (*fail)(void *ctx, const char *text, const char *hint);
	/* argv[0] is no option of the script: returns how many of argv it took,
	 * 0 when it does not know it either, -1 after reporting.  May be NULL.
	 */
	int (*other)(void *ctx, int left, char **argv);
	void *ctx;

	/* what args_read() found */
	const char **values; /* for each of plan->params: as given, or NULL */
	VEC(const char *) positional; /* $1 and on */
	bool help;		      /* --help, or -h */
	bool failed;
};

/* Read argv, whose strings are kept.  False after calling fail. */
bool args_read(struct args *a, int argc, char **argv);

/* The value of parameter i as text: as given, or its default. */
const char *args_text(const struct args *a, size_t i);

/* The number that text is, as 64 bits: 0x10, 010, -1.  False: it is none. */
bool args_number(const char *text, uint64_t *v);

/* An option's long or short name; NULL when there is none. */
const struct plan_param *args_find_long(const struct plan *p, const char *name,
					size_t len);
const struct plan_param *args_find_short(const struct plan *p, char letter);

/* The options of the script, as --help shows them. */
void args_help(const struct plan *p, const char *script, FILE *out);

/* Is it an option, and no $1? */
bool args_is_option(const struct plan_param *p);

#endif
