#include "btf_own.h"

#include <string.h>

/* What a type is: peeled, described, its members, constants, parameters. */

/* libbpf checks that records lie within the file, not that they make sense: a
 * typedef may be its own target. */
#define MAX_CHAIN 32 /* typedefs and qualifiers around a type */

static bool is_wrapper(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
	case BTF_KIND_FUNC:
		return true;
	default:
		return false;
	}
}

/* What is left of a type without typedefs, qualifiers and tags. */
static const struct btf_type *peel(struct kbtf *k, struct bt_ref *r,
				   const char **alias)
{
	const struct btf_type *t;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = kbtf_type_at(k, *r);
		if (!t || !is_wrapper(t))
			return t;
		if (alias && !*alias && btf_is_typedef(t))
			*alias = kbtf_name_at(k, r->src, t->name_off);
		*r = kbtf_ref(k, r->src, t->type);
	}
	return NULL;
}

const char *kbtf_qualifiers(struct kbtf *k, struct bt_ref ref)
{
	static const char *const text[] = { "", "const ", "volatile ",
					    "const volatile " };
	const struct btf_type *t;
	unsigned int seen = 0;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = kbtf_type_at(k, ref);
		if (!t || !is_wrapper(t) || btf_is_typedef(t))
			break;
		seen |= btf_is_const(t) ? 1u : btf_is_volatile(t) ? 2u : 0;
		ref = kbtf_ref(k, ref.src, t->type);
	}
	return text[seen];
}

/* __user and its like stand between a pointer and what it points to. */
static void pointer_tags(struct kbtf *k, struct bt_type *out)
{
	struct bt_ref r = out->elem;
	const struct btf_type *t;
	const char *tag;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = kbtf_type_at(k, r);
		if (!t || !is_wrapper(t) || btf_is_typedef(t))
			return;
		if (btf_is_type_tag(t)) {
			tag = kbtf_name_at(k, r.src, t->name_off);
			out->user |= !strcmp(tag, "user");
			out->percpu |= !strcmp(tag, "percpu");
			out->rcu |= !strcmp(tag, "rcu");
		}
		r = kbtf_ref(k, r.src, t->type);
	}
}

static uint64_t size_of(struct kbtf *k, struct bt_ref r)
{
	const struct btf_type *t;
	uint64_t count = 1;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		t = peel(k, &r, NULL);
		if (!t)
			return 0;
		if (btf_is_ptr(t))
			return count * 8;
		if (btf_is_int(t) || btf_is_composite(t) || btf_is_float(t) ||
		    btf_is_any_enum(t))
			return count * t->size;
		if (!btf_is_array(t))
			return 0;
		count *= btf_array(t)->nelems;
		if (count > UINT32_MAX)
			return 0;
		r = kbtf_ref(k, r.src, btf_array(t)->type);
	}
	return 0;
}

static void describe_int(const struct btf_type *t, struct bt_type *out)
{
	unsigned int enc = btf_int_encoding(t);

	out->is_signed = enc & BTF_INT_SIGNED;
	if (enc & BTF_INT_BOOL)
		out->kind = BT_BOOL;
	else if (t->size == 1 && !strcmp(out->name, "char"))
		out->kind = BT_CHAR;
	else
		out->kind = BT_INT;
}

static void describe_kind(struct kbtf *k, const struct btf_type *t,
			  struct bt_type *out)
{
	uint32_t src = out->self.src;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		describe_int(t, out);
		break;
	case BTF_KIND_FLOAT:
		out->kind = BT_FLOAT;
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		out->kind = BT_ENUM;
		out->is_signed = btf_kflag(t);
		out->nmembers = btf_vlen(t);
		break;
	case BTF_KIND_PTR:
		out->kind = BT_PTR;
		out->elem = kbtf_ref(k, src, t->type);
		pointer_tags(k, out);
		break;
	case BTF_KIND_ARRAY:
		out->kind = BT_ARRAY;
		out->elem = kbtf_ref(k, src, btf_array(t)->type);
		out->nelems = btf_array(t)->nelems;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		out->kind = btf_is_union(t) ? BT_UNION : BT_STRUCT;
		out->nmembers = btf_vlen(t);
		break;
	case BTF_KIND_FWD:
		out->kind = BT_FWD;
		out->is_union = btf_kflag(t);
		break;
	case BTF_KIND_FUNC_PROTO:
		out->kind = BT_FUNC_PROTO;
		out->elem = kbtf_ref(k, src, t->type);
		out->nmembers = btf_vlen(t);
		break;
	default:
		break;
	}
}

struct bt_type kbtf_describe(struct kbtf *k, struct bt_ref ref)
{
	struct bt_type out = { .kind = BT_VOID, .name = "void", .self = ref };
	const struct btf_type *t = peel(k, &out.self, &out.alias);

	if (!t)
		return out;
	out.name = kbtf_name_at(k, out.self.src, t->name_off);
	out.size = size_of(k, out.self);
	describe_kind(k, t, &out);
	return out;
}

static bool is_bit_int(const struct btf_type *t)
{
	return t && btf_is_int(t) && btf_int_bits(t) < t->size * 8;
}

