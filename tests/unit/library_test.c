/* The standard library: its modules parse, its names are documented. */
#include "compiler/library.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compiler/builtin.h"

struct test {
	struct arena *a;
	struct sources sources;
	struct diags diags;
	struct program prog;
	int failed;
};

static void check(struct test *t, bool ok, const char *name, const char *what)
{
	printf("%s %s %s\n", ok ? "ok" : "not ok", name, what);
	t->failed += !ok;
}

static bool is_sentence(const char *s)
{
	return *s && !isupper((unsigned char)*s) && s[strlen(s) - 1] != '.';
}

/* "result name..." */
static bool is_signature(const char *sig, const char *name)
{
	const char *s = strchr(sig, ' ');
	size_t n = strlen(name);

	return s && !strncmp(s + 1, name, n) && strchr("(", s[n + 1]);
}

static void test_rows(struct test *t)
{
	const struct library_name *row;
	size_t i;

	for (i = 0; i < library_count(); i++) {
		row = library_row(i);
		check(t, !builtin_find(row->name), "is_no_builtin", row->name);
		check(t, library_find(row->name) == row, "is_there_once",
		      row->name);
		check(t, is_signature(row->sig, row->name), "has_a_signature",
		      row->name);
		check(t, is_sentence(row->help), "has_help", row->name);
	}
}

static void test_modules(struct test *t)
{
	const struct routine *r;
	uint32_t i;

	for (i = 0; library_modules[i].name; i++) {
		check(t, library_parse(&t->prog, i), "parses",
		      library_modules[i].name);
		check(t, library_has(library_modules[i].name), "has",
		      library_modules[i].name);
	}
	for (r = t->prog.routines; r; r = r->next)
		check(t, library_find(r->name) != NULL, "is_documented",
		      r->name);
	check(t, !t->prog.probes && !t->prog.c_parts && !t->prog.map_decls,
	      "has", "routines only");
	check(t, !library_has("nothing"), "has_no", "nothing");
}

int main(void)
{
	struct test t = { .a = arena_new() };

	t.sources.arena = t.a;
	diags_init(&t.diags, t.a, &t.sources);
	t.prog = (struct program){ .arena = t.a,
				   .sources = &t.sources,
				   .diags = &t.diags,
				   .is_value = builtin_is_value };
	test_rows(&t);
	test_modules(&t);
	diags_print(&t.diags, stdout, false);
	arena_free(t.a);
	return t.failed != 0;
}
