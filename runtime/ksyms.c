/*
 * ksyms.c - /proc/kallsyms, 5 to 10 MB of text, into a sorted array.
 *
 * A line is "ffffffff81000000 T name" and perhaps "\t[module]".  BPF programs
 * come as bpf_prog_TAG_name in module [bpf].
 */
#include "runtime/ksyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUF_SIZE = 64 * 1024, /* a line is shorter: KSYM_NAME_LEN is 512 */
	MAX_MODULES = 65535,
};

/* 16 bytes; there are 60 to 100 thousand. */
struct ksym {
	uint64_t addr;
	uint32_t name;	 /* in text; 0: data begins here */
	uint16_t module; /* in modules; 0: the kernel proper */
};

struct ksyms {
	struct ksym *v;
	size_t n, cap;
	char *text; /* NUL-terminated names; the first is empty */
	size_t len, text_cap;
	uint32_t *modules; /* names in text */
	size_t nmodules, modules_cap;
	bool sorted, any_addr;
	int err;
};

struct line {
	uint64_t addr;
	char type;
	const char *name, *module; /* module NULL: none */
	size_t name_len, module_len;
};

static bool parse_line(const char *s, const char *end, struct line *l)
{
	const char *tab;
	unsigned c;

	l->addr = 0;
	for (; s < end && *s != ' '; s++) {
		c = (unsigned char)*s;
		if (c - '0' < 10)
			c -= '0';
		else if ((c | 32) - 'a' < 6)
			c = (c | 32) - 'a' + 10;
		else
			return false;
		l->addr = l->addr << 4 | c;
	}
	if (end - s < 4 || s[2] != ' ')
		return false;
	l->type = s[1];
	l->name = s + 3;
	l->module = NULL;
	tab = memchr(l->name, '\t', (size_t)(end - l->name));
	l->name_len = (size_t)((tab ? tab : end) - l->name);
	if (tab && end - tab > 3 && tab[1] == '[' && end[-1] == ']') {
		l->module = tab + 2;
		l->module_len = (size_t)(end - 1 - l->module);
	}
	return l->name_len;
}

/* Calls fn for each line until it returns false; 0 or -errno. */
static int each_line(const char *path,
		     bool (*fn)(void *arg, const struct line *l), void *arg)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	char *buf = malloc(BUF_SIZE), *s, *end;
	size_t have = 0;
	struct line l;
	ssize_t n = 0;

	if (fd < 0 || !buf) {
		err = fd < 0 ? -errno : -ENOMEM;
		goto out;
	}
	/* A line that fills the buffer is none; reading ends there. */
	while ((n = read(fd, buf + have, BUF_SIZE - have)) > 0) {
		have += (size_t)n;
		s = buf;
		while ((end = memchr(s, '\n', have - (size_t)(s - buf)))) {
			if (parse_line(s, end, &l) && !fn(arg, &l))
				goto out;
			s = end + 1;
		}
		have -= (size_t)(s - buf);
		memmove(buf, s, have);
	}
	if (n < 0)
		err = -errno;
out:
	free(buf);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Makes room for one more element; false without memory. */
static bool grow(void **v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 1024;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*v, want * size);
	if (!p)
		return false;
	*v = p;
	*cap = want;
	return true;
}

static bool add_text(struct ksyms *k, const char *s, size_t n, uint32_t *at)
{
	size_t cap = k->text_cap ? k->text_cap : BUF_SIZE;
	char *p;

	while (cap - k->len <= n)
		cap *= 2;
	if (cap > UINT32_MAX)
		return false;
	if (cap != k->text_cap) {
		p = realloc(k->text, cap);
		if (!p)
			return false;
		k->text = p;
		k->text_cap = cap;
	}
	*at = (uint32_t)k->len;
	memcpy(k->text + k->len, s, n);
	k->len += n;
	k->text[k->len++] = '\0';
	return true;
}

/* Lines of a module follow each other, so that only the last is compared. */
static bool find_module(struct ksyms *k, const struct line *l, uint16_t *index)
{
	const char *last;
	uint32_t at;

	*index = 0;
	if (!l->module)
		return true;
	last = k->nmodules ? k->text + k->modules[k->nmodules - 1] : "";
	if (strncmp(last, l->module, l->module_len) || last[l->module_len]) {
		if (k->nmodules == MAX_MODULES ||
		    !grow((void **)&k->modules, k->nmodules, &k->modules_cap,
			  sizeof(*k->modules)) ||
		    !add_text(k, l->module, l->module_len, &at))
			return false;
		k->modules[k->nmodules++] = at;
	}
	*index = (uint16_t)k->nmodules;
	return true;
}

static bool is_name(const struct line *l, const char *name)
{
	return l->name_len == strlen(name) &&
	       !memcmp(l->name, name, l->name_len);
}

/* Without CONFIG_KALLSYMS_ALL, data is not listed; the end of code is. */
static bool is_function(const struct line *l)
{
	return strchr("tTwW", l->type) && !is_name(l, "_etext") &&
	       !is_name(l, "_einittext");
}

