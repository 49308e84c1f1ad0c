/* builtin_proc.c - who is running, where and when. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "emit.h"

static struct val reg(struct emitter *e, struct node *n, LLVMValueRef v)
{
	return val_reg(emit_fit(e, v, n->type), n->type);
}

static LLVMValueRef high_half(struct emitter *e, LLVMValueRef v)
{
	return LLVMBuildLShr(e->b, v, emit_int(e, 32), "");
}

static LLVMValueRef low_half(struct emitter *e, LLVMValueRef v)
{
	return LLVMBuildAnd(e->b, v, emit_int(e, UINT32_MAX), "");
}

static bool word_is(struct node *n, const char *word)
{
	const char *s = emit_word(emit_arg(n, 0));

	return s && !strcmp(s, word);
}

static LLVMValueRef pid_tgid(struct emitter *e, struct node *n)
{
	if (word_is(n, "init"))
		return emit_helper(e, BPF_FUNC_get_current_pid_tgid, NULL);
	return emit_pid_tgid(e);
}

struct val emit_pid(struct emitter *e, struct node *n)
{
	return reg(e, n, high_half(e, pid_tgid(e, n)));
}

struct val emit_tid(struct emitter *e, struct node *n)
{
	return reg(e, n, low_half(e, pid_tgid(e, n)));
}

static LLVMValueRef uid_gid(struct emitter *e)
{
	return emit_helper(e, BPF_FUNC_get_current_uid_gid, NULL);
}

struct val emit_uid(struct emitter *e, struct node *n)
{
	return reg(e, n, low_half(e, uid_gid(e)));
}

struct val emit_gid(struct emitter *e, struct node *n)
{
	return reg(e, n, high_half(e, uid_gid(e)));
}

struct val emit_username(struct emitter *e, struct node *n)
{
	return val_reg(low_half(e, uid_gid(e)), n->type);
}

static LLVMValueRef current_task(struct emitter *e)
{
	return emit_helper(e, BPF_FUNC_get_current_task, NULL);
}

struct val emit_comm(struct emitter *e, struct node *n)
{
	struct node *tid = emit_arg(n, 0);
	LLVMValueRef p;

	if (tid)
		return val_reg(emit_fit(e, emit_scalar(e, tid), n->type),
			       n->type);
	p = emit_result(e, n);
	/* before Linux 6.2 nothing is written past the NUL */
	emit_wipe(e, p, n->type->size);
	emit_helper(e, BPF_FUNC_get_current_comm, p, emit_int(e, n->type->n),
		    NULL);
	return val_at(AT_BPF, p, n->type);
}

struct val emit_cpid(struct emitter *e, struct node *n)
{
	return reg(e, n, emit_slot(e, SLOT_CPID, ""));
}

struct val emit_has_cpid(struct emitter *e, struct node *n)
{
	LLVMValueRef has =
		LLVMBuildICmp(e->b, LLVMIntNE, emit_slot(e, SLOT_CPID, "has"),
			      emit_int(e, 0), "");

	return val_reg(emit_i64(e, has, false), n->type);
}

/* Which clock: the one of /proc/uptime unless another is named, so that it goes
 * on while the machine sleeps.  bpf_ktime_get_tai_ns is of Linux 6.1. */
struct val emit_nsecs(struct emitter *e, struct node *n)
{
	int id = BPF_FUNC_ktime_get_boot_ns;

	if (word_is(n, "monotonic"))
		id = BPF_FUNC_ktime_get_ns;
	else if (word_is(n, "tai") || word_is(n, "sw_tai"))
		id = BPF_FUNC_ktime_get_tai_ns;
	return val_reg(emit_helper(e, id, NULL), n->type);
}

struct val emit_elapsed(struct emitter *e, struct node *n)
{
	LLVMValueRef now = emit_helper(e, BPF_FUNC_ktime_get_boot_ns, NULL);

	return val_reg(LLVMBuildSub(e->b, now, emit_slot(e, SLOT_START, ""),
				    "elapsed"),
		       n->type);
}

struct val emit_jiffies(struct emitter *e, struct node *n)
{
	return val_reg(emit_helper(e, BPF_FUNC_jiffies64, NULL), n->type);
}

struct val emit_cpu(struct emitter *e, struct node *n)
{
	return reg(e, n, emit_helper(e, BPF_FUNC_get_smp_processor_id, NULL));
}

struct val emit_ncpus(struct emitter *e, struct node *n)
{
	return val_reg(emit_slot(e, SLOT_NCPUS, ""), n->type);
}

struct val emit_numaid(struct emitter *e, struct node *n)
{
	return reg(e, n, emit_helper(e, BPF_FUNC_get_numa_node_id, NULL));
}

struct val emit_curtask(struct emitter *e, struct node *n)
{
	return val_reg(current_task(e), n->type);
}

struct val emit_rand(struct emitter *e, struct node *n)
{
	return reg(e, n, emit_helper(e, BPF_FUNC_get_prandom_u32, NULL));
}

struct val emit_cgroup(struct emitter *e, struct node *n)
{
	return val_reg(emit_helper(e, BPF_FUNC_get_current_cgroup_id, NULL),
		       n->type);
}

/* The id of a cgroup is the inode number of its directory. */
struct val emit_cgroupid(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	const char *path = emit_literal_str(arg, NULL);
	struct stat st;

	if (path && e->u->deferred)
		return val_reg(emit_slot(e, SLOT_CGROUP, path), n->type);
	if (!path || stat(path, &st)) {
		diag_hint(e->u->diags,
			  diag_error(e->u->diags, arg->at, DIAG_UNKNOWN_SYMBOL,
				     "there is no cgroup at '%s': %s",
				     path ? path : "", strerror(errno)),
			  "give the path of its directory, as in "
			  "/sys/fs/cgroup/system.slice");
		return val_reg(emit_int(e, 0), n->type);
	}
	return val_reg(emit_int(e, st.st_ino), n->type);
}

struct val emit_cgroup_path(struct emitter *e, struct node *n)
{
	struct node *filter = emit_arg(n, 1);
	const char *s = filter ? emit_literal_str(filter, NULL) : NULL;
	LLVMValueRef id = emit_scalar(e, emit_arg(n, 0));
	LLVMValueRef p = emit_result(e, n);
	struct plan_string *row = vec_push(e->a, &e->plan->strings);

	row->s = s ? s : "";
	emit_store_at(e, p, id, 8);
	emit_store_at(e, emit_offset(e, p, 8),
		      emit_int(e, e->plan->strings.n - 1), 4);
	emit_store_at(e, emit_offset(e, p, 12), emit_int(e, 0), 4);
	return val_at(AT_BPF, p, n->type);
}

struct val emit_kernel(struct emitter *e, struct node *n)
{
	int64_t major = 0, minor = 0;
	LLVMValueRef at_least;

	emit_literal_int(emit_arg(n, 0), &major);
	emit_literal_int(emit_arg(n, 1), &minor);
	at_least = LLVMBuildICmp(
		e->b, LLVMIntUGE, emit_slot(e, SLOT_KERNEL, ""),
		emit_int(e, ((uint64_t)major << 16) | ((uint64_t)minor << 8)),
		"");
	return val_reg(emit_i64(e, at_least, false), n->type);
}
