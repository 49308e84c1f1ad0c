/*
 * emit.h - from the typed tree to LLVM: what builtin_*.c and agg.c build on.
 *
 * A builtin's emitter is  struct val emit_<name>(struct emitter *e, struct node
 * *n)  with n an N_CALL or, for a value without (), an N_NAME; emit_arg() hides
 * the difference.  LLVM instructions are built with e->b, but the builder is
 * moved only by emit_at(), emit_if() and friends, and its debug location only
 * by emit_loc().
 */
#ifndef EMIT_H
#define EMIT_H

#include <linux/bpf.h>
#include <llvm-c/Core.h>

#include "builtin.h"
#include "compile.h"
#include "sema.h"

/* Where the bytes of a value are. */
enum where {
	AT_NOWHERE, /* void */
	AT_REG,	    /* scalars: v is an i64, extended by the type's sign; a
		       bool is 0 or 1; a pointer is its address */
	AT_BPF,	    /* v is a ptr to memory that may be read directly */
	AT_CTX,	    /* v is a ptr into the program's context */
	AT_KERNEL,  /* v is an i64 address, read by a helper */
	AT_USER,
};

struct val {
	enum where at;
	LLVMValueRef v;
	const struct type *type;
};

struct emit_fn;	  /* the function being built: emit_own.h */
struct debuginfo; /* emit_debug.c */
struct corelocs;  /* coreloc.c */

struct emitter {
	struct unit *u;
	struct arena *a;
	struct plan *plan;
	struct body *body; /* being emitted */
	LLVMContextRef cx;
	LLVMModuleRef mod;
	LLVMBuilderRef b;
	LLVMTypeRef void_, i1, i8, i16, i32, i64, ptr;
	struct emit_fn *fn;
	struct debuginfo *debug;
	struct corelocs *core;
	struct emit_state *state; /* emit_own.h */
};

/* --- Whole program ---------------------------------------------------- */

/*
 * Emit every body of u, fill in u->plan, and make the image; or with DUMP_IR
 * and DUMP_ASM write that to out and leave img alone.  False: an error is in
 * u->diags.  Once a process: LLVM 19 keeps what it made of CO-RE relocations in
 * a table of its own, and trips over it in the next module.  Without img and
 * dump nothing is written: it is seen whether all fits into BPF programs.
 */
bool emit(struct unit *u, enum dump dump, FILE *out, struct image *img);

/* --- Expressions ------------------------------------------------------ */

/* The value of n; an aggregate stays where it is.  Its type is n->type. */
struct val emit_expr(struct emitter *e, struct node *n);
/* The value as an i64: scalars, aggregations read as integers, and the value
 * behind anything of at most 8 bytes. */
LLVMValueRef emit_scalar(struct emitter *e, struct node *n);
LLVMValueRef emit_bool(struct emitter *e, struct node *n); /* an i1 */
/*
 * Put n, converted to type `to` (emit_convert's rules), in memory at dst:
 * to->size bytes, padding zeroed, strings zero-filled to their capacity. Builds
 * tuples and strings in place: use it for event fields, keys and values.
 */
void emit_to(struct emitter *e, struct node *n, LLVMValueRef dst,
	     const struct type *to);
/*
 * For builtins whose result is not a scalar: the memory to put it in,
 * n->type->size bytes, not zeroed: where emit_to() wants it, else a temporary.
 * Take it after the arguments were evaluated.
 */
LLVMValueRef emit_result(struct emitter *e, struct node *n);
/* Run n for its effects. */
void emit_stmt(struct emitter *e, struct node *n);
/* True if n can be evaluated any number of times or not at all: what is emitted
 * while an event is reserved must be (a full ring would skip its effects). */
bool emit_is_pure(const struct node *n);

/* Argument i of a builtin, from 0; NULL when it was not given. */
struct node *emit_arg(struct node *n, uint32_t i);
uint32_t emit_nargs(const struct node *n);
/* The text of a literal argument (N_STR, or $N and #defines standing for one);
 * NULL when it is none. */
const char *emit_literal_str(struct node *n, uint32_t *len);
/* The argument of a "word" parameter, bare or quoted; NULL when n is NULL. */
const char *emit_word(struct node *n);
/* The value of a literal number, sign-extended. */
bool emit_literal_int(struct node *n, int64_t *value);

