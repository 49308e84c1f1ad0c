/* attach_span.c - entries of spans, and the ends of the tasks they are kept
 * for. */
#include <errno.h>
#include <string.h>

#include "runtime/attach.h"

/* call, syscall and ucall are names for pairs of other kinds: an image has
 * those of the pairs. */
const struct attach_ops attach_call = { 0 };
const struct attach_ops attach_syscall = { 0 };
const struct attach_ops attach_ucall = { 0 };

static const struct probe *return_of(struct probes *ps, const char *name)
{
	const struct program *leave =
		&ps->programs.v[ps->now->plan->entry_of - 1];
	size_t i;

	for (i = 0; i < leave->n; i++)
		if (!strcmp(ps->list.v[leave->first + i].name, name))
			return &ps->list.v[leave->first + i];
	return NULL;
}

int span_pair_up(struct probes *ps)
{
	const struct probe *r;
	size_t i;

	for (i = 0; i < ps->now->n; i++) {
		struct probe *p = &ps->list.v[ps->now->first + i];

		p->is_entry = true;
		ps->entries++;
		r = return_of(ps, p->name);
		if (r)
			p->cookie = r->cookie;
	}
	return 0;
}

void span_find_end(struct probes *ps, struct bpf_object *obj)
{
	struct bpf_program *end =
		bpf_object__find_program_by_name(obj, "span_end");

	if (!end)
		return;
	bpf_program__set_type(end, BPF_PROG_TYPE_RAW_TRACEPOINT);
	bpf_program__set_autoload(end, ps->entries > 0);
	ps->span_end = ps->entries ? end : NULL;
}

int span_attach_end(struct probes *ps)
{
	int err;

	if (!ps->span_end)
		return 0;
	ps->span_end_link = bpf_program__attach_raw_tracepoint(
		ps->span_end, "sched_process_free");
	if (ps->span_end_link)
		return 0;
	err = -errno;
	report(ps->rep, REPORT_ERROR, NULL, NULL,
	       "spans need the raw tracepoint sched_process_free: %s",
	       strerror(-err));
	return err;
}
