/* child.h - the command of -c: made early, let go when all is attached. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "runtime/report.h"

struct child {
	pid_t pid; /* 0: none */
	int gate;  /* writing lets it go; closing ends it */
	int pidfd; /* readable when it has ended */
	bool released, reaped;
	int status; /* of waitpid(), once reaped */
	char *name; /* own: argv[0] */
};

/*
 * Start command, split into words as a shell would ('..', "..", \x) but with
 * nothing expanded, stopped before exec.  0, or -errno after reporting.
 */
int child_start(struct child *c, const char *command,
		const struct reporter *rep);

/* Let it run.  0, or -errno after reporting that it could not be run. */
int child_release(struct child *c, const struct reporter *rep);

/* End it if it runs, wait for it, and free.  Zeroed is fine. */
void child_end(struct child *c);

/* It has ended by itself: fetch its status; say on the reporter how if it was
 * killed or returned other than 0. */
void child_reap(struct child *c);
void child_report(const struct child *c, const struct reporter *rep);

/* Split text into words; NULL-terminated, free with words_free(); NULL with
 * *why set when a quote is not closed or there is no word. */
char **words_split(const char *text, const char **why);
void words_free(char **words);

#endif
