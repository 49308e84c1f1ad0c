/* verifier_log.c - what the verifier's log says. */
#include "verifier_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *s;
	size_t len;
};

static bool next_line(const char **at, const char *end, struct line *l)
{
	const char *nl;

	if (*at >= end)
		return false;
	l->s = *at;
	nl = memchr(*at, '\n', (size_t)(end - *at));
	l->len = (size_t)((nl ? nl : end) - *at);
	*at = nl ? nl + 1 : end;
	return true;
}

static bool starts(const struct line *l, const char *word)
{
	size_t n = strlen(word);

	return l->len >= n && memcmp(l->s, word, n) == 0;
}

static void keep(char *buf, size_t size, const char *s, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(buf, s, len);
	buf[len] = '\0';
}

/* libbpf says: prog 'NAME': BPF program load failed: ... */
static void find_program(struct verifier_log *r, const char *log)
{
	const char *at = strstr(log, "': BPF program load failed"), *p;

	if (!at)
		at = strstr(log, "': failed to load");
	if (!at)
		return;
	for (p = at; p > log && p[-1] != '\''; p--)
		;
	r->program = p;
	r->program_len = (size_t)(at - p);
}

/* "R1=ctx R10=fp0" is a state, "R1 invalid mem access" a reason. */
static bool is_state(const struct line *l)
{
	size_t i = 1;

	if (l->len < 3 || *l->s != 'R')
		return false;
	while (i < l->len && isdigit((unsigned char)l->s[i]))
		i++;
	return i > 1 && i < l->len && (l->s[i] == '=' || l->s[i] == '_');
}

/* Lines of a verifier's log that explain nothing by themselves. */
static bool is_noise(const struct line *l)
{
	return !l->len || *l->s == ';' || starts(l, "processed ") ||
	       starts(l, "verification time") || starts(l, "stack depth") ||
	       starts(l, "from ") || is_state(l) || starts(l, "last_idx") ||
	       starts(l, "regs=") || starts(l, "mark_precise") ||
	       starts(l, "cur state:") || starts(l, "old state:") ||
	       starts(l, "arg#") || starts(l, "Live regs") ||
	       (isdigit((unsigned char)*l->s) && memchr(l->s, ':', l->len));
}

/* "struct s___wg2.f": what the compiler put behind a name to tell it apart. */
static void drop_marks(char *s)
{
	char *at, *end;

	for (at = s; (at = strstr(at, "_wg")); at++) {
		end = at + 3;
		while (isdigit((unsigned char)*end))
			end++;
		if (end == at + 3 ||
		    (*end && *end != '.' && *end != ' ' && *end != ':'))
			continue;
		while (at > s && at[-1] == '_')
			at--;
		memmove(at, end, strlen(end) + 1);
		return;
	}
}

static void read_line(struct verifier_log *r, const struct line *l)
{
	char *end;
	long n;

	if (starts(l, "failed to resolve CO-RE relocation")) {
		const char *kind = memchr(l->s, ']', l->len);

		if (kind && kind + 2 < l->s + l->len)
			keep(r->core, sizeof(r->core), kind + 2,
			     (size_t)(l->s + l->len - kind - 2));
		if (strstr(r->core, " ("))
			*strstr(r->core, " (") = '\0';
		drop_marks(r->core);
		return;
	}
	if (l->len && isdigit((unsigned char)*l->s)) {
		n = strtol(l->s, &end, 10);
		if (strncmp(end, ": (", 3) == 0)
			r->insn = n;
	}
	if (!is_noise(l))
		keep(r->reason, sizeof(r->reason), l->s, l->len);
}

void verifier_log_read(struct verifier_log *r, const char *log)
{
	const char *begin = strstr(log, "-- BEGIN PROG LOAD LOG --\n"), *at;
	struct line l;

	*r = (struct verifier_log){ .insn = -1 };
	find_program(r, log);
	if (!begin)
		return;
	r->log = at = begin + strlen("-- BEGIN PROG LOAD LOG --\n");
	r->end = strstr(at, "-- END PROG LOAD LOG --");
	if (!r->end)
		r->end = at + strlen(at);
	while (next_line(&at, r->end, &l))
		read_line(r, &l);
}

/* ---- in words ---- */

const char *verifier_reason(const char *said)
{
	static const struct {
		const char *part, *words;
	} rows[] = {
#define REASON(part, words) { part, words },
#include "verifier.def"
#undef REASON
	};
	size_t i;

	for (i = 0; i < countof(rows); i++)
		if (strstr(said, rows[i].part))
			return rows[i].words;
	return NULL;
}
