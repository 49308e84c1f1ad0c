/*
 * type.h - the types of the language.
 *
 * Types are interned: two types are the same if their pointers are.  They live
 * in the compiler's arena and are never freed or changed, except that the
 * members of a kernel struct are filled in when they are first asked for.
 *
 * The bytes of a value in memory are those of render.def.  In the emitter a
 * scalar (type_is_scalar) is an LLVM integer and all else is an address.
 */
#ifndef TYPE_H
#define TYPE_H

#include "base.h"
#include "btf.h"
#include "plan.h"
#include "table.h"

struct udwarf_origin;
struct program;
struct node;

enum type_kind {
	T_ERROR, /* already reported: fits everything */
	T_NONE,	 /* not known yet; only while inferring */
	T_VOID,
	/* scalars */
	T_BOOL,
	T_INT,
	T_ENUM,
	T_PTR,
	/* aggregates: addresses in the emitter */
	T_ARRAY,
	T_STRUCT, /* struct and union */
	T_STRING,
	T_BUFFER,
	T_INET,
	T_MACADDR,
	T_TUPLE,
	T_RECORD,
	T_KSTACK,
	T_USTACK,
	T_USYM,
	T_TIMESTAMP,
	T_CGROUP_PATH,
	/* scalars that are shown in a way of their own */
	T_KSYM,	    /* u64 */
	T_USERNAME, /* u32 */
	T_COMM,	    /* u32: a thread, by its name */
	T_PROBE,    /* u64: attach cookie */
	/* values of maps only */
	T_AGG,
	T_KINDS
};

/* Where a pointer points; decides which helper reads through it. */
enum space {
	SPACE_KERNEL,
	SPACE_USER,
	SPACE_BPF, /* memory of the program: &$x, &@m, map values */
	SPACE_CTX, /* the program's context: args */
};

enum agg_kind {
#define AGG(id, name, words) AGG_##id,
#include "agg.def"
#undef AGG
	NAGGS
};

/* How the offset of a member is known. */
enum origin {
	ORIGIN_SCRIPT,	   /* laid out here; offsets are final */
	ORIGIN_RELOCATED,  /* a kernel type, or preserve_access_index: CO-RE */
	ORIGIN_TRACEPOINT, /* a tracepoint record: offsets into the context */
	ORIGIN_ARGS,	   /* fentry, tp_btf: member i is the u64 at ctx[i] */
};

struct member {
	const char *name; /* "" for an anonymous struct or union */
	const struct type *type;
	const struct type *owner; /* the struct it is declared in */
	uint32_t offset;	  /* bytes; of its unit for a bit-field */
	uint32_t bit_offset;	  /* bit-fields: from offset */
	uint32_t bits;		  /* bit-fields: width; 0 otherwise */
	uint32_t index;		  /* position among its owner's members */
	bool data_loc;		  /* tracepoint: u32 of offset and length; type
				     is string[max_strlen], or a pointer to the
				     first element */
	bool rel_loc;		  /* the same, the offset counted from the
				     field's end */
};

struct type {
	enum type_kind kind;
	const char *str; /* type_str() */
	const char *key; /* unique: what it is interned by */
	bool literal;	 /* T_INT: of a non-negative literal, whose sign bends;
			    others: such a type is part of it.  Only while
			    inferring: type_settle() */
	uint32_t size;	 /* bytes in memory */
	uint32_t align;	 /* bytes */
	bool is_signed;	 /* T_INT, T_ENUM; T_AGG of sum, min, max, avg, stats */
	const char *name; /* T_STRUCT: with its word: "struct path"; T_ENUM:
			     "enum e"; T_INT: the typedef it was named by, or
			     NULL */
	/* T_PTR: what it points to; T_ARRAY: element */
	const struct type *elem;
	enum space space; /* T_PTR */
	uint32_t n; /* T_ARRAY: elements; T_STRING, T_BUFFER: capacity in bytes
		       (a string's NUL included) */

	/* T_STRUCT, T_TUPLE, T_RECORD */
	enum origin origin;
	bool is_union;
	struct member *members;
	uint32_t nmembers;
	struct table *by_name; /* of many members; made by the first search */
	bool complete;	       /* members are filled in */
	struct bt_ref btf;     /* T_STRUCT, T_ENUM from BTF */
	struct udwarf_origin *dwarf; /* T_STRUCT of a user program */
	const char *core_name;	     /* ORIGIN_RELOCATED: name to match, flavour
					included, without "struct " */

	/* T_ENUM from the script */
	VEC(struct plan_constant) constants;

	/* T_KSTACK, T_USTACK */
	enum stack_mode stack_mode;
	uint32_t frames; /* limit */

	/* T_AGG */
	enum agg_kind agg;
	uint32_t hist_bits;			  /* TSERIES: enum tseries_of */
	int64_t lhist_min, lhist_max, lhist_step; /* TSERIES: ns of an interval,
						     how many of them, 0 */
};

