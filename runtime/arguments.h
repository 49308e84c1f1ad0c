/* arguments.h - arguments that programs read by name, where this kernel has
 * them. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <gelf.h>

#include "compiler/plan.h"

/* Of one row of plan->args. */
struct argument {
	uint32_t offset; /* bytes into the context, on this kernel */
	enum arg_loc loc;
	const char *why; /* in a sentence, when it can't be read here; NULL */
	bool gone;	 /* since there is none of that name */
};

/*
 * Look up all of p->args, and mend the instructions in img, whose Elf is elf,
 * that read them.  One that can't be read becomes an instruction that the
 * verifier refuses, with ARGUMENT_REFUSED + index as the helper's number.
 * What can't be looked up (no privilege, no types) is taken to be as it was.
 *
 * Returns one for each row, in the arena; NULL with *damage set when img is
 * damaged.
 */
struct argument *arguments_mend(const struct plan *p, struct arena *a,
				const struct image *img, Elf *elf,
				const char **damage);

enum { ARGUMENT_REFUSED = 0x0a600000 };

#endif
