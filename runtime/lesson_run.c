#include "lesson_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK = 20,	   /* ms between looks at the workload */
	TO_ATTACH = 60000, /* ms that each may take, before it is ended */
	TO_WORK = 120000,
	TO_END = 30000,
	TO_DIE = 2000, /* of a workload that is told to end */
};

/* How far it is. */
enum phase { ATTACHING, WORKING, ENDING };

struct session {
	const struct lesson_run *run;
	FILE *out;
	struct strbuf *text;
	enum phase phase;
	long since;	    /* ms: when the phase began */
	pid_t script, work; /* 0: not running */
	pid_t left;	    /* the workload's group, which may outlive it */
	const char *self;   /* this program's file */
	int printed;	    /* what the script prints */
	int ready; /* the socket it says on that its probes are attached */
	char address[32];
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void enter(struct session *s, enum phase phase)
{
	s->phase = phase;
	s->since = now_ms();
}

/* A socket in the abstract namespace, with a name that the kernel picks, and
 * that name as $NOTIFY_SOCKET has it. */
static int open_ready(struct session *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	size_t n;

	s->ready =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->ready < 0 ||
	    bind(s->ready, (struct sockaddr *)&a, sizeof(a.sun_family)) ||
	    getsockname(s->ready, (struct sockaddr *)&a, &len))
		return -errno;
	n = len - offsetof(struct sockaddr_un, sun_path);
	if (n < 2 || n >= sizeof(s->address))
		return -EINVAL;
	memcpy(s->address, a.sun_path, n);
	s->address[0] = '@';
	s->address[n] = '\0';
	return 0;
}

static void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In a child: out of the terminal's reach, so that one Ctrl-C is one, and only
 * this end of the pipe. */
static void be_child(int in, int out)
{
	setpgid(0, 0);
	unblock_all();
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
}

/* The words of the options, which have no quotes, behind what is there. */
static void add_options(const char **argv, size_t n, size_t room, char *options)
{
	char *word;

	for (word = strtok(options, " "); word && n + 1 < room;
	     word = strtok(NULL, " "))
		argv[n++] = word;
	argv[n] = NULL;
}

/* This program by its name, so that what it starts is called so too; if it was
 * replaced meanwhile, by what it still has. */
static const char *own_path(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	if (access(buf, X_OK))
		snprintf(buf, size, "/proc/%d/exe", (int)getpid());
	return buf;
}

static _Noreturn void become_script(const struct session *s, int out)
{
	const struct lesson_run *run = s->run;
	const char *argv[32] = { "waggle", "-B", "line", "-e", run->script };
	int null = open("/dev/null", O_RDONLY);

	be_child(null, out);
	setenv("NOTIFY_SOCKET", s->address, 1);
	if (run->check)
		execl(s->self, "waggle", "check", "-e", run->script,
		      (char *)NULL);
	add_options(argv, 5, countof(argv), strdup(run->options));
	execv(s->self, (char *const *)argv);
	_exit(127);
}

static int start_script(struct session *s)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	s->script = fork();
	if (s->script == 0)
		become_script(s, ends[1]);
	close(ends[1]);
	s->printed = ends[0];
	return s->script < 0 ? -errno : 0;
}

/* Its words are not of interest, what it does is. */
static void start_work(struct session *s)
{
	int null;

	enter(s, WORKING);
	s->work = fork();
	s->left = s->work;
	if (s->work) {
		/* both do it: whoever is first */
		setpgid(s->work, s->work);
		return;
	}
	null = open("/dev/null", O_RDWR);
	be_child(null, null);
	if (chdir(s->run->dir))
		_exit(126);
	setenv("LC_ALL", "C", 1);
	execl("/bin/sh", "sh", "-c", s->run->workload, (char *)NULL);
	_exit(127);
}

static void end_work(struct session *s)
{
	int i;

	if (s->work <= 0)
		return;
	kill(-s->work, SIGTERM);
	for (i = 0; i < TO_DIE / TICK; i++) {
		if (waitpid(s->work, NULL, WNOHANG))
			break;
		poll(NULL, 0, TICK);
	}
	if (i == TO_DIE / TICK) {
		kill(-s->work, SIGKILL);
		waitpid(s->work, NULL, 0);
	}
	s->work = 0;
}

