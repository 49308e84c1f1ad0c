#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/report.h"

/* What an option does with its value, which is NULL for one that takes none.
 * False: the value makes no sense, and why holds a sentence. */
struct parser {
	struct options *o;
	struct reporter rep;
	bool done;  /* help or version */
	bool ended; /* "--" or FILE was seen: the rest is the script's */
};

typedef bool option_fn(struct parser *p, const char *value);

struct row {
	char letter;	   /* 0: none */
	const char *word;  /* NULL: none */
	const char *value; /* name of its value; NULL: it takes none */
	option_fn *fn;	   /* NULL: not there yet */
	const char *help;
};

static bool fail(struct parser *p, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static bool fail(struct parser *p, const char *hint, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(&p->rep, REPORT_ERROR, NULL, hint, "%s", text);
	return false;
}

static bool set_program(struct parser *p, const char *value)
{
	if (p->o->program)
		return fail(p, "put all probes into one program",
			    "-e is given twice");
	p->o->program = value;
	return true;
}

static bool set_pid(struct parser *p, const char *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || *end || end == value || n <= 0 || n > INT_MAX)
		return fail(p, NULL, "-p: '%s' is no process id", value);
	p->o->pid = (pid_t)n;
	return true;
}

static bool set_child(struct parser *p, const char *value)
{
	p->o->child = value;
	return true;
}

static bool set_list(struct parser *p, const char *value)
{
	(void)value;
	p->o->command = COMMAND_LIST;
	return true;
}

static bool set_verbose(struct parser *p, const char *value)
{
	(void)value;
	p->o->verbose = true;
	return true;
}

static bool set_quiet(struct parser *p, const char *value)
{
	(void)value;
	p->o->quiet = true;
	return true;
}

/* Ours, and what bpftrace calls the nearest to it. */
static const struct {
	const char *name, *stage;
} stages[] = {
	{ "ast", "ast" },   { "types", "types" }, { "ir", "ir" },
	{ "asm", "asm" },   { "image", "image" }, { "obj", "obj" },
	{ "parse", "ast" }, { "codegen", "ir" },  { "codegen-opt", "ir" },
	{ "dis", "asm" },
};

static bool set_dump(struct parser *p, const char *value)
{
	size_t i;

	for (i = 0; i < countof(stages); i++) {
		if (strcmp(stages[i].name, value) == 0) {
			p->o->dump = stages[i].stage;
			return true;
		}
	}
	return fail(p, "the stages are ast, types, ir, asm, image and obj",
		    "there is no stage '%s'", value);
}

static bool set_format(struct parser *p, const char *value)
{
	p->o->ndjson = strcmp(value, "ndjson") == 0;
	p->o->json = p->o->ndjson || strcmp(value, "json") == 0;
	if (p->o->json || strcmp(value, "text") == 0)
		return true;
	return fail(p, "the formats are text, json and ndjson",
		    "there is no format '%s'", value);
}

static bool set_output(struct parser *p, const char *value)
{
	p->o->output = value;
	return true;
}

static bool set_buffering(struct parser *p, const char *value)
{
	if (strcmp(value, "line") == 0)
		p->o->buffering = BUFFER_LINE;
	else if (strcmp(value, "none") == 0)
		p->o->buffering = BUFFER_NONE;
	else if (strcmp(value, "full") == 0)
		p->o->buffering = BUFFER_FULL;
	else
		return fail(p, "it is none, line or full",
			    "there is no buffering '%s'", value);
	return true;
}

static bool set_no_warnings(struct parser *p, const char *value)
{
	(void)value;
	p->o->no_warnings = true;
	return true;
}

static bool set_unsafe(struct parser *p, const char *value)
{
	(void)value;
	p->o->unsafe = true;
	return true;
}

static bool set_helper_errors(struct parser *p, const char *value)
{
	(void)value;
	p->o->helper_errors = true;
	return true;
}

static bool set_dry_run(struct parser *p, const char *value)
{
	(void)value;
	p->o->dry_run = true;
	return true;
}

static bool set_btf(struct parser *p, const char *value)
{
	p->o->btf = value;
	return true;
}

static bool set_info(struct parser *p, const char *value)
{
	(void)value;
	p->o->info = true;
	return true;
}

