/* symbols.h - names of addresses for the renderer, read when first asked. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <sys/types.h>

#include "runtime/render.h"

struct symbols {
	const struct plan *plan;
	struct ksyms *kernel;
	struct usyms *user;
	bool no_kernel;	       /* tried, and cannot be read */
	pid_t pid;	       /* the process that is followed; 0: none */
	struct lastmaps *last; /* own: of pid, when it is the one of -c */
	bool noted_last;
};

/* A source that r can use while s lives. */
void symbols_init(struct symbols *s, const struct plan *plan, struct render *r);

/*
 * Learn enough of process pid (0: none) that its addresses can be named when
 * it is gone, if the plan speaks of addresses in processes.  ours: it is a
 * child of this process that waits, and its last moment will be seen; then it
 * must have ended before symbols_free().
 */
void symbols_follow(struct symbols *s, pid_t pid, bool ours);
void symbols_free(struct symbols *s);

#endif
