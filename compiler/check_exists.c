/* check_exists.c - exists(): what is decided when the program is loaded. */
#include <string.h>

#include "check.h"

enum { MAX_FIELDS = 32 };

/* A struct or an enum that other kernels may have. */
static const struct type *foreign(struct checker *c, const struct node *spec)
{
	bool is_enum = spec->spec.tag == TAG_ENUM;
	bool is_union = spec->spec.tag == TAG_UNION;
	struct type *t = arena_make(c->arena, struct type);
	const char *word = is_enum ? "enum" : is_union ? "union" : "struct";

	*t = (struct type){ .kind = is_enum ? T_ENUM : T_STRUCT,
			    .origin = ORIGIN_RELOCATED,
			    .is_union = is_union,
			    .size = is_enum ? 4 : 0,
			    .align = is_enum ? 4 : 1,
			    .complete = true };
	t->name = arena_printf(c->arena, "%s %s", word, spec->spec.name);
	t->key = t->str = t->name;
	if (!is_enum)
		t->core_name = spec->spec.name;
	return t;
}

/* The type that exists() asks about; one that is unknown here is known by its
 * name. */
static const struct type *asked(struct checker *c, struct node *spec)
{
	const char *name = spec->spec.name;
	const struct type *t;

	if (!name || spec->spec.suffixes || spec->spec.tag == TAG_NONE)
		return check_spec(c, spec);
	t = spec->spec.tag == TAG_ENUM
		    ? type_enum(c->ts, name)
		    : type_struct(c->ts, name, spec->spec.tag == TAG_UNION);
	if (t)
		return check_spec(c, spec);
	spec->type = foreign(c, spec);
	return spec->type;
}

/* A struct of which other kernels may have more than is known; one that the
 * script declares has what it says. */
static bool may_have_more(const struct type *t)
{
	return t->kind == T_STRUCT && t->core_name && *t->core_name &&
	       (bt_found(t->btf) || !t->nmembers);
}

/* Only the last of the fields may be unknown: of what lies below it nothing can
 * be said without a declaration, which the hint asks for. */
static bool has_field(struct checker *c, const struct type *t,
		      const struct node *f)
{
	struct diag *d;

	if (t->kind == T_STRUCT && type_member(c->ts, t, f->name.s))
		return true;
	if (!f->next && may_have_more(t))
		return true;
	d = diag_error(c->diags, f->at, DIAG_UNKNOWN_FIELD,
		       "%s has no field '%s'", type_str(t), f->name.s);
	if (t->kind == T_STRUCT && t->origin == ORIGIN_RELOCATED)
		diag_hint(c->diags, d,
			  "say what type it has where it exists: %s%s { ... "
			  "%s; } __attribute__((preserve_access_index));",
			  type_str(t),
			  strstr(type_str(t), "___") ? "" : "___other",
			  f->name.s);
	return false;
}

static bool type_condition(struct checker *c, struct node *n,
			   struct condition *out)
{
	const struct member *path[MAX_FIELDS];
	const struct type *t = asked(c, n->exists.type);
	uint32_t i = 0, more;
	struct node *f;

	if (!is_known(t))
		return false;
	*out = (struct condition){ .kind = COND_TYPE, .type = t };
	for (f = n->exists.fields; f; f = f->next) {
		f->type = &type_bool;
		if (t->kind == T_PTR) { /* a type of its own in there */
			t = t->elem;
			out->type = t;
			i = 0;
		}
		if (!has_field(c, t, f))
			return false;
		out->kind = COND_FIELD;
		if (!type_member(c->ts, t, f->name.s)) {
			out->name = f->name.s;
			break;
		}
		more = type_member_path(c->ts, t, f->name.s, path + i,
					MAX_FIELDS - i);
		if (!more)
			return false;
		i += more;
		t = path[i - 1]->type;
	}
	out->npath = i;
	out->path = arena_alloc(c->arena, (i + 1) * sizeof(*path));
	memcpy(out->path, path, i * sizeof(*path));
	return true;
}

/* A constant that is known where it exists: what exists() guards may name it.
 */
static void note_asked(struct checker *c, const char *name,
		       const struct type *t)
{
	struct enumerator *e = arena_make(c->arena, struct enumerator);

	e->type = t;
	if (!table_get(&c->asked, name))
		table_put(&c->asked, c->arena, name, e);
}

static bool enum_condition(struct checker *c, struct node *n,
			   struct condition *out)
{
	const struct type *t = asked(c, n->exists.type);
	struct node *f = n->exists.fields;
	struct enumerator e;
	struct diag *d;

