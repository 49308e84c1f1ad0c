/*
 * emit_span.c - what the entry of a span keeps, and how its return finds it.
 *
 * A hash "span_N" has a value for each task, which stays for as long as the
 * task: so an entry costs one look-up, and a return one more.
 *
 * A task is in one system call at a time, so that its value is what the last
 * entry kept, or nothing:
 *
 *	u64 number of the call + 1, 0 none;  u64 time;  u64 words[]
 *
 * Functions call each other and themselves; the value is a stack:
 *
 *	u64 depth;  { u64 at;  u64 cookie;  u64 time;  u64 words[] } calls[]
 *
 * time is there when duration is asked for, cookie when there are several
 * functions.  `at` says which call it is: where the stack pointer was when the
 * function was entered, which at its return is known again.  (fentry and fexit
 * have no registers; but their context lies on the stack at a place that is the
 * same for both.)  Of two calls on one stack the inner has the lesser `at`.  So
 * calls whose return was never seen, because of longjmp() or since the kernel
 * had no room for one more kretprobe, are found out by the next entry at the
 * same height, and by the return of a call around them.
 */
#include <sys/syscall.h>

#include "arch.h"
#include "emit_own.h"
#include "probe.h"

enum {
	MAX_TASKS = 8192,
	CALLS_KERNEL = 16, /* open calls in a task that are kept */
	CALLS_USER = 32,
	CALLS_AT = 8,	    /* bytes into the value */
	STACK_SIZE = 16384, /* of the kernel, for a task or for interrupts */
};

static const struct span_pair *pair(const struct emitter *e)
{
	return e->body->span;
}

static bool is_syscall(const struct emitter *e)
{
	return pair(e)->row->id == PROVIDER_SYSCALL;
}

static bool is_user(const struct emitter *e)
{
	return pair(e)->row->id == PROVIDER_UCALL;
}

static bool has_cookie(const struct emitter *e)
{
	return pair(e)->several && !is_syscall(e);
}

/* ---- layout ---- */

static uint32_t time_offset(const struct emitter *e)
{
	return has_cookie(e) ? 16 : 8;
}

static uint32_t words_offset(const struct emitter *e)
{
	return time_offset(e) + (pair(e)->timed ? 8 : 0);
}

static uint32_t call_size(const struct emitter *e)
{
	return words_offset(e) + 8 * (uint32_t)pair(e)->words.n;
}

static uint32_t max_calls(const struct emitter *e)
{
	return is_user(e) ? CALLS_USER : CALLS_KERNEL;
}

static uint32_t value_size(const struct emitter *e)
{
	if (is_syscall(e))
		return call_size(e);
	return CALLS_AT + max_calls(e) * call_size(e);
}

/* Both halves come to their map by its name. */
static LLVMValueRef span_map(struct emitter *e)
{
	uint32_t n = pair(e)->leave->index;
	const char *name = arena_printf(e->a, "span_%u", n);
	LLVMValueRef g = LLVMGetNamedGlobal(e->mod, name);

	if (g)
		return g;
	g = emit_own_hash(e, name, value_size(e) / 8, MAX_TASKS);
	*vec_push(e->a, &e->state->span_maps) = g;
	return g;
}

/* ---- parts of both halves ---- */

static void count(struct emitter *e, enum counter_kind kind)
{
	emit_count_up(e, kind, pair(e)->leave->index);
}

static LLVMValueRef lookup(struct emitter *e, LLVMValueRef key)
{
	return emit_helper_ptr(e, BPF_FUNC_map_lookup_elem, span_map(e), key,
			       NULL);
}

/* The key of the running task, in memory. */
static LLVMValueRef task_key(struct emitter *e)
{
	LLVMValueRef key = emit_alloca(e, 8, "task");

	emit_store_at(e, key, emit_helper(e, BPF_FUNC_get_current_task, NULL),
		      8);
	return key;
}

static LLVMValueRef reg_value(struct emitter *e, const char *name)
{
	return emit_load_ctx(e, arch_find(arch_host(), name)->offset, 8, false);
}

/* The number of a system call, from the record of its entry or its return. */
static LLVMValueRef syscall_number(struct emitter *e)
{
	return emit_load_ctx(e, 8, 4, false);
}

