/* as headers for C are: what is of no use in a script is passed over */
#ifndef SHAPES_H
#define SHAPES_H
#include "kinds.h"
#define SIDES 4
#define AREA(a, b) ((a) * (b))
extern int shapes;
struct shape {
	kind_t kind;
	enum { SQUARE = 7, ROUND } form;
	int sides[SIDES];
};
typedef struct shape shape_t;
int area(struct shape *s, int (*of)(int));
static inline int sides(const struct shape *s)
{
	if (s) {
		return SIDES;
	}
	return 0;
}
static const int primes[] = { 2, 3, 5 };
#endif
