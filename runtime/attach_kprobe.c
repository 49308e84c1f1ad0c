/* kprobe and kretprobe, through perf's kprobe PMU (Linux 4.17). */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/attach.h"
#include "runtime/attach_hint.h"
#include "runtime/feature.h"
#include "runtime/kprobe_event.h"

static const char *module_of(const struct plan_point *pt)
{
	return *pt->module ? pt->module : NULL;
}

static int find_wild(struct probes *ps, const struct plan_point *pt)
{
	struct match_set set = { 0 };
	size_t i;
	int err;

	err = match_kernel_functions(ps->match, module_of(pt), pt->target,
				     &set);
	if (err)
		return attach_fail(ps, 0, "run as root, e.g. sudo waggle ...",
				   "cannot list the kernel's functions: %s",
				   strerror(-err));
	for (i = 0; i < set.v.n; i++) {
		const struct match *m = &set.v.v[i];
		const char *qualified = module_of(pt) ? m->group : NULL;

		/* Same name in two modules: the kernel takes the first, so
		 * the second would only be the first again. */
		if (!qualified && i && !strcmp(set.v.v[i - 1].name, m->name))
			continue;
		probe_add(ps, pt, probe_matched(ps, pt, qualified, m->name),
			  qualified, m->name, 0);
	}
	return 0;
}

static int no_kprobes(struct probes *ps, const struct plan_point *pt)
{
	return attach_fail(
		ps, 0, hint_instead(ps, true),
		"cannot use %s: this kernel was built without kprobes "
		"(CONFIG_KPROBES)",
		pt->name);
}

static int no_function(struct probes *ps, const struct plan_point *pt)
{
	const char *hint = NULL;

	if (!pt->optional)
		hint = hint_function(ps, pt->target, match_kernel_functions);
	if (!hint)
		hint = "it may have been inlined by the compiler, or be in a "
		       "module that is not loaded";
	if (module_of(pt))
		return attach_fail(ps, 0, hint,
				   "this kernel has no function '%s' in %s",
				   pt->target, pt->module);
	return attach_fail(ps, 0, hint, "this kernel has no function '%s'",
			   pt->target);
}

/* An event for a function; symbol is what it points to.  False: the kernel has
 * no PMU for those. */
static bool kprobe_event(struct perf_event_attr *attr, const char *module,
			 const char *function, bool ret, char symbol[512])
{
	unsigned int bit;
	int type = feature_pmu("kprobe", &bit);
	bool bare = !module || !*module || !strcmp(module, "vmlinux");

	*attr = (struct perf_event_attr){ .size = sizeof(*attr) };
	if (type < 0)
		return false;
	attr->type = (uint32_t)type;
	if (ret)
		attr->config |= 1ull << bit;
	if (*function) {
		snprintf(symbol, 512, "%s%s%s", bare ? "" : module,
			 bare ? "" : ":", function);
		attr->kprobe_func = (uint64_t)(uintptr_t)symbol;
	}
	return true;
}

bool kprobe_can_attach(struct probes *ps, const char *module,
		       const char *function)
{
	struct perf_event_attr attr;
	char symbol[512];
	int fd;

	if (!kernel_has_kprobes() ||
	    !kernel_has_function(ps->match, module, function))
		return false;
	/* What ftrace knows can be probed; of the rest, most can't. */
	if (kernel_can_trace(ps->match, module, function) ||
	    !kprobe_event(&attr, module, function, false, symbol))
		return true;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM;
	close(fd);
	return true;
}

static int find_kprobe(struct probes *ps, const struct plan_point *pt)
{
	if (!kernel_has_kprobes())
		return no_kprobes(ps, pt);
	if (pt->wild)
		return find_wild(ps, pt);
	if (*pt->target &&
	    !kernel_has_function(ps->match, module_of(pt), pt->target))
		return no_function(ps, pt);
	if (*pt->target && ps->or_else &&
	    !kprobe_can_attach(ps, module_of(pt), pt->target))
		return attach_fail(ps, 0, NULL,
				   "the kernel forbids probing '%s' (notrace "
				   "or blacklisted)",
				   pt->target);
	probe_add(ps, pt, pt->name, pt->module, pt->target, pt->offset);
	return 0;
}

