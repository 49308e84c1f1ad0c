/* check_type.c - types as written, and casts to them. */
#include <string.h>

#include "check.h"
#include "udwarf.h"

/* --- Names of types ------------------------------------------------------- */

static const struct type *agg_named(struct checker *c, const char *name)
{
	static const char *const names[] = {
#define AGG(id, word, words) #word "_t",
#include "agg.def"
#undef AGG
	};
	struct type shape = { .is_signed = true };
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (!strcmp(names[i], name) && i != AGG_LHIST &&
		    i != AGG_TSERIES) {
			shape.agg = (enum agg_kind)i;
			return type_agg(c->ts, &shape);
		}
	return NULL;
}

/* A type of the script or of the kernel whose name is near. */
static const char *nearest_type(struct checker *c, enum bt_ns ns,
				const char *prefix, const char *name)
{
	const struct table *own = &c->ts->script;
	size_t i, len = strlen(prefix);
	const char *guess;
	struct {
		VEC(const char *) v;
	} names = { 0 };

	for (i = 0; i < own->entries.n; i++)
		if (!strncmp(own->entries.v[i].key, prefix, len))
			*vec_push(c->arena, &names.v) =
				own->entries.v[i].key + len;
	*vec_push(c->arena, &names.v) = NULL;
	guess = nearest_name(name, names.v.v);
	if (guess)
		return guess;
	return nearest_name(name, kbtf_type_names(c->ts->btf, c->arena, ns));
}

static const struct type *unknown_type(struct checker *c, struct node *spec)
{
	static const char *const words[] = { "", "struct ", "union ", "enum " };
	static const enum bt_ns spaces[] = { BTN_TYPEDEF, BTN_STRUCT, BTN_UNION,
					     BTN_ENUM };
	const char *name = spec->spec.name, *guess, *why;
	enum type_tag tag = spec->spec.tag;
	struct diag *d;

	d = diag_error(c->diags, spec->at, DIAG_UNKNOWN_TYPE,
		       "there is no type '%s%s'", words[tag], name);
	if (c->diags->quiet)
		return &type_error;
	why = kbtf_error(c->ts->btf);
	if (why) {
		diag_hint(c->diags, d, "%s", why);
		return &type_error;
	}
	if (tag == TAG_NONE && type_struct(c->ts, name, false)) {
		diag_hint(c->diags, d, "write struct %s", name);
		return &type_error;
	}
	guess = nearest_type(c, spaces[tag], words[tag], name);
	if (guess)
		diag_hint(c->diags, d, "did you mean '%s%s'?", words[tag],
			  guess);
	else if (tag == TAG_STRUCT || tag == TAG_UNION)
		diag_hint(c->diags, d,
			  "declare it in the script, before the "
			  "first probe");
	return &type_error;
}

/* A probe of a program knows the program's types, unless the script has its own
 * of that name. */
static const struct type *of_program(struct checker *c, const char *prefix,
				     enum udwarf_kind kind, const char *name)
{
	const char *full = arena_printf(c->arena, "%s%s", prefix, name);
	const struct type *own = table_get(&c->ts->script, full);
	struct udwarf_file *d;

	if (own || !c->body)
		return own;
	d = context_types(c->u, c->body->targets);
	return d ? udwarf_named(c->ts, d, kind, name) : NULL;
}

static const struct type *named(struct checker *c, struct node *spec)
{
	const char *name = spec->spec.name;
	const struct type *t = NULL;

	switch (spec->spec.tag) {
	case TAG_STRUCT:
		t = of_program(c, "struct ", UDWARF_STRUCT, name);
		if (!t)
			t = type_struct(c->ts, name, false);
		break;
	case TAG_UNION:
		t = of_program(c, "union ", UDWARF_UNION, name);
		if (!t)
			t = type_struct(c->ts, name, true);
		break;
	case TAG_ENUM:
		t = of_program(c, "enum ", UDWARF_ENUM, name);
		if (!t)
			t = type_enum(c->ts, name);
		break;
	case TAG_NONE:
		t = table_get(&c->ts->script, name);
		if (!t)
			t = type_builtin(c->ts, name);
		if (!t)
			t = agg_named(c, name);
		if (!t)
			t = of_program(c, "", UDWARF_TYPEDEF, name);
		if (!t)
			t = type_typedef(c->ts, name);
		break;
	}
	return t ? t : unknown_type(c, spec);
}

