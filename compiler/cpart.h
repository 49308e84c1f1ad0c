/*
 * cpart.h - the C part of a script: #define, #if, structs, unions, enums,
 * typedefs.
 *
 * What comes out are plain lists, in the order of the text; they know no sizes
 * of structs and no BTF.  All of it lives in the program's arena.
 */
#ifndef CPART_H
#define CPART_H

#include "ast.h"
#include "table.h"

/*
 * A type as C writes it: the base, then that many '*', then arrays, the
 * outermost first.  A pointer to a function or to an array is a void *.
 */
struct c_type {
	enum c_kind {
		C_VOID,
		C_BOOL,
		C_INT,
		C_FLOAT,
		C_STRUCT,
		C_UNION,
		C_ENUM,
		C_NAMED, /* a typedef of the script or of BTF: u32, size_t */
	} kind;
	uint32_t size;	  /* C_BOOL, C_INT, C_FLOAT: bytes */
	bool is_signed;	  /* C_INT */
	bool is_char;	  /* C_INT: an array of it is a string */
	const char *name; /* tag of struct, union, enum; C_NAMED; NULL: none */
	const struct c_struct *in_place;    /* C_STRUCT, C_UNION with a body */
	const struct c_enum *enum_in_place; /* C_ENUM with a body */
	uint32_t pointers;
	const uint64_t *dims; /* 0: flexible */
	uint32_t ndims;
	struct span at;
};

struct c_member {
	struct c_member *next;
	const char *name; /* NULL: anonymous struct or union, or padding bits */
	struct span at;
	struct c_type type;
	bool is_bits;	/* a bit-field of */
	uint32_t bits;	/* so many; 0 ends its unit */
	uint32_t align; /* __attribute__((aligned(N))), bytes; 0: none */
	bool packed;	/* __attribute__((packed)) */
};

/* A struct or union with its body; those inside it stand before it in the list
 * if they have a tag. */
struct c_struct {
	struct c_struct *next;
	bool is_union;
	const char *tag; /* NULL: anonymous */
	struct span at;	 /* of the tag, or the word struct */
	uint32_t order;	 /* among structs and typedefs, as they begin */
	struct c_member *members;
	bool preserve_access_index, packed;
	uint32_t align; /* aligned(N), bytes; 0: none */
	bool repeated;	/* not the first of its tag: type_c.c */
};

struct c_constant {
	struct c_constant *next;
	const char *name;
	struct span at;
	uint64_t value;
	bool negative; /* value is a negative int64_t */
};

struct c_enum {
	struct c_enum *next;
	const char *tag; /* NULL: anonymous */
	struct span at;
	struct c_constant *constants;
};

struct c_typedef {
	struct c_typedef *next;
	const char *name;
	struct span at;
	uint32_t order;
	struct c_type type;
};

/* #define name body; parse_expr(p, body) makes a tree of the body at each use.
 */
struct c_define {
	struct c_define *next;
	struct c_define *earlier; /* of the same name */
	const char *name;
	struct span at;	      /* of the name */
	struct span body;     /* empty: no value */
	uint32_t from, until; /* positions between which it is defined */
	uint32_t text;	      /* where the file that defines it begins */
	bool busy; /* for who expands: set while its body is being expanded */
};

/* #include <...>: BTF has what it would say. */
struct c_include {
	struct c_include *next;
	const char *path;
	struct span at;
};

struct c_part_defs {
	struct c_struct
		*structs; /* with a tag or without, outermost or tagged */
	struct c_enum *enums;
	struct c_typedef *typedefs;
	struct c_define *defines;
	struct c_include *includes;
	struct table by_name; /* name -> the last struct c_define */
};

/*
 * Who knows the sizes of types, in bytes.  It is asked with what was read so
 * far in the lists of c_part_defs; false after reporting why there is none.
 */
struct c_sizes {
	bool (*size_of)(void *arg, const struct c_type *type, uint64_t *size);
	void *arg;
};

/* Read all of p->c_parts.  False after errors, which are in p->diags and set
 * p->broken. */
bool cpart_parse(struct program *p, struct c_part_defs *out,
		 const struct c_sizes *sizes);

/* The define of that name in force at a position; NULL: none.  One of another
 * file, a header or an import, holds everywhere if it holds to its end. */
struct c_define *cpart_define(const struct c_part_defs *defs,
			      const struct sources *sources, const char *name,
			      uint32_t pos);

#endif
