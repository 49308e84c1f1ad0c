/*
 * udwarf.h - what debug information knows of a user program: the parameters of
 * its functions and its types.
 *
 * elfutils' libdw reads it (DWARF 2 to 5), from the file itself or from its
 * separate debug file.  It is opened by those who ask, and taken to be hostile:
 * types may be in circles, and anything may be missing.
 */
#ifndef UDWARF_H
#define UDWARF_H

#include "type.h"

struct elfsym_file;
struct udwarf_file;

/* How a parameter reaches its function, when that is entered. */
enum udwarf_place {
	UDWARF_REGISTER,  /* the low bytes of one register */
	UDWARF_ARGN,	  /* on the stack, where argN is */
	UDWARF_PIECES,	  /* in memory, or in several registers */
	UDWARF_CONSTANT,  /* where it was inlined: the same at every call */
	UDWARF_FLOAT,	  /* a register that no program can read */
	UDWARF_OPTIMIZED, /* the compiler did without it */
};

struct udwarf_param {
	const char *name;	 /* "" for none */
	const char *declaration; /* its type as C writes it */
	const struct type *type;
	enum udwarf_place place;
	uint32_t offset; /* REGISTER: bytes into struct pt_regs; ARGN: N */
	uint64_t value;	 /* CONSTANT */
};

struct udwarf_function {
	VEC(struct udwarf_param) params;
};

/* The file's debug information, once for each path; NULL when it has none or
 * can't be read.  Lives until udwarf_close_all(). */
struct udwarf_file *udwarf_open(struct types *t, const char *path);
void udwarf_close_all(struct types *t);

/* The function that begins at an address of the file; inlined: that is inlined
 * there, by this name; NULL: it is not.  False: there is nothing about it. */
bool udwarf_function(struct types *t, struct udwarf_file *d, uint64_t addr,
		     const char *inlined, struct udwarf_function *out);

/* The type of a global variable.  NULL: nothing is known of it. */
const struct type *udwarf_variable(struct types *t, struct udwarf_file *d,
				   const char *name);

enum udwarf_kind { UDWARF_STRUCT, UDWARF_UNION, UDWARF_ENUM, UDWARF_TYPEDEF };

/* A type of the program's by name, the first that is defined.  NULL: there is
 * none. */
const struct type *udwarf_named(struct types *t, struct udwarf_file *d,
				enum udwarf_kind kind, const char *name);

/* For type_complete(): the members of a struct that came from here. */
void udwarf_complete(struct types *t, struct type *s);

#endif
