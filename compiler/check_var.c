/* check_var.c - scratch variables: scopes, types, assignments. */
#include <string.h>

#include "check.h"
#include "expand.h"

/* --- Scopes --------------------------------------------------------------- */

static struct variable *new_variable(struct checker *c, const char *name,
				     struct span at)
{
	struct variable *v = arena_make(c->arena, struct variable);
	struct variable **end = &c->body->variables;

	v->name = expand_shown(c->arena, name);
	v->key = name;
	v->at = at;
	v->type = &type_none;
	v->id = c->body->nvariables++;
	/* newest first: nobody needs another order, and it costs nothing */
	v->next = *end;
	*end = v;
	return v;
}

/* A new variable in the innermost block; the node remembers it, so that each
 * walk finds the same. */
struct variable *check_declare(struct checker *c, struct variable **slot,
			       const char *name, struct span at)
{
	struct variable *old = table_get(&c->live, name);
	struct variable *v = *slot;
	struct diag *d;

	if (old) {
		d = diag_error(c->diags, at, DIAG_SHADOW,
			       "%s is declared already", old->name);
		diag_note(c->diags, d, old->at, "here");
		diag_hint(c->diags, d, "give one of the two another name");
	}
	if (!v)
		*slot = v = new_variable(c, name, at);
	v->depth = c->depth;
	v->assigned = false;
	*vec_push(c->arena, &c->scope) = v;
	*vec_push(c->arena, &c->hidden) = old;
	table_put(&c->live, c->arena, name, v);
	return v;
}

void check_leave(struct checker *c, uint32_t depth)
{
	while (c->scope.n && c->scope.v[c->scope.n - 1]->depth > depth) {
		struct variable *v = c->scope.v[--c->scope.n];

		table_put(&c->live, c->arena, v->key,
			  c->hidden.v[--c->hidden.n]);
	}
	while (c->passed.n && c->passed.v[c->passed.n - 1].depth > depth)
		c->passed.n--;
}

/* --- Variables that an if and its else both assign ------------------------ */

/*
 *	if (e) { $x = 1; } else { $x = 2; }
 *	print($x);
 *
 * Such a $x has a value in any case, and lives in the block around them if that
 * reads it: found out when it does, and then known to the next walk.
 */
struct lifted {
	struct lifted *next;
	const char *name;
	struct span at;
	struct variable *sym;
};

/* Where n assigns to the variable, whatever happens; or NULL. */
static const struct node *assigns(const struct node *n, const char *name)
{
	const struct node *s, *dst;

	if (n->kind == N_ASSIGN) {
		dst = n->assign.dst;
		return n->assign.op == OP_SET && dst->kind == N_VAR &&
				       !strcmp(dst->var.name, name)
			       ? dst
			       : NULL;
	}
	if (n->kind == N_IF)
		return n->cond.otherwise && assigns(n->cond.otherwise, name)
			       ? assigns(n->cond.then, name)
			       : NULL;
	if (n->kind != N_BLOCK)
		return NULL;
	for (s = n->block.stmts; s; s = s->next) {
		if (s->kind == N_LET && !strcmp(s->let.name, name))
			return NULL;
		dst = assigns(s, name);
		if (dst)
			return dst;
	}
	return NULL;
}

void check_passed(struct checker *c, struct node *n)
{
	struct variable *v;
	struct lifted *l;

	for (l = n->cond.lifted; l; l = l->next) {
		v = table_get(&c->live, l->name);
		if (v)
			v->assigned = true;
	}
	if (n->cond.otherwise)
		*vec_push(c->arena, &c->passed) =
			(struct passed){ n, c->depth };
}

void check_lifted(struct checker *c, struct node *n)
{
	struct lifted *l;

	for (l = n->cond.lifted; l; l = l->next)
		if (!table_get(&c->live, l->name))
			check_declare(c, &l->sym, l->name, l->at);
}

