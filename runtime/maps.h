/*
 * maps.h - the maps of a program: read, merged over CPUs, sorted; cleared.
 *
 * A map is given as its row of the plan and a descriptor.  All functions return
 * 0 or -errno.
 */
#ifndef MAPS_H
#define MAPS_H

#include "compiler/plan.h"

/* value is plan_map.value_size bytes: one state, whatever the CPUs. */
struct map_row {
	const uint8_t *key; /* plan_map.key_size bytes; a u32 for a scalar */
	const uint8_t *value;
	uint64_t rank; /* what it is sorted by, before its key */
};

struct map_rows {
	struct map_row *v;
	size_t n;
	uint8_t *bytes; /* own: what the rows point into */
};

/* All elements in the order in which they are printed.  A scalar that was
 * never set has no row.  Free with map_rows_free(), also after an error. */
int maps_read(const struct plan *p, const struct plan_map *m, int fd,
	      struct map_rows *rows);
void map_rows_free(struct map_rows *rows);

/* Delete every element; a scalar becomes unset. */
int maps_clear(const struct plan_map *m, int fd);
/* Zero every value; what is set stays set. */
int maps_zero(const struct plan_map *m, int fd);

/* In the order of plan.maps' names: indexes, malloc'd, plan.maps.n of them. */
uint32_t *maps_by_name(const struct plan *p);

/* What maps_read() sorts with: by rank, then by key. */
void maps_sort(const struct plan *p, const struct plan_map *m,
	       struct map_rows *rows);

#endif
