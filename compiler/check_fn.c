/* check_fn.c - fn: BPF subprograms, and calls of them. */
#include <string.h>

#include "check.h"
#include "expand.h"

/*
 * A program and the subprograms and loop callbacks within it may have 8 frames
 * at a time: MAX_CALL_FRAMES of the kernel.
 */
enum { MAX_FRAMES = 8, MAX_PARAMS = 12 };

/* --- Declarations --------------------------------------------------------- */

static const struct type *written(struct checker *c, struct node *spec)
{
	const struct type *t = type_settle(c->ts, check_spec(c, spec));

	spec->type = t;
	if (t->kind == T_ERROR || !check_storable(c, t, spec->at))
		return &type_error;
	if (t->kind == T_AGG) {
		diag_error(c->diags, spec->at, DIAG_NOT_A_VALUE,
			   "%s is of maps and cannot be passed", type_str(t));
		return &type_error;
	}
	return t;
}

static void declare_params(struct checker *c, struct function *f)
{
	const struct formal *p;
	struct diag *d;
	uint32_t i = 0;

	for (p = f->routine->formals; p; p = p->next)
		f->nparams++;
	f->types = arena_alloc(c->arena, (f->nparams + 1) * sizeof(*f->types));
	f->params =
		arena_alloc(c->arena, (f->nparams + 1) * sizeof(*f->params));
	if (f->nparams > MAX_PARAMS) {
		d = diag_error(c->diags, f->routine->name_at, DIAG_TOO_BIG,
			       "%s() has %u parameters, and %d is the most",
			       f->routine->name, f->nparams, MAX_PARAMS);
		diag_hint(c->diags, d,
			  "pass several at once: $t: "
			  "typeof((1, \"a\"))");
	}
	for (p = f->routine->formals; p; p = p->next, i++) {
		f->types[i] = written(c, p->spec);
		if (f->types[i]->kind == T_VOID) {
			diag_error(c->diags, p->spec->at, DIAG_NOT_A_VALUE,
				   "a parameter cannot be void");
			f->types[i] = &type_error;
		}
	}
}

static bool has_value(const struct node *n)
{
	switch ((int)n->kind) {
	case N_IF:
		return has_value(n->cond.then) && n->cond.otherwise &&
		       has_value(n->cond.otherwise);
	case N_BLOCK:
		for (n = n->block.has_value ? n->block.stmts : NULL; n;
		     n = n->next)
			if (!n->next)
				return has_value(n);
		return false;
	case N_RETURN:
	case N_BREAK:
	case N_CONTINUE:
	case N_LET:
	case N_ASSIGN:
	case N_DISCARD:
	case N_FOR:
	case N_WHILE:
	case N_UNROLL:
		return false;
	default:
		return true;
	}
}

/* A trailing expression is what the function returns. */
static void return_last(struct checker *c, struct node *block)
{
	struct node **last = &block->block.stmts, *ret;

	if (!has_value(block))
		return;
	while ((*last)->next)
		last = &(*last)->next;
	ret = node_new(c->u->prog, N_RETURN, (*last)->at);
	ret->expr = *last;
	*last = ret;
	block->block.has_value = false;
}

static void declare(struct checker *c, struct routine *r)
{
	struct function *f = arena_make(c->arena, struct function);
	struct body *b = arena_make(c->arena, struct body);

	f->routine = r;
	f->body = b;
	b->fn = f;
	b->provider = PROVIDER_BEGIN; /* which has nothing of its own */
	b->block = r->body;
	b->elf_name = arena_printf(c->arena, "fn_%s", r->name);
	f->result = r->result ? written(c, r->result) : &type_void;
	declare_params(c, f);
	if (f->result->kind != T_VOID)
		return_last(c, b->block);
	table_put(&c->u->functions, c->arena, r->name, f);
}

void check_functions_declared(struct checker *c)
{
	struct routine *r;

	for (r = c->u->prog->routines; r; r = r->next)
		if (r->kind == ROUTINE_FN)
			declare(c, r);
}

void check_params(struct checker *c, struct function *f)
{
	const struct formal *p = f->routine->formals;
	struct variable *v;
	uint32_t i;

	c->depth++;
	for (i = 0; i < f->nparams; i++, p = p->next) {
		v = check_declare(c, &f->params[i], p->name, p->at);
		v->type = f->types[i];
		v->declared_type = true;
		v->assigned = true;
	}
}

/* --- Returns -------------------------------------------------------------- */

const struct type *check_fn_return(struct checker *c, struct node *n)
{
	const struct function *f = c->body->fn;
	const struct type *t = n->expr ? check_value(c, n->expr) : &type_void;
	struct diag *d;

	if (!is_known(f->result) || (n->expr && !is_known(t)))
		return t;
	if (!n->expr && f->result->kind != T_VOID)
		diag_error(c->diags, n->at, DIAG_NO_RETURN,
			   "%s() returns %s: a value is missing here",
			   f->routine->name, type_str(f->result));
	else if (n->expr && f->result->kind == T_VOID) {
		d = diag_error(c->diags, n->expr->at, DIAG_TYPE_MISMATCH,
			       "%s() returns nothing, and this is %s",
			       f->routine->name, type_str(t));
		diag_hint(c->diags, d, "write fn %s(...): %s", f->routine->name,
			  type_str(type_settle(c->ts, t)));
	} else if (n->expr)
		check_fits(c, f->result, n->expr, n->expr->at,
			   arena_printf(c->arena, "the result of %s()",
					f->routine->name));
	return t;
}

