/* expand.c - finds calls of macros, and which overload is meant. */
#include <string.h>

#include "builtin.h"
#include "expand_own.h"
#include "library.h"
#include "parse.h"

enum { MAX_DEPTH = 1000 }; /* of a tree, as in the parser */

/* --- Names ---------------------------------------------------------------- */

static bool same_signature(const struct routine *a, const struct routine *b)
{
	const struct formal *f = a->formals, *g = b->formals;

	for (; f && g; f = f->next, g = g->next)
		if ((*f->name == '$') != (*g->name == '$') ||
		    (*f->name == '@') != (*g->name == '@'))
			return false;
	return !f && !g;
}

static void refuse_twice(struct expander *x, const struct routine *old,
			 const struct routine *r)
{
	struct diags *ds = x->u->diags;
	struct diag *d;

	for (; old; old = old->overload) {
		if (r->kind == ROUTINE_MACRO && old->kind == ROUTINE_MACRO &&
		    !same_signature(old, r))
			continue;
		d = diag_error(ds, r->name_at, DIAG_REDEFINED,
			       "%s() is defined already", r->name);
		diag_note(ds, d, old->name_at, "here");
		if (r->kind == ROUTINE_MACRO && old->kind == ROUTINE_MACRO)
			diag_hint(ds, d,
				  "macros of one name differ in how many "
				  "parameters they have, or of which kinds");
		return;
	}
}

static void refuse_same_formals(struct expander *x, const struct routine *r)
{
	const struct formal *f, *g;

	for (f = r->formals; f; f = f->next)
		for (g = r->formals; g != f; g = g->next)
			if (!strcmp(f->name, g->name))
				diag_error(x->u->diags, f->at, DIAG_REDEFINED,
					   "%s() has two parameters called %s",
					   r->name, f->name);
}

static void add_routine(struct expander *x, struct routine *r)
{
	struct table *t = r->library ? &x->library : &x->user;
	struct routine *first = table_get(t, r->name), **end;

	refuse_twice(x, first, r);
	refuse_same_formals(x, r);
	if (!first) {
		table_put(t, x->u->arena, r->name, r);
		return;
	}
	for (end = &first->overload; *end; end = &(*end)->overload)
		;
	*end = r;
}

/* The routines of a module of the library, read when one is asked for. */
static struct routine *from_library(struct expander *x, const char *name)
{
	const struct library_name *row = library_find(name);
	struct routine **end = &x->u->prog->routines, *r;

	if (!row)
		return NULL;
	r = table_get(&x->library, name);
	if (r)
		return r;
	while (*end)
		end = &(*end)->next;
	if (!library_parse(x->u->prog, row->module))
		return NULL;
	for (r = *end; r; r = r->next) {
		r->library = true;
		add_routine(x, r);
	}
	return table_get(&x->library, name);
}

/* Code of the library sees the library alone, and never a user's routine of
 * the same name. */
static struct routine *find(struct expander *x, const char *name, uint32_t pos)
{
	struct routine *r = NULL;

	if (!source_file(x->u->prog->sources, pos)->library)
		r = table_get(&x->user, name);
	return r ? r : from_library(x, name);
}

const struct routine *expand_find(struct unit *u, const char *name,
				  uint32_t pos)
{
	return find(u->expander, name, pos);
}

const char *expand_nearest(struct unit *u, const char *name)
{
	const struct table *user = &u->expander->user;
	size_t n = user->entries.n, i, k = 0;
	const char **names;

	names = arena_alloc(u->arena,
			    (n + library_count() + 1) * sizeof(*names));
	for (i = 0; i < n; i++)
		names[k++] = user->entries.v[i].key;
	for (i = 0; i < library_count(); i++)
		names[k++] = library_row(i)->name;
	return nearest_name(name, names);
}

const char *expand_shown(struct arena *a, const char *name)
{
	const char *end = strchr(name, '\'');

	return end ? arena_strndup(a, name, (size_t)(end - name)) : name;
}

