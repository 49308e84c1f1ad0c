/* fold.h - arithmetic on constants. */
#ifndef FOLD_H
#define FOLD_H

#include "ast.h"

/* A value known while compiling. */
struct constant {
	enum { CONST_INT, CONST_BOOL, CONST_STR } kind;
	uint64_t value; /* magnitude of an int; 0 or 1 of a bool */
	bool negative;
	const char *s; /* CONST_STR */
	uint32_t len;
};

enum fold_result {
	FOLD_DONE,
	FOLD_NOT,      /* operands of such kinds are not computed here */
	FOLD_OVERFLOW, /* the result fits neither int64 nor uint64 */
	FOLD_ZERO,     /* division by zero */
	FOLD_SHIFT,    /* shift by less than 0 or more than 63 bits */
};

enum fold_result fold_unary(enum op op, const struct constant *a,
			    struct constant *out);
enum fold_result fold_binary(enum op op, const struct constant *a,
			     const struct constant *b, struct constant *out);
/* a cut to size bytes and read as signed or not, as a cast does. */
struct constant fold_cast(const struct constant *a, uint32_t size,
			  bool is_signed);

/* The constant that a literal node holds; false: it is none. */
bool constant_of(const struct node *n, struct constant *out);
/* Make n that literal; its place and its siblings stay, its type goes. */
void constant_put(struct node *n, const struct constant *c);
/* Its bits as a 64-bit integer. */
uint64_t constant_bits(const struct constant *c);
bool constant_is_true(const struct constant *c);

#endif
