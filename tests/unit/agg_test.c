/* agg_test.c - maps: histograms, merging of CPUs, order, clearing. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "runtime/agg_show.h"
#include "tests/unit/hist_want.h"
#include "tests/unit/output_make.h"

enum { MAX_MAPS = 16 };

/* ---- maps in the kernel ---- */

struct maps {
	int fds[MAX_MAPS];
	int ncpus;
	bool skip; /* they cannot be created here */
};

/* A map of the plan and one in the kernel; key 0: a scalar.  Of more than one
 * kind of hash map, kind. */
static struct plan_map *make_map(struct test *t, struct maps *k,
				 const char *name, uint32_t key, uint32_t value,
				 enum bpf_map_type kind)
{
	struct plan_map *m = vec_push(t->m.a, &t->m.p.maps);
	uint32_t size = t->m.p.types.v[value].size;
	int fd;

	*m = (struct plan_map){ .name = name, .elf_name = "m" };
	m->key = key;
	m->value = value;
	m->scalar = !key;
	m->key_size = key ? t->m.p.types.v[key].size : 4;
	m->value_size = key ? size : (size + 7) / 8 * 8 + 8;
	m->present = key ? 0 : m->value_size - 8;
	m->max_entries = key ? 4096 : 1;
	m->percpu = kind == BPF_MAP_TYPE_PERCPU_HASH ||
		    kind == BPF_MAP_TYPE_PERCPU_ARRAY ||
		    kind == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	fd = bpf_map_create(kind, "waggle_test", m->key_size, m->value_size,
			    m->max_entries, NULL);
	k->skip |= fd < 0;
	k->fds[t->m.p.maps.n - 1] = fd;
	return m;
}

/* Writes what one CPU holds; a map that is not per-CPU has only CPU 0. */
static void set(struct test *t, struct maps *k, uint32_t map, const void *key,
		int cpu, const void *value, size_t size)
{
	const struct plan_map *m = &t->m.p.maps.v[map];
	size_t stride = m->percpu ? (m->value_size + 7) / 8 * 8 : m->value_size;
	uint8_t *all = calloc((size_t)k->ncpus, stride);
	uint64_t one = 1;

	if (!all)
		abort();
	bpf_map_lookup_elem(k->fds[map], key, all);
	memcpy(all + (size_t)cpu * stride, value, size);
	if (m->scalar)
		memcpy(all + (size_t)cpu * stride + m->present, &one, 8);
	if (bpf_map_update_elem(k->fds[map], key, all, BPF_ANY))
		abort();
	free(all);
}

#define SET(map, key, cpu, ...)                          \
	set(t, k, (map), &(const int64_t){ key }, (cpu), \
	    (const int64_t[]){ __VA_ARGS__ },            \
	    sizeof((const int64_t[]){ __VA_ARGS__ }))

static void close_maps(struct test *t, struct maps *k)
{
	size_t i;

	for (i = 0; i < t->m.p.maps.n; i++)
		if (k->fds[i] >= 0)
			close(k->fds[i]);
}

/* ---- histograms, without the kernel ---- */

static uint32_t hist_bucket(int64_t v, uint32_t bits)
{
	uint32_t p, s;

	if (v < 0)
		return 0;
	if ((uint64_t)v < 1u << bits)
		return 1 + (uint32_t)v;
	p = 63 - (uint32_t)__builtin_clzll((uint64_t)v);
	s = p - bits;
	return 1 + ((s + 1) << bits) +
	       ((uint32_t)((uint64_t)v >> s) & ((1u << bits) - 1));
}

static uint32_t hist_type(struct maker *m, uint32_t bits)
{
	uint32_t n = hist_buckets(bits);

	return make_type(m, SHOW_HIST, 8 * n,
			 (struct plan_type){ .n = n, .bits = bits });
}

static uint32_t lhist_type(struct maker *m, int64_t min, int64_t max,
			   int64_t step)
{
	uint32_t n = (uint32_t)lhist_buckets(min, max, step);

	return make_type(m, SHOW_LHIST, 8 * n,
			 (struct plan_type){ .n = n,
					     .min = (uint64_t)min,
					     .max = (uint64_t)max,
					     .step = (uint64_t)step });
}

