/* list.h - what can be traced: waggle -l. */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Print the probes that match pattern ("kprobe:vfs_*", "*:*sched*", NULL for
 * all), or a type ("struct path"), sorted, a line each; verbose adds arguments
 * and fields.  btf_path as for compile().  pid: of uprobes, 0 none.  Returns
 * how many were printed, or -1 after saying on err why the pattern makes no
 * sense.
 */
long list_probes(const char *pattern, bool verbose, const char *btf_path,
		 int pid, FILE *out, FILE *err);

#endif
