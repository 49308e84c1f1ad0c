/* explain_where.c - the places that a clause hangs on, on this kernel. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "list.h"
#include "probe.h"
#include "sema.h"

enum { MAX_SHOWN = 6 }; /* places that are named */

struct places {
	const struct unit *u;
	const char *btf_path;
	struct clause_places *cp;
	struct table seen;
	const char *why; /* some could not be listed */
};

/* What -l says of a pattern; NULL, and a sentence in *why, when it cannot. */
static char *listed(const struct places *p, const char *pattern, bool verbose,
		    const char **why)
{
	char *text = NULL, *said = NULL;
	size_t len = 0, said_len = 0;
	FILE *out = open_memstream(&text, &len);
	FILE *err = open_memstream(&said, &said_len);
	const struct list_options lo = {
		.pattern = pattern,
		.btf_path = p->btf_path,
		.pid = p->u->pid,
		.verbose = verbose,
		.out = out,
		.err = err,
	};
	long n = out && err ? list_probes(&lo) : -1;

	if (out)
		fclose(out);
	if (err)
		fclose(err);
	if (n < 0 && said) {
		const char *s = strncmp(said, "ERROR: ", 7) ? said : said + 7;

		*why = arena_printf(p->u->arena, "%.*s", (int)strcspn(s, "\n"),
				    s);
	}
	free(said);
	if (n > 0)
		return text;
	free(text);
	return NULL;
}

static void add_name(struct places *p, const char *name)
{
	if (table_get(&p->seen, name))
		return;
	table_put(&p->seen, p->u->arena, name, (void *)name);
	*vec_push(p->u->arena, &p->cp->names) = name;
}

static void add_target(struct places *p, const struct target *t)
{
	char *text = NULL, *line, *rest;

	if (t->wild)
		text = listed(p, t->name, false, &p->why);
	else
		add_name(p, t->name);
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		add_name(p, arena_printf(p->u->arena, "%s", line));
	free(text);
}

void explain_name(const char *name, FILE *out)
{
	for (; *name; name++)
		fputc(iscntrl((unsigned char)*name) ? '?' : *name, out);
}

/* What no list has: a place within a function. */
static bool is_inner(const char *name)
{
	return strchr(name, '+') || strstr(name, ":0x");
}

/* The arguments that -lv has below the name: "(int fd, char * buf)".  False:
 * there is no such place. */
static bool put_place(struct places *p, const char *name, FILE *out)
{
	const char *why = NULL, *sep = " (";
	char *text = listed(p, name, true, &why), *line = NULL, *rest;
	bool found = text || why || is_inner(name);

	fputs("    ", out);
	explain_name(name, out);
	if (text && strtok_r(text, "\n", &rest))
		line = strtok_r(NULL, "\n", &rest);
	for (; line && *line == ' '; line = strtok_r(NULL, "\n", &rest)) {
		fprintf(out, "%s%s", sep, line + strspn(line, " "));
		sep = ", ";
	}
	fputs(*sep == ',' ? ")\n" : found ? "\n" : " (not here)\n", out);
	free(text);
	if (why)
		p->why = why;
	return found;
}

static void put_missing(const char *name, const char *instead, FILE *out)
{
	fputs("    where ", out);
	explain_name(name, out);
	fputs(" is missing: ", out);
	explain_name(instead, out);
	fputc('\n', out);
}

static void put_alternatives(const struct target *t, FILE *out)
{
	const struct target *at = t;

	for (; at->alternative; at = at->alternative)
		put_missing(at->name, at->alternative->name, out);
	if (t->optional)
		put_missing(at->name, "nothing", out);
}

/* How many there are is known once those that are named were looked up. */
static void put_places(struct places *p, FILE *out)
{
	size_t n = p->cp->names.n, there = n, len, i;
	char *text = NULL;
	FILE *lines = open_memstream(&text, &len);

	for (i = 0; lines && i < n && i < MAX_SHOWN; i++)
		there -= !put_place(p, p->cp->names.v[i], lines);
	if (lines)
		fclose(lines);
	fprintf(out, "  at %zu place%s:\n%s", there, there == 1 ? "" : "s",
		text ? text : "");
	free(text);
	if (n > MAX_SHOWN)
		fprintf(out, "    and %zu more\n", n - MAX_SHOWN);
	if (p->why)
		fprintf(out, "    as far as can be told: %s\n", p->why);
}

void explain_where(const struct unit *u, struct clause_places *cp,
		   const char *btf_path, FILE *out)
{
	struct places p = { .u = u, .btf_path = btf_path, .cp = cp };
	const struct body *b;
	const struct target *t;
	bool listable = false;

	for (b = cp->b; b; b = b->next) {
		if (b->clause != cp->b->clause ||
		    !(body_kind(b)->flags & HAS_WILD))
			continue;
		listable = true;
		for (t = b->targets; t; t = t->next)
			add_target(&p, t);
	}
	if (listable)
		put_places(&p, out);
	for (b = cp->b; b; b = b->next)
		if (b->clause == cp->b->clause)
			for (t = b->targets; t; t = t->next)
				put_alternatives(t, out);
}
