/* builtin_ctx.c - what the probe itself provides: arguments, results,
 * registers. */
#include <string.h>

#include "arch.h"
#include "elfsym.h"
#include "emit_own.h"
#include "probe.h"
#include "span.h"

static LLVMValueRef load_reg(struct emitter *e, const char *name)
{
	return emit_load_ctx(e, arch_find(arch_host(), name)->offset, 8, false);
}

static bool in_user_code(const struct emitter *e)
{
	enum provider p = e->body->provider;

	return p == PROVIDER_UPROBE || p == PROVIDER_URETPROBE ||
	       p == PROVIDER_USDT;
}

enum where emit_bare_where(struct emitter *e)
{
	const struct target *t = e->body->targets;

	if (in_user_code(e))
		return AT_USER;
	if (!t) /* a fn, which is called from wherever */
		return AT_KERNEL;
	if (t->provider == PROVIDER_TRACEPOINT &&
	    (!strcmp(t->module, "syscalls") ||
	     !strcmp(t->module, "raw_syscalls")))
		return AT_USER;
	return AT_KERNEL;
}

/* The raw context as the number that a pointer is. */
static struct val context_address(struct emitter *e, struct node *n)
{
	return val_reg(LLVMBuildPtrToInt(e->b, emit_context(e), e->i64, "ctx"),
		       n->type);
}

struct val emit_args(struct emitter *e, struct node *n)
{
	LLVMValueRef at = e->fn->record;

	if (span_keeps_args(e->body))
		at = emit_span_args(e);
	if (!at)
		return context_address(e, n);
	return val_reg(LLVMBuildPtrToInt(e->b, at, e->i64, "args"), n->type);
}

struct val emit_ctx(struct emitter *e, struct node *n)
{
	return context_address(e, n);
}

/* An argument beyond those in registers is on the stack, above the return
 * address where there is one. */
static LLVMValueRef stack_argument(struct emitter *e, uint32_t i)
{
	const struct arch *arch = arch_host();
	LLVMValueRef sp = load_reg(e, arch->sp), dst = emit_temp(e, 8, "arg");
	uint64_t offset = arch->stack_arg + 8 * (uint64_t)(i - arch->nargs);

	emit_read(e, in_user_code(e) ? AT_USER : AT_KERNEL, dst, emit_int(e, 8),
		  LLVMBuildAdd(e->b, sp, emit_int(e, offset), ""));
	return emit_load_at(e, dst, 8, false);
}

/* argI as the program has it in its own context. */
LLVMValueRef emit_argn_now(struct emitter *e, uint32_t i)
{
	const struct arch_reg *r;

	/* a record of a system call: type, number, arguments */
	if (e->body->provider == PROVIDER_TRACEPOINT)
		return emit_load_ctx(e, 16 + 8 * i, 8, false);
	if (e->body->provider == PROVIDER_USDT)
		return emit_usdt_arg(e, i);
	if (!(providers[e->body->provider].flags & HAS_KREGS))
		return emit_load_ctx(e, 8 * i, 8, false);
	r = arch_arg(arch_host(), i);
	if (!r)
		return stack_argument(e, i);
	return emit_load_ctx(e, r->offset, 8, false);
}

struct val emit_argn(struct emitter *e, struct node *n, uint32_t i)
{
	LLVMValueRef v;

	if (span_keeps_args(e->body))
		v = emit_span_argn(e, i);
	else
		v = emit_argn_now(e, i);
	return val_reg(emit_fit(e, v, n->type), n->type);
}

/* fexit's result follows the arguments; kretprobe's is in a register; that of a
 * system call follows its number in the record. */
struct val emit_retval(struct emitter *e, struct node *n)
{
	LLVMValueRef v;

	if (providers[e->body->provider].flags & HAS_KREGS)
		v = load_reg(e, arch_host()->result);
	else if (e->body->provider == PROVIDER_TRACEPOINT)
		v = emit_load_ctx(e, 16, 8, false);
	else
		v = emit_load_result(e);
	return val_reg(emit_fit(e, v, n->type), n->type);
}

struct val emit_reg(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	const char *name = emit_literal_str(arg, NULL);

	return val_reg(load_reg(e, name), n->type);
}

/* A symbol of the process: the address, then whose it is. */
struct val emit_user_symbol(struct emitter *e, LLVMValueRef address,
			    const struct type *type)
{
	LLVMValueRef p = emit_temp(e, type->size, "usym"), tgid;

	tgid = LLVMBuildLShr(e->b, emit_pid_tgid(e), emit_int(e, 32), "");
	emit_store_at(e, p, address, 8);
	emit_store_at(e, emit_offset(e, p, 8), tgid, 4);
	emit_store_at(e, emit_offset(e, p, 12), emit_int(e, 0), 4);
	return val_at(AT_BPF, p, type);
}

static bool has_offset(const struct emitter *e)
{
	const struct target *t;

	for (t = e->body->targets; t; t = t->next)
		if (t->offset)
			return true;
	return false;
}

/* The kernel knows (Linux 5.15), but within a function it says 0: there the
 * instruction pointer tells. */
struct val emit_func(struct emitter *e, struct node *n)
{
	LLVMValueRef v;

	if (e->body->provider == PROVIDER_URETPROBE)
		return emit_probe(e, n);
	if (in_user_code(e))
		return emit_user_symbol(e, load_reg(e, arch_host()->ip),
					n->type);
	v = emit_helper(e, BPF_FUNC_get_func_ip, emit_context(e), NULL);
	if (has_offset(e))
		v = LLVMBuildSelect(e->b, LLVMBuildIsNull(e->b, v, ""),
				    load_reg(e, arch_host()->ip), v, "");
	return val_reg(v, n->type);
}

