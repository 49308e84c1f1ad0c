/* source.h - the texts of a program, in one space of positions. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdio.h>

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
	uint32_t base;	  /* position of its first byte */
	const char *path; /* of the file it was read from; NULL: none */
	bool library;	  /* of the standard library */

	/* An expansion: the text of a macro that stands at `origin`, once more
	 * for one call of it, so that each place in it has a position of its
	 * own. */
	const char *macro;  /* its name; NULL: this is no expansion */
	uint32_t origin;    /* position of the text in its file */
	struct span caller; /* the call */
};

/* A line of a text. */
struct source_line {
	const char *text, *start;
	int line; /* 1-based */
};

struct sources {
	struct arena *arena;
	VEC(struct source) list;
	struct source_line *near; /* the last that was asked for */
};

struct place {
	const struct source *src;
	int line, col;	       /* 1-based; columns count bytes */
	int end_line, end_col; /* col just past the span's last byte */
	const char *text;      /* the first line, without its newline */
	int len;
};

enum { SOURCE_MAX = 64 << 20 }; /* bytes; a longer script is refused */

/* Copies text.  Never NULL, and good until the next text is added. */
struct source *source_add(struct sources *s, const char *name, const char *text,
			  size_t len);
/* For spans within the file's text `of`: the same text as expanded by a call.
 * What to add to their positions. */
uint32_t source_expand(struct sources *s, const char *macro, struct span of,
		       struct span caller);
/* Room for positions that is left. */
uint32_t source_room(const struct sources *s);

/* The text that holds a position; an expansion is a text. */
const struct source *source_at(const struct sources *s, uint32_t pos);
/* The position in a file of what may be in an expansion. */
uint32_t source_origin(const struct sources *s, uint32_t pos);
/* The file or module that a position is in. */
const struct source *source_file(const struct sources *s, uint32_t pos);

/*
 * Where that stands in a file.  What a macro of the standard library expands to
 * stands where it is called: nobody wants to look at the library.
 */
struct span source_shown(const struct sources *s, struct span at);
struct place source_place(const struct sources *s, struct span at);
/* The same, but in the library where it is. */
struct place source_real_place(const struct sources *s, struct span at);
/* The text of that name; NULL: none. */
const struct source *source_named(const struct sources *s, const char *name,
				  size_t len);
/* A line of a text by its number, without its newline; NULL: it has none such.
 */
const char *source_line(const struct source *src, unsigned long line,
			size_t *len);
/* "; name:line: " and that line.  Bytes before the line's text, or 0: none. */
int source_print_line(const struct source *src, unsigned long line, FILE *out);

/* The expansion whose text that is; NULL: none.  *at becomes its call. */
const char *source_caller(const struct sources *s, struct span *at);

#endif
