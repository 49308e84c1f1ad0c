/* udwarf_type.c - types of user programs as types of the language. */
#include <ctype.h>
#include <string.h>

#include "udwarf_own.h"

/* --- Dies ----------------------------------------------------------------- */

bool udwarf_type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) &&
	       dwarf_formref_die(&attr, type);
}

static bool is_wrapper(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type ||
	       tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
	       tag == DW_TAG_atomic_type;
}

bool udwarf_peel(Dwarf_Die *type)
{
	int i;

	for (i = 0; i < UDWARF_DEPTH; i++) {
		if (!is_wrapper(dwarf_tag(type)))
			return true;
		if (!udwarf_type_of(type, type))
			return false;
	}
	return false;
}

static uint64_t number(Dwarf_Die *die, unsigned int name, uint64_t otherwise)
{
	Dwarf_Attribute attr;
	Dwarf_Word v;

	if (!dwarf_attr_integrate(die, name, &attr) ||
	    dwarf_formudata(&attr, &v))
		return otherwise;
	return v;
}

static bool has_flag(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	bool is = false;

	return dwarf_attr_integrate(die, name, &attr) &&
	       !dwarf_formflag(&attr, &is) && is;
}

static uint32_t byte_size(Dwarf_Die *die)
{
	uint64_t n = number(die, DW_AT_byte_size, 0);

	return n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

bool udwarf_is_float(Dwarf_Die *type)
{
	uint64_t e = number(type, DW_AT_encoding, 0);

	return dwarf_tag(type) == DW_TAG_base_type &&
	       (e == DW_ATE_float || e == DW_ATE_complex_float ||
		e == DW_ATE_imaginary_float || e == DW_ATE_decimal_float);
}

const char *udwarf_name(struct arena *a, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die), *p;

	for (p = name; p && *p; p++)
		if (!isprint((unsigned char)*p) || p - name > 255)
			return "";
	return name ? arena_strdup(a, name) : "";
}

/* --- Structs -------------------------------------------------------------- */

static bool is_struct(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type;
}

/* Each unit has a copy of the types of its headers: those that look alike from
 * outside and come from one line are one. */
static const char *key_of(struct types *t, struct udwarf_file *d,
			  Dwarf_Die *die)
{
	const char *name = udwarf_name(t->arena, die);
	const char *source = dwarf_decl_file(die);
	int line = 0;

	if (!*name || !source || dwarf_decl_line(die, &line))
		return arena_printf(t->arena, "dwarf %u %llu", d->index,
				    (unsigned long long)dwarf_dieoffset(die));
	return arena_printf(t->arena, "dwarf %u %d %s %u %s:%d", d->index,
			    dwarf_tag(die), name, byte_size(die), source, line);
}

/* The first of that name at the top of a unit that is more than declared. */
static bool find_named(struct udwarf_file *d, int tag, const char *name,
		       Dwarf_Die *die)
{
	Dwarf_CU *cu = NULL;
	const char *own;
	Dwarf_Die unit;

	while (!dwarf_get_units(d->dwarf, cu, &cu, NULL, NULL, &unit, NULL)) {
		if (dwarf_child(&unit, die))
			continue;
		do {
			own = dwarf_diename(die);
			if (dwarf_tag(die) == tag && own &&
			    !strcmp(own, name) &&
			    !has_flag(die, DW_AT_declaration))
				return true;
		} while (!dwarf_siblingof(die, die));
	}
	return false;
}

static struct type *add(struct types *t, const char *key,
			const struct type *shape)
{
	struct type *new = arena_make(t->arena, struct type);

	*new = *shape;
	new->key = key;
	new->str = new->name;
	table_put(&t->interned, t->arena, key, new);
	return new;
}

static const struct type *from_struct(struct types *t, struct udwarf_file *d,
				      Dwarf_Die *die)
{
	const char *word, *name, *key;
	const struct type *old;
	struct type shape = { .kind = T_STRUCT, .align = 1 };
	struct type *new;

	key = key_of(t, d, die);
	old = table_get(&t->interned, key);
	if (old)
		return old;
	name = udwarf_name(t->arena, die);
	shape.is_union = dwarf_tag(die) == DW_TAG_union_type;
	word = shape.is_union ? "union" : "struct";
	shape.name = *name ? arena_printf(t->arena, "%s %s", word, name) : word;
	shape.core_name = name;
	shape.origin = ORIGIN_SCRIPT;
	shape.size = byte_size(die);
	new = add(t, key, &shape);
	new->dwarf = arena_make(t->arena, struct udwarf_origin);
	new->dwarf->file = d;
	new->dwarf->die = *die;
	return new;
}

/* The place of a member in bits from the start; false: it moves (a base that is
 * virtual). */
