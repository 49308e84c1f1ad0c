/* usyms_file.h - of the files behind mappings. */
#ifndef USYMS_FILE_H
#define USYMS_FILE_H

#include "compiler/elfsym.h"

/* The image of [vdso]; NULL: it is another one.
 * The kernel maps the same image everywhere, but for 32-bit processes, whose
 * image has another size or lies low. */
struct elfsym_file *usyms_vdso(uint64_t start, uint64_t end);

/* In hexadecimal; free() it.  NULL: there is none. */
char *usyms_build_id(const struct elfsym_file *f);

#endif
