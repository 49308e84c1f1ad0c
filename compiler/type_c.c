/* type_c.c - the C part of a script as types: laid out as C does on 64 bits. */
#include <string.h>

#include "check.h"

/* Both maps are by the address of what the C part has. */
struct layout {
	struct checker *c;
	uint64_t bits; /* where the next member goes, from the start */
	struct type *t;
	bool relocated;
};

static const struct type *c_type_of(struct checker *c, const struct c_type *ct,
				    bool relocated);
static void lay_out(struct checker *c, struct type *t, const struct c_struct *s,
		    bool relocated);

/* --- Structs by name ------------------------------------------------------ */

static struct type *new_struct(struct checker *c, const char *tag,
			       bool is_union, bool relocated)
{
	const char *word = is_union ? "union" : "struct";
	struct type *t = arena_make(c->arena, struct type);

	t->kind = T_STRUCT;
	t->align = 1;
	t->is_union = is_union;
	t->origin = relocated ? ORIGIN_RELOCATED : ORIGIN_SCRIPT;
	t->core_name = tag ? tag : "";
	t->name = tag ? arena_printf(c->arena, "%s %s", word, tag) : word;
	t->str = t->name;
	t->key = arena_printf(c->arena, "script %u", c->nstructs++);
	t->complete = true;
	return t;
}

static const char *struct_name(struct checker *c, const struct c_struct *s)
{
	return arena_printf(c->arena, "%s %s", s->is_union ? "union" : "struct",
			    s->tag);
}

static bool is_relocated(const struct c_struct *s)
{
	return s->preserve_access_index || (s->tag && strstr(s->tag, "___"));
}

/* A struct that is named before, or without, its body. */
static const struct type *struct_named(struct checker *c, const char *tag,
				       bool is_union)
{
	const struct type *t = type_struct(c->ts, tag, is_union);
	struct type *new;

	if (t)
		return t;
	new = new_struct(c, tag, is_union, false);
	table_put(&c->ts->script, c->arena, new->name, new);
	return new;
}

/* --- Types ---------------------------------------------------------------- */

static const struct type *unknown(struct checker *c, const struct c_type *ct)
{
	struct diag *d = diag_error(c->diags, ct->at, DIAG_UNKNOWN_TYPE,
				    "there is no type '%s'", ct->name);
	const char *why = kbtf_error(c->ts->btf), *guess;

	if (why) {
		diag_hint(c->diags, d, "%s", why);
		return &type_error;
	}
	guess = nearest_name(
		ct->name, kbtf_type_names(c->ts->btf, c->arena, BTN_TYPEDEF));
	if (guess)
		diag_hint(c->diags, d, "did you mean '%s'?", guess);
	return &type_error;
}

static const struct type *named(struct checker *c, const struct c_type *ct)
{
	const struct type *t = table_get(&c->ts->script, ct->name);

	if (!t)
		t = type_builtin(c->ts, ct->name);
	if (!t)
		t = type_typedef(c->ts, ct->name);
	return t ? t : unknown(c, ct);
}

static const struct type *enum_of(struct checker *c, const struct c_type *ct)
{
	const struct type *t = ct->name ? type_enum(c->ts, ct->name) : NULL;

	/* nothing known of it: as wide as C makes it */
	return t ? t : &type_uint32;
}

static const struct type *base_of(struct checker *c, const struct c_type *ct,
				  bool relocated)
{
	struct type *t;

	switch (ct->kind) {
	case C_VOID:
		return &type_void;
	case C_BOOL:
		return &type_bool;
	case C_INT:
		return type_int(ct->size, ct->is_signed);
	case C_FLOAT:
		return type_array(c->ts, &type_uint8, ct->size);
	case C_STRUCT:
	case C_UNION:
		if (ct->in_place && !ct->in_place->tag) {
			t = new_struct(c, NULL, ct->kind == C_UNION, relocated);
			lay_out(c, t, ct->in_place, relocated);
			return t;
		}
		return ct->name ? struct_named(c, ct->name, ct->kind == C_UNION)
				: &type_error;
	case C_ENUM:
		return enum_of(c, ct);
	case C_NAMED:
		return named(c, ct);
	}
	return &type_error;
}

static const struct type *c_type_of(struct checker *c, const struct c_type *ct,
				    bool relocated)
{
	const struct type *t = base_of(c, ct, relocated);
	uint32_t i, n = ct->ndims;

	for (i = 0; i < ct->pointers && is_known(t); i++)
		t = type_ptr(c->ts, t, SPACE_KERNEL);
	if (n && !ct->pointers && ct->kind == C_INT && ct->is_char &&
	    ct->dims[n - 1] && ct->dims[n - 1] <= INT32_MAX)
		t = type_string(c->ts, (uint32_t)ct->dims[--n]);
	while (n && is_known(t)) {
		uint64_t len = ct->dims[--n];

		t = type_array(c->ts, t,
			       len > INT32_MAX ? INT32_MAX : (uint32_t)len);
	}
	return t;
}

/* --- Layout --------------------------------------------------------------- */

