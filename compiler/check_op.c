/* check_op.c - operators. */
#include <string.h>

#include "check.h"

/* 64 bits whose sign still bends: what comes of literals that are not folded
 * because one was in a variable. */
static const struct type *open64(void)
{
	return type_literal(INT64_MAX, false);
}

static bool is_open(const struct type *t)
{
	return t->kind == T_INT && t->literal;
}

static const struct type *as_number(const struct type *t)
{
	if (t->kind == T_BOOL)
		return type_literal(0, false);
	if (t->kind == T_ENUM)
		return type_int(t->size, t->is_signed);
	if (t->kind == T_NONE)
		return type_literal(0, false);
	return t;
}

static bool is_number(const struct type *t)
{
	return type_is_int(t) || t->kind == T_NONE;
}

static void warn_mixed(struct checker *c, const struct node *l,
		       const struct node *r)
{
	const struct node *u = l->type == &type_uint64 ? l : r;
	struct diag *d;

	d = diag_warn(c->diags, u->at, DIAG_SIGN,
		      "uint64 becomes int64 here, because the other side is "
		      "signed");
	diag_hint(c->diags, d, "write (int64) or (uint64) before one of them");
}

/* The 64-bit type that both sides are computed or compared in. */
static const struct type *meet(struct checker *c, enum op op, struct node *l,
			       struct node *r)
{
	const struct type *a = as_number(l->type), *b = as_number(r->type);
	bool bits = op == OP_BAND || op == OP_BOR || op == OP_XOR;

	if (is_open(a) && is_open(b))
		return open64();
	if (is_open(a) || is_open(b)) {
		if (!(is_open(a) ? b : a)->is_signed)
			param_meets_unsigned(c->u, is_open(a) ? l : r);
		return type_int(8, (is_open(a) ? b : a)->is_signed);
	}
	if (a->is_signed == b->is_signed)
		return type_int(8, a->is_signed);
	/* the others are held by an int64 as they are */
	if (!bits && (a == &type_uint64 || b == &type_uint64))
		warn_mixed(c, l, r);
	return &type_int64;
}

static bool is_char_address(const struct type *t)
{
	return t->kind == T_PTR || (t->kind == T_INT && t->size == 8);
}

static const struct type *mismatch(struct checker *c, struct span at,
				   enum op op, struct node *l, struct node *r)
{
	struct diag *d;

	d = diag_error(c->diags, at, DIAG_TYPE_MISMATCH,
		       "'%s' does not go with %s and %s", op_str(op),
		       type_str(l->type), type_str(r->type));
	if ((l->type->kind == T_STRING && is_char_address(r->type)) ||
	    (r->type->kind == T_STRING && is_char_address(l->type)))
		diag_hint(c->diags, d, "str() reads the string at an address");
	diag_note(c->diags, d, l->at, "this is %s", type_str(l->type));
	if (r->at.beg != l->at.beg)
		diag_note(c->diags, d, r->at, "this is %s", type_str(r->type));
	return &type_error;
}

/* --- Comparisons ---------------------------------------------------------- */

static bool is_equality(enum op op)
{
	return op == OP_EQ || op == OP_NE;
}

static bool is_comparison(enum op op)
{
	return is_equality(op) || op == OP_LT || op == OP_LE || op == OP_GT ||
	       op == OP_GE;
}

static bool is_address(const struct type *t)
{
	return t->kind == T_PTR || t->kind == T_KSYM;
}

static bool has_equality(const struct type *t)
{
	switch ((int)t->kind) {
	case T_STRING:
	case T_BUFFER:
	case T_INET:
	case T_MACADDR:
	case T_TUPLE:
	case T_RECORD:
	case T_ARRAY:
	case T_USYM:
	case T_TIMESTAMP:
	case T_USERNAME:
	case T_COMM:
	case T_PROBE:
		return true;
	default:
		return false;
	}
}

