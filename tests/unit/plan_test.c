/* plan_test.c - plans written and read back, and plans gone wrong. */
#include <stdlib.h>
#include <zlib.h>

#include "tests/unit/plan_make.h"

enum { HEADER = 20, SUM_AT = 16 };

/* One of everything. */
static void make_plan(struct maker *m)
{
	struct plan_segment text = { .text = "a \xc3\xa9\n" };
	struct plan_segment num = { .text = "", .conv = 'd', .width = 5 };
	struct plan_map map = { .name = "@x", .elf_name = "map_x" };
	struct plan_program prog = { .elf_name = "prog_1",
				     .file = "t.bt",
				     .source = "",
				     .provider = PROVIDER_KPROBE };
	struct plan_point point = { .provider = PROVIDER_KPROBE,
				    .name = "kprobe:vfs_read",
				    .module = "",
				    .target = "vfs_read",
				    .offset = 0x123456789abcdefull };
	uint32_t i64, tuple, en;
	struct plan_point inner;
	struct plan_event *ev;

	make_begin(m);
	i64 = SIGNED(m, INT, 8);
	tuple = PLAIN(m, TUPLE, 0);
	make_field(m, tuple, "", i64, 0);
	make_field(m, tuple, "", i64, 8);
	en = PLAIN(m, ENUM, 4);
	*vec_push(m->a, &m->p.types.v[en].constants) =
		(struct plan_constant){ "ONE", 1 };
	make_type(m, SHOW_HIST, 8 * hist_buckets(2),
		  (struct plan_type){ .n = hist_buckets(2), .bits = 2 });
	make_type(m, SHOW_ARRAY, 16, (struct plan_type){ .elem = i64, .n = 2 });
	ev = make_event(m, ACTION_PRINTF);
	make_arg(m, ev, i64);
	*vec_push(m->a, &ev->segments) = text;
	*vec_push(m->a, &ev->segments) = num;
	map.key = tuple;
	map.value = i64;
	map.key_size = 16;
	map.value_size = 8;
	map.max_entries = 4096;
	map.refused = 1;
	*vec_push(m->a, &m->p.maps) = map;
	inner = point;
	*vec_push(m->a, &point.alternatives) = inner;
	*vec_push(m->a, &prog.points) = point;
	*vec_push(m->a, &m->p.programs) = prog;
	*vec_push(m->a, &m->p.args) = (struct plan_arg){ .name = "comm",
							 .offset = 8,
							 .size = 4,
							 .many = 1,
							 .loc = LOC_DATA };
	*vec_push(m->a, &m->p.slots) = (struct plan_slot){
		.kind = SLOT_START, .name = "", .module = "", .size = 8
	};
	*vec_push(m->a, &m->p.counters) =
		(struct plan_counter){ .kind = COUNTER_MAP_FULL };
	*vec_push(m->a, &m->p.params) = (struct plan_param){ .name = "pid",
							     .short_name = "p",
							     .help = "",
							     .fallback = "0",
							     .slot = 1 };
	*vec_push(m->a, &m->p.strings) = (struct plan_string){ "%H:%M" };
}

static char *dump(const struct plan *p)
{
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	plan_dump(p, f);
	fclose(f);
	return text;
}

static const char dump_want[] =
	"plan version=5 script=\"test.bt\" print_maps=1 max_cat=10240 "
	"str_trailer=\"..\"\n"
	"  types[0] show=none\n"
	"  types[1] show=int size=8 is_signed=1\n"
	"  types[2] show=tuple size=16\n"
	"    fields[0] type=1\n"
	"    fields[1] type=1 offset=8\n"
	"  types[3] show=enum size=4\n"
	"    constants[0] name=\"ONE\" value=1\n"
	"  types[4] show=hist size=2024 n=253 bits=2\n"
	"  types[5] show=array size=16 elem=1 n=2\n"
	"  events[0] action=printf size=16 file=\"stdin\" line=1 col=9 "
	"end_col=28\n"
	"    segments[0] text=\"a \\xc3\\xa9\\n\"\n"
	"    segments[1] conv=d width=5\n"
	"    fields[0] type=1 offset=8\n"
	"  maps[0] name=\"@x\" elf_name=\"map_x\" key=2 value=1 key_size=16 "
	"value_size=8 max_entries=4096 refused=1\n"
	"  programs[0] elf_name=\"prog_1\" provider=kprobe file=\"t.bt\"\n"
	"    points[0] provider=kprobe name=\"kprobe:vfs_read\" "
	"target=\"vfs_read\" offset=81985529216486895\n"
	"      alternatives[0] provider=kprobe name=\"kprobe:vfs_read\" "
	"target=\"vfs_read\" offset=81985529216486895\n"
	"  args[0] name=\"comm\" offset=8 size=4 many=1 loc=1\n"
	"  slots[0] kind=3 provider=begin size=8\n"
	"  counters[0] kind=3\n"
	"  params[0] name=\"pid\" short_name=\"p\" fallback=\"0\" slot=1\n"
	"  strings[0] s=\"%H:%M\"\n";

