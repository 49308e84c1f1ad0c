/*
 * hostile_test.c - plans that were changed and are still accepted must show
 * what they describe without reading beyond it.
 *
 * Records, keys and values are malloc'd at their exact sizes, so that ASan sees
 * their ends.
 */
#include <stdlib.h>

#include "runtime/agg_show.h"
#include "runtime/output.h"
#include "tests/unit/plan_make.h"

enum { ROUNDS = 600, MAX_SHOWN = 1 << 12 /* bytes of a value */ };

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* ---- a plan with some of everything ---- */

static void make_types(struct maker *m)
{
	uint32_t rec, bits;

	SIGNED(m, INT, 8);
	PLAIN(m, INT, 4);
	PLAIN(m, BOOL, 1);
	PLAIN(m, ENUM, 4);
	PLAIN(m, PTR, 8);
	PLAIN(m, STRING, 16);
	PLAIN(m, BUFFER, 12);
	PLAIN(m, INET, 20);
	PLAIN(m, MACADDR, 6);
	PLAIN(m, KSYM, 8);
	PLAIN(m, USYM, 16);
	PLAIN(m, USTACK, 16);
	PLAIN(m, TIMESTAMP, 16);
	PLAIN(m, PROBE, 8);
	PLAIN(m, COUNT, 8);
	SIGNED(m, MIN, 16);
	SIGNED(m, AVG, 16);
	PLAIN(m, STATS, 16);
	make_type(m, SHOW_HIST, 8 * hist_buckets(0),
		  (struct plan_type){ .n = hist_buckets(0) });
	make_type(m, SHOW_LHIST, 8 * lhist_buckets(0, 10, 5),
		  (struct plan_type){
			  .n = lhist_buckets(0, 10, 5), .max = 10, .step = 5 });
	make_type(m, SHOW_ARRAY, 16, (struct plan_type){ .elem = 2, .n = 4 });
	rec = PLAIN(m, RECORD, 0);
	make_field(m, rec, "a", 1, 0);
	make_field(m, rec, "s", 6, 8);
	make_field(m, rec, "b", 7, 24);
	bits = PLAIN(m, STRUCT, 0);
	make_field(m, bits, "lo", 2, 0);
	m->p.types.v[bits].fields.v[0].bits = 3;
	m->p.types.v[bits].fields.v[0].bit_offset = 5;
}

static void make_map(struct maker *m, uint32_t key, uint32_t value)
{
	struct plan_map map = { .name = "@m",
				.elf_name = "AT_m",
				.key = key,
				.value = value,
				.max_entries = 16 };

	map.key_size = key ? m->p.types.v[key].size : 4;
	map.value_size = m->p.types.v[value].size;
	if (!key) {
		map.scalar = 1;
		map.present = (map.value_size + 7) / 8 * 8;
		map.value_size = map.present + 8;
	}
	*vec_push(m->a, &m->p.maps) = map;
}

static void make_events(struct maker *m)
{
	static const char letters[] = "diuxXocpsrRHg";
	struct plan_event *ev;
	uint32_t i, type;

	for (type = 1; type < m->p.types.n; type++) {
		ev = make_event(m, ACTION_PRINT_VALUE);
		make_arg(m, ev, type);
		ev = make_event(m, ACTION_PRINTF);
		make_arg(m, ev, type);
		make_arg(m, ev, 2);
		for (i = 0; letters[i]; i++)
			*vec_push(m->a, &ev->segments) = (struct plan_segment){
				.text = "",
				.conv = (uint32_t)letters[i],
				.flags = i % 2 ? FORMAT_WIDTH_ARG : FORMAT_PREC,
				.width = 2,
				.prec = 3,
			};
	}
	ev = make_event(m, ACTION_JOIN);
	ev->text = " ";
	ev->text_size = 4;
	make_arg(m, ev, 2);
	make_arg(m, ev, 6);
	ev = make_event(m, ACTION_RUNTIME);
	ev->text2 = "helper";
	make_arg(m, ev, 1);
}

static void make_hostile(struct maker *m)
{
	uint32_t type, n;

	make_begin(m);
	make_types(m);
	n = (uint32_t)m->p.types.n;
	make_events(m);
	for (type = 1; type < n; type++) {
		make_map(m, type, type);
		make_map(m, 0, type);
	}
}

/* ---- what a session does with it ---- */

static uint8_t *noise(size_t size, uint64_t *x)
{
	uint8_t *p = malloc(size ? size : 1);
	size_t i;

	if (!p)
		abort();
	/* Mostly small numbers, since some are widths. */
	for (i = 0; i < size; i++)
		p[i] = i % 4 && next_random(x) % 64
			       ? 0
			       : (uint8_t)(next_random(x) >> 32);
	return p;
}

static void show_event(struct output *o, const struct plan_event *ev,
		       uint64_t *x)
{
	uint8_t *rec = noise(ev->size, x);

	switch ((int)ev->action) {
	case ACTION_PRINTF:
	case ACTION_CAT:
	case ACTION_SYSTEM:
		output_printf(o, ev, rec);
		break;
	case ACTION_ERRORF:
	case ACTION_WARNF:
		output_errorf(o, ev, rec);
		break;
	case ACTION_PRINT_VALUE:
		output_value(o, ev, rec);
		break;
	case ACTION_TIME:
		output_time(o, ev);
		break;
	case ACTION_JOIN:
		output_join(o, ev, rec);
		break;
	case ACTION_RUNTIME:
		output_runtime(o, ev, rec);
		break;
	case ACTION_EXIT:
	case ACTION_PRINT_MAP:
		render_number(o->render->plan, &ev->fields.v[0], rec);
		break;
	}
	free(rec);
}

