/*
 * elfdebug.c - separate debug files, by build id and by .gnu_debuglink.
 *
 * A file reached through /proc/PID/root has its debug file in the same tree,
 * or, with the same build id, in ours.
 */
#include "elffile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BUILD_ID = 64 };

static unsigned char *find_build_id(Elf_Data *data, struct arena *a,
				    size_t *len)
{
	size_t at = 0, name, desc;
	unsigned char *id;
	GElf_Nhdr nh;

	while ((at = gelf_getnote(data, at, &nh, &name, &desc))) {
		if (nh.n_type != NT_GNU_BUILD_ID || nh.n_namesz != 4 ||
		    memcmp((char *)data->d_buf + name, "GNU", 4) ||
		    nh.n_descsz < 2 || nh.n_descsz > MAX_BUILD_ID)
			continue;
		id = arena_alloc(a, nh.n_descsz);
		memcpy(id, (char *)data->d_buf + desc, nh.n_descsz);
		*len = nh.n_descsz;
		return id;
	}
	return NULL;
}

unsigned char *elfdebug_build_id(Elf *elf, struct arena *a, size_t *len)
{
	unsigned char *id = NULL;
	Elf_Scn *scn = NULL;
	Elf_Data *data;
	GElf_Shdr sh;
	GElf_Phdr ph;
	size_t n, i;

	while (!id && (scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_NOTE ||
		    sh.sh_size > 1 << 20)
			continue;
		data = elf_getdata(scn, NULL);
		if (data && data->d_buf)
			id = find_build_id(data, a, len);
	}
	if (id || elf_getphdrnum(elf, &n))
		return id;
	/* Section headers can be stripped too. */
	for (i = 0; !id && i < n && i < 4096; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_NOTE ||
		    ph.p_filesz > 1 << 20)
			continue;
		data = elf_getdata_rawchunk(elf, (int64_t)ph.p_offset,
					    ph.p_filesz, ELF_T_NHDR);
		if (data && data->d_buf)
			id = find_build_id(data, a, len);
	}
	return id;
}

/* The "/proc/PID/root" that path begins with; its length, 0 if it doesn't. */
static size_t root_prefix(const char *path)
{
	const char *p = path;

	if (strncmp(p, "/proc/", 6))
		return 0;
	p += 6;
	while (isdigit((unsigned char)*p))
		p++;
	if (p == path + 6 || strncmp(p, "/root/", 6))
		return 0;
	return (size_t)(p - path) + 5;
}

/* The CRC-32 that .gnu_debuglink holds, bit by bit over a nibble table. */
static bool file_crc(int fd, uint32_t *out)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	unsigned char buf[16384];
	uint32_t crc = ~0u;
	off_t at = 0;
	ssize_t n, i;

	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		for (i = 0; i < n; i++) {
			crc ^= buf[i];
			crc = crc >> 4 ^ table[crc & 15];
			crc = crc >> 4 ^ table[crc & 15];
		}
		at += n;
	}
	*out = ~crc;
	return n == 0;
}

/* What a debug file must agree on with the file it belongs to. */
struct wanted {
	const struct elfsym_file *f;
	bool has_crc;
	uint32_t crc;
};

static bool is_the_one(const struct wanted *w, int fd)
{
	struct arena *a = arena_new();
	struct stat ours, theirs;
	unsigned char *id = NULL;
	size_t len = 0;
	uint32_t crc;
	bool yes = false;
	Elf *elf;

	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF ||
	    (!fstat(w->f->fd, &ours) && !fstat(fd, &theirs) &&
	     ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev))
		goto out;
	id = elfdebug_build_id(elf, a, &len);
	/* Reading the whole file for its sum is what ids are there to save. */
	if (id && w->f->build_id)
		yes = len == w->f->build_id_len &&
		      !memcmp(id, w->f->build_id, len);
	else
		yes = w->has_crc && file_crc(fd, &crc) && crc == w->crc;
out:
	elf_end(elf);
	arena_free(a);
	return yes;
}

static int try_debug(const struct wanted *w, char found[PATH_MAX],
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int try_debug(const struct wanted *w, char found[PATH_MAX],
		     const char *fmt, ...)
{
	va_list ap;
	int n, fd;

	va_start(ap, fmt);
	n = vsnprintf(found, PATH_MAX, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= PATH_MAX)
		return -ENOENT;
	fd = elffile_open(found);
	if (fd < 0)
		return -ENOENT;
	if (is_the_one(w, fd))
		return fd;
	close(fd);
	return -ENOENT;
}

static int by_build_id(const struct wanted *w, const char *path, int root_len,
		       char found[PATH_MAX])
{
	const struct elfsym_file *f = w->f;
	char hex[2 * MAX_BUILD_ID + 1];
	size_t i;
	int fd;

	if (!f->build_id)
		return -ENOENT;
	for (i = 0; i < f->build_id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", f->build_id[i]);
	fd = try_debug(w, found, "%.*s/usr/lib/debug/.build-id/%.2s/%s.debug",
		       root_len, path, hex, hex + 2);
	if (fd < 0 && root_len)
		fd = try_debug(w, found,
			       "/usr/lib/debug/.build-id/%.2s/%s.debug", hex,
			       hex + 2);
	return fd;
}

/* The contents of .gnu_debuglink: a name, then the sum, 4-byte aligned. */
static const char *debug_link(Elf *elf, uint32_t *crc)
{
	Elf_Scn *scn = NULL;
	Elf_Data *data;
	const char *name;
	size_t shstr, len;
	GElf_Shdr sh;

	if (elf_getshdrstrndx(elf, &shstr))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_size > PATH_MAX)
			continue;
		name = elf_strptr(elf, shstr, sh.sh_name);
		if (name && !strcmp(name, ".gnu_debuglink"))
			break;
	}
	data = scn ? elf_rawdata(scn, NULL) : NULL;
	if (!data || !data->d_buf)
		return NULL;
	name = data->d_buf;
	len = strnlen(name, data->d_size);
	if (!len || len == data->d_size || memchr(name, '/', len))
		return NULL;
	len = (len + 4) & ~(size_t)3;
	if (len + 4 > data->d_size)
		return NULL;
	memcpy(crc, name + len, 4);
	return name;
}

static int by_link(struct wanted *w, const char *path, int root_len,
		   char found[PATH_MAX])
{
	const char *name = debug_link(w->f->elf, &w->crc);
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) : 0, fd;

	if (!name || !slash)
		return -ENOENT;
	w->has_crc = true;
	fd = try_debug(w, found, "%.*s/%s", dir_len, path, name);
	if (fd < 0)
		fd = try_debug(w, found, "%.*s/.debug/%s", dir_len, path, name);
	if (fd < 0)
		fd = try_debug(w, found, "%.*s/usr/lib/debug%.*s/%s", root_len,
			       path, dir_len - root_len, path + root_len, name);
	return fd;
}

int elfdebug_open(struct elfsym_file *f, char found[PATH_MAX])
{
	int root_len = (int)root_prefix(f->path), fd;
	struct wanted w = { .f = f };
	char *real = NULL;

	fd = by_build_id(&w, f->path, root_len, found);
	if (fd >= 0)
		return fd;
	/* In another tree links would lead into ours. */
	if (!root_len)
		real = realpath(f->path, NULL);
	fd = by_link(&w, real ? real : f->path, root_len, found);
	free(real);
	return fd;
}
