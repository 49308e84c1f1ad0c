/* What can be traced: patterns to probes. */
#include "list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "list_own.h"

enum {
	MAX_PARTS = 8,
	MANY = 64, /* arguments of more are worth an index of the types */
};

/* "[MODULE:]NAME"; parts not given are NULL. */
struct wanted {
	const struct provider_row *row;
	const char *group, *name;
};

/* Of one provider it is an error that there is no list; of many, a warning. */
static void no_list(struct lister *l, const struct provider_row *row, int err)
{
	const char *hint = NULL;

	if (err == -EPERM || err == -EACCES)
		hint = "run waggle as root";
	else if (err == -ENOENT && kbtf_error(l->btf))
		hint = kbtf_error(l->btf);
	if (!l->all) {
		list_error(l, hint, "cannot list %s probes: %s", row->name,
			   strerror(-err));
		return;
	}
	list_warning(l, "%s probes are not listed: %s%s%s", row->name,
		     strerror(-err), hint ? "; " : "", hint ? hint : "");
}

/* ---- what the kernel has ---- */

static int by_group(const void *x, const void *y)
{
	const struct match *a = x, *b = y;
	int d = strcmp(a->group ? a->group : "vmlinux",
		       b->group ? b->group : "vmlinux");

	return d ? d : strcmp(a->name, b->name);
}

/* Sorted as it is printed. */
static void sort_by_group(struct match_set *s)
{
	if (s->v.n)
		qsort(s->v.v, s->v.n, sizeof(*s->v.v), by_group);
}

static void put_line(struct lister *l, const struct provider_row *row,
		     const char *group, const char *name)
{
	list_probe(l, "%s:%s%s%s", row->name, group ? group : "",
		   group ? ":" : "", name);
}

static void list_kprobes(struct lister *l, const struct wanted *w)
{
	struct match_set s = { 0 };
	int err;
	size_t i;

	if (!kernel_has_kprobes()) {
		if (l->all)
			return;
		list_warning(l,
			     "this kernel has no kprobes: %s can be listed, "
			     "not attached; tracepoint can",
			     w->row->name);
	}
	err = match_kernel_functions(l->m, w->group, w->name ? w->name : "*",
				     &s);
	if (err)
		no_list(l, w->row, err);
	if (w->group)
		sort_by_group(&s);
	for (i = 0; i < s.v.n; i++) {
		const struct match *m = &s.v.v[i];

		/* Without a module it is all functions of that name. */
		if (w->group)
			put_line(l, w->row, m->group ? m->group : "vmlinux",
				 m->name);
		else if (!i || strcmp(m->name, m[-1].name))
			put_line(l, w->row, NULL, m->name);
	}
}

static void list_fentry(struct lister *l, const struct wanted *w)
{
	bool retval = w->row->flags & HAS_RETVAL || w->row->id == PROVIDER_CALL;
	struct match_set s = { 0 };
	int err;
	size_t i;

	err = match_btf_functions(l->m, w->group, w->name ? w->name : "*", &s);
	if (err)
		no_list(l, w->row, err);
	if (l->verbose && s.v.n > MANY)
		kbtf_prepare(l->btf, BTN_FUNC);
	sort_by_group(&s);
	for (i = 0; i < s.v.n; i++) {
		put_line(l, w->row, s.v.v[i].group ? s.v.v[i].group : "vmlinux",
			 s.v.v[i].name);
		if (l->verbose)
			list_function_args(l, &s.v.v[i], retval);
	}
}

static void list_rawtracepoints(struct lister *l, const struct wanted *w)
{
	struct match_set s = { 0 };
	int err;
	size_t i;

	err = match_rawtracepoints(l->m, w->group, w->name ? w->name : "*", &s);
	if (err)
		no_list(l, w->row, err);
	if (l->verbose && s.v.n > MANY) {
		kbtf_prepare(l->btf, BTN_FUNC);
		kbtf_prepare(l->btf, BTN_TYPEDEF);
	}
	sort_by_group(&s);
	for (i = 0; i < s.v.n; i++) {
		put_line(l, w->row, s.v.v[i].group ? s.v.v[i].group : "vmlinux",
			 s.v.v[i].name);
		if (l->verbose)
			list_rawtracepoint_args(l, &s.v.v[i]);
	}
}

