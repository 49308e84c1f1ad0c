/* tracepoint:raw_syscalls:sys_enter /pid == PID/ { @ = count() } */
#include "limit.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

ON_SYS_ENTER
int count(void *ctx)
{
	__u32 key = 0;

	if (is_target())
		bump(&counts, &key);
	return 0;
}
