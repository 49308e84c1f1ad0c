/* source.h - the texts of a program, in one space of positions. */
#ifndef SOURCE_H
#define SOURCE_H

#include "base.h"

/* A half-open range of bytes.  Lines and columns exist only when something is
 * printed. */
struct span {
	uint32_t beg, end;
};

/*
 * One text: the script, an imported file, a header, the standard library.
 * Texts follow each other in one space of positions with a gap of one byte, so
 * that a span alone says which file it is in.
 */
struct source {
	const char *name; /* as shown: "stdin" for -e and for - */
	const char *text; /* NUL-terminated; may hold NULs before its end */
	uint32_t len;
	uint32_t base; /* position of its first byte */
};

struct sources {
	struct arena *arena;
	VEC(struct source) list;
};

struct place {
	const struct source *src;
	int line, col;	       /* 1-based; columns count bytes */
	int end_line, end_col; /* col just past the span's last byte */
	const char *text;      /* the first line, without its newline */
	int len;
};

enum { SOURCE_MAX = 64 << 20 }; /* bytes; a longer script is refused */

/* Copies text.  Never NULL. */
const struct source *source_add(struct sources *s, const char *name,
				const char *text, size_t len);
struct place source_place(const struct sources *s, struct span at);

#endif
