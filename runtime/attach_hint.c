/* attach_hint.c - what to write in place of a probe that cannot be had. */
#include <string.h>

#include "runtime/attach_hint.h"
#include "runtime/feature.h"

const char *hint_instead(struct probes *ps, bool typed)
{
	struct strbuf b = { 0 };
	const char *hint;

	/* Those that need no types of the kernel's come first: they work where
	 * the others do not. */
	strbuf_printf(&b, "%stracepoint",
		      kernel_has_kprobes() ? "kprobe, " : "");
	if (typed && feature_has_btf())
		strbuf_printf(&b, ", rawtracepoint");
	if (kernel_has_uprobes())
		strbuf_printf(&b, ", uprobe");
	hint = arena_printf(ps->arena, "what works here: %s", b.s);
	strbuf_free(&b);
	return hint;
}

static const char *nearest(struct probes *ps, const char *name,
			   const struct match_set *set, bool groups)
{
	const char **names =
		arena_alloc(ps->arena, (set->v.n + 1) * sizeof(*names));
	size_t i, n = 0;

	for (i = 0; i < set->v.n; i++) {
		const struct match *m = &set->v.v[i];

		if (!groups)
			names[n++] = m->name;
		else if (m->group)
			names[n++] = m->group;
	}
	names[n] = NULL;
	return nearest_name(name, names);
}

/* The list is long: only what has a part of the name is compared. */
const char *hint_function(struct probes *ps, const char *name,
			  hint_list_fn *list)
{
	struct match_set set = { 0 };
	size_t n = strlen(name);
	const char *near;

	if (n < 4)
		return NULL;
	list(ps->match, NULL,
	     arena_printf(ps->arena, "%.*s*", (int)(n < 8 ? 3 : n / 2), name),
	     &set);
	list(ps->match, NULL,
	     arena_printf(ps->arena, "*%s", name + (n < 8 ? n - 3 : n / 2)),
	     &set);
	near = nearest(ps, name, &set, false);
	return near ? arena_printf(ps->arena, "did you mean '%s'?", near)
		    : NULL;
}

const char *hint_syscall(struct probes *ps, const char *name)
{
	struct match_set all = { 0 };
	const char *near;
	size_t i;

	match_tracepoints(ps->match, "syscalls", "sys_enter_*", &all);
	for (i = 0; i < all.v.n; i++)
		all.v.v[i].name += strlen("sys_enter_"); /* as matched */
	near = nearest(ps, name, &all, false);
	return near ? arena_printf(ps->arena, "did you mean syscall:%s?", near)
		    : "waggle -l 'syscall:*' lists what there is";
}

const char *hint_tracepoint(struct probes *ps, const char *category,
			    const char *event)
{
	struct match_set own = { 0 }, other = { 0 }, all = { 0 };
	const char *near;

	match_tracepoints(ps->match, category, "*", &own);
	near = nearest(ps, event, &own, false);
	if (near)
		return arena_printf(ps->arena, "did you mean '%s'?", near);
	match_tracepoints(ps->match, "*", event, &other);
	if (other.v.n && !match_has_wildcard(event))
		return arena_printf(ps->arena, "did you mean tracepoint:%s:%s?",
				    other.v.v[0].group, other.v.v[0].name);
	if (own.v.n)
		return arena_printf(ps->arena,
				    "waggle -l 'tracepoint:%s:*' lists what "
				    "there is",
				    category);
	match_tracepoints(ps->match, "*", "*", &all);
	near = nearest(ps, category, &all, true);
	if (near)
		return arena_printf(ps->arena, "did you mean '%s'?", near);
	return "waggle -l 'tracepoint:*' lists what there is";
}
