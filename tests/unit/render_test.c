/* render_test.c - bytes to text and JSON, formats, and what events print. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/output_make.h"

static void shows(struct test *t, uint32_t type, const void *bytes,
		  const char *text, const char *json)
{
	struct strbuf b = { 0 };

	strbuf_add(&b, "", 0);
	render_value(&t->r, type, bytes, &b);
	check_text(&t->m, b.s, b.len, text, strlen(text), json);
	strbuf_reset(&b);
	render_json(&t->r, type, bytes, &b);
	check_text(&t->m, b.s, b.len, json, strlen(json), json);
	strbuf_free(&b);
}

#define BYTES(type, value) (&(const type){ value })

/* ---- values ---- */

static void test_numbers(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t en;

	shows(t, SIGNED(m, INT, 1), BYTES(int8_t, -56), "-56", "-56");
	shows(t, PLAIN(m, INT, 1), BYTES(uint8_t, 200), "200", "200");
	shows(t, SIGNED(m, INT, 2), BYTES(int16_t, -1), "-1", "-1");
	shows(t, PLAIN(m, INT, 2), BYTES(uint16_t, 65535), "65535", "65535");
	shows(t, SIGNED(m, INT, 4), BYTES(int32_t, INT32_MIN), "-2147483648",
	      "-2147483648");
	shows(t, PLAIN(m, INT, 4), BYTES(uint32_t, UINT32_MAX), "4294967295",
	      "4294967295");
	shows(t, SIGNED(m, INT, 8), BYTES(int64_t, INT64_MIN),
	      "-9223372036854775808", "\"-9223372036854775808\"");
	shows(t, PLAIN(m, INT, 8), BYTES(uint64_t, UINT64_MAX),
	      "18446744073709551615", "\"18446744073709551615\"");
	shows(t, PLAIN(m, INT, 8), BYTES(uint64_t, 1ull << 53),
	      "9007199254740992", "9007199254740992");
	shows(t, PLAIN(m, INT, 8), BYTES(uint64_t, (1ull << 53) + 1),
	      "9007199254740993", "\"9007199254740993\"");
	shows(t, SIGNED(m, INT, 8), BYTES(int64_t, 0), "0", "0");
	shows(t, PLAIN(m, BOOL, 1), BYTES(uint8_t, 1), "true", "true");
	shows(t, PLAIN(m, BOOL, 1), BYTES(uint8_t, 0), "false", "false");
	en = PLAIN(m, ENUM, 4);
	*vec_push(m->a, &m->p.types.v[en].constants) =
		(struct plan_constant){ "TWO", 2 };
	shows(t, en, BYTES(uint32_t, 2), "TWO", "\"TWO\"");
	shows(t, en, BYTES(uint32_t, 77), "77", "\"77\"");
	shows(t, PLAIN(m, PTR, 8), BYTES(uint64_t, 0), "0x0", "\"0x0\"");
	shows(t, PLAIN(m, PTR, 8), BYTES(uint64_t, 0xffff8881deadbeefull),
	      "0xffff8881deadbeef", "\"0xffff8881deadbeef\"");
}

