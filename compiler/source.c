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

static void advance(const struct source *src, uint32_t to, int *line, int *col,
		    const char **start)
{
	const char *c, *at = src->text + to;

	*line = 1;
	*start = src->text;
	for (c = src->text; c < at; c++) {
		if (*c == '\n') {
			++*line;
			*start = c + 1;
		}
	}
	*col = (int)(at - *start) + 1;
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
	const char *eol, *start;

	if (beg > p.src->len)
		beg = p.src->len;
	if (end > p.src->len)
		end = p.src->len;
	if (end < beg)
		end = beg;
	advance(p.src, end, &p.end_line, &p.end_col, &start);
	advance(p.src, beg, &p.line, &p.col, &p.text);
	eol = memchr(p.text, '\n', (size_t)(p.src->text + p.src->len - p.text));
	p.len = (int)((eol ? eol : p.src->text + p.src->len) - p.text);
	return p;
}
