#include "table.h"

#include <string.h>

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static size_t slot_of(const struct table *t, const char *key, uint32_t hash)
{
	size_t i = hash & (t->nslots - 1);

	for (;; i = (i + 1) & (t->nslots - 1)) {
		const struct table_entry *e;

		if (!t->slots[i])
			return i;
		e = &t->entries.v[t->slots[i] - 1];
		if (e->hash == hash && !strcmp(e->key, key))
			return i;
	}
}

void *table_get(const struct table *t, const char *key)
{
	size_t i;

	if (!t->nslots)
		return NULL;
	i = slot_of(t, key, hash_of(key));
	return t->slots[i] ? t->entries.v[t->slots[i] - 1].value : NULL;
}

static void grow(struct table *t, struct arena *a)
{
	size_t i;

	t->nslots = t->nslots ? t->nslots * 2 : 16;
	t->slots = arena_alloc(a, t->nslots * sizeof(*t->slots));
	for (i = 0; i < t->entries.n; i++) {
		const struct table_entry *e = &t->entries.v[i];

		t->slots[slot_of(t, e->key, e->hash)] = (uint32_t)i + 1;
	}
}

void table_put(struct table *t, struct arena *a, const char *key, void *value)
{
	struct table_entry *e;
	uint32_t hash = hash_of(key);
	size_t i;

	if (t->entries.n * 4 >= t->nslots * 3)
		grow(t, a);
	i = slot_of(t, key, hash);
	if (t->slots[i]) {
		t->entries.v[t->slots[i] - 1].value = value;
		return;
	}
	e = vec_push(a, &t->entries);
	*e = (struct table_entry){ key, value, hash };
	t->slots[i] = (uint32_t)t->entries.n;
}
