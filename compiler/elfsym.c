/* elfsym.c - names to functions: sorted lists, resolving, hints. */
#include "elffile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NEAREST = 8 };

/* ---- sorted lists ---- */

/* What elfsym_resolve() looks for, and what it found. */
struct gathering {
	struct arena *arena;
	const char *name; /* NULL: everything */
	bool pattern, cpp;
	elfsym_like *like;
	char word[64]; /* must be part of the mangled name; "": unknown */
	VEC(struct elfsym) found;
	bool no_size; /* some function has none */
};

static bool is_match(const struct gathering *g, const struct elfsym *s)
{
	char *plain;
	bool yes;

	if (!g->name || (!g->cpp && !strcmp(g->name, s->name)))
		return true;
	if (!g->cpp)
		return g->pattern && (g->like ? g->like(g->name, s->name)
					      : elfname_glob(g->name, s->name));
	if (!strstr(s->name, g->word))
		return false;
	plain = elfsym_demangle(s->name);
	yes = elfsym_cpp_matches(g->name, plain ? plain : s->name, g->like);
	free(plain);
	return yes;
}

static bool gather_one(void *arg, const struct elfsym *s)
{
	struct gathering *g = arg;
	struct elfsym *to;

	if (!is_match(g, s))
		return true;
	to = vec_push(g->arena, &g->found);
	*to = *s;
	to->name = arena_strdup(g->arena, s->name);
	g->no_size |= !s->size;
	return true;
}

static int by_addr(const void *x, const void *y)
{
	const struct elfsym *a = x, *b = y;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return elfsym_rank(a, b);
}