static bool member_place(Dwarf_Die *die, uint64_t *at)
{
	Dwarf_Attribute attr;
	Dwarf_Word bytes = 0;
	Dwarf_Op *ops;
	size_t n;

	*at = 0;
	if (dwarf_attr_integrate(die, DW_AT_data_bit_offset, &attr))
		return !dwarf_formudata(&attr, at);
	if (!dwarf_attr_integrate(die, DW_AT_data_member_location, &attr))
		return true;
	if (dwarf_formudata(&attr, &bytes)) {
		if (dwarf_getlocation(&attr, &ops, &n) || n != 1 ||
		    ops[0].atom != DW_OP_plus_uconst)
			return false;
		bytes = ops[0].number;
	}
	*at = bytes * 8;
	return bytes < INT32_MAX;
}

/* Before DWARF 4 bits are counted from the top of their unit. */
static bool place_member(struct member *m, Dwarf_Die *die)
{
	uint64_t bits = number(die, DW_AT_bit_size, 0), at, from_top;

	if (!member_place(die, &at) || at / 8 > INT32_MAX)
		return false;
	if (!bits) {
		m->offset = (uint32_t)(at / 8);
		return true;
	}
	from_top = number(die, DW_AT_bit_offset, UINT64_MAX);
	if (from_top != UINT64_MAX)
		at += number(die, DW_AT_byte_size, m->type->size) * 8 -
		      from_top - bits;
	if (bits > 64 || !type_is_int(m->type))
		return false;
	type_place_bits(m, at, (uint32_t)bits);
	return true;
}

/* A base class is like an anonymous struct at its place. */
static bool read_member(struct types *t, struct udwarf_file *d, Dwarf_Die *die,
			struct member *m)
{
	Dwarf_Die type;
	int tag = dwarf_tag(die);

	if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
	    has_flag(die, DW_AT_external) || has_flag(die, DW_AT_declaration) ||
	    !udwarf_type_of(die, &type))
		return false;
	m->name = tag == DW_TAG_member ? udwarf_name(t->arena, die) : "";
	m->type = udwarf_type(t, d, &type);
	return place_member(m, die);
}

void udwarf_complete(struct types *t, struct type *s)
{
	struct udwarf_origin *o = s->dwarf;
	VEC(struct member) members = { 0 };
	Dwarf_Die child;

	s->complete = true;
	if (has_flag(&o->die, DW_AT_declaration) && *s->core_name &&
	    find_named(o->file, dwarf_tag(&o->die), s->core_name, &child)) {
		o->die = child; /* in another unit */
		s->size = byte_size(&child);
	}
	if (!dwarf_child(&o->die, &child))
		do {
			struct member m = { .owner = s,
					    .index = (uint32_t)members.n };

			if (read_member(t, o->file, &child, &m))
				*vec_push(t->arena, &members) = m;
		} while (!dwarf_siblingof(&child, &child));
	*vec_push(t->arena, &members) = (struct member){ .name = "" };
	s->members = members.v;
	s->nmembers = (uint32_t)members.n - 1;
}

/* --- The other types ------------------------------------------------------ */

static const struct type *from_enum(struct types *t, struct udwarf_file *d,
				    Dwarf_Die *die)
{
	const char *key = key_of(t, d, die), *name = udwarf_name(t->arena, die);
	const struct type *old = table_get(&t->interned, key);
	struct type shape = { .kind = T_ENUM };
	struct plan_constant *row;
	Dwarf_Attribute attr;
	Dwarf_Sword value;
	Dwarf_Die child;

	if (old)
		return old;
	shape.size = byte_size(die);
	if (shape.size != 1 && shape.size != 2 && shape.size != 8)
		shape.size = 4;
	shape.align = shape.size;
	shape.name = *name ? arena_printf(t->arena, "enum %s", name) : "enum";
	if (!dwarf_child(die, &child))
		do {
			if (dwarf_tag(&child) != DW_TAG_enumerator ||
			    !dwarf_attr_integrate(&child, DW_AT_const_value,
						  &attr) ||
			    dwarf_formsdata(&attr, &value))
				continue;
			row = vec_push(t->arena, &shape.constants);
			row->name = udwarf_name(t->arena, &child);
			row->value = (uint64_t)value;
			shape.is_signed |= value < 0;
		} while (!dwarf_siblingof(&child, &child));
	return add(t, key, &shape);
}

static const struct type *from_base(struct types *t, Dwarf_Die *die)
{
	uint64_t e = number(die, DW_AT_encoding, 0);
	uint32_t size = byte_size(die);

	if (udwarf_is_float(die) ||
	    (size != 1 && size != 2 && size != 4 && size != 8))
		return type_array(t, &type_uint8, size ? size : 1);
	if (e == DW_ATE_boolean && size == 1)
		return &type_bool;
	return type_int(size, e == DW_ATE_signed || e == DW_ATE_signed_char);
}

/* Of signed and unsigned char no text is made. */
static bool is_char(Dwarf_Die *type)
{
	const char *name = dwarf_diename(type);

	return dwarf_tag(type) == DW_TAG_base_type && byte_size(type) == 1 &&
	       name && !strcmp(name, "char");
}

