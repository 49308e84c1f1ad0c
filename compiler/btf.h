/* btf.h - the types of the traced kernel, by name. */
#ifndef BTF_H
#define BTF_H

#include "base.h"

/*
 * Where types come from: the running kernel and its modules, or a file given
 * by the user (raw BTF, or an ELF file with a .BTF section).  Nothing is read
 * before the first question, so a script that names no kernel type pays
 * nothing.  A module's types are read when nothing in the kernel proper has
 * the name, or when the module is asked for.
 */
struct kbtf;

/* path: NULL is the running kernel.  Never fails; see kbtf_error(). */
struct kbtf *kbtf_open(struct arena *a, const char *path);
void kbtf_close(struct kbtf *k); /* NULL is fine */
/* Reads the types if need be.  NULL: they are there; else a sentence that says
 * why not and what to do.  Without types every lookup finds nothing. */
const char *kbtf_error(struct kbtf *k);
bool kbtf_is_running_kernel(const struct kbtf *k);

/*
 * One type: which BTF it is in, and its id there.  src 0 is none, 1 the kernel
 * proper, others are modules; id 0 is void.  Equal refs are the same type, but
 * one C type may have several (in modules, or in several units of one).
 */
struct bt_ref {
	uint32_t src;
	uint32_t id;
};

static inline bool bt_found(struct bt_ref r)
{
	return r.src != 0;
}

static inline bool bt_same(struct bt_ref a, struct bt_ref b)
{
	return a.src == b.src && a.id == b.id;
}

enum bt_kind {
	BT_VOID, /* also what is broken or beyond us */
	BT_INT,
	BT_BOOL,
	BT_CHAR, /* plain char; signed and unsigned char are BT_INT */
	BT_ENUM,
	BT_PTR,
	BT_ARRAY,
	BT_STRUCT,
	BT_UNION,
	BT_FUNC_PROTO,
	BT_FWD, /* a struct, union or enum whose members are not known */
	BT_FLOAT,
};

/* A type with its typedefs, qualifiers and tags peeled off. */
struct bt_type {
	enum bt_kind kind;
	const char *name;   /* "" when it has none */
	const char *alias;  /* the outermost typedef peeled, or NULL */
	struct bt_ref self; /* what was left after peeling */
	uint64_t size;	    /* bytes; 0 when not known */
	bool is_signed;
	bool is_union; /* BT_FWD: of a union */
	/* Of a pointer, when the kernel was built by a compiler that keeps such
	 * tags (clang; not gcc before 16): what it points to is user memory,
	 * per-CPU, RCU protected. */
	bool user, percpu, rcu;
	struct bt_ref elem; /* pointee, element, result of a function */
	uint32_t nelems;    /* array: elements; 0: flexible */
	uint32_t nmembers;  /* members, constants of an enum, parameters */
};

struct bt_type kbtf_describe(struct kbtf *k, struct bt_ref ref);
/* The type in C, less const and volatile: "struct file *", "u32 [4]". */
const char *kbtf_type_str(struct kbtf *k, struct arena *a, struct bt_ref ref);
/* What kbtf_describe() peels first, up to a typedef: "", "const ", "volatile "
 * or "const volatile ". */
const char *kbtf_qualifiers(struct kbtf *k, struct bt_ref ref);

/* Namespaces of BTF names. */
enum bt_ns {
	BTN_STRUCT,
	BTN_UNION,
	BTN_ENUM,
	BTN_TYPEDEF,
	BTN_BASE, /* int, float */
	BTN_FUNC,
	BTN_VAR,
};

/* Each finds a full definition, a forward declaration only when there is
 * nothing better; src 0 when the name is not known. */
struct bt_ref kbtf_find(struct kbtf *k, enum bt_ns ns, const char *name);
/* module: as for kbtf_func(). */
struct bt_ref kbtf_find_in(struct kbtf *k, const char *module, enum bt_ns ns,
			   const char *name);
/* The module a type was found in; NULL is the kernel proper. */
const char *kbtf_module(struct kbtf *k, struct bt_ref r);
struct bt_ref kbtf_struct(struct kbtf *k, const char *name);
struct bt_ref kbtf_union(struct kbtf *k, const char *name);
struct bt_ref kbtf_enum(struct kbtf *k, const char *name);
struct bt_ref kbtf_typedef(struct kbtf *k, const char *name);
/* struct, union, enum, typedef or base type: the first that has the name. */
struct bt_ref kbtf_any(struct kbtf *k, const char *name);

