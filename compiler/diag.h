/* diag.h - everything said about a script: errors, warnings, notes, hints. */
#ifndef DIAG_H
#define DIAG_H

#include <stdio.h>

#include "source.h"

/* One row per diagnostic in diag.def: a stable tag that tests, pages of help
 * and users can name. */
enum diag_tag {
#define DIAG(tag) DIAG_##tag,
#include "diag.def"
#undef DIAG
	DIAG_COUNT
};

enum diag_level { LEVEL_ERROR, LEVEL_WARNING };

/* One finding.  Its texts live in the arena of its diags. */
struct diag {
	struct diag *next;
	enum diag_level level;
	enum diag_tag tag;
	bool placed; /* at is meaningful */
	struct span at;
	const char *text;
	const char *hint;  /* what to write instead; may be NULL */
	struct diag *note; /* where else to look */
};

struct diags {
	struct arena *arena;
	const struct sources *sources;
	struct diag *head, **tail;
	int nerrors;
	int quiet;	  /* > 0: report nothing; for passes that only infer */
	bool no_warnings; /* --no-warnings */
};

void diags_init(struct diags *ds, struct arena *a, const struct sources *src);

/*
 * Report an error or a warning.  The result is never NULL, so that a hint or a
 * note can be chained without a check.  At most 100 errors are kept; the same
 * tag at the same place is reported once.
 */
struct diag *diag_error(struct diags *ds, struct span at, enum diag_tag tag,
			const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
struct diag *diag_warn(struct diags *ds, struct span at, enum diag_tag tag,
		       const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* An error that has no place in the script. */
struct diag *diag_plain(struct diags *ds, enum diag_tag tag, const char *fmt,
			...) __attribute__((format(printf, 3, 4)));
void diag_note(struct diags *ds, struct diag *d, struct span at,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void diag_hint(struct diags *ds, struct diag *d, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Print all in source order and forget them.  colour: use ANSI sequences.  To a
 * terminal each says its tag; programs that read the text know bpftrace's. */
void diags_print(struct diags *ds, FILE *out, bool colour);
/* The same as JSON, one object a line (OUTPUT.md part 4). */
void diags_print_json(struct diags *ds, FILE *out, bool timed);

/* A text of the script, or a name of the machine, as a JSON string: what is not
 * UTF-8 becomes \\xNN.  Never NULL. */
struct json_t;
struct json_t *diag_text_json(const char *s);
/* {"type": type}, with "time" in ns since the epoch if timed. */
struct json_t *diag_json_object(const char *type, bool timed);

const char *diag_tag_str(enum diag_tag tag);
/* Whose tag it is, in capitals or not; DIAG_COUNT: nobody's. */
enum diag_tag diag_tag_find(const char *name);
/* What `waggle explain TAG` prints: the tag, an empty line, a line on what it
 * means, and more.  Made from compiler/pages. */
extern const char *const diag_pages[DIAG_COUNT];

#endif
