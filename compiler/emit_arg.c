/*
 * emit_arg.c - arguments that a program reads from its context by name.
 *
 * Other kernels have them elsewhere: records of tracepoints and parameters of
 * functions change, and libbpf relocates none of it.  So each instruction that
 * depends on where an argument is is written as such, and the image lists it,
 * in section .waggle.args: a loader on another kernel mends it.
 */
#include <string.h>

#include "emit_own.h"
#include "probe.h"

/* Is the place the kernel's choice, and is the program perhaps for another? One
 * for this kernel loads as from any context, which LLVM does in less time. */
static bool moves(const struct emitter *e)
{
	const struct body *b = e->body;
	enum provider p = b->provider;

	if ((!e->u->deferred && !e->u->offline) || e->fn->record ||
	    !b->targets || !b->args)
		return false;
	if (p == PROVIDER_TRACEPOINT)
		return strcmp(b->targets->module, "syscalls") != 0;
	if (p == PROVIDER_FENTRY || p == PROVIDER_FEXIT)
		return strcmp(b->targets->module, "bpf") != 0;
	return p == PROVIDER_RAWTRACEPOINT || p == PROVIDER_KPROBE ||
	       p == PROVIDER_KRETPROBE;
}

/* The row of the plan that stands for it. */
static uint32_t row(struct emitter *e, const struct plan_arg *want)
{
	struct plan *p = e->plan;
	size_t i;

	for (i = 0; i < p->args.n; i++)
		if (p->args.v[i].program == want->program &&
		    p->args.v[i].offset == want->offset &&
		    p->args.v[i].absent == want->absent &&
		    !strcmp(p->args.v[i].name, want->name))
			return (uint32_t)i;
	*vec_push(e->a, &p->args) = *want;
	return (uint32_t)i;
}

/* code, with a note of its place: see struct arg_use. */
static LLVMValueRef instruction(struct emitter *e, uint32_t arg,
				uint32_t inside, const char *code,
				const char *next, const char *constraints,
				LLVMValueRef v)
{
	LLVMTypeRef in = LLVMTypeOf(v);
	LLVMTypeRef t = LLVMFunctionType(e->i64, &in, 1, 0);
	const char *text =
		arena_printf(e->a,
			     "991: %s\n"
			     "\t.pushsection " ARGS_SECTION ",\"\",@progbits\n"
			     "\t.long 991b\n\t.long %u\n\t.long %u\n"
			     "\t.popsection\n"
			     "\t%s",
			     code, arg, inside, next);
	LLVMValueRef code_value = LLVMGetInlineAsm(
		t, text, strlen(text), constraints, strlen(constraints), 0, 0,
		LLVMInlineAsmDialectATT, 0);

	return LLVMBuildCall2(e->b, t, code_value, &v, 1, "");
}

static LLVMValueRef load(struct emitter *e, const struct plan_arg *arg,
			 uint32_t inside, uint32_t size, bool is_signed)
{
	const char *code = arena_printf(e->a, "$0 = *(u%u *)($1 + %u)",
					8 * size, arg->offset + inside);
	LLVMValueRef v = instruction(e, row(e, arg), inside, code, "", "=r,r",
				     emit_context(e));

	if (size == 8 || !is_signed)
		return v;
	v = LLVMBuildShl(e->b, v, emit_int(e, 64 - 8 * size), "");
	return LLVMBuildAShr(e->b, v, emit_int(e, 64 - 8 * size), "");
}

static struct plan_arg arg_of(const struct emitter *e, const struct member *m)
{
	return (struct plan_arg){
		.program = e->body->index,
		.name = m->name,
		.offset = m->offset,
		.size = m->data_loc || m->type->kind == T_STRING
				? 0
				: m->type->size,
		.many = m->data_loc || m->type->kind == T_ARRAY ||
			m->type->kind == T_STRING,
		.loc = m->rel_loc    ? LOC_REL
		       : m->data_loc ? LOC_DATA
				     : LOC_HERE,
	};
}

bool emit_is_arg(const struct emitter *e, const struct member *m)
{
	return moves(e) && m->owner == e->body->args;
}

LLVMValueRef emit_load_arg(struct emitter *e, const struct member *m,
			   uint32_t inside, uint32_t size, bool is_signed)
{
	struct plan_arg arg = arg_of(e, m);

	if (!moves(e))
		return emit_load_ctx(e, m->offset + inside, size, is_signed);
	return load(e, &arg, inside, size, is_signed);
}

/* The low half of what tells of an array is where it is: there may be an array
 * itself, on another kernel, and the other way round. */
static LLVMValueRef array_address(struct emitter *e, const struct plan_arg *arg)
{
	const char *code = arena_printf(
		e->a,
		arg->loc == LOC_DATA ? "$0 = *(u16 *)($1 + %u)" : "$0 = %u",
		arg->offset);

	return instruction(e, row(e, arg), 0, code, "$0 += $1", "=&r,r",
			   emit_context(e));
}

LLVMValueRef emit_arg_address(struct emitter *e, const struct member *m)
{
	struct plan_arg arg = arg_of(e, m);
	LLVMValueRef at;

	if (moves(e) && arg.loc != LOC_REL)
		return array_address(e, &arg);
	at = emit_load_arg(e, m, 0, 4, false);
	at = LLVMBuildAnd(e->b, at, emit_int(e, 0xffff), "");
	if (arg.loc == LOC_REL) /* from behind what tells of it */
		at = LLVMBuildAdd(e->b, at, emit_int(e, arg.offset + 4), "");
	return LLVMBuildAdd(e->b, emit_to_int(e, emit_context(e)), at, "");
}

LLVMValueRef emit_arg_exists(struct emitter *e, const char *name)
{
	const struct type *args = e->body->args;
	struct plan_arg arg;
	uint32_t i;

	for (i = 0; i < args->nmembers; i++)
		if (!strcmp(args->members[i].name, name))
			break;
	if (!moves(e) || i == args->nmembers)
		return emit_int(e, 1);
	arg = arg_of(e, &args->members[i]);
	row(e, &arg);
	i = emit_slot_index(e, SLOT_HAS_ARG, name, e->body->elf_name, 0, 8);
	return emit_volatile_load(e, e->i64, emit_slot_ptr(e, i), 8);
}

void emit_absent_args(struct emitter *e)
{
	size_t i;

	for (i = 0; moves(e) && i < e->u->absent.n; i++)
		if (e->u->absent.v[i].body == e->body)
			row(e,
			    &(struct plan_arg){ .program = e->body->index,
						.name = e->u->absent.v[i].name,
						.absent = 1 });
}

LLVMValueRef emit_load_result(struct emitter *e)
{
	struct plan_arg arg = { .program = e->body->index,
				.name = "",
				.offset = e->body->args->size,
				.size = 8 };

	if (!moves(e))
		return emit_load_ctx(e, arg.offset, 8, false);
	return load(e, &arg, 0, 8, false);
}
