/*
 * emit_syscall.c - system calls by the tracepoints that all of them pass.
 *
 * The kernel makes up the records of sys_enter_NAME and sys_exit_NAME from the
 * tracepoints sys_enter and sys_exit.  Through perf each of them is a program's
 * own, and taking it off waits for a grace period: 13 s for all.  So a program
 * hangs on the one tracepoint instead, as a raw one, and looks whether the call
 * is one of its own.  What it reads of the record it finds in one on its stack,
 *
 *	u64 nothing, number		what syscall.def's fields begin after
 *	u64 arguments[6]		or the result
 *
 * The kernel's record leaves out calls of 32-bit programs, whose numbers mean
 * something else; so does this (perf_syscall_enter in Linux 6.1).
 */
#include "arch.h"
#include "emit_own.h"
#include "span.h"
#include "syscall.h"

enum { RECORD = 64, NUMBER = 8, WORDS = 16 };

/* The kernel's pt_regs, and the number of the call or its result. */
static LLVMValueRef raw_word(struct emitter *e, uint32_t i)
{
	LLVMValueRef at = emit_offset(e, e->fn->ctx, 8 * i);

	return emit_volatile_load(e, e->i64, at, 8);
}

static LLVMValueRef number(struct emitter *e)
{
	LLVMValueRef dst, from;

	if (e->body->side == SIDE_ENTER)
		return raw_word(e, 1);
	dst = emit_stack_temp(e, 8, "number");
	from = LLVMBuildAdd(e->b, raw_word(e, 0),
			    emit_int(e, arch_host()->syscall->number), "");
	emit_read(e, AT_KERNEL, dst, emit_int(e, 4), from);
	return emit_load_at(e, dst, 4, false);
}

/* Unless cond the event is not ours. */
static void only_if(struct emitter *e, LLVMValueRef cond)
{
	LLVMBasicBlockRef go = emit_block(e, "mine");

	emit_goto_if(e, cond, go, e->fn->ret);
	emit_at(e, go);
}

/* Which of the program's probes it is, from the table that the runtime makes.
 * Leaves when it is none. */
static LLVMValueRef find_probe(struct emitter *e, LLVMValueRef nr)
{
	uint32_t slot = emit_slot_index(e, SLOT_SYSCALLS, e->body->elf_name,
					NULL, 0, 2 * NSYSCALLS);
	LLVMTypeRef half = e->i16;
	LLVMValueRef p, v;

	only_if(e, LLVMBuildICmp(e->b, LLVMIntULT, nr, emit_int(e, NSYSCALLS),
				 ""));
	p = LLVMBuildGEP2(e->b, half, emit_slot_ptr(e, slot), &nr, 1, "");
	v = emit_i64(e, emit_volatile_load(e, half, p, 2), false);
	only_if(e, LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), ""));
	return LLVMBuildSub(e->b, v, emit_int(e, 1), "");
}

static void skip_compat(struct emitter *e)
{
	LLVMValueRef where = emit_slot(e, SLOT_COMPAT, NULL), dst, v;
	struct branch br = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntNE, where, emit_int(e, 0), ""));

	dst = emit_stack_temp(e, 8, "status");
	v = emit_helper(e, BPF_FUNC_get_current_task, NULL);
	v = LLVMBuildAdd(e->b, v, where, "");
	v = LLVMBuildSub(e->b, v, emit_int(e, 1), "");
	emit_read(e, AT_KERNEL, dst, emit_int(e, 4), v);
	v = LLVMBuildAnd(e->b, emit_load_at(e, dst, 4, false),
			 emit_int(e, arch_host()->syscall->compat), "");
	only_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, v, emit_int(e, 0), ""));
	emit_endif(e, &br);
}

static LLVMValueRef word_ptr(struct emitter *e, uint32_t i)
{
	return emit_offset(e, e->fn->record, WORDS + 8 * i);
}

void emit_syscall_args(struct emitter *e)
{
	const struct arch_syscall *s = arch_host()->syscall;
	LLVMValueRef regs, from;
	uint32_t i;

	regs = s->bytes > RECORD ? emit_temp(e, s->bytes, "regs")
				 : emit_stack_temp(e, s->bytes, "regs");
	from = LLVMBuildAdd(e->b, raw_word(e, 0), emit_int(e, s->first), "");
	emit_read(e, AT_KERNEL, regs, emit_int(e, s->bytes), from);
	for (i = 0; i < countof(s->args); i++) {
		LLVMValueRef at = emit_offset(e, regs, s->args[i] - s->first);

		emit_store_at(e, word_ptr(e, i), emit_load_at(e, at, 8, false),
			      8);
	}
}

/* Before anything else: most events are of other calls. */
void emit_syscall_begin(struct emitter *e)
{
	const struct target *t = e->body->targets;
	LLVMBasicBlockRef which = emit_block(e, "which");
	LLVMValueRef nr, want;

	LLVMSetSuccessor(e->fn->entry_end, 0, which);
	emit_at(e, which);
	nr = number(e);
	if (t->next || t->wild) {
		e->fn->cookie = find_probe(e, nr);
	} else {
		want = emit_int(e, (uint64_t)syscall_number(t->target));
		only_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, nr, want, ""));
	}
	skip_compat(e);
	e->fn->record = emit_alloca(e, RECORD, "record");
	emit_store_at(e, emit_offset(e, e->fn->record, NUMBER), nr, 8);
	if (e->body->side == SIDE_EXIT)
		emit_store_at(e, word_ptr(e, 0), raw_word(e, 1), 8);
	emit_goto(e, e->fn->prologue);
	emit_at(e, e->fn->start);
}

/* Does it read arguments of the call? */
static bool asks(struct emitter *e, const struct node *n)
{
	struct needs needs = { 0 };

	find_needs(e->a, n, &needs);
	return needs.args || needs.argn;
}

enum when emit_syscall_when(struct emitter *e)
{
	const struct body *b = e->body;

	if (b->side != SIDE_ENTER)
		return NEVER;
	if (b->span)
		return b->span->words.n ? AT_ONCE : NEVER;
	if (asks(e, b->pred))
		return AT_ONCE;
	return asks(e, b->block) ? IN_BODY : NEVER;
}
