#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- words ---- */

struct splitter {
	const char *p;
	struct strbuf word;
	char **v;
	size_t n;
};

/* Up to the closing quote; false when there is none. */
static bool quoted(struct splitter *s, char quote)
{
	for (; *s->p && *s->p != quote; s->p++) {
		bool escape = quote == '"' && *s->p == '\\' &&
			      (s->p[1] == '"' || s->p[1] == '\\');

		if (escape)
			s->p++;
		strbuf_add(&s->word, s->p, 1);
	}
	if (!*s->p)
		return false;
	s->p++;
	return true;
}

/* One word; false when a quote is open at the end. */
static bool word(struct splitter *s)
{
	strbuf_add(&s->word, "", 0);
	while (*s->p && !strchr(" \t\n", *s->p)) {
		char c = *s->p++;

		if (c == '\'' || c == '"') {
			if (!quoted(s, c))
				return false;
			continue;
		}
		if (c == '\\' && *s->p)
			c = *s->p++;
		strbuf_add(&s->word, &c, 1);
	}
	return true;
}

static bool push_word(struct splitter *s)
{
	char **v = realloc(s->v, (s->n + 2) * sizeof(*v));

	if (!v)
		return false;
	s->v = v;
	v[s->n] = strdup(s->word.s);
	v[++s->n] = NULL;
	strbuf_reset(&s->word);
	return v[s->n - 1] != NULL;
}

char **words_split(const char *text, const char **why)
{
	struct splitter s = { .p = text };

	*why = NULL;
	for (;;) {
		s.p += strspn(s.p, " \t\n");
		if (!*s.p)
			break;
		if (!word(&s))
			*why = "a quote is not closed";
		else if (!push_word(&s))
			*why = "out of memory";
		if (*why)
			break;
	}
	if (!*why && !s.n)
		*why = "there is no command";
	strbuf_free(&s.word);
	if (!*why)
		return s.v;
	words_free(s.v);
	return NULL;
}

void words_free(char **words)
{
	char **w;

	for (w = words; w && *w; w++)
		free(*w);
	free(words);
}

/* ---- the child ---- */

/* In the child: wait at the gate, then become the command. */
static _Noreturn void run(const char *file, char **argv, int gate)
{
	sigset_t none;
	char go;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Also when waggle is killed and can end nothing itself; if it is gone
	 * already, so is the other end of the gate. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (read(gate, &go, 1) != 1)
		_exit(125); /* waggle is gone */
	execvp(file,
	       argv); /* a path: not searched, but scripts without #! run */
	err = errno;
	if (write(gate, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static int fork_child(struct child *c, const char *file, char **argv)
{
	int pair[2];

	/* Both ways: the word to go, and the errno of a failed exec. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	c->pid = fork();
	if (c->pid == 0) {
		close(pair[0]);
		run(file, argv, pair[1]);
	}
	close(pair[1]);
	if (c->pid < 0) {
		c->pid = 0;
		close(pair[0]);
		return -errno;
	}
	c->gate = pair[0];
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	return c->pidfd < 0 ? -errno : 0;
}

/* Why a file cannot be run; NULL when it seems that it can.  It is asked before
 * anything is attached: an error of the user's should not wait for that. */
static const char *refusal(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT || errno == ENOTDIR
			       ? "there is no such program"
			       : strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "it is a directory";
	return access(path, X_OK) ? "it is not executable" : NULL;
}

/* The file that a command's name means goes to full, PATH_MAX bytes. */
static const char *find_in_path(const char *name, char *full)
{
	const char *path = getenv("PATH"), *p, *end;
	const char *why = "there is no such program";

	for (p = path ? path : "/bin:/usr/bin"; *p; p = *end ? end + 1 : end) {
		const char *w;

		end = p + strcspn(p, ":");
		snprintf(full, PATH_MAX, "%.*s/%s", (int)(end - p), p, name);
		w = refusal(full);
		if (!w)
			return NULL;
		if (strcmp(w, "it is not executable") == 0)
			why = w;
	}
	return why;
}

int child_start(struct child *c, const char *command,
		const struct reporter *rep)
{
	const char *why, *file;
	char **argv = words_split(command, &why);
	char found[PATH_MAX];
	int err;

	*c = (struct child){ .gate = -1, .pidfd = -1 };
	if (!argv) {
		report(rep, REPORT_ERROR, NULL, NULL, "-c '%s': %s", command,
		       why);
		return -EINVAL;
	}
	/* Found here and not by the child: what it fails to execute on the way
	 * would be traced. */
	file = strchr(argv[0], '/') ? argv[0] : found;
	why = file == found ? find_in_path(argv[0], found) : refusal(file);
	if (why) {
		err = -ENOENT;
		report(rep, REPORT_ERROR, NULL,
		       "-c runs a program, not a shell; -c 'sh -c \"...\"' "
		       "runs one",
		       "-c: cannot run '%s': %s", argv[0], why);
	} else {
		c->name = strdup(argv[0]);
		err = fork_child(c, file, argv);
		if (err)
			report(rep, REPORT_ERROR, NULL, NULL,
			       "-c: cannot start '%s': %s", argv[0],
			       strerror(-err));
	}
	words_free(argv);
	if (err)
		child_end(c);
	return err;
}

int child_release(struct child *c, const struct reporter *rep)
{
	int err = 0;
	ssize_t n;

	if (!c->pid || c->released)
		return 0;
	c->released = true;
	if (send(c->gate, "", 1, MSG_NOSIGNAL) != 1)
		return 0; /* killed by someone else: reaping tells */
	do
		n = read(c->gate, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(err))
		return 0; /* closed by exec */
	report(rep, REPORT_ERROR, NULL,
	       err == ENOENT ? "does the interpreter in its first line exist?"
			     : NULL,
	       "-c: cannot run '%s': %s", c->name, strerror(err));
	return -err;
}

void child_reap(struct child *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	if (!c->pid || c->reaped)
		return;
	/* Its stops are for the thread that traces it, if there is one:
	 * waitpid() would take them. */
	while (c->pidfd >= 0 && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	c->reaped = true;
}

/* Ask first; a second later insist. */
static void stop(struct child *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	if (c->released) {
		kill(c->pid, SIGTERM);
		if (c->pidfd >= 0 && poll(&p, 1, 1000) == 1)
			return;
	}
	kill(c->pid, SIGKILL);
}

void child_end(struct child *c)
{
	if (c->pid && !c->reaped) {
		stop(c);
		child_reap(c);
	}
	if (c->pid && c->gate >= 0)
		close(c->gate);
	if (c->pid && c->pidfd >= 0)
		close(c->pidfd);
	free(c->name);
	*c = (struct child){ .gate = -1, .pidfd = -1 };
}

void child_report(const struct child *c, const struct reporter *rep)
{
	if (!c->reaped)
		return;
	if (WIFSIGNALED(c->status))
		report(rep, REPORT_WARNING, NULL, NULL,
		       "'%s' was ended by signal %d (%s)", c->name,
		       WTERMSIG(c->status), strsignal(WTERMSIG(c->status)));
	else if (WIFEXITED(c->status) && WEXITSTATUS(c->status))
		report(rep, REPORT_WARNING, NULL, NULL,
		       "'%s' exited with status %d", c->name,
		       WEXITSTATUS(c->status));
}
