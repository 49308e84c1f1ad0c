/* options.h - the command line of waggle. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdio.h>
#include <sys/types.h>

#include "compiler/plan.h"

enum command {
	COMMAND_RUN,
	COMMAND_CHECK,
	COMMAND_LIST,
	COMMAND_FMT,
	COMMAND_BUILD,
	COMMAND_EXPLAIN,
	COMMAND_LEARN,
	COMMAND_HELP,
};

enum { MAX_INCLUDES = 32 };

enum buffering { BUFFER_LINE, BUFFER_NONE, BUFFER_FULL };

enum options_result {
	OPTIONS_OK,
	OPTIONS_DONE,	/* help or version was printed */
	OPTIONS_FAILED, /* what is wrong was printed */
};

/* Everything is borrowed from argv but what is marked own. */
struct options {
	enum command command;
	const char *program; /* -e, or NULL */
	const char *file;    /* the script; "-" is standard input */
	const char *pattern; /* of -l; NULL: everything */
	char **argv;	     /* own: what is the script's own business */
	int argc;
	bool as_bpftrace; /* argv[0] is bpftrace: no words of our own */
	pid_t pid;
	const char *child, *output, *btf;
	const char *target; /* the file that is made: build, or the object */
	char *name;	    /* own: of target, when nobody gave one */
	const char *dump;   /* stage of -d, or NULL */
	enum buffering buffering;
	/* -I and --include, each ended by NULL */
	const char *include_dirs[MAX_INCLUDES + 1];
	const char *headers[MAX_INCLUDES + 1];
	bool json, ndjson; /* -f; ndjson is json as well */
	bool quiet, verbose, no_warnings, unsafe, dry_run, info;
	bool helper_errors;  /* -k */
	bool write, compare; /* waggle fmt -w, --check */
	bool stages;	     /* waggle explain --stages */
	bool lessons;	     /* waggle learn --list */
	bool markdown;	     /* waggle help --markdown */
	bool tests, benches; /* --test, --bench */
	bool version;	     /* -V: it was printed */
};

enum options_result options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);
void options_usage(FILE *out, bool as_bpftrace);

/* argv[0] is no option of a built program's script: is it one of ours that it
 * has as well?  Returns how many of argv it took, 0: no; -1 after reporting. */
int options_built(struct options *o, char **argv);
/* Those of them that the script does not have itself. */
void options_built_usage(const struct plan *script, FILE *out);

#define WAGGLE_VERSION "0.1.0"
/* Whose scripts run: what waggle says it is when it is called bpftrace. */
#define BPFTRACE_VERSION "0.26.1"

#endif
