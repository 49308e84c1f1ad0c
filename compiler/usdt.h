/*
 * usdt.h - static probes (USDT): the notes in ELF files that say where they
 * are and how their arguments are found.
 *
 * A note is what sys/sdt.h writes: the address of a nop, of a counter that says
 * whether somebody listens, and the operands that an assembler would take.
 * Files are taken to be hostile.
 */
#ifndef USDT_H
#define USDT_H

#include "elfsym.h"
#include "plan.h"

struct arch;

struct usdt_probe {
	const char *space, *name; /* namespace (provider) and name */
	const char *args;	  /* "-4@%eax 8@-16(%rbp)" */
	uint64_t addr;		  /* in the file's own addresses */
	uint64_t offset;	  /* in the file; ELFSYM_NO_OFFSET */
	uint64_t semaphore;	  /* in the file; 0: none; ELFSYM_NO_OFFSET: not
				     among what is loaded from it */
};

/* Every location of every probe in the order of the file, until fn returns
 * false.  What p points to lasts as long as the file is open. */
typedef bool usdt_fn(void *arg, const struct usdt_probe *p);
void usdt_each(struct elfsym_file *f, usdt_fn *fn, void *arg);

/* The arguments of a probe.  Returns how many; what no program can read (a
 * floating-point register) is USDT_UNREADABLE. */
uint32_t usdt_args(struct elfsym_file *f, const struct usdt_probe *p,
		   struct usdt_arg out[USDT_MAX_ARGS]);

/* ---- for usdt.c and its test ---- */

/* A variable that an operand names: its address in the file. */
typedef bool usdt_symbol_fn(void *arg, const char *name, uint64_t *addr);

struct usdt_place {
	const struct arch *arch;
	uint64_t addr; /* of the probe */
	usdt_symbol_fn *symbol;
	void *arg;
};

/* The same from the text alone. */
uint32_t usdt_parse(const struct usdt_place *at, const char *text,
		    struct usdt_arg out[USDT_MAX_ARGS]);

#endif
