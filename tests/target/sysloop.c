/*
 * sysloop - a known number of system calls.  sysloop [-s SECONDS] N
 *
 * Calls getppid() exactly N times and nothing else calls it; writes one line,
 * "pid PID", by one write(1, ...).  With -s the calls are spread over that many
 * seconds in rounds of N, ten rounds a second, for -p and interval tests: then
 * 10 * SECONDS * N calls in all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n, rounds = 1, i;
	char line[32];
	int opt, len;

	while ((opt = getopt(argc, argv, "s:")) != -1) {
		if (opt != 's')
			return 2;
		rounds = 10 * atol(optarg);
	}
	if (optind != argc - 1)
		return 2;
	n = atol(argv[optind]);
	len = snprintf(line, sizeof(line), "pid %d\n", (int)getpid());
	if (write(1, line, (size_t)len) != len)
		return 1;
	while (rounds-- > 0) {
		for (i = 0; i < n; i++)
			syscall(SYS_getppid);
		if (rounds > 0)
			usleep(100000);
	}
	return 0;
}
