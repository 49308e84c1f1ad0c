#include "btf_own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_DIR "/sys/kernel/btf"

#define MAX_RAW (512 << 20) /* bytes of a raw BTF file */

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
	heap_expect((size_t)st.st_size); /* for a copy */
	btf = btf__new(p, (uint32_t)st.st_size);
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

bool kbtf_load(struct kbtf *k)
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
	return kbtf_load(k) ? NULL : k->error;
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

uint32_t kbtf_last_src(struct kbtf *k)
{
	list_modules(k);
	return SRC_MODULE + (uint32_t)k->modules.n - 1;
}

const struct btf *kbtf_src(struct kbtf *k, uint32_t src)
{
	if (src == SRC_NONE || !kbtf_load(k))
		return NULL;
	if (src == SRC_VMLINUX)
		return k->vmlinux;
	if (src - SRC_MODULE >= k->modules.n)
		return NULL;
	return module_btf(k, &k->modules.v[src - SRC_MODULE]);
}

const char *kbtf_src_name(struct kbtf *k, uint32_t src)
{
	return src < SRC_MODULE || src - SRC_MODULE >= k->modules.n
		       ? NULL
		       : k->modules.v[src - SRC_MODULE].name;
}

bool kbtf_src_is(struct kbtf *k, uint32_t src, const char *only)
{
	const char *name = kbtf_src_name(k, src);

	return !only || !strcmp(name ? name : "vmlinux", only);
}

uint32_t kbtf_first_id(struct kbtf *k, uint32_t src)
{
	return src == SRC_VMLINUX ? 1 : k->nbase;
}

struct bt_ref kbtf_ref(struct kbtf *k, uint32_t src, uint32_t id)
{
	if (src > SRC_VMLINUX && id < k->nbase)
		src = SRC_VMLINUX;
	return (struct bt_ref){ src, id };
}

const struct btf_type *kbtf_type_at(struct kbtf *k, struct bt_ref r)
{
	const struct btf *btf = kbtf_src(k, r.src);

	return btf && r.id ? btf__type_by_id(btf, r.id) : NULL;
}

const char *kbtf_name_at(struct kbtf *k, uint32_t src, uint32_t off)
{
	const struct btf *btf = kbtf_src(k, src);
	const char *name = btf ? btf__name_by_offset(btf, off) : NULL;

	return name ? name : "";
}
