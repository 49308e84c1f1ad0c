#include "emit.h"

#include <llvm-c/Analysis.h>
#include <stdlib.h>
#include <string.h>

#include "emit_own.h"
#include "stages.h"
#include "object.h"
#include "probe.h"

/* ---- functions ---- */

void emit_fn_begin(struct emitter *e, struct emit_fn *fn, const char *name,
		   LLVMTypeRef type, struct span at)
{
	LLVMBasicBlockRef entry, start;

	fn->outer = e->fn;
	fn->func = LLVMAddFunction(e->mod, name, type);
	if (fn->outer)
		LLVMSetLinkage(fn->func, LLVMInternalLinkage);
	/* nothing is thrown: no .eh_frame, of which loaders complain */
	LLVMAddAttributeAtIndex(
		fn->func, LLVMAttributeFunctionIndex,
		LLVMCreateEnumAttribute(
			e->cx, LLVMGetEnumAttributeKindForName("nounwind", 8),
			0));
	e->fn = fn;
	fn->scope = debug_function(e, fn->func, name, at);
	fn->loc = debug_location(e, fn->scope, at);
	entry = emit_block(e, "entry");
	fn->prologue = emit_block(e, "prologue");
	start = emit_block(e, "start");
	emit_at(e, entry);
	fn->entry_end = LLVMBuildBr(e->b, fn->prologue);
	emit_at(e, start);
	fn->start = start;
	fn->scratch = emit_alloca(e, 8, "scratch");
}

void emit_fn_end(struct emitter *e, LLVMBasicBlockRef last)
{
	struct emit_fn *fn = e->fn, *outer = fn->outer;
	uint32_t bytes = fn->call_bytes + fn->callback_bytes;

	emit_goto(e, last);
	if (outer && outer->callback_bytes < bytes)
		outer->callback_bytes = bytes;
	e->fn = outer;
	LLVMClearInsertionPosition(e->b);
	LLVMSetCurrentDebugLocation2(e->b, NULL);
}

LLVMBasicBlockRef emit_block(struct emitter *e, const char *name)
{
	return LLVMAppendBasicBlockInContext(e->cx, e->fn->func, name);
}

/* The builder takes the location of an instruction it is put before, and keeps
 * it into the next function: position and location are set together, here. */
void emit_at(struct emitter *e, LLVMBasicBlockRef bb)
{
	LLVMPositionBuilderAtEnd(e->b, bb);
	LLVMSetCurrentDebugLocation2(e->b, e->fn->loc);
}

void emit_loc(struct emitter *e, struct span at)
{
	LLVMMetadataRef loc = debug_location(e, e->fn->scope, at);

	e->state->at = at;
	if (!loc)
		return;
	e->fn->loc = loc;
	LLVMSetCurrentDebugLocation2(e->b, loc);
}

LLVMValueRef emit_alloca(struct emitter *e, uint32_t size, const char *name)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
	LLVMValueRef p;

	LLVMPositionBuilderBefore(e->b, e->fn->entry_end);
	LLVMSetCurrentDebugLocation2(e->b, NULL);
	p = LLVMBuildAlloca(e->b,
			    size == 8 ? e->i64
				      : LLVMArrayType2(e->i64, (size + 7) / 8),
			    name);
	LLVMSetAlignment(p, 8);
	emit_at(e, here);
	return p;
}

/* ---- control flow ---- */

void emit_goto(struct emitter *e, LLVMBasicBlockRef bb)
{
	if (!LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(e->b)))
		LLVMBuildBr(e->b, bb);
}

void emit_goto_if(struct emitter *e, LLVMValueRef cond, LLVMBasicBlockRef yes,
		  LLVMBasicBlockRef no)
{
	LLVMBuildCondBr(e->b, cond, yes, no);
}

void emit_dead(struct emitter *e)
{
	emit_at(e, emit_block(e, "dead"));
}

struct branch emit_if(struct emitter *e, LLVMValueRef cond)
{
	LLVMBasicBlockRef then = emit_block(e, "then");
	struct branch br;

	br.other = emit_block(e, "else");
	br.end = emit_block(e, "endif");
	emit_goto_if(e, cond, then, br.other);
	emit_at(e, then);
	return br;
}

void emit_else(struct emitter *e, struct branch *br)
{
	emit_goto(e, br->end);
	emit_at(e, br->other);
	br->other = NULL;
}

void emit_endif(struct emitter *e, struct branch *br)
{
	if (br->other)
		emit_else(e, br);
	emit_goto(e, br->end);
	emit_at(e, br->end);
}

