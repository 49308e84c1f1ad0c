/* coreloc.h - CO-RE relocations: constants that libbpf fills in at load. */
#ifndef CORELOC_H
#define CORELOC_H

#include "emit.h"

/* Numbers of enum bpf_core_relo_kind, as the intrinsics take them. */
enum core_field {
	CORE_OFFSET,
	CORE_SIZE,
	CORE_EXISTS,
	CORE_SIGNED,
	CORE_LSHIFT,
	CORE_RSHIFT,
};

enum { CORE_PATH_MAX = 32 };

/* Before the number in the name of a local type: task_struct___wg1. */
#define CORE_MARK "wg"

/*
 * What is asked of the member at the end of a path, as an i64.  path[0] is a
 * member of base, path[i + 1] of the struct that path[i] is or is an array of
 * (then of its element 0).  n: 1 to CORE_PATH_MAX.
 */
LLVMValueRef core_field(struct emitter *e, const struct type *base,
			const struct member *const *path, uint32_t n,
			enum core_field what);
/*
 * Whether there is a field called name below a path (n may be 0), whatever its
 * type: 1 or 0.
 */
LLVMValueRef core_name_exists(struct emitter *e, const struct type *base,
			      const struct member *const *path, uint32_t n,
			      const char *name);
/* Bytes of a type on the running kernel, and whether it has it (1 or 0). */
LLVMValueRef core_type_size(struct emitter *e, const struct type *t);
LLVMValueRef core_type_exists(struct emitter *e, const struct type *t);
/* Whether an enum has a constant of that name, and its value there. */
LLVMValueRef core_enum_exists(struct emitter *e, const struct type *t,
			      const char *name, uint64_t value);
LLVMValueRef core_enum_value(struct emitter *e, const struct type *t,
			     const char *name, uint64_t value);

#endif
