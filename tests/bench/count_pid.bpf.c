/* tracepoint:raw_syscalls:sys_enter /pid == PID/ { @[pid] = count() } */
#include "limit.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

ON_SYS_ENTER
int count_pid(void *ctx)
{
	__u32 key = bpf_get_current_pid_tgid() >> 32;

	if (is_target())
		bump(&counts, &key);
	return 0;
}
