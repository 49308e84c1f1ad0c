#include "options_own.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/plan_args.h"

bool option_fail(struct parser *p, const char *hint, const char *fmt, ...)
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
		return option_fail(p, "put all probes into one program",
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
		return option_fail(p, NULL, "-p: '%s' is no process id", value);
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
	{ "dis", "asm" },   { "exe", "exe" },
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
	return option_fail(p,
			   "the stages are ast, types, ir, asm, image, obj and "
			   "exe",
			   "there is no stage '%s'", value);
}

static bool set_format(struct parser *p, const char *value)
{
	p->o->ndjson = strcmp(value, "ndjson") == 0;
	p->o->json = p->o->ndjson || strcmp(value, "json") == 0;
	if (p->o->json || strcmp(value, "text") == 0)
		return true;
	return option_fail(p, "the formats are text, json and ndjson",
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
		return option_fail(p, "it is none, line or full",
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

static bool add_path(struct parser *p, const char **list, const char *value,
		     const char *option)
{
	size_t n = 0;

	while (list[n])
		n++;
	if (n == MAX_INCLUDES)
		return option_fail(p, NULL, "%s is given more than %d times",
				   option, MAX_INCLUDES);
	list[n] = value;
	return true;
}

static bool set_include_dir(struct parser *p, const char *value)
{
	return add_path(p, p->o->include_dirs, value, "-I");
}

static bool set_header(struct parser *p, const char *value)
{
	return add_path(p, p->o->headers, value, "--include");
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

static bool set_test(struct parser *p, const char *value)
{
	(void)value;
	p->o->tests = true;
	return true;
}

static bool set_bench(struct parser *p, const char *value)
{
	(void)value;
	p->o->benches = true;
	return true;
}

/* The kernel counts semaphores by file, whoever the process is. */
static bool set_file_activation(struct parser *p, const char *value)
{
	(void)p;
	(void)value;
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
	p->o->version = true;
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

static bool set_lessons(struct parser *p, const char *value)
{
	(void)value;
	p->o->lessons = true;
	return true;
}

static bool set_markdown(struct parser *p, const char *value)
{
	(void)value;
	p->o->markdown = true;
	return true;
}

static bool set_stages(struct parser *p, const char *value)
{
	(void)value;
	p->o->stages = true;
	return true;
}

/* clang-format off */
const struct option_row option_rows[] = {
	{ 'e', NULL, "PROG", set_program, "run this program", OF_WAGGLE },
	{ 'p', NULL, "PID", set_pid, "trace this process only", OF_BUILT },
	{ 'c', NULL, "CMD", set_child, "start this command, trace it", OF_BUILT },
	{ 'l', NULL, NULL, set_list, "list probes; -v: their arguments", OF_WAGGLE },
	{ 'v', "verbose", NULL, set_verbose, "say more", OF_BUILT },
	{ 'q', "quiet", NULL, set_quiet, "do not say how many probes are attached", OF_BUILT },
	{ 'd', NULL, "ast|types|ir|asm|image|obj|exe", set_dump, "print what a pass makes; write obj or exe", OF_WAGGLE },
	{ 'f', NULL, "text|json|ndjson", set_format, "form of the output", OF_BUILT },
	{ 'o', NULL, "FILE", set_output, "write the output there", OF_BUILT },
	{ 'B', NULL, "none|line|full", set_buffering, "buffering of the output", OF_BUILT },
	{ 'k', NULL, NULL, set_helper_errors, "report helpers that fail", OF_WAGGLE },
	{ 'I', NULL, "DIR", set_include_dir, "search headers there", OF_WAGGLE },
	{ 0, "include", "FILE", set_header, "include this header", OF_WAGGLE },
	{ 0, "btf", "FILE", set_btf, "compile for the kernel with these types", OF_WAGGLE },
	{ 0, "emit", "ast|types|ir|asm|image|obj|exe", set_dump, "the same as -d", OF_WAGGLE },
	{ 0, "unsafe", NULL, set_unsafe, "allow system(), signal() and such", OF_WAGGLE },
	{ 0, "no-warnings", NULL, set_no_warnings, "report errors only", OF_BUILT },
	{ 0, "dry-run", NULL, set_dry_run, "attach, and leave at once", OF_BUILT },
	{ 0, "usdt-file-activation", NULL, set_file_activation, "does nothing: semaphores always work so", OF_WAGGLE },
	{ 0, "test", NULL, set_test, "run the test probes, and no others", OF_WAGGLE },
	{ 0, "bench", NULL, set_bench, "run the bench probes, and no others", OF_WAGGLE },
	{ 0, "info", NULL, set_info, "say what this machine can trace", OF_WAGGLE },
	{ 'w', NULL, NULL, set_write, "fmt: rewrite the file", OF_FMT },
	{ 'i', NULL, NULL, set_write, "the same as -w", OF_FMT },
	{ 0, "check", NULL, set_compare, "fmt: name files that are not in that form", OF_FMT },
	{ 0, "list", NULL, set_lessons, "learn: the lessons, done ones marked", OF_LEARN },
	{ 0, "markdown", NULL, set_markdown, "help: all of it, as Markdown", OF_HELP },
	{ 0, "stages", NULL, set_stages, "explain: show the script on its way to BPF", OF_EXPLAIN },
	{ 'V', "version", NULL, set_version, "print the version", OF_BUILT },
	{ 'h', "help", NULL, set_help, "print this", OF_WAGGLE },
};

const struct option_word option_words[] = {
	{ "check", "FILE", COMMAND_CHECK, "find mistakes, run nothing" },
	{ "list", "[PATTERN]", COMMAND_LIST, "the same as -l" },
	{ "fmt", "FILE|-", COMMAND_FMT, "print in canonical form" },
	{ "build", "FILE", COMMAND_BUILD, "make an executable; -o names it" },
	{ "help", "[WORD]", COMMAND_HELP, "what a word of the language means" },
	{ "learn", "[LESSON]", COMMAND_LEARN, "the tutorial" },
	{ "explain", "FILE|TAG", COMMAND_EXPLAIN, "say what it does, or what a tag means" },
};
/* clang-format on */

const size_t noption_rows = countof(option_rows);
const size_t noption_words = countof(option_words);
_Static_assert(countof(option_rows) < MAX_OPTIONS &&
		       countof(option_words) < MAX_OPTIONS,
	       "raise it");

const struct option_word *option_word(enum command command)
{
	size_t i;

	for (i = 0; i < noption_words; i++)
		if (option_words[i].command == command)
			return &option_words[i];
	die("no word for command %d", (int)command);
}

static void usage_line(FILE *out, const char *left, const char *help)
{
	fprintf(out, "  %-34s  %s\n", left, help);
}

static void usage_row(FILE *out, const struct option_row *r)
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
	for (i = 0; i < noption_words; i++) {
		snprintf(left, sizeof(left), "%s %s", option_words[i].word,
			 option_words[i].value);
		usage_line(out, left, option_words[i].help);
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
	for (i = 0; i < noption_rows; i++)
		if (!as_bpftrace || option_rows[i].of <= OF_BUILT)
			usage_row(out, &option_rows[i]);
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

void options_built_usage(const struct plan *script, FILE *out)
{
	size_t i;

	fputs("and those of waggle:\n", out);
	for (i = 0; i < noption_rows; i++) {
		struct option_row r = option_rows[i];

		if (args_find_short(script, r.letter))
			r.letter = 0;
		if (r.word && args_find_long(script, r.word, strlen(r.word)))
			r.word = NULL;
		if (r.of == OF_BUILT && (r.letter || r.word))
			usage_row(out, &r);
	}
}
