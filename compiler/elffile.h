/* elffile.h - what the elf*.c files share; everybody else: see elfsym.h. */
#ifndef ELFFILE_H
#define ELFFILE_H

#include <gelf.h>

#include "elfsym.h"

struct elf_segment {
	uint64_t addr, offset, size; /* size: what is in the file */
	bool exec;
};

struct elfsym_file {
	struct arena *arena; /* paths, segments, names handed out */
	const char *path;    /* NULL: an image in memory */
	Elf *elf, *debug;    /* debug: NULL or the separate file */
	int fd, debug_fd;
	const char *debug_path;
	VEC(struct elf_segment) segments;
	const unsigned char *build_id;
	size_t build_id_len;
	bool native, has_symtab;
};

/* elffile.c: the segment that covers addr, or NULL. */
const struct elf_segment *elffile_segment(const struct elfsym_file *f,
					  uint64_t addr);
/* The separate debug file, if there is one: false; its names count from then
 * on. */
bool elffile_open_debug(struct elfsym_file *f);
/* Like elfsym_each_raw(), over variables and functions. */
void elffile_each_object(struct elfsym_file *f, elfsym_fn *fn, void *arg);
/* Opens a regular file for reading, never waiting for a FIFO or a device;
 * returns a descriptor or -errno (-EINVAL: not a regular file). */
int elffile_open(const char *path);

/* elfdebug.c: a copy of the GNU build id; NULL when there is none. */
unsigned char *elfdebug_build_id(Elf *elf, struct arena *a, size_t *len);
/* Opens the separate debug file of the file at path: a descriptor with its
 * name in found, or -ENOENT. */
int elfdebug_open(struct elfsym_file *f, char found[PATH_MAX]);

/* elfname.c: fnmatch(3). */
bool elfname_glob(const char *pattern, const char *name);
/* An identifier that the mangled form of what pattern means must contain; ""
 * when that can't be told. */
void elfname_word(const char *pattern, char word[64]);
/* How far candidate is from what the user wrote, less is nearer; -1: too far
 * to be worth showing, or not safe to print. */
int elfname_distance(const char *name, const char *candidate);
/* Cuts parameter list and return type from a demangled name, in place. */
void elfname_strip(char *demangled);

struct elf_paths {
	VEC(const char *);
};

/* The paths that a pattern matches, in order; in the arena. */
void elffile_glob(struct arena *a, const char *pattern, struct elf_paths *out);

#endif
