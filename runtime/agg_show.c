#include "agg_show.h"

#include "bytes.h"
#include "compiler/agg.h"
#include "render.h"

enum { LABEL_WIDTH = 16, COUNT_WIDTH = 8, BAR_WIDTH = 52 };

/* ---- numbers ---- */

static uint64_t average(uint64_t total, uint64_t count, bool is_signed)
{
	if (!count)
		return 0;
	if (is_signed && (int64_t)total < 0)
		return -(-total / count);
	return total / count;
}

struct agg_number agg_number(const struct plan_type *t, const uint8_t *state)
{
	struct agg_number a = { .is_signed = t->is_signed };

	a.value = load_u64(state);
	switch (t->show) {
	case SHOW_COUNT:
		a.is_signed = false;
		break;
	case SHOW_MIN:
	case SHOW_MAX:
		if (!load_u64(state + 8))
			a.value = 0;
		break;
	case SHOW_AVG:
	case SHOW_STATS:
		a.total = a.value;
		a.count = load_u64(state + 8);
		a.value = average(a.total, a.count, a.is_signed);
		break;
	default:
		break;
	}
	return a;
}

bool agg_is_hist(const struct plan_type *t)
{
	return t->show == SHOW_HIST || t->show == SHOW_LHIST;
}

static uint64_t divide(uint64_t v, uint64_t div, bool is_signed)
{
	if (is_signed && (int64_t)v < 0)
		return -(-v / div);
	return v / div;
}

static void divide_int(const struct plan_type *t, uint8_t *p, uint64_t div)
{
	uint64_t v = 0, sign;

	if (t->size > sizeof(v))
		return;
	memcpy(&v, p, t->size);
	sign = t->is_signed ? 1ull << (8 * t->size - 1) : 0;
	v = divide((v ^ sign) - sign, div, t->is_signed);
	memcpy(p, &v, t->size);
}

void agg_divide(const struct plan_type *t, uint8_t *state, uint64_t div)
{
	struct agg_number a;

	if (div < 2)
		return;
	switch (t->show) {
	case SHOW_INT:
		divide_int(t, state, div);
		break;
	case SHOW_COUNT:
	case SHOW_SUM:
	case SHOW_MIN:
	case SHOW_MAX:
	case SHOW_AVG:
		a = agg_number(t, state);
		store_u64(state, divide(a.value, div, a.is_signed));
		if (t->show == SHOW_AVG)
			store_u64(state + 8, 1);
		break;
	default:
		break;
	}
}

/* ---- merging ---- */

typedef void merge_fn(const struct plan_type *t, uint8_t *dst,
		      const uint8_t *src);

static void add_words(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (; n; n--, dst += 8, src += 8)
		store_u64(dst, load_u64(dst) + load_u64(src));
}

static void merge_count(const struct plan_type *t, uint8_t *dst,
			const uint8_t *src)
{
	(void)t;
	add_words(dst, src, 1);
}

static void merge_sum(const struct plan_type *t, uint8_t *dst,
		      const uint8_t *src)
{
	merge_count(t, dst, src);
}

static void merge_avg(const struct plan_type *t, uint8_t *dst,
		      const uint8_t *src)
{
	(void)t;
	add_words(dst, src, 2);
}

static void merge_stats(const struct plan_type *t, uint8_t *dst,
			const uint8_t *src)
{
	merge_avg(t, dst, src);
}

static void merge_hist(const struct plan_type *t, uint8_t *dst,
		       const uint8_t *src)
{
	add_words(dst, src, t->n);
}

static void merge_lhist(const struct plan_type *t, uint8_t *dst,
			const uint8_t *src)
{
	merge_hist(t, dst, src);
}

static bool is_less(const struct plan_type *t, const uint8_t *a,
		    const uint8_t *b)
{
	uint64_t sign = t->is_signed ? 1ull << 63 : 0;

	return (load_u64(a) ^ sign) < (load_u64(b) ^ sign);
}

static void merge_extreme(uint8_t *dst, const uint8_t *src, bool better)
{
	if (load_u64(src + 8) && (!load_u64(dst + 8) || better))
		memcpy(dst, src, 16);
}

static void merge_min(const struct plan_type *t, uint8_t *dst,
		      const uint8_t *src)
{
	merge_extreme(dst, src, is_less(t, src, dst));
}

static void merge_max(const struct plan_type *t, uint8_t *dst,
		      const uint8_t *src)
{
	merge_extreme(dst, src, is_less(t, dst, src));
}

