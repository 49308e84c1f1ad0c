/* tracepoint:sched:sched_switch { @[comm] = count() } */
#include "limit.h"

struct name {
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name);
	__type(value, __u64);
} counts SEC(".maps");

#ifdef RAW
SEC("raw_tp/sched_switch")
#else
SEC("tp/sched/sched_switch")
#endif
int sched(void *ctx)
{
	struct name key;

	bpf_get_current_comm(&key, sizeof(key));
	bump(&counts, &key);
	return 0;
}
