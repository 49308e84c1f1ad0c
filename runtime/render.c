/* render.c - numbers, strings and what is made of them. */
#include "render.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "compiler/elfsym.h"
#include "render_known.h"

void render_init(struct render *r, const struct plan *p)
{
	*r = (struct render){ .plan = p, .stacks = -1 };
}

void render_free(struct render *r)
{
	free(r->frames);
	strbuf_free(&r->scratch);
	strbuf_free(&r->key);
	known_free(r->known);
	r->frames = NULL;
	r->known = NULL;
}

/* ---- putting text together ---- */

void strbuf_str(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_pad(struct strbuf *b, char c, size_t n)
{
	char run[64];

	if (!n)
		return;
	memset(run, c, sizeof(run));
	for (; n > sizeof(run); n -= sizeof(run))
		strbuf_add(b, run, sizeof(run));
	strbuf_add(b, run, n);
}

void strbuf_uint(struct strbuf *b, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	strbuf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void strbuf_int(struct strbuf *b, int64_t v)
{
	if (v < 0)
		strbuf_char(b, '-');
	strbuf_uint(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void strbuf_hex(struct strbuf *b, uint64_t v)
{
	char digits[16], *p = digits + sizeof(digits);

	do {
		*--p = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	strbuf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

/* ---- numbers ---- */

static uint64_t sign_extend(uint64_t v, uint32_t bits)
{
	uint64_t top = 1ull << (bits - 1);

	if (bits >= 64)
		return v;
	v &= (top << 1) - 1;
	return (v ^ top) - top;
}

static uint64_t load(const uint8_t *p, uint32_t size)
{
	uint16_t v16;

	switch (size) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case 4:
		return load_u32(p);
	default:
		return size < 8 ? 0 : load_u64(p);
	}
}

static uint64_t number(const struct plan_type *t, const uint8_t *bytes)
{
	uint64_t v = load(bytes, t->size);

	return t->is_signed && t->size && t->size < 8
		       ? sign_extend(v, 8 * t->size)
		       : v;
}

/* Counted from the lowest bit of the byte at offset, as the kernel's BTF counts
 * on little-endian machines. */
static uint64_t bit_field(const struct plan_type *t, const struct plan_field *f,
			  const uint8_t *bytes)
{
	const uint8_t *p = bytes + f->offset + f->bit_offset / 8;
	uint32_t shift = f->bit_offset % 8, i;
	uint64_t v = 0;

	for (i = 0; i < 8 && i < (shift + f->bits + 7) / 8; i++)
		v |= (uint64_t)p[i] << 8 * i;
	v >>= shift;
	if (shift + f->bits > 64) /* packed: it may lie in 9 bytes */
		v |= (uint64_t)p[8] << (64 - shift);
	if (f->bits < 64)
		v &= (1ull << f->bits) - 1;
	return t->is_signed ? sign_extend(v, f->bits) : v;
}

uint64_t render_number(const struct plan *p, const struct plan_field *f,
		       const uint8_t *bytes)
{
	const struct plan_type *t = &p->types.v[f->type];

	if (f->bits)
		return bit_field(t, f, bytes);
	return number(t, bytes + f->offset);
}

bool render_is_signed(const struct plan *p, const struct plan_field *f)
{
	return p->types.v[f->type].is_signed;
}

static const char *constant_name(const struct plan_type *t, uint64_t v)
{
	size_t i;

	for (i = 0; i < t->constants.n; i++)
		if (t->constants.v[i].value == v)
			return t->constants.v[i].name;
	return NULL;
}

static void show_number(const struct plan_type *t, uint64_t v,
			struct strbuf *out)
{
	const char *name = NULL;

	if (t->show == SHOW_ENUM)
		name = constant_name(t, v);
	if (t->show == SHOW_BOOL)
		name = v ? "true" : "false";
	if (name)
		strbuf_str(out, name);
	else if (t->is_signed)
		strbuf_int(out, (int64_t)v);
	else
		strbuf_uint(out, v);
}

void show_none(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	(void)r;
	(void)t;
	(void)bytes;
	(void)out;
}

void show_int(struct render *r, const struct plan_type *t, const uint8_t *bytes,
	      struct strbuf *out)
{
	(void)r;
	show_number(t, number(t, bytes), out);
}

void show_bool(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	show_int(r, t, bytes, out);
}

void show_enum(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	show_int(r, t, bytes, out);
}

void show_ptr(struct render *r, const struct plan_type *t, const uint8_t *bytes,
	      struct strbuf *out)
{
	(void)r;
	(void)t;
	strbuf_str(out, "0x");
	strbuf_hex(out, load_u64(bytes));
}

/* ---- bytes ---- */

void show_string(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	size_t len = strnlen((const char *)bytes, t->size);

	strbuf_add(out, (const char *)bytes, len);
	if (len && len == t->size)
		strbuf_str(out, r->plan->str_trailer);
}

void show_buffer(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	uint32_t len = load_u32(bytes), i;

	(void)r;
	if (len > t->size - 4)
		len = t->size - 4;
	for (i = 0; i < len; i++)
		strbuf_byte(out, bytes[4 + i], true);
}

void strbuf_byte(struct strbuf *b, uint8_t byte, bool keep_ascii)
{
	char hex[4] = { '\\', 'x', "0123456789abcdef"[byte >> 4],
			"0123456789abcdef"[byte & 15] };

	if (keep_ascii && byte >= ' ' && byte < 0x7f)
		strbuf_char(b, (char)byte);
	else
		strbuf_add(b, hex, sizeof(hex));
}

void show_inet(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	uint32_t family = load_u32(bytes);
	char text[INET6_ADDRSTRLEN];

	(void)r;
	(void)t;
	if ((family == AF_INET || family == AF_INET6) &&
	    inet_ntop((int)family, bytes + 4, text, sizeof(text)))
		strbuf_str(out, text);
}

void show_macaddr(struct render *r, const struct plan_type *t,
		  const uint8_t *bytes, struct strbuf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	int i;

	(void)r;
	(void)t;
	for (i = 0; i < 6; i++) {
		if (i)
			strbuf_char(out, ':');
		strbuf_char(out, digits[bytes[i] >> 4]);
		strbuf_char(out, digits[bytes[i] & 15]);
	}
}

/* ---- what is made of other values ---- */

void show_array(struct render *r, const struct plan_type *t,
		const uint8_t *bytes, struct strbuf *out)
{
	uint32_t size = r->plan->types.v[t->elem].size, i;

	strbuf_char(out, '[');
	for (i = 0; i < t->n; i++) {
		if (i)
			strbuf_char(out, ',');
		render_value(r, t->elem, bytes + (size_t)i * size, out);
	}
	strbuf_char(out, ']');
}

static void show_members(struct render *r, const struct plan_type *t,
			 const uint8_t *bytes, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < t->fields.n; i++) {
		const struct plan_field *f = &t->fields.v[i];

		if (i)
			strbuf_str(out, ", ");
		if (f->name[0]) {
			strbuf_char(out, '.');
			strbuf_str(out, f->name);
			strbuf_str(out, " = ");
		}
		render_field(r, f, bytes, out);
	}
}

void show_tuple(struct render *r, const struct plan_type *t,
		const uint8_t *bytes, struct strbuf *out)
{
	strbuf_char(out, '(');
	render_parts(r, t, bytes, ", ", render_field, out);
	strbuf_char(out, ')');
}

void show_record(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	if (!t->fields.n) {
		strbuf_str(out, "{}");
		return;
	}
	strbuf_str(out, "{ ");
	show_members(r, t, bytes, out);
	strbuf_str(out, " }");
}

void show_struct(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	show_record(r, t, bytes, out);
}

/* uretprobe:FILE:FUNCTION, or FILE:cpp:FUNCTION, which may have colons. */
static const char *function_of(const char *name)
{
	const char *s = strchr(name, ':');

	s = s ? strchr(s + 1, ':') : NULL;
	if (!s)
		return name;
	return s + 1 + (strncmp(s, ":cpp:", 5) == 0 ? 4 : 0);
}

static void add_function(const struct render *r, const char *name,
			 struct strbuf *out)
{
	char *plain = NULL;

	if (r->plan->demangle && strncmp(name, "_Z", 2) == 0)
		plain = elfsym_demangle(name);
	strbuf_str(out, plain ? plain : name);
	free(plain);
}

void show_probe(struct render *r, const struct plan_type *t,
		const uint8_t *bytes, struct strbuf *out)
{
	uint64_t cookie = load_u64(bytes);
	const char *name = "";

	if (cookie & PROBE_NAMED) {
		cookie &= PROBE_NAMED - 1;
		if (cookie < r->plan->strings.n)
			name = r->plan->strings.v[cookie].s;
	} else if (cookie < r->npoints) {
		name = r->points[cookie];
	}
	if (t->bits)
		add_function(r, function_of(name), out);
	else
		strbuf_str(out, name);
}

/* ---- any type ---- */

void render_value(struct render *r, uint32_t type, const uint8_t *bytes,
		  struct strbuf *out)
{
	static show_fn *const show[] = {
#define SHOW(id, name) [SHOW_##id] = show_##name,
#include "compiler/render.def"
#undef SHOW
	};
	const struct plan_type *t = &r->plan->types.v[type];

	show[t->show](r, t, bytes, out);
}

void render_field(struct render *r, const struct plan_field *f,
		  const uint8_t *bytes, struct strbuf *out)
{
	if (f->bits)
		show_number(&r->plan->types.v[f->type],
			    render_number(r->plan, f, bytes), out);
	else
		render_value(r, f->type, bytes + f->offset, out);
}

void render_parts(struct render *r, const struct plan_type *t,
		  const uint8_t *bytes, const char *between,
		  render_field_fn *render, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < t->fields.n; i++) {
		if (i)
			strbuf_str(out, between);
		render(r, &t->fields.v[i], bytes, out);
	}
}

void render_key(struct render *r, uint32_t type, const uint8_t *bytes,
		struct strbuf *out)
{
	const struct plan_type *t = &r->plan->types.v[type];

	if (t->show == SHOW_TUPLE)
		render_parts(r, t, bytes, ", ", render_field, out);
	else
		render_value(r, type, bytes, out);
}
