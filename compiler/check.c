/* check.c - statements, and the walks over a whole program. */
#include "check.h"
#include "match.h"

#include <string.h>

/* --- Conditions ----------------------------------------------------------- */

static bool is_condition(const struct type *t)
{
	return type_is_scalar(t) || !is_known(t);
}

int check_condition(struct checker *c, struct node *cond)
{
	const struct type *t = check_value(c, cond);
	struct constant v;

	if (!is_condition(t)) {
		diag_error(c->diags, cond->at, DIAG_BAD_OPERAND,
			   "a condition must be a number, a bool or a pointer, "
			   "not %s",
			   type_str(t));
		return -1;
	}
	if (!check_constant(c, cond, &v))
		return -1;
	return constant_is_true(&v);
}

/* Does the condition ask exists() or kernel() something?  Then what it guards
 * may name what this kernel has not. */
static void find_exists(struct node *n, void *found)
{
	if (n->kind == N_EXISTS ||
	    (n->kind == N_CALL && !strcmp(n->call.name, "kernel")))
		*(bool *)found = true;
	node_children(n, find_exists, found);
}

bool check_asks_exists(struct node *cond)
{
	bool found = false;

	find_exists(cond, &found);
	return found;
}

static void check_if(struct checker *c, struct node *n)
{
	bool guard = check_asks_exists(n->cond.cond);

	check_when(c, n);
	n->cond.known = check_condition(c, n->cond.cond);
	n->type = &type_void;
	/* not decided before types are: leave both alone until they are */
	if (n->cond.cond->kind == N_COMPTIME && n->cond.known < 0 && !c->last)
		return;
	check_lifted(c, n);
	c->guards += guard;
	if (n->cond.known != 0)
		check_stmt(c, n->cond.then);
	if (n->cond.known != 1 && n->cond.otherwise)
		check_stmt(c, n->cond.otherwise);
	c->guards -= guard;
	check_passed(c, n);
}

/* --- Loops ---------------------------------------------------------------- */

static void check_body(struct checker *c, struct node *body)
{
	c->loops++;
	check_stmt(c, body);
	c->loops--;
}

static const struct type *check_bound(struct checker *c, struct node *n)
{
	const struct type *t = check_value(c, n);

	if (!is_known(t) || type_is_int(t))
		return t;
	diag_error(c->diags, n->at, DIAG_ARG_TYPE,
		   "the bounds of a range are integers, not %s", type_str(t));
	return &type_error;
}

static void check_range(struct checker *c, struct node *n)
{
	const struct type *a = check_bound(c, n->loop.from);
	const struct type *b = check_bound(c, n->loop.to);
	const struct type *t;
	struct variable *v;
	bool mixed = false;

	v = check_declare(c, &n->loop.sym, n->loop.var, n->loop.var_at);
	t = type_join(c->ts, a, b, &mixed);
	if (is_known(t))
		t = type_int(8, t->literal || t->is_signed);
	check_widen_var(c, v, t, NULL, n->loop.var_at);
	v->assigned = true;
}

/* What $kv.1 is: an integer where the values read as one, the three numbers of
 * stats(); NULL for histograms, of which only the key is of use. */
static const struct type *looped_value(struct checker *c, const struct type *t)
{
	static const char *const names[] = { "count", "average", "total" };
	const struct type *n = t->is_signed ? &type_int64 : &type_uint64;
	const struct type *const parts[] = { &type_uint64, n, n };

	if (t->kind != T_AGG)
		return t;
	if (t->agg == AGG_STATS)
		return type_tuple(c->ts, parts, names, 3);
	return type_agg_int(t);
}

/* $kv is (key, value). */
static void check_over(struct checker *c, struct node *n)
{
	struct map *m = check_map_whole(c, n->loop.over);
	const struct type *parts[2];
	struct variable *v;

	v = check_declare(c, &n->loop.sym, n->loop.var, n->loop.var_at);
	v->assigned = true;
	if (!m || !is_known(m->value))
		return;
	if (!m->key) {
		diag_error(c->diags, n->loop.over->at, DIAG_KEY_TYPE,
			   "%s has no keys, so there is nothing to loop over",
			   m->name);
		return;
	}
	parts[0] = m->key;
	parts[1] = looped_value(c, m->value);
	check_widen_var(c, v, type_tuple(c->ts, parts, NULL, parts[1] ? 2 : 1),
			NULL, n->loop.var_at);
}

static void check_for(struct checker *c, struct node *n)
{
	uint32_t depth = c->depth++;

	if (n->loop.over)
		check_over(c, n);
	else
		check_range(c, n);
	check_body(c, n->loop.body);
	c->depth = depth;
	check_leave(c, depth);
}

/*
 * The verifier gives up at a million instructions; long before that loading
 * takes minutes, as the kernel moves all that follows for each call that it
 * patches.
 */
enum { MAX_STATEMENTS = 10000 };

