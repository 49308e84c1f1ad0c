#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* A handler can reach nothing else.  stop_pipe is where run.c looks; blocked
 * signals (signalfd) would be inherited by what system() starts. */
static volatile sig_atomic_t stop_pipe = -1;
static volatile sig_atomic_t stopped_at; /* seconds, CLOCK_MONOTONIC; 0: not */

/* The first asks for an end in order.  A second one means it, unless it comes
 * at once: timeout(1) sends its signal twice. */
static void on_signal(int sig)
{
	int saved = errno;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (stopped_at && (sig_atomic_t)ts.tv_sec > stopped_at)
		_exit(128 + sig);
	if (!stopped_at)
		stopped_at = (sig_atomic_t)ts.tv_sec;
	if (write(stop_pipe, "", 1) < 0) {
		/* full: it was told already */
	}
	errno = saved;
}

/* Writing to a pipe that nobody reads is seen by ferror().  A handler and not
 * SIG_IGN, which what system() starts would inherit. */
static void on_pipe(int sig)
{
	(void)sig;
}

int stop_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	struct sigaction hup;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	stop_pipe = fds[1];
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* the terminal is gone; nohup(1) wants that to be ignored */
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = on_pipe;
	sigaction(SIGPIPE, &sa, NULL);
	return fds[0];
}

/* The signals of self probes, by number, for run.c to read. */
static volatile sig_atomic_t self_pipe = -1;

void self_signal(int sig)
{
	unsigned char number = (unsigned char)sig;
	int saved = errno;

	if (write(self_pipe, &number, 1) < 0) {
		/* full: so many are waiting already */
	}
	errno = saved;
}

int self_pipe_open(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	self_pipe = fds[1];
	return fds[0];
}
