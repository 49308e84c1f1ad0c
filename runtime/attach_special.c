/* What is run by hand: begin and end, self, test and bench. */
#include "runtime/attach.h"

static int find_self(struct probes *ps, const struct plan_point *pt)
{
	probe_add(ps, pt, pt->name, pt->module, pt->target, pt->offset);
	return 0;
}

const struct attach_ops attach_begin = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.find = find_self,
};

const struct attach_ops attach_end = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.find = find_self,
};

const struct attach_ops attach_self = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.find = find_self,
};

const struct attach_ops attach_test = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.find = find_self,
};

const struct attach_ops attach_bench = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.find = find_self,
};
