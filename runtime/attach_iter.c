/* iter: programs that the kernel runs for each object of a kind. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/attach.h"

static const char pins[] = "/sys/fs/bpf";

enum { CGROUP_DESCENDANTS = 2 }; /* BPF_CGROUP_ITER_DESCENDANTS_PRE */

/* As the kernel has them (union bpf_iter_link_info of Linux 6.1), in bytes:
 * order, descriptor of the first group (0: the root), id. */
struct cgroup_info {
	uint32_t order, fd;
	uint64_t id;
};

/* Those that walk through one map, which a script can't name. */
static bool is_of_a_map(const char *name)
{
	static const char *const names[] = { "bpf_map_elem", "sockmap",
					     "bpf_sk_storage_map" };
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int unknown(struct probes *ps, const struct plan_point *pt)
{
	return attach_fail(ps, 0, "waggle -l 'iter:*' lists those it has",
			   "this kernel has no iterator %s", pt->target);
}

static int find_iter(struct probes *ps, const struct plan_point *pt)
{
	int err;

	if (!attach_can_type(ps, pt, &err))
		return err;
	if (is_of_a_map(pt->target))
		return attach_fail(ps, -EOPNOTSUPP, NULL,
				   "%s walks through one map of another "
				   "program, which a script cannot name",
				   pt->name);
	err = bpf_program__set_attach_target(ps->now->bpf, 0, pt->target);
	if (err == -ESRCH || err == -ENOENT)
		return unknown(ps, pt);
	if (err)
		return attach_fail(ps, err, NULL, "cannot look up %s: %s",
				   pt->name, strerror(-err));
	probe_add(ps, pt, pt->name, pt->module, pt->target, 0);
	return 0;
}

static int pin(struct probes *ps, struct probe *p)
{
	const char *path = p->module;
	struct statfs fs;
	int err;

	if (*path != '/')
		path = arena_printf(ps->arena, "%s/%s", pins, path);
	if (strncmp(path, pins, strlen(pins)) == 0 &&
	    (statfs(pins, &fs) || (uint32_t)fs.f_type != BPF_FS_MAGIC))
		return attach_fail(ps, -ENOENT, "mount -t bpf bpf /sys/fs/bpf",
				   "cannot pin %s: no BPF file system is "
				   "mounted at %s",
				   p->name, pins);
	err = bpf_link__pin(p->links[0], path);
	if (err == -EEXIST)
		return attach_fail(ps, err,
				   "remove the file, or choose "
				   "another name",
				   "cannot pin %s: %s is there already",
				   p->name, path);
	if (err)
		return attach_fail(ps, err, NULL, "cannot pin %s at %s: %s",
				   p->name, path, strerror(-err));
	fprintf(ps->rep->err, "Program pinned to %s\n", path);
	return 0;
}

void attach_unpin(struct probes *ps)
{
	size_t i;

	for (i = 0; i < ps->list.n; i++) {
		struct probe *p = &ps->list.v[i];

		if (p->nlinks && bpf_link__pin_path(p->links[0]))
			bpf_link__unpin(p->links[0]);
	}
}

static int do_iter(struct probes *ps, struct probe *p)
{
	LIBBPF_OPTS(bpf_iter_attach_opts, opts);
	struct cgroup_info groups = { .order = CGROUP_DESCENDANTS };
	const char *hint = NULL, *why;
	struct bpf_link *link;
	int err;

	if (strcmp(p->target, "cgroup") == 0) {
		opts.link_info = (union bpf_iter_link_info *)&groups;
		opts.link_info_len = sizeof(groups);
	}
	link = bpf_program__attach_iter(ps->now->bpf, &opts);
	err = link ? probe_add_link(ps, p, link) : -errno;
	if (!err)
		return *p->module ? pin(ps, p) : 0;
	why = attach_refusal(err, &hint);
	return attach_fail(ps, err, hint, "cannot attach %s: %s", p->name,
			   why ? why : strerror(-err));
}

int attach_iterate(const struct probe *p)
{
	int fd = bpf_iter_create(bpf_link__fd(p->links[0]));

	return fd < 0 ? -errno : fd;
}

int attach_iterate_next(int fd)
{
	char step[8]; /* what the program writes for each object */
	ssize_t n;

	do
		n = read(fd, step, sizeof(step));
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? -errno : n > 0;
}

const struct attach_ops attach_iter = {
	.type = BPF_PROG_TYPE_TRACING,
	.expected = BPF_TRACE_ITER,
	.needs_btf = true,
	.find = find_iter,
	.attach = do_iter,
};
