#include "plan_args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool args_is_option(const struct plan_param *p)
{
	return *p->name && *p->name != '$';
}

const struct plan_param *args_find_long(const struct plan *p, const char *name,
					size_t len)
{
	size_t i;

	for (i = 0; i < p->params.n; i++) {
		const struct plan_param *o = &p->params.v[i];

		if (args_is_option(o) && strlen(o->name) == len &&
		    memcmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

const struct plan_param *args_find_short(const struct plan *p, char letter)
{
	size_t i;

	for (i = 0; letter && i < p->params.n; i++)
		if (args_is_option(&p->params.v[i]) &&
		    p->params.v[i].short_name[0] == letter)
			return &p->params.v[i];
	return NULL;
}

bool args_number(const char *text, uint64_t *v)
{
	bool negative = *text == '-';
	const char *digits = text + negative;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*v = strtoull(digits, &end, 0);
	if (errno || *end || (negative && *v > (uint64_t)1 << 63))
		return false;
	if (negative)
		*v = -*v;
	return true;
}

const char *args_text(const struct args *a, size_t i)
{
	return a->values[i] ? a->values[i] : a->plan->params.v[i].fallback;
}

/* ---- mistakes ---- */

static void fail(struct args *a, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void fail(struct args *a, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	a->fail(a->ctx, arena_vprintf(a->arena, fmt, ap), hint);
	va_end(ap);
	a->failed = true;
}

/* "--pid (-p): trace this PID only; --all" */
static const char *known_options(const struct args *a)
{
	const char *s = NULL, *one;
	size_t i;

	for (i = 0; i < a->plan->params.n; i++) {
		const struct plan_param *o = &a->plan->params.v[i];

		if (!args_is_option(o))
			continue;
		one = *o->short_name ? arena_printf(a->arena, "--%s (-%s)",
						    o->name, o->short_name)
				     : arena_printf(a->arena, "--%s", o->name);
		if (*o->help)
			one = arena_printf(a->arena, "%s: %s", one, o->help);
		s = s ? arena_printf(a->arena, "%s; %s", s, one) : one;
	}
	return s;
}

/* Returns how many of argv were used. */
static int unknown(struct args *a, int left, char **argv)
{
	const char *known = known_options(a), *hint;
	int used = a->other ? a->other(a->ctx, left, argv) : 0;

	if (used > 0)
		return used;
	if (used < 0) {
		a->failed = true;
		return 1;
	}
	if (known)
		hint = arena_printf(a->arena, "its options are %s", known);
	else if (a->other)
		hint = "--help lists what there is";
	else
		hint = "it declares none with getopt(); options of waggle "
		       "itself stand before the script";
	fail(a, hint, "the script has no option %s", *argv);
	return 1;
}

static bool is_bool(const char *s)
{
	return !strcmp(s, "true") || !strcmp(s, "false") || !strcmp(s, "1") ||
	       !strcmp(s, "0");
}

/* How messages call it: option --pid, parameter $1. */
static const char *called(const struct args *a, const struct plan_param *p)
{
	return arena_printf(a->arena, "%s%s",
			    args_is_option(p) ? "option --" : "parameter ",
			    p->name);
}

/* The bytes of text that a parameter has room for. */
static size_t room_of(const struct args *a, const struct plan_param *p)
{
	return p->slot && p->slot <= a->plan->slots.n
		       ? a->plan->slots.v[p->slot - 1].size
		       : SIZE_MAX;
}

/* An int64, unless the default is larger than that. */
static bool in_range(const struct plan_param *p, const char *value, uint64_t v)
{
	uint64_t def = 0;

	args_number(p->fallback, &def);
	if (*value == '-')
		return !p->natural && (*p->fallback == '-' || def <= INT64_MAX);
	return v <= INT64_MAX || (*p->fallback != '-' && def > INT64_MAX);
}

static void set_number(struct args *a, const struct plan_param *p,
		       const char *value)
{
	uint64_t v;

	if (!args_number(value, &v))
		fail(a,
		     args_is_option(p) ? NULL
				       : "the script takes it as text when it "
					 "says str()",
		     "%s takes a number, not '%s'", called(a, p), value);
	else if (!in_range(p, value, v))
		fail(a, NULL, "%s cannot be %s: it is too %s", called(a, p),
		     value, *value == '-' ? "small" : "large");
	else
		a->values[p - a->plan->params.v] = value;
}

static void set(struct args *a, const struct plan_param *p, const char *value)
{
	if (p->fixed && strcmp(value, p->fallback))
		fail(a, "build it again with that value",
		     "%s was fixed to '%s' when this was built", called(a, p),
		     p->fallback);
	else if (p->kind == PARAM_INT)
		set_number(a, p, value);
	else if (p->kind == PARAM_BOOL && !is_bool(value))
		fail(a, NULL, "%s is true or false, not '%s'", called(a, p),
		     value);
	else if (p->kind == PARAM_STR && strlen(value) >= room_of(a, p))
		fail(a, "raise max_strlen in the script's config",
		     "%s has %zu bytes, and there is room for %zu",
		     called(a, p), strlen(value), room_of(a, p) - 1);
	else
		a->values[p - a->plan->params.v] = value;
}

/* ---- reading ---- */

/* Returns how many of argv were used: 1, or 2 with the value apart. */
static int set_from(struct args *a, const struct plan_param *p,
		    const char *joined, int left, char **argv)
{
	if (joined) {
		set(a, p, joined);
		return 1;
	}
	if (p->kind == PARAM_BOOL) {
		set(a, p, "true");
		return 1;
	}
	if (left < 2) {
		fail(a, NULL, "option --%s needs a value", p->name);
		return 1;
	}
	set(a, p, argv[1]);
	return 2;
}

static int read_long(struct args *a, int left, char **argv)
{
	const char *s = argv[0] + 2, *eq = strchr(s, '=');
	const struct plan_param *p =
		args_find_long(a->plan, s, eq ? (size_t)(eq - s) : strlen(s));

	if (p)
		return set_from(a, p, eq ? eq + 1 : NULL, left, argv);
	if (strcmp(s, "help"))
		return unknown(a, left, argv);
	a->help = true;
	return 1;
}

/* -p 7, -p7, -Pv: flags may be joined. */
static int read_short(struct args *a, int left, char **argv)
{
	const char *s = argv[0] + 1;

	for (; *s; s++) {
		const struct plan_param *p = args_find_short(a->plan, *s);

		if (!p && *s == 'h' && !s[1]) {
			a->help = true;
			return 1;
		}
		if (!p)
			return unknown(a, left, argv);
		if (p->kind != PARAM_BOOL)
			return set_from(a, p, s[1] ? s + 1 : NULL, left, argv);
		set(a, p, "true");
	}
	return 1;
}

static bool is_short(const struct plan *p, const char *arg)
{
	if (arg[0] != '-' || !arg[1])
		return false;
	return !isdigit((unsigned char)arg[1]) || args_find_short(p, arg[1]);
}

/* $1, and $# for how many there are, defaults included. */
static void set_positional(struct args *a)
{
	size_t i, n;

	for (i = 0; i < a->plan->params.n; i++) {
		const struct plan_param *p = &a->plan->params.v[i];

		if (*p->name != '$')
			continue;
		n = strtoul(p->name + 1, NULL, 10);
		if (p->name[1] == '#' &&
		    a->positional.n > strtoul(p->fallback, NULL, 10))
			a->values[i] =
				arena_printf(a->arena, "%zu", a->positional.n);
		else if (n && n <= a->positional.n && (p->slot || p->fixed))
			set(a, p, a->positional.v[n - 1]);
		else if (n && n <= a->positional.n) /* of a timer, or unused */
			a->values[i] = a->positional.v[n - 1];
	}
}

bool args_read(struct args *a, int argc, char **argv)
{
	int i = 0;

	a->values = arena_alloc(a->arena,
				(a->plan->params.n + 1) * sizeof(*a->values));
	while (i < argc) {
		int left = argc - i;

		if (!strcmp(argv[i], "--")) {
			a->other = NULL; /* the rest is the script's */
			i++;
		} else if (!strncmp(argv[i], "--", 2)) {
			i += read_long(a, left, argv + i);
		} else if (is_short(a->plan, argv[i])) {
			i += read_short(a, left, argv + i);
		} else {
			*vec_push(a->arena, &a->positional) = argv[i++];
		}
	}
	set_positional(a);
	return !a->failed;
}

/* ---- help ---- */

void args_help(const struct plan *p, const char *script, FILE *out)
{
	bool any = false;
	size_t i;

	fprintf(out, "usage: %s [options] [parameters]\n", script);
	for (i = 0; i < p->params.n; i++) {
		const struct plan_param *o = &p->params.v[i];
		char label[128];

		if (!args_is_option(o))
			continue;
		if (!any)
			fprintf(out, "options:\n");
		any = true;
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