static bool set_version(struct parser *p, const char *value)
{
	(void)value;
	puts(p->o->as_bpftrace ? "bpftrace v" BPFTRACE_VERSION
			       : "waggle " WAGGLE_VERSION);
	p->done = true;
	return true;
}

static bool set_help(struct parser *p, const char *value)
{
	(void)value;
	options_usage(stdout, p->o->as_bpftrace);
	p->done = true;
	return true;
}

static bool set_write(struct parser *p, const char *value)
{
	(void)value;
	p->o->write = true;
	return true;
}

static bool set_compare(struct parser *p, const char *value)
{
	(void)value;
	p->o->compare = true;
	return true;
}

/* clang-format off */
static const struct row rows[] = {
	{ 'e', NULL, "PROG", set_program, "run this program" },
	{ 'p', NULL, "PID", set_pid, "trace this process only" },
	{ 'c', NULL, "CMD", set_child, "start this command, trace it" },
	{ 'l', NULL, NULL, set_list, "list probes; -v: their arguments" },
	{ 'v', "verbose", NULL, set_verbose, "say more" },
	{ 'q', "quiet", NULL, set_quiet, "do not say how many probes are attached" },
	{ 'd', NULL, "ast|types|ir|asm|image|obj", set_dump, "print what a pass makes; write the object" },
	{ 'f', NULL, "text|json|ndjson", set_format, "form of the output" },
	{ 'o', NULL, "FILE", set_output, "write the output there" },
	{ 'B', NULL, "none|line|full", set_buffering, "buffering of the output" },
	{ 'k', NULL, NULL, set_helper_errors, "report helpers that fail" },
	{ 'I', NULL, "DIR", NULL, "search headers there" },
	{ 0, "include", "FILE", NULL, "include this header" },
	{ 0, "btf", "FILE", set_btf, "compile for the kernel with these types" },
	{ 0, "emit", "ast|types|ir|asm|image|obj", set_dump, "the same as -d" },
	{ 0, "unsafe", NULL, set_unsafe, "allow system(), signal() and such" },
	{ 0, "no-warnings", NULL, set_no_warnings, "report errors only" },
	{ 0, "dry-run", NULL, set_dry_run, "attach, and leave at once" },
	{ 0, "usdt-file-activation", NULL, NULL, "activate USDT semaphores by file" },
	{ 0, "test", NULL, NULL, "run test probes" },
	{ 0, "bench", NULL, NULL, "run bench probes" },
	{ 0, "info", NULL, set_info, "say what this machine can trace" },
	{ 'w', NULL, NULL, set_write, "fmt: rewrite the file" },
	{ 'i', NULL, NULL, set_write, "the same as -w" },
	{ 0, "check", NULL, set_compare, "fmt: name files that are not in that form" },
	{ 'V', "version", NULL, set_version, "print the version" },
	{ 'h', "help", NULL, set_help, "print this" },
};

static const struct word {
	const char *word, *value;
	bool there;
	enum command command;
	const char *help;
} words[] = {
	{ "check", "FILE", true, COMMAND_CHECK, "find mistakes, run nothing" },
	{ "list", "[PATTERN]", true, COMMAND_LIST, "the same as -l" },
	{ "fmt", "FILE|-", true, COMMAND_FMT, "print in canonical form" },
	{ "build", "FILE", false, COMMAND_RUN, "make an executable" },
	{ "explain", "FILE", false, COMMAND_RUN, "say what it will do" },
	{ "learn", "[LESSON]", false, COMMAND_RUN, "the tutorial" },
};
/* clang-format on */

static bool is_of_fmt(const struct row *r)
{
	return r->fn == set_write || r->fn == set_compare;
}

static void usage_line(FILE *out, const char *left, const char *help)
{
	fprintf(out, "  %-34s  %s\n", left, help);
}

static void usage_row(FILE *out, const struct row *r)
{
	char left[64];
	int n = 0;

	if (r->letter)
		n = snprintf(left, sizeof(left), "-%c", r->letter);
	if (r->letter && r->word)
		n += snprintf(left + n, sizeof(left) - (size_t)n, ", ");
	if (r->word)
		n += snprintf(left + n, sizeof(left) - (size_t)n, "--%s",
			      r->word);
	if (r->value)
		snprintf(left + n, sizeof(left) - (size_t)n, " %s", r->value);
	usage_line(out, left, r->help);
}

