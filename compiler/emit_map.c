#include <string.h>

#include "emit_own.h"

/*
 * Reading and writing maps.  A scalar is an array of one element: its value,
 * then a u64 that says whether it was ever set.  Aggregations are per CPU.
 */

LLVMValueRef emit_map_ref(struct emitter *e, struct map *m)
{
	return e->state->maps[m->index];
}

static uint32_t present_at(const struct map *m)
{
	return (m->value->size + 7) / 8 * 8;
}

static bool is_percpu(const struct map *m)
{
	return m->percpu;
}

/* ---- keys ---- */

static LLVMValueRef scalar_key(struct emitter *e)
{
	LLVMValueRef p = emit_temp(e, 8, "key");

	emit_store_at(e, p, emit_int(e, 0), 4);
	return p;
}

LLVMValueRef emit_map_key_expr(struct emitter *e, struct map *m,
			       struct node *key)
{
	LLVMValueRef p;

	if (!m->key)
		return scalar_key(e);
	if (key->kind == N_TUPLE || key->kind == N_RECORD ||
	    key->kind == N_STR) {
		p = emit_temp(e, m->key->size, "key");
		emit_to(e, key, p, m->key);
		return p;
	}
	return emit_mem(e, emit_convert(e, emit_expr(e, key), m->key));
}

LLVMValueRef emit_map_key(struct emitter *e, struct node *n)
{
	struct map *m = n->map.sym;
	struct node *keys = n->map.keys;
	LLVMValueRef p;

	if (!keys || !m->key)
		return scalar_key(e);
	if (!keys->next)
		return emit_map_key_expr(e, m, keys);
	p = emit_temp(e, m->key->size, "key");
	emit_parts(e, keys, p, m->key);
	return p;
}

/* ---- look-ups ---- */

static LLVMValueRef find(struct emitter *e, struct map *m, LLVMValueRef key)
{
	return emit_helper_ptr(e, BPF_FUNC_map_lookup_elem, emit_map_ref(e, m),
			       key, NULL);
}

static LLVMValueRef present(struct emitter *e, struct map *m, LLVMValueRef p)
{
	LLVMValueRef v =
		emit_load_at(e, emit_offset(e, p, present_at(m)), 8, false);

	return LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), "");
}

static void set_present(struct emitter *e, struct map *m, LLVMValueRef p)
{
	if (!m->key)
		emit_store_at(e, emit_offset(e, p, present_at(m)),
			      emit_int(e, 1), 8);
}

/* A cell that holds a ptr. */
static LLVMValueRef ptr_cell(struct emitter *e, LLVMValueRef first)
{
	LLVMValueRef cell = emit_cell(e, "found");

	LLVMBuildStore(e->b, first, cell);
	return cell;
}

static LLVMValueRef ptr_get(struct emitter *e, LLVMValueRef cell)
{
	return LLVMBuildLoad2(e->b, e->ptr, cell, "");
}

static LLVMValueRef there(struct emitter *e, LLVMValueRef p)
{
	return LLVMBuildIsNotNull(e->b, p, "");
}

LLVMValueRef emit_map_lookup(struct emitter *e, struct map *m, LLVMValueRef key)
{
	LLVMValueRef p = find(e, m, key), cell;
	struct branch br, set;

	if (m->key)
		return p;
	cell = ptr_cell(e, LLVMConstNull(e->ptr));
	br = emit_if(e, there(e, p));
	set = emit_if(e, present(e, m, p));
	LLVMBuildStore(e->b, p, cell);
	emit_endif(e, &set);
	emit_endif(e, &br);
	return ptr_get(e, cell);
}

/* ---- aggregations, over all CPUs ---- */

static void merge_cpu(struct emitter *e, struct map *m, LLVMValueRef p,
		      LLVMValueRef dst)
{
	struct branch br = emit_if(e, there(e, p));

	emit_agg_merge(e, m->value, dst, p);
	emit_endif(e, &br);
}

