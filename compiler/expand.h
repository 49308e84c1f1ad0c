/*
 * expand.h - calls of macros become what the macros stand for.
 *
 * It is done on the tree, before anything has a type: a macro works for
 * whatever its body makes sense for.  A macro sees the variables and maps that
 * were passed to it and its own variables, which get names that no script can
 * write: "$x'7".  Each expansion is a text of its own (source.h), so that an
 * error within shows the macro's line and, by notes, the call.
 */
#ifndef EXPAND_H
#define EXPAND_H

#include "ast.h"

struct unit;

/* All of u->prog; errors go to u->diags.  Modules of the standard library are
 * parsed when the program names something of theirs. */
void expand(struct unit *u);
/* The same for a tree that turned up later, the body of a #define. */
void expand_later(struct unit *u, struct node *n);

/* The first routine of that name which code at a position sees: NULL if there
 * is none. */
const struct routine *expand_find(struct unit *u, const char *name,
				  uint32_t pos);
/* The nearest of all names of routines, for hints; NULL when none is near. */
const char *expand_nearest(struct unit *u, const char *name);

/* "$x" of "$x'7", as the user wrote it. */
const char *expand_shown(struct arena *a, const char *name);

#endif