/* Is the end of n never reached? */
static bool never_ends(const struct node *n)
{
	const struct node *s;

	if (!n)
		return false;
	if (n->kind == N_RETURN)
		return true;
	if (n->kind == N_CALL && n->call.builtin)
		return n->call.builtin->id == BUILTIN_exit;
	if (n->kind == N_IF) {
		if (n->cond.known == 1)
			return never_ends(n->cond.then);
		if (n->cond.known == 0)
			return never_ends(n->cond.otherwise);
		return never_ends(n->cond.then) &&
		       never_ends(n->cond.otherwise);
	}
	if (n->kind != N_BLOCK)
		return false;
	for (s = n->block.stmts; s; s = s->next)
		if (never_ends(s))
			return true;
	return false;
}

static void check_end(struct checker *c, const struct function *f)
{
	struct span end = f->routine->body->at;
	struct diag *d;

	if (!is_known(f->result) || f->result->kind == T_VOID ||
	    never_ends(f->body->block))
		return;
	end.beg = end.end - 1;
	d = diag_error(c->diags, end, DIAG_NO_RETURN,
		       "%s() may end here without a value", f->routine->name);
	diag_note(c->diags, d, f->routine->result->at, "it returns %s",
		  type_str(f->result));
}

/* --- Calls ---------------------------------------------------------------- */

static bool right_count(struct checker *c, struct node *n,
			const struct function *f)
{
	uint32_t got = node_count(n->call.args);
	struct diag *d;

	if (got == f->nparams)
		return true;
	d = diag_error(c->diags, n->at, DIAG_ARG_COUNT,
		       "%s() takes %u argument%s, not %u", f->routine->name,
		       f->nparams, f->nparams == 1 ? "" : "s", got);
	diag_note(c->diags, d, f->routine->name_at, "it is defined here");
	return false;
}

const struct type *check_fn_call(struct checker *c, struct node *n)
{
	struct function *f = table_get(&c->u->functions, n->call.name);
	const struct formal *p = f->routine->formals;
	struct node *arg;
	uint32_t i = 0;
	bool good;

	n->call.fn = f;
	good = right_count(c, n, f);
	for (arg = n->call.args; arg; arg = arg->next, i++) {
		const struct type *t = check_value(c, arg);

		if (!good || !is_known(t) || !is_known(f->types[i]))
			continue;
		check_fits(c, f->types[i], arg, arg->at, p->name);
		p = p->next;
	}
	return f->result;
}

/* --- Who calls whom ------------------------------------------------------- */

struct call_walk {
	struct checker *c;
	struct function *from; /* NULL: a program */
	uint32_t deepest;      /* frames below the one in hand */
	uint32_t loops;	       /* whose callbacks are around here */
	bool leaves;
};

static void walk_calls(struct node *n, void *arg);

static void recursion(struct checker *c, const struct node *n,
		      const struct function *f)
{
	struct diag *d;

	d = diag_error(c->diags, n->at, DIAG_RECURSION,
		       "%s() calls itself here, and a BPF program cannot",
		       f->routine->name);
	diag_note(c->diags, d, f->routine->name_at, "it is defined here");
	diag_hint(c->diags, d,
		  "use a loop: while (...) {...} or for ($i : a..b) {...}");
}

static void visit(struct checker *c, struct function *f)
{
	struct call_walk w = { .c = c, .from = f };

	if (f->frames)
		return;
	f->busy = true;
	walk_calls(f->body->block, &w);
	f->busy = false;
	f->frames = 1 + w.deepest;
	f->leaves = w.leaves;
}

/* Builtins that are loops themselves. */
static bool has_callback(const struct builtin *b)
{
	return b && (b->id == BUILTIN_len || b->id == BUILTIN_strstr ||
		     b->id == BUILTIN_strcontains);
}

static void walk_call(struct call_walk *w, struct node *n)
{
	struct function *f = n->call.fn;

	if (has_callback(n->call.builtin) && w->loops + 1 > w->deepest)
		w->deepest = w->loops + 1;
	if (n->call.builtin && n->call.builtin->id == BUILTIN_exit)
		w->leaves = true;
	if (!f)
		return;
	if (f->busy) {
		recursion(w->c, n, f);
		return;
	}
	visit(w->c, f);
	w->leaves |= f->leaves;
	if (f->frames + w->loops > w->deepest)
		w->deepest = f->frames + w->loops;
}

static void walk_calls(struct node *n, void *arg)
{
	struct call_walk *w = arg;
	bool loop = n->kind == N_WHILE || n->kind == N_FOR;

	if (n->kind == N_CALL)
		walk_call(w, n);
	w->loops += loop;
	if (w->loops > w->deepest)
		w->deepest = w->loops;
	node_children(n, walk_calls, arg);
	w->loops -= loop;
}

static void check_frames(struct checker *c, struct body *b)
{
	struct call_walk w = { .c = c };
	struct diag *d;

	if (b->pred)
		walk_calls(b->pred, &w);
	if (b->block)
		walk_calls(b->block, &w);
	if (w.deepest + 1 <= MAX_FRAMES || c->diags->nerrors)
		return;
	d = diag_error(c->diags, b->clause->at, DIAG_NESTING,
		       "functions and loops are nested %u deep in this probe, "
		       "and a BPF program can have %d",
		       w.deepest, MAX_FRAMES - 1);
	diag_hint(c->diags, d,
		  "make a macro of a function that is called "
		  "from others");
}

void check_functions_finish(struct checker *c)
{
	const struct table *t = &c->u->functions;
	struct body *b;
	size_t i;

	if (!t->entries.n)
		return;
	for (i = 0; i < t->entries.n; i++) {
		struct function *f = t->entries.v[i].value;

		check_end(c, f);
		visit(c, f);
	}
	for (b = c->u->bodies; b; b = b->next)
		check_frames(c, b);
}
