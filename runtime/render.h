/*
 * render.h - bytes of a type (plan_type) to text.
 *
 * One function a row of render.def, show_<name>(), in render*.c and agg_show.c;
 * a row without one is a link error.  The bytes come from the kernel, the types
 * from a validated plan: a renderer checks the indexes it finds in the bytes
 * and nothing else.
 *
 * Two forms: text as printf and print show it, and JSON values.
 */
#ifndef RENDER_H
#define RENDER_H

#include "compiler/plan.h"

/* What is known about an address.  Strings last until the next call. */
struct symbol {
	const char *name;     /* NULL: unknown */
	uint64_t off;	      /* address - start of name */
	const char *module;   /* kernel module or file; NULL: unknown */
	const char *build_id; /* hex digits of the file; NULL: unknown */
	uint64_t file_off;    /* of the address in that file */
};

/* Where names come from; either function may be NULL: nothing is known.
 * A function leaves s zeroed where it knows nothing. */
struct symbol_source {
	void (*kernel)(void *arg, uint64_t addr, struct symbol *s);
	/* tgid: in waggle's own pid namespace; 0: not in it */
	void (*user)(void *arg, uint64_t addr, uint32_t tgid, struct symbol *s);
	void *arg;
};

/*
 * What rendering needs beside a type and its bytes.  Everything is borrowed
 * but what is marked own.  The caller may change points and symbols at any
 * time between two calls.
 */
struct render {
	const struct plan *plan;
	struct symbol_source symbols;
	int stacks;		   /* descriptor of map "stacks"; -1: none */
	const char *const *points; /* name of attached point, by cookie */
	size_t npoints;

	uint64_t *frames;	 /* own: plan->stack_frames of them */
	struct strbuf scratch;	 /* own */
	struct strbuf key;	 /* own: the same, for JSON names */
	struct known *known;	 /* own: names and paths found before */
	int64_t clock_offset[3]; /* ns from clock of TIMESTAMP to realtime */
	int64_t clock_read;	 /* CLOCK_MONOTONIC when that was read, ns */
};

/* stacks is -1 and nothing is attached until the caller says otherwise. */
void render_init(struct render *r, const struct plan *p);
void render_free(struct render *r);

/* Append the text of a value of plan.types[type] to out. */
void render_value(struct render *r, uint32_t type, const uint8_t *bytes,
		  struct strbuf *out);
/* The same, of a member or argument: bytes are those of the whole. */
void render_field(struct render *r, const struct plan_field *f,
		  const uint8_t *bytes, struct strbuf *out);
/* A map key: the parts of a tuple without its parentheses. */
void render_key(struct render *r, uint32_t type, const uint8_t *bytes,
		struct strbuf *out);

typedef void render_field_fn(struct render *r, const struct plan_field *f,
			     const uint8_t *bytes, struct strbuf *out);
/* Each member of t by render(). */
void render_parts(struct render *r, const struct plan_type *t,
		  const uint8_t *bytes, const char *between,
		  render_field_fn *render, struct strbuf *out);

/* Append a JSON value: a number, true, [..], {..} or the text in quotes. */
void render_json(struct render *r, uint32_t type, const uint8_t *bytes,
		 struct strbuf *out);
void render_json_field(struct render *r, const struct plan_field *f,
		       const uint8_t *bytes, struct strbuf *out);
/* A map key as the text of a JSON name, quotes included. */
void render_json_key(struct render *r, uint32_t type, const uint8_t *bytes,
		     struct strbuf *out);
/* s in quotes: UTF-8 as it is, any other byte as \u00XX. */
void json_quote(struct strbuf *out, const char *s, size_t len);
/* Integers that a double cannot hold are strings. */
void json_int(struct strbuf *out, int64_t v);
void json_uint(struct strbuf *out, uint64_t v);

/* The number in a field, sign-extended to 64 bits when its type is signed:
 * integers, bools, enums, pointers, addresses, ids; bit-fields too. */
uint64_t render_number(const struct plan *p, const struct plan_field *f,
		       const uint8_t *bytes);
bool render_is_signed(const struct plan *p, const struct plan_field *f);

/* strftime() of realtime ns, with %f (us), %k (ns), %l (ms) of the second. */
void render_time(struct strbuf *out, const char *fmt, uint64_t realtime_ns);
/* What to add to a time of a clock of SHOW_TIMESTAMP for that of the day.  It
 * is measured once a second, so that times close to each other keep their
 * distance. */
int64_t render_clock_offset(struct render *r, uint32_t clock);
uint64_t render_now(void); /* CLOCK_REALTIME in ns */

void strbuf_int(struct strbuf *b, int64_t v);
void strbuf_uint(struct strbuf *b, uint64_t v);
void strbuf_hex(struct strbuf *b, uint64_t v); /* without 0x */
void strbuf_str(struct strbuf *b, const char *s);
static inline void strbuf_char(struct strbuf *b, char c)
{
	if (b->len + 1 >= b->cap) {
		strbuf_add(b, &c, 1);
		return;
	}
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}
void strbuf_pad(struct strbuf *b, char c, size_t n);

/* As \xNN; keep_ascii: but printable ASCII as it is. */
void strbuf_byte(struct strbuf *b, uint8_t byte, bool keep_ascii);

typedef void show_fn(struct render *r, const struct plan_type *t,
		     const uint8_t *bytes, struct strbuf *out);
#define SHOW(id, name) show_fn show_##name;
#include "compiler/render.def"
#undef SHOW

#endif