/* Everything types are made from; one per compilation. */
struct types {
	struct arena *arena;
	struct kbtf *btf;	/* opened on first use */
	struct table interned;	/* type_str -> type */
	struct table script;	/* "struct s", "enum e", typedef -> type */
	struct table constants; /* enumerator -> struct enumerator */
	struct table planned;	/* key -> index + 1 into plan.types */
	struct table dwarf;	/* path -> struct udwarf_file */
	uint32_t max_strlen;
	uint32_t pointer_size; /* bytes: 8 */
};

struct enumerator {
	const struct type *type;
	uint64_t value;
};

extern const struct type type_error, type_none, type_void, type_bool;
extern const struct type type_int8, type_int16, type_int32, type_int64;
extern const struct type type_uint8, type_uint16, type_uint32, type_uint64;
extern const struct type type_inet, type_macaddr, type_ksym, type_usym;
extern const struct type type_timestamp, type_cgroup_path, type_username;
extern const struct type type_comm;
extern const struct type type_probe;
/* Of a probe's name the function, for where it has returned. */
extern const struct type type_probe_func;

const struct type *type_int(uint32_t size, bool is_signed);
const struct type *type_ptr(struct types *t, const struct type *to,
			    enum space space);
const struct type *type_array(struct types *t, const struct type *elem,
			      uint32_t n);
const struct type *type_string(struct types *t, uint32_t capacity);
const struct type *type_buffer(struct types *t, uint32_t capacity);
/* names: NULL for a tuple; one per part for a record. */
const struct type *type_tuple(struct types *t, const struct type *const *parts,
			      const char *const *names, uint32_t n);
const struct type *type_stack(struct types *t, bool user, enum stack_mode mode,
			      uint32_t frames);
const struct type *type_agg(struct types *t, const struct type *shape);

/* A struct, union, enum or typedef by name; the script's own come first.  NULL:
 * neither the script nor BTF has it. */
const struct type *type_struct(struct types *t, const char *name,
			       bool is_union);
const struct type *type_enum(struct types *t, const char *name);
const struct type *type_typedef(struct types *t, const char *name);
/* What BTF has at ref, as a type of the language: char[N] is string[N]. */
const struct type *type_of_btf(struct types *t, struct bt_ref ref);
/* An enumerator of the script or of BTF; false if there is none. */
bool type_enumerator(struct types *t, const char *name, struct enumerator *out);

/*
 * The member called name, anonymous structs and unions seen through: offset is
 * from the start of t, owner the outermost struct.  Fills in members first.
 * NULL: no such member.
 */
const struct member *type_member(struct types *ts, const struct type *t,
				 const char *name);
/* Fill in the members of a struct; a no-op when they are. */
void type_complete(struct types *ts, const struct type *t);
/*
 * Where a bit-field lies that begins `at` bits into its struct, as libbpf has
 * it: in the aligned unit of its type that holds it, or, where it straddles two
 * (packed structs), in one twice as wide, up to 8 bytes; from the byte where it
 * begins if it straddles those too.  m->type is set.
 */
void type_place_bits(struct member *m, uint64_t at, uint32_t bits);
/* Names of its members, for hints; ends with NULL. */
const char *const *type_member_names(struct types *ts, const struct type *t);

bool type_is_scalar(const struct type *t);
bool type_is_int(const struct type *t); /* INT, BOOL, ENUM */
bool type_is_agg(const struct type *t, enum agg_kind kind);
bool type_agg_is_int(const struct type *t); /* reads as an integer */

/* As a user would write it: "int32", "struct path *", "string[16]",
 * "(int64,string[4])". */
const char *type_str(const struct type *t);

/*
 * The members to pass through from t to the one called name: anonymous structs
 * and unions, then the member itself.  Offsets are from the start of the member
 * before.  How many were written to path; 0: no such member, or deeper than
 * max.
 */
uint32_t type_member_path(struct types *ts, const struct type *t,
			  const char *name, const struct member **path,
			  uint32_t max);

/* The type that an integer literal of that value has. */
const struct type *type_literal(uint64_t value, bool negative);
/* The same type once literals are what they are: plain signed integers. */
const struct type *type_settle(struct types *t, const struct type *type);
/* The least type that both fit; NULL: there is none.  Sets *mixed when a uint64
 * and a signed integer met, so that values may change. */
const struct type *type_join(struct types *t, const struct type *a,
			     const struct type *b, bool *mixed);
/* Same type, or structs of one name from two places. */
bool type_same(const struct type *a, const struct type *b);
/* The integer an aggregation reads as; NULL: it does not. */
const struct type *type_agg_int(const struct type *agg);
/* A name that is a type without any declaration: int32, "unsigned long",
 * uint64_t, string, macaddr_t.  NULL: it is not. */
const struct type *type_builtin(struct types *t, const char *name);

/* The type's row in the plan, added on first use: an index into p->types. */
uint32_t type_plan(struct types *ts, struct plan *p, struct arena *a,
		   const struct type *t);

#endif
