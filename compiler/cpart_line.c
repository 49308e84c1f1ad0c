/* cpart_line.c - the C part: preprocessor lines. */
#include "cpart_read.h"

#include <string.h>

#include "import.h"

bool c_active(const struct cparts *c)
{
	return !c->nconds || c->conds[c->nconds - 1].active;
}

static const char *text_of(const struct cparts *c, uint32_t pos)
{
	return c->src->text + (pos - c->src->base);
}

/* Where the logical line ends: joined lines and comments may hold newlines. */
static uint32_t line_end(const struct reader *r)
{
	const char *s = text_of(r->c, r->pos), *end = text_of(r->c, r->end);
	bool quoted = false;

	for (; s < end && *s != '\n'; s++) {
		if (*s == '\\' && s + 1 < end)
			s += s[1] == '\r' && s + 2 < end ? 2 : 1;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && s + 1 < end && s[0] == '/' && s[1] == '/')
			while (s + 1 < end && s[1] != '\n')
				s++;
		else if (!quoted && s + 1 < end && s[0] == '/' && s[1] == '*')
			for (s += 2;
			     s + 1 < end && (s[0] != '*' || s[1] != '/'); s++)
				;
	}
	return s < end ? r->pos + (uint32_t)(s - text_of(r->c, r->pos))
		       : r->end;
}

/* --- Conditions ----------------------------------------------------------- */

static bool is_defined(const struct cparts *c, const char *name)
{
	return !strcmp(name, "BPFTRACE_HAVE_BTF") ||
	       table_get(&c->defines, name);
}

static void begin_cond(struct reader *line, struct span at, bool active)
{
	struct cparts *c = line->c;
	bool outer = c_active(c);

	if (c->nconds == MAX_CONDS) {
		c_error(line, at, DIAG_NESTING, "#if is nested too deeply");
		return;
	}
	c->conds[c->nconds++] = (struct c_cond){
		.at = at,
		.active = outer && active,
		.taken = !outer || active,
	};
}

static void begin_ifdef(struct reader *line, struct span at, bool want)
{
	if (line->tok.kind != C_WORD) {
		c_error(line, at, DIAG_SYNTAX, "a name is missing here");
		return;
	}
	begin_cond(line, at, is_defined(line->c, line->tok.s) == want);
}

/* #elif and #else; want: the condition holds */
static void next_branch(struct reader *line, struct span at, bool is_else,
			bool want)
{
	struct cparts *c = line->c;
	struct c_cond *cond;

	if (c->nconds == c->outer || c->conds[c->nconds - 1].in_else) {
		c_error(line, at, DIAG_SYNTAX, "there is no #if before this");
		return;
	}
	cond = &c->conds[c->nconds - 1];
	cond->in_else = is_else;
	cond->active = !cond->taken && want;
	cond->taken |= cond->active;
}

static void end_cond(struct reader *line, struct span at)
{
	if (line->c->nconds == line->c->outer)
		c_error(line, at, DIAG_SYNTAX, "there is no #if before this");
	else
		line->c->nconds--;
}

/* --- Definitions ---------------------------------------------------------- */

static void end_define(struct cparts *c, const char *name, uint32_t pos)
{
	struct c_define *d = table_get(&c->defines, name);

	if (d)
		d->until = pos;
	if (d)
		table_put(&c->defines, c->p->arena, name, NULL);
}

static void define(struct reader *line, struct span at)
{
	struct cparts *c = line->c;
	struct c_define *d;
	const char *name = line->tok.s;
	struct span name_at = line->tok.at;

	if (line->tok.kind != C_WORD) {
		c_error(line, at, DIAG_SYNTAX, "#define needs a name");
		return;
	}
	if (line->pos < line->end && *text_of(c, line->pos) == '(') {
		if (line->header)
			return;
		diag_hint(c->p->diags,
			  c_error(line, name_at, DIAG_SYNTAX,
				  "a #define takes no parameters here"),
			  "write macro %s(x) { ... }", name);
		return;
	}
	end_define(c, name, name_at.beg);
	d = arena_make(c->p->arena, struct c_define);
	d->name = name;
	d->at = name_at;
	d->from = name_at.beg;
	d->until = UINT32_MAX;
	d->text = c->src->base;
	c_next(line);
	d->body = (struct span){ line->tok.at.beg, line->end };
	if (line->tok.kind == C_END)
		d->body.end = d->body.beg;
	d->earlier = table_get(&c->out->by_name, name);
	table_put(&c->out->by_name, c->p->arena, name, d);
	table_put(&c->defines, c->p->arena, name, d);
	*c->last_define = d;
	c->last_define = &d->next;
}

/* The name between <> or "", and whether it is in quotes; NULL after a report.
 * *at becomes the place of the whole line. */
