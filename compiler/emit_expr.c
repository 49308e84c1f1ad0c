#include <stdlib.h>
#include <string.h>

#include "coreloc.h"
#include "emit_own.h"
#include "fold.h"
#include "param.h"

/* Expressions: one function a node kind.  Operators are in emit_op.c,
 * conversions in emit_cast.c, fields in emit_field.c, maps in emit_map.c. */

struct val val_void(void)
{
	return (struct val){ AT_NOWHERE, NULL, &type_void };
}

struct val val_reg(LLVMValueRef v, const struct type *t)
{
	return (struct val){ AT_REG, v, t };
}

struct val val_at(enum where at, LLVMValueRef address, const struct type *t)
{
	return (struct val){ at, address, t };
}

LLVMValueRef emit_int(struct emitter *e, uint64_t v)
{
	return LLVMConstInt(e->i64, v, 0);
}

/* ---- literals and names ---- */

static struct val emit_number(struct emitter *e, struct node *n)
{
	uint64_t v = n->num.value;

	if (n->kind == N_INT && n->num.negative)
		v = -v;
	return val_reg(emit_fit(e, emit_int(e, v), n->type), n->type);
}

static struct val emit_literal(struct emitter *e, struct node *n)
{
	uint32_t cap = n->type->size;
	char *s = arena_alloc(e->a, cap + 1);

	memcpy(s, n->str.s, n->str.len < cap ? n->str.len : cap);
	return val_at(AT_BPF, emit_const_bytes(e, s, cap), n->type);
}

static struct val emit_variable(struct emitter *e, struct node *n)
{
	struct val v =
		val_at(AT_BPF, emit_var(e, n->var.sym), n->var.sym->type);

	if (type_is_scalar(v.type))
		return val_reg(emit_load(e, v), v.type);
	return v;
}

static emit_builtin_fn *const emitters[NBUILTINS] = {
#define BUILTIN(name, sig, flags, help) [BUILTIN_##name] = emit_##name,
#define FOLDED(name, sig, flags, help) [BUILTIN_##name] = NULL,
#include "builtin.def"
#undef BUILTIN
};

/* FOLDED rows: what the checker found out, or nothing at all. */
static struct val emit_folded(struct emitter *e, struct node *n)
{
	const struct constant *v = n->kind == N_CALL ? n->call.info : NULL;

	if (n->type->kind == T_VOID)
		return val_void();
	return val_reg(emit_int(e, v ? constant_bits(v) : 0), n->type);
}

static struct val emit_call(struct emitter *e, struct node *n,
			    const struct builtin *b)
{
	return emitters[b->id] ? emitters[b->id](e, n) : emit_folded(e, n);
}

static struct val kernel_constant(struct emitter *e, const struct node *n)
{
	const struct node *v = n->name.value;
	uint64_t bits = v->num.negative ? 0 - v->num.value : v->num.value;

	e->plan->asks |= n->name.unknown;
	return val_reg(core_enum_value(e, v->type, n->name.s, bits), v->type);
}

static struct val emit_name(struct emitter *e, struct node *n)
{
	if (n->name.builtin)
		return emit_call(e, n, n->name.builtin);
	if (n->name.later)
		return emit_convert(e, kernel_constant(e, n), n->type);
	if (n->name.value)
		return emit_convert(e, emit_expr(e, n->name.value), n->type);
	return emit_argn(e, n, (uint32_t)strtoul(n->name.s + 3, NULL, 10));
}

/* ---- composites ---- */

static struct val emit_element(struct emitter *e, struct node *tuple,
			       uint32_t i)
{
	struct val v = emit_expr(e, tuple);
	const struct member *m = &v.type->members[i];
	struct val part =
		val_at(AT_BPF, emit_offset(e, v.v, m->offset), m->type);

	if (type_is_scalar(m->type))
		return val_reg(emit_load(e, part), m->type);
	return part;
}

static struct val emit_built(struct emitter *e, struct node *n)
{
	LLVMValueRef p = emit_result(e, n);

	emit_to(e, n, p, n->type);
	return val_at(AT_BPF, p, n->type);
}

static struct val emit_index(struct emitter *e, struct node *n)
{
	int64_t i;

	if (n->index.e->type->kind != T_TUPLE)
		return emit_member(e, n);
	emit_literal_int(n->index.i, &i);
	return emit_element(e, n->index.e, (uint32_t)i);
}

