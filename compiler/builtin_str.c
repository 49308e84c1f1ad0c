/* builtin_str.c - strings. */
#include <string.h>

#include "emit_own.h"

/*
 * str(p[, len]): the NUL-terminated string at an address, cut to len bytes less
 * the NUL.  Of a string or an array it is the same text.
 */
struct val emit_str(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0), *len = emit_arg(n, 1);
	uint32_t room = n->type->n;
	LLVMValueRef p, size, address;
	enum where at = emit_bare_where(e);
	struct val v;

	if (len)
		size = emit_clamp(e,
				  LLVMBuildAdd(e->b, emit_scalar(e, len),
					       emit_int(e, 1), ""),
				  room);
	else
		size = emit_int(e, room);
	if (type_is_scalar(arg->type)) {
		if (arg->type->kind == T_PTR)
			at = emit_where(arg->type->space);
		address = emit_scalar(e, arg);
	} else {
		v = emit_expr(e, arg);
		if (!len && (v.at == AT_BPF || v.at == AT_CTX))
			return emit_convert(e, v, n->type);
		at = v.at;
		address = v.v;
	}
	if (at == AT_BPF || at == AT_CTX) {
		at = AT_KERNEL;
		if (LLVMGetTypeKind(LLVMTypeOf(address)) == LLVMPointerTypeKind)
			address = LLVMBuildPtrToInt(e->b, address, e->i64, "");
	}
	p = emit_result(e, n);
	emit_wipe(e, p, room);
	if (len)
		emit_read_str(e, at, p, size, address);
	else
		emit_read_text(e, at, p, room, address);
	return val_at(AT_BPF, p, n->type);
}

/* A string operand: its bytes in BPF memory, and how many there may be. */
struct text {
	LLVMValueRef p;
	uint32_t room;
	const char *literal; /* or NULL */
	uint32_t len;	     /* of the literal */
};

static struct text text_of(struct emitter *e, struct node *n)
{
	struct text t = { .room = n->type->n };

	t.literal = emit_literal_str(n, &t.len);
	t.p = emit_mem(e, emit_expr(e, n));
	return t;
}

static LLVMValueRef byte_at(struct emitter *e, LLVMValueRef p, LLVMValueRef i)
{
	return emit_load_at(e, LLVMBuildGEP2(e->b, e->i8, p, &i, 1, ""), 1,
			    false);
}

static LLVMValueRef is_equal(struct emitter *e, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildICmp(e->b, LLVMIntEQ, a, b, "");
}

/*
 * i = 0; do { x = byte(i); <body> } while (++i < n);
 *
 * A loop the verifier walks: every way out must lead to one place with nothing
 * remembered but the cell, so that it sees each step once.  Before Linux 6.2 it
 * refuses to fall from the end of a loop into its head, so that the end is a
 * conditional jump.  n is at least 1.
 */
struct walk {
	LLVMValueRef cell, i;
	uint32_t n;
	LLVMBasicBlockRef head, end;
};

static struct walk begin_walk(struct emitter *e, uint32_t n)
{
	struct walk l = { .cell = emit_cell(e, "i"), .n = n };

	l.head = emit_block(e, "loop");
	l.end = emit_block(e, "loop.end");
	emit_cell_set(e, l.cell, emit_int(e, 0));
	emit_goto(e, l.head);
	emit_at(e, l.head);
	l.i = emit_cell_get(e, l.cell);
	return l;
}

static void end_walk(struct emitter *e, struct walk *l)
{
	LLVMValueRef i = LLVMBuildAdd(e->b, l->i, emit_int(e, 1), "");

	emit_cell_set(e, l->cell, i);
	emit_goto_if(e,
		     LLVMBuildICmp(e->b, LLVMIntULT, i, emit_int(e, l->n), ""),
		     l->head, l->end);
	emit_at(e, l->end);
}

