/*
 * check.h - what the files of the checker share.
 *
 * The trees of all bodies are walked again and again, in silence, until no
 * variable and no map changes its type; then once more to report.  Types only
 * widen, so it ends.  A walk must therefore leave the tree such that it can be
 * walked again; what is rewritten for good is what every walk would rewrite in
 * the same way.
 */
#ifndef CHECK_H
#define CHECK_H

#include "builtin.h"
#include "cpart.h"
#include "fold.h"
#include "format.h"
#include "param.h"
#include "probe.h"
#include "sema.h"

/* An if with an else that is behind, in a block that is not. */
struct passed {
	struct node *n;
	uint32_t depth; /* of the block */
};

struct checker {
	struct unit *u;
	struct types *ts;
	struct diags *diags;
	struct arena *arena;
	struct body *body;	      /* being checked */
	struct table live;	      /* "$x" -> struct variable now in scope */
	VEC(struct variable *) scope; /* all of them, innermost last */
	VEC(struct variable *) hidden; /* what each of scope shadows, or NULL */
	VEC(struct passed) passed;     /* if-elses before here, in its blocks */
	uint32_t depth;		       /* of blocks */
	uint32_t loops;		       /* around here */
	uint32_t unrolled;	       /* times that what is here is repeated */
	uint32_t statements;	       /* of the body so far, as repeated */
	uint32_t guards; /* branches around here that exists() guards */
	struct c_part_defs defs;
	struct table asked; /* name -> struct enumerator: exists() asked for it,
			       and it is not known here */
	uint32_t nstructs;  /* structs and enums of the script so far */
	uint32_t nsizes;    /* that its C part has asked for so far */
	uint32_t nested;    /* #defines within #defines, just now */
	uint32_t expanded;  /* bytes that #defines stood for so far */
	struct matcher *matcher; /* opened on first use */
	uint32_t required;    /* > 0: no later value will do for a constant */
	uint32_t unevaluated; /* > 0: only the type is asked */
	bool changed;	      /* some type widened in this walk */
	bool last;	      /* this walk reports */
};

/* --- check.c: statements ------------------------------------------------- */

/* A node for its effects: its value, if any, is not wanted. */
void check_stmt(struct checker *c, struct node *n);
/* A block whose last expression is its value; type_void when it has none. */
const struct type *check_block_value(struct checker *c, struct node *n);
/* 1, 0, or -1 when it is not a constant; the condition gets its type. */
int check_condition(struct checker *c, struct node *cond);
bool check_asks_exists(struct node *cond); /* does it ask exists()? */
/* check_op.c: is a condition false, whatever else it asks? */
bool check_is_never(const struct node *n);
/* check_exists.c: decide when what the condition of an if or a ?: asks about
 * arguments is to be decided. */
void check_when(struct checker *c, struct node *n);

/* --- check_expr.c -------------------------------------------------------- */

/* Type n, which may turn out to be void or an aggregation. */
const struct type *check_expr(struct checker *c, struct node *n);
/* Type n, whose value is used: void is an error, aggregations read as
 * integers. */
const struct type *check_value(struct checker *c, struct node *n);
/* The type of an operand that is not evaluated: its variables need no value. */
const struct type *check_type_only(struct checker *c, struct node *n);
/* If n has a value while compiling, put it in out. */
bool check_constant(struct checker *c, struct node *n, struct constant *out);
/* The same where the language wants a constant: sizes of kernel types are then
 * those of the BTF at hand, though they may differ where the program runs. */
bool check_required(struct checker *c, struct node *n, struct constant *out);
/* Where a string is wanted, a $N that is given later is one. */
void check_as_text(struct checker *c, struct node *n);
/* Fold a literal operation in place. */
const struct type *check_fold(struct checker *c, struct node *n,
			      enum fold_result r, const struct constant *v);
/* The type of a literal node. */
const struct type *check_literal(struct checker *c, struct node *n);
bool is_known(const struct type *t); /* neither NONE nor ERROR */

/* --- check_op.c ---------------------------------------------------------- */

const struct type *check_unary(struct checker *c, struct node *n);
const struct type *check_binary(struct checker *c, struct node *n);
const struct type *check_incdec(struct checker *c, struct node *n);
/* The type of l op r once both sides are typed; reports at `at`. */
const struct type *check_operands(struct checker *c, struct span at, enum op op,
				  struct node *l, struct node *r,
				  const struct type **on);

/* --- check_field.c ------------------------------------------------------- */

const struct type *check_field(struct checker *c, struct node *n);
const struct type *check_element(struct checker *c, struct node *n);
const struct type *check_index(struct checker *c, struct node *n);
const struct type *check_offsetof(struct checker *c, struct node *n);
/* A field of a struct; reports when there is none, and returns NULL. */
const struct member *check_member(struct checker *c, const struct type *s,
				  const char *name, struct span at);

