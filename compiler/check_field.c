/* check_field.c - parts of values: fields, elements, indices. */
#include <string.h>

#include "check.h"
#include "udwarf.h"

const struct member *check_member(struct checker *c, const struct type *s,
				  const char *name, struct span at)
{
	const struct member *m = type_member(c->ts, s, name);
	const char *guess;
	struct diag *d;

	if (m)
		return m;
	if (c->body && s == c->body->args && c->body->targets &&
	    context_lost(c->u, c->body->targets, name)) {
		diag_error(c->diags, at, DIAG_NOT_HERE, "args.%s %s", name,
			   context_lost(c->u, c->body->targets, name));
		return NULL;
	}
	d = diag_error(c->diags, at, DIAG_UNKNOWN_FIELD, "%s has no field '%s'",
		       type_str(s), name);
	if (c->diags->quiet)
		return NULL;
	guess = nearest_name(name, type_member_names(c->ts, s));
	if (check_has_choices(c) && s == c->body->args)
		check_hint_choices(c, d);
	else if (guess)
		diag_hint(c->diags, d, "did you mean '%s'?", guess);
	else if (!s->nmembers)
		diag_hint(c->diags, d,
			  "nothing is known of its fields: declare %s {...} "
			  "in the script",
			  type_str(s));
	return NULL;
}

/* --- config.KEY ----------------------------------------------------------- */

static bool is_config(const struct node *n)
{
	return n->kind == N_NAME && !strcmp(n->name.s, "config");
}

static const struct type *check_setting(struct checker *c, struct node *n)
{
	struct config_value v;
	struct constant k = { .kind = CONST_INT };
	const char *guess;
	struct diag *d;

	if (!config_get(c->u, n->field.name, &v)) {
		d = diag_error(c->diags, n->field.name_at, DIAG_UNKNOWN_CONFIG,
			       "there is no setting '%s'", n->field.name);
		guess = config_nearest(n->field.name);
		if (guess)
			diag_hint(c->diags, d, "did you mean '%s'?", guess);
		return &type_error;
	}
	k.value = v.num;
	if (v.kind == CONFIG_BOOL)
		k.kind = CONST_BOOL;
	if (v.text) {
		k.kind = CONST_STR;
		k.s = v.text;
		k.len = (uint32_t)strlen(v.text);
	}
	constant_put(n, &k);
	return check_literal(c, n);
}

/* --- Fields --------------------------------------------------------------- */

static const struct type *record_field(struct checker *c, struct node *n,
				       const struct type *t)
{
	const char *guess;
	struct diag *d;
	uint32_t i;

	for (i = 0; i < t->nmembers; i++)
		if (!strcmp(t->members[i].name, n->field.name)) {
			n->field.member = &t->members[i];
			return t->members[i].type;
		}
	d = diag_error(c->diags, n->field.name_at, DIAG_UNKNOWN_FIELD,
		       "this record has no field '%s'", n->field.name);
	guess = nearest_name(n->field.name, type_member_names(c->ts, t));
	if (guess)
		diag_hint(c->diags, d, "did you mean '%s'?", guess);
	return &type_error;
}

static const struct type *no_fields(struct checker *c, struct node *n,
				    const struct type *t)
{
	struct diag *d;

	d = diag_error(c->diags, n->field.name_at, DIAG_UNKNOWN_FIELD,
		       "%s has no fields, so there is no '%s'", type_str(t),
		       n->field.name);
	if (t->kind == T_TUPLE)
		diag_hint(c->diags, d, "the parts of a tuple are .0, .1, ...");
	else if (type_is_int(t) || t->kind == T_PTR)
		diag_hint(c->diags, d,
			  "say what it points to: ((struct name *)x).%s",
			  n->field.name);
	return &type_error;
}

enum space check_space_of(const struct node *n)
{
	for (;;) {
		if (n->type && n->type->kind == T_PTR)
			return n->type->space;
		if (n->kind == N_FIELD)
			n = n->field.e;
		else if (n->kind == N_INDEX)
			n = n->index.e;
		else if (n->kind == N_UNARY)
			n = n->unary.e;
		else
			return SPACE_BPF;
	}
}

/* A pointer found in user memory points into user memory. */
static const struct type *inherit(struct checker *c, const struct type *t,
				  const struct node *from)
{
	if (t->kind == T_PTR && t->space == SPACE_KERNEL &&
	    check_space_of(from) == SPACE_USER)
		return type_ptr(c->ts, t->elem, SPACE_USER);
	return t;
}

