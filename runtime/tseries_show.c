/* tseries_show.c - series over time: merged, and shown as text and JSON.  The
 * layout of a state is that of compiler/agg.h. */
#include <inttypes.h>

#include "agg_show.h"
#include "bytes.h"
#include "compiler/agg.h"
#include "render.h"

enum {
	STRIP = 53, /* columns of the strip, its two ends included */
	NS_A_SECOND = 1000000000,
	CLOCK_OF_SERIES = 0, /* that of SHOW_TIMESTAMP: since boot */
};

struct interval {
	uint64_t number; /* since boot, plus 1; 0: never used */
	uint64_t value, weight;
};

static struct interval load_interval(const uint8_t *p)
{
	return (struct interval){ load_u64(p), load_u64(p + 8),
				  load_u64(p + 16) };
}

static void store_interval(uint8_t *p, const struct interval *i)
{
	store_u64(p, i->number);
	store_u64(p + 8, i->value);
	store_u64(p + 16, i->weight);
}

static bool is_less(const struct plan_type *t, uint64_t a, uint64_t b)
{
	return t->is_signed ? (int64_t)a < (int64_t)b : a < b;
}

/* Two CPUs' values of one interval. */
static void join(const struct plan_type *t, struct interval *a,
		 const struct interval *b)
{
	bool take = false;

	switch ((enum tseries_of)t->bits) {
	case TSERIES_LAST: /* weight: when */
		take = a->weight < b->weight;
		break;
	case TSERIES_AVG: /* weight: how many */
		a->value += b->value;
		a->weight += b->weight;
		break;
	case TSERIES_SUM:
		a->value += b->value;
		break;
	case TSERIES_MIN:
		take = is_less(t, b->value, a->value);
		break;
	case TSERIES_MAX:
		take = is_less(t, a->value, b->value);
		break;
	}
	if (take)
		*a = *b;
}

void merge_tseries(const struct plan_type *t, uint8_t *dst, const uint8_t *src)
{
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		size_t at = (size_t)i * TSERIES_BYTES;
		struct interval a = load_interval(dst + at);
		struct interval b = load_interval(src + at);

		if (b.number && a.number == b.number)
			join(t, &a, &b);
		else if (b.number > a.number)
			a = b;
		store_interval(dst + at, &a);
	}
}

/* ---- what is shown ---- */

/* The intervals that a series tells of: the last n, from the first with a value
 * to the last. */
struct series {
	const struct plan_type *type;
	const uint8_t *state;
	uint64_t first, last; /* numbers; last 0: there is none */
	uint64_t min, max;    /* of the values */
};

/* Interval `number`, its value the average where that is asked for. */
static bool at_number(const struct series *s, uint64_t number,
		      struct interval *out)
{
	size_t i = (number - 1) % s->type->n;

	*out = load_interval(s->state + i * TSERIES_BYTES);
	if (!number || out->number != number)
		return false;
	if (s->type->bits == TSERIES_AVG && out->weight) {
		bool neg = s->type->is_signed && (int64_t)out->value < 0;
		uint64_t v = neg ? -out->value : out->value;

		v /= out->weight;
		out->value = neg ? -v : v;
	}
	return true;
}

static void find_last(struct series *s)
{
	uint32_t i;

	for (i = 0; i < s->type->n; i++) {
		uint64_t n = load_u64(s->state + (size_t)i * TSERIES_BYTES);

		if (n > s->last)
			s->last = n;
	}
}

static struct series series_of(const struct plan_type *t, const uint8_t *state)
{
	struct series s = { .type = t, .state = state };
	struct interval x;
	uint64_t i, from;

	find_last(&s);
	from = s.last > t->n ? s.last - t->n + 1 : 1;
	for (i = from; s.last && i <= s.last; i++) {
		if (!at_number(&s, i, &x))
			continue;
		if (!s.first) {
			s.first = i;
			s.min = s.max = x.value;
		}
		if (is_less(t, x.value, s.min))
			s.min = x.value;
		if (is_less(t, s.max, x.value))
			s.max = x.value;
	}
	return s;
}

