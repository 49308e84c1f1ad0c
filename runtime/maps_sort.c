/* maps_sort.c - the order in which a map is printed. */
#include "maps.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "render.h"

static int compare_fields(const struct plan *p, const struct plan_field *f,
			  const uint8_t *a, const uint8_t *b);

static int compare_numbers(uint64_t a, uint64_t b, bool is_signed)
{
	uint64_t sign = is_signed ? 1ull << 63 : 0;

	a ^= sign;
	b ^= sign;
	return (a > b) - (a < b);
}

static int compare_buffers(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	uint32_t na = load_u32(a), nb = load_u32(b), n;
	int order;

	if (na > size - 4)
		na = size - 4;
	if (nb > size - 4)
		nb = size - 4;
	n = na < nb ? na : nb;
	order = memcmp(a + 4, b + 4, n);
	return order ? order : (na > nb) - (na < nb);
}

static int compare_members(const struct plan *p, const struct plan_type *t,
			   const uint8_t *a, const uint8_t *b)
{
	int order = 0;
	size_t i;

	for (i = 0; i < t->fields.n && !order; i++)
		order = compare_fields(p, &t->fields.v[i], a, b);
	return order;
}

static int compare_elements(const struct plan *p, const struct plan_type *t,
			    const uint8_t *a, const uint8_t *b)
{
	struct plan_field f = { .name = "", .type = t->elem };
	uint32_t size = p->types.v[t->elem].size, i;
	int order = 0;

	for (i = 0; i < t->n && !order; i++)
		order = compare_fields(p, &f, a + (size_t)i * size,
				       b + (size_t)i * size);
	return order;
}

static int compare_fields(const struct plan *p, const struct plan_field *f,
			  const uint8_t *a, const uint8_t *b)
{
	const struct plan_type *t = &p->types.v[f->type];
	const uint8_t *pa = a + f->offset, *pb = b + f->offset;

	switch (f->bits ? SHOW_INT : t->show) {
	case SHOW_INT:
	case SHOW_BOOL:
	case SHOW_ENUM:
	case SHOW_PTR:
	case SHOW_KSYM:
	case SHOW_USYM:
	case SHOW_PROBE:
	case SHOW_TIMESTAMP:
	case SHOW_USERNAME:
	case SHOW_COMM:
		return compare_numbers(render_number(p, f, a),
				       render_number(p, f, b), t->is_signed);
	case SHOW_STRING:
		return strncmp((const char *)pa, (const char *)pb, t->size);
	case SHOW_BUFFER:
		return compare_buffers(pa, pb, t->size);
	case SHOW_TUPLE:
	case SHOW_RECORD:
	case SHOW_STRUCT:
		return compare_members(p, t, pa, pb);
	case SHOW_ARRAY:
		return compare_elements(p, t, pa, pb);
	default:
		return memcmp(pa, pb, t->size);
	}
}

struct order {
	const struct plan *p;
	struct plan_field key;
};

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;
	const struct map_row *ra = a, *rb = b;

	if (ra->rank != rb->rank)
		return ra->rank < rb->rank ? -1 : 1;
	return compare_fields(o->p, &o->key, ra->key, rb->key);
}

void maps_sort(const struct plan *p, const struct plan_map *m,
	       struct map_rows *rows)
{
	struct order o = { .p = p, .key = { .name = "", .type = m->key } };

	if (rows->n > 1)
		qsort_r(rows->v, rows->n, sizeof(*rows->v), compare_rows, &o);
}

static int compare_names(const void *a, const void *b, void *arg)
{
	const struct plan *p = arg;
	uint32_t ia = *(const uint32_t *)a, ib = *(const uint32_t *)b;
	int order = strcmp(p->maps.v[ia].name, p->maps.v[ib].name);

	return order ? order : (ia > ib) - (ia < ib);
}

uint32_t *maps_by_name(const struct plan *p)
{
	uint32_t *order = calloc(p->maps.n ? p->maps.n : 1, sizeof(*order)), i;

	if (!order)
		die("out of memory");
	for (i = 0; i < p->maps.n; i++)
		order[i] = i;
	qsort_r(order, p->maps.n, sizeof(*order), compare_names,
		(void *)(uintptr_t)p);
	return order;
}