/* task_struct of task_struct___old: what is compared with the kernel's name. */
static const char *kernel_name(struct checker *c, const char *name)
{
	const char *flavour = strstr(name, "___");

	if (!flavour || flavour == name)
		return name;
	return arena_strndup(c->arena, name, (size_t)(flavour - name));
}

/*
 * A field that the script declares a kernel's struct to have, and the kernel at
 * hand has not.  Where nothing is known of the struct, nothing is said.
 */
static void warn_absent(struct checker *c, const struct node *n,
			const struct type *t)
{
	struct bt_field f;
	const char *name;
	struct bt_ref s;
	struct diag *d;

	if (c->guards || !c->last || t->origin != ORIGIN_RELOCATED ||
	    !t->core_name || bt_found(t->btf) || kbtf_error(c->ts->btf))
		return;
	name = kernel_name(c, t->core_name);
	s = t->is_union ? kbtf_union(c->ts->btf, name)
			: kbtf_struct(c->ts->btf, name);
	if (!bt_found(s) || kbtf_find_field(c->ts->btf, s, n->field.name, &f))
		return;
	d = diag_warn(c->diags, n->field.name_at, DIAG_ABSENT,
		      "%s %s has no field '%s' here, and where it has none the "
		      "program is not loaded",
		      t->is_union ? "union" : "struct", name, n->field.name);
	diag_hint(c->diags, d, "guard it: if (exists(%s.%s)) { ... }",
		  type_str(t), n->field.name);
}

/* An argument that was inlined as the constant it is. */
static bool is_constant(struct checker *c, struct node *n, const struct type *t)
{
	struct constant v = { .kind = CONST_INT };
	const struct udwarf_param *p = NULL;

	if (t == c->body->args)
		p = context_param(c->body->targets, n->field.name);
	if (!p || p->place != UDWARF_CONSTANT)
		return false;
	v.negative = (int64_t)p->value < 0;
	v.value = v.negative ? -p->value : p->value;
	constant_put(n, &v);
	return true;
}

const struct type *check_field(struct checker *c, struct node *n)
{
	const struct type *t;

	if (is_config(n->field.e))
		return check_setting(c, n);
	t = check_value(c, n->field.e);
	if (!is_known(t))
		return t;
	if (t->kind == T_RECORD)
		return record_field(c, n, t);
	if (t->kind == T_PTR)
		t = t->elem;
	if (t->kind != T_STRUCT)
		return no_fields(c, n, n->field.e->type);
	if (is_constant(c, n, t))
		return check_literal(c, n);
	n->field.member = check_member(c, t, n->field.name, n->field.name_at);
	if (!n->field.member)
		return &type_error;
	warn_absent(c, n, t);
	return inherit(c, n->field.member->type, n->field.e);
}

static const struct type *tuple_part(struct checker *c, const struct type *t,
				     uint64_t i, struct span at)
{
	if (i < t->nmembers)
		return t->members[i].type;
	diag_error(c->diags, at, DIAG_BAD_INDEX,
		   "this tuple has %u part%s, and the first is .0, so there "
		   "is no .%llu",
		   t->nmembers, t->nmembers == 1 ? "" : "s",
		   (unsigned long long)i);
	return &type_error;
}

const struct type *check_element(struct checker *c, struct node *n)
{
	const struct type *t = check_value(c, n->element.e);

	if (!is_known(t))
		return t;
	if (t->kind == T_TUPLE)
		return tuple_part(c, t, n->element.index, n->element.index_at);
	diag_error(c->diags, n->element.index_at, DIAG_BAD_INDEX,
		   "only tuples have numbered parts, and this is %s",
		   type_str(t));
	return &type_error;
}

/* --- Indices -------------------------------------------------------------- */

static const struct type *index_tuple(struct checker *c, struct node *n)
{
	struct node *i = n->index.i;
	struct constant v;

	if (check_constant(c, i, &v) && v.kind == CONST_INT)
		return tuple_part(c, n->index.e->type,
				  v.negative ? UINT64_MAX : v.value, i->at);
	diag_error(c->diags, i->at, DIAG_CONSTANT,
		   "the parts of a tuple have types of their own, so the "
		   "index must be known when compiled");
	return &type_error;
}

