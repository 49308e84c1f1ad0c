/* elfmaps.c - /proc/PID/maps, and the files behind it. */
#include "elffile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool parse_hex(const char **p, uint64_t *out)
{
	const char *s = *p;
	uint64_t v = 0;

	for (;; s++) {
		unsigned d;

		if (*s >= '0' && *s <= '9')
			d = (unsigned)(*s - '0');
		else if (*s >= 'a' && *s <= 'f')
			d = (unsigned)(*s - 'a') + 10;
		else
			break;
		v = v << 4 | d;
	}
	if (s == *p)
		return false;
	*p = s;
	*out = v;
	return true;
}

static bool skip(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

/* The kernel writes a newline in a name as \012, and nothing else so. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (!strncmp(s, "\\012", 4)) {
			*to++ = '\n';
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* "start-end rwxp offset major:minor inode      path", all hexadecimal but
 * the inode. */
static bool parse_line(char *line, struct elfsym_map *m)
{
	static const char deleted[] = " (deleted)";
	const char *p = line;
	uint64_t major, minor;
	size_t len;
	char *path;

	if (!parse_hex(&p, &m->start) || !skip(&p, '-') ||
	    !parse_hex(&p, &m->end) || !skip(&p, ' ') || strnlen(p, 5) < 5)
		return false;
	m->exec = p[2] == 'x';
	p += 4;
	if (!skip(&p, ' ') || !parse_hex(&p, &m->file_offset) ||
	    !skip(&p, ' ') || !parse_hex(&p, &major) || !skip(&p, ':') ||
	    !parse_hex(&p, &minor) || !skip(&p, ' ') || m->end <= m->start)
		return false;
	m->dev = major << 32 | minor;
	m->ino = strtoull(p, &path, 10);
	path += strspn(path, " ");
	len = strcspn(path, "\n");
	path[len] = '\0';
	m->deleted = len >= sizeof(deleted) &&
		     !strcmp(path + len - (sizeof(deleted) - 1), deleted);
	if (m->deleted)
		path[len - (sizeof(deleted) - 1)] = '\0';
	unescape(path);
	m->path = path;
	return true;
}

void elfsym_maps_read(FILE *f, elfsym_map_fn *fn, void *arg)
{
	struct elfsym_map m;
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, f) > 0)
		if (parse_line(line, &m) && !fn(arg, &m))
			break;
	free(line);
}

int elfsym_maps_each(pid_t pid, elfsym_map_fn *fn, void *arg)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return -errno;
	elfsym_maps_read(f, fn, arg);
	fclose(f);
	return 0;
}

/* Opens path if it is still the file that was mapped.  The device can't be
 * compared: btrfs and overlayfs show another one in maps. */
static int open_if_same(const char *path, uint64_t ino)
{
	int fd = elffile_open(path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && st.st_ino == ino)
		return fd;
	close(fd);
	return -ESTALE;
}

static bool same_namespace(pid_t pid)
{
	struct stat ours, theirs;
	char ns[64];

	snprintf(ns, sizeof(ns), "/proc/%d/ns/mnt", (int)pid);
	return !stat("/proc/self/ns/mnt", &ours) && !stat(ns, &theirs) &&
	       ours.st_ino == theirs.st_ino;
}

int elfsym_map_open(pid_t pid, const struct elfsym_map *m, char path[PATH_MAX])
{
	int fd = -ENOENT, n;

	if (!m->ino)
		return -ENOENT;
	/* In our own namespace the kernel shows paths from our root, also
	 * those of a process under chroot. */
	if (!m->deleted && m->path[0] == '/' && same_namespace(pid)) {
		n = snprintf(path, PATH_MAX, "%s", m->path);
		fd = n < PATH_MAX ? open_if_same(path, m->ino) : -ENAMETOOLONG;
	}
	if (fd < 0 && !m->deleted && m->path[0] == '/') {
		n = snprintf(path, PATH_MAX, "/proc/%d/root%s", (int)pid,
			     m->path);
		fd = n < PATH_MAX ? open_if_same(path, m->ino) : -ENAMETOOLONG;
	}
	if (fd < 0) {
		snprintf(path, PATH_MAX,
			 "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid,
			 m->start, m->end);
		fd = open_if_same(path, m->ino);
	}
	/* A process that is gone leaves at least its files behind. */
	if (fd < 0 && !m->deleted && m->path[0] == '/') {
		n = snprintf(path, PATH_MAX, "%s", m->path);
		fd = n < PATH_MAX ? open_if_same(path, m->ino) : -ENAMETOOLONG;
	}
	return fd;
}
