/* emit_own.h - what the emit*.c files share among themselves. */
#ifndef EMIT_OWN_H
#define EMIT_OWN_H

#include "emit.h"

#include <llvm-c/DebugInfo.h>

enum {
	/* Of the 512 bytes of stack that a program and the callbacks of its
	 * loops share, what variables and temporaries may take; the rest is
	 * LLVM's, for spills. */
	STACK_BUDGET = 256,
	/* Bytes that are zeroed or copied by stores; more goes to a helper. */
	UNROLLED_MAX = 128,
	/* A per-CPU value is at most PCPU_MIN_UNIT_SIZE. */
	SCRATCH_MAX = 32768,
	/* Rounds of a range of constants that are unrolled by the verifier. */
	NATIVE_LOOP_MAX = 16,
	/* BPF_MAX_LOOPS: bpf_loop() refuses more. */
	BPF_LOOP_MAX = 1 << 23,
};

/* What the callback of a loop gets from the program around it. */
enum { FRAME_CTX = 0, FRAME_SCRATCH = 8, FRAME_CALL = 16, FRAME_SIZE = 24 };

/* Where a variable lives. */
struct var_place {
	bool in_scratch;
	uint32_t offset;   /* in scratch */
	LLVMValueRef slot; /* on the stack */
	LLVMValueRef func; /* that has the slot */
	/* while placing: the loop whose callback it was first seen in */
	bool seen, captured;
	const void *fn_seen;
};

struct loop {
	struct loop *outer;
	LLVMBasicBlockRef next, done;
};

/* One LLVM function: a program or the callback of a loop. */
struct emit_fn {
	struct emit_fn *outer;
	LLVMValueRef func;
	LLVMValueRef entry_end;		   /* allocas go before this branch */
	LLVMBasicBlockRef prologue, start; /* what runs before the rest */
	LLVMValueRef ctx;		   /* parameter; NULL in a callback */
	/* emit_syscall.c; NULL: it is not for system calls as such */
	LLVMValueRef record, cookie;
	LLVMValueRef frame;	 /* NULL: the body has no callbacks */
	LLVMValueRef call_frame; /* for a call of a fn; NULL: none yet */
	uint32_t call_frame_size;
	uint32_t call_bytes;	 /* all such frames */
	uint32_t callback_bytes; /* those of its callbacks, the most */
	LLVMValueRef scratch;	 /* cell that holds a ptr */
	LLVMBasicBlockRef ret;	 /* leaves the probe */
	/* of a span's return; NULL: it is none, or a callback */
	LLVMValueRef call;  /* ptr to what its entry kept */
	LLVMValueRef depth; /* cell of a ptr to the count of open calls; NULL:
			       not counted */
	LLVMValueRef above; /* cell: how many there are after this one */
	struct loop *loop;
	LLVMMetadataRef scope;
	LLVMMetadataRef loc;
};

struct stack_temp {
	LLVMValueRef slot;
	uint32_t size;
	LLVMValueRef func; /* that has the slot */
	uint64_t taken;	   /* when; 0: free */
	bool cell; /* its address goes nowhere: LLVM may make it a register */
};

/* State of the emitter that builtins have no business with. */
struct emit_state {
	/* of the body */
	struct var_place *vars;
	uint32_t returned; /* in scratch: a u64, set by return within a loop */
	uint32_t stack_used;
	/* of the functions it calls: struct function */
	uint32_t callee_stack, callee_frames;
	uint32_t frames; /* bytes of the frames of its calls, at any time */
	bool callbacks;	 /* it has some */
	uint32_t scratch_used, scratch_peak;
	VEC(struct stack_temp) temps;
	uint64_t clock; /* of temporaries taken */
	uint32_t ncallbacks;
	struct span at; /* of what is being emitted */

	/* where emit_to() wants the result of a node */
	struct node *want;
	LLVMValueRef want_at;

	/* the assignment of an aggregation being emitted */
	struct node *agg_dst;

	/* of the module */
	uint32_t scratch_size; /* bytes of a value; 0: no map */
	uint32_t stack_frames; /* the most that any stack asks for */
	LLVMValueRef scratch_map, events_map, control_map, stacks_map, usdt_map;
	LLVMValueRef slots, counters; /* placeholders until the end */
	LLVMValueRef zeros;
	uint32_t zeros_size;
	LLVMValueRef *maps; /* by index */
	uint32_t *full;	    /* by map: index + 1 of its counter */
	struct table strings;
	uint32_t core_seq;
	VEC(LLVMValueRef) span_maps;
};

/* emit.c */
void emit_fn_begin(struct emitter *e, struct emit_fn *fn, const char *name,
		   LLVMTypeRef type, struct span at);