static void list_iterators(struct lister *l, const struct wanted *w)
{
	struct match_set s = { 0 };
	int err;
	size_t i;

	err = match_iterators(l->m, w->name ? w->name : "*", &s);
	if (err)
		no_list(l, w->row, err);
	for (i = 0; i < s.v.n; i++) {
		if (i && !strcmp(s.v.v[i].name, s.v.v[i - 1].name))
			continue;
		put_line(l, w->row, NULL, s.v.v[i].name);
		if (l->verbose)
			list_iterator_args(l, &s.v.v[i]);
	}
}

static void list_tracepoints(struct lister *l, const struct wanted *w)
{
	const char *category = w->group, *event = w->name ? w->name : "*";
	struct match_set s = { 0 };
	int err;
	size_t i;

	err = match_tracepoints(l->m, category, event, &s);
	if (err)
		no_list(l, w->row, err);
	/* One word is more often part of an event's name than a category. */
	if (!err && !s.v.n && !category && !match_has_wildcard(event))
		match_tracepoints(l->m, event, "*", &s);
	sort_by_group(&s);
	for (i = 0; i < s.v.n; i++) {
		put_line(l, w->row, s.v.v[i].group, s.v.v[i].name);
		if (l->verbose)
			list_tracepoint_args(l, &s.v.v[i]);
	}
}

static void list_syscalls(struct lister *l, const struct wanted *w)
{
	static const char prefix[] = "sys_enter_";
	struct match_set s = { 0 };
	int err;
	size_t i;

	err = match_tracepoints(
		l->m, "syscalls",
		arena_printf(l->a, "%s%s", prefix, w->name ? w->name : "*"),
		&s);
	if (err)
		no_list(l, w->row, err);
	for (i = 0; i < s.v.n; i++) {
		put_line(l, w->row, NULL, s.v.v[i].name + sizeof(prefix) - 1);
		if (!l->verbose)
			continue;
		list_tracepoint_args(l, &s.v.v[i]);
		list_arg(l, "long retval");
	}
}

/* ---- what is the same everywhere ---- */

struct word {
	enum provider id;
	const char *name, *alias;
};

static const struct word words[] = {
#define SOFTWARE(name, alias, config, period) \
	{ PROVIDER_SOFTWARE, name, alias },
#define HARDWARE(name, alias, config, period) \
	{ PROVIDER_HARDWARE, name, alias },
#include "perf.def"
#undef SOFTWARE
#undef HARDWARE
	{ PROVIDER_PROFILE, "hz", "" },	 { PROVIDER_PROFILE, "ms", "" },
	{ PROVIDER_PROFILE, "s", "" },	 { PROVIDER_PROFILE, "us", "" },
	{ PROVIDER_INTERVAL, "hz", "" }, { PROVIDER_INTERVAL, "ms", "" },
	{ PROVIDER_INTERVAL, "s", "" },	 { PROVIDER_INTERVAL, "us", "" },
};

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The colon at the end: a number is still to be filled in. */
static void list_words(struct lister *l, const struct wanted *w)
{
	const char *found[2 * countof(words)];
	size_t i, n = 0;

	for (i = 0; i < countof(words); i++) {
		if (words[i].id != w->row->id)
			continue;
		found[n++] = words[i].name;
		if (*words[i].alias)
			found[n++] = words[i].alias;
	}
	qsort(found, n, sizeof(*found), compare_words);
	for (i = 0; i < n; i++)
		if (!w->name || match_glob(w->name, found[i]))
			put_line(l, w->row, found[i], "");
}

