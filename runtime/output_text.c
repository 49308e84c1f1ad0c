/* output_text.c - what bpftrace prints. */
#include "output.h"

#include <inttypes.h>
#include <string.h>

#include "agg_show.h"

static void put(struct output *o, const char *s, size_t len)
{
	if (len)
		fwrite_unlocked(s, 1, len, o->out);
}

static void put_line(struct output *o)
{
	put(o, o->line.s, o->line.len);
}

static void text_attached(struct output *o, uint32_t n)
{
	fprintf(o->reporter->err, "Attached %" PRIu32 " probe%s\n", n,
		n == 1 ? "" : "s");
}

static void text_test(struct output *o, const char *name, const char *why)
{
	fprintf(o->out, why ? "FAILED %s: %s\n" : "ok %s\n", name, why);
}

static void text_bench(struct output *o, const char *name, double ns,
		       uint64_t runs)
{
	fprintf(o->out, "%s: %.1f ns a run, %" PRIu64 " runs\n", name, ns,
		runs);
}

static void text_printf(struct output *o, const struct plan_event *ev,
			const uint8_t *rec)
{
	strbuf_reset(&o->line);
	printf_render(o->render, ev, rec, &o->line);
	put_line(o);
}

/* The line is not shown: the user's own words say what is the matter.  They
 * are no warnings of ours, so --no-warnings does not silence them. */
static void text_errorf(struct output *o, const struct plan_event *ev,
			const struct strbuf *text)
{
	struct reporter r = *o->reporter;
	struct report_place at = { .file = ev->file,
				   .line = ev->line,
				   .col = ev->col,
				   .end_col = ev->end_col,
				   .source = "" };

	r.no_warnings = false;
	report(&r, ev->action == ACTION_ERRORF ? REPORT_ERROR : REPORT_WARNING,
	       &at, NULL, "%s", text->s);
}

static void text_runtime(struct output *o, const struct plan_event *ev,
			 const int64_t *retcode)
{
	const char *name = NULL;

	if (!retcode) {
		report(o->reporter, REPORT_WARNING, REPORT_AT(ev), NULL, "%s",
		       ev->text);
		return;
	}
	if (*retcode < 0 && *retcode > -4096)
		name = strerrorname_np((int)-*retcode);
	report(o->reporter, REPORT_WARNING, REPORT_AT(ev), NULL,
	       "%s\nAdditional Info - helper: %s, retcode: %" PRId64 "%s%s%s",
	       ev->text, ev->text2, *retcode, name ? " (" : "",
	       name ? name : "", name ? ")" : "");
}

static void text_value(struct output *o, const struct plan_event *ev,
		       const uint8_t *rec)
{
	strbuf_reset(&o->line);
	render_field(o->render, &ev->fields.v[0], rec, &o->line);
	strbuf_char(&o->line, '\n');
	put_line(o);
}

static void text_message(struct output *o, enum message m, const char *s,
			 size_t len)
{
	put(o, s, len);
	if (m == MESSAGE_JOIN || m == MESSAGE_SYSCALL)
		put(o, "\n", 1);
}

static void text_row(struct output *o, const struct plan_map *m,
		     const struct map_row *row, uint64_t div)
{
	const struct plan_type *t = &o->render->plan->types.v[m->value];
	struct strbuf *b = &o->line;

	strbuf_reset(b);
	strbuf_str(b, m->name);
	if (!m->scalar) {
		strbuf_char(b, '[');
		render_key(o->render, m->key, row->key, b);
		strbuf_char(b, ']');
	}
	if (agg_is_hist(t)) {
		strbuf_str(b, ":\n");
		hist_text(t, row->value, div, b);
	} else if (t->show == SHOW_TSERIES) {
		strbuf_str(b, ":\n");
		render_value(o->render, m->value, row->value, b);
	} else {
		strbuf_str(b, ": ");
		render_value(o->render, m->value, row->value, b);
	}
	strbuf_char(b, '\n');
	put_line(o);
}

static void text_map(struct output *o, const struct plan_map *m,
		     const struct map_rows *rows, uint64_t div)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		text_row(o, m, &rows->v[i], div);
}

static void text_lost(struct output *o, const struct loss *l, const char *text)
{
	(void)l;
	fprintf(o->reporter->err, "%s\n", text);
}

const struct output_ops output_text_ops = {
	.attached = text_attached,
	.test = text_test,
	.bench = text_bench,
	.printf = text_printf,
	.errorf = text_errorf,
	.runtime = text_runtime,
	.value = text_value,
	.message = text_message,
	.map = text_map,
	.lost = text_lost,
	.exit = "\n\n",
};
