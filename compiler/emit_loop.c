#include "emit_own.h"

/*
 * Loops.  What has a few rounds, known when compiled, is a loop of BPF
 * instructions, whose every round the verifier walks.  The others are callbacks
 * that the kernel calls: bpf_loop() and bpf_for_each_map_elem() are verified
 * once, so a loop that type-checks loads, whatever its bounds.
 */

static void body(struct emitter *e, struct node *list)
{
	for (; list; list = list->next)
		emit_stmt(e, list);
}

static void enter(struct emitter *e, struct loop *l, LLVMBasicBlockRef next,
		  LLVMBasicBlockRef done)
{
	l->outer = e->fn->loop;
	l->next = next;
	l->done = done;
	e->fn->loop = l;
}

static void leave(struct emitter *e)
{
	e->fn->loop = e->fn->loop->outer;
}

void emit_unroll(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef end = emit_block(e, "unrolled"), next;
	struct loop l;
	uint32_t i;

	for (i = 0; i < n->unroll.times; i++) {
		next = emit_block(e, "unroll");
		enter(e, &l, next, end);
		body(e, n->unroll.body);
		leave(e);
		emit_goto(e, next);
		emit_at(e, next);
	}
	emit_goto(e, end);
	emit_at(e, end);
}

enum { FEW_WAYS = 8, TOO_MANY_WAYS = FEW_WAYS + 1 };

static uint32_t ways_of(struct node *n)
{
	switch ((int)n->kind) {
	case N_IF:
	case N_TERNARY:
		return 1;
	case N_BINARY:
		if (n->binary.op >= OP_EQ && n->binary.op <= OP_OR)
			return 1;
		return (n->binary.op == OP_DIV || n->binary.op == OP_MOD) &&
		       n->binary.r->kind != N_INT;
	case N_CALL:
		if (n->call.fn)
			return TOO_MANY_WAYS;
		return n->call.builtin && n->call.builtin->id == BUILTIN_hist
			       ? 6
			       : 0;
	case N_WHILE:
		return TOO_MANY_WAYS;
	case N_FOR:
		return loop_is_native(n) ? 0 : TOO_MANY_WAYS;
	default:
		return 0;
	}
}

static void count_ways(struct node *n, void *arg)
{
	uint32_t *ways = arg;

	*ways += ways_of(n);
	if (*ways < TOO_MANY_WAYS)
		node_children(n, count_ways, arg);
}

/*
 * The verifier must know the counter, so no callback may share it.  And it
 * walks each way through a round anew for each way through those before, unless
 * they left nothing different behind: of many there are soon too many.
 */
bool loop_is_native(struct node *n)
{
	uint64_t rounds = 0;
	uint32_t ways = 0;
	int64_t from, to;

	if (n->loop.over || !emit_literal_int(n->loop.from, &from) ||
	    !emit_literal_int(n->loop.to, &to))
		return false;
	if (to > from)
		rounds = (uint64_t)to - (uint64_t)from;
	if (rounds > NATIVE_LOOP_MAX)
		return false;
	node_children(n, count_ways, &ways);
	return ways < TOO_MANY_WAYS && ways * rounds <= FEW_WAYS;
}

static void set(struct emitter *e, struct variable *v, LLVMValueRef x)
{
	emit_store(e, val_reg(x, v->type), emit_var(e, v));
}

/* The counter is in a register or on the stack, where the verifier knows it;
 * the variable may be elsewhere.  Asked for at the end of a round: a loop that
 * is entered there ends in falling through to where it was entered, which
 * Linux 6.1 takes for one without end.
 */
static void native_range(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef in = emit_block(e, "round"), next, end;
	LLVMValueRef to = emit_scalar(e, n->loop.to), more, i;
	LLVMValueRef counter = emit_alloca(e, 8, "counter");
	struct loop l;

	next = emit_block(e, "next");
	end = emit_block(e, "done");
	i = emit_scalar(e, n->loop.from);
	emit_cell_set(e, counter, i);
	more = LLVMBuildICmp(e->b, LLVMIntSLT, i, to, "");
	emit_goto_if(e, more, in, end);
	emit_at(e, in);
	set(e, n->loop.sym, emit_cell_get(e, counter));
	enter(e, &l, next, end);
	body(e, n->loop.body);
	leave(e);
	emit_goto(e, next);
	emit_at(e, next);
	i = LLVMBuildAdd(e->b, emit_cell_get(e, counter), emit_int(e, 1), "");
	emit_cell_set(e, counter, i);
	more = LLVMBuildICmp(e->b, LLVMIntSLT, i, to, "");
	emit_goto_if(e, more, in, end);
	emit_at(e, end);
}

/* ---- callbacks ---- */

