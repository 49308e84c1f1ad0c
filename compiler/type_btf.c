/* type_btf.c - kernel types as types of the language. */
#include <string.h>

#include "udwarf.h"
#include "type.h"

static uint32_t bounded(uint64_t size)
{
	return size > INT32_MAX ? INT32_MAX : (uint32_t)size;
}

static const struct type *add(struct types *t, const struct type *shape,
			      const char *key, const char *str)
{
	struct type *new = arena_make(t->arena, struct type);

	*new = *shape;
	new->key = key;
	new->str = str;
	table_put(&t->interned, t->arena, key, new);
	return new;
}

/* A struct, known so far only by name and size. */
static const struct type *from_struct(struct types *t, const struct bt_type *b,
				      bool is_union)
{
	const char *key =
		arena_printf(t->arena, "btf %u %u", b->self.src, b->self.id);
	const struct type *old = table_get(&t->interned, key);
	const char *word = is_union ? "union" : "struct";
	struct type shape = { .kind = T_STRUCT,
			      .size = bounded(b->size),
			      .align = 1,
			      .origin = ORIGIN_RELOCATED,
			      .is_union = is_union,
			      .btf = b->self };

	if (old)
		return old;
	if (b->name[0])
		shape.name = arena_printf(t->arena, "%s %s", word, b->name);
	else
		shape.name = b->alias ? b->alias : word;
	shape.core_name = b->name[0] ? b->name : b->alias ? b->alias : "";
	shape.complete = b->kind == BT_FWD;
	return add(t, &shape, key, shape.name);
}

static const struct type *from_enum(struct types *t, const struct bt_type *b)
{
	const char *key =
		arena_printf(t->arena, "btf %u %u", b->self.src, b->self.id);
	const struct type *old = table_get(&t->interned, key);
	uint32_t size = b->size ? bounded(b->size) : 4;
	struct type shape = { .kind = T_ENUM,
			      .size = size,
			      .align = size,
			      .is_signed = b->is_signed,
			      .btf = b->self };

	if (!b->name[0])
		return type_int(size, b->is_signed);
	if (old)
		return old;
	shape.name = arena_printf(t->arena, "enum %s", b->name);
	return add(t, &shape, key, shape.name);
}

/* Pointers and arrays of each other; as many as the kernel's own checks of BTF
 * follow (MAX_RESOLVE_DEPTH).  Hostile BTF has them in a circle. */
enum { MAX_DEPTH = 32 };

static const struct type *of_btf(struct types *t, struct bt_ref ref, int depth);

static const struct type *from_array(struct types *t, const struct bt_type *b,
				     int depth)
{
	struct bt_type e = kbtf_describe(t->btf, b->elem);

	if (e.kind == BT_CHAR && b->nelems)
		return type_string(t, b->nelems);
	return type_array(t, of_btf(t, b->elem, depth + 1), b->nelems);
}

static const struct type *of_btf(struct types *t, struct bt_ref ref, int depth)
{
	struct bt_type b = kbtf_describe(t->btf, ref);
	const struct type *to;

	if (depth > MAX_DEPTH)
		return &type_void;
	switch (b.kind) {
	case BT_VOID:
	case BT_FUNC_PROTO:
		return &type_void;
	case BT_BOOL:
		return &type_bool;
	case BT_CHAR:
		return &type_int8;
	case BT_INT:
		if (b.size > 8)
			return type_array(t, &type_uint64, bounded(b.size) / 8);
		return type_int(bounded(b.size), b.is_signed);
	case BT_FLOAT:
		return type_array(t, &type_uint8, bounded(b.size));
	case BT_ENUM:
		return from_enum(t, &b);
	case BT_PTR:
		to = of_btf(t, b.elem, depth + 1);
		return type_ptr(t, to, b.user ? SPACE_USER : SPACE_KERNEL);
	case BT_ARRAY:
		return from_array(t, &b, depth);
	case BT_STRUCT:
		return from_struct(t, &b, false);
	case BT_UNION:
		return from_struct(t, &b, true);
	case BT_FWD:
		return from_struct(t, &b, b.is_union);
	}
	return &type_void;
}

const struct type *type_of_btf(struct types *t, struct bt_ref ref)
{
	return of_btf(t, ref, 0);
}

/* --- By name -------------------------------------------------------------- */

const struct type *type_struct(struct types *t, const char *name, bool is_union)
{
	const char *key = arena_printf(t->arena, "%s %s",
				       is_union ? "union" : "struct", name);
	const struct type *own = table_get(&t->script, key);
	struct bt_ref ref;

	if (own)
		return own;
	ref = is_union ? kbtf_union(t->btf, name) : kbtf_struct(t->btf, name);
	return bt_found(ref) ? type_of_btf(t, ref) : NULL;
}

const struct type *type_enum(struct types *t, const char *name)
{
	const char *key = arena_printf(t->arena, "enum %s", name);
	const struct type *own = table_get(&t->script, key);
	struct bt_ref ref;

	if (own)
		return own;
	ref = kbtf_enum(t->btf, name);
	return bt_found(ref) ? type_of_btf(t, ref) : NULL;
}

const struct type *type_typedef(struct types *t, const char *name)
{
	const struct type *own = table_get(&t->script, name);
	struct bt_ref ref;

	if (own)
		return own;
	ref = kbtf_typedef(t->btf, name);
	return bt_found(ref) ? type_of_btf(t, ref) : NULL;
}

