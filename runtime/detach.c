/* detach.c - probes are taken off; what they missed is asked before. */
#include <bpf/btf.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/attach.h"
#include "runtime/kprobe_event.h"

void attach_note_missed(struct probes *ps)
{
	size_t i, j;

	for (i = 0; i < ps->list.n; i++)
		for (j = 0; j < ps->list.v[i].nlinks; j++)
			ps->list.v[i].missed +=
				kprobe_missed(ps->list.v[i].links[j]);
	kprobe_event_note_missed(ps);
}

enum { DETACHERS = 16 };

/* Links, or the descriptors of events. */
struct detaching {
	struct bpf_link **v;
	const int *fds;
	size_t n, next;
};

static void *detach_some(void *arg)
{
	struct detaching *d = arg;
	size_t i;

	while ((i = __atomic_fetch_add(&d->next, 1, __ATOMIC_RELAXED)) < d->n)
		if (d->v)
			bpf_link__destroy(d->v[i]);
		else
			close(d->fds[i]);
	return NULL;
}

/* The kernel waits for grace periods with some; waiting for many at once takes
 * no longer than for one. */
static void detach_many(struct detaching *d)
{
	pthread_t threads[DETACHERS];
	size_t n = 0;

	while (n < DETACHERS && n + 1 < d->n &&
	       pthread_create(&threads[n], NULL, detach_some, d) == 0)
		n++;
	detach_some(d);
	while (n)
		pthread_join(threads[--n], NULL);
}

void release_events(struct probes *ps)
{
	struct detaching d = { .fds = ps->kept, .n = ps->nkept };

	detach_many(&d);
	free(ps->kept);
	ps->kept = NULL;
	ps->nkept = 0;
	kprobe_event_remove_all(ps);
}

void detach_all(struct probes *ps)
{
	struct detaching d = { 0 };
	size_t i, j, n = 0;

	for (i = 0; i < ps->list.n; i++)
		n += ps->list.v[i].nlinks;
	d.v = n ? malloc(n * sizeof(*d.v)) : NULL;
	for (i = 0; i < ps->list.n; i++) {
		struct probe *p = &ps->list.v[i];

		for (j = 0; j < p->nlinks; j++) {
			if (d.v)
				d.v[d.n++] = p->links[j];
			else
				bpf_link__destroy(p->links[j]);
		}
		free(p->links);
		p->links = NULL;
		p->nlinks = 0;
	}
	multi_detach(ps);
	for (i = 0; i < ps->programs.n; i++) {
		if (ps->programs.v[i].target_fd > 0)
			close(ps->programs.v[i].target_fd);
		ps->programs.v[i].target_fd = 0;
	}
	detach_many(&d);
	free(d.v);
	bpf_link__destroy(ps->span_end_link);
	ps->span_end_link = NULL;
	btf__free(ps->kernel_types);
	ps->kernel_types = NULL;
	/* Nothing calls the programs any more; those that run end. */
	if (ps->nkept &&
	    syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		release_events(ps);
}
