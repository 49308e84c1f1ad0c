/* explain.h - waggle explain FILE: a typed script in plain words. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdio.h>

#include "ast.h"

struct body;
struct unit;

/* What each probe waits for and does, the maps, what costs something and what
 * changes the machine.  btf_path as for compile(). */
void explain(const struct unit *u, const char *btf_path, FILE *out);

/* explain_stmt.c: what a block does, a line a statement, from depth on. */
void explain_block(const struct unit *u, const struct node *block, int depth,
		   FILE *out);
/* The script's own words there, on one line; in the unit's arena. */
const char *explain_text(const struct unit *u, struct span at);

/* A clause, by the first of its bodies, and the places that it hangs on. */
struct clause_places {
	const struct body *b;
	const char *points; /* as written */
	VEC(const char *) names;
};

/* explain_where.c: find the places of cp's bodies, and print them. */
void explain_where(const struct unit *u, struct clause_places *cp,
		   const char *btf_path, FILE *out);
/* A name of the script or the machine, fit for a terminal. */
void explain_name(const char *name, FILE *out);

/* explain_cost.c: what is dear about it all, and what changes the machine; none
 * is said to be none. */
void explain_costs(const struct unit *u, const struct clause_places *cps,
		   size_t n, FILE *out);

#endif
