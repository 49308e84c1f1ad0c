#include "reference.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "builtin.h"
#include "config.h"
#include "diag.h"
#include "library.h"
#include "probe.h"

enum topic {
	TOPIC_STATEMENT,
	TOPIC_PROBE,
	TOPIC_FUNCTION,
	TOPIC_AGGREGATION,
	TOPIC_SETTING,
	NTOPICS
};

static const char *const titles[NTOPICS] = {
	[TOPIC_STATEMENT] = "Statements and words",
	[TOPIC_PROBE] = "Probes",
	[TOPIC_FUNCTION] = "Values and functions",
	[TOPIC_AGGREGATION] = "Aggregations",
	[TOPIC_SETTING] = "Settings",
};

struct entry {
	enum topic topic;
	const char *name;
	const char *form; /* how it is written */
	const char *help;
	const char *example; /* a script, or NULL */
	const char *also;    /* other names, blank-separated; "" */
	const char *has;     /* of a probe: what its body has; NULL */
};

struct reference {
	struct arena *arena;
	VEC(struct entry) v;
};

/* ---- collecting ---- */

static struct entry *add(struct reference *r, enum topic topic,
			 const char *name, const char *form, const char *help)
{
	struct entry *e = vec_push(r->arena, &r->v);

	*e = (struct entry){
		.topic = topic,
		.name = name,
		.form = form,
		.help = help,
		.also = "",
	};
	return e;
}

static void add_keywords(struct reference *r)
{
	static const struct {
		const char *word, *form, *help, *example;
	} rows[] = {
#define KEYWORD(word, form, help, example) { word, form, help, example },
#include "keyword.def"
#undef KEYWORD
	};
	size_t i;

	for (i = 0; i < countof(rows); i++)
		add(r, TOPIC_STATEMENT, rows[i].word, rows[i].form,
		    rows[i].help)
			->example = rows[i].example;
}

static const char *const probe_examples[NPROVIDERS] = {
	[PROVIDER_BEGIN] = "begin { print(\"tracing\"); }",
	[PROVIDER_END] = "end { print(\"done\"); }",
	[PROVIDER_SELF] = "self:signal:SIGUSR1 { print(@); } "
			  "profile:hz:9 { @ = count(); }",
	[PROVIDER_TEST] = "test:sums { if (1 + 1 != 2) { return 1; } }",
	[PROVIDER_BENCH] = "bench:store { @x = 1; }",
	[PROVIDER_KPROBE] = "kprobe:vfs_read { @[comm] = count(); }",
	[PROVIDER_KRETPROBE] = "kretprobe:vfs_read { @ = hist(retval); }",
	[PROVIDER_FENTRY] = "fentry:vfs_read { @ = hist(args.count); }",
	[PROVIDER_FEXIT] = "fexit:vfs_read { @[args.count] = sum(retval); }",
	[PROVIDER_TRACEPOINT] = "tracepoint:sched:sched_switch "
				"{ @[args.next_comm] = count(); }",
	[PROVIDER_RAWTRACEPOINT] = "rawtracepoint:sched_switch "
				   "{ @[args.next.comm] = count(); }",
	[PROVIDER_UPROBE] = "uprobe:libc:getaddrinfo { print(str(arg0)); }",
	[PROVIDER_URETPROBE] = "uretprobe:libc:malloc "
			       "{ @failed = sum(retval == 0 ? 1 : 0); }",
	[PROVIDER_PROFILE] = "profile:hz:99 { @[kstack] = count(); }",
	[PROVIDER_INTERVAL] = "interval:s:1 { print(elapsed); }",
	[PROVIDER_SOFTWARE] = "software:page-faults:1 { @[comm] = count(); }",
	[PROVIDER_HARDWARE] = "hardware:cache-misses:1000000 "
			      "{ @[comm] = count(); }",
	[PROVIDER_ITER] = "iter:task { print((ctx.task.pid, ctx.task.comm)); }",
	[PROVIDER_CALL] = "call:vfs_read /duration > 1ms/ "
			  "{ @[comm] = hist(duration / 1us); }",
	[PROVIDER_SYSCALL] = "syscall:openat /retval < 0/ "
			     "{ @[comm, strerror(-retval)] = count(); }",
	[PROVIDER_UCALL] = "ucall:libc:getaddrinfo "
			   "{ @ms = hist(duration / 1ms); }",
};

