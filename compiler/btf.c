#include "btf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "table.h"

#define BTF_DIR "/sys/kernel/btf"

enum {
	SRC_NONE,
	SRC_VMLINUX,
	SRC_MODULE, /* and up: modules in the order of k->modules */

	MAX_RAW = 512 << 20, /* bytes of a raw BTF file */

	/* libbpf checks that records lie within the file, not that they make
	 * sense: a typedef may be its own target. */
	MAX_CHAIN = 32, /* typedefs and qualifiers around a type */
};

struct kmodule {
	const char *name;
	struct btf *btf;
	bool tried;
};

struct kbtf {
	struct arena *arena;
	const char *path; /* NULL: the running kernel */
	const char *error;
	struct btf *vmlinux;
	uint32_t nbase; /* ids below this are vmlinux's, in modules too */
	bool tried, listed;
	VEC(struct kmodule) modules; /* in order of name */
	struct table found;	     /* answers to lookup(), also "none" */
	struct table constants;	     /* answers to kbtf_enum_constant() */
};

struct kbtf *kbtf_open(struct arena *a, const char *path)
{
	struct kbtf *k = arena_make(a, struct kbtf);

	k->arena = a;
	k->path = path ? arena_strdup(a, path) : NULL;
	return k;
}

void kbtf_close(struct kbtf *k)
{
	size_t i;

	if (!k)
		return;
	for (i = 0; i < k->modules.n; i++) /* they lean on vmlinux */
		btf__free(k->modules.v[i].btf);
	btf__free(k->vmlinux);
	k->modules.n = 0;
	k->vmlinux = NULL;
	k->tried = true;
	k->error = "the types were closed";
}

bool kbtf_is_running_kernel(const struct kbtf *k)
{
	return !k->path;
}

/* ---- files ---- */

static bool is_raw_btf(const unsigned char *p)
{
	return (p[0] == 0x9f && p[1] == 0xeb) || (p[0] == 0xeb && p[1] == 0x9f);
}

/* Looked at first because libbpf complains of other files on stderr. */
static int sniff(int fd, bool *is_raw)
{
	unsigned char magic[4];
	ssize_t n;

	n = pread(fd, magic, sizeof(magic), 0);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof(magic))
		return -ENOEXEC;
	*is_raw = is_raw_btf(magic);
	return *is_raw || !memcmp(magic, "\177ELF", 4) ? 0 : -ENOEXEC;
}

static int read_raw(int fd, struct strbuf *b)
{
	char buf[64 * 1024];
	ssize_t n;

	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		strbuf_add(b, buf, (size_t)n);
		if (b->len > MAX_RAW)
			return -EFBIG;
	}
}

/* The kernel hands out its types a page a call; since 6.16 they can be mapped,
 * which takes half the time. */
static struct btf *parse_mapped(int fd)
{
	struct btf *btf = NULL;
	struct stat st;
	void *p;

	if (fstat(fd, &st) || st.st_size <= 0 || st.st_size > MAX_RAW)
		return NULL;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	btf = btf__new(p, (uint32_t)st.st_size); /* copies */
	munmap(p, (size_t)st.st_size);
	return btf;
}

static struct btf *parse_raw(int fd, int *err)
{
	struct strbuf b = { 0 };
	struct btf *btf = NULL;

	*err = read_raw(fd, &b);
	if (!*err) {
		btf = btf__new(b.s, (uint32_t)b.len);
		if (!btf)
			*err = -ENOEXEC;
	}
	strbuf_free(&b);
	return btf;
}

