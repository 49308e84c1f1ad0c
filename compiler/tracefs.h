/* tracefs.h - tracefs: static tracepoints and the layout of their records. */
#ifndef TRACEFS_H
#define TRACEFS_H

#include "base.h"

struct kbtf;

/*
 * A file descriptor of tracefs' top directory for openat(), or -errno.  It is
 * the mounted one if there is one, else a mount that no path leads to and that
 * ends with the descriptor (needs Linux 5.2 and CAP_SYS_ADMIN): the machine is
 * left as it was found.
 */
int tracefs_open(void);

/* A whole file into the arena, with a NUL after it; -errno on failure.  len
 * may be NULL. */
int tracefs_read(int tracefs, struct arena *a, const char *path, char **text,
		 size_t *len);

/* The id that perf_event_open() wants, or -errno (-ENOENT: no such event). */
int tracefs_event_id(int tracefs, const char *category, const char *event);

struct tracefs_field {
	const char *name;
	const char *type; /* C, without [..] and __data_loc: "const char *" */
	const char *base; /* ... without pointers and qualifiers too: "char" */
	uint32_t offset;  /* bytes from the start of the record */
	uint32_t size;	  /* bytes in the record, of all elements */
	uint32_t nelems;  /* of an array, if fixed in length; 0: not known */
	uint8_t npointers;
	bool is_signed;
	bool is_array;
	bool is_common;	  /* common_type and such, which every event has */
	bool is_data_loc; /* what the record holds is the place of an array: */
	bool is_rel_loc;  /* len << 16 | offset; rel: offset from field's end */
	bool is_user;	  /* points to user memory: arguments of system calls */
};

struct tracefs_format {
	uint32_t id; /* 0: not known */
	const struct tracefs_field *fields;
	size_t nfields;
};

/* The record of an event; 0 or -errno. */
int tracefs_format(int tracefs, struct arena *a, const char *category,
		   const char *event, struct tracefs_format *out);
/* The same from the text of a format file.  Lines not understood are left
 * out. */
void tracefs_parse_format(struct arena *a, const char *text,
			  struct tracefs_format *out);
/*
 * The same from BTF, for when tracefs cannot be read.  BTF has the record of
 * the class an event belongs to, and which class that is it does not say: this
 * works for events that are the only one of their class.  False: not this one.
 */
bool tracefs_format_btf(struct kbtf *k, struct arena *a, const char *event,
			struct tracefs_format *out);
/* The same of a system call, sys_enter_NAME or sys_exit_NAME, from what is
 * known of them all.  False: a call that is too new. */
bool tracefs_format_syscall(struct arena *a, const char *event,
			    struct tracefs_format *out);
/* What a system call is given as a pointer points to user memory; the pointers
 * in other records are the kernel's. */
void tracefs_mark_user(struct tracefs_format *f, struct arena *a);
const struct tracefs_field *tracefs_field(const struct tracefs_format *f,
					  const char *name); /* NULL: none */

/* Names of categories, or of events in one: sorted, NULL-terminated; 0 or
 * -errno. */
int tracefs_categories(int tracefs, struct arena *a, const char *const **out);
int tracefs_events(int tracefs, struct arena *a, const char *category,
		   const char *const **out);

#endif