static void merge_all(struct emitter *e, struct map *m, LLVMValueRef key,
		      LLVMValueRef dst)
{
	LLVMBasicBlockRef in = emit_block(e, "one");
	LLVMBasicBlockRef end = emit_block(e, "merged");
	LLVMValueRef cell = emit_cell(e, "cpu"), ncpus, i, p;

	emit_wipe(e, dst, m->value->size);
	ncpus = emit_slot(e, SLOT_NCPUS, NULL);
	emit_cell_set(e, cell, emit_int(e, 0));
	emit_goto(e, in);
	emit_at(e, in);
	i = emit_cell_get(e, cell);
	p = emit_helper_ptr(e, BPF_FUNC_map_lookup_percpu_elem,
			    emit_map_ref(e, m), key, i, NULL);
	merge_cpu(e, m, p, dst);
	i = LLVMBuildAdd(e->b, i, emit_int(e, 1), "");
	emit_cell_set(e, cell, i);
	emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntULT, i, ncpus, ""), in, end);
	emit_at(e, end);
}

static struct val read_agg(struct emitter *e, struct map *m, LLVMValueRef key)
{
	LLVMValueRef dst = emit_temp(e, m->value->size, "merged");

	if (is_percpu(m)) {
		merge_all(e, m, key, dst);
	} else {
		emit_wipe(e, dst, m->value->size);
		merge_cpu(e, m, find(e, m, key), dst);
	}
	return val_at(AT_BPF, dst, m->value);
}

/* stats() as a record of its three numbers. */
static void stats_to(struct emitter *e, struct val v, LLVMValueRef dst,
		     const struct type *to)
{
	LLVMValueRef numbers[] = {
		emit_load_at(e, emit_offset(e, v.v, 8), 8, false),
		emit_agg_value(e, v.type, v.v),
		emit_load_at(e, v.v, 8, false),
	};
	uint32_t i;

	for (i = 0; i < countof(numbers); i++)
		emit_store_at(e, emit_offset(e, dst, to->members[i].offset),
			      numbers[i], 8);
}

void emit_map_value_to(struct emitter *e, struct map *m, LLVMValueRef key,
		       LLVMValueRef found, LLVMValueRef dst,
		       const struct type *to)
{
	struct val v = val_at(AT_BPF, found, m->value);

	if (m->value->kind == T_AGG)
		v = read_agg(e, m, key);
	if (type_is_agg(m->value, AGG_STATS))
		stats_to(e, v, dst, to);
	else
		emit_val_to(e, v, dst, to);
}

struct val emit_map_read(struct emitter *e, struct map *m, LLVMValueRef key)
{
	const struct type *t = m->value;
	LLVMValueRef p, cell;
	struct branch br;

	if (t->kind == T_AGG)
		return read_agg(e, m, key);
	p = find(e, m, key);
	if (type_is_scalar(t)) {
		cell = emit_cell(e, "value");
		emit_cell_set(e, cell, emit_int(e, 0));
		br = emit_if(e, there(e, p));
		emit_cell_set(e, cell, emit_load(e, val_at(AT_BPF, p, t)));
		emit_endif(e, &br);
		return val_reg(emit_cell_get(e, cell), t);
	}
	cell = ptr_cell(e, emit_zeros(e, t->size));
	br = emit_if(e, there(e, p));
	LLVMBuildStore(e->b, p, cell);
	emit_endif(e, &br);
	return val_at(AT_BPF, ptr_get(e, cell), t);
}

/* ---- writes ---- */

/* 0 or -errno; it comes in half a register before Linux 6.4. */
static LLVMValueRef update(struct emitter *e, struct map *m, LLVMValueRef key,
			   LLVMValueRef value, uint64_t flags)
{
	LLVMValueRef r =
		emit_helper(e, BPF_FUNC_map_update_elem, emit_map_ref(e, m),
			    key, value, emit_int(e, flags), NULL);

	return emit_fit(e, r, &type_int32);
}

