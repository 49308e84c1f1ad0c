/*
 * lastmaps.h - the memory map of a process as it was when it ended.
 *
 * What a map holds is printed when the process it speaks of, most often that
 * of -c, is gone.  So it is held for a moment in the last step of its end, by
 * ptrace; what is in it otherwise, its signals, stops and children, goes on
 * as if nobody looked.
 */
#ifndef LASTMAPS_H
#define LASTMAPS_H

#include <stddef.h>
#include <sys/types.h>

struct lastmaps;

/* Begin to watch a child of this process.  NULL: the kernel does not permit it,
 * or somebody traces it already. */
struct lastmaps *lastmaps_watch(pid_t pid);

/* The text of its /proc/PID/maps; NULL before it has ended, or when it ended
 * unseen. */
const char *lastmaps_text(const struct lastmaps *l, size_t *len);

/* Only once the child has ended; NULL is fine. */
void lastmaps_free(struct lastmaps *l);

#endif
