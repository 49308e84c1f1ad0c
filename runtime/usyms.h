/* usyms.h - addresses in user processes to names. */
#ifndef USYMS_H
#define USYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usyms;

/* How long what was learnt of a process's memory is believed. */
enum usyms_cache {
	USYMS_PER_PID,	   /* while addresses are found in it */
	USYMS_PER_PROGRAM, /* the same for all processes of one program: right
			    * only without address randomization */
	USYMS_NONE,	   /* not at all; nothing is known of ended processes */
};

struct usym_result {
	const char *name;     /* NULL: not known */
	uint64_t offset;      /* from the start of name */
	const char *module;   /* path of the file, or [vdso]; NULL: none */
	uint64_t file_offset; /* in module */
	const char *build_id; /* of module, hexadecimal; NULL: not known */
};

/* Cannot fail but for memory (NULL). */
struct usyms *usyms_new(bool demangle, bool debug_files,
			enum usyms_cache cache);
void usyms_free(struct usyms *u);

/*
 * What is at addr in process pid, a number in our own PID namespace.  True
 * when there is a name; out->module and the offsets may be known without one.
 * Strings last until the next call.
 */
bool usyms_resolve(struct usyms *u, int pid, uint64_t addr,
		   struct usym_result *out);

/* Reads the memory map of a process, so that its addresses can be named when
 * it has ended.  Costs some 50 us; does nothing for one known already. */
void usyms_note_pid(struct usyms *u, int pid);

/* The same from the text of /proc/PID/maps, of a process that has ended; in
 * place of what is known of it. */
void usyms_note_maps(struct usyms *u, int pid, const char *text, size_t len);

/*
 * The address of a function or variable.  path is whatever elfsym_find()
 * takes.  With pid > 0 it is the address in that process, which must have the
 * file mapped; without, the one in the file.  0, -ENOENT (no such file or
 * symbol), -ESRCH (not mapped), or another -errno.
 */
int usyms_addr(int pid, const char *path, const char *name, uint64_t *addr);

#endif
