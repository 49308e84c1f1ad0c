/* type_plan.c - types as rows of the plan, for whoever shows their values. */
#include <string.h>

#include "type.h"

static enum show show_of(const struct type *t)
{
	switch (t->kind) {
	case T_BOOL:
		return SHOW_BOOL;
	case T_INT:
		return SHOW_INT;
	case T_ENUM:
		return SHOW_ENUM;
	case T_PTR:
		return SHOW_PTR;
	case T_ARRAY:
		return SHOW_ARRAY;
	case T_STRUCT:
		return SHOW_STRUCT;
	case T_STRING:
		return SHOW_STRING;
	case T_BUFFER:
		return SHOW_BUFFER;
	case T_INET:
		return SHOW_INET;
	case T_MACADDR:
		return SHOW_MACADDR;
	case T_TUPLE:
		return SHOW_TUPLE;
	case T_RECORD:
		return SHOW_RECORD;
	case T_KSTACK:
		return SHOW_KSTACK;
	case T_USTACK:
		return SHOW_USTACK;
	case T_USYM:
		return SHOW_USYM;
	case T_TIMESTAMP:
		return SHOW_TIMESTAMP;
	case T_CGROUP_PATH:
		return SHOW_CGROUP_PATH;
	case T_KSYM:
		return SHOW_KSYM;
	case T_USERNAME:
		return SHOW_USERNAME;
	case T_COMM:
		return SHOW_COMM;
	case T_PROBE:
		return SHOW_PROBE;
	case T_AGG: {
		static const uint8_t shows[] = {
#define AGG(id, name, words) SHOW_##id,
#include "agg.def"
#undef AGG
		};

		return shows[t->agg];
	}
	case T_ERROR:
	case T_NONE:
	case T_VOID:
	case T_KINDS:
		break;
	}
	return SHOW_NONE;
}

static void plan_constants(struct types *ts, struct plan_type *row,
			   struct arena *a, const struct type *t)
{
	struct bt_enumerator e;
	struct plan_constant *c;
	uint32_t i;

	for (i = 0; i < t->constants.n; i++)
		*vec_push(a, &row->constants) = t->constants.v[i];
	if (!t->btf.src)
		return;
	for (i = 0; kbtf_enumerator(ts->btf, t->btf, i, &e); i++) {
		c = vec_push(a, &row->constants);
		c->name = e.name;
		c->value = e.value;
	}
}

static void plan_fields(struct types *ts, struct plan *p, struct arena *a,
			struct plan_type *row, const struct type *t)
{
	struct plan_field *f;
	uint32_t i, type;

	type_complete(ts, t);
	for (i = 0; i < t->nmembers; i++) {
		const struct member *m = &t->members[i];

		type = type_plan(ts, p, a, m->type);
		f = vec_push(a, &row->fields);
		f->name = m->name;
		f->type = type;
		f->offset = m->offset;
		f->bit_offset = m->bit_offset;
		f->bits = m->bits;
	}
}

/* All but fields, elements and constants. */
static struct plan_type describe(const struct type *t)
{
	struct plan_type row = {
		.show = show_of(t),
		.size = t->size,
		.is_signed = t->is_signed,
		.name = t->str,
		.n = t->n,
		.relocated = bt_found(t->btf) && t->kind == T_ENUM,
	};

	if (t->kind == T_KSTACK || t->kind == T_USTACK)
		row.mode = t->stack_mode;
	row.bits = t == &type_probe_func;
	if (t->kind == T_AGG) {
		row.bits = t->hist_bits;
		row.min = (uint64_t)t->lhist_min;
		row.max = (uint64_t)t->lhist_max;
		row.step = (uint64_t)t->lhist_step;
	}
	return row;
}

uint32_t type_plan(struct types *ts, struct plan *p, struct arena *a,
		   const struct type *t)
{
	struct plan_type row;
	uintptr_t known;
	uint32_t index;

	t = type_settle(ts, t);
	known = (uintptr_t)table_get(&ts->planned, t->key);
	if (!p->types.n)
		vec_push(a, &p->types)->name = "none";
	if (known)
		return (uint32_t)known - 1;
	row = describe(t);
	if (row.show == SHOW_NONE)
		return 0;
	/* hostile BTF has structs that hold themselves: nothing there */
	table_put(&ts->planned, ts->arena, t->key, (void *)(uintptr_t)1);
	if (t->kind == T_ARRAY)
		row.elem = type_plan(ts, p, a, t->elem);
	if (t->kind == T_ENUM)
		plan_constants(ts, &row, a, t);
	if (t->kind == T_STRUCT || t->kind == T_TUPLE || t->kind == T_RECORD)
		plan_fields(ts, p, a, &row, t);
	index = (uint32_t)p->types.n;
	*vec_push(a, &p->types) = row;
	table_put(&ts->planned, ts->arena, t->key,
		  (void *)(uintptr_t)(index + 1));
	return index;
}
