#include "diag.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { MAX_DIAGS = 100 };

const char *diag_tag_str(enum diag_tag tag)
{
	static const char *const names[] = {
#define DIAG(tag) [DIAG_##tag] = #tag,
#include "diag.def"
#undef DIAG
	};

	return tag < DIAG_COUNT ? names[tag] : "?";
}

enum diag_tag diag_tag_find(const char *name)
{
	enum diag_tag t;

	for (t = 0; t < DIAG_COUNT; t++)
		if (strcasecmp(diag_tag_str(t), name) == 0)
			break;
	return t;
}

void diags_init(struct diags *ds, struct arena *a, const struct sources *src)
{
	*ds = (struct diags){ .arena = a, .sources = src };
	ds->tail = &ds->head;
}

static bool said_already(const struct diags *ds, const struct diag *d)
{
	const struct diag *o;
	int n = 0;

	for (o = ds->head; o; o = o->next, n++)
		if (o->tag == d->tag && o->placed && d->placed &&
		    o->at.beg == d->at.beg && o->at.end == d->at.end)
			return true;
	return n >= MAX_DIAGS;
}

static struct diag *add(struct diags *ds, struct diag *d, const char *fmt,
			va_list ap)
{
	if (d->level == LEVEL_ERROR && !ds->quiet)
		ds->nerrors++;
	if (ds->quiet || (d->level == LEVEL_WARNING && ds->no_warnings) ||
	    said_already(ds, d))
		return d;
	d->text = arena_vprintf(ds->arena, fmt, ap);
	*ds->tail = d;
	ds->tail = &d->next;
	return d;
}

static struct diag *new_diag(struct diags *ds, enum diag_level level,
			     enum diag_tag tag, const struct span *at)
{
	struct diag *d = arena_make(ds->arena, struct diag);

	d->level = level;
	d->tag = tag;
	d->placed = at != NULL;
	if (at)
		d->at = *at;
	return d;
}

struct diag *diag_error(struct diags *ds, struct span at, enum diag_tag tag,
			const char *fmt, ...)
{
	struct diag *d = new_diag(ds, LEVEL_ERROR, tag, &at);
	va_list ap;

	va_start(ap, fmt);
	add(ds, d, fmt, ap);
	va_end(ap);
	return d;
}

struct diag *diag_warn(struct diags *ds, struct span at, enum diag_tag tag,
		       const char *fmt, ...)
{
	struct diag *d = new_diag(ds, LEVEL_WARNING, tag, &at);
	va_list ap;

	va_start(ap, fmt);
	add(ds, d, fmt, ap);
	va_end(ap);
	return d;
}

struct diag *diag_plain(struct diags *ds, enum diag_tag tag, const char *fmt,
			...)
{
	struct diag *d = new_diag(ds, LEVEL_ERROR, tag, NULL);
	va_list ap;

	va_start(ap, fmt);
	add(ds, d, fmt, ap);
	va_end(ap);
	return d;
}

void diag_note(struct diags *ds, struct diag *d, struct span at,
	       const char *fmt, ...)
{
	struct diag *n = arena_make(ds->arena, struct diag), **p;
	va_list ap;

	n->at = at;
	n->placed = true;
	va_start(ap, fmt);
	n->text = arena_vprintf(ds->arena, fmt, ap);
	va_end(ap);
	for (p = &d->note; *p; p = &(*p)->next)
		;
	*p = n;
}

void diag_hint(struct diags *ds, struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	d->hint = arena_vprintf(ds->arena, fmt, ap);
	va_end(ap);
}

/* A tab is shown as four blanks and any other control character as '?', so
 * that the line beneath lines up and no terminal is steered by a script. */
static void put_char(FILE *out, char c, bool blank)
{
	if (c == '\t')
		fputs("    ", out);
	else if (blank)
		fputc(' ', out);
	else
		fputc((unsigned char)c < ' ' || c == 0x7f ? '?' : c, out);
}

