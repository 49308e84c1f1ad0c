/* Tracepoints: through perf with their records, or raw with BTF's types. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/tracefs.h"
#include "runtime/attach.h"
#include "runtime/attach_hint.h"
#include "runtime/feature.h"

static int find_wild(struct probes *ps, const struct plan_point *pt)
{
	struct match_set set = { 0 };
	size_t i;
	int err;

	err = match_tracepoints(ps->match, pt->module, pt->target, &set);
	if (err)
		return attach_fail(ps, 0, "run as root, e.g. sudo waggle ...",
				   "cannot list tracepoints: %s",
				   strerror(-err));
	for (i = 0; i < set.v.n; i++) {
		const struct match *m = &set.v.v[i];

		probe_add(ps, pt, probe_matched(ps, pt, m->group, m->name),
			  m->group, m->name, 0);
	}
	return 0;
}

static void no_syscall(struct probes *ps, const struct plan_point *pt)
{
	const char *colon = strchr(pt->name, ':');
	const char *name = colon ? colon + 1 : pt->name;

	if (match_tracefs(ps->match) >= 0 &&
	    !kernel_has_tracepoint(ps->match, "syscalls", "sys_exit_close"))
		attach_fail(ps, 0, NULL,
			    "cannot use %s: this kernel was built without "
			    "tracepoints of system calls "
			    "(CONFIG_FTRACE_SYSCALLS)",
			    pt->name);
	else
		attach_fail(ps, 0, hint_syscall(ps, name),
			    "this kernel has no system call %s", name);
}

static int find_tracepoint(struct probes *ps, const struct plan_point *pt)
{
	if (pt->wild)
		return find_wild(ps, pt);
	if (kernel_has_tracepoint(ps->match, pt->module, pt->target))
		probe_add(ps, pt, pt->name, pt->module, pt->target, 0);
	else if (pt->span)
		no_syscall(ps, pt);
	else
		attach_fail(ps, 0, hint_tracepoint(ps, pt->module, pt->target),
			    "there is no tracepoint %s:%s on this kernel",
			    pt->module, pt->target);
	return 0;
}

static int do_tracepoint(struct probes *ps, struct probe *p)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.sample_period = 1 };
	const char *hint = NULL;
	int dir, id;

	if (ps->now->plan->side)
		return attach_syscall_probe(ps, p);
	if (ps->now->raw)
		return attach_raw(ps, p);
	dir = match_tracefs(ps->match);
	id = dir < 0 ? dir : tracefs_event_id(dir, p->module, p->target);
	if (id < 0) {
		const char *why = attach_refusal(id, &hint);

		return attach_fail(ps, id, hint,
				   "cannot attach %s: reading tracefs: %s",
				   p->name, why ? why : strerror(-id));
	}
	attr.config = (uint64_t)id;
	/* One event on one CPU serves all: the program hangs on the
	 * tracepoint, not on the event's own context. */
	return attach_perf_event(ps, p, &attr, -1, 0);
}

const struct attach_ops attach_tracepoint = {
	.type = BPF_PROG_TYPE_TRACEPOINT,
	.find = find_tracepoint,
	.attach = do_tracepoint,
};

/* ---- programs whose target is fixed when they are loaded ---- */

static bool is_function(const struct probes *ps)
{
	return ps->now->plan->provider != PROVIDER_RAWTRACEPOINT;
}

/* A tracepoint is a type btf_trace_NAME, a function one of its own name. */
static int not_found(struct probes *ps, const struct plan_point *pt)
{
	bool function = is_function(ps);
	const char *hint = NULL;

	if (!pt->optional)
		hint = hint_function(ps, pt->target,
				     function ? match_kernel_functions
					      : match_rawtracepoints);
	if (!function)
		return attach_fail(ps, 0, hint,
				   "this kernel has no raw tracepoint %s",
				   pt->target);
	if (!hint)
		hint = "it may have been inlined by the compiler, or be in a "
		       "module that is not loaded";
	return attach_fail(ps, 0, hint,
			   "this kernel has no function %s in its types",
			   pt->target);
}

static int not_permitted(struct probes *ps, const struct plan_point *pt,
			 int err)
{
	const char *kind = provider_name(ps->now->plan->provider);

	if (err == -EPERM || err == -EACCES)
		return attach_fail(ps, 0, hint_instead(ps, true),
				   "cannot use %s: this kernel does not permit "
				   "%s probes",
				   pt->name, kind);
	return attach_fail(ps, 0, hint_instead(ps, true),
			   "cannot use %s: %s cannot be attached to %s",
			   pt->name, kind, pt->target);
}

/* Of a BPF program, its id; 0: any of that name; -1: it is of the kernel. */
static long bpf_program_id(const char *module)
{
	if (strncmp(module, "bpf", 3) != 0 || (module[3] && module[3] != ':'))
		return -1;
	return module[3] ? strtol(module + 4, NULL, 10) : 0;
}

/* The kernel keeps 15 bytes of a name. */
static bool is_called(int fd, const char *name)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       strncmp(info.name, name, sizeof(info.name) - 1) == 0;
}

