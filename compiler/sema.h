/*
 * sema.h - what the passes between tree and LLVM know about a program.
 *
 * resolve (probe.c) turns attach points into targets and clauses into bodies;
 * check (check*.c) gives every node of every body its type and finds the maps
 * and variables; the emitter reads it all and changes nothing but the plan.
 */
#ifndef SEMA_H
#define SEMA_H

#include "ast.h"
#include "config.h"
#include "decode.h"
#include "plan.h"
#include "table.h"
#include "type.h"

/* A scratch variable: one for each declaration. */
struct variable {
	struct variable *next; /* in body->variables */
	const char *name;
	const char *key; /* the name in the tree; macros: expand.h */
	struct span at;
	const struct type *type; /* widened to fit every assignment */
	bool declared_type;	 /* let $x: T: not widened */
	uint32_t id;		 /* within its body, from 0 */
	uint32_t depth;		 /* of its block */
	bool assigned;
	bool addressed; /* &$x: it must be in memory */
};

struct map {
	struct map *next; /* in order of first use */
	const char *name; /* "@x" */
	struct span at;
	const struct type *key;	  /* NULL: scalar; T_TUPLE for several keys */
	const struct type *value; /* T_AGG for aggregations */
	const struct map_decl *decl;
	enum map_kind {
		MAP_HASH,
		MAP_LRUHASH,
		MAP_PERCPUHASH,
		MAP_PERCPULRUHASH
	} kind;
	uint32_t max_entries;
	bool percpu; /* one value a CPU */
	bool written;
	bool shaped;			/* some use told scalar from keyed */
	const struct body *last_writer; /* only while checking */
	uint32_t index;			/* into plan.maps */
	uint32_t nprograms;		/* bodies that write it */
};

/* An attach point that has been understood. */
struct target {
	struct target *next;
	struct target *alternative; /* after ??, for the same program */
	struct target *otherwise;   /* after ??, for a program of its own */
	bool optional;		    /* ?? none */
	/* Of a span, provider and target are those of its return. */
	const struct provider_row *span; /* NULL: it is none */
	struct target *entry;		 /* where the span begins */
	struct span at;
	enum provider provider;
	const char *name;   /* canonical: kprobe:vfs_read */
	const char *module; /* module, category, binary as found; "" */
	const char *target; /* function, event, unit; "" */
	bool wild;
	uint64_t offset, period;
	const char *param; /* "$1": the period is that many times as long */
	const struct type *args; /* T_STRUCT of ARGS or TRACEPOINT; NULL */
	const struct type
		*retval; /* fexit, kretprobe; NULL: none, or untyped */
	const struct udwarf_function *function; /* whose parameters args are of;
						  NULL: not by DWARF */
	const char *inlined; /* the function that was inlined at offset, an
				address; NULL: it is not one that was */
};

/* What the entry of a span keeps for its return, in a word of 8 bytes: argN, or
 * size bytes of the entry's context. */
struct span_word {
	bool is_argn;
	uint32_t argn;
	struct member argument; /* if not argN: as the entry has it */
};

/* Both halves of a span; see emit_span.c. */
struct span_pair {
	const struct provider_row *row;
	struct body *enter, *leave; /* enter: NULL when nothing is to be kept */
	bool timed;		    /* duration is asked for */
	bool several;		    /* of more than one function */
	VEC(struct span_word) words;
};

/*
 * One BPF program: a clause's predicate and block for targets that look alike.
 * The tree is its own copy, so that a node has one type.
 */
struct body {
	struct body *next;
	struct probe *clause;
	enum provider provider;
	struct target *targets;
	const struct type *args, *retval; /* as of the first target */
	struct node *pred, *block;
	struct variable *variables;
	uint32_t nvariables;
	const char *elf_name; /* "kprobe_0": unique */
	uint32_t usdt_args;   /* bit N is set: argN is read */
	uint32_t index;
	struct span_pair *span;	      /* it is half of; NULL: none */
	uint32_t group, choice;	      /* as in plan_program */
	const struct target *choices; /* all of the group's, by otherwise */
	enum syscall_side side;	      /* as in plan_program */
	struct function *fn;	      /* NULL: this is a program */
};