static void list_special(struct lister *l, const struct wanted *w)
{
	if (w->name && !match_glob(w->name, w->row->name))
		return;
	list_probe(l, "%s", w->row->name);
}

static void list_self(struct lister *l, const struct wanted *w)
{
	static const char name[] = "SIGUSR1";

	if (!w->name || match_glob(w->name, name))
		put_line(l, w->row, "signal", name);
}

/* Of what only the script can name, the form. */
static void list_form(struct lister *l, const struct wanted *w)
{
	put_line(l, w->row, NULL, w->row->parts);
}

static void list_one(struct lister *l, const struct wanted *w)
{
	switch (w->row->id) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
		list_kprobes(l, w);
		break;
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
	case PROVIDER_CALL:
		list_fentry(l, w);
		break;
	case PROVIDER_TRACEPOINT:
		list_tracepoints(l, w);
		break;
	case PROVIDER_RAWTRACEPOINT:
		list_rawtracepoints(l, w);
		break;
	case PROVIDER_ITER:
		list_iterators(l, w);
		break;
	case PROVIDER_SYSCALL:
		list_syscalls(l, w);
		break;
	case PROVIDER_SOFTWARE:
	case PROVIDER_HARDWARE:
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
		list_words(l, w);
		break;
	case PROVIDER_BEGIN:
	case PROVIDER_END:
		list_special(l, w);
		break;
	case PROVIDER_SELF:
		list_self(l, w);
		break;
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_UCALL:
	case PROVIDER_USDT:
		list_user(l, w->row, w->name);
		break;
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_WATCHPOINT:
	case NPROVIDERS:
		list_form(l, w);
		break;
	}
}

/* ---- patterns ---- */

static bool is_user(const struct provider_row *row)
{
	return row->id == PROVIDER_UPROBE || row->id == PROVIDER_URETPROBE ||
	       row->id == PROVIDER_UCALL || row->id == PROVIDER_USDT;
}

/* What '*' stands for: nothing twice, and nothing that has no list. */
static bool is_searched(const struct lister *l, const struct provider_row *row)
{
	switch (row->id) {
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_KRETPROBE:
	case PROVIDER_FEXIT:
	case PROVIDER_URETPROBE:
	case PROVIDER_WATCHPOINT:
	case PROVIDER_CALL:
	case PROVIDER_SYSCALL:
	case PROVIDER_UCALL:
		return false;
	case PROVIDER_UPROBE:
	case PROVIDER_USDT:
		return l->pid > 0;
	case PROVIDER_BEGIN:
	case PROVIDER_END:
	case PROVIDER_SELF:
	case PROVIDER_KPROBE:
	case PROVIDER_FENTRY:
	case PROVIDER_TRACEPOINT:
	case PROVIDER_RAWTRACEPOINT:
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
	case PROVIDER_SOFTWARE:
	case PROVIDER_HARDWARE:
	case PROVIDER_ITER:
	case NPROVIDERS:
		break;
	}
	return true;
}

/* rest is what follows "PROVIDER:"; NULL when nothing does. */
static bool split(struct lister *l, const struct provider_row *row,
		  const char *rest, struct wanted *w)
{
	char *colon;

	*w = (struct wanted){ .row = row };
	if (!rest || !*rest)
		return true;
	w->name = arena_strdup(l->a, rest);
	if (is_user(row)) {
		/* A path and what is in it: up to list_user(). */
		if (l->all)
			w->name = arena_printf(l->a, "*:%s", rest);
		return true;
	}
	colon = strchr(w->name, ':');
	if (!colon)
		return true;
	w->group = w->name;
	*colon = '\0';
	w->name = colon + 1;
	colon = strchr(w->name, ':');
	/* "software:faults:" as it is printed; "software:faults:100". */
	if (!strchr(row->parts, ':') || row->id == PROVIDER_SOFTWARE ||
	    row->id == PROVIDER_HARDWARE || row->id == PROVIDER_INTERVAL ||
	    row->id == PROVIDER_PROFILE) {
		w->name = w->group;
		w->group = NULL;
	}
	if (!*w->name)
		w->name = NULL;
	return !colon;
}

