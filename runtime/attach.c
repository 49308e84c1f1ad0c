#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/feature.h"

const struct attach_ops *attach_ops(enum provider p)
{
	static const struct attach_ops *const ops[] = {
#define PROVIDER(id, name, aliases, parts, section, flags, help) \
	[PROVIDER_##id] = &attach_##name,
#include "compiler/probe.def"
#undef PROVIDER
	};

	return ops[p];
}

/* Index of the first probe that is called so: to a script, places of one name
 * are one probe. */
static uint64_t name_index(struct probes *ps, const char *name)
{
	void *known = table_get(&ps->names, name);

	if (!known) {
		known = (void *)(uintptr_t)ps->list.n;
		table_put(&ps->names, ps->arena, name, known);
	}
	return (uintptr_t)known - 1;
}

struct probe *probe_add(struct probes *ps, const struct plan_point *pt,
			const char *name, const char *module,
			const char *target, uint64_t offset)
{
	struct probe *p = vec_push(ps->arena, &ps->list);

	p->point = pt;
	p->name = arena_strdup(ps->arena, name);
	p->module = arena_strdup(ps->arena, module ? module : "");
	p->target = arena_strdup(ps->arena, target ? target : "");
	p->offset = offset;
	p->cookie = name_index(ps, p->name);
	ps->now->n++;
	return p;
}

int probe_add_link(struct probes *ps, struct probe *p, struct bpf_link *l)
{
	struct bpf_link **v;

	(void)ps;
	v = realloc(p->links, (p->nlinks + 1) * sizeof(*v));
	if (!v) {
		bpf_link__destroy(l);
		return -ENOMEM;
	}
	p->links = v;
	p->links[p->nlinks++] = l;
	return 0;
}

int attach_fail(struct probes *ps, int err, const char *hint, const char *fmt,
		...)
{
	va_list ap;

	va_start(ap, fmt);
	ps->why = arena_vprintf(ps->arena, fmt, ap);
	va_end(ap);
	ps->hint = hint ? arena_strdup(ps->arena, hint) : NULL;
	return err;
}

const char *attach_refusal(int err, const char **hint)
{
	if (err == -EMFILE || err == -ENFILE) {
		*hint = "raise the limit with `ulimit -n`, or use a narrower "
			"pattern";
		return "too many files are open";
	}
	if (err == -ENOSPC || err == -ENOMEM) {
		*hint = "use a narrower pattern";
		return "the kernel has no room for more";
	}
	if (err != -EPERM && err != -EACCES)
		return NULL;
	if (geteuid() != 0) {
		*hint = "run as root, e.g. sudo waggle ...";
		return "only root may trace";
	}
	if (strcmp(feature_lockdown(), "none") != 0) {
		*hint = "fentry, tracepoint and uprobe work even so; or boot "
			"without lockdown (it comes with secure boot)";
		return "the kernel is locked down";
	}
	*hint = "a container needs CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN";
	return "the kernel does not permit it to this process";
}

/*
 * Taking a tracepoint's or kprobe's event off takes the kernel 10 to 80 ms, one
 * after the other: seconds for hundreds of them.  So the events are kept when
 * the programs are taken off them, which is quick, until all is printed.
 */
static void keep_event(struct probes *ps, const struct bpf_link *link, int fd)
{
	enum provider p = ps->now->plan->provider;
	int *v;

	/* Before Linux 5.15 the event is all there is. */
	if (bpf_link__fd(link) == fd ||
	    (p != PROVIDER_TRACEPOINT && p != PROVIDER_KPROBE &&
	     p != PROVIDER_KRETPROBE))
		return;
	v = realloc(ps->kept, (ps->nkept + 1) * sizeof(*v));
	if (!v)
		return;
	ps->kept = v;
	v[ps->nkept] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (v[ps->nkept] >= 0)
		ps->nkept++;
}

int attach_perf_event(struct probes *ps, struct probe *p,
		      struct perf_event_attr *attr, pid_t pid, int cpu)
{
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = p->cookie);
	struct bpf_link *link;
	int fd;

	attr->size = sizeof(*attr);
	fd = (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event_opts(ps->now->bpf, fd, &opts);
	if (!link && errno == EOPNOTSUPP) {
		opts.bpf_cookie = 0; /* Linux before 5.15 */
		link = bpf_program__attach_perf_event_opts(ps->now->bpf, fd,
							   &opts);
	}
	if (!link) {
		int err = -errno;

		close(fd);
		return err;
	}
	keep_event(ps, link, fd);
	return probe_add_link(ps, p, link);
}

/* ---- finding ---- */

static int find_one(struct probes *ps, const struct plan_point *pt)
{
	enum provider provider = ps->now->plan->provider;
	size_t before = ps->list.n, i;
	int err;

	ps->why = ps->hint = NULL;
	ps->or_else =
		pt->alternatives.n || pt->optional || ps->now->plan->group;
	err = attach_ops(provider)->find(ps, pt);
	for (i = 0; !err && ps->list.n == before && i < pt->alternatives.n; i++)
		err = attach_ops(provider)->find(ps, &pt->alternatives.v[i]);
	if (!err && ps->or_else && !ps->now->plan->group)
		choice_show(ps, pt,
			    ps->list.n > before ? ps->list.v[before].name
						: "none");
	return err;
}

const char *probe_matched(struct probes *ps, const struct plan_point *pt,
			  const char *group, const char *target)
{
	enum provider p = ps->now->plan->provider;

	if (pt->span == PROVIDER_SYSCALL) {
		if (!strncmp(target, "sys_enter_", 10))
			target += 10;
		else if (!strncmp(target, "sys_exit_", 9))
			target += 9;
		return arena_printf(ps->arena, "syscall:%s", target);
	}
	if (pt->span)
		p = (enum provider)pt->span;
	return arena_printf(ps->arena, "%s:%s%s%s", provider_name(p),
			    group ? group : "", group && *group ? ":" : "",
			    target);
}

static void report_point(struct probes *ps, enum report_level level,
			 const struct plan_point *pt, const char *what)
{
	struct report_place at = {
		.file = ps->now->plan->file,
		.line = pt->line,
		.col = pt->col,
		.end_col = pt->end_col,
		.source = *pt->source ? pt->source : ps->now->plan->source,
	};

	report(ps->rep, level, &at, ps->hint, "%s", what);
}

/* Where a body has several points, the others may be what was wanted. */
static void hint_others(struct probes *ps)
{
	const char *hint = ps->hint ? ps->hint : "", *stop = "";

	if (ps->now->plan->points.n < 2)
		return;
	if (*hint)
		stop = hint[strlen(hint) - 1] == '?' ? " " : "; ";
	ps->hint = arena_printf(ps->arena,
				"%s%sto attach only what there is, write "
				"a ?? b, or set config = { missing_probes = "
				"\"warn\" }",
				hint, stop);
}

static int report_missing(struct probes *ps, const struct plan_point *pt)
{
	bool fatal = ps->plan->missing == MISSING_ERROR;
	const char *why = ps->why;

	if (pt->optional || ps->plan->missing == MISSING_IGNORE)
		return 0;
	if (!why)
		why = arena_printf(ps->arena,
				   pt->wild ? "%s matches nothing here"
					    : "%s does not exist here",
				   pt->name);
	if (fatal)
		hint_others(ps);
	report_point(ps, fatal ? REPORT_ERROR : REPORT_WARNING, pt, why);
	return fatal ? -ENOENT : 0;
}

static int find_program(struct probes *ps)
{
	const struct plan_program *pp = ps->now->plan;
	int err = 0, rc;
	size_t i;

	ps->now->first = ps->list.n;
	for (i = 0; i < pp->points.n; i++) {
		size_t before = ps->list.n;

		rc = find_one(ps, &pp->points.v[i]);
		if (ps->now->among) {
			choice_tell(ps, ps->list.n > before);
		} else if (rc) {
			report_point(ps, REPORT_ERROR, &pp->points.v[i],
				     ps->why ? ps->why : strerror(-rc));
			err = rc;
		} else if (ps->list.n == before) {
			rc = report_missing(ps, &pp->points.v[i]);
			err = rc ? rc : err;
		}
	}
	return err;
}

static int prepare_program(struct probes *ps, struct bpf_object *obj)
{
	const struct attach_ops *ops = attach_ops(ps->now->plan->provider);
	struct bpf_program *bpf;

	bpf = bpf_object__find_program_by_name(obj, ps->now->plan->elf_name);
	if (!bpf || ops->type == BPF_PROG_TYPE_UNSPEC) {
		report(ps->rep, REPORT_ERROR, REPORT_AT(ps->now->plan), NULL,
		       "the program image is damaged: it has no %s",
		       ps->now->plan->elf_name);
		return -EINVAL;
	}
	ps->now->bpf = bpf;
	bpf_program__set_type(bpf, ps->now->plan->side
					   ? BPF_PROG_TYPE_RAW_TRACEPOINT
					   : ops->type);
	bpf_program__set_expected_attach_type(bpf, ops->expected);
	return 0;
}

static int check_count(struct probes *ps)
{
	size_t n = ps->list.n - ps->entries;
	char hint[80];

	if (n <= ps->plan->max_probes)
		return 0;
	snprintf(hint, sizeof(hint), "config = { max_probes = %zu }", n);
	report(ps->rep, REPORT_ERROR, NULL, hint,
	       "%zu probes are too many: max_probes is %u", n,
	       ps->plan->max_probes);
	return -E2BIG;
}

/* Programs of one group share what is known of it. */
static void join_group(struct probes *ps, struct program *p)
{
	struct program *other = ps->programs.v;

	if (!p->plan->group)
		return;
	while (other->plan->group != p->plan->group)
		other++;
	if (other == p) {
		p->among = arena_make(ps->arena, struct choices);
		p->among->group = p->plan->group;
	}
	p->among = other->among;
}

/* Groups of which nothing was found. */
static int report_groups(struct probes *ps)
{
	uint32_t last = 0;
	int err = 0, rc;
	size_t i;

	for (i = 0; i < ps->programs.n; i++) {
		ps->now = &ps->programs.v[i];
		if (!ps->now->among || ps->now->among->found ||
		    ps->now->among->group == last)
			continue;
		last = ps->now->among->group;
		if (ps->now->plan->points.v[0].optional)
			choice_show(ps, &ps->now->plan->points.v[0], "none");
		ps->why = (char *)ps->now->among->why;
		ps->hint = (char *)ps->now->among->hint;
		rc = report_missing(ps, &ps->now->plan->points.v[0]);
		err = rc ? rc : err;
	}
	return err;
}

static int find_now(struct probes *ps, struct bpf_object *obj)
{
	struct program *p = ps->now;
	int err = prepare_program(ps, obj);

	if (!err && !choice_is_out(ps))
		err = find_program(ps);
	if (!err && p->n && p->plan->entry_of)
		err = span_pair_up(ps);
	if (p->bpf && !p->n) {
		bpf_program__set_autoload(p->bpf, false);
		p->bpf = NULL;
	}
	if (p->bpf && p->plan->provider == PROVIDER_TRACEPOINT &&
	    !p->plan->side)
		attach_choose_raw(ps);
	if (p->bpf && (p->plan->provider == PROVIDER_UPROBE ||
		       p->plan->provider == PROVIDER_URETPROBE))
		multi_choose(ps);
	return err;
}

int attach_find(struct probes *ps, struct bpf_object *obj)
{
	int err = 0, rc;
	size_t i;

	for (i = 0; i < ps->plan->programs.n; i++) {
		struct program *p = vec_push(ps->arena, &ps->programs);

		p->plan = &ps->plan->programs.v[i];
	}
	for (i = 0; i < ps->programs.n; i++) {
		ps->now = &ps->programs.v[i];
		join_group(ps, ps->now);
		rc = find_now(ps, obj);
		err = rc ? rc : err;
	}
	rc = report_groups(ps);
	err = rc ? rc : err;
	span_find_end(ps, obj);
	return err ? err : check_count(ps);
}

bool attach_exists(struct probes *ps, enum provider provider,
		   const char *module, const char *target)
{
	const char *mod = module && *module ? module : NULL;

	/* No default: a new provider must say whether it can be asked for. */
	switch (provider) {
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
		return kprobe_can_attach(ps, mod, target);
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
		return kernel_has_function(ps->match, mod, target) &&
		       !choice_try(ps, provider, target);
	case PROVIDER_CALL:
		return kernel_has_function(ps->match, mod, target) &&
		       (kprobe_can_attach(ps, mod, target) ||
			!choice_try(ps, PROVIDER_FEXIT, target));
	case PROVIDER_TRACEPOINT:
		return mod && kernel_has_tracepoint(ps->match, mod, target);
	case PROVIDER_RAWTRACEPOINT:
		return kernel_has_rawtracepoint(ps->match, target);
	case PROVIDER_SYSCALL:
		return kernel_has_tracepoint(
			ps->match, "syscalls",
			arena_printf(ps->arena, "sys_enter_%s", target));
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_UCALL:
		return uprobe_exists(ps, module, target);
	case PROVIDER_BEGIN:
	case PROVIDER_END:
	case PROVIDER_SELF:
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
	case PROVIDER_SOFTWARE:
		return true;
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_USDT:
	case PROVIDER_HARDWARE:
	case PROVIDER_WATCHPOINT:
	case PROVIDER_ITER:
	case NPROVIDERS:
		return false;
	}
	return false;
}

/* ---- attaching ---- */

static void report_attach(struct probes *ps, const struct probe *p, int err)
{
	const char *hint = NULL, *why = attach_refusal(err, &hint);

	if (ps->why)
		report(ps->rep, REPORT_ERROR, REPORT_AT(ps->now->plan),
		       ps->hint, "%s", ps->why);
	else
		report(ps->rep, REPORT_ERROR, REPORT_AT(ps->now->plan), hint,
		       "cannot attach %s: %s", p->name,
		       why ? why : strerror(-err));
}

/* Some of what a pattern matches cannot be probed; that is no reason to give
 * up, unless nothing can be or the machine does not allow it at all. */
static bool tolerate(const struct probe *p, int err, bool any)
{
	return p->point->wild && any && err != -EMFILE && err != -ENFILE &&
	       err != -ENOSPC && err != -ENOMEM && err != -EPERM &&
	       err != -EACCES;
}

/* Thousands of probes take seconds to attach. */
static bool is_stopped(const struct probes *ps)
{
	struct pollfd p = { .fd = ps->stop_fd, .events = POLLIN };

	return ps->stop_fd >= 0 && poll(&p, 1, 0) == 1;
}

struct failures {
	struct probes *ps;
	size_t n;
	const char *first; /* why the first of them did, in a sentence */
};

/* 0: the others may do. */
static int note_failure(struct failures *f, const struct probe *p, int err)
{
	struct probes *ps = f->ps;

	if (!tolerate(p, err, ps->now->n > f->n + 1)) {
		report_attach(ps, p, err);
		return err;
	}
	ps->wild_failed++;
	if (!f->n++)
		f->first = ps->why ? ps->why
				   : arena_printf(ps->arena,
						  "cannot attach %s: %s",
						  p->name, strerror(-err));
	return 0;
}

static int multi_failed(void *arg, struct probe *p, int err)
{
	struct failures *f = arg;

	f->ps->why = f->ps->hint = NULL;
	attach_user_failed(f->ps, p, err);
	return note_failure(f, p, err);
}

static int attach_program(struct probes *ps, struct failures *f)
{
	const struct attach_ops *ops = attach_ops(ps->now->plan->provider);
	struct probe *p = &ps->list.v[ps->now->first], *end = p + ps->now->n;
	int err = 0;

	if (ps->now->multi)
		return multi_attach(ps, multi_failed, f);
	for (; p < end && !err; p++) {
		if (is_stopped(ps))
			return -ECANCELED;
		ps->why = ps->hint = NULL;
		err = ops->attach(ps, p);
		if (err)
			err = note_failure(f, p, err);
	}
	return err;
}

int attach_all(struct probes *ps)
{
	size_t i;
	int err = span_attach_end(ps);

	if (err)
		return err;
	for (i = 0; i < ps->programs.n; i++) {
		struct failures f = { .ps = ps };

		ps->now = &ps->programs.v[i];
		if (!ps->now->bpf ||
		    !attach_ops(ps->now->plan->provider)->attach)
			continue;
		err = attach_program(ps, &f);
		user_file_release(ps);
		if (err) {
			attach_unpin(ps);
			return err;
		}
		if (f.n)
			report(ps->rep, REPORT_WARNING,
			       REPORT_AT(ps->now->plan), NULL,
			       "%zu of %zu matches cannot be probed; the "
			       "first: "
			       "%s",
			       f.n, ps->now->n, f.first);
	}
	return 0;
}

size_t attach_count(const struct probes *ps)
{
	return ps->list.n - ps->entries - ps->wild_failed;
}
