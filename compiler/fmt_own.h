/* fmt_own.h - shared by the files of waggle fmt, and by nobody else. */
#ifndef FMT_OWN_H
#define FMT_OWN_H

#include "fmt.h"

/* Kinds that no token has. */
enum { PIECE_LINE_COMMENT = -1, PIECE_COMMENT = -2, PIECE_SHEBANG = -3 };

/* A token or a comment. */
struct piece {
	int kind;
	const char *s;
	uint32_t len;
	uint32_t newlines; /* in the text before it: 0, 1 or, for more, 2 */
	uint32_t match;	   /* a bracket's other one; otherwise 0 */
	uint32_t depth;	   /* brackets open, blocks not counted */
	bool space;	   /* before it, on one line */
	bool soft;	   /* a line that is too long may be broken before it */
	bool keep;	   /* and a break the author made here stays */
};

struct pieces {
	struct arena *a;
	VEC(struct piece) list;
};

static inline bool fmt_is_comment(const struct piece *p)
{
	return p->kind == PIECE_LINE_COMMENT || p->kind == PIECE_COMMENT;
}

/* fmt_piece.c: tokens, and the comments between them; brackets matched.  False
 * if some bracket has no other. */
bool fmt_cut(struct pieces *ps, const struct source *src,
	     const struct tokens *tokens);
/* Whether both are the same but for blanks. */
bool fmt_same(const struct pieces *a, const struct pieces *b);

/* fmt_space.c: what is set apart, and where a line may break. */
void fmt_space(struct pieces *ps);

/* fmt_line.c: lines and indentation. */
void fmt_lines(const struct pieces *ps, struct strbuf *out);

#endif
