/* output_json.c - one JSON object a line, in bpftrace's shapes. */
#include "output.h"

#include <string.h>

#include "agg_show.h"

/* ---- an object ---- */

static void add_str(struct strbuf *b, const char *s)
{
	json_quote(b, s, strlen(s));
}

/* type is ours and needs no quoting. */
static struct strbuf *begin(struct output *o, const char *type)
{
	struct strbuf *b = &o->line;

	strbuf_reset(b);
	strbuf_str(b, "{\"type\": \"");
	strbuf_str(b, type);
	strbuf_char(b, '"');
	if (o->kind == OUTPUT_NDJSON) {
		strbuf_str(b, ", \"time\": ");
		json_uint(b, render_now());
	}
	return b;
}

static struct strbuf *begin_data(struct output *o, const char *type)
{
	struct strbuf *b = begin(o, type);

	strbuf_str(b, ", \"data\": ");
	return b;
}

static void end(struct output *o)
{
	strbuf_str(&o->line, "}\n");
	fwrite_unlocked(o->line.s, 1, o->line.len, o->out);
}

static void add_place(struct strbuf *b, const struct plan_event *ev)
{
	strbuf_str(b, ", \"filename\": ");
	add_str(b, ev->file);
	strbuf_str(b, ", \"line\": ");
	strbuf_uint(b, ev->line);
	strbuf_str(b, ", \"col\": ");
	strbuf_uint(b, ev->col);
}

/* ---- events ---- */

static void json_attached(struct output *o, uint32_t n)
{
	struct strbuf *b = begin(o, "attached_probes");

	strbuf_str(b, ", \"count\": ");
	strbuf_uint(b, n);
	strbuf_str(b, ", \"data\": {\"probes\": ");
	strbuf_uint(b, n);
	strbuf_char(b, '}');
	end(o);
}

static void json_test(struct output *o, const char *name, const char *why)
{
	struct strbuf *b = begin_data(o, "test");

	strbuf_str(b, "{\"name\": ");
	add_str(b, name);
	strbuf_str(b, why ? ", \"passed\": false, \"msg\": "
			  : ", \"passed\": true");
	if (why)
		add_str(b, why);
	strbuf_char(b, '}');
	end(o);
}

static void json_bench(struct output *o, const char *name, double ns,
		       uint64_t runs)
{
	struct strbuf *b = begin_data(o, "bench");

	strbuf_str(b, "{\"name\": ");
	add_str(b, name);
	strbuf_printf(b, ", \"ns\": %.1f, \"runs\": ", ns);
	json_uint(b, runs);
	strbuf_char(b, '}');
	end(o);
}

/* For programs: who printed, which is in fields that have names. */
static void add_origin(struct output *o, const struct plan_event *ev,
		       const uint8_t *rec)
{
	size_t i;

	for (i = 0; i < ev->fields.n && o->kind == OUTPUT_NDJSON; i++) {
		const struct plan_field *f = &ev->fields.v[i];

		if (!f->name[0])
			continue;
		strbuf_str(&o->line, ", ");
		add_str(&o->line, f->name);
		strbuf_str(&o->line, ": ");
		render_json_field(o->render, f, rec, &o->line);
	}
}

/* And the arguments, typed. */
static void add_fields(struct output *o, const struct plan_event *ev,
		       const uint8_t *rec)
{
	bool first = true;
	size_t i;

	if (o->kind != OUTPUT_NDJSON)
		return;
	add_origin(o, ev, rec);
	strbuf_str(&o->line, ", \"fields\": [");
	for (i = 0; i < ev->fields.n; i++) {
		if (ev->fields.v[i].name[0])
			continue;
		if (!first)
			strbuf_char(&o->line, ',');
		render_json_field(o->render, &ev->fields.v[i], rec, &o->line);
		first = false;
	}
	strbuf_char(&o->line, ']');
}

static void json_printf(struct output *o, const struct plan_event *ev,
			const uint8_t *rec)
{
	const struct strbuf *text = output_format(o, ev, rec);
	struct strbuf *b = begin_data(o, "printf");

	json_quote(b, text->s, text->len);
	add_fields(o, ev, rec);
	end(o);
}

static void json_errorf(struct output *o, const struct plan_event *ev,
			const struct strbuf *text)
{
	struct strbuf *b =
		begin(o, ev->action == ACTION_ERRORF ? "errorf" : "warnf");

	strbuf_str(b, ", \"msg\": ");
	json_quote(b, text->s, text->len);
	add_place(b, ev);
	end(o);
}

static void json_runtime(struct output *o, const struct plan_event *ev,
			 const int64_t *retcode)
{
	struct strbuf *b = begin(o, retcode ? "helper_error" : "runtime_error");

	strbuf_str(b, ", \"msg\": ");
	add_str(b, ev->text);
	if (retcode) {
		strbuf_str(b, ", \"helper\": ");
		add_str(b, ev->text2);
		strbuf_str(b, ", \"retcode\": ");
		json_int(b, *retcode);
	}
	add_place(b, ev);
	end(o);
}

