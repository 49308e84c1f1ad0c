/*
 * runm - medians of whole runs.  runm [-n RUNS] CMD [ARG...] [-- CMD...]...
 *
 * Runs the commands in turn (A B C A B C ...), so that what else the machine
 * does hits all alike, after one round that is not counted.  Output of the
 * commands is thrown away.  Prints a line for each: wall ms, user ms, system
 * ms, peak resident MB, all medians, and the number of runs that failed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_RUNS = 201 };

struct command {
	char **argv;
	double wall[MAX_RUNS], user[MAX_RUNS], sys[MAX_RUNS], mb[MAX_RUNS];
	int failed;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double tv_ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

static void run(struct command *c, int round)
{
	double start = seconds();
	struct rusage ru;
	int status = -1, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(c->argv[0], c->argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid) {
		perror("runm");
		exit(1);
	}
	if (round < 0)
		return;
	c->wall[round] = (seconds() - start) * 1e3;
	c->user[round] = tv_ms(ru.ru_utime);
	c->sys[round] = tv_ms(ru.ru_stime);
	c->mb[round] = (double)ru.ru_maxrss / 1024;
	c->failed += status != 0;
}

int main(int argc, char **argv)
{
	static struct command commands[MAX_COMMANDS];
	int n = 15, ncommands = 0, opt, i, round;

	while ((opt = getopt(argc, argv, "+n:")) != -1)
		if (opt == 'n')
			n = atoi(optarg);
	if (n < 1 || n > MAX_RUNS || optind == argc)
		return 2;
	for (i = optind; i < argc && ncommands < MAX_COMMANDS; i++) {
		commands[ncommands++].argv = &argv[i];
		while (i < argc && strcmp(argv[i], "--") != 0)
			i++;
		argv[i] = NULL;
	}
	for (round = -1; round < n; round++)
		for (i = 0; i < ncommands; i++)
			run(&commands[i], round);
	for (i = 0; i < ncommands; i++) {
		struct command *c = &commands[i];

		printf("%.2f %.2f %.2f %.1f %d\n", median(c->wall, n),
		       median(c->user, n), median(c->sys, n), median(c->mb, n),
		       c->failed);
	}
	return 0;
}