/* Of what is no aggregation, the first CPU's that is anything. */
static void merge_other(const struct plan_type *t, uint8_t *dst,
			const uint8_t *src)
{
	uint32_t i;

	for (i = 0; i < t->size; i++)
		if (dst[i])
			return;
	memcpy(dst, src, t->size);
}

void agg_merge(const struct plan_type *t, uint8_t *dst, const uint8_t *src)
{
	static merge_fn *const merge[NSHOWS] = {
#define AGG(id, name, words) [SHOW_##id] = merge_##name,
#include "compiler/agg.def"
#undef AGG
	};

	if (merge[t->show])
		merge[t->show](t, dst, src);
	else
		merge_other(t, dst, src);
}

/* ---- sorting ---- */

static uint64_t sum_buckets(const struct plan_type *t, const uint8_t *state)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		sum += load_u64(state + 8 * (size_t)i);
	return sum;
}

uint64_t agg_rank(const struct plan_type *t, const uint8_t *value)
{
	uint64_t sign = 1ull << 63, v = 0;
	struct agg_number a;

	switch (t->show) {
	case SHOW_INT:
		memcpy(&v, value, t->size < 8 ? t->size : 8);
		return t->is_signed ? v ^ 1ull << (8 * t->size - 1) : v;
	case SHOW_COUNT:
	case SHOW_SUM:
	case SHOW_MIN:
	case SHOW_MAX:
	case SHOW_AVG:
	case SHOW_STATS:
		a = agg_number(t, value);
		return a.is_signed ? a.value ^ sign : a.value;
	case SHOW_HIST:
	case SHOW_LHIST:
		return sum_buckets(t, value);
	default:
		return 0;
	}
}

/* ---- histograms ---- */

struct range {
	uint32_t first, last; /* non-empty buckets */
	uint64_t most;	      /* in one bucket; 0: all are empty */
};

static struct range find_range(const struct plan_type *t, const uint8_t *state)
{
	struct range r = { 0 };
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		uint64_t count = load_u64(state + 8 * (size_t)i);

		if (!count)
			continue;
		if (!r.most)
			r.first = i;
		r.last = i;
		if (count > r.most)
			r.most = count;
	}
	return r;
}

/* The lower bound of bucket n + 1 of hist(): a whole number of the largest unit
 * that keeps the parts of a power of two whole. */
static void add_bound(struct strbuf *out, uint32_t n, uint32_t bits)
{
	uint32_t shift = n >> bits, part = n & ((1u << bits) - 1);

	if (!shift) {
		strbuf_uint(out, part);
		return;
	}
	shift--;
	strbuf_uint(out, ((1ull << bits) + part) << shift % 10);
	if (shift >= 10)
		strbuf_char(out, "KMGTPE"[shift / 10 - 1]);
}

static void hist_label(const struct plan_type *t, uint32_t i,
		       struct strbuf *out)
{
	if (i == 0) {
		strbuf_str(out, "(..., 0)");
		return;
	}
	strbuf_char(out, '[');
	add_bound(out, i - 1, t->bits);
	if ((i - 1) >> t->bits < 2) {
		strbuf_char(out, ']');
		return;
	}
	strbuf_str(out, ", ");
	add_bound(out, i, t->bits);
	strbuf_char(out, ')');
}

static int64_t lhist_bound(const struct plan_type *t, uint32_t i)
{
	if (i + 2 >= t->n)
		return (int64_t)t->max;
	return (int64_t)(t->min + i * t->step);
}

static void add_scaled(struct strbuf *out, int64_t v)
{
	int unit = 0;

	while (v && v % 1024 == 0 && unit < 6) {
		v /= 1024;
		unit++;
	}
	strbuf_int(out, v);
	if (unit)
		strbuf_char(out, "KMGTPE"[unit - 1]);
}

static void lhist_label(const struct plan_type *t, uint32_t i,
			struct strbuf *out)
{
	if (i == 0) {
		strbuf_str(out, "(..., ");
		add_scaled(out, (int64_t)t->min);
		strbuf_char(out, ')');
		return;
	}
	strbuf_char(out, '[');
	add_scaled(out, lhist_bound(t, i - 1));
	strbuf_str(out, ", ");
	if (i + 1 == t->n)
		strbuf_str(out, "...");
	else
		add_scaled(out, lhist_bound(t, i));
	strbuf_char(out, ')');
}

static void pad_to(struct strbuf *out, size_t column)
{
	if (out->len < column)
		strbuf_pad(out, ' ', column - out->len);
}

