#include "printf.h"

#include <string.h>

#include "agg_show.h"
#include "bytes.h"

/* ---- numbers ---- */

/* Bytes of the number that a conversion shows: what its length modifier says;
 * without one an int, as in C, or all of what is wider: nothing is cut that the
 * user did not ask to cut. */
static uint32_t shown_size(const struct plan_segment *s,
			   const struct plan_type *t)
{
	if (s->size)
		return s->size;
	return t->size > 4 ? 8 : 4;
}

static uint64_t cut(uint64_t v, uint32_t size, bool is_signed)
{
	uint64_t sign;

	if (size >= 8)
		return v;
	sign = 1ull << (8 * size - 1);
	v &= (sign << 1) - 1;
	return is_signed ? (v ^ sign) - sign : v;
}

/* Aggregations count as what they amount to. */
static uint64_t number_of(const struct render *r, const struct plan_field *f,
			  const uint8_t *rec)
{
	const struct plan_type *t = &r->plan->types.v[f->type];

	if (t->show >= SHOW_COUNT && t->show <= SHOW_STATS)
		return agg_number(t, rec + f->offset).value;
	return render_number(r->plan, f, rec);
}

/* A conversion with its width and precision worked out. */
struct conv {
	uint32_t flags, width, prec;
	bool has_prec;
};

/* Arguments may make a line long, but not without end. */
enum { MAX_WIDTH = 1 << 16 };

static uint32_t bounded(int64_t v)
{
	return v > MAX_WIDTH ? MAX_WIDTH : v < 0 ? 0 : (uint32_t)v;
}

static struct conv conv_of(const struct render *r, const struct plan_event *ev,
			   const struct plan_segment *s, const uint8_t *rec)
{
	struct conv c = { s->flags, s->width, s->prec,
			  s->flags & (FORMAT_PREC | FORMAT_PREC_ARG) };
	int64_t v;

	if (!(s->flags & (FORMAT_WIDTH_ARG | FORMAT_PREC_ARG)))
		return c;
	if (s->flags & FORMAT_WIDTH_ARG) {
		v = (int64_t)render_number(r->plan, &ev->fields.v[s->width - 1],
					   rec);
		if (v < 0)
			c.flags |= FORMAT_MINUS;
		c.width = bounded(v < -MAX_WIDTH ? MAX_WIDTH : v < 0 ? -v : v);
	}
	if (s->flags & FORMAT_PREC_ARG) {
		v = (int64_t)render_number(r->plan, &ev->fields.v[s->prec - 1],
					   rec);
		c.has_prec = v >= 0;
		c.prec = bounded(v);
	}
	return c;
}

/* The digits of v before p, none for zero; returns where they begin. */
static char *put_digits(char *p, uint32_t letter, uint64_t v)
{
	const char *hex =
		letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";

	switch (letter) {
	case 'o':
		for (; v; v >>= 3)
			*--p = (char)('0' + (v & 7));
		return p;
	case 'x':
	case 'X':
	case 'p':
		for (; v; v >>= 4)
			*--p = hex[v & 15];
		return p;
	default:
		for (; v; v /= 10)
			*--p = (char)('0' + v % 10);
		return p;
	}
}

static const char *number_prefix(const struct conv *c, uint32_t letter,
				 uint64_t v)
{
	if (letter == 'p' || (letter == 'x' && c->flags & FORMAT_HASH && v))
		return "0x";
	if (letter == 'X' && c->flags & FORMAT_HASH && v)
		return "0X";
	return letter == 'o' && c->flags & FORMAT_HASH && v ? "0" : "";
}

/* The space flag is taken and has no effect: that is what bpftrace prints. */
static void add_number(const struct conv *c, uint32_t letter, uint64_t v,
		       bool negative, struct strbuf *out)
{
	const char *prefix = number_prefix(c, letter, v), *sign = "";
	char text[24], *p = put_digits(text + sizeof(text), letter, v);
	size_t len, zeros = 0, room;

	if (negative)
		sign = "-";
	else if (c->flags & FORMAT_PLUS && (letter == 'd' || letter == 'i'))
		sign = "+";
	len = (size_t)(text + sizeof(text) - p);
	if (!len && !(c->has_prec && !c->prec)) {
		*--p = '0';
		len = 1;
	}
	if (c->has_prec && c->prec > len)
		zeros = c->prec - len;
	room = strlen(sign) + strlen(prefix) + len + zeros;
	room = c->width > room ? c->width - room : 0;
	if (c->flags & FORMAT_ZERO && !(c->flags & FORMAT_MINUS) &&
	    !c->has_prec) {
		zeros = room;
		room = 0;
	}
	if (!(c->flags & FORMAT_MINUS))
		strbuf_pad(out, ' ', room);
	if (*sign)
		strbuf_char(out, *sign);
	if (*prefix)
		strbuf_str(out, prefix);
	strbuf_pad(out, '0', zeros);
	strbuf_add(out, p, len);
	if (c->flags & FORMAT_MINUS)
		strbuf_pad(out, ' ', room);
}