	if (!is_known(t))
		return false;
	*out = (struct condition){ .kind = COND_TYPE, .type = t };
	if (!f)
		return true;
	f->type = &type_bool;
	if (!type_enumerator(c->ts, f->name.s, &e) ||
	    strcmp(type_str(e.type), type_str(t))) {
		if (t->constants.n) {
			d = diag_error(c->diags, f->at, DIAG_UNKNOWN_FIELD,
				       "%s has no constant '%s'", type_str(t),
				       f->name.s);
			diag_hint(c->diags, d,
				  "declare the enum with it in the script");
			return false;
		}
		e.value = 0; /* the running kernel is asked by name */
		note_asked(c, f->name.s, t);
	}
	out->kind = COND_ENUMERATOR;
	out->name = f->name.s;
	out->value = e.value;
	return true;
}

/* kaddr("symbol") */
static bool symbol_condition(struct checker *c, struct node *n,
			     struct condition *out)
{
	struct node *call = n->exists.expr;
	struct node *arg = call->kind == N_CALL ? call->call.args : NULL;
	struct diag *d;

	call->type = &type_uint64;
	if (!arg || arg->next || arg->kind != N_STR ||
	    strcmp(call->call.name, "kaddr")) {
		d = diag_error(c->diags, call->at, DIAG_ARG_TYPE,
			       "exists() cannot ask for this");
		diag_hint(c->diags, d,
			  "it takes struct s.field, enum e.NAME, a probe "
			  "like kprobe:f, or kaddr(\"symbol\")");
		return false;
	}
	call->call.builtin = builtin_find("kaddr");
	arg->type = type_string(c->ts, arg->str.len + 1);
	*out = (struct condition){ .kind = COND_SYMBOL, .name = arg->str.s };
	return true;
}

static bool bad_point(struct checker *c, struct node *n, const char *what)
{
	struct diag *d = diag_error(c->diags, n->at, DIAG_BAD_PROBE,
				    "exists() cannot ask for '%s'", what);

	diag_hint(c->diags, d,
		  "it knows kprobe:f, kretprobe:f, fentry:f, fexit:f, call:f, "
		  "syscall:name, tracepoint:category:event, "
		  "rawtracepoint:event, uprobe:binary:f, uretprobe:binary:f "
		  "and ucall:binary:f");
	return false;
}

/* Are there two parts to the names of such points? */
static int parts_of(enum provider p)
{
	switch ((int)p) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
	case PROVIDER_CALL:
	case PROVIDER_RAWTRACEPOINT:
	case PROVIDER_SYSCALL:
		return 1;
	case PROVIDER_TRACEPOINT:
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_UCALL:
		return 2;
	default:
		return 0;
	}
}

/* --- What being this alternative tells ------------------------------------ */

/* Whether t is called name; it may be one of several that share a program. */
static bool is_called(const struct target *t, const char *name)
{
	for (; t; t = t->alternative)
		if (!strcmp(t->name, name))
			return true;
	return false;
}

/*
 * A body of one of several alternatives is loaded because those before it are
 * not there: 1, 0, or -1 when it does not tell.
 */
static int told(const struct checker *c, const char *name)
{
	const struct target *t = c->body->choices, *own = t;
	uint32_t i;

	for (i = 0; own && i < c->body->choice; i++)
		own = own->otherwise;
	if (!own)
		return -1;
	if (is_called(own, name))
		return own->alternative ? -1 : 1;
	for (; t != own; t = t->otherwise)
		if (is_called(t, name))
			return 0;
	return -1;
}

static const struct type *known(struct node *n, bool yes)
{
	const struct constant v = { .kind = CONST_BOOL, .value = yes };

	constant_put(n, &v);
	n->type = &type_bool;
	return n->type;
}

static const struct type *decide_later(struct checker *c, struct node *n,
				       const struct condition *cond)
{
	n->type = &type_bool;
	if (c->last) {
		n->exists.index = (int)c->u->conditions.n;
		*vec_push(c->arena, &c->u->conditions) = *cond;
	}
	return n->type;
}

/* --- Arguments ------------------------------------------------------------ */

/* exists(args.NAME), and no call in it. */
static bool asks_argument(const struct node *n)
{
	return n->kind == N_EXISTS && n->exists.expr &&
	       n->exists.expr->kind == N_NAME;
}

static bool has_argument(const struct checker *c, const char *name)
{
	return c->body->args && type_member(c->ts, c->body->args, name);
}

/* arg0, arg1, ... */
static bool is_numbered(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strncmp(name, "arg", 3) &&
	       strspn(name + 3, "0123456789") == n - 3;
}

struct mentions {
	const struct checker *c;
	bool unknown;
};

/* Something of the probe that this body does not have? */
static void find_unknown(struct node *n, void *arg)
{
	struct mentions *m = arg;

	if (n->kind == N_NAME) {
		m->unknown |=
			(!strcmp(n->name.s, "retval") &&
			 !check_has(m->c, HAS_RETVAL)) ||
			(!strcmp(n->name.s, "args") &&
			 !check_has(m->c, HAS_ARGS)) ||
			(is_numbered(n->name.s) && !check_has(m->c, HAS_ARGN));
		return;
	}
	if (n->kind == N_FIELD && n->field.e->kind == N_NAME &&
	    !strcmp(n->field.e->name.s, "args"))
		m->unknown |= !has_argument(m->c, n->field.name);
	if ((n->kind == N_IF || n->kind == N_TERNARY) &&
	    asks_argument(n->cond.cond) &&
	    !has_argument(m->c, n->cond.cond->exists.fields->name.s)) {
		if (n->cond.otherwise) /* the other branch is left out */
			find_unknown(n->cond.otherwise, m);
		return;
	}
	if (n->kind != N_EXISTS)
		node_children(n, find_unknown, arg);
}