static void test_round(struct maker *m)
{
	struct arena *a = arena_new();
	char err[256] = "", *have;
	uint8_t *bytes, *again;
	struct plan *p;
	size_t size, size2;

	bytes = plan_encode(&m->p, &size);
	p = plan_decode(a, bytes, size, err, sizeof(err));
	check(m, p, "a plan is read back");
	if (p) {
		have = dump(p);
		check_text(m, have, strlen(have), dump_want, strlen(dump_want),
			   "the dump of what was read");
		free(have);
		again = plan_encode(p, &size2);
		check(m, size == size2 && memcmp(bytes, again, size) == 0,
		      "written again it is the same");
		free(again);
	} else {
		printf("# %s\n", err);
	}
	free(bytes);
	arena_free(a);
}

/* Makes the header right again after what follows it was changed. */
static void fix_sum(uint8_t *bytes, size_t size)
{
	uint32_t sum =
		(uint32_t)crc32(0, bytes + HEADER, (uInt)(size - HEADER));
	int i;

	for (i = 0; i < 4; i++) {
		bytes[SUM_AT + i] = (uint8_t)(sum >> 8 * i);
		bytes[12 + i] = (uint8_t)(size >> 8 * i);
	}
}

static bool decodes(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();
	uint8_t *copy = malloc(size ? size : 1); /* so that ASan sees its end */
	char err[256] = "";
	bool ok;

	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	ok = plan_decode(a, copy, size, err, sizeof(err));
	if (!ok && !*err)
		printf("not ok an error without a sentence\n");
	free(copy);
	arena_free(a);
	return ok;
}

static void test_truncated(struct maker *m)
{
	size_t size, n;
	uint8_t *bytes = plan_encode(&m->p, &size);
	int accepted = 0;

	for (n = 0; n < size; n++)
		accepted += decodes(bytes, n);
	check(m, !accepted, "a plan cut short is refused");
	for (n = HEADER; n < size; n++) {
		uint8_t *cut = malloc(n);

		if (!cut)
			abort();
		memcpy(cut, bytes, n);
		fix_sum(cut, n);
		accepted += decodes(cut, n);
		free(cut);
	}
	check(m, !accepted, "also with a header that fits");
	free(bytes);
}

static void test_flipped(struct maker *m)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff, 0x7f };
	size_t size, at, i;
	uint8_t *bytes = plan_encode(&m->p, &size);
	int accepted = 0;

	for (at = 0; at < size; at++) {
		bytes[at] ^= 0x40;
		accepted += decodes(bytes, size);
		bytes[at] ^= 0x40;
	}
	check(m, !accepted, "one bit changed is noticed");
	for (at = HEADER; at < size; at++) {
		for (i = 0; i < countof(changes); i++) {
			uint8_t old = bytes[at];

			bytes[at] ^= changes[i];
			fix_sum(bytes, size);
			decodes(bytes, size);
			bytes[at] = old;
		}
	}
	check(m, true, "any byte changed does no harm");
	free(bytes);
}

