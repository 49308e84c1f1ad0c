/*
 * features - what this kernel lets us do, one word each, for the NEEDS of
 * tests.  Each is found out by doing it, not by the version.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct bpf_insn ret0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

static void have(const char *word, bool yes)
{
	if (yes)
		puts(word);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool can_load(enum bpf_prog_type type)
{
	int fd = bpf_prog_load(type, "probe", "GPL", ret0, 2, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Load and attach, since some kernels refuse only the second. */
static bool can_trace(enum bpf_attach_type how, const char *name)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = how);
	int id = libbpf_find_vmlinux_btf_id(name, how), fd, link;

	if (id < 0)
		return false;
	opts.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", ret0, 2,
			   &opts);
	if (fd < 0)
		return false;
	link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	if (link < 0)
		return false;
	close(link);
	return true;
}

static bool can_raw_tp(void)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "probe", "GPL",
			       ret0, 2, NULL);
	int link = fd < 0 ? -1 : bpf_raw_tracepoint_open("sys_enter", fd);

	if (link >= 0)
		close(link);
	if (fd >= 0)
		close(fd);
	return link >= 0;
}

static bool can_count(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.sample_period = 1000000,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

/* Not only taken, but reported. */
static bool has_breakpoints(void)
{
	static volatile long word;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_len = sizeof(word),
		.sample_period = 1,
		.exclude_kernel = 1,
	};
	unsigned long count = 0;
	int fd;

	attr.bp_addr = (unsigned long)&word;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
	if (fd < 0)
		return false;
	word = 1;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = 0;
	close(fd);
	return count > 0;
}

static bool has_fs(const char *name)
{
	FILE *f = fopen("/proc/filesystems", "r");
	char line[128];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, name) != NULL;
	if (f)
		fclose(f);
	return found;
}

int main(void)
{
	libbpf_set_print(quiet);
	have("root", geteuid() == 0);
	have("btf", exists("/sys/kernel/btf/vmlinux"));
	have("rawtracepoint", can_raw_tp());
	have("tracepoint", exists("/sys/bus/event_source/devices/tracepoint") &&
				   can_load(BPF_PROG_TYPE_TRACEPOINT));
	have("kprobe", exists("/sys/bus/event_source/devices/kprobe") &&
			       can_load(BPF_PROG_TYPE_KPROBE));
	have("uprobe", exists("/sys/bus/event_source/devices/uprobe") &&
			       can_load(BPF_PROG_TYPE_KPROBE));
	have("fentry", can_trace(BPF_TRACE_FENTRY, "vfs_read"));
	have("fexit", can_trace(BPF_TRACE_FEXIT, "vfs_read"));
	have("perf", can_count(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK));
	have("hardware",
	     can_count(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES));
	have("breakpoint", has_breakpoints());
	have("tracefs_mounted", exists("/sys/kernel/tracing/events"));
	have("ext4", has_fs("\text4"));
	have("ext4_module", exists("/sys/module/ext4/initstate"));
	return 0;
}
