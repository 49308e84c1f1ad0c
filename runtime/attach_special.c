/* begin and end, which are run by hand, and what is not there yet. */
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

/* The compiler refuses these by name; only a damaged image can have one. */
#define NOT_YET(name) const struct attach_ops attach_##name = { 0 }

NOT_YET(self);
NOT_YET(test);
NOT_YET(bench);
NOT_YET(watchpoint);