static uint64_t up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* A bit-field goes where the last ended, unless it would then straddle a unit
 * of its type. */
static void place_bits(struct layout *l, const struct c_member *cm,
		       struct member *m, bool packed)
{
	uint32_t unit = m->type->size ? m->type->size : 4;
	uint64_t unit_bits = unit * 8, at = l->t->is_union ? 0 : l->bits;

	if (!cm->bits) {
		l->bits = up(l->bits, unit_bits);
		return;
	}
	if (!packed && at / unit_bits != (at + cm->bits - 1) / unit_bits)
		at = up(at, unit_bits);
	type_place_bits(m, at, cm->bits);
	at += cm->bits;
	if (at > l->bits)
		l->bits = at;
	if (!packed && m->name[0] && m->type->align > l->t->align)
		l->t->align = m->type->align;
}

static void place(struct layout *l, const struct c_member *cm, struct member *m,
		  bool packed)
{
	uint32_t align = packed ? 1 : m->type->align ? m->type->align : 1;
	uint64_t at;

	if (cm->is_bits) {
		place_bits(l, cm, m, packed);
		return;
	}
	if (cm->align > align)
		align = cm->align;
	at = l->t->is_union ? 0 : up(up(l->bits, 8) / 8, align);
	m->offset = at > INT32_MAX ? INT32_MAX : (uint32_t)at;
	at = (at + m->type->size) * 8;
	if (at > l->bits)
		l->bits = at;
	if (align > l->t->align)
		l->t->align = align;
}

/* By value it must be known how big it is. */
static bool has_size(struct checker *c, struct span at, const struct type *t)
{
	while (t->kind == T_ARRAY)
		t = t->elem;
	if (t->kind == T_VOID)
		diag_error(c->diags, at, DIAG_UNKNOWN_TYPE,
			   "void has no size: a field cannot be of it");
	else if (t->kind == T_STRUCT && !t->size && !t->nmembers &&
		 !t->btf.src && t->members == NULL)
		diag_error(c->diags, at, DIAG_UNKNOWN_TYPE,
			   "%s is not declared before it is used here",
			   type_str(t));
	else
		return true;
	return false;
}

static void lay_out(struct checker *c, struct type *t, const struct c_struct *s,
		    bool relocated)
{
	struct layout l = { .c = c, .t = t, .relocated = relocated };
	const struct c_member *cm;
	uint32_t n = 0;
	uint64_t size;

	for (cm = s->members; cm; cm = cm->next)
		n++;
	t->nmembers = 0;
	for (cm = s->members, t->members = NULL; cm; cm = cm->next) {
		struct member m = { .name = cm->name ? cm->name : "",
				    .owner = t,
				    .index = t->nmembers };

		m.type = c_type_of(c, &cm->type, relocated);
		if (!is_known(m.type) || !has_size(c, cm->at, m.type))
			continue;
		place(&l, cm, &m, cm->packed || s->packed);
		if (cm->is_bits && !cm->name)
			continue; /* padding */
		if (!t->members)
			t->members = arena_alloc(c->arena, n * sizeof(m));
		t->members[t->nmembers++] = m;
	}
	if (!t->members)
		t->members = arena_alloc(c->arena, sizeof(struct member));
	if (s->align > t->align)
		t->align = s->align;
	size = up(up(l.bits, 8) / 8, t->align);
	if (size > INT32_MAX) {
		diag_error(c->diags, s->at, DIAG_TOO_BIG, "%s is too big",
			   type_str(t));
		size = 0;
	}
	t->size = (uint32_t)size;
}

/* --- Enums ---------------------------------------------------------------- */

static void add_enum(struct checker *c, const struct c_enum *e)
{
	struct type *t = arena_make(c->arena, struct type);
	const struct c_constant *k;
	struct plan_constant *row;
	struct enumerator *value;

	t->kind = T_ENUM;
	t->size = 4;
	t->name = e->tag ? arena_printf(c->arena, "enum %s", e->tag) : "enum";
	t->str = t->name;
	t->key = arena_printf(c->arena, "script %u", c->nstructs++);
	for (k = e->constants; k; k = k->next) {
		row = vec_push(c->arena, &t->constants);
		row->name = k->name;
		row->value = k->value;
		t->is_signed |= k->negative;
		if (k->negative ? (int64_t)k->value < INT32_MIN
				: k->value > UINT32_MAX)
			t->size = 8;
		value = arena_make(c->arena, struct enumerator);
		value->type = t;
		value->value = k->value;
		table_put(&c->ts->constants, c->arena, k->name, value);
	}
	t->align = t->size;
	if (e->tag)
		table_put(&c->ts->script, c->arena, t->name, t);
}

/* --- Twice the same tag --------------------------------------------------- */

static bool same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_members(const struct c_struct *a, const struct c_struct *b);