/* End the function: the block being built goes to `last`. */
void emit_fn_end(struct emitter *e, LLVMBasicBlockRef last);
/* What follows a jump and is never reached. */
void emit_dead(struct emitter *e);
void emit_return(struct emitter *e);
/* A struct of LLVM instructions' own: an alloca in the entry block. */
LLVMValueRef emit_alloca(struct emitter *e, uint32_t size, const char *name);
LLVMValueRef emit_volatile_load(struct emitter *e, LLVMTypeRef t,
				LLVMValueRef p, uint32_t align);
/*
 * The context's address, through which every load is one instruction to LLVM,
 * its offset in it (LLVM 18): loads of two fields joined into one from an
 * address that depends the verifier refuses.
 */
LLVMValueRef emit_keep_offset(struct emitter *e, LLVMValueRef p);
/* v, of which LLVM no longer knows what it is. */
LLVMValueRef emit_opaque(struct emitter *e, LLVMValueRef v);

/* Bytes that are loaded of a scalar: 1, 2, 4 or 8. */
uint32_t emit_load_size(const struct type *t);

/* emit_arg.c: is m an argument of the program, which is to be read by these? */
bool emit_is_arg(const struct emitter *e, const struct member *m);
/* The integer of `size` bytes that is `inside` bytes into it. */
LLVMValueRef emit_load_arg(struct emitter *e, const struct member *m,
			   uint32_t inside, uint32_t size, bool is_signed);
/* Whether this kernel has it: an i64. */
LLVMValueRef emit_arg_exists(struct emitter *e, const char *name);
/* Rows of the plan for what exists() asked for in vain. */
void emit_absent_args(struct emitter *e);
/* Of an array, which may be elsewhere in the record: an i64. */
LLVMValueRef emit_arg_address(struct emitter *e, const struct member *m);
/* What a function returned, of a fexit. */
LLVMValueRef emit_load_result(struct emitter *e);

/* With -k: report a helper that returned less than 0, and what that means. */
void emit_check_helper(struct emitter *e, LLVMValueRef ret, const char *helper,
		       const char *text);
void emit_label(LLVMValueRef v, const char *name);

/* emit_temp.c */
struct temp_mark {
	uint32_t scratch;
	uint64_t clock;
};
void emit_vars_plan(struct emitter *e); /* places every variable of the body */
LLVMValueRef emit_var(struct emitter *e, struct variable *v);
LLVMValueRef emit_scratch(struct emitter *e, uint32_t offset);
/* The offset of so many bytes, until the temporaries are released. */
uint32_t emit_take_scratch(struct emitter *e, uint32_t size);
/* What is freed at the end of a statement: take a mark, give it back. */
struct temp_mark emit_temps_mark(struct emitter *e);
void emit_temps_release(struct emitter *e, struct temp_mark m);

/* What must be on the stack, whatever its size; LLVM says if there is none. */
LLVMValueRef emit_stack_temp(struct emitter *e, uint32_t size,
			     const char *name);
LLVMValueRef emit_scratch_temp(struct emitter *e, uint32_t size);

/* emit_fn.c */
/* Emit the functions that b calls, unless they are there; the state then has
 * what they take of the stack. */
void emit_callees(struct emitter *e, struct body *b);
/* Report a body whose calls do not fit the stack. */
void emit_check_frames(struct emitter *e, struct span at);
void emit_function(struct emitter *e, struct function *f);
struct val emit_fn_call(struct emitter *e, struct node *n);
void emit_fn_return(struct emitter *e, struct node *value);
/* End the program, from within a function too. */
void emit_leave(struct emitter *e);

/* emit_stmt.c, emit_loop.c */
struct val emit_block_value(struct emitter *e, struct node *n);
bool loop_is_native(struct node *n); /* N_FOR: no callback */
void emit_for(struct emitter *e, struct node *n);
void emit_while(struct emitter *e, struct node *n);
void emit_unroll(struct emitter *e, struct node *n);
struct val emit_incdec(struct emitter *e, struct node *n);
/* Jump by a condition; && || ! become jumps, so that what is known when the
 * program is loaded cuts off the dead side. */
void emit_branch(struct emitter *e, struct node *cond, LLVMBasicBlockRef yes,
		 LLVMBasicBlockRef no);

/* emit_expr.c */
struct val emit_choice(struct emitter *e, struct node *n);
/* A list of expressions as a tuple at dst. */
void emit_parts(struct emitter *e, struct node *list, LLVMValueRef dst,
		const struct type *to);

/* emit_op.c */
struct val emit_unary(struct emitter *e, struct node *n);
struct val emit_binary(struct emitter *e, struct node *n);
/* l op r, both of type t, which the result has too. */
LLVMValueRef emit_arith(struct emitter *e, enum op op, const struct type *t,
			LLVMValueRef l, LLVMValueRef r, struct span at);
