/* usyms_test.c - addresses of this process and of children it starts. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compiler/elfsym.h"
#include "runtime/usyms.h"

int usyms_test_variable = 5;
int usyms_test_function(int x);

struct test {
	int failed;
	char dir[64];
};

static void check(struct test *t, const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	t->failed += !ok;
}

int usyms_test_function(int x)
{
	return x * 7 + usyms_test_variable;
}

static bool is(struct usyms *u, int pid, uint64_t addr, const char *name,
	       const char *module)
{
	struct usym_result r;
	bool known = usyms_resolve(u, pid, addr, &r);

	if (known && !strcmp(r.name, name) && strstr(r.module, module))
		return true;
	printf("# %s+%llu (%s)\n", r.name ? r.name : "?",
	       (unsigned long long)r.offset, r.module ? r.module : "?");
	return false;
}

static const char prog_text[] =
	"#include <unistd.h>\n#include <stdio.h>\n#include <dlfcn.h>\n"
	"namespace ns { struct A { int f(int x); };\n"
	"int A::f(int x) { return x + 3; } }\n"
	"int (ns::A::*p)(int) = &ns::A::f;\n"
	"extern \"C\" int plain(int x) { ns::A a; return a.f(x); }\n"
	"int main(int argc, char **argv) {\n"
	" char c; printf(\"%p\\n\", (void *)plain); fflush(stdout);\n"
	" while (read(0, &c, 1) == 1) {\n"
	"  if (c == 'd') { void *h = dlopen(argv[1], RTLD_NOW);\n"
	"   printf(\"%p\\n\", h ? dlsym(h, \"in_lib\") : 0); }\n"
	"  if (c == 'e') { execl(argv[2], argv[2], (char *)0); }\n"
	"  fflush(stdout); }\n"
	" return 0; }\n";

static bool build(const struct test *t)
{
	char line[1024];
	FILE *f;

	snprintf(line, sizeof(line), "%s/p.cc", t->dir);
	f = fopen(line, "w");
	if (!f || fputs(prog_text, f) < 0 || fclose(f))
		return false;
	snprintf(line, sizeof(line),
		 "cd %s && (g++ -O1 -o p p.cc && g++ -O1 -no-pie -o q p.cc &&"
		 "echo 'int in_lib(int x) { return x - 1; }' >l.c &&"
		 "cc -shared -fPIC -o 'odd name.so' l.c) >log 2>&1",
		 t->dir);
	return !system(line);
}

/* A child that runs program name; what it prints is an address. */
struct child {
	pid_t pid;
	int to, from;
	uint64_t plain;
};

static uint64_t read_addr(struct child *c)
{
	char buf[64] = { 0 };

	if (read(c->from, buf, sizeof(buf) - 1) <= 0)
		return 0;
	return strtoull(buf, NULL, 16);
}

static struct child start(const struct test *t, const char *name)
{
	char path[128], lib[128], other[128];
	struct child c = { 0 };
	int in[2], out[2];

	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	snprintf(lib, sizeof(lib), "%s/odd name.so", t->dir);
	snprintf(other, sizeof(other), "%s/q", t->dir);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		exit(2);
	c.pid = fork();
	if (!c.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(path, path, lib, other, (char *)0);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	c.to = in[1];
	c.from = out[0];
	c.plain = read_addr(&c);
	return c;
}

static void stop(struct child *c)
{
	close(c->to);
	close(c->from);
	waitpid(c->pid, NULL, 0);
}

static void command(struct child *c, const char *what)
{
	if (write(c->to, what, 1) != 1)
		exit(2);
}

static void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* Memory maps are not read too often: a new mapping is seen a little later. */
static bool is_soon(struct usyms *u, int pid, uint64_t addr, const char *name,
		    const char *module)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (is(u, pid, addr, name, module))
			return true;
		pause_ms(20);
	}
	return false;
}

