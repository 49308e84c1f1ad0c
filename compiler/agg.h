/*
 * agg.h - the arithmetic of histogram buckets, known to both sides.
 *
 * hist(v, bits): bucket 0 counts negative values, bucket 1 zero.  Each power of
 * two from 2^bits up is cut in 2^bits equal parts, and values below 2^bits have
 * a bucket each:
 *
 *	v < 2^bits:  1 + v
 *	otherwise, with p = log2(v), s = p - bits:
 *	             1 + ((s + 1) << bits) + ((v >> s) & (2^bits - 1))
 *
 * which makes bits == 0 the plain power-of-two histogram: 0, 1, [2, 4), ...
 *
 * lhist(v, min, max, step): bucket 0 counts v < min, the last v >= max, and
 * 1 + (v - min) / step the rest.
 *
 * tseries(v, interval, n, of): n times the three words number, value, weight of
 * an interval.  Interval i since boot is at i % n with number i + 1, so that
 * what is left of an older one is told from it.  weight is the time of the last
 * value, or how many values an average is of.
 */
#ifndef AGG_H
#define AGG_H

#include <stdint.h>

enum tseries_of {
	TSERIES_LAST,
	TSERIES_AVG,
	TSERIES_MAX,
	TSERIES_MIN,
	TSERIES_SUM
};

/* The most intervals that fit a per-CPU value. */
enum { TSERIES_BYTES = 24, TSERIES_MAX_INTERVALS = 1000 };

enum { HIST_MAX_BITS = 5, LHIST_MAX_BUCKETS = 1000 };

/* Buckets of hist(v, bits), the negative one included. */
static inline uint32_t hist_buckets(uint32_t bits)
{
	return 1 + ((64 - bits + 1) << bits);
}

/* Lower bound of bucket i >= 1; its upper bound (exclusive) is that of i + 1,
 * which for the last bucket is 2^64 and does not fit: 0 is returned. */
static inline uint64_t hist_bound(uint32_t i, uint32_t bits)
{
	uint32_t n = i - 1, s = n >> bits;
	uint64_t part = n & ((1u << bits) - 1);

	if (!s)
		return part;
	if (s - 1 + bits >= 64)
		return 0;
	return (((uint64_t)1 << bits) + part) << (s - 1);
}

/* Buckets of lhist(): both open ends included. */
static inline uint64_t lhist_buckets(int64_t min, int64_t max, int64_t step)
{
	uint64_t range = (uint64_t)max - (uint64_t)min;
	uint64_t each = (uint64_t)step;

	return range / each + (range % each != 0) + 2;
}

#endif
