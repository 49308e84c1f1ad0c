/* arguments.h - arguments that programs read by name, where this kernel has
 * them. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <gelf.h>

#include "compiler/match.h"
#include "runtime/load.h"

/* Of one row of plan->args. */
struct argument {
	uint32_t offset; /* bytes into the context, on this kernel */
	uint32_t size;	 /* bytes; 0: a word */
	enum arg_loc loc;
	const char *why; /* in a sentence, when it can't be read here; NULL */
	bool gone;	 /* since there is none of that name */
	bool extra;	 /* there is one, and the program does without */
};

/*
 * Look up all of l->plan->args into l->args, and mend the instructions in
 * l->img, whose Elf is elf, that read them.  One that can't be read becomes an
 * instruction that the verifier refuses, with ARGUMENT_REFUSED + index as the
 * helper's number. What can't be looked up (no privilege, no types) is taken to
 * be as it was.  NULL, or what is wrong with a damaged image.
 */
const char *arguments_mend(struct load *l, struct matcher *m, Elf *elf);

enum { ARGUMENT_REFUSED = 0x0a600000 };

#endif