static struct val emit_sizeof(struct emitter *e, struct node *n)
{
	const struct type *t = n->sizeof_.e->type;

	if (t && t->kind == T_STRUCT && t->size)
		return val_reg(emit_sizeof_elem(e, t), n->type);
	return val_reg(emit_int(e, n->sizeof_.size), n->type);
}

static struct val emit_offsetof(struct emitter *e, struct node *n)
{
	const struct type *base;
	LLVMValueRef v;

	if (!n->offsetof_.path)
		return val_reg(emit_int(e, n->offsetof_.offset), n->type);
	base = n->offsetof_.e->type;
	if (base->kind == T_PTR) /* of a pointer, what it points to is meant */
		base = base->elem;
	v = core_field(e, base, (const struct member *const *)n->offsetof_.path,
		       n->offsetof_.npath, CORE_OFFSET);
	return val_reg(v, n->type);
}

static struct val emit_map_node(struct emitter *e, struct node *n)
{
	struct val v = emit_map_read(e, n->map.sym, emit_map_key(e, n));

	return type_is_scalar(n->type) ? emit_convert(e, v, n->type) : v;
}

/* ---- choices ---- */

/* One side of a choice, into where its result is wanted. */
static void emit_side(struct emitter *e, struct node *n, LLVMValueRef to,
		      const struct type *t)
{
	if (!n)
		return;
	if (t->kind == T_VOID)
		emit_expr(e, n);
	else
		emit_to(e, n, to, t);
}

static struct val choice_result(struct emitter *e, struct node *n,
				LLVMValueRef p)
{
	if (n->type->kind == T_VOID)
		return val_void();
	if (type_is_scalar(n->type))
		return val_reg(emit_load(e, val_at(AT_BPF, p, n->type)),
			       n->type);
	return val_at(AT_BPF, p, n->type);
}

/* A cell serves values of any width: bytes that no side writes would be those
 * of a register that was never set. */
static LLVMValueRef choice_memory(struct emitter *e, struct node *n)
{
	LLVMValueRef cell;

	if (n->type->kind == T_VOID)
		return NULL;
	if (!type_is_scalar(n->type))
		return emit_result(e, n);
	cell = emit_cell(e, "choice");
	emit_cell_set(e, cell, emit_int(e, 0));
	return cell;
}

/* a ?: b */
static struct val emit_elvis(struct emitter *e, struct node *n)
{
	LLVMValueRef p = choice_memory(e, n), v;
	struct val a = emit_expr(e, n->cond.cond);
	struct branch br;

	v = emit_load(e, emit_convert(e, a, n->type));
	emit_store_at(e, p, v, n->type->size);
	br = emit_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, v, emit_int(e, 0), ""));
	emit_to(e, n->cond.otherwise, p, n->type);
	emit_endif(e, &br);
	return choice_result(e, n, p);
}

static struct val emit_known(struct emitter *e, struct node *n)
{
	struct node *taken = n->cond.known ? n->cond.then : n->cond.otherwise;

	if (!taken && n->cond.known)
		taken = n->cond.cond;
	if (!taken)
		return val_void();
	if (n->type->kind == T_VOID) {
		emit_expr(e, taken);
		return val_void();
	}
	return emit_convert(e, emit_expr(e, taken), n->type);
}

struct val emit_choice(struct emitter *e, struct node *n)
{
	LLVMBasicBlockRef then, otherwise, end;
	LLVMValueRef p;

	if (n->cond.known >= 0)
		return emit_known(e, n);
	if (!n->cond.then && n->kind == N_TERNARY)
		return emit_elvis(e, n);
	p = choice_memory(e, n);
	then = emit_block(e, "then");
	otherwise = emit_block(e, "else");
	end = emit_block(e, "endif");
	emit_branch(e, n->cond.cond, then, otherwise);
	emit_at(e, then);
	emit_side(e, n->cond.then, p, n->type);
	emit_goto(e, end);
	emit_at(e, otherwise);
	emit_side(e, n->cond.otherwise, p, n->type);
	emit_goto(e, end);
	emit_at(e, end);
	return choice_result(e, n, p);
}

/* ---- all of them ---- */

