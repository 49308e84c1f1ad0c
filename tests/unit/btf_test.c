/* Types of the running kernel, of a small file, and of files gone wrong. */
#include "compiler/btf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/btf.h>

struct test {
	struct arena *a;
	int failed;
};

static void check(struct test *t, bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	t->failed += !ok;
}

/* ---- a BTF file made by hand ---- */

struct image {
	uint32_t types[512];
	uint32_t ntypes; /* words */
	char names[1024];
	uint32_t nnames;
};

static uint32_t name(struct image *m, const char *s)
{
	uint32_t off = m->nnames;

	strcpy(m->names + off, s);
	m->nnames += (uint32_t)strlen(s) + 1;
	return off;
}

static void word(struct image *m, uint32_t w)
{
	m->types[m->ntypes++] = w;
}

static void type(struct image *m, const char *s, uint32_t kind, uint32_t vlen,
		 uint32_t size_or_type)
{
	word(m, s ? name(m, s) : 0);
	word(m, kind << 24 | vlen);
	word(m, size_or_type);
}

static void member(struct image *m, const char *s, uint32_t of, uint32_t bits)
{
	word(m, s ? name(m, s) : 0);
	word(m, of);
	word(m, bits);
}

/* What no compiler makes, yet no parser refuses. */
static void make_image(struct image *m)
{
	const uint32_t kflag = 1u << 31;

	memset(m, 0, sizeof(*m));
	name(m, "");
	type(m, "int", BTF_KIND_INT, 0, 4); /* 1 */
	word(m, BTF_INT_SIGNED << 24 | 32);
	type(m, "loop", BTF_KIND_TYPEDEF, 0, 2); /* 2: itself */
	type(m, "onion", BTF_KIND_STRUCT, 2, 8); /* 3: in itself, twice */
	member(m, NULL, 3, 0);
	member(m, NULL, 3, 32);
	type(m, "lost", BTF_KIND_STRUCT, 1, 8); /* 4: points nowhere */
	member(m, "p", 4000, 0);
	type(m, NULL, BTF_KIND_ARRAY, 0, 0); /* 5: of itself */
	word(m, 5);
	word(m, 1);
	word(m, 0xffffffff);
	type(m, NULL, BTF_KIND_PTR, 0, 6);		 /* 6: to itself */
	type(m, "user", BTF_KIND_TYPE_TAG, 0, 1);	 /* 7 */
	type(m, NULL, BTF_KIND_PTR, 0, 7);		 /* 8: int __user * */
	type(m, "good", BTF_KIND_STRUCT, kflag | 4, 16); /* 9 */
	member(m, "p", 8, 0);
	member(m, "lo", 1, 3u << 24 | 64);
	member(m, "hi", 1, 29u << 24 | 67);
	member(m, NULL, 10, 96);
	type(m, NULL, BTF_KIND_UNION, 1, 4); /* 10 */
	member(m, "deep", 1, 0);
	type(m, "color", BTF_KIND_ENUM, kflag | 2, 4); /* 11 */
	word(m, name(m, "RED"));
	word(m, 0xffffffff);
	word(m, name(m, "BLUE"));
	word(m, 7);
	type(m, "ahead", BTF_KIND_FWD, 0, 0);	   /* 12 */
	type(m, "ahead", BTF_KIND_STRUCT, 0, 0);   /* 13 */
	type(m, NULL, BTF_KIND_FUNC_PROTO, 2, 13); /* 14: int, ... */
	word(m, 0);
	word(m, 1);
	word(m, 0);
	word(m, 0);
	type(m, "call", BTF_KIND_FUNC, 1, 14);	   /* 15 */
	type(m, NULL, BTF_KIND_FUNC_PROTO, 2, 16); /* 16: of itself */
	word(m, 0);
	word(m, 16);
	word(m, 0);
	word(m, 16);
}

static size_t image_bytes(const struct image *m, char *out)
{
	struct btf_header h = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(h),
		.type_len = m->ntypes * 4,
		.str_off = m->ntypes * 4,
		.str_len = m->nnames,
	};

	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), m->types, h.type_len);
	memcpy(out + sizeof(h) + h.type_len, m->names, h.str_len);
	return sizeof(h) + h.type_len + h.str_len;
}

static struct kbtf *open_bytes(struct test *t, const char *path,
			       const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
	return kbtf_open(t->a, path);
}