static void test_bytes(struct test *t)
{
	struct maker *m = &t->m;
	struct {
		uint32_t len;
		char s[8];
	} buf = { 4, "a\x01\xff"
		     "z" };
	struct {
		uint32_t family;
		uint8_t addr[16];
	} inet = { AF_INET, { 127, 0, 0, 1 } };
	static const uint8_t mac[] = { 0, 0x1a, 0x2b, 0x3c, 0x4d, 0xff };

	shows(t, PLAIN(m, STRING, 8), "hello\0x", "hello", "\"hello\"");
	shows(t, PLAIN(m, STRING, 4), "", "", "\"\"");
	shows(t, PLAIN(m, STRING, 4), "abcdef", "abcd..", "\"abcd..\"");
	shows(t, PLAIN(m, STRING, 8), "a\"b\n\\\x01", "a\"b\n\\\x01",
	      "\"a\\\"b\\n\\\\\\u0001\"");
	shows(t, PLAIN(m, STRING, 8), "\xc3\xa9", "\xc3\xa9", "\"\xc3\xa9\"");
	shows(t, PLAIN(m, STRING, 8), "\xc3(\xff", "\xc3(\xff",
	      "\"\\u00c3(\\u00ff\"");
	shows(t, PLAIN(m, STRING, 8), "\xed\xa0\x80", "\xed\xa0\x80",
	      "\"\\u00ed\\u00a0\\u0080\"");
	shows(t, PLAIN(m, STRING, 8), "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80",
	      "\"\xf0\x9f\x98\x80\"");
	shows(t, PLAIN(m, BUFFER, 12), &buf, "a\\x01\\xffz",
	      "\"a\\\\x01\\\\xffz\"");
	buf.len = 1000;
	shows(t, PLAIN(m, BUFFER, 8), &buf, "a\\x01\\xffz",
	      "\"a\\\\x01\\\\xffz\"");
	shows(t, PLAIN(m, INET, 20), &inet, "127.0.0.1", "\"127.0.0.1\"");
	inet.family = AF_INET6;
	memset(inet.addr, 0, 16);
	inet.addr[15] = 1;
	shows(t, PLAIN(m, INET, 20), &inet, "::1", "\"::1\"");
	inet.family = 99;
	shows(t, PLAIN(m, INET, 20), &inet, "", "\"\"");
	shows(t, PLAIN(m, MACADDR, 6), mac, "00:1A:2B:3C:4D:FF",
	      "\"00:1A:2B:3C:4D:FF\"");
}

static void test_compounds(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t i8 = SIGNED(m, INT, 1), i64 = SIGNED(m, INT, 8);
	uint32_t str = PLAIN(m, STRING, 8), tuple, inner, one, rec, arr, bits;
	struct {
		int64_t a;
		char s[8];
		int64_t b, c;
	} v = { 1, "a", 2, 3 };

	inner = PLAIN(m, TUPLE, 0);
	make_field(m, inner, "", i64, 0);
	make_field(m, inner, "", i64, 8);
	tuple = PLAIN(m, TUPLE, 0);
	make_field(m, tuple, "", i64, 0);
	make_field(m, tuple, "", str, 8);
	make_field(m, tuple, "", inner, 16);
	shows(t, tuple, &v, "(1, a, (2, 3))", "[1,\"a\",[2,3]]");
	one = PLAIN(m, TUPLE, 0);
	make_field(m, one, "", i64, 0);
	shows(t, one, &v, "(1)", "[1]");
	rec = PLAIN(m, RECORD, 0);
	shows(t, rec, &v, "{}", "{}");
	make_field(m, rec, "k", i64, 0);
	make_field(m, rec, "z", str, 8);
	shows(t, rec, &v, "{ .k = 1, .z = a }", "{\"k\": 1, \"z\": \"a\"}");
	arr = make_type(m, SHOW_ARRAY, 4,
			(struct plan_type){ .elem = i8, .n = 4 });
	shows(t, arr, "\4\3\2\xff", "[4,3,2,-1]", "[4,3,2,-1]");
	arr = make_type(m, SHOW_ARRAY, 0,
			(struct plan_type){ .elem = i8, .n = 0 });
	shows(t, arr, "", "[]", "[]");
	bits = PLAIN(m, STRUCT, 4);
	make_field(m, bits, "lo", SIGNED(m, INT, 4), 0);
	make_field(m, bits, "hi", PLAIN(m, INT, 4), 0);
	m->p.types.v[bits].fields.v[0].bits = 3;
	m->p.types.v[bits].fields.v[1].bits = 5;
	m->p.types.v[bits].fields.v[1].bit_offset = 14;
	/* lo = 0b111 = -1; hi = bits 14..18 = 0b10110 = 22 */
	shows(t, bits, "\x07\x80\x05\x00", "{ .lo = -1, .hi = 22 }",
	      "{\"lo\": -1, \"hi\": 22}");
}