static struct plan_map hand_map(const char *name, uint32_t key, uint32_t value)
{
	return (struct plan_map){
		.name = name, .key = key, .value = value, .scalar = !key
	};
}

/* What the map prints of rows made by hand, after the two newlines. */
static void prints(struct test *t, const struct plan_map *m, struct map_row *v,
		   size_t n, const char *want, const char *name)
{
	struct map_rows rows = { .v = v, .n = n };
	size_t i;

	for (i = 0; i < n; i++)
		v[i].rank = agg_rank(&t->m.p.types.v[m->value], v[i].value);
	maps_sort(&t->m.p, m, &rows);
	fputs(t->o.ops->exit, t->out_file);
	t->o.ops->map(&t->o, m, &rows, 1);
	wrote(t, want, "", name);
}

static void test_hist(struct test *t)
{
	static const int64_t plain[] = {
		-1, 0, 1, 2, 3, 100, 1000, 5000, 1000000, 10000000000
	};
	static const int64_t fine[] = { 5, 6, 100, 1000 };
	uint64_t b[1 + 65] = { 0 }, b2[1 + 63 * 4] = { 0 };
	struct map_row row = { .value = (const uint8_t *)b };
	struct plan_map m = hand_map("@h", 0, hist_type(&t->m, 0));
	size_t i;

	for (i = 0; i < countof(plain); i++)
		b[hist_bucket(plain[i], 0)]++;
	prints(t, &m, &row, 1, hist_want, "a histogram");
	for (i = 0; i < countof(fine); i++)
		b2[hist_bucket(fine[i], 2)]++;
	m.value = hist_type(&t->m, 2);
	row.value = (const uint8_t *)b2;
	prints(t, &m, &row, 1, hist_bits_want, "a finer histogram");
}

static void test_hist_keyed(struct test *t)
{
	uint64_t b[2][66] = { { 0 } };
	int64_t keys[] = { 1, 2 };
	struct map_row rows[2] = {
		{ .key = (uint8_t *)&keys[0], .value = (uint8_t *)b[0] },
		{ .key = (uint8_t *)&keys[1], .value = (uint8_t *)b[1] },
	};
	struct plan_map m =
		hand_map("@h", SIGNED(&t->m, INT, 8), hist_type(&t->m, 0));

	b[0][hist_bucket(1, 0)] = b[0][hist_bucket(2, 0)] = 1;
	b[1][hist_bucket(3, 0)] = 1;
	prints(t, &m, rows, 2, hist_keyed_want, "histograms by key");
}

static void test_lhist(struct test *t)
{
	struct plan_map m = hand_map("@l", 0, lhist_type(&t->m, 0, 100, 10));
	uint64_t b[12] = { 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2 };
	struct map_row row = { .value = (const uint8_t *)b };
	uint32_t type;
	struct strbuf s = { 0 };

	prints(t, &m, &row, 1, lhist_want, "a linear histogram");
	type = lhist_type(&t->m, -1024, 4096, 512);
	memset(b, 0, sizeof(b));
	b[0] = b[1] = b[7] = b[11] = 1;
	hist_text(&t->m.p.types.v[type], (const uint8_t *)b, 1, &s);
	check(&t->m,
	      strstr(s.s, "(..., -1K)  ") && strstr(s.s, "[-1K, -512)  ") &&
		      strstr(s.s, "[2K, 2560)  ") && strstr(s.s, "[4K, ...)  "),
	      "units of linear histograms");
	strbuf_free(&s);
}

/* print(@h, 0, 2): counts are divided, bars stay. */
static void test_div(struct test *t)
{
	uint32_t type = lhist_type(&t->m, 0, 10, 5);
	uint64_t b[4] = { 0, 9, 4, 0 };
	struct strbuf s = { 0 };
	static const char want[] =
		"[0, 5)                 4 |"
		"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"[5, 10)                2 |"
		"@@@@@@@@@@@@@@@@@@@@@@@                             |\n";

	hist_text(&t->m.p.types.v[type], (const uint8_t *)b, 2, &s);
	check_text(&t->m, s.s, s.len, want, strlen(want), "a divided one");
	strbuf_free(&s);
}