static void json_value(struct output *o, const struct plan_event *ev,
		       const uint8_t *rec)
{
	struct strbuf *b = begin_data(o, "value");

	render_json_field(o->render, &ev->fields.v[0], rec, b);
	add_fields(o, ev, rec);
	end(o);
}

static void json_message(struct output *o, enum message m, const char *s,
			 size_t len)
{
	static const char *const types[] = {
		[MESSAGE_TIME] = "time",
		[MESSAGE_CAT] = "cat",
		[MESSAGE_JOIN] = "join",
		[MESSAGE_SYSCALL] = "syscall",
	};

	json_quote(begin_data(o, types[m]), s, len);
	end(o);
}

/* ---- maps ---- */

static const char *map_type(const struct plan_type *t)
{
	if (agg_is_hist(t))
		return "hist";
	if (t->show == SHOW_TSERIES)
		return "tseries";
	return t->show == SHOW_AVG || t->show == SHOW_STATS ? "stats" : "map";
}

static void add_value(struct output *o, const struct plan_map *m,
		      const struct map_row *row, uint64_t div)
{
	const struct plan_type *t = &o->render->plan->types.v[m->value];

	if (agg_is_hist(t))
		hist_json(t, row->value, div, &o->line);
	else
		render_json(o->render, m->value, row->value, &o->line);
}

static void add_by_key(struct output *o, const struct plan_map *m,
		       const struct map_rows *rows, uint64_t div)
{
	size_t i;

	strbuf_char(&o->line, '{');
	for (i = 0; i < rows->n; i++) {
		if (i)
			strbuf_str(&o->line, ", ");
		render_json_key(o->render, m->key, rows->v[i].key, &o->line);
		strbuf_str(&o->line, ": ");
		add_value(o, m, &rows->v[i], div);
	}
	strbuf_char(&o->line, '}');
}

static void add_key_parts(struct output *o, const struct plan_map *m,
			  const uint8_t *key)
{
	const struct plan_type *t = &o->render->plan->types.v[m->key];

	if (t->show == SHOW_TUPLE) {
		render_json(o->render, m->key, key, &o->line);
		return;
	}
	strbuf_char(&o->line, '[');
	render_json(o->render, m->key, key, &o->line);
	strbuf_char(&o->line, ']');
}

static void add_as_list(struct output *o, const struct plan_map *m,
			const struct map_rows *rows, uint64_t div)
{
	size_t i;

	strbuf_char(&o->line, '[');
	for (i = 0; i < rows->n; i++) {
		strbuf_str(&o->line, i ? ", {\"key\": " : "{\"key\": ");
		add_key_parts(o, m, rows->v[i].key);
		strbuf_str(&o->line, ", \"value\": ");
		add_value(o, m, &rows->v[i], div);
		strbuf_char(&o->line, '}');
	}
	strbuf_char(&o->line, ']');
}

static void json_map(struct output *o, const struct plan_map *m,
		     const struct map_rows *rows, uint64_t div)
{
	const struct plan_type *t = &o->render->plan->types.v[m->value];
	struct strbuf *b = begin_data(o, map_type(t));

	strbuf_char(b, '{');
	add_str(b, m->name);
	strbuf_str(b, ": ");
	if (m->scalar)
		add_value(o, m, &rows->v[0], div);
	else if (o->kind == OUTPUT_NDJSON)
		add_as_list(o, m, rows, div);
	else
		add_by_key(o, m, rows, div);
	strbuf_char(b, '}');
	if (o->event)
		add_origin(o, o->event, o->record);
	end(o);
}

static void json_lost(struct output *o, const struct loss *l, const char *text)
{
	struct strbuf *b = begin_data(o, l->type);

	(void)text;
	strbuf_char(b, '{');
	if (l->subject) {
		add_str(b, l->subject);
		strbuf_str(b, ": ");
		add_str(b, l->name);
		strbuf_str(b, ", ");
	}
	add_str(b, l->unit);
	strbuf_str(b, ": ");
	json_uint(b, l->n);
	if (l->cause) {
		strbuf_str(b, ", \"cause\": ");
		add_str(b, l->cause);
	}
	strbuf_char(b, '}');
	end(o);
}

const struct output_ops output_json_ops = {
	.attached = json_attached,
	.test = json_test,
	.bench = json_bench,
	.printf = json_printf,
	.errorf = json_errorf,
	.runtime = json_runtime,
	.value = json_value,
	.message = json_message,
	.map = json_map,
	.lost = json_lost,
	.print_empty = true,
	.exit = "",
};
