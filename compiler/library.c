/* library.c - names and texts of the standard library. */
#include "library.h"

#include <string.h>

#include "parse.h"

const struct library_name *library_find(const char *name)
{
	const struct library_name *row;

	for (row = library_names; row->name; row++)
		if (!strcmp(row->name, name))
			return row;
	return NULL;
}

size_t library_count(void)
{
	size_t n = 0;

	while (library_names[n].name)
		n++;
	return n;
}

const struct library_name *library_row(size_t i)
{
	return &library_names[i];
}

bool library_has(const char *module)
{
	const struct library_module *m;

	for (m = library_modules; m->name; m++)
		if (!strcmp(m->name, module))
			return true;
	return false;
}

bool library_parse(struct program *p, uint32_t module)
{
	const struct library_module *m = &library_modules[module];
	struct source *src;
	const char *name;

	name = arena_printf(p->arena, "stdlib/%s.bt", m->name);
	src = source_add(p->sources, name, m->text, m->len);
	src->library = true;
	return parse(p, src);
}