/* Buckets at the ends of the range, whose bounds do not fit everywhere. */
static void test_extremes(struct test *t)
{
	uint64_t b[66] = { 0 }, fine[1 + 60 * 32] = { 0 };
	uint32_t plain = hist_type(&t->m, 0), five = hist_type(&t->m, 5);
	uint32_t wide = lhist_type(&t->m, INT64_MIN, INT64_MAX, INT64_MAX / 2);
	struct strbuf s = { 0 };

	b[65] = 3;
	hist_text(&t->m.p.types.v[plain], (const uint8_t *)b, 1, &s);
	check(&t->m, strncmp(s.s, "[8E, 16E)  ", 11) == 0,
	      "the last bucket of a histogram");
	strbuf_reset(&s);
	hist_json(&t->m.p.types.v[plain], (const uint8_t *)b, 1, &s);
	check(&t->m,
	      strcmp(s.s, "[{\"min\": \"9223372036854775808\", \"max\": "
			  "\"18446744073709551615\", \"count\": 3}]") == 0,
	      "the same in JSON");
	fine[1 + 60 * 32 - 1] = 1;
	strbuf_reset(&s);
	hist_text(&t->m.p.types.v[five], (const uint8_t *)fine, 1, &s);
	check(&t->m, strncmp(s.s, "[16128P, 16384P)", 16) == 0,
	      "the last of a fine one");
	memset(b, 0, sizeof(b));
	b[0] = 1;
	b[t->m.p.types.v[wide].n - 1] = 1;
	strbuf_reset(&s);
	hist_text(&t->m.p.types.v[wide], (const uint8_t *)b, 1, &s);
	check(&t->m,
	      strstr(s.s, "(..., -8E)") &&
		      strstr(s.s, "[9223372036854775807, ...)"),
	      "a linear histogram of everything");
	strbuf_reset(&s);
	hist_json(&t->m.p.types.v[wide], (const uint8_t *)b, 1, &s);
	memset(b, 0, sizeof(b));
	strbuf_reset(&s);
	hist_text(&t->m.p.types.v[plain], (const uint8_t *)b, 1, &s);
	check(&t->m, s.len == 0, "an empty histogram has no rows");
	strbuf_free(&s);
}

/* ---- order, without the kernel ---- */

/* Rows of i64 keys and values. */
static void sorts(struct test *t, uint32_t key, uint32_t value,
		  const int64_t (*rows)[2], size_t n, const char *want,
		  const char *name)
{
	struct plan_map m = hand_map("@x", key, value);
	struct map_row v[8] = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		v[i].key = (const uint8_t *)&rows[i][0];
		v[i].value = (const uint8_t *)&rows[i][1];
	}
	prints(t, &m, v, n, want, name);
}

static void test_order(struct test *t)
{
	static const int64_t same[][2] = { { -1, 1 }, { 3, 1 }, { -10, 1 } };
	static const int64_t mixed[][2] = { { 1, -1 }, { 2, 5 }, { 3, -7 } };
	uint32_t i64 = SIGNED(&t->m, INT, 8), u64 = PLAIN(&t->m, INT, 8);
	uint32_t ptr = PLAIN(&t->m, PTR, 8), tuple = PLAIN(&t->m, TUPLE, 0);
	uint32_t str = PLAIN(&t->m, STRING, 8);
	static const char strings[][8] = { "b", "a", "\xc3\xa9", "ab" };
	int64_t ones[] = { 1, 1, 1, 1 };
	struct map_row v[4] = { { 0 } };
	struct plan_map m = hand_map("@y", str, i64);
	size_t i;

	sorts(t, i64, i64, same, 3, "\n\n@x[-10]: 1\n@x[-1]: 1\n@x[3]: 1\n",
	      "keys as numbers");
	sorts(t, i64, i64, mixed, 3, "\n\n@x[3]: -7\n@x[1]: -1\n@x[2]: 5\n",
	      "values with signs");
	sorts(t, i64, u64, mixed, 3,
	      "\n\n@x[2]: 5\n@x[3]: 18446744073709551609\n"
	      "@x[1]: 18446744073709551615\n",
	      "values without");
	sorts(t, i64, ptr, mixed, 3,
	      "\n\n@x[1]: 0xffffffffffffffff\n@x[2]: 0x5\n"
	      "@x[3]: 0xfffffffffffffff9\n",
	      "what is no number is sorted by key");
	make_field(&t->m, tuple, "", i64, 0);
	for (i = 0; i < 4; i++) {
		v[i].key = (const uint8_t *)strings[i];
		v[i].value = (const uint8_t *)&ones[i];
	}
	prints(t, &m, v, 4,
	       "\n\n@y[a]: 1\n@y[ab]: 1\n@y[b]: 1\n@y[\xc3\xa9]: 1\n",
	       "strings by bytes");
}

