/* fmt_line.c - lines, indentation and blank lines. */
#include "fmt_own.h"

#include <string.h>

#include "grammar/lexer.h"
#include "parser.tab.h"

enum { COLUMNS = 80, TAB = 8, CONTINUED = 4 };

struct layout {
	const struct piece *v;
	uint32_t n;
	struct strbuf *out;
	uint32_t indent; /* tabs */
	uint32_t header; /* where the body of the clause at hand begins: what is
			    before is continued at the margin */

	/* The line that is being put together: pieces [beg, end). */
	uint32_t beg, end;
	bool continued;
	bool broken; /* a clause whose attach points take several lines */
};

/* ---- a line ---- */

static uint32_t width_of(const struct piece *p)
{
	uint32_t i, n = 0;

	for (i = 0; i < p->len; i++)
		n += ((unsigned char)p->s[i] & 0xc0) != 0x80;
	return n;
}

/* Of [beg, end) on one line, a comment at its end aside. */
static uint32_t width(const struct layout *l, uint32_t beg, uint32_t end)
{
	uint32_t i, n = 0;

	for (i = beg; i < end; i++)
		n += width_of(&l->v[i]) + (i > beg && l->v[i].space);
	return n;
}

static uint32_t margin(const struct layout *l)
{
	return l->indent * TAB + (l->continued ? CONTINUED : 0);
}

static void put_margin(struct layout *l)
{
	uint32_t i;

	for (i = 0; i < l->indent; i++)
		strbuf_add(l->out, "\t", 1);
	if (l->continued)
		strbuf_add(l->out, "    ", CONTINUED);
}

/* Each line of a comment in the column of the first, if they begin with '*';
 * other shapes are the author's. */
static bool is_starred(const struct piece *p)
{
	const char *s = p->s, *end = p->s + p->len;

	while ((s = memchr(s, '\n', (size_t)(end - s)))) {
		while (s < end && strchr(" \t\r\n", *s))
			s++;
		if (s < end && *s != '*')
			return false;
	}
	return true;
}

static void put_comment(struct layout *l, const struct piece *p)
{
	const char *s = p->s, *end = p->s + p->len, *e;
	bool starred = is_starred(p), first = true;
	uint32_t n;

	for (; s < end; s = e + 1) {
		e = memchr(s, '\n', (size_t)(end - s));
		e = e ? e : end;
		while (starred && !first && s < e && strchr(" \t", *s))
			s++;
		for (n = (uint32_t)(e - s); n && strchr(" \t\r", s[n - 1]); n--)
			;
		if (!first)
			strbuf_add(l->out, "\n", 1);
		if (starred && !first && n) {
			put_margin(l);
			strbuf_add(l->out, " ", 1);
		}
		strbuf_add(l->out, s, n);
		first = false;
	}
}

static void put_piece(struct layout *l, uint32_t i, bool first)
{
	const struct piece *p = &l->v[i];

	if (!first && p->space)
		strbuf_add(l->out, " ", 1);
	if (p->kind == PIECE_COMMENT)
		put_comment(l, p);
	else
		strbuf_add(l->out, p->s, p->len);
}

static void put_line(struct layout *l, uint32_t beg, uint32_t end)
{
	int kind = l->v[beg].kind;
	uint32_t i;

	if (kind == ')' || kind == ']' || kind == '}')
		l->continued = false;
	put_margin(l);
	for (i = beg; i < end; i++)
		put_piece(l, i, i == beg);
	strbuf_add(l->out, "\n", 1);
}

/* Where to break what is too long: outside of as many brackets as can be, and
 * as far to the right as fits.  0: nowhere. */
static uint32_t find_break(const struct layout *l, uint32_t beg, uint32_t end)
{
	uint32_t i, at = margin(l), best = 0;

	for (i = beg; i < end; i++) {
		const struct piece *p = &l->v[i];

		if (i > beg && p->soft) {
			if (at > COLUMNS)
				return best ? best : i;
			if (!best || p->depth <= l->v[best].depth)
				best = i;
		}
		at += width_of(p) + (i > beg && p->space);
	}
	return at > COLUMNS ? best : 0;
}