/* Whatever the bytes, a reader of JSON takes them. */
static void test_valid(struct test *t)
{
	static const uint8_t rest[] = { 0x00, 0x22, 0x7f, 0x80, 0x8f,
					0x90, 0x9f, 0xa0, 0xbf, 0xff };
	struct strbuf b = { 0 };
	uint32_t first, wrong = 0, i;
	json_t *j;

	for (first = 0; first < 256 * 1000; first++) {
		char s[4] = { (char)(first / 1000) };

		for (i = 0; i < 3; i++)
			s[i + 1] = (char)rest[first / (i ? i * 10 : 1) % 10];
		strbuf_reset(&b);
		strbuf_char(&b, '[');
		json_quote(&b, s, 4);
		strbuf_char(&b, ']');
		j = json_loadb(b.s, b.len, JSON_ALLOW_NUL, NULL);
		wrong += !j;
		json_decref(j);
	}
	check(&t->m, !wrong, "any bytes are valid JSON");
	strbuf_free(&b);
}

/* ---- what the system is asked ---- */

static void fake_kernel(void *arg, uint64_t addr, struct symbol *s)
{
	(void)arg;
	if (addr >= 0x2000)
		return;
	s->name = addr < 0x1800 ? "vfs_read" : "nft_do";
	s->off = addr - (addr < 0x1800 ? 0x1000 : 0x1800);
	s->module = addr < 0x1800 ? NULL : "nf_tables";
}

static void fake_user(void *arg, uint64_t addr, uint32_t tgid, struct symbol *s)
{
	(void)arg;
	s->name = tgid == 42 ? "main" : NULL;
	s->off = addr & 0xff;
	s->module = "/bin/x";
	s->build_id = "00ff";
	s->file_off = addr + 1;
}

struct address {
	uint64_t addr;
	uint32_t a, b;
};

static void test_symbols(struct test *t)
{
	struct maker *m = &t->m;
	struct address a = { .addr = 0x1010, .a = 42 };
	uint32_t ksym = PLAIN(m, KSYM, 8), usym = PLAIN(m, USYM, 16);
	const char *points[] = { "kprobe:vfs_read", "interval:s:1" };
	uint32_t probe = PLAIN(m, PROBE, 8);

	shows(t, ksym, &a, "0x1010", "\"0x1010\"");
	t->r.symbols = (struct symbol_source){ fake_kernel, fake_user, NULL };
	shows(t, ksym, &a, "vfs_read", "\"vfs_read\"");
	shows(t, usym, &a, "main", "\"main\"");
	a.a = 43;
	shows(t, usym, &a, "0x1010", "\"0x1010\"");
	t->r.points = points;
	t->r.npoints = 2;
	shows(t, probe, BYTES(uint64_t, 1), "interval:s:1", "\"interval:s:1\"");
	shows(t, probe, BYTES(uint64_t, 2), "", "\"\"");
	shows(t, PLAIN(m, USERNAME, 4), BYTES(uint32_t, 0), "root", "\"root\"");
	shows(t, PLAIN(m, USERNAME, 4), BYTES(uint32_t, 3999999999u),
	      "3999999999", "\"3999999999\"");
}

static uint32_t stack_type(struct maker *m, enum show show,
			   enum stack_mode mode)
{
	return make_type(m, show, 16, (struct plan_type){ .mode = mode });
}

