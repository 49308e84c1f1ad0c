/*
 * attach_multi.c - uprobes of one file by one link (Linux 6.6).
 *
 * Each through an event of perf's own takes a grace period to be taken off:
 * minutes for all functions of a library, where a link of them all takes one.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/attach.h"

/* Newer than the header may be. */
#define TRACE_UPROBE_MULTI ((enum bpf_attach_type)48)
#define UPROBE_MULTI_RETURN 1u

/* The part of union bpf_attr that BPF_LINK_CREATE takes for these. */
struct multi_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t count, multi_flags, pid, unused;
};

static int create(struct multi_attr *a)
{
	int fd;

	a->attach_type = TRACE_UPROBE_MULTI;
	fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, a, sizeof(*a));
	return fd < 0 ? -errno : fd;
}

/* A link to what can't be probed: a kernel that has them says that it is no
 * file of a kind that could be. */
static bool kernel_has_multi(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = TRACE_UPROBE_MULTI);
	uint64_t offset = 0;
	struct multi_attr a = { .path = (uint64_t)(uintptr_t) "/",
				.offsets = (uint64_t)(uintptr_t)&offset,
				.count = 1 };
	int fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", insns,
			       countof(insns), &opts);
	int link;

	if (fd < 0)
		return false;
	a.prog_fd = (uint32_t)fd;
	link = create(&a);
	if (link >= 0)
		close(link);
	close(fd);
	return link == -EBADF;
}

/* Before Linux 6.10 the filter by process is one by thread. */
enum { PID_FILTER = 0x60a00 };

void multi_choose(struct probes *ps)
{
	struct program *now = ps->now;

	if (!now->n || (ps->pid > 0 && kernel_version() < PID_FILTER))
		return;
	if (!ps->multi)
		ps->multi = kernel_has_multi() ? MULTI_HAS : MULTI_HAS_NOT;
	if (ps->multi == MULTI_HAS_NOT)
		return;
	now->multi = true;
	bpf_program__set_expected_attach_type(now->bpf, TRACE_UPROBE_MULTI);
}

/* So many of the program's probes, all in one file, from p on: 0 or -errno. */
static int attach_range(struct probes *ps, const struct probe *p, size_t n)
{
	bool ret = p->point->provider == PROVIDER_URETPROBE;
	uint64_t *v = calloc(n, 2 * sizeof(*v));
	struct multi_attr a = {
		.prog_fd = (uint32_t)bpf_program__fd(ps->now->bpf),
		.path = (uint64_t)(uintptr_t)p->module,
		.offsets = (uint64_t)(uintptr_t)v,
		.cookies = (uint64_t)(uintptr_t)(v + n),
		.count = (uint32_t)n,
		.multi_flags = ret ? UPROBE_MULTI_RETURN : 0,
		.pid = ps->pid > 0 ? (uint32_t)ps->pid : 0,
	};
	size_t i;
	int fd;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		v[i] = p[i].offset;
		v[n + i] = p[i].cookie;
	}
	fd = create(&a);
	free(v);
	if (fd < 0)
		return fd;
	*vec_push(ps->arena, &ps->multi_links) = fd;
	return 0;
}

/* Where one can't be probed none is: halves, until it is found. */
static int attach_halves(struct probes *ps, struct probe *p, size_t n,
			 multi_failed_fn *failed, void *arg)
{
	int err = attach_range(ps, p, n), given = 0;
	size_t i;

	if (!err)
		return 0;
	if (n > 1 && (err == -EINVAL || err == -EIO || err == -ENOENT ||
		      err == -524 /* ENOTSUPP */)) {
		err = attach_halves(ps, p, n / 2, failed, arg);
		if (err)
			return err;
		return attach_halves(ps, p + n / 2, n - n / 2, failed, arg);
	}
	for (i = 0; i < n && !given; i++)
		given = failed(arg, &p[i], err);
	return given;
}

int multi_attach(struct probes *ps, multi_failed_fn *failed, void *arg)
{
	struct probe *p = &ps->list.v[ps->now->first], *end = p + ps->now->n;
	size_t n;
	int err = 0;

	for (; p < end && !err; p += n) {
		for (n = 1; p + n < end && !strcmp(p[n].module, p->module);)
			n++;
		user_file_hold(ps, p->module);
		err = attach_halves(ps, p, n, failed, arg);
	}
	return err;
}

void multi_detach(struct probes *ps)
{
	size_t i;

	for (i = 0; i < ps->multi_links.n; i++)
		close(ps->multi_links.v[i]);
	ps->multi_links.n = 0;
}