/* A constant, or a slot that the runtime fills before it loads the program. */
static struct val emit_param(struct emitter *e, struct node *n)
{
	struct plan_param *p;
	uint32_t slot;
	LLVMValueRef v;
	bool text;

	if (n->param.value)
		return emit_convert(e, emit_expr(e, n->param.value), n->type);
	p = &e->plan->params.v[n->param.row - 1];
	text = p->kind == PARAM_STR;
	slot = emit_slot_index(e, SLOT_PARAM, p->name, text ? "text" : NULL, 0,
			       text ? n->type->size : 8);
	p->slot = slot + 1;
	if (text)
		return val_at(AT_BPF, emit_slot_ptr(e, slot), n->type);
	v = emit_volatile_load(e, e->i64, emit_slot_ptr(e, slot), 8);
	return val_reg(emit_fit(e, v, n->type), n->type);
}

static struct val expression(struct emitter *e, struct node *n)
{
	switch (n->kind) {
	case N_INT:
	case N_BOOL:
		return emit_number(e, n);
	case N_STR:
		return emit_literal(e, n);
	case N_NAME:
		return emit_name(e, n);
	case N_VAR:
		return emit_variable(e, n);
	case N_MAP:
		return emit_map_node(e, n);
	case N_PARAM:
		return emit_param(e, n);
	case N_CALL:
		return n->call.fn ? emit_fn_call(e, n)
				  : emit_call(e, n, n->call.builtin);
	case N_UNARY:
		return emit_unary(e, n);
	case N_BINARY:
		return emit_binary(e, n);
	case N_TERNARY:
	case N_IF:
		return emit_choice(e, n);
	case N_INDEX:
		return emit_index(e, n);
	case N_FIELD:
		return emit_member(e, n);
	case N_ELEMENT:
		return emit_element(e, n->element.e, n->element.index);
	case N_CAST:
		return emit_convert(e, emit_expr(e, n->cast.e), n->type);
	case N_SIZEOF:
		return emit_sizeof(e, n);
	case N_OFFSETOF:
		return emit_offsetof(e, n);
	case N_TUPLE:
	case N_RECORD:
		return emit_built(e, n);
	case N_COMPTIME:
		return emit_expr(e, n->expr);
	case N_EXISTS:
		return val_reg(
			emit_i64(e,
				 emit_condition(e, (uint32_t)n->exists.index),
				 false),
			n->type);
	case N_INCDEC:
		return emit_incdec(e, n);
	case N_BLOCK:
		return emit_block_value(e, n);
	case N_MEMBER:
		return emit_expr(e, n->member.e);
	case N_ASSIGN:
	case N_DISCARD:
	case N_LET:
	case N_FOR:
	case N_WHILE:
	case N_UNROLL:
	case N_BREAK:
	case N_CONTINUE:
	case N_RETURN:
		emit_stmt(e, n);
		return val_void();
	case N_NPARAMS: /* a literal or an N_PARAM by now */
	case N_TYPE:
	case N_COUNT:
		break;
	}
	return val_void();
}

struct val emit_expr(struct emitter *e, struct node *n)
{
	struct span outer = e->state->at;
	struct val v;

	e->state->at = n->at;
	v = expression(e, n);
	e->state->at = outer;
	return v;
}

LLVMValueRef emit_scalar(struct emitter *e, struct node *n)
{
	struct val v = emit_expr(e, n);

	if (v.type->kind == T_AGG)
		return emit_agg_value(e, v.type, emit_mem(e, v));
	return emit_load(e, v);
}

/* ---- into memory ---- */

LLVMValueRef emit_result(struct emitter *e, struct node *n)
{
	if (e->state->want == n) {
		e->state->want = NULL;
		return e->state->want_at;
	}
	return emit_temp(e, n->type->size, "result");
}

static bool has_padding(const struct type *t)
{
	uint32_t i, sum = 0;

	for (i = 0; i < t->nmembers; i++)
		sum += t->members[i].type->size;
	return sum != t->size;
}

static const struct member *member_named(const struct type *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->nmembers; i++)
		if (!strcmp(t->members[i].name, name))
			return &t->members[i];
	return NULL;
}

