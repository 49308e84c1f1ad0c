/* options_own.h - shared by options.c and options_parse.c. */
#ifndef OPTIONS_OWN_H
#define OPTIONS_OWN_H

#include "options.h"
#include "runtime/report.h"

/* What an option does with its value, which is NULL for one that takes none.
 * False: the value makes no sense, and why holds a sentence. */
struct parser {
	struct options *o;
	struct reporter rep;
	bool done;    /* help or version */
	bool built;   /* only what a built program has */
	bool missing; /* there is no such option */
	bool ended;   /* "--" or FILE was seen: the rest is the script's */
};

typedef bool option_fn(struct parser *p, const char *value);

/* Whose it is. */
enum option_of {
	OF_WAGGLE,
	OF_BUILT, /* of waggle, and of the programs that it builds */
	OF_FMT,	  /* of that command alone */
	OF_EXPLAIN,
	OF_LEARN,
	OF_HELP,
};

struct option_row {
	char letter;	   /* 0: none */
	const char *word;  /* NULL: none */
	const char *value; /* name of its value; NULL: it takes none */
	option_fn *fn;
	const char *help;
	enum option_of of;
};

/* A command of our own: the first argument. */
struct option_word {
	const char *word, *value;
	enum command command;
	const char *help;
};

/* What help, the manual page and the completions say comes from these. */
enum { MAX_OPTIONS = 64 }; /* of either */
extern const struct option_row option_rows[];
extern const struct option_word option_words[];
extern const size_t noption_rows, noption_words;

/* Says what is wrong with the command line; returns false. */
bool option_fail(struct parser *p, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The row of a command. */
const struct option_word *option_word(enum command command);

/* options_build.c: what is made now is run later, and what belongs to a run is
 * given then.  False after reporting. */
bool option_check_target(struct parser *p);

#endif