/* Several bytes at once, the same on every run. */
static void test_random(struct maker *m)
{
	size_t size, round, i;
	uint8_t *bytes = plan_encode(&m->p, &size);
	uint8_t *copy = malloc(size);
	uint64_t x = 88172645463325252ull;

	if (!copy)
		abort();
	for (round = 0; round < 20000; round++) {
		memcpy(copy, bytes, size);
		for (i = 0; i < 1 + round % 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[HEADER + x % (size - HEADER)] = (uint8_t)(x >> 32);
		}
		fix_sum(copy, size);
		decodes(copy, size);
	}
	check(m, true, "random changes do no harm");
	free(copy);
	free(bytes);
}

/* Each changes a good plan so that it must be refused. */
#define WRONG(what, change)                                                    \
	do {                                                                   \
		struct maker bad;                                              \
		char why[256] = "";                                            \
		make_plan(&bad);                                               \
		change;                                                        \
		check(m, !plan_check(&bad.p, why, sizeof(why)) && *why, what); \
		arena_free(bad.a);                                             \
	} while (0)

static void test_wrong_types(struct maker *m)
{
	WRONG("no types", bad.p.types.n = 0);
	WRONG("type 0 is a number", bad.p.types.v[0].show = SHOW_INT);
	WRONG("an unknown kind of type", bad.p.types.v[1].show = NSHOWS);
	WRONG("a number of three bytes", bad.p.types.v[1].size = 3);
	WRONG("a type of 2 GB", bad.p.types.v[2].size = 1u << 31);
	WRONG("a member outside", bad.p.types.v[2].fields.v[1].offset = 9);
	WRONG("a member far outside",
	      bad.p.types.v[2].fields.v[1].offset = 0xfffffff8);
	WRONG("a member of no type", bad.p.types.v[2].fields.v[0].type = 99);
	WRONG("a type in itself", bad.p.types.v[2].fields.v[0].type = 2);
	WRONG("a type in its element", bad.p.types.v[5].elem = 5);
	WRONG("an array too large", bad.p.types.v[5].n = 3);
	WRONG("an array much too large", bad.p.types.v[5].n = 0x20000001);
	WRONG("an endless array of nothing", {
		bad.p.types.v[5].elem = 0;
		bad.p.types.v[5].n = 0xffffffff;
	});
	WRONG("a bit-field too wide", bad.p.types.v[2].fields.v[0].bits = 65);
	WRONG("a bit-field of a tuple", {
		bad.p.types.v[5].show = SHOW_TUPLE;
		make_field(&bad, 5, "", 2, 0);
		bad.p.types.v[5].fields.v[0].bits = 3;
	});
	WRONG("a bit-field as an argument",
	      { bad.p.events.v[0].fields.v[0].bits = 3; });
	WRONG("a bit-field outside", {
		bad.p.types.v[2].fields.v[1].bits = 3;
		bad.p.types.v[2].fields.v[1].bit_offset = 62;
	});
	WRONG("a wrong number of buckets", bad.p.types.v[4].n--);
	WRONG("too many parts of a power", bad.p.types.v[4].bits = 6);
	WRONG("an unknown stack mode", bad.p.types.v[1].mode = 4);
}

/* Types that double: 2^60 numbers to show in 8 bytes. */
static void make_doubling(struct maker *m)
{
	uint32_t below = PLAIN(m, INT, 8), i, t;

	for (i = 0; i < 60; i++) {
		t = PLAIN(m, STRUCT, 8);
		make_field(m, t, "a", below, 0);
		make_field(m, t, "b", below, 0);
		below = t;
	}
}

static void make_deep(struct maker *m)
{
	uint32_t first = (uint32_t)m->p.types.n, i;

	for (i = 0; i < 1000; i++)
		make_type(
			m, SHOW_ARRAY, 8,
			(struct plan_type){ .elem = i < 999 ? first + i + 1 : 1,
					    .n = 1 });
}