static const struct type *compare(struct checker *c, struct span at, enum op op,
				  struct node *l, struct node *r,
				  const struct type **on)
{
	const struct type *a = l->type, *b = r->type;
	bool mixed = false;
	struct diag *d;

	*on = &type_uint64;
	if (a->kind == T_NONE || b->kind == T_NONE)
		return &type_bool;
	if (type_is_int(a) && type_is_int(b)) {
		*on = meet(c, op, l, r);
		return &type_bool;
	}
	if ((is_address(a) || type_is_int(a)) &&
	    (is_address(b) || type_is_int(b)))
		return &type_bool;
	*on = type_join(c->ts, a, b, &mixed);
	if (!*on || !has_equality(a))
		return mismatch(c, at, op, l, r);
	if (is_equality(op))
		return &type_bool;
	d = diag_error(c->diags, at, DIAG_BAD_OPERAND,
		       "values of %s have no order: '%s' cannot compare them",
		       type_str(a), op_str(op));
	diag_hint(c->diags, d, "only == and != can");
	return &type_error;
}

/* --- Arithmetic ----------------------------------------------------------- */

static const struct type *pointer_step(struct checker *c, struct span at,
				       enum op op, struct node *l,
				       struct node *r)
{
	struct node *p = l->type->kind == T_PTR ? l : r;
	struct node *i = p == l ? r : l;

	if (!is_number(i->type) || (op != OP_ADD && op != OP_SUB) ||
	    (op == OP_SUB && p == r))
		return mismatch(c, at, op, l, r);
	return p->type;
}

/* BPF looks at the low 6 bits of a count, and so does what is emitted here. */
static void warn_shift(struct checker *c, struct node *count)
{
	struct constant v;
	struct diag *d;

	if (!check_constant(c, count, &v) || v.kind != CONST_INT ||
	    (!v.negative && v.value < 64))
		return;
	d = diag_warn(c->diags, count->at, DIAG_RANGE,
		      "a shift by %s%llu shifts by %llu: only the low 6 bits "
		      "of the count are looked at",
		      v.negative ? "-" : "", (unsigned long long)v.value,
		      (unsigned long long)constant_bits(&v) & 63);
	diag_hint(c->diags, d, "a number is shifted by 0 to 63 bits");
}

const struct type *check_operands(struct checker *c, struct span at, enum op op,
				  struct node *l, struct node *r,
				  const struct type **on)
{
	*on = &type_int64;
	if (l->type->kind == T_ERROR || r->type->kind == T_ERROR)
		return &type_error;
	if (is_comparison(op))
		return compare(c, at, op, l, r, on);
	if (l->type->kind == T_PTR || r->type->kind == T_PTR) {
		*on = &type_uint64;
		return pointer_step(c, at, op, l, r);
	}
	if (!is_number(l->type) || !is_number(r->type))
		return mismatch(c, at, op, l, r);
	if (op == OP_SHL || op == OP_SHR) {
		warn_shift(c, r);
		*on = as_number(l->type);
		*on = is_open(*on) ? open64() : type_int(8, (*on)->is_signed);
		return *on;
	}
	if (op == OP_SUB) /* differences are signed, whatever of */
		return &type_int64;
	*on = meet(c, op, l, r);
	return *on;
}

bool check_is_never(const struct node *n)
{
	if (n->kind == N_BINARY && n->binary.op == OP_AND)
		return check_is_never(n->binary.l) ||
		       check_is_never(n->binary.r);
	return n->kind == N_BOOL && !n->num.value;
}

/* Is the left side known to leave the right one alone, as exists() may be?  It
 * then may name what is not here. */
static bool decides(const struct node *n)
{
	const struct node *l = n->binary.l;

	if (n->binary.op == OP_AND)
		return check_is_never(l);
	return l->kind == N_BOOL && l->num.value;
}

