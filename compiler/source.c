#include "source.h"

#include <string.h>

static uint32_t next_base(const struct sources *s)
{
	const struct source *last;

	if (!s->list.n)
		return 0;
	last = &s->list.v[s->list.n - 1];
	return last->base + last->len + 1;
}

uint32_t source_room(const struct sources *s)
{
	return UINT32_MAX - 1 - next_base(s);
}

struct source *source_add(struct sources *s, const char *name, const char *text,
			  size_t len)
{
	uint32_t base = next_base(s);
	struct source *src = vec_push(s->arena, &s->list);

	if (!s->near)
		s->near = arena_make(s->arena, struct source_line);
	src->name = arena_strdup(s->arena, name);
	src->text = arena_strndup(s->arena, text, len);
	src->len = (uint32_t)len;
	src->base = base;
	return src;
}

uint32_t source_expand(struct sources *s, const char *macro, struct span of,
		       struct span caller)
{
	struct source file = *source_at(s, of.beg), *src;
	uint32_t base = next_base(s);

	src = vec_push(s->arena, &s->list);
	*src = file;
	src->text = file.text + (of.beg - file.base);
	src->len = of.end - of.beg;
	src->base = base;
	src->macro = macro;
	src->origin = of.beg;
	src->caller = caller;
	return base - of.beg;
}

const struct source *source_at(const struct sources *s, uint32_t pos)
{
	size_t low = 0, high = s->list.n, mid;

	while (high - low > 1) {
		mid = (low + high) / 2;
		if (s->list.v[mid].base <= pos)
			low = mid;
		else
			high = mid;
	}
	return &s->list.v[low];
}

uint32_t source_origin(const struct sources *s, uint32_t pos)
{
	const struct source *src = source_at(s, pos);

	return src->macro ? pos - src->base + src->origin : pos;
}

const struct source *source_file(const struct sources *s, uint32_t pos)
{
	return source_at(s, source_origin(s, pos));
}

const char *source_caller(const struct sources *s, struct span *at)
{
	const struct source *src = source_at(s, at->beg);

	if (src->macro)
		*at = src->caller;
	return src->macro;
}

static void to_line_before(struct source_line *l)
{
	const char *eol = l->start - 1;
	const char *earlier = memrchr(l->text, '\n', (size_t)(eol - l->text));

	l->start = earlier ? earlier + 1 : l->text;
	l->line--;
}

/* The line that text + to is in, from the one that was asked for last. */
static const struct source_line *line_of(const struct sources *s,
					 const char *text, uint32_t to)
{
	const char *at = text + to, *eol;
	struct source_line *l = s->near;

	if (l->text != text || (at < l->start && to < l->start - at))
		*l = (struct source_line){ text, text, 1 };
	while (at < l->start)
		to_line_before(l);
	while ((eol = memchr(l->start, '\n', (size_t)(at - l->start)))) {
		l->start = eol + 1;
		l->line++;
	}
	return l;
}

struct span source_shown(const struct sources *s, struct span at)
{
	const struct source *src = source_at(s, at.beg);
	uint32_t len;

	while (src->macro && src->library) {
		at = src->caller;
		src = source_at(s, at.beg);
	}
	len = at.end - at.beg;
	at.beg = source_origin(s, at.beg);
	at.end = at.beg + len;
	return at;
}

struct place source_place(const struct sources *s, struct span at)
{
	return source_real_place(s, source_shown(s, at));
}

struct place source_real_place(const struct sources *s, struct span at)
{
	uint32_t origin = source_origin(s, at.beg);
	struct place p = { .src = source_at(s, origin) };
	uint32_t beg = origin - p.src->base, end = beg + (at.end - at.beg);
	const struct source_line *l;
	const char *eol;

	if (beg > p.src->len)
		beg = p.src->len;
	if (end > p.src->len)
		end = p.src->len;
	if (end < beg)
		end = beg;
	l = line_of(s, p.src->text, end);
	p.end_line = l->line;
	p.end_col = (int)(p.src->text + end - l->start) + 1;
	l = line_of(s, p.src->text, beg);
	p.line = l->line;
	p.col = (int)(p.src->text + beg - l->start) + 1;
	p.text = l->start;
	eol = memchr(p.text, '\n', (size_t)(p.src->text + p.src->len - p.text));
	p.len = (int)((eol ? eol : p.src->text + p.src->len) - p.text);
	return p;
}

const struct source *source_named(const struct sources *s, const char *name,
				  size_t len)
{
	size_t i;

	for (i = 0; i < s->list.n; i++) {
		const struct source *src = &s->list.v[i];

		if (strlen(src->name) == len && !memcmp(src->name, name, len))
			return src;
	}
	return NULL;
}

const char *source_line(const struct source *src, unsigned long line,
			size_t *len)
{
	const char *at = src->text, *end = src->text + src->len, *eol;

	while (line-- && at < end) {
		eol = memchr(at, '\n', (size_t)(end - at));
		*len = (size_t)((eol ? eol : end) - at);
		if (!line)
			return at;
		at += *len + 1;
	}
	return NULL;
}

int source_print_line(const struct source *src, unsigned long line, FILE *out)
{
	size_t len;
	const char *text = source_line(src, line, &len);
	int before;

	if (!text)
		return 0;
	before = fprintf(out, "; %s:%lu: ", src->name, line);
	fprintf(out, "%.*s\n", (int)len, text);
	return before;
}
