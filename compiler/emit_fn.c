#include <string.h>

#include "emit_own.h"

/*
 * A fn is a subprogram: one LLVM function that programs and other functions
 * call.  It has one parameter, the address of a frame on the caller's stack:
 *
 *	u64 ctx, scratch;	as for the callback of a loop
 *	u64 left;		set when the whole program is to end
 *	u64 result;		a scalar, or the address to put the result at
 *	u64 args[];		scalars, or addresses of other values
 *
 * Its loops' callbacks get the same frame.  Its scratch is a piece of the
 * caller's, which the caller takes for the time of the call.
 */
enum { FRAME_LEFT = 16, FRAME_RESULT = 24, FRAME_ARGS = 32 };

/* Spills of LLVM, and what the verifier rounds a frame up by. */
enum { SPILLS = 32, BPF_STACK = 512 };

static struct val in_frame(struct emitter *e, uint32_t offset)
{
	LLVMValueRef p = emit_offset(e, e->fn->frame, offset);

	return val_reg(LLVMBuildLoad2(e->b, e->i64, p, ""), &type_uint64);
}

static LLVMValueRef address_in_frame(struct emitter *e, uint32_t offset)
{
	return LLVMBuildLoad2(e->b, e->ptr,
			      emit_offset(e, e->fn->frame, offset), "");
}

/* ---- what is called, before what calls it ---- */

struct callees {
	struct emitter *e;
	uint32_t stack, frames;
};

static void find_callees(struct node *n, void *arg)
{
	struct callees *w = arg;
	const struct function *f = n->kind == N_CALL ? n->call.fn : NULL;

	if (f) {
		emit_function(w->e, n->call.fn);
		if (f->stack > w->stack)
			w->stack = f->stack;
		if (f->frames_stack > w->frames)
			w->frames = f->frames_stack;
	}
	node_children(n, find_callees, arg);
}

void emit_callees(struct emitter *e, struct body *b)
{
	struct callees w = { .e = e };

	if (b->pred)
		find_callees(b->pred, &w);
	if (b->block)
		find_callees(b->block, &w);
	e->state->callee_stack = w.stack;
	e->state->callee_frames = w.frames;
}

/* As the verifier counts: each function's part is rounded up to 32 bytes. */
static uint32_t frames_stack(const struct emitter *e)
{
	uint32_t own = e->state->frames;

	return (own ? (own + 31) / 32 * 32 : 32) + e->state->callee_frames;
}

void emit_check_frames(struct emitter *e, struct span at)
{
	struct diag *d;

	if (frames_stack(e) <= BPF_STACK)
		return;
	d = diag_error(e->u->diags, at, DIAG_TOO_BIG,
		       "the functions that this calls, and those that they "
		       "call, need more than the 512 bytes of stack that the "
		       "kernel gives a program");
	diag_hint(e->u->diags, d,
		  "give functions fewer parameters, or make macros of some");
}

/* ---- the function ---- */

static void take_params(struct emitter *e, const struct function *f)
{
	uint32_t i;

	for (i = 0; i < f->nparams; i++) {
		const struct type *t = f->params[i]->type;
		LLVMValueRef to = emit_var(e, f->params[i]);
		uint32_t at = FRAME_ARGS + 8 * i;

		if (type_is_scalar(t))
			emit_store(e, val_reg(in_frame(e, at).v, t), to);
		else
			emit_copy(e, to, address_in_frame(e, at), t->size, 1);
	}
}

static void prologue(struct emitter *e, const struct function *f)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
	struct emit_fn *fn = e->fn;

	fn->loc = debug_location(e, fn->scope, f->routine->name_at);
	emit_at(e, fn->prologue);
	if (e->state->scratch_peak)
		LLVMBuildStore(e->b, address_in_frame(e, FRAME_SCRATCH),
			       fn->scratch);
	if (e->state->callbacks)
		emit_cell_set(e, emit_scratch(e, e->state->returned),
			      emit_int(e, 0));
	emit_goto(e, fn->start);
	emit_at(e, here);
}

static void build(struct emitter *e, struct function *f)
{
	LLVMTypeRef type = LLVMFunctionType(e->i64, &e->ptr, 1, 0);
	unsigned kind = LLVMGetEnumAttributeKindForName("noinline", 8);
	struct emit_fn fn = { 0 };
	LLVMBasicBlockRef end;

	emit_fn_begin(e, &fn, f->body->elf_name, type, f->routine->name_at);
	/* hidden: LLVM keeps its signature, and the kernel verifies it within
	 * each program, as a static function */
	LLVMSetVisibility(fn.func, LLVMHiddenVisibility);
	LLVMAddAttributeAtIndex(fn.func, LLVMAttributeFunctionIndex,
				LLVMCreateEnumAttribute(e->cx, kind, 0));
	fn.frame = LLVMGetParam(fn.func, 0);
	fn.ret = emit_block(e, "ret");
	emit_vars_plan(e);
	take_params(e, f);
	emit_stmt(e, f->body->block);
	prologue(e, f);
	end = LLVMGetInsertBlock(e->b);
	emit_at(e, fn.ret);
	LLVMBuildRet(e->b, type_is_scalar(f->result)
				   ? in_frame(e, FRAME_RESULT).v
				   : emit_int(e, 0));
	emit_at(e, end);
	f->emitted = fn.func;
	emit_fn_end(e, fn.ret);
}