/* The padding before a function, where no code runs; on x86_64 since 6.2
 * these are as many as the functions. */
static bool is_padding(const struct line *l)
{
	return l->name_len > 6 &&
	       (!memcmp(l->name, "__pfx_", 6) || !memcmp(l->name, "__cfi_", 6));
}

static bool add_line(void *arg, const struct line *l)
{
	struct ksym sym = { .addr = l->addr }, *last;
	struct ksyms *k = arg;

	k->any_addr |= l->addr != 0;
	last = k->n ? &k->v[k->n - 1] : NULL;
	if (!is_function(l)) {
		/* One mark at the head of a run of data is enough. */
		if (last && !last->name && last->addr <= l->addr)
			return true;
	} else {
		if (is_padding(l))
			return true;
		k->err = -ENOMEM;
		if (!find_module(k, l, &sym.module) ||
		    !add_text(k, l->name, l->name_len, &sym.name))
			return false;
	}
	k->err = -ENOMEM;
	if (!grow((void **)&k->v, k->n, &k->cap, sizeof(*k->v)))
		return false;
	k->err = 0;
	if (k->n && k->v[k->n - 1].addr > sym.addr)
		k->sorted = false;
	k->v[k->n++] = sym;
	return true;
}

/*
 * Functions before data at one address, then as in the file: the kernel has
 * put the best name of an address first.  Names are in file order in text.
 */
static int compare(const void *x, const void *y)
{
	const struct ksym *a = x, *b = y;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (!a->name != !b->name)
		return !a->name ? 1 : -1;
	return a->name < b->name ? -1 : a->name > b->name;
}

/* Keeps the first name of each address. */
static void finish(struct ksyms *k)
{
	size_t i, n = 0;
	void *p;

	if (!k->sorted)
		qsort(k->v, k->n, sizeof(*k->v), compare);
	for (i = 0; i < k->n; i++)
		if (!n || k->v[n - 1].addr != k->v[i].addr)
			k->v[n++] = k->v[i];
		else if (!k->v[n - 1].name)
			k->v[n - 1] = k->v[i];
	k->n = n;
	p = realloc(k->v, (n ? n : 1) * sizeof(*k->v));
	if (p)
		k->v = p;
	p = realloc(k->text, k->len);
	if (p)
		k->text = p;
}

struct ksyms *ksyms_load_file(const char *path)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	uint32_t at;
	int err;

	if (!k || !add_text(k, "", 0, &at)) {
		err = -ENOMEM;
		goto fail;
	}
	k->sorted = true;
	err = each_line(path, add_line, k);
	if (!err)
		err = k->err;
	if (!err && !k->any_addr)
		err = k->n ? -EPERM : -ENOENT;
	if (err)
		goto fail;
	finish(k);
	return k;
fail:
	ksyms_free(k);
	errno = -err;
	return NULL;
}

struct ksyms *ksyms_load(void)
{
	return ksyms_load_file("/proc/kallsyms");
}

void ksyms_free(struct ksyms *k)
{
	if (!k)
		return;
	free(k->v);
	free(k->text);
	free(k->modules);
	free(k);
}

const char *ksyms_name(const struct ksyms *k, uint64_t ip, uint64_t *off,
		       const char **module)
{
	size_t lo = 0, hi = k->n, mid;
	const struct ksym *s;

	/* The first symbol above ip. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (k->v[mid].addr <= ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || !k->v[lo - 1].name)
		return NULL;
	s = &k->v[lo - 1];
	if (off)
		*off = ip - s->addr;
	if (module)
		*module =
			s->module ? k->text + k->modules[s->module - 1] : NULL;
	return k->text + s->name;
}

/* ---- names to addresses ---- */

struct search {
	const char *name, *module; /* module NULL: any; "": the kernel */
	size_t module_len;
	uint64_t addr;
	bool found, any_addr;
};

static bool match_line(void *arg, const struct line *l)
{
	struct search *s = arg;

	s->any_addr |= l->addr != 0;
	if (!is_name(l, s->name))
		return true;
	if (s->module &&
	    ((l->module ? l->module_len : 0) != s->module_len ||
	     (l->module && memcmp(l->module, s->module, s->module_len))))
		return true;
	s->addr = l->addr;
	s->found = true;
	return false;
}

int ksyms_addr_file(const char *path, const char *name, uint64_t *addr)
{
	const char *colon = strchr(name, ':');
	struct search s = { .name = name };
	int err;

	if (colon) {
		s.module = name;
		s.module_len = (size_t)(colon - name);
		s.name = colon + 1;
		if (s.module_len == 7 && !memcmp(name, "vmlinux", 7))
			s.module_len = 0;
	}
	err = each_line(path, match_line, &s);
	if (err)
		return err;
	if (!s.found)
		return -ENOENT;
	/* Some symbols are at 0, per-CPU ones on x86_64 before 6.15. */
	if (!s.addr && !s.any_addr)
		return -EPERM;
	*addr = s.addr;
	return 0;
}

int ksyms_addr(const char *name, uint64_t *addr)
{
	return ksyms_addr_file("/proc/kallsyms", name, addr);
}
