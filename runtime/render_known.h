/* render_known.h - names that cost a look-up, kept once they are found. */
#ifndef RENDER_KNOWN_H
#define RENDER_KNOWN_H

#include <stdint.h>

struct known;

/* Results live until known_free().  *k may be NULL: it is made when needed. */

/* The user's name; NULL when there is no such user. */
const char *known_user(struct known **k, uint32_t uid);
/*
 * The paths of cgroup id below the hierarchies whose name matches the pattern
 * filter ("": all), as "unified:/a/b", with commas between; "" when it is gone.
 */
const char *known_cgroup(struct known **k, uint64_t id, const char *filter);
void known_free(struct known *k);

#endif
