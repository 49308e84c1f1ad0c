/* check_expr.c - expressions: one function a kind of node, and constants. */
#include "check.h"

#include <string.h>

bool is_known(const struct type *t)
{
	return t && t->kind != T_NONE && t->kind != T_ERROR;
}

/* --- Literals ------------------------------------------------------------- */

const struct type *check_literal(struct checker *c, struct node *n)
{
	uint64_t max = c->u->config.max_strlen;
	struct diag *d;

	if (n->kind == N_BOOL)
		return &type_bool;
	if (n->kind == N_INT)
		return type_literal(n->num.value, n->num.negative);
	if (n->str.len >= max) {
		d = diag_error(c->diags, n->at, DIAG_TOO_BIG,
			       "this string has %u bytes, and max_strlen "
			       "leaves room for %llu",
			       n->str.len, (unsigned long long)max - 1);
		diag_hint(c->diags, d, "raise it: config = { max_strlen = %u }",
			  n->str.len + 1);
		return &type_error;
	}
	return type_string(c->ts, n->str.len + 1);
}

const struct type *check_fold(struct checker *c, struct node *n,
			      enum fold_result r, const struct constant *v)
{
	if (r == FOLD_OVERFLOW) {
		diag_error(c->diags, n->at, DIAG_OVERFLOW,
			   "the result does not fit 64 bits");
		return &type_error;
	}
	if (r == FOLD_SHIFT) {
		diag_error(c->diags, n->at, DIAG_RANGE,
			   "a number is shifted by 0 to 63 bits");
		return &type_error;
	}
	if (r == FOLD_ZERO) {
		diag_error(c->diags, n->at, DIAG_OVERFLOW,
			   "this divides by zero");
		return &type_error;
	}
	constant_put(n, v);
	return check_literal(c, n);
}

/* --- Constants that are more than literals -------------------------------- */

static bool constant_cast(struct checker *c, struct node *n,
			  struct constant *out)
{
	const struct type *t = n->type;
	struct constant v;

	if (!t || !type_is_int(t) || !check_constant(c, n->cast.e, &v) ||
	    v.kind == CONST_STR)
		return false;
	if (t->kind == T_BOOL)
		*out = (struct constant){ .kind = CONST_BOOL,
					  .value = v.value != 0 };
	else
		*out = fold_cast(&v, t->size, t->is_signed);
	return true;
}

/* exists(a) && false: what is asked when loaded makes no difference. */
static bool constant_logic(struct checker *c, struct node *n,
			   struct constant *out)
{
	const struct node *l = n->binary.l;
	bool decides = n->binary.op == OP_OR;
	bool asks = l->kind == N_EXISTS ||
		    (l->kind == N_CALL && !strcmp(l->call.name, "kernel"));

	if ((n->binary.op != OP_AND && !decides) || !asks ||
	    !check_constant(c, n->binary.r, out) ||
	    constant_is_true(out) != decides)
		return false;
	*out = (struct constant){ .kind = CONST_BOOL, .value = decides };
	return true;
}

static bool constant_binary(struct checker *c, struct node *n,
			    struct constant *out)
{
	const struct type *t = n->type;
	struct constant l, r;

	if (constant_logic(c, n, out))
		return true;
	if (!check_constant(c, n->binary.l, &l) ||
	    !check_constant(c, n->binary.r, &r) ||
	    fold_binary(n->binary.op, &l, &r, out) != FOLD_DONE)
		return false;
	/* what runs wraps at 64 bits */
	if (out->kind == CONST_INT && t && t->kind == T_INT)
		*out = fold_cast(out, t->size, t->is_signed);
	return true;
}

static bool constant_cond(struct checker *c, struct node *n,
			  struct constant *out)
{
	struct node *e;

	if (n->cond.known < 0)
		return false;
	e = n->cond.known ? n->cond.then : n->cond.otherwise;
	if (!e)
		e = n->cond.cond;
	return check_constant(c, e, out);
}

