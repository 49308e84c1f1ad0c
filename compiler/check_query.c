/* check_query.c - builtins about maps, types, and what is being compiled. */
#include <string.h>

#include "check.h"

/* --- Maps ----------------------------------------------------------------- */

/* has_key(@m, key), delete(@m, key), find(@m, key, $v) */
static struct map *with_key(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *key = arg->next;
	struct node *rest = key->next;
	struct map *m = check_map_whole(c, arg);

	/* the key alone: what follows it in the list is no part of it */
	key->next = NULL;
	if (m)
		check_map_key(c, m, key, n->at);
	else
		check_value(c, key);
	key->next = rest;
	return m;
}

const struct type *check_has_key(struct checker *c, struct node *n)
{
	if (!with_key(c, n) && c->last)
		return &type_error; /* reported */
	return &type_bool;
}

/* delete(@m[k]), and delete(@m) of a map without keys. */
static void delete_one(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	struct map *m;
	struct diag *d;

	if (arg->kind == N_MAP && arg->map.keys) {
		check_expr(c, arg);
		return;
	}
	m = check_map_whole(c, arg);
	if (!m || !m->key)
		return;
	d = diag_error(c->diags, n->at, DIAG_KEY_TYPE,
		       "delete(%s) does not say which entry", m->name);
	diag_hint(c->diags, d, "write delete(%s[key]), or clear(%s) for all",
		  m->name, m->name);
}

const struct type *check_delete(struct checker *c, struct node *n)
{
	if (check_arg(n, 1))
		with_key(c, n);
	else
		delete_one(c, n);
	return &type_bool;
}

static void too_narrow(struct checker *c, const struct variable *v,
		       const struct type *t, struct span at)
{
	struct diag *d;

	d = diag_error(c->diags, at, DIAG_VALUE_TYPE,
		       "%s is %s: a value of %s may not fit", v->name,
		       type_str(v->type), type_str(t));
	diag_hint(c->diags, d, "declare it as %s", type_str(t));
}

const struct type *check_find(struct checker *c, struct node *n)
{
	struct node *var = check_arg(n, 2);
	struct map *m = with_key(c, n);
	const struct type *t;
	struct variable *v;
	struct diag *d;

	if (var->kind != N_VAR) {
		check_value(c, var);
		d = diag_error(c->diags, var->at, DIAG_ARG_TYPE,
			       "find: argument 3 is the variable that takes "
			       "the value");
		diag_hint(c->diags, d, "write find(@m, key, $v)");
		return &type_error;
	}
	v = table_get(&c->live, var->var.name);
	if (!v)
		v = check_declare(c, &var->var.sym, var->var.name, var->at);
	var->var.sym = v;
	v->assigned = true;
	t = m ? m->value : &type_none;
	if (t->kind == T_AGG)
		t = type_agg_int(t);
	if (!t)
		diag_error(c->diags, check_arg(n, 0)->at, DIAG_NOT_A_VALUE,
			   "find: the values of %s cannot be used as values",
			   m->name);
	else if (!v->declared_type)
		check_widen_var(c, v, t, NULL, var->at);
	else if (is_known(t) && type_is_int(t) && type_is_int(v->type) &&
		 t->size > v->type->size)
		too_narrow(c, v, t, var->at);
	else if (is_known(t) && !type_same(t, v->type) &&
		 !(type_is_int(t) && type_is_int(v->type)))
		diag_error(c->diags, var->at, DIAG_TYPE_MISMATCH,
			   "%s is %s and cannot take a value of %s", v->name,
			   type_str(v->type), type_str(t));
	var->type = v->type;
	return &type_bool;
}

const struct type *check_len(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t;
	struct diag *d;

	if (arg->kind == N_MAP && !arg->map.keys) {
		struct map *m = check_map_of(c, arg);

		/* a scalar map may hold a stack */
		if (!m->shaped || m->key ||
		    (m->value->kind != T_KSTACK &&
		     m->value->kind != T_USTACK)) {
			check_map_whole(c, arg);
			return &type_int64;
		}
	}
	t = check_value(c, arg);
	if (!is_known(t) || t->kind == T_KSTACK || t->kind == T_USTACK)
		return &type_int64;
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "len: argument 1 must be a map or a stack, not %s",
		       type_str(t));
	if (t->kind == T_STRING)
		diag_hint(c->diags, d, "strlen() has the length of a string");
	return &type_error;
}

