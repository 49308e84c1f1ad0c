/* elfdwarf.h - what the files that read debug information share. */
#ifndef ELFDWARF_H
#define ELFDWARF_H

#include <dwarf.h>
#include <elfutils/libdw.h>

struct elfsym_file;

/* The file's own or that of its separate debug file; NULL when there is none.
 * dwarf_end() before elfsym_close(). */
Dwarf *elfdwarf_open(struct elfsym_file *f);
/* The first instruction of a function, or of what was inlined. */
bool elfdwarf_entry(Dwarf_Die *die, Dwarf_Addr *entry);

#endif
