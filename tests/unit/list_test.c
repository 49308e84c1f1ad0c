/* waggle -l: patterns, order, types, what is said when there is nothing. */
#include "compiler/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test {
	char *out, *err;
	long n;
	int failed;
};

static void check(struct test *t, bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	if (!ok)
		printf("# out: %.300s\n# err: %.300s\n", t->out, t->err);
	t->failed += !ok;
}

static void list(struct test *t, const char *pattern, bool verbose,
		 const char *btf, int pid)
{
	size_t n;
	FILE *out, *err;

	free(t->out);
	free(t->err);
	out = open_memstream(&t->out, &n);
	err = open_memstream(&t->err, &n);
	t->n = list_probes(&(struct list_options){ .pattern = pattern,
						   .verbose = verbose,
						   .btf_path = btf,
						   .pid = pid,
						   .out = out,
						   .err = err });
	fclose(out);
	fclose(err);
}

static bool is_sorted(const char *s)
{
	const char *next;
	size_t a, b;
	int d;

	for (; (next = strchr(s, '\n')) && next[1]; s = next + 1) {
		a = (size_t)(next - s);
		b = strcspn(next + 1, "\n");
		d = memcmp(s, next + 1, a < b ? a : b);
		if (d > 0 || (d == 0 && a >= b))
			return false;
	}
	return true;
}

static void test_words(struct test *t)
{
	list(t, "software:*faults", false, NULL, 0);
	check(t,
	      t->n == 6 && !strcmp(t->out, "software:alignment-faults:\n"
					   "software:emulation-faults:\n"
					   "software:faults:\n"
					   "software:major-faults:\n"
					   "software:minor-faults:\n"
					   "software:page-faults:\n"),
	      "events of perf, aliases too");
	list(t, "s:faults:", false, NULL, 0);
	check(t, !strcmp(t->out, "software:faults:\n"),
	      "what was printed can be asked for");
	list(t, "BEGIN", false, NULL, 0);
	check(t, !strcmp(t->out, "begin\n"), "a provider without target");
	list(t, "{int,pro}*:hz", false, NULL, 0);
	check(t, t->n == 0 && strstr(t->err, "No probe matches"),
	      "no match is said, and no error");
	list(t, "p*:hz", false, NULL, 0);
	check(t, t->n == 1 && !strcmp(t->out, "profile:hz:\n"),
	      "a pattern for the provider");
}

static void test_errors(struct test *t)
{
	list(t, "tracpoint:x", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "did you mean 'tracepoint'?"),
	      "the nearest provider");
	list(t, "", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "ERROR: "), "nothing at all");
	list(t, "fentry:a:b:c", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "fentry:[MODULE:]FUNCTION"),
	      "too many parts");
	list(t, "uprobe:*:x", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "-p"), "no process, no files");
	list(t, "uprobe:/nosuch/file:x", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "/nosuch/file"), "no file");
	list(t, "struct path", false, "/etc/passwd", 0);
	check(t, t->n == -1 && strstr(t->err, "/etc/passwd"), "no BTF");
}

static void test_types(struct test *t)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		printf("ok types # SKIP no BTF\n");
		return;
	}
	list(t, "struct list_head", false, NULL, 0);
	check(t,
	      t->n == 1 && !strcmp(t->out, "struct list_head {\n"
					   "\tstruct list_head *next;\n"
					   "\tstruct list_head *prev;\n"
					   "};\n\n"),
	      "a struct");
	list(t, "struct callback_head", true, NULL, 0);
	check(t, strstr(t->out, "\tvoid (*func)(struct callback_head *);\n"),
	      "a pointer to a function");
	list(t, "enum  pid_type", false, NULL, 0);
	check(t, strstr(t->out, "enum pid_type {\n\tPIDTYPE_PID = 0,\n"),
	      "an enum");
	list(t, "struct sk_buff", false, NULL, 0);
	check(t, strstr(t->out, "struct sk_buff {\n\tunion {\n\t\tstruct {\n"),
	      "anonymous members");
	check(t,
	      strstr(t->out, "\tchar cb[48];\n") &&
		      strstr(t->out, "\t__u8 cloned: 1;\n"),
	      "arrays and bit fields");
	list(t, "struct list_*", false, NULL, 0);
	check(t, t->n > 1 && is_sorted(t->out), "types by pattern");
	list(t, "struct list_heda", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "'struct list_head'"),
	      "the nearest type");
	list(t, "struct pid_type", false, NULL, 0);
	check(t, t->n == -1 && strstr(t->err, "there is 'enum pid_type'"),
	      "the other kind of type");
}

static void test_kernel(struct test *t)
{
	if (geteuid() || access("/sys/kernel/btf/vmlinux", R_OK)) {
		printf("ok kernel # SKIP not root, or no BTF\n");
		return;
	}
	list(t, "t:sched:sched_switch", true, NULL, 0);
	check(t,
	      t->n == 1 &&
		      !strncmp(t->out,
			       "tracepoint:sched:sched_switch\n"
			       "    char prev_comm[16]\n",
			       52) &&
		      !strstr(t->out, "common_"),
	      "fields of a tracepoint");
	list(t, "tracepoint:sched", false, NULL, 0);
	check(t, t->n > 5 && is_sorted(t->out), "a category");
	list(t, "fexit:vfs_read", true, NULL, 0);
	check(t,
	      !strcmp(t->out, "fexit:vmlinux:vfs_read\n"
			      "    struct file * file\n"
			      "    char * buf\n"
			      "    size_t count\n"
			      "    loff_t * pos\n"
			      "    ssize_t retval\n"),
	      "arguments of a function, retval last");
	list(t, "rt:sched_switch", true, NULL, 0);
	check(t,
	      strstr(t->out, "rawtracepoint:vmlinux:sched_switch\n"
			     "    bool preempt\n"),
	      "arguments of a raw tracepoint");
	list(t, "*:*sched_sw*", false, NULL, 0);
	check(t,
	      strstr(t->out, "fentry:vmlinux:__") &&
		      strstr(t->out, "tracepoint:sched:sched_switch\n") &&
		      !strstr(t->out, "fexit:") && is_sorted(t->out),
	      "every provider, in order");
}

static void test_user(struct test *t)
{
	list(t, "uprobe:*:list_probes", false, NULL, (int)getpid());
	check(t, t->n == 1 && strstr(t->out, ":list_probes\n"),
	      "functions of a process");
	list(t, "uprobe:libc:mallo[c]", false, NULL, 0);
	check(t, t->n == 1 && strstr(t->out, "libc.so.6:malloc\n"),
	      "functions of a library");
	list(t, "usdt:libc:*", false, NULL, 0);
	check(t, t->n >= 0, "static probes, if any");
}

int main(void)
{
	struct test t = { 0 };

	test_words(&t);
	test_errors(&t);
	test_types(&t);
	test_kernel(&t);
	test_user(&t);
	free(t.out);
	free(t.err);
	return t.failed != 0;
}