static void test_tuples(struct test *t)
{
	static const struct {
		int64_t a;
		char s[8];
	} keys[] = { { 1000, "bbb" }, { 1, "b" }, { 1, "a" }, { -1, "z" } };
	uint32_t i64 = SIGNED(&t->m, INT, 8), tuple = PLAIN(&t->m, TUPLE, 0);
	uint32_t str = PLAIN(&t->m, STRING, 8);
	uint8_t yes = 1;
	struct map_row v[4] = { { 0 } };
	struct plan_map m;
	size_t i;

	make_field(&t->m, tuple, "", i64, 0);
	make_field(&t->m, tuple, "", str, 8);
	m = hand_map("@k", tuple, PLAIN(&t->m, BOOL, 1));
	for (i = 0; i < 4; i++) {
		v[i].key = (const uint8_t *)&keys[i];
		v[i].value = &yes;
	}
	prints(t, &m, v, 4,
	       "\n\n@k[-1, z]: true\n@k[1, a]: true\n@k[1, b]: true\n"
	       "@k[1000, bbb]: true\n",
	       "tuples part by part");
}

/* ---- the kernel's maps ---- */

static void test_scalars(struct test *t, struct maps *k)
{
	uint32_t avg = SIGNED(&t->m, AVG, 16), count = PLAIN(&t->m, COUNT, 8);
	uint32_t min = SIGNED(&t->m, MIN, 16), max = SIGNED(&t->m, MAX, 16);
	uint32_t sum = SIGNED(&t->m, SUM, 8), st = SIGNED(&t->m, STATS, 16);
	uint32_t i64 = SIGNED(&t->m, INT, 8);
	const enum bpf_map_type percpu = BPF_MAP_TYPE_PERCPU_ARRAY;
	int last = k->ncpus - 1;

	make_map(t, k, "@st", 0, st, percpu);
	make_map(t, k, "@c", 0, count, percpu);
	make_map(t, k, "@ma", 0, max, percpu);
	make_map(t, k, "@mi", 0, min, percpu);
	make_map(t, k, "@s", 0, sum, percpu);
	make_map(t, k, "@a", 0, avg, percpu);
	make_map(t, k, "@unset", 0, i64, BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@v", 0, i64, BPF_MAP_TYPE_ARRAY);
	if (k->skip)
		return;
	SET(0, 0, 0, 2, 1);
	SET(0, 0, last, last ? 5 : 7, last ? 1 : 2);
	SET(1, 0, 0, 1);
	SET(1, 0, last, last ? 1 : 2);
	SET(2, 0, 0, 9, 1);
	SET(2, 0, last, last ? 3 : 9, 1);
	SET(3, 0, last, -2, 1);
	SET(4, 0, 0, 5);
	SET(4, 0, last, last ? -7 : -2);
	SET(5, 0, last, 5, 2);
	SET(7, 0, 0, 0);
	output_maps(&t->o, k->fds);
	wrote(t,
	      "\n\n@a: 2\n@c: 2\n@ma: 9\n@mi: -2\n@s: -2\n"
	      "@st: { .count = 2, .average = 3, .total = 7 }\n@v: 0\n",
	      "", "scalars, merged over CPUs");
	output_map(&t->o, &t->m.p.maps.v[6], k->fds[6], 0, 0);
	wrote(t, "", "", "print() of a scalar that was never set");
	maps_zero(&t->m.p.maps.v[1], k->fds[1]);
	maps_zero(&t->m.p.maps.v[6], k->fds[6]);
	maps_clear(&t->m.p.maps.v[0], k->fds[0]);
	output_map(&t->o, &t->m.p.maps.v[1], k->fds[1], 0, 0);
	output_map(&t->o, &t->m.p.maps.v[6], k->fds[6], 0, 0);
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 0);
	wrote(t, "@c: 0\n", "", "zero() and clear() of scalars");
	t->m.p.print_maps = 0;
	output_maps(&t->o, k->fds);
	wrote(t, "\n\n", "", "no maps at exit");
}

