/* The language's own values and functions: waggle -l 'builtin:*'. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "builtin.h"
#include "library.h"
#include "list_own.h"

struct entry {
	const char *name, *sig, *help;
};

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* What the compiler knows and what the standard library has, in one list:
 * users need not care. */
static size_t collect(struct arena *a, struct entry **out)
{
	size_t i, n = 0;

	*out = arena_alloc(a, (NBUILTINS + library_count()) * sizeof(**out));
	for (i = 0; i < NBUILTINS; i++)
		(*out)[n++] = (struct entry){ builtins[i].name, builtins[i].sig,
					      builtins[i].help };
	for (i = 0; i < library_count(); i++)
		(*out)[n++] = (struct entry){ library_row(i)->name,
					      library_row(i)->sig,
					      library_row(i)->help };
	qsort(*out, n, sizeof(**out), by_name);
	return n;
}

bool list_builtins(struct lister *l, const char *pattern)
{
	struct entry *rows;
	size_t i, n;

	if (strncasecmp(pattern, "builtin:", 8))
		return false;
	n = collect(l->a, &rows);
	for (i = 0; i < n; i++) {
		if (!fnmatch(pattern + 8, rows[i].name, 0))
			list_builtin(l, rows[i].name, rows[i].sig,
				     rows[i].help);
	}
	return true;
}
