/* options_parse.c - the command line, by the tables of options.c. */
#include "options_own.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/image.h"

static void to_script(struct parser *p, char *arg)
{
	p->o->argv[p->o->argc++] = arg;
}

static bool apply(struct parser *p, const struct option_row *r,
		  const char *value)
{
	static const enum command commands[] = {
		[OF_FMT] = COMMAND_FMT,
		[OF_EXPLAIN] = COMMAND_EXPLAIN,
		[OF_LEARN] = COMMAND_LEARN,
		[OF_HELP] = COMMAND_HELP,
	};
	const char *word;

	if (r->of <= OF_BUILT || commands[r->of] == p->o->command)
		return r->fn(p, value);
	word = option_word(commands[r->of])->word;
	if (r->letter)
		return option_fail(p, NULL, "-%c goes with waggle %s",
				   r->letter, word);
	return option_fail(p, NULL, "--%s goes with waggle %s", r->word, word);
}

static bool unknown(struct parser *p, char *arg)
{
	const char *names[MAX_OPTIONS] = { 0 };
	const char *near = NULL;
	char hint[80];
	size_t i, n = 0;

	if (p->built) {
		p->missing = true;
		return true;
	}
	/* -e 'getopt("depth")' --depth=3, or -1 */
	if (p->o->command != COMMAND_FMT && (p->o->program || p->o->file)) {
		to_script(p, arg);
		return true;
	}
	for (i = 0; i < noption_rows; i++)
		if (option_rows[i].word)
			names[n++] = option_rows[i].word;
	if (strncmp(arg, "--", 2) == 0)
		near = nearest_name(arg + 2, names);
	snprintf(hint, sizeof(hint),
		 near ? "did you mean --%s?"
		      : "waggle --help lists them; options of the script "
			"follow its name",
		 near);
	return option_fail(p, hint, "there is no option %s", arg);
}

static bool long_option(struct parser *p, char **argv, int *i)
{
	char *arg = argv[*i], *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) - 2 : strlen(arg) - 2, j;

	for (j = 0; j < noption_rows; j++) {
		const struct option_row *r = &option_rows[j];
		const char *value = eq ? eq + 1 : NULL;

		if (!r->word || (p->built && r->of != OF_BUILT) ||
		    strlen(r->word) != len ||
		    memcmp(r->word, arg + 2, len) != 0)
			continue;
		if (!r->value && value)
			return option_fail(p, NULL, "--%s takes no value",
					   r->word);
		if (r->value && !value)
			value = argv[++*i];
		if (r->value && !value)
			return option_fail(p, NULL,
					   "--%s wants a value: --%s %s",
					   r->word, r->word, r->value);
		return apply(p, r, value);
	}
	return unknown(p, arg);
}

static const struct option_row *letter_row(const struct parser *p, char c)
{
	size_t i;

	for (i = 0; i < noption_rows; i++)
		if (c && option_rows[i].letter == c &&
		    (option_rows[i].of == OF_BUILT || !p->built))
			return &option_rows[i];
	return NULL;
}

/* -version is no -v -e rsion. */
static bool one_dash_too_few(struct parser *p, const char *arg)
{
	char hint[80];
	size_t i;

	for (i = 0; i < noption_rows; i++) {
		if (!option_rows[i].word ||
		    strcmp(option_rows[i].word, arg + 1) != 0)
			continue;
		snprintf(hint, sizeof(hint), "did you mean -%s?", arg);
		return !option_fail(p, hint, "there is no option %s", arg);
	}
	return false;
}

