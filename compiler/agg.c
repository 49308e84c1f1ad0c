/* agg.c - aggregations: how each event changes this CPU's state.  The layouts
 * are those of render.def. */
#include "agg.h"

#include <llvm-c/Core.h>

#include "emit.h"

static LLVMValueRef word(struct emitter *e, LLVMValueRef state, uint32_t i)
{
	return emit_offset(e, state, 8 * (uint64_t)i);
}

static LLVMValueRef get(struct emitter *e, LLVMValueRef state, uint32_t i)
{
	return emit_load_at(e, word(e, state, i), 8, false);
}

static void set(struct emitter *e, LLVMValueRef state, uint32_t i,
		LLVMValueRef v)
{
	emit_store_at(e, word(e, state, i), v, 8);
}

static void add(struct emitter *e, LLVMValueRef state, uint32_t i,
		LLVMValueRef v)
{
	set(e, state, i, LLVMBuildAdd(e->b, get(e, state, i), v, ""));
}

struct val emit_count(struct emitter *e, struct node *n)
{
	struct agg_slot s = emit_agg_slot(e);

	(void)n;
	add(e, s.state, 0, emit_int(e, 1));
	emit_agg_end(e, &s);
	return val_void();
}

struct val emit_sum(struct emitter *e, struct node *n)
{
	LLVMValueRef v = emit_scalar(e, emit_arg(n, 0));
	struct agg_slot s = emit_agg_slot(e);

	add(e, s.state, 0, v);
	emit_agg_end(e, &s);
	return val_void();
}

/* Words: the value, and whether there was one. */
static void keep_extreme(struct emitter *e, const struct type *agg,
			 LLVMValueRef state, LLVMValueRef v)
{
	bool is_min = agg->agg == AGG_MIN;
	LLVMIntPredicate less = agg->is_signed ? LLVMIntSLT : LLVMIntULT;
	LLVMIntPredicate more = agg->is_signed ? LLVMIntSGT : LLVMIntUGT;
	LLVMValueRef unset, better;
	struct branch br;

	unset = LLVMBuildICmp(e->b, LLVMIntEQ, get(e, state, 1), emit_int(e, 0),
			      "unset");
	better = LLVMBuildICmp(e->b, is_min ? less : more, v, get(e, state, 0),
			       "better");
	br = emit_if(e, LLVMBuildOr(e->b, unset, better, ""));
	set(e, state, 0, v);
	set(e, state, 1, emit_int(e, 1));
	emit_endif(e, &br);
}

static struct val extreme(struct emitter *e, struct node *n)
{
	LLVMValueRef v = emit_scalar(e, emit_arg(n, 0));
	struct agg_slot s = emit_agg_slot(e);

	keep_extreme(e, s.type, s.state, v);
	emit_agg_end(e, &s);
	return val_void();
}

struct val emit_min(struct emitter *e, struct node *n)
{
	return extreme(e, n);
}

struct val emit_max(struct emitter *e, struct node *n)
{
	return extreme(e, n);
}

/* Words: total, count. */
static struct val total_and_count(struct emitter *e, struct node *n)
{
	LLVMValueRef v = emit_scalar(e, emit_arg(n, 0));
	struct agg_slot s = emit_agg_slot(e);

	add(e, s.state, 0, v);
	add(e, s.state, 1, emit_int(e, 1));
	emit_agg_end(e, &s);
	return val_void();
}

struct val emit_avg(struct emitter *e, struct node *n)
{
	return total_and_count(e, n);
}

struct val emit_stats(struct emitter *e, struct node *n)
{
	return total_and_count(e, n);
}

/*
 * floor(log2(v)) of v > 0 by halving: six compares and shifts, as clang makes
 * of the usual C.  BPF has no instruction that counts leading zeros.
 */
static LLVMValueRef log2_of(struct emitter *e, LLVMValueRef v)
{
	LLVMValueRef r = emit_int(e, 0);
	int shift;

	for (shift = 32; shift; shift /= 2) {
		LLVMValueRef big, by;

		big = LLVMBuildICmp(e->b, LLVMIntUGE, v,
				    emit_int(e, 1ull << shift), "");
		by = LLVMBuildSelect(e->b, big, emit_int(e, (uint64_t)shift),
				     emit_int(e, 0), "");
		v = LLVMBuildLShr(e->b, v, by, "");
		r = LLVMBuildAdd(e->b, r, by, "");
	}
	return r;
}

