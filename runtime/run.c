#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/child.h"
#include "runtime/events.h"
#include "runtime/feature.h"
#include "runtime/params.h"
#include "runtime/symbols.h"

enum {
	BUSY = 256,    /* records at once: more will follow soon */
	BUSY_WAIT = 1, /* ms */
};

enum source {
	SOURCE_RING,
	SOURCE_QUIET,
	SOURCE_STOP,
	SOURCE_CHILD,
	SOURCE_PID
};

/* Freed in reverse order by session_free(), whatever was made. */
struct session {
	const struct run_options *o;
	struct reporter rep;
	struct arena *arena;
	struct matcher *match;
	struct child child;
	struct load load;
	struct probes probes;
	struct symbols symbols;
	struct render render;
	struct output output;
	struct events events;
	bool has_render; /* render and output were made */
	int pidfd;	 /* of -p; -1 */
	int all, others; /* epoll: everything; all but the rings */
	bool stop;
};

/* ---- making ---- */

static int open_pid(struct session *s)
{
	if (!s->o->pid)
		return 0;
	s->pidfd = (int)syscall(SYS_pidfd_open, s->o->pid, 0);
	if (s->pidfd >= 0 || errno == ENOSYS)
		return 0;
	report(&s->rep, REPORT_ERROR, NULL, NULL, "-p: there is no process %d",
	       (int)s->o->pid);
	return -ESRCH;
}

static int check_privilege(struct session *s)
{
	if (feature_privileged())
		return 0;
	report(&s->rep, REPORT_ERROR, NULL,
	       geteuid() ? "run as root, e.g. sudo waggle ..."
			 : "give it CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN",
	       geteuid() ? "only root may trace"
			 : "this process lacks the capabilities to trace");
	return -EPERM;
}

/* A script that asks for cpid without asking has_cpid needs a child. */
static int check_child(struct session *s)
{
	const struct plan *p = s->load.plan;
	bool needs = false, asks = false;
	size_t i;

	for (i = 0; i < p->slots.n; i++) {
		if (p->slots.v[i].kind != SLOT_CPID)
			continue;
		if (strcmp(p->slots.v[i].name, "has") == 0)
			asks = true;
		else
			needs = true;
	}
	if (!needs || asks || s->o->command)
		return 0;
	report(&s->rep, REPORT_ERROR, NULL, "start one with -c COMMAND",
	       "there is no child process, and so no cpid");
	return -ECHILD;
}

static const char **point_names(struct session *s)
{
	size_t i, n = s->probes.list.n;
	const char **names = arena_alloc(s->arena, (n + 1) * sizeof(*names));

	for (i = 0; i < n; i++)
		names[i] = s->probes.list.v[i].name;
	return names;
}

static int open_output(struct session *s)
{
	const struct plan *p = s->load.plan;

	render_init(&s->render, p);
	output_init(&s->output, s->o->format, s->o->out, &s->rep, &s->render);
	s->has_render = true;
	s->output.quiet = s->o->quiet;
	s->render.stacks = s->load.stacks;
	s->render.points = point_names(s);
	s->render.npoints = s->probes.list.n;
	symbols_init(&s->symbols, p, &s->render);
	return events_open(&s->events, &s->load, &s->output);
}

static int find_probes(struct session *s)
{
	int err;

	s->probes.arena = s->arena;
	s->probes.plan = s->load.plan;
	s->probes.rep = &s->rep;
	s->probes.match = s->match;
	s->probes.pid = s->o->pid ? s->o->pid : s->child.pid;
	s->probes.files_pid = s->o->pid;
	s->probes.verbose = s->o->verbose;
	err = attach_find(&s->probes, s->load.obj);
	if (err || s->probes.list.n)
		return err;
	report(&s->rep, REPORT_ERROR, NULL, NULL,
	       "there is nothing to attach to: no probe of this program exists "
	       "here");
	return -ENOENT;
}

static int load_session(struct session *s, const struct image *img)
{
	struct load_options lo = { 0 };
	int err;

	err = load_open(&s->load, s->arena, img, &s->rep);
	if (!err)
		err = params_apply(s->load.plan, s->o->params, s->arena,
				   &s->rep);
	if (!err)
		err = check_privilege(s);
	if (!err)
		err = check_child(s);
	if (!err)
		err = open_pid(s);
	if (!err && s->o->command)
		err = child_start(&s->child, s->o->command, &s->rep);
	if (!err)
		err = find_probes(s);
	if (err)
		return err;
	lo.pid = s->probes.pid;
	lo.child = s->child.pid;
	lo.params = s->o->params;
	lo.verbose = s->o->verbose;
	err = load_kernel(&s->load, &s->probes, &lo);
	return err ? err : open_output(s);
}

