/*
 * plan.h - the contract between compiler and runtime.
 *
 * A program image is a BPF ELF object with one more section, ".waggle", that
 * holds a struct plan: what a loader cannot know.  The image is all that
 * crosses from compiler to runtime, in a run as in a built program.
 *
 * In the object:
 *   one function per plan_program, in a libbpf section named for its provider
 *   maps of the script                    named plan_map.elf_name, in .maps
 *   "events", "control"                   ring buffers; control is written
 *                                         when events is full, and only by
 *                                         actions that must not be lost
 *   "stacks"                              hash: u64 id -> u64 ip[stack_frames]
 *   "scratch"                             per-CPU array, one entry a program
 *   "span_N"                              hash: what threads have entered, of
 *                                         program N; kept by task, whose end
 *                                         program "span_end" deletes
 *   "usdt_args"                           array: see struct usdt_arg
 *   wg_slots     .rodata  filled by the runtime before load (plan_slot)
 *   wg_counters  .bss     read by the runtime (plan_counter)
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdio.h>

#include "base.h"

enum { PLAN_VERSION = 5 };

#define PLAN_SECTION ".waggle"

enum provider {
#define PROVIDER(id, name, aliases, parts, section, flags, help) PROVIDER_##id,
#include "probe.def"
#undef PROVIDER
	NPROVIDERS
};

enum show {
#define SHOW(id, name) SHOW_##id,
#include "render.def"
#undef SHOW
	NSHOWS
};

enum action {
#define ACTION(id, name) ACTION_##id,
#include "action.def"
#undef ACTION
	NACTIONS
};

enum {
	FORMAT_MINUS = 1,
	FORMAT_PLUS = 2,
	FORMAT_SPACE = 4,
	FORMAT_HASH = 8,
	FORMAT_ZERO = 16,
	FORMAT_WIDTH_ARG = 32,
	FORMAT_PREC = 64,
	FORMAT_PREC_ARG = 128,
};

enum stack_mode { STACK_BPFTRACE, STACK_PERF, STACK_RAW, STACK_BUILD_ID };
enum symbol_cache { SYMBOLS_PER_PID, SYMBOLS_PER_PROGRAM, SYMBOLS_NONE };
enum missing_probes { MISSING_ERROR, MISSING_WARN, MISSING_IGNORE };
enum param_kind { PARAM_INT, PARAM_BOOL, PARAM_STR };

/* What the runtime writes into a slot.  All are u64 but PARAM's strings. */
enum slot_kind {
	SLOT_TARGET_PID, /* -p or -c: process to keep, as waggle's own pid
			    namespace numbers it; 0 all */
	SLOT_NS_DEV,	 /* pid namespace of waggle; 0 when it is the root's */
	SLOT_NS_INO,
	SLOT_START,	 /* ktime_get_boot_ns when tracing began (elapsed) */
	SLOT_NCPUS,	 /* possible CPUs */
	SLOT_KERNEL,	 /* LINUX_VERSION_CODE of the running kernel */
	SLOT_KADDR,	 /* address of kernel symbol name; 0 unknown, which is
			    an error when module is "must" */
	SLOT_HAS_SYMBOL, /* 1 when kallsyms has name */
	SLOT_HAS_POINT,	 /* 1 when provider:[module:]name can be attached */
	SLOT_HAS_ARG,	 /* 1 when the program whose elf_name is module has an
			    argument called name */
	SLOT_PARAM,	 /* the parameter called name; module tells $1 as a
			    number from $1 as text */
	SLOT_PID,	 /* waggle's own pid, as bpf_get_current_pid_tgid's */
	SLOT_CPID,	 /* pid of the -c child, waggle's namespace; 0 none,
			    which is an error unless name is "has" somewhere */
	SLOT_CGROUP,	 /* the id of the cgroup whose directory is name */
	SLOT_SYSCALLS,	 /* NSYSCALLS u16: for each number, 1 + the cookie of
			    the probe of the program called name; 0: none */
	SLOT_COMPAT,	 /* where in a task a u32 says that it is in a system
			    call of a 32-bit program: 1 + bytes; 0: no such
			    programs */
};

/* Of an array in a record: is it there, or only where in the record it is? */
enum arg_loc { LOC_HERE, LOC_DATA, LOC_REL };