static const struct type *check_logic(struct checker *c, struct node *n)
{
	struct node *const sides[] = { n->binary.l, n->binary.r };
	const struct type *r = &type_bool;
	size_t i;

	bool guard = check_asks_exists(n->binary.l);

	n->binary.on = &type_bool;
	for (i = 0; i < 2; i++) {
		const struct type *t;

		c->guards += guard && i;
		t = check_value(c, sides[i]);
		c->guards -= guard && i;
		if (!i && decides(n)) {
			struct node *next = n->next;

			*n = *n->binary.l; /* evaluated, if there is more to it
					      than its value */
			n->next = next;
			return &type_bool;
		}
		if (t->kind == T_ERROR)
			r = t;
		if (!is_known(t) || type_is_scalar(t))
			continue;
		diag_error(c->diags, sides[i]->at, DIAG_BAD_OPERAND,
			   "'%s' wants numbers, bools or pointers, not %s",
			   op_str(n->binary.op), type_str(t));
		r = &type_error;
	}
	return r;
}

/* An operand that is not just a literal keeps its type: (uint64)1 is no 1. */
static bool is_literal(const struct node *n, struct constant *v)
{
	return (n->kind != N_PARAM || n->param.value) && constant_of(n, v);
}

static void check_sides(struct checker *c, struct node *n)
{
	struct node *l = n->binary.l, *r = n->binary.r;

	if (check_value(c, l)->kind == T_STRING)
		check_as_text(c, r);
	if (check_value(c, r)->kind != T_STRING || l->kind != N_PARAM)
		return;
	check_as_text(c, l);
	check_value(c, l);
}

const struct type *check_binary(struct checker *c, struct node *n)
{
	enum op op = n->binary.op;
	const struct type *t;
	struct constant a, b, v;
	enum fold_result r;

	if (op == OP_AND || op == OP_OR) {
		t = check_logic(c, n);
		if (n->kind != N_BINARY)
			return t;
	} else {
		check_sides(c, n);
		t = NULL;
	}
	if (is_literal(n->binary.l, &a) && is_literal(n->binary.r, &b)) {
		r = fold_binary(op, &a, &b, &v);
		if (r != FOLD_NOT)
			return check_fold(c, n, r, &v);
	}
	if (t)
		return t;
	t = check_operands(c, n->at, op, n->binary.l, n->binary.r,
			   &n->binary.on);
	if (t == &type_error && !c->last)
		return &type_none;
	return t;
}

/* --- Unary ---------------------------------------------------------------- */

static const struct type *bad_operand(struct checker *c, struct node *n,
				      const char *wants)
{
	diag_error(c->diags, n->at, DIAG_BAD_OPERAND, "'%s' wants %s, not %s",
		   op_str(n->unary.op), wants, type_str(n->unary.e->type));
	return &type_error;
}

static const struct type *check_deref(struct checker *c, struct node *n)
{
	const struct type *t = n->unary.e->type;
	struct diag *d;

	if (type_is_int(t)) /* an address by itself: kaddr("avenrun") + 8 */
		return &type_uint64;
	if (t->kind != T_PTR) {
		diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			   "'*' reads through a pointer, and this is %s",
			   type_str(t));
		return &type_error;
	}
	if (t->elem->kind == T_VOID) {
		d = diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			       "what a void * points to has no type");
		diag_hint(c->diags, d, "cast it: *(uint64 *)...");
		return &type_error;
	}
	return t->elem;
}

/* A field or an element where it lies, behind a pointer to kernel or user
 * memory: what is in the program's own memory is a copy. */
static const struct type *address_of_part(struct checker *c, struct node *n)
{
	struct node *e = n->unary.e;
	const struct type *t = check_value(c, e);
	struct node *in = e->kind == N_FIELD ? e->field.e : e->index.e;
	enum space space;

	if (!is_known(t))
		return t;
	space = check_space_of(in);
	if (e->kind == N_FIELD && e->field.member && e->field.member->bits) {
		diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			   "a bit-field has no address");
		return &type_error;
	}
	if (space == SPACE_KERNEL || space == SPACE_USER)
		return type_ptr(c->ts, t, space);
	diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
		   "this is a copy, so its address is not where it came "
		   "from");
	return &type_error;
}