static int open_btf(const char *path, bool *is_raw)
{
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = sniff(fd, is_raw);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* NULL: *err says why; -ENOEXEC: what is there is no BTF. */
static struct btf *parse_file(const char *path, bool is_sysfs, int *err)
{
	struct btf *btf = NULL;
	bool is_raw = false;
	int fd;

	*err = fd = open_btf(path, &is_raw);
	if (fd < 0)
		return NULL;
	*err = 0;
	if (is_sysfs)
		btf = parse_mapped(fd);
	if (!btf && is_raw)
		btf = parse_raw(fd, err);
	close(fd);
	if (btf || is_raw)
		return btf;
	btf = btf__parse_elf(path, NULL);
	if (!btf)
		*err = errno == ENOMEM ? -ENOMEM : -ENOEXEC;
	return btf;
}

static const char *open_error(struct kbtf *k, int err)
{
	if (!k->path && err == -ENOENT)
		return "this kernel has no type information: it needs "
		       "CONFIG_DEBUG_INFO_BTF, or a BTF file given with --btf";
	if (!k->path)
		return arena_printf(k->arena,
				    "cannot read this kernel's types from "
				    "%s/vmlinux: %s",
				    BTF_DIR, strerror(-err));
	if (err == -ENOEXEC)
		return arena_printf(k->arena,
				    "%s holds no kernel types: --btf wants a "
				    "raw BTF file or an ELF file with a .BTF "
				    "section",
				    k->path);
	return arena_printf(k->arena, "cannot read kernel types from %s: %s",
			    k->path, strerror(-err));
}

static bool load(struct kbtf *k)
{
	const char *path = k->path ? k->path : BTF_DIR "/vmlinux";
	int err;

	if (k->tried)
		return k->vmlinux;
	k->tried = true;
	k->vmlinux = parse_file(path, !k->path, &err);
	if (!k->vmlinux) {
		k->error = open_error(k, err);
		return false;
	}
	k->nbase = btf__type_cnt(k->vmlinux);
	return true;
}

const char *kbtf_error(struct kbtf *k)
{
	return load(k) ? NULL : k->error;
}

static int compare_modules(const void *a, const void *b)
{
	const struct kmodule *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void list_modules(struct kbtf *k)
{
	struct dirent *e;
	DIR *dir;

	if (k->listed)
		return;
	k->listed = true;
	if (k->path) /* another kernel's ids: these modules do not fit it */
		return;
	dir = opendir(BTF_DIR);
	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "vmlinux"))
			vec_push(k->arena, &k->modules)->name =
				arena_strdup(k->arena, e->d_name);
	closedir(dir);
	if (k->modules.n)
		qsort(k->modules.v, k->modules.n, sizeof(*k->modules.v),
		      compare_modules);
}

static const struct btf *module_btf(struct kbtf *k, struct kmodule *m)
{
	const char *path;
	bool is_raw;
	int fd;

	if (m->tried)
		return m->btf;
	m->tried = true;
	path = arena_printf(k->arena, BTF_DIR "/%s", m->name);
	fd = open_btf(path, &is_raw);
	if (fd >= 0)
		close(fd);
	/* btf__new_split() is missing from libbpf 1.1's symbols. */
	if (fd >= 0 && is_raw)
		m->btf = btf__parse_split(path, k->vmlinux);
	return m->btf;
}

/* Walks all there is: src runs from SRC_VMLINUX up to what this returns. */
static uint32_t last_src(struct kbtf *k)
{
	list_modules(k);
	return SRC_MODULE + (uint32_t)k->modules.n - 1;
}

static const struct btf *src_btf(struct kbtf *k, uint32_t src)
{
	if (src == SRC_NONE || !load(k))
		return NULL;
	if (src == SRC_VMLINUX)
		return k->vmlinux;
	if (src - SRC_MODULE >= k->modules.n)
		return NULL;
	return module_btf(k, &k->modules.v[src - SRC_MODULE]);
}

static const char *src_name(struct kbtf *k, uint32_t src)
{
	return src < SRC_MODULE || src - SRC_MODULE >= k->modules.n
		       ? NULL
		       : k->modules.v[src - SRC_MODULE].name;
}

static bool src_is(struct kbtf *k, uint32_t src, const char *only)
{
	const char *name = src_name(k, src);

	return !only || !strcmp(name ? name : "vmlinux", only);
}

/* The first id that is this file's own. */
static uint32_t first_id(struct kbtf *k, uint32_t src)
{
	return src == SRC_VMLINUX ? 1 : k->nbase;
}

static struct bt_ref make_ref(struct kbtf *k, uint32_t src, uint32_t id)
{
	if (src > SRC_VMLINUX && id < k->nbase)
		src = SRC_VMLINUX;
	return (struct bt_ref){ src, id };
}

