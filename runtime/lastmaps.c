#include "lastmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 16 * 1024 }; /* bytes at first; a large program has 100 KB */

/* The tracer is a thread, not a process: all calls of ptrace() are its own. */
struct lastmaps {
	pid_t pid;
	pthread_t thread;
	sem_t begun; /* seized is known */
	bool seized;
	char *text;
	size_t len;
	bool ended; /* text and len are there; written last */
};

static void read_all(struct lastmaps *l, int fd)
{
	size_t cap = 0;
	ssize_t n;
	char *p;

	for (;;) {
		if (l->len == cap) {
			cap = cap ? cap * 2 : ROOM;
			p = realloc(l->text, cap);
			if (!p)
				return;
			l->text = p;
		}
		n = read(fd, l->text + l->len, cap - l->len);
		if (n <= 0)
			return;
		l->len += (size_t)n;
	}
}

static void keep_maps(struct lastmaps *l)
{
	char path[64];
	int fd;

	/* The main thread may end before the others: each end is seen, and the
	 * first one kept. */
	if (__atomic_load_n(&l->ended, __ATOMIC_RELAXED))
		return;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)l->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	read_all(l, fd);
	close(fd);
	if (l->len)
		__atomic_store_n(&l->ended, true, __ATOMIC_RELEASE);
}

/* status: the signal, and above its 8 bits the event. */
static void go_on(struct lastmaps *l, int status)
{
	int sig = status & 0x7f, event = status >> 8;

	if (event == PTRACE_EVENT_EXIT)
		keep_maps(l);
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, l->pid, NULL, NULL); /* it is stopped */
	else
		ptrace(PTRACE_CONT, l->pid, NULL, (long)(event ? 0 : sig));
}

static void *watch(void *arg)
{
	struct lastmaps *l = arg;
	siginfo_t si;

	l->seized =
		!ptrace(PTRACE_SEIZE, l->pid, NULL, (long)PTRACE_O_TRACEEXIT);
	sem_post(&l->begun);
	while (l->seized) {
		si.si_pid = 0;
		/* Its end is for the one who started it to fetch. */
		if (waitid(P_PID, (id_t)l->pid, &si,
			   WSTOPPED | WEXITED | WNOWAIT) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (si.si_code != CLD_TRAPPED && si.si_code != CLD_STOPPED)
			break;
		go_on(l, si.si_status);
	}
	return NULL;
}

/* No signal is to be handled in the thread: the handlers are not its. */
static int start(struct lastmaps *l)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&l->thread, NULL, watch, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

struct lastmaps *lastmaps_watch(pid_t pid)
{
	struct lastmaps *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->pid = pid;
	sem_init(&l->begun, 0, 0);
	if (start(l)) {
		sem_destroy(&l->begun);
		free(l);
		return NULL;
	}
	while (sem_wait(&l->begun) && errno == EINTR)
		;
	if (l->seized)
		return l;
	lastmaps_free(l);
	return NULL;
}

const char *lastmaps_text(const struct lastmaps *l, size_t *len)
{
	if (!l || !__atomic_load_n(&l->ended, __ATOMIC_ACQUIRE))
		return NULL;
	*len = l->len;
	return l->text;
}

void lastmaps_free(struct lastmaps *l)
{
	if (!l)
		return;
	pthread_join(l->thread, NULL);
	sem_destroy(&l->begun);
	free(l->text);
	free(l);
}