/* --- Which overload ------------------------------------------------------- */

static uint32_t count_formals(const struct routine *r)
{
	const struct formal *f;
	uint32_t n = 0;

	for (f = r->formals; f; f = f->next)
		n++;
	return n;
}

static bool takes(const struct formal *f, const struct node *arg)
{
	if (*f->name == '$')
		return arg->kind == N_VAR;
	if (*f->name == '@')
		return arg->kind == N_MAP && !arg->map.brackets;
	return true;
}

/* How well a macro fits: 0 for not at all, more for each parameter that wants
 * a variable or a map and gets it. */
static uint32_t fit(const struct routine *r, const struct node *arg)
{
	const struct formal *f = r->formals;
	uint32_t score = 1;

	for (; f && arg; f = f->next, arg = arg->next) {
		if (!takes(f, arg))
			return 0;
		score += *f->name == '$' || *f->name == '@';
	}
	return f || arg ? 0 : score;
}

static struct routine *choose(struct routine *r, const struct node *args)
{
	struct routine *best = NULL;
	uint32_t score, most = 0;

	for (; r; r = r->overload) {
		score = fit(r, args);
		if (score > most) {
			most = score;
			best = r;
		}
	}
	return best;
}

static const char *kind_str(const struct node *arg)
{
	return arg->kind == N_VAR ? "a variable"
	       : arg->kind == N_MAP
		       ? arg->map.brackets ? "an entry of a map" : "a map"
	       : arg->kind == N_TYPE ? "a type"
				     : "an expression";
}

/* Counts that overloads take: "1 argument", "1 or 3 arguments". */
static const char *counts(struct expander *x, const struct routine *r)
{
	const char *s = NULL;
	uint32_t n = count_formals(r), last = n + 1;

	for (; r; r = r->overload) {
		n = count_formals(r);
		if (n != last)
			s = arena_printf(x->u->arena, "%s%s%u", s ? s : "",
					 s ? " or " : "", n);
		last = n;
	}
	return arena_printf(x->u->arena, "%s argument%s", s,
			    strcmp(s, "1") ? "s" : "");
}

static void wrong_arguments(struct expander *x, const struct node *n,
			    const struct routine *r)
{
	const struct node *arg = n->call.args;
	uint32_t got = node_count(arg);
	struct diags *ds = x->u->diags;
	const struct routine *near = r;
	const struct formal *f;
	struct diag *d;

	while (near && count_formals(near) != got)
		near = near->overload;
	if (!near) {
		d = diag_error(ds, n->at, DIAG_ARG_COUNT,
			       "%s() takes %s, not %u", r->name, counts(x, r),
			       got);
		if (!r->library)
			diag_note(ds, d, r->name_at, "it is defined here");
		return;
	}
	for (f = near->formals; takes(f, arg); f = f->next)
		arg = arg->next;
	d = diag_error(ds, n->at, DIAG_ARG_TYPE,
		       "%s() wants %s for %s, and this is %s", near->name,
		       *f->name == '$' ? "a variable" : "a map", f->name,
		       kind_str(arg));
	diag_note(ds, d, arg->at, "this argument");
	if (!near->library)
		diag_note(ds, d, f->at, "for this parameter");
}

/* --- Calls ---------------------------------------------------------------- */

static void expand_node(struct expander *x, struct node *n);

static void expand_list(struct expander *x, struct node *n)
{
	for (; n; n = n->next)
		expand_node(x, n);
}

static void make_harmless(struct node *n)
{
	n->kind = N_INT;
	n->num.value = 0;
	n->num.suffix_unsigned = n->num.negative = false;
}

/* "a() -> b() -> a()" */
static void recursion(struct expander *x, const struct node *n,
		      const struct routine *r)
{
	struct diags *ds = x->u->diags;
	struct strbuf b = { 0 };
	struct diag *d;
	size_t i = 0;

	while (x->open.v[i] != r)
		i++;
	for (; i < x->open.n; i++)
		strbuf_printf(&b, "%s() -> ", x->open.v[i]->name);
	d = diag_error(ds, n->at, DIAG_RECURSION,
		       "a macro cannot call itself: %s%s()", b.s, r->name);
	diag_hint(ds, d,
		  "use a loop: while (...) {...} or for ($i : a..b) "
		  "{...}");
	strbuf_free(&b);
}