bool type_enumerator(struct types *t, const char *name, struct enumerator *out)
{
	const struct enumerator *own = table_get(&t->constants, name);
	struct bt_enumerator e;

	if (own) {
		*out = *own;
		return true;
	}
	if (!kbtf_enum_constant(t->btf, name, &e))
		return false;
	out->type = type_of_btf(t, e.type);
	out->value = e.value;
	return true;
}

/* --- Members -------------------------------------------------------------- */

void type_place_bits(struct member *m, uint64_t at, uint32_t bits)
{
	uint64_t unit = m->type->size ? m->type->size : 4;

	while (unit < 8 && at % (unit * 8) + bits > unit * 8)
		unit *= 2;
	if (at % (unit * 8) + bits > unit * 8)
		unit = 1;
	m->offset = (uint32_t)(at / (unit * 8) * unit);
	m->bit_offset = (uint32_t)(at % (unit * 8));
	m->bits = bits;
}

void type_complete(struct types *ts, const struct type *t)
{
	struct type *s = (struct type *)t; /* the one change there is */
	struct bt_type b;
	struct bt_field f;
	uint32_t i;

	if (t->kind == T_STRUCT && !t->complete && t->dwarf)
		udwarf_complete(ts, s);
	if (t->kind != T_STRUCT || t->complete || !t->btf.src)
		return;
	s->complete = true;
	b = kbtf_describe(ts->btf, t->btf);
	s->members = arena_alloc(ts->arena,
				 (b.nmembers + 1) * sizeof(struct member));
	for (i = 0; i < b.nmembers; i++) {
		struct member *m = &s->members[i];

		if (!kbtf_member(ts->btf, t->btf, i, &f))
			break;
		m->name = f.name;
		m->type = type_of_btf(ts, f.type);
		m->owner = t;
		m->index = i;
		m->offset = f.bit_offset / 8;
		if (f.bitfield_size)
			type_place_bits(m, f.bit_offset, f.bitfield_size);
	}
	s->nmembers = i;
}

static bool is_anonymous(const struct member *m)
{
	return !m->name[0] && m->type->kind == T_STRUCT;
}

/* Anonymous members nest as deep as whoever wrote the types likes, and may be
 * the struct itself, twice: then the ways double at each step. */
enum { MAX_ANONYMOUS = 32, MAX_VISITS = 1 << 12, MAX_NAMES = 1 << 18 };

enum { FEW_MEMBERS = 16 };

/* A table, where walking along the members takes long. */
static const struct member *own_member(struct types *ts, const struct type *t,
				       const char *name)
{
	struct type *s = (struct type *)t;
	uint32_t i;

	if (t->nmembers > FEW_MEMBERS && !t->by_name) {
		s->by_name = arena_make(ts->arena, struct table);
		for (i = t->nmembers; i-- > 0;) /* the first of a name wins */
			table_put(s->by_name, ts->arena, t->members[i].name,
				  &t->members[i]);
	}
	if (t->by_name)
		return table_get(t->by_name, name);
	for (i = 0; i < t->nmembers; i++)
		if (!strcmp(t->members[i].name, name))
			return &t->members[i];
	return NULL;
}

static uint32_t find_path(struct types *ts, const struct type *t,
			  const char *name, const struct member **path,
			  uint32_t max, uint32_t *visits)
{
	uint32_t i, n;

	if (t->kind != T_STRUCT || !max || ++*visits > MAX_VISITS)
		return 0;
	type_complete(ts, t);
	path[0] = own_member(ts, t, name);
	if (path[0])
		return 1;
	for (i = 0; i < t->nmembers; i++) {
		if (!is_anonymous(&t->members[i]))
			continue;
		n = find_path(ts, t->members[i].type, name, path + 1, max - 1,
			      visits);
		if (!n)
			continue;
		path[0] = &t->members[i];
		return n + 1;
	}
	return 0;
}

uint32_t type_member_path(struct types *ts, const struct type *t,
			  const char *name, const struct member **path,
			  uint32_t max)
{
	uint32_t visits = 0;

	return name[0] ? find_path(ts, t, name, path, max, &visits) : 0;
}

const struct member *type_member(struct types *ts, const struct type *t,
				 const char *name)
{
	const struct member *path[MAX_ANONYMOUS];
	struct member *m;
	uint32_t i, n;

	n = type_member_path(ts, t, name, path, MAX_ANONYMOUS);
	if (n <= 1)
		return n ? path[0] : NULL;
	m = arena_make(ts->arena, struct member);
	*m = *path[n - 1];
	m->owner = t;
	m->index = path[0]->index;
	for (i = 0; i + 1 < n; i++)
		m->offset += path[i]->offset;
	return m;
}

struct names {
	VEC(const char *) v;
	uint32_t visits;
};

static void add_names(struct types *ts, const struct type *t, struct names *out,
		      int depth)
{
	uint32_t i;

	if (++out->visits > MAX_VISITS)
		return;
	type_complete(ts, t);
	for (i = 0; i < t->nmembers && out->v.n < MAX_NAMES; i++) {
		const struct member *m = &t->members[i];

		if (is_anonymous(m) && depth < MAX_ANONYMOUS)
			add_names(ts, m->type, out, depth + 1);
		else if (m->name[0])
			*vec_push(ts->arena, &out->v) = m->name;
	}
}

const char *const *type_member_names(struct types *ts, const struct type *t)
{
	struct names out = { 0 };

	if (t->kind == T_STRUCT || t->kind == T_RECORD)
		add_names(ts, t, &out, 0);
	*vec_push(ts->arena, &out.v) = NULL;
	return out.v.v;
}