static int compare_rows(const void *x, const void *y)
{
	const struct provider_row *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

/* Every provider that the pattern means, in order of name. */
static void list_many(struct lister *l, const char *provider, const char *rest)
{
	const struct provider_row *rows[NPROVIDERS];
	bool any = !strcmp(provider, "*");
	struct wanted w;
	size_t i, n = 0;

	for (i = 0; i < NPROVIDERS; i++)
		if (any ? is_searched(l, &providers[i])
			: match_glob(provider, providers[i].name))
			rows[n++] = &providers[i];
	qsort(rows, n, sizeof(*rows), compare_rows);
	l->all = true;
	for (i = 0; i < n; i++)
		if ((any || is_searched(l, rows[i]) || !is_user(rows[i])) &&
		    split(l, rows[i], rest, &w))
			list_one(l, &w);
}

static void provider_unknown(struct lister *l, const char *name, bool alone)
{
	const char *names[NPROVIDERS + 1] = { NULL }, *near, *hint;
	size_t i;

	for (i = 0; i < NPROVIDERS; i++)
		names[i] = providers[i].name;
	near = nearest_name(name, names);
	hint = near ? arena_printf(l->a, "did you mean '%s'?", near)
		    : "write PROVIDER:TARGET, as in kprobe:vfs_*, "
		      "tracepoint:sched:* or '*:*sched*'; -l alone lists all";
	list_error(l, hint, "there is no provider%s '%s'",
		   alone ? " and no probe" : "", name);
}

static void list_named(struct lister *l, const struct provider_row *row,
		       const char *rest)
{
	struct wanted w;

	if (split(l, row, rest, &w)) {
		list_one(l, &w);
		return;
	}
	list_error(l, arena_printf(l->a, "write %s:%s", row->name, row->parts),
		   "'%s' has too many parts for %s", rest, row->name);
}

static void list_pattern(struct lister *l, const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	const struct provider_row *row;
	char *provider;

	provider =
		colon ? arena_strndup(l->a, pattern, (size_t)(colon - pattern))
		      : arena_strdup(l->a, pattern);
	row = provider_find(provider);
	if (row) {
		list_named(l, row, colon ? colon + 1 : NULL);
	} else if (colon && match_has_wildcard(provider)) {
		list_many(l, provider, colon + 1);
	} else if (!colon && *pattern) {
		/* A word alone is looked for everywhere. */
		list_many(l, "*", pattern);
		if (!l->n && !match_has_wildcard(pattern))
			provider_unknown(l, pattern, true);
	} else {
		provider_unknown(l, provider, false);
	}
}

/* No match is no error, as in a shell's loop; but it is said. */
static void nothing_found(struct lister *l, const char *pattern)
{
	fprintf(l->err, "No probe matches '%s'\n", pattern);
}

long list_probes(const struct list_options *o)
{
	struct lister l = { .a = arena_new(),
			    .out = o->out,
			    .err = o->err,
			    .verbose = o->verbose,
			    .json = o->json,
			    .timed = o->timed,
			    .pid = o->pid };
	const char *pattern = o->pattern ? o->pattern : "*:*";

	pattern += strspn(pattern, " \t\n");
	l.btf = kbtf_open(l.a, o->btf_path);
	l.m = match_open(l.a, l.btf);
	if (!list_builtins(&l, pattern) && !list_types(&l, pattern))
		list_pattern(&l, pattern);
	list_end(&l);
	if (!l.n && !l.failed)
		nothing_found(&l, pattern);
	strbuf_free(&l.text);
	match_close(l.m);
	kbtf_close(l.btf);
	arena_free(l.a);
	return l.failed ? -1 : l.n;
}