/* How finely times are told, by the length of an interval. */
static const struct {
	uint64_t unit; /* ns */
	const char *head, *fmt;
} times[] = {
	{ NS_A_SECOND, "hh:mm:ss", "%H:%M:%S" },
	{ 1000000, "hh:mm:ss.ms", "%H:%M:%S.%l" },
	{ 1000, "hh:mm:ss.us", "%H:%M:%S.%f" },
	{ 1, "hh:mm:ss.ns", "%H:%M:%S.%k" },
};

static size_t time_form(const struct series *s)
{
	size_t i = 0;

	while (s->type->min % times[i].unit)
		i++;
	return i;
}

static void add_time(struct render *r, const struct series *s, uint64_t number,
		     struct strbuf *out)
{
	uint64_t ns = (number - 1) * s->type->min +
		      (uint64_t)render_clock_offset(r, CLOCK_OF_SERIES);

	render_time(out, times[time_form(s)].fmt, ns);
}

static void add_number(const struct plan_type *t, uint64_t v,
		       struct strbuf *out)
{
	if (t->is_signed)
		strbuf_int(out, (int64_t)v);
	else
		strbuf_uint(out, v);
}

/* Column of a value, from 0. */
static size_t column(const struct series *s, uint64_t v)
{
	double range = (double)(s->max - s->min);

	return range > 0 ? (size_t)((double)(v - s->min) / range * (STRIP - 1))
			 : 0;
}

static void add_strip(struct strbuf *out, char fill)
{
	strbuf_char(out, '|');
	strbuf_pad(out, fill, STRIP - 2);
	strbuf_char(out, '|');
}

/* The least value at the left end of the strip, the greatest at the right. */
static void add_head(const struct series *s, size_t label, struct strbuf *out)
{
	struct strbuf max = { 0 };
	size_t start = out->len + label;

	strbuf_pad(out, ' ', label);
	add_number(s->type, s->min, out);
	add_number(s->type, s->max, &max);
	if (out->len - start + max.len < STRIP)
		strbuf_pad(out, ' ', STRIP - max.len - (out->len - start));
	else
		strbuf_char(out, ' ');
	strbuf_str(out, max.s);
	strbuf_free(&max);
	strbuf_char(out, '\n');
	start = out->len;
	strbuf_str(out, times[time_form(s)].head);
	strbuf_pad(out, ' ', label - (out->len - start));
	add_strip(out, '_');
	strbuf_char(out, '\n');
}

static void add_row(struct render *r, const struct series *s, uint64_t number,
		    size_t label, struct strbuf *out)
{
	struct interval x;
	size_t start = out->len;

	add_time(r, s, number, out);
	strbuf_pad(out, ' ', label - (out->len - start));
	start = out->len;
	add_strip(out, ' ');
	strbuf_char(out, ' ');
	if (at_number(s, number, &x)) {
		out->s[start + column(s, x.value)] = '*';
		add_number(s->type, x.value, out);
	} else {
		strbuf_char(out, '-');
	}
	strbuf_char(out, '\n');
}

void show_tseries(struct render *r, const struct plan_type *t,
		  const uint8_t *bytes, struct strbuf *out)
{
	struct series s = series_of(t, bytes);
	struct strbuf one = { 0 };
	size_t label;
	uint64_t i;

	if (!s.last) {
		strbuf_str(out, "<no data>\n");
		return;
	}
	add_time(r, &s, s.last, &one);
	label = one.len + 1;
	strbuf_free(&one);
	if (label < strlen(times[time_form(&s)].head) + 1)
		label = strlen(times[time_form(&s)].head) + 1;
	add_head(&s, label, out);
	for (i = s.first; i <= s.last; i++)
		add_row(r, &s, i, label, out);
}

void tseries_json(struct render *r, const struct plan_type *t,
		  const uint8_t *state, struct strbuf *out)
{
	struct series s = series_of(t, state);
	const char *between = "";
	struct interval x;
	uint64_t i;

	strbuf_char(out, '[');
	for (i = s.first; s.last && i <= s.last; i++) {
		if (!at_number(&s, i, &x))
			continue;
		strbuf_str(out, between);
		strbuf_str(out, "{\"interval_start\": \"");
		add_time(r, &s, i, out);
		strbuf_str(out, "\", \"value\": ");
		if (t->is_signed)
			json_int(out, (int64_t)x.value);
		else
			json_uint(out, x.value);
		strbuf_char(out, '}');
		between = ", ";
	}
	strbuf_char(out, ']');
}