static int by_value(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

struct addr_list {
	struct arena *arena;
	VEC(uint64_t) addrs;
};

static bool add_addr(void *arg, const struct elfsym *s)
{
	struct addr_list *l = arg;

	*vec_push(l->arena, &l->addrs) = s->addr;
	return true;
}

/* To the function after addr, or to the end of the segment. */
static uint64_t room_at(const struct elfsym_file *f, const struct addr_list *l,
			uint64_t addr)
{
	const struct elf_segment *s = elffile_segment(f, addr);
	uint64_t end = s ? s->addr + s->size : addr;
	size_t lo = 0, hi = l->addrs.n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->addrs.v[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < l->addrs.n && l->addrs.v[lo] < end)
		end = l->addrs.v[lo];
	return end - addr;
}

static void fill_sizes(struct elfsym_file *f, struct elfsym *v, size_t n)
{
	struct addr_list l = { .arena = arena_new() };
	size_t i;

	elfsym_each_raw(f, add_addr, &l);
	if (l.addrs.n)
		qsort(l.addrs.v, l.addrs.n, sizeof(*l.addrs.v), by_value);
	for (i = 0; i < n; i++)
		if (!v[i].size)
			v[i].size = room_at(f, &l, v[i].addr);
	arena_free(l.arena);
}

static void gather(struct elfsym_file *f, struct gathering *g,
		   struct elfsym_list *out)
{
	size_t i, n = 0;
	struct elfsym *v;

	g->found.n = 0;
	elfsym_each_raw(f, gather_one, g);
	v = g->found.v;
	if (g->found.n)
		qsort(v, g->found.n, sizeof(*v), by_addr);
	for (i = 0; i < g->found.n; i++) {
		bool again = n && v[n - 1].addr == v[i].addr;

		if (again && !strcmp(v[n - 1].name, v[i].name))
			continue;
		v[n] = v[i];
		v[n++].alias = again;
	}
	if (g->no_size)
		fill_sizes(f, v, n);
	out->v = v;
	out->n = n;
}

void elfsym_each(struct elfsym_file *f, elfsym_fn *fn, void *arg)
{
	struct gathering g = { .arena = arena_new() };
	struct elfsym_list list;
	size_t i;

	gather(f, &g, &list);
	for (i = 0; i < list.n && fn(arg, &list.v[i]); i++)
		;
	arena_free(g.arena);
}

/* A C++ function of that name, as it must be written, in any scope. */
static const char *cpp_hint(struct elfsym_file *f, struct arena *a,
			    const char *name)
{
	struct gathering g = { .arena = a, .cpp = true };
	struct elfsym_list list;
	const char *hint = NULL;
	char *plain;

	g.name = name;
	elfname_word(name, g.word);
	gather(f, &g, &list);
	if (!list.n) {
		g.name = arena_printf(a, "*::%s", name);
		gather(f, &g, &list);
	}
	plain = list.n ? elfsym_demangle(list.v[0].name) : NULL;
	if (plain) {
		elfname_strip(plain);
		if (elfname_distance(plain, plain) >= 0)
			hint = arena_printf(
				a, "for the C++ function write cpp:\"%s\"",
				plain);
	}
	free(plain);
	return hint;
}

static const char *near_hint(struct elfsym_file *f, struct arena *a,
			     const char *name, enum elfsym_lang lang)
{
	const char *v[3];
	size_t n = elfsym_nearest(f, a, name, lang, v, 3);

	switch (n) {
	case 0:
		return NULL;
	case 1:
		return arena_printf(a, "did you mean %s?", v[0]);
	case 2:
		return arena_printf(a, "did you mean %s or %s?", v[0], v[1]);
	default:
		return arena_printf(a, "did you mean %s, %s or %s?", v[0], v[1],
				    v[2]);
	}
}

static enum elfsym_code no_symbol(struct elfsym_file *f, const char *name,
				  enum elfsym_lang lang, struct elfsym_err *err)
{
	bool pattern = elfsym_is_pattern(name);
	struct arena *a = arena_new();
	const char *hint = NULL;

	if (lang != ELFSYM_CPP && !pattern)
		hint = cpp_hint(f, a, name);
	if (!hint)
		hint = near_hint(f, a, name, lang);
	if (!hint && !f->has_symtab)
		hint = "it is stripped: install its debug symbols, or give "
		       "the address of the function";
	elfsym_fail(err, ELFSYM_NO_SYMBOL, hint, "%s has no function %s%s",
		    f->path ? f->path : "the image",
		    pattern ? "that matches " : "", name);
	arena_free(a);
	return ELFSYM_NO_SYMBOL;
}

enum elfsym_code elfsym_resolve(struct elfsym_file *f, struct arena *a,
				const char *name, enum elfsym_lang lang,
				elfsym_like *like, struct elfsym_list *out,
				struct elfsym_err *err)
{
	struct gathering g = { .arena = a, .name = name, .like = like };

	g.cpp = lang == ELFSYM_CPP;
	g.pattern = elfsym_is_pattern(name);
	if (g.cpp)
		elfname_word(name, g.word);
	gather(f, &g, out);
	if (!out->n && !g.cpp && strpbrk(name, ":(<~ ")) {
		g.cpp = true;
		elfname_word(name, g.word);
		gather(f, &g, out);
	}
	if (out->n)
		return ELFSYM_OK;
	if (!err)
		return ELFSYM_NO_SYMBOL;
	return no_symbol(f, name, g.cpp ? ELFSYM_CPP : lang, err);
}

enum elfsym_code elfsym_check_offset(const struct elfsym *s, uint64_t offset,
				     struct elfsym_err *err)
{
	char hint[64];

	if (offset < s->size)
		return ELFSYM_OK;
	snprintf(hint, sizeof(hint), "the offset can be at most %llu",
		 s->size ? (unsigned long long)s->size - 1 : 0);
	return elfsym_fail(err, ELFSYM_BAD_OFFSET, hint,
			   "%s+%llu is outside of the function, which is %llu "
			   "bytes long",
			   s->name, (unsigned long long)offset,
			   (unsigned long long)s->size);
}

/* ---- one symbol ---- */

struct lookup {
	struct arena *arena;
	uint64_t addr;
	const char *name;
	char word[64];
	struct elfsym best;
	bool inside; /* best covers addr, going by its size */
};

static void keep_best(struct lookup *l, const struct elfsym *s)
{
	char *name = arena_strdup(l->arena, s->name);

	l->best = *s;
	l->best.name = name;
}

static bool check_cover(void *arg, const struct elfsym *s)
{
	struct lookup *l = arg;
	bool inside = l->addr - s->addr < s->size, better;

	if (s->addr > l->addr || (s->size && !inside) || (l->inside && !inside))
		return true;
	better = !l->best.name || (inside && !l->inside) ||
		 s->addr > l->best.addr ||
		 (s->addr == l->best.addr && elfsym_rank(s, &l->best) < 0);
	if (better) {
		keep_best(l, s);
		l->inside = inside;
	}
	return true;
}

enum elfsym_code elfsym_at(struct elfsym_file *f, uint64_t addr,
			   struct elfsym *out, struct elfsym_err *err)
{
	struct lookup l = { .arena = f->arena, .addr = addr };
	const struct elf_segment *s = elffile_segment(f, addr);

	if (!s || !s->exec)
		return elfsym_fail(err, ELFSYM_NOT_LOADED,
				   "give the address of an instruction, as "
				   "nm and objdump -d show it",
				   "no code of %s is at address 0x%llx",
				   f->path ? f->path : "the image",
				   (unsigned long long)addr);
	elfsym_each_raw(f, check_cover, &l);
	if (l.best.name && !l.best.size)
		fill_sizes(f, &l.best, 1);
	if (!l.best.name || addr - l.best.addr >= l.best.size)
		return elfsym_fail(err, ELFSYM_NO_SYMBOL, NULL,
				   "no function of %s covers address 0x%llx",
				   f->path ? f->path : "the image",
				   (unsigned long long)addr);
	*out = l.best;
	return ELFSYM_OK;
}

static bool check_object(void *arg, const struct elfsym *s)
{
	struct lookup *l = arg;
	char *plain;
	bool yes;

	if (!strcmp(s->name, l->name)) {
		if (!l->best.name || elfsym_rank(s, &l->best) < 0)
			keep_best(l, s);
		return true;
	}
	if (l->best.name || !l->word[0] || !strstr(s->name, l->word))
		return true;
	plain = elfsym_demangle(s->name);
	yes = plain && !strcmp(plain, l->name);
	free(plain);
	if (yes)
		keep_best(l, s);
	return true;
}

enum elfsym_code elfsym_object(struct elfsym_file *f, const char *name,
			       struct elfsym *out, struct elfsym_err *err)
{
	struct lookup l = { .arena = f->arena, .name = name };

	elfname_word(name, l.word);
	elffile_each_object(f, check_object, &l);
	if (!l.best.name)
		return elfsym_fail(
			err, ELFSYM_NO_SYMBOL,
			f->has_symtab ? "check the name with nm"
				      : "it is stripped: install its debug "
					"symbols",
			"%s has no symbol %s", f->path ? f->path : "the image",
			name);
	*out = l.best;
	return ELFSYM_OK;
}

/* ---- hints ---- */

struct nearness {
	struct arena *arena;
	const char *name;
	bool cpp;
	const char **out;
	int scores[MAX_NEAREST];
	size_t n, max;
};

static void offer(struct nearness *k, const char *name)
{
	int score = elfname_distance(k->name, name);
	size_t i, at;

	if (score < 0 || (k->n == k->max && score >= k->scores[k->n - 1]))
		return;
	for (i = 0; i < k->n; i++)
		if (!strcmp(k->out[i], name))
			return;
	for (at = 0; at < k->n && k->scores[at] <= score; at++)
		;
	if (k->n < k->max)
		k->n++;
	for (i = k->n - 1; i > at; i--) {
		k->out[i] = k->out[i - 1];
		k->scores[i] = k->scores[i - 1];
	}
	k->out[at] = arena_strdup(k->arena, name);
	k->scores[at] = score;
}

static bool check_near(void *arg, const struct elfsym *s)
{
	struct nearness *k = arg;
	char *plain = k->cpp ? elfsym_demangle(s->name) : NULL;

	if (plain)
		elfname_strip(plain);
	offer(k, plain ? plain : s->name);
	free(plain);
	return true;
}

size_t elfsym_nearest(struct elfsym_file *f, struct arena *a, const char *name,
		      enum elfsym_lang lang, const char **out, size_t max)
{
	struct nearness k = { .arena = a, .name = name, .out = out };

	k.cpp = lang == ELFSYM_CPP || strstr(name, "::");
	k.max = max < MAX_NEAREST ? max : MAX_NEAREST;
	if (k.max)
		elfsym_each_raw(f, check_near, &k);
	return k.n;
}
