#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agg_show.h"
#include "nofile.h"

extern char **environ;

void output_init(struct output *o, enum output_kind kind, FILE *out,
		 const struct reporter *reporter, struct render *render)
{
	*o = (struct output){ .kind = kind,
			      .out = out,
			      .reporter = reporter,
			      .render = render,
			      .stop_fd = -1 };
	o->ops = kind == OUTPUT_TEXT ? &output_text_ops : &output_json_ops;
}

void output_free(struct output *o)
{
	strbuf_free(&o->line);
	strbuf_free(&o->text);
}

void output_attached(struct output *o, uint32_t nprobes)
{
	if (!o->quiet)
		o->ops->attached(o, nprobes);
}

void output_test(struct output *o, const char *name, const char *why)
{
	o->ops->test(o, name, why);
}

void output_bench(struct output *o, const char *name, double ns, uint64_t runs)
{
	o->ops->bench(o, name, ns, runs);
}

/* ---- events ---- */

const struct strbuf *
output_format(struct output *o, const struct plan_event *ev, const uint8_t *rec)
{
	strbuf_reset(&o->text);
	strbuf_add(&o->text, "", 0);
	printf_render(o->render, ev, rec, &o->text);
	return &o->text;
}

void output_printf(struct output *o, const struct plan_event *ev,
		   const uint8_t *rec)
{
	o->ops->printf(o, ev, rec);
}

void output_errorf(struct output *o, const struct plan_event *ev,
		   const uint8_t *rec)
{
	o->ops->errorf(o, ev, output_format(o, ev, rec));
}

void output_value(struct output *o, const struct plan_event *ev,
		  const uint8_t *rec)
{
	if (ev->fields.n)
		o->ops->value(o, ev, rec);
}

void output_message(struct output *o, enum message m, const char *s, size_t len)
{
	o->ops->message(o, m, s, len);
}

static void message_text(struct output *o, enum message m)
{
	output_message(o, m, o->text.s, o->text.len);
}

void output_time(struct output *o, const struct plan_event *ev)
{
	strbuf_reset(&o->text);
	strbuf_add(&o->text, "", 0);
	render_time(&o->text, ev->text, render_now());
	message_text(o, MESSAGE_TIME);
}

void output_join(struct output *o, const struct plan_event *ev,
		 const uint8_t *rec)
{
	const struct plan *p = o->render->plan;
	uint64_t n, room, i;

	if (ev->fields.n < 2 || !ev->text_size)
		return;
	n = render_number(p, &ev->fields.v[0], rec);
	room = p->types.v[ev->fields.v[1].type].size / ev->text_size;
	strbuf_reset(&o->text);
	strbuf_add(&o->text, "", 0);
	for (i = 0; i < n && i < room; i++) {
		const char *s = (const char *)rec + ev->fields.v[1].offset +
				i * ev->text_size;

		if (i)
			strbuf_str(&o->text, ev->text);
		strbuf_add(&o->text, s, strnlen(s, ev->text_size));
	}
	message_text(o, MESSAGE_JOIN);
}

void output_runtime(struct output *o, const struct plan_event *ev,
		    const uint8_t *rec)
{
	int64_t retcode;

	if (!ev->fields.n || !ev->text2[0]) {
		o->ops->runtime(o, ev, NULL);
		return;
	}
	retcode =
		(int64_t)render_number(o->render->plan, &ev->fields.v[0], rec);
	o->ops->runtime(o, ev, &retcode);
}

/* ---- files and commands ---- */