/* NULL for void and for ids that lead nowhere. */
static const struct btf_type *type_at(struct kbtf *k, struct bt_ref r)
{
	const struct btf *btf = src_btf(k, r.src);

	return btf && r.id ? btf__type_by_id(btf, r.id) : NULL;
}

static const char *name_at(struct kbtf *k, uint32_t src, uint32_t off)
{
	const struct btf *btf = src_btf(k, src);
	const char *name = btf ? btf__name_by_offset(btf, off) : NULL;

	return name ? name : "";
}

/* ---- names ---- */

/* By kind; bits of enum bt_ns. */
static unsigned int ns_bit(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		return 1u << BTN_STRUCT;
	case BTF_KIND_UNION:
		return 1u << BTN_UNION;
	case BTF_KIND_FWD:
		return btf_kflag(t) ? 1u << BTN_UNION : 1u << BTN_STRUCT;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return 1u << BTN_ENUM;
	case BTF_KIND_TYPEDEF:
		return 1u << BTN_TYPEDEF;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return 1u << BTN_BASE;
	case BTF_KIND_FUNC:
		return 1u << BTN_FUNC;
	case BTF_KIND_VAR:
		return 1u << BTN_VAR;
	default:
		return 0;
	}
}

static bool is_forward(const struct btf_type *t)
{
	return btf_is_fwd(t) || (btf_is_any_enum(t) && !btf_vlen(t));
}

/* How good an answer a type is; the lower the better. */
static unsigned int rank(const struct btf_type *t)
{
	return ns_bit(t) | (is_forward(t) ? 1u << 16 : 0);
}

/* One pass over the names; building an index would cost more than the few
 * lookups a script makes. */
static struct bt_ref scan(struct kbtf *k, uint32_t src, unsigned int mask,
			  const char *name, unsigned int *best)
{
	const struct btf *btf = src_btf(k, src);
	uint32_t id, n = btf ? btf__type_cnt(btf) : 0;
	struct bt_ref found = { 0 };
	const struct btf_type *t;
	const char *s;

	for (id = first_id(k, src); id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (!t || !(ns_bit(t) & mask) || rank(t) >= *best)
			continue;
		s = btf__name_by_offset(btf, t->name_off);
		if (!s || s[0] != name[0] || strcmp(s, name))
			continue;
		found = (struct bt_ref){ src, id };
		*best = rank(t);
		if (*best == (mask & -mask)) /* there is no better */
			break;
	}
	return found;
}

static struct bt_ref search(struct kbtf *k, const char *module,
			    unsigned int mask, const char *name)
{
	struct bt_ref found = { 0 }, r;
	unsigned int best = ~0u;
	uint32_t src;

	if (src_is(k, SRC_VMLINUX, module))
		found = scan(k, SRC_VMLINUX, mask, name, &best);
	if ((module && !strcmp(module, "vmlinux")) || best < 1u << 16)
		return found;
	for (src = SRC_MODULE; src <= last_src(k); src++) {
		if (!src_is(k, src, module))
			continue;
		r = scan(k, src, mask, name, &best);
		if (bt_found(r))
			found = r;
		if (best < 1u << 16)
			break;
	}
	return found;
}

static char *lookup_key(struct kbtf *k, const char *module, unsigned int mask,
			const char *name)
{
	return arena_printf(k->arena, "%x %s %s", mask, module ? module : "",
			    name);
}

static struct bt_ref lookup(struct kbtf *k, const char *module,
			    unsigned int mask, const char *name)
{
	struct bt_ref *r;
	char *key;

	if (!name[0] || !load(k))
		return (struct bt_ref){ 0 };
	key = lookup_key(k, module, mask, name);
	r = table_get(&k->found, key);
	if (!r) {
		r = arena_make(k->arena, struct bt_ref);
		*r = search(k, module, mask, name);
		table_put(&k->found, k->arena, key, r);
	}
	return *r;
}

struct bt_ref kbtf_find_in(struct kbtf *k, const char *module, enum bt_ns ns,
			   const char *name)
{
	return lookup(k, module, 1u << ns, name);
}