static void test_stacks(struct test *t)
{
	struct maker *m = &t->m;
	uint64_t frames[4] = { 0x1010, 0x1801, 0x3000 }, id = 7;
	struct address a = { .addr = 7, .a = 3, .b = 42 };

	m->p.stack_frames = 4;
	t->r.symbols = (struct symbol_source){ fake_kernel, fake_user, NULL };
	shows(t, stack_type(m, SHOW_KSTACK, STACK_RAW), &a, "\n", "\"\\n\"");
	t->r.stacks =
		bpf_map_create(BPF_MAP_TYPE_HASH, "stacks", 8, 32, 8, NULL);
	if (t->r.stacks < 0) {
		printf("ok stacks # SKIP maps cannot be created: %s\n",
		       strerror(errno));
		return;
	}
	bpf_map_update_elem(t->r.stacks, &id, frames, 0);
	shows(t, stack_type(m, SHOW_KSTACK, STACK_BPFTRACE), &a,
	      "\n        vfs_read+16\n        nft_do+1\n        0x3000\n",
	      "\"\\n        vfs_read+16\\n        nft_do+1\\n"
	      "        0x3000\\n\"");
	shows(t, stack_type(m, SHOW_KSTACK, STACK_PERF), &a,
	      "\n\t1010 vfs_read+16 ([kernel.kallsyms])\n"
	      "\t1801 nft_do+1 (nf_tables)\n\t3000 0x3000 ([unknown])\n",
	      "\"\\n\\t1010 vfs_read+16 ([kernel.kallsyms])\\n"
	      "\\t1801 nft_do+1 (nf_tables)\\n"
	      "\\t3000 0x3000 ([unknown])\\n\"");
	shows(t, stack_type(m, SHOW_KSTACK, STACK_RAW), &a,
	      "\n1010\n1801\n3000\n", "\"\\n1010\\n1801\\n3000\\n\"");
	shows(t, stack_type(m, SHOW_USTACK, STACK_PERF), &a,
	      "\n\t1010 main+16 (/bin/x)\n\t1801 main+1 (/bin/x)\n"
	      "\t3000 main+0 (/bin/x)\n",
	      "\"\\n\\t1010 main+16 (/bin/x)\\n\\t1801 main+1 (/bin/x)\\n"
	      "\\t3000 main+0 (/bin/x)\\n\"");
	a.a = 1;
	shows(t, stack_type(m, SHOW_USTACK, STACK_BUILD_ID), &a,
	      "\n00ff 0x1011\n", "\"\\n00ff 0x1011\\n\"");
	a.a = 1000; /* more than there is room for */
	shows(t, stack_type(m, SHOW_KSTACK, STACK_RAW), &a,
	      "\n1010\n1801\n3000\n", "\"\\n1010\\n1801\\n3000\\n\"");
	a.addr = 8; /* no such stack */
	shows(t, stack_type(m, SHOW_KSTACK, STACK_RAW), &a, "\n", "\"\\n\"");
	close(t->r.stacks);
}

static void test_times(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t ts = PLAIN(m, TIMESTAMP, 16), i;
	struct address a = { .addr = 1000000000123456789ull, .b = 1 };
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%f|%k|%l|%%f", "", "%", "100%%", "%Y"
	};
	static const char *const want[] = { "2001-09-09 01:46:40",
					    "123456|123456789|123|%f",
					    "",
					    "%",
					    "100%",
					    "2001" };
	struct strbuf b = { 0 };

	setenv("TZ", "UTC", 1);
	for (i = 0; i < countof(formats); i++)
		*vec_push(m->a, &m->p.strings) =
			(struct plan_string){ formats[i] };
	for (i = 0; i < countof(formats); i++) {
		a.a = i;
		strbuf_reset(&b);
		strbuf_add(&b, "", 0);
		render_value(&t->r, ts, (const uint8_t *)&a, &b);
		check_text(m, b.s, b.len, want[i], strlen(want[i]), formats[i]);
	}
	a.a = 99; /* no such format */
	shows(t, ts, &a, "", "\"\"");
	a = (struct address){ .addr = 0, .a = 5, .b = 0 };
	strbuf_reset(&b);
	render_value(&t->r, ts, (const uint8_t *)&a, &b);
	check(m, b.len == 4 && atoi(b.s) >= 2020, "the year of booting");
	a = (struct address){ .addr = 0, .a = 5, .b = 77 };
	render_value(&t->r, ts, (const uint8_t *)&a, &b);
	check(m, true, "a clock that there is not");
	strbuf_free(&b);
}

static void test_cgroup(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t type = PLAIN(m, CGROUP_PATH, 16);
	struct address a = { .addr = 1ull << 60 };
	struct strbuf b = { 0 };
	struct stat st;

	*vec_push(m->a, &m->p.strings) = (struct plan_string){ "" };
	*vec_push(m->a, &m->p.strings) = (struct plan_string){ "nosuch*" };
	shows(t, type, &a, "", "\"\"");
	if (stat("/sys/fs/cgroup/unified", &st) < 0 &&
	    (stat("/sys/fs/cgroup/cgroup.procs", &st) < 0 ||
	     stat("/sys/fs/cgroup", &st) < 0)) {
		printf("ok the path of a cgroup # SKIP there is no cgroup2\n");
		return;
	}
	a.addr = st.st_ino;
	render_value(&t->r, type, (const uint8_t *)&a, &b);
	check(m, b.s && strstr(b.s, "unified:/"), "the path of a cgroup");
	strbuf_free(&b);
	a.a = 1;
	shows(t, type, &a, "", "\"\"");
}

