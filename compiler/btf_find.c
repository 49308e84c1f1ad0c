#include "btf_own.h"

#include <stdio.h>
#include <string.h>

/* Types by name. */

/* By kind; bits of enum bt_ns. */
static unsigned int ns_bit(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		return 1u << BTN_STRUCT;
	case BTF_KIND_UNION:
		return 1u << BTN_UNION;
	case BTF_KIND_FWD:
		return btf_kflag(t) ? 1u << BTN_UNION : 1u << BTN_STRUCT;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return 1u << BTN_ENUM;
	case BTF_KIND_TYPEDEF:
		return 1u << BTN_TYPEDEF;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return 1u << BTN_BASE;
	case BTF_KIND_FUNC:
		return 1u << BTN_FUNC;
	case BTF_KIND_VAR:
		return 1u << BTN_VAR;
	default:
		return 0;
	}
}

static bool is_forward(const struct btf_type *t)
{
	return btf_is_fwd(t) || (btf_is_any_enum(t) && !btf_vlen(t));
}

/* How good an answer a type is; the lower the better. */
static unsigned int rank(const struct btf_type *t)
{
	return ns_bit(t) | (is_forward(t) ? 1u << 16 : 0);
}

/* One pass over the names; building an index would cost more than the few
 * lookups a script makes. */
static struct bt_ref scan(struct kbtf *k, uint32_t src, unsigned int mask,
			  const char *name, unsigned int *best)
{
	const struct btf *btf = kbtf_src(k, src);
	uint32_t id, n = btf ? btf__type_cnt(btf) : 0;
	struct bt_ref found = { 0 };
	const struct btf_type *t;
	const char *s;

	for (id = kbtf_first_id(k, src); id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (!t || !(ns_bit(t) & mask) || rank(t) >= *best)
			continue;
		s = btf__name_by_offset(btf, t->name_off);
		if (!s || s[0] != name[0] || strcmp(s, name))
			continue;
		found = (struct bt_ref){ src, id };
		*best = rank(t);
		if (*best == (mask & -mask)) /* there is no better */
			break;
	}
	return found;
}

static struct bt_ref search(struct kbtf *k, const char *module,
			    unsigned int mask, const char *name)
{
	struct bt_ref found = { 0 }, r;
	unsigned int best = ~0u;
	uint32_t src;

	if (kbtf_src_is(k, SRC_VMLINUX, module))
		found = scan(k, SRC_VMLINUX, mask, name, &best);
	if ((module && !strcmp(module, "vmlinux")) || best < 1u << 16)
		return found;
	for (src = SRC_MODULE; src <= kbtf_last_src(k); src++) {
		if (!kbtf_src_is(k, src, module))
			continue;
		r = scan(k, src, mask, name, &best);
		if (bt_found(r))
			found = r;
		if (best < 1u << 16)
			break;
	}
	return found;
}

static char *lookup_key(struct kbtf *k, const char *module, unsigned int mask,
			const char *name)
{
	return arena_printf(k->arena, "%x %s %s", mask, module ? module : "",
			    name);
}

static struct bt_ref lookup(struct kbtf *k, const char *module,
			    unsigned int mask, const char *name)
{
	struct bt_ref *r;
	char *key;

	if (!name[0] || !kbtf_load(k))
		return (struct bt_ref){ 0 };
	key = lookup_key(k, module, mask, name);
	r = table_get(&k->found, key);
	if (!r) {
		r = arena_make(k->arena, struct bt_ref);
		*r = search(k, module, mask, name);
		table_put(&k->found, k->arena, key, r);
	}
	return *r;
}

struct bt_ref kbtf_find_in(struct kbtf *k, const char *module, enum bt_ns ns,
			   const char *name)
{
	return lookup(k, module, 1u << ns, name);
}

const char *kbtf_module(struct kbtf *k, struct bt_ref r)
{
	return kbtf_src_name(k, r.src);
}

struct bt_ref kbtf_find(struct kbtf *k, enum bt_ns ns, const char *name)
{
	return lookup(k, NULL, 1u << ns, name);
}

struct bt_ref kbtf_struct(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_STRUCT, name);
}

struct bt_ref kbtf_union(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_UNION, name);
}

struct bt_ref kbtf_enum(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_ENUM, name);
}

struct bt_ref kbtf_typedef(struct kbtf *k, const char *name)
{
	return kbtf_find(k, BTN_TYPEDEF, name);
}

struct bt_ref kbtf_any(struct kbtf *k, const char *name)
{
	return lookup(k, NULL,
		      1u << BTN_STRUCT | 1u << BTN_UNION | 1u << BTN_ENUM |
			      1u << BTN_TYPEDEF | 1u << BTN_BASE,
		      name);
}

void kbtf_each_name(struct kbtf *k, enum bt_ns ns, const char *only,
		    bt_name_fn *f, void *ctx)
{
	const struct btf_type *t;
	const struct btf *btf;
	uint32_t src, id, n;
	const char *name;

	if (!kbtf_load(k))
		return;
	for (src = SRC_VMLINUX; src <= kbtf_last_src(k); src++) {
		if (!kbtf_src_is(k, src, only))
			continue;
		btf = kbtf_src(k, src);
		n = btf ? btf__type_cnt(btf) : 0;
		for (id = kbtf_first_id(k, src); id < n; id++) {
			t = btf__type_by_id(btf, id);
			if (!t || !(ns_bit(t) & 1u << ns) || is_forward(t))
				continue;
			name = btf__name_by_offset(btf, t->name_off);
			if (name && name[0])
				f(ctx, kbtf_src_name(k, src), name);
		}
	}
}

void kbtf_prepare(struct kbtf *k, enum bt_ns ns)
{
	struct bt_ref *r;
	uint32_t src, id, n;
	const struct btf_type *t;
	const struct btf *btf;
	char *key;

	if (!kbtf_load(k))
		return;
	for (src = SRC_VMLINUX; src <= kbtf_last_src(k); src++) {
		btf = kbtf_src(k, src);
		n = btf ? btf__type_cnt(btf) : 0;
		for (id = kbtf_first_id(k, src); id < n; id++) {
			t = btf__type_by_id(btf, id);
			if (!t || !(ns_bit(t) & 1u << ns) || is_forward(t))
				continue;
			key = lookup_key(
				k,
				kbtf_src_name(k, src) ? kbtf_src_name(k, src)
						      : "vmlinux",
				1u << ns, kbtf_name_at(k, src, t->name_off));
			if (table_get(&k->found, key))
				continue;
			r = arena_make(k->arena, struct bt_ref);
			*r = (struct bt_ref){ src, id };
			table_put(&k->found, k->arena, key, r);
		}
	}
}
