/* agg_show.h - the states of aggregations, as user space works with them. */
#ifndef AGG_SHOW_H
#define AGG_SHOW_H

#include "compiler/plan.h"

struct render;

/* What a state amounts to. */
struct agg_number {
	uint64_t value; /* the average of avg() and stats(), 0 of nothing */
	uint64_t count, total; /* of avg() and stats() */
	bool is_signed;	       /* value and total */
};

/* t is one of COUNT SUM MIN MAX AVG STATS. */
struct agg_number agg_number(const struct plan_type *t, const uint8_t *state);

bool agg_is_hist(const struct plan_type *t);
/* Values of t are numbers that print()'s div divides: not stats. */
void agg_divide(const struct plan_type *t, uint8_t *state, uint64_t div);

/* dst becomes dst merged with src, both one CPU's state of type t.  What is no
 * aggregation stays, unless dst is all zeros. */
void agg_merge(const struct plan_type *t, uint8_t *dst, const uint8_t *src);
/* What a value of type t is sorted by, in unsigned order; 0 when maps of such
 * values are sorted by key. */
uint64_t agg_rank(const struct plan_type *t, const uint8_t *value);

/* The rows of a hist or lhist, counts divided by div. */
void hist_text(const struct plan_type *t, const uint8_t *state, uint64_t div,
	       struct strbuf *out);
void hist_json(const struct plan_type *t, const uint8_t *state, uint64_t div,
	       struct strbuf *out);

/* tseries_show.c: a series as a list of its intervals. */
void tseries_json(struct render *r, const struct plan_type *t,
		  const uint8_t *state, struct strbuf *out);
/* One CPU's state merged into another's. */
void merge_tseries(const struct plan_type *t, uint8_t *dst, const uint8_t *src);

#endif