/* Can the variable be had from an if before here, in the next walk? */
static bool lift(struct checker *c, const char *name)
{
	size_t i;

	for (i = c->passed.n; i-- > 0;) {
		struct node *n = c->passed.v[i].n;
		const struct node *dst = assigns(n, name);
		struct lifted *l;

		if (!dst)
			continue;
		l = arena_make(c->arena, struct lifted);
		l->name = name;
		l->at = dst->at;
		l->next = n->cond.lifted;
		n->cond.lifted = l;
		c->changed = true;
		return true;
	}
	return false;
}

static const char *nearest_variable(struct checker *c, const char *name)
{
	const char **names;
	size_t i, n = 0;

	names = arena_alloc(c->arena, (c->scope.n + 1) * sizeof(*names));
	for (i = 0; i < c->scope.n; i++)
		names[n++] = c->scope.v[i]->name;
	return nearest_name(name, names);
}

static const struct type *unknown_variable(struct checker *c, struct node *n)
{
	const char *guess, *name = expand_shown(c->arena, n->var.name);
	struct diag *d;

	d = diag_error(c->diags, n->at, DIAG_UNKNOWN_VAR,
		       "%s has not been assigned here", name);
	if (c->diags->quiet)
		return &type_error;
	/* of names of a letter or two all are near */
	guess = strlen(name) > 3 ? nearest_variable(c, name) : NULL;
	if (guess && strcmp(expand_shown(c->arena, guess), name) == 0)
		diag_hint(c->diags, d,
			  "a macro sees only the variables that it is given: "
			  "make %s a parameter",
			  name);
	else if (guess)
		diag_hint(c->diags, d, "did you mean %s?", guess);
	else
		diag_hint(c->diags, d,
			  "a variable lives in its block: write let %s; "
			  "before the block that assigns it",
			  name);
	return &type_error;
}

const struct type *check_var(struct checker *c, struct node *n)
{
	struct variable *v = table_get(&c->live, n->var.name);

	if (!v && !c->last && lift(c, n->var.name))
		return &type_none;
	if (!v)
		return unknown_variable(c, n);
	n->var.sym = v;
	if (!v->assigned && !(c->unevaluated && is_known(v->type))) {
		struct diag *d = diag_error(c->diags, n->at, DIAG_UNKNOWN_VAR,
					    "%s is read before anything is "
					    "assigned to it",
					    v->name);

		diag_note(c->diags, d, v->at, "it is declared here");
		return &type_error;
	}
	/* a source that failed was reported there */
	return v->type->kind == T_NONE && c->last ? &type_error : v->type;
}

/* --- What fits what ------------------------------------------------------- */

bool check_storable(struct checker *c, const struct type *t, struct span at)
{
	enum { MAX_STORED = 16 << 10 };

	if (t->size > MAX_STORED) {
		diag_error(c->diags, at, DIAG_TOO_BIG,
			   "%s takes %u bytes, and a value is at most %d",
			   type_str(t), t->size, MAX_STORED);
		return false;
	}
	if (t->kind != T_TUPLE || t->nmembers)
		return true;
	diag_error(c->diags, at, DIAG_NOT_A_VALUE, "() holds nothing to keep");
	return false;
}

static bool is_arithmetic(enum op op)
{
	return op == OP_ADD || op == OP_SUB || op == OP_MUL || op == OP_DIV ||
	       op == OP_MOD || op == OP_BAND || op == OP_BOR || op == OP_XOR ||
	       op == OP_SHL || op == OP_SHR;
}

/* Arithmetic is done in 64 bits; its result is taken for what its operands
 * were. */
static bool int_fits(const struct type *to, const struct node *src)
{
	const struct type *t = src->type;

	if (src->kind == N_BINARY && is_arithmetic(src->binary.op))
		return int_fits(to, src->binary.l) &&
		       int_fits(to, src->binary.r);
	if (src->kind == N_UNARY && src->unary.op != OP_DEREF)
		return int_fits(to, src->unary.e);
	return t->size <= to->size;
}