/* Asks everything of everything. */
static uint64_t walk(struct test *t, struct kbtf *k)
{
	struct bt_enumerator e;
	struct bt_field f;
	struct bt_func fn;
	uint64_t sum = 0;
	uint32_t id, i;

	for (id = 0; id < 40; id++) {
		struct bt_ref r = { 1, id };
		struct bt_type ty = kbtf_describe(k, r);

		sum += ty.size + strlen(ty.name);
		sum += strlen(kbtf_type_str(k, t->a, r));
		sum += kbtf_find_field(k, r, "nothing", &f);
		sum += kbtf_enum_name(k, r, 12345) != NULL;
		sum += kbtf_field_names(k, t->a, r)[0] != NULL;
		for (i = 0; i < 8 && kbtf_member(k, r, i, &f); i++)
			sum += strlen(f.name);
		for (i = 0; i < 8 && kbtf_enumerator(k, r, i, &e); i++)
			sum += strlen(e.name);
		if (kbtf_proto(k, t->a, r, &fn))
			sum += fn.nparams;
	}
	return sum;
}

static void test_image(struct test *t, struct kbtf *k)
{
	struct bt_ref good = kbtf_struct(k, "good");
	struct bt_enumerator e;
	struct bt_field f;
	struct bt_type ty;
	struct bt_func fn;

	check(t, !kbtf_error(k), "file-opens");
	check(t, kbtf_describe(k, good).nmembers == 4, "members");
	check(t,
	      kbtf_find_field(k, good, "p", &f) &&
		      kbtf_describe(k, f.type).user,
	      "user-tag");
	check(t,
	      kbtf_find_field(k, good, "hi", &f) && f.bit_offset == 67 &&
		      f.bitfield_size == 29,
	      "bit-field");
	check(t, kbtf_find_field(k, good, "deep", &f) && f.bit_offset == 96,
	      "anonymous-member");
	check(t, !kbtf_find_field(k, good, "", &f), "no-empty-field");
	check(t,
	      kbtf_enum_constant(k, "RED", &e) && e.is_signed &&
		      (int64_t)e.value == -1,
	      "negative-constant");
	check(t, !strcmp(kbtf_enum_name(k, e.type, 7), "BLUE"), "enum-name");
	check(t, kbtf_describe(k, kbtf_struct(k, "ahead")).kind == BT_STRUCT,
	      "definition-over-forward");
	check(t,
	      kbtf_func(k, t->a, NULL, "call", &fn) && fn.variadic &&
		      fn.nparams == 1 && !strcmp(fn.params[0].name, "arg0"),
	      "variadic");
	ty = kbtf_describe(k, kbtf_typedef(k, "loop"));
	check(t, ty.kind == BT_VOID, "typedef-of-itself");
	check(t, !kbtf_find_field(k, kbtf_struct(k, "onion"), "x", &f),
	      "struct-in-itself");
	check(t, walk(t, k) > 0, "walk");
}

static void test_files(struct test *t)
{
	static char bytes[8192], bent[8192];
	char path[] = "/tmp/btf_test.XXXXXX";
	int fd = mkstemp(path);
	struct image m;
	struct kbtf *k;
	unsigned int seed = 1, opened = 0;
	size_t n, i, j;

	if (fd < 0)
		return;
	close(fd);
	make_image(&m);
	n = image_bytes(&m, bytes);
	k = open_bytes(t, path, bytes, n);
	test_image(t, k);
	kbtf_close(k);
	for (i = 0; i < 3000; i++) {
		memcpy(bent, bytes, n);
		for (j = 0; j < 1 + i % 4; j++) {
			seed = seed * 1103515245u + 12345;
			bent[24 + (seed >> 8) % (n - 24)] = (char)(seed >> 3);
		}
		k = open_bytes(t, path, bent, i % 10 ? n : (seed >> 5) % n);
		if (!kbtf_error(k))
			opened += walk(t, k) > 0;
		kbtf_close(k);
	}
	check(t, opened > 0, "bent-files");
	k = open_bytes(t, path, "not BTF at all", 14);
	check(t, kbtf_error(k) && strstr(kbtf_error(k), "--btf"), "not-btf");
	check(t, !bt_found(kbtf_any(k, "int")), "nothing-found");
	kbtf_close(k);
	unlink(path);
	k = kbtf_open(t->a, path);
	check(t, kbtf_error(k) && strstr(kbtf_error(k), path), "no-file");
	kbtf_close(k);
	kbtf_close(NULL);
}

