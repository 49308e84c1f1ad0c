/*
 * kprobe_event.h - kretprobes by way of tracefs.
 *
 * The kernel keeps track of only so many calls of a function at a time, and
 * drops the returns of others.  Since Linux 6.7 the link of a kretprobe tells
 * how many.  Before, only tracefs does, of events that were made there, and for
 * those it can be said that more calls are to be kept track of.
 */
#ifndef KPROBE_EVENT_H
#define KPROBE_EVENT_H

#include "runtime/attach.h"

/* Is this a kernel whose kretprobes are better made so? */
bool kprobe_event_wanted(void);
/* Make an event for the return of p's function, which p then owns; its number,
 * for perf_event_open(), or -errno, when nothing is left of it. */
int kprobe_event_make(struct probes *ps, struct probe *p);
/* Add what the events of ps missed to their probes. */
void kprobe_event_note_missed(struct probes *ps);
/* Unmake those of ps; nothing uses them any more. */
void kprobe_event_remove_all(struct probes *ps);

#endif
