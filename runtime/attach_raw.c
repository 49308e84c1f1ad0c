/*
 * attach_raw.c - tracepoints whose program does not look at its context.
 *
 * Such a program can be a raw one.  It costs less for each event, since the
 * kernel does not make up a record for it, and is taken off in no time, where
 * perf waits for a grace period of some 50 ms.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "runtime/attach.h"
#include "runtime/feature.h"

enum { MAX_TRIED = 64 }; /* probes of a program: each costs some 0.2 ms */

/* Helpers without arguments: r1 need not be anything for them. */
static bool takes_nothing(int32_t helper)
{
	static const int32_t ids[] = {
		BPF_FUNC_ktime_get_ns,		BPF_FUNC_ktime_get_boot_ns,
		BPF_FUNC_get_smp_processor_id,	BPF_FUNC_get_current_pid_tgid,
		BPF_FUNC_get_current_uid_gid,	BPF_FUNC_get_current_task,
		BPF_FUNC_get_current_cgroup_id, BPF_FUNC_get_numa_node_id,
		BPF_FUNC_get_prandom_u32,	BPF_FUNC_jiffies64,
	};
	size_t i;

	for (i = 0; i < countof(ids); i++)
		if (ids[i] == helper)
			return true;
	return false;
}

enum fate { KEPT, READ, GONE };

static enum fate of_alu(const struct bpf_insn *in)
{
	bool move = BPF_OP(in->code) == BPF_MOV;

	if (BPF_SRC(in->code) == BPF_X && in->src_reg == BPF_REG_1)
		return READ;
	if (in->dst_reg != BPF_REG_1)
		return KEPT;
	return move ? GONE : READ;
}

/* What an instruction does to r1, which holds the context. */
static enum fate of_insn(const struct bpf_insn *in)
{
	bool dst = in->dst_reg == BPF_REG_1, src = in->src_reg == BPF_REG_1;

	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
		return dst ? GONE : KEPT; /* of a constant */
	case BPF_LDX:
		return src ? READ : dst ? GONE : KEPT;
	case BPF_ST:
		return dst ? READ : KEPT;
	case BPF_STX:
		return dst || src ? READ : KEPT;
	case BPF_ALU:
	case BPF_ALU64:
		return of_alu(in);
	default:
		break;
	}
	if (in->code == (BPF_JMP | BPF_EXIT))
		return GONE;
	if (in->code == (BPF_JMP | BPF_CALL) && !in->src_reg &&
	    takes_nothing(in->imm))
		return GONE;
	return READ; /* perhaps, beyond a branch */
}

static bool reads_context(const struct bpf_program *p)
{
	const struct bpf_insn *in = bpf_program__insns(p);
	size_t n = bpf_program__insn_cnt(p), i;

	for (i = 0; i < n; i++) {
		enum fate f = of_insn(&in[i]);

		if (f != KEPT)
			return f == READ;
		if (BPF_CLASS(in[i].code) == BPF_LD)
			i++; /* its second half */
	}
	return true;
}

/* A program that does nothing. */
static int load_idle(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "waggle_idle", "GPL",
			     insns, countof(insns), NULL);
}

/* perf makes up some events, as those of system calls, without a tracepoint of
 * that name.  No list that is quick to read tells, so it is tried. */
static bool can_be_raw(const struct probe *p, size_t n)
{
	int prog = load_idle(), fd = prog;
	size_t i;

	for (i = 0; i < n && fd >= 0; i++) {
		fd = bpf_raw_tracepoint_open(p[i].target, prog);
		if (fd >= 0)
			close(fd);
	}
	if (prog >= 0)
		close(prog);
	return fd >= 0;
}

void attach_choose_raw(struct probes *ps)
{
	const struct probe *p = &ps->list.v[ps->now->first];

	if (!ps->now->n || ps->now->n > MAX_TRIED ||
	    strcmp(p->module, "syscalls") == 0 || reads_context(ps->now->bpf) ||
	    !feature_privileged() || !can_be_raw(p, ps->now->n))
		return;
	ps->now->raw = true;
	bpf_program__set_type(ps->now->bpf, BPF_PROG_TYPE_RAW_TRACEPOINT);
}

int attach_raw(struct probes *ps, struct probe *p)
{
	struct bpf_link *link;

	link = bpf_program__attach_raw_tracepoint(ps->now->bpf, p->target);
	return link ? probe_add_link(ps, p, link) : -errno;
}
