/* elfline.c - where the code of a source line is, by DWARF's line tables. */
#include <stdlib.h>
#include <string.h>

#include "elfdwarf.h"
#include "elffile.h"

struct line_search {
	struct elfsym_file *f;
	const char *source; /* the end of a path, whole components */
	int line, column;   /* column 0: any */
	bool has_source;    /* some unit was made from it */
	int next;	    /* the next line that has code; 0: none */
	VEC(uint64_t) found;
	struct arena *arena;
};

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcmp(path + n - m, end) &&
	       (n == m || *end == '/' || path[n - m - 1] == '/');
}

static void look_at(struct line_search *s, Dwarf_Line *row)
{
	const char *path = dwarf_linesrc(row, NULL, NULL);
	bool is_stmt = false, is_end = true;
	int line = 0, column = 0;
	Dwarf_Addr addr;

	if (!path || !ends_in(path, s->source))
		return;
	s->has_source = true;
	if (dwarf_linebeginstatement(row, &is_stmt) || !is_stmt ||
	    dwarf_lineendsequence(row, &is_end) || is_end ||
	    dwarf_lineno(row, &line) || dwarf_lineaddr(row, &addr))
		return;
	if (line > s->line && (!s->next || line < s->next))
		s->next = line;
	if (line != s->line)
		return;
	if (s->column && (dwarf_linecol(row, &column) || column != s->column))
		return;
	*vec_push(s->arena, &s->found) = addr;
}

static void search(struct line_search *s, Dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Lines *lines;
	Dwarf_Die die;
	size_t n, i;

	while (!dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL))
		if (!dwarf_getsrclines(&die, &lines, &n))
			for (i = 0; i < n; i++)
				look_at(s, dwarf_onesrcline(lines, i));
}

static int compare(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* A line is left and come back to, as in a loop: of each function only the
 * first place counts, where the line begins. */
static void keep_first(struct line_search *s, struct elfsym_list *out)
{
	struct elfsym fn, last = { 0 };
	size_t i;

	if (s->found.n)
		qsort(s->found.v, s->found.n, sizeof(*s->found.v), compare);
	out->v = arena_alloc(s->arena, (s->found.n + 1) * sizeof(*out->v));
	for (i = 0; i < s->found.n; i++) {
		uint64_t addr = s->found.v[i];

		if (elfsym_at(s->f, addr, &fn, NULL) != ELFSYM_OK ||
		    (out->n && fn.addr == last.addr))
			continue;
		last = fn;
		fn.name = arena_strdup(s->arena, fn.name);
		fn.addr = addr;
		if (elfsym_addr_to_offset(s->f, addr, &fn.offset))
			out->v[out->n++] = fn;
	}
}

static enum elfsym_code nothing(const struct line_search *s,
				struct elfsym_err *err)
{
	char hint[64];

	if (!s->has_source)
		return elfsym_fail(err, ELFSYM_NO_SYMBOL,
				   "write the end of the path that the "
				   "compiler was given",
				   "%s was not made from a source called %s",
				   s->f->path, s->source);
	snprintf(hint, sizeof(hint), "the next line with code is %d", s->next);
	if (s->column)
		return elfsym_fail(err, ELFSYM_NO_SYMBOL,
				   "leave out the column",
				   "no statement begins at %s:%d:%d", s->source,
				   s->line, s->column);
	return elfsym_fail(err, ELFSYM_NO_SYMBOL, s->next ? hint : NULL,
			   "%s:%d has no code in %s", s->source, s->line,
			   s->f->path);
}

enum elfsym_code elfsym_line(struct elfsym_file *f, struct arena *a,
			     const char *source, int line, int column,
			     struct elfsym_list *out, struct elfsym_err *err)
{
	struct line_search s = { .f = f,
				 .arena = a,
				 .source = source,
				 .line = line,
				 .column = column };
	Dwarf *dwarf = elfdwarf_open(f);

	*out = (struct elfsym_list){ 0 };
	if (!dwarf)
		return elfsym_fail(err, ELFSYM_NO_SYMBOL,
				   "compile it with -g, or install its debug "
				   "symbols",
				   "%s has no debug information", f->path);
	search(&s, dwarf);
	dwarf_end(dwarf);
	keep_first(&s, out);
	return out->n ? ELFSYM_OK : nothing(&s, err);
}