/* is_str(x) and its like are decided by a type, and so is strcap(). */
static bool constant_call(struct node *n, struct constant *out)
{
	const struct constant *v = n->call.info;

	if (!n->call.builtin || !v)
		return false;
	switch ((int)n->call.builtin->id) {
	case BUILTIN_is_array:
	case BUILTIN_is_integer:
	case BUILTIN_is_unsigned_integer:
	case BUILTIN_is_literal:
	case BUILTIN_is_ptr:
	case BUILTIN_is_str:
	case BUILTIN_is_scalar:
	case BUILTIN_default_str_length:
	case BUILTIN_strcap:
	case BUILTIN_kfunc_exist:
		*out = *v;
		return true;
	default:
		return false;
	}
}

static bool constant_unary(struct checker *c, struct node *n,
			   struct constant *out)
{
	struct constant v;

	return check_constant(c, n->unary.e, &v) &&
	       fold_unary(n->unary.op, &v, out) == FOLD_DONE;
}

static bool is_relocated(const struct type *t)
{
	return t->kind == T_STRUCT && t->origin == ORIGIN_RELOCATED;
}

bool check_required(struct checker *c, struct node *n, struct constant *out)
{
	bool is_constant;

	c->required++;
	is_constant = check_constant(c, n, out);
	c->required--;
	return is_constant;
}

/* A field of a record that is written down, or of typeinfo(). */
static bool constant_field(struct checker *c, struct node *n,
			   struct constant *out)
{
	struct node *r = n->field.e, *m;

	if (r->kind == N_CALL && r->call.builtin &&
	    r->call.builtin->id == BUILTIN_typeinfo)
		r = (struct node *)r->call.info;
	if (!r || r->kind != N_RECORD)
		return false;
	for (m = r->list; m; m = m->next)
		if (!strcmp(m->member.name, n->field.name))
			return check_constant(c, m->member.e, out);
	return false;
}

bool check_constant(struct checker *c, struct node *n, struct constant *out)
{
	if (constant_of(n, out))
		return true;
	switch ((int)n->kind) {
	case N_PARAM:
		return c->required && param_fix(c->u, n) && constant_of(n, out);
	case N_NAME:
		return n->name.value && (c->required || !n->name.later) &&
		       constant_of(n->name.value, out);
	case N_COMPTIME:
		return check_required(c, n->expr, out);
	case N_SIZEOF:
		/* of a kernel struct: known when loaded */
		*out = (struct constant){ .value = n->sizeof_.size };
		return is_known(n->type) &&
		       (c->required || !is_relocated(n->sizeof_.e->type));
	case N_OFFSETOF:
		/* of a kernel struct: known when loaded */
		*out = (struct constant){ .value = n->offsetof_.offset };
		return is_known(n->type) && !n->offsetof_.path;
	case N_CAST:
		return constant_cast(c, n, out);
	case N_UNARY:
		return constant_unary(c, n, out);
	case N_BINARY:
		return constant_binary(c, n, out);
	case N_TERNARY:
	case N_IF:
		return constant_cond(c, n, out);
	case N_BLOCK:
		return n->block.has_value && n->block.stmts &&
		       !n->block.stmts->next &&
		       check_constant(c, n->block.stmts, out);
	case N_CALL:
		return constant_call(n, out);
	case N_FIELD:
		return constant_field(c, n, out);
	default:
		return false;
	}
}

/* --- Conditions as values ------------------------------------------------- */

static const struct type *join_branches(struct checker *c, struct node *n,
					const struct type *a,
					struct node *else_,
					const struct type *b)
{
	const struct type *t;
	bool mixed = false;
	struct diag *d;

	if ((a->kind == T_VOID) != (b->kind == T_VOID) && is_known(a) &&
	    is_known(b))
		t = NULL;
	else
		t = type_join(c->ts, a, b, &mixed);
	if (t)
		return t;
	d = diag_error(c->diags, n->at, DIAG_TYPE_MISMATCH,
		       "one branch is %s and the other %s", type_str(a),
		       type_str(b));
	diag_note(c->diags, d, else_->at, "this one is %s", type_str(b));
	return &type_error;
}

