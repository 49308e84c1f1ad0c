/*
 * image.h - program images in files.
 *
 * A built program is a file of three parts: a static executable that runs
 * images (stub.c), the image, and a trailer that says where the image is and
 * what the sum of it all is.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <gelf.h>

#include "compiler/plan.h"

/* The plan of an image, in the arena; NULL with a sentence in err.  Everything
 * in img is taken to be hostile. */
struct plan *image_plan(struct arena *a, const struct image *img, char *err,
			size_t errsize);

/* Does a file begin as an image does?  Reads from its beginning on. */
bool image_in_file(FILE *f);
/* Does the script of the image in a file have options of its own? */
bool image_takes_options(const char *path);

/* A section by name and its header, or NULL. */
Elf_Scn *image_section(Elf *elf, const char *name, GElf_Shdr *sh);

/* stub, image and trailer: the bytes of a built program. */
struct image image_join(const struct image *stub, const struct image *img);

enum built {
	BUILT_NOT, /* no trailer */
	BUILT_OK,
	BUILT_DAMAGED, /* a sentence is in err */
};

/* Takes a file apart; *img is inside of the file's bytes, not to be freed. */
enum built image_split(const struct image *file, struct image *img, char *err,
		       size_t errsize);

/* A whole file in memory, until image_unmap(); false with errno. */
bool image_map(int fd, struct image *file);
void image_unmap(struct image *file); /* zeroed is fine */

#endif