void emit_cell_set(struct emitter *e, LLVMValueRef cell, LLVMValueRef v)
{
	LLVMBuildStore(e->b, v, cell);
}

LLVMValueRef emit_cell_get(struct emitter *e, LLVMValueRef cell)
{
	return LLVMBuildLoad2(e->b, e->i64, cell, "");
}

/* In a callback the program must be left by every loop around. */
void emit_return(struct emitter *e)
{
	if (e->fn->outer)
		emit_cell_set(e, emit_scratch(e, e->state->returned),
			      emit_int(e, 1));
	emit_goto(e, e->fn->ret);
	emit_dead(e);
}

/* ---- kernel helpers ---- */

static LLVMValueRef helper(struct emitter *e, int id, LLVMTypeRef ret,
			   va_list ap)
{
	LLVMTypeRef types[5], ft;
	LLVMValueRef args[5], f;
	unsigned n;

	for (n = 0; n < 5; n++) {
		args[n] = va_arg(ap, LLVMValueRef);
		if (!args[n])
			break;
		types[n] = LLVMTypeOf(args[n]);
	}
	ft = LLVMFunctionType(ret, types, n, 0);
	f = LLVMConstIntToPtr(emit_int(e, (uint64_t)id), e->ptr);
	return LLVMBuildCall2(e->b, ft, f, args, n, "");
}

LLVMValueRef emit_helper(struct emitter *e, int id, ...)
{
	LLVMValueRef v;
	va_list ap;

	va_start(ap, id);
	v = helper(e, id, e->i64, ap);
	va_end(ap);
	return v;
}

LLVMValueRef emit_helper_ptr(struct emitter *e, int id, ...)
{
	LLVMValueRef v;
	va_list ap;

	va_start(ap, id);
	v = helper(e, id, e->ptr, ap);
	va_end(ap);
	return v;
}

LLVMValueRef emit_context(struct emitter *e)
{
	if (e->fn->ctx)
		return e->fn->ctx;
	return LLVMBuildLoad2(e->b, e->ptr,
			      emit_offset(e, e->fn->frame, FRAME_CTX), "ctx");
}

LLVMValueRef emit_pid_tgid(struct emitter *e)
{
	LLVMValueRef ino = emit_slot(e, SLOT_NS_INO, NULL), ns, v;
	LLVMValueRef cell = emit_cell(e, "pid_tgid");
	struct branch br = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntNE, ino, emit_int(e, 0), ""));

	ns = emit_temp(e, 8, "ns");
	emit_store_at(e, ns, emit_int(e, 0), 8);
	emit_helper(e, BPF_FUNC_get_ns_current_pid_tgid,
		    emit_slot(e, SLOT_NS_DEV, NULL), ino, ns, emit_int(e, 8),
		    NULL);
	/* struct bpf_pidns_info: u32 pid, tgid, as in the result below on a
	 * little-endian machine */
	emit_cell_set(e, cell, emit_load_at(e, ns, 8, false));
	emit_else(e, &br);
	v = emit_helper(e, BPF_FUNC_get_current_pid_tgid, NULL);
	emit_cell_set(e, cell, v);
	emit_endif(e, &br);
	return emit_cell_get(e, cell);
}

/* ---- bodies ---- */

/* -p and -c: leave for other processes. */
static void filter_process(struct emitter *e)
{
	LLVMValueRef want, is;
	struct branch br;

	if (!e->u->has_pid || !(body_kind(e->body)->flags & HAS_PROC))
		return;
	want = emit_slot(e, SLOT_TARGET_PID, NULL);
	br = emit_if(e,
		     LLVMBuildICmp(e->b, LLVMIntNE, want, emit_int(e, 0), ""));
	is = LLVMBuildLShr(e->b, emit_pid_tgid(e), emit_int(e, 32), "");
	emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, is, want, ""), br.other,
		     e->fn->ret);
	emit_at(e, br.other);
	emit_goto(e, br.end);
	emit_at(e, br.end);
}

static void find_scratch(struct emitter *e)
{
	struct emit_state *s = e->state;
	LLVMValueRef key = emit_alloca(e, 8, "body"), p;
	LLVMBasicBlockRef found = emit_block(e, "scratch");

	if (s->scratch_peak > s->scratch_size)
		s->scratch_size = s->scratch_peak;
	emit_store_at(e, key, emit_int(e, e->body->index), 4);
	p = emit_helper_ptr(e, BPF_FUNC_map_lookup_elem, s->scratch_map, key,
			    NULL);
	emit_goto_if(e, LLVMBuildIsNotNull(e->b, p, ""), found, e->fn->ret);
	emit_at(e, found);
	LLVMBuildStore(e->b, p, e->fn->scratch);
}