struct bt_field {
	const char *name; /* "" for an anonymous struct or union */
	struct bt_ref type;
	uint32_t bit_offset;	/* from the start of the struct asked about */
	uint32_t bitfield_size; /* bits; 0: not a bit field */
};

/* Member i of a struct or union, as declared.  False: there is none. */
bool kbtf_member(struct kbtf *k, struct bt_ref s, uint32_t i,
		 struct bt_field *out);
/* A member by name, also within anonymous structs and unions. */
bool kbtf_find_field(struct kbtf *k, struct bt_ref s, const char *name,
		     struct bt_field *out);

struct bt_enumerator {
	const char *name;
	uint64_t value; /* sign-extended when is_signed */
	bool is_signed;
	struct bt_ref type; /* the enum */
};

bool kbtf_enumerator(struct kbtf *k, struct bt_ref e, uint32_t i,
		     struct bt_enumerator *out);
/* A constant of any enum, by name. */
bool kbtf_enum_constant(struct kbtf *k, const char *name,
			struct bt_enumerator *out);
/* The first constant of an enum with that value; NULL: none. */
const char *kbtf_enum_name(struct kbtf *k, struct bt_ref e, uint64_t value);

struct bt_param {
	const char *name; /* "arg0", ... when BTF has none */
	struct bt_ref type;
};

/* Parameter i of a function type as BTF has it: the name may be "". */
bool kbtf_param(struct kbtf *k, struct bt_ref proto, uint32_t i,
		struct bt_param *out);

struct bt_func {
	const char *name;
	const char *module; /* NULL: the kernel proper */
	const struct bt_param *params;
	uint32_t nparams;
	bool variadic;
	struct bt_ref ret;
};

/* A kernel function.  module: NULL looks everywhere, "vmlinux" only in the
 * kernel proper.  The parameters are put in arena a. */
bool kbtf_func(struct kbtf *k, struct arena *a, const char *module,
	       const char *name, struct bt_func *out);
/* The signature behind a function type or a pointer to one. */
bool kbtf_proto(struct kbtf *k, struct arena *a, struct bt_ref proto,
		struct bt_func *out);
/* The arguments of a raw tracepoint, without the leading void *__data.  Their
 * names are known on kernels that have __traceiter_EVENT (5.10). */
bool kbtf_rawtracepoint(struct kbtf *k, struct arena *a, const char *module,
			const char *event, struct bt_func *out);

/* A parameter or the result of a BPF program: an integer, or an address. */
struct bt_word {
	const char *name; /* "" for none */
	uint32_t size;	  /* bytes: 1, 2, 4, 8 */
	bool is_signed, is_ptr;
};

struct bt_program {
	struct bt_word *params;
	uint32_t nparams;
	struct bt_word result;
};

/* btf_program.c: a BPF program that is loaded, by name and, unless that is 0,
 * by number.  False: it is not, has no types, or we may not see it. */
bool kbtf_program(struct arena *a, const char *name, uint32_t id,
		  struct bt_program *out);

/* The type of a global variable BTF knows: per-CPU ones, on most kernels. */
bool kbtf_var(struct kbtf *k, const char *name, struct bt_ref *type,
	      bool *percpu);

/*
 * Calls f for each name of a namespace, in no particular order and possibly
 * more than once; module is NULL for the kernel proper.  only: NULL is every
 * module too, else that module ("vmlinux": just the kernel proper).
 */
typedef void bt_name_fn(void *ctx, const char *module, const char *name);
void kbtf_each_name(struct kbtf *k, enum bt_ns ns, const char *only,
		    bt_name_fn *f, void *ctx);
/* Looks all names of a namespace up in one go: for those who are about to ask
 * kbtf_find_in() for thousands.  Changes no answer. */
void kbtf_prepare(struct kbtf *k, enum bt_ns ns);

/* For hints, with nearest_name(): NULL-terminated, in arena a. */
const char *const *kbtf_field_names(struct kbtf *k, struct arena *a,
				    struct bt_ref s);
const char *const *kbtf_type_names(struct kbtf *k, struct arena *a,
				   enum bt_ns ns);
const char *const *kbtf_param_names(struct arena *a, const struct bt_func *f);

#endif
