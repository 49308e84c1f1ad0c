/* usdt: uprobes at the places that the notes of an ELF file tell. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compiler/usdt.h"
#include "runtime/attach.h"
#include "runtime/feature.h"

struct finding {
	struct probes *ps;
	const struct plan_point *pt;
	const char *space, *name; /* patterns; space NULL: any */
	const char *path;
	struct elfsym_file *file;
	struct elfsym_err err;
	VEC(const char *) names; /* of all probes met, for a hint */
	int rc;
};

static bool fits(const struct plan_point *pt, const char *pattern,
		 const char *text)
{
	return pt->wild ? match_glob(pattern, text) : !strcmp(pattern, text);
}

/* The first argument that the program reads and that is not there. */
static int missing_arg(uint32_t wanted, const struct usdt_arg *args, uint32_t n)
{
	int i;

	for (i = 0; i < USDT_MAX_ARGS; i++)
		if (wanted & 1u << i &&
		    ((uint32_t)i >= n || args[i].kind == USDT_UNREADABLE))
			return i;
	return -1;
}

static int refuse_arg(struct finding *f, const struct usdt_probe *u, uint32_t n,
		      int i)
{
	if ((uint32_t)i < n)
		return attach_fail(f->ps, -EOPNOTSUPP, NULL,
				   "%s: arg%d of %s:%s is kept where no "
				   "program can read it ('%s')",
				   f->path, i, u->space, u->name, u->args);
	return attach_fail(f->ps, -EINVAL, NULL,
			   "%s: %s:%s has no arg%d: it has %u argument%s",
			   f->path, u->space, u->name, i, n, n == 1 ? "" : "s");
}

static int check_place(struct finding *f, const struct usdt_probe *u)
{
	if (u->offset == ELFSYM_NO_OFFSET)
		return attach_fail(f->ps, -EINVAL, NULL,
				   "%s: %s:%s is at an address that is not in "
				   "the file",
				   f->path, u->space, u->name);
	if (u->semaphore > UINT32_MAX)
		return attach_fail(
			f->ps, -EINVAL, NULL,
			"%s: the semaphore of %s:%s is at an address "
			"that is not in the file",
			f->path, u->space, u->name);
	if (u->semaphore &&
	    access("/sys/bus/event_source/devices/uprobe/format/ref_ctr_offset",
		   F_OK))
		return attach_fail(f->ps, -EOPNOTSUPP,
				   "Linux 4.20 or newer can",
				   "cannot attach to %s:%s: this kernel does "
				   "not count who listens (semaphores)",
				   u->space, u->name);
	return 0;
}

static int add_location(struct finding *f, const struct usdt_probe *u)
{
	struct probes *ps = f->ps;
	struct usdt_arg *args =
		arena_alloc(ps->arena, USDT_MAX_ARGS * sizeof(*args));
	uint32_t n = usdt_args(f->file, u, args);
	int i = missing_arg(ps->now->plan->args, args, n);
	const char *name = f->pt->name;
	struct probe *p;

	if (i >= 0)
		return refuse_arg(f, u, n, i);
	if (check_place(f, u))
		return -EINVAL;
	if (f->pt->wild)
		name = arena_printf(ps->arena, "usdt:%s:%s:%s", f->path,
				    u->space, u->name);
	p = probe_add(ps, f->pt, name, f->path, u->name, u->offset);
	p->cookie |= (uint64_t)(ps->list.n - 1) << USDT_COOKIE_SHIFT;
	p->semaphore = u->semaphore;
	p->args = args;
	return 0;
}

static bool visit(void *arg, const struct usdt_probe *u)
{
	struct finding *f = arg;

	*vec_push(f->ps->arena, &f->names) =
		arena_strdup(f->ps->arena, u->name);
	if ((f->space && !fits(f->pt, f->space, u->space)) ||
	    !fits(f->pt, f->name, u->name))
		return true;
	f->rc = add_location(f, u);
	return f->rc == 0;
}

static bool in_file(void *arg, const char *path)
{
	struct finding *f = arg;

	f->path = path;
	f->file = elfsym_open(path, &f->err);
	if (!f->file)
		return true;
	usdt_each(f->file, visit, f);
	elfsym_close(f->file);
	return f->rc == 0;
}

static int not_found(struct finding *f)
{
	const struct plan_point *pt = f->pt;
	struct arena *a = f->ps->arena;
	const char *near;

	if (*f->err.text)
		return attach_fail(f->ps, 0, *f->err.hint ? f->err.hint : NULL,
				   "%s", f->err.text);
	if (!f->names.n)
		return attach_fail(f->ps, 0, NULL, "%s has no static probes",
				   pt->module);
	*vec_push(a, &f->names) = NULL;
	near = nearest_name(f->name, f->names.v);
	return attach_fail(
		f->ps, 0,
		near && strcmp(near, f->name) != 0
			? arena_printf(a, "did you mean '%s'?", near)
			: arena_printf(a, "waggle -l 'usdt:%s:*' lists them",
				       pt->module),
		"%s has no static probe %s", pt->module, pt->target);
}

static int find_usdt(struct probes *ps, const struct plan_point *pt)
{
	struct finding f = { .ps = ps, .pt = pt, .name = pt->target };
	const char *colon = strchr(pt->target, ':');
	size_t before = ps->list.n;

	if (!kernel_has_uprobes())
		return attach_fail(ps, 0, NULL,
				   "cannot use %s: this kernel was built "
				   "without uprobes (CONFIG_UPROBES)",
				   pt->name);
	if (colon) {
		f.space = arena_strndup(ps->arena, pt->target,
					(size_t)(colon - pt->target));
		f.name = colon + 1;
	}
	elfsym_find_all(pt->module, ps->files_pid, in_file, &f, &f.err);
	if (f.rc || ps->list.n > before)
		return f.rc;
	return not_found(&f);
}

static int do_usdt(struct probes *ps, struct probe *p)
{
	uint32_t key = (uint32_t)(p->cookie >> USDT_COOKIE_SHIFT);

	if (ps->usdt_map >= 0 &&
	    bpf_map_update_elem(ps->usdt_map, &key, p->args, BPF_ANY))
		return attach_fail(ps, -errno, NULL,
				   "cannot note the arguments of %s: %s",
				   p->name, strerror(errno));
	return attach_user(ps, p, false);
}

const struct attach_ops attach_usdt = {
	.type = BPF_PROG_TYPE_KPROBE,
	.find = find_usdt,
	.attach = do_usdt,
};
