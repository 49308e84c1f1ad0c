/* lesson_run.h - a lesson's script over the lesson's workload. */
#ifndef LESSON_RUN_H
#define LESSON_RUN_H

#include <stdio.h>

#include "compiler/base.h"

struct lesson_run {
	const char *script;
	const char *options;  /* what it is given after its name; "" */
	const char *workload; /* a shell's lines; "" */
	const char *dir;      /* where it happens: a directory of its own */
	bool check;	      /* only type it */
};

/*
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT are to be blocked by the caller: the
 * first ends what runs, the others too, and are left for the caller to see.
 */

/* Take a signal that is blocked and waits.  False: it does not. */
bool lesson_drain(int sig);

/*
 * Run a script by this very program, the workload as soon as its probes are
 * attached, and end it as Ctrl-C does when the workload is over.  What is
 * printed goes to out as it comes, and into text.  Returns its exit status, or
 * -errno when it could not be started.
 */
int lesson_run(const struct lesson_run *run, FILE *out, struct strbuf *text);
/* Shell's lines, in which waggle is this program.  The same. */
int lesson_command(const char *lines, const char *dir, FILE *out);

#endif
