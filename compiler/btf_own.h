#ifndef WAGGLE_BTF_OWN_H
#define WAGGLE_BTF_OWN_H

/* What the files of btf* share: the sources of types, vmlinux and modules. */

#include <bpf/btf.h>

#include "btf.h"
#include "table.h"

enum {
	SRC_NONE,
	SRC_VMLINUX,
	SRC_MODULE, /* and up: modules in the order of k->modules */
};

struct kmodule {
	const char *name;
	struct btf *btf;
	bool tried;
};

struct kbtf {
	struct arena *arena;
	const char *path; /* NULL: the running kernel */
	const char *error;
	struct btf *vmlinux;
	uint32_t nbase; /* ids below this are vmlinux's, in modules too */
	bool tried, listed;
	VEC(struct kmodule) modules; /* in order of name */
	struct table found;	     /* answers to lookup(), also "none" */
	struct table constants;	     /* answers to kbtf_enum_constant() */
};

bool kbtf_load(struct kbtf *k); /* false: kbtf_error() says why */

/* Walks all there is: src runs from SRC_VMLINUX up to what this returns. */
uint32_t kbtf_last_src(struct kbtf *k);

/* The types of a source, NULL if there are none; and the module's name, NULL
 * for vmlinux. */
const struct btf *kbtf_src(struct kbtf *k, uint32_t src);
const char *kbtf_src_name(struct kbtf *k, uint32_t src);
bool kbtf_src_is(struct kbtf *k, uint32_t src, const char *only);

/* The first id that is this source's own. */
uint32_t kbtf_first_id(struct kbtf *k, uint32_t src);
struct bt_ref kbtf_ref(struct kbtf *k, uint32_t src, uint32_t id);

/* NULL for void and for ids that lead nowhere. */
const struct btf_type *kbtf_type_at(struct kbtf *k, struct bt_ref r);
const char *kbtf_name_at(struct kbtf *k, uint32_t src, uint32_t off);

#endif
