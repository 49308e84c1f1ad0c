#include "params.h"

#include <errno.h>
#include <string.h>

/* ---- reading ---- */

/* What args_read() calls back with; other is the caller's. */
struct reading {
	const struct reporter *rep;
	int (*other)(void *ctx, int left, char **argv);
	void *ctx;
};

static void mistake(void *ctx, const char *text, const char *hint)
{
	const struct reading *r = ctx;

	report(r->rep, REPORT_ERROR, NULL, hint, "%s", text);
}

static int ask_other(void *ctx, int left, char **argv)
{
	const struct reading *r = ctx;

	return r->other(r->ctx, left, argv);
}

bool params_read(struct args *args, const struct reporter *rep, int argc,
		 char **argv)
{
	struct reading r = { rep, args->other, args->ctx };
	bool ok;

	args->fail = mistake;
	args->other = args->other ? ask_other : NULL;
	args->ctx = &r;
	ok = args_read(args, argc, argv);
	args->other = NULL;
	args->ctx = NULL;
	return ok;
}

const char *params_text(const struct plan *p, const char *const *values,
			size_t i)
{
	return values && values[i] ? values[i] : p->params.v[i].fallback;
}

/* ---- attach points ---- */

struct applying {
	struct plan *plan;
	const char *const *values;
	struct arena *arena;
	const struct reporter *rep;
};

static const char *number_of(const struct applying *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->plan->params.n; i++)
		if (a->plan->params.v[i].kind == PARAM_INT &&
		    !strcmp(a->plan->params.v[i].name, name))
			return params_text(a->plan, a->values, i);
	return "";
}

/* interval:s:$1 is called interval:s:5 from now on. */
static void rename_point(const struct applying *a, struct plan_point *pt,
			 const char *value)
{
	size_t len = strlen(pt->name), cut = strlen(pt->param), i;
	const char *old = pt->name;

	if (len < cut || strcmp(old + len - cut, pt->param))
		return;
	pt->name =
		arena_printf(a->arena, "%.*s%s", (int)(len - cut), old, value);
	for (i = 0; i < a->plan->strings.n; i++)
		if (!strcmp(a->plan->strings.v[i].s, old))
			a->plan->strings.v[i].s = pt->name;
}

static int apply_point(const struct applying *a, struct plan_point *pt,
		       const struct report_place *at)
{
	const char *value = number_of(a, pt->param);
	uint64_t n = 0, period;

	if (!*pt->param)
		return 0;
	if (!args_number(value, &n) || !n || (int64_t)n < 0) {
		report(a->rep, REPORT_ERROR, at, NULL,
		       "parameter %s must be a number above 0: %s needs it",
		       pt->param, pt->name);
		return -EINVAL;
	}
	if (__builtin_mul_overflow(pt->period, n, &period) ||
	    period > INT64_MAX) {
		report(a->rep, REPORT_ERROR, at, NULL,
		       "parameter %s is too large for %s: %s", pt->param,
		       pt->name, value);
		return -EINVAL;
	}
	pt->period = period;
	rename_point(a, pt, value);
	return 0;
}

static struct report_place place_of(const struct plan_program *p,
				    const struct plan_point *pt)
{
	return (struct report_place){
		.file = p->file,
		.line = pt->line ? pt->line : p->line,
		.col = pt->line ? pt->col : p->col,
		.end_col = pt->line ? pt->end_col : p->end_col,
		.source = *pt->source ? pt->source : p->source,
	};
}

static int apply_program(const struct applying *a, struct plan_program *p)
{
	size_t i, k;
	int err = 0;

	for (i = 0; !err && i < p->points.n; i++) {
		struct plan_point *pt = &p->points.v[i];
		struct report_place at = place_of(p, pt);

		err = apply_point(a, pt, &at);
		for (k = 0; !err && k < pt->alternatives.n; k++)
			err = apply_point(a, &pt->alternatives.v[k], &at);
	}
	return err;
}

int params_apply(struct plan *p, const char *const *values, struct arena *arena,
		 const struct reporter *rep)
{
	struct applying a = { p, values, arena, rep };
	size_t i;
	int err = 0;

	for (i = 0; !err && i < p->programs.n; i++)
		err = apply_program(&a, &p->programs.v[i]);
	return err;
}