/* --- Types ---------------------------------------------------------------- */

/* The type asked about, of an expression or written down. */
static const struct type *asked(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);

	const struct type *t;

	if (arg->kind == N_TYPE)
		return check_spec(c, arg);
	c->unevaluated++;
	t = check_expr(c, arg);
	c->unevaluated--;
	return t;
}

/* The answer goes where check_constant() finds it. */
static const struct type *answer(struct checker *c, struct node *n,
				 const struct type *t, bool yes)
{
	struct constant *v = arena_make(c->arena, struct constant);

	n->call.info = NULL;
	if (t->kind == T_ERROR)
		return t;
	if (t->kind == T_NONE)
		return &type_bool;
	v->kind = CONST_BOOL;
	v->value = yes;
	n->call.info = v;
	return &type_bool;
}

const struct type *check_is_array(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	return answer(c, n, t, t->kind == T_ARRAY);
}

const struct type *check_is_integer(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	return answer(c, n, t, t->kind == T_INT || type_agg_is_int(t));
}

const struct type *check_is_unsigned_integer(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	return answer(c, n, t, t->kind == T_INT && !t->is_signed);
}

const struct type *check_is_literal(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);
	struct constant v;

	return answer(c, n, t, constant_of(check_arg(n, 0), &v));
}

const struct type *check_is_ptr(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	return answer(c, n, t, t->kind == T_PTR);
}

const struct type *check_is_str(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	return answer(c, n, t, t->kind == T_STRING);
}

const struct type *check_is_scalar(struct checker *c, struct node *n)
{
	struct map *m = check_map_whole(c, check_arg(n, 0));

	return answer(c, n, m ? &type_bool : &type_error, m && !m->key);
}

/* The kind of a type in one word. */
static const char *base_of(const struct type *t)
{
	switch ((int)t->kind) {
	case T_BOOL:
		return "bool";
	case T_INT:
	case T_ENUM:
		return "int";
	case T_PTR:
		return "pointer";
	case T_ARRAY:
		return "array";
	case T_STRUCT:
		return t->is_union ? "union" : "struct";
	case T_STRING:
		return "string";
	case T_BUFFER:
		return "buffer";
	case T_TUPLE:
		return "tuple";
	case T_RECORD:
		return "record";
	case T_VOID:
		return "void";
	default:
		return t->str;
	}
}

static void add_fact(struct checker *c, struct node *record, const char *name,
		     const struct constant *v)
{
	struct node *m = node_new(c->u->prog, N_MEMBER, record->at);

	m->member.name = name;
	m->member.e = node_new(c->u->prog, N_INT, record->at);
	constant_put(m->member.e, v);
	record->list = node_append(record->list, m);
}

static struct constant text_constant(const char *s)
{
	return (struct constant){ .kind = CONST_STR,
				  .s = s,
				  .len = (uint32_t)strlen(s) };
}

/* typeinfo(x) is a record of literals: until types are settled it hangs on the
 * call, then it takes the call's place. */
const struct type *check_typeinfo(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);
	struct node *record = node_new(c->u->prog, N_RECORD, n->at);
	struct constant id = { .kind = CONST_INT, .value = t->btf.id };
	struct constant base = text_constant(base_of(t));
	struct constant full;

	n->call.info = NULL;
	if (!is_known(t))
		return t;
	full = text_constant(type_str(type_settle(c->ts, t)));
	add_fact(c, record, "btf_id", &id);
	add_fact(c, record, "base_ty", &base);
	add_fact(c, record, "full_ty", &full);
	n->call.info = record;
	t = check_expr(c, record);
	if (c->last) {
		record->next = n->next;
		*n = *record;
	}
	return t;
}