static bool in_bounds(struct checker *c, struct node *n, uint64_t len)
{
	struct node *i = n->index.i;
	struct constant v;

	if (!len || !check_constant(c, i, &v) || v.kind != CONST_INT)
		return true;
	if (!v.negative && v.value < len)
		return true;
	diag_error(c->diags, i->at, DIAG_BAD_INDEX,
		   "%s has indices from 0 to %llu, so there is no [%s%llu]",
		   type_str(n->index.e->type), (unsigned long long)len - 1,
		   v.negative ? "-" : "", (unsigned long long)v.value);
	return false;
}

static const struct type *indexed(struct checker *c, struct node *n,
				  const struct type *t)
{
	struct diag *d;

	switch ((int)t->kind) {
	case T_ARRAY:
		if (!in_bounds(c, n, t->n))
			return &type_error;
		return inherit(c, t->elem, n->index.e);
	case T_PTR:
		if (t->elem->kind != T_VOID)
			return inherit(c, t->elem, n->index.e);
		d = diag_error(c->diags, n->at, DIAG_BAD_INDEX,
			       "what a void * points to has no type");
		diag_hint(c->diags, d, "cast it: ((uint64 *)...)[...]");
		return &type_error;
	case T_STRING:
		return in_bounds(c, n, t->n) ? &type_int8 : &type_error;
	case T_BUFFER:
		return in_bounds(c, n, t->n) ? &type_uint8 : &type_error;
	case T_MACADDR:
		return in_bounds(c, n, 6) ? &type_uint8 : &type_error;
	default:
		diag_error(c->diags, n->index.e->at, DIAG_BAD_INDEX,
			   "%s cannot be indexed", type_str(t));
		return &type_error;
	}
}

const struct type *check_index(struct checker *c, struct node *n)
{
	const struct type *t = check_value(c, n->index.e);
	const struct type *i = check_value(c, n->index.i);

	if (!is_known(t) || i->kind == T_ERROR)
		return t;
	if (i->kind != T_NONE && !type_is_int(i)) {
		diag_error(c->diags, n->index.i->at, DIAG_BAD_INDEX,
			   "an index is an integer, not %s", type_str(i));
		return &type_error;
	}
	if (t->kind == T_TUPLE)
		return index_tuple(c, n);
	return indexed(c, n, t);
}

/* --- offsetof ------------------------------------------------------------- */

enum { MAX_PATH = 32 };

/* Follow f.g.h from t; each step's members, anonymous ones too, go to path. */
static uint32_t follow(struct checker *c, const struct type *t,
		       struct node *fields, const struct member **path)
{
	uint32_t n = 0, more;
	struct node *f;

	for (f = fields; f; f = f->next) {
		f->type = &type_uint64;
		if (t->kind != T_STRUCT) {
			diag_error(c->diags, f->at, DIAG_UNKNOWN_FIELD,
				   "%s has no fields, so there is no '%s'",
				   type_str(t), f->name.s);
			return 0;
		}
		if (!check_member(c, t, f->name.s, f->at))
			return 0;
		more = type_member_path(c->ts, t, f->name.s, path + n,
					MAX_PATH - n);
		if (!more) {
			diag_error(c->diags, f->at, DIAG_TOO_BIG,
				   "these fields are nested too deeply");
			return 0;
		}
		n += more;
		t = path[n - 1]->type;
	}
	return n;
}

const struct type *check_offsetof(struct checker *c, struct node *n)
{
	const struct member *path[MAX_PATH];
	const struct type *t;
	bool relocated;
	uint32_t i;

	t = n->offsetof_.e->kind == N_TYPE ? check_spec(c, n->offsetof_.e)
					   : check_type_only(c, n->offsetof_.e);
	if (!is_known(t))
		return t;
	if (t->kind == T_PTR && n->offsetof_.e->kind != N_TYPE)
		t = t->elem;
	relocated = t->kind == T_STRUCT && t->origin == ORIGIN_RELOCATED;
	n->offsetof_.npath = follow(c, t, n->offsetof_.fields, path);
	if (!n->offsetof_.npath)
		return &type_error;
	n->offsetof_.offset = 0;
	for (i = 0; i < n->offsetof_.npath; i++)
		n->offsetof_.offset += path[i]->offset;
	n->offsetof_.path = NULL;
	if (relocated) {
		n->offsetof_.path = arena_alloc(c->arena, i * sizeof(*path));
		memcpy(n->offsetof_.path, path, i * sizeof(*path));
	}
	return &type_uint64;
}
