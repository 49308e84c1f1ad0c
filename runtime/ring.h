/* ring.h - reading a BPF ring buffer. */
#ifndef RING_H
#define RING_H

#include "compiler/base.h"

struct ring {
	unsigned long *consumer;       /* page we write */
	const unsigned long *producer; /* page the kernel writes */
	const uint8_t *data;	       /* mapped twice, one after the other */
	size_t size;		       /* bytes of data, a power of two */
	size_t page;
};

/* Maps the ring buffer behind fd.  0 or -errno. */
int ring_open(struct ring *r, int fd);
void ring_close(struct ring *r); /* zeroed is fine */

/*
 * Calls fn for up to max records that are ready, in order; fn returns false to
 * stop after this one.  A record lasts for the call.  Returns how many were
 * consumed.
 */
typedef bool ring_fn(void *arg, const uint8_t *rec, size_t size);
size_t ring_consume(struct ring *r, size_t max, ring_fn *fn, void *arg);

/* Bytes that were written and not consumed. */
size_t ring_used(const struct ring *r);

#endif
