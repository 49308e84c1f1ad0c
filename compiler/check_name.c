/* check_name.c - bare names: builtin values, #defines, enumerators. */
#include <string.h>

#include "check.h"
#include "expand.h"
#include "parse.h"
#include "span.h"

/* --- argN ----------------------------------------------------------------- */

static const struct type *no_such_arg(struct checker *c, struct node *n,
				      uint32_t count)
{
	struct diag *d;

	d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
		       "%s has no %s: it has %u argument%s",
		       c->body->targets ? c->body->targets->name : "this probe",
		       n->name.s, count, count == 1 ? "" : "s");
	if (check_has_choices(c))
		check_hint_choices(c, d);
	return &type_error;
}

/* Of a span argN is a word, whichever way the span is done. */
static const struct type *span_arg(struct checker *c, struct node *n, int i)
{
	const struct body *b = c->body;
	int known = span_nargs(b);

	if (known >= 0 && i >= known)
		return no_such_arg(c, n, (uint32_t)known);
	return &type_uint64;
}

/* Raw tracepoints have their arguments typed: argN is args.NAME. */
static const struct type *typed_arg(struct checker *c, struct node *n, int i)
{
	const struct type *args = c->body->args;
	struct node *e;

	if (!args || (uint32_t)i >= args->nmembers)
		return no_such_arg(c, n, args ? args->nmembers : 0);
	e = node_new(c->u->prog, N_NAME, n->at);
	e->name.s = "args";
	e->depth = 1;
	n->kind = N_FIELD;
	n->field.e = e;
	n->field.name = args->members[i].name;
	n->field.name_at = n->at;
	check_value(c, e);
	n->field.member = &args->members[i];
	return n->field.member->type;
}

/* Which arguments there are the binary tells, when it is attached to. */
static const struct type *usdt_arg(struct checker *c, struct node *n, int i)
{
	if (i >= USDT_MAX_ARGS) {
		diag_error(c->diags, n->at, DIAG_NOT_HERE,
			   "there is no %s: a static probe has at most %d "
			   "arguments",
			   n->name.s, USDT_MAX_ARGS);
		return &type_error;
	}
	c->body->usdt_args |= 1u << i;
	return &type_uint64;
}

static bool at_source_line(const struct body *b)
{
	const struct target *t;

	for (t = b->targets; t; t = t->next)
		if (t->provider == PROVIDER_UPROBE && *t->target == '@')
			return true;
	return false;
}

static const struct type *lost_arg(struct checker *c, struct node *n)
{
	diag_hint(c->diags,
		  diag_error(c->diags, n->at, DIAG_NOT_HERE,
			     "%s is not known at a source line: registers hold "
			     "the arguments at the start of a function only",
			     n->name.s),
		  "probe the function, or read registers with reg()");
	return &type_error;
}

static const struct type *check_arg_n(struct checker *c, struct node *n, int i)
{
	if (!check_has(c, HAS_ARGN))
		return check_not_here(c, n, n->name.s, HAS_ARGN);
	if (c->body->span)
		return span_arg(c, n, i);
	if (c->body->provider == PROVIDER_RAWTRACEPOINT)
		return typed_arg(c, n, i);
	if (c->body->provider == PROVIDER_USDT)
		return usdt_arg(c, n, i);
	if (at_source_line(c->body))
		return lost_arg(c, n);
	return &type_uint64;
}

/* --- #defines ------------------------------------------------------------- */

/* Errors inside are shown where the name is used. */
static void place_at(struct node *n, void *at)
{
	n->at = *(struct span *)at;
	node_children(n, place_at, at);
}

/* What every walk would say: said at once, and the name made harmless. */
static bool refuse_define(struct checker *c, struct node *n, const char *why)
{
	struct constant zero = { .kind = CONST_INT };
	int quiet = c->diags->quiet;

	c->diags->quiet = 0;
	diag_error(c->diags, n->at, DIAG_TOO_BIG, "#define %s %s", n->name.s,
		   why);
	c->diags->quiet = quiet;
	constant_put(n, &zero);
	return true;
}

enum { MAX_NESTED = 32, MAX_EXPANDED = 1 << 18 };

/* Put the expression of a define in the place of its name, once for all walks.
 * NULL: it is no define; else the define, n stands for its body. */
static struct c_define *expand_define(struct checker *c, struct node *n)
{
	struct c_define *d = cpart_define(&c->defs, c->u->prog->sources,
					  n->name.s, n->at.beg);
	struct span at = n->at;
	struct node *next = n->next, *e;
	int quiet = c->diags->quiet, before = c->diags->nerrors;

