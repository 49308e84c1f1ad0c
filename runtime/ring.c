#include "ring.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

/* How much may be consumed before the kernel is told: each time costs the
 * producers a cache line, and a late one costs them room. */
enum { TELL_AFTER = 64 * 1024 };

int ring_open(struct ring *r, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	void *p;

	*r = (struct ring){ .page = (size_t)sysconf(_SC_PAGESIZE) };
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	r->size = info.max_entries;
	p = mmap(NULL, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r->consumer = p;
	p = mmap(NULL, r->page + 2 * r->size, PROT_READ, MAP_SHARED, fd,
		 (off_t)r->page);
	if (p == MAP_FAILED) {
		int err = -errno;

		ring_close(r);
		return err;
	}
	r->producer = p;
	r->data = (const uint8_t *)p + r->page;
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->consumer)
		munmap(r->consumer, r->page);
	if (r->producer)
		munmap((void *)(uintptr_t)r->producer, r->page + 2 * r->size);
	*r = (struct ring){ 0 };
}

size_t ring_used(const struct ring *r)
{
	if (!r->producer)
		return 0;
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - *r->consumer;
}

static size_t round_up(size_t n)
{
	return (n + 7) / 8 * 8;
}

size_t ring_consume(struct ring *r, size_t max, ring_fn *fn, void *arg)
{
	unsigned long at, told, end;
	size_t n = 0, size;
	bool more = true;

	if (!r->consumer)
		return 0;
	at = told = *r->consumer;
	end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	while (more && n < max) {
		const uint8_t *p = r->data + (at & (r->size - 1));
		uint32_t head;

		if (at == end) {
			/* Told first, then looked again: a producer that
			 * still sees the old place does not wake us. */
			__atomic_store_n(r->consumer, at, __ATOMIC_SEQ_CST);
			told = at;
			end = __atomic_load_n(r->producer, __ATOMIC_SEQ_CST);
			if (at == end)
				break;
		}
		head = __atomic_load_n((const uint32_t *)(const void *)p,
				       __ATOMIC_ACQUIRE);
		if (head & BPF_RINGBUF_BUSY_BIT)
			break;
		size = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (!(head & BPF_RINGBUF_DISCARD_BIT)) {
			more = fn(arg, p + BPF_RINGBUF_HDR_SZ, size);
			n++;
		}
		at += round_up(size + BPF_RINGBUF_HDR_SZ);
		if (at - told >= TELL_AFTER) {
			__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
			told = at;
		}
	}
	if (at != told)
		__atomic_store_n(r->consumer, at, __ATOMIC_SEQ_CST);
	return n;
}
