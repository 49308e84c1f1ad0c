/* list_own.h - shared by the files of waggle -l, and by nobody else. */
#ifndef LIST_OWN_H
#define LIST_OWN_H

#include <jansson.h>
#include <stdio.h>

#include "btf.h"
#include "diag.h"
#include "list.h"
#include "match.h"
#include "probe.h"

struct lister {
	struct arena *a;
	struct kbtf *btf;
	struct matcher *m;
	FILE *out, *err;
	bool verbose;
	bool json, timed;
	json_t *open; /* the probe whose arguments are being added; or NULL */
	bool all;     /* among providers: what one of them lacks is no error */
	bool failed;  /* an error was printed */
	int pid;      /* 0: none */
	long n;	      /* lines printed, arguments not counted */
	struct strbuf text;
};

/* list_out.c: one probe, and with verbose below it an argument: "int fd". */
void list_probe(struct lister *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void list_arg(struct lister *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void list_end(struct lister *l); /* of the last probe */
/* "struct path"; text is what it looks like, NULL: only the name is asked. */
void list_type(struct lister *l, const char *word, const char *name,
	       const char *text);
/* A value or function of the language. */
void list_builtin(struct lister *l, const char *name, const char *sig,
		  const char *help);
void list_warning(struct lister *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "ERROR: ..." and a second line, "HINT: ...", unless hint is NULL. */
void list_error(struct lister *l, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* list_type.c: "struct path", "enum pid*"; false: pattern is not of a type. */
bool list_types(struct lister *l, const char *pattern);
/* list_builtin.c: "builtin:str*"; false: pattern is not of builtins. */
bool list_builtins(struct lister *l, const char *pattern);
/* Lines of arguments, below a probe: "    struct file * file". */
void list_argument(struct lister *l, struct bt_ref type, const char *name);

/* list_args.c: the lines of -v below one probe. */
void list_function_args(struct lister *l, const struct match *fn, bool retval);
void list_rawtracepoint_args(struct lister *l, const struct match *event);
void list_tracepoint_args(struct lister *l, const struct match *event);
void list_iterator_args(struct lister *l, const struct match *iter);

/* list_user.c: functions and static probes in program files. */
void list_user(struct lister *l, const struct provider_row *row,
	       const char *target);
/* list_usdt.c: space: pattern of the namespace, NULL any. */
struct elfsym_file;
void list_usdt(struct lister *l, const char *path, struct elfsym_file *f,
	       const char *space, const char *name);

#endif
