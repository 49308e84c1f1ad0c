/* format.c - format strings into the segments that the plan carries. */
#include "format.h"

#include <ctype.h>
#include <string.h>

struct parse {
	struct arena *a;
	const char *s, *end;
	struct format *f;
	struct strbuf text;
};

static void flush_text(struct parse *p)
{
	struct plan_segment *seg;

	if (!p->text.len)
		return;
	seg = vec_push(p->a, &p->f->segments);
	seg->text = arena_strndup(p->a, p->text.s, p->text.len);
	strbuf_reset(&p->text);
}

static bool at(const struct parse *p, char c)
{
	return p->s < p->end && *p->s == c;
}

static uint32_t add_arg(struct parse *p, bool is_number)
{
	struct format_arg *arg = vec_push(p->a, &p->f->args);

	arg->segment = (uint32_t)p->f->segments.n;
	arg->is_number = is_number;
	return (uint32_t)p->f->args.n - 1;
}

static void flags(struct parse *p, struct plan_segment *seg)
{
	static const char letters[] = "-+ #0";
	static const uint32_t bits[] = { FORMAT_MINUS, FORMAT_PLUS,
					 FORMAT_SPACE, FORMAT_HASH,
					 FORMAT_ZERO };
	const char *l;

	while (p->s < p->end && *p->s && (l = strchr(letters, *p->s))) {
		seg->flags |= bits[l - letters];
		p->s++;
	}
}

/* Wider than any line; the runtime pads by it. */
enum { MAX_WIDTH = 4096 };

static bool number(struct parse *p, uint32_t *out)
{
	uint32_t v = 0;

	while (p->s < p->end && isdigit((unsigned char)*p->s)) {
		v = v * 10 + (uint32_t)(*p->s++ - '0');
		if (v > MAX_WIDTH)
			return false;
	}
	*out = v;
	return true;
}

static bool width(struct parse *p, struct plan_segment *seg)
{
	if (at(p, '*')) {
		p->s++;
		seg->flags |= FORMAT_WIDTH_ARG;
		seg->width = add_arg(p, true) + 1;
	} else if (!number(p, &seg->width)) {
		return false;
	}
	if (!at(p, '.'))
		return true;
	p->s++;
	seg->flags |= FORMAT_PREC;
	if (at(p, '*')) {
		p->s++;
		seg->flags |= FORMAT_PREC_ARG;
		seg->prec = add_arg(p, true) + 1;
		return true;
	}
	return number(p, &seg->prec);
}

static void length(struct parse *p, struct plan_segment *seg)
{
	if (at(p, 'h')) {
		p->s++;
		seg->size = at(p, 'h') ? 1 : 2;
		p->s += seg->size == 1;
		return;
	}
	while (p->s < p->end && *p->s && strchr("ljztq", *p->s)) {
		seg->size = 8;
		p->s++;
	}
}

/* The letter or letters of the conversion; 0: not one of ours. */
static uint32_t conversion(struct parse *p)
{
	char c = p->s < p->end ? *p->s++ : '\0';

	if (c == 'r' && at(p, 'x')) {
		p->s++;
		return 'R';
	}
	if (c == 'r' && at(p, 'h')) {
		p->s++;
		return 'H';
	}
	if (c == 'g' && at(p, 'r')) {
		p->s++;
		return 'g';
	}
	return c && strchr("diouxXcpsr", c) ? (uint32_t)c : 0;
}

static const char *convert(struct parse *p)
{
	const char *start = p->s - 1;
	struct plan_segment seg = { .text = "" };

	flush_text(p);
	flags(p, &seg);
	if (!width(p, &seg))
		return "a width or precision is at most 4096";
	length(p, &seg);
	seg.conv = conversion(p);
	if (!seg.conv)
		return arena_printf(p->a, "there is no conversion '%.*s'",
				    (int)(p->s - start), start);
	seg.arg = add_arg(p, false);
	*vec_push(p->a, &p->f->segments) = seg;
	return NULL;
}

const char *format_parse(struct arena *a, const char *s, uint32_t len,
			 struct format *f)
{
	struct parse p = { .a = a, .s = s, .end = s + len, .f = f };
	const char *err = NULL;

	while (p.s < p.end && !err) {
		if (*p.s == '\0')
			break; /* as C would */
		if (*p.s != '%') {
			strbuf_add(&p.text, p.s++, 1);
			continue;
		}
		p.s++;
		if (at(&p, '%'))
			strbuf_add(&p.text, p.s++, 1);
		else
			err = convert(&p);
	}
	flush_text(&p);
	strbuf_free(&p.text);
	return err;
}

const char *format_conv_str(uint32_t conv)
{
	static const char *const ascii[] = { "%d", "%i", "%u", "%o", "%x",
					     "%X", "%c", "%p", "%s", "%r" };
	size_t i;

	if (conv == 'R')
		return "%rx";
	if (conv == 'H')
		return "%rh";
	if (conv == 'g')
		return "%gr";
	for (i = 0; i < countof(ascii); i++)
		if ((uint32_t)ascii[i][1] == conv)
			return ascii[i];
	return "%";
}