static void session_init(struct session *s, const struct run_options *o)
{
	*s = (struct session){ .o = o, .pidfd = -1, .all = -1, .others = -1 };
	reporter_init(&s->rep, stderr);
	s->rep.no_warnings = o->no_warnings;
	s->rep.json = o->format == OUTPUT_TEXT ? NULL : o->out;
	s->rep.timed = o->format == OUTPUT_NDJSON;
	s->load.events = s->load.control = s->load.stacks = -1;
	s->arena = arena_new();
	s->match = match_open(s->arena, NULL);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void session_free(struct session *s)
{
	detach_all(&s->probes);
	child_end(&s->child);
	close_fd(s->all);
	close_fd(s->others);
	events_close(&s->events);
	if (s->has_render) {
		output_free(&s->output);
		render_free(&s->render);
		symbols_free(&s->symbols);
	}
	load_close(&s->load);
	close_fd(s->pidfd);
	match_close(s->match);
	arena_free(s->arena);
}

/* ---- running ---- */

/* begin and end programs are run by hand, in the order of the script. */
static int run_special(struct session *s, enum provider which)
{
	size_t i;

	for (i = 0; i < s->probes.programs.n; i++) {
		const struct program *p = &s->probes.programs.v[i];
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		if (p->plan->provider != which || !p->bpf)
			continue;
		if (!bpf_prog_test_run_opts(bpf_program__fd(p->bpf), &opts))
			continue;
		report(&s->rep, REPORT_ERROR, REPORT_AT(p->plan),
		       "Linux 5.10 or newer can", "cannot run %s: %s",
		       provider_name(which), strerror(errno));
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool only_special(const struct session *s)
{
	size_t i;

	for (i = 0; i < s->probes.programs.n; i++)
		if (s->probes.programs.v[i].bpf &&
		    attach_ops(s->probes.programs.v[i].plan->provider)->attach)
			return false;
	return true;
}

/* The sd_notify protocol: one datagram to the socket the variable names. */
static void notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	static const char ready[] = "READY=1";
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(a.sun_path) || !strchr("/@", *path))
		return;
	memcpy(a.sun_path, path, len);
	if (*path == '@')
		a.sun_path[0] = '\0'; /* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL,
		   (struct sockaddr *)&a,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
	    0) {
		/* whoever asked is not there any more */
	}
	close(fd);
}

static int watch(int epoll, int fd, enum source source)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = source };

	if (fd < 0)
		return 0;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int open_watch(struct session *s)
{
	int err = 0;

	s->others = epoll_create1(EPOLL_CLOEXEC);
	s->all = epoll_create1(EPOLL_CLOEXEC);
	if (s->others < 0 || s->all < 0)
		err = -errno;
	if (!err)
		err = watch(s->others, s->o->stop_fd, SOURCE_STOP);
	if (!err)
		err = watch(s->others, s->child.pid ? s->child.pidfd : -1,
			    SOURCE_CHILD);
	if (!err)
		err = watch(s->others, s->pidfd, SOURCE_PID);
	if (!err)
		err = watch(s->all, s->others, SOURCE_QUIET);
	if (!err)
		err = watch(s->all, s->load.events, SOURCE_RING);
	if (!err)
		err = watch(s->all, s->load.control, SOURCE_RING);
	if (err)
		report(&s->rep, REPORT_ERROR, NULL, NULL, "cannot wait: %s",
		       strerror(-err));
	return err;
}

/* Anything but a ring ends it. */
static void look(struct session *s, int timeout)
{
	struct epoll_event ev;

	if (epoll_wait(s->others, &ev, 1, timeout) <= 0)
		return;
	s->stop = true;
	if (ev.data.u32 == SOURCE_CHILD)
		child_reap(&s->child);
}

/*
 * While records come thick and fast they are left to gather for a moment:
 * programs do not wake us while we are behind, which is the dearest part of
 * sending a record.
 */
