/*
 * attach.h - attach points: what they mean on this kernel, and being attached.
 *
 * Finding comes before loading, since what is found decides what is loaded;
 * attaching comes after.  A kind of probe is one struct attach_ops in an
 * attach_*.c, named for its row in probe.def.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <bpf/libbpf.h>
#include <sys/types.h>

#include "compiler/match.h"
#include "compiler/plan.h"
#include "compiler/table.h"
#include "runtime/report.h"

/* One place a program is attached to, wildcards expanded.  The attach cookie
 * tells which name it goes by: the index of the first probe of that name. */
struct probe {
	const struct plan_point *point;
	const char *name;   /* what the builtin `probe` shows */
	const char *module; /* kernel module, category or path; "" none */
	const char *target; /* function or event */
	uint64_t offset;    /* kprobe: into the function; uprobe: in the file */
	uint64_t semaphore; /* usdt: counter of listeners, in the file; 0: none
			     */
	const struct usdt_arg *args; /* usdt: USDT_MAX_ARGS; else NULL */
	uint64_t cookie;
	bool is_entry; /* of a span, whose return is a probe of its own */
	struct bpf_link **links; /* one, or one a CPU */
	size_t nlinks;
	const char *event; /* kretprobe: made in tracefs for it; NULL: none */
	uint64_t missed;   /* kprobes: hits that came while another was handled;
			      kretprobes: calls beyond those kept track of */
};

/* Programs of which one, or those of one choice, are loaded. */
struct choices {
	uint32_t group;	 /* as in plan_program */
	uint32_t choice; /* the one that was found first */
	bool found;
	const char *why, *hint; /* why none was, as far as it is known */
};

/* One BPF program and where it goes. */
struct program {
	const struct plan_program *plan;
	struct bpf_program *bpf; /* NULL: not loaded, since none of its points
				    exists */
	size_t first, n;	 /* its probes */
	int target_fd; /* own: the BPF program that it traces; 0: none */
	struct choices *among; /* NULL: it has no alternatives */
	bool multi;	       /* uprobes that are attached by attach_multi.c */
	bool raw; /* a tracepoint's that is attached as a raw one, or one with
		     a side that is attached */
};

/* All of a session. */
struct probes {
	struct arena *arena; /* of everything below but the links */
	const struct plan *plan;
	const struct reporter *rep;
	struct matcher *match;
	pid_t pid;	 /* uprobes fire in this process; 0: in all */
	pid_t files_pid; /* binaries are looked for as it sees them; 0: ours */
	int stop_fd;	 /* readable once the user wants an end; -1: none */
	bool verbose;
	int usdt_map; /* "usdt_args" once it is loaded; -1: the image has none
		       */
	VEC(struct program) programs; /* in the order of plan->programs */
	VEC(struct probe) list;
	struct table names;	      /* of list; index + 1 */
	size_t wild_failed;	      /* of wildcards, could not be attached */
	size_t entries;		      /* probes that are the entry of a span */
	struct bpf_program *span_end; /* deletes what spans keep of a task that
					 is gone; NULL: there are none */
	struct bpf_link *span_end_link;
	struct btf *kernel_types; /* libbpf's, once choice_try() asked */
	enum { MULTI_UNKNOWN, MULTI_HAS, MULTI_HAS_NOT } multi;
	VEC(int) multi_links; /* own: of attach_multi.c */
	struct user_file {
		const char *path; /* NULL: none */
		void *at;
		size_t size;
	} held;	   /* own: by user_file_hold() */
	int *kept; /* own: perf events, for release_events() */
	size_t nkept;
	size_t nevents; /* in tracefs: kprobe_event.h */

	struct program *now; /* being found or attached */
	bool or_else;	     /* ... and there are alternatives to its point */
	char *why, *hint;    /* set by the ops that return an error; arena */
};

struct attach_ops {
	enum bpf_prog_type type;
	enum bpf_attach_type expected; /* 0: none */
	bool needs_btf;		       /* the kernel's types */

	/* Add a probe for each place that pt means here, alternatives aside.
	 * 0, also when there is none; -errno with ps->why set. */
	int (*find)(struct probes *ps, const struct plan_point *pt);
	/* NULL: run by hand.  0, or -errno with ps->why set. */
	int (*attach)(struct probes *ps, struct probe *p);
};

#define PROVIDER(id, name, aliases, parts, section, flags, help) \
	extern const struct attach_ops attach_##name;
#include "compiler/probe.def"
#undef PROVIDER

const struct attach_ops *attach_ops(enum provider p);

/*
 * Find the places of all programs, set the types and targets of the BPF
 * programs in obj, and leave out those that have nowhere to go.  0, or -errno
 * after having reported everything that is wrong.
 */
int attach_find(struct probes *ps, struct bpf_object *obj);

/* Attach all that attach by themselves, or none: 0, or -errno after reporting;
 * -ECANCELED, with nothing reported, when the user wanted an end meanwhile. The
 * links of a failed attempt are released by detach_all(). */
int attach_all(struct probes *ps);

