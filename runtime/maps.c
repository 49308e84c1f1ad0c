#include "maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agg_show.h"
#include "bytes.h"

enum {
	BATCH_BYTES = 1 << 20, /* of values asked for at once, at first */
	BATCH_MAX = 4096,      /* elements, at first */
};

/* How a map's bytes cross the system call: a per-CPU value is one value a
 * possible CPU, each in a multiple of eight bytes. */
struct shape {
	uint32_t ncpus;	 /* 1 when the map is not per-CPU */
	size_t stride;	 /* of one CPU's value */
	size_t all_cpus; /* bytes of a value as the kernel gives it */
};

static int get_shape(const struct plan_map *m, struct shape *s)
{
	int n = 1;

	s->stride = m->value_size;
	if (m->percpu) {
		n = libbpf_num_possible_cpus();
		if (n < 0)
			return n;
		s->stride = (s->stride + 7) / 8 * 8;
	}
	s->ncpus = (uint32_t)n;
	s->all_cpus = s->stride * s->ncpus;
	return 0;
}

/* ---- every element ---- */

/* What is done with each; 0 or -errno, which ends the walk. */
typedef int element_fn(void *arg, const uint8_t *key, const uint8_t *value);

struct batch {
	uint32_t room; /* elements */
	uint8_t *keys, *values;
};

static int batch_resize(struct batch *b, const struct plan_map *m,
			const struct shape *s, uint32_t room)
{
	free(b->keys);
	free(b->values);
	b->room = room;
	b->keys = calloc(room, m->key_size);
	b->values = calloc(room, s->all_cpus);
	return b->keys && b->values ? 0 : -ENOMEM;
}

static void batch_free(struct batch *b)
{
	free(b->keys);
	free(b->values);
}

static int each_of_batch(const struct batch *b, const struct plan_map *m,
			 const struct shape *s, uint32_t n, element_fn *fn,
			 void *arg)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = fn(arg, b->keys + (size_t)i * m->key_size,
			 b->values + i * s->all_cpus);
	return err;
}

/*
 * Hash maps can be read many elements at a time since 5.6.  in and out are the
 * place in the map, a u32 whose value is the kernel's business.  A bucket that
 * does not fit is -ENOSPC: the same place is then read with more room.
 */
static int each_by_batch(const struct plan_map *m, int fd,
			 const struct shape *s, element_fn *fn, void *arg,
			 bool *started)
{
	uint64_t in = 0, out = 0;
	struct batch b = { 0 };
	uint32_t room = (uint32_t)(BATCH_BYTES / s->all_cpus) + 1, n;
	int err, end;

	err = batch_resize(&b, m, s, room < BATCH_MAX ? room : BATCH_MAX);
	while (!err) {
		n = b.room;
		end = bpf_map_lookup_batch(fd, *started ? &in : NULL, &out,
					   b.keys, b.values, &n, NULL);
		if (end == -ENOSPC && b.room < 1u << 20) {
			err = batch_resize(&b, m, s, b.room * 2);
			continue;
		}
		if (end && end != -ENOENT) {
			err = end;
			break;
		}
		*started = true;
		err = each_of_batch(&b, m, s, n, fn, arg);
		if (end)
			break;
		in = out;
	}
	batch_free(&b);
	return err;
}

/* The keys of a map, one by one.  If the element that was the place in the walk
 * is deleted, the kernel begins anew, so some may come twice; max_entries
 * bounds how often that can go on. */
static int read_keys(const struct plan_map *m, int fd, struct strbuf *keys)
{
	uint8_t *next = calloc(1, m->key_size);
	const void *from = NULL;
	uint32_t i;
	int err = next ? 0 : -ENOMEM;

	for (i = 0; !err && i < m->max_entries; i++) {
		err = bpf_map_get_next_key(fd, from, next);
		if (err)
			break;
		strbuf_add(keys, (const char *)next, m->key_size);
		from = keys->s + keys->len - m->key_size;
	}
	free(next);
	return err == -ENOENT ? 0 : err;
}

static int each_by_key(const struct plan_map *m, int fd, const struct shape *s,
		       element_fn *fn, void *arg)
{
	uint8_t *value = calloc(1, s->all_cpus);
	struct strbuf keys = { 0 };
	size_t at;
	int err = value ? read_keys(m, fd, &keys) : -ENOMEM;

	for (at = 0; !err && at < keys.len; at += m->key_size) {
		const uint8_t *key = (const uint8_t *)keys.s + at;

		if (bpf_map_lookup_elem(fd, key, value) == 0)
			err = fn(arg, key, value);
	}
	strbuf_free(&keys);
	free(value);
	return err;
}

static int each_scalar(int fd, const struct shape *s, element_fn *fn, void *arg)
{
	uint8_t *value = calloc(1, s->all_cpus);
	uint32_t key = 0;
	int err = value ? bpf_map_lookup_elem(fd, &key, value) : -ENOMEM;

	if (!err)
		err = fn(arg, (const uint8_t *)&key, value);
	free(value);
	return err;
}

static int each_element(const struct plan_map *m, int fd, const struct shape *s,
			element_fn *fn, void *arg)
{
	bool started = false;
	int err;

	if (m->scalar)
		return each_scalar(fd, s, fn, arg);
	err = each_by_batch(m, fd, s, fn, arg, &started);
	if (!err || started || err == -ENOMEM)
		return err;
	return each_by_key(m, fd, s, fn, arg);
}