static void usage_words(FILE *out)
{
	char left[64];
	size_t i;

	fputs("\nCommands:\n", out);
	for (i = 0; i < countof(words); i++) {
		if (!words[i].there)
			continue;
		snprintf(left, sizeof(left), "%s %s", words[i].word,
			 words[i].value);
		usage_line(out, left, words[i].help);
	}
}

void options_usage(FILE *out, bool as_bpftrace)
{
	const char *name = as_bpftrace ? "bpftrace" : "waggle";
	size_t i;

	fprintf(out,
		"Usage: %s [options] FILE|- [script's options and "
		"parameters]\n"
		"       %s [options] -e 'program' [parameters] "
		"[-- --name=value ...]\n",
		name, name);
	if (!as_bpftrace)
		fputs("       waggle COMMAND [options] ...\n", out);
	fputs("\nOptions:\n", out);
	for (i = 0; i < countof(rows); i++)
		if (rows[i].fn && !(as_bpftrace && is_of_fmt(&rows[i])))
			usage_row(out, &rows[i]);
	if (!as_bpftrace)
		usage_words(out);
	fprintf(out,
		"\nExamples:\n"
		"  %s -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = "
		"count(); }'\n"
		"  %s -e 'profile:hz:99 { @[kstack] = count(); }'\n"
		"  %s -l 'tracepoint:sched:*'\n",
		name, name, name);
}

/* ---- parsing ---- */

static void to_script(struct parser *p, char *arg)
{
	p->o->argv[p->o->argc++] = arg;
}

static bool apply(struct parser *p, const struct row *r, const char *value)
{
	if (r->fn && is_of_fmt(r) && p->o->command != COMMAND_FMT)
		return fail(p, NULL, "%s goes with waggle fmt",
			    r->letter ? "-w" : "--check");
	if (r->fn)
		return r->fn(p, value);
	if (r->letter)
		return fail(p, NULL, "-%c (%s) is not there yet", r->letter,
			    r->help);
	return fail(p, NULL, "--%s (%s) is not there yet", r->word, r->help);
}

static bool unknown(struct parser *p, char *arg)
{
	const char *names[countof(rows) + 1] = { 0 };
	const char *near = NULL;
	char hint[80];
	size_t i, n = 0;

	/* -e 'getopt("depth")' --depth=3, or -1 */
	if (p->o->command != COMMAND_FMT && (p->o->program || p->o->file)) {
		to_script(p, arg);
		return true;
	}
	for (i = 0; i < countof(rows); i++)
		if (rows[i].word && rows[i].fn)
			names[n++] = rows[i].word;
	if (strncmp(arg, "--", 2) == 0)
		near = nearest_name(arg + 2, names);
	snprintf(hint, sizeof(hint),
		 near ? "did you mean --%s?"
		      : "waggle --help lists them; options of the script "
			"follow its name",
		 near);
	return fail(p, hint, "there is no option %s", arg);
}

static bool long_option(struct parser *p, char **argv, int *i)
{
	char *arg = argv[*i], *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) - 2 : strlen(arg) - 2, j;

	for (j = 0; j < countof(rows); j++) {
		const struct row *r = &rows[j];
		const char *value = eq ? eq + 1 : NULL;

		if (!r->word || strlen(r->word) != len ||
		    memcmp(r->word, arg + 2, len) != 0)
			continue;
		if (!r->value && value)
			return fail(p, NULL, "--%s takes no value", r->word);
		if (r->value && !value)
			value = argv[++*i];
		if (r->value && !value)
			return fail(p, NULL, "--%s wants a value: --%s %s",
				    r->word, r->word, r->value);
		return apply(p, r, value);
	}
	return unknown(p, arg);
}

static const struct row *letter_row(char c)
{
	size_t i;

	for (i = 0; i < countof(rows); i++)
		if (c && rows[i].letter == c)
			return &rows[i];
	return NULL;
}

/* -qv, -p5, -p 5 */
static bool short_options(struct parser *p, char **argv, int *i)
{
	char *c = argv[*i] + 1;

	if (!letter_row(*c))
		return unknown(p, argv[*i]);
	for (; *c && !p->done; c++) {
		const struct row *r = letter_row(*c);
		const char *value = NULL;

		if (!r)
			return fail(p, "waggle --help lists them",
				    "there is no option -%c", *c);
		if (r->value) {
			value = c[1] ? c + 1 : argv[++*i];
			if (!value)
				return fail(p, NULL,
					    "-%c wants a value: -%c %s", *c, *c,
					    r->value);
			return apply(p, r, value);
		}
		if (!apply(p, r, NULL))
			return false;
	}
	return true;
}