/* The bucket of v, which is not negative: agg.h has the formula. */
static LLVMValueRef hist_bucket(struct emitter *e, LLVMValueRef v,
				uint32_t bits)
{
	LLVMValueRef cell = emit_cell(e, "bucket"), p, s, low, row;
	struct branch br;

	br = emit_if(e, LLVMBuildICmp(e->b, LLVMIntULT, v,
				      emit_int(e, 1ull << bits), ""));
	emit_cell_set(e, cell, LLVMBuildAdd(e->b, v, emit_int(e, 1), ""));
	emit_else(e, &br);
	p = log2_of(e, v);
	s = LLVMBuildSub(e->b, p, emit_int(e, bits), "");
	low = LLVMBuildAnd(e->b, LLVMBuildLShr(e->b, v, s, ""),
			   emit_int(e, (1ull << bits) - 1), "");
	row = LLVMBuildShl(e->b, LLVMBuildAdd(e->b, s, emit_int(e, 1), ""),
			   emit_int(e, bits), "");
	row = LLVMBuildAdd(e->b, row, emit_int(e, 1), "");
	emit_cell_set(e, cell, LLVMBuildAdd(e->b, row, low, ""));
	emit_endif(e, &br);
	return emit_cell_get(e, cell);
}

static void count_bucket(struct emitter *e, LLVMValueRef state,
			 LLVMValueRef bucket, uint32_t nbuckets)
{
	LLVMValueRef at, p;

	at = LLVMBuildMul(e->b, emit_clamp(e, bucket, nbuckets - 1),
			  emit_int(e, 8), "");
	p = LLVMBuildGEP2(e->b, e->i8, state, &at, 1, "");
	emit_store_at(e, p,
		      LLVMBuildAdd(e->b, emit_load_at(e, p, 8, false),
				   emit_int(e, 1), ""),
		      8);
}

static LLVMValueRef is_negative(struct emitter *e, LLVMValueRef v)
{
	return LLVMBuildICmp(e->b, LLVMIntSLT, v, emit_int(e, 0), "");
}

struct val emit_hist(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	LLVMValueRef v = emit_scalar(e, arg), cell = emit_cell(e, "hist");
	struct agg_slot s;
	struct branch br;

	/* An unsigned value beyond 2^63 is no negative one. */
	s = emit_agg_slot(e);
	emit_cell_set(e, cell, emit_int(e, 0));
	if (arg->type->is_signed) {
		br = emit_if(e, LLVMBuildNot(e->b, is_negative(e, v), ""));
		emit_cell_set(e, cell, hist_bucket(e, v, s.type->hist_bits));
		emit_endif(e, &br);
	} else {
		emit_cell_set(e, cell, hist_bucket(e, v, s.type->hist_bits));
	}
	count_bucket(e, s.state, emit_cell_get(e, cell),
		     hist_buckets(s.type->hist_bits));
	emit_agg_end(e, &s);
	return val_void();
}

/* The bucket of v by min, max and step; all compared as signed. */
static LLVMValueRef lhist_bucket(struct emitter *e, LLVMValueRef v,
				 const struct type *t, uint64_t nbuckets)
{
	LLVMValueRef cell = emit_cell(e, "bucket"), above, n;
	LLVMValueRef min = emit_int(e, (uint64_t)t->lhist_min);
	struct branch low, high;

	emit_cell_set(e, cell, emit_int(e, 0));
	low = emit_if(e, LLVMBuildICmp(e->b, LLVMIntSGE, v, min, ""));
	emit_cell_set(e, cell, emit_int(e, nbuckets - 1));
	high = emit_if(e,
		       LLVMBuildICmp(e->b, LLVMIntSLT, v,
				     emit_int(e, (uint64_t)t->lhist_max), ""));
	above = LLVMBuildSub(e->b, v, min, "");
	n = LLVMBuildUDiv(e->b, above, emit_int(e, (uint64_t)t->lhist_step),
			  "");
	emit_cell_set(e, cell, LLVMBuildAdd(e->b, n, emit_int(e, 1), ""));
	emit_endif(e, &high);
	emit_endif(e, &low);
	return emit_cell_get(e, cell);
}

struct val emit_lhist(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	LLVMValueRef v = emit_scalar(e, arg), top = emit_int(e, INT64_MAX);
	struct agg_slot s = emit_agg_slot(e);
	uint64_t nbuckets = lhist_buckets(s.type->lhist_min, s.type->lhist_max,
					  s.type->lhist_step);

	if (!arg->type->is_signed) /* beyond 2^63 is above, not below */
		v = LLVMBuildSelect(e->b, is_negative(e, v), top, v, "");
	count_bucket(e, s.state, lhist_bucket(e, v, s.type, nbuckets),
		     (uint32_t)nbuckets);
	emit_agg_end(e, &s);
	return val_void();
}

/* ---- series ---- */

/* A value for an interval that has one already; words: number, value, weight.
 */
