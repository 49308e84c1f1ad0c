/* compile.h - from the text of a script to a program image. */
#ifndef COMPILE_H
#define COMPILE_H

#include <stdio.h>

#include "plan.h"

enum stage {
	STAGE_IMAGE,  /* all of it */
	STAGE_CHECK,  /* typed, and seen to fit into BPF programs */
	STAGE_FORMAT, /* the script in canonical form, into formatted */
};

enum dump {
	DUMP_NONE,
	DUMP_AST,
	DUMP_TYPES,
	DUMP_IR,
	DUMP_ASM,
	DUMP_IMAGE,
	DUMP_PROBES,	  /* what -l says of a script */
	DUMP_EXPLANATION, /* what waggle explain says of it */
	DUMP_STAGES,	  /* with --stages */
};

struct compile_options {
	const char *name; /* of the script: "stdin" for -e and - */
	const char *path; /* of the script's file; NULL: it has none */
	const char *text;
	size_t len;
	/* -I and --include; each ends with NULL, or is NULL */
	const char *const *include_dirs;
	const char *const *headers;
	int argc; /* what stands after the script on the command line */
	char **argv;
	const char *btf_path; /* --btf; NULL: the running kernel */
	bool unsafe;
	bool tests, benches; /* --test, --bench */
	bool no_warnings;
	bool helper_errors; /* -k */
	bool json;	    /* diagnostics as JSON */
	bool origins;	    /* -f ndjson: records say who printed, and
			       diagnostics when */
	bool colour;	    /* diagnostics in colour */
	bool verbose;	    /* DUMP_PROBES: with arguments */
	bool has_pid;	    /* -p or -c was given */
	bool deferred;	    /* parameters, -p and -c are given when the image
			       is started */
	const char *child;  /* -c, or NULL: its program is what uaddr() asks */
	int pid;	    /* -p, or 0 */
	enum stage stage;
	enum dump dump; /* written to out, instead of making an image */
	FILE *out;	/* for dumps and the script's --help */
	FILE *err;	/* for diagnostics */
	struct strbuf *formatted; /* STAGE_FORMAT; the caller's */
};

enum compile_result {
	COMPILE_OK,
	COMPILE_FAILED, /* errors were printed */
	COMPILE_HELPED, /* the script's --help was printed: nothing to run */
};

/* Fills in img only for COMPILE_OK with STAGE_IMAGE and DUMP_NONE; the caller
 * frees it with image_free(). */
enum compile_result compile(const struct compile_options *o, struct image *img);

#endif