static void count_statement(struct checker *c, const struct node *n)
{
	uint32_t times = c->unrolled ? c->unrolled : 1;
	uint32_t before = c->statements;
	struct diag *d;

	c->statements += times;
	if (before > MAX_STATEMENTS || c->statements <= MAX_STATEMENTS)
		return;
	d = diag_error(c->diags, n->at, DIAG_TOO_BIG,
		       "the body has more than %d statements up to here, what "
		       "is unrolled counted each time",
		       MAX_STATEMENTS);
	diag_hint(c->diags, d,
		  "repeat with for ($i : 0..n) {...}, or split the probe: "
		  "several of one name run one after the other");
	c->statements = MAX_STATEMENTS + 1; /* said once, and no overflow */
}

/* Each repetition is emitted: of what is unrolled within what is unrolled, the
 * product. */
static void unroll_body(struct checker *c, struct node *n)
{
	uint32_t outer = c->unrolled ? c->unrolled : 1;

	if (outer <= MAX_STATEMENTS && n->unroll.times)
		c->unrolled = outer * n->unroll.times;
	check_body(c, n->unroll.body);
	c->unrolled = outer;
}

static void check_unroll(struct checker *c, struct node *n)
{
	struct constant v;
	struct diag *d;

	check_value(c, n->unroll.count);
	if (!check_required(c, n->unroll.count, &v) || v.kind != CONST_INT) {
		if (n->unroll.count->type != &type_error) {
			d = diag_error(c->diags, n->unroll.count->at,
				       DIAG_CONSTANT,
				       "unroll wants a number that is known "
				       "when compiled");
			diag_hint(c->diags, d, "write for ($i : 0..n) {...}");
		}
	} else if (v.negative || v.value < 1 || v.value > 100) {
		diag_error(c->diags, n->unroll.count->at, DIAG_RANGE,
			   "unroll repeats from 1 to 100 times, not %s%llu",
			   v.negative ? "-" : "", (unsigned long long)v.value);
	} else {
		n->unroll.times = (uint32_t)v.value;
	}
	unroll_body(c, n);
}

static void check_jump(struct checker *c, struct node *n)
{
	const char *word = n->kind == N_BREAK ? "break" : "continue";

	if (!c->loops)
		diag_error(c->diags, n->at, DIAG_NOT_IN_LOOP,
			   "%s stands in no loop", word);
}

/* --- Blocks --------------------------------------------------------------- */

/* Does nothing after n run? */
static bool leaves(const struct node *n)
{
	if (n->kind == N_RETURN || n->kind == N_BREAK || n->kind == N_CONTINUE)
		return true;
	return n->kind == N_CALL && n->call.builtin &&
	       n->call.builtin->id == BUILTIN_exit;
}

static void check_reachable(struct checker *c, const struct node *n)
{
	struct span at;

	if (!leaves(n) || !n->next)
		return;
	at = n->next->at;
	while (n->next)
		n = n->next;
	at.end = n->at.end;
	diag_warn(c->diags, at, DIAG_UNREACHABLE, "this is never reached");
}

static void check_block(struct checker *c, struct node *n)
{
	uint32_t depth = c->depth++;
	struct node *s;

	for (s = n->block.stmts; s; s = s->next) {
		/* a macro may be called for its effects alone */
		if (n->block.expanded && n->block.has_value && !s->next)
			check_expr(c, s);
		else
			check_stmt(c, s);
		check_reachable(c, s);
	}
	n->type = &type_void;
	c->depth = depth;
	check_leave(c, depth);
}

const struct type *check_block_value(struct checker *c, struct node *n)
{
	const struct type *t = &type_void;
	uint32_t depth = c->depth++;
	struct node *s;

	for (s = n->block.stmts; s; s = s->next) {
		if (!s->next && n->block.has_value)
			t = check_expr(c, s);
		else
			check_stmt(c, s);
		check_reachable(c, s);
	}
	c->depth = depth;
	check_leave(c, depth);
	return t;
}

/* Values that are often not wanted. */
static bool may_discard(const struct node *n)
{
	if (n->kind == N_INCDEC || n->kind == N_EXISTS)
		return true;
	if (n->kind == N_CALL && n->call.fn)
		return true;
	return n->kind == N_CALL && n->call.builtin &&
	       n->call.builtin->id == BUILTIN_delete;
}

static void check_discarded(struct checker *c, struct node *n)
{
	const struct type *t = check_expr(c, n);
	struct diag *d;

	if (t->kind == T_VOID || !is_known(t) || may_discard(n))
		return;
	d = diag_warn(c->diags, n->at, DIAG_DISCARDED,
		      "this value is not used");
	diag_hint(c->diags, d, "write _ = ... to discard it on purpose");
}

static void check_return(struct checker *c, struct node *n)
{
	const struct type *t;

	if (c->body->fn)
		check_fn_return(c, n);
	if (c->body->fn || !n->expr)
		return;
	t = check_value(c, n->expr);
	if (is_known(t) && !type_is_int(t))
		diag_error(c->diags, n->expr->at, DIAG_ARG_TYPE,
			   "a probe returns an integer, not %s", type_str(t));
}