/* Jump to `no` unless the literal stands at h + i, all within the room. */
static void match_literal(struct emitter *e, const struct text *h,
			  LLVMValueRef i, const struct text *needle,
			  LLVMBasicBlockRef no)
{
	uint32_t k;

	for (k = 0; k < needle->len; k++) {
		LLVMBasicBlockRef more = emit_block(e, "match");
		LLVMValueRef at = LLVMBuildAdd(e->b, i, emit_int(e, k), "");
		uint64_t c = (unsigned char)needle->literal[k];

		emit_goto_if(e,
			     is_equal(e, byte_at(e, h->p, at), emit_int(e, c)),
			     more, no);
		emit_at(e, more);
	}
}

/* The same for a needle that is known only when it runs. */
static void match_text(struct emitter *e, const struct text *h, LLVMValueRef i,
		       const struct text *needle, LLVMBasicBlockRef yes,
		       LLVMBasicBlockRef no)
{
	struct walk l = begin_walk(e, needle->room);
	LLVMBasicBlockRef more = emit_block(e, "match.more");
	LLVMBasicBlockRef inside = emit_block(e, "match.inside");
	LLVMBasicBlockRef next = emit_block(e, "match.next");
	LLVMValueRef x, at;

	x = byte_at(e, needle->p, l.i);
	emit_goto_if(e, is_equal(e, x, emit_int(e, 0)), yes, more);
	emit_at(e, more);
	at = LLVMBuildAdd(e->b, i, l.i, "");
	emit_goto_if(
		e,
		LLVMBuildICmp(e->b, LLVMIntULT, at, emit_int(e, h->room), ""),
		inside, no);
	/* i + l.i again, in a register of its own that is known to be small */
	emit_at(e, inside);
	at = emit_clamp(e, at, h->room - 1);
	emit_goto_if(e, is_equal(e, byte_at(e, h->p, at), x), next, no);
	emit_at(e, next);
	end_walk(e, &l);
	emit_goto(e, yes);
}

/* ---- searches: of the first place where a step says so ---- */

struct search;
/* Jump to one of three: i is the place, there is none, go on. */
typedef void step_fn(struct emitter *e, const struct search *s, LLVMValueRef i,
		     LLVMBasicBlockRef yes, LLVMBasicBlockRef stop,
		     LLVMBasicBlockRef next);

struct search {
	struct text a, b;
	uint32_t steps;
	step_fn *step;
	struct span at;
};

/* A search short enough for the verifier to walk. */
static LLVMValueRef search_near(struct emitter *e, const struct search *s)
{
	LLVMValueRef result = emit_cell(e, "found");
	LLVMBasicBlockRef yes, next;
	struct walk l;

	emit_cell_set(e, result, emit_int(e, (uint64_t)-1));
	l = begin_walk(e, s->steps);
	yes = emit_block(e, "found");
	next = emit_block(e, "not.here");
	s->step(e, s, l.i, yes, l.end, next);
	emit_at(e, yes);
	emit_cell_set(e, result, emit_cell_get(e, l.cell));
	emit_goto(e, l.end);
	emit_at(e, next);
	end_walk(e, &l);
	return emit_cell_get(e, result);
}

/* What the callback of a long search gets: pointers and the result. */
enum { FIND_A = 0, FIND_B = 8, FIND_AT = 16, FIND_SIZE = 24 };

static LLVMValueRef load_ptr(struct emitter *e, LLVMValueRef frame,
			     uint32_t offset)
{
	return LLVMBuildLoad2(e->b, e->ptr, emit_offset(e, frame, offset), "");
}

static void step_body(struct emitter *e, struct search s, LLVMValueRef i,
		      LLVMValueRef frame)
{
	LLVMBasicBlockRef in = emit_block(e, "step");
	LLVMBasicBlockRef yes = emit_block(e, "found");
	LLVMBasicBlockRef stop = emit_block(e, "stop");
	LLVMBasicBlockRef next = emit_block(e, "next");

	s.a.p = load_ptr(e, frame, FIND_A);
	s.b.p = load_ptr(e, frame, FIND_B);
	emit_goto_if(
		e, LLVMBuildICmp(e->b, LLVMIntULT, i, emit_int(e, s.steps), ""),
		in, stop);
	emit_at(e, in);
	s.step(e, &s, i, yes, stop, next);
	emit_at(e, yes);
	emit_store_at(e, emit_offset(e, frame, FIND_AT), i, 8);
	emit_goto(e, stop);
	emit_at(e, stop);
	LLVMBuildRet(e->b, emit_int(e, 1));
	emit_at(e, next);
	LLVMBuildRet(e->b, emit_int(e, 0));
	emit_fn_end(e, next);
}

