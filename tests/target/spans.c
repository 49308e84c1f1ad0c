/*
 * spans - calls that nest, end early, or run at once, to put spans on.
 *
 * spans rec N      sp_rec(N) calls itself down to 0: N + 1 calls; returns the
 *                  sum of 1..N
 * spans jump N     N times: sp_outer(i) calls sp_inner(i), which leaves by
 *                  longjmp() to the caller of both, which then calls
 * sp_leaf(i); so sp_outer and sp_inner never return spans threads N  4 threads,
 * sp_work(i) for i = 0..N-1 in each; returns i + 1 spans tail N     N times
 * sp_head(i), which ends in a jump to sp_tail(i) spans calls N    N times
 * getppid() spans exec FILE  a thread other than the first calls execve(FILE)
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROBED __attribute__((noinline, noclone, used))

volatile long sink;
static jmp_buf top;

PROBED int sp_rec(int n);
PROBED int sp_outer(int i);
PROBED int sp_inner(int i);
PROBED int sp_leaf(int i);
PROBED int sp_work(int i);
PROBED int sp_head(int i);
PROBED int sp_tail(int i);

int sp_rec(int n)
{
	int sum = n ? sp_rec(n - 1) : 0;

	sink += n;
	return sum + n;
}

int sp_inner(int i)
{
	sink += i;
	longjmp(top, 1);
}

int sp_outer(int i)
{
	int v = sp_inner(i);

	sink++;
	return v;
}

int sp_leaf(int i)
{
	sink += i;
	return i;
}

int sp_work(int i)
{
	sink += i;
	return i + 1;
}

int sp_tail(int i)
{
	sink += i;
	return i * 2;
}

__attribute__((optimize("O2"))) int sp_head(int i)
{
	return sp_tail(i + 1);
}

static void *work(void *arg)
{
	int i, n = *(int *)arg;

	for (i = 0; i < n; i++)
		sp_work(i);
	return NULL;
}

static void *replace(void *arg)
{
	char *argv[] = { arg, NULL };

	execv(arg, argv);
	return NULL;
}

static void jump(int n)
{
	volatile int i;

	for (i = 0; i < n; i++) {
		if (!setjmp(top))
			sp_outer(i);
		sp_leaf(i);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	int n = argc > 2 ? atoi(argv[2]) : 0, i;
	pthread_t t[4];

	if (!strcmp(mode, "rec")) {
		sp_rec(n);
	} else if (!strcmp(mode, "jump")) {
		jump(n);
	} else if (!strcmp(mode, "threads")) {
		for (i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, work, &n);
		for (i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
	} else if (!strcmp(mode, "tail")) {
		for (i = 0; i < n; i++)
			sp_head(i);
	} else if (!strcmp(mode, "calls")) {
		for (i = 0; i < n; i++)
			syscall(SYS_getppid);
	} else if (!strcmp(mode, "exec")) {
		pthread_create(&t[0], NULL, replace, argv[2]);
		pause();
	} else {
		fprintf(stderr, "usage: spans MODE ARGUMENT\n");
		return 2;
	}
	return 0;
}
