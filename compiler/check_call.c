/* check_call.c - calls of builtins: who they are, and their arguments. */
#include "check.h"
#include "expand.h"

#include <string.h>

enum { CHECK = BUILTIN_IS_CHECKED, UNSAFE = BUILTIN_IS_UNSAFE };

/* A row without CHECK has no function, and names none: what is not chosen here
 * is dropped before the linker sees it. */
static check_builtin_fn *const checks[NBUILTINS] = {
#define BUILTIN(name, sig, flags, help) \
	[BUILTIN_##name] = ((flags)&CHECK) ? check_##name : NULL,
#include "builtin.def"
#undef BUILTIN
};

struct node *check_arg(struct node *n, uint32_t i)
{
	struct node *arg = n->kind == N_CALL ? n->call.args : NULL;

	while (arg && i--)
		arg = arg->next;
	return arg;
}

/* --- Where a builtin may stand -------------------------------------------- */

bool check_has(const struct checker *c, unsigned flags)
{
	if (c->body->fn)
		return false;
	return body_kind(c->body)->flags & flags;
}

/* The two ways to do a span are no alternatives to one who wrote it. */
bool check_has_choices(const struct checker *c)
{
	const struct target *t = c->body ? c->body->choices : NULL;

	for (; t; t = t->otherwise)
		if (strcmp(t->name, c->body->targets->name))
			return true;
	return false;
}

void check_hint_choices(struct checker *c, struct diag *d)
{
	diag_hint(c->diags, d,
		  "%s is one of several alternatives: put what only others "
		  "have under if (exists(args.NAME)) or if (exists(PROBE))",
		  c->body->targets->name);
}

const struct type *check_not_in_fn(struct checker *c, const struct node *n,
				   const char *what)
{
	struct diag *d;

	d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
		       "%s is of probes, and a function has none", what);
	diag_hint(c->diags, d, "pass it to the function, or make it a macro");
	return &type_error;
}

const struct type *check_not_here(struct checker *c, const struct node *n,
				  const char *what, unsigned flags)
{
	struct diag *d;

	if (c->body->fn)
		return check_not_in_fn(c, n, what);
	d = diag_error(c->diags, n->at, DIAG_NOT_HERE, "%s has no %s",
		       body_kind(c->body)->name, what);
	if (check_has_choices(c))
		check_hint_choices(c, d);
	else
		diag_hint(c->diags, d, "%s: %s", what,
			  provider_list(c->arena, flags));
	return &type_error;
}

/* --- Arguments ------------------------------------------------------------ */

bool check_literal_int(struct checker *c, struct node *n, struct node *arg,
		       int64_t *out)
{
	struct constant v;
	uint64_t bits;

	if (arg->type && arg->type->kind == T_ERROR)
		return false;
	if (!check_required(c, arg, &v) || v.kind != CONST_INT) {
		if (arg->type->kind != T_NONE)
			diag_error(c->diags, arg->at, DIAG_CONSTANT,
				   "this argument of %s() is a number that "
				   "must be known when the script is compiled",
				   n->call.name);
		return false;
	}
	bits = constant_bits(&v);
	*out = (int64_t)bits;
	if (!v.negative && v.value > INT64_MAX) {
		diag_error(c->diags, arg->at, DIAG_RANGE,
			   "this argument of %s() is too large", n->call.name);
		return false;
	}
	if (c->last) {
		constant_put(arg, &v);
		arg->type = type_settle(c->ts, check_literal(c, arg));
	}
	return true;
}

static const char *wants(const struct sig_param *p)
{
	switch (p->kind) {
	case SIG_INT:
		return p->literal ? "an integer that is known when compiled"
				  : "an integer";
	case SIG_BOOL:
		return "a condition";
	case SIG_STRING:
		return p->literal ? "a string in quotes" : "a string";
	case SIG_PTR:
		return "a pointer";
	case SIG_MAP:
		return "a map";
	case SIG_WORD:
	case SIG_ANY:
	case SIG_VOID:
	case SIG_AGG:
	case SIG_TYPE:
		break;
	}
	return p->name;
}

static bool suits(const struct sig_param *p, const struct type *t)
{
	bool number = type_is_int(t) || t->kind == T_PTR || t->kind == T_KSYM;

	switch (p->kind) {
	case SIG_INT:
	case SIG_PTR:
		return number;
	case SIG_BOOL:
		return type_is_scalar(t);
	case SIG_STRING:
		return t->kind == T_STRING;
	case SIG_ANY:
	case SIG_TYPE:
		return true;
	case SIG_MAP:
	case SIG_WORD:
	case SIG_VOID:
	case SIG_AGG:
		break;
	}
	return true;
}

