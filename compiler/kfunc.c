/* kfunc.c - whether the running kernel lets a kind of program call a kfunc. */
#include "kfunc.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOG_SIZE = 4096 };

struct kind {
	uint32_t type, attach;
};

/* What the runtime loads programs of a provider as. */
static struct kind kind_of(enum provider p)
{
	switch (p) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_USDT:
		return (struct kind){ BPF_PROG_TYPE_KPROBE, 0 };
	case PROVIDER_FENTRY:
		return (struct kind){ BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY };
	case PROVIDER_FEXIT:
		return (struct kind){ BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT };
	case PROVIDER_RAWTRACEPOINT:
		return (struct kind){ BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP };
	case PROVIDER_ITER:
		return (struct kind){ BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER };
	case PROVIDER_TRACEPOINT:
		return (struct kind){ BPF_PROG_TYPE_TRACEPOINT, 0 };
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
	case PROVIDER_SOFTWARE:
	case PROVIDER_HARDWARE:
	case PROVIDER_WATCHPOINT:
		return (struct kind){ BPF_PROG_TYPE_PERF_EVENT, 0 };
	case PROVIDER_BEGIN:
	case PROVIDER_END:
	case PROVIDER_SELF:
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_CALL:
	case PROVIDER_SYSCALL:
	case PROVIDER_UCALL:
	case NPROVIDERS:
		break;
	}
	return (struct kind){ BPF_PROG_TYPE_RAW_TRACEPOINT, 0 };
}

/*
 * A program that does nothing but the call, its arguments missing: of a kfunc
 * that it may not call the verifier says so before it looks at them
 * (check_kfunc_call(), Linux 5.18).
 */
int kfunc_allowed(enum provider p, uint32_t target, uint32_t kfunc)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL,
		  .src_reg = BPF_PSEUDO_KFUNC_CALL,
		  .imm = (int32_t)kfunc },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct kind kind = kind_of(p);
	char log[LOG_SIZE] = "";
	union bpf_attr attr = { 0 };
	long fd;

	attr.prog_type = kind.type;
	attr.expected_attach_type = kind.attach;
	attr.attach_btf_id = target;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(*insns);
	attr.license = (uint64_t)(uintptr_t) "GPL";
	attr.log_buf = (uint64_t)(uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0) {
		close((int)fd);
		return 1;
	}
	if (!*log) /* it was not even looked at */
		return -errno;
	return !strstr(log, "is not allowed");
}