/* --- Suffixes ------------------------------------------------------------- */

/* The number in brackets; 0 for none at all, -1 after a report. */
static int64_t array_len(struct checker *c, struct node *len)
{
	struct constant v;

	if (!len)
		return 0;
	check_value(c, len);
	if (len->type == &type_error)
		return -1;
	if (!check_required(c, len, &v) || v.kind != CONST_INT) {
		diag_error(c->diags, len->at, DIAG_CONSTANT,
			   "the size of a type must be known when compiled");
		return -1;
	}
	if (v.negative || v.value > INT32_MAX) {
		diag_error(c->diags, len->at, DIAG_RANGE,
			   "a size is from 0 to %d", INT32_MAX);
		return -1;
	}
	return (int64_t)v.value;
}

/* What a pointer that is written down points into.  A uprobe's are those of
 * its program, all others the kernel's until uptr() says otherwise. */
static enum space own_space(const struct checker *c)
{
	if (!c->body)
		return SPACE_KERNEL;
	return c->body->provider == PROVIDER_UPROBE ||
			       c->body->provider == PROVIDER_URETPROBE ||
			       c->body->provider == PROVIDER_USDT
		       ? SPACE_USER
		       : SPACE_KERNEL;
}

static const struct type *suffixed(struct checker *c, const struct type *t,
				   const struct type_suffix *s, bool bare)
{
	int64_t n;

	if (s->kind == SUFFIX_PTR)
		return type_ptr(c->ts, t, own_space(c));
	n = array_len(c, s->len);
	if (n < 0)
		return &type_error;
	if (bare && t->kind == T_STRING)
		return type_string(c->ts, n ? (uint32_t)n : t->n);
	if (bare && t->kind == T_BUFFER)
		return type_buffer(c->ts, n ? (uint32_t)n : t->n);
	if (bare && t->kind == T_INET)
		return t;
	return type_array(c->ts, t, (uint32_t)n);
}

const struct type *check_type_only(struct checker *c, struct node *n)
{
	const struct type *t;

	c->unevaluated++;
	t = check_value(c, n);
	c->unevaluated--;
	return t;
}

/* type[] is an array of 0 here; a cast gives it its size. */
const struct type *check_spec(struct checker *c, struct node *spec)
{
	const struct type_suffix *s;
	const struct type *t;
	bool bare = true;

	if (!spec->spec.of)
		t = named(c, spec);
	else if (spec->spec.of->kind == N_TYPE)
		t = check_spec(c, spec->spec.of);
	else
		t = check_type_only(c, spec->spec.of);
	for (s = spec->spec.suffixes; s && is_known(t); s = s->next) {
		if (t->kind == T_VOID && s->kind == SUFFIX_ARRAY) {
			diag_error(c->diags, spec->at, DIAG_BAD_OPERAND,
				   "there are no arrays of void");
			t = &type_error;
			break;
		}
		t = suffixed(c, t, s, bare);
		bare = false;
	}
	spec->type = t;
	return t;
}

const struct type *check_sizeof(struct checker *c, struct node *n)
{
	struct node *e = n->sizeof_.e;
	const struct type *t;

	t = e->kind == N_TYPE ? check_spec(c, e) : check_type_only(c, e);
	if (!is_known(t))
		return t;
	n->sizeof_.size = t->size;
	return &type_uint64;
}

/* --- Casts ---------------------------------------------------------------- */

static bool is_byte_array(const struct type *t)
{
	return t->kind == T_ARRAY && t->elem->kind == T_INT &&
	       t->elem->size == 1;
}

/* uint8[] takes its size from what is cast. */
static const struct type *sized_by(struct checker *c, const struct type *to,
				   const struct type *from)
{
	if (to->kind == T_ARRAY && !to->n && to->elem->size &&
	    from->size % to->elem->size == 0)
		return type_array(c->ts, to->elem, from->size / to->elem->size);
	return to;
}

