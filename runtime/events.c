#include "events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/pcap.h"

enum {
	BATCH = 16384, /* records between two looks at signals */
	SECOND = 1000000000,
};

/* A run-time warning is shown once a second at most. */
struct throttle {
	uint64_t shown_at; /* ns; 0: never */
	uint64_t held;	   /* since then */
};

typedef void act_fn(struct events *e, const struct plan_event *ev,
		    const uint8_t *rec);
#define ACTION(id, name) static act_fn act_##name;
#include "compiler/action.def"
#undef ACTION

static act_fn *const actions[NACTIONS] = {
#define ACTION(id, name) [ACTION_##id] = act_##name,
#include "compiler/action.def"
#undef ACTION
};

int events_open(struct events *e, const struct load *l, struct output *out)
{
	int err = 0;

	*e = (struct events){ .plan = l->plan, .load = l, .out = out };
	e->rep = l->rep;
	e->throttles = calloc(l->plan->events.n + 1, sizeof(*e->throttles));
	if (!e->throttles)
		return -ENOMEM;
	if (l->events >= 0)
		err = ring_open(&e->events, l->events);
	if (!err && l->control >= 0)
		err = ring_open(&e->control, l->control);
	if (err)
		report(e->rep, REPORT_ERROR, NULL, NULL,
		       "cannot map the ring buffers: %s", strerror(-err));
	return err;
}

void events_close(struct events *e)
{
	ring_close(&e->events);
	ring_close(&e->control);
	pcap_close(e->pcaps, e->rep);
	free(e->throttles);
	*e = (struct events){ 0 };
}

/* A record comes from a program that the plan describes, but is no more to be
 * trusted than any other input. */
static bool handle(void *arg, const uint8_t *rec, size_t size)
{
	struct events *e = arg;
	const struct plan_event *ev;
	struct record_header h;

	if (e->discard)
		return true;
	if (size < sizeof(h)) {
		e->damaged++;
		return true;
	}
	memcpy(&h, rec, sizeof(h));
	if (h.event >= e->plan->events.n) {
		e->damaged++;
		return true;
	}
	ev = &e->plan->events.v[h.event];
	if (size < ev->size || ev->action >= NACTIONS) {
		e->damaged++;
		return true;
	}
	actions[ev->action](e, ev, rec);
	return true;
}

/* The control ring is written when the other is full, so what is in it comes
 * after what is in that. */
size_t events_consume(struct events *e)
{
	size_t n = ring_consume(&e->events, BATCH, handle, e);

	n += ring_consume(&e->control, BATCH, handle, e);
	if (!e->lazy) {
		fflush(e->out->out);
		pcap_flush(e->pcaps);
	}
	return n;
}

void events_drain(struct events *e)
{
	while (events_consume(e))
		;
}

static void warn_held(struct events *e, const struct plan_event *ev,
		      struct throttle *t)
{
	if (!t->held)
		return;
	report(e->rep, REPORT_WARNING, REPORT_AT(ev), NULL,
	       "%s (%" PRIu64 " more)", ev->text, t->held);
	t->held = 0;
}

void events_flush_warnings(struct events *e)
{
	size_t i;

	for (i = 0; e->throttles && i < e->plan->events.n; i++)
		warn_held(e, &e->plan->events.v[i], &e->throttles[i]);
}

/* ---- actions ---- */

/* The number in fields[i]; 0 when there is none. */
static uint64_t number(const struct events *e, const struct plan_event *ev,
		       const uint8_t *rec, size_t i)
{
	return i < ev->fields.n ? render_number(e->plan, &ev->fields.v[i], rec)
				: 0;
}

/* The map of an event and its descriptor; NULL when there is none. */
static const struct plan_map *map_of(struct events *e,
				     const struct plan_event *ev, int *fd)
{
	if (ev->map >= e->plan->maps.n) {
		e->damaged++;
		return NULL;
	}
	*fd = e->load->map_fds[ev->map];
	return &e->plan->maps.v[ev->map];
}

static void act_printf(struct events *e, const struct plan_event *ev,
		       const uint8_t *rec)
{
	output_printf(e->out, ev, rec);
}

