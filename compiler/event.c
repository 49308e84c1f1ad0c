#include "event.h"

#include <string.h>

#include "emit_own.h"

/* The kernel's ring takes far more, but a record is built at one go. */
enum { MAX_RECORD = 65536 };

/* Bytes of a line of the script that are kept with each event of it: a script
 * may be one line of a megabyte, with events by the thousand. */
enum { MAX_LINE = 4096 };

static void set_place(struct emitter *e, struct plan_event *row, struct span at)
{
	struct place p = source_place(e->u->prog->sources, at);

	row->file = p.src->name;
	row->line = (uint32_t)p.line;
	row->col = (uint32_t)p.col;
	row->end_col = (uint32_t)(p.line == p.end_line ? p.end_col : p.len + 1);
	if (p.len <= MAX_LINE)
		row->source = arena_strndup(e->a, p.text, (size_t)p.len);
}

/* Nobody is there to read records when a pinned iterator runs; what goes
 * wrong in it stays unsaid. */
static void refuse_pinned(struct emitter *e, struct span at, enum action action)
{
	if (!iter_is_pinned(e->body) || action == ACTION_RUNTIME)
		return;
	diag_hint(e->u->diags,
		  diag_error(e->u->diags, at, DIAG_NOT_HERE,
			     "a pinned iterator is read by others: all it can "
			     "do is printf() and use maps"),
		  "leave out ':%s' to have it run here",
		  e->body->targets->module);
}

struct event event_begin(struct emitter *e, struct span at, enum action action)
{
	struct event ev = { .e = e, .size = sizeof(struct record_header) };
	struct plan_event *row = vec_push(e->a, &e->plan->events);

	refuse_pinned(e, at, action);
	ev.index = (uint32_t)e->plan->events.n - 1;
	row->action = action;
	row->text = row->text2 = row->file = row->source = "";
	set_place(e, row, at);
	return ev;
}

struct plan_event *event_row(struct event *ev)
{
	return &ev->e->plan->events.v[ev->index];
}

/* Aggregations are stored as the integer they read as, or merged; what the null
 * pointer and such literals are is one word. */
static const struct type *stored_type(const struct type *t)
{
	if (t->kind == T_AGG && type_agg_is_int(t))
		return t->is_signed ? &type_int64 : &type_uint64;
	return t;
}

uint32_t event_room(struct event *ev, const struct type *type)
{
	struct emitter *e = ev->e;
	uint32_t align = type->align ? type->align : 1;
	uint32_t offset = (ev->size + align - 1) / align * align;
	struct plan_field *f = vec_push(e->a, &event_row(ev)->fields);

	f->name = "";
	f->offset = offset;
	f->type = type_plan(&e->u->types, e->plan, e->a, type);
	ev->size = offset + type->size;
	return offset;
}

static struct val evaluate_early(struct emitter *e, struct node *n,
				 const struct type *type)
{
	LLVMValueRef p;

	if (type_is_scalar(type))
		return val_reg(emit_fit(e, emit_scalar(e, n), type), type);
	p = emit_temp(e, type->size, "arg");
	emit_to(e, n, p, type);
	return val_at(AT_BPF, p, type);
}

void event_arg(struct event *ev, struct node *n, const struct type *type)
{
	struct event_arg *arg = vec_push(ev->e->a, &ev->args);

	arg->type = type ? type : stored_type(n->type);
	arg->offset = event_room(ev, arg->type);
	if (emit_is_pure(n))
		arg->n = n;
	else
		arg->v = evaluate_early(ev->e, n, arg->type);
}

void event_val(struct event *ev, struct val v)
{
	struct event_arg *arg = vec_push(ev->e->a, &ev->args);

	arg->type = v.type;
	arg->v = v;
	arg->offset = event_room(ev, v.type);
}

struct record event_reserve(struct event *ev)
{
	struct emitter *e = ev->e;
	struct plan_event *row = event_row(ev);
	uint32_t size = (ev->size + 7) / 8 * 8;

	if (size > MAX_RECORD) {
		diag_plain(e->u->diags, DIAG_TOO_BIG,
			   "%s:%u:%u: what is printed takes %u bytes, and a "
			   "record holds %u: print fewer or shorter values",
			   row->file, row->line, row->col, size, MAX_RECORD);
		size = MAX_RECORD;
	}
	row->size = size;
	return emit_reserve(e, ev->index, size, ev->control);
}

void event_close(struct event *ev, struct record *r)
{
	emit_submit(ev->e, r);
}

static void fill_gaps(struct event *ev, struct record *r)
{
	uint32_t end = sizeof(struct record_header);
	size_t i;

	for (i = 0; i < ev->args.n; i++) {
		const struct event_arg *arg = &ev->args.v[i];

		if (arg->offset > end)
			emit_wipe(ev->e, emit_offset(ev->e, r->mem, end),
				  arg->offset - end);
		end = arg->offset + arg->type->size;
	}
	if (event_row(ev)->size > end)
		emit_wipe(ev->e, emit_offset(ev->e, r->mem, end),
			  event_row(ev)->size - end);
}

void event_send(struct event *ev)
{
	struct record r = event_reserve(ev);
	struct emitter *e = ev->e;
	size_t i;

	fill_gaps(ev, &r);
	for (i = 0; i < ev->args.n; i++) {
		const struct event_arg *arg = &ev->args.v[i];
		LLVMValueRef dst = emit_offset(e, r.mem, arg->offset);

		if (arg->n)
			emit_to(e, arg->n, dst, arg->type);
		else
			emit_store(e, arg->v, dst);
	}
	event_close(ev, &r);
}