static void test_wrong(struct maker *m)
{
	WRONG("types that double", make_doubling(&bad));
	WRONG("types nested deeply", make_deep(&bad));
	WRONG("an unknown action", bad.p.events.v[0].action = NACTIONS);
	WRONG("an event of 7 bytes", bad.p.events.v[0].size = 7);
	WRONG("an argument outside", bad.p.events.v[0].size = 15);
	WRONG("an argument that is not there",
	      bad.p.events.v[0].segments.v[1].arg = 1);
	WRONG("an unknown conversion",
	      bad.p.events.v[0].segments.v[1].conv = 'n');
	WRONG("a width of an argument that is not there", {
		bad.p.events.v[0].segments.v[1].flags = FORMAT_WIDTH_ARG;
		bad.p.events.v[0].segments.v[1].width = 2;
	});
	WRONG("a width without end",
	      bad.p.events.v[0].segments.v[1].width = 1u << 30);
	WRONG("print() of a map that is not there", {
		bad.p.events.v[0].action = ACTION_CLEAR;
		bad.p.events.v[0].map = 1;
	});
	WRONG("print() of a map without arguments",
	      bad.p.events.v[0].action = ACTION_PRINT_MAP);
	WRONG("a map of no type", bad.p.maps.v[0].value = 77);
	WRONG("a map too small for its type", bad.p.maps.v[0].value_size = 7);
	WRONG("a map of huge keys", bad.p.maps.v[0].key_size = 1u << 31);
	WRONG("a scalar with a long key", bad.p.maps.v[0].scalar = 1);
	WRONG("a scalar with its flag outside", {
		bad.p.maps.v[0].scalar = 1;
		bad.p.maps.v[0].key = 0;
		bad.p.maps.v[0].key_size = 4;
		bad.p.maps.v[0].present = 1;
	});
	WRONG("a counter that is not there", bad.p.maps.v[0].refused = 2);
	WRONG("an unknown provider", bad.p.programs.v[0].provider = 999);
	WRONG("an unknown provider of an alternative",
	      bad.p.programs.v[0].points.v[0].alternatives.v[0].provider = 999);
	WRONG("an argument of no program", bad.p.args.v[0].program = 1);
	WRONG("an argument far away", bad.p.args.v[0].offset = 0xffffffff);
	WRONG("an array told of in no known way", bad.p.args.v[0].loc = 3);
	WRONG("a slot of 4 bytes", bad.p.slots.v[0].size = 4);
	WRONG("a slot far away", bad.p.slots.v[0].offset = 0xffffffff);
	WRONG("an unknown kind of slot", bad.p.slots.v[0].kind = 99);
	WRONG("a table of system calls of 8 bytes",
	      bad.p.slots.v[0].kind = SLOT_SYSCALLS);
	WRONG("an unknown end of system calls",
	      bad.p.programs.v[0].side = SIDE_EXIT + 1);
	WRONG("a kprobe for system calls",
	      bad.p.programs.v[0].side = SIDE_EXIT);
	WRONG("a counter of a map that is not there",
	      bad.p.counters.v[0].map = 3);
	WRONG("an option with no slot", bad.p.params.v[0].slot = 2);
	WRONG("an unknown setting", bad.p.missing = 3);
	WRONG("another version", bad.p.version = PLAN_VERSION + 1);
}

static void test_nesting(struct maker *m)
{
	struct plan_point point = { .provider = PROVIDER_KPROBE, .name = "p" };
	struct maker deep;
	size_t size, i;
	uint8_t *bytes;

	make_plan(&deep);
	for (i = 0; i < 40; i++) {
		struct plan_point outer = { .provider = PROVIDER_KPROBE };

		*vec_push(deep.a, &outer.alternatives) = point;
		point = outer;
	}
	*vec_push(deep.a, &deep.p.programs.v[0].points) = point;
	bytes = plan_encode(&deep.p, &size);
	check(m, !decodes(bytes, size), "alternatives nested deeply");
	free(bytes);
	arena_free(deep.a);
}

int main(void)
{
	struct maker m;

	make_plan(&m);
	test_round(&m);
	test_truncated(&m);
	test_flipped(&m);
	test_random(&m);
	test_wrong_types(&m);
	test_wrong(&m);
	test_nesting(&m);
	check(&m,
	      strcmp(show_name(SHOW_KSTACK), "kstack") == 0 &&
		      strcmp(action_name(ACTION_EXIT), "exit") == 0 &&
		      strcmp(provider_name(PROVIDER_KPROBE), "kprobe") == 0,
	      "names of rows");
	arena_free(m.a);
	return m.failed != 0;
}