static void join_interval(struct emitter *e, const struct type *t,
			  LLVMValueRef p, LLVMValueRef v, LLVMValueRef now)
{
	LLVMIntPredicate less = t->is_signed ? LLVMIntSLT : LLVMIntULT;
	LLVMValueRef old = get(e, p, 1), better;
	struct branch br;

	switch ((enum tseries_of)t->hist_bits) {
	case TSERIES_LAST:
		set(e, p, 1, v);
		set(e, p, 2, now);
		return;
	case TSERIES_AVG:
		add(e, p, 2, emit_int(e, 1));
		add(e, p, 1, v);
		return;
	case TSERIES_SUM:
		add(e, p, 1, v);
		return;
	case TSERIES_MAX:
		better = LLVMBuildICmp(e->b, less, old, v, "better");
		break;
	case TSERIES_MIN:
		better = LLVMBuildICmp(e->b, less, v, old, "better");
		break;
	default:
		return;
	}
	br = emit_if(e, better);
	set(e, p, 1, v);
	emit_endif(e, &br);
}

struct val emit_tseries(struct emitter *e, struct node *n)
{
	LLVMValueRef v = emit_scalar(e, emit_arg(n, 0)), now, i, at, p, number;
	struct agg_slot s = emit_agg_slot(e);
	const struct type *t = s.type;
	struct branch br;

	now = emit_helper(e, BPF_FUNC_ktime_get_boot_ns, NULL);
	i = LLVMBuildUDiv(e->b, now, emit_int(e, (uint64_t)t->lhist_min), "");
	number = LLVMBuildAdd(e->b, i, emit_int(e, 1), "");
	at = LLVMBuildURem(e->b, i, emit_int(e, t->n), "");
	at = LLVMBuildMul(e->b, emit_clamp(e, at, t->n - 1),
			  emit_int(e, TSERIES_BYTES), "");
	p = LLVMBuildGEP2(e->b, e->i8, s.state, &at, 1, "");
	br = emit_if(e,
		     LLVMBuildICmp(e->b, LLVMIntEQ, get(e, p, 0), number, ""));
	join_interval(e, t, p, v, now);
	emit_else(e, &br);
	set(e, p, 0, number);
	set(e, p, 1, v);
	set(e, p, 2, t->hist_bits == TSERIES_LAST ? now : emit_int(e, 1));
	emit_endif(e, &br);
	emit_agg_end(e, &s);
	return val_void();
}

/* ---- reading ---- */

/* total / count, 0 of nothing.  BPF before v4 divides unsigned only. */
static LLVMValueRef average(struct emitter *e, const struct type *agg,
			    LLVMValueRef state)
{
	LLVMValueRef total = get(e, state, 0), count = get(e, state, 1);
	LLVMValueRef cell = emit_cell(e, "average"), neg, abs, q;
	struct branch br;

	emit_cell_set(e, cell, emit_int(e, 0));
	br = emit_if(e,
		     LLVMBuildICmp(e->b, LLVMIntNE, count, emit_int(e, 0), ""));
	if (agg->is_signed) {
		neg = is_negative(e, total);
		abs = LLVMBuildSelect(e->b, neg, LLVMBuildNeg(e->b, total, ""),
				      total, "");
		q = LLVMBuildUDiv(e->b, abs, count, "");
		q = LLVMBuildSelect(e->b, neg, LLVMBuildNeg(e->b, q, ""), q,
				    "");
	} else {
		q = LLVMBuildUDiv(e->b, total, count, "");
	}
	emit_cell_set(e, cell, q);
	emit_endif(e, &br);
	return emit_cell_get(e, cell);
}

LLVMValueRef emit_agg_value(struct emitter *e, const struct type *agg,
			    LLVMValueRef state)
{
	switch (agg->agg) {
	case AGG_COUNT:
	case AGG_SUM:
	case AGG_MIN:
	case AGG_MAX:
		return get(e, state, 0);
	case AGG_AVG:
	case AGG_STATS:
		return average(e, agg, state);
	case AGG_HIST:
	case AGG_LHIST:
	case AGG_TSERIES:
	case NAGGS:
		break;
	}
	die("no integer in %s", type_str(agg));
}

void emit_agg_merge(struct emitter *e, const struct type *agg, LLVMValueRef dst,
		    LLVMValueRef src)
{
	struct branch br;

	switch (agg->agg) {
	case AGG_COUNT:
	case AGG_SUM:
		add(e, dst, 0, get(e, src, 0));
		return;
	case AGG_MIN:
	case AGG_MAX:
		br = emit_if(e, LLVMBuildICmp(e->b, LLVMIntNE, get(e, src, 1),
					      emit_int(e, 0), ""));
		keep_extreme(e, agg, dst, get(e, src, 0));
		emit_endif(e, &br);
		return;
	case AGG_AVG:
	case AGG_STATS:
		add(e, dst, 0, get(e, src, 0));
		add(e, dst, 1, get(e, src, 1));
		return;
	case AGG_HIST:
	case AGG_LHIST:
	case AGG_TSERIES:
	case NAGGS:
		break;
	}
	die("%s is not merged in the kernel", type_str(agg));
}