/* Now that the body is known: what runs before it. */
static void prologue(struct emitter *e)
{
	struct emit_fn *fn = e->fn;

	fn->loc = debug_location(e, fn->scope, e->body->clause->at);
	emit_at(e, fn->prologue);
	if (e->state->scratch_peak)
		find_scratch(e);
	if (fn->frame) {
		LLVMBuildStore(e->b, fn->ctx,
			       emit_offset(e, fn->frame, FRAME_CTX));
		LLVMBuildStore(e->b,
			       LLVMBuildLoad2(e->b, e->ptr, fn->scratch, ""),
			       emit_offset(e, fn->frame, FRAME_SCRATCH));
		emit_cell_set(e, emit_scratch(e, e->state->returned),
			      emit_int(e, 0));
	}
	emit_goto(e, fn->start);
}

static void check_scratch(struct emitter *e)
{
	struct diag *d;

	if (e->state->scratch_peak <= SCRATCH_MAX)
		return;
	d = diag_error(e->u->diags, e->body->clause->at, DIAG_TOO_BIG,
		       "this probe needs %u bytes for strings and other large "
		       "values; a program can have %d",
		       e->state->scratch_peak, SCRATCH_MAX);
	diag_hint(e->u->diags, d,
		  "use shorter strings: str(p, 64), or a "
		  "smaller max_strlen in config");
}

static void emit_span_half(struct emitter *e)
{
	const struct span_pair *s = e->body->span;

	if (s->enter == e->body)
		emit_span_entry(e);
	else if (s->enter)
		emit_span_return(e);
}

/* The kernel calls once more when there is nothing left, with no object; it
 * stands behind the eight bytes of meta. */
static void begin_iteration(struct emitter *e)
{
	LLVMBasicBlockRef run = emit_block(e, "object");
	LLVMValueRef object = emit_load_ctx(e, 8, 8, false);

	emit_goto_if(e,
		     LLVMBuildICmp(e->b, LLVMIntNE, object, emit_int(e, 0), ""),
		     run, e->fn->ret);
	emit_at(e, run);
}

/*
 * By its section any loader finds out what a program is.  In an object that
 * others may load it also says what fentry, fexit, raw tracepoints and
 * iterators are attached to, without which these are not loaded.
 */
static const char *section_of(const struct emitter *e, const struct body *b)
{
	const char *kind = b->side ? "raw_tp" : providers[b->provider].section;
	const struct target *t = b->targets;
	bool traced = b->provider == PROVIDER_FENTRY ||
		      b->provider == PROVIDER_FEXIT ||
		      b->provider == PROVIDER_ITER ||
		      b->provider == PROVIDER_RAWTRACEPOINT;

	if (!e->u->deferred)
		return kind;
	if (!b->side && traced && t && !t->wild && !target_is_bpf(t))
		kind = arena_printf(e->a, "%s/%s", kind, t->target);
	return kind;
}

static void emit_body(struct emitter *e, struct body *body)
{
	LLVMTypeRef type = LLVMFunctionType(e->i32, &e->ptr, 1, 0);
	struct emit_fn fn = { 0 };
	LLVMBasicBlockRef run, end;
	enum when args = NEVER;

	emit_callees(e, body);
	e->body = body;
	emit_fn_begin(e, &fn, body->elf_name, type, body->clause->at);
	LLVMSetSection(fn.func, section_of(e, body));
	fn.ctx = LLVMGetParam(fn.func, 0);
	fn.ret = emit_block(e, "ret");
	emit_vars_plan(e);
	if (body->side) {
		emit_syscall_begin(e);
		args = emit_syscall_when(e);
	}
	filter_process(e);
	if (args == AT_ONCE)
		emit_syscall_args(e);
	if (body->span)
		emit_span_half(e);
	if (body->provider == PROVIDER_ITER)
		begin_iteration(e);
	if (body->pred) {
		run = emit_block(e, "body");
		emit_loc(e, body->pred->at);
		emit_branch(e, body->pred, run, fn.ret);
		emit_at(e, run);
	}
	if (args == IN_BODY)
		emit_syscall_args(e);
	if (body->block)
		emit_stmt(e, body->block);
	emit_absent_args(e);
	end = LLVMGetInsertBlock(e->b);
	prologue(e);
	emit_at(e, fn.ret);
	emit_span_leave(e);
	if (iter_steps(body))
		emit_iter_step(e);
	LLVMBuildRet(e->b, LLVMConstInt(e->i32, 0, 0));
	emit_at(e, end);
	emit_fn_end(e, fn.ret);
	check_scratch(e);
	emit_check_frames(e, body->clause->at);
}

