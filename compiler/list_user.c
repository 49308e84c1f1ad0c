/* Functions and static probes in program files. */
#include "list_own.h"

#include <stdlib.h>
#include <string.h>

#include "elfsym.h"
#include "udwarf.h"

enum { MAX_FILES = 4096 };

struct user_search {
	struct lister *l;
	const struct provider_row *row;
	const char *function; /* pattern */
	enum elfsym_lang lang;
	bool one; /* a file was named: what it lacks is an error */
	VEC(const char *) files;
	struct types types; /* of -v; nothing but what debug information says */
};

static void fail(struct user_search *s, const struct elfsym_err *err)
{
	struct lister *l = s->l;

	if (!l->all && s->one)
		list_error(l, err->hint[0] ? err->hint : NULL, "%s", err->text);
}

static bool add_file(void *arg, const char *path)
{
	struct user_search *s = arg;

	if (s->files.n < MAX_FILES)
		*vec_push(s->l->a, &s->files) = arena_strdup(s->l->a, path);
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(const char **v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(*v), compare);
}

/* As it can be written in an attach point. */
static const char *shown_name(struct user_search *s, const char *name)
{
	char *demangled;

	if (s->lang != ELFSYM_CPP)
		return name;
	demangled = elfsym_demangle(name);
	if (demangled)
		name = arena_printf(s->l->a, "cpp:\"%s\"", demangled);
	free(demangled);
	return name;
}

/* Where an argument is not to be had by name, it is shown all the same, as part
 * of the function's signature. */
static void list_params(struct user_search *s, struct udwarf_file *d,
			uint64_t addr)
{
	struct udwarf_function fn;
	size_t i;

	if (!udwarf_function(&s->types, d, addr, NULL, &fn))
		return;
	for (i = 0; i < fn.params.n; i++)
		if (*fn.params.v[i].name)
			list_arg(s->l, "%s %s", fn.params.v[i].declaration,
				 fn.params.v[i].name);
}

struct shown {
	const char *name;
	uint64_t addr;
};

static int compare_shown(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void list_functions(struct user_search *s, const char *path,
			   struct elfsym_file *f)
{
	struct udwarf_file *debug = NULL;
	struct elfsym_list found = { 0 };
	struct lister *l = s->l;
	struct elfsym_err err;
	struct shown *names;
	size_t i, n = 0;

	if (elfsym_resolve(f, l->a, s->function, s->lang, match_glob, &found,
			   &err)) {
		if (!match_has_wildcard(s->function))
			fail(s, &err);
		return;
	}
	names = arena_alloc(l->a, (found.n + 1) * sizeof(*names));
	for (i = 0; i < found.n; i++)
		names[n++] = (struct shown){ shown_name(s, found.v[i].name),
					     found.v[i].addr };
	if (n)
		qsort(names, n, sizeof(*names), compare_shown);
	if (l->verbose && s->row->flags & HAS_ARGS)
		debug = udwarf_open(&s->types, path);
	for (i = 0; i < n; i++) {
		if (i && !strcmp(names[i].name, names[i - 1].name))
			continue;
		list_probe(l, "%s:%s:%s", s->row->name, path, names[i].name);
		if (debug)
			list_params(s, debug, names[i].addr);
	}
}

static void list_file(struct user_search *s, const char *path)
{
	struct elfsym_err err;
	struct elfsym_file *f = elfsym_open(path, &err);
	const char *colon = strchr(s->function, ':');

	if (!f)
		fail(s, &err);
	else if (s->row->id != PROVIDER_USDT)
		list_functions(s, path, f);
	else if (colon)
		list_usdt(s->l, path, f,
			  arena_strndup(s->l->a, s->function,
					(size_t)(colon - s->function)),
			  colon[1] ? colon + 1 : "*");
	else
		list_usdt(s->l, path, f, NULL, s->function);
	elfsym_close(f);
}

/* "cpp:"A::f"", or "f": quotes are not part of a name. */
static void take_function(struct user_search *s, const char *text)
{
	size_t n;

	s->lang = ELFSYM_AUTO;
	if (!strncmp(text, "cpp:", 4)) {
		s->lang = ELFSYM_CPP;
		text += 4;
	}
	n = strlen(text);
	if (n > 1 && text[0] == '"' && text[n - 1] == '"')
		text = arena_strndup(s->l->a, text + 1, n - 2);
	s->function = *text ? text : "*";
}

/* Splits "BINARY:FUNCTION"; the binary may be quoted. */
static const char *take_binary(struct lister *l, const char **target)
{
	const char *p = *target, *end;

	if (*p == '"' && (end = strchr(p + 1, '"'))) {
		*target = end + 1 + (end[1] == ':');
		return arena_strndup(l->a, p + 1, (size_t)(end - p) - 1);
	}
	end = strchr(p, ':');
	*target = end ? end + 1 : "";
	return arena_strndup(l->a, p, end ? (size_t)(end - p) : strlen(p));
}

void list_user(struct lister *l, const struct provider_row *row,
	       const char *target)
{
	struct user_search s = { .l = l, .row = row, .one = true };
	struct elfsym_err err;
	const char *binary;
	size_t i;

	if (!target)
		target = "*";
	binary = take_binary(l, &target);
	if (!strcmp(binary, "*") && l->pid <= 0) {
		list_error(l,
			   arena_printf(l->a,
					"write %s:/bin/sh:*, or give a "
					"process with -p",
					row->name),
			   "%s needs a program or library to look in",
			   row->name);
		return;
	}
	s.types.arena = l->a;
	take_function(&s, target);
	if (elfsym_find_all(binary, l->pid, add_file, &s, &err)) {
		fail(&s, &err);
		return;
	}
	s.one = s.files.n == 1;
	sort(s.files.v, s.files.n);
	for (i = 0; i < s.files.n; i++)
		if (!i || strcmp(s.files.v[i], s.files.v[i - 1]))
			list_file(&s, s.files.v[i]);
	udwarf_close_all(&s.types);
}
