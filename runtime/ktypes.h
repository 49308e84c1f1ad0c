/* ktypes.h - the running kernel's types, its modules' once they are asked for.
 */
#ifndef KTYPES_H
#define KTYPES_H

#include <bpf/btf.h>

#include "compiler/base.h"

struct ktypes {
	struct btf *vmlinux; /* NULL: the kernel has none, or not yet asked */
	struct btf **modules;
	size_t nmodules;
	bool read_modules;
};

/* Reads those of vmlinux, unless that was done; false: there are none. */
bool ktypes_open(struct ktypes *k);
void ktypes_close(struct ktypes *k); /* zeroed is fine */

/* The type of one kind and name, and in *btf where it is; 0: nowhere. */
int ktypes_find(struct ktypes *k, const char *name, uint32_t kind,
		struct btf **btf);

/* The i-th of vmlinux and all modules; NULL: there are no more. */
struct btf *ktypes_each(struct ktypes *k, size_t i);

#endif