static bool same_c_type(const struct c_type *a, const struct c_type *b)
{
	if (a->kind != b->kind || a->size != b->size ||
	    a->is_signed != b->is_signed || a->pointers != b->pointers ||
	    a->ndims != b->ndims || !same_name(a->name, b->name) ||
	    !a->in_place != !b->in_place)
		return false;
	if (a->ndims && memcmp(a->dims, b->dims, a->ndims * sizeof(*a->dims)))
		return false;
	return !a->in_place || same_members(a->in_place, b->in_place);
}

static bool same_members(const struct c_struct *a, const struct c_struct *b)
{
	const struct c_member *x = a->members, *y = b->members;

	if (a->packed != b->packed || a->align != b->align)
		return false;
	for (; x && y; x = x->next, y = y->next)
		if (!same_name(x->name, y->name) || x->bits != y->bits ||
		    x->is_bits != y->is_bits || x->align != y->align ||
		    x->packed != y->packed || !same_c_type(&x->type, &y->type))
			return false;
	return !x && !y;
}

/* As headers that are pasted in do, a script may say the same twice. */
static void check_repeated(struct checker *c, struct table *seen,
			   struct c_struct *s)
{
	const char *name = struct_name(c, s);
	const struct c_struct *first = table_get(seen, name);
	struct diag *d;

	if (!first) {
		table_put(seen, c->arena, name, s);
		return;
	}
	s->repeated = true;
	if (same_members(first, s))
		return;
	d = diag_error(c->diags, s->at, DIAG_REDEFINED,
		       "%s is defined twice, and not alike", name);
	diag_note(c->diags, d, first->at, "here");
	diag_hint(c->diags, d, "give one of the two another name");
}

/* --- All of it ------------------------------------------------------------ */

/* How much of the C part has become types. */
struct taking {
	struct checker *c;
	struct c_enum **enums;
	struct c_struct **structs;
	struct c_typedef **typedefs;
	struct table seen; /* "struct tag" -> the first struct c_struct */
};

/* They may point to each other: all are known before any is laid out. */
static void declare(struct taking *taking)
{
	struct checker *c = taking->c;
	struct c_struct *s;
	struct type *new;

	for (s = *taking->structs; s; s = s->next) {
		if (!s->tag)
			continue;
		check_repeated(c, &taking->seen, s);
		if (s->repeated)
			continue;
		new = table_get(&c->ts->script, struct_name(c, s));
		if (new) { /* a pointer to it was met before */
			new->origin = is_relocated(s) ? ORIGIN_RELOCATED
						      : ORIGIN_SCRIPT;
			continue;
		}
		new = new_struct(c, s->tag, s->is_union, is_relocated(s));
		table_put(&c->ts->script, c->arena, new->name, new);
	}
}

/* What was read since the last time. */
static void take_in(struct taking *taking)
{
	struct checker *c = taking->c;
	const struct type *t;

	for (; *taking->enums; taking->enums = &(*taking->enums)->next)
		add_enum(c, *taking->enums);
	declare(taking);
	/* typedefs may name structs, and structs typedefs; in the order of
	 * the text one comes before the other */
	for (;;) {
		const struct c_struct *s = *taking->structs;
		const struct c_typedef *d = *taking->typedefs;

		if (d && (!s || d->order < s->order)) {
			t = c_type_of(c, &d->type, false);
			table_put(&c->ts->script, c->arena, d->name, (void *)t);
			taking->typedefs = &(*taking->typedefs)->next;
		} else if (s) {
			if (s->tag && !s->repeated)
				lay_out(c,
					table_get(&c->ts->script,
						  struct_name(c, s)),
					s, is_relocated(s));
			taking->structs = &(*taking->structs)->next;
		} else {
			return;
		}
	}
}

static struct taking begin_taking(struct checker *c)
{
	c->ts->script = (struct table){ 0 };
	c->ts->constants = (struct table){ 0 };
	return (struct taking){
		.c = c,
		.enums = &c->defs.enums,
		.structs = &c->defs.structs,
		.typedefs = &c->defs.typedefs,
	};
}

enum { MAX_SIZES = 1000 }; /* each looks at all that stands before it */

/*
 * What was read so far as types, for the size of one of them.  Then they are
 * forgotten: which struct a pointer points to is known when all was read.
 */
static bool size_so_far(void *arg, const struct c_type *ct, uint64_t *size)
{
	struct checker *c = arg;
	struct taking taking = begin_taking(c);
	const struct type *t;

	if (c->nsizes++ == MAX_SIZES) {
		diag_error(c->diags, ct->at, DIAG_TOO_BIG,
			   "a C part asks for at most %d sizes", MAX_SIZES);
		return false;
	}
	c->diags->quiet++; /* said when all is taken in */
	take_in(&taking);
	c->diags->quiet--;
	t = c_type_of(c, ct, false);
	if (!is_known(t) || !has_size(c, ct->at, t))
		return false;
	*size = t->size;
	return true;
}

void check_c_parts(struct checker *c)
{
	struct c_sizes sizes = { size_so_far, c };
	struct taking taking;

	if (!c->u->prog->c_parts || !cpart_parse(c->u->prog, &c->defs, &sizes))
		return;
	taking = begin_taking(c);
	take_in(&taking);
}