/* A condition decided when the program is loaded. */
struct condition {
	enum {
		COND_FIELD,
		COND_TYPE,
		COND_ENUMERATOR,
		COND_POINT,
		COND_SYMBOL,
		COND_ARG
	} kind;
	const struct type *type;    /* FIELD, TYPE, ENUMERATOR */
	const struct member **path; /* FIELD: from type downward */
	uint32_t npath;
	const char *name; /* ENUMERATOR, SYMBOL, ARG, POINT's target; FIELD: one
			     below path whose type is not known, or NULL */
	uint64_t value;	  /* ENUMERATOR */
	const char *module;	/* POINT */
	enum provider provider; /* POINT */
};

/* A fn: a BPF subprogram. */
struct function {
	struct function *next;
	struct routine *routine;
	struct body *body;	   /* its variables and block; no targets */
	struct variable **params;  /* among the body's variables */
	const struct type **types; /* of the parameters */
	uint32_t nparams;
	const struct type *result; /* type_void: none */
	bool busy;		   /* being looked at by a walk over calls */
	bool leaves;		   /* it may end the program: exit() */
	uint32_t frames;	   /* of the stack, callbacks and calls within
				      included */

	/* of emit */
	uint32_t scratch; /* bytes that a call needs, its own calls included */
	uint32_t stack;	  /* that it and what it calls may use */
	uint32_t frames_stack; /* that frames of calls use for certain */
	void *emitted;	       /* LLVMValueRef */
};

/* An argument that exists() asked for, and the body's probe does not have. */
struct absent {
	const struct body *body;
	const char *name;
};

struct udwarf_function;
struct expander;
struct params;

struct unit {
	struct arena *arena;
	struct program *prog;
	struct diags *diags;
	struct types types;
	struct config config;
	struct table maps; /* "@x" -> struct map */
	struct body *bodies;
	struct table functions;	   /* name -> struct function, by check */
	struct expander *expander; /* macros: expand.c */
	VEC(struct condition) conditions;
	VEC(struct absent) absent;

	/* parameters of the script */
	int argc;
	char **argv;
	bool unsafe;
	bool tests, benches; /* --test, --bench: these clauses and no others */
	/* decode_at(), which is LLVM's; NULL: this is the front end alone */
	enum decoded (*decode)(const uint8_t *code, size_t size, size_t at);
	bool checking; /* to be run another time: with parameters, with -c */
	bool helper_errors;    /* -k: the program reports helpers that fail */
	bool origins;	       /* what prints records who: -f ndjson */
	bool help;	       /* --help was among argv */
	bool deferred;	       /* parameters are given when it is started */
	struct params *params; /* as read from argv: param.c */
	const char *child;     /* -c, or NULL */
	int pid;	       /* -p, or 0 */
	bool has_pid;	       /* -p or -c */
	bool offline;	       /* --btf: not for this machine's kernel */

	/* params and conditions by check, the rest by emit */
	struct plan *plan;
};

/* What a body may use, and what its kind of probe is called: of a span, the
 * span's. */
const struct provider_row *body_kind(const struct body *b);

/* Turn the program's clauses into u->bodies.  Errors go to u->diags. */
void resolve(struct unit *u);

/* Type everything.  Errors go to u->diags; without any, every node of every
 * body has a type other than T_NONE and T_ERROR. */
void check(struct unit *u);

/* The rows of u->plan->programs, once there are no errors. */
void plan_programs(struct unit *u);

/* -d types: every body with its targets, typed; the same bytes on every machine
 * whose types are the same. */
void unit_dump(const struct unit *u, const struct sources *sources, FILE *out);

/*
 * syscall_side.c: mark the bodies that can do with the two tracepoints that all
 * system calls pass, sys_enter and sys_exit, instead of those of each.
 */
void syscall_choose(struct unit *u);

#endif