const struct type *check_assert_str(struct checker *c, struct node *n)
{
	const struct type *t = asked(c, n);

	if (is_known(t) && t->kind != T_STRING)
		diag_error(c->diags, check_arg(n, 0)->at, DIAG_ARG_TYPE,
			   "a string is wanted here, and this is %s",
			   type_str(t));
	return &type_void;
}

static const struct type *number(struct checker *c, struct node *n, uint64_t v)
{
	struct constant *k = arena_make(c->arena, struct constant);

	k->kind = CONST_INT;
	k->value = v;
	n->call.info = k;
	return &type_uint64;
}

const struct type *check_strcap(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = check_value(c, arg);

	if (t->kind == T_STRING)
		return number(c, n, t->n);
	if (is_known(t))
		diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			   "strcap: argument 1 must be a string, not %s",
			   type_str(t));
	return t->kind == T_NONE ? &type_uint64 : &type_error;
}

const struct type *check_default_str_length(struct checker *c, struct node *n)
{
	return number(c, n, c->ts->max_strlen);
}

/* --- Compiling ------------------------------------------------------------ */

const struct type *check_kernel(struct checker *c, struct node *n)
{
	int64_t major, minor;

	if (!check_literal_int(c, n, check_arg(n, 0), &major) ||
	    !check_literal_int(c, n, check_arg(n, 1), &minor))
		return &type_error;
	if (major >= 0 && major < 256 && minor >= 0 && minor < 256)
		return &type_bool;
	diag_error(c->diags, n->at, DIAG_RANGE,
		   "there is no kernel of that version");
	return &type_error;
}

const struct type *check_getopt(struct checker *c, struct node *n)
{
	struct node *value = param_getopt(c->u, n);
	struct node *next = n->next;

	if (!value)
		return &type_error;
	*n = *value;
	n->next = next;
	return check_value(c, n);
}

const struct type *check_static_assert(struct checker *c, struct node *n)
{
	struct node *cond = check_arg(n, 0), *text = check_arg(n, 1);
	struct constant v, why;

	if (!is_known(cond->type))
		return &type_void;
	if (!check_required(c, cond, &v)) {
		diag_error(c->diags, cond->at, DIAG_CONSTANT,
			   "this is not known when the script is compiled");
		return &type_error;
	}
	if (!constant_is_true(&v) && check_constant(c, text, &why))
		diag_error(c->diags, n->at, DIAG_CONSTANT,
			   "this assertion does not hold: %s", why.s);
	return &type_void;
}

/* One of fail()'s values, as its conversion shows it. */
static void add_value(struct strbuf *text, const struct constant *v, char conv)
{
	if (v->kind == CONST_STR)
		strbuf_printf(text, "%s", v->s);
	else if (v->kind == CONST_BOOL && conv == 's')
		strbuf_printf(text, "%s", v->value ? "true" : "false");
	else if (strchr("xXp", conv))
		strbuf_printf(text, "%llx",
			      (unsigned long long)constant_bits(v));
	else
		strbuf_printf(text, "%s%llu", v->negative ? "-" : "",
			      (unsigned long long)v->value);
}

/* What fail() says: its values are those that are known now. */
const struct type *check_fail(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *value = arg->next;
	struct strbuf text = { 0 };
	struct constant v;
	const char *s;

	if (!check_constant(c, arg, &v))
		return &type_void;
	for (s = v.s; *s; s++) {
		if (s[0] != '%' || !s[1]) {
			strbuf_add(&text, s, 1);
			continue;
		}
		s++;
		s += strspn(s, "-+ #0123456789.hlzjt");
		if (*s == '%' || !*s) {
			strbuf_add(&text, "%", 1);
			s -= !*s;
			continue;
		}
		if (value && check_required(c, value, &v))
			add_value(&text, &v, *s);
		else
			strbuf_printf(&text, "(%s)",
				      value ? "not known when compiling"
					    : "no value");
		value = value ? value->next : NULL;
	}
	diag_error(c->diags, n->at, DIAG_CONSTANT, "%s", text.s ? text.s : "");
	strbuf_free(&text);
	return &type_void;
}
