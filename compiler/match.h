/* match.h - wildcards, and the lists of what this kernel has to attach to. */
#ifndef MATCH_H
#define MATCH_H

#include "base.h"

struct kbtf;

/* Does text match pattern?  '*' any text, '?' any character, '[a-z]' one of a
 * set, '[!a-z]' one not in it, '\\x' x itself.  No case is worse than the
 * product of the lengths. */
bool match_glob(const char *pattern, const char *text);
bool match_has_wildcard(const char *pattern);

/* What matched.  Once match_sort() is through it is in order of name, then
 * module, each once; the match_*() functions below sort. */
struct match {
	const char *group; /* module, category; NULL: the kernel proper */
	const char *name;
};

struct match_set {
	VEC(struct match) v;
};

void match_add(struct match_set *s, struct arena *a, const char *group,
	       const char *name); /* copies both */
void match_sort(struct match_set *s);
int match_compare(const struct match *a, const struct match *b);

/*
 * Where the lists come from.  Nothing is opened before it is needed.  btf may
 * be NULL and is not closed here.  Everything lives in the arena, but the
 * descriptors, which match_close() closes.
 */
struct matcher;

struct matcher *match_open(struct arena *a, struct kbtf *btf);
void match_close(struct matcher *m); /* NULL is fine */
/* tracefs as of tracefs_open(), opened once and owned by the matcher. */
int match_tracefs(struct matcher *m);

/*
 * Each adds what it finds to out, and returns 0 or -errno when there is no
 * list to look at (nothing found is not an error).  A group pattern of NULL
 * matches all; the kernel proper, whose group is NULL, goes by "vmlinux".
 */

/* Functions that can be traced.  Where tracefs does not tell (lockdown), those
 * that both BTF and kallsyms have. */
int match_kernel_functions(struct matcher *m, const char *module,
			   const char *fn, struct match_set *out);
/* ... and that BTF has the signature of: what fentry wants. */
int match_btf_functions(struct matcher *m, const char *module, const char *fn,
			struct match_set *out);
int match_tracepoints(struct matcher *m, const char *category,
		      const char *event, struct match_set *out);
int match_rawtracepoints(struct matcher *m, const char *module,
			 const char *event, struct match_set *out);
int match_iterators(struct matcher *m, const char *name, struct match_set *out);

/*
 * Is there such a thing?  Quick: nothing is listed to look one name up.
 * module: NULL is any, "vmlinux" the kernel proper.  When the question cannot
 * be answered (no kallsyms), the answer is yes, and attaching will tell.
 */
bool kernel_has_symbol(struct matcher *m, const char *name);
bool kernel_has_function(struct matcher *m, const char *module,
			 const char *name);
/* Can ftrace, and so fentry, attach to it? */
bool kernel_can_trace(struct matcher *m, const char *module, const char *name);
bool kernel_has_tracepoint(struct matcher *m, const char *category,
			   const char *event);
bool kernel_has_rawtracepoint(struct matcher *m, const char *event);

/* The running kernel, as KERNEL_VERSION(): 6.1.5 is 0x60105. */
uint32_t kernel_version(void);
/* Its release, version and build id: two kernels of one build are the same.
 * "": that can't be told.  In the arena. */
const char *kernel_build(struct arena *a);
bool kernel_has_kprobes(void);
bool kernel_has_uprobes(void);

#endif
