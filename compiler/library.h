/*
 * library.h - the standard library, stdlib/, as it was when waggle was built.
 *
 * Its texts and the table of its names are in the program (library_text.c, made
 * by stdlib/embed.awk); a module is parsed when a script names something of it.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "ast.h"

struct library_module {
	const char *name; /* "task", of stdlib/task.bt */
	const char *text;
	uint32_t len;
};

/* A macro or function, all its overloads. */
struct library_name {
	const char *name;
	const char *sig; /* as in builtin.def */
	const char *help;
	uint32_t module;
	bool is_value; /* may stand without () */
};

/* Made from stdlib/; both end with a row without a name. */
extern const struct library_module library_modules[];
extern const struct library_name library_names[];

const struct library_name *library_find(const char *name); /* NULL: none */
size_t library_count(void);
const struct library_name *library_row(size_t i);
/* Is there a module of that name?  For import "task". */
bool library_has(const char *module);
/* Add what a module holds to the program, as parse() does. */
bool library_parse(struct program *p, uint32_t module);

#endif
