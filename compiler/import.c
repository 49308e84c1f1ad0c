#include "import.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library.h"
#include "parse.h"

enum { MAX_FILES = 1000, MAX_DEPTH = 64 };

struct importer {
	struct program *p;
	struct table seen; /* "device:inode" */
	uint32_t depth;	   /* of files that import files */
	uint32_t nfiles;
};

/* What files add to a program. */
struct parts {
	struct c_part *c_parts;
	struct import *imports;
	struct map_decl *map_decls;
	struct routine *routines;
	struct probe *probes;
};

static struct parts take(struct program *p)
{
	struct parts own = { p->c_parts, p->imports, p->map_decls, p->routines,
			     p->probes };

	p->c_parts = NULL;
	p->imports = NULL;
	p->map_decls = NULL;
	p->routines = NULL;
	p->probes = NULL;
	return own;
}

/* Put the rest behind what is in a list. */
#define join(type, list, rest)               \
	do {                                 \
		struct type **end = &(list); \
		while (*end)                 \
			end = &(*end)->next; \
		*end = (rest);               \
	} while (0)

static void join_parts(struct program *p, const struct parts *rest)
{
	join(c_part, p->c_parts, rest->c_parts);
	join(map_decl, p->map_decls, rest->map_decls);
	join(routine, p->routines, rest->routines);
	join(probe, p->probes, rest->probes);
}

/* --- Reading -------------------------------------------------------------- */

const char *import_path(struct program *p, const char *path, uint32_t pos)
{
	const char *file = source_file(p->sources, pos)->path;
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (*path == '/' || !slash)
		return path;
	return arena_printf(p->arena, "%.*s%s", (int)(slash + 1 - file), file,
			    path);
}

const char *import_find(struct program *p, const char *name, uint32_t pos)
{
	const char *path = import_path(p, name, pos);
	const char *const *dir;

	if (!access(path, F_OK))
		return path;
	for (dir = p->include_dirs; dir && *dir && *name != '/'; dir++) {
		path = arena_printf(p->arena, "%s/%s", *dir, name);
		if (!access(path, F_OK))
			return path;
	}
	return NULL;
}

bool import_seen(struct program *p, struct table *seen, const char *path)
{
	const char *key;
	struct stat st;

	if (stat(path, &st)) /* reading it will say why */
		return false;
	key = arena_printf(p->arena, "%llu:%llu", (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
	if (table_get(seen, key))
		return true;
	table_put(seen, p->arena, key, p);
	return false;
}

static void cannot(struct program *p, const char *path, struct span at,
		   const char *why)
{
	diag_error(p->diags, at, DIAG_IMPORT, "%s cannot be read: %s", path,
		   why);
}

/* Up to `room` bytes; -1: errno says why. */
static ssize_t read_all(int fd, struct strbuf *text, size_t room)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		strbuf_add(text, buf, (size_t)n);
		if (text->len > room)
			return (ssize_t)text->len;
	}
	return n < 0 ? -1 : (ssize_t)text->len;
}

/* To open a device may do something: it is looked at before.  -1: errno says
 * why, EINVAL if it is no regular file. */
static int open_regular(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st))
		return -1;
	if (S_ISREG(st.st_mode)) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode)))
			return fd;
		close(fd);
	}
	errno = EINVAL;
	return -1;
}

/* All files together take no more room than one script may. */
static size_t room(const struct program *p)
{
	size_t i, used = 0;

	for (i = 0; i < p->sources->list.n; i++)
		used += p->sources->list.v[i].len;
	return used < SOURCE_MAX ? SOURCE_MAX - used : 0;
}

const struct source *import_read(struct program *p, const char *path,
				 struct span at)
{
	int fd = open_regular(path);
	size_t most = room(p);
	struct strbuf text = { 0 };
	struct source *src = NULL;

	if (fd < 0) {
		cannot(p, path, at,
		       errno == EINVAL ? "it is no regular file"
				       : strerror(errno));
	} else if (read_all(fd, &text, most) < 0) {
		cannot(p, path, at, strerror(errno));
	} else if (text.len > most) {
		cannot(p, path, at,
		       "a script and its files have at most 64 "
		       "megabytes");
	} else {
		src = source_add(p->sources, path, text.s ? text.s : "",
				 text.len);
		src->path = src->name;
	}
	strbuf_free(&text);
	if (fd >= 0)
		close(fd);
	return src;
}

/* --- Files ---------------------------------------------------------------- */

static void import_one(struct importer *im, const struct import *i);

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), k = strlen(suffix);

	return n > k && !strcmp(path + n - k, suffix);
}

static struct c_part *header_part(struct program *p, const struct source *src)
{
	struct c_part *c = arena_make(p->arena, struct c_part);

	c->at = (struct span){ src->base, src->base + src->len };
	c->header = true;
	return c;
}

/* Of the kernel or of libc, as #include <...> means it: the types of the former
 * are known without it. */