/* ---- whole program ---- */

static void types(struct emitter *e)
{
	e->void_ = LLVMVoidTypeInContext(e->cx);
	e->i1 = LLVMInt1TypeInContext(e->cx);
	e->i8 = LLVMInt8TypeInContext(e->cx);
	e->i16 = LLVMInt16TypeInContext(e->cx);
	e->i32 = LLVMInt32TypeInContext(e->cx);
	e->i64 = LLVMInt64TypeInContext(e->cx);
	e->ptr = LLVMPointerTypeInContext(e->cx, 0);
}

/* LLVM says it once for every slot that is too far away, and not of what. */
static void too_deep(struct emitter *e)
{
	if (!e->u->diags->nerrors)
		diag_hint(e->u->diags,
			  diag_plain(e->u->diags, DIAG_TOO_BIG,
				     "a probe needs more than the 512 bytes of "
				     "stack that the kernel gives it"),
			  "use fewer variables at a time, or a smaller "
			  "on_stack_limit in config");
}

/* What LLVM has to say while it makes code; by itself it would exit. */
static void on_diagnostic(LLVMDiagnosticInfoRef info, void *arg)
{
	struct emitter *e = arg;
	LLVMDiagnosticSeverity how = LLVMGetDiagInfoSeverity(info);
	char *text = LLVMGetDiagInfoDescription(info);

	if (strstr(text, "stack limit"))
		too_deep(e);
	else if (how == LLVMDSError)
		diag_plain(e->u->diags, DIAG_INTERNAL,
			   "LLVM refuses the program: %s", text);
	LLVMDisposeMessage(text);
}

static void build(struct emitter *e)
{
	struct body *b;

	debug_begin(e);
	emit_maps_define(e);
	for (b = e->u->bodies; b; b = b->next)
		emit_body(e, b);
	emit_maps_finish(e);
	emit_spans_finish(e);
	emit_data_finish(e);
	debug_finish(e);
}

static char *show_stages(struct emitter *e, struct object *o, FILE *out)
{
	const struct sources *sources = e->u->prog->sources;
	struct image img = { 0 };
	char *err;

	fputs("\n=== 4. What it compiles to: LLVM's IR\n\n", out);
	stages_ir(e->mod, sources, out);
	err = object_make(o, e->mod, &img);
	if (err)
		return err;
	fputs("\n=== 5. What the kernel is given: BPF\n\n", out);
	stages_code(&img, e->plan, sources, out);
	free(img.bytes);
	return NULL;
}

static char *output(struct emitter *e, struct object *o, enum dump dump,
		    FILE *out, struct image *img)
{
	char *err, *text;

	if (dump == DUMP_NONE && !img)
		return NULL;
	err = object_optimise(o, e->mod);
	if (err)
		return err;
	if (dump == DUMP_ASM)
		return object_asm(o, e->mod, e->u->prog->sources, out);
	if (dump == DUMP_STAGES)
		return show_stages(e, o, out);
	if (dump != DUMP_IR)
		return object_make(o, e->mod, img);
	text = LLVMPrintModuleToString(e->mod);
	fputs(text, out);
	LLVMDisposeMessage(text);
	return NULL;
}

bool emit(struct unit *u, enum dump dump, FILE *out, struct image *img)
{
	struct emit_state state = { 0 };
	struct emitter e = { .u = u, .a = u->arena, .plan = u->plan };
	struct object *o;
	char *err = NULL;

	e.state = &state;
	e.cx = object_context();
	LLVMContextSetDiagnosticHandler(e.cx, on_diagnostic, &e);
	e.mod = LLVMModuleCreateWithNameInContext("waggle", e.cx);
	e.b = LLVMCreateBuilderInContext(e.cx);
	types(&e);
	o = object_open(e.mod);
	build(&e);
	if (!u->diags->nerrors)
		err = output(&e, o, dump, out, img);
	if (err)
		diag_plain(u->diags, DIAG_INTERNAL,
			   "LLVM refuses the program: %s", err);
	free(err);
	object_close(o);
	LLVMDisposeBuilder(e.b);
	LLVMDisposeModule(e.mod);
	LLVMContextDispose(e.cx);
	return u->diags->nerrors == 0;
}