static LLVMValueRef call_at(struct emitter *e, LLVMValueRef state)
{
	enum provider p = e->body->provider;
	LLVMValueRef sp;

	/* A pointer less a pointer is all of it that may be worked with. */
	if (p == PROVIDER_FENTRY || p == PROVIDER_FEXIT) {
		sp = emit_opaque(e, emit_to_int(e, emit_context(e)));
		sp = LLVMBuildSub(e->b, sp, emit_to_int(e, state), "");
		return emit_opaque(e, sp);
	}
	sp = reg_value(e, arch_host()->sp);
	if (p == PROVIDER_URETPROBE)
		sp = LLVMBuildSub(e->b, sp, emit_int(e, arch_host()->ret_pops),
				  "");
	return sp;
}

static LLVMValueRef now(struct emitter *e)
{
	return emit_helper(e, BPF_FUNC_ktime_get_ns, NULL);
}

static LLVMValueRef compare(struct emitter *e, LLVMIntPredicate how,
			    LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildICmp(e->b, how, a, b, "");
}

/* Call i, of which the verifier knows that it is one. */
static LLVMValueRef call_ptr(struct emitter *e, LLVMValueRef state,
			     LLVMValueRef i)
{
	LLVMValueRef off = LLVMBuildMul(e->b, i, emit_int(e, call_size(e)), "");

	off = LLVMBuildAdd(e->b, off, emit_int(e, CALLS_AT), "");
	return LLVMBuildGEP2(e->b, e->i8, state, &off, 1, "call");
}

/*
 * A walk over the open calls, the innermost first:
 *
 *	for (k = 0; k < max && (i = depth - 1 - k) < max; k++)
 */
struct walk {
	LLVMValueRef state, depth;
	LLVMValueRef k; /* cell */
	LLVMValueRef i, call;
	LLVMBasicBlockRef head, next, done;
};

static struct walk walk_begin(struct emitter *e, LLVMValueRef state)
{
	struct walk w = { .state = state, .k = emit_cell(e, "k") };
	LLVMBasicBlockRef body = emit_block(e, "open");

	w.depth = emit_load_at(e, state, 8, false);
	w.head = emit_block(e, "walk");
	w.next = emit_block(e, "further");
	w.done = emit_block(e, "walked");
	emit_cell_set(e, w.k, emit_int(e, 0));
	emit_goto(e, w.head);
	emit_at(e, w.head);
	w.i = LLVMBuildSub(e->b, w.depth, emit_int(e, 1), "");
	w.i = LLVMBuildSub(e->b, w.i, emit_cell_get(e, w.k), "");
	w.i = emit_opaque(e, w.i);
	emit_goto_if(e, compare(e, LLVMIntULT, w.i, emit_int(e, max_calls(e))),
		     body, w.done);
	emit_at(e, body);
	w.call = call_ptr(e, state, w.i);
	return w;
}

/* What is built up to here ends at w->next or w->done. */
static void walk_end(struct emitter *e, struct walk *w)
{
	LLVMValueRef k;

	emit_goto(e, w->next);
	emit_at(e, w->next);
	k = LLVMBuildAdd(e->b, emit_cell_get(e, w->k), emit_int(e, 1), "");
	emit_cell_set(e, w->k, k);
	emit_goto_if(e, compare(e, LLVMIntULT, k, emit_int(e, max_calls(e))),
		     w->head, w->done);
	emit_at(e, w->done);
}

/* ---- entries ---- */

/* The task's value, made when it has none; leaves if there is no room. */
static LLVMValueRef find_or_make(struct emitter *e)
{
	LLVMValueRef key = task_key(e), cell, p;
	LLVMBasicBlockRef again = emit_block(e, "made");
	LLVMBasicBlockRef make = emit_block(e, "make");
	LLVMBasicBlockRef found = emit_block(e, "found");

	cell = emit_cell(e, "state");
	p = lookup(e, key);
	LLVMBuildStore(e->b, p, cell);
	emit_goto_if(e, LLVMBuildIsNull(e->b, p, ""), make, found);
	emit_at(e, make);
	emit_helper(e, BPF_FUNC_map_update_elem, span_map(e), key,
		    emit_zeros(e, value_size(e)), emit_int(e, BPF_NOEXIST),
		    NULL);
	p = lookup(e, key);
	LLVMBuildStore(e->b, p, cell);
	emit_goto_if(e, LLVMBuildIsNull(e->b, p, ""), e->fn->ret, again);
	emit_at(e, again);
	emit_goto(e, found);
	emit_at(e, found);
	return LLVMBuildLoad2(e->b, e->ptr, cell, "");
}