/* A descriptor, or -errno: -ENOENT none, -EEXIST several. */
static int open_program(const char *name, long id)
{
	int found = -ENOENT, fd;
	uint32_t next = 0;

	while (!bpf_prog_get_next_id(next, &next)) {
		if (id && next != (uint32_t)id)
			continue;
		fd = bpf_prog_get_fd_by_id(next);
		if (fd < 0)
			continue;
		if (!is_called(fd, name)) {
			close(fd);
			continue;
		}
		if (found >= 0) {
			close(found);
			close(fd);
			return -EEXIST;
		}
		found = fd;
	}
	return found;
}

static int find_program(struct probes *ps, const struct plan_point *pt, long id)
{
	int fd = open_program(pt->target, id), err;

	if (fd == -EEXIST)
		return attach_fail(ps, fd,
				   "bpftool prog shows their numbers: "
				   "fentry:bpf:ID:NAME",
				   "several BPF programs are called %s",
				   pt->target);
	if (fd < 0)
		return attach_fail(ps, 0, "bpftool prog lists them",
				   "no BPF program %s is loaded", pt->target);
	ps->now->target_fd = fd;
	err = bpf_program__set_attach_target(ps->now->bpf, fd, pt->target);
	if (err)
		return attach_fail(ps, err, NULL,
				   "cannot attach %s: the program has no types "
				   "(BTF): %s",
				   pt->name, strerror(-err));
	probe_add(ps, pt, pt->name, pt->module, pt->target, 0);
	return 0;
}

bool attach_can_type(struct probes *ps, const struct plan_point *pt, int *err)
{
	*err = 0;
	if (!feature_has_btf())
		*err = attach_fail(ps, 0, hint_instead(ps, false),
				   "%s needs the kernel's types, and this "
				   "kernel has no /sys/kernel/btf/vmlinux",
				   pt->name);
	else if (ps->now->n)
		*err = attach_fail(ps, -EINVAL, NULL,
				   "a program image can attach %s to one "
				   "place only",
				   pt->name);
	else
		return true;
	return false;
}

static int find_typed(struct probes *ps, const struct plan_point *pt)
{
	long id;
	int err;

	if (!attach_can_type(ps, pt, &err))
		return err;
	id = bpf_program_id(pt->module);
	if (id >= 0 && is_function(ps))
		return find_program(ps, pt, id);
	err = bpf_program__set_attach_target(ps->now->bpf, 0, pt->target);
	if (!err && ps->now->among && is_function(ps)) {
		err = choice_try(ps, ps->now->plan->provider, pt->target);
		if (err)
			return not_permitted(ps, pt, err);
	}
	if (!err) {
		probe_add(ps, pt, pt->name, pt->module, pt->target, 0);
		return 0;
	}
	if (err == -ESRCH || err == -ENOENT)
		return not_found(ps, pt);
	return attach_fail(ps, err, NULL, "cannot look up %s: %s", pt->name,
			   strerror(-err));
}

static int do_typed(struct probes *ps, struct probe *p)
{
	LIBBPF_OPTS(bpf_trace_opts, opts, .cookie = p->cookie);
	const char *hint = NULL, *why;
	struct bpf_link *link;
	int err;

	link = bpf_program__attach_trace_opts(ps->now->bpf, &opts);
	if (!link && (errno == EINVAL || errno == EOPNOTSUPP)) {
		opts.cookie = 0; /* Linux before 5.19 */
		link = bpf_program__attach_trace_opts(ps->now->bpf, &opts);
	}
	if (link)
		return probe_add_link(ps, p, link);
	err = -errno;
	why = attach_refusal(err, &hint);
	if (why)
		return attach_fail(ps, err, hint, "cannot attach %s: %s",
				   p->name, why);
	/* ENOTSUPP, which libc has no name for.  Linux 6.1 passes six
	 * arguments on, 6.18 twelve. */
	if (err == -524)
		return attach_fail(ps, err, hint_instead(ps, false),
				   "cannot attach %s: the function has more "
				   "arguments than this kernel can pass on, or "
				   "a kind that it cannot",
				   p->name);
	/* Where the kernel left no room for it, it finds other bytes than it
	 * expected, which is EBUSY too. */
	if (is_function(ps) &&
	    !kernel_can_trace(ps->match, *p->module ? p->module : NULL,
			      p->target))
		return attach_fail(ps, err,
				   "probe a function that calls it, or that "
				   "it calls",
				   "cannot attach %s: the kernel forbids "
				   "tracing it (notrace)",
				   p->name);
	if (err == -EBUSY)
		return attach_fail(ps, err, hint_instead(ps, true),
				   "cannot attach %s: something else already "
				   "patches this function",
				   p->name);
	return attach_fail(ps, err, NULL, "cannot attach %s: %s", p->name,
			   strerror(-err));
}

const struct attach_ops attach_rawtracepoint = {
	.type = BPF_PROG_TYPE_TRACING,
	.expected = BPF_TRACE_RAW_TP,
	.needs_btf = true,
	.find = find_typed,
	.attach = do_typed,
};

const struct attach_ops attach_fentry = {
	.type = BPF_PROG_TYPE_TRACING,
	.expected = BPF_TRACE_FENTRY,
	.needs_btf = true,
	.find = find_typed,
	.attach = do_typed,
};

const struct attach_ops attach_fexit = {
	.type = BPF_PROG_TYPE_TRACING,
	.expected = BPF_TRACE_FEXIT,
	.needs_btf = true,
	.find = find_typed,
	.attach = do_typed,
};