void emit_function(struct emitter *e, struct function *f)
{
	struct body *outer = e->body;

	if (f->emitted)
		return;
	emit_callees(e, f->body);
	e->body = f->body;
	build(e, f);
	e->body = outer;
	f->scratch = e->state->scratch_peak;
	f->stack = e->state->stack_used + SPILLS;
	f->frames_stack = frames_stack(e);
}

void emit_fn_return(struct emitter *e, struct node *value)
{
	const struct type *t = e->body->fn->result;
	LLVMValueRef to;

	if (value && type_is_scalar(t))
		LLVMBuildStore(e->b, emit_convert(e, emit_expr(e, value), t).v,
			       emit_offset(e, e->fn->frame, FRAME_RESULT));
	else if (value && t->kind != T_VOID) {
		to = emit_temp(e, t->size, "result");
		emit_to(e, value, to, t);
		emit_copy(e, address_in_frame(e, FRAME_RESULT), to, t->size, 1);
	} else if (value)
		emit_expr(e, value);
	emit_return(e);
}

void emit_leave(struct emitter *e)
{
	if (e->body->fn)
		LLVMBuildStore(e->b, emit_int(e, 1),
			       emit_offset(e, e->fn->frame, FRAME_LEFT));
	emit_return(e);
}

/* ---- calls ---- */

/* A scalar argument, or the address of another in BPF memory. */
static LLVMValueRef argument(struct emitter *e, struct node *arg,
			     const struct type *t)
{
	LLVMValueRef p;

	if (type_is_scalar(t))
		return emit_convert(e, val_reg(emit_scalar(e, arg), arg->type),
				    t)
			.v;
	p = emit_temp(e, t->size, "argument");
	emit_to(e, arg, p, t);
	return p;
}

static void fill(struct emitter *e, LLVMValueRef frame, uint32_t at,
		 LLVMValueRef v)
{
	LLVMBuildStore(e->b, v, emit_offset(e, frame, at));
}

/* exit() within ends what called it too. */
static void leave_too(struct emitter *e, LLVMValueRef frame)
{
	LLVMValueRef left = LLVMBuildLoad2(
		e->b, e->i64, emit_offset(e, frame, FRAME_LEFT), "");
	struct branch br = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntNE, left, emit_int(e, 0), ""));

	emit_leave(e);
	emit_endif(e, &br);
}

/* What is on the stack at once: of callbacks those that this one is within. */
static void count_frames(struct emitter *e)
{
	uint32_t n = e->fn->callback_bytes;
	const struct emit_fn *fn;

	for (fn = e->fn; fn; fn = fn->outer)
		n += fn->call_bytes;
	if (e->state->frames < n)
		e->state->frames = n;
}

/* Filled when all arguments are there, and done with when the call is: one will
 * do for all calls. */
static LLVMValueRef call_frame(struct emitter *e, uint32_t size)
{
	struct emit_fn *fn = e->fn;

	if (fn->call_frame && fn->call_frame_size >= size)
		return fn->call_frame;
	fn->call_frame = emit_alloca(e, size, "call");
	fn->call_frame_size = size;
	fn->call_bytes += size;
	e->state->stack_used += size;
	count_frames(e);
	return fn->call_frame;
}

struct val emit_fn_call(struct emitter *e, struct node *n)
{
	const struct function *f = n->call.fn;
	LLVMTypeRef type = LLVMFunctionType(e->i64, &e->ptr, 1, 0);
	LLVMValueRef *args =
		arena_alloc(e->a, (f->nparams + 1) * sizeof(*args));
	LLVMValueRef frame, result = NULL, v;
	struct node *arg;
	uint32_t i = 0;

	for (arg = n->call.args; arg; arg = arg->next, i++)
		args[i] = argument(e, arg, f->types[i]);
	if (f->result->kind != T_VOID && !type_is_scalar(f->result))
		result = emit_result(e, n);
	frame = call_frame(e, FRAME_ARGS + 8 * f->nparams);
	fill(e, frame, FRAME_CTX, emit_context(e));
	if (f->scratch)
		fill(e, frame, FRAME_SCRATCH, emit_scratch_temp(e, f->scratch));
	if (f->leaves)
		fill(e, frame, FRAME_LEFT, emit_int(e, 0));
	fill(e, frame, FRAME_RESULT, result ? result : emit_int(e, 0));
	for (i = 0; i < f->nparams; i++)
		fill(e, frame, FRAME_ARGS + 8 * i, args[i]);
	v = LLVMBuildCall2(e->b, type, f->emitted, &frame, 1, "");
	if (f->leaves)
		leave_too(e, frame);
	if (result)
		return val_at(AT_BPF, result, f->result);
	return f->result->kind == T_VOID ? val_void() : val_reg(v, f->result);
}