/* The time comes last, so that what is done here is no part of it. */
static void keep(struct emitter *e, LLVMValueRef call)
{
	const struct span_pair *s = pair(e);
	uint32_t at = words_offset(e);
	LLVMValueRef v;
	size_t i;

	for (i = 0; i < s->words.n; i++) {
		const struct span_word *w = &s->words.v[i];

		v = w->is_argn ? emit_argn_now(e, w->argn)
			       : emit_load_arg(e, &w->argument, 0,
					       w->argument.type->size, false);
		emit_store_at(e, emit_offset(e, call, at + 8 * i), v, 8);
	}
	if (s->timed)
		emit_store_at(e, emit_offset(e, call, time_offset(e)), now(e),
			      8);
}

/* The return of rt_sigreturn is not traced: it goes back to another call. */
static void skip_sigreturn(struct emitter *e, LLVMValueRef number)
{
	LLVMBasicBlockRef go = emit_block(e, "returns");

	emit_goto_if(
		e, compare(e, LLVMIntEQ, number, emit_int(e, SYS_rt_sigreturn)),
		e->fn->ret, go);
	emit_at(e, go);
}

static void enter_syscall(struct emitter *e)
{
	LLVMValueRef number = syscall_number(e), state;
	struct branch br;

	skip_sigreturn(e, number);
	state = find_or_make(e);
	br = emit_if(e, compare(e, LLVMIntNE, emit_load_at(e, state, 8, false),
				emit_int(e, 0)));
	count(e, COUNTER_SPAN_RETURN);
	emit_endif(e, &br);
	emit_store_at(e, state, LLVMBuildAdd(e->b, number, emit_int(e, 1), ""),
		      8);
	keep(e, state);
}

/* Is the open call that w is at not below this one on its stack?  Then it ended
 * without a return. */
static LLVMValueRef is_stale(struct emitter *e, const struct walk *w,
			     LLVMValueRef at, LLVMValueRef cookie)
{
	LLVMValueRef old = emit_load_at(e, w->call, 8, false), same, stale;
	LLVMValueRef far = LLVMBuildSub(e->b, at, old, "");

	same = compare(e, LLVMIntEQ, old, at);
	if (cookie) /* else one function went on as the other: a tail call */
		same = LLVMBuildAnd(
			e->b, same,
			compare(e, LLVMIntEQ,
				emit_load_at(e, emit_offset(e, w->call, 8), 8,
					     false),
				cookie),
			"");
	if (is_user(e)) /* as the kernel does with uretprobes */
		stale = compare(e, LLVMIntULT, old, at);
	else /* 0 < far < STACK_SIZE: on one stack, and deeper */
		stale = compare(e, LLVMIntULT,
				LLVMBuildSub(e->b, far, emit_int(e, 1), ""),
				emit_int(e, STACK_SIZE - 1));
	return LLVMBuildOr(e->b, stale, same, "");
}

static LLVMValueRef cookie_now(struct emitter *e)
{
	if (!has_cookie(e))
		return NULL;
	return emit_helper(e, BPF_FUNC_get_attach_cookie, emit_context(e),
			   NULL);
}

static void enter_function(struct emitter *e)
{
	LLVMBasicBlockRef drop = emit_block(e, "stale");
	LLVMBasicBlockRef room = emit_block(e, "room");
	LLVMValueRef state = find_or_make(e), at = call_at(e, state);
	LLVMValueRef cookie = cookie_now(e), depth = emit_cell(e, "depth");
	LLVMValueRef i, call;
	struct walk w;

	emit_cell_set(e, depth, emit_int(e, 0));
	w = walk_begin(e, state);
	emit_cell_set(e, depth, LLVMBuildAdd(e->b, w.i, emit_int(e, 1), ""));
	emit_goto_if(e, is_stale(e, &w, at, cookie), drop, w.done);
	emit_at(e, drop);
	count(e, COUNTER_SPAN_RETURN);
	emit_cell_set(e, depth, w.i);
	walk_end(e, &w);
	i = emit_opaque(e, emit_cell_get(e, depth));
	emit_goto_if(e, compare(e, LLVMIntULT, i, emit_int(e, max_calls(e))),
		     room, e->fn->ret);
	emit_at(e, room);
	call = call_ptr(e, state, i);
	emit_store_at(e, call, at, 8);
	if (cookie)
		emit_store_at(e, emit_offset(e, call, 8), cookie, 8);
	emit_store_at(e, state, LLVMBuildAdd(e->b, i, emit_int(e, 1), ""), 8);
	keep(e, call);
}

