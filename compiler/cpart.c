/* cpart.c - the C part: tokens, and the walk over its pieces. */
#include "cpart_read.h"

#include <ctype.h>
#include <string.h>

static char at(const struct reader *r, uint32_t pos)
{
	return pos < r->end ? r->c->src->text[pos - r->c->src->base] : '\0';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

struct diag *c_error(struct reader *r, struct span where, enum diag_tag tag,
		     const char *fmt, ...)
{
	struct program *p = r->c->p;
	struct diag *d;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(p->arena, fmt, ap);
	va_end(ap);
	if (r->failed) /* only the first of a piece is believed */
		p->diags->quiet++;
	d = diag_error(p->diags, where, tag, "%s", text);
	if (r->failed)
		p->diags->quiet--;
	r->failed = true;
	p->broken = true;
	r->tok = (struct c_tok){ .kind = C_END, .at = where };
	r->pos = r->end;
	return d;
}

/* --- Tokens --------------------------------------------------------------- */

static void skip_line_rest(struct reader *r)
{
	while (r->pos < r->end && at(r, r->pos) != '\n')
		r->pos++;
}

static void skip_comment(struct reader *r)
{
	for (r->pos += 2; r->pos < r->end; r->pos++) {
		if (at(r, r->pos) == '*' && at(r, r->pos + 1) == '/') {
			r->pos += 2;
			return;
		}
	}
}

/* Is everything before pos on its line blank? */
static bool begins_line(const struct reader *r, uint32_t pos)
{
	const char *text = r->c->src->text, *s = text + (pos - r->c->src->base);

	while (s > text && (s[-1] == ' ' || s[-1] == '\t'))
		s--;
	return s == text || s[-1] == '\n';
}

/* Blanks, comments, joined lines, and what #if leaves out. */
static void skip_blank(struct reader *r)
{
	while (r->pos < r->end) {
		char c = at(r, r->pos), next = at(r, r->pos + 1);

		if (isspace((unsigned char)c))
			r->pos++;
		else if (c == '/' && next == '/')
			skip_line_rest(r);
		else if (c == '/' && next == '*')
			skip_comment(r);
		else if (c == '\\' && (next == '\n' || next == '\r'))
			r->pos += 2;
		else if (c == '#' && r->directives &&
			 (r->pos == r->start || begins_line(r, r->pos)))
			c_directive(r);
		else if (r->directives && !c_active(r->c))
			skip_line_rest(r);
		else
			return;
	}
}

static uint32_t quoted_end(const struct reader *r, uint32_t pos, char quote)
{
	for (pos++; pos < r->end && at(r, pos) != quote; pos++) {
		if (at(r, pos) == '\n')
			return pos;
		if (at(r, pos) == '\\' && pos + 1 < r->end)
			pos++;
	}
	return pos < r->end ? pos + 1 : pos;
}

static void punctuation(struct reader *r, struct c_tok *t)
{
	static const char *const twos[] = { "<<", ">>", "<=", ">=",
					    "==", "!=", "&&", "||" };
	size_t i;

	t->kind = C_PUNCT;
	t->p[0] = at(r, r->pos++);
	for (i = 0; i < countof(twos); i++) {
		if (t->p[0] != twos[i][0] || at(r, r->pos) != twos[i][1])
			continue;
		t->p[1] = twos[i][1];
		r->pos++;
		return;
	}
}

void c_next(struct reader *r)
{
	struct c_tok t = { 0 };
	uint32_t beg;
	char c;

	if (r->failed)
		return;
	skip_blank(r);
	if (r->failed)
		return;
	beg = r->pos;
	c = at(r, beg);
	if (r->pos >= r->end) {
		t.kind = C_END;
	} else if (is_word(c)) {
		while (is_word(at(r, r->pos)))
			r->pos++;
		t.kind = isdigit((unsigned char)c) ? C_NUMBER : C_WORD;
		t.s = arena_strndup(r->c->p->arena,
				    r->c->src->text + (beg - r->c->src->base),
				    r->pos - beg);
	} else if (c == '"' || c == '\'') {
		t.kind = c == '"' ? C_STRING : C_CHAR;
		r->pos = quoted_end(r, beg, c);
	} else {
		punctuation(r, &t);
	}
	t.at = (struct span){ beg, r->pos };
	r->tok = t;
}

bool c_is(const struct reader *r, const char *punct)
{
	return r->tok.kind == C_PUNCT && !strcmp(r->tok.p, punct);
}

bool c_is_word(const struct reader *r, const char *word)
{
	return r->tok.kind == C_WORD && !strcmp(r->tok.s, word);
}

bool c_take(struct reader *r, const char *punct)
{
	if (!c_is(r, punct))
		return false;
	c_next(r);
	return true;
}

bool c_take_word(struct reader *r, const char *word)
{
	if (!c_is_word(r, word))
		return false;
	c_next(r);
	return true;
}

bool c_expect(struct reader *r, const char *punct)
{
	if (c_take(r, punct))
		return true;
	c_error(r, r->tok.at, DIAG_SYNTAX, "expected '%s' in the C part",
		punct);
	return false;
}

bool c_enter(struct reader *r)
{
	if (r->failed)
		return false;
	if (++r->depth <= MAX_C_NESTING)
		return true;
	c_error(r, r->tok.at, DIAG_NESTING, "this is nested too deeply");
	return false;
}

/* --- The walk ------------------------------------------------------------- */

/* A file ends: of its #if only so many, of the file around it, may be open. */
static void end_conds(struct cparts *c, uint32_t open)
{
	uint32_t i;

	for (i = open; i < c->nconds; i++) {
		diag_hint(c->p->diags,
			  diag_error(c->p->diags, c->conds[i].at, DIAG_SYNTAX,
				     "this #if is not ended"),
			  "end it with #endif");
		c->p->broken = true;
	}
	c->nconds = open;
}

static void read_text(struct cparts *c, struct span at, bool header)
{
	struct reader r = {
		.c = c,
		.pos = at.beg,
		.start = at.beg,
		.end = at.end,
		.directives = true,
		.header = header,
	};

	c_next(&r);
	while (!r.failed && r.tok.kind != C_END)
		c_declaration(&r);
}

/* The list of texts moves when it grows: a copy stays. */
static const struct source *keep(struct cparts *c, const struct source *src)
{
	struct source *kept = arena_make(c->p->arena, struct source);

	*kept = *src;
	return kept;
}

void c_header(struct cparts *c, const struct source *src)
{
	const struct source *outer = c->src;
	uint32_t nconds = c->outer;

	c->outer = c->nconds;
	c->src = keep(c, src);
	read_text(c, (struct span){ src->base, src->base + src->len }, true);
	end_conds(c, c->outer);
	c->outer = nconds;
	c->src = outer;
}

bool cpart_parse(struct program *p, struct c_part_defs *out,
		 const struct c_sizes *sizes)
{
	int before = p->diags->nerrors;
	const struct c_part *part;
	struct cparts c = {
		.p = p,
		.out = out,
		.sizes = sizes,
		.structs = &out->structs,
		.enums = &out->enums,
		.typedefs = &out->typedefs,
		.last_define = &out->defines,
		.includes = &out->includes,
	};

	*out = (struct c_part_defs){ 0 };
	for (part = p->c_parts; part; part = part->next) {
		const struct source *src = source_at(p->sources, part->at.beg);

		if (!c.src || src->base != c.src->base) {
			end_conds(&c, 0);
			c.src = keep(&c, src);
		}
		read_text(&c, part->at, part->header);
	}
	end_conds(&c, 0);
	return p->diags->nerrors == before;
}

struct c_define *cpart_define(const struct c_part_defs *defs,
			      const struct sources *sources, const char *name,
			      uint32_t pos)
{
	struct c_define *d = table_get(&defs->by_name, name), *other = NULL;
	uint32_t text;

	if (!d)
		return NULL;
	pos = source_origin(sources, pos);
	text = source_at(sources, pos)->base;
	for (; d; d = d->earlier) {
		if (d->text == text && d->from <= pos && pos < d->until)
			return d;
		if (d->text != text && d->until == UINT32_MAX && !other)
			other = d;
	}
	return other;
}
