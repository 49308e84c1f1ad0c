/* report.h - what the runtime says on its own account, in diag.h's form. */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "compiler/base.h"

enum report_level { REPORT_ERROR, REPORT_WARNING };

struct reporter {
	FILE *err;	  /* stderr */
	bool colour;	  /* err is a terminal and NO_COLOR is not set */
	bool no_warnings; /* --no-warnings */
	FILE *json;	  /* not NULL: errors and warnings as JSON, here */
	bool timed;	  /* and they say when */
};

/* Where in the script something belongs; the strings are borrowed. */
struct report_place {
	const char *file;   /* NULL or "": nowhere in particular */
	uint32_t line, col; /* 1-based bytes; 0 unknown */
	uint32_t end_col;   /* just past the last byte */
	const char *source; /* that line; "" when it is not known */
};

void reporter_init(struct reporter *r, FILE *err);

/* One message, and on the next line, if hint is not NULL, what to do. */
void report(const struct reporter *r, enum report_level level,
	    const struct report_place *at, const char *hint, const char *fmt,
	    ...) __attribute__((format(printf, 5, 6)));

/* The place of anything of the plan that has file, line, col, ... */
#define REPORT_AT(p)                                      \
	(&(struct report_place){ .file = (p)->file,       \
				 .line = (p)->line,       \
				 .col = (p)->col,         \
				 .end_col = (p)->end_col, \
				 .source = (p)->source })

#endif