static void test_keyed(struct test *t, struct maps *k)
{
	uint32_t i64 = SIGNED(&t->m, INT, 8), count = PLAIN(&t->m, COUNT, 8);
	uint32_t st = SIGNED(&t->m, STATS, 16), avg = SIGNED(&t->m, AVG, 16);
	int last = k->ncpus - 1;

	make_map(t, k, "@a", i64, i64, BPF_MAP_TYPE_HASH);
	make_map(t, k, "@c", i64, count, BPF_MAP_TYPE_PERCPU_HASH);
	make_map(t, k, "@s", i64, st, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	make_map(t, k, "@v", i64, avg, BPF_MAP_TYPE_PERCPU_HASH);
	if (k->skip)
		return;
	SET(0, 1, 0, 5);
	SET(0, 2, 0, 3);
	SET(0, 3, 0, 9);
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 2, 0);
	wrote(t, "@a[1]: 5\n@a[3]: 9\n", "", "print(@a, 2)");
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 2);
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 1, 3);
	wrote(t, "@a[2]: 1\n@a[1]: 2\n@a[3]: 4\n@a[3]: 3\n", "",
	      "print(@a, 0, 2); print(@a, 1, 3)");
	SET(1, 1, 0, 1);
	SET(1, 2, 0, 1);
	SET(1, 2, last, last ? 2 : 3);
	SET(2, 1, 0, 10, 1);
	SET(2, 2, last, 60, 2);
	SET(3, 1, last, -9, 2);
	SET(3, 2, last, -9, 1);
	output_map(&t->o, &t->m.p.maps.v[1], k->fds[1], 0, 0);
	output_map(&t->o, &t->m.p.maps.v[2], k->fds[2], 1, 7);
	output_map(&t->o, &t->m.p.maps.v[3], k->fds[3], 0, 3);
	wrote(t,
	      "@c[1]: 1\n@c[2]: 3\n"
	      "@s[2]: { .count = 2, .average = 30, .total = 60 }\n"
	      "@v[2]: -3\n@v[1]: -1\n",
	      "", "aggregations by key");
	check(&t->m, maps_zero(&t->m.p.maps.v[1], k->fds[1]) == 0, "zero()");
	output_map(&t->o, &t->m.p.maps.v[1], k->fds[1], 0, 0);
	wrote(t, "@c[1]: 0\n@c[2]: 0\n", "", "zero() keeps keys");
	check(&t->m,
	      maps_clear(&t->m.p.maps.v[0], k->fds[0]) == 0 &&
		      maps_clear(&t->m.p.maps.v[1], k->fds[1]) == 0 &&
		      maps_clear(&t->m.p.maps.v[2], k->fds[2]) == 0 &&
		      maps_clear(&t->m.p.maps.v[3], k->fds[3]) == 0,
	      "clear()");
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 0);
	output_maps(&t->o, k->fds);
	wrote(t, "\n\n", "", "nothing is left");
	output_map(&t->o, &t->m.p.maps.v[0], -1, 0, 0);
	wrote(t, "", "ERROR: cannot read the map @a: Bad file descriptor\n",
	      "a map that cannot be read");
}