static void call(struct expander *x, struct node *n, struct routine *r,
		 struct node *args)
{
	struct node *body, *next = n->next;

	if (r->busy) {
		recursion(x, n, r);
		make_harmless(n);
		return;
	}
	body = expand_body(x, r, args, n->at);
	if (!body) {
		make_harmless(n);
		return;
	}
	*n = *body;
	n->next = next;
	*vec_push(x->u->arena, &x->open) = r;
	r->busy = true;
	expand_node(x, n);
	r->busy = false;
	x->open.n--;
}

static void expand_call(struct expander *x, struct node *n)
{
	struct routine *r, *which;

	expand_list(x, n->call.args);
	r = find(x, n->call.name, n->at.beg);
	if (!r || r->kind == ROUTINE_FN)
		return;
	which = choose(r, n->call.args);
	if (!which && !r->library) /* its other overloads are still there */
		which = choose(from_library(x, n->call.name), n->call.args);
	if (which) {
		call(x, n, which, n->call.args);
		return;
	}
	if (builtin_find(n->call.name))
		return;
	wrong_arguments(x, n, r);
	make_harmless(n);
}

/* A name alone calls a macro without parameters. */
static void expand_name(struct expander *x, struct node *n)
{
	struct routine *r = find(x, n->name.s, n->at.beg);

	if (r && r->kind == ROUTINE_MACRO)
		r = choose(r, NULL);
	if (r && r->kind == ROUTINE_MACRO)
		call(x, n, r, NULL);
}

static void expand_type(struct expander *x, struct node *n)
{
	struct type_suffix *s;

	expand_list(x, n->spec.of);
	for (s = n->spec.suffixes; s; s = s->next)
		expand_list(x, s->len);
}

static void too_deep(struct expander *x, const struct node *n)
{
	if (!x->stopped)
		diag_error(x->u->diags, n->at, DIAG_NESTING,
			   "with its macros expanded this is nested too "
			   "deeply");
	x->stopped = true;
}

static void expand_node(struct expander *x, struct node *n)
{
	struct node **slots[NODE_SLOTS];
	uint32_t i, k;

	if (x->depth == MAX_DEPTH)
		too_deep(x, n);
	if (x->stopped)
		return;
	x->depth++;
	if (n->kind == N_CALL)
		expand_call(x, n);
	else if (n->kind == N_NAME)
		expand_name(x, n);
	else if (n->kind == N_TYPE)
		expand_type(x, n);
	else if (n->kind == N_OFFSETOF) /* its fields are no values */
		expand_list(x, n->offsetof_.e);
	else if (n->kind != N_EXISTS) {
		k = node_slots(n, slots);
		for (i = 0; i < k; i++)
			expand_list(x, *slots[i]);
	}
	x->depth--;
}

/* --- Programs ------------------------------------------------------------- */

void expand_later(struct unit *u, struct node *n)
{
	expand_list(u->expander, n);
}

void expand(struct unit *u)
{
	struct expander *x = arena_make(u->arena, struct expander);
	struct program *p = u->prog;
	struct routine *r;
	struct map_decl *m;
	struct probe *pb;

	x->u = u;
	u->expander = x;
	for (r = p->routines; r; r = r->next)
		add_routine(x, r);
	if (u->diags->nerrors)
		return;
	for (m = p->map_decls; m; m = m->next)
		expand_list(x, m->size);
	for (pb = p->probes; pb; pb = pb->next) {
		expand_list(x, pb->pred);
		expand_list(x, pb->body);
	}
	/* those of the library come to this list while it is walked */
	for (r = p->routines; r; r = r->next)
		if (r->kind == ROUTINE_FN)
			expand_list(x, r->body);
}
