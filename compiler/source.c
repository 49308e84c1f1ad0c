#include "source.h"

#include <string.h>

const struct source *source_add(struct sources *s, const char *name,
				const char *text, size_t len)
{
	struct source *src;
	uint32_t base = 0;

	if (s->list.n) {
		const struct source *last = &s->list.v[s->list.n - 1];

		base = last->base + last->len + 1;
	}
	src = vec_push(s->arena, &s->list);
	src->name = arena_strdup(s->arena, name);
	src->text = arena_strndup(s->arena, text, len);
	src->len = (uint32_t)len;
	src->base = base;
	return src;
}

static const struct source *find(const struct sources *s, uint32_t pos)
{
	size_t i;

	for (i = s->list.n; i-- > 1;)
		if (s->list.v[i].base <= pos)
			return &s->list.v[i];
	return &s->list.v[0];
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

struct place source_place(const struct sources *s, struct span at)
{
	struct place p = { .src = find(s, at.beg) };
	uint32_t beg = at.beg - p.src->base, end = at.end - p.src->base;
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
