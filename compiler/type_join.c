/* type_join.c - the type that fits two; literals bend, the rest widens. */
#include <string.h>

#include "type.h"

bool type_same(const struct type *a, const struct type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	if (a->kind == T_STRUCT || a->kind == T_ENUM)
		return !strcmp(a->str, b->str) && a->size == b->size;
	if (a->kind == T_PTR)
		return a->space == b->space && type_same(a->elem, b->elem);
	return false;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static const struct type *as_int(const struct type *t)
{
	if (t->kind == T_BOOL)
		return type_literal(0, false);
	if (t->kind == T_ENUM)
		return type_int(t->size, t->is_signed);
	return t;
}

static const struct type *join_int(const struct type *a, const struct type *b,
				   bool *mixed)
{
	const struct type *s, *u;
	uint32_t size;

	a = as_int(a);
	b = as_int(b);
	if (a == b)
		return a;
	size = larger(a->size, b->size);
	if (a->literal && b->literal)
		return a->size > b->size ? a : b;
	if (a->literal || b->literal)
		return type_int(size, (a->literal ? b : a)->is_signed);
	if (a->is_signed == b->is_signed)
		return type_int(size, a->is_signed);
	s = a->is_signed ? a : b;
	u = a->is_signed ? b : a;
	if (s->size > u->size)
		return s;
	if (u->size == 8)
		*mixed = true;
	return &type_int64;
}

static bool pointers_alike(const struct type *a, const struct type *b)
{
	/* memory of the program is read by other means than the rest */
	if ((a->space == SPACE_BPF) != (b->space == SPACE_BPF))
		return false;
	return (a->space == SPACE_CTX) == (b->space == SPACE_CTX);
}

static const struct type *join_ptr(struct types *t, const struct type *a,
				   const struct type *b)
{
	const struct type *to;
	enum space space = a->space > b->space ? a->space : b->space;

	if (!pointers_alike(a, b))
		return NULL;
	if (type_same(a->elem, b->elem))
		to = a->elem;
	else if (a->elem->kind == T_VOID || b->elem->kind == T_VOID)
		to = a->elem->kind == T_VOID ? b->elem : a->elem;
	else if (a->elem->kind == T_INT && b->elem->kind == T_INT &&
		 (a->elem->literal || b->elem->literal)) /* &$x, still open */
		to = a->elem->literal ? b->elem : a->elem;
	else
		return NULL;
	return type_ptr(t, to, space);
}

static const struct type *join_tuple(struct types *t, const struct type *a,
				     const struct type *b, bool *mixed)
{
	const struct type **parts;
	const char **names = NULL;
	uint32_t i, k, n = a->nmembers;

	if (n != b->nmembers)
		return NULL;
	parts = arena_alloc(t->arena, n * sizeof(*parts));
	if (a->kind == T_RECORD)
		names = arena_alloc(t->arena, n * sizeof(*names));
	for (i = 0; i < n; i++) {
		k = i;
		if (names) {
			names[i] = a->members[i].name;
			for (k = 0; k < n; k++)
				if (!strcmp(names[i], b->members[k].name))
					break;
			if (k == n)
				return NULL;
		}
		parts[i] = type_join(t, a->members[i].type, b->members[k].type,
				     mixed);
		if (!parts[i])
			return NULL;
	}
	return type_tuple(t, parts, names, n);
}

static const struct type *join_agg(struct types *t, const struct type *a,
				   const struct type *b)
{
	struct type shape = *a;

	if (a->agg != b->agg || a->hist_bits != b->hist_bits ||
	    a->lhist_min != b->lhist_min || a->lhist_max != b->lhist_max ||
	    a->lhist_step != b->lhist_step)
		return NULL;
	if (a->literal != b->literal)
		return a->literal ? b : a;
	shape.is_signed = a->is_signed || b->is_signed;
	return type_agg(t, &shape);
}

static const struct type *join_kind(struct types *t, const struct type *a,
				    const struct type *b, bool *mixed)
{
	switch (a->kind) {
	case T_PTR:
		return join_ptr(t, a, b);
	case T_STRING:
		return a->n > b->n ? a : b;
	case T_BUFFER:
		return a->n > b->n ? a : b;
	case T_TUPLE:
	case T_RECORD:
		return join_tuple(t, a, b, mixed);
	case T_KSTACK:
	case T_USTACK:
		if (a->stack_mode != b->stack_mode)
			return NULL;
		return a->frames > b->frames ? a : b;
	case T_AGG:
		return join_agg(t, a, b);
	case T_ARRAY:
		if (a->n == b->n && type_same(a->elem, b->elem))
			return a;
		return NULL;
	case T_ENUM:
	case T_STRUCT:
		return type_same(a, b) ? a : NULL;
	case T_ERROR:
	case T_NONE:
	case T_VOID:
	case T_BOOL:
	case T_INT:
	case T_INET:
	case T_MACADDR:
	case T_USYM:
	case T_TIMESTAMP:
	case T_CGROUP_PATH:
	case T_KSYM:
	case T_USERNAME:
	case T_COMM:
	case T_PROBE:
	case T_KINDS:
		break;
	}
	return a;
}

const struct type *type_join(struct types *t, const struct type *a,
			     const struct type *b, bool *mixed)
{
	const struct type *r;

	if (a == b || b->kind == T_NONE || b->kind == T_ERROR)
		return a;
	if (a->kind == T_NONE || a->kind == T_ERROR)
		return b;
	if (type_same(a, b))
		return a;
	if (a->kind == b->kind && a->kind != T_INT && a->kind != T_ENUM)
		return join_kind(t, a, b, mixed);
	if (type_is_int(a) && type_is_int(b)) {
		r = join_int(a, b, mixed);
		return r;
	}
	/* a null pointer is written 0 */
	if (a->kind == T_PTR && b->kind == T_INT && b->literal)
		return a;
	if (b->kind == T_PTR && a->kind == T_INT && a->literal)
		return b;
	return NULL;
}

static const struct type *settle_parts(struct types *t, const struct type *a)
{
	const struct type **parts;
	const char **names = NULL;
	uint32_t i;

	parts = arena_alloc(t->arena, a->nmembers * sizeof(*parts));
	if (a->kind == T_RECORD)
		names = arena_alloc(t->arena, a->nmembers * sizeof(*names));
	for (i = 0; i < a->nmembers; i++) {
		parts[i] = type_settle(t, a->members[i].type);
		if (names)
			names[i] = a->members[i].name;
	}
	return type_tuple(t, parts, names, a->nmembers);
}

const struct type *type_settle(struct types *t, const struct type *a)
{
	struct type shape;

	if (!a || !a->literal)
		return a;
	if (a->kind == T_INT)
		return type_int(a->size, true);
	if (a->kind == T_PTR)
		return type_ptr(t, type_settle(t, a->elem), a->space);
	if (a->kind == T_ARRAY)
		return type_array(t, type_settle(t, a->elem), a->n);
	if (a->kind == T_AGG) {
		shape = *a;
		shape.literal = false;
		shape.is_signed = true;
		return type_agg(t, &shape);
	}
	return settle_parts(t, a);
}
