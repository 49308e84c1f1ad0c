#include "layout.h"

#include <string.h>

#include "runtime/ktypes.h"

enum {
	MAX_DEPTH = 32,	     /* of structs within each other */
	MAX_STEPS = 1000000, /* members compared: an image may be anything */
};

struct here {
	const struct plan *p;
	struct ktypes *types;
	uint32_t steps;
};

/* "struct path" by its kind and name; *btf says where it is.  0: not here. */
static int find_type(struct here *h, const char *name, struct btf **btf)
{
	static const struct {
		const char *word;
		uint32_t kind;
	} words[] = { { "struct ", BTF_KIND_STRUCT },
		      { "union ", BTF_KIND_UNION },
		      { "enum ", BTF_KIND_ENUM },
		      { "enum ", BTF_KIND_ENUM64 } };
	size_t k, len;
	int id;

	for (k = 0; k < countof(words); k++) {
		len = strlen(words[k].word);
		if (strncmp(name, words[k].word, len) != 0)
			continue;
		id = ktypes_find(h->types, name + len, words[k].kind, btf);
		if (id > 0)
			return id;
	}
	return 0;
}

static const struct btf_type *plain(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static bool same_type(struct here *h, const struct btf *btf, uint32_t id,
		      const struct plan_type *t, int depth);

/* Is there a member of the same name and type at the same bits?  Those of
 * unions without a name are told apart by their types alone. */
static bool same_member(struct here *h, const struct btf *btf,
			const struct btf_type *s, const struct plan_field *f,
			int depth)
{
	const struct plan_type *t = &h->p->types.v[f->type];
	uint32_t at = 8 * f->offset + f->bit_offset, i;

	for (i = 0; i < btf_vlen(s); i++) {
		const struct btf_member *m = &btf_members(s)[i];
		const char *name = btf__name_by_offset(btf, m->name_off);

		if (btf_member_bit_offset(s, i) == at &&
		    btf_member_bitfield_size(s, i) == f->bits && name &&
		    strcmp(name, f->name) == 0 &&
		    same_type(h, btf, m->type, t, depth + 1))
			return true;
	}
	return false;
}

static bool same_struct(struct here *h, const struct btf *btf,
			const struct btf_type *s, const struct plan_type *t,
			int depth)
{
	size_t i;

	if (!btf_is_composite(s) || s->size != t->size)
		return false;
	for (i = 0; i < t->fields.n; i++)
		if (!same_member(h, btf, s, &t->fields.v[i], depth))
			return false;
	return true;
}

/* What is shown as one number or text has but a size. */
static bool same_type(struct here *h, const struct btf *btf, uint32_t id,
		      const struct plan_type *t, int depth)
{
	const struct btf_type *s = plain(btf, id);

	if (!s || depth > MAX_DEPTH || ++h->steps > MAX_STEPS)
		return false;
	if (t->show == SHOW_STRUCT)
		return same_struct(h, btf, s, t, depth);
	if (t->show == SHOW_ARRAY && btf_is_array(s))
		return btf_array(s)->nelems == t->n &&
		       same_type(h, btf, btf_array(s)->type,
				 &h->p->types.v[t->elem], depth + 1);
	return btf__resolve_size(btf, id) == (int64_t)t->size;
}

/* An enum's constants by the names and values they have here. */
static void take_constants(struct plan_type *t, struct arena *a,
			   const struct btf *btf, int id)
{
	const struct btf_type *e = btf__type_by_id(btf, (uint32_t)id);
	uint32_t i;

	t->constants.n = 0;
	for (i = 0; i < btf_vlen(e); i++) {
		struct plan_constant *c = vec_push(a, &t->constants);
		uint32_t name;

		if (btf_is_enum64(e)) {
			name = btf_enum64(e)[i].name_off;
			c->value = btf_enum64_value(&btf_enum64(e)[i]);
		} else {
			name = btf_enum(e)[i].name_off;
			c->value =
				btf_kflag(e)
					? (uint64_t)(int64_t)btf_enum(e)[i].val
					: (uint32_t)btf_enum(e)[i].val;
		}
		c->name = arena_strdup(a, btf__name_by_offset(btf, name));
	}
}

static bool check_one(struct here *h, struct plan_type *t, struct arena *a,
		      const struct reporter *rep)
{
	struct btf *btf;
	int id = find_type(h, t->name, &btf);

	if (t->show == SHOW_ENUM) {
		if (id)
			take_constants(t, a, btf, id);
		return true;
	}
	if (id && same_type(h, btf, (uint32_t)id, t, 0))
		return true;
	report(rep, REPORT_ERROR, NULL,
	       "take its fields one by one, or compile the script here",
	       id ? "%s is copied as a whole, and this kernel lays it out "
		    "otherwise"
		  : "%s is copied as a whole, and this kernel does not have it",
	       t->name);
	return false;
}

bool layout_check(struct plan *p, struct ktypes *types, struct arena *a,
		  const struct reporter *rep)
{
	struct here h = { .p = p, .types = types };
	bool good = true;
	size_t i;

	for (i = 0; i < p->types.n; i++) {
		struct plan_type *t = &p->types.v[i];

		/* a type without a name is checked as part of another */
		if (!t->relocated || !strchr(t->name, ' ') ||
		    !strchr(t->name, ' ')[1])
			continue;
		if (!ktypes_open(types))
			break; /* loading will say so */
		good &= check_one(&h, t, a, rep);
	}
	return good;
}
