/*
 * usyms.c - names for addresses of processes.
 *
 * A process is its executable mappings; a mapping points to a module, an ELF
 * file known by device, inode and path, whose functions are read when one is
 * first asked for and then serve all processes.  Functions are kept by their
 * place in the file, so that nothing but the mapping is needed to find them.
 */
#include "runtime/usyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/elfsym.h"
#include "runtime/usyms_file.h"

enum {
	BUCKETS = 1024,	     /* of each hash table */
	MAX_PROCS = 8192,    /* then the oldest one is forgotten */
	MAX_FUNCS = 4 << 20, /* of a module; browsers have a million or two */
	LOOK_BACK = 32,	     /* functions that could enclose the nearest one */
	EXEC_CHECK_NS = 200 * 1000 * 1000,
	MAX_WAIT_NS = 200 * 1000 * 1000,
};

#define MAX_SIZE ((1u << 30) - 1)

/* 16 bytes. */
struct func {
	uint64_t offset;    /* in the file */
	uint32_t size : 30; /* 0: to the next one */
	uint32_t bind : 2;  /* STB_LOCAL, GLOBAL, WEAK; else WEAK */
	uint32_t name;	    /* in text */
};

struct module {
	struct module *next; /* in the bucket */
	uint64_t dev, ino;   /* ino 0: [vdso] */
	char *path;
	bool deleted;
	bool loaded;
	char *build_id; /* hexadecimal; NULL: none, or not loaded */
	int failed_pid; /* reading failed by way of this process */
	struct func *v; /* ascending, each offset once */
	size_t n, cap;
	char *text;
	size_t len, text_cap;
};

struct mapping {
	uint64_t start, end, offset;
	struct module *mod; /* NULL: anonymous memory */
};

/* A process, or, when the cache is per program, what several share. */
struct proc {
	struct proc *next;  /* in the bucket */
	struct proc *newer; /* in order of creation */
	uint64_t key;
	uint64_t program;  /* key of the proc that has the mappings; or 0 */
	uint64_t exe;	   /* what it runs; 0: unknown */
	struct mapping *v; /* ascending */
	size_t n, cap;
	uint64_t checked_ns;	/* when exe was last looked at */
	uint64_t read_again_ns; /* mappings: not before that */
};

struct usyms {
	bool demangle, debug_files;
	enum usyms_cache cache;
	struct module *modules[BUCKETS];
	struct proc *procs[BUCKETS];
	struct proc *oldest, *newest;
	size_t nprocs;
};

static uint64_t time_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Asked for with each address: the coarse clock is no system call even where
 * the fine one is. */
static uint64_t now_ns(void)
{
	return time_ns(CLOCK_MONOTONIC_COARSE);
}

static unsigned bucket_of(uint64_t key)
{
	return (unsigned)((key * 0x9e3779b97f4a7c15) >> 32) % BUCKETS;
}

