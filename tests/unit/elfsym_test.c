/* elfsym_test.c - finding ELF files and the functions in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/elfsym.h"

/* There when the C++ library is linked statically. */
extern int __gcclibcxx_demangle_callback(const char *name,
					 void (*fn)(const char *, size_t,
						    void *),
					 void *arg) __attribute__((weak));

struct test {
	int failed;
	char dir[64]; /* of the programs built for the test */
};

static void check(struct test *t, const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	t->failed += !ok;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		exit(2);
}

static const char c_text[] =
	"#include <unistd.h>\n"
	"int counter = 7;\n"
	"int outer_one(int x) { return x * 3 + counter; }\n"
	"int outer_two(int x) { return outer_one(x) - 1; }\n"
	"extern int outer_alias(int) __attribute__((alias(\"outer_one\")));\n"
	"static __attribute__((noinline, used)) int hidden(int x)\n"
	"{ return x ^ counter; }\n"
	"__asm__(\".globl bare\\n.text\\nbare: nop\\nnop\\nret\\n\"\n"
	"\".type sized,@function\\nsized: ret\\n.size sized, 1\\n\");\n"
	"int main(int argc, char **argv)\n"
	"{ (void)argv; if (argc > 1) pause();\n"
	"  return outer_two(hidden(argc)); }\n";

static const char cpp_text[] =
	"namespace ns {\n"
	"struct A { int v; A(); ~A(); int f(int) const; int f(double);\n"
	"  int operator()(int); int operator<<(int); };\n"
	"A::A() : v(1) {}\nA::~A() { v = 0; }\n"
	"int A::f(int x) const { return x + v; }\n"
	"int A::f(double d) { return (int)d + v; }\n"
	"int A::operator()(int x) { return x; }\n"
	"int A::operator<<(int x) { return v << x; }\n"
	"template <class T> __attribute__((noinline)) T twice(T x)\n"
	"{ return x + x; }\n"
	"template int twice<int>(int);\n"
	"template double twice<double>(double);\n"
	"unsigned total = 3;\n}\n"
	"namespace { __attribute__((noinline, used)) int anon(int x)\n"
	"{ return x + 9; } }\n"
	"int main() { ns::A a; return a.f(1) + anon(2); }\n";

static bool run(const struct test *t, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && (%s) >log 2>&1", t->dir,
		 command);
	return system(line) == 0;
}

static bool build(const struct test *t)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/a.c", t->dir);
	write_file(path, c_text);
	snprintf(path, sizeof(path), "%s/b.cc", t->dir);
	write_file(path, cpp_text);
	return run(t, "cc -g -O1 -o a a.c && g++ -O1 -o b b.cc &&"
		      "cc -no-pie -O1 -o fixed a.c && strip -o bare a &&"
		      "cc -g -O1 -Wl,--build-id=none -o noid a.c && "
		      "mkdir .debug && objcopy --only-keep-debug noid "
		      ".debug/noid.debug && strip -o linked noid &&"
		      "cd .debug && objcopy --add-gnu-debuglink=noid.debug "
		      "../linked");
}

static struct elfsym_file *open_in(const struct test *t, const char *name)
{
	struct elfsym_err err = { 0 };
	struct elfsym_file *f;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	f = elfsym_open(path, &err);
	if (!f)
		printf("# %s: %s\n", path, err.text);
	return f;
}

/* How many functions a name means. */
static size_t count(struct elfsym_file *f, const char *name,
		    enum elfsym_lang lang)
{
	struct arena *a = arena_new();
	struct elfsym_list list = { 0 };
	size_t n;

	n = elfsym_resolve(f, a, name, lang, NULL, &list, NULL) ? 0 : list.n;
	arena_free(a);
	return n;
}

static bool resolve_one(struct elfsym_file *f, const char *name,
			struct elfsym *out)
{
	struct arena *a = arena_new();
	struct elfsym_list list = { 0 };
	bool ok = !elfsym_resolve(f, a, name, ELFSYM_AUTO, NULL, &list, NULL);

	if (ok) {
		*out = list.v[0];
		out->name = NULL;
	}
	arena_free(a);
	return ok;
}

static enum elfsym_code failure(struct elfsym_file *f, const char *name,
				enum elfsym_lang lang, struct elfsym_err *err)
{
	struct arena *a = arena_new();
	struct elfsym_list list;
	enum elfsym_code code;