/* long step(u64 i, struct find *f): 1 ends the search. */
static LLVMValueRef step_function(struct emitter *e, const struct search *s)
{
	LLVMTypeRef params[] = { e->i64, e->ptr };
	LLVMTypeRef type = LLVMFunctionType(e->i64, params, 2, 0);
	LLVMBasicBlockRef outside = LLVMGetInsertBlock(e->b);
	const char *name = arena_printf(e->a, "%s_find_%u", e->body->elf_name,
					e->state->ncallbacks++);
	struct emit_fn fn = { 0 };

	emit_fn_begin(e, &fn, name, type, s->at);
	emit_at(e, fn.prologue);
	emit_goto(e, fn.start);
	emit_at(e, fn.start);
	step_body(e, *s, LLVMGetParam(fn.func, 0), LLVMGetParam(fn.func, 1));
	emit_at(e, outside);
	return fn.func;
}

/* The verifier walks a loop step by step, and keeps every way out of every step
 * in mind: bpf_loop() (Linux 5.17) has it walk one. */
static LLVMValueRef search_far(struct emitter *e, const struct search *s)
{
	LLVMValueRef f = emit_alloca(e, FIND_SIZE, "find"), step;
	LLVMValueRef b = s->b.p ? s->b.p : s->a.p;

	LLVMBuildStore(e->b, s->a.p, emit_offset(e, f, FIND_A));
	LLVMBuildStore(e->b, b, emit_offset(e, f, FIND_B));
	emit_store_at(e, emit_offset(e, f, FIND_AT), emit_int(e, (uint64_t)-1),
		      8);
	step = step_function(e, s);
	emit_helper(e, BPF_FUNC_loop, emit_int(e, s->steps), step, f,
		    emit_int(e, 0), NULL);
	return emit_load_at(e, emit_offset(e, f, FIND_AT), 8, false);
}

enum { NEAR_MAX = 256 }; /* bytes compared */

/* The place, or -1; cost: bytes that a step compares. */
static LLVMValueRef search(struct emitter *e, const struct search *s,
			   uint64_t cost)
{
	if (!s->steps)
		return emit_int(e, (uint64_t)-1);
	if (s->steps * cost <= NEAR_MAX)
		return search_near(e, s);
	return search_far(e, s);
}

static LLVMValueRef was_found(struct emitter *e, LLVMValueRef at)
{
	return LLVMBuildICmp(e->b, LLVMIntNE, at, emit_int(e, (uint64_t)-1),
			     "");
}

/* ---- what they are for ---- */

/* Where two strings differ. */
static void differ_step(struct emitter *e, const struct search *s,
			LLVMValueRef i, LLVMBasicBlockRef yes,
			LLVMBasicBlockRef stop, LLVMBasicBlockRef next)
{
	LLVMBasicBlockRef same = emit_block(e, "same");
	LLVMValueRef x = byte_at(e, s->a.p, i), y = byte_at(e, s->b.p, i);

	emit_goto_if(e, is_equal(e, x, y), same, yes);
	emit_at(e, same);
	emit_goto_if(e, is_equal(e, x, emit_int(e, 0)), stop, next);
}

/* 0 when the first n bytes, or all up to a NUL, are equal; else 1. */
struct val emit_strncmp(struct emitter *e, struct node *n)
{
	struct search s = { .step = differ_step, .at = n->at };
	LLVMValueRef differs;
	int64_t len = 0;

