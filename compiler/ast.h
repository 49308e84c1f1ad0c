/* ast.h - the tree that the parser builds and the passes annotate. */
#ifndef AST_H
#define AST_H

#include "diag.h"
#include "table.h"

struct builtin;
struct function;
struct map;
struct symbol;
struct type;
struct variable;

enum node_kind {
#define NODE(kind, name) N_##kind,
#include "node.def"
#undef NODE
	N_COUNT
};

enum op {
#define OP(name, text) OP_##name,
#include "op.def"
#undef OP
	OP_COUNT
};

/* What follows the name in a written type, read left to right. */
struct type_suffix {
	enum { SUFFIX_PTR, SUFFIX_ARRAY } kind;
	struct node *len; /* SUFFIX_ARRAY; NULL for [] */
	struct type_suffix *next;
};

enum type_tag { TAG_NONE, TAG_STRUCT, TAG_UNION, TAG_ENUM };

struct node {
	enum node_kind kind;
	uint32_t depth; /* of the tree from here down; the parser bounds it, so
			   that passes may recurse */
	struct span at;
	struct node *next;	 /* sibling in a list */
	const struct type *type; /* set by check; NULL before, never after */
	union {
		struct {
			uint64_t value;
			bool suffix_unsigned; /* 5u, 5ull */
			bool negative;	      /* folded: value is minus this;
						 set by check only */
		} num;
		struct {
			const char *s; /* escapes resolved; may hold NULs */
			uint32_t len;
		} str;
		struct {
			const char *s;
			/* set by check: exactly one of */
			const struct builtin *builtin;
			struct node *value; /* define, enumerator: a constant */
			bool later; /* an enumerator that may be another number
				       where the program runs... */
			bool unknown; /* ... and has none here */
		} name;
		struct {
			const char *name; /* with its '$' */
			struct variable *sym;
		} var;
		struct {
			const char *name;  /* with its '@' */
			struct node *keys; /* as written; NULL: scalar */
			struct map *sym;
			bool brackets; /* @x[...] was written */
		} map;
		struct {
			int index; /* $1 is 1; 0: no $N */
			/* set by check: one of the two */
			struct node *value; /* N_INT, N_BOOL or N_STR */
			uint32_t row; /* index + 1 into the plan's params */
		} param;
		struct {
			const char *name;
			struct node *args;
			struct span name_at;
			const struct builtin *builtin; /* set by check */
			const void *info;    /* set by check: for the builtin's
						emitter, e.g. struct event */
			struct function *fn; /* set by check: a call of a fn */
		} call;
		struct {
			enum op op;
			struct node *e;
		} unary;
		struct {
			enum op op;
			struct node *l, *r;
			const struct type *on; /* set by check: the type both
						  sides are compared or
						  computed in */
		} binary;
		struct {
			struct node *cond, *then, *otherwise;
			int known; /* set by check: 1 or 0 when the condition
				      is a constant and the other branch is
				      dropped untyped; -1 otherwise */
			struct lifted *lifted; /* set by check: variables that
						  outlive the branches */
		} cond;			       /* N_TERNARY, N_IF */
		struct {
			struct node *e, *i;
		} index;
		struct {
			struct node *e;
			const char *name;
			struct span name_at;
			const struct member *member; /* set by check */
		} field;
		struct {
			struct node *e;
			uint32_t index;
			struct span index_at;
		} element;
		struct {
			struct node *spec; /* N_TYPE */
			struct node *e;
		} cast;
		struct {
			struct node *e; /* N_TYPE or an expression */
			uint64_t size;	/* set by check, bytes */
		} sizeof_;
		struct {
			struct node *e;	     /* N_TYPE or an expression */
			struct node *fields; /* N_NAME list: f.g is two */
			uint64_t offset;     /* set by check, bytes, for
						script structs */
			const struct member **path; /* kernel structs: the
						       fields, relocated */
			uint32_t npath;
		} offsetof_;
		struct node *list;
		struct {
			const char *name;
			struct node *e;
		} member;
		struct node *expr; /* N_COMPTIME, N_DISCARD, N_RETURN */
		struct {
			/* exactly one is set */
			struct node *type; /* struct s, enum e: N_TYPE */
			struct node *expr; /* a call: kaddr("x") */
			const char *point; /* kprobe:f, t:cat:event, as
					      written */
			/* fields below the type; N_NAME list */
			struct node *fields;
			int index; /* set by check: of the plan's conditions */
			bool now;  /* to be decided when compiling: what
				      depends on it has no meaning else */
		} exists;
		struct {
			enum op op; /* OP_SET, or OP_ADD for += */
			struct node *dst, *src;
		} assign;
		struct {
			enum op op; /* OP_INC, OP_DEC */
			bool prefix;
			struct node *dst;
		} incdec;
		struct {
			struct node *stmts;
			bool has_value; /* the last one has no ';' */
			bool expanded;	/* the body of a macro */
		} block;
		struct {
			const char *name; /* with its '$' */
			struct span name_at;
			struct node *spec; /* N_TYPE or NULL */
			struct node *init; /* or NULL */
			struct variable *sym;
		} let;
		struct {
			const char *var; /* with its '$' */
			struct span var_at;
			struct node *over;	/* N_MAP; or NULL: */
			struct node *from, *to; /* a range */
			struct node *body;
			struct variable *sym;
		} loop;
		struct {
			struct node *cond, *body;
		} while_;
		struct {
			struct node *count, *body;
			uint32_t times; /* set by check */
		} unroll;
		struct {
			enum type_tag tag;
			const char *name; /* NULL for typeof */
			struct node *of;  /* typeof(of): N_TYPE or an
					     expression */
			struct type_suffix *suffixes;
		} spec;
	};
};

