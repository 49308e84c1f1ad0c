/* The command line: options, words of -c, and how messages look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/child.h"
#include "runtime/options.h"
#include "runtime/report.h"

struct test {
	int failed;
};

static void check(struct test *t, bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	t->failed += !ok;
}

/* ---- words ---- */

static void test_words(struct test *t)
{
	static const struct {
		const char *text, *joined; /* NULL: refused */
	} rows[] = {
		{ "ls", "ls" },
		{ "  ls   -l\t/ ", "ls|-l|/" },
		{ "sh -c 'echo \"a b\" \\n'", "sh|-c|echo \"a b\" \\n" },
		{ "a \"b \\\" c\" d", "a|b \" c|d" },
		{ "a\\ b 'c'\"d\"e", "a b|cde" },
		{ "x '' y", "x||y" },
		{ "a\\", "a\\" },
		{ "'open", NULL },
		{ "\"open", NULL },
		{ "", NULL },
		{ " \t", NULL },
	};
	char joined[128], name[128];
	const char *why;
	size_t i, j;

	for (i = 0; i < countof(rows); i++) {
		char **w = words_split(rows[i].text, &why);

		joined[0] = '\0';
		for (j = 0; w && w[j]; j++) {
			strcat(joined, j ? "|" : "");
			strcat(joined, w[j]);
		}
		snprintf(name, sizeof(name), "words %zu", i);
		check(t,
		      rows[i].joined ? w && !strcmp(joined, rows[i].joined)
				     : !w && why,
		      name);
		words_free(w);
	}
}

/* ---- options ---- */

enum { MAX_ARGS = 12 };

/* line is cut at blanks; what the script gets is joined with '|'. */
static enum options_result parse(struct options *o, char *line, char *script,
				 size_t size)
{
	char *argv[MAX_ARGS + 1] = { NULL }, *word;
	enum options_result r;
	int argc = 0, i;

	argv[argc++] = line;
	strsep(&line, " ");
	while (argc < MAX_ARGS && (word = strsep(&line, " ")))
		argv[argc++] = word;
	r = options_parse(o, argc, argv);
	script[0] = '\0';
	for (i = 0; o->argv && i < o->argc; i++)
		snprintf(script + strlen(script), size - strlen(script), "%s%s",
			 i ? "|" : "", o->argv[i]);
	return r;
}

static void test_script_args(struct test *t)
{
	static const struct {
		const char *line, *script;
	} rows[] = {
		{ "waggle x.bt 10 --pid 7 -P", "10|--pid|7|-P" },
		{ "waggle -v x.bt -- -v", "--|-v" },
		{ "waggle -e P 1 -q 2", "1|2" },
		{ "waggle -e P --depth=3 -- -p 5", "--depth=3|--|-p|5" },
		{ "waggle -e P -5", "-5" },
		{ "waggle - a b", "a|b" },
		{ "waggle check x.bt 1", "1" },
	};
	char line[128], script[128], name[160];
	struct options o;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].line);
		snprintf(name, sizeof(name), "options: %s", rows[i].line);
		check(t,
		      parse(&o, line, script, sizeof(script)) == OPTIONS_OK &&
			      !strcmp(script, rows[i].script),
		      name);
		options_free(&o);
	}
}

static void test_values(struct test *t)
{
	char line[] = "waggle -vqp12 -d ir -B full -f json -o out -e P";
	char list[] = "waggle -lv kprobe:vfs_*", script[64];
	struct options o;

	check(t,
	      parse(&o, line, script, sizeof(script)) == OPTIONS_OK &&
		      o.verbose && o.quiet && o.pid == 12 && o.json &&
		      !strcmp(o.dump, "ir") && !strcmp(o.output, "out") &&
		      o.buffering == BUFFER_FULL && !strcmp(o.program, "P"),
	      "options: letters together and values");
	options_free(&o);
	check(t,
	      parse(&o, list, script, sizeof(script)) == OPTIONS_OK &&
		      o.command == COMMAND_LIST && o.verbose &&
		      !strcmp(o.pattern, "kprobe:vfs_*"),
	      "options: -l takes its pattern");
	options_free(&o);
}

static void test_refused(struct test *t)
{
	static const char *const rows[] = {
		"waggle",
		"waggle -p x -e P",
		"waggle -p",
		"waggle -p 0 -e P",
		"waggle --bogus x",
		"waggle -d foo -e P",
		"waggle -f xml -e P",
		"waggle -e",
		"waggle -e P -e Q",
		"waggle build x",
		"waggle build -p 1 x.bt",
		"waggle build -d ir x.bt",
		"waggle -p 1 -c x -e P",
		"waggle --unsafe=1 -e P",
		"waggle -l a b",
		"waggle -p 99999999999 -e P",
	};
	char line[128], script[128], name[160];
	struct options o;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i]);
		snprintf(name, sizeof(name), "options: %s: refused", rows[i]);
		check(t,
		      parse(&o, line, script, sizeof(script)) == OPTIONS_FAILED,
		      name);
		options_free(&o);
	}
}

/* ---- messages ---- */

static void test_report(struct test *t)
{
	struct report_place at = { .file = "x.bt",
				   .line = 3,
				   .col = 2,
				   .end_col = 5,
				   .source = "\tab\xc3\xa9 { }" };
	struct reporter r = { 0 };
	char *text = NULL;
	size_t size;

	r.err = open_memstream(&text, &size);
	report(&r, REPORT_WARNING, &at, "do that", "no %d", 5);
	fclose(r.err);
	check(t,
	      !strcmp(text, "x.bt:3:2-5: WARNING: no 5\n"
			    "    ab\xc3\xa9 { }\n"
			    "    ~~~\n"
			    "HINT: do that\n"),
	      "report: place, excerpt, underline, hint");
	free(text);

	r = (struct reporter){ .no_warnings = true };
	r.json = open_memstream(&text, &size);
	report(&r, REPORT_WARNING, &at, NULL, "unseen");
	report(&r, REPORT_ERROR, &at, NULL, "bad \xff");
	fclose(r.json);
	check(t,
	      !strcmp(text, "{\"type\": \"error\", \"data\": {\"msg\": "
			    "\"bad \\\\xff\", \"filename\": \"x.bt\", "
			    "\"line\": 3, \"col\": 2, \"end_line\": 3, "
			    "\"end_col\": 5}}\n"),
	      "report: JSON, bytes that are not UTF-8, no warnings");
	free(text);
}

int main(void)
{
	struct test t = { 0 };

	test_words(&t);
	/* What is refused says so; that is not for this test's reader. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_script_args(&t);
	test_values(&t);
	test_refused(&t);
	test_report(&t);
	return t.failed != 0;
}