static const struct type *check_addr(struct checker *c, struct node *n)
{
	struct node *e = n->unary.e;
	const struct type *t;
	struct diag *d;

	if (e->kind == N_FIELD || e->kind == N_INDEX)
		return address_of_part(c, n);
	if (e->kind != N_VAR && e->kind != N_MAP) {
		check_value(c, e);
		d = diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			       "'&' takes the address of a variable or a map, "
			       "or of a field or an element behind a pointer");
		diag_hint(c->diags, d, "put the value in a variable first");
		return &type_error;
	}
	t = check_expr(c, e);
	if (!is_known(t))
		return t;
	if (t->kind == T_AGG) {
		diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			   "an aggregation is on each CPU and has no one "
			   "address");
		return &type_error;
	}
	if (e->kind == N_VAR)
		e->var.sym->addressed = true;
	return type_ptr(c->ts, t, SPACE_BPF);
}

const struct type *check_unary(struct checker *c, struct node *n)
{
	enum op op = n->unary.op;
	struct constant a, v;
	enum fold_result r;
	const struct type *t;

	if (op == OP_ADDR)
		return check_addr(c, n);
	t = check_value(c, n->unary.e);
	if (!is_known(t))
		return op == OP_NOT && t->kind == T_NONE ? &type_bool : t;
	if (is_literal(n->unary.e, &a)) {
		r = fold_unary(op, &a, &v);
		if (r != FOLD_NOT)
			return check_fold(c, n, r, &v);
	}
	if (op == OP_DEREF)
		return check_deref(c, n);
	if (op == OP_NOT)
		return type_is_scalar(t) ? &type_bool
					 : bad_operand(c, n,
						       "a number, a bool "
						       "or a pointer");
	if (!type_is_int(t))
		return bad_operand(c, n, "an integer");
	return op == OP_BNOT  ? &type_uint64
	       : op == OP_NEG ? &type_int64
			      : type_int(8, t->is_signed);
}

/* --- ++ and -- ------------------------------------------------------------ */

static const struct type *stepped(const struct type *t, enum op op)
{
	if (t->kind == T_PTR)
		return t;
	if (op == OP_DEC)
		return &type_int64;
	t = as_number(t);
	return is_open(t) ? open64() : type_int(8, t->is_signed);
}

static const struct type *step_map(struct checker *c, struct node *n)
{
	struct node *dst = n->incdec.dst;
	struct map *m = check_map_place(c, dst);

	if (!m)
		return &type_error;
	check_map_write(c, m);
	if (!is_number(m->value) && m->value->kind != T_PTR) {
		diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			   "'%s' wants a number, and %s holds %s",
			   op_str(n->incdec.op), m->name, type_str(m->value));
		return &type_error;
	}
	check_widen_map(c, m, stepped(m->value, n->incdec.op), NULL, n->at);
	return m->value;
}

const struct type *check_incdec(struct checker *c, struct node *n)
{
	struct node *dst = n->incdec.dst;
	const struct type *t;

	if (dst->kind == N_MAP) {
		dst->type = step_map(c, n);
		return dst->type;
	}
	if (dst->kind != N_VAR) {
		check_value(c, dst);
		diag_error(c->diags, dst->at, DIAG_NOT_ASSIGNABLE,
			   "'%s' changes a variable or a map, and this is "
			   "neither",
			   op_str(n->incdec.op));
		return &type_error;
	}
	t = check_expr(c, dst);
	if (!is_known(t))
		return t;
	if (!is_number(t) && t->kind != T_PTR) {
		diag_error(c->diags, n->at, DIAG_BAD_OPERAND,
			   "'%s' wants a number, and %s is %s",
			   op_str(n->incdec.op), dst->var.name, type_str(t));
		return &type_error;
	}
	if (!dst->var.sym->declared_type)
		check_widen_var(c, dst->var.sym, stepped(t, n->incdec.op), NULL,
				n->at);
	dst->type = dst->var.sym->type;
	return dst->type;
}