static void show_map(struct output *o, const struct plan *p,
		     const struct plan_map *m, uint64_t *x)
{
	const struct plan_type *t = &p->types.v[m->value];
	uint8_t *key[2], *value[2];
	struct map_row v[2];
	struct map_rows rows = { .v = v, .n = m->scalar ? 1 : 2 };
	int i;

	for (i = 0; i < 2; i++) {
		v[i].key = key[i] = noise(m->key_size, x);
		v[i].value = value[i] = noise(m->value_size, x);
	}
	agg_merge(t, value[0], value[1]);
	for (i = 0; i < 2; i++) {
		agg_divide(t, value[i], 3);
		v[i].rank = agg_rank(t, value[i]);
	}
	maps_sort(p, m, &rows);
	o->ops->map(o, m, &rows, 2);
	for (i = 0; i < 2; i++) {
		free(key[i]);
		free(value[i]);
	}
}

static void show_all(struct plan *p, enum output_kind kind, FILE *out,
		     uint64_t *x)
{
	struct reporter rep = { .err = out };
	struct render r;
	struct output o;
	size_t i;

	render_init(&r, p);
	output_init(&o, kind, out, &rep, &r);
	for (i = 0; i < p->events.n; i++)
		if (p->events.v[i].size < MAX_SHOWN)
			show_event(&o, &p->events.v[i], x);
	for (i = 0; i < p->maps.n; i++)
		if (p->maps.v[i].key_size < MAX_SHOWN &&
		    p->maps.v[i].value_size < MAX_SHOWN)
			show_map(&o, p, &p->maps.v[i], x);
	output_free(&o);
	render_free(&r);
}

/* ---- changes ---- */

static void spoil(uint32_t *v, uint64_t *x)
{
	static const uint32_t odd[] = { 0,  1,	2,  3,	4,	7,  8,
					9,  16, 64, 65, 255,	32, 128,
					20, 12, 40, 13, 1 << 20 };
	uint64_t how = next_random(x);

	if (how % 4 == 0)
		*v ^= 1u << (how >> 8) % 32;
	else
		*v = odd[(how >> 8) % countof(odd)];
}

static void spoil_field(struct plan_field *f, uint64_t *x)
{
	uint32_t *members[] = { &f->type, &f->offset, &f->bits,
				&f->bit_offset };

	spoil(members[next_random(x) % countof(members)], x);
}

static void spoil_type(struct plan_type *t, uint64_t *x)
{
	uint32_t *members[] = { &t->show, &t->size, &t->is_signed, &t->elem,
				&t->n,	  &t->bits, &t->mode };
	uint64_t pick = next_random(x);

	if (t->fields.n && pick % 2)
		spoil_field(&t->fields.v[(pick >> 1) % t->fields.n], x);
	else
		spoil(members[(pick >> 1) % countof(members)], x);
}

static void spoil_event(struct plan_event *ev, uint64_t *x)
{
	uint64_t pick = next_random(x);
	struct plan_segment *s;

	if (pick % 3 == 0)
		spoil_field(&ev->fields.v[(pick >> 2) % ev->fields.n], x);
	else if (pick % 3 == 1 && ev->segments.n) {
		uint32_t *members[5];

		s = &ev->segments.v[(pick >> 2) % ev->segments.n];
		members[0] = &s->flags;
		members[1] = &s->width;
		members[2] = &s->prec;
		members[3] = &s->size;
		members[4] = &s->arg;
		spoil(members[(pick >> 32) % 5], x);
	} else {
		uint32_t *members[] = { &ev->action, &ev->size,
					&ev->text_size };

		spoil(members[(pick >> 2) % 3], x);
	}
}

static void spoil_map(struct plan_map *map, uint64_t *x)
{
	uint32_t *members[] = { &map->key,	  &map->value,	&map->key_size,
				&map->value_size, &map->scalar, &map->present,
				&map->percpu };

	spoil(members[next_random(x) % countof(members)], x);
}

/* Several changes to one thing find more than one to each of several. */
static void spoil_plan(struct plan *p, uint64_t *x, int times)
{
	uint64_t pick = next_random(x);

	for (; times; times--) {
		if (pick % 2)
			spoil_type(&p->types.v[(pick >> 2) % p->types.n], x);
		else if (pick % 4)
			spoil_event(&p->events.v[(pick >> 2) % p->events.n], x);
		else
			spoil_map(&p->maps.v[(pick >> 2) % p->maps.n], x);
	}
}

int main(void)
{
	uint64_t x = 88172645463325252ull;
	FILE *out = fopen("/dev/null", "w");
	int round, accepted = 0;
	struct maker m = { 0 };
	bool good = false;

	for (round = 0; out && round < ROUNDS; round++) {
		struct maker bad;
		char why[256] = "";

		make_hostile(&bad);
		spoil_plan(&bad.p, &x, round % 4);
		if (plan_check(&bad.p, why, sizeof(why))) {
			good |= !(round % 4);
			accepted++;
			show_all(&bad.p,
				 round % 8 < 4 ? OUTPUT_TEXT : OUTPUT_NDJSON,
				 out, &x);
		}
		arena_free(bad.a);
	}
	check(&m, good, "a plan of everything is accepted");
	check(&m, accepted > ROUNDS / 3, "plans that were changed are shown");
	if (out)
		fclose(out);
	return m.failed != 0;
}