static const char *what_it_has(struct reference *r, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *what;
	} rows[] = {
		{ HAS_ARGS, "args.NAME" },
		{ HAS_ARGN, "arg0, arg1, ... and reg()" },
		{ HAS_RETVAL, "retval" },
		{ HAS_SPAN, "duration" },
		{ HAS_FUNC, "func" },
		{ HAS_WILD, "wildcards in its name" },
		{ HAS_PROC, "the filter of -p and -c" },
	};
	const char *s = "";
	size_t i;

	for (i = 0; i < countof(rows); i++)
		if (flags & rows[i].flag)
			s = arena_printf(r->arena, "%s%s%s", s, *s ? "; " : "",
					 rows[i].what);
	return *s ? s : NULL;
}

static void add_probes(struct reference *r)
{
	size_t i;

	for (i = 0; i < NPROVIDERS; i++) {
		const struct provider_row *p = &providers[i];
		struct entry *e =
			add(r, TOPIC_PROBE, p->name,
			    arena_printf(r->arena, "%s%s%s", p->name,
					 *p->parts ? ":" : "", p->parts),
			    p->help);

		e->also = p->aliases;
		e->example = probe_examples[i];
		e->has = what_it_has(r, p->flags);
	}
}

static void add_function(struct reference *r, const char *name, const char *sig,
			 const char *help)
{
	add(r, strncmp(sig, "agg ", 4) ? TOPIC_FUNCTION : TOPIC_AGGREGATION,
	    name, sig, help);
}

static void add_functions(struct reference *r)
{
	size_t i;

	for (i = 0; i < NBUILTINS; i++)
		add_function(r, builtins[i].name, builtins[i].sig,
			     builtins[i].help);
	for (i = 0; i < library_count(); i++)
		add_function(r, library_row(i)->name, library_row(i)->sig,
			     library_row(i)->help);
}

/* A default as it would be written; "" for a choice, whose help lists them. */
static const char *fallback(struct reference *r, const char *kind,
			    const char *def)
{
	if (strcmp(kind, "BOOL") == 0)
		return strcmp(def, "0") ? " = true" : " = false";
	if (strcmp(kind, "NUM") == 0 || strcmp(kind, "TEXT") == 0)
		return arena_printf(r->arena, " = %s", def);
	return "";
}

static void add_settings(struct reference *r)
{
	static const struct {
		const char *key, *kind, *def, *help;
	} rows[] = {
#define CONFIG(key, kind, def, help) { #key, #kind, #def, help },
#include "config.def"
#undef CONFIG
	};
	size_t i;

	for (i = 0; i < countof(rows); i++)
		add(r, TOPIC_SETTING, rows[i].key,
		    arena_printf(r->arena, "config = { %s%s }", rows[i].key,
				 fallback(r, rows[i].kind, rows[i].def)),
		    rows[i].help);
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->topic != y->topic)
		return (int)x->topic - (int)y->topic;
	return strcasecmp(x->name, y->name);
}

static void collect(struct reference *r)
{
	r->arena = arena_new();
	add_keywords(r);
	add_probes(r);
	add_functions(r);
	add_settings(r);
	qsort(r->v.v, r->v.n, sizeof(*r->v.v), by_name);
}

/* ---- in a terminal ---- */

void reference_list(FILE *out)
{
	struct reference r = { 0 };
	int topic = -1, col = 0;
	size_t i;

	collect(&r);
	fputs("waggle help WORD says more of any of these; waggle learn is "
	      "the tutorial.\n",
	      out);
	for (i = 0; i < r.v.n; i++) {
		const struct entry *e = &r.v.v[i];
		int len = (int)strlen(e->name) + 1;

		if ((int)e->topic != topic)
			fprintf(out, "%s\n%s:\n   ", topic < 0 ? "" : "\n",
				titles[e->topic]);
		else if (col + len > 74)
			fputs("\n   ", out);
		if ((int)e->topic != topic || col + len > 74)
			col = 0;
		topic = (int)e->topic;
		col += fprintf(out, " %s", e->name);
	}
	fputs("\n\nDiagnostics: waggle explain lists them.\n", out);
	arena_free(r.arena);
}