/* More than one batch, and values too large for many in one. */
static void test_many(struct test *t, struct maps *k)
{
	uint32_t i64 = SIGNED(&t->m, INT, 8), hist = hist_type(&t->m, 5);
	uint64_t *state = calloc(hist_buckets(5), 8);
	struct map_rows rows;
	int64_t i, wrong = 0;

	make_map(t, k, "@many", i64, i64, BPF_MAP_TYPE_HASH)->max_entries =
		4096;
	make_map(t, k, "@hists", i64, hist, BPF_MAP_TYPE_PERCPU_HASH);
	if (k->skip || !state) {
		free(state);
		return;
	}
	for (i = 0; i < 4096; i++)
		SET(0, i, 0, 4096 - i);
	check(&t->m,
	      maps_read(&t->m.p, &t->m.p.maps.v[0], k->fds[0], &rows) == 0 &&
		      rows.n == 4096,
	      "4096 elements are read");
	for (i = 0; i < (int64_t)rows.n; i++)
		wrong += memcmp(rows.v[i].value, &(int64_t){ i + 1 }, 8) != 0;
	check(&t->m, !wrong, "and sorted");
	map_rows_free(&rows);
	for (i = 0; i < 300; i++) {
		state[7] = (uint64_t)i;
		set(t, k, 1, &i, k->ncpus - 1, state, 8 * hist_buckets(5));
	}
	check(&t->m,
	      maps_read(&t->m.p, &t->m.p.maps.v[1], k->fds[1], &rows) == 0 &&
		      rows.n == 300 &&
		      memcmp(rows.v[299].key, &(int64_t){ 299 }, 8) == 0,
	      "300 histograms are read");
	map_rows_free(&rows);
	check(&t->m, maps_clear(&t->m.p.maps.v[1], k->fds[1]) == 0,
	      "and cleared");
	free(state);
}

/* A map that cannot be read in batches. */
static void test_slow(struct test *t, struct maps *k)
{
	uint32_t u32 = PLAIN(&t->m, INT, 4), key;

	make_map(t, k, "@d", u32, u32, BPF_MAP_TYPE_DEVMAP_HASH);
	for (key = 1; key < 4 && !k->skip; key++)
		set(t, k, 0, &key, 0, &(uint32_t){ 1 }, 4);
	if (k->skip)
		return;
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 0);
	wrote(t, "@d[1]: 1\n@d[2]: 1\n@d[3]: 1\n", "", "element by element");
	check(&t->m, maps_clear(&t->m.p.maps.v[0], k->fds[0]) == 0,
	      "clear(), element by element");
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 0);
	wrote(t, "", "", "and all are gone");
}

static void test_ndjson(struct test *t, struct maps *k)
{
	uint32_t i64 = SIGNED(&t->m, INT, 8), pair = PLAIN(&t->m, TUPLE, 0);
	const char *data;

	make_field(&t->m, pair, "", i64, 0);
	make_field(&t->m, pair, "", PLAIN(&t->m, STRING, 8), 8);
	make_map(t, k, "@m", pair, i64, BPF_MAP_TYPE_HASH);
	if (k->skip)
		return;
	set(t, k, 0, "\1\0\0\0\0\0\0\0a\0\0\0\0\0\0", 0, &(int64_t){ 3 }, 8);
	output_maps(&t->o, k->fds);
	fflush(t->out_file);
	data = strstr(t->out, ", \"data\"");
	check(&t->m,
	      strstr(t->out, "{\"type\": \"map\", \"time\": \"") == t->out,
	      "ndjson has the time");
	check(&t->m,
	      data && strcmp(data, ", \"data\": {\"@m\": [{\"key\": "
				   "[1,\"a\"], \"value\": 3}]}}\n") == 0,
	      "and the parts of keys");
}

