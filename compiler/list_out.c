/* list_out.c - the lines of waggle -l, as text and as JSON. */
#include "list_own.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_json(FILE *out, const char *type, bool timed, json_t *data)
{
	json_t *o = diag_json_object(type, timed);

	json_object_set_new(o, "data", data);
	json_dumpf(o, out, JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(o);
}

/* ---- what is listed ---- */

/* A probe is written once its arguments are known. */
void list_end(struct lister *l)
{
	if (l->open)
		put_json(l->out, "probe", l->timed, l->open);
	l->open = NULL;
}

void list_probe(struct lister *l, const char *fmt, ...)
{
	va_list ap;
	char *name;

	va_start(ap, fmt);
	l->n++;
	if (!l->json) {
		vfprintf(l->out, fmt, ap);
		fputc('\n', l->out);
		va_end(ap);
		return;
	}
	name = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	list_end(l);
	l->open = json_pack("{s:o}", "probe", diag_text_json(name));
	if (l->verbose)
		json_object_set_new(l->open, "args", json_array());
}

/* "struct file * file", "char comm[16]": the last word is the name, bounds
 * behind it are of its type. */
static json_t *arg_json(struct lister *l, const char *decl)
{
	const char *end = decl + strlen(decl), *name, *bounds;
	char *type;

	if (end > decl && end[-1] == ']')
		end = strrchr(decl, '[');
	bounds = end;
	while (end > decl && end[-1] == ' ')
		end--;
	for (name = end; name > decl && !strchr(" *", name[-1]);)
		name--;
	type = arena_strndup(l->a, decl, (size_t)(name - decl));
	while (*type && type[strlen(type) - 1] == ' ')
		type[strlen(type) - 1] = '\0';
	type = arena_printf(l->a, "%s%s", type, bounds);
	return json_pack("{s:o, s:o}", "type", diag_text_json(type), "name",
			 diag_text_json(arena_strndup(l->a, name,
						      (size_t)(end - name))));
}

void list_arg(struct lister *l, const char *fmt, ...)
{
	va_list ap;
	char *decl;

	va_start(ap, fmt);
	decl = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	if (!l->json)
		fprintf(l->out, "    %s\n", decl);
	else if (l->open)
		json_array_append_new(json_object_get(l->open, "args"),
				      arg_json(l, decl));
}

void list_type(struct lister *l, const char *word, const char *name,
	       const char *text)
{
	json_t *data;

	l->n++;
	if (!l->json) {
		if (text)
			fprintf(l->out, "%s\n\n", text);
		else
			fprintf(l->out, "%s %s\n", word, name);
		return;
	}
	data = json_pack(
		"{s:o}", "name",
		diag_text_json(arena_printf(l->a, "%s %s", word, name)));
	if (text)
		json_object_set_new(data, "text", diag_text_json(text));
	put_json(l->out, "type", l->timed, data);
}

void list_builtin(struct lister *l, const char *name, const char *sig,
		  const char *help)
{
	l->n++;
	if (l->json)
		put_json(l->out, "builtin", l->timed,
			 json_pack("{s:s, s:s, s:s}", "name", name, "signature",
				   sig, "help", help));
	else
		fprintf(l->out, "builtin:%-20s %-48s %s\n", name, sig, help);
}

void list_name(const struct list_options *o)
{
	if (o->json)
		put_json(o->out, "probe", o->timed,
			 json_pack("{s:o}", "probe",
				   diag_text_json(o->pattern)));
	else
		fprintf(o->out, "%s\n", o->pattern);
}

/* ---- what is said beside it ---- */

static void say_json(struct lister *l, const char *type, const char *msg,
		     const char *hint)
{
	json_t *data = json_pack("{s:o}", "msg", diag_text_json(msg));

	list_end(l);
	if (hint)
		json_object_set_new(data, "hint", diag_text_json(hint));
	put_json(l->out, type, l->timed, data);
}

static bool in_colour(const struct lister *l)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(l->err)) && !(no_color && *no_color);
}

void list_error(struct lister *l, const char *hint, const char *fmt, ...)
{
	bool colour = in_colour(l);
	const char *off = colour ? "\033[0m" : "";
	const char *msg;
	va_list ap;

	va_start(ap, fmt);
	msg = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	l->failed = true;
	if (l->json) {
		say_json(l, "error", msg, hint);
		return;
	}
	fprintf(l->err, "%sERROR: %s%s\n", colour ? "\033[1;31m" : "", off,
		msg);
	if (hint)
		fprintf(l->err, "%sHINT: %s%s\n", colour ? "\033[1;36m" : "",
			off, hint);
}

void list_warning(struct lister *l, const char *fmt, ...)
{
	const char *msg;
	va_list ap;

	va_start(ap, fmt);
	msg = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	if (l->json)
		say_json(l, "warning", msg, NULL);
	else
		fprintf(l->err, "WARNING: %s\n", msg);
}
