#include "report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/diag.h"

enum { MAX_SHOWN = 500 }; /* of a line, in bytes */

void reporter_init(struct reporter *r, FILE *err)
{
	const char *no_color = getenv("NO_COLOR");

	*r = (struct reporter){ .err = err };
	r->colour = isatty(fileno(err)) && !(no_color && *no_color);
}

/* As diag.c does: tabs are four blanks, and no terminal is steered. */
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

static void put_excerpt(FILE *out, const struct report_place *p)
{
	size_t len = strlen(p->source), i, from = 0;
	size_t beg = p->col ? p->col - 1 : 0;
	size_t end = p->end_col > p->col ? p->end_col - 1 : beg + 1;

	if (beg > MAX_SHOWN / 2)
		from = beg - MAX_SHOWN / 2;
	if (len > from + MAX_SHOWN)
		len = from + MAX_SHOWN;
	if (end > len)
		end = len;
	for (i = from; i < len; i++)
		put_char(out, p->source[i], false);
	fputc('\n', out);
	for (i = from; i < beg && i < len; i++)
		if (!continues_utf8(p->source[i]))
			put_char(out, p->source[i], true);
	do {
		if (i >= len || !continues_utf8(p->source[i]))
			fputs(i < len && p->source[i] == '\t' ? "~~~~" : "~",
			      out);
	} while (++i < end);
	fputc('\n', out);
}

static void report_json(const struct reporter *r, enum report_level level,
			const struct report_place *at, const char *hint,
			const char *text)
{
	json_t *data = json_object(), *o;

	json_object_set_new(data, "msg", diag_text_json(text));
	if (at && at->file && *at->file) {
		json_object_set_new(data, "filename", diag_text_json(at->file));
		json_object_set_new(data, "line", json_integer(at->line));
		json_object_set_new(data, "col", json_integer(at->col));
		if (at->end_col > at->col) {
			json_object_set_new(data, "end_line",
					    json_integer(at->line));
			json_object_set_new(data, "end_col",
					    json_integer(at->end_col));
		}
	}
	if (hint)
		json_object_set_new(data, "hint", diag_text_json(hint));
	o = diag_json_object(level == REPORT_ERROR ? "error" : "warning",
			     r->timed);
	json_object_set_new(o, "data", data);
	json_dumpf(o, r->json, JSON_ENSURE_ASCII);
	fputc('\n', r->json);
	fflush(r->json);
	json_decref(o);
}

static void report_text(const struct reporter *r, enum report_level level,
			const struct report_place *at, const char *hint,
			const char *text)
{
	const char *off = r->colour ? "\033[0m" : "";
	const char *on = "", *cyan = r->colour ? "\033[1;36m" : "";
	bool placed = at && at->file && *at->file && at->line;

	if (r->colour)
		on = level == REPORT_ERROR ? "\033[1;31m" : "\033[1;33m";
	if (placed && at->col)
		fprintf(r->err, "%s:%u:%u-%u: ", at->file, at->line, at->col,
			at->end_col > at->col ? at->end_col : at->col + 1);
	else if (placed)
		fprintf(r->err, "%s:%u: ", at->file, at->line);
	fprintf(r->err, "%s%s: %s%s\n", on,
		level == REPORT_ERROR ? "ERROR" : "WARNING", off, text);
	if (placed && at->source && *at->source)
		put_excerpt(r->err, at);
	if (hint && *hint)
		fprintf(r->err, "%sHINT: %s%s\n", cyan, off, hint);
	fflush(r->err);
}

void report(const struct reporter *r, enum report_level level,
	    const struct report_place *at, const char *hint, const char *fmt,
	    ...)
{
	struct strbuf b = { 0 };
	va_list ap;

	if (level == REPORT_WARNING && r->no_warnings)
		return;
	va_start(ap, fmt);
	strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (r->json)
		report_json(r, level, at, hint, b.s ? b.s : "");
	else
		report_text(r, level, at, hint, b.s ? b.s : "");
	strbuf_free(&b);
}