static void show(const struct entry *e, FILE *out)
{
	fprintf(out, "%s\n    %s\n", e->form, e->help);
	if (*e->also)
		fprintf(out, "    also called: %s\n", e->also);
	if (e->has)
		fprintf(out, "    has %s\n", e->has);
	if (e->example)
		fprintf(out, "\n    %s\n", e->example);
}

/* Is word one of the blank-separated names?  Of one letter case counts. */
static bool is_among(const char *names, const char *word)
{
	size_t n = strlen(word), k;

	for (; *names; names += k + (names[k] == ' ')) {
		k = strcspn(names, " ");
		if (k == n &&
		    (k == 1 ? *names == *word : !strncasecmp(names, word, n)))
			return true;
	}
	return false;
}

static const char *near_word(const struct reference *r, const char *word)
{
	const char **names =
		arena_alloc(r->arena, (r->v.n + 1) * sizeof(*names));
	size_t i;

	for (i = 0; i < r->v.n; i++)
		names[i] = r->v.v[i].name;
	return nearest_name(word, names);
}

bool reference_word(const char *word, FILE *out, const char **near)
{
	struct reference r = { 0 };
	bool found = false;
	const char *guess;
	size_t i;

	collect(&r);
	for (i = 0; i < r.v.n; i++) {
		const struct entry *e = &r.v.v[i];

		if (strcasecmp(e->name, word) != 0 && !is_among(e->also, word))
			continue;
		if (found)
			fputc('\n', out);
		found = true;
		show(e, out);
	}
	/* what is near lives on in the tables */
	guess = found ? NULL : near_word(&r, word);
	*near = guess;
	arena_free(r.arena);
	return found;
}

/* ---- as Markdown ---- */

static void cell(const char *s, FILE *out)
{
	for (; *s; s++) {
		if (*s == '|')
			fputc('\\', out);
		fputc(*s, out);
	}
}

static void section(const struct entry *e, FILE *out)
{
	fprintf(out, "### %s\n\n`%s`\n\n%s.", e->name, e->form, e->help);
	if (*e->also)
		fprintf(out, " Also called %s.", e->also);
	if (e->has)
		fprintf(out, " Has %s.", e->has);
	fputs("\n\n", out);
	if (e->example)
		fprintf(out, "    %s\n\n", e->example);
}

static void row(const struct entry *e, FILE *out)
{
	fputs("| `", out);
	cell(e->form, out);
	fputs("` | ", out);
	cell(e->help, out);
	fputs(" |\n", out);
}

static void diagnostics(FILE *out)
{
	enum diag_tag t;

	fputs("## Diagnostics\n\n"
	      "Each error and warning has a tag; `waggle explain TAG` prints "
	      "its page.\n\n",
	      out);
	for (t = 0; t < DIAG_COUNT; t++) {
		const char *text = strchr(diag_pages[t], '\n') + 2;

		fprintf(out, "### %s\n\n%s\n", diag_tag_str(t), text);
	}
}

void reference_markdown(FILE *out)
{
	struct reference r = { 0 };
	int topic = -1;
	size_t i;

	collect(&r);
	fputs("# The language, by word\n\n"
	      "Made by `waggle help --markdown` from the tables that the "
	      "compiler uses.\n\n",
	      out);
	for (i = 0; i < r.v.n; i++) {
		const struct entry *e = &r.v.v[i];
		bool table = e->topic > TOPIC_PROBE;

		if ((int)e->topic != topic && table)
			fprintf(out, "%s## %s\n\n| | |\n|---|---|\n",
				topic > TOPIC_PROBE ? "\n" : "",
				titles[e->topic]);
		else if ((int)e->topic != topic)
			fprintf(out, "## %s\n\n", titles[e->topic]);
		topic = (int)e->topic;
		if (table)
			row(e, out);
		else
			section(e, out);
	}
	fputc('\n', out);
	diagnostics(out);
	arena_free(r.arena);
}