/* ---- text ---- */

/* What was added to out since start gets its width. */
static void pad(const struct conv *c, size_t start, struct strbuf *out)
{
	size_t len = out->len - start, room;

	if (c->width <= len)
		return;
	room = c->width - len;
	strbuf_pad(out, ' ', room);
	if (c->flags & FORMAT_MINUS)
		return;
	memmove(out->s + start + room, out->s + start, len);
	memset(out->s + start, ' ', room);
}

/*
 * A precision written in the format does not cut a string: that is what
 * bpftrace does.  One that comes as an argument does; bpftrace has none.
 */
static void add_text(struct render *r, const struct plan_segment *s,
		     const struct conv *c, const struct plan_field *f,
		     const uint8_t *rec, struct strbuf *out)
{
	size_t start = out->len;

	render_field(r, f, rec, out);
	if (s->flags & FORMAT_PREC_ARG && c->has_prec &&
	    out->len - start > c->prec) {
		out->len = start + c->prec;
		out->s[out->len] = '\0';
	}
	pad(c, start, out);
}

struct bytes {
	const uint8_t *p;
	size_t len;
};

static struct bytes bytes_of(const struct plan_type *t, const uint8_t *p)
{
	struct bytes b = { p, t->size };

	if (t->show == SHOW_BUFFER) {
		b.p += 4;
		b.len = load_u32(p);
		if (b.len > t->size - 4)
			b.len = t->size - 4;
	} else if (t->show == SHOW_STRING) {
		b.len = strnlen((const char *)p, t->size);
	}
	return b;
}

static void add_bytes(uint32_t letter, struct bytes b, struct strbuf *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < b.len; i++) {
		if (letter != 'H') {
			strbuf_byte(out, b.p[i], letter == 'r');
			continue;
		}
		if (i)
			strbuf_char(out, ' ');
		strbuf_char(out, hex[b.p[i] >> 4]);
		strbuf_char(out, hex[b.p[i] & 15]);
	}
}

/* ---- one segment ---- */

static void add_conversion(struct render *r, const struct plan_event *ev,
			   const struct plan_segment *s, const uint8_t *rec,
			   struct strbuf *out)
{
	const struct plan_field *f = &ev->fields.v[s->arg];
	const struct plan_type *t = &r->plan->types.v[f->type];
	struct conv c = conv_of(r, ev, s, rec);
	size_t start = out->len;
	uint64_t v;

	switch (s->conv) {
	case 's':
		add_text(r, s, &c, f, rec, out);
		return;
	case 'r':
	case 'R':
	case 'H':
		add_bytes(s->conv, bytes_of(t, rec + f->offset), out);
		pad(&c, start, out);
		return;
	}
	v = number_of(r, f, rec);
	if (s->conv == 'g') {
		gfp_render(v, out);
		pad(&c, start, out);
	} else if (s->conv == 'c') {
		strbuf_char(out, (char)v);
		pad(&c, start, out);
	} else if (s->conv == 'd' || s->conv == 'i') {
		v = cut(v, shown_size(s, t), true);
		add_number(&c, s->conv, (int64_t)v < 0 ? -v : v, (int64_t)v < 0,
			   out);
	} else {
		if (s->conv != 'p')
			v = cut(v, shown_size(s, t), false);
		add_number(&c, s->conv, v, false, out);
	}
}

void printf_render(struct render *r, const struct plan_event *ev,
		   const uint8_t *rec, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < ev->segments.n; i++) {
		const struct plan_segment *s = &ev->segments.v[i];

		if (s->conv)
			add_conversion(r, ev, s, rec, out);
		else
			strbuf_str(out, s->text);
	}
}
