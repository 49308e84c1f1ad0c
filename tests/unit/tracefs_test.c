/* Formats as kernels print them, and as they never should; then tracefs. */
#include "compiler/tracefs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static const char sched[] =
	"name: sched_switch\nID: 319\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
	"\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:__data_loc char[] name;\toffset:28;\tsize:4;\tsigned:1;\n"
	"\tfield:const char *const * argv;\toffset:32;\tsize:8;\tsigned:0;\n"
	"\tfield:struct page * page;\toffset:40;\tsize:8;\tsigned:0;\n"
	"\tfield:__rel_loc u8[] data;\toffset:48;\tsize:4;\tsigned:0;\n"
	"\tfield:char comm[TASK_COMM_LEN];\toffset:52;\tsize:16;\tsigned:1;\n"
	"\tfield:u32 grid[2][3];\toffset:68;\tsize:24;\tsigned:0;\n"
	"\tfield:const void __user *buf;\toffset:92;\tsize:8;\tsigned:0;\n"
	"\nprint fmt: \"field:%d\", REC->prev_pid\n";

static bool field_is(const struct tracefs_format *f, const char *name,
		     const char *type, const char *base, uint32_t offset,
		     uint32_t nelems)
{
	const struct tracefs_field *x = tracefs_field(f, name);

	return x && !strcmp(x->type, type) && !strcmp(x->base, base) &&
	       x->offset == offset && x->nelems == nelems;
}

static void test_format(struct test *t)
{
	struct tracefs_format f;

	tracefs_parse_format(t->a, sched, &f);
	check(t, f.id == 319 && f.nfields == 11, "format-counts");
	check(t, tracefs_field(&f, "common_pid")->is_common, "common");
	check(t, field_is(&f, "prev_comm", "char", "char", 8, 16), "array");
	check(t, field_is(&f, "prev_pid", "pid_t", "pid_t", 24, 0), "scalar");
	check(t, tracefs_field(&f, "prev_pid")->is_signed, "signed");
	check(t,
	      field_is(&f, "name", "char", "char", 28, 0) &&
		      tracefs_field(&f, "name")->is_data_loc &&
		      tracefs_field(&f, "name")->is_array,
	      "data-loc");
	check(t,
	      field_is(&f, "argv", "const char *const *", "char", 32, 0) &&
		      tracefs_field(&f, "argv")->npointers == 2,
	      "pointers");
	check(t, field_is(&f, "page", "struct page *", "struct page", 40, 0),
	      "struct-pointer");
	check(t,
	      field_is(&f, "data", "u8", "u8", 48, 0) &&
		      tracefs_field(&f, "data")->is_rel_loc,
	      "rel-loc");
	check(t,
	      field_is(&f, "comm", "char", "char", 52, 0) &&
		      tracefs_field(&f, "comm")->is_array,
	      "named-length");
	check(t, field_is(&f, "grid", "u32", "u32", 68, 6), "two-dimensions");
	check(t, tracefs_field(&f, "buf")->is_user, "user");
	check(t, !tracefs_field(&f, "fmt"), "absent");
}

static void test_odd_formats(struct test *t)
{
	static const char *const odd[] = {
		"",
		"field",
		"field:",
		"field:;",
		"field:int;offset:0;size:4;",
		"field:int x",
		"field:int x;offset:;size:;",
		"field:int x;offset:99999999999999999999;size:4;",
		"field:int x;offset:-1;size:4;",
		"field:[[[[;offset:0;size:4;signed:0;",
		"field:int x[;offset:0;size:4;",
		"field:int ]x[;offset:0;size:4;",
		"field:* x;offset:0;size:8;",
		"field:int 9x;offset:0;size:8;",
		"field:x[4294967295][4294967295][4294967295];offset:0;size:1;",
		"field:const x;offset:0;size:8;",
		"ID:\nID:99999999999999999999999\nfield",
		"\n\n\n\t\t field:\377\376 \200;offset:1;size:1;\n",
	};
	struct tracefs_format f;
	size_t i, n;
	char *s;

	for (i = 0; i < countof(odd); i++)
		tracefs_parse_format(t->a, odd[i], &f);
	for (n = 0; n < sizeof(sched); n++) { /* cut anywhere, then bent */
		s = arena_strndup(t->a, sched, n);
		tracefs_parse_format(t->a, s, &f);
		if (n)
			s[n - 1] = "[];*:\n"[n % 6];
		tracefs_parse_format(t->a, s, &f);
	}
	check(t, true, "odd-formats-survived");
	tracefs_parse_format(t->a, "field:int x[;offset:0;size:4;\n", &f);
	check(t, f.nfields <= 1, "odd-format-count");
}

static void test_live(struct test *t)
{
	const char *const *names;
	struct tracefs_format f;
	int fd = tracefs_open();

	if (fd < 0) {
		printf("ok live # SKIP tracefs: %s\n", strerror(-fd));
		return;
	}
	check(t, !tracefs_format(fd, t->a, "sched", "sched_switch", &f),
	      "live-format");
	check(t, field_is(&f, "prev_comm", "char", "char", 8, 16),
	      "live-field");
	check(t, tracefs_event_id(fd, "sched", "sched_switch") == (int)f.id,
	      "live-id");
	check(t, !tracefs_format(fd, t->a, "syscalls", "sys_enter_openat", &f),
	      "live-syscall");
	check(t,
	      tracefs_field(&f, "filename") &&
		      tracefs_field(&f, "filename")->is_user,
	      "live-syscall-pointer-is-user");
	check(t, tracefs_event_id(fd, "sched", "no_such_event") < 0,
	      "live-no-event");
	check(t, tracefs_event_id(fd, "..", "..") < 0, "live-no-way-out");
	check(t, tracefs_event_id(fd, "a/../sched", "sched_switch") < 0,
	      "live-no-slash");
	check(t, !tracefs_categories(fd, t->a, &names) && names[0],
	      "live-categories");
	check(t,
	      !tracefs_events(fd, t->a, "sched", &names) && names[0] &&
		      names[1] && strcmp(names[0], names[1]) < 0,
	      "live-events-in-order");
	check(t, tracefs_events(fd, t->a, "no_such", &names) < 0,
	      "live-no-category");
	close(fd);
}

static void test_btf(struct test *t)
{
	struct kbtf *k = kbtf_open(t->a, NULL);
	struct tracefs_format f;

	if (kbtf_error(k)) {
		printf("ok btf-format # SKIP %s\n", kbtf_error(k));
		return;
	}
	check(t,
	      tracefs_format_btf(k, t->a, "sched_switch", &f) &&
		      field_is(&f, "prev_comm", "char", "char", 8, 16) &&
		      field_is(&f, "prev_pid", "pid_t", "pid_t", 24, 0),
	      "btf-format");
	check(t,
	      tracefs_format_btf(k, t->a, "sched_process_exec", &f) &&
		      tracefs_field(&f, "filename") &&
		      tracefs_field(&f, "filename")->is_data_loc,
	      "btf-data-loc");
	check(t, !tracefs_format_btf(k, t->a, "no_such_event", &f),
	      "btf-no-event");
	kbtf_close(k);
}

int main(void)
{
	struct test t = { .a = arena_new() };

	test_format(&t);
	test_odd_formats(&t);
	test_live(&t);
	test_btf(&t);
	arena_free(t.a);
	return t.failed ? 1 : 0;
}