static void test_self(struct test *t)
{
	uint64_t addr = (uint64_t)(uintptr_t)usyms_test_function, found;
	struct usyms *u = usyms_new(true, true, USYMS_PER_PID);
	void *gtod = dlsym(RTLD_DEFAULT, "getppid");
	struct usym_result r;
	int pid = getpid();

	check(t, "own_function",
	      is(u, pid, addr + 3, "usyms_test_function", "/"));
	check(t, "libc_function",
	      is(u, pid, (uint64_t)(uintptr_t)gtod, "getppid", "libc"));
	check(t, "no_function", !usyms_resolve(u, pid, 0x10, &r) && !r.module);
	check(t, "no_process",
	      !usyms_resolve(u, 0x3fffffff, addr, &r) &&
		      !usyms_resolve(u, 0, addr, &r) &&
		      !usyms_resolve(u, -1, addr, &r));
	check(t, "addr_of_function",
	      !usyms_addr(pid, "/proc/self/exe", "usyms_test_function",
			  &found) &&
		      found == addr);
	check(t, "addr_of_variable",
	      !usyms_addr(pid, "/proc/self/exe", "usyms_test_variable",
			  &found) &&
		      found == (uint64_t)(uintptr_t)&usyms_test_variable);
	check(t, "addr_of_none",
	      usyms_addr(pid, "/proc/self/exe", "no_such", &found) == -ENOENT &&
		      usyms_addr(0, "/no/such", "main", &found) == -ENOENT);
	usyms_free(u);
}

static bool find_vdso(void *arg, const struct elfsym_map *m)
{
	uint64_t *start = arg;

	if (!strcmp(m->path, "[vdso]"))
		*start = m->start;
	return true;
}

static void test_vdso(struct test *t, struct usyms *u, int pid)
{
	struct usym_result r;
	uint64_t start = 0, at;
	int n = 0;

	elfsym_maps_each(pid, find_vdso, &start);
	if (!start) {
		printf("ok vdso # skip there is none\n");
		return;
	}
	for (at = start; at < start + 4096; at += 16)
		n += usyms_resolve(u, pid, at, &r) && strstr(r.name, "vdso") &&
		     !strcmp(r.module, "[vdso]");
	check(t, "vdso", n > 0);
}

static void test_child(struct test *t)
{
	struct usyms *u = usyms_new(true, true, USYMS_PER_PID);
	struct usyms *raw = usyms_new(false, true, USYMS_NONE);
	struct child c = start(t, "p");
	struct usym_result r;
	uint64_t f = 0, lib;
	char path[128];

	check(t, "child", is(u, c.pid, c.plain, "plain", "/p"));
	test_vdso(t, u, c.pid);
	snprintf(path, sizeof(path), "%s/p", t->dir);
	check(t, "cpp_addr", !usyms_addr(c.pid, path, "ns::A::f(int)", &f));
	check(t, "cpp_name", is(u, c.pid, f + 1, "ns::A::f(int)", "/p"));
	check(t, "cpp_again", is(u, c.pid, f, "ns::A::f(int)", "/p"));
	check(t, "mangled", is(raw, c.pid, f, "_ZN2ns1A1fEi", "/p"));
	command(&c, "d");
	lib = read_addr(&c);
	check(t, "dlopen", is_soon(u, c.pid, lib, "in_lib", "odd name.so"));
	command(&c, "e");
	f = read_addr(&c);
	check(t, "exec", is_soon(u, c.pid, f, "plain", "/q"));
	stop(&c);
	check(t, "ended", is(u, c.pid, f, "plain", "/q"));
	check(t, "ended_none", !usyms_resolve(raw, c.pid, f, &r));
	usyms_free(u);
	usyms_free(raw);
}