void emit_span_entry(struct emitter *e)
{
	if (is_syscall(e))
		enter_syscall(e);
	else
		enter_function(e);
}

/* ---- returns ---- */

/* A new task returns 0 from the call that made it, which its parent entered. */
static LLVMValueRef is_birth(struct emitter *e)
{
	static const uint32_t births[] = {
		SYS_clone,
		SYS_clone3,
#ifdef SYS_fork
		SYS_fork,
		SYS_vfork,
#endif
	};
	LLVMValueRef number = syscall_number(e), any = NULL, one;
	size_t i;

	for (i = 0; i < countof(births); i++) {
		one = compare(e, LLVMIntEQ, number, emit_int(e, births[i]));
		any = any ? LLVMBuildOr(e->b, any, one, "") : one;
	}
	one = compare(e, LLVMIntEQ, emit_load_ctx(e, 16, 8, false),
		      emit_int(e, 0));
	return LLVMBuildAnd(e->b, any, one, "");
}

/* The task's value; leaves for one that was in the call before we were. */
static LLVMValueRef find(struct emitter *e)
{
	LLVMBasicBlockRef found = emit_block(e, "found");
	LLVMBasicBlockRef early = emit_block(e, "early");
	LLVMBasicBlockRef counted;
	LLVMValueRef p = lookup(e, task_key(e));

	emit_goto_if(e, LLVMBuildIsNull(e->b, p, ""), early, found);
	emit_at(e, early);
	if (is_syscall(e)) {
		counted = emit_block(e, "counted");
		emit_goto_if(e, is_birth(e), e->fn->ret, counted);
		emit_at(e, counted);
	}
	if (!e->u->child) /* which was kept in a call of ours */
		count(e, COUNTER_SPAN_EARLY);
	emit_goto(e, e->fn->ret);
	emit_at(e, found);
	return p;
}

/* Leaves, counting, unless cond. */
static void expect(struct emitter *e, LLVMValueRef cond, enum counter_kind kind)
{
	LLVMBasicBlockRef yes = emit_block(e, "yes");
	LLVMBasicBlockRef no = emit_block(e, "no");

	emit_goto_if(e, cond, yes, no);
	emit_at(e, no);
	count(e, kind);
	emit_goto(e, e->fn->ret);
	emit_at(e, yes);
}

static LLVMValueRef leave_syscall(struct emitter *e)
{
	LLVMValueRef state = find(e), number = syscall_number(e);

	expect(e,
	       compare(e, LLVMIntEQ, emit_load_at(e, state, 8, false),
		       LLVMBuildAdd(e->b, number, emit_int(e, 1), "")),
	       COUNTER_SPAN_ENTRY);
	emit_store_at(e, state, emit_int(e, 0), 8);
	return state;
}

/* Is the open call that w is at the one that returns? */
static LLVMValueRef is_call(struct emitter *e, const struct walk *w,
			    LLVMValueRef at, LLVMValueRef cookie)
{
	LLVMValueRef is = emit_load_at(e, w->call, 8, false), same;

	/* Whether what a kretprobe sees has the return address taken off yet
	 * depends on the kernel. */
	if (e->body->provider == PROVIDER_KRETPROBE) {
		is = LLVMBuildSub(e->b, at, is, "");
		is = LLVMBuildAnd(e->b, is,
				  emit_int(e, ~(uint64_t)arch_host()->ret_pops),
				  "");
		is = compare(e, LLVMIntEQ, is, emit_int(e, 0));
	} else {
		is = compare(e, LLVMIntEQ, is, at);
	}
	if (!cookie)
		return is;
	same = emit_load_at(e, emit_offset(e, w->call, 8), 8, false);
	same = compare(e, LLVMIntEQ, same, cookie);
	return LLVMBuildAnd(e->b, is, same, "");
}

/* Find the innermost call at the place this one returns from.  What is further
 * in than that ended without a return. */
static LLVMValueRef leave_function(struct emitter *e)
{
	LLVMBasicBlockRef hit = emit_block(e, "hit");
	LLVMValueRef state = find(e), at = call_at(e, state);
	LLVMValueRef cookie = cookie_now(e), k;
	struct branch br;
	struct walk w = walk_begin(e, state);

	emit_goto_if(e, is_call(e, &w, at, cookie), hit, w.next);
	walk_end(e, &w);
	count(e, COUNTER_SPAN_ENTRY);
	emit_goto(e, e->fn->ret);
	emit_at(e, hit);
	k = emit_cell_get(e, w.k);
	br = emit_if(e, compare(e, LLVMIntNE, k, emit_int(e, 0)));
	count(e, COUNTER_SPAN_RETURN);
	emit_endif(e, &br);
	LLVMBuildStore(e->b, state, e->fn->depth);
	emit_cell_set(e, e->fn->above, w.i);
	return w.call;
}