	code = elfsym_resolve(f, a, name, lang, NULL, &list, err);
	arena_free(a);
	if (code)
		printf("# %s\n# hint: %s\n", err->text, err->hint);
	return code;
}

static bool sorted_once(void *arg, const struct elfsym *s)
{
	struct elfsym *last = arg;

	if (s->addr < last->addr || (s->addr == last->addr) != s->alias)
		last->ifunc = true; /* stands for "wrong" */
	last->addr = s->addr;
	last->size++;
	return true;
}

static void test_c(struct test *t)
{
	struct elfsym_file *f = open_in(t, "a");
	struct elfsym s = { 0 }, at, last = { 0 };
	struct elfsym_err err = { 0 };
	uint64_t addr;

	check(t, "c_open", f && elfsym_is_native(f) && elfsym_has_symtab(f));
	if (!f)
		return;
	check(t, "c_function",
	      resolve_one(f, "outer_two", &s) && s.size && s.offset);
	check(t, "offset_to_addr",
	      elfsym_offset_to_addr(f, s.offset, &addr) && addr == s.addr);
	check(t, "offset_inside", !elfsym_check_offset(&s, 1, &err));
	s.name = "outer_two";
	check(t, "offset_outside",
	      elfsym_check_offset(&s, s.size, &err) == ELFSYM_BAD_OFFSET);
	printf("# %s; %s\n", err.text, err.hint);
	check(t, "c_static", count(f, "hidden", ELFSYM_AUTO) == 1);
	check(t, "c_pattern", count(f, "outer_*", ELFSYM_AUTO) == 3);
	check(t, "c_pattern_class", count(f, "outer_[ot]*o", ELFSYM_AUTO) == 1);
	check(t, "no_size", resolve_one(f, "bare", &s) && s.size == 3);
	check(t, "function_at",
	      !elfsym_at(f, s.addr + 2, &at, &err) && !strcmp(at.name, "bare"));
	resolve_one(f, "outer_one", &s);
	check(t, "alias_at",
	      !elfsym_at(f, s.addr + 1, &at, &err) &&
		      !strcmp(at.name, "outer_one"));
	check(t, "nothing_at",
	      elfsym_at(f, 0x7f0000000000, &at, &err) == ELFSYM_NOT_LOADED);
	check(t, "variable",
	      !elfsym_object(f, "counter", &s, &err) && s.size == 4);
	check(t, "no_variable",
	      elfsym_object(f, "countr", &s, &err) == ELFSYM_NO_SYMBOL);
	check(t, "misspelt",
	      failure(f, "outer_tow", ELFSYM_AUTO, &err) == ELFSYM_NO_SYMBOL &&
		      strstr(err.hint, "outer_two"));
	elfsym_each(f, sorted_once, &last);
	check(t, "each_once", last.size > 5 && !last.ifunc);
	elfsym_close(f);
}

static void test_cpp(struct test *t)
{
	struct elfsym_file *f = open_in(t, "b");
	struct elfsym_err err;
	struct elfsym s;
	static const struct {
		const char *name;
		size_t n;
	} rows[] = {
		{ "ns::A::f", 2 },
		{ "ns::A::f(int) const", 1 },
		{ "ns::A::f(double)", 1 },
		{ "ns::A::f(long)", 0 },
		{ "ns::A::*", 6 },
		{ "ns::A::A", 1 },
		{ "ns::A::~A()", 1 },
		{ "ns::A::operator()", 1 },
		{ "ns::A::operator<<(int)", 1 },
		{ "ns::twice<int>", 1 },
		{ "int ns::twice<int>(int)", 1 },
		{ "ns::twice<*", 2 },
		{ "(anonymous namespace)::anon", 1 },
		{ "A::f", 0 },
		{ "main", 1 },
	};
	size_t i;

	check(t, "cpp_open", f != NULL);
	if (!f)
		return;
	for (i = 0; i < countof(rows); i++) {
		size_t n = count(f, rows[i].name, ELFSYM_CPP);
		char name[128];

		/* Constructors have two names and, mostly, one address. */
		if (strstr(rows[i].name, "A::A") || strstr(rows[i].name, "~A"))
			n -= n == 2;
		if (!strcmp(rows[i].name, "ns::A::*"))
			n -= n == 8 ? 2 : 0;
		snprintf(name, sizeof(name), "cpp %s", rows[i].name);
		check(t, name, n == rows[i].n);
		if (n != rows[i].n)
			printf("# %zu instead of %zu\n", n, rows[i].n);
	}
	check(t, "cpp_unasked", count(f, "ns::A::f", ELFSYM_AUTO) == 2);
	check(t, "cpp_mangled", count(f, "_ZN2ns1A1fEd", ELFSYM_AUTO) == 1);
	check(t, "cpp_variable",
	      !elfsym_object(f, "ns::total", &s, &err) && s.size == 4);
	check(t, "cpp_hint",
	      failure(f, "anon", ELFSYM_AUTO, &err) &&
		      strstr(err.hint, "cpp:\"(anonymous namespace)::anon\"") &&
		      failure(f, "ns::A::g", ELFSYM_CPP, &err) &&
		      strstr(err.hint, "ns::A::f"));
	elfsym_close(f);
}