/* What the workload has put into the background. */
static void end_rest(const struct session *s)
{
	if (s->left > 0)
		kill(-s->left, SIGTERM);
}

/* As Ctrl-C does. */
static void end_script(struct session *s)
{
	end_work(s);
	enter(s, ENDING);
	kill(s->script, SIGINT);
}

/* False: the script has closed its output. */
static bool relay(struct session *s)
{
	char buf[4096];
	ssize_t n = read(s->printed, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	fwrite(buf, 1, (size_t)n, s->out);
	fflush(s->out);
	strbuf_add(s->text, buf, (size_t)n);
	return true;
}

bool lesson_drain(int sig)
{
	static const struct timespec at_once = { 0 };
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, sig);
	return sigtimedwait(&one, NULL, &at_once) == sig;
}

/* A signal that ends us is waiting to be taken. */
static bool is_told_to_end(void)
{
	sigset_t waiting;

	return !sigpending(&waiting) && (sigismember(&waiting, SIGTERM) == 1 ||
					 sigismember(&waiting, SIGHUP) == 1 ||
					 sigismember(&waiting, SIGQUIT) == 1);
}

/* What may have taken its time, and what takes too much of it. */
static void look(struct session *s)
{
	static const long limits[] = { TO_ATTACH, TO_WORK, TO_END };
	char said[16];

	if (s->phase == ATTACHING && recv(s->ready, said, sizeof(said), 0) > 0)
		start_work(s);
	if (s->work > 0 && waitpid(s->work, NULL, WNOHANG) == s->work) {
		s->work = 0;
		end_script(s);
	}
	/* Ctrl-C is for the script; all else for us as well, later */
	if (lesson_drain(SIGINT) && s->phase != ENDING)
		end_script(s);
	if (s->phase != ENDING && is_told_to_end())
		end_script(s);
	if (now_ms() - s->since < limits[s->phase])
		return;
	if (s->phase == ENDING)
		kill(s->script, SIGKILL);
	else
		end_script(s);
}

static int finish(struct session *s)
{
	int status = 0;

	end_work(s); /* the script may be done before it */
	end_rest(s);
	while (waitpid(s->script, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int session(struct session *s)
{
	struct pollfd fds[2];
	int err = open_ready(s);

	if (!err)
		err = start_script(s);
	if (err)
		return err;
	enter(s, ATTACHING);
	fds[0] = (struct pollfd){ .fd = s->printed, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = s->ready, .events = POLLIN };
	for (;;) {
		if (poll(fds, s->phase == ATTACHING ? 2 : 1, TICK) > 0 &&
		    fds[0].revents && !relay(s))
			return finish(s);
		look(s);
	}
}

int lesson_run(const struct lesson_run *run, FILE *out, struct strbuf *text)
{
	struct session s = {
		.run = run,
		.out = out,
		.text = text,
		.printed = -1,
		.ready = -1,
	};
	char self[PATH_MAX];
	int status;

	s.self = own_path(self, sizeof(self));
	fflush(out);
	status = session(&s);
	if (s.printed >= 0)
		close(s.printed);
	if (s.ready >= 0)
		close(s.ready);
	lesson_drain(SIGINT);
	return status;
}

int lesson_command(const char *lines, const char *dir, FILE *out)
{
	static const char before[] = "waggle() { \"$WAGGLE\" \"$@\"; }\n";
	struct strbuf text = { 0 };
	char self[PATH_MAX];
	int status = 0;
	pid_t pid;

	strbuf_printf(&text, "%s%s", before, lines);
	own_path(self, sizeof(self));
	fflush(out);
	pid = fork();
	if (pid == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(out), STDERR_FILENO);
		setenv("WAGGLE", self, 1);
		unblock_all();
		if (!chdir(dir))
			execl("/bin/sh", "sh", "-c", text.s, (char *)NULL);
		_exit(127);
	}
	strbuf_free(&text);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	lesson_drain(SIGINT); /* it was for the command */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