static void act_errorf(struct events *e, const struct plan_event *ev,
		       const uint8_t *rec)
{
	e->errors++;
	fflush(e->out->out); /* stderr is not to overtake it */
	output_errorf(e->out, ev, rec);
}

static void act_warnf(struct events *e, const struct plan_event *ev,
		      const uint8_t *rec)
{
	fflush(e->out->out); /* stderr is not to overtake it */
	output_errorf(e->out, ev, rec);
}

static void act_print_value(struct events *e, const struct plan_event *ev,
			    const uint8_t *rec)
{
	output_value(e->out, ev, rec);
}

static void act_print_map(struct events *e, const struct plan_event *ev,
			  const uint8_t *rec)
{
	const struct plan_map *m;
	int fd;

	m = map_of(e, ev, &fd);
	if (!m)
		return;
	e->out->event = ev;
	e->out->record = rec;
	output_map(e->out, m, fd, number(e, ev, rec, 0), number(e, ev, rec, 1));
	e->out->event = NULL;
}

static void map_failed(const struct events *e, const struct plan_map *m,
		       const char *verb, int err)
{
	if (err)
		report(e->rep, REPORT_WARNING, NULL, NULL, "cannot %s %s: %s",
		       verb, m->name, strerror(-err));
}

static void act_clear(struct events *e, const struct plan_event *ev,
		      const uint8_t *rec)
{
	const struct plan_map *m;
	int fd;

	(void)rec;
	m = map_of(e, ev, &fd);
	if (m)
		map_failed(e, m, "clear", maps_clear(m, fd));
}

static void act_zero(struct events *e, const struct plan_event *ev,
		     const uint8_t *rec)
{
	const struct plan_map *m;
	int fd;

	(void)rec;
	m = map_of(e, ev, &fd);
	if (m)
		map_failed(e, m, "zero", maps_zero(m, fd));
}

static void act_time(struct events *e, const struct plan_event *ev,
		     const uint8_t *rec)
{
	(void)rec;
	output_time(e->out, ev);
}

static void act_cat(struct events *e, const struct plan_event *ev,
		    const uint8_t *rec)
{
	const struct strbuf *path = output_format(e->out, ev, rec);

	output_cat(e->out, path->s ? path->s : "", e->plan->max_cat);
}

static void act_system(struct events *e, const struct plan_event *ev,
		       const uint8_t *rec)
{
	const struct strbuf *command = output_format(e->out, ev, rec);

	fflush(e->out->out);
	output_system(e->out, command->s ? command->s : "");
}

static void act_join(struct events *e, const struct plan_event *ev,
		     const uint8_t *rec)
{
	output_join(e->out, ev, rec);
}

static void act_skboutput(struct events *e, const struct plan_event *ev,
			  const uint8_t *rec)
{
	const struct plan_field *data = &ev->fields.v[3];
	uint32_t room = e->plan->types.v[data->type].size;
	uint64_t bytes = number(e, ev, rec, 1);
	struct pcap *file;

	if (bytes > room) {
		e->damaged++;
		return;
	}
	file = pcap_open(&e->pcaps, e->rep, ev->text);
	if (file && bytes)
		pcap_add(file,
			 number(e, ev, rec, 0) + (uint64_t)render_clock_offset(
							 e->out->render, 0),
			 rec + data->offset, (uint32_t)bytes,
			 (uint32_t)number(e, ev, rec, 2));
}

static void act_exit(struct events *e, const struct plan_event *ev,
		     const uint8_t *rec)
{
	e->status = (int)number(e, ev, rec, 0);
	e->exited = true;
	e->discard = true;
}

static void act_result(struct events *e, const struct plan_event *ev,
		       const uint8_t *rec)
{
	e->result = (int64_t)number(e, ev, rec, 0);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void act_runtime(struct events *e, const struct plan_event *ev,
			const uint8_t *rec)
{
	struct throttle *t = &e->throttles[ev - e->plan->events.v];
	uint64_t now = now_ns();

	e->errors++;
	if (t->shown_at && now - t->shown_at < SECOND) {
		t->held++;
		return;
	}
	t->shown_at = now;
	fflush(e->out->out);
	if (t->held)
		warn_held(e, ev, t);
	else
		output_runtime(e->out, ev, rec);
}
