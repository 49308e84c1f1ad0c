/* builtin_map.c - questions about maps, and what a compilation knows. */
#include "emit_own.h"

/* The key of has_key(@m, k), delete(@m, k), and of @m[k] as the only argument.
 */
static LLVMValueRef key_of(struct emitter *e, struct node *n)
{
	struct node *map = emit_arg(n, 0), *key = emit_arg(n, 1);

	if (key)
		return emit_map_key_expr(e, map->map.sym, key);
	return emit_map_key(e, map);
}

static struct val truth(struct emitter *e, struct node *n, LLVMValueRef i1)
{
	return val_reg(emit_i64(e, i1, false), n->type);
}

/* Of two pointers that are both NULL, LLVM would ask whether one or the other
 * has a bit set: the verifier knows no such arithmetic. */
static struct val is_there(struct emitter *e, struct node *n, LLVMValueRef p)
{
	LLVMValueRef there = LLVMBuildIsNotNull(e->b, p, "");

	return val_reg(emit_opaque(e, emit_i64(e, there, false)), n->type);
}

struct val emit_has_key(struct emitter *e, struct node *n)
{
	struct map *m = emit_arg(n, 0)->map.sym;
	LLVMValueRef found = emit_map_lookup(e, m, key_of(e, n));

	return is_there(e, n, found);
}

struct val emit_delete(struct emitter *e, struct node *n)
{
	struct map *m = emit_arg(n, 0)->map.sym;

	return truth(e, n, emit_map_delete(e, m, key_of(e, n)));
}

/* $v = @m[k]; of a tree that the checker never saw. */
static struct node *assignment(struct emitter *e, struct node *n)
{
	struct node *set = node_new(e->u->prog, N_ASSIGN, n->at);
	struct node *read = node_new(e->u->prog, N_MAP, n->at);
	struct map *m = emit_arg(n, 0)->map.sym;

	read->map.name = m->name;
	read->map.sym = m;
	read->map.keys = ast_clone(e->u->prog, emit_arg(n, 1));
	read->map.brackets = true;
	read->type = m->value;
	set->assign.op = OP_SET;
	set->assign.dst = emit_arg(n, 2);
	set->assign.src = read;
	set->type = &type_void;
	return set;
}

struct val emit_find(struct emitter *e, struct node *n)
{
	struct map *m = emit_arg(n, 0)->map.sym;
	LLVMValueRef found;
	struct branch br;

	found = emit_map_lookup(e, m, key_of(e, n));
	br = emit_if(e, LLVMBuildIsNotNull(e->b, found, ""));
	emit_stmt(e, assignment(e, n));
	emit_endif(e, &br);
	return is_there(e, n, found);
}

struct val emit_len(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	LLVMValueRef p;

	if (arg->kind == N_MAP && !arg->map.keys)
		return val_reg(emit_map_count(e, arg->map.sym, n->at), n->type);
	p = emit_mem(e, emit_expr(e, arg));
	return val_reg(emit_load_at(e, emit_offset(e, p, 8), 4, false),
		       n->type);
}