static const struct type *branch(struct checker *c, struct node *n)
{
	if (n->kind == N_BLOCK) {
		n->type = check_block_value(c, n);
		return n->type;
	}
	return check_expr(c, n);
}

static const struct type *check_branches(struct checker *c, struct node *n)
{
	const struct type *a, *b;
	struct node *then = n->cond.then ? n->cond.then : n->cond.cond;

	a = n->cond.known == 0 ? NULL
	    : n->cond.then     ? branch(c, n->cond.then)
			       : n->cond.cond->type;
	if (n->cond.known == 1)
		return a;
	if (!n->cond.otherwise)
		return &type_void;
	b = branch(c, n->cond.otherwise);
	if (n->cond.known == 0)
		return b;
	return join_branches(
		c, n, a, n->cond.otherwise == then ? n : n->cond.otherwise, b);
}

static const struct type *check_cond(struct checker *c, struct node *n)
{
	bool guard = check_asks_exists(n->cond.cond);
	const struct type *t;

	check_when(c, n);
	n->cond.known = check_condition(c, n->cond.cond);
	if (n->cond.cond->kind == N_COMPTIME && n->cond.known < 0 && !c->last)
		return &type_none;
	c->guards += guard;
	t = check_branches(c, n);
	c->guards -= guard;
	return t;
}

/* --- Composites ----------------------------------------------------------- */

/* Beyond what fits a value anyway. */
enum { MAX_PARTS = 1024 };

static bool too_many(struct checker *c, struct node *n, uint32_t count)
{
	if (count <= MAX_PARTS)
		return false;
	diag_error(c->diags, n->at, DIAG_TOO_BIG,
		   "a tuple or record has at most %d parts", MAX_PARTS);
	return true;
}

static const struct type *check_tuple(struct checker *c, struct node *n)
{
	uint32_t i = 0, count = node_count(n->list);
	const struct type **parts;
	bool known = true;
	struct node *e;

	if (too_many(c, n, count))
		return &type_error;
	parts = arena_alloc(c->arena, (count + 1) * sizeof(*parts));
	for (e = n->list; e; e = e->next) {
		parts[i] = check_value(c, e);
		known &= is_known(parts[i++]);
	}
	if (!known)
		return c->last ? &type_error : &type_none;
	return type_tuple(c->ts, parts, NULL, count);
}

static bool has_member(struct node *list, const struct node *before)
{
	struct node *e;

	for (e = list; e != before; e = e->next)
		if (!strcmp(e->member.name, before->member.name))
			return true;
	return false;
}

static const struct type *check_record(struct checker *c, struct node *n)
{
	uint32_t i = 0, count = node_count(n->list);
	const struct type **parts;
	const char **names;
	bool known = true;
	struct node *e;

	if (too_many(c, n, count))
		return &type_error;
	parts = arena_alloc(c->arena, (count + 1) * sizeof(*parts));
	names = arena_alloc(c->arena, (count + 1) * sizeof(*names));
	for (e = n->list; e; e = e->next, i++) {
		e->type = parts[i] = check_value(c, e->member.e);
		names[i] = e->member.name;
		known &= is_known(parts[i]);
		if (has_member(n->list, e)) {
			diag_error(c->diags, e->at, DIAG_REDEFINED,
				   "this record has two fields called '%s'",
				   names[i]);
			known = false;
		}
	}
	if (!known)
		return c->last ? &type_error : &type_none;
	return type_tuple(c->ts, parts, names, count);
}

static const struct type *check_comptime(struct checker *c, struct node *n)
{
	const struct type *t = check_value(c, n->expr);
	struct constant v;

	if (!is_known(t) || check_required(c, n->expr, &v))
		return t;
	diag_error(c->diags, n->expr->at, DIAG_CONSTANT,
		   "this is not known when the script is compiled");
	return &type_error;
}

static const struct type *check_param(struct checker *c, struct node *n)
{
	if (!n->param.value && !n->param.row)
		param_positional(c->u, n, false);
	if (!n->param.value)
		return param_type(c->u, n);
	n->param.value->type = check_literal(c, n->param.value);
	return n->param.value->type;
}

