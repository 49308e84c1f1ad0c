/*
 * elfglob.c - the files that a path with wildcards stands for.
 *
 * As glob(3), less "~": that asks for users, by shared libraries that a static
 * program has not got.
 */
#include "elffile.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct expansion {
	struct arena *arena;
	struct elf_paths *out;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is in folder dir ("" is this one) and fits the pattern, in order. */
static void names_in(const struct expansion *x, const char *dir,
		     const char *pattern, struct elf_paths *names)
{
	DIR *d = opendir(*dir ? dir : ".");
	const struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (!fnmatch(pattern, e->d_name, FNM_PERIOD))
			*vec_push(x->arena, names) =
				arena_strdup(x->arena, e->d_name);
	closedir(d);
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
}

/* done: the part of the path that is known, up to and with its last '/'. */
static void expand(const struct expansion *x, const char *done,
		   const char *rest)
{
	size_t len = strcspn(rest, "/"), i;
	const char *part = arena_strndup(x->arena, rest, len);
	const char *more = rest + len + strspn(rest + len, "/");
	struct elf_paths names = { 0 };

	if (!strpbrk(part, "*?[\\"))
		*vec_push(x->arena, &names) = part;
	else
		names_in(x, done, part, &names);
	for (i = 0; i < names.n; i++) {
		const char *path =
			arena_printf(x->arena, "%s%s%s", done, names.v[i],
				     rest[len] ? "/" : "");

		if (*more)
			expand(x, path, more);
		else if (!access(path, F_OK))
			*vec_push(x->arena, x->out) = path;
	}
}

void elffile_glob(struct arena *a, const char *pattern, struct elf_paths *out)
{
	struct expansion x = { a, out };
	size_t slashes = strspn(pattern, "/");

	expand(&x, slashes ? "/" : "", pattern + slashes);
}
