#include "render_known.h"

#include <fnmatch.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base.h"
#include "runtime/users.h"

enum { BUCKETS = 256 };

struct name {
	struct name *next;
	uint64_t id;
	const char *filter; /* NULL: a user */
	const char *text;   /* may be NULL */
};

struct known {
	struct arena *arena;
	struct name *names[BUCKETS];
};

void known_free(struct known *k)
{
	if (!k)
		return;
	arena_free(k->arena);
	free(k);
}

static struct known *known_get(struct known **k)
{
	if (*k)
		return *k;
	*k = calloc(1, sizeof(**k));
	if (!*k)
		die("out of memory");
	(*k)->arena = arena_new();
	return *k;
}

static struct name *find(struct known *k, uint64_t id, const char *filter)
{
	struct name *n = k->names[id % BUCKETS];

	for (; n; n = n->next)
		if (n->id == id && !n->filter == !filter &&
		    (!filter || strcmp(n->filter, filter) == 0))
			break;
	return n;
}

static const char *keep(struct known *k, uint64_t id, const char *filter,
			const char *text)
{
	struct name *n = arena_make(k->arena, struct name);

	n->id = id;
	n->filter = filter ? arena_strdup(k->arena, filter) : NULL;
	n->text = text ? arena_strdup(k->arena, text) : NULL;
	n->next = k->names[id % BUCKETS];
	k->names[id % BUCKETS] = n;
	return n->text;
}

const char *known_user(struct known **known, uint32_t uid)
{
	struct known *k = known_get(known);
	struct name *n = find(k, uid, NULL);
	char room[256];

	if (n)
		return n->text;
	return keep(k, uid, NULL,
		    user_name(uid, room, sizeof(room)) ? room : NULL);
}

/* ---- cgroups ---- */

/* The directory below root whose inode is id: a cgroup's id is that of its
 * directory (since 5.5 for both versions, on 64-bit machines). */
static bool find_inode(const char *root, uint64_t id, struct strbuf *path)
{
	char *roots[] = { (char *)(uintptr_t)root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	bool found = false;
	FTSENT *e;

	if (!fts)
		return false;
	while (!found && (e = fts_read(fts))) {
		if (e->fts_info != FTS_D || e->fts_statp->st_ino != id)
			continue;
		found = true;
		strbuf_printf(path, "%s",
			      e->fts_level ? e->fts_path + strlen(root) : "/");
	}
	fts_close(fts);
	return found;
}

/* The name of a hierarchy: cgroup v2's is "unified", others are called by
 * their directory. */
static void add_path(const char *mount, bool v2, uint64_t id,
		     const char *filter, struct strbuf *out)
{
	const char *slash = strrchr(mount, '/'), *name;
	struct strbuf path = { 0 };

	name = v2 || !slash ? "unified" : slash + 1;
	if (*filter && fnmatch(filter, name, 0) != 0)
		return;
	if (find_inode(mount, id, &path))
		strbuf_printf(out, "%s%s:%s", out->len ? "," : "", name,
			      path.s);
	strbuf_free(&path);
}

const char *known_cgroup(struct known **known, uint64_t id, const char *filter)
{
	struct known *k = known_get(known);
	struct name *n = find(k, id, filter);
	char line[PATH_MAX + 256], mount[PATH_MAX], type[32];
	struct strbuf out = { 0 };
	const char *text;
	FILE *f;

	if (n)
		return n->text;
	f = fopen("/proc/self/mounts", "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %4095s %31s", mount, type) != 2)
			continue;
		if (strcmp(type, "cgroup2") == 0)
			add_path(mount, true, id, filter, &out);
		else if (strcmp(type, "cgroup") == 0)
			add_path(mount, false, id, filter, &out);
	}
	if (f)
		fclose(f);
	text = keep(k, id, filter, out.s ? out.s : "");
	strbuf_free(&out);
	return text;
}
