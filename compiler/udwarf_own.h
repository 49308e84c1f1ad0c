/* udwarf_own.h - what the udwarf*.c files share. */
#ifndef UDWARF_OWN_H
#define UDWARF_OWN_H

#include "elfdwarf.h"
#include "udwarf.h"

struct udwarf_file {
	struct elfsym_file *elf;
	Dwarf *dwarf;
	uint32_t index; /* among the files of a compilation */
};

/* A struct of a program, whose members are read when they are asked for. */
struct udwarf_origin {
	struct udwarf_file *file;
	Dwarf_Die die;
};

/* Typedefs, chains of them, and qualifiers: as deep as hostile files go. */
enum { UDWARF_DEPTH = 32 };

/* die's DW_AT_type, through what it is an instance of; false: void. */
bool udwarf_type_of(Dwarf_Die *die, Dwarf_Die *type);
/* The type behind typedefs and qualifiers; false: void, or too deep. */
bool udwarf_peel(Dwarf_Die *type);
bool udwarf_is_float(Dwarf_Die *type);
/* A name that can be printed and written in a script; "" for none. */
const char *udwarf_name(struct arena *a, Dwarf_Die *die);

const struct type *udwarf_type(struct types *t, struct udwarf_file *d,
			       Dwarf_Die *type);
/* As C declares it: "const struct point *". */
const char *udwarf_declaration(struct arena *a, Dwarf_Die *type);

#endif
