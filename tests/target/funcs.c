/*
 * funcs - functions to put uprobes on, with known arguments.  funcs [ROUNDS]
 *
 * In each round (default 1), in this order:
 *
 *   fn_none()                           once
 *   fn_ints(-1, -2, -3, -4, 5, 6)       once: int8 int16 int32 int64 uint32
 *                                       uint64; returns -42
 *   fn_wide(0x1122334455667788)         once; returns it plus 1
 *   fn_str("hello", "")                 once; returns "hello"
 *   fn_point(&p)                        once; p = { 3, -4, "corner", { 10,
 *                                       20, 30 } }, bit-fields 5 and 9;
 *                                       returns 7
 *   fn_null(NULL)                       once
 *   fn_seq(i)                           for i = 0..99
 *   fn_rec(5)                           recursion: called 6 times, 5..0;
 *                                       returns 15, 10, 6, 3, 1, 0 innermost
 *                                       last
 *   fn_chain_a() > _b() > _c()          once; for stacks
 *
 * Rounds are 100 ms apart.  Each function is global and never inlined.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

struct point {
	int x, y;
	const char *name;
	short coords[3];
	unsigned low : 3;
	unsigned high : 5;
};

#define PROBED __attribute__((noinline, noclone, used))

volatile long sink;

PROBED void fn_none(void);
PROBED int fn_ints(int8_t a, int16_t b, int32_t c, int64_t d, uint32_t e,
		   uint64_t f);
PROBED uint64_t fn_wide(uint64_t v);
PROBED const char *fn_str(const char *s, const char *empty);
PROBED int fn_point(const struct point *p);
PROBED int fn_null(const struct point *p);
PROBED int fn_seq(int i);
PROBED int fn_rec(int n);
PROBED int fn_chain_a(void);
PROBED int fn_chain_b(void);
PROBED int fn_chain_c(void);

void fn_none(void)
{
	sink++;
}

int fn_ints(int8_t a, int16_t b, int32_t c, int64_t d, uint32_t e, uint64_t f)
{
	sink += a + b + c + d + e + (long)f;
	return -42;
}

uint64_t fn_wide(uint64_t v)
{
	return v + 1;
}

const char *fn_str(const char *s, const char *empty)
{
	sink += empty[0];
	return s;
}

int fn_point(const struct point *p)
{
	return p->x - p->y;
}

int fn_null(const struct point *p)
{
	return p != NULL;
}

int fn_seq(int i)
{
	return i * 2;
}

int fn_rec(int n)
{
	return n == 0 ? 0 : n + fn_rec(n - 1);
}

int fn_chain_c(void)
{
	return (int)sink++;
}

int fn_chain_b(void)
{
	return fn_chain_c() + 1;
}

int fn_chain_a(void)
{
	return fn_chain_b() + 1;
}

static void one_round(void)
{
	struct point p = { 3, -4, "corner", { 10, 20, 30 }, 5, 9 };
	int i;

	fn_none();
	sink += fn_ints(-1, -2, -3, -4, 5, 6);
	sink += (long)fn_wide(0x1122334455667788);
	sink += fn_str("hello", "")[0];
	sink += fn_point(&p);
	sink += fn_null(NULL);
	for (i = 0; i < 100; i++)
		sink += fn_seq(i);
	sink += fn_rec(5);
	sink += fn_chain_a();
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;

	while (rounds-- > 0) {
		one_round();
		if (rounds > 0)
			usleep(100000);
	}
	return 0;
}