static void test_stripped(struct test *t)
{
	struct elfsym_file *f = open_in(t, "bare");
	struct elfsym_err err = { 0 };
	struct elfsym a, b;
	size_t len;

	check(t, "stripped",
	      f && !elfsym_has_symtab(f) && !count(f, "hidden", ELFSYM_AUTO) &&
		      failure(f, "hidden", ELFSYM_AUTO, &err) &&
		      strstr(err.hint, "stripped"));
	elfsym_close(f);
	f = open_in(t, "linked");
	check(t, "debuglink",
	      f && !elfsym_build_id(f, &len) && elfsym_debug_path(f) &&
		      resolve_one(f, "hidden", &a));
	elfsym_close(f);
	f = open_in(t, "noid");
	check(t, "debuglink_same",
	      f && resolve_one(f, "hidden", &b) && a.offset == b.offset);
	elfsym_close(f);
	run(t, "objcopy --only-keep-debug a .debug/noid.debug");
	f = open_in(t, "linked");
	check(t, "debuglink_other", f && !elfsym_debug_path(f));
	elfsym_close(f);
	f = open_in(t, "fixed");
	check(t, "no_pie",
	      f && resolve_one(f, "main", &a) && a.addr != a.offset);
	elfsym_close(f);
}

static bool has_file(const char *name, pid_t pid, const char *base)
{
	struct elfsym_err err = { 0 };
	char path[PATH_MAX];

	if (elfsym_find(name, pid, path, &err)) {
		printf("# %s; %s\n", err.text, err.hint);
		return false;
	}
	return strstr(path, base) && !access(path, R_OK);
}

static enum elfsym_code find_fails(const char *name, pid_t pid)
{
	struct elfsym_err err = { 0 };
	char path[PATH_MAX];
	enum elfsym_code code = elfsym_find(name, pid, path, &err);

	printf("# %s; %s\n", err.text, err.hint);
	return code;
}

static bool count_file(void *arg, const char *path)
{
	int *n = arg;

	(void)path;
	++*n;
	return true;
}

static void test_find(struct test *t)
{
	char path[PATH_MAX], pattern[128];
	struct elfsym_err err = { 0 };
	struct elfsym_file *f;
	int n = 0;

	check(t, "find_program", has_file("sh", 0, "/sh"));
	check(t, "find_library", has_file("libc", 0, "libc.so.6"));
	check(t, "find_library_file", has_file("libc.so.6", 0, "libc.so.6"));
	check(t, "find_in_process", has_file("libc", getpid(), "libc.so.6"));
	check(t, "find_path", has_file("/bin/sh", getpid(), "/bin/sh"));
	check(t, "find_none", find_fails("nosuchprog", 0) == ELFSYM_NO_FILE);
	check(t, "find_no_path", find_fails("/no/such", 0) == ELFSYM_NO_FILE);
	check(t, "find_dir", find_fails("/usr/bin/", 0) == ELFSYM_NOT_ELF);
	check(t, "find_device", find_fails("/dev/null", 0) == ELFSYM_NOT_ELF);
	check(t, "find_empty", find_fails("", 0) == ELFSYM_NO_FILE);
	check(t, "find_no_process",
	      find_fails("sh", 0x3fffffff) == ELFSYM_NO_PROCESS);
	check(t, "find_mapped",
	      !elfsym_find_all("*", getpid(), count_file, &n, NULL) && n >= 2);
	n = 0;
	snprintf(pattern, sizeof(pattern), "%s/*", t->dir);
	check(t, "find_glob",
	      !elfsym_find_all(pattern, 0, count_file, &n, &err) && n >= 5);
	elfsym_find("libc", 0, path, NULL);
	f = elfsym_open(path, NULL);
	check(t, "libc_malloc", f && count(f, "malloc", ELFSYM_AUTO) == 1);
	check(t, "libc_versions", f && count(f, "memcpy", ELFSYM_AUTO) >= 1);
	elfsym_close(f);
	snprintf(path, sizeof(path), "%s/script", t->dir);
	write_file(path, "#!/bin/sh\n");
	f = elfsym_open(path, &err);
	printf("# %s; %s\n", err.text, err.hint);
	check(t, "open_script", !f && err.code == ELFSYM_NOT_ELF);
}

