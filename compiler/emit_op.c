#include "emit_own.h"

/* Operators. */

static LLVMIntPredicate predicate(enum op op, bool is_signed)
{
	switch ((int)op) {
	case OP_EQ:
		return LLVMIntEQ;
	case OP_NE:
		return LLVMIntNE;
	case OP_LT:
		return is_signed ? LLVMIntSLT : LLVMIntULT;
	case OP_LE:
		return is_signed ? LLVMIntSLE : LLVMIntULE;
	case OP_GT:
		return is_signed ? LLVMIntSGT : LLVMIntUGT;
	default:
		return is_signed ? LLVMIntSGE : LLVMIntUGE;
	}
}

static bool is_comparison(enum op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

/* ---- division ---- */

static LLVMValueRef is_negative(struct emitter *e, LLVMValueRef v)
{
	return LLVMBuildICmp(e->b, LLVMIntSLT, v, emit_int(e, 0), "");
}

static LLVMValueRef negate_if(struct emitter *e, LLVMValueRef cond,
			      LLVMValueRef v)
{
	return LLVMBuildSelect(e->b, cond, LLVMBuildNeg(e->b, v, ""), v, "");
}

/* BPF divides unsigned numbers (signed ones from Linux 6.6): the signs are
 * taken off and put on again. */
static LLVMValueRef divide(struct emitter *e, enum op op, bool is_signed,
			   LLVMValueRef l, LLVMValueRef r)
{
	LLVMValueRef lneg, rneg, v;

	if (!is_signed)
		return op == OP_DIV ? LLVMBuildUDiv(e->b, l, r, "")
				    : LLVMBuildURem(e->b, l, r, "");
	lneg = is_negative(e, l);
	rneg = is_negative(e, r);
	l = negate_if(e, lneg, l);
	r = negate_if(e, rneg, r);
	if (op == OP_MOD)
		return negate_if(e, lneg, LLVMBuildURem(e->b, l, r, ""));
	v = LLVMBuildUDiv(e->b, l, r, "");
	return negate_if(e, LLVMBuildXor(e->b, lneg, rneg, ""), v);
}

/* By zero gives 1 and a warning. */
static LLVMValueRef checked_divide(struct emitter *e, enum op op,
				   bool is_signed, LLVMValueRef l,
				   LLVMValueRef r, struct span at)
{
	LLVMValueRef cell;
	struct branch br;

	if (LLVMIsAConstantInt(r) && LLVMConstIntGetZExtValue(r))
		return divide(e, op, is_signed, l, r);
	cell = emit_cell(e, "quotient");
	br = emit_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, r, emit_int(e, 0), ""));
	emit_warn_event(e, at,
			op == OP_DIV ? "division by zero: the result is 1"
				     : "modulo by zero: the result is 1");
	emit_cell_set(e, cell, emit_int(e, 1));
	emit_else(e, &br);
	emit_cell_set(e, cell, divide(e, op, is_signed, l, r));
	emit_endif(e, &br);
	return emit_cell_get(e, cell);
}

/* ---- arithmetic ---- */

LLVMValueRef emit_step(struct emitter *e, const struct type *t, LLVMValueRef by)
{
	if (t->kind != T_PTR)
		return by;
	return LLVMBuildMul(e->b, by, emit_sizeof_elem(e, t->elem), "");
}

static LLVMValueRef shift_count(struct emitter *e, LLVMValueRef r)
{
	return LLVMBuildAnd(e->b, r, emit_int(e, 63), "");
}

static LLVMValueRef compute(struct emitter *e, enum op op, const struct type *t,
			    LLVMValueRef l, LLVMValueRef r, struct span at)
{
	switch ((int)op) {
	case OP_ADD:
		return LLVMBuildAdd(e->b, l, r, "");
	case OP_SUB:
		return LLVMBuildSub(e->b, l, r, "");
	case OP_MUL:
		return LLVMBuildMul(e->b, l, r, "");
	case OP_DIV:
	case OP_MOD:
		return checked_divide(e, op, t->is_signed, l, r, at);
	case OP_BAND:
		return LLVMBuildAnd(e->b, l, r, "");
	case OP_BOR:
		return LLVMBuildOr(e->b, l, r, "");
	case OP_XOR:
		return LLVMBuildXor(e->b, l, r, "");
	case OP_SHL:
		return LLVMBuildShl(e->b, l, shift_count(e, r), "");
	case OP_SHR:
		r = shift_count(e, r);
		return t->is_signed ? LLVMBuildAShr(e->b, l, r, "")
				    : LLVMBuildLShr(e->b, l, r, "");
	default:
		return l;
	}
}

LLVMValueRef emit_arith(struct emitter *e, enum op op, const struct type *t,
			LLVMValueRef l, LLVMValueRef r, struct span at)
{
	return emit_fit(e, compute(e, op, t, l, r, at), t);
}

static struct val pointer_arith(struct emitter *e, struct node *n)
{
	bool left = n->binary.l->type->kind == T_PTR;
	struct node *p = left ? n->binary.l : n->binary.r;
	struct node *i = left ? n->binary.r : n->binary.l;
	LLVMValueRef a = emit_scalar(e, p);
	LLVMValueRef b = emit_step(e, p->type, emit_scalar(e, i));