/* Whose memory a value that is not behind a pointer here lies in. */
enum space check_space_of(const struct node *n);

/* --- check_type.c -------------------------------------------------------- */

/* What a written type means; type_error after a report. */
const struct type *check_spec(struct checker *c, struct node *spec);
const struct type *check_cast(struct checker *c, struct node *n);
const struct type *check_sizeof(struct checker *c, struct node *n);

/* --- check_var.c --------------------------------------------------------- */

struct variable *check_declare(struct checker *c, struct variable **slot,
			       const char *name, struct span at);
void check_leave(struct checker *c, uint32_t depth); /* end its scopes */
/* Before and after an if's branches: variables of both that live on. */
void check_lifted(struct checker *c, struct node *n);
void check_passed(struct checker *c, struct node *n);
const struct type *check_var(struct checker *c, struct node *n);
void check_let(struct checker *c, struct node *n);
void check_assign(struct checker *c, struct node *n);
/* Let v take values of type t as well. */
void check_widen_var(struct checker *c, struct variable *v,
		     const struct type *t, struct node *src, struct span at);
/* Is src, of its type, fit to be put where `to` was declared?  Reports. */
bool check_fits(struct checker *c, const struct type *to, struct node *src,
		struct span at, const char *what);
/* May be kept in a variable or map: reports and returns false if not. */
bool check_storable(struct checker *c, const struct type *t, struct span at);

/* --- check_map.c --------------------------------------------------------- */

struct map *check_map_of(struct checker *c, struct node *n);
/* @x or @x[k] as a place: its keys are typed and joined to the map's. */
struct map *check_map_place(struct checker *c, struct node *n);
const struct type *check_map(struct checker *c, struct node *n);
/* The map as a whole, as in print(@x); reports if nothing ever writes it. */
struct map *check_map_whole(struct checker *c, struct node *n);
/* key: an expression given apart from the map, as in has_key(@x, key). */
void check_map_key(struct checker *c, struct map *m, struct node *key,
		   struct span at);
void check_map_write(struct checker *c, struct map *m);
void check_widen_map(struct checker *c, struct map *m, const struct type *t,
		     struct node *src, struct span at);
void check_maps_declared(struct checker *c);
void check_maps_finish(struct checker *c);

/* --- check_fn.c ----------------------------------------------------------- */

/* Signatures of every fn; what a walk needs of their bodies. */
void check_functions_declared(struct checker *c);
void check_params(struct checker *c, struct function *f);
const struct type *check_fn_return(struct checker *c, struct node *n);
const struct type *check_fn_call(struct checker *c, struct node *n);
/* Once all is typed: ends without a value, recursion, nesting. */
void check_functions_finish(struct checker *c);

/* --- check_name.c, check_exists.c ---------------------------------------- */

const struct type *check_name(struct checker *c, struct node *n);
const struct type *check_exists(struct checker *c, struct node *n);

/* --- check_call.c -------------------------------------------------------- */

const struct type *check_call(struct checker *c, struct node *n);
/* A builtin value, with or without (). */
const struct type *check_builtin(struct checker *c, struct node *n,
				 const struct builtin *b);
bool check_is_agg(const struct node *n); /* a call of count() or the like */
/* @x = count(): its shape, checked arguments and all. */
const struct type *check_agg(struct checker *c, struct node *call);
const struct type *check_agg_elsewhere(struct checker *c, struct node *call);
/* Argument i, from 0; NULL when it was not given. */
struct node *check_arg(struct node *n, uint32_t i);
/* An argument that must be known now; reports. */
bool check_literal_int(struct checker *c, struct node *n, struct node *arg,
		       int64_t *out);
/* Reports that what the program was started by is not known in a fn. */
const struct type *check_not_in_fn(struct checker *c, const struct node *n,
				   const char *what);
/* Reports that this probe has no such thing, and which have. */
const struct type *check_not_here(struct checker *c, const struct node *n,
				  const char *what, unsigned flags);
bool check_has(const struct checker *c, unsigned flags);
/* Is the body one of several alternatives (??)? */
bool check_has_choices(const struct checker *c);
/* d is of something that not all alternatives of the probe have: how to ask. */
void check_hint_choices(struct checker *c, struct diag *d);

/* Every row's function; those of rows without CHECK need not exist. */
typedef const struct type *check_builtin_fn(struct checker *c, struct node *n);

#define BUILTIN(name, sig, flags, help) check_builtin_fn check_##name;
#include "builtin.def"
#undef BUILTIN

/* --- type_c.c ------------------------------------------------------------ */

/* The structs, enums and constants of the script's C parts and headers. */
void check_c_parts(struct checker *c);

#endif