/*
 * An attach point as written: what stands between ',' and '??', cut at its
 * colons; quotes are resolved.  "$1" inside a part is replaced when the point
 * is resolved.
 */
struct point {
	struct point *next;	   /* after ',' */
	struct point *alternative; /* after '??' */
	struct span at;
	const char *label; /* name=attachpoint; NULL */
	const char **parts;
	struct span *parts_at;
	uint32_t nparts;
	bool none; /* the word none, as an alternative */

	/* Set by probe.c. */
	struct target *target;
};

struct probe {
	struct probe *next;
	struct span at; /* of its points and predicate, without the body */
	struct point *points;
	struct node *pred; /* may be NULL */
	struct node *body; /* N_BLOCK */
};

/* A macro or fn definition; a parameter's kind is told by its first letter. */
struct formal {
	struct formal *next;
	struct span at;
	const char *name;  /* $x, @m or a bare name */
	struct node *spec; /* fn: its N_TYPE */
};

struct routine {
	struct routine *next;
	struct span at, name_at;
	enum { ROUTINE_MACRO, ROUTINE_FN } kind;
	const char *name;
	struct formal *formals;
	struct node *result; /* fn: N_TYPE or NULL */
	struct node *body;

	/* Set by expand.c. */
	struct routine *overload; /* the next of this name */
	bool library;		  /* of the standard library */
	bool busy;		  /* a macro whose call is being expanded */
};

/* let @m = hash(100); */
struct map_decl {
	struct map_decl *next;
	struct span at, kind_at;
	const char *name; /* with its '@' */
	const char *kind; /* hash, lruhash, ... */
	struct node *size;
};

struct config_item {
	struct config_item *next;
	struct span at, key_at;
	const char *key;
	struct node
		*value; /* N_INT, N_STR, N_BOOL, or N_NAME for a bare word */
};

struct import {
	struct import *next;
	struct span at;
	const char *path;
};

/* Lines of the C part, as they stand: parsed by cpart.c. */
struct c_part {
	struct c_part *next;
	struct span at;
	bool header; /* a whole file, written for C */
};

struct program {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;

	/*
	 * Is this name a builtin value (pid, comm, ...)?  Asked while parsing,
	 * because "(pid)*tid" multiplies and "(mytype)*$p" casts.  Set before
	 * parse(); NULL: no name is.
	 */
	bool (*is_value)(const char *name);
	/* What was read, token by token (parse.h); NULL: nobody asks. */
	struct tokens *tokens;

	/* Where headers are searched, besides beside the script; ends with
	 * NULL. */
	const char *const *include_dirs;

	struct c_part *c_parts;
	struct config_item *config;
	struct import *imports;
	struct map_decl *map_decls;
	struct routine *routines;
	struct probe *probes;
	bool broken; /* syntax errors: the tree has holes, do not check it */
};

struct node *node_new(struct program *p, enum node_kind kind, struct span at);
struct node *node_append(struct node *list, struct node *last);
uint32_t node_count(const struct node *list);
const char *op_str(enum op op);
const char *node_kind_str(enum node_kind kind);

/*
 * Addresses of the heads of n's lists of children, absent ones included, in
 * written order; returns how many (at most NODE_SLOTS).
 */
enum { NODE_SLOTS = 3 };
uint32_t node_slots(struct node *n, struct node **slots[NODE_SLOTS]);

/* A deep copy of one node, without its siblings; NULL of NULL.  Suffixes of
 * written types are shared. */
struct node *ast_clone(struct program *p, const struct node *n);

/*
 * Call visit for each child of n, in written order.  Lists are walked, absent
 * children are not visited.
 */
void node_children(struct node *n, void (*visit)(struct node *child, void *arg),
		   void *arg);

/*
 * -d ast, and -d types once the tree is typed: one line a node, the same bytes
 * on every machine.  With sources (NULL: without), the script's lines between.
 */
void ast_dump(const struct program *p, const struct sources *sources,
	      FILE *out);
/* One tree, or a list of them, depth levels in. */
void ast_dump_node(const struct node *n, int depth,
		   const struct sources *sources, FILE *out);

#endif
