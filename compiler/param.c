#include "param.h"

#include <stdlib.h>
#include <string.h>

#include "plan_args.h"
#include "sema.h"

struct params {
	struct args args;     /* of u->plan->params */
	struct table by_name; /* option -> uint32_t: index + 1 */
};

/* What a text of which nothing is known may take, the NUL included. */
enum { TEXT_ROOM = 256 };

static struct plan_param *row_of(const struct unit *u, uint32_t row)
{
	return &u->plan->params.v[row - 1];
}

/* ---- declarations ---- */

static uint32_t find_option(struct unit *u, const char *s, size_t len)
{
	const uint32_t *row =
		table_get(&u->params->by_name, arena_strndup(u->arena, s, len));

	return row ? *row : 0;
}

static bool declare_default(struct unit *u, struct plan_param *o,
			    const struct node *def)
{
	bool negative = def->kind == N_UNARY && def->unary.op == OP_NEG;
	const struct node *n = negative ? def->unary.e : def;

	if (n->kind == N_INT) {
		o->kind = PARAM_INT;
		o->fallback =
			arena_printf(u->arena, "%s%llu", negative ? "-" : "",
				     (unsigned long long)n->num.value);
		return true;
	}
	if (n->kind == N_STR && !negative) {
		o->kind = PARAM_STR;
		o->fallback = n->str.s;
		return true;
	}
	if (n->kind == N_BOOL && !negative) {
		o->kind = PARAM_BOOL;
		o->fallback = n->num.value ? "true" : "false";
		return true;
	}
	diag_hint(u->diags,
		  diag_error(u->diags, def->at, DIAG_PARAM,
			     "the default of an option must be a literal"),
		  "write a number, a string, true or false");
	return false;
}

static void add_option(struct unit *u, struct params *p,
		       const struct plan_param *o, struct span at)
{
	const struct plan_param *old;
	uint32_t *row = table_get(&p->by_name, o->name);

	if (row) {
		old = row_of(u, *row);
		if (old->kind != o->kind || strcmp(old->fallback, o->fallback))
			diag_error(u->diags, at, DIAG_PARAM,
				   "option --%s has another default elsewhere",
				   o->name);
		else if (!*old->help) /* said once is said */
			u->plan->params.v[*row - 1].help = o->help;
		return;
	}
	*vec_push(u->arena, &u->plan->params) = *o;
	row = arena_make(u->arena, uint32_t);
	*row = (uint32_t)u->plan->params.n;
	table_put(&p->by_name, u->arena, o->name, row);
}

/* getopt("pid|p", 0, "trace this PID only") */
static void declare(struct unit *u, struct params *p, const struct node *call)
{
	const struct node *name = call->call.args, *def, *help;
	struct plan_param o = { .kind = PARAM_BOOL, .fallback = "false" };
	const char *bar;

	if (!name || name->kind != N_STR)
		return; /* the checker says so */
	def = name->next;
	help = def ? def->next : NULL;
	bar = strchr(name->str.s, '|');
	o.name =
		arena_strndup(u->arena, name->str.s, strcspn(name->str.s, "|"));
	o.short_name = bar ? bar + 1 : "";
	o.help = help && help->kind == N_STR ? help->str.s : "";
	if (def && !declare_default(u, &o, def))
		return;
	if (strlen(o.short_name) > 1 || !args_is_option(&o)) {
		diag_hint(u->diags,
			  diag_error(u->diags, name->at, DIAG_PARAM,
				     "'%s' does not name an option",
				     name->str.s),
			  "write getopt(\"name\") or getopt(\"name|n\") with "
			  "one letter");
		return;
	}
	add_option(u, p, &o, call->at);
}

static void find_declarations(struct unit *u, struct params *p, struct node *n)
{
	struct node **slots[NODE_SLOTS];
	uint32_t i, k;

	for (; n; n = n->next) {
		if (n->kind == N_CALL && !strcmp(n->call.name, "getopt"))
			declare(u, p, n);
		k = node_slots(n, slots);
		for (i = 0; i < k; i++)
			find_declarations(u, p, *slots[i]);
	}
}

/* ---- the command line ---- */

static void mistake(void *ctx, const char *text, const char *hint)
{
	struct unit *u = ctx;
	struct diag *d = diag_plain(u->diags, DIAG_OPTION, "%s", text);

	if (hint)
		diag_hint(u->diags, d, "%s", hint);
}

/* What is given while building is what holds when nothing is given later. */
static void keep_as_defaults(struct unit *u)
{
	size_t i;

	for (i = 0; i < u->plan->params.n; i++)
		u->plan->params.v[i].fallback = args_text(&u->params->args, i);
}

void param_read(struct unit *u)
{
	struct params *p = arena_make(u->arena, struct params);
	struct probe *pb;
	struct routine *r;

	u->params = p;
	for (pb = u->prog->probes; pb; pb = pb->next) {
		find_declarations(u, p, pb->pred);
		find_declarations(u, p, pb->body);
	}
	for (r = u->prog->routines; r; r = r->next)
		find_declarations(u, p, r->body);
	p->args = (struct args){
		.arena = u->arena, .plan = u->plan, .fail = mistake, .ctx = u
	};
	args_read(&p->args, u->argc, u->argv);
	u->help = p->args.help;
	if (u->deferred)
		keep_as_defaults(u);
}

/* ---- values ---- */

static struct node *literal(struct unit *u, struct span at,
			    enum param_kind kind, const char *s)
{
	struct node *n;