static bool has_meaning(const struct checker *c, struct node *n)
{
	struct mentions m = { .c = c };

	if (n)
		find_unknown(n, &m);
	return !m.unknown;
}

static void decide_now(struct node *n, void *arg)
{
	if (n->kind == N_EXISTS)
		n->exists.now = true;
	node_children(n, decide_now, arg);
}

/*
 * Of two branches one is often for another alternative, or for a kernel where
 * the arguments have other names: then it has no meaning here, and which one it
 * is has to be known.  Else it is decided on the kernel that runs it.
 */
void check_when(struct checker *c, struct node *n)
{
	if (!has_meaning(c, n->cond.then) || !has_meaning(c, n->cond.otherwise))
		decide_now(n->cond.cond, NULL);
}

/* What is left out for want of an argument is left out on every kernel; one
 * that has it is told of when the program is loaded there. */
static void note_absent(struct checker *c, const struct node *n,
			const char *name)
{
	int quiet = c->diags->quiet;
	struct absent *a;
	struct diag *d;

	if (!c->body->args || (!c->u->deferred && !c->u->offline))
		return;
	a = vec_push(c->arena, &c->u->absent);
	a->body = c->body;
	a->name = name;
	if (c->body->choices)
		return;	     /* it may be for another of the alternatives */
	c->diags->quiet = 0; /* it is a constant from now on */
	d = diag_warn(c->diags, n->at, DIAG_ABSENT,
		      "there is no args.%s here, so what is for kernels that "
		      "have it is left out of the program",
		      name);
	diag_hint(c->diags, d,
		  "compile on a kernel that has it, or with its types: "
		  "--btf FILE");
	c->diags->quiet = quiet;
}

static const struct type *args_condition(struct checker *c, struct node *n)
{
	const char *name = n->exists.fields->name.s;
	bool has = has_argument(c, name);

	if (strcmp(n->exists.expr->name.s, "args")) {
		diag_hint(c->diags,
			  diag_error(c->diags, n->at, DIAG_ARG_TYPE,
				     "exists() cannot ask for a part of %s",
				     n->exists.expr->name.s),
			  "it takes args.NAME, or a type: "
			  "exists(struct s.field)");
		return &type_error;
	}
	if (!has)
		note_absent(c, n, name);
	if (has && !n->exists.now)
		return decide_later(
			c, n,
			&(struct condition){ .kind = COND_ARG, .name = name });
	return known(n, has);
}

/* provider:name or provider:module:name */
static bool point_condition(struct checker *c, struct node *n,
			    struct condition *out)
{
	char *text = arena_strdup(c->arena, n->exists.point);
	char *target = strchr(text, ':'), *last;
	const struct provider_row *p;
	int parts;

	if (!target)
		return bad_point(c, n, n->exists.point);
	*target++ = '\0';
	p = provider_find(text);
	if (!p)
		return bad_point(c, n, n->exists.point);
	parts = parts_of(p->id);
	last = strrchr(target, ':');
	if (!parts || (parts == 2 && !last) || !*target ||
	    (p->id == PROVIDER_SYSCALL && last))
		return bad_point(c, n, n->exists.point);
	*out = (struct condition){ .kind = COND_POINT,
				   .provider = p->id,
				   .module = last ? target : "",
				   .name = last ? last + 1 : target };
	if (last)
		*last = '\0';
	return true;
}

/* kprobe:f, where p:f is what other names of kprobe stand for. */
static const char *own_name(struct checker *c, const struct condition *cond)
{
	return arena_printf(c->arena, "%s:%s%s%s",
			    providers[cond->provider].name, cond->module,
			    *cond->module ? ":" : "", cond->name);
}

const struct type *check_exists(struct checker *c, struct node *n)
{
	struct condition cond;
	bool good;
	int is = -1;

	if (n->exists.expr && n->exists.expr->kind == N_NAME)
		return args_condition(c, n);
	if (n->exists.type)
		good = n->exists.type->spec.tag == TAG_ENUM
			       ? enum_condition(c, n, &cond)
			       : type_condition(c, n, &cond);
	else if (n->exists.expr)
		good = symbol_condition(c, n, &cond);
	else
		good = point_condition(c, n, &cond);
	if (!good)
		return &type_error;
	if (cond.kind == COND_POINT)
		is = told(c, own_name(c, &cond));
	if (is >= 0)
		return known(n, is);
	return decide_later(c, n, &cond);
}