static void test_json(struct test *t, struct maps *k)
{
	uint32_t i64 = SIGNED(&t->m, INT, 8), u64 = PLAIN(&t->m, INT, 8);
	uint32_t str = PLAIN(&t->m, STRING, 8), pair = PLAIN(&t->m, TUPLE, 0);
	uint32_t st = SIGNED(&t->m, STATS, 16), avg = SIGNED(&t->m, AVG, 16);
	uint64_t buckets[66] = { 1, 0, 0, 1 };
	static const char ab[16] = "a\0\0\0\0\0\0\0b";

	make_field(&t->m, pair, "", str, 0);
	make_field(&t->m, pair, "", str, 8);
	make_map(t, k, "@m", i64, i64, BPF_MAP_TYPE_HASH);
	make_map(t, k, "@n", pair, i64, BPF_MAP_TYPE_HASH);
	make_map(t, k, "@h", 0, hist_type(&t->m, 0), BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@l", 0, lhist_type(&t->m, 0, 10, 5),
		 BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@s", 0, st, BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@a", 0, avg, BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@z", 0, u64, BPF_MAP_TYPE_ARRAY);
	make_map(t, k, "@hk", pair, hist_type(&t->m, 0), BPF_MAP_TYPE_HASH);
	make_map(t, k, "@u", str, i64, BPF_MAP_TYPE_HASH);
	if (k->skip)
		return;
	output_map(&t->o, &t->m.p.maps.v[0], k->fds[0], 0, 0);
	wrote(t, "{\"type\": \"map\", \"data\": {\"@m\": {}}}\n", "",
	      "an empty map in JSON");
	SET(0, 1, 0, 2);
	set(t, k, 1, ab, 0, &(int64_t){ 3 }, 8);
	set(t, k, 2, &(uint32_t){ 0 }, 0, buckets, sizeof(buckets));
	SET(3, 0, 0, 0, 1, 0, 1);
	SET(4, 0, 0, 4, 1);
	SET(5, 0, 0, 3, 1);
	SET(6, 0, 0, -1);
	set(t, k, 7, ab, 0, buckets, sizeof(buckets));
	set(t, k, 8, "\xc3\xa9\0\0\0\0\0", 0, &(int64_t){ 1 }, 8);
	output_maps(&t->o, k->fds);
	wrote(t,
	      "{\"type\": \"stats\", \"data\": {\"@a\": 3}}\n"
	      "{\"type\": \"hist\", \"data\": {\"@h\": [{\"max\": -1, "
	      "\"count\": 1}, {\"min\": 0, \"max\": 0, \"count\": 0}, "
	      "{\"min\": 1, \"max\": 1, \"count\": 0}, {\"min\": 2, "
	      "\"max\": 3, \"count\": 1}]}}\n"
	      "{\"type\": \"hist\", \"data\": {\"@hk\": {\"a,b\": "
	      "[{\"max\": -1, \"count\": 1}, {\"min\": 0, \"max\": 0, "
	      "\"count\": 0}, {\"min\": 1, \"max\": 1, \"count\": 0}, "
	      "{\"min\": 2, \"max\": 3, \"count\": 1}]}}}\n"
	      "{\"type\": \"hist\", \"data\": {\"@l\": [{\"min\": 0, "
	      "\"max\": 4, \"count\": 1}, {\"min\": 5, \"max\": 9, "
	      "\"count\": 0}, {\"min\": 10, \"count\": 1}]}}\n"
	      "{\"type\": \"map\", \"data\": {\"@m\": {\"1\": 2}}}\n"
	      "{\"type\": \"map\", \"data\": {\"@n\": {\"a,b\": 3}}}\n"
	      "{\"type\": \"stats\", \"data\": {\"@s\": {\"count\": 1, "
	      "\"average\": 4, \"total\": 4}}}\n"
	      "{\"type\": \"map\", \"data\": {\"@u\": {\"\xc3\xa9\": 1}}}\n"
	      "{\"type\": \"map\", \"data\": {\"@z\": "
	      "\"18446744073709551615\"}}\n",
	      "", "maps in JSON");
}

/* ---- */

static int run(void (*fn)(struct test *t))
{
	struct test t;

	begin(&t, OUTPUT_TEXT);
	fn(&t);
	return end(&t);
}

static int run_kernel(void (*fn)(struct test *t, struct maps *k),
		      enum output_kind kind, const char *name)
{
	struct maps k = { .ncpus = libbpf_num_possible_cpus() };
	struct test t;

	begin(&t, kind);
	fn(&t, &k);
	if (k.skip)
		printf("ok %s # SKIP maps cannot be created here: %s\n", name,
		       strerror(errno));
	close_maps(&t, &k);
	return end(&t);
}

int main(void)
{
	int failed = 0;

	failed += run(test_hist);
	failed += run(test_hist_keyed);
	failed += run(test_lhist);
	failed += run(test_div);
	failed += run(test_extremes);
	failed += run(test_order);
	failed += run(test_tuples);
	failed += run_kernel(test_scalars, OUTPUT_TEXT, "scalars");
	failed += run_kernel(test_keyed, OUTPUT_TEXT, "keyed maps");
	failed += run_kernel(test_many, OUTPUT_TEXT, "large maps");
	failed += run_kernel(test_slow, OUTPUT_TEXT, "maps without batches");
	failed += run_kernel(test_ndjson, OUTPUT_NDJSON, "maps in ndjson");
	failed += run_kernel(test_json, OUTPUT_JSON, "maps in JSON");
	return failed != 0;
}