static void flush(struct layout *l)
{
	uint32_t at, text_end = l->end;

	if (l->beg == l->end)
		return;
	while (text_end > l->beg && fmt_is_comment(&l->v[text_end - 1]))
		text_end--; /* may hang out */
	while ((at = find_break(l, l->beg, text_end))) {
		put_line(l, l->beg, at);
		l->beg = at;
		l->continued = at >= l->header;
	}
	put_line(l, l->beg, l->end);
	l->beg = l->end;
	l->continued = false;
}

static void take(struct layout *l, uint32_t i)
{
	if (l->beg == l->end)
		l->beg = i;
	l->end = i + 1;
}

static void blank_line(struct layout *l)
{
	strbuf_add(l->out, "\n", 1);
}

/* ---- what belongs together ---- */

static uint32_t skip_comments(const struct layout *l, uint32_t i, uint32_t end)
{
	while (i < end && fmt_is_comment(&l->v[i]))
		i++;
	return i;
}

static bool begins_block_statement(int kind)
{
	return kind == TOK_IF || kind == TOK_FOR || kind == TOK_WHILE ||
	       kind == TOK_UNROLL || kind == '{';
}

/* Just past the statement that begins at i, its ';' included. */
static uint32_t statement_end(const struct layout *l, uint32_t i, uint32_t end)
{
	bool blocky = begins_block_statement(l->v[i].kind);
	uint32_t next;

	for (; i < end; i++) {
		int kind = l->v[i].kind;

		if (kind == ';')
			return i + 1;
		if (l->v[i].match > i)
			i = l->v[i].match;
		if (kind != '{' || !blocky)
			continue;
		next = skip_comments(l, i + 1, end);
		if (next < end && l->v[next].kind == ';' && next == i + 1)
			return next + 1;
		if (next == end || l->v[next].kind != TOK_ELSE)
			return i + 1;
	}
	return end;
}

/* Just past what stands at the top of a file at i; *body is its '{', or the
 * end. */
static uint32_t item_end(const struct layout *l, uint32_t i, uint32_t *body)
{
	int first = l->v[i].kind;

	*body = l->n;
	if (first == TOK_CPART || first == PIECE_SHEBANG)
		return i + 1;
	for (; i < l->n; i++) {
		if (l->v[i].kind == ';')
			return i + 1;
		if (l->v[i].kind == '{') {
			*body = i;
			return l->v[i].match + 1;
		}
		if (l->v[i].match > i)
			i = l->v[i].match;
	}
	return l->n;
}

/* Does [beg, end) stay on one line?  It was on one, fits, and has no block of
 * more than one statement. */
static bool stays_flat(const struct layout *l, uint32_t beg, uint32_t end)
{
	uint32_t i, at = l->indent * TAB;

	for (i = beg; i < end; i++) {
		const struct piece *p = &l->v[i];

		if ((i > beg && p->newlines) || p->kind == PIECE_LINE_COMMENT ||
		    memchr(p->s, '\n', p->len))
			return false;
		at += width_of(p) + (i > beg && p->space);
		if (at > COLUMNS)
			return false;
		if (p->kind == '{' && i + 1 < p->match &&
		    statement_end(l, i + 1, p->match) != p->match)
			return false;
	}
	return true;
}

/* ---- statements ---- */

static void statements(struct layout *l, uint32_t beg, uint32_t end);

/* Comments that stand behind something, on its line. */
static uint32_t trailing(struct layout *l, uint32_t i, uint32_t end)
{
	while (i < end && fmt_is_comment(&l->v[i]) && !l->v[i].newlines)
		take(l, i++);
	return i;
}

/* From '{' to '}', which may go on. */
static void block(struct layout *l, uint32_t open)
{
	uint32_t close = l->v[open].match, i;

	take(l, open);
	i = trailing(l, open + 1, close);
	if (open + 1 < close) {
		flush(l);
		l->indent++;
		statements(l, i, close);
		l->indent--;
	}
	take(l, close);
}

