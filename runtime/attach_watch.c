/* watchpoint: the processor's breakpoints on data and code. */
#include <dirent.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/attach.h"
#include "runtime/feature.h"

static bool is_kernel_address(uint64_t address)
{
	return address >> 63;
}

/*
 * Some virtual machines take breakpoints and never report them.  So one is
 * tried on ourselves: false only if it is sure that it does not fire.
 */
static bool breakpoints_fire(void)
{
	volatile uint64_t word = 0;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_len = sizeof(word),
		.sample_period = 1,
		.exclude_kernel = 1,
	};
	uint64_t count = 1;
	int fd;

	attr.bp_addr = (uintptr_t)&word;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return true; /* attaching will say why */
	word = 1;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = 1;
	close(fd);
	return count > 0;
}

static int find_watchpoint(struct probes *ps, const struct plan_point *pt)
{
	if (!is_kernel_address(pt->offset) && ps->pid <= 0)
		return attach_fail(ps, -EINVAL,
				   "give one with -p PID or -c COMMAND",
				   "%s is an address of a process, and there "
				   "is none",
				   pt->name);
	if (!breakpoints_fire())
		return attach_fail(ps, -EOPNOTSUPP,
				   "probe the functions that use the memory",
				   "cannot use %s: this virtual machine does "
				   "not report the processor's breakpoints",
				   pt->name);
	probe_add(ps, pt, pt->name, pt->module, pt->target, pt->offset);
	return 0;
}

static struct perf_event_attr make_attr(const struct plan_point *pt)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_BREAKPOINT };

	attr.sample_period = 1;
	attr.bp_addr = pt->offset;
	attr.bp_len = pt->period;
	attr.bp_type |= strchr(pt->target, 'r') ? HW_BREAKPOINT_R : 0u;
	attr.bp_type |= strchr(pt->target, 'w') ? HW_BREAKPOINT_W : 0u;
	if (strchr(pt->target, 'x')) {
		attr.bp_type = HW_BREAKPOINT_X;
		attr.bp_len = sizeof(long); /* the kernel takes no other */
	}
	return attr;
}

static int on_cpus(struct probes *ps, struct probe *p,
		   struct perf_event_attr *attr)
{
	struct cpu_list cpus;
	size_t i;
	int err;

	err = feature_online_cpus(&cpus);
	for (i = 0; !err && i < cpus.n; i++)
		err = attach_perf_event(ps, p, attr, -1, cpus.v[i]);
	free(cpus.v);
	return err;
}

/* Every thread there is; those that they start inherit it. */
static int on_threads(struct probes *ps, struct probe *p,
		      struct perf_event_attr *attr)
{
	char path[64];
	struct dirent *d;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)ps->pid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	attr->inherit = 1;
	while (!err && (d = readdir(dir))) {
		pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);

		if (tid <= 0)
			continue;
		err = attach_perf_event(ps, p, attr, tid, -1);
		if (err == -ESRCH)
			err = 0; /* it has just ended */
	}
	closedir(dir);
	return !err && !p->nlinks ? -ESRCH : err;
}

static int explain(struct probes *ps, const struct probe *p, int err)
{
	const char *hint = NULL, *why = attach_refusal(err, &hint);

	if (err == -ENOSPC) {
		why = "the processor has no breakpoint left";
		hint = "use fewer watchpoints; most processors have four";
	} else if (err == -EOPNOTSUPP || err == -ENODEV || err == -ENOENT ||
		   err == -ENOSYS) {
		why = "this processor, or virtual machine, has no breakpoints";
		hint = "probe the functions that use the memory";
	} else if (err == -EINVAL && p->point->period &&
		   p->point->offset % p->point->period) {
		why = "the address is no multiple of the length";
	} else if (err == -EINVAL) {
		why = "the processor has no such mode";
		hint = strcmp(p->target, "r") == 0
			       ? "x86 cannot watch reads alone: use rw"
			       : NULL;
	} else if (err == -ESRCH) {
		why = "the process has ended";
	}
	return attach_fail(ps, err, hint, "cannot attach %s: %s", p->name,
			   why ? why : strerror(-err));
}

static int do_watchpoint(struct probes *ps, struct probe *p)
{
	struct perf_event_attr attr = make_attr(p->point);
	int err;

	if (ps->pid > 0)
		err = on_threads(ps, p, &attr);
	else
		err = on_cpus(ps, p, &attr);
	return err ? explain(ps, p, err) : 0;
}

const struct attach_ops attach_watchpoint = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.find = find_watchpoint,
	.attach = do_watchpoint,
};