static uint32_t count_of(Dwarf_Die *range)
{
	uint64_t n = number(range, DW_AT_count, UINT64_MAX);

	if (n == UINT64_MAX)
		n = number(range, DW_AT_upper_bound, UINT64_MAX) + 1;
	return n > INT32_MAX ? 0 : (uint32_t)n;
}

static const struct type *of_type(struct types *t, struct udwarf_file *d,
				  Dwarf_Die *type, int depth);

static const struct type *from_array(struct types *t, struct udwarf_file *d,
				     Dwarf_Die *die, int depth)
{
	uint32_t dims[UDWARF_DEPTH], n = 0;
	const struct type *elem;
	Dwarf_Die child, peeled;

	if (!udwarf_type_of(die, &child))
		return &type_void;
	peeled = child;
	elem = of_type(t, d, &child, depth + 1);
	if (!dwarf_child(die, &child))
		do {
			if (dwarf_tag(&child) == DW_TAG_subrange_type &&
			    n < UDWARF_DEPTH)
				dims[n++] = count_of(&child);
		} while (!dwarf_siblingof(&child, &child));
	if (n && dims[n - 1] && udwarf_peel(&peeled) && is_char(&peeled))
		elem = type_string(t, dims[--n]);
	while (n)
		elem = type_array(t, elem, dims[--n]);
	return elem;
}

static const struct type *of_type(struct types *t, struct udwarf_file *d,
				  Dwarf_Die *type, int depth)
{
	const struct type *to = &type_void;
	Dwarf_Die elem, die = *type;
	int tag;

	if (depth > UDWARF_DEPTH || !udwarf_peel(&die))
		return &type_void;
	tag = dwarf_tag(&die);
	if (is_struct(tag))
		return from_struct(t, d, &die);
	switch (tag) {
	case DW_TAG_base_type:
		return from_base(t, &die);
	case DW_TAG_enumeration_type:
		return from_enum(t, d, &die);
	case DW_TAG_array_type:
		return from_array(t, d, &die, depth);
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		if (udwarf_type_of(&die, &elem))
			to = of_type(t, d, &elem, depth + 1);
		return type_ptr(t, to, SPACE_USER);
	case DW_TAG_ptr_to_member_type:
		return &type_int64;
	default:
		return &type_void;
	}
}

const struct type *udwarf_type(struct types *t, struct udwarf_file *d,
			       Dwarf_Die *type)
{
	return of_type(t, d, type, 0);
}

/* --- By name -------------------------------------------------------------- */

const struct type *udwarf_named(struct types *t, struct udwarf_file *d,
				enum udwarf_kind kind, const char *name)
{
	static const int tags[][2] = {
		[UDWARF_STRUCT] = { DW_TAG_structure_type, DW_TAG_class_type },
		[UDWARF_UNION] = { DW_TAG_union_type },
		[UDWARF_ENUM] = { DW_TAG_enumeration_type },
		[UDWARF_TYPEDEF] = { DW_TAG_typedef },
	};
	Dwarf_Die die;
	int i;

	for (i = 0; i < 2 && tags[kind][i]; i++)
		if (find_named(d, tags[kind][i], name, &die))
			return udwarf_type(t, d, &die);
	return NULL;
}

const struct type *udwarf_variable(struct types *t, struct udwarf_file *d,
				   const char *name)
{
	Dwarf_Die die, type;

	if (!find_named(d, DW_TAG_variable, name, &die) ||
	    !udwarf_type_of(&die, &type))
		return NULL;
	return udwarf_type(t, d, &type);
}

/* --- As C writes them ----------------------------------------------------- */

static const char *declare(struct arena *a, Dwarf_Die *type, int depth)
{
	const char *word = "", *inner = "void", *name;
	int tag = dwarf_tag(type);
	Dwarf_Die elem;

	if (depth > UDWARF_DEPTH)
		return "...";
	if (tag == DW_TAG_structure_type)
		word = "struct ";
	else if (tag == DW_TAG_union_type)
		word = "union ";
	else if (tag == DW_TAG_enumeration_type)
		word = "enum ";
	name = udwarf_name(a, type);
	if (*name)
		return arena_printf(a, "%s%s", word, name);
	if (*word)
		return arena_printf(a, "%s{...}", word);
	if (tag == DW_TAG_subroutine_type)
		return "(*)()";
	if (udwarf_type_of(type, &elem))
		inner = declare(a, &elem, depth + 1);
	if (tag == DW_TAG_const_type)
		return arena_printf(a, "const %s", inner);
	if (tag == DW_TAG_array_type)
		return arena_printf(a, "%s[]", inner);
	if (tag == DW_TAG_reference_type || tag == DW_TAG_rvalue_reference_type)
		return arena_printf(a, "%s &", inner);
	if (tag == DW_TAG_pointer_type)
		return arena_printf(
			a, inner[strlen(inner) - 1] == '*' ? "%s*" : "%s *",
			inner);
	return inner;
}

const char *udwarf_declaration(struct arena *a, Dwarf_Die *type)
{
	return declare(a, type, 0);
}
