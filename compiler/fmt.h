/* fmt.h - a script in canonical form: waggle fmt. */
#ifndef FMT_H
#define FMT_H

#include "ast.h"
#include "parse.h"

/*
 * Append to out the text of src, which p was parsed from without errors while
 * p->tokens were recorded, laid out anew.  Only blanks and newlines change:
 * tokens and comments stay, in their order, and formatting the result again
 * changes nothing.  False, and nothing appended, when that cannot be kept: it
 * is reported in p->diags.
 *
 * What it looks like: a tab for each block, a statement a line, lines of 80
 * columns broken behind commas and operators and continued four blanks further
 * in; a break that the author made there stays.  What was on one line stays on
 * it, if it fits and no block in it has more than one statement.  C definitions
 * are left as they are.
 */
bool fmt(struct program *p, const struct source *src, struct strbuf *out);

#endif