void emit_parts(struct emitter *e, struct node *list, LLVMValueRef dst,
		const struct type *to)
{
	const struct member *m;
	struct node *n, *part;
	uint32_t i = 0;

	if (has_padding(to))
		emit_wipe(e, dst, to->size);
	for (n = list; n && i < to->nmembers; n = n->next, i++) {
		m = &to->members[i];
		part = n;
		if (n->kind == N_MEMBER) {
			m = member_named(to, n->member.name);
			part = n->member.e;
		}
		if (m)
			emit_to(e, part, emit_offset(e, dst, m->offset),
				m->type);
	}
}

/* A literal, cut or filled up with zeros. */
static void emit_text_to(struct emitter *e, struct node *n, LLVMValueRef dst,
			 const struct type *to)
{
	uint32_t len = n->str.len < to->size ? n->str.len : to->size;
	uint32_t size = (len + 8) / 8 * 8;
	char *s;

	if (size > to->size || to->size <= UNROLLED_MAX)
		size = to->size;
	s = arena_alloc(e->a, size + 1);
	memcpy(s, n->str.s, len);
	emit_copy(e, dst, emit_const_bytes(e, s, size), size, 1);
	emit_wipe(e, emit_offset(e, dst, size), to->size - size);
}

void emit_to(struct emitter *e, struct node *n, LLVMValueRef dst,
	     const struct type *to)
{
	struct emit_state *s = e->state;
	struct val v;

	if ((n->kind == N_TUPLE && to->kind == T_TUPLE) ||
	    (n->kind == N_RECORD && to->kind == T_RECORD)) {
		emit_parts(e, n->list, dst, to);
		return;
	}
	if (n->kind == N_STR && to->kind == T_STRING) {
		emit_text_to(e, n, dst, to);
		return;
	}
	if (n->type == to && !type_is_scalar(to)) {
		s->want = n;
		s->want_at = dst;
	}
	v = emit_expr(e, n);
	s->want = NULL;
	emit_val_to(e, v, dst, to);
}

/* ---- what builtins ask of their arguments ---- */

struct node *emit_arg(struct node *n, uint32_t i)
{
	struct node *a = n->kind == N_CALL ? n->call.args : NULL;

	while (a && i--)
		a = a->next;
	return a;
}

uint32_t emit_nargs(const struct node *n)
{
	return n->kind == N_CALL ? node_count(n->call.args) : 0;
}

/* The literal behind names and parameters. */
static struct node *literal(struct node *n)
{
	while (n) {
		if (n->kind == N_PARAM)
			n = n->param.value;
		else if (n->kind == N_COMPTIME)
			n = n->expr;
		else if (n->kind == N_NAME && n->name.value)
			n = n->name.value;
		else
			break;
	}
	return n;
}

const char *emit_literal_str(struct node *n, uint32_t *len)
{
	n = literal(n);
	if (!n || n->kind != N_STR)
		return NULL;
	if (len)
		*len = n->str.len;
	return n->str.s;
}

const char *emit_word(struct node *n)
{
	return n && n->kind == N_NAME ? n->name.s : emit_literal_str(n, NULL);
}

bool emit_literal_int(struct node *n, int64_t *value)
{
	n = literal(n);
	*value = 0;
	if (n && n->kind == N_UNARY && n->unary.op == OP_NEG &&
	    emit_literal_int(n->unary.e, value)) {
		*value = (int64_t) - (uint64_t)*value;
		return true;
	}
	if (!n || (n->kind != N_INT && n->kind != N_BOOL))
		return false;
	*value = (int64_t)n->num.value;
	if (n->kind == N_INT && n->num.negative)
		*value = (int64_t)-n->num.value;
	return true;
}

static void find_effect(struct node *n, void *arg)
{
	bool *pure = arg;

	if (n->kind == N_ASSIGN || n->kind == N_INCDEC || n->kind == N_BLOCK ||
	    n->kind == N_IF)
		*pure = false;
	if (n->kind == N_CALL && n->call.fn)
		*pure = false;
	if (n->kind == N_CALL && n->call.builtin &&
	    (n->call.builtin->id == BUILTIN_delete ||
	     n->call.builtin->id == BUILTIN_find ||
	     (n->type && n->type->kind == T_VOID)))
		*pure = false;
	if (*pure)
		node_children(n, find_effect, arg);
}

bool emit_is_pure(const struct node *n)
{
	bool pure = true;

	find_effect((struct node *)(uintptr_t)n, &pure);
	return pure;
}
