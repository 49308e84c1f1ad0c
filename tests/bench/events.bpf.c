/*
 * tracepoint:raw_syscalls:sys_enter /pid == PID/ {
 *	printf("%d %s %d\n", pid, comm, args.id) }
 *
 * The reader is woken once there is something worth waking it for.
 */
#include "limit.h"

struct event {
	__u32 pid;
	char comm[16];
	__s64 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

enum { ENOUGH = 64 * 1024 };

ON_SYS_ENTER
int send(struct sys_enter *ctx)
{
	struct event *e;
	__u64 flags;
	__u32 key = 0;

	if (!is_target())
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		bump(&lost, &key);
		return 0;
	}
	e->pid = target_pid;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->id = ctx->id;
	flags = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > ENOUGH
			? BPF_RB_FORCE_WAKEUP
			: BPF_RB_NO_WAKEUP;
	bpf_ringbuf_submit(e, flags);
	return 0;
}