static const char *header_name(struct reader *line, struct span *at,
			       bool *quoted)
{
	const char *s = text_of(line->c, line->tok.at.beg);
	const char *end = text_of(line->c, line->end), *close;

	*quoted = *s == '"';
	close = s < end ? memchr(s + 1, *quoted ? '"' : '>',
				 (size_t)(end - s - 1))
			: NULL;
	if (!close || (*s != '<' && !*quoted)) {
		diag_hint(line->c->p->diags,
			  c_error(line, *at, DIAG_SYNTAX,
				  "#include needs the name of a header"),
			  "write #include <linux/sched.h>");
		return NULL;
	}
	at->end = line->tok.at.beg + (uint32_t)(close + 1 - s);
	return arena_strndup(line->c->p->arena, s + 1, (size_t)(close - s - 1));
}

static void read_header(struct reader *line, struct span at, const char *path)
{
	struct cparts *c = line->c;
	const struct source *src;

	if (import_seen(c->p, &c->seen, path)) /* as if by #pragma once */
		return;
	if (c->depth == MAX_INCLUDED) {
		c_error(line, at, DIAG_NESTING,
			"headers that include headers: too many");
		return;
	}
	src = import_read(c->p, path, at);
	if (!src) {
		c->p->broken = true;
		return;
	}
	c->depth++;
	c_header(c, src);
	c->depth--;
}

/* A header of the kernel is satisfied by BTF; one beside the script is read. */
static void include(struct reader *line, struct span at)
{
	struct cparts *c = line->c;
	struct c_include *i;
	const char *name, *path;
	bool quoted;

	name = header_name(line, &at, &quoted);
	if (!name)
		return;
	path = import_find(c->p, name, at.beg);
	if (path) {
		read_header(line, at, path);
		return;
	}
	if (quoted && !strchr(name, '/')) {
		diag_hint(c->p->diags,
			  c_error(line, at, DIAG_IMPORT,
				  "there is no header %s beside the script",
				  name),
			  "the kernel's types are known without a header; "
			  "others are searched in the directories of -I");
		return;
	}
	i = arena_make(c->p->arena, struct c_include);
	i->path = name;
	i->at = at;
	*c->includes = i;
	c->includes = &i->next;
}

static void complain(struct reader *line, struct span at, bool is_error)
{
	uint32_t beg = line->tok.at.beg;
	int n = (int)(line->end - beg);

	if (is_error)
		c_error(line, at, DIAG_SYNTAX, "#error %.*s", n > 200 ? 200 : n,
			text_of(line->c, beg));
	else
		diag_warn(line->c->p->diags, at, DIAG_SYNTAX, "#warning %.*s",
			  n > 200 ? 200 : n, text_of(line->c, beg));
}

static void unknown(struct reader *line, struct span at, const char *word)
{
	static const char *const words[] = { "include", "define", "undef",
					     "if",	"ifdef",  "ifndef",
					     "elif",	"else",	  "endif",
					     NULL };
	const char *near = nearest_name(word, words);
	struct diag *d = c_error(line, at, DIAG_SYNTAX,
				 "unknown preprocessor line '#%.40s'", word);

	if (near)
		diag_hint(line->c->p->diags, d, "did you mean #%s?", near);
}

/* Lines that are read only where #if lets them. */
static void plain_line(struct reader *line, struct span at, const char *word)
{
	if (!c_active(line->c))
		return;
	if (!strcmp(word, "define")) {
		define(line, at);
	} else if (!strcmp(word, "undef")) {
		if (line->tok.kind == C_WORD)
			end_define(line->c, line->tok.s, at.beg);
	} else if (!strcmp(word, "include")) {
		include(line, at);
	} else if (!strcmp(word, "error") || !strcmp(word, "warning")) {
		complain(line, at, word[0] == 'e');
	} else if (strcmp(word, "pragma") && strcmp(word, "line")) {
		unknown(line, at, word);
	}
}

static void handle(struct reader *line, struct span at, const char *word)
{
	struct cparts *c = line->c;

	if (!strcmp(word, "if"))
		begin_cond(line, at, c_active(c) && c_constant(line, true));
	else if (!strcmp(word, "ifdef") || !strcmp(word, "ifndef"))
		begin_ifdef(line, at, word[2] == 'd');
	else if (!strcmp(word, "elif"))
		next_branch(line, at, false,
			    c->nconds && !c->conds[c->nconds - 1].taken &&
				    c_constant(line, true));
	else if (!strcmp(word, "else"))
		next_branch(line, at, true, true);
	else if (!strcmp(word, "endif"))
		end_cond(line, at);
	else
		plain_line(line, at, word);
}

void c_directive(struct reader *r)
{
	struct reader line = {
		.c = r->c,
		.pos = r->pos + 1,
		.end = line_end(r),
		.header = r->header,
	};
	struct span at = { r->pos, r->pos + 1 };
	const char *word;

	r->pos = line.end;
	c_next(&line);
	if (line.tok.kind == C_END) /* a '#' alone is allowed */
		return;
	at.end = line.tok.at.end;
	word = line.tok.s;
	if (line.tok.kind != C_WORD) {
		if (c_active(r->c))
			unknown(&line, at, "");
		return;
	}
	c_next(&line);
	handle(&line, at, word);
}