/* A process that sees another root, with an absolute link in it. */
static void test_chroot(struct test *t)
{
	char root[128], line[512], byte;
	struct elfsym_err err;
	char path[PATH_MAX];
	int to_us[2], to_it[2];
	pid_t pid;

	snprintf(root, sizeof(root), "%s/root", t->dir);
	snprintf(line, sizeof(line),
		 "mkdir -p root/bin root/opt root/etc && cp a root/opt/prog &&"
		 "ln -s /opt/prog root/bin/only_here");
	if (geteuid() || !run(t, line) || pipe(to_us) || pipe(to_it)) {
		printf("ok chroot # skip needs root\n");
		return;
	}
	pid = fork();
	if (!pid) {
		byte = chroot(root) || chdir("/") ? 'n' : 'y';
		if (write(to_us[1], &byte, 1) != 1 ||
		    read(to_it[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	check(t, "chroot", read(to_us[0], &byte, 1) == 1 && byte == 'y');
	check(t, "chroot_link",
	      !elfsym_find("/bin/only_here", pid, path, &err) &&
		      strstr(path, "/opt/prog"));
	printf("# %s\n", path);
	check(t, "chroot_hides",
	      elfsym_find("/bin/sh", pid, path, &err) == ELFSYM_NO_FILE);
	if (write(to_it[1], "q", 1) != 1)
		exit(2);
	waitpid(pid, NULL, 0);
}

static bool touch(void *arg, const struct elfsym *s)
{
	size_t *n = arg;

	*n += strlen(s->name) + (s->offset != 0);
	return *n < 100000;
}

/* Every length of a file, and bytes changed here and there. */
static void test_damage(struct test *t)
{
	char path[128], *buf;
	struct elfsym_file *f;
	struct elfsym s;
	size_t len, i, n = 0, round;
	unsigned seed = 1;
	FILE *in;
	int fd;

	snprintf(path, sizeof(path), "%s/b", t->dir);
	in = fopen(path, "r");
	buf = malloc(1 << 20);
	len = in && buf ? fread(buf, 1, 1 << 20, in) : 0;
	if (in)
		fclose(in);
	snprintf(path, sizeof(path), "%s/damaged", t->dir);
	for (round = 0; len && round < 1500; round++) {
		size_t cut = round < 500 ? len * round / 500 : len;
		char keep[64];
		size_t where[64], k = round < 500 ? 0 : 1 + round % 64;

		for (i = 0; i < k; i++) {
			seed = seed * 1103515245 + 12345;
			where[i] = (seed >> 8) % (round & 1 ? 1024 : len);
			/* Section headers come last. */
			if (round % 3 == 0)
				where[i] = len - 1 - where[i] % 2048;
			keep[i] = buf[where[i]];
			buf[where[i]] =
				(char)(seed >> 3 & 0x55 ? seed >> 20 : 0xff);
		}
		fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		if (fd < 0 || write(fd, buf, cut) != (ssize_t)cut)
			exit(2);
		close(fd);
		while (k-- > 0)
			buf[where[k]] = keep[k];
		f = elfsym_open(path, NULL);
		if (!f)
			continue;
		n = 0;
		elfsym_each(f, touch, &n);
		elfsym_at(f, 0x1234, &s, NULL);
		count(f, "ns::A::f", ELFSYM_CPP);
		elfsym_object(f, "total", &s, NULL);
		elfsym_close(f);
	}
	free(buf);
	check(t, "damaged_files", len > 0);
}

static void put32(char *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void test_cache(struct test *t)
{
	char root[128], path[PATH_MAX], cache[256] = { 0 };
	char byte = 0;
	int to_us[2], to_it[2], fd, i;
	pid_t pid;

	snprintf(root, sizeof(root), "%s/root", t->dir);
	if (geteuid() || access(root, F_OK) || pipe(to_us) || pipe(to_it)) {
		printf("ok cache # skip needs root\n");
		return;
	}
	pid = fork();
	if (!pid) {
		byte = chroot(root) || chdir("/") ? 'n' : 'y';
		if (write(to_us[1], &byte, 1) != 1 ||
		    read(to_it[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(to_us[0], &byte, 1) != 1)
		exit(2);
	memcpy(cache, "glibc-ld.so.cache1.1", 20);
	put32(cache + 20, 1);
	put32(cache + 24, 40);
	put32(cache + 48 + 4, 80);  /* key */
	put32(cache + 48 + 8, 100); /* value */
	strcpy(cache + 80, "libodd.so.1");
	strcpy(cache + 100, "/opt/prog");
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/etc/ld.so.cache", root);
		if (i == 1)
			put32(cache + 20, 0xffffffff); /* too many */
		if (i == 2) {
			put32(cache + 20, 1);
			put32(cache + 48 + 8, 0xfffffff0); /* far out */
		}
		if (i == 3) {
			put32(cache + 48 + 8, 100);
			memset(cache + 100, 'x', sizeof(cache) - 100);
			cache[100] = '/'; /* and no NUL follows */
		}
		fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		if (fd < 0 || write(fd, cache, sizeof(cache)) < 0)
			exit(2);
		close(fd);
		check(t, i ? "cache_damaged" : "cache",
		      (elfsym_find("libodd", pid, path, NULL) == ELFSYM_OK) ==
			      !i);
	}
	if (write(to_it[1], "q", 1) != 1)
		exit(2);
	waitpid(pid, NULL, 0);
}

static void test_names(struct test *t)
{
	static const char digit[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char evil[4096] = "_Z1fSt4pairIiiE", *s, c;
	/* What is not bounded can bear only a few doublings. */
	size_t i, n = __gcclibcxx_demangle_callback ? 18 : 8;

	s = elfsym_demangle("_ZN2ns1A1fEi");
	check(t, "demangle", s && !strcmp(s, "ns::A::f(int)"));
	free(s);
	check(t, "demangle_type", !elfsym_demangle("i"));
	check(t, "demangle_junk", !elfsym_demangle("_ZNxx"));
	/* Each argument has the one before it twice; each makes two
	 * substitutions. */
	for (i = 0; i < n; i++) {
		c = digit[2 * i];
		snprintf(evil + strlen(evil), 32, "St4pairIS%c_S%c_E", c, c);
	}
	s = elfsym_demangle(evil);
	check(t, "demangle_bounded", n == 8 ? s != NULL : s == NULL);
	free(s);
	check(t, "match_blanks",
	      elfsym_cpp_matches("f(int,char)", "f(int, char)", NULL));
	check(t, "match_const",
	      elfsym_cpp_matches("A::f", "A::f(int) const", NULL));
	check(t, "match_cold",
	      !elfsym_cpp_matches("f", "f(int) [clone .cold]", NULL));
	check(t, "match_isra",
	      elfsym_cpp_matches("f", "f(int) [clone .isra.0]", NULL));
	check(t, "match_local", !elfsym_cpp_matches("f", "f(int)::x", NULL));
	check(t, "match_conversion",
	      elfsym_cpp_matches("A::operator unsigned int",
				 "A::operator unsigned int()", NULL));
	check(t, "match_none", !elfsym_cpp_matches("f", "", NULL));
}

int main(void)
{
	struct test t = { .dir = "/tmp/elfsym_test.XXXXXX" };
	char line[128];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(t.dir))
		return 2;
	if (!build(&t)) {
		printf("not ok build # see %s/log\n", t.dir);
		return 1;
	}
	test_names(&t);
	test_c(&t);
	test_cpp(&t);
	test_stripped(&t);
	test_find(&t);
	test_chroot(&t);
	test_cache(&t);
	test_damage(&t);
	snprintf(line, sizeof(line), "rm -rf %s", t.dir);
	return system(line) || t.failed;
}