static struct val constant_string(struct emitter *e, struct node *n,
				  const char *s)
{
	return val_at(AT_BPF, emit_const_bytes(e, s, n->type->n - 1), n->type);
}

/* A name that is known now: an index into plan.strings, marked as one. */
static LLVMValueRef known_name(struct emitter *e, const char *name)
{
	struct plan_string *row;
	size_t i;

	for (i = 0; i < e->plan->strings.n; i++)
		if (!strcmp(e->plan->strings.v[i].s, name))
			return emit_int(e, PROBE_NAMED | i);
	row = vec_push(e->a, &e->plan->strings);
	row->s = name;
	return emit_int(e, PROBE_NAMED | i);
}

/*
 * Which of several attach points it is, the cookie tells.  Raw tracepoints have
 * none before Linux 6.10, and are never several; of a uprobe the name says
 * where its binary was found when it was attached.
 */
struct val emit_probe(struct emitter *e, struct node *n)
{
	const struct target *t = e->body->targets;
	LLVMValueRef cookie;

	if (!t->next && !t->alternative && !t->wild && !in_user_code(e))
		return val_reg(known_name(e, t->name), n->type);
	if (e->fn->cookie)
		return val_reg(e->fn->cookie, n->type);
	cookie = emit_helper(e, BPF_FUNC_get_attach_cookie, emit_context(e),
			     NULL);
	if (e->body->provider == PROVIDER_USDT)
		cookie =
			LLVMBuildAnd(e->b, cookie, emit_int(e, UINT32_MAX), "");
	return val_reg(cookie, n->type);
}

struct val emit_probetype(struct emitter *e, struct node *n)
{
	enum provider p = e->body->provider;
	bool special = p == PROVIDER_BEGIN || p == PROVIDER_END;

	return constant_string(e, n,
			       special ? "special" : body_kind(e->body)->name);
}

/* The two low bits of CS are the privilege level of what was interrupted. */
struct val emit_usermode(struct emitter *e, struct node *n)
{
	const struct arch_reg *cs = arch_find(arch_host(), "cs");
	LLVMValueRef v;

	if (cs)
		v = LLVMBuildAnd(e->b, emit_load_ctx(e, cs->offset, 8, false),
				 emit_int(e, 3), "");
	else /* arm64: the exception level in pstate's bits 2 and 3, 0 user */
		v = LLVMBuildXor(e->b,
				 LLVMBuildAnd(e->b, load_reg(e, "pstate"),
					      emit_int(e, 12), ""),
				 emit_int(e, 12), "");
	v = LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), "");
	return val_reg(emit_i64(e, v, false), n->type);
}

struct val emit_kaddr(struct emitter *e, struct node *n)
{
	const char *name = emit_literal_str(emit_arg(n, 0), NULL);
	uint32_t slot = emit_slot_index(e, SLOT_KADDR, name,
					n->call.info ? "must" : NULL, 0, 8);

	return val_reg(emit_volatile_load(e, e->i64, emit_slot_ptr(e, slot), 8),
		       n->type);
}

/* ---- uaddr() ---- */

/* The file whose symbols uaddr() means: that of the probe, or of -p or -c. */
static const char *traced_file(struct emitter *e)
{
	const struct unit *u = e->u;

	if (in_user_code(e))
		return e->body->targets->module;
	if (u->pid)
		return arena_printf(e->a, "/proc/%d/exe", u->pid);
	if (!u->child)
		return NULL;
	return arena_strndup(e->a, u->child, strcspn(u->child, " \t"));
}

static bool find_object(struct emitter *e, const char *name, struct elfsym *out,
			uint64_t *probed, struct elfsym_err *err)
{
	const struct target *t = e->body->targets;
	const char *file = traced_file(e);
	struct elfsym_file *f = NULL;
	struct elfsym_list list;
	char path[PATH_MAX];
	bool ok = false;

	if (!file || elfsym_find(file, e->u->pid, path, err) != ELFSYM_OK)
		return false;
	f = elfsym_open(path, err);
	if (!f)
		return false;
	ok = elfsym_object(f, name, out, err) == ELFSYM_OK;
	if (ok && in_user_code(e) && !t->wild && *t->target &&
	    elfsym_resolve(f, e->a, t->target, ELFSYM_AUTO, NULL, &list, err) ==
		    ELFSYM_OK)
		*probed = list.v[0].addr + t->offset;
	elfsym_close(f);
	return ok;
}

/*
 * A program may be loaded anywhere.  Where a uprobe fires tells by how much it
 * was moved: the instruction pointer less the function's address in the file.
 */
struct val emit_uaddr(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	const char *name = emit_literal_str(arg, NULL);
	struct elfsym_err err = { .text = "no program is known here",
				  .hint = "use -p, -c or a uprobe" };
	struct elfsym sym = { 0 };
	uint64_t probed = 0;
	LLVMValueRef v;

	if (e->u->deferred)
		err = (struct elfsym_err){ .text = "what is built may run "
						   "beside another program",
					   .hint = "run the script itself" };
	if (e->u->deferred || !find_object(e, name, &sym, &probed, &err)) {
		struct diag *d =
			diag_error(e->u->diags, arg->at, DIAG_UNKNOWN_SYMBOL,
				   "uaddr(): %s", err.text);

		if (*err.hint)
			diag_hint(e->u->diags, d, "%s", err.hint);
	}
	v = emit_int(e, sym.addr);
	if (probed && e->body->provider == PROVIDER_UPROBE)
		v = LLVMBuildAdd(e->b,
				 LLVMBuildSub(e->b,
					      load_reg(e, arch_host()->ip),
					      emit_int(e, probed), ""),
				 v, "");
	return val_reg(v, n->type);
}
