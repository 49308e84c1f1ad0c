/* probe.h - attach points: what they are called and what they give a body. */
#ifndef PROBE_H
#define PROBE_H

#include "plan.h"

struct matcher;
struct point;
struct target;
struct unit;

/* What a kind of probe has; the words of probe.def's flags. */
enum provider_flags {
	HAS_ARGN = 1,
	HAS_ARGS = 2,
	HAS_RETVAL = 4,
	HAS_WILD = 8,
	HAS_PROC = 16,
	HAS_FUNC = 32,
	HAS_KREGS = 64,
	HAS_SPAN = 256,
};

struct provider_row {
	enum provider id;
	const char *name, *aliases, *parts, *section, *help;
	unsigned flags;
};

extern const struct provider_row providers[NPROVIDERS];

/* By name or alias; providers are found whatever their case, one-letter aliases
 * as they are written ("U" is not "u").  NULL: there is none. */
const struct provider_row *provider_find(const char *name);
/* The name as a user knows it, of those with any of these flags: "kprobe,
 * uprobe and rawtracepoint". */
const char *provider_list(struct arena *a, unsigned flags);

/* point.c: the target a point names, its alternatives linked by otherwise; NULL
 * after an error. */
struct target *point_target(struct unit *u, const struct point *p);

/* Is it in a BPF program, "bpf" or "bpf:ID", not in the kernel proper? */
bool target_is_bpf(const struct target *t);
/* Is it no error that this kernel has no such thing? */
bool may_be_missing(const struct unit *u, const struct target *t);

/* context.c: fill in t->args and t->retval.  False after an error. */
bool context_fill(struct unit *u, struct matcher *m, struct target *t);
/* context_user.c: the debug information of the program that t is in; NULL:
 * none, or several programs. */
struct udwarf_file;
struct udwarf_file *context_types(struct unit *u, const struct target *t);
/* The bytes of a variable there; false: it is not known. */
bool context_object_size(struct unit *u, const struct target *t,
			 const char *name, uint64_t *size);
/* The functions that a pattern means, each with the path of its file. */
struct match_set;
int context_matches(struct unit *u, const struct target *t,
		    struct match_set *out);
/* t, and behind it, linked by next, the places where its function was inlined.
 * NULL after an error. */
struct target *context_inlined(struct unit *u, struct target *t);
/* As context_fill(), of uprobes. */
bool context_fill_user(struct unit *u, struct target *t);
/* The parameter of that name, and why it can't be read; NULL: there is none. */
struct udwarf_param;
const struct udwarf_param *context_param(const struct target *t,
					 const char *name);
const char *context_lost(struct unit *u, const struct target *t,
			 const char *name);
/* t->retval of a kretprobe whose function returns less than a word. */
void context_narrow(struct unit *u, struct target *t);

#endif