static bool continues_utf8(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

enum {
	MAX_SHOWN = 500
}; /* of a line; a script may be one line of a megabyte */

static void print_excerpt(const struct place *p, FILE *out)
{
	int i, from = 0, len = p->len, end = p->end_col - 1;

	if (p->end_line != p->line)
		end = p->len;
	if (p->col - 1 > MAX_SHOWN / 2)
		from = p->col - 1 - MAX_SHOWN / 2;
	if (len > from + MAX_SHOWN)
		len = from + MAX_SHOWN;
	if (end > len)
		end = len;
	for (i = from; i < len; i++)
		put_char(out, p->text[i], false);
	fputc('\n', out);
	for (i = from; i < p->col - 1 && i < len; i++)
		if (!continues_utf8(p->text[i]))
			put_char(out, p->text[i], true);
	do {
		if (i >= len || !continues_utf8(p->text[i]))
			fputs(i < len && p->text[i] == '\t' ? "~~~~" : "~",
			      out);
	} while (++i < end);
	fputc('\n', out);
}

static const char *level_str(enum diag_level level)
{
	return level == LEVEL_ERROR ? "ERROR" : "WARNING";
}

/* tag: "" or what is to stand at the end of the line. */
static void print_at(const struct place *p, const char *text, const char *tag,
		     const char *kind, const char *colour, FILE *out)
{
	const char *off = *colour ? "\033[0m" : "";

	fprintf(out, "%s:%d:", p->src->name, p->line);
	if (p->line == p->end_line)
		fprintf(out, "%d-%d: ", p->col, p->end_col);
	else
		fprintf(out, "%d-%d:%d: ", p->col, p->end_line, p->end_col);
	fprintf(out, "%s%s: %s%s%s\n", colour, kind, off, text, tag);
	print_excerpt(p, out);
}

static void print_one(const struct diags *ds, const struct diag *d,
		      const char *tag, const char *kind, const char *colour,
		      FILE *out)
{
	const char *off = *colour ? "\033[0m" : "";
	struct place p;

	if (!d->placed) {
		fprintf(out, "%s%s: %s%s%s\n", colour, kind, off, d->text, tag);
		return;
	}
	p = source_place(ds->sources, d->at);
	print_at(&p, d->text, tag, kind, colour, out);
}

enum { MAX_CALLERS = 8 };

/* Through which macros that place came about: a note each. */
static void print_callers(const struct diags *ds, const struct diag *d,
			  const char *colour, FILE *out)
{
	struct span at = d->at, call = d->at;
	const char *macro;
	struct place p;
	char text[160];
	int n;

	for (n = 0; d->placed && n < MAX_CALLERS; n++, at = call) {
		macro = source_caller(ds->sources, &call);
		if (!macro)
			return;
		if (source_file(ds->sources, at.beg)->library) {
			p = source_real_place(ds->sources, at);
			snprintf(text, sizeof(text),
				 "in %s() of the standard library", macro);
		} else {
			p = source_place(ds->sources, call);
			snprintf(text, sizeof(text),
				 "in the macro %s(), called here", macro);
		}
		print_at(&p, text, "", "NOTE", colour, out);
	}
}

static bool is_before(const struct diags *ds, const struct diag *a,
		      const struct diag *b)
{
	return source_shown(ds->sources, a->at).beg <
	       source_shown(ds->sources, b->at).beg;
}

/* Passes report in their own order, people read in the source's.  A stable
 * merge by insertion; MAX_DIAGS bounds it. */
static void sort(struct diags *ds)
{
	struct diag *sorted = NULL, *d, *next, **p;

	for (d = ds->head; d; d = next) {
		next = d->next;
		for (p = &sorted; *p && !is_before(ds, d, *p); p = &(*p)->next)
			;
		d->next = *p;
		*p = d;
	}
	ds->head = sorted;
}

static void forget(struct diags *ds)
{
	ds->head = NULL;
	ds->tail = &ds->head;
}

void diags_print(struct diags *ds, FILE *out, bool colour)
{
	const char *red = colour ? "\033[1;31m" : "";
	const char *yellow = colour ? "\033[1;33m" : "";
	const char *cyan = colour ? "\033[1;36m" : "";
	bool tagged = isatty(fileno(out));
	const struct diag *d, *n;
	char tag[64] = "";

	sort(ds);
	for (d = ds->head; d; d = d->next) {
		if (tagged)
			snprintf(tag, sizeof(tag), " [%s]",
				 diag_tag_str(d->tag));
		print_one(ds, d, tag, level_str(d->level),
			  d->level == LEVEL_ERROR ? red : yellow, out);
		print_callers(ds, d, cyan, out);
		for (n = d->note; n; n = n->next)
			print_one(ds, n, "", "NOTE", cyan, out);
		if (d->hint)
			fprintf(out, "%sHINT: %s%s\n", cyan,
				colour ? "\033[0m" : "", d->hint);
	}
	forget(ds);
}

/* Text of a script need not be UTF-8, and JSON must be. */
json_t *diag_text_json(const char *s)
{
	json_t *j = json_string(s);
	struct strbuf b = { 0 };

	if (j)
		return j;
	for (; *s; s++) {
		if ((unsigned char)*s < 0x80)
			strbuf_add(&b, s, 1);
		else
			strbuf_printf(&b, "\\x%02x", (unsigned char)*s);
	}
	j = json_string(b.s);
	strbuf_free(&b);
	return j;
}

/* What a double cannot hold is a string. */
json_t *diag_json_object(const char *type, bool timed)
{
	json_t *o = json_object();
	struct timespec now;
	char ns[32];

	json_object_set_new(o, "type", json_string(type));
	if (timed) {
		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(ns, sizeof(ns), "%lld%09ld", (long long)now.tv_sec,
			 now.tv_nsec);
		json_object_set_new(o, "time", json_string(ns));
	}
	return o;
}

/* The end is just past the last byte, as that of the text form. */
static void put_place(const struct diags *ds, struct span at, json_t *data)
{
	struct place p = source_place(ds->sources, at);

	json_object_set_new(data, "filename", diag_text_json(p.src->name));
	json_object_set_new(data, "line", json_integer(p.line));
	json_object_set_new(data, "col", json_integer(p.col));
	json_object_set_new(data, "end_line", json_integer(p.end_line));
	json_object_set_new(data, "end_col", json_integer(p.end_col));
}

static json_t *diag_json(const struct diags *ds, const struct diag *d)
{
	json_t *data = json_object();
	const struct diag *note;

	json_object_set_new(data, "msg", diag_text_json(d->text));
	if (d->placed)
		put_place(ds, d->at, data);
	if (d->hint)
		json_object_set_new(data, "hint", diag_text_json(d->hint));
	if (d->note)
		json_object_set_new(data, "notes", json_array());
	for (note = d->note; note; note = note->next)
		json_array_append_new(json_object_get(data, "notes"),
				      diag_json(ds, note));
	return data;
}

void diags_print_json(struct diags *ds, FILE *out, bool timed)
{
	const struct diag *d;

	sort(ds);
	for (d = ds->head; d; d = d->next) {
		json_t *o = diag_json_object(
			d->level == LEVEL_ERROR ? "error" : "warning", timed);

		json_object_set_new(o, "data", diag_json(ds, d));
		json_object_set_new(json_object_get(o, "data"), "tag",
				    json_string(diag_tag_str(d->tag)));
		json_dumpf(o, out, JSON_ENSURE_ASCII);
		fputc('\n', out);
		json_decref(o);
	}
	forget(ds);
}