/* In the entry block: what a program that leaves early must find set. */
static void set_early(struct emitter *e)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);

	e->fn->depth = emit_alloca(e, 8, "depth");
	e->fn->above = emit_cell(e, "above");
	LLVMPositionBuilderBefore(e->b, e->fn->entry_end);
	LLVMBuildStore(e->b, LLVMConstNull(e->ptr), e->fn->depth);
	LLVMBuildStore(e->b, emit_int(e, 0), e->fn->above);
	emit_at(e, here);
}

void emit_span_return(struct emitter *e)
{
	LLVMValueRef end = pair(e)->timed ? now(e) : NULL, call, start;

	if (is_syscall(e)) {
		call = leave_syscall(e);
	} else {
		set_early(e);
		call = leave_function(e);
	}
	if (end) {
		start = emit_load_at(e, emit_offset(e, call, time_offset(e)), 8,
				     false);
		emit_store_at(e, emit_offset(e, call, time_offset(e)),
			      LLVMBuildSub(e->b, end, start, ""), 8);
	}
	e->fn->call = call;
	if (e->fn->frame)
		LLVMBuildStore(e->b, call,
			       emit_offset(e, e->fn->frame, FRAME_CALL));
}

/* Only now may another call take this one's place: the body, which reads what
 * was kept, may be interrupted by one. */
void emit_span_leave(struct emitter *e)
{
	LLVMValueRef state;
	struct branch br;

	if (!e->fn->depth)
		return;
	state = LLVMBuildLoad2(e->b, e->ptr, e->fn->depth, "");
	br = emit_if(e, LLVMBuildIsNotNull(e->b, state, ""));
	emit_store_at(e, state, emit_cell_get(e, e->fn->above), 8);
	emit_endif(e, &br);
}

/* ---- what a body reads ---- */

static LLVMValueRef call_kept(struct emitter *e)
{
	if (e->fn->call)
		return e->fn->call;
	return LLVMBuildLoad2(e->b, e->ptr,
			      emit_offset(e, e->fn->frame, FRAME_CALL), "");
}

LLVMValueRef emit_span_args(struct emitter *e)
{
	return emit_offset(e, call_kept(e), words_offset(e));
}

LLVMValueRef emit_span_argn(struct emitter *e, uint32_t n)
{
	const struct span_pair *s = pair(e);
	uint32_t i = 0;

	while (i < s->words.n &&
	       !(s->words.v[i].is_argn && s->words.v[i].argn == n))
		i++;
	return emit_load_at(e, emit_offset(e, emit_span_args(e), 8ull * i), 8,
			    false);
}

struct val emit_duration(struct emitter *e, struct node *n)
{
	LLVMValueRef at = emit_offset(e, call_kept(e), time_offset(e));

	return val_reg(emit_load_at(e, at, 8, false), n->type);
}

/* ---- ends of tasks ---- */

/* At sched_process_free, whose first argument is the task. */
void emit_spans_finish(struct emitter *e)
{
	LLVMTypeRef type = LLVMFunctionType(e->i32, &e->ptr, 1, 0);
	struct emit_fn fn = { 0 };
	LLVMValueRef key;
	size_t i;

	if (!e->state->span_maps.n)
		return;
	emit_fn_begin(e, &fn, "span_end", type, e->u->bodies->clause->at);
	LLVMSetSection(fn.func, "raw_tp");
	fn.ctx = LLVMGetParam(fn.func, 0);
	fn.ret = emit_block(e, "ret");
	key = emit_alloca(e, 8, "task");
	emit_store_at(e, key, emit_load_ctx(e, 0, 8, false), 8);
	for (i = 0; i < e->state->span_maps.n; i++)
		emit_helper(e, BPF_FUNC_map_delete_elem,
			    e->state->span_maps.v[i], key, NULL);
	emit_goto(e, fn.ret);
	emit_at(e, fn.prologue);
	emit_goto(e, fn.start);
	emit_at(e, fn.ret);
	LLVMBuildRet(e->b, LLVMConstInt(e->i32, 0, 0));
	emit_fn_end(e, fn.ret);
}
