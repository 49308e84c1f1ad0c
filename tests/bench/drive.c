/*
 * drive - what a tracer costs the traced, and itself.
 * drive [-n EVENTS] [-k CHUNKS] [-r ROUNDS] [-o FILE] CMD [ARG...]
 *
 * Each round: measure CHUNKS times EVENTS calls of getppid(); start the tracer
 * CMD, in whose arguments "PID" becomes this process; wait until it has
 * attached; measure again; interrupt it with SIGINT and wait for its end.
 * This process is pinned to the last CPU, the tracer is not.
 *
 * Attached is when something with "ttach" in it was printed, and then half a
 * second more (bpftrace 0.17 says so before the fact).
 *
 * Prints: ns a call without, ns a call with the tracer (medians of chunks),
 * user ms and system ms of the tracer, peak resident MB, exit status.  The
 * tracer's output goes to FILE (/dev/null by default), both streams.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SAMPLES = 1000 };

struct samples {
	double v[MAX_SAMPLES];
	int n;
};

/* Of this thread's processor time, which includes what programs attached to its
 * system calls take, and does not include what else runs here. */
static double nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(struct samples *s)
{
	if (s->n == 0)
		return 0;
	qsort(s->v, (size_t)s->n, sizeof(s->v[0]), by_value);
	return s->v[s->n / 2];
}

static void measure(struct samples *s, long events, int chunks)
{
	double start;
	long i;

	while (events > 0 && chunks-- > 0 && s->n < MAX_SAMPLES) {
		start = nanoseconds();
		for (i = 0; i < events; i++)
			syscall(SYS_getppid);
		s->v[s->n++] = (nanoseconds() - start) / (double)events;
	}
}

static void pin(void)
{
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((int)last, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("drive: sched_setaffinity");
}

/* word with each "PID" replaced by our own. */
static char *with_pid(const char *word)
{
	const char *at = strstr(word, "PID");
	char *s;

	if (!at)
		return strdup(word);
	if (asprintf(&s, "%.*s%d%s", (int)(at - word), word, (int)getpid(),
		     at + 3) < 0)
		exit(1);
	return s;
}

static pid_t start_tracer(char **argv, const char *file)
{
	cpu_set_t all;
	pid_t pid = fork();
	int fd, i;

	if (pid != 0)
		return pid;
	for (i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	sched_setaffinity(0, sizeof(all), &all);
	fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static int wait_attached(const char *file, pid_t pid)
{
	char text[4096];
	ssize_t n;
	int fd, tries;

	for (tries = 0; tries < 1500; tries++) {
		usleep(20000);
		if (waitpid(pid, NULL, WNOHANG | WNOWAIT) == pid)
			return -1;
		fd = open(file, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, "ttach")) {
			usleep(500000);
			return 0;
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	static struct samples without, with;
	const char *file = NULL;
	char own[] = "/tmp/drive.XXXXXX";
	int chunks = 5, rounds = 3, opt, i, status = -1;
	struct rusage ru = { 0 };
	long events = 200000;
	pid_t pid;

	while ((opt = getopt(argc, argv, "+n:k:r:o:")) != -1) {
		switch (opt) {
		case 'n':
			events = atol(optarg);
			break;
		case 'k':
			chunks = atoi(optarg);
			break;
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'o':
			file = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return 2;
	if (!file) {
		close(mkstemp(own));
		file = own;
	}
	for (i = optind; i < argc; i++)
		argv[i] = with_pid(argv[i]);
	pin();
	while (rounds-- > 0) {
		measure(&without, events, chunks);
		pid = start_tracer(argv + optind, file);
		if (wait_attached(file, pid)) {
			fprintf(stderr, "drive: %s did not attach\n",
				argv[optind]);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return 1;
		}
		measure(&with, events, chunks);
		kill(pid, SIGINT);
		if (wait4(pid, &status, 0, &ru) != pid)
			return 1;
	}
	if (file == own)
		unlink(own);
	printf("%.1f %.1f %.1f %.1f %.1f %d\n", median(&without), median(&with),
	       (double)ru.ru_utime.tv_sec * 1e3 +
		       (double)ru.ru_utime.tv_usec / 1e3,
	       (double)ru.ru_stime.tv_sec * 1e3 +
		       (double)ru.ru_stime.tv_usec / 1e3,
	       (double)ru.ru_maxrss / 1024, status);
	return 0;
}
