/* cpart_read.h - what the files of the C part's parser share. */
#ifndef CPART_READ_H
#define CPART_READ_H

#include "cpart.h"
#include "table.h"

enum { MAX_C_NESTING = 64, MAX_CONDS = 64, MAX_INCLUDED = 64 };

enum c_token { C_END, C_WORD, C_NUMBER, C_STRING, C_CHAR, C_PUNCT };

struct c_tok {
	enum c_token kind;
	struct span at;
	const char *s; /* C_WORD: its text */
	char p[3];     /* C_PUNCT: one or two characters */
};

/* #if and what became of it. */
struct c_cond {
	struct span at;
	bool active; /* this branch is read */
	bool taken;  /* a branch was, or must not be */
	bool in_else;
};

/* A struct or union of which the end is not read yet. */
struct c_open {
	const char *tag;
	bool is_union;
	const struct c_open *outer;
};

/* The state of reading one program's C parts. */
struct cparts {
	struct program *p;
	struct c_part_defs *out;
	const struct c_sizes *sizes;
	const struct source *src;
	struct c_cond conds[MAX_CONDS];
	uint32_t nconds;
	uint32_t outer; /* of nconds, those of the files that include this */
	struct table constants; /* name -> struct c_constant */
	struct table defines;	/* name -> the struct c_define in force */

	struct c_struct **structs;
	struct c_enum **enums;
	struct c_typedef **typedefs;
	struct c_define **last_define;
	struct c_include **includes;
	uint32_t order;
	struct table seen;	   /* headers that were read: "device:inode" */
	uint32_t depth;		   /* of headers that include headers */
	const struct c_open *open; /* the struct that is being read; NULL */
};

/* A place in the text, with one token of look-ahead. */
struct reader {
	struct cparts *c;
	uint32_t start, pos, end;
	bool directives; /* '#' at a line's start is one */
	bool header;	 /* written for C: what is of no use here is skipped */
	bool failed;	 /* an error was reported: give up this part */
	uint32_t depth;
	struct c_tok tok;
};

void c_next(struct reader *r);
bool c_is(const struct reader *r, const char *punct);
bool c_is_word(const struct reader *r, const char *word);
/* Take the token if it is that. */
bool c_take(struct reader *r, const char *punct);
bool c_take_word(struct reader *r, const char *word);
/* Take it or report that it was expected. */
bool c_expect(struct reader *r, const char *punct);
/* One more level of nesting; false, and reported, if there are too many. */
bool c_enter(struct reader *r);
/* Report once a reader, and end it. */
struct diag *c_error(struct reader *r, struct span at, enum diag_tag tag,
		     const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* cpart_line.c: the line that begins at r->pos with '#'; leaves r after it. */
void c_directive(struct reader *r);
/* cpart.c: a header, at the place of the line that includes it. */
void c_header(struct cparts *c, const struct source *src);
bool c_active(const struct cparts *c);

/* cpart_expr.c: a constant expression; in #if an unknown name is 0. */
int64_t c_constant(struct reader *r, bool in_if);

/* cpart_decl.c: one declaration, with its ';' if it has one. */
void c_declaration(struct reader *r);
/* A type without a name of a member, as sizeof takes it. */
void c_type_name(struct reader *r, struct c_type *t);

#endif