static void store_scalar_map(struct emitter *e, struct map *m, LLVMValueRef key,
			     LLVMValueRef value)
{
	LLVMValueRef p = find(e, m, key);
	struct branch br = emit_if(e, there(e, p));

	emit_copy(e, p, value, m->value->size, m->value->align);
	set_present(e, m, p);
	emit_endif(e, &br);
}

static void store_entry(struct emitter *e, struct map *m, LLVMValueRef key,
			LLVMValueRef value)
{
	LLVMValueRef r = update(e, m, key, value, BPF_ANY);
	struct branch br = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntNE, r, emit_int(e, 0), ""));

	emit_count_refused(e, m->index, r);
	emit_endif(e, &br);
}

/* What is stored at once is stored in place; the rest by an update, so that
 * nobody sees half of it. */
void emit_map_store(struct emitter *e, struct map *m, LLVMValueRef key,
		    LLVMValueRef value)
{
	struct branch br;
	LLVMValueRef p;

	if (!m->key) {
		store_scalar_map(e, m, key, value);
		return;
	}
	if (!type_is_scalar(m->value)) {
		store_entry(e, m, key, value);
		return;
	}
	p = find(e, m, key);
	br = emit_if(e, there(e, p));
	emit_store_at(e, p, emit_load(e, val_at(AT_BPF, value, m->value)),
		      m->value->size);
	emit_else(e, &br);
	store_entry(e, m, key, value);
	emit_endif(e, &br);
}

/* The value's address, made zeroed if it is not there.  What is built until
 * emit_endif() runs if there is one. */
static struct branch slot(struct emitter *e, struct map *m, LLVMValueRef key,
			  LLVMValueRef *p)
{
	LLVMValueRef cell, r, found = find(e, m, key);
	struct branch br, gone;

	if (!m->key) {
		*p = found;
		br = emit_if(e, there(e, found));
		set_present(e, m, found);
		return br;
	}
	cell = ptr_cell(e, found);
	br = emit_if(e, LLVMBuildIsNull(e->b, found, ""));
	/* another CPU may have made it meanwhile: not an error */
	r = update(e, m, key, emit_zeros(e, m->value->size), BPF_NOEXIST);
	found = find(e, m, key);
	LLVMBuildStore(e->b, found, cell);
	gone = emit_if(e, LLVMBuildIsNull(e->b, found, ""));
	emit_count_refused(e, m->index, r);
	emit_endif(e, &gone);
	emit_endif(e, &br);
	*p = ptr_get(e, cell);
	return emit_if(e, there(e, *p));
}

struct agg_slot emit_agg_slot(struct emitter *e)
{
	struct node *dst = e->state->agg_dst;
	struct map *m = dst->map.sym;
	struct agg_slot s = { .type = m->value };

	s.br = slot(e, m, emit_map_key(e, dst), &s.state);
	return s;
}

void emit_agg_end(struct emitter *e, struct agg_slot *s)
{
	emit_endif(e, &s->br);
}

LLVMValueRef emit_map_delete(struct emitter *e, struct map *m, LLVMValueRef key)
{
	LLVMValueRef p, cell, r;
	struct branch br;

	if (m->key) {
		r = emit_helper(e, BPF_FUNC_map_delete_elem, emit_map_ref(e, m),
				key, NULL);
		emit_check_helper(e, r, "map_delete_elem",
				  "cannot delete: the map has no such key");
		return LLVMBuildICmp(e->b, LLVMIntEQ, r, emit_int(e, 0), "");
	}
	cell = emit_cell(e, "was_set");
	emit_cell_set(e, cell, emit_int(e, 0));
	p = find(e, m, key);
	br = emit_if(e, there(e, p));
	emit_cell_set(e, cell, emit_i64(e, present(e, m, p), false));
	emit_wipe(e, p, present_at(m) + 8);
	emit_endif(e, &br);
	r = emit_cell_get(e, cell);
	return LLVMBuildICmp(e->b, LLVMIntNE, r, emit_int(e, 0), "");
}

/* ---- assignments ---- */

