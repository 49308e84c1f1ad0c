#include <string.h>

#include "ast.h"

uint32_t node_slots(struct node *n, struct node **slots[NODE_SLOTS])
{
	uint32_t k = 0;

	switch (n->kind) {
	case N_INT:
	case N_BOOL:
	case N_STR:
	case N_NAME:
	case N_VAR:
	case N_PARAM:
	case N_NPARAMS:
	case N_BREAK:
	case N_CONTINUE:
	case N_COUNT:
		break;
	case N_MAP:
		slots[k++] = &n->map.keys;
		break;
	case N_CALL:
		slots[k++] = &n->call.args;
		break;
	case N_UNARY:
		slots[k++] = &n->unary.e;
		break;
	case N_BINARY:
		slots[k++] = &n->binary.l;
		slots[k++] = &n->binary.r;
		break;
	case N_TERNARY:
	case N_IF:
		slots[k++] = &n->cond.cond;
		slots[k++] = &n->cond.then;
		slots[k++] = &n->cond.otherwise;
		break;
	case N_INDEX:
		slots[k++] = &n->index.e;
		slots[k++] = &n->index.i;
		break;
	case N_FIELD:
		slots[k++] = &n->field.e;
		break;
	case N_ELEMENT:
		slots[k++] = &n->element.e;
		break;
	case N_CAST:
		slots[k++] = &n->cast.spec;
		slots[k++] = &n->cast.e;
		break;
	case N_SIZEOF:
		slots[k++] = &n->sizeof_.e;
		break;
	case N_OFFSETOF:
		slots[k++] = &n->offsetof_.e;
		slots[k++] = &n->offsetof_.fields;
		break;
	case N_TUPLE:
	case N_RECORD:
		slots[k++] = &n->list;
		break;
	case N_MEMBER:
		slots[k++] = &n->member.e;
		break;
	case N_COMPTIME:
	case N_DISCARD:
	case N_RETURN:
		slots[k++] = &n->expr;
		break;
	case N_EXISTS:
		slots[k++] = &n->exists.type;
		slots[k++] = &n->exists.expr;
		slots[k++] = &n->exists.fields;
		break;
	case N_ASSIGN:
		slots[k++] = &n->assign.dst;
		slots[k++] = &n->assign.src;
		break;
	case N_INCDEC:
		slots[k++] = &n->incdec.dst;
		break;
	case N_BLOCK:
		slots[k++] = &n->block.stmts;
		break;
	case N_LET:
		slots[k++] = &n->let.spec;
		slots[k++] = &n->let.init;
		break;
	case N_FOR:
		slots[k++] = n->loop.over ? &n->loop.over : &n->loop.from;
		slots[k++] = &n->loop.to;
		slots[k++] = &n->loop.body;
		break;
	case N_WHILE:
		slots[k++] = &n->while_.cond;
		slots[k++] = &n->while_.body;
		break;
	case N_UNROLL:
		slots[k++] = &n->unroll.count;
		slots[k++] = &n->unroll.body;
		break;
	case N_TYPE:
		slots[k++] = &n->spec.of;
		break;
	}
	return k;
}

static struct node *clone_list(struct program *p, const struct node *n)
{
	struct node *head = NULL, **tail = &head;

	for (; n; n = n->next) {
		*tail = ast_clone(p, n);
		tail = &(*tail)->next;
	}
	return head;
}

struct node *ast_clone(struct program *p, const struct node *n)
{
	struct node **slots[NODE_SLOTS], *copy;
	uint32_t i, k;

	if (!n)
		return NULL;
	copy = arena_make(p->arena, struct node);
	memcpy(copy, n, sizeof(*copy));
	copy->next = NULL;
	k = node_slots(copy, slots);
	for (i = 0; i < k; i++)
		*slots[i] = clone_list(p, *slots[i]);
	return copy;
}