/* ---- reading ---- */

struct reading {
	const struct plan *p;
	const struct plan_map *m;
	struct shape shape;
	size_t key_room, row_room; /* multiples of eight bytes */
	struct map_rows *rows;
	size_t cap;
};

static const struct plan_type *value_type(const struct reading *r)
{
	return &r->p->types.v[r->m->value];
}

static bool is_set(const struct reading *r, const uint8_t *value)
{
	return !r->m->scalar || load_u64(value + r->m->present);
}

/* Merge what the CPUs hold into dst; false when none was ever set. */
static bool merge_cpus(const struct reading *r, const uint8_t *value,
		       uint8_t *dst)
{
	bool any = false;
	uint32_t cpu;

	for (cpu = 0; cpu < r->shape.ncpus; cpu++) {
		const uint8_t *v = value + cpu * r->shape.stride;

		if (!is_set(r, v))
			continue;
		if (any)
			agg_merge(value_type(r), dst, v);
		else
			memcpy(dst, v, r->m->value_size);
		any = true;
	}
	return any;
}

static int add_row(void *arg, const uint8_t *key, const uint8_t *value)
{
	struct reading *r = arg;
	uint8_t *row;

	if (r->rows->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		uint8_t *bytes = realloc(r->rows->bytes, cap * r->row_room);

		if (!bytes)
			return -ENOMEM;
		r->rows->bytes = bytes;
		r->cap = cap;
	}
	row = r->rows->bytes + r->rows->n * r->row_room;
	memcpy(row, key, r->m->key_size);
	if (merge_cpus(r, value, row + r->key_room))
		r->rows->n++;
	return 0;
}

static int point_rows(struct reading *r)
{
	struct map_rows *rows = r->rows;
	size_t i;

	rows->v = calloc(rows->n ? rows->n : 1, sizeof(*rows->v));
	if (!rows->v)
		return -ENOMEM;
	for (i = 0; i < rows->n; i++) {
		uint8_t *row = rows->bytes + i * r->row_room;

		rows->v[i].key = row;
		rows->v[i].value = row + r->key_room;
		rows->v[i].rank = agg_rank(value_type(r), rows->v[i].value);
	}
	return 0;
}

int maps_read(const struct plan *p, const struct plan_map *m, int fd,
	      struct map_rows *rows)
{
	struct reading r = { .p = p, .m = m, .rows = rows };
	int err;

	*rows = (struct map_rows){ 0 };
	r.key_room = ((size_t)m->key_size + 7) / 8 * 8;
	r.row_room = r.key_room + ((size_t)m->value_size + 7) / 8 * 8;
	err = get_shape(m, &r.shape);
	if (!err)
		err = each_element(m, fd, &r.shape, add_row, &r);
	if (!err)
		err = point_rows(&r);
	if (err)
		rows->n = 0;
	else
		maps_sort(p, m, rows);
	return err;
}

void map_rows_free(struct map_rows *rows)
{
	free(rows->v);
	free(rows->bytes);
	*rows = (struct map_rows){ 0 };
}

/* ---- clearing ---- */

struct key_list {
	const struct plan_map *m;
	struct strbuf keys;
};

static int add_key(void *arg, const uint8_t *key, const uint8_t *value)
{
	struct key_list *list = arg;

	(void)value;
	strbuf_add(&list->keys, (const char *)key, list->m->key_size);
	return 0;
}

/* A scalar: only what is not its flag, or all of it. */
static int zero_scalar(const struct plan_map *m, int fd, const struct shape *s,
		       bool keep_present)
{
	uint8_t *old = calloc(1, s->all_cpus), *value = calloc(1, s->all_cpus);
	uint32_t key = 0, cpu;
	int err = old && value ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_elem(fd, &key, old);
	for (cpu = 0; !err && keep_present && cpu < s->ncpus; cpu++) {
		size_t at = cpu * s->stride + m->present;

		memcpy(value + at, old + at, 8);
	}
	if (!err)
		err = bpf_map_update_elem(fd, &key, value, BPF_EXIST);
	free(old);
	free(value);
	return err;
}

/* zero NULL: delete.  A key that a program has deleted meanwhile is no error.
 */
static int clear_keys(const struct plan_map *m, int fd, const struct shape *s,
		      const void *zero)
{
	struct key_list list = { .m = m };
	int err = each_element(m, fd, s, add_key, &list);
	size_t at;

	for (at = 0; !err && at < list.keys.len; at += m->key_size) {
		const char *key = list.keys.s + at;

		err = zero ? bpf_map_update_elem(fd, key, zero, BPF_EXIST)
			   : bpf_map_delete_elem(fd, key);
		if (err == -ENOENT)
			err = 0;
	}
	strbuf_free(&list.keys);
	return err;
}

int maps_clear(const struct plan_map *m, int fd)
{
	struct shape s;
	int err = get_shape(m, &s);

	if (err)
		return err;
	if (m->scalar)
		return zero_scalar(m, fd, &s, false);
	return clear_keys(m, fd, &s, NULL);
}

int maps_zero(const struct plan_map *m, int fd)
{
	struct shape s;
	int err = get_shape(m, &s);
	void *zero;

	if (err)
		return err;
	if (m->scalar)
		return zero_scalar(m, fd, &s, true);
	zero = calloc(1, s.all_cpus);
	err = zero ? clear_keys(m, fd, &s, zero) : -ENOMEM;
	free(zero);
	return err;
}