	if (!d)
		return NULL;
	c->expanded += d->body.end - d->body.beg + 1;
	if (d->busy)
		return refuse_define(c, n, "is defined by itself") ? d : NULL;
	if (c->nested >= MAX_NESTED || c->expanded > MAX_EXPANDED)
		return refuse_define(c, n, "expands to too much") ? d : NULL;
	if (d->body.beg == d->body.end)
		return refuse_define(c, n, "has no value") ? d : NULL;
	c->diags->quiet = 0; /* what is wrong in it is said in no later walk */
	e = parse_expr(c->u->prog, d->body);
	c->diags->quiet = quiet;
	if (!e && c->diags->nerrors > before) { /* harmless from now on */
		constant_put(n, &(struct constant){ .kind = CONST_INT });
		return d;
	}
	if (!e)
		return refuse_define(c, n, "is no expression") ? d : NULL;
	place_at(e, &at);
	*n = *e;
	n->next = next;
	c->diags->quiet = 0;
	expand_later(c->u, n);
	c->diags->quiet = quiet;
	return d;
}

static const struct type *check_define(struct checker *c, struct node *n,
				       struct c_define *d)
{
	bool outermost = !d->busy;
	const struct type *t;

	d->busy = true;
	c->nested++;
	t = check_expr(c, n);
	c->nested--;
	if (outermost)
		d->busy = false;
	return t;
}

/* --- Enumerators ---------------------------------------------------------- */

/* The kernel's, of an enum that has a name to be found by. */
static bool is_relocated(const struct checker *c, const struct enumerator *e)
{
	return (c->u->deferred || c->u->offline) && bt_found(e->type->btf) &&
	       !strncmp(e->type->name, "enum ", 5);
}

static const struct type *enumerator(struct checker *c, struct node *n,
				     const struct enumerator *e)
{
	struct node *v = node_new(c->u->prog, N_INT, n->at);
	struct constant k = { .value = e->value };

	if (e->type->is_signed)
		k = fold_cast(&k, 8, true);
	constant_put(v, &k);
	v->type = e->type;
	n->name.value = v;
	n->name.later = is_relocated(c, e);
	return e->type;
}

/* The #defines of well-known headers, which no script brings along. */
static bool header_constant(struct node *n)
{
	static const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
#define CONSTANT(name, value) { #name, value },
#include "constant.def"
#undef CONSTANT
	};
	struct constant v = { .kind = CONST_INT };
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		if (strcmp(rows[i].name, n->name.s))
			continue;
		v.value = rows[i].value;
		constant_put(n, &v);
		return true;
	}
	return false;
}

static const struct type *unknown_name(struct checker *c, struct node *n)
{
	const struct builtin *b = builtin_find(n->name.s);
	const struct routine *r;
	const char *guess;
	struct diag *d;

	if (b) {
		d = diag_error(c->diags, n->at, DIAG_UNKNOWN_NAME,
			       "%s is a function", b->name);
		diag_hint(c->diags, d, "write %s(...): %s", b->name, b->help);
		return &type_error;
	}
	r = expand_find(c->u, n->name.s, n->at.beg);
	if (r) {
		d = diag_error(c->diags, n->at, DIAG_UNKNOWN_NAME,
			       "%s is a %s, and its arguments are missing",
			       r->name,
			       r->kind == ROUTINE_FN ? "function" : "macro");
		diag_hint(c->diags, d, "write %s(%s)", r->name,
			  r->formals ? "..." : "");
		return &type_error;
	}
	d = diag_error(c->diags, n->at, DIAG_UNKNOWN_NAME,
		       "there is nothing called '%s'", n->name.s);
	if (c->diags->quiet)
		return &type_error;
	guess = builtin_nearest(n->name.s);
	if (!guess)
		guess = expand_nearest(c->u, n->name.s);
	if (guess)
		diag_hint(c->diags, d, "did you mean '%s'?", guess);
	else
		diag_hint(c->diags, d,
			  "a variable is written $%s, a map @%s and a string "
			  "\"%s\"",
			  n->name.s, n->name.s, n->name.s);
	return &type_error;
}

const struct type *check_name(struct checker *c, struct node *n)
{
	const struct builtin *b;
	struct c_define *d;
	const struct enumerator *asked;
	struct enumerator e;
	int i;

	if (n->name.value) /* found by an earlier walk */
		return n->name.value->type;
	d = expand_define(c, n);
	if (d)
		return check_define(c, n, d);
	if (table_get(&c->ts->constants, n->name.s) &&
	    type_enumerator(c->ts, n->name.s, &e))
		return enumerator(c, n, &e);
	b = builtin_find(n->name.s);
	if (b && b->is_value)
		return check_builtin(c, n, b);
	i = builtin_arg(n->name.s);
	if (i >= 0)
		return check_arg_n(c, n, i);
	if (type_enumerator(c->ts, n->name.s, &e))
		return enumerator(c, n, &e);
	if (header_constant(n))
		return check_literal(c, n);
	asked = table_get(&c->asked, n->name.s);
	if (!asked)
		return unknown_name(c, n);
	enumerator(c, n, asked);
	n->name.later = n->name.unknown = true;
	return asked->type;
}
