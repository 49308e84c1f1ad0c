/* nofile.h - how many files may be open at once: each probe takes two. */
#ifndef NOFILE_H
#define NOFILE_H

#include <stddef.h>
#include <sys/resource.h>

/* Raise the limit as far as is allowed, beyond what is allowed to others if so
 * many are wanted.  Returns what it was, for what is started: programs that use
 * select() rely on it. */
rlim_t nofile_raise(size_t want);

/* Set it, for this process and what it starts; returns what it was.  0 leaves
 * it alone. */
rlim_t nofile_set(rlim_t limit);

#endif