/* Add to the integer at p; the result is what was there. */
static LLVMValueRef add_at(struct emitter *e, LLVMValueRef p,
			   const struct type *t, bool alone, LLVMValueRef by)
{
	LLVMValueRef old;

	if (alone || (t->size != 4 && t->size != 8)) {
		old = emit_load(e, val_at(AT_BPF, p, t));
		emit_store_at(e, p, LLVMBuildAdd(e->b, old, by, ""), t->size);
		return old;
	}
	if (t->size == 4)
		by = LLVMBuildTrunc(e->b, by, e->i32, "");
	old = LLVMBuildAtomicRMW(e->b, LLVMAtomicRMWBinOpAdd, p, by,
				 LLVMAtomicOrderingMonotonic, 0);
	return t->size == 4 ? emit_i64(e, old, t->is_signed) : old;
}

/* Add and give back what was there before; 0 if there is no room. */
static LLVMValueRef add_to(struct emitter *e, struct node *dst, LLVMValueRef by)
{
	struct map *m = dst->map.sym;
	LLVMValueRef cell = emit_cell(e, "old"), p;
	struct branch br;

	emit_cell_set(e, cell, emit_int(e, 0));
	br = slot(e, m, emit_map_key(e, dst), &p);
	emit_cell_set(e, cell, add_at(e, p, m->value, is_percpu(m), by));
	emit_endif(e, &br);
	return emit_cell_get(e, cell);
}

struct val emit_map_step(struct emitter *e, struct node *n)
{
	struct node *dst = n->incdec.dst;
	const struct type *t = dst->map.sym->value;
	bool up = n->incdec.op == OP_INC;
	LLVMValueRef by, old;

	by = emit_step(e, t, emit_int(e, up ? 1 : (uint64_t)-1));
	old = add_to(e, dst, by);
	if (n->incdec.prefix)
		old = LLVMBuildAdd(e->b, old, by, "");
	return emit_convert(e, val_reg(emit_fit(e, old, t), t), n->type);
}

/* @x op= e that is no addition */
static void change(struct emitter *e, struct node *n)
{
	struct node *dst = n->assign.dst;
	struct map *m = dst->map.sym;
	const struct type *t = m->value;
	LLVMValueRef r = emit_scalar(e, n->assign.src), l, p, key;

	key = emit_map_key(e, dst);
	l = emit_load(e, emit_map_read(e, m, key));
	l = emit_arith(e, n->assign.op, t, l, r, n->at);
	p = emit_mem(e, val_reg(l, t));
	emit_map_store(e, m, key, p);
}

static bool is_sum(const struct node *n, const struct type *t)
{
	return (n->assign.op == OP_ADD || n->assign.op == OP_SUB) &&
	       (t->kind == T_INT || t->kind == T_PTR);
}

static void add_assign(struct emitter *e, struct node *n, const struct type *t)
{
	LLVMValueRef by = emit_step(e, t, emit_scalar(e, n->assign.src));

	if (n->assign.op == OP_SUB)
		by = LLVMBuildNeg(e->b, by, "");
	add_to(e, n->assign.dst, by);
}

static void set_map(struct emitter *e, struct node *n)
{
	struct node *dst = n->assign.dst, *src = n->assign.src;
	struct map *m = dst->map.sym;
	LLVMValueRef p;

	if (type_is_scalar(m->value) || src->type != m->value ||
	    src->kind == N_TUPLE || src->kind == N_RECORD) {
		p = emit_temp(e, m->value->size, "value");
		emit_to(e, src, p, m->value);
	} else {
		p = emit_mem(e, emit_expr(e, src));
	}
	emit_map_store(e, m, emit_map_key(e, dst), p);
}

void emit_map_assign(struct emitter *e, struct node *n)
{
	const struct type *t = n->assign.dst->map.sym->value;

	if (t->kind == T_AGG) {
		e->state->agg_dst = n->assign.dst;
		emit_expr(e, n->assign.src);
		e->state->agg_dst = NULL;
	} else if (n->assign.op == OP_SET) {
		set_map(e, n);
	} else if (is_sum(n, t)) {
		add_assign(e, n, t);
	} else {
		change(e, n);
	}
}
