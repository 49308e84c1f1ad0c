/* arch.h - what depends on the processor: registers and argument order. */
#ifndef ARCH_H
#define ARCH_H

#include "base.h"

struct arch_reg {
	const char *name;
	uint32_t offset; /* bytes into the context of a kprobe or uprobe */
};

/* System calls in the kernel's struct pt_regs, in bytes. */
struct arch_syscall {
	uint32_t number;       /* an int */
	uint32_t args[6];      /* words */
	uint32_t first, bytes; /* the part that has them */
	uint32_t compat; /* bits of a task's u32 that say it is in a call of a
			    32-bit program */
};

/*
 * The context of kprobes and uprobes is struct pt_regs (on arm64 struct
 * user_pt_regs), whose layout is part of the kernel's ABI: offsets need no
 * relocation.
 */
struct arch {
	const char *name;
	const struct arch_syscall *syscall;
	const struct arch_reg *regs; /* ends with a NULL name */
	const char *const *args;     /* registers of arguments, in order */
	uint32_t nargs;
	const char *result; /* register of a returned value */
	const char *ip, *sp, *fp;
	uint32_t ret_pops;  /* bytes that a return takes off the stack */
	uint32_t stack_arg; /* bytes from sp to the first argument on the
			       stack, when a function is entered */
};

const struct arch *arch_host(void);
const struct arch *arch_named(const char *name); /* NULL: none */
const struct arch_reg *arch_find(const struct arch *a, const char *name);
/* Register of argument i, or NULL when it is on the stack. */
const struct arch_reg *arch_arg(const struct arch *a, uint32_t i);
/* Names of the registers, for hints; ends with NULL. */
const char *const *arch_names(const struct arch *a, struct arena *arena);

#endif