bool kbtf_member(struct kbtf *k, struct bt_ref s, uint32_t i,
		 struct bt_field *out)
{
	const struct btf_type *t = peel(k, &s, NULL), *mt;
	const struct btf_member *m;
	struct bt_ref r;

	if (!t || !btf_is_composite(t) || i >= btf_vlen(t))
		return false;
	m = btf_members(t) + i;
	r = kbtf_ref(k, s.src, m->type);
	*out = (struct bt_field){
		.name = kbtf_name_at(k, s.src, m->name_off),
		.type = r,
		.bit_offset = btf_member_bit_offset(t, i),
		.bitfield_size = btf_member_bitfield_size(t, i),
	};
	/* Before 5.0 a bit field was an int type of fewer bits. */
	mt = peel(k, &r, NULL);
	if (!btf_kflag(t) && is_bit_int(mt)) {
		out->bitfield_size = btf_int_bits(mt);
		out->bit_offset += btf_int_offset(mt);
	}
	return true;
}

/* ---- enums ---- */

bool kbtf_enumerator(struct kbtf *k, struct bt_ref e, uint32_t i,
		     struct bt_enumerator *out)
{
	const struct btf_type *t = peel(k, &e, NULL);
	uint32_t off;

	if (!t || !btf_is_any_enum(t) || i >= btf_vlen(t))
		return false;
	out->type = e;
	out->is_signed = btf_kflag(t);
	if (btf_is_enum64(t)) {
		out->value = btf_enum64_value(btf_enum64(t) + i);
		off = btf_enum64(t)[i].name_off;
	} else {
		int32_t v = btf_enum(t)[i].val;

		out->value =
			out->is_signed ? (uint64_t)(int64_t)v : (uint32_t)v;
		off = btf_enum(t)[i].name_off;
	}
	out->name = kbtf_name_at(k, e.src, off);
	return true;
}

static bool enum_has(const struct btf *btf, const struct btf_type *t,
		     const char *name, uint32_t *index)
{
	uint32_t i, off;
	const char *s;

	for (i = 0; i < btf_vlen(t); i++) {
		off = btf_is_enum64(t) ? btf_enum64(t)[i].name_off
				       : btf_enum(t)[i].name_off;
		s = btf__name_by_offset(btf, off);
		if (s && s[0] == name[0] && !strcmp(s, name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool scan_constants(struct kbtf *k, uint32_t src, const char *name,
			   struct bt_enumerator *out)
{
	const struct btf *btf = kbtf_src(k, src);
	uint32_t id, i, n = btf ? btf__type_cnt(btf) : 0;
	const struct btf_type *t;

	for (id = kbtf_first_id(k, src); id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (t && btf_is_any_enum(t) && enum_has(btf, t, name, &i))
			return kbtf_enumerator(k, (struct bt_ref){ src, id }, i,
					       out);
	}
	return false;
}

bool kbtf_enum_constant(struct kbtf *k, const char *name,
			struct bt_enumerator *out)
{
	struct bt_enumerator *e;
	uint32_t src;

	if (!name[0] || !kbtf_load(k))
		return false;
	e = table_get(&k->constants, name);
	if (!e) {
		e = arena_make(k->arena, struct bt_enumerator);
		for (src = SRC_VMLINUX; src <= kbtf_last_src(k); src++)
			if (scan_constants(k, src, name, e))
				break;
		table_put(&k->constants, k->arena, arena_strdup(k->arena, name),
			  e);
	}
	if (!e->name)
		return false;
	*out = *e;
	return true;
}

/* ---- functions and variables ---- */

bool kbtf_param(struct kbtf *k, struct bt_ref proto, uint32_t i,
		struct bt_param *out)
{
	const struct btf_type *t = peel(k, &proto, NULL);

	if (!t || !btf_is_func_proto(t) || i >= btf_vlen(t))
		return false;
	out->name = kbtf_name_at(k, proto.src, btf_params(t)[i].name_off);
	out->type = kbtf_ref(k, proto.src, btf_params(t)[i].type);
	return true;
}

static bool is_in_section(struct kbtf *k, struct bt_ref var, const char *name)
{
	const struct btf *btf = kbtf_src(k, var.src);
	uint32_t id, i, n = btf ? btf__type_cnt(btf) : 0;
	const struct btf_type *t;

	for (id = n; id-- > kbtf_first_id(k, var.src);) { /* they come last */
		t = btf__type_by_id(btf, id);
		if (!t || !btf_is_datasec(t) ||
		    strcmp(kbtf_name_at(k, var.src, t->name_off), name))
			continue;
		for (i = 0; i < btf_vlen(t); i++)
			if (btf_var_secinfos(t)[i].type == var.id)
				return true;
	}
	return false;
}

bool kbtf_var(struct kbtf *k, const char *name, struct bt_ref *type,
	      bool *percpu)
{
	struct bt_ref r = kbtf_find(k, BTN_VAR, name);
	const struct btf_type *t = kbtf_type_at(k, r);

	if (!t)
		return false;
	*type = kbtf_ref(k, r.src, t->type);
	*percpu = is_in_section(k, r, ".data..percpu");
	return true;
}
