#include "match.h"

#include <stdlib.h>
#include <string.h>

/* ---- wildcards ---- */

/* One element of a pattern against one character.  Returns the rest of the
 * pattern, or NULL if it does not match. */
static const char *match_class(const char *p, unsigned char c)
{
	const char *q = p + 1;
	bool negate = *q == '!' || *q == '^', in = false;
	unsigned char lo, hi;

	q += negate;
	do {
		if (!*q) /* no ']': the '[' is just that */
			return c == '[' ? p + 1 : NULL;
		lo = hi = (unsigned char)*q++;
		if (q[0] == '-' && q[1] && q[1] != ']') {
			hi = (unsigned char)q[1];
			q += 2;
		}
		in |= lo <= c && c <= hi;
	} while (*q != ']');
	return in != negate ? q + 1 : NULL;
}

static const char *match_one(const char *p, unsigned char c)
{
	if (*p == '?')
		return p + 1;
	if (*p == '[')
		return match_class(p, c);
	if (*p == '\\' && p[1])
		p++;
	return (unsigned char)*p == c ? p + 1 : NULL;
}

bool match_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL, *next;

	while (*text) {
		if (*pattern == '*') {
			/* Only the last star ever needs to give way: what was
			 * matched before it stays matched. */
			star = ++pattern;
			from = text;
			continue;
		}
		next = *pattern ? match_one(pattern, (unsigned char)*text)
				: NULL;
		if (next) {
			pattern = next;
			text++;
			continue;
		}
		if (!star)
			return false;
		pattern = star;
		text = ++from;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool match_has_wildcard(const char *pattern)
{
	return strpbrk(pattern, "*?[");
}

/* ---- what matched ---- */

void match_add(struct match_set *s, struct arena *a, const char *group,
	       const char *name)
{
	struct match *m = vec_push(a, &s->v);

	m->group = group ? arena_strdup(a, group) : NULL;
	m->name = arena_strdup(a, name);
}

int match_compare(const struct match *a, const struct match *b)
{
	int d = strcmp(a->name, b->name);

	if (d)
		return d;
	return strcmp(a->group ? a->group : "", b->group ? b->group : "");
}

static int compare(const void *a, const void *b)
{
	return match_compare(a, b);
}

void match_sort(struct match_set *s)
{
	size_t i, n = 0;

	if (!s->v.n)
		return;
	qsort(s->v.v, s->v.n, sizeof(*s->v.v), compare);
	for (i = 1; i < s->v.n; i++)
		if (match_compare(&s->v.v[n], &s->v.v[i]))
			s->v.v[++n] = s->v.v[i];
	s->v.n = n + 1;
}
