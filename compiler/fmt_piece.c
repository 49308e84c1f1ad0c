/* fmt_piece.c - a script cut into tokens and comments. */
#include "fmt_own.h"

#include <string.h>

#include "grammar/lexer.h"
#include "parser.tab.h"

/* ---- cutting ---- */

static void rtrim(struct piece *p)
{
	while (p->len && strchr(" \t\r\n\f\v", p->s[p->len - 1]))
		p->len--;
}

static struct piece *add(struct pieces *ps, int kind, const char *s, size_t len,
			 uint32_t newlines)
{
	struct piece *p = vec_push(ps->a, &ps->list);

	*p = (struct piece){ .kind = kind, .s = s, .len = (uint32_t)len };
	p->newlines = newlines > 2 ? 2 : newlines;
	return p;
}

/* The comment at s; where it ends. */
static const char *add_comment(struct pieces *ps, const char *s,
			       const char *end, uint32_t newlines)
{
	const char *e = s + 2;

	if (s[1] == '*') {
		while (e + 1 < end && (e[0] != '*' || e[1] != '/'))
			e++;
		e = e + 2 < end ? e + 2 : end;
		add(ps, PIECE_COMMENT, s, (size_t)(e - s), newlines);
		return e;
	}
	e = memchr(s, '\n', (size_t)(end - s));
	e = e ? e : end;
	rtrim(add(ps, s[0] == '#' ? PIECE_SHEBANG : PIECE_LINE_COMMENT, s,
		  (size_t)(e - s), newlines));
	return e;
}

/* What stands between two tokens.  Returns the newlines after the last
 * comment. */
static uint32_t add_gap(struct pieces *ps, const char *s, const char *end,
			bool first)
{
	uint32_t newlines = 0;

	if (first && end - s > 1 && s[0] == '#' && s[1] == '!')
		s = add_comment(ps, s, end, 0);
	while (s < end) {
		if (end - s > 1 && s[0] == '/' && strchr("/*", s[1])) {
			s = add_comment(ps, s, end, newlines);
			newlines = 0;
			continue;
		}
		newlines += *s++ == '\n';
	}
	return newlines;
}

/* "name  =" is "name=" */
static void tighten_label(struct pieces *ps, struct piece *p)
{
	size_t n = strcspn(p->s, " \t\r\n\f\v=");

	p->s = arena_printf(ps->a, "%.*s=", (int)n, p->s);
	p->len = (uint32_t)n + 1;
}

/* ---- brackets ---- */

static int opener_of(int kind)
{
	switch (kind) {
	case ')':
		return '(';
	case ']':
		return '[';
	case '}':
		return '{';
	default:
		return 0;
	}
}

static bool match_brackets(struct pieces *ps)
{
	uint32_t open[MAX_NESTING], depth[MAX_NESTING], n = 0, now = 0, i;
	struct piece *v = ps->list.v;

	for (i = 0; i < ps->list.n; i++) {
		int opener = opener_of(v[i].kind);

		v[i].depth = now;
		if (v[i].kind == '(' || v[i].kind == '[' || v[i].kind == '{') {
			if (n == MAX_NESTING)
				return false;
			open[n] = i;
			depth[n++] = now;
			now = v[i].kind == '{' ? 0 : now + 1;
		} else if (opener) {
			if (!n || v[open[n - 1]].kind != opener)
				return false;
			v[i].match = open[--n];
			v[v[i].match].match = i;
			v[i].depth = now = depth[n];
		}
	}
	return !n;
}

bool fmt_cut(struct pieces *ps, const struct source *src,
	     const struct tokens *tokens)
{
	const char *text = src->text, *end = text + src->len, *s = text;
	size_t i;

	for (i = 0; i < tokens->list.n; i++) {
		const struct token *t = &tokens->list.v[i];
		const char *beg = text + (t->at.beg - src->base);
		uint32_t newlines = add_gap(ps, s, beg, !i);
		struct piece *p;

		s = text + (t->at.end - src->base);
		p = add(ps, t->kind, beg, (size_t)(s - beg), newlines);
		if (t->kind == TOK_CPART)
			rtrim(p);
		else if (t->kind == TOK_LABEL)
			tighten_label(ps, p);
	}
	add_gap(ps, s, end, !i);
	return match_brackets(ps);
}

/* ---- comparing ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' ||
	       c == '\v';
}

static bool same_but_blanks(const struct piece *a, const struct piece *b)
{
	const char *s = a->s, *t = b->s, *s_end = s + a->len,
		   *t_end = t + b->len;

	for (;;) {
		while (s < s_end && is_blank(*s))
			s++;
		while (t < t_end && is_blank(*t))
			t++;
		if (s == s_end || t == t_end)
			return s == s_end && t == t_end;
		if (*s++ != *t++)
			return false;
	}
}

bool fmt_same(const struct pieces *a, const struct pieces *b)
{
	size_t i;

	if (a->list.n != b->list.n)
		return false;
	for (i = 0; i < a->list.n; i++) {
		const struct piece *p = &a->list.v[i], *q = &b->list.v[i];

		if (p->kind != q->kind)
			return false;
		if (p->kind == PIECE_COMMENT
			    ? !same_but_blanks(p, q)
			    : p->len != q->len || memcmp(p->s, q->s, p->len))
			return false;
	}
	return true;
}
