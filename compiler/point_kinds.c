/* point_kinds.c - a pattern for the kind of probe: which kinds it means. */
#include "point.h"

#include <limits.h>

#include "elfsym.h"
#include "match.h"

/* Those that have something to be found by its name.  The others say when, not
 * what, or are not of the kernel or a program. */
static bool is_searched(enum provider p)
{
	switch (p) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
	case PROVIDER_TRACEPOINT:
	case PROVIDER_RAWTRACEPOINT:
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_USDT:
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
	case PROVIDER_SOFTWARE:
	case PROVIDER_HARDWARE:
		return true;
	case PROVIDER_BEGIN:
	case PROVIDER_END:
	case PROVIDER_SELF:
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_WATCHPOINT:
	case PROVIDER_ITER:
	case PROVIDER_CALL:
	case PROVIDER_SYSCALL:
	case PROVIDER_UCALL:
	case NPROVIDERS:
		break;
	}
	return false;
}

static bool has_file(struct unit *u, const struct target *t)
{
	char path[PATH_MAX];

	if (match_has_wildcard(t->module))
		return true;
	return elfsym_find(t->module, u->pid, path, NULL) == ELFSYM_OK;
}

/* Whether this machine has any of it.  What a program file has is seen when it
 * is attached to. */
static bool has_any(struct unit *u, struct matcher *m, const struct target *t)
{
	const char *group = *t->module ? t->module : NULL;
	struct match_set set = { 0 };

	switch ((int)t->provider) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
		/* Of a function with several names the list has one. */
		if (kernel_has_kprobes() && !t->wild)
			return kernel_has_function(m, group, t->target);
		if (kernel_has_kprobes())
			match_kernel_functions(m, group, t->target, &set);
		break;
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
		match_btf_functions(m, group, t->target, &set);
		break;
	case PROVIDER_TRACEPOINT:
		match_tracepoints(m, t->module, t->target, &set);
		break;
	case PROVIDER_RAWTRACEPOINT:
		match_rawtracepoints(m, group, t->target, &set);
		break;
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_USDT:
		return has_file(u, t);
	default:
		return true;
	}
	return set.v.n > 0;
}

/* The point as one of this kind; NULL: it makes no sense as that. */
static struct target *as_kind(struct unit *u, const struct point *p,
			      const struct provider_row *row)
{
	struct point one = *p;
	const char **parts = arena_alloc(u->arena, p->nparts * sizeof(*parts));
	struct target *t;
	uint32_t i;

	for (i = 0; i < p->nparts; i++)
		parts[i] = i ? p->parts[i] : row->name;
	one.parts = parts;
	u->diags->quiet++;
	t = point_target(u, &one);
	u->diags->quiet--;
	return t;
}

static void nothing_matches(struct unit *u, const struct point *p)
{
	const char *name = p->parts[0];
	uint32_t i;

	for (i = 1; i < p->nparts; i++)
		name = arena_printf(u->arena, "%s:%s", name, p->parts[i]);
	diag_hint(u->diags,
		  diag_error(u->diags, p->at, DIAG_NO_MATCH,
			     "nothing of any kind matches %s", name),
		  "waggle -l '%s' lists what there is", name);
}

bool point_is_globbed(const struct point *p)
{
	return p->nparts && !provider_find(p->parts[0]) &&
	       match_has_wildcard(p->parts[0]);
}

struct target *point_kinds(struct unit *u, struct matcher *m,
			   const struct point *p)
{
	struct target *head = NULL, **tail = &head, *t;
	const char *pattern = p->parts[0];
	size_t i;

	for (i = 0; i < NPROVIDERS; i++) {
		if (!is_searched(providers[i].id) ||
		    !match_glob(pattern, providers[i].name))
			continue;
		t = as_kind(u, p, &providers[i]);
		if (!t || t->offset || !has_any(u, m, t))
			continue;
		t->optional = true;
		*tail = t;
		tail = &t->next;
	}
	if (!head && u->config.missing_probes == MISSING_ERROR)
		nothing_matches(u, p);
	return head;
}
