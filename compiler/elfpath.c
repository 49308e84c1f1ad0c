/*
 * elfpath.c - finds the file that a probe names.
 *
 * A file of a process in another mount namespace is reached through
 * /proc/PID/root, whose absolute symbolic links would lead back into our own
 * tree; openat2(RESOLVE_IN_ROOT), Linux 5.6, follows them as the process
 * would.
 */
#include "elffile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_CACHE = 16 << 20 }; /* bytes of ld.so.cache that we read */

/* "" when pid sees the same tree as we do, else "/proc/PID/root". */
static void root_of(pid_t pid, char root[64])
{
	struct stat ours, theirs, our_ns, their_ns;
	char ns[64];

	root[0] = '\0';
	if (pid <= 0)
		return;
	snprintf(root, 64, "/proc/%d/root", (int)pid);
	snprintf(ns, sizeof(ns), "/proc/%d/ns/mnt", (int)pid);
	if (stat("/", &ours) || stat(root, &theirs) ||
	    stat("/proc/self/ns/mnt", &our_ns) || stat(ns, &their_ns))
		return;
	if (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino &&
	    our_ns.st_ino == their_ns.st_ino)
		root[0] = '\0';
}

static bool is_file(const char *path, bool executable)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) &&
	       (!executable || (st.st_mode & 0111));
}

static bool join_path(char out[PATH_MAX], const char *a, const char *b)
{
	int n = snprintf(out, PATH_MAX, "%s%s", a, b);

	return n > 0 && n < PATH_MAX;
}

static bool is_same(const char *path, const struct stat *st)
{
	struct stat other;

	return !stat(path, &other) && other.st_ino == st->st_ino &&
	       other.st_dev == st->st_dev;
}

/*
 * A name of the file that fd is open on, inside of root or not.  The link in
 * /proc/self/fd gives the path from the root of the mount namespace, which is
 * that of the process, ours (it is under chroot), or neither.
 */
static bool name_of(int fd, const char *root, const char *path,
		    char out[PATH_MAX])
{
	char self[64], real[PATH_MAX];
	struct stat st;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, real, sizeof(real) - 1);
	if (n <= 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	real[n] = '\0';
	return (join_path(out, root, real) && is_same(out, &st)) ||
	       (join_path(out, "", real) && is_same(out, &st)) ||
	       (join_path(out, root, path) && is_same(out, &st));
}

/* Whether root has that file; out is the name to open it by. */
static bool try_path(const char *root, const char *path, bool executable,
		     char out[PATH_MAX])
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT };
	int dir, fd;
	bool ok;

	if (!root[0])
		return join_path(out, "", path) && is_file(out, executable);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS)
		ok = join_path(out, root, path);
	else
		ok = fd >= 0 && name_of(fd, root, path, out);
	if (fd >= 0)
		close(fd);
	close(dir);
	return ok && is_file(out, executable);
}

static bool native_elf(const char *path)
{
	struct elfsym_file *f = elfsym_open(path, NULL);
	bool yes = f && elfsym_is_native(f);

	elfsym_close(f);
	return yes;
}

static bool in_search_path(const char *root, const char *name,
			   char out[PATH_MAX])
{
	const char *p = getenv("PATH");
	char one[PATH_MAX];

	if (!p)
		p = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		    "/sbin:/bin";
	for (;; p++) {
		int len = (int)strcspn(p, ":");
		int n = snprintf(one, sizeof(one), "%.*s/%s", len, p, name);

		if (len && n < PATH_MAX && try_path(root, one, true, out))
			return true;
		p += len;
		if (!*p)
			return false;
	}
}

/* Whether a file called base is what the library name means: libc is
 * libc.so.6 and libc-2.31.so, libssl.so is libssl.so.3. */
