#include "emit_own.h"

/* Statements; loops are in emit_loop.c. */

static bool mentions(struct node *n, const struct variable *v);

struct mention {
	const struct variable *v;
	bool found;
};

static void find_mention(struct node *n, void *arg)
{
	struct mention *m = arg;

	if (!m->found)
		m->found = mentions(n, m->v);
}

static bool mentions(struct node *n, const struct variable *v)
{
	struct mention m = { .v = v };

	if (n->kind == N_VAR && n->var.sym == v)
		return true;
	node_children(n, find_mention, &m);
	return m.found;
}

static void set_variable(struct emitter *e, struct variable *v,
			 struct node *src)
{
	LLVMValueRef p;

	/* $x = ($x.1, $x.0) must not be built where it is read. */
	if (type_is_scalar(v->type) || !mentions(src, v)) {
		emit_to(e, src, emit_var(e, v), v->type);
		return;
	}
	p = emit_temp(e, v->type->size, "new");
	emit_to(e, src, p, v->type);
	emit_store(e, val_at(AT_BPF, p, v->type), emit_var(e, v));
}

static struct val variable(struct emitter *e, struct variable *v)
{
	return val_at(AT_BPF, emit_var(e, v), v->type);
}

/* $x op= e */
static void change_variable(struct emitter *e, struct node *n)
{
	struct variable *v = n->assign.dst->var.sym;
	LLVMValueRef r = emit_scalar(e, n->assign.src), l;

	r = emit_step(e, v->type, r);
	l = emit_load(e, variable(e, v));
	l = emit_arith(e, n->assign.op, v->type, l, r, n->at);
	emit_store(e, val_reg(l, v->type), emit_var(e, v));
}

static void emit_assign(struct emitter *e, struct node *n)
{
	if (n->assign.dst->kind == N_MAP)
		emit_map_assign(e, n);
	else if (n->assign.dst->kind != N_VAR)
		return;
	else if (n->assign.op == OP_SET)
		set_variable(e, n->assign.dst->var.sym, n->assign.src);
	else
		change_variable(e, n);
}

struct val emit_incdec(struct emitter *e, struct node *n)
{
	enum op op = n->incdec.op == OP_INC ? OP_ADD : OP_SUB;
	LLVMValueRef old, new, by;
	struct variable *v;

	if (n->incdec.dst->kind == N_MAP)
		return emit_map_step(e, n);
	v = n->incdec.dst->var.sym;
	by = emit_step(e, v->type, emit_int(e, 1));
	old = emit_load(e, variable(e, v));
	new = emit_arith(e, op, v->type, old, by, n->at);
	emit_store(e, val_reg(new, v->type), emit_var(e, v));
	return emit_convert(e, val_reg(n->incdec.prefix ? new : old, v->type),
			    n->type);
}

static void emit_let(struct emitter *e, struct node *n)
{
	struct variable *v = n->let.sym;

	if (n->let.init)
		set_variable(e, v, n->let.init);
	else
		emit_wipe(e, emit_var(e, v), v->type->size);
}

static void jump(struct emitter *e, LLVMBasicBlockRef to)
{
	emit_goto(e, to);
	emit_dead(e);
}

static void statement(struct emitter *e, struct node *n)
{
	switch ((int)n->kind) {
	case N_ASSIGN:
		emit_assign(e, n);
		break;
	case N_DISCARD:
		emit_expr(e, n->expr);
		break;
	case N_LET:
		emit_let(e, n);
		break;
	case N_FOR:
		emit_for(e, n);
		break;
	case N_WHILE:
		emit_while(e, n);
		break;
	case N_UNROLL:
		emit_unroll(e, n);
		break;
	case N_BREAK:
		jump(e, e->fn->loop->done);
		break;
	case N_CONTINUE:
		jump(e, e->fn->loop->next);
		break;
	case N_RETURN:
		if (e->body->fn) {
			emit_fn_return(e, n->expr);
			break;
		}
		if (n->expr && e->body->provider == PROVIDER_TEST)
			emit_test_result(e, n->expr);
		else if (n->expr)
			emit_expr(e, n->expr);
		emit_return(e);
		break;
	default:
		emit_expr(e, n);
		break;
	}
}

void emit_stmt(struct emitter *e, struct node *n)
{
	struct temp_mark m = emit_temps_mark(e);

	emit_loc(e, n->at);
	statement(e, n);
	emit_temps_release(e, m);
}

struct val emit_block_value(struct emitter *e, struct node *n)
{
	struct val v = val_void();
	struct node *s;

	for (s = n->block.stmts; s; s = s->next) {
		if (!s->next && n->block.has_value) {
			emit_loc(e, s->at);
			v = emit_expr(e, s);
		} else {
			emit_stmt(e, s);
		}
	}
	return v;
}