void check_as_text(struct checker *c, struct node *n)
{
	if (n->kind == N_PARAM && c->u->deferred && !n->param.value)
		param_positional(c->u, n, true);
}

static const struct type *check_nparams(struct checker *c, struct node *n)
{
	struct constant v = { .value = (uint64_t)param_count(c->u) };

	if (c->u->deferred) {
		param_nparams(c->u, n);
		return check_param(c, n);
	}
	constant_put(n, &v);
	return check_literal(c, n);
}

static const struct type *not_a_value(struct checker *c, struct node *n)
{
	static const char *const words[N_COUNT] = {
		[N_LET] = "let",
		[N_ASSIGN] = "an assignment",
		[N_DISCARD] = "an assignment",
		[N_FOR] = "for",
		[N_WHILE] = "while",
		[N_UNROLL] = "unroll",
		[N_BREAK] = "break",
		[N_CONTINUE] = "continue",
		[N_RETURN] = "return",
		[N_TYPE] = "a type",
		[N_MEMBER] = "a field",
	};

	if (n->kind != N_TYPE)
		check_stmt(c, n);
	diag_error(c->diags, n->at, DIAG_NOT_A_VALUE,
		   "%s is not a value that could be used here",
		   words[n->kind] ? words[n->kind] : "this");
	return &type_error;
}

static const struct type *type_node(struct checker *c, struct node *n)
{
	switch (n->kind) {
	case N_INT:
	case N_BOOL:
	case N_STR:
		return check_literal(c, n);
	case N_NAME:
		return check_name(c, n);
	case N_VAR:
		return check_var(c, n);
	case N_MAP:
		return check_map(c, n);
	case N_PARAM:
		return check_param(c, n);
	case N_NPARAMS:
		return check_nparams(c, n);
	case N_CALL:
		return check_call(c, n);
	case N_UNARY:
		return check_unary(c, n);
	case N_BINARY:
		return check_binary(c, n);
	case N_TERNARY:
	case N_IF:
		return check_cond(c, n);
	case N_INDEX:
		return check_index(c, n);
	case N_FIELD:
		return check_field(c, n);
	case N_ELEMENT:
		return check_element(c, n);
	case N_CAST:
		return check_cast(c, n);
	case N_SIZEOF:
		return check_sizeof(c, n);
	case N_OFFSETOF:
		return check_offsetof(c, n);
	case N_TUPLE:
		return check_tuple(c, n);
	case N_RECORD:
		return check_record(c, n);
	case N_COMPTIME:
		return check_comptime(c, n);
	case N_EXISTS:
		return check_exists(c, n);
	case N_INCDEC:
		return check_incdec(c, n);
	case N_BLOCK:
		return check_block_value(c, n);
	case N_MEMBER:
	case N_ASSIGN:
	case N_DISCARD:
	case N_LET:
	case N_FOR:
	case N_WHILE:
	case N_UNROLL:
	case N_BREAK:
	case N_CONTINUE:
	case N_RETURN:
	case N_TYPE:
	case N_COUNT:
		break;
	}
	return not_a_value(c, n);
}

const struct type *check_expr(struct checker *c, struct node *n)
{
	const struct type *t = type_node(c, n);

	n->type = t;
	return t;
}

const struct type *check_value(struct checker *c, struct node *n)
{
	const struct type *t = check_expr(c, n);
	struct diag *d;

	if (t->kind == T_AGG) {
		t = type_agg_int(n->type);
		if (!t) {
			d = diag_error(c->diags, n->at, DIAG_NOT_A_VALUE,
				       "%s cannot be used as a value",
				       type_str(n->type));
			diag_hint(c->diags, d, "print() shows it");
			t = &type_error;
		}
	} else if (t->kind == T_VOID) {
		diag_error(c->diags, n->at, DIAG_NOT_A_VALUE, "%s",
			   n->kind == N_CALL
				   ? arena_printf(c->arena,
						  "%s() gives no value",
						  n->call.name)
				   : "this has no value");
		t = &type_error;
	}
	n->type = t;
	return t;
}
