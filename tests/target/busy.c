/*
 * busy - threads that have one processor between them.  busy N MS
 *
 * N threads "busy-0".. pinned to CPU 0 compute for MS milliseconds, so that at
 * any time all but one of them wait for it: each wait is about N-1 time slices.
 * They neither sleep nor make system calls meanwhile.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t until; /* ns */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void *compute(void *name)
{
	pthread_setname_np(pthread_self(), name);
	while (now() < until)
		;
	return NULL;
}

int main(int argc, char **argv)
{
	enum { MAX = 64 };
	static char names[MAX][16];
	pthread_t threads[MAX];
	int i, n = argc > 1 ? atoi(argv[1]) : 4;
	cpu_set_t set;

	if (n < 1 || n > MAX)
		return 2;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		return 1;
	}
	until = now() +
		(argc > 2 ? strtoull(argv[2], NULL, 10) : 1000) * 1000000;
	for (i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "busy-%d", i);
		if (pthread_create(&threads[i], NULL, compute, names[i]))
			return 1;
	}
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
