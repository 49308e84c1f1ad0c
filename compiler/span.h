/* span.h - entry and return as one probe: which two programs they are. */
#ifndef SPAN_H
#define SPAN_H

#include "base.h"

struct body;
struct node;
struct target;
struct unit;

/* What a clause asks of the context. */
struct needs {
	bool args, argn, retval, duration;
	bool all_args;		 /* args by itself, not one by name */
	uint64_t argns;		 /* bits: which of arg0 to arg63 */
	VEC(const char *) names; /* args.NAME, once or more */
};

void find_needs(struct arena *a, const struct node *n, struct needs *needs);

/*
 * Ways to do the span t, best first, linked by otherwise: targets of the
 * return, each with its entry.
 */
struct target *span_choices(struct unit *u, const struct target *t,
			    const struct needs *needs);
/* one: of a span's return, a copy that a wildcard's match was put into.  Its
 * name and its entry follow. */
void span_matched(struct unit *u, struct target *one);
/* Whether types are wanted for what the clause asks of this return. */
bool span_wants(const struct target *t, const struct needs *needs);
/* Give the body of a span's return its other half, if something is to be kept
 * for it: false when nothing is.  b->args is set. */
bool span_pair(struct unit *u, struct body *b, const struct needs *needs);

/* Whether args are what an entry kept, not in the context. */
bool span_keeps_args(const struct body *b);
/* How many arguments the span's function has; -1: not known. */
int span_nargs(const struct body *b);

#endif