const char *kbtf_module(struct kbtf *k, struct bt_ref r)
{
	return src_name(k, r.src);
}

struct bt_ref kbtf_find(struct kbtf *k, enum bt_ns ns, const char *name)
{
	return lookup(k, NULL, 1u << ns, name);
}

struct bt_ref kbtf_struct(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_STRUCT, name);
}

struct bt_ref kbtf_union(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_UNION, name);
}

struct bt_ref kbtf_enum(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_ENUM, name);
}

struct bt_ref kbtf_typedef(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_TYPEDEF, name);
}

struct bt_ref kbtf_any(struct kbtf *k, const char *name)
{
	return lookup(k, NULL,
		      1u << BTN_STRUCT | 1u << BTN_UNION | 1u << BTN_ENUM |
			      1u << BTN_TYPEDEF | 1u << BTN_BASE,
		      name);
}

void kbtf_each_name(struct kbtf *k, enum bt_ns ns, const char *only,
		    bt_name_fn *f, void *ctx)
{
	const struct btf_type *t;
	const struct btf *btf;
	uint32_t src, id, n;
	const char *name;

	if (!load(k))
		return;
	for (src = SRC_VMLINUX; src <= last_src(k); src++) {
		if (!src_is(k, src, only))
			continue;
		btf = src_btf(k, src);
		n = btf ? btf__type_cnt(btf) : 0;
		for (id = first_id(k, src); id < n; id++) {
			t = btf__type_by_id(btf, id);
			if (!t || !(ns_bit(t) & 1u << ns) || is_forward(t))
				continue;
			name = btf__name_by_offset(btf, t->name_off);
			if (name && name[0])
				f(ctx, src_name(k, src), name);
		}
	}
}

void kbtf_prepare(struct kbtf *k, enum bt_ns ns)
{
	struct bt_ref *r;
	uint32_t src, id, n;
	const struct btf_type *t;
	const struct btf *btf;
	char *key;

	if (!load(k))
		return;
	for (src = SRC_VMLINUX; src <= last_src(k); src++) {
		btf = src_btf(k, src);
		n = btf ? btf__type_cnt(btf) : 0;
		for (id = first_id(k, src); id < n; id++) {
			t = btf__type_by_id(btf, id);
			if (!t || !(ns_bit(t) & 1u << ns) || is_forward(t))
				continue;
			key = lookup_key(
				k,
				src_name(k, src) ? src_name(k, src) : "vmlinux",
				1u << ns, name_at(k, src, t->name_off));
			if (table_get(&k->found, key))
				continue;
			r = arena_make(k->arena, struct bt_ref);
			*r = (struct bt_ref){ src, id };
			table_put(&k->found, k->arena, key, r);
		}
	}
}

/* ---- types ---- */

static bool is_wrapper(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
	case BTF_KIND_FUNC:
		return true;
	default:
		return false;
	}
}

/* What is left of a type without typedefs, qualifiers and tags. */
static const struct btf_type *peel(struct kbtf *k, struct bt_ref *r,
				   const char **alias)
{
	const struct btf_type *t;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = type_at(k, *r);
		if (!t || !is_wrapper(t))
			return t;
		if (alias && !*alias && btf_is_typedef(t))
			*alias = name_at(k, r->src, t->name_off);
		*r = make_ref(k, r->src, t->type);
	}
	return NULL;
}

const char *kbtf_qualifiers(struct kbtf *k, struct bt_ref ref)
{
	static const char *const text[] = { "", "const ", "volatile ",
					    "const volatile " };
	const struct btf_type *t;
	unsigned int seen = 0;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = type_at(k, ref);
		if (!t || !is_wrapper(t) || btf_is_typedef(t))
			break;
		seen |= btf_is_const(t) ? 1u : btf_is_volatile(t) ? 2u : 0;
		ref = make_ref(k, ref.src, t->type);
	}
	return text[seen];
}

