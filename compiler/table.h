/* table.h - names to pointers, remembering the order in which they came. */
#ifndef TABLE_H
#define TABLE_H

#include "base.h"

/* Entries are kept in insertion order, so that walking them is the same on
 * every run.  Keys are not copied. */
struct table_entry {
	const char *key;
	void *value;
	uint32_t hash;
};

struct table {
	VEC(struct table_entry) entries;
	uint32_t *slots; /* index + 1 into entries; 0 is free */
	size_t nslots;
};

void *table_get(const struct table *t, const char *key); /* NULL: absent */
/* Replaces the value of a key that is already there. */
void table_put(struct table *t, struct arena *a, const char *key, void *value);

#endif
