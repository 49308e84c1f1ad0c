/*
 * typed - functions whose arguments have types to look at.
 *
 *   take()   once: see main(); two arguments are on the stack, one is a double
 *   by_value() once, a struct of 16 bytes and 9
 *   step()   inlined: 5 times into each_a() with k 5, 3 times into each_b()
 *            with k -6; weight is 1..5, then 4
 *
 * Compiled twice: typed, and with -O2 typed_fast.  Writes one line, the sum.
 */
#include <stdio.h>
#include <string.h>

#define PROBED __attribute__((noinline, noclone, used))

/* Seen by probes, not by other files. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum color { RED, GREEN = 5, BLUE };

struct inner {
	short a;
	char name[14];
};

struct point {
	int x;
	unsigned char y;
	unsigned low : 3, high : 7;
	struct inner in;
	struct point *next;
	double d;
	enum color color;
	union {
		int narrow;
		long wide;
	};
	int list[4];
	unsigned char bytes[2];
	const char *text;
};

typedef struct point point_t;

struct inner shelf = { 12, "shelf" };
short depth = -7;

/* Not what the kernel calls so. */
struct task_struct {
	long mine;
};

PROBED int take(struct point *p, const char *s, int n, double d, char c,
		point_t *q, enum color color, long last, int beyond)
{
	__asm__ volatile("" ::: "memory");
	return p->x + n + (int)d + c + q->x + (int)color + (int)last + beyond +
	       (int)strlen(s);
}

PROBED int by_value(struct inner in, int k)
{
	__asm__ volatile("" ::: "memory");
	return in.a + k;
}

PROBED long own(struct task_struct *t)
{
	return t->mine;
}

static inline __attribute__((always_inline)) int step(struct point *p,
						      int weight, int k)
{
	__asm__ volatile("" ::"r"(p), "r"(weight) : "memory");
	return p->x * weight + k;
}

PROBED int each_a(struct point *p, int weight)
{
	return step(p, weight, 5) + 1;
}

PROBED int each_b(struct point *p, int weight)
{
	__asm__ volatile("" ::: "memory");
	return step(p, weight + 3, -6) + 2;
}

int main(int argc, char **argv)
{
	struct point second = { .x = 7, .in = { 3, "second" } };
	struct point p = { .x = 42,
			   .y = 200,
			   .low = 5,
			   .high = 77,
			   .in = { -3, "inside" },
			   .next = &second,
			   .d = 1.5,
			   .color = BLUE,
			   .wide = 0x1122334455,
			   .list = { 1, 2, 3, 4 },
			   .bytes = { 65, 66 },
			   .text = "some text" };
	struct task_struct mine = { 77 };
	struct inner in = { 9, "x" };
	long sum = 0;
	int i;

	(void)argv;
	sum += take(&p, "hello", -5, 2.5, 'z', &second, GREEN, -7, argc);
	sum += by_value(in, argc);
	sum += own(&mine);
	for (i = 0; i < 5; i++)
		sum += each_a(&second, argc + i);
	for (i = 0; i < 3; i++)
		sum += each_b(&second, argc);
	printf("%ld\n", sum);
	return 0;
}