static void check_word(struct checker *c, struct node *n,
		       const struct sig_param *p, struct node *arg)
{
	const char *w = arg->kind == N_NAME  ? arg->name.s
			: arg->kind == N_STR ? arg->str.s
					     : NULL;
	struct diag *d;

	arg->type = type_string(c->ts, 16);
	if (w && builtin_word(p, w) >= 0)
		return;
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "%s() does not know this word", n->call.name);
	diag_hint(c->diags, d, "its words are %.*s",
		  (int)strcspn(p->words, ",])"), p->words);
	arg->type = &type_error;
}

/* A string that is written down: nothing limits how long it is. */
static bool literal_str(struct checker *c, struct node *arg)
{
	struct constant v;

	if (arg->kind == N_PARAM && !arg->param.value)
		param_positional(c->u, arg, true);
	if (arg->kind != N_STR)
		check_value(c, arg);
	param_fix(c->u, arg);
	if (!check_constant(c, arg, &v) || v.kind != CONST_STR)
		return false;
	if (arg->kind == N_PARAM)
		arg->param.value->type = type_string(c->ts, v.len + 1);
	arg->type = type_string(c->ts, v.len + 1);
	return true;
}

static void check_one_arg(struct checker *c, struct node *n,
			  const struct sig_param *p, struct node *arg, int nth)
{
	struct diag *d;
	bool good;
	int64_t v;

	if (p->kind == SIG_WORD && arg->kind != N_NAME && arg->kind != N_STR &&
	    !arg->next &&
	    (n->call.builtin->id == BUILTIN_kstack ||
	     n->call.builtin->id == BUILTIN_ustack)) {
		check_value(c, arg); /* kstack(5) */
		return;
	}
	if (p->kind == SIG_WORD) {
		check_word(c, n, p, arg);
		return;
	}
	if (p->kind == SIG_MAP) {
		check_map_whole(c, arg);
		return;
	}
	if (p->kind == SIG_STRING && p->literal) {
		good = literal_str(c, arg);
	} else {
		if (p->kind == SIG_STRING)
			check_as_text(c, arg);
		check_value(c, arg);
		good = !is_known(arg->type) || suits(p, arg->type);
	}
	if (good && p->kind == SIG_INT && p->literal)
		check_literal_int(c, n, arg, &v);
	if (good || arg->type->kind == T_ERROR)
		return;
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "%s: argument %d must be %s, not %s", n->call.name, nth,
		       wants(p), type_str(arg->type));
	if (p->kind == SIG_STRING && type_is_scalar(arg->type) && !p->literal)
		diag_hint(c->diags, d, "str() reads the string at an address");
	arg->type = &type_error;
}

/* Builtins that type their arguments by themselves. */
static bool types_its_own(enum builtin_id id)
{
	switch ((int)id) {
	case BUILTIN_print:
	case BUILTIN_delete:
	case BUILTIN_has_key:
	case BUILTIN_find:
	case BUILTIN_len:
	case BUILTIN_str:
	case BUILTIN_buf:
	case BUILTIN_signal:
	case BUILTIN_signal_thread:
	case BUILTIN_getopt:
	case BUILTIN_is_array:
	case BUILTIN_is_integer:
	case BUILTIN_is_unsigned_integer:
	case BUILTIN_is_literal:
	case BUILTIN_is_ptr:
	case BUILTIN_is_str:
	case BUILTIN_is_scalar:
	case BUILTIN_assert_str:
	case BUILTIN_strcap:
	case BUILTIN_container_of:
	case BUILTIN_typeinfo:
		return true;
	default:
		return false;
	}
}

static bool right_count(struct checker *c, struct node *n,
			const struct builtin *b, const struct signature *sig)
{
	uint32_t got = n->kind == N_CALL ? node_count(n->call.args) : 0;
	struct diag *d;

	if (got >= sig->nrequired && (got <= sig->nparams || sig->variadic))
		return true;
	if (sig->variadic || sig->nrequired < sig->nparams)
		d = diag_error(c->diags, n->at, DIAG_ARG_COUNT,
			       "%s() takes %s %u argument%s, not %u", b->name,
			       got < sig->nrequired ? "at least" : "at most",
			       got < sig->nrequired ? sig->nrequired
						    : sig->nparams,
			       (got < sig->nrequired ? sig->nrequired
						     : sig->nparams) == 1
				       ? ""
				       : "s",
			       got);
	else
		d = diag_error(c->diags, n->at, DIAG_ARG_COUNT,
			       "%s() takes %u argument%s, not %u", b->name,
			       sig->nparams, sig->nparams == 1 ? "" : "s", got);
	diag_hint(c->diags, d, "%s: %s", strchr(b->sig, ' ') + 1, b->help);
	return false;
}