/* Makers of values. */
struct val val_void(void);
struct val val_reg(LLVMValueRef i64, const struct type *t);
struct val val_at(enum where at, LLVMValueRef address, const struct type *t);

/* An i64 constant. */
LLVMValueRef emit_int(struct emitter *e, uint64_t v);
/* Any integer as an i64, extended by is_signed. */
LLVMValueRef emit_i64(struct emitter *e, LLVMValueRef v, bool is_signed);
/* An i64 cut to t's width and extended by its sign again. */
LLVMValueRef emit_fit(struct emitter *e, LLVMValueRef v, const struct type *t);
/* v as a value of type `to`: integers fitted, strings cut or filled. */
struct val emit_convert(struct emitter *e, struct val v, const struct type *to);

/* --- Memory ----------------------------------------------------------- */

/* The scalar at v, as an i64; kernel and user memory by helper, 0 if that
 * fails. */
LLVMValueRef emit_load(struct emitter *e, struct val v);
/* v in BPF memory: itself if it is there, else a copy in a temporary.  Scalars
 * are stored in their own width. */
LLVMValueRef emit_mem(struct emitter *e, struct val v);
/* Copy v to dst, v.type->size bytes; see emit_to() for strings. */
void emit_store(struct emitter *e, struct val v, LLVMValueRef dst);

/*
 * Memory that lasts for the rest of the statement: on the stack while there is
 * room, else in the program's scratch.  Not zeroed.  size in bytes; aligned
 * to 8.
 */
LLVMValueRef emit_temp(struct emitter *e, uint32_t size, const char *name);
/* Set size bytes at dst to 0, from any alignment of the type's own. */
void emit_wipe(struct emitter *e, LLVMValueRef dst, uint32_t size);
/* Copy size bytes between BPF memories; align: bytes, of both (1 2 4 8). */
void emit_copy(struct emitter *e, LLVMValueRef dst, LLVMValueRef src,
	       uint32_t size, uint32_t align);
/* dst + offset bytes. */
LLVMValueRef emit_offset(struct emitter *e, LLVMValueRef p, uint64_t offset);
/* The integer of `size` bytes at BPF memory p, as an i64. */
LLVMValueRef emit_load_at(struct emitter *e, LLVMValueRef p, uint32_t size,
			  bool is_signed);
/* Store the low `size` bytes of the i64 v. */
void emit_store_at(struct emitter *e, LLVMValueRef p, LLVMValueRef v,
		   uint32_t size);
/* The integer of `size` bytes at a constant offset of the context. */
LLVMValueRef emit_load_ctx(struct emitter *e, uint32_t offset, uint32_t size,
			   bool is_signed);

/*
 * Read memory by helper: at is AT_KERNEL or AT_USER, src an i64 address, size
 * an i64 (if not constant, bound it first: emit_clamp).  dst is zeroed by the
 * kernel when the read fails.  The result is the helper's: 0 or -errno.
 */
LLVMValueRef emit_read(struct emitter *e, enum where at, LLVMValueRef dst,
		       LLVMValueRef size, LLVMValueRef src);
/* The same for a string: bytes copied, NUL included, or -errno.  What follows
 * the NUL in dst is left as it was; dst[0] is set to 0 on failure. */
LLVMValueRef emit_read_str(struct emitter *e, enum where at, LLVMValueRef dst,
			   LLVMValueRef size, LLVMValueRef src);
/*
 * The text of an array of room bytes: as emit_read_str(), but where the helper
 * put a NUL of its own stands what stands there.  A text without one fills its
 * room, and is shown with the trailer.
 */
void emit_read_text(struct emitter *e, enum where at, LLVMValueRef dst,
		    uint32_t room, LLVMValueRef src);
/* v limited to [0, max], unsigned, in a way that the verifier sees. */
LLVMValueRef emit_clamp(struct emitter *e, LLVMValueRef v, uint64_t max);
/* Whose memory a bare number is an address of: the program's in a uprobe and in
 * the arguments of system calls, else the kernel's. */
