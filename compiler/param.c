#include "param.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sema.h"

/* An option declared by getopt("pid|p", 0, "trace this PID only"). */
struct option {
	struct option *next;
	struct span at;
	const char *name, *short_name; /* short_name: "" when there is none */
	const char *help;
	enum param_kind kind;
	const char *fallback; /* the default, as text */
	const char *value;    /* as given, or NULL */
};

struct params {
	struct option *options;
	struct table by_name;
	VEC(const char *) positional;
};

/* ---- declarations ---- */

static struct option *find_long(struct unit *u, const char *s, size_t len)
{
	return table_get(&u->params->by_name, arena_strndup(u->arena, s, len));
}

static struct option *find_short(const struct params *p, char c)
{
	struct option *o;

	for (o = p->options; o; o = o->next)
		if (o->short_name[0] == c && c)
			return o;
	return NULL;
}

static bool declare_default(struct unit *u, struct option *o,
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

static void declare(struct unit *u, struct params *p, const struct node *call)
{
	const struct node *name = call->call.args, *def, *help;
	struct option *o, *old;
	const char *bar;

	if (!name || name->kind != N_STR)
		return; /* the checker says so */
	def = name->next;
	help = def ? def->next : NULL;
	bar = strchr(name->str.s, '|');
	o = arena_make(u->arena, struct option);
	o->at = call->at;
	o->name = bar ? arena_strndup(u->arena, name->str.s,
				      (size_t)(bar - name->str.s))
		      : name->str.s;
	o->short_name = bar ? bar + 1 : "";
	o->help = help && help->kind == N_STR ? help->str.s : "";
	o->kind = PARAM_BOOL;
	o->fallback = "false";
	if (def && !declare_default(u, o, def))
		return;
	if (strlen(o->short_name) > 1 || !*o->name) {
		diag_hint(u->diags,
			  diag_error(u->diags, name->at, DIAG_PARAM,
				     "'%s' does not name an option",
				     name->str.s),
			  "write getopt(\"name\") or getopt(\"name|n\") with "
			  "one letter");
		return;
	}
	old = table_get(&p->by_name, o->name);
	if (old) {
		if (old->kind != o->kind || strcmp(old->fallback, o->fallback))
			diag_error(u->diags, call->at, DIAG_PARAM,
				   "option --%s has another default elsewhere",
				   o->name);
		return;
	}
	o->next = p->options;
	p->options = o;
	table_put(&p->by_name, u->arena, o->name, o);
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

static const char *known_options(struct unit *u, const struct params *p)
{
	const struct option *o;
	char *s = NULL;

	for (o = p->options; o; o = o->next) {
		const char *one =
			*o->short_name
				? arena_printf(u->arena, "--%s (-%s)", o->name,
					       o->short_name)
				: arena_printf(u->arena, "--%s", o->name);

		if (*o->help)
			one = arena_printf(u->arena, "%s: %s", one, o->help);
		s = s ? arena_printf(u->arena, "%s; %s", one, s) : (char *)one;
	}
	return s;
}

static void unknown(struct unit *u, const struct params *p, const char *arg)
{
	const char *known = known_options(u, p);
	struct diag *d = diag_plain(u->diags, DIAG_OPTION,
				    "the script has no option %s", arg);

	if (known)
		diag_hint(u->diags, d, "its options are %s", known);
	else
		diag_hint(u->diags, d,
			  "it declares none with getopt(); options of waggle "
			  "itself stand before the script");
}

static void set(struct unit *u, struct option *o, const char *value)
{
	if (o->kind == PARAM_INT) {
		char *end;

		errno = 0;
		(void)strtoll(value, &end, 0);
		if (errno || end == value || *end) {
			diag_plain(u->diags, DIAG_OPTION,
				   "option --%s takes a number, not '%s'",
				   o->name, value);
			return;
		}
	}
	if (o->kind == PARAM_BOOL && strcmp(value, "true") &&
	    strcmp(value, "false") && strcmp(value, "1") &&
	    strcmp(value, "0")) {
		diag_plain(u->diags, DIAG_OPTION,
			   "option --%s is true or false, not '%s'", o->name,
			   value);
		return;
	}
	o->value = value;
}

/* Returns how many of argv were used: 1, or 2 with the value apart. */
static int set_from(struct unit *u, struct option *o, const char *joined,
		    int left, char **argv)
{
	if (joined) {
		set(u, o, joined);
		return 1;
	}
	if (o->kind == PARAM_BOOL) {
		set(u, o, "true");
		return 1;
	}
	if (left < 2) {
		diag_plain(u->diags, DIAG_OPTION, "option --%s needs a value",
			   o->name);
		return 1;
	}
	set(u, o, argv[1]);
	return 2;
}

static int read_long(struct unit *u, struct params *p, int left, char **argv)
{
	const char *s = argv[0] + 2, *eq = strchr(s, '=');
	struct option *o = find_long(u, s, eq ? (size_t)(eq - s) : strlen(s));

	if (o)
		return set_from(u, o, eq ? eq + 1 : NULL, left, argv);
	if (!strcmp(s, "help"))
		u->help = true;
	else
		unknown(u, p, argv[0]);
	return 1;
}

/* -p 7, -p7, -Pv: flags may be joined. */
static int read_short(struct unit *u, struct params *p, int left, char **argv)
{
	const char *s = argv[0] + 1;
	struct option *o;

	for (; *s; s++) {
		o = find_short(p, *s);
		if (!o) {
			if (*s == 'h' && !s[1])
				u->help = true;
			else
				unknown(u, p, argv[0]);
			return 1;
		}
		if (o->kind != PARAM_BOOL)
			return set_from(u, o, s[1] ? s + 1 : NULL, left, argv);
		set(u, o, "true");
	}
	return 1;
}

static bool is_short(const struct params *p, const char *arg)
{
	if (arg[0] != '-' || !arg[1])
		return false;
	return !isdigit((unsigned char)arg[1]) || find_short(p, arg[1]);
}

static void read_arguments(struct unit *u, struct params *p)
{
	int i = 0;

	while (i < u->argc) {
		char **argv = u->argv + i;
		int left = u->argc - i;

		if (!strcmp(*argv, "--")) {
			i++;
		} else if (!strncmp(*argv, "--", 2)) {
			i += read_long(u, p, left, argv);
		} else if (is_short(p, *argv)) {
			i += read_short(u, p, left, argv);
		} else {
			*vec_push(u->arena, &p->positional) = *argv;
			i++;
		}
	}
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
	read_arguments(u, p);
}

/* ---- values ---- */

static struct node *integer(struct unit *u, struct span at, const char *s)
{
	struct node *n = node_new(u->prog, N_INT, at);

	n->num.negative = *s == '-';
	n->num.value = strtoull(n->num.negative ? s + 1 : s, NULL, 0);
	return n;
}

static struct node *string(struct unit *u, struct span at, const char *s)
{
	struct node *n = node_new(u->prog, N_STR, at);

	n->str.s = s;
	n->str.len = (uint32_t)strlen(s);
	return n;
}

struct node *param_getopt(struct unit *u, struct node *call)
{
	const struct node *name = call->call.args;
	const struct option *o;
	const char *value;
	struct node *n;

	if (!name || name->kind != N_STR) {
		diag_hint(u->diags,
			  diag_error(u->diags, call->at, DIAG_PARAM,
				     "getopt() needs the option's name"),
			  "write getopt(\"name\", default, \"description\")");
		return NULL;
	}
	o = find_long(u, name->str.s, strcspn(name->str.s, "|"));
	if (!o)
		return NULL; /* its declaration was refused */
	value = o->value ? o->value : o->fallback;
	if (o->kind == PARAM_INT)
		return integer(u, call->at, value);
	if (o->kind == PARAM_STR)
		return string(u, call->at, value);
	n = node_new(u->prog, N_BOOL, call->at);
	n->num.value = !strcmp(value, "true") || !strcmp(value, "1");
	return n;
}

static bool is_number(const char *s)
{
	char *end;

	if (*s == '-')
		s++;
	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	(void)strtoull(s, &end, 0);
	return !errno && !*end;
}

int param_count(const struct unit *u)
{
	return (int)u->params->positional.n;
}

const char *param_text(struct unit *u, int i)
{
	if (i < 1 || i > param_count(u))
		return "";
	return u->params->positional.v[i - 1];
}

void param_positional(struct unit *u, struct node *param, bool as_string)
{
	const char *s = param_text(u, param->param.index);

	if (param->param.index > param_count(u)) {
		diag_warn(u->diags, param->at, DIAG_MISSING_PARAM,
			  "parameter $%d was not given: it is %s",
			  param->param.index, as_string ? "\"\"" : "0");
		if (!as_string)
			s = "0";
	}
	if (as_string || !is_number(s))
		param->param.value = string(u, param->at, s);
	else
		param->param.value = integer(u, param->at, s);
}

void param_help(const struct unit *u, FILE *out)
{
	const struct params *p = u->params;
	const struct option *o;
	const char *name = u->prog->sources->list.n
				   ? u->prog->sources->list.v[0].name
				   : "script";
	VEC(const struct option *) list = { 0 };
	size_t i;

	for (o = p->options; o; o = o->next)
		*vec_push(u->arena, &list) = o;
	fprintf(out, "usage: %s [options] [parameters]\n", name);
	if (list.n)
		fprintf(out, "options:\n");
	for (i = list.n; i-- > 0;) {
		char label[128];

		o = list.v[i];
		snprintf(label, sizeof(label), "%s%s%s--%s%s",
			 *o->short_name ? "-" : "    ", o->short_name,
			 *o->short_name ? ", " : "", o->name,
			 o->kind == PARAM_INT	? "=N"
			 : o->kind == PARAM_STR ? "=TEXT"
						: "");
		fprintf(out, "  %-24s %s", label, o->help);
		if (o->kind != PARAM_BOOL)
			fprintf(out, "%s(default %s)", *o->help ? " " : "",
				*o->fallback ? o->fallback : "none");
		fputc('\n', out);
	}
}