/* ---- formats ---- */

/* The flags of "-+ #0", width and precision as printf() would have them. */
static struct plan_segment segment(const char *spec)
{
	struct plan_segment s = { .text = "" };
	const char *flag;

	while (*spec && (flag = strchr("-+ #0", *spec))) {
		s.flags |= 1u << (flag - "-+ #0");
		spec++;
	}
	while (*spec >= '0' && *spec <= '9')
		s.width = 10 * s.width + (uint32_t)(*spec++ - '0');
	if (*spec == '.') {
		s.flags |= FORMAT_PREC;
		for (spec++; *spec >= '0' && *spec <= '9'; spec++)
			s.prec = 10 * s.prec + (uint32_t)(*spec - '0');
	}
	s.size = strncmp(spec, "hh", 2) == 0 ? 1
		 : *spec == 'h'		     ? 2
		 : strchr("ljzt", *spec)     ? 8
					     : 0;
	while (strchr("hljzt", *spec))
		spec++;
	s.conv = (uint32_t)*spec;
	return s;
}

static void formats(struct test *t, const char *spec, uint32_t type,
		    const void *bytes, const char *want)
{
	struct plan_event *ev = make_event(&t->m, ACTION_PRINTF);
	uint8_t rec[256] = { 0 };
	char name[32];
	const struct strbuf *b;

	make_arg(&t->m, ev, type);
	*vec_push(t->m.a, &ev->segments) = segment(spec);
	memcpy(rec + ev->fields.v[0].offset, bytes, t->m.p.types.v[type].size);
	b = output_format(&t->o, ev, rec);
	snprintf(name, sizeof(name), "%%%s", spec);
	check_text(&t->m, b->s, b->len, want, strlen(want), name);
}

static void test_formats(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t i64 = SIGNED(m, INT, 8), u64 = PLAIN(m, INT, 8);
	uint32_t i32 = SIGNED(m, INT, 4), i8 = SIGNED(m, INT, 1);
	uint32_t str = PLAIN(m, STRING, 4), boolean = PLAIN(m, BOOL, 1);
	uint32_t avg = SIGNED(m, AVG, 16);
	int64_t v = 42, neg = -5, big = 10000000000, zero = 0, c = 'A';
	int64_t state[2] = { -7, 2 };

	formats(t, "d", i64, &neg, "-5");
	formats(t, "i", i64, &neg, "-5");
	formats(t, "u", i64, &v, "42");
	formats(t, "X", i64, BYTES(int64_t, 255), "FF");
	formats(t, "o", i64, BYTES(int64_t, 8), "10");
	formats(t, "c", i64, &c, "A");
	formats(t, "3c", i64, &c, "  A");
	formats(t, "p", i64, BYTES(int64_t, 4096), "0x1000");
	formats(t, "p", i64, &zero, "0x0");
	formats(t, "5d", i64, &v, "   42");
	formats(t, "-5d", i64, &v, "42   ");
	formats(t, "05d", i64, &v, "00042");
	formats(t, "05d", i64, &neg, "-0005");
	formats(t, "-05d", i64, &v, "42   ");
	formats(t, "+d", i64, &v, "+42");
	formats(t, " d", i64, &v, "42");
	formats(t, "x", i64, &v, "2a");
	formats(t, "#x", i64, &v, "0x2a");
	formats(t, "#08x", i64, &v, "0x00002a");
	formats(t, "#x", i64, &zero, "0");
	formats(t, "#o", i64, &v, "052");
	formats(t, "5.3d", i64, BYTES(int64_t, 5), "  005");
	formats(t, ".0d", i64, &zero, "");
	formats(t, "hd", i64, &big, "-7168");
	formats(t, "hhx", i64, BYTES(int64_t, 0x1ff), "ff");
	formats(t, "d", u64, &big, "10000000000");
	formats(t, "lld", i64, BYTES(int64_t, INT64_MIN),
		"-9223372036854775808");
	formats(t, "u", i64, BYTES(int64_t, -1), "18446744073709551615");
	formats(t, "x", i32, BYTES(int32_t, -1), "ffffffff");
	formats(t, "lx", i32, BYTES(int32_t, -1), "ffffffffffffffff");
	formats(t, "x", i8, BYTES(int8_t, -1), "ffffffff");
	formats(t, "s", i64, &neg, "-5");
	formats(t, "10s", str, "abc", "       abc");
	formats(t, "-10s", str, "abc", "abc       ");
	formats(t, ".2s", str, "abc", "abc");
	formats(t, "d", boolean, BYTES(uint8_t, 1), "1");
	formats(t, "s", boolean, BYTES(uint8_t, 1), "true");
	formats(t, "d", avg, state, "-3");
	formats(t, "s", avg, state, "-3");
}

