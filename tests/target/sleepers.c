/*
 * sleepers - many threads in one kernel function at once.  sleepers N MS
 *
 * N threads call nanosleep() for MS milliseconds, all before the first of them
 * wakes if MS is long enough; each call returns once.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct timespec pause_time;

static void *sleeper(void *arg)
{
	nanosleep(&pause_time, NULL);
	return arg;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	long ms = argc > 2 ? atol(argv[2]) : 100;
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t small;
	int i;

	if (!threads)
		return 1;
	pause_time.tv_sec = ms / 1000;
	pause_time.tv_nsec = ms % 1000 * 1000000;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (i = 0; i < n; i++) {
		if (pthread_create(&threads[i], &small, sleeper, NULL)) {
			perror("sleepers");
			return 1;
		}
	}
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return 0;
}
