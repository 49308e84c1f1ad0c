#include <string.h>

#include "emit_own.h"

/* == on what is not a scalar: the bytes are compared.  Strings are zero-filled
 * past their end, so equal strings have equal bytes as far as both go. */

/* The widest load at this offset that both sides allow. */
static uint32_t chunk(uint32_t left)
{
	return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* size <= UNROLLED_MAX.  want: known bytes, or NULL: those at r. */
static LLVMValueRef equal_unrolled(struct emitter *e, LLVMValueRef l,
				   LLVMValueRef r, const char *want,
				   uint32_t size)
{
	LLVMValueRef diff = emit_int(e, 0), a, b;
	uint64_t known;
	uint32_t i, n;

	for (i = 0; i < size; i += n) {
		n = chunk(size - i);
		a = emit_load_at(e, emit_offset(e, l, i), n, false);
		if (want) {
			known = 0;
			memcpy(&known, want + i, n);
			b = emit_int(e, known);
		} else {
			b = emit_load_at(e, emit_offset(e, r, i), n, false);
		}
		diff = LLVMBuildOr(e->b, diff, LLVMBuildXor(e->b, a, b, ""),
				   "");
	}
	return LLVMBuildICmp(e->b, LLVMIntEQ, diff, emit_int(e, 0), "");
}

/* Eight bytes at a time; what is left over is compared by the caller. */
static LLVMValueRef equal_loop(struct emitter *e, LLVMValueRef l,
			       LLVMValueRef r, uint32_t size)
{
	LLVMValueRef cell = emit_cell(e, "i"), i, a, b, more;
	LLVMBasicBlockRef body = emit_block(e, "words");
	LLVMBasicBlockRef end = emit_block(e, "compared");

	emit_cell_set(e, cell, emit_int(e, 0));
	emit_goto(e, body);
	emit_at(e, body);
	i = emit_cell_get(e, cell);
	a = LLVMBuildGEP2(e->b, e->i8, l, &i, 1, "");
	b = LLVMBuildGEP2(e->b, e->i8, r, &i, 1, "");
	a = emit_load_at(e, a, 8, false);
	b = emit_load_at(e, b, 8, false);
	emit_cell_set(e, cell, LLVMBuildAdd(e->b, i, emit_int(e, 8), ""));
	/* a difference ends the loop with i past the end */
	a = LLVMBuildICmp(e->b, LLVMIntEQ, a, b, "");
	i = LLVMBuildSelect(e->b, a, emit_cell_get(e, cell),
			    emit_int(e, 1 << 30), "");
	emit_cell_set(e, cell, i);
	more = LLVMBuildICmp(e->b, LLVMIntULT, i, emit_int(e, size), "");
	emit_goto_if(e, more, body, end);
	emit_at(e, end);
	return LLVMBuildICmp(e->b, LLVMIntEQ, emit_cell_get(e, cell),
			     emit_int(e, size), "");
}

static LLVMValueRef equal_bytes(struct emitter *e, LLVMValueRef l,
				LLVMValueRef r, uint32_t size)
{
	uint32_t words = size / 8 * 8;
	LLVMValueRef a, b;

	if (size <= UNROLLED_MAX)
		return equal_unrolled(e, l, r, NULL, size);
	a = equal_loop(e, l, r, words);
	b = equal_unrolled(e, emit_offset(e, l, words),
			   emit_offset(e, r, words), NULL, size - words);
	return LLVMBuildAnd(e->b, a, b, "");
}

static LLVMValueRef no(struct emitter *e)
{
	return LLVMConstInt(e->i1, 0, 0);
}

static LLVMValueRef equal_literal(struct emitter *e, struct val v,
				  const struct node *lit)
{
	uint32_t len = lit->str.len, cap = v.type->size, size;
	LLVMValueRef p;
	char *want;

	if (len > cap)
		return no(e);
	size = len < cap ? len + 1 : cap;
	want = arena_alloc(e->a, size + 1);
	memcpy(want, lit->str.s, len);
	if (v.at == AT_BPF) {
		p = v.v;
	} else {
		/* no more of it than tells */
		p = emit_temp(e, size, "text");
		if (v.at == AT_CTX)
			v = val_at(AT_KERNEL, emit_to_int(e, v.v), v.type);
		emit_read(e, v.at, p, emit_int(e, size), v.v);
	}
	if (size <= UNROLLED_MAX)
		return equal_unrolled(e, p, NULL, want, size);
	return equal_bytes(e, p, emit_const_bytes(e, want, size), size);
}

static LLVMValueRef equal_strings(struct emitter *e, struct val l, struct val r)
{
	LLVMValueRef p = emit_mem(e, l), q = emit_mem(e, r), rest, both;
	uint32_t a = l.type->size, b = r.type->size;
	uint32_t size = a < b ? a : b;

	both = equal_bytes(e, p, q, size);
	if (a == b)
		return both;
	rest = emit_load_at(e, emit_offset(e, a > b ? p : q, size), 1, false);
	rest = LLVMBuildICmp(e->b, LLVMIntEQ, rest, emit_int(e, 0), "");
	return LLVMBuildAnd(e->b, both, rest, "");
}

LLVMValueRef emit_equal(struct emitter *e, struct node *l, struct node *r,
			const struct type *on)
{
	struct val a, b;

	if (on->kind == T_STRING && r->kind == N_STR)
		return equal_literal(e, emit_expr(e, l), r);
	if (on->kind == T_STRING && l->kind == N_STR)
		return equal_literal(e, emit_expr(e, r), l);
	a = emit_expr(e, l);
	b = emit_expr(e, r);
	if (on->kind == T_STRING)
		return equal_strings(e, a, b);
	return equal_bytes(e, emit_mem(e, emit_convert(e, a, on)),
			   emit_mem(e, emit_convert(e, b, on)), on->size);
}
