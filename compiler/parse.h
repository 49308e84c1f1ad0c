/* parse.h - text to tree. */
#ifndef PARSE_H
#define PARSE_H

#include "ast.h"

/* As the grammar sees them: no blanks, no comments.  A C definition is one. */
struct token {
	int kind; /* TOK_* of the grammar, or a character */
	struct span at;
};

struct tokens {
	VEC(struct token) list;
};

/*
 * Add what src holds to the program.  False, and p->broken set, after syntax
 * errors, all of which are in p->diags.  Safe on any bytes: nesting is bounded
 * (DIAG_NESTING), NULs and junk are reported as such.
 */
bool parse(struct program *p, const struct source *src);

/*
 * The one expression that stands at that place of a source: the body of a
 * #define.  A new tree each time.  NULL after errors, which are in p->diags and
 * set p->broken.
 */
struct node *parse_expr(struct program *p, struct span at);

#endif
