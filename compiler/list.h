/* list.h - what can be traced: waggle -l. */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stdio.h>

struct list_options {
	/* "kprobe:vfs_*", "*:*sched*", NULL for all; or a type: "struct path"
	 */
	const char *pattern;
	const char *btf_path; /* as for compile() */
	int pid;	      /* of uprobes; 0: none */
	bool verbose;	      /* with arguments and fields */
	bool json;	      /* an object a line; errors too, all to out */
	bool timed;	      /* the objects say when */
	FILE *out, *err;
};

/*
 * Print the probes or types that match, or what the language has for
 * "builtin:str*", sorted, a line each.  Returns how many were printed, or -1
 * after saying why the pattern makes no sense.
 */
long list_probes(const struct list_options *o);

/* Print one probe, the pattern, as list_probes() does. */
void list_name(const struct list_options *o);

#endif