/* __user and its like stand between a pointer and what it points to. */
static void pointer_tags(struct kbtf *k, struct bt_type *out)
{
	struct bt_ref r = out->elem;
	const struct btf_type *t;
	const char *tag;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = type_at(k, r);
		if (!t || !is_wrapper(t) || btf_is_typedef(t))
			return;
		if (btf_is_type_tag(t)) {
			tag = name_at(k, r.src, t->name_off);
			out->user |= !strcmp(tag, "user");
			out->percpu |= !strcmp(tag, "percpu");
			out->rcu |= !strcmp(tag, "rcu");
		}
		r = make_ref(k, r.src, t->type);
	}
}

static uint64_t size_of(struct kbtf *k, struct bt_ref r)
{
	const struct btf_type *t;
	uint64_t count = 1;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = peel(k, &r, NULL);
		if (!t)
			return 0;
		if (btf_is_ptr(t))
			return count * 8;
		if (btf_is_int(t) || btf_is_composite(t) || btf_is_float(t) ||
		    btf_is_any_enum(t))
			return count * t->size;
		if (!btf_is_array(t))
			return 0;
		count *= btf_array(t)->nelems;
		if (count > UINT32_MAX)
			return 0;
		r = make_ref(k, r.src, btf_array(t)->type);
	}
	return 0;
}

static void describe_int(const struct btf_type *t, struct bt_type *out)
{
	unsigned int enc = btf_int_encoding(t);

	out->is_signed = enc & BTF_INT_SIGNED;
	if (enc & BTF_INT_BOOL)
		out->kind = BT_BOOL;
	else if (t->size == 1 && !strcmp(out->name, "char"))
		out->kind = BT_CHAR;
	else
		out->kind = BT_INT;
}

static void describe_kind(struct kbtf *k, const struct btf_type *t,
			  struct bt_type *out)
{
	uint32_t src = out->self.src;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		describe_int(t, out);
		break;
	case BTF_KIND_FLOAT:
		out->kind = BT_FLOAT;
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		out->kind = BT_ENUM;
		out->is_signed = btf_kflag(t);
		out->nmembers = btf_vlen(t);
		break;
	case BTF_KIND_PTR:
		out->kind = BT_PTR;
		out->elem = make_ref(k, src, t->type);
		pointer_tags(k, out);
		break;
	case BTF_KIND_ARRAY:
		out->kind = BT_ARRAY;
		out->elem = make_ref(k, src, btf_array(t)->type);
		out->nelems = btf_array(t)->nelems;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		out->kind = btf_is_union(t) ? BT_UNION : BT_STRUCT;
		out->nmembers = btf_vlen(t);
		break;
	case BTF_KIND_FWD:
		out->kind = BT_FWD;
		out->is_union = btf_kflag(t);
		break;
	case BTF_KIND_FUNC_PROTO:
		out->kind = BT_FUNC_PROTO;
		out->elem = make_ref(k, src, t->type);
		out->nmembers = btf_vlen(t);
		break;
	default:
		break;
	}
}

struct bt_type kbtf_describe(struct kbtf *k, struct bt_ref ref)
{
	struct bt_type out = { .kind = BT_VOID, .name = "void", .self = ref };
	const struct btf_type *t = peel(k, &out.self, &out.alias);

	if (!t)
		return out;
	out.name = name_at(k, out.self.src, t->name_off);
	out.size = size_of(k, out.self);
	describe_kind(k, t, &out);
	return out;
}

static bool is_bit_int(const struct btf_type *t)
{
	return t && btf_is_int(t) && btf_int_bits(t) < t->size * 8;
}

bool kbtf_member(struct kbtf *k, struct bt_ref s, uint32_t i,
		 struct bt_field *out)
{
	const struct btf_type *t = peel(k, &s, NULL), *mt;
	const struct btf_member *m;
	struct bt_ref r;

	if (!t || !btf_is_composite(t) || i >= btf_vlen(t))
		return false;
	m = btf_members(t) + i;
	r = make_ref(k, s.src, m->type);
	*out = (struct bt_field){
		.name = name_at(k, s.src, m->name_off),
		.type = r,
		.bit_offset = btf_member_bit_offset(t, i),
		.bitfield_size = btf_member_bitfield_size(t, i),
	};
	/* Before 5.0 a bit field was an int type of fewer bits. */
	mt = peel(k, &r, NULL);
	if (!btf_kflag(t) && is_bit_int(mt)) {
		out->bitfield_size = btf_int_bits(mt);
		out->bit_offset += btf_int_offset(mt);
	}
	return true;
}

