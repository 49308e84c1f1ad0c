/*
 * param.h - what stands after the script on the command line.
 *
 *	script.bt 100 --pid=7 -v -- --name x
 *
 * An option the script declares with getopt() is the script's, before or after
 * "--"; the rest is positional: $1, $2, ...
 */
#ifndef PARAM_H
#define PARAM_H

#include <stdbool.h>
#include <stdio.h>

struct node;
struct unit;

/* Find the script's getopt() calls and read u->argv by them.  Errors, unknown
 * options among them, go to u->diags; --help sets u->help. */
void param_read(struct unit *u);

/* The value of a getopt() call: N_INT, N_BOOL or N_STR by its default, with the
 * call's span.  NULL after an error. */
struct node *param_getopt(struct unit *u, struct node *call);

/* Give an N_PARAM its param.value, N_INT or N_STR: a string when as_string or
 * when it is no number; 0 or "" with a warning when it was not given. */
void param_positional(struct unit *u, struct node *param, bool as_string);

/* $i as text, "" when it was not given: for attach points. */
const char *param_text(struct unit *u, int i);
int param_count(const struct unit *u);

/* The options of the script, as --help shows them. */
void param_help(const struct unit *u, FILE *out);

#endif