	switch (kind) {
	case PARAM_INT:
		n = node_new(u->prog, N_INT, at);
		n->num.negative = *s == '-';
		n->num.value = strtoull(n->num.negative ? s + 1 : s, NULL, 0);
		return n;
	case PARAM_BOOL:
		n = node_new(u->prog, N_BOOL, at);
		n->num.value = !strcmp(s, "true") || !strcmp(s, "1");
		return n;
	case PARAM_STR:
		break;
	}
	n = node_new(u->prog, N_STR, at);
	n->str.s = s;
	n->str.len = (uint32_t)strlen(s);
	return n;
}

struct node *param_getopt(struct unit *u, struct node *call)
{
	const struct node *name = call->call.args;
	struct node *n;
	uint32_t row;

	if (!name || name->kind != N_STR) {
		diag_hint(u->diags,
			  diag_error(u->diags, call->at, DIAG_PARAM,
				     "getopt() needs the option's name"),
			  "write getopt(\"name\", default, \"description\")");
		return NULL;
	}
	row = find_option(u, name->str.s, strcspn(name->str.s, "|"));
	if (!row)
		return NULL; /* its declaration was refused */
	if (!u->deferred)
		return literal(u, call->at, row_of(u, row)->kind,
			       args_text(&u->params->args, row - 1));
	n = node_new(u->prog, N_PARAM, call->at);
	n->param.row = row;
	return n;
}

int param_count(const struct unit *u)
{
	return (int)u->params->args.positional.n;
}

const char *param_text(struct unit *u, int i)
{
	if (i < 1 || i > param_count(u))
		return "";
	return u->params->args.positional.v[i - 1];
}

/* The row of a parameter that is given when the program starts. */
static uint32_t later(struct unit *u, const char *name, enum param_kind kind,
		      const char *fallback)
{
	struct plan_param *p;
	uint32_t i;

	for (i = 0; i < u->plan->params.n; i++) {
		p = &u->plan->params.v[i];
		if (p->kind == kind && !strcmp(p->name, name))
			return i + 1;
	}
	p = vec_push(u->arena, &u->plan->params);
	*p = (struct plan_param){ .name = name,
				  .short_name = "",
				  .help = "",
				  .kind = kind,
				  .fallback = fallback };
	return i + 1;
}

void param_positional(struct unit *u, struct node *param, bool as_string)
{
	const char *s = param_text(u, param->param.index);
	bool given = param->param.index <= param_count(u);
	enum param_kind kind;
	uint64_t v;

	if (!param->param.index)
		return; /* of getopt(): its default tells */
	if (!given && !u->deferred)
		diag_warn(u->diags, param->at, DIAG_MISSING_PARAM,
			  "parameter $%d was not given: it is %s",
			  param->param.index, as_string ? "\"\"" : "0");
	if (!given && !as_string)
		s = "0";
	kind = as_string || !args_number(s, &v) ? PARAM_STR : PARAM_INT;
	if (!u->deferred)
		param->param.value = literal(u, param->at, kind, s);
	else
		param->param.row = later(
			u, arena_printf(u->arena, "$%d", param->param.index),
			kind, s);
}

uint32_t param_row(struct unit *u, int i)
{
	const char *s = i > param_count(u) ? "0" : param_text(u, i);

	return later(u, arena_printf(u->arena, "$%d", i), PARAM_INT, s);
}

void param_nparams(struct unit *u, struct node *n)
{
	n->kind = N_PARAM;
	n->param.index = 0;
	n->param.value = NULL;
	n->param.row = later(u, "$#", PARAM_INT,
			     arena_printf(u->arena, "%d", param_count(u)));
}

const struct type *param_type(struct unit *u, const struct node *n)
{
	const struct plan_param *p = row_of(u, n->param.row);
	uint32_t room = (uint32_t)strlen(p->fallback) + 1;
	uint64_t v;

	if (p->kind == PARAM_INT && *p->fallback == '-')
		return &type_int64;
	if (p->kind == PARAM_INT && args_number(p->fallback, &v))
		return type_literal(v > INT64_MAX ? v : INT64_MAX, false);
	if (p->kind == PARAM_BOOL)
		return &type_bool;
	if (room < TEXT_ROOM)
		room = TEXT_ROOM;
	if (room > u->types.max_strlen)
		room = u->types.max_strlen;
	return type_string(&u->types, room);
}

void param_meets_unsigned(struct unit *u, const struct node *n)
{
	if (n->kind == N_PARAM && n->param.row) {
		row_of(u, n->param.row)->natural = 1;
	} else if (n->kind == N_UNARY) {
		param_meets_unsigned(u, n->unary.e);
	} else if (n->kind == N_BINARY) {
		param_meets_unsigned(u, n->binary.l);
		param_meets_unsigned(u, n->binary.r);
	}
}

bool param_fix(struct unit *u, struct node *n)
{
	struct plan_param *p;

	if (n->kind != N_PARAM || n->param.value || !n->param.row)
		return false;
	p = row_of(u, n->param.row);
	p->fixed = 1;
	n->param.value = literal(u, n->at, p->kind, p->fallback);
	return true;
}

const char *param_fixed_text(struct unit *u, int i)
{
	const char *s = param_text(u, i);

	if (u->deferred)
		row_of(u,
		       later(u, arena_printf(u->arena, "$%d", i), PARAM_STR, s))
			->fixed = 1;
	return s;
}

void param_help(const struct unit *u, FILE *out)
{
	args_help(u->plan,
		  u->prog->sources->list.n ? u->prog->sources->list.v[0].name
					   : "script",
		  out);
}

void param_finish(struct unit *u)
{
	if (!u->deferred)
		u->plan->params.n = 0; /* all are compiled in */
}
