/*
 * limit.h - what the hand-written programs share.  They are what a careful
 * author would write for the kernel by hand, to be measured against.  Each is
 * built twice: as a tracepoint of the perf subsystem, and (-DRAW) as a raw one.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 target_pid = 0;
char LICENSE[] SEC("license") = "GPL";

#ifdef RAW
#define ON_SYS_ENTER SEC("raw_tp/sys_enter")
struct sys_enter {
	__u64 regs;
	__s64 id;
};
#else
#define ON_SYS_ENTER SEC("tp/raw_syscalls/sys_enter")
struct sys_enter {
	__u64 common;
	__s64 id;
};
#endif

static __always_inline int is_target(void)
{
	return bpf_get_current_pid_tgid() >> 32 == target_pid;
}

/* One more at key. */
static __always_inline void bump(void *map, const void *key)
{
	__u64 one = 1, *value = bpf_map_lookup_elem(map, key);

	if (value)
		*value += 1;
	else
		bpf_map_update_elem(map, key, &one, BPF_NOEXIST);
}

#endif