struct callback {
	struct emit_fn fn;
	struct loop loop;
	LLVMBasicBlockRef outside; /* where the caller was */
};

static LLVMValueRef returns(struct emitter *e, LLVMBasicBlockRef bb, int v)
{
	emit_at(e, bb);
	return LLVMBuildRet(e->b, emit_int(e, (uint64_t)v));
}

/* Parameters: `before` of them, then the frame. */
static void callback_begin(struct emitter *e, struct callback *cb,
			   struct node *n, unsigned before)
{
	LLVMTypeRef params[4], type;
	LLVMValueRef p;
	const char *name;
	unsigned i;

	*cb = (struct callback){ .outside = LLVMGetInsertBlock(e->b) };
	for (i = 0; i < before; i++)
		params[i] = before == 1 ? e->i64 : e->ptr;
	params[before] = e->ptr;
	type = LLVMFunctionType(e->i64, params, before + 1, 0);
	name = arena_printf(e->a, "%s_loop_%u", e->body->elf_name,
			    e->state->ncallbacks++);
	emit_fn_begin(e, &cb->fn, name, type, n->at);
	cb->fn.frame = LLVMGetParam(cb->fn.func, before);
	emit_at(e, cb->fn.prologue);
	p = LLVMBuildLoad2(e->b, e->ptr,
			   emit_offset(e, cb->fn.frame, FRAME_SCRATCH), "");
	LLVMBuildStore(e->b, p, cb->fn.scratch);
	emit_goto(e, cb->fn.start);
	cb->loop.next = emit_block(e, "next");
	cb->loop.done = cb->fn.ret = emit_block(e, "stop");
	cb->fn.loop = &cb->loop;
	returns(e, cb->fn.ret, 1);
	emit_at(e, cb->fn.start);
}

/* Back to the caller; `last` is where a round's end goes. */
static LLVMValueRef callback_end(struct emitter *e, struct callback *cb)
{
	emit_fn_end(e, cb->loop.next);
	emit_at(e, cb->outside);
	return cb->fn.func;
}

/* What leaves the program from within a loop. */
static bool is_return(const struct node *n)
{
	if (n->kind == N_RETURN)
		return true;
	if (n->kind != N_CALL)
		return false;
	if (n->call.fn)
		return n->call.fn->leaves;
	/* none: in a branch that was dropped untyped */
	return n->call.builtin && (n->call.builtin->id == BUILTIN_exit ||
				   n->call.builtin->id == BUILTIN_override);
}

static void find_return(struct node *n, void *arg)
{
	bool *found = arg;

	if (is_return(n))
		*found = true;
	if (!*found)
		node_children(n, find_return, arg);
}

/* After a loop that may have been left by return. */
static void leave_too(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef stay;
	LLVMValueRef v;
	bool found = false;

	find_return(n, &found);
	if (!found)
		return;
	stay = emit_block(e, "stay");
	v = emit_cell_get(e, emit_scratch(e, e->state->returned));
	emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), ""),
		     e->fn->ret, stay);
	emit_at(e, stay);
}

static LLVMValueRef call_loop(struct emitter *e, LLVMValueRef times,
			      LLVMValueRef cb)
{
	return emit_helper(e, BPF_FUNC_loop, times, cb, e->fn->frame,
			   emit_int(e, 0), NULL);
}

/* How often: to - from, 0 if that is not positive. */
static LLVMValueRef rounds(struct emitter *e, LLVMValueRef from,
			   LLVMValueRef to)
{
	LLVMValueRef n = LLVMBuildSub(e->b, to, from, "");
	LLVMValueRef any = LLVMBuildICmp(e->b, LLVMIntSGT, to, from, "");

	return LLVMBuildSelect(e->b, any, n, emit_int(e, 0), "");
}

static void callback_range(struct emitter *e, struct node *n)
{
	LLVMValueRef from = emit_scalar(e, n->loop.from);
	LLVMValueRef to = emit_scalar(e, n->loop.to), times, over;
	uint32_t first = emit_take_scratch(e, 8);
	struct callback cb;
	struct branch br;

	times = rounds(e, from, to);
	if (!LLVMIsAConstantInt(from))
		emit_store_at(e, emit_scratch(e, first), from, 8);
	callback_begin(e, &cb, n, 1);
	if (!LLVMIsAConstantInt(from))
		from = emit_load_at(e, emit_scratch(e, first), 8, false);
	set(e, n->loop.sym,
	    LLVMBuildAdd(e->b, from, LLVMGetParam(cb.fn.func, 0), ""));
	body(e, n->loop.body);
	emit_goto(e, cb.loop.next);
	returns(e, cb.loop.next, 0);
	callback_end(e, &cb);
	over = LLVMBuildICmp(e->b, LLVMIntUGT, times, emit_int(e, BPF_LOOP_MAX),
			     "");
	br = emit_if(e, over);
	emit_warn_event(e, n->at,
			"a loop of more than 8388608 rounds: it is "
			"not run");
	emit_else(e, &br);
	call_loop(e, times, cb.fn.func);
	emit_endif(e, &br);
	leave_too(e, n);
}

