/* tracepoint:raw_syscalls:sys_enter /pid == PID/ { @ = hist(args.id) } */
#include "limit.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 65);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline __u32 log2_of(__u64 v)
{
	__u32 shift, r = 0;

	for (shift = 32; shift; shift >>= 1)
		if (v >> shift) {
			v >>= shift;
			r += shift;
		}
	return r;
}

ON_SYS_ENTER
int hist(struct sys_enter *ctx)
{
	__u32 key;

	if (!is_target())
		return 0;
	key = ctx->id ? log2_of(ctx->id) + 1 : 0;
	bump(&counts, &key);
	return 0;
}
