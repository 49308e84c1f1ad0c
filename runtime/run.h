/* run.h - the life of a program: load, attach, poll, print, detach. */
#ifndef RUN_H
#define RUN_H

#include "compiler/plan.h"
#include "runtime/load.h"
#include "runtime/output.h"

struct run_options {
	pid_t pid;	     /* -p; 0: all processes */
	const char *command; /* -c, or NULL */
	enum output_kind format;
	FILE *out;    /* stdout or -o */
	bool lazy;    /* -B full */
	bool quiet;   /* -q */
	bool verbose; /* -v */
	bool no_warnings;
	bool dry_run;	/* attach, and leave */
	bool elsewhere; /* the image may have been made for another kernel */
	int stop_fd;	/* readable when the user wants an end; -1: none */
	int self_fd; /* numbers of signals that on_self() writes, a byte each */
	void (*on_self)(int signal);
	const char *const *params; /* as load_options has them */
};

/* Runs it to its end.  Returns the exit status; everything that went wrong has
 * been reported.  Nothing stays attached. */
int run_image(const struct image *img, const struct run_options *o);

#endif
