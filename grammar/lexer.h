/* lexer.h - what the lexer, the parser and parse.c share. */
#ifndef LEXER_H
#define LEXER_H

#include "ast.h"
#include "table.h"

enum {
	MAX_NESTING = 256, /* brackets open at once */
	MAX_DEPTH = 1000,  /* of a tree: the passes recurse over it */
	MAX_ERRORS = 100,  /* per run: diags keep no more */
};

/* A list under construction: appending is O(1). */
struct nodes {
	struct node *head, *tail;
	uint32_t depth; /* of its deepest */
	bool open;	/* statements: the last one has no ';' */
};

struct formals {
	struct formal *head, *tail;
};

struct points {
	struct point *head, *tail;
};

struct text {
	const char *s; /* escapes resolved; NUL-terminated */
	uint32_t len;
};

struct number {
	uint64_t value;
	bool is_unsigned;
};

struct bracket {
	int open;
	uint32_t at; /* its position */
};

/* The state of one parse. */
struct lexer {
	struct program *prog;
	const struct source *src;
	uint32_t pos;	/* where the next token starts, program-wide */
	uint32_t end;	/* where the text being parsed ends */
	int start;	/* token that chooses what to parse; 0 once sent */
	int back;	/* flex state to return to after exists( */
	bool in_pred;	/* between the slashes of a predicate */
	bool after_dot; /* the last token was . or -> */
	bool stop;	/* pretend the text ends here: enough was said */
	bool config;	/* there was a config block */

	/* Brackets that are open. */
	struct bracket open[MAX_NESTING];
	uint32_t nopen, nbraces;

	/* After a syntax error in a block: skip to the end of the statement,
	 * over balanced braces. */
	bool skipping;
	uint32_t skip_level; /* of nbraces */

	uint32_t stars_end; /* the last run of '*' looked through ended here */
	bool stars_type;    /* and was that of a pointer type */

	/* C parts */
	uint32_t c_beg, c_braces, c_parens;
	bool c_typedef, c_body;
	uint32_t nconds;     /* #if that are open */
	uint32_t cond_at;    /* the last one */
	struct table values; /* names that #define made values */

	/* Where the lists of the program end. */
	struct c_part **c_parts;
	struct config_item **items;
	struct import **imports;
	struct map_decl **map_decls;
	struct routine **routines;
	struct probe **probes;

	struct node *expr; /* what parse_expr() wanted */
};

/* lexer.l: what follows is code, or stands between clauses, whatever the lexer
 * thought of it. */
void lexer_enter_code(void *scanner);
void lexer_enter_top(void *scanner);

/* parse_text.c: the insides of tokens; pos is where s stands. */
struct text text_unescape(struct lexer *lx, const char *s, size_t n,
			  uint32_t pos);
struct number text_number(struct lexer *lx, const char *s, size_t n,
			  struct span at);
/* What stands between ',' and '??', cut at its colons. */
struct point *text_point(struct lexer *lx, const char *s, size_t n,
			 uint32_t pos);
/* Past the blanks and comments that begin at pos. */
uint32_t text_skip_blank(const struct lexer *lx, uint32_t pos);
char text_at(const struct lexer *lx, uint32_t pos); /* 0 past the end */
/* Is the word w at pos, and whole? */
bool text_has_word(const struct lexer *lx, uint32_t pos, const char *w);

/*
 * parse_node.c: what the actions of the grammar build.  Each node knows the
 * depth of its tree; one that is too deep is an error that ends the parse.
 */
void too_deep(struct lexer *lx, struct span at);

struct nodes list_of(struct node *n); /* NULL: empty */
struct nodes list_add(struct nodes list, struct node *n);

struct node *make(struct lexer *lx, enum node_kind kind, struct span at);
struct node *make_int(struct lexer *lx, struct span at, struct number num);
struct node *make_bool(struct lexer *lx, struct span at, bool value);
struct node *make_str(struct lexer *lx, struct span at, struct text str);
struct node *make_name(struct lexer *lx, struct span at, const char *s);
struct node *make_var(struct lexer *lx, struct span at, const char *s);
/* keys: NULL without brackets */
struct node *make_map(struct lexer *lx, struct span at, const char *name,
		      const struct nodes *keys);
struct node *make_param(struct lexer *lx, struct span at, struct number num);
struct node *make_call(struct lexer *lx, struct span at, const char *name,
		       struct span name_at, struct nodes args);