static void test_buffers(struct test *t)
{
	struct {
		uint32_t len;
		char s[4];
	} buf = { 4, { 'a', 1, (char)0xff, 'z' } };
	uint32_t type = PLAIN(&t->m, BUFFER, 8);
	uint32_t gfp = PLAIN(&t->m, INT, 4);

	formats(t, "r", type, &buf, "a\\x01\\xffz");
	formats(t, "R", type, &buf, "\\x61\\x01\\xff\\x7a");
	formats(t, "H", type, &buf, "61 01 ff 7a");
	formats(t, "14H", type, &buf, "   61 01 ff 7a");
	formats(t, "g", gfp, BYTES(uint32_t, 0xcc0), "GFP_KERNEL");
	formats(t, "g", gfp, BYTES(uint32_t, 0xdc0), "GFP_KERNEL|__GFP_ZERO");
	formats(t, "g", gfp, BYTES(uint32_t, 0x820), "GFP_ATOMIC");
	formats(t, "g", gfp, BYTES(uint32_t, 0), "none");
	formats(t, "g", gfp, BYTES(uint32_t, 0x81000000), "0x81000000");
}

/* Width and precision that are arguments; the widest and the negative. */
static void test_stars(struct test *t)
{
	uint32_t i64 = SIGNED(&t->m, INT, 8), str = PLAIN(&t->m, STRING, 8);
	struct {
		struct record_header h;
		int64_t width, prec, num;
		char s[8];
	} rec = { { 0, 0 }, 6, 2, 5, "abcdef" };
	struct plan_event *ev = make_event(&t->m, ACTION_PRINTF);
	struct plan_segment s = { .text = "",
				  .conv = 'd',
				  .flags = FORMAT_WIDTH_ARG | FORMAT_PREC_ARG,
				  .width = 1,
				  .prec = 2,
				  .arg = 2 };

	make_arg(&t->m, ev, i64);
	make_arg(&t->m, ev, i64);
	make_arg(&t->m, ev, i64);
	make_arg(&t->m, ev, str);
	*vec_push(t->m.a, &ev->segments) = s;
	s.conv = 's';
	s.arg = 3;
	*vec_push(t->m.a, &ev->segments) = (struct plan_segment){ .text = "|" };
	*vec_push(t->m.a, &ev->segments) = s;
	output_printf(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "    05|    ab", "", "width and precision as arguments");
	rec.width = -6;
	output_printf(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "05    |ab    ", "", "a negative width");
	rec.width = INT64_MIN;
	rec.prec = -1;
	check(&t->m,
	      output_format(&t->o, ev, (const uint8_t *)&rec)->len ==
		      2 * 65536 + 1,
	      "widths are bounded");
}

/* ---- events ---- */

