#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/*
 * The bytes of section .waggle, little-endian whatever the machine:
 *
 *	8 bytes	magic
 *	u32	PLAN_VERSION
 *	u32	bytes in all, this header included
 *	u32	crc32 of what follows the header
 *	struct plan, its members in the order of plan.def: u32 and u64 as they
 *	are, a string as u32 length, bytes and a NUL, a list as u32 count and
 *its elements
 */
static const char magic[8] = "waggle\r\n";

enum { HEADER_SIZE = 20 };

/* Lists within lists; only a point's alternatives nest at will. */
enum { MAX_NESTING = 16 };

/* ---- writing ---- */

static void put_uint(struct strbuf *b, uint64_t v, int size)
{
	char bytes[8];
	int i;

	for (i = 0; i < size; i++)
		bytes[i] = (char)(v >> 8 * i & 0xff);
	strbuf_add(b, bytes, (size_t)size);
}

static void put_str(struct strbuf *b, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	put_uint(b, len, 4);
	strbuf_add(b, s ? s : "", len + 1);
}

#define STRUCT(name) \
	static void put_##name(struct strbuf *b, const struct name *x);
#define U32(m)
#define U64(m)
#define STR(m)
#define LIST(t, m)
#define END(name)
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

#define STRUCT(name)                                                   \
	static void put_##name(struct strbuf *b, const struct name *x) \
	{
#define U32(m) put_uint(b, x->m, 4);
#define U64(m) put_uint(b, x->m, 8);
#define STR(m) put_str(b, x->m);
#define LIST(t, m)                                      \
	put_uint(b, x->m.n, 4);                         \
	for (size_t i_##m = 0; i_##m < x->m.n; i_##m++) \
		put_##t(b, &x->m.v[i_##m]);
#define END(name) }
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

uint8_t *plan_encode(const struct plan *p, size_t *size)
{
	struct strbuf body = { 0 }, all = { 0 };
	const Bytef *bytes;

	put_plan(&body, p);
	bytes = (const Bytef *)body.s;
	strbuf_add(&all, magic, sizeof(magic));
	put_uint(&all, PLAN_VERSION, 4);
	put_uint(&all, HEADER_SIZE + body.len, 4);
	put_uint(&all, crc32(0, bytes, (uInt)body.len), 4);
	strbuf_add(&all, body.s, body.len);
	strbuf_free(&body);
	*size = all.len;
	return (uint8_t *)all.s;
}

/* ---- reading ---- */

/* The first thing that does not fit ends it: all later reads give zeros. */
struct reader {
	struct arena *arena;
	const uint8_t *p, *end;
	int nesting;
	const char *bad; /* why; NULL: nothing wrong yet */
};

static uint64_t get_uint(struct reader *r, int size)
{
	uint64_t v = 0;
	int i;

	if (!r->bad && r->end - r->p < size)
		r->bad = "it ends in the middle of a table";
	if (r->bad)
		return 0;
	for (i = 0; i < size; i++)
		v |= (uint64_t)r->p[i] << 8 * i;
	r->p += size;
	return v;
}

static const char *get_str(struct reader *r)
{
	uint32_t len = (uint32_t)get_uint(r, 4);
	const char *s = (const char *)r->p;

	if (!r->bad && (size_t)(r->end - r->p) <= len)
		r->bad = "it ends in the middle of a string";
	else if (!r->bad && (strnlen(s, len) != len || s[len]))
		r->bad = "it has a string of the wrong length";
	if (r->bad)
		return "";
	r->p += (size_t)len + 1;
	return arena_strndup(r->arena, s, len);
}

/* Any element takes at least four bytes, so a false count ends soon. */
static uint32_t get_count(struct reader *r)
{
	uint32_t n = (uint32_t)get_uint(r, 4);

	if (!r->bad && n > (size_t)(r->end - r->p) / 4)
		r->bad = "it has a list longer than itself";
	if (!r->bad && r->nesting == MAX_NESTING)
		r->bad = "its lists are nested too deeply";
	return r->bad ? 0 : n;
}

#define STRUCT(name) static void get_##name(struct reader *r, struct name *x);
#define U32(m)
#define U64(m)
#define STR(m)
#define LIST(t, m)
#define END(name)
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

#define STRUCT(name)                                             \
	static void get_##name(struct reader *r, struct name *x) \
	{
#define U32(m) x->m = (uint32_t)get_uint(r, 4);
#define U64(m) x->m = get_uint(r, 8);
#define STR(m) x->m = get_str(r);
#define LIST(t, m)                                                       \
	for (uint32_t n_##m = get_count(r); n_##m && !r->bad; n_##m--) { \
		r->nesting++;                                            \
		get_##t(r, vec_push(r->arena, &x->m));                   \
		r->nesting--;                                            \
	}
#define END(name) }
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

static bool refuse(char *err, size_t errsize, const char *why)
{
	snprintf(err, errsize, "the program image is damaged: %s", why);
	return false;
}

static bool check_header(const uint8_t *bytes, size_t size, char *err,
			 size_t errsize)
{
	struct reader r = { .p = bytes, .end = bytes + size };
	uint32_t version, total, sum;

	if (size < HEADER_SIZE || memcmp(bytes, magic, sizeof(magic)) != 0)
		return refuse(err, errsize, "its tables have no header");
	r.p += sizeof(magic);
	version = (uint32_t)get_uint(&r, 4);
	total = (uint32_t)get_uint(&r, 4);
	sum = (uint32_t)get_uint(&r, 4);
	if (version != PLAN_VERSION) {
		snprintf(err, errsize,
			 "the program image has format %u and this waggle "
			 "reads format %d: build it again",
			 version, PLAN_VERSION);
		return false;
	}
	if (total != size)
		return refuse(err, errsize, "part of its tables is missing");
	if (crc32(0, r.p, (uInt)(size - HEADER_SIZE)) != sum)
		return refuse(err, errsize, "the checksum does not match");
	return true;
}

struct plan *plan_decode(struct arena *a, const uint8_t *bytes, size_t size,
			 char *err, size_t errsize)
{
	struct reader r = { .arena = a };
	struct plan *p;

	if (!check_header(bytes, size, err, errsize))
		return NULL;
	r.p = bytes + HEADER_SIZE;
	r.end = bytes + size;
	p = arena_make(a, struct plan);
	get_plan(&r, p);
	if (!r.bad && r.p != r.end)
		r.bad = "something follows its tables";
	if (r.bad) {
		refuse(err, errsize, r.bad);
		return NULL;
	}
	return plan_check(p, err, errsize) ? p : NULL;
}

/* ---- names ---- */

const char *provider_name(enum provider p)
{
	static const char *const names[] = {
#define PROVIDER(id, name, aliases, parts, section, flags, help) \
	[PROVIDER_##id] = #name,
#include "probe.def"
#undef PROVIDER
	};

	return p < NPROVIDERS ? names[p] : "?";
}

const char *show_name(enum show s)
{
	static const char *const names[] = {
#define SHOW(id, name) [SHOW_##id] = #name,
#include "render.def"
#undef SHOW
	};

	return s < NSHOWS ? names[s] : "?";
}

const char *action_name(enum action a)
{
	static const char *const names[] = {
#define ACTION(id, name) [ACTION_##id] = #name,
#include "action.def"
#undef ACTION
	};

	return a < NACTIONS ? names[a] : "?";
}

void image_free(struct image *img)
{
	free(img->bytes);
	*img = (struct image){ 0 };
}

/* ---- dump ---- */

struct dumper {
	FILE *out;
	int indent;
};

static void dump_text(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '\t')
			fputs("\\t", out);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			fprintf(out, "\\x%02x", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

/* Numbers that a table has names for. */
static const char *number_name(const char *member, uint64_t v)
{
	if (strcmp(member, "show") == 0 && v < NSHOWS)
		return show_name((enum show)v);
	if (strcmp(member, "action") == 0 && v < NACTIONS)
		return action_name((enum action)v);
	if (strcmp(member, "provider") == 0 && v < NPROVIDERS)
		return provider_name((enum provider)v);
	return NULL;
}

static void dump_number(struct dumper *d, const char *member, uint64_t v)
{
	const char *name = number_name(member, v);

	if (name)
		fprintf(d->out, " %s=%s", member, name);
	else if (v && strcmp(member, "conv") == 0)
		fprintf(d->out, " conv=%c", v < 0x7f ? (int)v : '?');
	else if (v)
		fprintf(d->out, " %s=%llu", member, (unsigned long long)v);
}

static void dump_str(struct dumper *d, const char *member, const char *s)
{
	if (!s || !*s)
		return;
	fprintf(d->out, " %s=", member);
	dump_text(d->out, s);
}

static void dump_head(struct dumper *d, const char *member, size_t i)
{
	fprintf(d->out, "%*s%s[%zu]", 2 * d->indent, "", member, i);
}

#define STRUCT(name) \
	static void dump_##name(struct dumper *d, const struct name *x);
#define U32(m)
#define U64(m)
#define STR(m)
#define LIST(t, m)
#define END(name)
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

/* The numbers and strings of a row on one line ... */
#define STRUCT(name)                                                    \
	static void line_##name(struct dumper *d, const struct name *x) \
	{
#define U32(m) dump_number(d, #m, x->m);
#define U64(m) dump_number(d, #m, x->m);
#define STR(m) dump_str(d, #m, x->m);
#define LIST(t, m)
#define END(name)            \
	fputc('\n', d->out); \
	}
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

/* ... and then its lists, a line each element. */
#define STRUCT(name)                                                    \
	static void dump_##name(struct dumper *d, const struct name *x) \
	{                                                               \
		line_##name(d, x);                                      \
		d->indent++;
#define U32(m)
#define U64(m)
#define STR(m)
#define LIST(t, m)                                        \
	for (size_t i_##m = 0; i_##m < x->m.n; i_##m++) { \
		dump_head(d, #m, i_##m);                  \
		dump_##t(d, &x->m.v[i_##m]);              \
	}
#define END(name)    \
	d->indent--; \
	}
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

void plan_dump(const struct plan *p, FILE *out)
{
	struct dumper d = { .out = out };

	fputs("plan", out);
	dump_plan(&d, p);
}
