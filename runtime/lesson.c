#include "lesson.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/match.h"
#include "runtime/feature.h"

/* ---- from text to parts ---- */

static const char *const kinds[] = {
	[PART_TEXT] = "text",	      [PART_WORKLOAD] = "workload",
	[PART_TRY] = "try",	      [PART_COMMAND] = "command",
	[PART_RECORDED] = "recorded", [PART_EXERCISE] = "exercise",
	[PART_OPTIONS] = "options",   [PART_MUST] = "must",
	[PART_WRONG] = "wrong",	      [PART_EXPECT] = "expect",
	[PART_HINT] = "hint",	      [PART_ANSWER] = "answer",
};

static bool machine_has(const char *name)
{
	unsigned int bit;

	if (strcmp(name, "kprobe") == 0)
		return kernel_has_kprobes() && feature_pmu("kprobe", &bit) >= 0;
	die("a lesson asks for '%s', which is nothing to ask for", name);
}

struct reading {
	struct arena *a;
	struct lesson *lesson;
	bool skip, met; /* parts; the condition that is open */
};

static void begin_part(struct reading *r, const char *word, const char *arg)
{
	struct lesson_part *part;
	size_t i;

	if (strcmp(word, "if") == 0) {
		r->met = machine_has(arg);
		r->skip = !r->met;
		return;
	}
	if (strcmp(word, "else") == 0 || strcmp(word, "end") == 0) {
		r->skip = word[1] == 'l' && r->met;
		return;
	}
	for (i = 0; i < countof(kinds); i++)
		if (strcmp(kinds[i], word) == 0)
			break;
	if (i == countof(kinds))
		die("a lesson has a part '%s', which is nothing", word);
	if (r->skip)
		return;
	part = vec_push(r->a, &r->lesson->parts);
	part->kind = (enum part_kind)i;
	part->arg = arg;
	part->text = "";
}

/* "-- word argument" */
static void heading(struct reading *r, const char *line, size_t n)
{
	char *word = arena_strndup(r->a, line, n);
	char *arg = strchr(word, ' ');

	if (arg)
		*arg++ = '\0';
	begin_part(r, word, arg ? arg : "");
}

/* Blank lines round a part's text are those of the file. */
static const char *trimmed(struct arena *a, const char *s, const char *end)
{
	while (s < end && *s == '\n')
		s++;
	while (end > s + 1 && end[-1] == '\n' && end[-2] == '\n')
		end--;
	return arena_strndup(a, s, (size_t)(end - s));
}

struct lesson *lesson_read(struct arena *a, const struct lesson_text *text)
{
	struct lesson *l = arena_make(a, struct lesson);
	struct reading r = { .a = a, .lesson = l };
	const char *s = text->text + strcspn(text->text, "\n"), *end;
	size_t before;

	l->name = text->name;
	l->title = arena_strndup(a, text->text, (size_t)(s - text->text));
	begin_part(&r, "text", "");
	while (*s) {
		end = strstr(s, "\n-- ");
		before = l->parts.n;
		if (!end)
			end = s + strlen(s) - 1;
		if (!r.skip && before)
			l->parts.v[before - 1].text = trimmed(a, s, end + 1);
		if (!end[1])
			break;
		s = end + 4;
		end = s + strcspn(s, "\n");
		heading(&r, s, (size_t)(end - s));
		s = end;
		/* what follows an "end" belongs to nothing before it */
		if (!r.skip && l->parts.n == before)
			begin_part(&r, "text", "");
	}
	return l;
}

size_t lesson_next(const struct lesson *l, size_t i, enum part_kind kind)
{
	while (i < l->parts.n && l->parts.v[i].kind != kind)
		i++;
	return i;
}

/* ---- judging ---- */

/* Lines of a text that match; NULL is none. */
static unsigned long matches(const char *pattern, const char *text)
{
	unsigned long n = 0;
	const char *eol;
	char *line;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		die("a lesson has a pattern that is none: %s", pattern);
	for (; text && *text; text = *eol ? eol + 1 : eol) {
		eol = text + strcspn(text, "\n");
		line = strndup(text, (size_t)(eol - text));
		if (!line)
			die("out of memory");
		n += !regexec(&re, line, 0, NULL, 0);
		free(line);
	}
	regfree(&re);
	return n;
}

static bool is_met(const struct lesson_part *p, const char *script,
		   const char *printed)
{
	unsigned long n;
	char *pattern;

	switch (p->kind) {
	case PART_MUST:
		return matches(p->arg, script);
	case PART_WRONG:
		return !printed || !matches(p->arg, printed);
	case PART_EXPECT:
		n = strtoul(p->arg, &pattern, 10);
		if (!printed || pattern == p->arg || *pattern != ' ')
			return !printed || matches(p->arg, printed);
		return matches(pattern + 1, printed) == n;
	case PART_TEXT:
	case PART_WORKLOAD:
	case PART_TRY:
	case PART_COMMAND:
	case PART_RECORDED:
	case PART_EXERCISE:
	case PART_OPTIONS:
	case PART_HINT:
	case PART_ANSWER:
		break;
	}
	return true;
}

const char *lesson_judge(const struct lesson *l, size_t i, const char *script,
			 const char *printed)
{
	for (; i < l->parts.n && l->parts.v[i].kind != PART_EXERCISE; i++)
		if (!is_met(&l->parts.v[i], script, printed))
			return l->parts.v[i].text;
	return NULL;
}