/* Ask the kernel what each probe missed; while it is attached. */
void attach_note_missed(struct probes *ps);

/* Takes all programs off, and waits for those that run.  May be called twice.
 */
void detach_all(struct probes *ps);

/* Gives up what detach_all() kept, since that takes long. */
void release_events(struct probes *ps);

/* How many probes, begin and end included. */
size_t attach_count(const struct probes *ps);

/* Take back what was pinned, since something else failed. */
void attach_unpin(struct probes *ps);
/* An iterator that is attached: a descriptor to go through all objects once,
 * or -errno. */
int attach_iterate(const struct probe *p);
/* The program has seen one object more: 1; 0 at the end; -errno. */
int attach_iterate_next(int fd);

/* Is there such a point?  For exists(). */
bool attach_exists(struct probes *ps, enum provider provider,
		   const char *module, const char *target);

/* ---- for attach_*.c ---- */

struct probe *probe_add(struct probes *ps, const struct plan_point *pt,
			const char *name, const char *module,
			const char *target, uint64_t offset);
int probe_add_link(struct probes *ps, struct probe *p, struct bpf_link *l);

/* The name of what a pattern matched; group: module, category or path, NULL or
 * "" none. */
const char *probe_matched(struct probes *ps, const struct plan_point *pt,
			  const char *group, const char *target);

/* Set why (and hint, which may be NULL) and return err. */
int attach_fail(struct probes *ps, int err, const char *hint, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));

/* Of a program that is attached by the kernel's types, to one place: may pt be
 * it?  False: *err is what its find() returns, and why is set. */
bool attach_can_type(struct probes *ps, const struct plan_point *pt, int *err);

struct perf_event_attr;
/* Open a perf event and run the program from it; 0 or -errno, nothing said. */
int attach_perf_event(struct probes *ps, struct probe *p,
		      struct perf_event_attr *attr, pid_t pid, int cpu);

/* attach_choice.c: of the program now being found.  Whether it is out already,
 * since another choice was found, or its span's return is not there. */
bool choice_is_out(struct probes *ps);
/* It was found, or not, for the reasons in ps. */
void choice_tell(struct probes *ps, bool found);
/* -v: which of a point's alternatives it is; "none" is one. */
void choice_show(const struct probes *ps, const struct plan_point *pt,
		 const char *name);
/* Would the kernel let an fentry or fexit be attached to this function?  Only
 * asked when there is something else to take.  0, or -errno. */
int choice_try(struct probes *ps, enum provider p, const char *function);

/* attach_span.c: entries of spans give their return's cookie; "span_end" is
 * loaded if there are any. */
int span_pair_up(struct probes *ps);
void span_find_end(struct probes *ps, struct bpf_object *obj);
int span_attach_end(struct probes *ps);

/*
 * attach_syscall.c: what the slots of a program with a side get.  The table, or
 * -errno when the image contradicts itself; and SLOT_COMPAT's value.
 */
int syscall_table(struct probes *ps, const char *program,
		  uint16_t table[NSYSCALLS]);
uint64_t syscall_compat(uint32_t kernel);
/* Attach the program, once for all its probes. */
int attach_syscall_probe(struct probes *ps, struct probe *p);

/* Of tracepoints: attach the program now being prepared as a raw one, if that
 * makes no difference to it; attach_raw() then does. */
void attach_choose_raw(struct probes *ps);
int attach_raw(struct probes *ps, struct probe *p);

/*
 * attach_multi.c: the program now being prepared, of uprobes, if the kernel can
 * attach all it has at once.  Then it is attached by
 * multi_attach(), which calls failed for each that can't be: what that returns
 * ends it, unless it is 0.
 */
void multi_choose(struct probes *ps);
typedef int multi_failed_fn(void *arg, struct probe *p, int err);
int multi_attach(struct probes *ps, multi_failed_fn *failed, void *arg);
void multi_detach(struct probes *ps);

/* Is there such a function that can be probed?  Yes when nobody knows. */
bool kprobe_can_attach(struct probes *ps, const char *module,
		       const char *function);
/* Of a kprobe's or kretprobe's link; 0 when the kernel does not tell. */
uint64_t kprobe_missed(const struct bpf_link *link);
/* Why a uprobe is not attached; returns err. */
int attach_user_failed(struct probes *ps, const struct probe *p, int err);
/*
 * The kernel looks at the instruction below a uprobe once a process maps it,
 * and if it can't be probed, tells nobody.  So this process maps the file (path
 * lives as long as ps) while probes are attached to it, and the refusal is
 * theirs; not those of one process, which only what that one maps may refuse.
 * One file at a time; does nothing for what can't be mapped.
 */
void user_file_hold(struct probes *ps, const char *path);
void user_file_release(struct probes *ps);
/* Attach at p->offset of the file p->module. */
int attach_user(struct probes *ps, struct probe *p, bool ret);

/* Has the binary such a function (as pid sees it)? */
bool uprobe_exists(struct probes *ps, const char *binary, const char *target);

/* The usual reasons why the kernel refuses, or NULL. */
const char *attach_refusal(int err, const char **hint);

#endif
