/* check_out.c - builtins that print, and those that ask user space to act. */
#include <signal.h>
#include <string.h>

#include "check.h"

/* --- Formats -------------------------------------------------------------- */

static bool is_number(const struct type *t)
{
	return type_is_int(t) || t->kind == T_PTR || t->kind == T_KSYM ||
	       t->kind == T_USERNAME || t->kind == T_COMM;
}

static bool is_bytes(const struct type *t)
{
	return t->kind == T_BUFFER || t->kind == T_STRING ||
	       t->kind == T_MACADDR ||
	       (t->kind == T_ARRAY && t->elem->kind == T_INT &&
		t->elem->size == 1);
}

/* What a conversion takes, for messages; NULL: it takes this. */
static const char *refusal(uint32_t conv, const struct type *t)
{
	switch (conv) {
	case 's':
		return NULL;
	case 'r':
	case 'R':
	case 'H':
		return is_bytes(t) ? NULL : "bytes: buf() or a string";
	default:
		return is_number(t) ? NULL : "an integer";
	}
}

static const char *better_conv(const struct type *t)
{
	if (t->kind == T_BUFFER)
		return "%r";
	return type_is_int(t) ? "%d" : "%s";
}

static void check_conv(struct checker *c, struct node *n,
		       const struct format *f, struct node *arg, size_t i)
{
	const struct format_arg *a = &f->args.v[i];
	uint32_t conv = f->segments.v[a->segment].conv;
	const char *takes;
	struct diag *d;

	if (conv == 's' && !a->is_number && arg->kind == N_PARAM) {
		check_as_text(c, arg);
		check_value(c, arg);
	}
	if (!is_known(arg->type))
		return;
	if (a->is_number) {
		if (!type_is_int(arg->type))
			diag_error(c->diags, arg->at, DIAG_FORMAT,
				   "%s: argument %zu is the number for a '*', "
				   "and this is %s",
				   n->call.name, i + 2, type_str(arg->type));
		return;
	}
	takes = refusal(conv, arg->type);
	if (!takes)
		return;
	d = diag_error(c->diags, arg->at, DIAG_FORMAT,
		       "%s: argument %zu is %s, and %s takes %s", n->call.name,
		       i + 2, type_str(arg->type), format_conv_str(conv),
		       takes);
	diag_hint(c->diags, d, "write %s", better_conv(arg->type));
}

enum { MAX_ARGS = 128 };

/* Each argument suits its conversion, and there are as many of both. */
static void check_convs(struct checker *c, struct node *n,
			const struct format *f)
{
	struct node *fmt = check_arg(n, 0), *arg;
	size_t i = 0;

	for (arg = fmt->next; arg; arg = arg->next, i++) {
		if (i < f->args.n) {
			check_conv(c, n, f, arg, i);
			continue;
		}
		diag_error(c->diags, arg->at, DIAG_FORMAT,
			   "%s: the format has %zu conversion%s, so this "
			   "argument is not used",
			   n->call.name, f->args.n, f->args.n == 1 ? "" : "s");
		return;
	}
	if (i < f->args.n)
		diag_error(c->diags, fmt->at, DIAG_FORMAT,
			   "%s: the format wants %zu argument%s, and %zu %s "
			   "given",
			   n->call.name, f->args.n, f->args.n == 1 ? "" : "s",
			   i, i == 1 ? "is" : "are");
	if (i > MAX_ARGS)
		diag_error(c->diags, n->at, DIAG_TOO_BIG,
			   "%s() takes at most %d arguments", n->call.name,
			   MAX_ARGS);
}

const struct type *check_printf(struct checker *c, struct node *n)
{
	struct format *f = arena_make(c->arena, struct format);
	struct node *fmt = check_arg(n, 0);
	struct constant text;
	const char *err;
	struct diag *d;

	if (n->call.info) { /* parsed by an earlier walk */
		check_convs(c, n, n->call.info);
		return &type_void;
	}
	if (!check_constant(c, fmt, &text))
		return &type_error;
	err = format_parse(c->arena, text.s, text.len, f);
	if (err) {
		d = diag_error(c->diags, fmt->at, DIAG_FORMAT, "%s: %s",
			       n->call.name, err);
		if (!strncmp(err, "there is no", 11))
			diag_hint(
				c->diags, d,
				"there are %%d %%i %%u %%o %%x %%X %%c %%p %%s "
				"%%r "
				"%%rx %%rh %%gr, and %%%% for a percent sign");
		return &type_error;
	}
	n->call.info = f;
	check_convs(c, n, f);
	return &type_void;
}

const struct type *check_errorf(struct checker *c, struct node *n)
{
	return check_printf(c, n);
}

const struct type *check_warnf(struct checker *c, struct node *n)
{
	return check_printf(c, n);
}

const struct type *check_cat(struct checker *c, struct node *n)
{
	return check_printf(c, n);
}

const struct type *check_system(struct checker *c, struct node *n)
{
	return check_printf(c, n);
}