struct node *make_unary(struct lexer *lx, struct span at, enum op op,
			struct node *e);
struct node *make_binary(struct lexer *lx, struct span at, enum op op,
			 struct node *l, struct node *r);
/* N_TERNARY or N_IF; then and otherwise may be NULL */
struct node *make_cond(struct lexer *lx, struct span at, enum node_kind kind,
		       struct node *cond, struct node *then,
		       struct node *otherwise);
struct node *make_index(struct lexer *lx, struct span at, struct node *e,
			struct node *i);
struct node *make_field(struct lexer *lx, struct span at, struct node *e,
			const char *name, struct span name_at);
struct node *make_element(struct lexer *lx, struct span at, struct node *e,
			  struct number index, struct span index_at);
struct node *make_cast(struct lexer *lx, struct span at, struct node *spec,
		       struct node *e);
struct node *make_sizeof(struct lexer *lx, struct span at, struct node *e);
struct node *make_offsetof(struct lexer *lx, struct span at, struct node *e,
			   struct nodes fields);
/* N_TUPLE or N_RECORD */
struct node *make_list(struct lexer *lx, struct span at, enum node_kind kind,
		       struct nodes list);
struct node *make_member(struct lexer *lx, struct span at, const char *name,
			 struct node *e);
/* N_COMPTIME or N_RETURN; e may be NULL */
struct node *make_expr(struct lexer *lx, struct span at, enum node_kind kind,
		       struct node *e);
struct node *make_exists(struct lexer *lx, struct span at, struct node *what,
			 struct nodes fields);
struct node *make_exists_point(struct lexer *lx, struct span at);
struct node *make_assign(struct lexer *lx, struct span at, enum op op,
			 struct node *dst, struct node *src);
struct node *make_incdec(struct lexer *lx, struct span at, enum op op,
			 bool prefix, struct node *dst);
struct node *make_let(struct lexer *lx, struct span at, const char *name,
		      struct span name_at, struct node *spec,
		      struct node *init);
/* last: a statement without its ';', or NULL */
struct node *make_block(struct lexer *lx, struct span at, struct nodes stmts,
			struct node *last);
/* to: NULL for a map */
struct node *make_loop(struct lexer *lx, struct span at, const char *var,
		       struct span var_at, struct node *from, struct node *to);
struct node *loop_body(struct lexer *lx, struct span at, struct node *loop,
		       struct node *body);
struct node *make_while(struct lexer *lx, struct span at, struct node *cond,
			struct node *body);
struct node *make_unroll(struct lexer *lx, struct span at, struct node *count,
			 struct node *body);

struct node *make_type(struct lexer *lx, struct span at, enum type_tag tag,
		       const char *name);
struct node *make_typeof(struct lexer *lx, struct span at, struct node *of);
/* A name, perhaps indexed, that turned out to be a type: name[4]. */
struct node *type_from_name(struct lexer *lx, struct node *e);
/* len: of an array, or NULL for [] */
struct node *type_add(struct lexer *lx, struct span at, struct node *t,
		      bool pointer, struct node *len);
/* One more word: "unsigned", then "long". */
struct node *type_word(struct lexer *lx, struct span at, struct node *t,
		       const char *word);
/* Words of C put in one of these forms, each perhaps after "unsigned": char,
 * short, int, long; and "signed char". */
struct node *type_of_words(struct lexer *lx, struct node *t);

/* parse_item.c: what stands in a file. */
struct formals formals_add(struct formals list, struct formal *f);
struct formal *make_formal(struct lexer *lx, struct span at, const char *name,
			   struct node *spec);
struct points points_add(struct points list, struct point *p);
/* What follows '??'; the word none is not a probe there. */
struct point *or_else(struct point *p);
void add_c_part(struct lexer *lx, struct span at);
void add_config(struct lexer *lx, struct span at);
void add_setting(struct lexer *lx, struct span at, const char *key,
		 struct span key_at, struct node *value);
void add_import(struct lexer *lx, struct span at, struct text path);
void add_map_decl(struct lexer *lx, struct span at, const char *name,
		  const char *kind, struct span kind_at, struct node *size);
void add_probe(struct lexer *lx, struct span at, struct points points,
	       struct node *pred, struct node *body);
void add_routine(struct lexer *lx, struct span at, struct span name_at,
		 bool is_fn, const char *name, struct formals formals,
		 struct node *result, struct node *body);

#endif
