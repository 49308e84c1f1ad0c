/* Timers and software events: perf events that run a program when they fire. */
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
		if (err == -ENODEV)
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
struct software {
	const char *name, *alias;
	uint64_t config, period;
};

static const struct software softwares[] = {
#define SOFTWARE(name, alias, config, period) { name, alias, config, period },
#define HARDWARE(name, alias, config, period)
#include "compiler/perf.def"
#undef SOFTWARE
#undef HARDWARE
};

static const struct software *software_named(const char *name)
{
	size_t i;

	for (i = 0; i < countof(softwares); i++)
		if (strcmp(softwares[i].name, name) == 0 ||
		    (*name && strcmp(softwares[i].alias, name) == 0))
			return &softwares[i];
	return NULL;
}

static int find_software(struct probes *ps, const struct plan_point *pt)
{
	const char *names[countof(softwares) + 1] = { 0 };
	const char *near;
	size_t i;

	if (software_named(pt->target))
		return find_self(ps, pt);
	for (i = 0; i < countof(softwares); i++)
		names[i] = softwares[i].name;
	near = nearest_name(pt->target, names);
	return attach_fail(ps, 0,
			   near ? arena_printf(ps->arena,
					       "did you mean software:%s:?",
					       near)
				: NULL,
			   "there is no software event '%s'", pt->target);
}

static int do_software(struct probes *ps, struct probe *p)
{
	const struct software *s = software_named(p->target);
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE };

	attr.config = s->config;
	attr.sample_period = p->point->period ? p->point->period : s->period;
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
	.find = find_software,
	.attach = do_software,
};