static bool literal_in_range(const struct type *to, const struct constant *v)
{
	struct constant cut = fold_cast(v, to->size, to->is_signed);

	if (to->kind == T_BOOL)
		return v->value <= 1 && !v->negative;
	return cut.value == v->value && cut.negative == v->negative;
}

static bool fit_int(struct checker *c, const struct type *to, struct node *src,
		    const char *what)
{
	struct constant v;
	struct diag *d;

	if (constant_of(src, &v) && v.kind == CONST_INT) {
		if (literal_in_range(to, &v))
			return true;
		diag_error(c->diags, src->at, DIAG_RANGE,
			   "%s%llu does not fit %s, which is %s",
			   v.negative ? "-" : "", (unsigned long long)v.value,
			   what, type_str(to));
		return false;
	}
	if (!int_fits(to, src) && to->kind != T_BOOL) {
		d = diag_error(c->diags, src->at, DIAG_VALUE_TYPE,
			       "%s is %s: a value of %s may not fit", what,
			       type_str(to), type_str(src->type));
		diag_hint(c->diags, d, "write (%s) before it to cut it",
			  type_str(to));
		return false;
	}
	if (src->type->is_signed && !to->is_signed && to->kind == T_INT &&
	    !src->type->literal) {
		d = diag_warn(c->diags, src->at, DIAG_SIGN,
			      "%s becomes %s: a negative value turns into a "
			      "large one",
			      type_str(src->type), type_str(to));
		diag_hint(c->diags, d, "write (%s) if that is meant",
			  type_str(to));
	}
	return true;
}

bool check_fits(struct checker *c, const struct type *to, struct node *src,
		struct span at, const char *what)
{
	const struct type *from = src->type, *both;
	bool mixed = false;
	struct diag *d;

	if (!is_known(from) || !is_known(to))
		return true;
	if (type_is_int(to) && type_is_int(from))
		return fit_int(c, to, src, what);
	both = type_join(c->ts, to, from, &mixed);
	if (both == to)
		return true;
	d = diag_error(c->diags, at, DIAG_VALUE_TYPE,
		       both ? "%s is %s: a value of %s does not fit"
			    : "%s is %s and cannot take a value of %s",
		       what, type_str(to), type_str(from));
	if (both && to->kind == T_STRING)
		diag_hint(c->diags, d, "declare it as %s", type_str(from));
	else if (to->kind == T_PTR && type_is_int(from))
		diag_hint(c->diags, d, "cast it: (%s)...", type_str(to));
	return false;
}

/* --- Assignments ---------------------------------------------------------- */

/* Signed and unsigned 64 bits have met in one variable or map. */
static void warn_sign(struct checker *c, const struct type *slot,
		      const struct node *src)
{
	struct diag *d;

	if (!src || slot != &type_int64 || src->type != &type_uint64)
		return;
	d = diag_warn(c->diags, src->at, DIAG_SIGN,
		      "uint64 becomes int64 here, because other values "
		      "assigned to it are signed");
	diag_hint(c->diags, d, "write (int64) before it if that is meant");
}

void check_widen_var(struct checker *c, struct variable *v,
		     const struct type *t, struct node *src, struct span at)
{
	const struct type *both;
	bool mixed = false;
	struct diag *d;

	if (!is_known(t) || !check_storable(c, t, at))
		return;
	both = type_join(c->ts, v->type, t, &mixed);
	if (!both) {
		d = diag_error(c->diags, at, DIAG_TYPE_MISMATCH,
			       "%s is %s and cannot take a value of %s",
			       v->name, type_str(v->type), type_str(t));
		diag_note(c->diags, d, v->at, "its type comes from here");
		return;
	}
	if (both != v->type) {
		v->type = both;
		c->changed = true;
	}
	warn_sign(c, v->type, src);
}