static int explain(struct probes *ps, const struct probe *p, int err)
{
	const char *hint = NULL, *why;

	switch (err) {
	case -ENOENT:
		return attach_fail(ps, err, NULL,
				   "cannot attach %s: the kernel does not know "
				   "this function",
				   p->name);
	case -EINVAL:
		if (p->offset)
			return attach_fail(ps, err, "use a smaller offset",
					   "cannot attach %s: +%llu is outside "
					   "of the function, or the kernel "
					   "forbids probing there",
					   p->name,
					   (unsigned long long)p->offset);
		return attach_fail(ps, err,
				   "probe a function that calls it, or that "
				   "it calls",
				   "cannot attach %s: the kernel forbids "
				   "probing there (notrace or blacklisted)",
				   p->name);
	case -EILSEQ:
		return attach_fail(ps, err,
				   "objdump -d of the vmlinux shows where its "
				   "instructions begin",
				   "cannot attach %s: no instruction begins "
				   "at +%llu",
				   p->name, (unsigned long long)p->offset);
	case -EADDRNOTAVAIL:
		return attach_fail(ps, err, "name its module: kprobe:MOD:FN",
				   "cannot attach %s: several functions have "
				   "this name",
				   p->name);
	default:
		break;
	}
	why = attach_refusal(err, &hint);
	return attach_fail(ps, err, hint, "cannot attach %s: %s", p->name,
			   why ? why : strerror(-err));
}

static int open_kprobe(struct probes *ps, struct probe *p, bool ret)
{
	struct perf_event_attr attr;
	char symbol[512];

	if (!kprobe_event(&attr, p->module, p->target, ret, symbol))
		return attach_fail(ps, -ENOENT, "Linux 4.17 or newer has it",
				   "cannot attach %s: the kernel has no kprobe "
				   "PMU",
				   p->name);
	attr.probe_offset = p->offset; /* or kprobe_addr */
	return attach_perf_event(ps, p, &attr, -1, 0);
}

static int do_kprobe(struct probes *ps, struct probe *p)
{
	int err = open_kprobe(ps, p, false);

	return err && !ps->why ? explain(ps, p, err) : err;
}

/* Where only tracefs tells what is missed.  Anything that is wrong with that
 * way is no reason not to trace. */
static bool attach_event(struct probes *ps, struct probe *p)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
					.type = PERF_TYPE_TRACEPOINT };
	int id;

	if (!kprobe_event_wanted() || !*p->target)
		return false;
	id = kprobe_event_make(ps, p);
	if (id < 0)
		return false;
	attr.config = (uint64_t)id;
	return attach_perf_event(ps, p, &attr, -1, 0) == 0;
}

static int do_kretprobe(struct probes *ps, struct probe *p)
{
	int err = attach_event(ps, p) ? 0 : open_kprobe(ps, p, true);

	return err && !ps->why ? explain(ps, p, err) : err;
}

/* ---- what was missed ---- */

/* struct bpf_link_info of a kprobe as Linux 6.7 has it, which is newer than the
 * headers that this is built with; older ones leave the end alone. */
struct kprobe_info {
	uint32_t type, id, prog_id, pad;
	uint32_t event_type, pad2;
	uint64_t func_name;
	uint32_t name_len, offset;
	uint64_t addr, missed, cookie;
};

enum {
	EVENT_KPROBE = 3,
	EVENT_KRETPROBE = 4
}; /* of enum bpf_perf_event_type */

uint64_t kprobe_missed(const struct bpf_link *link)
{
	struct kprobe_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len) ||
	    len < sizeof(info) || info.type != BPF_LINK_TYPE_PERF_EVENT ||
	    (info.event_type != EVENT_KPROBE &&
	     info.event_type != EVENT_KRETPROBE))
		return 0;
	return info.missed;
}

const struct attach_ops attach_kprobe = {
	.type = BPF_PROG_TYPE_KPROBE,
	.find = find_kprobe,
	.attach = do_kprobe,
};

const struct attach_ops attach_kretprobe = {
	.type = BPF_PROG_TYPE_KPROBE,
	.find = find_kprobe,
	.attach = do_kretprobe,
};
