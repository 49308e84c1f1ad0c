#include "info.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "compiler/match.h"
#include "runtime/feature.h"
#include "runtime/options.h"

static bool can_kprobe(void)
{
	unsigned int bit;

	return kernel_has_kprobes() && feature_pmu("kprobe", &bit) >= 0;
}

static bool can_uprobe(void)
{
	unsigned int bit;

	return kernel_has_uprobes() && feature_pmu("uprobe", &bit) >= 0;
}

void info_print(FILE *out)
{
	struct utsname u;
	uint64_t dev, ino;

	uname(&u);
	fprintf(out, "kernel          %s %s\n", u.release, u.machine);
	fprintf(out, "types (BTF)     %s\n", feature_has_btf() ? "yes" : "no");
	fprintf(out, "kprobe          %s\n", can_kprobe() ? "yes" : "no");
	fprintf(out, "uprobe          %s\n", can_uprobe() ? "yes" : "no");
	fprintf(out, "lockdown        %s\n", feature_lockdown());
	fprintf(out, "may trace       %s\n",
		feature_privileged() ? "yes" : "no (run as root)");
	fprintf(out, "perf paranoia   %d\n", feature_perf_paranoid());
	fprintf(out, "pid namespace   %s\n",
		feature_pid_ns(&dev, &ino) ? "its own" : "the root's");
	fprintf(out, "event ring      %u pages\n", feature_ring_pages());
}

/* ---- as bpftrace has it ---- */

static const struct {
	const char *name;
	enum bpf_func_id id;
} helpers[] = {
	{ "get_current_cgroup_id", BPF_FUNC_get_current_cgroup_id },
	{ "send_signal", BPF_FUNC_send_signal },
	{ "override_return", BPF_FUNC_override_return },
	{ "get_boot_ns", BPF_FUNC_ktime_get_boot_ns },
	{ "dpath", BPF_FUNC_d_path },
	{ "skboutput", BPF_FUNC_skb_output },
	{ "get_tai_ns", BPF_FUNC_ktime_get_tai_ns },
	{ "get_func_ip", BPF_FUNC_get_func_ip },
	{ "jiffies64", BPF_FUNC_jiffies64 },
	{ "for_each_map_elem", BPF_FUNC_for_each_map_elem },
	{ "get_ns_current_pid_tgid", BPF_FUNC_get_ns_current_pid_tgid },
	{ "lookup_percpu_elem", BPF_FUNC_map_lookup_percpu_elem },
	{ "loop", BPF_FUNC_loop },
};

static const struct {
	const char *name;
	enum bpf_map_type type;
} maps[] = {
	{ "hash", BPF_MAP_TYPE_HASH },
	{ "percpu hash", BPF_MAP_TYPE_PERCPU_HASH },
	{ "array", BPF_MAP_TYPE_ARRAY },
	{ "percpu array", BPF_MAP_TYPE_PERCPU_ARRAY },
	{ "stack_trace", BPF_MAP_TYPE_STACK_TRACE },
	{ "perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF },
};

static void put_answer(FILE *out, const char *name, bool yes)
{
	fprintf(out, "  %s: %s\n", name, yes ? "yes" : "no");
}

/* dpath and skboutput are of typed programs; the rest of any. */
static bool has_helper(enum bpf_func_id id)
{
	enum bpf_prog_type type = BPF_PROG_TYPE_KPROBE;

	if (id == BPF_FUNC_d_path || id == BPF_FUNC_skb_output)
		type = BPF_PROG_TYPE_TRACING;
	return libbpf_probe_bpf_helper(type, id, NULL) > 0;
}

/* Whether it works is known only when one is there, for an instant. */
static bool can_fentry(void)
{
	static const struct bpf_insn ret0[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_FENTRY);
	int id = libbpf_find_vmlinux_btf_id("vfs_read", BPF_TRACE_FENTRY);
	int fd, link;

	if (id <= 0)
		return false;
	opts.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", ret0,
			   countof(ret0), &opts);
	if (fd < 0)
		return false;
	link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	if (link >= 0)
		close(link);
	return link >= 0;
}

static void put_probes(FILE *out)
{
	struct arena *a = arena_new();
	struct matcher *m = match_open(a, NULL);
	struct match_set iterators = { 0 };
	size_t i;

	put_answer(out, "kprobe", can_kprobe());
	put_answer(out, "uprobe", can_uprobe());
	put_answer(out, "tracepoint",
		   libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_TRACEPOINT, NULL) >
			   0);
	put_answer(out, "perf_event",
		   libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_PERF_EVENT, NULL) >
			   0);
	put_answer(out, "fentry", can_fentry());
	if (!match_iterators(m, "*", &iterators))
		for (i = 0; i < iterators.v.n; i++)
			fprintf(out, "  iter:%s: yes\n", iterators.v.v[i].name);
	match_close(m);
	arena_free(a);
}

void info_print_bpftrace(FILE *out)
{
	struct utsname u;
	size_t i;

	uname(&u);
	fprintf(out, "System\n  OS: %s %s %s\n  Arch: %s\n\n", u.sysname,
		u.release, u.version, u.machine);
	fprintf(out, "Build\n  version: v" BPFTRACE_VERSION
		     " (waggle " WAGGLE_VERSION
		     ")\n  libdw (DWARF support): no\n\nKernel helpers\n");
	libbpf_set_print(NULL); /* what a kernel lacks is no error here */
	for (i = 0; i < countof(helpers); i++)
		put_answer(out, helpers[i].name, has_helper(helpers[i].id));
	fputs("\nKernel features\n", out);
	put_answer(out, "btf", feature_has_btf());
	put_answer(out, "privileged", feature_privileged());
	fputs("\nMap types\n", out);
	for (i = 0; i < countof(maps); i++)
		put_answer(out, maps[i].name,
			   libbpf_probe_bpf_map_type(maps[i].type, NULL) > 0);
	fputs("\nProbe types\n", out);
	put_probes(out);
}