static void test_noted(struct test *t)
{
	struct usyms *u = usyms_new(true, true, USYMS_PER_PID);
	struct child c = start(t, "p"), d;
	struct usym_result r;
	char line[256];

	usyms_note_pid(u, c.pid);
	stop(&c);
	check(t, "noted", is(u, c.pid, c.plain, "plain", "/p"));
	usyms_free(u);

	u = usyms_new(true, true, USYMS_PER_PID);
	snprintf(line, sizeof(line), "cp %s/p %s/gone", t->dir, t->dir);
	if (system(line))
		exit(2);
	c = start(t, "gone");
	snprintf(line, sizeof(line), "%s/gone", t->dir);
	unlink(line);
	if (geteuid())
		printf("ok deleted # skip needs root\n");
	else
		check(t, "deleted", is(u, c.pid, c.plain, "plain", "/gone"));
	snprintf(line, sizeof(line), "cp %s/q %s/gone", t->dir, t->dir);
	if (system(line))
		exit(2);
	d = start(t, "gone");
	check(t, "replaced", is(u, d.pid, d.plain, "plain", "/gone"));
	stop(&d);
	stop(&c);
	usyms_free(u);

	/* Without randomization two runs look alike. */
	u = usyms_new(true, true, USYMS_PER_PROGRAM);
	c = start(t, "q");
	check(t, "program", is(u, c.pid, c.plain, "plain", "/q"));
	stop(&c);
	d = start(t, "q");
	check(t, "program_again", is(u, d.pid, d.plain, "plain", "/q"));
	stop(&d);
	check(t, "program_ended", is(u, d.pid, d.plain, "plain", "/q"));
	check(t, "program_none", !usyms_resolve(u, d.pid, 1, &r));
	usyms_free(u);
}

/* Same path, another file: only visible in the child's mounts. */
static void test_namespace(struct test *t)
{
	struct usyms *u = usyms_new(true, true, USYMS_PER_PID);
	char path[128], line[512], buf[64] = { 0 };
	int out[2], in[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/mnt", t->dir);
	snprintf(line, sizeof(line), "mkdir -p %s && cp %s/p %s.orig", path,
		 t->dir, path);
	if (geteuid() || system(line) || pipe2(out, O_CLOEXEC) ||
	    pipe2(in, O_CLOEXEC)) {
		printf("ok namespace # skip needs root\n");
		usyms_free(u);
		return;
	}
	pid = fork();
	if (!pid) {
		snprintf(line, sizeof(line), "cp %s.orig %s/prog", path, path);
		if (unshare(CLONE_NEWNS) ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", path, "tmpfs", 0, NULL) || system(line))
			_exit(127);
		dup2(out[1], 1);
		dup2(in[0], 0);
		snprintf(line, sizeof(line), "%s/prog", path);
		execl(line, line, (char *)0);
		_exit(127);
	}
	close(out[1]);
	close(in[0]);
	if (read(out[0], buf, sizeof(buf) - 1) <= 0)
		printf("ok namespace # skip cannot mount\n");
	else
		check(t, "namespace",
		      is(u, pid, strtoull(buf, NULL, 16), "plain", "/prog"));
	close(in[1]);
	close(out[0]);
	waitpid(pid, NULL, 0);
	usyms_free(u);
}

/* More processes than are remembered, none of which exists. */
static void test_many(struct test *t)
{
	struct usyms *u = usyms_new(true, true, USYMS_PER_PID);
	uint64_t addr = (uint64_t)(uintptr_t)usyms_test_function;
	struct timespec a, b;
	struct usym_result r;
	int i, known = 0, self = getpid();

	for (i = 0; i < 20000; i++)
		known += usyms_resolve(u, 0x20000000 + i, addr, &r);
	check(t, "many",
	      !known && is(u, getpid(), addr, "usyms_test_function", "/"));
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < 100000; i++)
		known += usyms_resolve(u, self, addr + (i & 1), &r);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("# %.0f ns each\n", ((double)(b.tv_sec - a.tv_sec) * 1e9 +
				    (double)(b.tv_nsec - a.tv_nsec)) /
					   1e5);
	check(t, "repeated", known == 100000);
	usyms_free(u);
}

int main(void)
{
	struct test t = { .dir = "/tmp/usyms_test.XXXXXX" };
	char line[128];

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(t.dir))
		return 2;
	if (!build(&t)) {
		printf("not ok build # see %s/log\n", t.dir);
		return 1;
	}
	test_self(&t);
	test_child(&t);
	test_noted(&t);
	test_namespace(&t);
	test_many(&t);
	snprintf(line, sizeof(line), "rm -rf %s", t.dir);
	return system(line) || t.failed;
}
