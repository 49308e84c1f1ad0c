/* expand_own.h - what the two files of the expander share. */
#ifndef EXPAND_OWN_H
#define EXPAND_OWN_H

#include "expand.h"
#include "sema.h"

/* State of the expander; it lives as long as the unit. */
struct expander {
	struct unit *u;
	struct table user, library; /* name -> the first routine of it */
	VEC(struct routine *) open; /* calls around here, outermost first */
	uint32_t serial;	    /* of expansions */
	uint32_t copied;	    /* nodes so far */
	uint32_t depth;		    /* of the tree here */
	bool stopped;		    /* too much: said once */
};

/* Beyond this some macro multiplies itself. */
enum { MAX_COPIED = 1 << 18 };

/*
 * A copy of the body of r with its parameters replaced by args, one for each;
 * `call` is where.  Its places are those of a new expansion.  NULL: there is
 * no more room, and that was reported.
 */
struct node *expand_body(struct expander *x, const struct routine *r,
			 struct node *args, struct span call);

#endif
