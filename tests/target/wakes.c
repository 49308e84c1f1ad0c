/*
 * wakes - two threads that wake each other.  wakes N [SPIN_US]
 *
 * The threads "wk-ping" and "wk-pong", both pinned to CPU 0, pass a byte to
 * and fro over two pipes N times.  Each pass wakes the one and puts the other
 * to sleep: wk-pong is woken N times from a read and writes N bytes; so is
 * wk-ping.  sched_switch events that put wk-pong to sleep: N, one more when
 * the last read ends the thread.  As others may run on the CPU in between, the
 * number of switches *to* wk-pong is at least N.
 *
 * With SPIN_US wk-ping, after each wakeup of wk-pong, keeps the CPU busy for
 * that long before it sleeps itself: on a kernel that doesn't preempt at once,
 * wk-pong's run queue latency is then about SPIN_US.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int ping_pipe[2], pong_pipe[2];

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("sched_setaffinity");
}

static void spin(long us)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	do
		clock_gettime(CLOCK_MONOTONIC, &b);
	while ((b.tv_sec - a.tv_sec) * 1000000 +
		       (b.tv_nsec - a.tv_nsec) / 1000 <
	       us);
}

static void *pong(void *unused)
{
	char c;

	(void)unused;
	pthread_setname_np(pthread_self(), "wk-pong");
	while (read(ping_pipe[0], &c, 1) == 1)
		if (write(pong_pipe[1], &c, 1) != 1)
			break;
	return NULL;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 100;
	long us = argc > 2 ? atol(argv[2]) : 0;
	pthread_t other;
	char c = 'x';

	pin();
	if (pipe(ping_pipe) || pipe(pong_pipe))
		return 1;
	pthread_setname_np(pthread_self(), "wk-ping");
	if (pthread_create(&other, NULL, pong, NULL))
		return 1;
	while (n-- > 0) {
		if (write(ping_pipe[1], &c, 1) != 1)
			return 1;
		if (us > 0)
			spin(us);
		if (read(pong_pipe[0], &c, 1) != 1)
			return 1;
	}
	close(ping_pipe[1]);
	pthread_join(other, NULL);
	return 0;
}