/* bpf_trace_printk() has conversions of its own, and takes three arguments. */
static bool kernel_prints(struct checker *c, struct node *n,
			  const struct format *f)
{
	struct node *arg = check_arg(n, 0)->next;
	size_t i;

	for (i = 0; i < f->args.n && arg; i++, arg = arg->next) {
		const struct plan_segment *s =
			&f->segments.v[f->args.v[i].segment];
		bool text = arg->type->kind == T_STRING;

		if (!is_known(arg->type))
			continue;
		if (!f->args.v[i].is_number &&
		    strchr("diuxXpsc", (int)s->conv) &&
		    text == (s->conv == 's') && !(s->flags & FORMAT_PREC))
			continue;
		diag_error(c->diags, arg->at, DIAG_FORMAT,
			   "debugf: the kernel prints numbers by %%d %%u %%x "
			   "%%X %%p %%c and strings by %%s, without a "
			   "precision, and this is %s",
			   type_str(arg->type));
		return false;
	}
	return true;
}

const struct type *check_debugf(struct checker *c, struct node *n)
{
	const struct type *t = check_printf(c, n);
	struct diag *d;

	if (t->kind == T_ERROR || !n->call.info ||
	    !kernel_prints(c, n, n->call.info))
		return t;
	if (node_count(n->call.args) <= 4)
		return t;
	d = diag_error(c->diags, n->at, DIAG_TOO_BIG,
		       "debugf() takes at most 3 arguments after the format");
	diag_hint(c->diags, d, "write two of them, or printf()");
	return t;
}

/* --- print() -------------------------------------------------------------- */

static const struct type *print_value(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = check_expr(c, arg);
	struct diag *d;

	if (arg->next) {
		d = diag_error(c->diags, arg->next->at, DIAG_ARG_COUNT,
			       "print: top and div go with a whole map, not "
			       "with a value");
		if (arg->kind == N_MAP)
			diag_hint(c->diags, d, "write print(%s, ...)",
				  arg->map.name);
	}
	if (t->kind == T_AGG && (t->agg == AGG_HIST || t->agg == AGG_LHIST ||
				 t->agg == AGG_TSERIES)) {
		d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			       "print: one entry of a %s map cannot be shown "
			       "by itself",
			       type_str(t));
		diag_hint(c->diags, d, "write print(%s)", arg->map.name);
	} else if (t->kind == T_VOID || (t->kind == T_TUPLE && !t->nmembers)) {
		diag_error(c->diags, arg->at, DIAG_NOT_A_VALUE,
			   "print: argument 1 has no value to show");
	}
	return &type_void;
}

const struct type *check_print(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *more;
	struct map *m;

	for (more = arg->next; more; more = more->next) {
		check_value(c, more);
		if (!is_known(more->type) || type_is_int(more->type))
			continue;
		diag_error(c->diags, more->at, DIAG_ARG_TYPE,
			   "print: top and div are integers, not %s",
			   type_str(more->type));
	}
	if (arg->kind != N_MAP || arg->map.keys)
		return print_value(c, n);
	m = check_map_whole(c, arg);
	if (m && arg->next && type_is_agg(m->value, AGG_STATS))
		diag_warn(c->diags, arg->next->at, DIAG_DISCARDED,
			  "print: top and div do nothing for stats()");
	return &type_void;
}

const struct type *check_clear(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_void;
}

const struct type *check_zero(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = arg->type;

	if (is_known(t) && t->kind != T_AGG && !type_is_int(t))
		diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			   "zero: %s holds %s, of which there is no zero",
			   arg->map.name, type_str(t));
	return &type_void;
}

/* --- Others --------------------------------------------------------------- */

const struct type *check_join(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_void;
}

const struct type *check_strftime(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_timestamp;
}

static bool is_signal(const char *name)
{
	const char *bare = !strncmp(name, "SIG", 3) ? name + 3 : name;
	int i;

	for (i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), bare))
			return true;
	return false;
}

const struct type *check_signal(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = check_value(c, arg);
	struct constant v;
	struct diag *d;

	if (!is_known(t))
		return &type_void;
	if (check_constant(c, arg, &v)) {
		if (v.kind == CONST_STR
			    ? is_signal(v.s)
			    : !v.negative && v.value > 0 && v.value < NSIG)
			return &type_void;
		d = diag_error(c->diags, arg->at, DIAG_RANGE,
			       "%s: there is no such signal", n->call.name);
		diag_hint(c->diags, d, "write a name like \"SIGTERM\"");
	} else if (!type_is_int(t)) {
		diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			   "%s: argument 1 must be a signal's name in quotes, "
			   "or its number, not %s",
			   n->call.name, type_str(t));
	}
	return &type_void;
}

const struct type *check_signal_thread(struct checker *c, struct node *n)
{
	return check_signal(c, n);
}

const struct type *check_override(struct checker *c, struct node *n)
{
	struct diag *d;

	if (c->body->fn)
		return check_not_in_fn(c, n, "override()");
	if (c->body->provider == PROVIDER_KPROBE)
		return &type_void;
	d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
		       "%s cannot make a function return",
		       body_kind(c->body)->name);
	diag_hint(c->diags, d, "a kprobe can, of functions that allow it");
	return &type_error;
}
