/*
 * param.h - the parameters of a script: getopt(), $1, $#.
 *
 * In a run they are constants.  A program that is built to be started later
 * (u->deferred) reads them from slots that the runtime fills before it loads
 * the program, so that the verifier knows their values too; what is given while
 * building is then the default.
 */
#ifndef PARAM_H
#define PARAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct node;
struct type;
struct unit;

/* Find the script's getopt() calls and read u->argv by them.  Errors, unknown
 * options among them, go to u->diags; --help sets u->help. */
void param_read(struct unit *u);

/* The value of a getopt() call, with the call's span: N_INT, N_BOOL or N_STR by
 * its default, or N_PARAM when it is not known yet.  NULL after an error. */
struct node *param_getopt(struct unit *u, struct node *call);

/* Give an N_PARAM its param.value, N_INT or N_STR: a string when as_string or
 * when it is no number; 0 or "" with a warning when it was not given.  Or its
 * param.row, when it is given later. */
void param_positional(struct unit *u, struct node *param, bool as_string);

/* Make an N_NPARAMS an N_PARAM with a row. */
void param_nparams(struct unit *u, struct node *n);

/* The type of an N_PARAM that has a row. */
const struct type *param_type(struct unit *u, const struct node *n);

/* n, or what it is computed of, is taken for unsigned as a literal would be:
 * let the runtime refuse negative values. */
void param_meets_unsigned(struct unit *u, const struct node *n);

/* Where the language wants a constant: compile an N_PARAM's default in, and let
 * the runtime refuse any other value.  False: n is nothing of the kind. */
bool param_fix(struct unit *u, struct node *n);

/* $i as text, "" when it was not given: for attach points, which can't be
 * changed later. */
const char *param_fixed_text(struct unit *u, int i);
const char *param_text(struct unit *u, int i);
int param_count(const struct unit *u);

/* The row, from 1, of $i as a number given later. */
uint32_t param_row(struct unit *u, int i);

/* The options of the script, as --help shows them. */
void param_help(const struct unit *u, FILE *out);

/* Leave in the plan only what can be given later. */
void param_finish(struct unit *u);

#endif