enum where emit_bare_where(struct emitter *e);
/* AT_KERNEL, AT_USER, ... for a pointer into that space. */
enum where emit_where(enum space s);

/* The address of len constant bytes and a NUL in .rodata. */
LLVMValueRef emit_const_bytes(struct emitter *e, const char *s, uint32_t len);
/* The address of at least size zeros in .rodata. */
LLVMValueRef emit_zeros(struct emitter *e, uint32_t size);

/* --- Kernel helpers and the context ----------------------------------- */

/* Call a helper (BPF_FUNC_...) with up to 5 arguments, i64 or ptr, ended by
 * NULL. The result is an i64 (or a ptr by emit_helper_ptr). */
LLVMValueRef emit_helper(struct emitter *e, int id, ...);
LLVMValueRef emit_helper_ptr(struct emitter *e, int id, ...);
/* The raw context; also inside the callback of a loop. */
LLVMValueRef emit_context(struct emitter *e);
/* tgid << 32 | tid as seen in waggle's pid namespace. */
LLVMValueRef emit_pid_tgid(struct emitter *e);
/* A field of the kernel struct at an address, relocated: emit_kernel_field(e,
 * task, "task_struct", "real_parent") is an i64; pass more names to follow
 * pointers and embedded structs; ended by NULL.  If the last is no scalar (char
 * comm[16]), its address.  0 if a type or field is not known. */
LLVMValueRef emit_kernel_field(struct emitter *e, LLVMValueRef address,
			       const char *type, ...);

/* --- Control flow ----------------------------------------------------- */

struct branch {
	LLVMBasicBlockRef other, end;
};

/* if (cond) {: what is built next runs when the i1 is true. */
struct branch emit_if(struct emitter *e, LLVMValueRef cond);
void emit_else(struct emitter *e, struct branch *br);
void emit_endif(struct emitter *e, struct branch *br);

LLVMBasicBlockRef emit_block(struct emitter *e, const char *name);
void emit_at(struct emitter *e, LLVMBasicBlockRef bb); /* continue there */
/* Jump, unless the block has ended already. */
void emit_goto(struct emitter *e, LLVMBasicBlockRef bb);
void emit_goto_if(struct emitter *e, LLVMValueRef cond, LLVMBasicBlockRef yes,
		  LLVMBasicBlockRef no);
/* A variable of the emitter's own, in a stack slot that LLVM turns into a
 * register: for values that differ by branch. */
LLVMValueRef emit_cell(struct emitter *e, const char *name); /* an i64 */
void emit_cell_set(struct emitter *e, LLVMValueRef cell, LLVMValueRef v);
LLVMValueRef emit_cell_get(struct emitter *e, LLVMValueRef cell);
/* Lines of what is built next. */
void emit_loc(struct emitter *e, struct span at);

/* --- Maps ------------------------------------------------------------- */

/* The map, to be passed to a helper. */
LLVMValueRef emit_map_ref(struct emitter *e, struct map *m);
/* The key of an N_MAP node in memory, or a u32 0 for a scalar. */
LLVMValueRef emit_map_key(struct emitter *e, struct node *n);
/* The same from a key expression (a tuple for several): has_key(@m, k). */
LLVMValueRef emit_map_key_expr(struct emitter *e, struct map *m,
			       struct node *key);
/* Address of the value, or NULL; a scalar's only when it is set. */
LLVMValueRef emit_map_lookup(struct emitter *e, struct map *m,
			     LLVMValueRef key);
/* What reading @m[key] means: 0 for what is not there; aggregations are summed
 * over CPUs if they read as integers. */
struct val emit_map_read(struct emitter *e, struct map *m, LLVMValueRef key);
/* Store a value that is at `value` in memory; refusals are counted. */
void emit_map_store(struct emitter *e, struct map *m, LLVMValueRef key,
		    LLVMValueRef value);
/* An i1: whether it was there. */
LLVMValueRef emit_map_delete(struct emitter *e, struct map *m,
			     LLVMValueRef key);
/* How many entries a map with keys has; at: the place in the script. */
LLVMValueRef emit_map_count(struct emitter *e, struct map *m, struct span at);
/* The row of a map of a builtin's own: "stacks".  See emit_map.c. */
LLVMValueRef emit_stacks_map(struct emitter *e, uint32_t frames);
LLVMValueRef emit_usdt_map(struct emitter *e); /* "usdt_args" */

