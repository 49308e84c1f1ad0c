/* point.h - what the files that read attach points share. */
#ifndef POINT_H
#define POINT_H

#include "probe.h"
#include "sema.h"

/* An error about p, and what to do; hint may be NULL.  Returns false. */
bool point_bad(struct unit *u, const struct point *p, const char *hint,
	       const char *what);

/* Fills in t, whose provider is known, from the n parts behind it.  False after
 * an error. */
bool point_parts(struct unit *u, const struct point *p, const char **part,
		 uint32_t n, struct target *t);

/* interval:s:$1 of a program that is started later: the runtime multiplies. */
bool point_is_later(const struct unit *u, enum provider provider,
		    const char *part);

/* point_kinds.c: whether the kind is a pattern ("*:sched:*"); then the targets
 * of all kinds that it means and that this machine has, linked by next.  NULL:
 * none, after an error if that is one. */
bool point_is_globbed(const struct point *p);
struct target *point_kinds(struct unit *u, struct matcher *m,
			   const struct point *p);

#endif
