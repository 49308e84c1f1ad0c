/* import.h - files that a script brings in: import, and headers of its own. */
#ifndef IMPORT_H
#define IMPORT_H

#include "ast.h"

/*
 * Follow the imports of p, and theirs: what the files hold is put before what
 * the script itself has, in the order of the imports, each file once however
 * often it is named.  False after errors, which are in p->diags.
 */
bool import_all(struct program *p);

/* Put headers before the C part of the script: those of the command line, which
 * are relative to the working directory, or else in a directory of -I. */
bool import_headers(struct program *p, const char *const *paths);

/* A path as written in the text that holds `pos`, relative to the directory of
 * its file. */
const char *import_path(struct program *p, const char *path, uint32_t pos);

/* Where a header is that a text names: beside its file, or in a directory of
 * -I.  NULL: nowhere. */
const char *import_find(struct program *p, const char *name, uint32_t pos);

/* Was this file, by whatever name, put into `seen` before? */
bool import_seen(struct program *p, struct table *seen, const char *path);

/* Add a regular file to p->sources; at: where it is asked for.  NULL after a
 * report. */
const struct source *import_read(struct program *p, const char *path,
				 struct span at);

#endif