/*
 * For agg.c.  Inside the emitter of an aggregation: this CPU's state of the map
 * and key that is being assigned, created zeroed when it is not there. Evaluate
 * the arguments first.  What is built until emit_agg_end() runs only if there
 *is a state.
 *
 *	v = emit_scalar(e, emit_arg(n, 0));
 *	s = emit_agg_slot(e);
 *	... s.state is a ptr to the words of render.def; s.type the T_AGG ...
 *	emit_agg_end(e, &s);
 *	return val_void();
 */
struct agg_slot {
	LLVMValueRef state;
	const struct type *type;
	struct branch br;
};

struct agg_slot emit_agg_slot(struct emitter *e);
void emit_agg_end(struct emitter *e, struct agg_slot *s);
/* In agg.c: the state merged over CPUs, at `state`, as the integer it reads as.
 */
LLVMValueRef emit_agg_value(struct emitter *e, const struct type *agg,
			    LLVMValueRef state);
/* In agg.c: merge one CPU's state into another's. */
void emit_agg_merge(struct emitter *e, const struct type *agg, LLVMValueRef dst,
		    LLVMValueRef src);

/* --- Events ----------------------------------------------------------- */

struct record {
	LLVMValueRef mem; /* ptr to the record; fields start after its header */
	struct branch br;
};

/*
 * Reserve a record of size bytes (header included) in the ring, with its header
 * filled in for plan event number `event`.  What is built until emit_submit()
 * runs only if there was room; what was lost is counted.  control: if there is
 * none the control ring is tried, so that it can't be lost to printf.
 */
struct record emit_reserve(struct emitter *e, uint32_t event, uint32_t size,
			   bool control);
void emit_submit(struct emitter *e, struct record *r);
/* In builtin_out.c: ACTION_RUNTIME with this place and text. */
void emit_warn_event(struct emitter *e, struct span at, const char *text);

/* --- Load-time constants and counters --------------------------------- */

/* The slot for this in the plan, added when it is new: index into plan->slots.
 * size: bytes, 8 but for strings. */
uint32_t emit_slot_index(struct emitter *e, enum slot_kind kind,
			 const char *name, const char *module,
			 enum provider provider, uint32_t size);
LLVMValueRef emit_slot_ptr(struct emitter *e, uint32_t index);
/* The u64 in a slot. */
LLVMValueRef emit_slot(struct emitter *e, enum slot_kind kind,
		       const char *name);
/* Condition `index` of u->conditions, as an i1: for branches whose other side
 * the verifier must not see. */
LLVMValueRef emit_condition(struct emitter *e, uint32_t index);
/* Count one more; atomic.  Registers the counter.  of: the index of what it
 * belongs to, or 0. */
void emit_count_up(struct emitter *e, enum counter_kind kind, uint32_t of);
/* The same of an update of a map (its index) that left no entry, by what the
 * helper returned. */
void emit_count_refused(struct emitter *e, uint32_t map, LLVMValueRef ret);

/* In builtin_mem.c: size bytes of an aggregate, or of what a pointer points to,
 * in BPF memory. */
LLVMValueRef emit_bytes_of(struct emitter *e, struct node *n, uint32_t size);
/* In builtin_ctx.c: argI, from 0, of an N_NAME that is argI. */
struct val emit_argn(struct emitter *e, struct node *n, uint32_t i);
/* In builtin_usdt.c: argI of a static probe. */
LLVMValueRef emit_usdt_arg(struct emitter *e, uint32_t i);
/* In builtin_ctx.c: an address in the current process as a usym. */
struct val emit_user_symbol(struct emitter *e, LLVMValueRef address,
			    const struct type *type);

/* --- Builtins, one a row ---------------------------------------------- */

typedef struct val emit_builtin_fn(struct emitter *e, struct node *n);

#define BUILTIN(name, sig, flags, help) emit_builtin_fn emit_##name;
#define FOLDED(name, sig, flags, help)
#include "builtin.def"
#undef BUILTIN

#endif
