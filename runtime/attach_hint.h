/* attach_hint.h - what to write in place of a probe that cannot be had.  All
 * in the arena of ps. */
#ifndef ATTACH_HINT_H
#define ATTACH_HINT_H

#include "runtime/attach.h"

/* The kinds of probes that this kernel can do; typed: also those that need its
 * types. */
const char *hint_instead(struct probes *ps, bool typed);

/* One of match.h's lists. */
typedef int hint_list_fn(struct matcher *m, const char *group, const char *name,
			 struct match_set *out);
/* A name like the one that does not exist; NULL when there is none. */
const char *hint_function(struct probes *ps, const char *name,
			  hint_list_fn *list);
/* The same, or where to look; never NULL. */
const char *hint_syscall(struct probes *ps, const char *name);
const char *hint_tracepoint(struct probes *ps, const char *category,
			    const char *event);

#endif