/* -qv, -p5, -p 5 */
static bool short_options(struct parser *p, char **argv, int *i)
{
	char *c = argv[*i] + 1;

	if (one_dash_too_few(p, argv[*i]))
		return false;
	if (!letter_row(p, *c))
		return unknown(p, argv[*i]);
	for (; *c && !p->done; c++) {
		const struct option_row *r = letter_row(p, *c);
		const char *value = NULL;

		if (!r)
			return option_fail(p, "--help lists them",
					   "there is no option -%c", *c);
		if (r->value) {
			value = c[1] ? c + 1 : argv[++*i];
			if (!value)
				return option_fail(p, NULL,
						   "-%c wants a value: -%c %s",
						   *c, *c, r->value);
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
	if (image_in_file(f)) {
		fclose(f);
		return image_takes_options(path);
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
			return option_fail(
				p,
				"quote it, so that the shell leaves it "
				"alone",
				"-l takes one pattern");
		o->pattern = arg;
	} else if (o->program || o->file) {
		to_script(p, arg);
	} else {
		o->file = arg;
		p->ended = o->command != COMMAND_FMT &&
			   o->command != COMMAND_BUILD && takes_options(arg);
	}
	return true;
}

static const struct option_word *find_word(const char *arg)
{
	size_t i;

	for (i = 0; i < noption_words; i++)
		if (strcmp(option_words[i].word, arg) == 0)
			return &option_words[i];
	return NULL;
}

/* What it is called decides whose command line it has. */
static bool is_bpftrace(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return argv0 && strcmp(slash ? slash + 1 : argv0, "bpftrace") == 0;
}

static bool parse_all(struct parser *p, int argc, char **argv)
{
	const struct option_word *w = argc > 1 ? find_word(argv[1]) : NULL;
	int i = 1;

	p->o->as_bpftrace = argc > 0 && is_bpftrace(argv[0]);
	if (w && !p->o->as_bpftrace) {
		p->o->command = w->command;
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

/* A command that is misspelt is taken for a script. */
static bool is_misspelt(struct parser *p)
{
	const char *names[MAX_OPTIONS] = { 0 }, *near;
	const char *file = p->o->file;
	char hint[80];
	size_t i, n = 0;

	if (!file || p->o->command != COMMAND_RUN || p->o->as_bpftrace ||
	    strpbrk(file, "./") || access(file, F_OK) == 0)
		return false;
	for (i = 0; i < noption_words; i++)
		names[n++] = option_words[i].word;
	near = nearest_name(file, names);
	if (!near)
		return false;
	snprintf(hint, sizeof(hint), "did you mean waggle %s?", near);
	return !option_fail(p, hint, "there is no script and no command '%s'",
			    file);
}

static bool wants_script(struct parser *p)
{
	if (p->o->command == COMMAND_RUN) {
		options_usage(stderr, p->o->as_bpftrace);
		return false;
	}
	return option_fail(
		p, "- stands for standard input, -e 'program' for a file",
		"waggle %s wants a script", option_word(p->o->command)->word);
}

/* What makes no sense together. */
static bool check(struct parser *p)
{
	const struct options *o = p->o;

	if (p->done || o->info)
		return true;
	if (o->pid && o->child)
		return option_fail(p, NULL, "-p and -c exclude each other");
	if (o->command == COMMAND_LIST || o->command == COMMAND_EXPLAIN ||
	    o->command == COMMAND_LEARN || o->command == COMMAND_HELP)
		return true;
	if (o->command == COMMAND_FMT && o->write && o->compare)
		return option_fail(p, NULL,
				   "-w and --check exclude each other");
	if (o->program || o->file)
		return !is_misspelt(p) && option_check_target(p);
	return wants_script(p);
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

int options_built(struct options *o, char **argv)
{
	struct parser p = { .o = o, .built = true };
	int i = 0;
	bool ok;

	reporter_init(&p.rep, stderr);
	if (strncmp(argv[0], "--", 2) == 0)
		ok = long_option(&p, argv, &i);
	else
		ok = short_options(&p, argv, &i);
	if (ok && o->pid && o->child)
		ok = option_fail(&p, NULL, "-p and -c exclude each other");
	if (!ok)
		return -1;
	return p.missing ? 0 : i + 1;
}

void options_free(struct options *o)
{
	free(o->name);
	free(o->argv);
	*o = (struct options){ 0 };
}