/* False: some argument is wrong, and the result with it. */
static bool all_args(struct checker *c, struct node *n, const struct builtin *b,
		     const struct signature *sig)
{
	struct node *arg = check_arg(n, 0);
	bool good = right_count(c, n, b, sig);
	uint32_t i;

	if (types_its_own(b->id))
		return good;
	for (i = 0; arg; arg = arg->next, i++) {
		if (i < sig->nparams)
			check_one_arg(c, n, &sig->params[i], arg, (int)i + 1);
		else
			check_value(c, arg);
		good &= arg->type->kind != T_ERROR;
	}
	return good;
}

/* --- Calls ---------------------------------------------------------------- */

static const struct type *result_of(struct checker *c,
				    const struct signature *sig)
{
	const struct sig_param *r = &sig->result;
	const struct type *t;

	switch (r->kind) {
	case SIG_INT:
		return r->name[0] == 'u' ? &type_uint64 : &type_int64;
	case SIG_BOOL:
		return &type_bool;
	case SIG_STRING:
		return type_string(c->ts, c->ts->max_strlen);
	case SIG_PTR:
		return type_ptr(c->ts, &type_void, SPACE_KERNEL);
	case SIG_VOID:
	case SIG_AGG:
	case SIG_MAP:
	case SIG_WORD:
		return &type_void;
	case SIG_ANY:
		return &type_error;
	case SIG_TYPE:
		break;
	}
	if (!strcmp(r->name, "kstack") || !strcmp(r->name, "ustack"))
		return type_stack(c->ts, r->name[0] == 'u', STACK_BPFTRACE,
				  127);
	if (!strcmp(r->name, "probe"))
		return &type_probe;
	t = type_builtin(c->ts, r->name);
	if (!t) /* ksym for ksym_t */
		t = type_builtin(c->ts,
				 arena_printf(c->arena, "%s_t", r->name));
	return t ? t : &type_error;
}

const struct type *check_builtin(struct checker *c, struct node *n,
				 const struct builtin *b)
{
	const struct type *t;
	struct signature sig;
	struct diag *d;

	if (n->kind == N_CALL)
		n->call.builtin = b;
	else
		n->name.builtin = b;
	if (b->flags & UNSAFE && !c->u->unsafe) {
		d = diag_error(c->diags, n->at, DIAG_UNSAFE,
			       "%s() changes what runs on this machine",
			       b->name);
		diag_hint(c->diags, d, "allow it with --unsafe");
	}
	if (!builtin_signature(b, &sig))
		return &type_error;
	if (!all_args(c, n, b, &sig))
		return c->last || sig.result.kind == SIG_ANY
			       ? &type_error
			       : result_of(c, &sig);
	t = result_of(c, &sig);
	if (!checks[b->id])
		return t;
	n->type = t;
	return checks[b->id](c, n);
}

static const struct type *unknown_function(struct checker *c, struct node *n)
{
	const char *guess;
	struct diag *d;
	struct node *arg;

	for (arg = n->call.args; arg; arg = arg->next)
		if (arg->kind != N_TYPE)
			check_expr(c, arg);
	d = diag_error(c->diags, n->call.name_at, DIAG_UNKNOWN_FUNC,
		       "there is no function %s()", n->call.name);
	if (c->diags->quiet)
		return &type_error;
	guess = builtin_nearest(n->call.name);
	if (!guess)
		guess = expand_nearest(c->u, n->call.name);
	if (guess)
		diag_hint(c->diags, d, "did you mean %s()?", guess);
	return &type_error;
}

const struct type *check_call(struct checker *c, struct node *n)
{
	const struct builtin *b = builtin_find(n->call.name);
	const struct routine *r;

	r = expand_find(c->u, n->call.name, n->call.name_at.beg);
	if (r && r->kind == ROUTINE_FN)
		return check_fn_call(c, n);
	if (b && check_is_agg(n))
		return check_agg_elsewhere(c, n);
	if (b)
		return check_builtin(c, n, b);
	return unknown_function(c, n);
}