static bool is_system_header(struct program *p, const char *name)
{
	return (strchr(name, '/') && !strchr("./", *name)) ||
	       !access(arena_printf(p->arena, "/usr/include/%s", name), F_OK);
}

bool import_headers(struct program *p, const char *const *paths)
{
	struct c_part *head = NULL, **tail = &head;
	const struct source *src;
	const char *path;

	for (; paths && *paths; paths++) {
		path = access(*paths, F_OK) ? import_find(p, *paths, 0)
					    : *paths;
		if (!path && is_system_header(p, *paths))
			continue;
		if (!path) {
			diag_plain(p->diags, DIAG_IMPORT,
				   "--include: there is no header %s", *paths);
			return false;
		}
		src = import_read(p, path, (struct span){ 0, 0 });
		if (!src)
			return false;
		*tail = header_part(p, src);
		tail = &(*tail)->next;
	}
	*tail = p->c_parts;
	p->c_parts = head;
	return true;
}

static void import_script(struct importer *im, const struct source *src)
{
	struct program *p = im->p;
	struct parts before = take(p), own;
	struct import *i;

	parse(p, src);
	own = take(p);
	join_parts(p, &before);
	im->depth++;
	for (i = own.imports; i && !p->broken; i = i->next)
		import_one(im, i);
	im->depth--;
	join_parts(p, &own);
	p->imports = NULL;
}

static void import_file(struct importer *im, const char *path, struct span at)
{
	const struct source *src;

	if (import_seen(im->p, &im->seen, path))
		return;
	if (++im->nfiles > MAX_FILES) {
		cannot(im->p, path, at, "a script imports at most 1000 files");
		im->p->broken = true;
		return;
	}
	src = import_read(im->p, path, at);
	if (!src)
		return;
	if (has_suffix(path, ".h"))
		join(c_part, im->p->c_parts, header_part(im->p, src));
	else
		import_script(im, src);
}

/* --- Directories ---------------------------------------------------------- */

static int is_wanted(const struct dirent *d)
{
	return d->d_name[0] != '.' &&
	       (has_suffix(d->d_name, ".bt") || has_suffix(d->d_name, ".h"));
}

static void import_dir(struct importer *im, const char *path, struct span at,
		       const struct stat *dir)
{
	struct dirent **names = NULL;
	struct diag *d;
	struct stat st;
	int i, n;

	if (dir->st_mode & S_IWOTH) {
		d = diag_error(im->p->diags, at, DIAG_IMPORT,
			       "%s is not imported: everyone can put files "
			       "there",
			       path);
		diag_hint(im->p->diags, d,
			  "chmod o-w it, or import its files "
			  "one by one");
		return;
	}
	n = scandir(path, &names, is_wanted, alphasort);
	if (n < 0)
		cannot(im->p, path, at, strerror(errno));
	for (i = 0; i < n; i++) {
		const char *file = arena_printf(im->p->arena, "%s/%s", path,
						names[i]->d_name);

		if (!stat(file, &st) && !S_ISDIR(st.st_mode))
			import_file(im, file, at);
		free(names[i]);
	}
	free(names);
}

static void import_one(struct importer *im, const struct import *i)
{
	const char *path = import_path(im->p, i->path, i->at.beg);
	struct diag *d;
	struct stat st;

	if (im->depth > MAX_DEPTH) {
		diag_error(im->p->diags, i->at, DIAG_NESTING,
			   "imports are nested too deeply");
		im->p->broken = true;
		return;
	}
	/* a module of the library is visible anyway */
	if (library_has(i->path))
		return;
	if (stat(path, &st)) {
		d = diag_error(im->p->diags, i->at, DIAG_IMPORT,
			       "%s cannot be imported: %s", path,
			       strerror(errno));
		if (!strchr(i->path, '/') && !strchr(i->path, '.'))
			diag_hint(im->p->diags, d,
				  "the standard library has no module of "
				  "that name either");
	} else if (S_ISDIR(st.st_mode)) {
		import_dir(im, path, i->at, &st);
	} else if (has_suffix(path, ".bt") || has_suffix(path, ".h")) {
		import_file(im, path, i->at);
	} else {
		d = diag_error(im->p->diags, i->at, DIAG_IMPORT,
			       "%s cannot be imported", path);
		diag_hint(im->p->diags, d,
			  "what can be: scripts (.bt), headers (.h) and "
			  "directories of them");
	}
}

bool import_all(struct program *p)
{
	struct importer im = { .p = p };
	int before = p->diags->nerrors;
	struct parts own;
	struct import *i;

	if (!p->imports)
		return true;
	if (p->sources->list.v[0].path)
		import_seen(p, &im.seen, p->sources->list.v[0].path);
	own = take(p);
	for (i = own.imports; i && !p->broken; i = i->next)
		import_one(&im, i);
	p->imports = own.imports;
	join_parts(p, &own);
	return p->diags->nerrors == before && !p->broken;
}
