/*
 * builtin_stack.c - stacks and symbols.
 *
 * A stack is kept once in map "stacks" under a hash of its addresses, and a
 * value holds the hash: equal stacks are equal values.  The kernel's own map of
 * stacks drops those that fall into one bucket; this one keeps every stack
 * until it is full, which is counted.
 */
#include "emit_own.h"

/* Frames are mixed in one by one, FNV-1a with words for bytes; the final xor of
 * the high half keeps runs of like addresses apart. */
static LLVMValueRef hash_frames(struct emitter *e, LLVMValueRef frames,
				LLVMValueRef n, uint32_t limit)
{
	LLVMValueRef hash = emit_cell(e, "hash"), cell = emit_cell(e, "i"), i;
	LLVMBasicBlockRef head = emit_block(e, "hash.head");
	LLVMBasicBlockRef body = emit_block(e, "hash.body");
	LLVMBasicBlockRef end = emit_block(e, "hash.end");
	LLVMValueRef ip, h, at;

	emit_cell_set(e, hash, emit_int(e, 14695981039346656037ull));
	emit_cell_set(e, cell, emit_int(e, 0));
	emit_goto(e, head);
	emit_at(e, head);
	i = emit_cell_get(e, cell);
	emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntULT, i, n, ""), body, end);
	emit_at(e, body);
	at = LLVMBuildMul(e->b, i, emit_int(e, 8), "");
	ip = emit_load_at(e, LLVMBuildGEP2(e->b, e->i8, frames, &at, 1, ""), 8,
			  false);
	h = LLVMBuildXor(e->b, emit_cell_get(e, hash), ip, "");
	h = LLVMBuildMul(e->b, h, emit_int(e, 1099511628211ull), "");
	h = LLVMBuildXor(e->b, h, LLVMBuildLShr(e->b, h, emit_int(e, 32), ""),
			 "");
	emit_cell_set(e, hash, h);
	i = LLVMBuildAdd(e->b, i, emit_int(e, 1), "");
	emit_cell_set(e, cell, i);
	/* The end of a loop must not fall into its head: see builtin_str.c. */
	emit_goto_if(e,
		     LLVMBuildICmp(e->b, LLVMIntULT, i, emit_int(e, limit), ""),
		     head, end);
	emit_at(e, end);
	return emit_cell_get(e, hash);
}

static void find_widest(struct node *n, void *arg)
{
	uint32_t *max = arg;

	if (n->type &&
	    (n->type->kind == T_KSTACK || n->type->kind == T_USTACK) &&
	    n->type->frames > *max)
		*max = n->type->frames;
	node_children(n, find_widest, arg);
}

/* Frames of a value of the map, which every stack of the script shares. */
static uint32_t widest(struct emitter *e)
{
	uint32_t *max = &e->state->stack_frames;
	const struct table *fns = &e->u->functions;
	const struct body *b;
	size_t i;

	if (*max)
		return *max;
	for (i = 0; i < fns->entries.n; i++) {
		const struct function *f = fns->entries.v[i].value;

		find_widest(f->body->block, max);
	}
	for (b = e->u->bodies; b; b = b->next) {
		if (b->pred)
			find_widest(b->pred, max);
		if (b->block)
			find_widest(b->block, max);
	}
	return *max;
}

/* Keep the frames in the map unless they are there already. */
static void keep_frames(struct emitter *e, LLVMValueRef id, LLVMValueRef frames)
{
	LLVMValueRef map = emit_stacks_map(e, widest(e)), key, found, err;
	struct branch absent, refused;

	key = emit_temp(e, 8, "stack_id");
	emit_store_at(e, key, id, 8);
	found = emit_helper_ptr(e, BPF_FUNC_map_lookup_elem, map, key, NULL);
	absent = emit_if(e, LLVMBuildIsNull(e->b, found, ""));
	err = emit_helper(e, BPF_FUNC_map_update_elem, map, key, frames,
			  emit_int(e, BPF_ANY), NULL);
	refused = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntNE, err, emit_int(e, 0), ""));
	emit_count_up(e, COUNTER_STACKS, 0);
	emit_endif(e, &refused);
	emit_endif(e, &absent);
}

static struct val stack(struct emitter *e, struct node *n, bool user)
{
	uint32_t limit = n->type->frames;
	LLVMValueRef out = emit_temp(e, n->type->size, "stack");
	LLVMValueRef frames, bytes, count, id, tgid;
	struct branch some;

	emit_wipe(e, out, n->type->size);
	if (!limit)
		return val_at(AT_BPF, out, n->type);
	frames = emit_temp(e, widest(e) * 8, "frames");
	bytes = emit_helper(e, BPF_FUNC_get_stack, emit_context(e), frames,
			    emit_int(e, limit * 8ull),
			    emit_int(e, user ? BPF_F_USER_STACK : 0), NULL);
	some = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntSGT, bytes, emit_int(e, 0), ""));
	count = LLVMBuildLShr(e->b, bytes, emit_int(e, 3), "frames");
	id = hash_frames(e, frames, count, limit);
	keep_frames(e, id, frames);
	emit_store_at(e, out, id, 8);
	emit_store_at(e, emit_offset(e, out, 8), count, 4);
	if (user) {
		tgid = LLVMBuildLShr(e->b, emit_pid_tgid(e), emit_int(e, 32),
				     "");
		emit_store_at(e, emit_offset(e, out, 12), tgid, 4);
	}
	emit_endif(e, &some);
	return val_at(AT_BPF, out, n->type);
}

struct val emit_kstack(struct emitter *e, struct node *n)
{
	return stack(e, n, false);
}

struct val emit_ustack(struct emitter *e, struct node *n)
{
	return stack(e, n, true);
}

struct val emit_ksym(struct emitter *e, struct node *n)
{
	return val_reg(emit_scalar(e, emit_arg(n, 0)), n->type);
}

struct val emit_usym(struct emitter *e, struct node *n)
{
	return emit_user_symbol(e, emit_scalar(e, emit_arg(n, 0)), n->type);
}
