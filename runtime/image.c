#include "image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "compiler/plan_args.h"

/* ---- the plan in it ---- */

Elf_Scn *image_section(Elf *elf, const char *name, GElf_Shdr *sh)
{
	Elf_Scn *s = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((s = elf_nextscn(elf, s))) {
		const char *n;

		if (!gelf_getshdr(s, sh))
			continue;
		n = elf_strptr(elf, names, sh->sh_name);
		if (n && strcmp(n, name) == 0)
			return s;
	}
	return NULL;
}

static struct plan *read_plan(struct arena *a, Elf *elf, char *err,
			      size_t errsize)
{
	GElf_Shdr sh;
	Elf_Scn *s = image_section(elf, PLAN_SECTION, &sh);
	Elf_Data *d = s ? elf_getdata(s, NULL) : NULL;

	if (d && d->d_buf)
		return plan_decode(a, d->d_buf, d->d_size, err, errsize);
	snprintf(err, errsize,
		 "the program image is damaged: it has no "
		 "section " PLAN_SECTION);
	return NULL;
}

struct plan *image_plan(struct arena *a, const struct image *img, char *err,
			size_t errsize)
{
	struct plan *p = NULL;
	Elf *elf = NULL;

	if (elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_memory((char *)img->bytes, img->size);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		p = read_plan(a, elf, err, errsize);
	else
		snprintf(err, errsize,
			 "the program image is damaged: it is no ELF file");
	elf_end(elf);
	return p;
}

/* ---- built programs ---- */

/*
 * The trailer, little-endian whatever the machine:
 *
 *	8 bytes	magic
 *	u32	BUILT_VERSION
 *	u32	crc32 of all that precedes the trailer
 *	u64	bytes before the image
 *	u64	bytes of the image
 */
static const char magic[8] = "waggle\r\x1a";

enum { BUILT_VERSION = 1, TRAILER_SIZE = 32 };

static void put_uint(uint8_t *to, uint64_t v, int size)
{
	int i;

	for (i = 0; i < size; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get_uint(const uint8_t *from, int size)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < size; i++)
		v |= (uint64_t)from[i] << 8 * i;
	return v;
}

struct image image_join(const struct image *stub, const struct image *img)
{
	struct image all = { .size = stub->size + img->size + TRAILER_SIZE };
	uint8_t *t;

	all.bytes = malloc(all.size);
	if (!all.bytes)
		die("out of memory");
	memcpy(all.bytes, stub->bytes, stub->size);
	memcpy(all.bytes + stub->size, img->bytes, img->size);
	t = all.bytes + stub->size + img->size;
	memcpy(t, magic, sizeof(magic));
	put_uint(t + 8, BUILT_VERSION, 4);
	put_uint(t + 12, crc32_z(0, all.bytes, stub->size + img->size), 4);
	put_uint(t + 16, stub->size, 8);
	put_uint(t + 24, img->size, 8);
	return all;
}

static enum built damaged(char *err, size_t errsize, const char *why)
{
	snprintf(err, errsize, "this program is damaged: %s", why);
	return BUILT_DAMAGED;
}

enum built image_split(const struct image *file, struct image *img, char *err,
		       size_t errsize)
{
	uint64_t start, size, before;
	const uint8_t *t;

	if (file->size < TRAILER_SIZE)
		return BUILT_NOT;
	before = file->size - TRAILER_SIZE;
	t = file->bytes + before;
	if (memcmp(t, magic, sizeof(magic)) != 0)
		return BUILT_NOT;
	start = get_uint(t + 16, 8);
	size = get_uint(t + 24, 8);
	if (get_uint(t + 8, 4) != BUILT_VERSION)
		return damaged(err, errsize, "its format is not known");
	if (start > before || size != before - start)
		return damaged(err, errsize, "part of it is missing");
	if (crc32_z(0, file->bytes, before) != get_uint(t + 12, 4))
		return damaged(err, errsize, "the checksum does not match");
	*img = (struct image){ file->bytes + start, size };
	return BUILT_OK;
}

/* ---- files ---- */

bool image_map(int fd, struct image *file)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return false;
	/* to be written to: arguments.h */
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		 fd, 0);
	if (p == MAP_FAILED)
		return false;
	*file = (struct image){ p, (size_t)st.st_size };
	return true;
}

void image_unmap(struct image *file)
{
	if (file->bytes)
		munmap(file->bytes, file->size);
	*file = (struct image){ 0 };
}

bool image_in_file(FILE *f)
{
	char start[SELFMAG] = "";
	size_t n;

	n = fread(start, 1, sizeof(start), f);
	rewind(f);
	return n == sizeof(start) && memcmp(start, ELFMAG, SELFMAG) == 0;
}

static bool has_options(const struct image *file)
{
	struct arena *a = arena_new();
	struct image img = *file;
	bool found = false;
	const struct plan *p;
	char err[256];
	size_t i;

	image_split(file, &img, err, sizeof(err));
	p = image_plan(a, &img, err, sizeof(err));
	for (i = 0; p && i < p->params.n; i++)
		found |= args_is_option(&p->params.v[i]);
	arena_free(a);
	return found;
}

bool image_takes_options(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct image file = { 0 };
	bool found = false;

	if (fd < 0)
		return false;
	if (image_map(fd, &file))
		found = has_options(&file);
	image_unmap(&file);
	close(fd);
	return found;
}