static void add_row(const struct plan_type *t, uint32_t i, uint64_t count,
		    uint64_t most, uint64_t div, struct strbuf *out)
{
	size_t start = out->len, len;
	size_t bar = (size_t)((float)count / (float)most * BAR_WIDTH);

	if (t->show == SHOW_HIST)
		hist_label(t, i, out);
	else
		lhist_label(t, i, out);
	pad_to(out, start + LABEL_WIDTH);
	start = out->len;
	strbuf_uint(out, count / div);
	len = out->len - start;
	if (len < COUNT_WIDTH) {
		out->len = start;
		strbuf_pad(out, ' ', COUNT_WIDTH - len);
		strbuf_uint(out, count / div);
	}
	strbuf_str(out, " |");
	strbuf_pad(out, '@', bar);
	strbuf_pad(out, ' ', BAR_WIDTH - bar);
	strbuf_str(out, "|\n");
}

void hist_text(const struct plan_type *t, const uint8_t *state, uint64_t div,
	       struct strbuf *out)
{
	struct range r = find_range(t, state);
	uint32_t i;

	for (i = r.first; r.most && i <= r.last; i++)
		add_row(t, i, load_u64(state + 8 * (size_t)i), r.most,
			div ? div : 1, out);
}

static void add_member(struct strbuf *out, const char *name)
{
	strbuf_str(out, name);
	strbuf_str(out, ": ");
}

static void hist_limits(const struct plan_type *t, uint32_t i,
			struct strbuf *out)
{
	if (i == 0) {
		add_member(out, "\"max\"");
		json_int(out, -1);
		return;
	}
	add_member(out, "\"min\"");
	json_uint(out, hist_bound(i, t->bits));
	add_member(out, ", \"max\"");
	json_uint(out, hist_bound(i + 1, t->bits) - 1);
}

static void lhist_limits(const struct plan_type *t, uint32_t i,
			 struct strbuf *out)
{
	if (i == 0) {
		add_member(out, "\"max\"");
		json_int(out, (int64_t)(t->min - 1));
		return;
	}
	add_member(out, "\"min\"");
	json_int(out, lhist_bound(t, i - 1));
	if (i + 1 == t->n)
		return;
	add_member(out, ", \"max\"");
	json_int(out, lhist_bound(t, i) - 1);
}

void hist_json(const struct plan_type *t, const uint8_t *state, uint64_t div,
	       struct strbuf *out)
{
	struct range r = find_range(t, state);
	uint32_t i;

	strbuf_char(out, '[');
	for (i = r.first; r.most && i <= r.last; i++) {
		strbuf_str(out, i > r.first ? ", {" : "{");
		if (t->show == SHOW_HIST)
			hist_limits(t, i, out);
		else
			lhist_limits(t, i, out);
		add_member(out, ", \"count\"");
		json_uint(out,
			  load_u64(state + 8 * (size_t)i) / (div ? div : 1));
		strbuf_char(out, '}');
	}
	strbuf_char(out, ']');
}

/* ---- values ---- */

static void show_number(const struct plan_type *t, const uint8_t *bytes,
			struct strbuf *out)
{
	struct agg_number a = agg_number(t, bytes);

	if (a.is_signed)
		strbuf_int(out, (int64_t)a.value);
	else
		strbuf_uint(out, a.value);
}

#define SHOW_NUMBER(name)                                             \
	void show_##name(struct render *r, const struct plan_type *t, \
			 const uint8_t *bytes, struct strbuf *out)    \
	{                                                             \
		(void)r;                                              \
		show_number(t, bytes, out);                           \
	}

SHOW_NUMBER(count)
SHOW_NUMBER(sum)
SHOW_NUMBER(min)
SHOW_NUMBER(max)
SHOW_NUMBER(avg)

void show_stats(struct render *r, const struct plan_type *t,
		const uint8_t *bytes, struct strbuf *out)
{
	struct agg_number a = agg_number(t, bytes);

	(void)r;
	strbuf_str(out, "{ .count = ");
	strbuf_uint(out, a.count);
	strbuf_str(out, ", .average = ");
	show_number(t, bytes, out);
	strbuf_str(out, ", .total = ");
	if (a.is_signed)
		strbuf_int(out, (int64_t)a.total);
	else
		strbuf_uint(out, a.total);
	strbuf_str(out, " }");
}

void show_hist(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	(void)r;
	hist_text(t, bytes, 1, out);
}

void show_lhist(struct render *r, const struct plan_type *t,
		const uint8_t *bytes, struct strbuf *out)
{
	show_hist(r, t, bytes, out);
}