void check_let(struct checker *c, struct node *n)
{
	const struct type *init = NULL, *t = NULL;
	struct variable *v;

	if (n->let.init)
		init = check_is_agg(n->let.init)
			       ? check_agg_elsewhere(c, n->let.init)
			       : check_value(c, n->let.init);
	if (n->let.spec)
		t = check_spec(c, n->let.spec);
	v = check_declare(c, &n->let.sym, n->let.name, n->let.name_at);
	v->assigned = init != NULL;
	if (t && is_known(t) && check_storable(c, t, n->let.spec->at)) {
		if (t->kind == T_VOID)
			diag_error(c->diags, n->let.spec->at, DIAG_NOT_A_VALUE,
				   "a variable cannot be void");
		v->type = t;
		v->declared_type = true;
		if (init)
			check_fits(c, t, n->let.init, n->at, v->name);
	} else if (init && !n->let.spec) {
		check_widen_var(c, v, init, n->let.init, n->at);
	}
}

/* The type that $v op= src, or @m op= src, gives. */
static const struct type *step(struct checker *c, struct node *n)
{
	const struct type *on;

	return check_operands(c, n->at, n->assign.op, n->assign.dst,
			      n->assign.src, &on);
}

static void assign_var(struct checker *c, struct node *n)
{
	struct node *dst = n->assign.dst, *src = n->assign.src;
	const struct type *t;
	struct variable *v;

	t = check_is_agg(src) ? check_agg_elsewhere(c, src)
			      : check_value(c, src);
	if (n->assign.op != OP_SET) {
		dst->type = check_var(c, dst);
		if (!is_known(dst->type))
			return;
		t = step(c, n);
		v = dst->var.sym;
	} else {
		v = table_get(&c->live, dst->var.name);
		if (!v)
			v = check_declare(c, &dst->var.sym, dst->var.name,
					  dst->at);
	}
	dst->var.sym = v;
	v->assigned = true;
	if (!v->declared_type)
		check_widen_var(c, v, t, n->assign.op == OP_SET ? src : NULL,
				n->at);
	else if (n->assign.op == OP_SET)
		check_fits(c, v->type, src, n->at, v->name);
	else if (is_known(t) && type_is_int(t) != type_is_int(v->type))
		diag_error(c->diags, n->at, DIAG_TYPE_MISMATCH,
			   "%s is %s and cannot take a value of %s", v->name,
			   type_str(v->type), type_str(t));
	dst->type = v->type;
}

static void assign_map(struct checker *c, struct node *n)
{
	struct node *dst = n->assign.dst, *src = n->assign.src;
	struct map *m;
	const struct type *t;

	if (check_is_agg(src) && n->assign.op != OP_SET)
		t = check_agg_elsewhere(c, src);
	else if (check_is_agg(src))
		t = src->type = check_agg(c, src);
	else
		t = check_value(c, src);
	m = check_map_place(c, dst);
	if (!m) {
		dst->type = &type_error;
		return;
	}
	check_map_write(c, m);
	if (n->assign.op != OP_SET) {
		dst->type = m->value;
		if (m->value->kind == T_NONE)
			dst->type = type_is_int(t) ? type_literal(0, false) : t;
		if (m->value->kind != T_AGG)
			t = step(c, n);
	}
	check_widen_map(c, m, t, n->assign.op == OP_SET ? src : NULL, n->at);
	dst->type = m->value;
}

void check_assign(struct checker *c, struct node *n)
{
	struct node *dst = n->assign.dst;
	struct diag *d;

	if (dst->kind == N_VAR) {
		assign_var(c, n);
		return;
	}
	if (dst->kind == N_MAP) {
		assign_map(c, n);
		return;
	}
	check_value(c, n->assign.src);
	dst->type = &type_error;
	d = diag_error(c->diags, dst->at, DIAG_NOT_ASSIGNABLE,
		       "only variables and maps can be assigned to");
	diag_hint(c->diags, d, "write $x = ... or @x = ...");
}