	s.a = text_of(e, emit_arg(n, 0));
	s.b = text_of(e, emit_arg(n, 1));
	s.steps = s.a.room < s.b.room ? s.a.room : s.b.room;
	emit_literal_int(emit_arg(n, 2), &len);
	if (len < s.steps)
		s.steps = (uint32_t)len;
	differs = was_found(e, search(e, &s, 1));
	return val_reg(emit_i64(e, differs, false), n->type);
}

static void text_step(struct emitter *e, const struct search *s, LLVMValueRef i,
		      LLVMBasicBlockRef yes, LLVMBasicBlockRef stop,
		      LLVMBasicBlockRef next)
{
	LLVMBasicBlockRef no = emit_block(e, "no.match");

	if (s->b.literal) {
		match_literal(e, &s->a, i, &s->b, no);
		emit_goto(e, yes);
	} else {
		match_text(e, &s->a, i, &s->b, yes, no);
	}
	emit_at(e, no);
	emit_goto_if(e, is_equal(e, byte_at(e, s->a.p, i), emit_int(e, 0)),
		     stop, next);
}

/* Where the needle first stands in the haystack, or -1. */
static LLVMValueRef find_text(struct emitter *e, struct node *n)
{
	struct search s = { .step = text_step, .at = n->at };

	s.a = text_of(e, emit_arg(n, 0));
	s.b = text_of(e, emit_arg(n, 1));
	s.steps = s.a.room;
	if (s.b.literal)
		s.steps = s.b.len < s.a.room ? s.a.room - s.b.len : 0;
	return search(e, &s, s.b.literal ? s.b.len + 1 : s.b.room);
}

struct val emit_strstr(struct emitter *e, struct node *n)
{
	return val_reg(find_text(e, n), n->type);
}

struct val emit_strcontains(struct emitter *e, struct node *n)
{
	LLVMValueRef found = was_found(e, find_text(e, n));

	return val_reg(emit_i64(e, found, false), n->type);
}

static void end_step(struct emitter *e, const struct search *s, LLVMValueRef i,
		     LLVMBasicBlockRef yes, LLVMBasicBlockRef stop,
		     LLVMBasicBlockRef next)
{
	(void)stop;
	emit_goto_if(e, is_equal(e, byte_at(e, s->a.p, i), emit_int(e, 0)), yes,
		     next);
}

struct val emit_strlen(struct emitter *e, struct node *n)
{
	struct search s = { .step = end_step, .at = n->at };
	LLVMValueRef at;

	s.a = text_of(e, emit_arg(n, 0));
	s.steps = s.a.room;
	at = search(e, &s, 1);
	at = LLVMBuildSelect(e->b, was_found(e, at), at, emit_int(e, s.a.room),
			     "");
	return val_reg(at, n->type);
}

struct val emit_strcap(struct emitter *e, struct node *n)
{
	return val_reg(emit_int(e, emit_arg(n, 0)->type->n), n->type);
}

/*
 * The second string is put where the first one ends.  Its whole room is copied,
 * so that the place for both has room for all of it wherever that is.
 */
struct val emit_str_concat(struct emitter *e, struct node *n)
{
	struct search s = { .step = end_step, .at = n->at };
	struct text b;
	LLVMValueRef p, len, at;
	uint32_t room;

	s.a = text_of(e, emit_arg(n, 0));
	b = text_of(e, emit_arg(n, 1));
	room = s.a.room + b.room;
	p = emit_temp(e, room, "concat");
	emit_wipe(e, p, room);
	emit_copy(e, p, s.a.p, s.a.room, 1);
	s.a.p = p;
	s.steps = s.a.room;
	at = search(e, &s, 1);
	len = LLVMBuildSelect(e->b, was_found(e, at), at, emit_int(e, s.a.room),
			      "");
	len = emit_clamp(e, len, s.a.room);
	at = LLVMBuildGEP2(e->b, e->i8, p, &len, 1, "");
	emit_read(e, AT_KERNEL, at, emit_int(e, b.room),
		  LLVMBuildPtrToInt(e->b, b.p, e->i64, ""));
	return emit_convert(
		e, val_at(AT_BPF, p, type_string(&e->u->types, room)), n->type);
}