static bool castable(const struct type *to, const struct type *from)
{
	bool from_int = type_is_int(from);

	switch ((int)to->kind) {
	case T_BOOL:
	case T_INT:
		if (from->kind == T_ARRAY)
			return from->size == to->size;
		return type_is_scalar(from);
	case T_ENUM:
		return from_int;
	case T_PTR:
		return from_int || from->kind == T_PTR || from->kind == T_KSYM;
	case T_ARRAY:
		if (from->kind == T_STRING)
			return is_byte_array(to);
		return (from_int || from->kind == T_ARRAY) &&
		       from->size == to->size;
	case T_STRING:
		return from->kind == T_STRING || is_byte_array(from);
	case T_BUFFER:
		return from->kind == T_STRING || from->kind == T_BUFFER ||
		       is_byte_array(from);
	case T_KSYM:
		return from_int || from->kind == T_PTR;
	default:
		return false;
	}
}

static void hint_cast(struct checker *c, struct diag *d, const struct type *to,
		      const struct type *from)
{
	if (to->kind == T_STRUCT)
		diag_hint(c->diags, d, "cast to a pointer: (%s *)",
			  type_str(to));
	else if (to->kind == T_STRING && type_is_scalar(from))
		diag_hint(c->diags, d, "str() reads the string at an address");
	else if (to->kind == T_ARRAY &&
		 (type_is_int(from) || from->kind == T_ARRAY))
		diag_hint(c->diags, d, "%s has %u bytes and %s has %u",
			  type_str(to), to->size, type_str(from), from->size);
}

/* A number that is known must name one of an enum's constants. */
static bool has_constant(struct checker *c, const struct type *t,
			 struct node *e)
{
	struct bt_enumerator k;
	struct constant v;
	uint64_t bits;
	uint32_t i;

	if (!check_constant(c, e, &v) || v.kind == CONST_STR)
		return true;
	bits = constant_bits(&v);
	for (i = 0; i < t->constants.n; i++)
		if (t->constants.v[i].value == bits)
			return true;
	if (!t->btf.src)
		return false;
	for (i = 0; kbtf_enumerator(c->ts->btf, t->btf, i, &k); i++)
		if (k.value == bits)
			return true;
	return false;
}

static bool check_enum_cast(struct checker *c, const struct type *to,
			    struct node *n)
{
	struct constant v;

	if (to->kind != T_ENUM || has_constant(c, to, n->cast.e))
		return true;
	check_constant(c, n->cast.e, &v);
	diag_error(c->diags, n->at, DIAG_BAD_CAST,
		   "%s has no constant of value %s%llu", type_str(to),
		   v.negative ? "-" : "", (unsigned long long)v.value);
	return false;
}

static bool is_address(const struct node *e)
{
	return e->kind == N_UNARY && e->unary.op == OP_ADDR;
}

const struct type *check_cast(struct checker *c, struct node *n)
{
	const struct type *to = check_spec(c, n->cast.spec);
	const struct type *from = check_value(c, n->cast.e);
	struct diag *d;

	if (!is_known(to) || from->kind == T_ERROR)
		return is_known(to) ? from : to;
	/* not known yet; where an address points to tells what it is of */
	if (from->kind == T_NONE)
		return (to->kind == T_ARRAY &&
			!to->n) || (to->kind == T_PTR && is_address(n->cast.e))
			       ? from
			       : to;
	to = sized_by(c, to, from);
	n->cast.spec->type = to;
	if (to->kind == T_AGG && type_agg_int(to))
		to = type_agg_int(to);
	/* a pointer keeps pointing where it did */
	if (to->kind == T_PTR && from->kind == T_PTR)
		to = type_ptr(c->ts, to->elem, from->space);
	if (to == from || castable(to, from))
		return check_enum_cast(c, to, n) ? to : &type_error;
	d = diag_error(c->diags, n->at, DIAG_BAD_CAST,
		       "%s cannot be cast to %s", type_str(from), type_str(to));
	hint_cast(c, d, to, from);
	return &type_error;
}