/* ---- the running kernel ---- */

static void test_types(struct test *t, struct kbtf *k)
{
	struct bt_ref task = kbtf_struct(k, "task_struct");
	struct bt_type ty = kbtf_describe(k, task);
	struct bt_field f;

	check(t, ty.kind == BT_STRUCT && ty.size > 1000, "task_struct");
	check(t, kbtf_find_field(k, task, "comm", &f), "task-comm");
	check(t, !strcmp(kbtf_type_str(k, t->a, f.type), "char [16]"),
	      "char-array");
	ty = kbtf_describe(k, kbtf_describe(k, f.type).elem);
	check(t, ty.kind == BT_CHAR && ty.size == 1, "char");
	check(t,
	      kbtf_find_field(k, task, "real_parent", &f) &&
		      !strcmp(kbtf_type_str(k, t->a, f.type),
			      "struct task_struct *"),
	      "pointer");
	check(t,
	      bt_same(kbtf_describe(k, kbtf_describe(k, f.type).elem).self,
		      task),
	      "pointee");
	ty = kbtf_describe(k, kbtf_any(k, "pid_t"));
	check(t,
	      ty.kind == BT_INT && ty.is_signed && ty.size == 4 &&
		      !strcmp(ty.alias, "pid_t") && !strcmp(ty.name, "int"),
	      "typedef");
	check(t, kbtf_describe(k, kbtf_typedef(k, "bool")).kind == BT_BOOL,
	      "bool");
	check(t, !bt_found(kbtf_any(k, "no_such_type")), "no-type");
	check(t,
	      kbtf_find_field(k, kbtf_struct(k, "sk_buff"), "cloned", &f) &&
		      f.bitfield_size == 1,
	      "kernel-bit-field");
}

static void test_rest(struct test *t, struct kbtf *k)
{
	struct bt_enumerator e;
	struct bt_func fn;
	struct bt_ref r;
	const char *near;
	bool percpu;

	check(t,
	      kbtf_enum_constant(k, "PIDTYPE_TGID", &e) && e.value == 1 &&
		      !strcmp(kbtf_enum_name(k, e.type, 1), "PIDTYPE_TGID"),
	      "enum-constant");
	check(t, !kbtf_enum_constant(k, "NO_SUCH_CONSTANT", &e),
	      "no-enum-constant");
	check(t,
	      kbtf_func(k, t->a, NULL, "vfs_read", &fn) && fn.nparams == 4 &&
		      !fn.module && !strcmp(fn.params[0].name, "file"),
	      "function");
	check(t, !kbtf_func(k, t->a, "no_such", "vfs_read", &fn),
	      "function-not-in-module");
	check(t,
	      kbtf_rawtracepoint(k, t->a, NULL, "sched_switch", &fn) &&
		      fn.nparams >= 3 && !strcmp(fn.params[0].name, "preempt"),
	      "rawtracepoint");
	check(t, !kbtf_rawtracepoint(k, t->a, NULL, "no_such", &fn),
	      "no-rawtracepoint");
	check(t, kbtf_var(k, "runqueues", &r, &percpu) && percpu, "percpu");
	check(t, !strcmp(kbtf_describe(k, r).name, "rq"), "percpu-type");
	near = nearest_name(
		"prioo",
		kbtf_field_names(k, t->a, kbtf_struct(k, "task_struct")));
	check(t, near && !strcmp(near, "prio"), "nearest-field");
	near = nearest_name("task_strukt",
			    kbtf_type_names(k, t->a, BTN_STRUCT));
	check(t, near && !strcmp(near, "task_struct"), "nearest-struct");
}

int main(void)
{
	struct test t = { .a = arena_new() };
	struct kbtf *k;

	test_files(&t);
	k = kbtf_open(t.a, NULL);
	if (kbtf_error(k)) {
		printf("ok kernel # SKIP %s\n", kbtf_error(k));
	} else {
		test_types(&t, k);
		test_rest(&t, k);
	}
	kbtf_close(k);
	arena_free(t.a);
	return t.failed ? 1 : 0;
}