/* ---- enums ---- */

bool kbtf_enumerator(struct kbtf *k, struct bt_ref e, uint32_t i,
		     struct bt_enumerator *out)
{
	const struct btf_type *t = peel(k, &e, NULL);
	uint32_t off;

	if (!t || !btf_is_any_enum(t) || i >= btf_vlen(t))
		return false;
	out->type = e;
	out->is_signed = btf_kflag(t);
	if (btf_is_enum64(t)) {
		out->value = btf_enum64_value(btf_enum64(t) + i);
		off = btf_enum64(t)[i].name_off;
	} else {
		int32_t v = btf_enum(t)[i].val;

		out->value =
			out->is_signed ? (uint64_t)(int64_t)v : (uint32_t)v;
		off = btf_enum(t)[i].name_off;
	}
	out->name = name_at(k, e.src, off);
	return true;
}

static bool enum_has(const struct btf *btf, const struct btf_type *t,
		     const char *name, uint32_t *index)
{
	uint32_t i, off;
	const char *s;

	for (i = 0; i < btf_vlen(t); i++) {
		off = btf_is_enum64(t) ? btf_enum64(t)[i].name_off
				       : btf_enum(t)[i].name_off;
		s = btf__name_by_offset(btf, off);
		if (s && s[0] == name[0] && !strcmp(s, name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool scan_constants(struct kbtf *k, uint32_t src, const char *name,
			   struct bt_enumerator *out)
{
	const struct btf *btf = src_btf(k, src);
	uint32_t id, i, n = btf ? btf__type_cnt(btf) : 0;
	const struct btf_type *t;

	for (id = first_id(k, src); id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (t && btf_is_any_enum(t) && enum_has(btf, t, name, &i))
			return kbtf_enumerator(k, (struct bt_ref){ src, id }, i,
					       out);
	}
	return false;
}

bool kbtf_enum_constant(struct kbtf *k, const char *name,
			struct bt_enumerator *out)
{
	struct bt_enumerator *e;
	uint32_t src;

	if (!name[0] || !load(k))
		return false;
	e = table_get(&k->constants, name);
	if (!e) {
		e = arena_make(k->arena, struct bt_enumerator);
		for (src = SRC_VMLINUX; src <= last_src(k); src++)
			if (scan_constants(k, src, name, e))
				break;
		table_put(&k->constants, k->arena, arena_strdup(k->arena, name),
			  e);
	}
	if (!e->name)
		return false;
	*out = *e;
	return true;
}

/* ---- functions and variables ---- */

bool kbtf_param(struct kbtf *k, struct bt_ref proto, uint32_t i,
		struct bt_param *out)
{
	const struct btf_type *t = peel(k, &proto, NULL);

	if (!t || !btf_is_func_proto(t) || i >= btf_vlen(t))
		return false;
	out->name = name_at(k, proto.src, btf_params(t)[i].name_off);
	out->type = make_ref(k, proto.src, btf_params(t)[i].type);
	return true;
}

static bool is_in_section(struct kbtf *k, struct bt_ref var, const char *name)
{
	const struct btf *btf = src_btf(k, var.src);
	uint32_t id, i, n = btf ? btf__type_cnt(btf) : 0;
	const struct btf_type *t;

	for (id = n; id-- > first_id(k, var.src);) { /* they come last */
		t = btf__type_by_id(btf, id);
		if (!t || !btf_is_datasec(t) ||
		    strcmp(name_at(k, var.src, t->name_off), name))
			continue;
		for (i = 0; i < btf_vlen(t); i++)
			if (btf_var_secinfos(t)[i].type == var.id)
				return true;
	}
	return false;
}

bool kbtf_var(struct kbtf *k, const char *name, struct bt_ref *type,
	      bool *percpu)
{
	struct bt_ref r = kbtf_find(k, BTN_VAR, name);
	const struct btf_type *t = type_at(k, r);

	if (!t)
		return false;
	*type = make_ref(k, r.src, t->type);
	*percpu = is_in_section(k, r, ".data..percpu");
	return true;
}