static bool library_matches(const char *name, const char *base)
{
	size_t n = strlen(name);

	if (strncmp(base, name, n))
		return false;
	if (!base[n])
		return true;
	if (strstr(name, ".so"))
		return base[n] == '.' && isdigit((unsigned char)base[n + 1]);
	if (base[n] == '-' && isdigit((unsigned char)base[n + 1]))
		return strstr(base + n, ".so") != NULL;
	return !strncmp(base + n, ".so", 3) &&
	       (!base[n + 3] || base[n + 3] == '.');
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- libraries: mapped ones, ld.so.cache, the usual directories ---- */

/* Files met before: they are mapped in pieces, and have several names. */
struct file_id {
	uint64_t dev, ino;
};

struct seen {
	struct arena *arena;
	VEC(struct file_id) files;
};

static bool is_new(struct seen *s, uint64_t dev, uint64_t ino)
{
	size_t i;

	for (i = 0; i < s->files.n; i++)
		if (s->files.v[i].dev == dev && s->files.v[i].ino == ino)
			return false;
	*vec_push(s->arena, &s->files) = (struct file_id){ dev, ino };
	return true;
}

struct mapped_search {
	const char *name; /* of a library; NULL: each file */
	pid_t pid;
	elfsym_file_fn *fn;
	void *arg;
	struct seen seen;
	size_t found;
};

static bool check_mapped(void *arg, const struct elfsym_map *m)
{
	struct mapped_search *s = arg;
	char path[PATH_MAX];
	int fd;

	if (!m->exec || !m->ino ||
	    (s->name && !library_matches(s->name, base_name(m->path))) ||
	    !is_new(&s->seen, m->dev, m->ino))
		return true;
	fd = elfsym_map_open(s->pid, m, path);
	if (fd < 0)
		return true;
	close(fd);
	s->found++;
	return s->fn(s->arg, path);
}

static bool keep_path(void *arg, const char *path)
{
	snprintf(arg, PATH_MAX, "%s", path);
	return false;
}

static bool is_mapped(pid_t pid, const char *name, char out[PATH_MAX])
{
	struct mapped_search s = {
		.name = name, .pid = pid, .fn = keep_path, .arg = out
	};

	if (pid <= 0)
		return false;
	s.seen.arena = arena_new();
	elfsym_maps_each(pid, check_mapped, &s);
	arena_free(s.seen.arena);
	return s.found;
}

static void *read_file(const char *path, size_t max, size_t *len)
{
	int fd = elffile_open(path);
	struct stat st;
	char *buf = NULL;
	ssize_t n;

	*len = 0;
	if (fd < 0 || fstat(fd, &st) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > max)
		goto out;
	buf = malloc((size_t)st.st_size);
	while (buf && *len < (size_t)st.st_size) {
		n = read(fd, buf + *len, (size_t)st.st_size - *len);
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
out:
	if (fd >= 0)
		close(fd);
	return buf;
}

/* The format since glibc 2.2; glibc 2.32 dropped the older one. */
struct cache_header {
	char magic[20];
	uint32_t nlibs;
	uint32_t strings_len;
	uint32_t unused[5];
};

struct cache_entry {
	int32_t flags;
	uint32_t key, value; /* strings, from the start of the header */
	uint32_t os_version;
	uint64_t hwcap; /* not 0: only for some processors */
};

/* The NUL-terminated string at off; NULL when it is not all there. */
static const char *cache_string(const char *base, size_t len, uint32_t off)
{
	if (off >= len || !memchr(base + off, '\0', len - off))
		return NULL;
	return base + off;
}

static bool search_cache(const char *root, const char *name, const char *base,
			 size_t len, char out[PATH_MAX])
{
	struct cache_header h;
	struct cache_entry e;
	uint32_t i;

	if (len < sizeof(h))
		return false;
	memcpy(&h, base, sizeof(h));
	if (memcmp(h.magic, "glibc-ld.so.cache1.1", sizeof(h.magic)) ||
	    h.nlibs > (len - sizeof(h)) / sizeof(e))
		return false;
	for (i = 0; i < h.nlibs; i++) {
		const char *key, *value;

		memcpy(&e, base + sizeof(h) + i * sizeof(e), sizeof(e));
		key = cache_string(base, len, e.key);
		value = cache_string(base, len, e.value);
		if (e.hwcap || !key || !value || value[0] != '/' ||
		    !library_matches(name, key))
			continue;
		if (try_path(root, value, false, out) && native_elf(out))
			return true;
	}
	return false;
}

static bool in_cache(const char *root, const char *name, char out[PATH_MAX])
{
	static const char magic[] = "glibc-ld.so.cache1.1";
	char path[PATH_MAX], *buf, *p;
	bool found = false;
	size_t len;

	if (!try_path(root, "/etc/ld.so.cache", false, path))
		return false;
	buf = read_file(path, MAX_CACHE, &len);
	if (!buf)
		return false;
	/* It may follow a cache of the old format. */
	p = memmem(buf, len, magic, sizeof(magic) - 1);
	if (p)
		found = search_cache(root, name, p, len - (size_t)(p - buf),
				     out);
	free(buf);
	return found;
}

static bool search_dir(const char *root, const char *dir, const char *name,
		       char out[PATH_MAX])
{
	char path[PATH_MAX];
	struct dirent *de;
	bool found = false;
	DIR *d;
	int n;

	if (!join_path(path, root, dir))
		return false;
	d = opendir(path);
	while (d && !found && (de = readdir(d))) {
		if (!library_matches(name, de->d_name))
			continue;
		n = snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		found = n < PATH_MAX && try_path(root, path, false, out) &&
			native_elf(out);
	}
	if (d)
		closedir(d);
	return found;
}

static bool in_library_dirs(const char *root, const char *name,
			    char out[PATH_MAX])
{
	static const char *const dirs[] = {
#if defined(__x86_64__)
		"/lib/x86_64-linux-gnu",
		"/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
		"/lib/aarch64-linux-gnu",
		"/usr/lib/aarch64-linux-gnu",
#endif
		"/lib64",
		"/usr/lib64",
		"/lib",
		"/usr/lib",
		"/usr/local/lib",
	};
	size_t i;

	for (i = 0; i < countof(dirs); i++)
		if (search_dir(root, dirs[i], name, out))
			return true;
	return false;
}

static bool find_library(const char *root, pid_t pid, const char *name,
			 char out[PATH_MAX])
{
	return is_mapped(pid, name, out) || in_cache(root, name, out) ||
	       in_library_dirs(root, name, out);
}

/* ---- what users write ---- */

static enum elfsym_code no_process(pid_t pid, struct elfsym_err *err)
{
	return elfsym_fail(err, ELFSYM_NO_PROCESS,
			   "give the PID of a running process",
			   "there is no process %d", (int)pid);
}

static bool process_exists(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return !access(path, F_OK);
}

static enum elfsym_code find_path(const char *root, const char *name,
				  char path[PATH_MAX], struct elfsym_err *err)
{
	struct stat st;

	/* A relative path is relative to us, whichever process is meant. */
	if (name[0] != '/')
		root = "";
	if (try_path(root, name, false, path))
		return ELFSYM_OK;
	if (!join_path(path, root, name))
		return elfsym_fail(err, ELFSYM_NO_FILE, NULL,
				   "the path is too long");
	if (!stat(path, &st))
		return elfsym_fail(err, ELFSYM_NOT_ELF,
				   "name a program or a shared library",
				   "%s is %s, not an ELF file", name,
				   S_ISDIR(st.st_mode) ? "a directory"
						       : "a special file");
	if (errno == EACCES || errno == EPERM)
		return elfsym_fail(err, ELFSYM_NO_ACCESS, "run as root",
				   "%s: permission denied", name);
	return elfsym_fail(err, ELFSYM_NO_FILE, "check the path",
			   "there is no file %s", name);
}

static enum elfsym_code name_unknown(const char *name, struct elfsym_err *err)
{
	char hint[PATH_MAX + 64];

	if (is_file(name, false))
		snprintf(hint, sizeof(hint),
			 "for the file in this directory write ./%s", name);
	else
		snprintf(hint, sizeof(hint), "write the path of the file");
	return elfsym_fail(err, ELFSYM_NO_FILE, hint,
			   "%s is neither a program in $PATH nor a known "
			   "library",
			   name);
}

enum elfsym_code elfsym_find(const char *name, pid_t pid, char path[PATH_MAX],
			     struct elfsym_err *err)
{
	char root[64];
	bool found;

	if (pid > 0 && !process_exists(pid))
		return no_process(pid, err);
	if (!name[0])
		return elfsym_fail(err, ELFSYM_NO_FILE,
				   "write bin:function, as in /bin/sh:main",
				   "the program or library is missing");
	if (strlen(name) >= PATH_MAX)
		return elfsym_fail(err, ELFSYM_NO_FILE, NULL,
				   "the path is too long");
	root_of(pid, root);
	if (strchr(name, '/'))
		return find_path(root, name, path, err);
	if (strstr(name, ".so"))
		found = find_library(root, pid, name, path) ||
			in_search_path(root, name, path);
	else
		found = in_search_path(root, name, path) ||
			find_library(root, pid, name, path);
	return found ? ELFSYM_OK : name_unknown(name, err);
}

static enum elfsym_code find_mapped(pid_t pid, elfsym_file_fn *fn, void *arg,
				    struct elfsym_err *err)
{
	struct mapped_search s = { .pid = pid, .fn = fn, .arg = arg };
	int r;

	if (pid <= 0)
		return elfsym_fail(err, ELFSYM_NO_FILE,
				   "use -p PID, or name the file",
				   "* stands for the files of a process, "
				   "and there is none");
	s.seen.arena = arena_new();
	r = elfsym_maps_each(pid, check_mapped, &s);
	arena_free(s.seen.arena);
	if (r == -ENOENT)
		return no_process(pid, err);
	if (!s.found)
		return elfsym_fail(err, ELFSYM_NO_FILE,
				   "kernel threads have none",
				   "process %d has no program files", (int)pid);
	return ELFSYM_OK;
}

static enum elfsym_code find_globbed(const char *root, const char *name,
				     elfsym_file_fn *fn, void *arg,
				     struct elfsym_err *err)
{
	char pattern[PATH_MAX], path[PATH_MAX];
	struct seen seen = { 0 };
	size_t i, found = 0, skip;
	struct elf_paths g = { 0 };
	bool go_on = true;

	if (name[0] != '/')
		root = "";
	skip = strlen(root);
	if (!join_path(pattern, root, name))
		return elfsym_fail(err, ELFSYM_NO_FILE, NULL,
				   "the path is too long");
	seen.arena = arena_new();
	elffile_glob(seen.arena, pattern, &g);
	for (i = 0; go_on && i < g.n; i++) {
		struct stat st;

		if (!try_path(root, g.v[i] + skip, false, path) ||
		    stat(path, &st) || !native_elf(path) ||
		    !is_new(&seen, st.st_dev, st.st_ino))
			continue;
		found++;
		go_on = fn(arg, path);
	}
	arena_free(seen.arena);
	if (found)
		return ELFSYM_OK;
	return elfsym_fail(err, ELFSYM_NO_FILE, "check the path",
			   "no ELF file matches %s", name);
}

enum elfsym_code elfsym_find_all(const char *name, pid_t pid,
				 elfsym_file_fn *fn, void *arg,
				 struct elfsym_err *err)
{
	char path[PATH_MAX], root[64];
	enum elfsym_code code;

	if (!strcmp(name, "*"))
		return find_mapped(pid, fn, arg, err);
	if (strchr(name, '/') && elfsym_is_pattern(name) &&
	    access(name, F_OK)) {
		if (pid > 0 && !process_exists(pid))
			return no_process(pid, err);
		root_of(pid, root);
		return find_globbed(root, name, fn, arg, err);
	}
	code = elfsym_find(name, pid, path, err);
	if (code == ELFSYM_OK)
		fn(arg, path);
	return code;
}