static void test_text(struct test *t)
{
	struct maker *m = &t->m;
	uint32_t u32 = PLAIN(m, INT, 4), i64 = SIGNED(m, INT, 8);
	uint32_t strs = PLAIN(m, STRING, 12);
	struct {
		struct record_header h;
		uint32_t n;
		char s[12];
	} join = { { 0, 0 }, 3, "ls\0\0-l\0\0/tmp" };
	struct {
		struct record_header h;
		int64_t v;
	} rec = { { 0, 0 }, -7 };
	struct plan_event *ev;

	output_attached(&t->o, 1);
	output_attached(&t->o, 2);
	wrote(t, "", "Attached 1 probe\nAttached 2 probes\n", "attached");
	t->o.quiet = true;
	output_attached(&t->o, 2);
	wrote(t, "", "", "attached, quietly");
	ev = make_event(m, ACTION_PRINT_VALUE);
	make_arg(m, ev, i64);
	output_value(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "-7\n", "", "print");
	ev = make_event(m, ACTION_TIME);
	ev->text = "fixed %%\n";
	output_time(&t->o, ev);
	wrote(t, "fixed %\n", "", "time");
	ev = make_event(m, ACTION_JOIN);
	ev->text = " ";
	ev->text_size = 4;
	make_arg(m, ev, u32);
	make_arg(m, ev, strs);
	output_join(&t->o, ev, (const uint8_t *)&join);
	wrote(t, "ls -l /tmp\n", "", "join");
	join.n = 1000;
	output_join(&t->o, ev, (const uint8_t *)&join);
	wrote(t, "ls -l /tmp\n", "", "join of more than there are");
	output_cat(&t->o, "/proc/sys/kernel/ostype", 10240);
	wrote(t, "Linux\n", "", "cat");
	output_cat(&t->o, "/proc/sys/kernel/ostype", 3);
	wrote(t, "Lin", "", "cat of the beginning");
	output_cat(&t->o, "/no/such/file", 10240);
	wrote(t, "",
	      "ERROR: failed to open file '/no/such/file' "
	      "(No such file or directory)\n",
	      "cat of no file");
	output_system(&t->o, "echo from sh 5");
	wrote(t, "from sh 5\n\n", "", "system");
}

static void test_messages(struct test *t)
{
	struct maker *m = &t->m;
	struct {
		struct record_header h;
		int64_t v;
	} rec = { { 0, 0 }, 1 };
	struct plan_segment text = { .text = "bad " };
	struct plan_event *ev = make_event(m, ACTION_ERRORF);
	struct plan_map map = { .name = "@start", .max_entries = 4096 };

	make_arg(m, ev, SIGNED(m, INT, 8));
	ev->source = "begin { errorf(\"bad %d\", 1) }";
	*vec_push(m->a, &ev->segments) = text;
	*vec_push(m->a, &ev->segments) =
		(struct plan_segment){ .text = "", .conv = 'd' };
	output_errorf(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "", "stdin:1:9-28: ERROR: bad 1\n", "errorf");
	t->rep.no_warnings = true;
	ev->action = ACTION_WARNF;
	output_errorf(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "", "stdin:1:9-28: WARNING: bad 1\n", "warnf");
	t->rep.no_warnings = false;
	ev->action = ACTION_RUNTIME;
	ev->text = "Map full; can't update element.";
	ev->text2 = "map_update_elem";
	ev->source = "@a[3] = 1; }";
	ev->col = 1;
	ev->end_col = 6;
	rec.v = -7;
	output_runtime(&t->o, ev, (const uint8_t *)&rec);
	wrote(t, "",
	      "stdin:1:1-6: WARNING: Map full; can't update element.\n"
	      "Additional Info - helper: map_update_elem, retcode: -7 "
	      "(E2BIG)\n@a[3] = 1; }\n~~~~~\n",
	      "a helper that failed");
	output_lost_events(&t->o, 0, 64);
	output_lost_events(&t->o, 1234, 64);
	output_lost_updates(&t->o, &map, COUNTER_MAP_FULL, 17);
	output_lost_updates(&t->o, &map, COUNTER_MAP_BUSY, 1);
	output_lost_updates(&t->o, &map, COUNTER_MAP_MEMORY, 2);
	output_lost_updates(&t->o, &map, COUNTER_MAP_OTHER, 0);
	output_missed(&t->o, "kretprobe:vfs_read", 3, "returns",
		      "too many calls at once");
	wrote(t, "",
	      "Lost 1234 events: the ring buffer was full (raise "
	      "perf_rb_pages, now 64)\n"
	      "Dropped 17 updates of @start: the map is full (declare let "
	      "@start = hash(8192);)\n"
	      "Dropped 1 update of @start: another update was being made "
	      "there (probe what does not run within it)\n"
	      "Dropped 2 updates of @start: the kernel had no memory at hand "
	      "(a smaller map is allocated beforehand)\n"
	      "Missed 3 returns of kretprobe:vfs_read: too many calls at "
	      "once\n",
	      "what was missed");
}

