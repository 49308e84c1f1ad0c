/* fold.c - arithmetic on constants, in 128 bits so that nothing wraps. */
#include "fold.h"

#include <string.h>

__extension__ typedef __int128 wide;

static wide wide_of(const struct constant *c)
{
	return c->negative ? -(wide)c->value : (wide)c->value;
}

static enum fold_result put(wide v, struct constant *out)
{
	if (v > (wide)UINT64_MAX || v < -((wide)1 << 63))
		return FOLD_OVERFLOW;
	*out = (struct constant){ .kind = CONST_INT,
				  .negative = v < 0,
				  .value = (uint64_t)(v < 0 ? -v : v) };
	return FOLD_DONE;
}

static enum fold_result put_bool(bool v, struct constant *out)
{
	*out = (struct constant){ .kind = CONST_BOOL, .value = v };
	return FOLD_DONE;
}

uint64_t constant_bits(const struct constant *c)
{
	return c->negative ? -c->value : c->value;
}

bool constant_is_true(const struct constant *c)
{
	return c->kind == CONST_STR || c->value;
}

enum fold_result fold_unary(enum op op, const struct constant *a,
			    struct constant *out)
{
	if (a->kind == CONST_STR)
		return FOLD_NOT;
	if (op == OP_NOT)
		return put_bool(!a->value, out);
	if (op == OP_NEG)
		return put(-wide_of(a), out);
	if (op == OP_POS)
		return put(wide_of(a), out);
	if (op == OP_BNOT)
		return put((wide)~constant_bits(a), out);
	return FOLD_NOT;
}

/* When it runs, only the low 6 bits of a count are looked at, as BPF has it:
 * nobody who writes another count means that. */
static enum fold_result shift(enum op op, wide a, wide b, struct constant *out)
{
	if (b < 0 || b > 63)
		return FOLD_SHIFT;
	if (op == OP_SHR)
		return put(a >> (int)b, out);
	return put(a * ((wide)1 << (int)b), out);
}

/* Bits of the wider view: of a signed operand those of an int64. */
static enum fold_result bits(enum op op, const struct constant *a,
			     const struct constant *b, struct constant *out)
{
	uint64_t x = constant_bits(a), y = constant_bits(b);
	uint64_t r = op == OP_BAND ? x & y : op == OP_BOR ? x | y : x ^ y;
	bool sign = a->negative || b->negative;

	return put(sign ? (wide)(int64_t)r : (wide)r, out);
}

static enum fold_result compare(enum op op, wide a, wide b,
				struct constant *out)
{
	switch ((int)op) {
	case OP_EQ:
		return put_bool(a == b, out);
	case OP_NE:
		return put_bool(a != b, out);
	case OP_LT:
		return put_bool(a < b, out);
	case OP_LE:
		return put_bool(a <= b, out);
	case OP_GT:
		return put_bool(a > b, out);
	case OP_GE:
		return put_bool(a >= b, out);
	case OP_AND:
		return put_bool(a && b, out);
	case OP_OR:
		return put_bool(a || b, out);
	default:
		return FOLD_NOT;
	}
}

static enum fold_result compare_str(enum op op, const struct constant *a,
				    const struct constant *b,
				    struct constant *out)
{
	bool same = a->kind == b->kind && a->len == b->len &&
		    !memcmp(a->s, b->s, a->len);

	if (a->kind != b->kind || (op != OP_EQ && op != OP_NE))
		return FOLD_NOT;
	return put_bool(same == (op == OP_EQ), out);
}

enum fold_result fold_binary(enum op op, const struct constant *ca,
			     const struct constant *cb, struct constant *out)
{
	wide a, b;

	if (ca->kind == CONST_STR || cb->kind == CONST_STR)
		return compare_str(op, ca, cb, out);
	a = wide_of(ca);
	b = wide_of(cb);
	switch ((int)op) {
	case OP_ADD:
		return put(a + b, out);
	case OP_SUB:
		return put(a - b, out);
	case OP_MUL:
		if (__builtin_mul_overflow(a, b, &a)) /* up to 2^128 */
			return FOLD_OVERFLOW;
		return put(a, out);
	case OP_DIV:
		return b ? put(a / b, out) : FOLD_ZERO;
	case OP_MOD:
		return b ? put(a % b, out) : FOLD_ZERO;
	case OP_SHL:
	case OP_SHR:
		return shift(op, a, b, out);
	case OP_BAND:
	case OP_BOR:
	case OP_XOR:
		return bits(op, ca, cb, out);
	default:
		return compare(op, a, b, out);
	}
}

struct constant fold_cast(const struct constant *a, uint32_t size,
			  bool is_signed)
{
	uint64_t v = constant_bits(a);
	unsigned shift_by = size < 8 ? 64 - size * 8 : 0;
	struct constant out = { .kind = CONST_INT };
	int64_t s;

	v <<= shift_by;
	if (!is_signed) {
		out.value = v >> shift_by;
		return out;
	}
	s = (int64_t)v >> shift_by;
	out.negative = s < 0;
	out.value = s < 0 ? -(uint64_t)s : (uint64_t)s;
	return out;
}

bool constant_of(const struct node *n, struct constant *out)
{
	if (n->kind == N_PARAM && n->param.value)
		n = n->param.value;
	*out = (struct constant){ 0 };
	switch ((int)n->kind) {
	case N_INT:
		out->kind = CONST_INT;
		out->value = n->num.value;
		out->negative = n->num.negative;
		return true;
	case N_BOOL:
		out->kind = CONST_BOOL;
		out->value = n->num.value != 0;
		return true;
	case N_STR:
		out->kind = CONST_STR;
		out->s = n->str.s;
		out->len = n->str.len;
		return true;
	default:
		return false;
	}
}

void constant_put(struct node *n, const struct constant *c)
{
	struct node new = { .at = n->at, .next = n->next, .depth = n->depth };

	if (c->kind == CONST_STR) {
		new.kind = N_STR;
		new.str.s = c->s;
		new.str.len = c->len;
	} else {
		new.kind = c->kind == CONST_BOOL ? N_BOOL : N_INT;
		new.num.value = c->value;
		new.num.negative = c->negative;
	}
	*n = new;
}