static void check_ternary_stmt(struct checker *c, struct node *n)
{
	n->cond.known = check_condition(c, n->cond.cond);
	if (n->cond.known != 0 && n->cond.then)
		check_discarded(c, n->cond.then);
	if (n->cond.known != 1)
		check_discarded(c, n->cond.otherwise);
	n->type = &type_void;
}

void check_stmt(struct checker *c, struct node *n)
{
	n->type = &type_void;
	if (n->kind != N_BLOCK)
		count_statement(c, n);
	switch ((int)n->kind) {
	case N_BLOCK:
		check_block(c, n);
		break;
	case N_IF:
		check_if(c, n);
		break;
	case N_TERNARY:
		if (n->cond.then)
			check_ternary_stmt(c, n);
		else
			check_discarded(c, n);
		break;
	case N_FOR:
		check_for(c, n);
		break;
	case N_WHILE:
		check_condition(c, n->while_.cond);
		check_body(c, n->while_.body);
		break;
	case N_UNROLL:
		check_unroll(c, n);
		break;
	case N_BREAK:
	case N_CONTINUE:
		check_jump(c, n);
		break;
	case N_RETURN:
		check_return(c, n);
		break;
	case N_LET:
		check_let(c, n);
		break;
	case N_ASSIGN:
		check_assign(c, n);
		break;
	case N_DISCARD:
		check_value(c, n->expr);
		break;
	default:
		check_discarded(c, n);
	}
}

/* --- The whole program ---------------------------------------------------- */

static void check_one(struct checker *c, struct body *b)
{
	/* Another alternative than the first is for kernels that differ. */
	bool guard = b->choice > 0 || (b->pred && check_asks_exists(b->pred));

	c->body = b;
	c->live = (struct table){ 0 };
	c->scope.n = c->hidden.n = c->passed.n = 0;
	c->depth = c->loops = c->statements = 0;
	if (b->fn)
		check_params(c, b->fn);
	if (b->pred)
		check_condition(c, b->pred);
	if (guard && b->pred && check_is_never(b->pred))
		b->block = NULL; /* what it names may not be here */
	c->guards += guard;
	if (b->block)
		check_stmt(c, b->block);
	c->guards -= guard;
	check_leave(c, 0);
}

static void walk(struct checker *c)
{
	const struct table *fns = &c->u->functions;
	struct body *b;
	size_t i;

	c->changed = false;
	for (i = 0; i < fns->entries.n; i++)
		check_one(c,
			  ((struct function *)fns->entries.v[i].value)->body);
	for (b = c->u->bodies; b; b = b->next)
		check_one(c, b);
}

/* Make what was only good for inferring plain: literal types, comptime. */
static void settle(struct node *n, void *arg)
{
	struct checker *c = arg;
	struct constant v;

	node_children(n, settle, arg);
	if (n->type)
		n->type = type_settle(c->ts, n->type);
	if (n->kind == N_BINARY)
		n->binary.on = type_settle(c->ts, n->binary.on);
	if (n->kind == N_COMPTIME && check_required(c, n->expr, &v)) {
		const struct type *t = n->type;

		constant_put(n, &v);
		n->type = t;
	}
}

static void settle_body(struct checker *c, struct body *b)
{
	struct variable *v;

	c->body = b;
	for (v = b->variables; v; v = v->next) {
		if (v->type->kind == T_NONE) /* declared, and never used */
			v->type = &type_int64;
		v->type = type_settle(c->ts, v->type);
	}
	if (b->pred)
		settle(b->pred, c);
	if (b->block)
		settle(b->block, c);
}

/* The arguments of a body are a struct of their own; give it the name that a
 * message needs, and the key that makes it different from others. */
static void name_args(struct checker *c, struct body *b)
{
	struct type *t = (struct type *)b->args;

	if (!t || t->key)
		return;
	t->key = arena_printf(c->arena, "args %u", b->index);
	t->str = b->targets ? b->targets->name : "args";
}

/* A chain of maps, each assigned from the next, takes a walk for each link;
 * nobody writes such by hand. */
enum { MAX_WALKS = 200 };

void check(struct unit *u)
{
	struct checker c = {
		.u = u,
		.ts = &u->types,
		.diags = u->diags,
		.arena = u->arena,
	};
	struct body *b;
	size_t f;
	int i;

	check_c_parts(&c);
	check_maps_declared(&c);
	check_functions_declared(&c);
	for (b = u->bodies; b; b = b->next)
		name_args(&c, b);
	u->diags->quiet++;
	for (i = 0; i < MAX_WALKS; i++) {
		walk(&c);
		if (!c.changed)
			break;
	}
	u->diags->quiet--;
	c.last = true;
	walk(&c);
	if (c.changed && !u->diags->nerrors)
		diag_plain(u->diags, DIAG_INTERNAL,
			   "the types of this program do not settle; give its "
			   "variables types (let $x: uint64)");
	check_maps_finish(&c);
	check_functions_finish(&c);
	for (b = u->bodies; b; b = b->next)
		settle_body(&c, b);
	for (f = 0; f < u->functions.entries.n; f++)
		settle_body(&c,
			    ((struct function *)u->functions.entries.v[f].value)
				    ->body);
	match_close(c.matcher);
}
