/* Wildcards, and what this kernel has to attach to. */
#include "compiler/match.h"

#include <stdio.h>
#include <string.h>

#include "compiler/btf.h"

struct test {
	struct arena *a;
	int failed;
};

static void check(struct test *t, bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	t->failed += !ok;
}

static void test_glob(struct test *t)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
		{ "vfs_read", "vfs_read", true },
		{ "vfs_read", "vfs_reads", false },
		{ "vfs_reads", "vfs_read", false },
		{ "*", "", true },
		{ "", "", true },
		{ "", "x", false },
		{ "?", "", false },
		{ "vfs_*", "vfs_", true },
		{ "*_read", "vfs_read", true },
		{ "*fs*ead*", "vfs_read", true },
		{ "v?s_read", "vfs_read", true },
		{ "*a*b*c", "aabbabc", true },
		{ "*a*b*c", "aabbabcd", false },
		{ "[uv]fs", "vfs", true },
		{ "[!uv]fs", "vfs", false },
		{ "[^uv]fs", "xfs", true },
		{ "ext[2-4]", "ext4", true },
		{ "ext[2-4]", "ext5", false },
		{ "[]]x", "]x", true },
		{ "[a-]x", "-x", true },
		{ "[abc", "[abc", true },
		{ "[", "[", true },
		{ "[!", "[!", true },
		{ "a[", "a", false },
		{ "*[0-9]", "cpu12", true },
		{ "\\*", "*", true },
		{ "\\*", "x", false },
		{ "a\\", "a\\", true },
		{ "[\200-\377]", "\300", true },
		{ "**", "x", true },
	};
	char name[32], text[20001], pattern[4001];
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		snprintf(name, sizeof(name), "glob-%zu", i);
		check(t,
		      match_glob(rows[i].pattern, rows[i].text) == rows[i].fits,
		      name);
	}
	for (i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = "*a"[i & 1];
	pattern[sizeof(pattern) - 1] = '\0';
	pattern[sizeof(pattern) - 2] = 'b';
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	check(t, !match_glob(pattern, text), "glob-no-blow-up");
	check(t, match_has_wildcard("a[b]") && !match_has_wildcard("a"),
	      "has-wildcard");
}

static void test_sets(struct test *t)
{
	struct match_set s = { 0 };

	match_sort(&s);
	match_add(&s, t->a, NULL, "b");
	match_add(&s, t->a, "m", "a");
	match_add(&s, t->a, NULL, "a");
	match_add(&s, t->a, NULL, "b");
	match_add(&s, t->a, "m", "a");
	match_sort(&s);
	check(t,
	      s.v.n == 3 && !s.v.v[0].group && s.v.v[1].group &&
		      !strcmp(s.v.v[2].name, "b"),
	      "sort-and-once");
}

static bool has(const struct match_set *s, const char *group, const char *name)
{
	struct match want = { group, name };
	size_t i;

	for (i = 0; i < s->v.n; i++)
		if (!match_compare(&s->v.v[i], &want))
			return true;
	return false;
}

static void test_lists(struct test *t, struct matcher *m)
{
	struct match_set s = { 0 };

	check(t,
	      !match_kernel_functions(m, NULL, "vfs_*", &s) &&
		      has(&s, NULL, "vfs_read") && !has(&s, NULL, "do_exit"),
	      "kernel-functions");
	s.v.n = 0;
	check(t,
	      !match_btf_functions(m, "vmlinux", "vfs_[rw]*", &s) &&
		      has(&s, NULL, "vfs_read"),
	      "btf-functions");
	s.v.n = 0;
	check(t,
	      !match_kernel_functions(m, "no_such_module", "*", &s) && !s.v.n,
	      "no-module");
	check(t,
	      !match_tracepoints(m, "sched", "sched_sw*", &s) &&
		      has(&s, "sched", "sched_switch"),
	      "tracepoints");
	s.v.n = 0;
	check(t,
	      !match_rawtracepoints(m, NULL, "sched_*", &s) &&
		      has(&s, NULL, "sched_switch"),
	      "rawtracepoints");
	s.v.n = 0;
	check(t,
	      !match_iterators(m, "*", &s) && has(&s, NULL, "task") &&
		      has(&s, NULL, "task_file") && !has(&s, NULL, "num_new"),
	      "iterators");
}

static void test_one_name(struct test *t, struct matcher *m)
{
	check(t, kernel_has_function(m, NULL, "vfs_read"), "function");
	check(t, !kernel_has_function(m, NULL, "vfs_rea"), "no-function");
	check(t, !kernel_has_function(m, NULL, ""), "empty-name");
	check(t, !kernel_has_function(m, "ext9", "vfs_read"), "no-module-fn");
	check(t, kernel_can_trace(m, NULL, "vfs_read"), "can-trace");
	check(t, !kernel_can_trace(m, NULL, "vfs_nope"), "cannot-trace");
	check(t, kernel_has_symbol(m, "_text"), "symbol");
	check(t, !kernel_has_symbol(m, "a b"), "no-symbol");
	check(t, kernel_has_tracepoint(m, "sched", "sched_switch"),
	      "tracepoint");
	check(t, !kernel_has_tracepoint(m, "sched", "nope"), "no-tracepoint");
	check(t, kernel_has_rawtracepoint(m, "sched_switch"), "rawtracepoint");
	check(t, !kernel_has_rawtracepoint(m, "nope"), "no-rawtracepoint");
	check(t, kernel_version() >= 5 << 16, "version");
}

int main(void)
{
	struct test t = { .a = arena_new() };
	struct kbtf *k = kbtf_open(t.a, NULL);
	struct matcher *m = match_open(t.a, k);
	struct matcher *plain = match_open(t.a, NULL);

	test_glob(&t);
	test_sets(&t);
	if (match_tracefs(m) < 0 || kbtf_error(k)) {
		printf("ok lists # SKIP needs root and BTF\n");
	} else {
		test_lists(&t, m);
		test_one_name(&t, m);
		test_one_name(&t, plain);
	}
	match_close(plain);
	match_close(m);
	match_close(NULL);
	kbtf_close(k);
	arena_free(t.a);
	return t.failed ? 1 : 0;
}