static void test_json(struct test *t)
{
	struct maker *m = &t->m;
	struct {
		struct record_header h;
		int64_t v;
	} rec = { { 0, 0 }, 1 };
	struct plan_event *ev = make_event(m, ACTION_PRINTF);
	struct plan_map map = { .name = "@start", .max_entries = 4096 };

	output_attached(&t->o, 1);
	wrote(t,
	      "{\"type\": \"attached_probes\", \"count\": 1, "
	      "\"data\": {\"probes\": 1}}\n",
	      "", "attached in JSON");
	make_arg(m, ev, SIGNED(m, INT, 8));
	*vec_push(m->a, &ev->segments) = (struct plan_segment){
		.text = "e ",
	};
	*vec_push(m->a, &ev->segments) =
		(struct plan_segment){ .text = "", .conv = 'd' };
	output_printf(&t->o, ev, (const uint8_t *)&rec);
	output_value(&t->o, ev, (const uint8_t *)&rec);
	output_message(&t->o, MESSAGE_TIME, "x\n", 2);
	output_message(&t->o, MESSAGE_CAT, "Linux\n", 6);
	output_message(&t->o, MESSAGE_SYSCALL, "a\0b\xff", 4);
	wrote(t,
	      "{\"type\": \"printf\", \"data\": \"e 1\"}\n"
	      "{\"type\": \"value\", \"data\": 1}\n"
	      "{\"type\": \"time\", \"data\": \"x\\n\"}\n"
	      "{\"type\": \"cat\", \"data\": \"Linux\\n\"}\n"
	      "{\"type\": \"syscall\", \"data\": \"a\\u0000b\\u00ff\"}\n",
	      "", "events in JSON");
	ev->action = ACTION_ERRORF;
	output_errorf(&t->o, ev, (const uint8_t *)&rec);
	ev->action = ACTION_RUNTIME;
	ev->text = "failed";
	ev->text2 = "probe_read";
	rec.v = -14;
	output_runtime(&t->o, ev, (const uint8_t *)&rec);
	wrote(t,
	      "{\"type\": \"errorf\", \"msg\": \"e 1\", \"filename\": "
	      "\"stdin\", \"line\": 1, \"col\": 9}\n"
	      "{\"type\": \"helper_error\", \"msg\": \"failed\", "
	      "\"helper\": \"probe_read\", \"retcode\": -14, \"filename\": "
	      "\"stdin\", \"line\": 1, \"col\": 9}\n",
	      "", "errors in JSON");
	output_lost_events(&t->o, 5, 64);
	output_lost_updates(&t->o, &map, COUNTER_MAP_FULL, 17);
	wrote(t,
	      "{\"type\": \"lost_events\", \"data\": {\"events\": 5}}\n"
	      "{\"type\": \"lost_updates\", \"data\": {\"map\": \"@start\", "
	      "\"updates\": 17, \"cause\": \"full\"}}\n",
	      "", "losses in JSON");
}

static int run(void (*fn)(struct test *t), enum output_kind kind)
{
	struct test t;

	begin(&t, kind);
	fn(&t);
	return end(&t);
}

int main(void)
{
	static void (*const texts[])(struct test * t) = {
		test_numbers,  test_bytes,   test_valid, test_compounds,
		test_symbols,  test_stacks,  test_times, test_cgroup,
		test_formats,  test_buffers, test_stars, test_text,
		test_messages,
	};
	int failed = 0;
	size_t i;

	for (i = 0; i < countof(texts); i++)
		failed += run(texts[i], OUTPUT_TEXT);
	failed += run(test_json, OUTPUT_JSON);
	return failed != 0;
}
