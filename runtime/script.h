/* script.h - the text of a program, wherever it comes from. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "runtime/report.h"

/*
 * Append the text of a file, of standard input ("-"), or of -e (program, not
 * NULL) to b; *name is what messages call it.  A program image that --emit=obj
 * wrote will do as well.  False, once reported, when it cannot be read or can
 * be no script.
 */
bool script_read(const struct reporter *r, const char *program,
		 const char *file, struct strbuf *b, const char **name);
bool script_is_image(const struct strbuf *b);

/* "cannot open 'FILE': why", and the hint if it is not NULL.  Returns false. */
bool script_complain(const struct reporter *r, const char *hint,
		     const char *what, const char *name, const char *why);

#endif
