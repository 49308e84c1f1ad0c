#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
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
#include "runtime/nofile.h"
#include "runtime/suite.h"
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
	SOURCE_PID,
	SOURCE_SELF,
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
	s->output.stop_fd = s->o->stop_fd;
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
	s->probes.stop_fd = s->o->stop_fd;
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

	err = load_open(&s->load, s->arena, img, &s->rep,
			s->o->elsewhere ? s->match : NULL);
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
	lo.elsewhere = s->o->elsewhere;
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
	release_events(&s->probes);
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

static bool is_iterator(const struct program *p)
{
	return p->plan->provider == PROVIDER_ITER;
}

/* Nothing can happen any more. */
static bool only_special(const struct session *s)
{
	size_t i;

	for (i = 0; i < s->probes.programs.n; i++) {
		const struct program *p = &s->probes.programs.v[i];

		if (p->bpf && !is_iterator(p) &&
		    (p->plan->provider == PROVIDER_SELF ||
		     attach_ops(p->plan->provider)->attach))
			return false;
	}
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

static int signal_of(const struct program *p)
{
	const char *name = p->plan->points.v[0].target;
	int i;

	for (i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && !strncmp(name, "SIG", 3) &&
		    !strcmp(sigabbrev_np(i), name + 3))
			return i;
	return 0;
}

/* Whether the program has self probes, whose signals are now caught. */
static bool catch_self(struct session *s)
{
	struct sigaction sa = { .sa_handler = s->o->on_self,
				.sa_flags = SA_RESTART };
	bool any = false;
	size_t i;

	for (i = 0; i < s->probes.programs.n; i++) {
		const struct program *p = &s->probes.programs.v[i];

		if (p->plan->provider != PROVIDER_SELF || !p->bpf)
			continue;
		sigaction(signal_of(p), &sa, NULL);
		any = true;
	}
	return any;
}

/* Run the self probes of the signals that came. */
static void run_self(struct session *s)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	unsigned char number;
	size_t i;

	while (read(s->o->self_fd, &number, 1) == 1)
		for (i = 0; i < s->probes.programs.n; i++) {
			const struct program *p = &s->probes.programs.v[i];

			if (p->bpf && p->plan->provider == PROVIDER_SELF &&
			    signal_of(p) == number)
				bpf_prog_test_run_opts(bpf_program__fd(p->bpf),
						       &opts);
		}
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
		err = watch(s->others, catch_self(s) ? s->o->self_fd : -1,
			    SOURCE_SELF);
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

/* Anything but a ring and a signal for the program ends it. */
static void look(struct session *s, int timeout)
{
	struct epoll_event ev;

	if (epoll_wait(s->others, &ev, 1, timeout) <= 0)
		return;
	if (ev.data.u32 == SOURCE_SELF) {
		run_self(s);
		return;
	}
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

/* Each object's records are handled before the next is asked for, so that the
 * ring never overflows however many there are. */
static int run_iterator(struct session *s, const struct probe *p)
{
	int fd = attach_iterate(p), err = 0;

	if (fd < 0) {
		report(&s->rep, REPORT_ERROR, NULL, NULL, "cannot run %s: %s",
		       p->name, strerror(-fd));
		return fd;
	}
	while (!s->stop && (err = attach_iterate_next(fd)) > 0) {
		events_consume(&s->events);
		s->stop = s->events.exited || ferror(s->o->out);
		if (!s->stop)
			look(s, 0);
	}
	close(fd);
	if (s->stop || !err)
		return 0;
	report(&s->rep, REPORT_ERROR, NULL, NULL, "cannot go on with %s: %s",
	       p->name, strerror(-err));
	return err;
}

static int run_iterators(struct session *s)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->probes.list.n; i++) {
		const struct probe *p = &s->probes.list.v[i];

		if (p->point->provider == PROVIDER_ITER && !*p->module &&
		    p->nlinks)
			err = run_iterator(s, p);
	}
	return err;
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
	output_missed(&s->output, p->points.v[0].name, n, "calls", why);
}

static void report_losses(struct session *s)
{
	const struct plan *p = s->load.plan;
	uint64_t lost[COUNTER_MAP_FULL] = { 0 }, n;
	size_t i;

	for (i = 0; i < p->counters.n; i++) {
		const struct plan_counter *c = &p->counters.v[i];

		n = load_counter(&s->load, c);
		if (c->kind < COUNTER_MAP_FULL)
			lost[c->kind] += n;
		else if (c->kind <= COUNTER_MAP_OTHER)
			output_lost_updates(&s->output, &p->maps.v[c->map],
					    (enum counter_kind)c->kind, n);
		else if (n)
			report_span(s, c, n);
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

static void report_missed_probes(struct session *s)
{
	size_t i;

	for (i = 0; i < s->probes.list.n; i++) {
		const struct probe *p = &s->probes.list.v[i];
		bool ret = p->point->provider == PROVIDER_KRETPROBE;

		output_missed(&s->output, p->name, p->missed,
			      ret ? "returns" : "calls",
			      ret ? "too many calls at once"
				  : "another kprobe was being handled");
	}
}

/* The kernel does not run a program while that one, or one of the same kind,
 * runs on the same CPU. */
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
				      "a program was already running on "
				      "that CPU");
	}
}

static void finish(struct session *s)
{
	attach_note_missed(&s->probes);
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
	report_missed_probes(s);
	report_misses(s);
	child_report(&s->child, &s->rep);
	fflush(s->o->out);
}

/* Three files a probe, or a CPU of a probe, and some of our own. */
static size_t files_wanted(const struct probes *ps)
{
	int possible = libbpf_num_possible_cpus();
	size_t n = 256, i, cpus = possible > 0 ? (size_t)possible : 1;

	for (i = 0; i < ps->programs.n; i++) {
		const struct program *p = &ps->programs.v[i];
		bool each_cpu = p->plan->provider == PROVIDER_PROFILE ||
				p->plan->provider == PROVIDER_SOFTWARE;

		n += 3 * p->n * (each_cpu ? cpus : 1);
	}
	return n;
}

/* The command of -c was started before, with the limit as it was. */
static int attach_probes(struct session *s)
{
	s->output.nofile = nofile_raise(files_wanted(&s->probes));
	return attach_all(&s->probes);
}

static int run_session(struct session *s)
{
	int err;

	if (suite_is(&s->probes) && !s->o->dry_run)
		return suite_run(&s->probes, &s->events);
	err = open_watch(s);
	if (!err && !s->o->dry_run)
		err = run_special(s, PROVIDER_BEGIN);
	if (!err)
		err = attach_probes(s);
	if (err == -ECANCELED && !s->o->dry_run)
		finish(s);
	if (err)
		return err == -ECANCELED ? 0 : err;
	output_attached(&s->output, (uint32_t)attach_count(&s->probes));
	fflush(s->o->out);
	if (s->o->dry_run)
		return 0;
	symbols_follow(&s->symbols, s->probes.pid, s->child.pid);
	notify_ready();
	err = child_release(&s->child, &s->rep);
	if (err)
		return err;
	events_consume(&s->events);
	err = run_iterators(s);
	if (err)
		return err;
	s->stop |= only_special(s);
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