/* Nothing can follow it on its line, or had better not. */
static bool ends_line(const struct layout *l, uint32_t i, uint32_t end)
{
	const struct piece *p = &l->v[i];

	if (!fmt_is_comment(p))
		return false;
	return p->kind == PIECE_LINE_COMMENT || memchr(p->s, '\n', p->len) ||
	       (i + 1 < end && l->v[i + 1].newlines);
}

static bool begins_line(const struct layout *l, const struct piece *p)
{
	if (p->kind == TOK_BEGIN_PRED && l->broken)
		return true;
	return p->newlines && (p->keep || fmt_is_comment(p));
}

/* Pieces [beg, end), with the author's line breaks where they are welcome. */
static void expand(struct layout *l, uint32_t beg, uint32_t end)
{
	bool ended = false, after_block = false; /* as an else is */
	uint32_t i;

	for (i = beg; i < end; i++) {
		const struct piece *p = &l->v[i];

		if (i > beg && (ended || begins_line(l, p))) {
			flush(l);
			l->continued = i >= l->header && !after_block;
		}
		ended = ends_line(l, i, end);
		if (p->kind == '{' && p->match < end) {
			block(l, i);
			i = p->match;
			after_block = true;
		} else {
			take(l, i);
			after_block &= fmt_is_comment(p);
		}
	}
}

static void statements(struct layout *l, uint32_t beg, uint32_t end)
{
	uint32_t i = beg, e;

	while (i < end) {
		if (i > beg && l->v[i].newlines == 2)
			blank_line(l);
		if (fmt_is_comment(&l->v[i])) {
			take(l, i++);
			flush(l);
			continue;
		}
		e = statement_end(l, i, end);
		if (stays_flat(l, i, e)) {
			l->beg = i;
			l->end = e;
		} else {
			expand(l, i, e);
		}
		i = trailing(l, e, end);
		flush(l);
	}
}

/* ---- what stands in a file ---- */

/* Does what comes before the body need lines of its own? */
static bool is_broken(const struct layout *l, uint32_t beg, uint32_t body)
{
	uint32_t i;

	for (i = beg; i < body; i++)
		if (fmt_is_comment(&l->v[i]) ||
		    (i > beg && l->v[i].newlines && l->v[i].keep))
			return true;
	return width(l, beg, body) + 2 > COLUMNS;
}

/* A clause that is not on one line: attach points and predicate, body. */
static void clause(struct layout *l, uint32_t beg, uint32_t body, uint32_t end)
{
	l->header = body;
	l->broken = is_broken(l, beg, body);
	expand(l, beg, body);
	if (l->broken)
		flush(l);
	l->broken = false;
	expand(l, body, end);
	l->header = 0;
}

static void item(struct layout *l, uint32_t beg, uint32_t end, uint32_t body,
		 bool tall)
{
	if (tall) {
		clause(l, beg, body, end);
	} else if (body < l->n) {
		l->beg = beg;
		l->end = end;
	} else {
		expand(l, beg, end);
	}
}

void fmt_lines(const struct pieces *ps, struct strbuf *out)
{
	struct layout l = { .v = ps->list.v,
			    .n = (uint32_t)ps->list.n,
			    .out = out };
	bool after_body = false, after_comment = false, tall;
	uint32_t i = 0, end, body;

	while (i < l.n) {
		bool apart = i && (l.v[i].newlines == 2 || after_body);

		if (fmt_is_comment(&l.v[i])) {
			if (apart)
				blank_line(&l);
			take(&l, i++);
			flush(&l);
			after_body = false;
			after_comment = true;
			continue;
		}
		end = item_end(&l, i, &body);
		tall = body < l.n && !stays_flat(&l, i, end);
		if (apart || (i && tall && !after_comment))
			blank_line(&l);
		item(&l, i, end, body, tall);
		i = trailing(&l, end, l.n);
		flush(&l);
		after_body = tall;
		after_comment = false;
	}
}
