/* events.h - records that programs send: from the rings to what is done. */
#ifndef EVENTS_H
#define EVENTS_H

#include "compiler/plan.h"
#include "runtime/load.h"
#include "runtime/output.h"
#include "runtime/ring.h"

struct throttle; /* of one event: see events.c */

struct events {
	const struct plan *plan;
	const struct load *load;
	struct output *out;
	const struct reporter *rep;
	struct ring events, control;
	struct throttle *throttles; /* own: one for each of plan->events */
	struct pcap *pcaps;	    /* own: files of packets */
	bool lazy;		    /* -B full: flush when full only */
	bool discard;		    /* exit() was seen: drop what follows */
	bool exited;		    /* exit() was called, and with status: */
	int status;
	uint64_t errors;  /* errorf() and run-time warnings so far */
	int64_t result;	  /* of the test that is run */
	uint64_t damaged; /* records that are not what the plan says */
};

/* 0, or -errno after reporting. */
int events_open(struct events *e, const struct load *l, struct output *out);
void events_close(struct events *e); /* zeroed is fine */

/* Handle what is ready, up to some ten thousand records, so that signals are
 * seen in time.  Returns how many; flushes the output. */
size_t events_consume(struct events *e);

/* Handle all that is ready; nothing must be attached any more. */
void events_drain(struct events *e);

/* Say how many warnings were held back.  At the end. */
void events_flush_warnings(struct events *e);

#endif