/* Append what can be read, up to max bytes.  0 or -errno. */
static int read_all(int fd, size_t max, struct strbuf *b)
{
	char bytes[4096];
	ssize_t n;

	while (b->len < max) {
		size_t want = max - b->len;

		n = read(fd, bytes,
			 want < sizeof(bytes) ? want : sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		strbuf_add(b, bytes, (size_t)n);
	}
	return 0;
}

static void cat_failed(struct output *o, const char *verb, const char *path,
		       int err)
{
	report(o->reporter, REPORT_ERROR, NULL, NULL,
	       "failed to %s file '%s' (%s)", verb, path, strerror(err));
}

void output_cat(struct output *o, const char *path, uint32_t max)
{
	/* A pipe that nobody writes to must not hold everything up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct strbuf b = { 0 };

	if (fd < 0) {
		cat_failed(o, "open", path, errno);
		return;
	}
	err = read_all(fd, max, &b);
	if (err)
		cat_failed(o, "read", path, -err);
	if (b.len)
		output_message(o, MESSAGE_CAT, b.s, b.len);
	strbuf_free(&b);
	close(fd);
}

/* A command runs as from a shell, whatever signals we block for ourselves. */
static int spawn_shell(const char *command, int out, rlim_t nofile, pid_t *pid)
{
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	rlim_t ours;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	ours = nofile_set(nofile);
	err = posix_spawn(pid, "/bin/sh", &files, &attr, argv, environ);
	nofile_set(ours);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return err;
}

enum {
	COMMAND_PART = 1 << 16, /* bytes that are passed on at once */
	COMMAND_PATIENCE = 300, /* ms to end in, when all is to end */
};

struct command {
	pid_t pid;
	int fd;	       /* what it prints */
	bool told;     /* that it has to end */
	uint64_t when; /* ms */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Once the user wants an end the command has to end as well.  False: it does
 * not, or what it started does not. */
static bool wait_for_output(const struct output *o, struct command *c)
{
	struct pollfd fds[] = { { .fd = c->fd, .events = POLLIN },
				{ .fd = c->told ? -1 : o->stop_fd,
				  .events = POLLIN } };
	int n = poll(fds, 2, c->told ? COMMAND_PATIENCE : -1);

	if (c->told && (n == 0 || now_ms() - c->when > COMMAND_PATIENCE)) {
		kill(c->pid, SIGKILL);
		return false;
	}
	if (n > 0 && fds[1].revents) {
		c->told = true;
		c->when = now_ms();
		kill(c->pid, SIGTERM);
	}
	return true;
}

/* Text as it comes: there may be no end to it. */
static void pass_on(struct output *o, struct command *c)
{
	bool is_text = o->kind == OUTPUT_TEXT;
	struct strbuf b = { 0 };
	char bytes[4096];
	ssize_t n = 1;

	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	while (n && wait_for_output(o, c)) {
		n = read(c->fd, bytes, sizeof(bytes));
		if (n <= 0)
			continue;
		if (is_text) {
			output_message(o, MESSAGE_CAT, bytes, (size_t)n);
			fflush(o->out);
			continue;
		}
		strbuf_add(&b, bytes, (size_t)n);
		if (b.len < COMMAND_PART)
			continue;
		output_message(o, MESSAGE_SYSCALL, b.s, b.len);
		strbuf_reset(&b);
	}
	output_message(o, MESSAGE_SYSCALL, b.s ? b.s : "", b.len);
	strbuf_free(&b);
}

void output_system(struct output *o, const char *command)
{
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		report(o->reporter, REPORT_ERROR, NULL, NULL,
		       "failed to run '%s' (%s)", command, strerror(errno));
		return;
	}
	err = spawn_shell(command, ends[1], o->nofile, &pid);
	close(ends[1]);
	if (err) {
		report(o->reporter, REPORT_ERROR, NULL, NULL,
		       "failed to run '%s' (%s)", command, strerror(err));
	} else {
		pass_on(o, &(struct command){ .pid = pid, .fd = ends[0] });
		close(ends[0]);
		ends[0] = -1;
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (ends[0] >= 0)
		close(ends[0]);
}

/* ---- maps ---- */

static int read_map(struct output *o, const struct plan_map *m, int fd,
		    struct map_rows *rows)
{
	int err = maps_read(o->render->plan, m, fd, rows);

	if (err)
		report(o->reporter, REPORT_ERROR, NULL, NULL,
		       "cannot read the map %s: %s", m->name, strerror(-err));
	return err;
}

static void divide_rows(const struct plan_type *t, const struct map_rows *rows,
			uint64_t div)
{
	size_t i;

	for (i = 0; i < rows->n && div > 1; i++)
		agg_divide(t, (uint8_t *)(uintptr_t)rows->v[i].value, div);
}

int output_map(struct output *o, const struct plan_map *m, int fd, uint64_t top,
	       uint64_t div)
{
	struct map_rows rows, last;
	int err = read_map(o, m, fd, &rows);

	if (err) {
		map_rows_free(&rows);
		return err;
	}
	last = rows;
	if (top && top < rows.n) {
		last.v += rows.n - top;
		last.n = top;
	}
	divide_rows(&o->render->plan->types.v[m->value], &last, div);
	if (last.n || (o->ops->print_empty && !m->scalar))
		o->ops->map(o, m, &last, div ? div : 1);
	map_rows_free(&rows);
	return 0;
}

void output_maps(struct output *o, const int *fds)
{
	const struct plan *p = o->render->plan;
	uint32_t *order = maps_by_name(p), i;
	struct map_rows rows;

	fputs(o->ops->exit, o->out);
	for (i = 0; i < p->maps.n && p->print_maps; i++) {
		const struct plan_map *m = &p->maps.v[order[i]];

		if (fds[order[i]] < 0)
			continue;
		if (!read_map(o, m, fds[order[i]], &rows) && rows.n)
			o->ops->map(o, m, &rows, 1);
		map_rows_free(&rows);
	}
	free(order);
}

/* ---- what was missed ---- */

static void lost(struct output *o, const struct loss *l, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void lost(struct output *o, const struct loss *l, const char *fmt, ...)
{
	va_list ap;

	if (!l->n)
		return;
	strbuf_reset(&o->text);
	va_start(ap, fmt);
	strbuf_vprintf(&o->text, fmt, ap);
	va_end(ap);
	o->ops->lost(o, l, o->text.s);
}

void output_lost_events(struct output *o, uint64_t n, uint32_t pages)
{
	struct loss l = { .type = "lost_events", .unit = "events", .n = n };
	char now[32] = "";

	if (pages)
		snprintf(now, sizeof(now), ", now %" PRIu32, pages);
	lost(o, &l,
	     "Lost %" PRIu64 " event%s: the ring buffer was full "
	     "(raise perf_rb_pages%s)",
	     n, n == 1 ? "" : "s", now);
}

void output_lost_control(struct output *o, uint64_t n)
{
	struct loss l = { .type = "lost_control", .unit = "events", .n = n };

	lost(o, &l,
	     "Lost %" PRIu64 " call%s of exit, print, clear or zero: both ring "
	     "buffers were full (raise perf_rb_pages)",
	     n, n == 1 ? "" : "s");
}

void output_lost_stacks(struct output *o, uint64_t n)
{
	struct loss l = { .type = "lost_stacks", .unit = "stacks", .n = n };

	lost(o, &l,
	     "Lost %" PRIu64 " stack%s: there was no room to keep more "
	     "(raise max_map_keys)",
	     n, n == 1 ? "" : "s");
}

static void lost_by_full_map(struct output *o, const struct loss *l,
			     const struct plan_map *m)
{
	lost(o, l,
	     "Dropped %" PRIu64 " update%s of %s: the map is full "
	     "(declare let %s = %s(%" PRIu64 ");)",
	     l->n, l->n == 1 ? "" : "s", m->name, m->name,
	     m->percpu ? "percpuhash" : "hash", (uint64_t)m->max_entries * 2);
}

void output_lost_updates(struct output *o, const struct plan_map *m,
			 enum counter_kind cause, uint64_t n)
{
	static const struct {
		const char *word, *why;
	} causes[NCOUNTERS] = {
		[COUNTER_MAP_FULL] = { "full", "the map is full" },
		[COUNTER_MAP_BUSY] = { "busy",
				       "another update was being made there "
				       "(probe what does not run within it)" },
		[COUNTER_MAP_MEMORY] = { "memory",
					 "the kernel had no memory at hand "
					 "(a smaller map is allocated "
					 "beforehand)" },
		[COUNTER_MAP_OTHER] = { "other",
					"the kernel did not keep the entry, or "
					"another CPU deleted it at once" },
	};
	struct loss l = { .type = "lost_updates",
			  .subject = "map",
			  .name = m->name,
			  .unit = "updates",
			  .cause = causes[cause].word,
			  .n = n };

	if (cause == COUNTER_MAP_FULL)
		lost_by_full_map(o, &l, m);
	else
		lost(o, &l, "Dropped %" PRIu64 " update%s of %s: %s", n,
		     n == 1 ? "" : "s", m->name, causes[cause].why);
}

void output_missed(struct output *o, const char *probe, uint64_t n,
		   const char *what, const char *why)
{
	struct loss l = { .type = "missed_probes",
			  .subject = "probe",
			  .name = probe,
			  .unit = what,
			  .n = n };

	lost(o, &l, "Missed %" PRIu64 " %.*s of %s: %s", n,
	     (int)strlen(what) - (n == 1), what, probe, why);
}