/* $kv: the key and the value of this round. */
static void fill_pair(struct emitter *e, struct node *n, LLVMValueRef key,
		      LLVMValueRef value)
{
	struct variable *v = n->loop.sym;
	struct map *m = n->loop.over->map.sym;
	const struct member *k = &v->type->members[0], *x = k + 1;
	LLVMValueRef p = emit_var(e, v);

	emit_wipe(e, p, v->type->size);
	emit_val_to(e, val_at(AT_BPF, key, m->key),
		    emit_offset(e, p, k->offset), k->type);
	if (v->type->nmembers > 1) /* a histogram is no value */
		emit_map_value_to(e, m, key, value,
				  emit_offset(e, p, x->offset), x->type);
}

static void over_map(struct emitter *e, struct node *n)
{
	struct map *m = n->loop.over->map.sym;
	struct callback cb;

	callback_begin(e, &cb, n, 3);
	fill_pair(e, n, LLVMGetParam(cb.fn.func, 1),
		  LLVMGetParam(cb.fn.func, 2));
	body(e, n->loop.body);
	emit_goto(e, cb.loop.next);
	returns(e, cb.loop.next, 0);
	callback_end(e, &cb);
	emit_helper(e, BPF_FUNC_for_each_map_elem, emit_map_ref(e, m),
		    cb.fn.func, e->fn->frame, emit_int(e, 0), NULL);
	leave_too(e, n);
}

/* bpf_for_each_map_elem() returns how many elements it saw; what it calls need
 * do nothing.  (Linux 5.13) */
LLVMValueRef emit_map_count(struct emitter *e, struct map *m, struct span at)
{
	LLVMTypeRef params[] = { e->ptr, e->ptr, e->ptr, e->ptr };
	LLVMTypeRef type = LLVMFunctionType(e->i64, params, 4, 0);
	LLVMBasicBlockRef outside = LLVMGetInsertBlock(e->b);
	struct emit_fn fn = { 0 };
	const char *name = arena_printf(e->a, "%s_count_%u", e->body->elf_name,
					e->state->ncallbacks++);

	emit_fn_begin(e, &fn, name, type, at);
	emit_at(e, fn.prologue);
	emit_goto(e, fn.start);
	returns(e, fn.start, 0);
	emit_fn_end(e, fn.start);
	emit_at(e, outside);
	return emit_helper(e, BPF_FUNC_for_each_map_elem, emit_map_ref(e, m),
			   fn.func, LLVMConstNull(e->ptr), emit_int(e, 0),
			   NULL);
}

void emit_for(struct emitter *e, struct node *n)
{
	if (n->loop.over)
		over_map(e, n);
	else if (loop_is_native(n))
		native_range(e, n);
	else
		callback_range(e, n);
}

/* The end of a round: after the last that bpf_loop() allows, what the condition
 * says then tells a loop that has ended from one that is cut off. */
static void end_while_round(struct emitter *e, struct node *n,
			    struct callback *cb)
{
	LLVMBasicBlockRef last = emit_block(e, "last");
	LLVMBasicBlockRef cut = emit_block(e, "cut");
	LLVMBasicBlockRef more = emit_block(e, "more");
	LLVMValueRef round = LLVMGetParam(cb->fn.func, 0);

	emit_goto_if(e,
		     LLVMBuildICmp(e->b, LLVMIntEQ, round,
				   emit_int(e, BPF_LOOP_MAX - 1), ""),
		     last, more);
	emit_at(e, last);
	emit_branch(e, n->while_.cond, cut, cb->loop.done);
	emit_at(e, cut);
	emit_warn_event(e, n->while_.cond->at,
			"this loop is stopped after 8388608 rounds, which is "
			"as many as the kernel allows");
	emit_goto(e, cb->loop.done);
	returns(e, more, 0);
}

void emit_while(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef in;
	struct callback cb;

	callback_begin(e, &cb, n, 1);
	in = emit_block(e, "while");
	emit_branch(e, n->while_.cond, in, cb.loop.done);
	emit_at(e, in);
	body(e, n->while_.body);
	emit_goto(e, cb.loop.next);
	emit_at(e, cb.loop.next);
	end_while_round(e, n, &cb);
	callback_end(e, &cb);
	call_loop(e, emit_int(e, BPF_LOOP_MAX), cb.fn.func);
	leave_too(e, n);
}
