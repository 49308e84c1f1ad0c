/*
 * output.h - everything a program says, as text or as JSON.
 *
 * Two writers behind one table of functions: output_text.c, output_json.c.  The
 * exact bytes are those of OUTPUT.md.  Nothing is flushed here: output goes
 * through stdio to out, whose buffering the owner chose (and whose ferror()
 * says that a reader went away).
 *
 * A record (rec) is the whole of it, header included, and has ev->size bytes
 * at least: the caller has compared.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <sys/resource.h>

#include "maps.h"
#include "printf.h"
#include "render.h"
#include "report.h"

enum output_kind { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_NDJSON };

/* A thing said as plain text: what JSON calls it, and whether text adds a
 * newline. */
enum message { MESSAGE_TIME, MESSAGE_CAT, MESSAGE_JOIN, MESSAGE_SYSCALL };

struct output_ops;

/* All borrowed but what is marked own. */
struct output {
	enum output_kind kind;
	const struct output_ops *ops;
	FILE *out;			 /* text and JSON alike */
	const struct reporter *reporter; /* messages of the text form: stderr */
	struct render *render;
	bool quiet; /* -q: not "Attached N probes" */
	/* whose record a map is being printed for; NULL: nobody's, at exit */
	const struct plan_event *event;
	const uint8_t *record;
	rlim_t nofile;	    /* of what system() runs; 0: ours */
	int stop_fd;	    /* readable once the user wants an end; -1: none */
	struct strbuf line; /* own: what is being written */
	struct strbuf text; /* own: result of output_format() */
};

void output_init(struct output *o, enum output_kind kind, FILE *out,
		 const struct reporter *reporter, struct render *render);
void output_free(struct output *o);

/* "Attached N probes"; once every probe is attached. */
void output_attached(struct output *o, uint32_t nprobes);

/* What became of a test; why it failed, or NULL: it passed. */
void output_test(struct output *o, const char *name, const char *why);
/* A benchmark: what one run took on average. */
void output_bench(struct output *o, const char *name, double ns, uint64_t runs);

/* The format of ev and its arguments as a string (cat's path, system's
 * command): o's, until the next call. */
const struct strbuf *output_format(struct output *o,
				   const struct plan_event *ev,
				   const uint8_t *rec);

void output_printf(struct output *o, const struct plan_event *ev,
		   const uint8_t *rec);
/* errorf() and warnf(); ev->action says which. */
void output_errorf(struct output *o, const struct plan_event *ev,
		   const uint8_t *rec);
void output_value(struct output *o, const struct plan_event *ev,
		  const uint8_t *rec);
void output_time(struct output *o, const struct plan_event *ev); /* now */
void output_join(struct output *o, const struct plan_event *ev,
		 const uint8_t *rec);
/* ACTION_RUNTIME. */
void output_runtime(struct output *o, const struct plan_event *ev,
		    const uint8_t *rec);
/* What a file (MESSAGE_CAT) or a command (MESSAGE_SYSCALL) contained or
 * printed; of a command that printed much, a part. */
void output_message(struct output *o, enum message m, const char *s,
		    size_t len);

/*
 * cat(): the file at path, max bytes of it at most.  A file that cannot be
 * opened or read is reported.
 */
void output_cat(struct output *o, const char *path, uint32_t max);
/* system(): runs the command with sh and shows what it prints.  Blocks. */
void output_system(struct output *o, const char *command);

/* print(@m[, top[, div]]); top 0: all, div 0: 1.  A failure to read the map is
 * reported and returned as -errno. */
int output_map(struct output *o, const struct plan_map *m, int fd, uint64_t top,
	       uint64_t div);
/* At exit: every non-empty map by name, if the plan wants it.  fds[i] belongs
 * to plan.maps.v[i]; -1 leaves it out.  Call it once, maps or not: the text
 * form begins with two newlines in any case. */
void output_maps(struct output *o, const int *fds);

/* ---- what was missed; at exit, only with n > 0 ---- */

/* pages: what perf_rb_pages was; 0: not known. */
void output_lost_events(struct output *o, uint64_t n, uint32_t pages);
void output_lost_control(struct output *o, uint64_t n);
void output_lost_stacks(struct output *o, uint64_t n);
/* Updates that a map refused.  The hint doubles m->max_entries. */
void output_lost_updates(struct output *o, const struct plan_map *m,
			 enum counter_kind cause, uint64_t n);
/* what: a plural, "returns" (kretprobe), "calls" ...; why: "too many calls at
 * once". */
void output_missed(struct output *o, const char *probe, uint64_t n,
		   const char *what, const char *why);

/* ---- a writer ---- */

/* What could not be recorded, of one cause. */
struct loss {
	const char *type;	    /* of the JSON object */
	const char *subject, *name; /* what it concerns; NULL: nothing */
	const char *unit;	    /* what was counted */
	const char *cause;	    /* a word; NULL: there is only one */
	uint64_t n;
};

struct output_ops {
	void (*attached)(struct output *o, uint32_t n);
	void (*test)(struct output *o, const char *name, const char *why);
	void (*bench)(struct output *o, const char *name, double ns,
		      uint64_t runs);
	void (*printf)(struct output *o, const struct plan_event *ev,
		       const uint8_t *rec);
	void (*errorf)(struct output *o, const struct plan_event *ev,
		       const struct strbuf *text);
	void (*runtime)(struct output *o, const struct plan_event *ev,
			const int64_t *retcode); /* NULL: no helper */
	void (*value)(struct output *o, const struct plan_event *ev,
		      const uint8_t *rec);
	void (*message)(struct output *o, enum message m, const char *s,
			size_t len);
	/* rows in order, already cut to the last top */
	void (*map)(struct output *o, const struct plan_map *m,
		    const struct map_rows *rows, uint64_t div);
	void (*lost)(struct output *o, const struct loss *l, const char *text);
	bool print_empty; /* a map that was printed but has no rows */
	const char *exit; /* said before the maps at exit */
};

extern const struct output_ops output_text_ops, output_json_ops;

#endif