	return val_reg(compute(e, n->binary.op, &type_uint64, a, b, n->at),
		       n->type);
}

/* ---- conditions ---- */

static LLVMValueRef as_bool(struct emitter *e, LLVMValueRef v)
{
	return LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), "");
}

LLVMValueRef emit_bool(struct emitter *e, struct node *n)
{
	return as_bool(e, emit_scalar(e, n));
}

void emit_branch(struct emitter *e, struct node *n, LLVMBasicBlockRef yes,
		 LLVMBasicBlockRef no)
{
	LLVMBasicBlockRef next;

	if (n->kind == N_COMPTIME) {
		emit_branch(e, n->expr, yes, no);
		return;
	}
	if (n->kind == N_UNARY && n->unary.op == OP_NOT) {
		emit_branch(e, n->unary.e, no, yes);
		return;
	}
	if (n->kind != N_BINARY ||
	    (n->binary.op != OP_AND && n->binary.op != OP_OR)) {
		emit_goto_if(e, emit_bool(e, n), yes, no);
		return;
	}
	next = emit_block(e, "and_or");
	if (n->binary.op == OP_AND)
		emit_branch(e, n->binary.l, next, no);
	else
		emit_branch(e, n->binary.l, yes, next);
	emit_at(e, next);
	emit_branch(e, n->binary.r, yes, no);
}

/* && and || as a value. */
static LLVMValueRef short_circuit(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef yes = emit_block(e, "yes"), no = emit_block(e, "no");
	LLVMBasicBlockRef end = emit_block(e, "both");
	LLVMValueRef cell = emit_cell(e, "bool");

	emit_branch(e, n, yes, no);
	emit_at(e, yes);
	emit_cell_set(e, cell, emit_int(e, 1));
	emit_goto(e, end);
	emit_at(e, no);
	emit_cell_set(e, cell, emit_int(e, 0));
	emit_goto(e, end);
	emit_at(e, end);
	return emit_cell_get(e, cell);
}

static LLVMValueRef compare(struct emitter *e, struct node *n)
{
	const struct type *on = n->binary.on;
	enum op op = n->binary.op;
	LLVMValueRef l, r, v;

	if (!type_is_scalar(on)) {
		v = emit_equal(e, n->binary.l, n->binary.r, on);
		if (op == OP_NE)
			v = LLVMBuildNot(e->b, v, "");
		return emit_i64(e, v, false);
	}
	l = emit_scalar(e, n->binary.l);
	r = emit_scalar(e, n->binary.r);
	if (type_is_int(on)) {
		l = emit_fit(e, l, on);
		r = emit_fit(e, r, on);
	}
	v = LLVMBuildICmp(e->b, predicate(op, on->is_signed), l, r, "");
	return emit_i64(e, v, false);
}

struct val emit_binary(struct emitter *e, struct node *n)
{
	enum op op = n->binary.op;
	const struct type *on = n->binary.on;
	LLVMValueRef l, r;

	if (op == OP_AND || op == OP_OR)
		return val_reg(short_circuit(e, n), n->type);
	if (is_comparison(op))
		return val_reg(compare(e, n), n->type);
	if (n->type->kind == T_PTR)
		return pointer_arith(e, n);
	l = emit_scalar(e, n->binary.l);
	r = emit_scalar(e, n->binary.r);
	l = emit_arith(e, op, on, l, r, n->at);
	return val_reg(emit_fit(e, l, n->type), n->type);
}

/* ---- unary ---- */

static struct val address_of(struct emitter *e, struct node *n)
{
	struct node *x = n->unary.e;
	LLVMValueRef p;

	if (x->kind == N_FIELD || x->kind == N_INDEX)
		return val_reg(emit_place(e, x).v, n->type);
	if (x->kind == N_VAR)
		p = emit_var(e, x->var.sym);
	else
		p = emit_map_lookup(e, x->map.sym, emit_map_key(e, x));
	return val_reg(emit_to_int(e, p), n->type);
}

struct val emit_unary(struct emitter *e, struct node *n)
{
	LLVMValueRef v;

	if (n->unary.op == OP_ADDR)
		return address_of(e, n);
	v = emit_scalar(e, n->unary.e);
	switch ((int)n->unary.op) {
	case OP_NOT:
		v = LLVMBuildICmp(e->b, LLVMIntEQ, v, emit_int(e, 0), "");
		return val_reg(emit_i64(e, v, false), n->type);
	case OP_BNOT:
		v = LLVMBuildNot(e->b, v, "");
		break;
	case OP_NEG:
		v = LLVMBuildNeg(e->b, v, "");
		break;
	case OP_DEREF:
		if (n->unary.e->type->kind != T_PTR)
			return val_at(emit_bare_where(e), v, n->type);
		return emit_deref(e, v, n->unary.e->type);
	default:
		break;
	}
	return val_reg(emit_fit(e, v, n->type), n->type);
}