static void wait_more(struct session *s, size_t handled)
{
	struct epoll_event ev;
	size_t used = ring_used(&s->events.events);

	if (used > s->events.events.size / 4) {
		look(s, 0);
		return;
	}
	if (handled >= BUSY) {
		look(s, BUSY_WAIT);
		return;
	}
	if (epoll_wait(s->all, &ev, 1, -1) > 0)
		look(s, 0);
}

static void poll_events(struct session *s)
{
	size_t n;

	while (!s->stop) {
		n = events_consume(&s->events);
		s->stop |= s->events.exited || ferror(s->o->out);
		if (!s->stop)
			wait_more(s, n);
	}
}

/* ---- the end ---- */

/* What a span could not tell the duration of. */
static void report_span(struct session *s, const struct plan_counter *c,
			uint64_t n)
{
	const struct plan_program *p = &s->load.plan->programs.v[c->map];
	const char *why = "their return was not seen";

	if (c->kind == COUNTER_SPAN_EARLY)
		why = "they had begun before tracing did";
	else if (c->kind == COUNTER_SPAN_ENTRY)
		why = "their entry was not seen";
	output_missed(&s->output, p->points.v[0].name, n,
		      n == 1 ? "call" : "calls", why);
}

static void report_losses(struct session *s)
{
	uint64_t lost[4] = { 0 }, n;
	size_t i;

	for (i = 0; i < s->load.plan->counters.n; i++) {
		const struct plan_counter *c = &s->load.plan->counters.v[i];

		n = load_counter(&s->load, c);
		if (c->kind == COUNTER_MAP_FULL) {
			if (n && c->map < s->load.plan->maps.n)
				output_lost_updates(
					&s->output,
					&s->load.plan->maps.v[c->map], n);
		} else if (c->kind < countof(lost)) {
			lost[c->kind] += n;
		} else if (n) {
			report_span(s, c, n);
		}
	}
	if (lost[COUNTER_LOST_EVENTS])
		output_lost_events(&s->output, lost[COUNTER_LOST_EVENTS],
				   s->load.ring_pages);
	if (lost[COUNTER_LOST_CONTROL])
		output_lost_control(&s->output, lost[COUNTER_LOST_CONTROL]);
	if (lost[COUNTER_STACKS])
		output_lost_stacks(&s->output, lost[COUNTER_STACKS]);
	if (s->events.damaged)
		report(&s->rep, REPORT_WARNING, NULL, NULL,
		       "%llu records were not understood",
		       (unsigned long long)s->events.damaged);
}

/* The kernel does not run a program that already runs on that CPU. */
static void report_misses(struct session *s)
{
	size_t i;

	for (i = 0; i < s->probes.programs.n; i++) {
		const struct program *p = &s->probes.programs.v[i];
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		if (!p->bpf || bpf_obj_get_info_by_fd(bpf_program__fd(p->bpf),
						      &info, &len))
			continue;
		if (info.recursion_misses)
			output_missed(&s->output, p->plan->points.v[0].name,
				      info.recursion_misses, "calls",
				      "it was already running");
	}
}

static void finish(struct session *s)
{
	detach_all(&s->probes);
	events_drain(&s->events);
	s->events.discard = false;
	run_special(s, PROVIDER_END);
	events_drain(&s->events);
	fflush(s->o->out);
	events_flush_warnings(&s->events);
	output_maps(&s->output, s->load.map_fds);
	fflush(s->o->out);
	report_losses(s);
	report_misses(s);
	child_report(&s->child, &s->rep);
}

static int run_session(struct session *s)
{
	int err;

	err = open_watch(s);
	if (!err && !s->o->dry_run)
		err = run_special(s, PROVIDER_BEGIN);
	if (!err)
		err = attach_all(&s->probes);
	if (err)
		return err;
	output_attached(&s->output, (uint32_t)attach_count(&s->probes));
	fflush(s->o->out);
	if (s->o->dry_run)
		return 0;
	symbols_follow(&s->symbols, s->probes.pid, s->child.pid);
	notify_ready();
	err = child_release(&s->child, &s->rep);
	if (err)
		return err;
	s->stop = only_special(s);
	events_consume(&s->events);
	poll_events(s);
	finish(s);
	return 0;
}

int run_image(const struct image *img, const struct run_options *o)
{
	struct session s;
	int err, status;

	session_init(&s, o);
	err = load_session(&s, img);
	if (!err)
		err = run_session(&s);
	status = err ? 1 : s.events.status;
	session_free(&s);
	return status;
}
