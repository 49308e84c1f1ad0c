/* check_agg.c - aggregations: what is assigned to a map to be added up. */
#include <string.h>

#include "agg.h"
#include "check.h"

static const struct {
	enum builtin_id id;
	enum agg_kind agg;
} aggs[] = {
	{ BUILTIN_count, AGG_COUNT },	  { BUILTIN_sum, AGG_SUM },
	{ BUILTIN_min, AGG_MIN },	  { BUILTIN_max, AGG_MAX },
	{ BUILTIN_avg, AGG_AVG },	  { BUILTIN_stats, AGG_STATS },
	{ BUILTIN_hist, AGG_HIST },	  { BUILTIN_lhist, AGG_LHIST },
	{ BUILTIN_tseries, AGG_TSERIES },
};

bool check_is_agg(const struct node *n)
{
	const struct builtin *b;

	if (n->kind != N_CALL)
		return false;
	b = builtin_find(n->call.name);
	return b && !strncmp(b->sig, "agg ", 4);
}

const struct type *check_agg(struct checker *c, struct node *call)
{
	return check_builtin(c, call, builtin_find(call->call.name));
}

const struct type *check_agg_elsewhere(struct checker *c, struct node *call)
{
	struct diag *d;

	check_agg(c, call);
	call->type = &type_error;
	d = diag_error(c->diags, call->at, DIAG_NOT_A_VALUE,
		       "%s() can only be assigned to a map", call->call.name);
	diag_hint(c->diags, d, "write @x = %s(%s);", call->call.name,
		  call->call.args ? "..." : "");
	return &type_error;
}

/* --- Their arguments ------------------------------------------------------ */

static const struct type *shaped(struct checker *c, struct node *n,
				 struct type *shape)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = arg ? arg->type : NULL;
	size_t i;

	for (i = 0; i < countof(aggs); i++)
		if (aggs[i].id == n->call.builtin->id)
			shape->agg = aggs[i].agg;
	if (!t || t->kind == T_NONE || shape->agg == AGG_COUNT ||
	    shape->agg == AGG_HIST || shape->agg == AGG_LHIST)
		return type_agg(c->ts, shape);
	shape->is_signed = t->kind == T_INT && t->is_signed;
	shape->literal = t->kind == T_INT && t->literal;
	return type_agg(c->ts, shape);
}

const struct type *check_count(struct checker *c, struct node *n)
{
	struct type shape = { 0 };

	return shaped(c, n, &shape);
}

const struct type *check_sum(struct checker *c, struct node *n)
{
	return check_count(c, n);
}

const struct type *check_min(struct checker *c, struct node *n)
{
	return check_count(c, n);
}

const struct type *check_max(struct checker *c, struct node *n)
{
	return check_count(c, n);
}

const struct type *check_avg(struct checker *c, struct node *n)
{
	return check_count(c, n);
}

const struct type *check_stats(struct checker *c, struct node *n)
{
	return check_count(c, n);
}

const struct type *check_hist(struct checker *c, struct node *n)
{
	struct node *bits = check_arg(n, 1);
	struct type shape = { 0 };
	int64_t v = 0;

	if (bits && !check_literal_int(c, n, bits, &v))
		return &type_error;
	if (v < 0 || v > HIST_MAX_BITS) {
		diag_error(c->diags, bits->at, DIAG_RANGE,
			   "hist() cuts a power of two in 2^0 to 2^%d parts, "
			   "and this is %lld",
			   HIST_MAX_BITS, (long long)v);
		return &type_error;
	}
	shape.hist_bits = (uint32_t)v;
	return shaped(c, n, &shape);
}

const struct type *check_lhist(struct checker *c, struct node *n)
{
	struct node *min = check_arg(n, 1), *max = min->next, *step = max->next;
	struct type s = { 0 };
	struct diag *d;
	uint64_t buckets;

	if (!check_literal_int(c, n, min, &s.lhist_min) ||
	    !check_literal_int(c, n, max, &s.lhist_max) ||
	    !check_literal_int(c, n, step, &s.lhist_step))
		return &type_error;
	if (s.lhist_step < 1) {
		diag_error(c->diags, step->at, DIAG_RANGE,
			   "lhist: the step must be 1 or more, not %lld",
			   (long long)s.lhist_step);
		return &type_error;
	}
	if (s.lhist_min >= s.lhist_max) {
		diag_error(c->diags, min->at, DIAG_RANGE,
			   "lhist: min must be less than max, and %lld is not "
			   "less than %lld",
			   (long long)s.lhist_min, (long long)s.lhist_max);
		return &type_error;
	}
	buckets = lhist_buckets(s.lhist_min, s.lhist_max, s.lhist_step) - 2;
	if (buckets > LHIST_MAX_BUCKETS) {
		d = diag_error(c->diags, step->at, DIAG_TOO_BIG,
			       "lhist: this makes %llu buckets, and %d is the "
			       "most",
			       (unsigned long long)buckets, LHIST_MAX_BUCKETS);
		diag_hint(c->diags, d, "take a larger step");
		return &type_error;
	}
	return shaped(c, n, &s);
}

static const char *const series_of[] = {
	[TSERIES_LAST] = "last", [TSERIES_AVG] = "avg", [TSERIES_MAX] = "max",
	[TSERIES_MIN] = "min",	 [TSERIES_SUM] = "sum",
};

/* What a series keeps of an interval; false after a report. */
static bool series_kind(struct checker *c, struct node *arg, uint32_t *out)
{
	struct constant v;
	uint32_t i;

	if (!arg)
		return true;
	if (!check_constant(c, arg, &v) || v.kind != CONST_STR)
		return false;
	for (i = TSERIES_AVG; i < countof(series_of); i++)
		if (!strcmp(series_of[i], v.s)) {
			*out = i;
			return true;
		}
	diag_error(c->diags, arg->at, DIAG_RANGE,
		   "tseries: there is no '%s': write \"avg\", \"max\", \"min\" "
		   "or \"sum\", or leave it out for the last value",
		   v.s);
	return false;
}

const struct type *check_tseries(struct checker *c, struct node *n)
{
	struct node *interval = check_arg(n, 1), *count = interval->next;
	struct type s = { 0 };

	if (!check_literal_int(c, n, interval, &s.lhist_min) ||
	    !check_literal_int(c, n, count, &s.lhist_max) ||
	    !series_kind(c, count->next, &s.hist_bits))
		return &type_error;
	if (s.lhist_min < 1) {
		diag_error(c->diags, interval->at, DIAG_RANGE,
			   "tseries: an interval is 1 ns or longer");
		return &type_error;
	}
	if (s.lhist_max < 1 || s.lhist_max > TSERIES_MAX_INTERVALS) {
		diag_error(c->diags, count->at, DIAG_RANGE,
			   "tseries: the last 1 to %d intervals are kept, not "
			   "%lld",
			   TSERIES_MAX_INTERVALS, (long long)s.lhist_max);
		return &type_error;
	}
	return shaped(c, n, &s);
}
