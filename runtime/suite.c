#include "suite.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BENCH_MS = 300, /* how long each benchmark is repeated */
	BATCH = 1000,	/* runs between two looks at the clock */
	SECOND_MS = 1000,
	MS_NS = 1000000,
};

static bool is_of(const struct program *p, enum provider which)
{
	return p->bpf && p->plan->provider == which;
}

bool suite_is(const struct probes *ps)
{
	size_t i;

	for (i = 0; i < ps->programs.n; i++)
		if (is_of(&ps->programs.v[i], PROVIDER_TEST) ||
		    is_of(&ps->programs.v[i], PROVIDER_BENCH))
			return true;
	return false;
}

static const char *name_of(const struct program *p)
{
	return p->plan->points.v[0].target;
}

static int run_once(const struct program *p)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(p->bpf), &opts) ? -errno
								      : 0;
}

static int cannot_run(const struct probes *ps, const struct program *p, int err)
{
	report(ps->rep, REPORT_ERROR, REPORT_AT(p->plan),
	       "Linux 5.10 or newer can", "cannot run %s: %s", name_of(p),
	       strerror(-err));
	return err;
}

/* ---- tests ---- */

static bool judge(struct events *e, const char *name)
{
	char why[64] = "";

	if (e->exited && e->status)
		snprintf(why, sizeof(why), "it ended with status %d",
			 e->status);
	else if (e->errors)
		snprintf(why, sizeof(why), "it reported an error");
	else if (e->result)
		snprintf(why, sizeof(why), "it returned %" PRId64, e->result);
	output_test(e->out, name, *why ? why : NULL);
	return !*why;
}

static int run_test(const struct probes *ps, struct events *e,
		    const struct program *p)
{
	int err;

	e->errors = 0;
	e->result = 0;
	e->exited = e->discard = false;
	e->status = 0;
	err = run_once(p);
	if (err)
		return cannot_run(ps, p, err);
	events_drain(e);
	return judge(e, name_of(p)) ? 0 : -ECANCELED;
}

/* ---- benchmarks ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND_MS + (uint64_t)ts.tv_nsec / MS_NS;
}

static int time_of(const struct program *p, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);

	memset(info, 0, len);
	return bpf_obj_get_info_by_fd(bpf_program__fd(p->bpf), info, &len)
		       ? -errno
		       : 0;
}

/* What it prints is thrown away: it would be printed a million times. */
static int repeat(struct events *e, const struct program *p)
{
	uint64_t end = now_ms() + BENCH_MS;
	int err = 0, i;

	e->discard = true;
	while (!err && now_ms() < end) {
		for (i = 0; !err && i < BATCH; i++)
			err = run_once(p);
		events_consume(e);
	}
	events_drain(e);
	e->discard = false;
	return err;
}

/* The kernel itself measures, so that the system call is not part of it. */
static int run_bench(const struct probes *ps, struct events *e,
		     const struct program *p)
{
	struct bpf_prog_info before, after;
	int err;

	err = time_of(p, &before);
	if (!err)
		err = repeat(e, p);
	if (!err)
		err = time_of(p, &after);
	if (err)
		return cannot_run(ps, p, err);
	after.run_cnt -= before.run_cnt;
	after.run_time_ns -= before.run_time_ns;
	output_bench(e->out, name_of(p),
		     after.run_cnt
			     ? (double)after.run_time_ns / (double)after.run_cnt
			     : 0,
		     after.run_cnt);
	return 0;
}

static int run_benches(const struct probes *ps, struct events *e)
{
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME), err = 0;
	size_t i;

	if (stats < 0) {
		report(ps->rep, REPORT_ERROR, NULL, "Linux 5.8 or newer can",
		       "this kernel does not measure programs: %s",
		       strerror(errno));
		return -EOPNOTSUPP;
	}
	for (i = 0; !err && i < ps->programs.n; i++)
		if (is_of(&ps->programs.v[i], PROVIDER_BENCH))
			err = run_bench(ps, e, &ps->programs.v[i]);
	close(stats);
	return err;
}

/* ---- */

static size_t count(const struct probes *ps, enum provider which)
{
	size_t i, n = 0;

	for (i = 0; i < ps->programs.n; i++)
		n += is_of(&ps->programs.v[i], which);
	return n;
}

int suite_run(const struct probes *ps, struct events *e)
{
	int err = 0;
	size_t i;

	for (i = 0; i < ps->programs.n; i++)
		if (is_of(&ps->programs.v[i], PROVIDER_TEST) &&
		    run_test(ps, e, &ps->programs.v[i]))
			err = -ECANCELED;
	if (count(ps, PROVIDER_BENCH) && run_benches(ps, e))
		err = -ECANCELED;
	fflush(e->out->out);
	return err;
}
