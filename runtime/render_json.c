/* render_json.c - values as JSON. */
#include "render.h"

#include <string.h>

#include "agg_show.h"

/* ---- text ---- */

/* Bytes of the UTF-8 sequence at s; 0 when it is none (RFC 3629: nothing
 * overlong, no surrogates, nothing past U+10FFFF). */
static size_t utf8_length(const uint8_t *s, size_t len)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n, i;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf0)
		low = 0x90;
	if (s[0] == 0xf4)
		high = 0x8f;
	if (n > len || s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

static void escape(struct strbuf *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	char letter = 0;

	switch (c) {
	case '"':
	case '\\':
		letter = (char)c;
		break;
	case '\b':
		letter = 'b';
		break;
	case '\f':
		letter = 'f';
		break;
	case '\n':
		letter = 'n';
		break;
	case '\r':
		letter = 'r';
		break;
	case '\t':
		letter = 't';
		break;
	}
	if (letter) {
		strbuf_char(out, '\\');
		strbuf_char(out, letter);
	} else {
		strbuf_add(out, u, sizeof(u));
	}
}

void json_quote(struct strbuf *out, const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + len, *run = p;
	size_t n;

	strbuf_char(out, '"');
	while (p < end) {
		n = 0;
		if (*p >= 0x80)
			n = utf8_length(p, (size_t)(end - p));
		else if (*p >= ' ' && *p != '"' && *p != '\\' && *p != 0x7f)
			n = 1;
		if (n) {
			p += n;
			continue;
		}
		strbuf_add(out, (const char *)run, (size_t)(p - run));
		escape(out, *p);
		run = ++p;
	}
	strbuf_add(out, (const char *)run, (size_t)(p - run));
	strbuf_char(out, '"');
}

/* ---- numbers ---- */

#define EXACT (1ull << 53) /* in a double, which most readers put it in */

void json_uint(struct strbuf *out, uint64_t v)
{
	const char *quote = v > EXACT ? "\"" : "";

	strbuf_str(out, quote);
	strbuf_uint(out, v);
	strbuf_str(out, quote);
}

void json_int(struct strbuf *out, int64_t v)
{
	const char *quote =
		v < -(int64_t)EXACT || v > (int64_t)EXACT ? "\"" : "";

	strbuf_str(out, quote);
	strbuf_int(out, v);
	strbuf_str(out, quote);
}

/* ---- values ---- */

static void quote_text(struct render *r, const struct plan_field *f,
		       const uint8_t *bytes, struct strbuf *out)
{
	strbuf_reset(&r->scratch);
	render_field(r, f, bytes, &r->scratch);
	json_quote(out, r->scratch.s ? r->scratch.s : "", r->scratch.len);
}

static void json_array(struct render *r, const struct plan_type *t,
		       const uint8_t *bytes, struct strbuf *out)
{
	uint32_t size = r->plan->types.v[t->elem].size, i;

	strbuf_char(out, '[');
	for (i = 0; i < t->n; i++) {
		if (i)
			strbuf_char(out, ',');
		render_json(r, t->elem, bytes + (size_t)i * size, out);
	}
	strbuf_char(out, ']');
}

static void json_members(struct render *r, const struct plan_type *t,
			 const uint8_t *bytes, struct strbuf *out)
{
	size_t i;

	strbuf_char(out, '{');
	for (i = 0; i < t->fields.n; i++) {
		const struct plan_field *f = &t->fields.v[i];

		if (i)
			strbuf_str(out, ", ");
		json_quote(out, f->name, strlen(f->name));
		strbuf_str(out, ": ");
		render_json_field(r, f, bytes, out);
	}
	strbuf_char(out, '}');
}

/* A number of at most 64 bits, which text shows in digits. */
static void json_number(struct render *r, const struct plan_field *f,
			const uint8_t *bytes, struct strbuf *out)
{
	uint64_t v = render_number(r->plan, f, bytes);

	if (render_is_signed(r->plan, f))
		json_int(out, (int64_t)v);
	else
		json_uint(out, v);
}

/* Counts and the like: agg_show.c knows how states become numbers. */
static void json_agg(struct render *r, const struct plan_field *f,
		     const uint8_t *bytes, struct strbuf *out)
{
	const struct plan_type *t = &r->plan->types.v[f->type];
	struct agg_number a = agg_number(t, bytes + f->offset);

	if (t->show == SHOW_STATS) {
		strbuf_str(out, "{\"count\": ");
		json_uint(out, a.count);
		strbuf_str(out, ", \"average\": ");
	}
	if (a.is_signed)
		json_int(out, (int64_t)a.value);
	else
		json_uint(out, a.value);
	if (t->show != SHOW_STATS)
		return;
	strbuf_str(out, ", \"total\": ");
	if (a.is_signed)
		json_int(out, (int64_t)a.total);
	else
		json_uint(out, a.total);
	strbuf_char(out, '}');
}

void render_json_field(struct render *r, const struct plan_field *f,
		       const uint8_t *bytes, struct strbuf *out)
{
	const struct plan_type *t = &r->plan->types.v[f->type];

	switch ((enum show)t->show) {
	case SHOW_INT:
		json_number(r, f, bytes, out);
		break;
	case SHOW_BOOL:
		render_field(r, f, bytes, out);
		break;
	case SHOW_ARRAY:
		json_array(r, t, bytes + f->offset, out);
		break;
	case SHOW_TUPLE:
		strbuf_char(out, '[');
		render_parts(r, t, bytes + f->offset, ",", render_json_field,
			     out);
		strbuf_char(out, ']');
		break;
	case SHOW_RECORD:
	case SHOW_STRUCT:
		json_members(r, t, bytes + f->offset, out);
		break;
	case SHOW_COUNT:
	case SHOW_SUM:
	case SHOW_MIN:
	case SHOW_MAX:
	case SHOW_AVG:
	case SHOW_STATS:
		json_agg(r, f, bytes, out);
		break;
	case SHOW_HIST:
	case SHOW_LHIST:
		hist_json(t, bytes + f->offset, 1, out);
		break;
	case SHOW_NONE:
		strbuf_str(out, "null");
		break;
	case SHOW_TSERIES:
		tseries_json(r, t, bytes + f->offset, out);
		break;
	case SHOW_ENUM:
	case SHOW_PTR:
	case SHOW_STRING:
	case SHOW_BUFFER:
	case SHOW_INET:
	case SHOW_MACADDR:
	case SHOW_KSYM:
	case SHOW_USYM:
	case SHOW_KSTACK:
	case SHOW_USTACK:
	case SHOW_TIMESTAMP:
	case SHOW_CGROUP_PATH:
	case SHOW_USERNAME:
	case SHOW_COMM:
	case SHOW_PROBE:
		quote_text(r, f, bytes, out);
		break;
	case NSHOWS:
		break;
	}
}

void render_json(struct render *r, uint32_t type, const uint8_t *bytes,
		 struct strbuf *out)
{
	struct plan_field whole = { .name = "", .type = type };

	render_json_field(r, &whole, bytes, out);
}

/* ---- keys ---- */

static bool is_compound(uint32_t show)
{
	return show == SHOW_TUPLE || show == SHOW_RECORD ||
	       show == SHOW_STRUCT || show == SHOW_ARRAY;
}

/* A part of a key: plain text, or JSON within the name. */
static void key_part(struct render *r, const struct plan_field *f,
		     const uint8_t *bytes, struct strbuf *out)
{
	if (is_compound(r->plan->types.v[f->type].show))
		render_json_field(r, f, bytes, out);
	else
		render_field(r, f, bytes, out);
}

void render_json_key(struct render *r, uint32_t type, const uint8_t *bytes,
		     struct strbuf *out)
{
	struct plan_field whole = { .name = "", .type = type };
	const struct plan_type *t = &r->plan->types.v[type];

	strbuf_reset(&r->key);
	if (t->show == SHOW_TUPLE)
		render_parts(r, t, bytes, ",", key_part, &r->key);
	else
		key_part(r, &whole, bytes, &r->key);
	json_quote(out, r->key.s ? r->key.s : "", r->key.len);
}