/* The number by which ++ and += on this type step. */
LLVMValueRef emit_step(struct emitter *e, const struct type *t,
		       LLVMValueRef by);

/* emit_equal.c: an i1 */
LLVMValueRef emit_equal(struct emitter *e, struct node *l, struct node *r,
			const struct type *on);

/* emit_cast.c */
void emit_val_to(struct emitter *e, struct val v, LLVMValueRef dst,
		 const struct type *to);

/* emit_mem.c, emit_field.c */
struct val emit_place(struct emitter *e, struct node *n);
struct val emit_member(struct emitter *e, struct node *n); /* N_FIELD, loaded */
struct val emit_deref(struct emitter *e, LLVMValueRef address,
		      const struct type *ptr);
LLVMValueRef emit_sizeof_elem(struct emitter *e, const struct type *t);
LLVMValueRef emit_to_ptr(struct emitter *e, LLVMValueRef i64);
LLVMValueRef emit_to_int(struct emitter *e, LLVMValueRef ptr);

/* emit_map.c */
void emit_maps_define(struct emitter *e);
void emit_maps_finish(struct emitter *e);
void emit_map_assign(struct emitter *e, struct node *n);
struct val emit_map_step(struct emitter *e, struct node *n);
LLVMValueRef emit_map_slot(struct emitter *e, struct map *m, LLVMValueRef key);
/* The value, as a reader sees it, from what a look-up or a loop found. */
void emit_map_value_to(struct emitter *e, struct map *m, LLVMValueRef key,
		       LLVMValueRef found, LLVMValueRef dst,
		       const struct type *to);

/* builtin_out.c: what a test returns is what it is judged by. */
void emit_test_result(struct emitter *e, struct node *value);

/* builtin_iter.c */
bool iter_is_pinned(const struct body *b);
bool iter_steps(const struct body *b);
void emit_iter_step(struct emitter *e);
struct val emit_seq_printf(struct emitter *e, struct node *n);

/* emit_data.c */
void emit_data_begin(struct emitter *e);
void emit_data_finish(struct emitter *e);
LLVMValueRef emit_global(struct emitter *e, const char *name, LLVMTypeRef t,
			 LLVMValueRef init, const char *section);

/* emit_span.c */
/* The whole program of an entry; what a return's begins with; what it ends
 * with. */
void emit_span_entry(struct emitter *e);
void emit_span_return(struct emitter *e);
void emit_span_leave(struct emitter *e);
void emit_spans_finish(struct emitter *e); /* their maps, and "span_end" */
/* The word that argN was kept in. */
LLVMValueRef emit_span_argn(struct emitter *e, uint32_t n);
/* In builtin_ctx.c: argN of the program's own context. */
LLVMValueRef emit_argn_now(struct emitter *e, uint32_t n);
/* args of a span, in BPF memory. */
LLVMValueRef emit_span_args(struct emitter *e);

/* emit_mapdef.c */
/* A hash of our own with keys of 8 bytes. */
LLVMValueRef emit_own_hash(struct emitter *e, const char *name, uint32_t words,
			   uint32_t max_entries);

/* emit_debug.c */
void debug_begin(struct emitter *e);
void debug_finish(struct emitter *e);
LLVMMetadataRef debug_function(struct emitter *e, LLVMValueRef f,
			       const char *name, struct span at);
LLVMMetadataRef debug_location(struct emitter *e, LLVMMetadataRef scope,
			       struct span at);
LLVMMetadataRef debug_type(struct emitter *e, const struct type *t);
struct debug_member {
	const char *name;
	LLVMMetadataRef type;
	uint64_t size, offset, bits, bit_offset; /* bytes, bytes, bits, bits */
};
LLVMMetadataRef debug_struct(struct emitter *e, const char *name, bool is_union,
			     uint64_t size, const struct debug_member *m,
			     uint32_t n);
LLVMMetadataRef debug_enum(struct emitter *e, const char *name, uint32_t size,
			   bool is_signed, const char *constant,
			   uint64_t value);
LLVMMetadataRef debug_array(struct emitter *e, LLVMMetadataRef elem,
			    uint64_t size, uint64_t n);
LLVMMetadataRef debug_pointer(struct emitter *e, LLVMMetadataRef to);
LLVMMetadataRef debug_int(struct emitter *e, uint32_t size, bool is_signed);
void debug_global(struct emitter *e, LLVMValueRef g, const char *name,
		  LLVMMetadataRef type);

/* emit_syscall.c: of a body that has a side. */
void emit_syscall_begin(struct emitter *e);
/* When its arguments are to be read: not before it is known that they are
 * wanted. */
enum when { NEVER, AT_ONCE, IN_BODY };
enum when emit_syscall_when(struct emitter *e);
void emit_syscall_args(struct emitter *e);

#endif