/* Makes room for one more element; false without memory. */
static bool grow(void **v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
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

struct usyms *usyms_new(bool demangle, bool debug_files, enum usyms_cache cache)
{
	struct usyms *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->demangle = demangle;
	u->debug_files = debug_files;
	u->cache = cache;
	return u;
}

static void free_module(struct module *m)
{
	free(m->path);
	free(m->build_id);
	free(m->v);
	free(m->text);
	free(m);
}

static void free_proc(struct proc *p)
{
	free(p->v);
	free(p);
}

void usyms_free(struct usyms *u)
{
	struct module *m;
	struct proc *p;
	size_t i;

	if (!u)
		return;
	for (i = 0; i < BUCKETS; i++)
		while ((m = u->modules[i])) {
			u->modules[i] = m->next;
			free_module(m);
		}
	while ((p = u->oldest)) {
		u->oldest = p->newer;
		free_proc(p);
	}
	free(u);
}

/* ---- modules ---- */

static bool add_text(struct module *m, const char *s, uint32_t *at)
{
	size_t n = strlen(s) + 1, cap = m->text_cap ? m->text_cap : 4096;
	char *p;

	while (cap - m->len < n)
		cap *= 2;
	if (cap > UINT32_MAX)
		return false;
	if (cap != m->text_cap) {
		p = realloc(m->text, cap);
		if (!p)
			return false;
		m->text = p;
		m->text_cap = cap;
	}
	*at = (uint32_t)m->len;
	memcpy(m->text + m->len, s, n);
	m->len += n;
	return true;
}

static bool add_func(void *arg, const struct elfsym *s)
{
	struct module *m = arg;
	struct func f = { .offset = s->offset };

	if (m->n == MAX_FUNCS ||
	    !grow((void **)&m->v, m->n, &m->cap, sizeof(*m->v)) ||
	    !add_text(m, s->name, &f.name))
		return false;
	f.size = s->size < MAX_SIZE ? s->size & MAX_SIZE : MAX_SIZE;
	f.bind = s->bind < 3 ? s->bind & 3 : 2;
	m->v[m->n++] = f;
	return true;
}

static int compare(const void *x, const void *y, void *arg)
{
	const struct func *a = x, *b = y;
	const char *text = arg;
	struct elfsym sa, sb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	sa = (struct elfsym){ .name = text + a->name, .bind = a->bind };
	sb = (struct elfsym){ .name = text + b->name, .bind = b->bind };
	return elfsym_rank(&sa, &sb);
}

/* Sorts, keeps the best name of each place, and drops the other texts. */
static void finish_module(struct module *m)
{
	char *all = m->text;
	size_t i, n = 0;
	void *p;

	if (m->n)
		qsort_r(m->v, m->n, sizeof(*m->v), compare, all);
	m->text = NULL;
	m->len = m->text_cap = 0;
	for (i = 0; i < m->n; i++) {
		struct func *last = n ? &m->v[n - 1] : NULL;

		if (last && last->offset == m->v[i].offset) {
			if (!last->size)
				last->size = m->v[i].size;
			continue;
		}
		m->v[n] = m->v[i];
		if (!add_text(m, all + m->v[i].name, &m->v[n].name))
			break;
		n++;
	}
	free(all);
	m->n = m->cap = n;
	p = n ? realloc(m->v, n * sizeof(*m->v)) : NULL;
	if (p)
		m->v = p;
}

/* Without its path a file is opened without its debug file. */
static struct elfsym_file *open_module(const struct usyms *u,
				       const struct module *m, int pid,
				       const struct mapping *map)
{
	struct elfsym_map em = {
		.start = map->start,
		.end = map->end,
		.dev = m->dev,
		.ino = m->ino,
		.path = m->path,
		.deleted = m->deleted,
	};
	char path[PATH_MAX];
	int fd;

	if (!m->ino)
		return usyms_vdso(map->start, map->end);
	fd = elfsym_map_open(pid, &em, path);
	if (fd < 0)
		return NULL;
	return elfsym_open_fd(fd, u->debug_files ? path : NULL, NULL);
}

static void load_module(const struct usyms *u, struct module *m, int pid,
			const struct mapping *map)
{
	struct elfsym_file *f;

	if (m->loaded || m->failed_pid == pid)
		return;
	f = open_module(u, m, pid, map);
	if (!f) {
		/* By way of another process it may be found. */
		m->failed_pid = pid;
		return;
	}
	m->loaded = true;
	m->build_id = usyms_build_id(f);
	elfsym_each_raw(f, add_func, m);
	elfsym_close(f);
	finish_module(m);
}

static struct module *get_module(struct usyms *u, const struct elfsym_map *em)
{
	bool vdso = !strcmp(em->path, "[vdso]");
	unsigned b = bucket_of(em->ino ^ em->dev << 20);
	struct module *m;

	if (!em->ino && !vdso)
		return NULL;
	for (m = u->modules[b]; m; m = m->next)
		if (m->ino == em->ino && m->dev == em->dev &&
		    m->deleted == em->deleted && !strcmp(m->path, em->path))
			return m;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->path = strdup(em->path);
	if (!m->path) {
		free(m);
		return NULL;
	}
	m->dev = em->dev;
	m->ino = em->ino;
	m->deleted = em->deleted;
	m->next = u->modules[b];
	u->modules[b] = m;
	return m;
}

/* ---- processes ---- */

struct reading {
	struct usyms *u;
	struct proc p;
};

static bool add_mapping(void *arg, const struct elfsym_map *m)
{
	struct reading *r = arg;
	struct mapping *to;

	/* [vsyscall] and the like are no one's code. */
	if (!m->exec ||
	    (!m->ino && m->path[0] == '[' && strcmp(m->path, "[vdso]")))
		return true;
	if (!grow((void **)&r->p.v, r->p.n, &r->p.cap, sizeof(*r->p.v)))
		return false;
	to = &r->p.v[r->p.n++];
	to->start = m->start;
	to->end = m->end;
	to->offset = m->file_offset;
	to->mod = get_module(r->u, m);
	return true;
}

/* Identifies the program a process runs; 0 when it has ended. */
static uint64_t exe_of(int pid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (stat(path, &st))
		return 0;
	/* Processes have small keys, programs large ones. */
	return (st.st_dev * 0x9e3779b97f4a7c15 ^ st.st_ino) | 1ull << 63;
}

static void replace_mappings(struct proc *p, const struct reading *r)
{
	if (!r->p.n) {
		free(r->p.v);
		return;
	}
	free(p->v);
	p->v = r->p.v;
	p->n = r->p.n;
	p->cap = r->p.cap;
}

/*
 * Reads the mappings anew.  What was known of a process that has ended stays.
 * Reading a map with thousands of lines takes milliseconds, so that it is not
 * done more often than takes a tenth of the time.
 */
static void read_maps(struct usyms *u, struct proc *p, int pid)
{
	struct reading r = { .u = u };
	uint64_t begin = time_ns(CLOCK_MONOTONIC), end, wait;

	elfsym_maps_each(pid, add_mapping, &r);
	end = time_ns(CLOCK_MONOTONIC);
	p->checked_ns = end;
	wait = 10 * (end - begin);
	p->read_again_ns = end + (wait < MAX_WAIT_NS ? wait : MAX_WAIT_NS);
	replace_mappings(p, &r);
}

static struct proc *lookup(struct usyms *u, uint64_t key)
{
	struct proc *p = u->procs[bucket_of(key)];

	while (p && p->key != key)
		p = p->next;
	return p;
}

static void drop_oldest(struct usyms *u)
{
	struct proc *p = u->oldest, **at = &u->procs[bucket_of(p->key)];

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	u->oldest = p->newer;
	if (!u->oldest)
		u->newest = NULL;
	u->nprocs--;
	free_proc(p);
}

static struct proc *add_proc(struct usyms *u, uint64_t key)
{
	struct proc *p = calloc(1, sizeof(*p));
	unsigned b = bucket_of(key);

	if (!p)
		return NULL;
	if (u->nprocs == MAX_PROCS)
		drop_oldest(u);
	p->key = key;
	p->next = u->procs[b];
	u->procs[b] = p;
	if (u->newest)
		u->newest->newer = p;
	else
		u->oldest = p;
	u->newest = p;
	u->nprocs++;
	return p;
}

/* The mappings that serve pid, after it began to run p->exe. */
static struct proc *mappings_of(struct usyms *u, struct proc *p, int pid)
{
	struct proc *shared;

	if (u->cache != USYMS_PER_PROGRAM || !p->exe) {
		p->program = 0;
		read_maps(u, p, pid);
		return p;
	}
	p->program = p->exe;
	p->checked_ns = now_ns();
	shared = lookup(u, p->exe);
	if (shared)
		return shared;
	shared = add_proc(u, p->exe);
	if (shared)
		read_maps(u, shared, pid);
	return shared;
}

/* The proc with the mappings of pid; NULL without memory. */
static struct proc *find_proc(struct usyms *u, int pid)
{
	struct proc *p = lookup(u, (uint32_t)pid), *shared;
	uint64_t now, exe;

	if (!p) {
		p = add_proc(u, (uint32_t)pid);
		if (!p)
			return NULL;
		p->exe = exe_of(pid);
		return mappings_of(u, p, pid);
	}
	now = now_ns();
	if (u->cache == USYMS_NONE) {
		p->n = 0;
		read_maps(u, p, pid);
		return p;
	}
	/* It may have called exec(), or another process have its number. */
	if (now - p->checked_ns > EXEC_CHECK_NS) {
		p->checked_ns = now;
		exe = exe_of(pid);
		if (exe && exe != p->exe) {
			p->exe = exe;
			return mappings_of(u, p, pid);
		}
	}
	shared = p->program ? lookup(u, p->program) : p;
	return shared ? shared : mappings_of(u, p, pid);
}

void usyms_note_pid(struct usyms *u, int pid)
{
	if (pid > 0 && u->cache != USYMS_NONE)
		find_proc(u, pid);
}

void usyms_note_maps(struct usyms *u, int pid, const char *text, size_t len)
{
	struct reading r = { .u = u };
	struct proc *p = lookup(u, (uint32_t)pid);
	FILE *f;

	if (!p)
		p = add_proc(u, (uint32_t)pid);
	f = p && len ? fmemopen((void *)(uintptr_t)text, len, "r") : NULL;
	if (!f)
		return;
	elfsym_maps_read(f, add_mapping, &r);
	fclose(f);
	p->program = 0;
	p->checked_ns = now_ns();
	replace_mappings(p, &r);
}

static const struct mapping *find_mapping(const struct proc *p, uint64_t addr)
{
	size_t lo = 0, hi = p->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (p->v[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->n && p->v[lo].start <= addr ? &p->v[lo] : NULL;
}

/* ---- addresses to names ---- */

static struct func *find_func(const struct module *m, uint64_t offset)
{
	size_t lo = 0, hi = m->n, mid, back;

	/* The first function above offset. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (m->v[mid].offset <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo && !m->v[lo - 1].size)
		return &m->v[lo - 1];
	for (back = 0; lo && back < LOOK_BACK; lo--, back++)
		if (offset - m->v[lo - 1].offset < m->v[lo - 1].size)
			return &m->v[lo - 1];
	return NULL;
}

/* A C++ name is put into its readable form when it is first needed. */
static const char *func_name(const struct usyms *u, struct module *m,
			     struct func *f)
{
	char *plain;
	uint32_t at;

	if (u->demangle && !strncmp(m->text + f->name, "_Z", 2)) {
		plain = elfsym_demangle(m->text + f->name);
		if (plain && add_text(m, plain, &at))
			f->name = at;
		free(plain);
	}
	return m->text + f->name;
}

bool usyms_resolve(struct usyms *u, int pid, uint64_t addr,
		   struct usym_result *out)
{
	const struct mapping *map;
	struct proc *p;
	struct func *f;

	*out = (struct usym_result){ 0 };
	p = pid > 0 ? find_proc(u, pid) : NULL;
	if (!p)
		return false;
	map = find_mapping(p, addr);
	if (!map && now_ns() >= p->read_again_ns) {
		/* exec() or dlopen(), perhaps. */
		read_maps(u, p, pid);
		map = find_mapping(p, addr);
	}
	if (!map || !map->mod)
		return false;
	out->module = map->mod->path;
	out->file_offset = addr - map->start + map->offset;
	load_module(u, map->mod, pid, map);
	out->build_id = map->mod->build_id;
	f = find_func(map->mod, out->file_offset);
	if (!f)
		return false;
	out->offset = out->file_offset - f->offset;
	out->name = func_name(u, map->mod, f);
	return true;
}
