#include "ast.h"

static const char *const kind_names[] = {
#define NODE(kind, name) [N_##kind] = name,
#include "node.def"
#undef NODE
};

static const char *const op_texts[] = {
#define OP(name, text) [OP_##name] = text,
#include "op.def"
#undef OP
};

struct node *node_new(struct program *p, enum node_kind kind, struct span at)
{
	struct node *n = arena_make(p->arena, struct node);

	n->kind = kind;
	n->at = at;
	return n;
}

struct node *node_append(struct node *list, struct node *last)
{
	struct node *n;

	if (!list)
		return last;
	for (n = list; n->next; n = n->next)
		;
	n->next = last;
	return list;
}

uint32_t node_count(const struct node *list)
{
	uint32_t n = 0;

	for (; list; list = list->next)
		n++;
	return n;
}

const char *op_str(enum op op)
{
	return op < OP_COUNT ? op_texts[op] : "?";
}

const char *node_kind_str(enum node_kind kind)
{
	return kind < N_COUNT ? kind_names[kind] : "?";
}

struct visitor {
	void (*visit)(struct node *child, void *arg);
	void *arg;
};

/* The next sibling is found first: the visitor may put another node in this
 * one's place. */
static void visit_list(const struct visitor *v, struct node *n)
{
	struct node *next;

	for (; n; n = next) {
		next = n->next;
		v->visit(n, v->arg);
	}
}

static void visit(const struct visitor *v, struct node *n)
{
	if (n)
		v->visit(n, v->arg);
}

static void visit_spec(const struct visitor *v, struct node *n)
{
	const struct type_suffix *s;

	visit(v, n->spec.of);
	for (s = n->spec.suffixes; s; s = s->next)
		visit(v, s->len);
}

static void visit_loop(const struct visitor *v, struct node *n)
{
	visit(v, n->loop.over);
	visit(v, n->loop.from);
	visit(v, n->loop.to);
	visit(v, n->loop.body);
}

/* A branch that is known not to be taken has no types. */
static void visit_cond(const struct visitor *v, struct node *n)
{
	visit(v, n->cond.cond);
	if (n->cond.known != 0)
		visit(v, n->cond.then);
	if (n->cond.known != 1)
		visit(v, n->cond.otherwise);
}

static void visit_two(const struct visitor *v, struct node *a, struct node *b)
{
	visit(v, a);
	visit(v, b);
}

void node_children(struct node *n, void (*fn)(struct node *child, void *arg),
		   void *arg)
{
	const struct visitor by = { fn, arg }, *v = &by;

	switch (n->kind) {
	// clang-format off
	case N_INT: case N_BOOL: case N_STR: case N_NAME: case N_VAR:
	case N_PARAM: case N_NPARAMS: case N_BREAK: case N_CONTINUE:
		return;
	case N_MAP:	visit_list(v, n->map.keys); return;
	case N_CALL:	visit_list(v, n->call.args); return;
	case N_UNARY:	visit(v, n->unary.e); return;
	case N_BINARY:	visit_two(v, n->binary.l, n->binary.r); return;
	case N_TERNARY:
	case N_IF:	visit_cond(v, n); return;
	case N_INDEX:	visit_two(v, n->index.e, n->index.i); return;
	case N_FIELD:	visit(v, n->field.e); return;
	case N_ELEMENT:	visit(v, n->element.e); return;
	case N_CAST:	visit_two(v, n->cast.spec, n->cast.e); return;
	case N_SIZEOF:	visit(v, n->sizeof_.e); return;
	case N_OFFSETOF: visit(v, n->offsetof_.e);
			visit_list(v, n->offsetof_.fields); return;
	case N_TUPLE:
	case N_RECORD:	visit_list(v, n->list); return;
	case N_MEMBER:	visit(v, n->member.e); return;
	case N_COMPTIME:
	case N_DISCARD:
	case N_RETURN:	visit(v, n->expr); return;
	case N_EXISTS:	visit_two(v, n->exists.type, n->exists.expr);
			visit_list(v, n->exists.fields); return;
	case N_ASSIGN:	visit_two(v, n->assign.dst, n->assign.src); return;
	case N_INCDEC:	visit(v, n->incdec.dst); return;
	case N_BLOCK:	visit_list(v, n->block.stmts); return;
	case N_LET:	visit_two(v, n->let.spec, n->let.init); return;
	case N_FOR:	visit_loop(v, n); return;
	case N_WHILE:	visit_two(v, n->while_.cond, n->while_.body); return;
	case N_UNROLL:	visit_two(v, n->unroll.count, n->unroll.body); return;
	case N_TYPE:	visit_spec(v, n); return;
	case N_COUNT:	break;
		// clang-format on
	}
	die("node_children: kind %d", n->kind);
}