/*
 * Whether what follows the script on the command line is the script's alone.
 * One that has no options of its own leaves them to waggle, as in
 * `waggle tool.bt -p 1234`.  A pipe can't be read twice.
 */
static bool takes_options(const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : NULL;
	static const char word[] = "getopt";
	struct stat st;
	size_t seen = 0;
	int c;

	if (!f)
		return true;
	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
		fclose(f);
		return true;
	}
	while (word[seen] && (c = getc(f)) != EOF)
		seen = c == word[seen] ? seen + 1 : c == word[0];
	fclose(f);
	return !word[seen];
}

static bool asks_for_help(const char *arg)
{
	return strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
}

static bool positional(struct parser *p, char *arg)
{
	struct options *o = p->o;

	if (o->command == COMMAND_LIST && !o->program) {
		if (o->pattern)
			return fail(p,
				    "quote it, so that the shell leaves it "
				    "alone",
				    "-l takes one pattern");
		o->pattern = arg;
	} else if (o->program || o->file) {
		to_script(p, arg);
	} else {
		o->file = arg;
		p->ended = o->command != COMMAND_FMT && takes_options(arg);
	}
	return true;
}

static const struct word *find_word(const char *arg)
{
	size_t i;

	for (i = 0; i < countof(words); i++)
		if (strcmp(words[i].word, arg) == 0)
			return &words[i];
	return NULL;
}

static bool first_word(struct parser *p, const struct word *w)
{
	if (!w->there)
		return fail(p, "a script of that name is meant by ./NAME",
			    "waggle %s is not there yet", w->word);
	p->o->command = w->command;
	return true;
}

/* What it is called decides whose command line it has. */
static bool is_bpftrace(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return argv0 && strcmp(slash ? slash + 1 : argv0, "bpftrace") == 0;
}

static bool parse_all(struct parser *p, int argc, char **argv)
{
	const struct word *w = argc > 1 ? find_word(argv[1]) : NULL;
	int i = 1;

	p->o->as_bpftrace = argc > 0 && is_bpftrace(argv[0]);
	if (w && !p->o->as_bpftrace) {
		if (!first_word(p, w))
			return false;
		i = 2;
	}
	for (; i < argc && !p->done; i++) {
		char *arg = argv[i];
		bool ok;

		if (p->ended || (p->o->file && asks_for_help(arg))) {
			to_script(p, arg);
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			p->ended = p->o->program || p->o->file;
			if (p->ended)
				to_script(p, arg);
			ok = true;
		} else if (strncmp(arg, "--", 2) == 0) {
			ok = long_option(p, argv, &i);
		} else if (arg[0] == '-' && arg[1]) {
			ok = short_options(p, argv, &i);
		} else {
			ok = positional(p, arg);
		}
		if (!ok)
			return false;
	}
	return true;
}

/* What makes no sense together. */
static bool check(struct parser *p)
{
	const struct options *o = p->o;

	if (p->done || o->info)
		return true;
	if (o->pid && o->child)
		return fail(p, NULL, "-p and -c exclude each other");
	if (o->command == COMMAND_LIST)
		return true;
	if (o->command == COMMAND_FMT && o->write && o->compare)
		return fail(p, NULL, "-w and --check exclude each other");
	if (o->program || o->file)
		return true;
	options_usage(stderr, o->as_bpftrace);
	return false;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
	struct parser p = { .o = o };
	bool ok;

	*o = (struct options){ 0 };
	reporter_init(&p.rep, stderr);
	o->argv = calloc((size_t)argc + 1, sizeof(*o->argv));
	if (!o->argv)
		return OPTIONS_FAILED;
	ok = parse_all(&p, argc, argv) && check(&p);
	if (!ok)
		return OPTIONS_FAILED;
	return p.done ? OPTIONS_DONE : OPTIONS_OK;
}

void options_free(struct options *o)
{
	free(o->argv);
	*o = (struct options){ 0 };
}
