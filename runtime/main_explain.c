/* main_explain.c - waggle explain: what a diagnostic means, or which script is
 * to be told; waggle help: what a word means. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "compiler/diag.h"
#include "compiler/reference.h"
#include "runtime/main.h"

/* The line of a page that says what it is about: the third. */
static void list_page(enum diag_tag tag, FILE *out)
{
	const char *line = strchr(diag_pages[tag], '\n') + 2;

	fprintf(out, "%-16s %.*s\n", diag_tag_str(tag),
		(int)strcspn(line, "\n"), line);
}

static int list_pages(FILE *out)
{
	enum diag_tag t;

	for (t = 0; t < DIAG_COUNT; t++)
		list_page(t, out);
	return 0;
}

static int unknown_tag(const char *name, const struct reporter *r)
{
	const char *tags[DIAG_COUNT + 1] = { 0 }, *near;
	char hint[80] =
		"waggle explain lists them; a script of that name is ./NAME",
	     capitals[80];
	enum diag_tag t;
	size_t i;

	for (i = 0; name[i] && i < sizeof(capitals) - 1; i++)
		capitals[i] = (char)toupper((unsigned char)name[i]);
	capitals[i] = '\0';
	for (t = 0; t < DIAG_COUNT; t++)
		tags[t] = diag_tag_str(t);
	near = nearest_name(capitals, tags);
	if (near)
		snprintf(hint, sizeof(hint), "did you mean %s?", near);
	report(r, REPORT_ERROR, NULL, hint, "there is no diagnostic '%s'",
	       name);
	return 1;
}

/* A file of that name is meant before a tag is; a word with neither a path nor
 * a suffix is a tag, if a wrong one. */
static bool is_script(const struct options *o)
{
	return o->program || strcmp(o->file, "-") == 0 ||
	       strpbrk(o->file, "./") || access(o->file, F_OK) == 0;
}

bool main_explain(const struct options *o, const struct reporter *r, FILE *out,
		  int *status)
{
	enum diag_tag tag;

	*status = 0;
	if (!o->file && !o->program && o->stages) {
		report(r, REPORT_ERROR, NULL,
		       "waggle explain --stages FILE, or -e 'program'",
		       "--stages wants a script");
		*status = 1;
		return true;
	}
	if (!o->file && !o->program) {
		*status = list_pages(out);
		return true;
	}
	if (is_script(o))
		return false;
	tag = diag_tag_find(o->file);
	if (tag == DIAG_COUNT)
		*status = unknown_tag(o->file, r);
	else
		fputs(diag_pages[tag], out);
	return true;
}

int main_help(const struct options *o, const struct reporter *r, FILE *out)
{
	const char *near;
	char hint[80] = "waggle help lists the words";
	enum diag_tag tag;

	if (o->markdown) {
		reference_markdown(out);
		return 0;
	}
	if (!o->file) {
		reference_list(out);
		return 0;
	}
	tag = diag_tag_find(o->file);
	if (tag != DIAG_COUNT) {
		fputs(diag_pages[tag], out);
		return 0;
	}
	if (reference_word(o->file, out, &near))
		return 0;
	if (near)
		snprintf(hint, sizeof(hint), "did you mean waggle help %s?",
			 near);
	report(r, REPORT_ERROR, NULL, hint, "'%s' is no word of the language",
	       o->file);
	return 1;
}
