/* event.h - records: what the kernel writes and user space reads. */
#ifndef EVENT_H
#define EVENT_H

#include "emit.h"

/*
 * A record being laid out and filled.  Arguments that must not be evaluated
 *while the record is reserved (emit_is_pure) are evaluated by event_arg(), the
 *others in place by event_send().
 *
 *	ev = event_begin(e, n, ACTION_EXIT);
 *	event_arg(&ev, status, &type_int32);
 *	event_send(&ev);
 */
struct event_arg {
	struct node *n;		 /* NULL: v */
	struct val v;		 /* evaluated early, or a constant */
	const struct type *type; /* as it is stored */
	uint32_t offset;
};

struct event {
	struct emitter *e;
	uint32_t index; /* into plan.events */
	uint32_t size;	/* bytes so far, header included */
	bool control;	/* must not be lost to a full ring */
	VEC(struct event_arg) args;
};

struct event event_begin(struct emitter *e, struct span at, enum action action);
/* The row; valid until the next event_begin(). */
struct plan_event *event_row(struct event *ev);
/* Store n as a value of `type`; n->type made fit to store when type is NULL. */
void event_arg(struct event *ev, struct node *n, const struct type *type);
void event_val(struct event *ev, struct val v);
/* Room that the caller fills itself between event_reserve() and event_close();
 * returns its offset. */
uint32_t event_room(struct event *ev, const struct type *type);
struct record event_reserve(struct event *ev);
void event_close(struct event *ev, struct record *r);
void event_send(struct event *ev);

#endif
