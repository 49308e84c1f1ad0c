/* Timers, software events and counters: perf events that run a program when
 * they fire. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/attach.h"
#include "runtime/feature.h"

static int find_self(struct probes *ps, const struct plan_point *pt)
{
	probe_add(ps, pt, pt->name, pt->module, pt->target, pt->offset);
	return 0;
}

/* period of the point is ns, or Hz when the target is "hz". */
static int timer_attr(struct probes *ps, const struct probe *p,
		      struct perf_event_attr *attr)
{
	const struct plan_point *pt = p->point;

	*attr = (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};
	if (!pt->period)
		return attach_fail(ps, -EINVAL, NULL, "%s has a period of zero",
				   p->name);
	if (strcmp(pt->target, "hz") == 0) {
		attr->freq = 1;
		attr->sample_freq = pt->period;
	} else {
		attr->sample_period = pt->period;
	}
	return 0;
}

static int explain(struct probes *ps, const struct probe *p, int err)
{
	const char *hint = NULL, *why = attach_refusal(err, &hint);
	long max = feature_max_sample_rate();

	if (err == -EINVAL && strcmp(p->point->target, "hz") == 0 && max > 0 &&
	    p->point->period > (uint64_t)max)
		return attach_fail(
			ps, err,
			"raise /proc/sys/kernel/perf_event_max_sample_rate",
			"%s is too often: this kernel allows %ld Hz", p->name,
			max);
	if ((err == -EACCES || err == -EPERM) && geteuid() != 0 &&
	    feature_perf_paranoid() > 0)
		return attach_fail(ps, err, hint,
				   "cannot attach %s: perf events are not "
				   "permitted (perf_event_paranoid is %d)",
				   p->name, feature_perf_paranoid());
	if (why)
		return attach_fail(ps, err, hint, "cannot attach %s: %s",
				   p->name, why);
	/* No driver for any counter, or none for this one. */
	if (p->point->provider == PROVIDER_HARDWARE &&
	    (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV ||
	     err == -EINVAL))
		return attach_fail(
			ps, err,
			"use software:cpu-clock or profile; in a "
			"virtual machine the host must pass on its "
			"counters (vPMU)",
			"cannot attach %s: this machine's processor "
			"has no such counter, or the kernel no access "
			"to it",
			p->name);
	return attach_fail(ps, err, NULL, "cannot attach %s: %s", p->name,
			   strerror(-err));
}

static int on_cpus(struct probes *ps, struct probe *p,
		   struct perf_event_attr *attr, bool all)
{
	struct cpu_list cpus;
	size_t i;
	int err;

	err = feature_online_cpus(&cpus);
	for (i = 0; !err && i < (all ? cpus.n : 1); i++) {
		err = attach_perf_event(ps, p, attr, -1, cpus.v[i]);
		if (err == -ENODEV && attr->type == PERF_TYPE_SOFTWARE)
			err = 0; /* it was taken offline meanwhile */
	}
	free(cpus.v);
	return err ? explain(ps, p, err) : 0;
}

static int attach_timer(struct probes *ps, struct probe *p, bool all)
{
	struct perf_event_attr attr;
	int err = timer_attr(ps, p, &attr);

	return err ? err : on_cpus(ps, p, &attr, all);
}

static int do_profile(struct probes *ps, struct probe *p)
{
	return attach_timer(ps, p, true);
}

static int do_interval(struct probes *ps, struct probe *p)
{
	return attach_timer(ps, p, false);
}

/* period: the default, as bpftrace's. */
struct event {
	enum provider provider;
	const char *name;
	uint32_t type;
	uint64_t config, period;
};

static const struct event events[] = {
#define SOFTWARE(name, alias, config, period) \
	{ PROVIDER_SOFTWARE, name, PERF_TYPE_SOFTWARE, config, period },
#define HARDWARE(name, alias, config, period) \
	{ PROVIDER_HARDWARE, name, PERF_TYPE_HARDWARE, config, period },
#include "compiler/perf.def"
#undef SOFTWARE
#undef HARDWARE
};

static const struct event *event_of(const struct probes *ps, const char *name)
{
	size_t i;

	for (i = 0; i < countof(events); i++)
		if (events[i].provider == ps->now->plan->provider &&
		    strcmp(events[i].name, name) == 0)
			return &events[i];
	return NULL;
}

/* The compiler writes names that it knows; an image may have others. */
static int find_event(struct probes *ps, const struct plan_point *pt)
{
	if (event_of(ps, pt->target))
		return find_self(ps, pt);
	return attach_fail(ps, 0, NULL, "there is no %s event '%s'",
			   provider_name(ps->now->plan->provider), pt->target);
}

static int do_event(struct probes *ps, struct probe *p)
{
	const struct event *ev = event_of(ps, p->target);
	struct perf_event_attr attr = { .type = ev->type };

	attr.config = ev->config;
	attr.sample_period = p->point->period ? p->point->period : ev->period;
	return on_cpus(ps, p, &attr, true);
}

const struct attach_ops attach_profile = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.find = find_self,
	.attach = do_profile,
};

const struct attach_ops attach_interval = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.find = find_self,
	.attach = do_interval,
};

const struct attach_ops attach_software = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.find = find_event,
	.attach = do_event,
};

const struct attach_ops attach_hardware = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.find = find_event,
	.attach = do_event,
};
