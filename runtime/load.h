/* load.h - a program image into the kernel. */
#ifndef LOAD_H
#define LOAD_H

#include <bpf/libbpf.h>

#include "compiler/plan.h"
#include "runtime/attach.h"
#include "runtime/ktypes.h"

struct load_options {
	pid_t pid;   /* -p or the child: keep this process only; 0: all */
	pid_t child; /* of -c; 0: none */
	const char *const *params; /* for each of plan->params, NULL: its
				      default; NULL: all have theirs */
	bool elsewhere;		   /* it was made for another kernel, perhaps */
	bool verbose; /* libbpf's log and the verifier's to stderr */
};

/* An image that was opened and, after load_kernel(), is in the kernel. */
struct load {
	struct plan *plan; /* in the arena given to load_open() */
	struct bpf_object *obj;
	struct arena *arena; /* that of the plan */
	const struct reporter *rep;
	const struct image *img;     /* borrowed */
	const struct argument *args; /* of plan->args; NULL: all are where they
					were */
	bool same_kernel;	     /* as where it was made: kernel_build() */
	struct ktypes types;	/* while it is loaded, if they are asked for */
	size_t slots, counters; /* offset of wg_* in .rodata, .bss */
	bool has_slots, has_counters;
	int events, control, stacks; /* fds; -1: there is none */
	int *map_fds;		     /* own: one for each of plan->maps */
	unsigned int ring_pages;
	bool tried; /* to load it */
};

/*
 * Read the plan and open the object; everything in img is taken to be hostile.
 * 0, or -errno after reporting.  img must outlive the load.  An image that was
 * perhaps made for another kernel is changed to suit this one, by what m knows
 * of it; NULL: it was made for this one.
 */
int load_open(struct load *l, struct arena *a, const struct image *img,
	      const struct reporter *rep, struct matcher *m);

/* Load it: the probes must have been found.  0, or -errno after reporting. */
int load_kernel(struct load *l, struct probes *ps,
		const struct load_options *o);

/* The value of a counter; 0 when it cannot be read. */
uint64_t load_counter(const struct load *l, const struct plan_counter *c);

void load_close(struct load *l); /* zeroed is fine */

#endif