/*
 * An instruction that depends on where an argument is: a load from there.  Of
 * an array, what loads its offset or is that offset; the next one adds the
 * context's address.
 */
#define ARGS_SECTION ".waggle.args"
struct arg_use {
	uint32_t at;	 /* bytes into the section of the relocation here */
	uint32_t arg;	 /* index into plan.args */
	uint32_t inside; /* bytes into the argument */
};

enum { NSYSCALLS = 512 }; /* numbers; the highest so far is 469 */

/* Which end of system calls a program is for that hangs on the tracepoint they
 * all pass. */
enum syscall_side { SIDE_NONE, SIDE_ENTER, SIDE_EXIT };

enum counter_kind {
	COUNTER_LOST_EVENTS,  /* the ring had no room */
	COUNTER_LOST_CONTROL, /* neither had the control ring */
	COUNTER_STACKS,	      /* a stack could not be kept */
	/* An update of map was not made.  A map has all four, in this order. */
	COUNTER_MAP_FULL,   /* -E2BIG */
	COUNTER_MAP_BUSY,   /* -EBUSY and the like: its lock was held */
	COUNTER_MAP_MEMORY, /* -ENOMEM */
	COUNTER_MAP_OTHER,
	/* Of a program. */
	COUNTER_SPAN_EARLY,  /* a return of a thread not seen before */
	COUNTER_SPAN_ENTRY,  /* a return whose entry was not seen */
	COUNTER_SPAN_RETURN, /* an entry whose return was not seen */
	NCOUNTERS
};

/*
 * Where the arguments of a static probe are only its file says.  Map
 * "usdt_args" has it by place, USDT_MAX_ARGS of struct usdt_arg, filled when
 * the probe is attached; the upper half of the attach cookie is the place, the
 * lower as always the name.
 */
enum { USDT_MAX_ARGS = 12, USDT_COOKIE_SHIFT = 32 };

enum usdt_kind {
	USDT_UNREADABLE, /* never where a program asks for it */
	USDT_CONSTANT,	 /* disp */
	USDT_REGISTER,	 /* base */
	USDT_MEMORY,	 /* what is at base + disp */
	USDT_INDEXED,	 /* what is at base + (index << shift) + disp */
};

struct usdt_arg {
	int64_t disp;
	uint16_t base, index; /* registers: bytes into the context */
	uint8_t kind;	      /* enum usdt_kind */
	uint8_t size;	      /* bytes: 1, 2, 4 or 8 */
	uint8_t is_signed;
	uint8_t shift;
};

/* SHOW_PROBE: the low half is an index into plan.strings, no cookie. */
#define PROBE_NAMED (1ull << 32)

/* Every record of either ring begins so. */
struct record_header {
	uint32_t event; /* index into plan.events */
	uint32_t flags; /* 0 */
};

/* Defined in the order of plan.def, after forward declarations. */
#define STRUCT(name) struct name;
#define U32(m)
#define U64(m)
#define STR(m)
#define LIST(t, m)
#define END(name)
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

#define STRUCT(name) struct name {
#define U32(m) uint32_t m;
#define U64(m) uint64_t m;
#define STR(m) const char *m;
#define LIST(t, m) VEC(struct t) m;
#define END(name) \
	}         \
	;
#include "plan.def"
#undef STRUCT
#undef U32
#undef U64
#undef STR
#undef LIST
#undef END

/* An image: the ELF bytes and nothing else. */
struct image {
	uint8_t *bytes; /* malloc'd */
	size_t size;
};

/* The bytes of section .waggle; free() them. */
uint8_t *plan_encode(const struct plan *p, size_t *size);

/*
 * Read what plan_encode() wrote.  The bytes may be anything: NULL, and one
 * sentence in err, unless every index, offset and size in them is consistent.
 * The plan lives in the arena and points nowhere else.
 */
struct plan *plan_decode(struct arena *a, const uint8_t *bytes, size_t size,
			 char *err, size_t errsize);

/* Whether every index, offset and size is consistent, so that the runtime need
 * not look again; plan_decode() asks it.  If not, one sentence in err. */
bool plan_check(const struct plan *p, char *err, size_t errsize);

/* -d image: every table, the same bytes on every machine. */
void plan_dump(const struct plan *p, FILE *out);

void image_free(struct image *img);

const char *provider_name(enum provider p);
const char *show_name(enum show s);
const char *action_name(enum action a);

#endif
