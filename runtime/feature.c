#include "feature.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PROC_PID_INIT_INO                                  \
	0xEFFFFFFCu /* linux/proc_ns.h: the same since 3.8 \
		     */

/* The start of a small file, NUL-terminated; bytes or -errno. */
static int read_small(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	*buf = '\0';
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = '\0';
	close(fd);
	return (int)n;
}

static int add_cpu(struct cpu_list *l, size_t *cap, int cpu)
{
	int *v;

	if (l->n == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		v = realloc(l->v, *cap * sizeof(*v));
		if (!v)
			return -ENOMEM;
		l->v = v;
	}
	l->v[l->n++] = cpu;
	return 0;
}

/* The kernel's list form: 0-3,8,10-11. */
int feature_online_cpus(struct cpu_list *out)
{
	char buf[4096], *p = buf, *end;
	size_t cap = 0;
	long a, b;
	int err;

	*out = (struct cpu_list){ 0 };
	err = read_small("/sys/devices/system/cpu/online", buf, sizeof(buf));
	if (err <= 0)
		return add_cpu(out, &cap, 0); /* no sysfs: one must be on */
	for (;;) {
		a = b = strtol(p, &end, 10);
		if (end == p)
			break;
		if (*end == '-')
			b = strtol(end + 1, &end, 10);
		for (; a <= b && a < 1 << 16; a++) {
			err = add_cpu(out, &cap, (int)a);
			if (err)
				return err;
		}
		if (*end != ',')
			break;
		p = end + 1;
	}
	return out->n ? 0 : -ENODATA;
}

int feature_pmu(const char *name, unsigned int *retprobe_bit)
{
	char path[128], buf[64];
	int err;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type",
		 name);
	err = read_small(path, buf, sizeof(buf));
	if (err <= 0)
		return err ? err : -ENODATA;
	*retprobe_bit = 0;
	snprintf(path, sizeof(path),
		 "/sys/bus/event_source/devices/%s/format/retprobe", name);
	if (read_small(path, buf + 32, 32) > 0)
		sscanf(buf + 32, "config:%u", retprobe_bit);
	return atoi(buf);
}

bool feature_privileged(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &h, d))
		return true; /* not known: the kernel will tell */
	return (d[0].effective & 1u << CAP_SYS_ADMIN) ||
	       (d[1].effective & 1u << (CAP_BPF - 32));
}

const char *feature_lockdown(void)
{
	char buf[128];

	if (read_small("/sys/kernel/security/lockdown", buf, sizeof(buf)) <= 0)
		return "none";
	if (strstr(buf, "[confidentiality]"))
		return "confidentiality";
	return strstr(buf, "[integrity]") ? "integrity" : "none";
}

bool feature_has_btf(void)
{
	return access("/sys/kernel/btf/vmlinux", R_OK) == 0;
}

int feature_perf_paranoid(void)
{
	char buf[32];

	if (read_small("/proc/sys/kernel/perf_event_paranoid", buf,
		       sizeof(buf)) <= 0)
		return -2;
	return atoi(buf);
}

long feature_max_sample_rate(void)
{
	char buf[32];

	if (read_small("/proc/sys/kernel/perf_event_max_sample_rate", buf,
		       sizeof(buf)) <= 0)
		return 0;
	return atol(buf);
}

/* One part in 512 of the memory, from 1 MB to 8 MB: to allocate that takes 1.5
 * ms, and 32 MB ten times as long. */
unsigned int feature_ring_pages(void)
{
	long page = sysconf(_SC_PAGESIZE), pages = sysconf(_SC_PHYS_PAGES);
	unsigned int n;

	if (page <= 0)
		page = 4096;
	n = (unsigned int)((1 << 20) / page);
	if (!n)
		n = 1;
	while (n < pages / 512 && n * (unsigned long)page < 8 << 20)
		n *= 2;
	return n;
}

bool feature_pid_ns(uint64_t *dev, uint64_t *ino)
{
	struct stat st;

	*dev = *ino = 0;
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == PROC_PID_INIT_INO)
		return false;
	/* The kernel's own dev_t: 20 bits of minor number. */
	*dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	*ino = st.st_ino;
	return true;
}

pid_t feature_outer_pid(pid_t pid)
{
	char path[64], buf[4096], *p;
	uint64_t dev, ino;

	if (!pid || !feature_pid_ns(&dev, &ino))
		return pid;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (read_small(path, buf, sizeof(buf)) <= 0)
		return pid;
	p = strstr(buf, "\nNSpid:");
	return p ? (pid_t)atoi(p + strlen("\nNSpid:")) : pid;
}

/* In a namespace of its own a process cannot learn its pid outside from /proc,
 * but a BPF program run on its behalf can. */
pid_t feature_root_pid(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL,
		  .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .imm = 32 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	uint64_t dev, ino;
	int fd, err;

	if (!feature_pid_ns(&dev, &ino))
		return getpid();
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "waggle_pid", "GPL",
			   insns, countof(insns), NULL);
	if (fd < 0)
		return 0;
	err = bpf_prog_test_run_opts(fd, &run);
	close(fd);
	return err ? 0 : (pid_t)run.retval;
}
