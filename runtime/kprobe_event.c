#include "runtime/kprobe_event.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP "waggle_"

/* Whose events they are: a process of a pid namespace. */
struct owner {
	unsigned long ns;
	int pid;
};

static struct owner this_process(void)
{
	struct stat st;

	return (struct owner){
		.ns = stat("/proc/self/ns/pid", &st) ? 0 : st.st_ino,
		.pid = (int)getpid(),
	};
}

/* How many calls are kept track of, each some 100 bytes: of one function, and
 * of one among hundreds. */
enum { CALLS = 1024, CALLS_OF_MANY = 64, MANY = 32 };

bool kprobe_event_wanted(void)
{
	return kernel_version() < 0x60700;
}

/* 0, or -errno. */
static int command(int tracefs, const char *text)
{
	int fd = openat(tracefs, "kprobe_events",
			O_WRONLY | O_APPEND | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static FILE *open_list(int tracefs, const char *name)
{
	int fd = openat(tracefs, name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

/*
 * Those of a process that was killed: "r64:waggle_NS_PID/waggle_NS_PID_N ...".
 * One with our own number is not ours yet.  Of other namespaces nothing is
 * known.  What is in use after all can't be removed.
 */
static bool is_stale(const struct owner *o, const struct owner *we)
{
	if (o->ns != we->ns || o->pid <= 0)
		return false;
	return o->pid == we->pid || (kill(o->pid, 0) && errno == ESRCH);
}

static void remove_stale(int tracefs, const struct owner *we)
{
	FILE *f = open_list(tracefs, "kprobe_events");
	char line[512], name[64];
	struct strbuf stale = { 0 };
	struct owner o;
	char *s, *next;

	while (f && fgets(line, sizeof(line), f)) {
		s = strstr(line, ":" GROUP);
		if (s &&
		    sscanf(s, ":" GROUP "%lu_%d/%63s", &o.ns, &o.pid, name) ==
			    3 &&
		    is_stale(&o, we))
			strbuf_printf(&stale, "-:" GROUP "%lu_%d/%s\n", o.ns,
				      o.pid, name);
	}
	if (f)
		fclose(f);
	for (s = stale.s; s && *s; s = next) { /* each by itself */
		next = s + strcspn(s, "\n");
		if (*next)
			*next++ = '\0';
		command(tracefs, s);
	}
	strbuf_free(&stale);
}

static int read_id(int tracefs, const char *event)
{
	struct owner we = this_process();
	char path[128], text[16] = "";
	int fd, id;
	ssize_t n;

	snprintf(path, sizeof(path), "events/" GROUP "%lu_%d/%s/id", we.ns,
		 we.pid, event);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	id = n > 0 ? atoi(text) : 0;
	return id > 0 ? id : -EINVAL;
}

static void remove_event(int tracefs, const char *event)
{
	struct owner we = this_process();
	char text[128];

	snprintf(text, sizeof(text), "-:" GROUP "%lu_%d/%s", we.ns, we.pid,
		 event);
	command(tracefs, text);
}

int kprobe_event_make(struct probes *ps, struct probe *p)
{
	int tracefs = match_tracefs(ps->match), err;
	bool bare = !*p->module || !strcmp(p->module, "vmlinux");
	struct owner we = this_process();
	char text[512];

	if (tracefs < 0)
		return tracefs;
	if (!ps->nevents)
		remove_stale(tracefs, &we);
	p->event = arena_printf(ps->arena, GROUP "%lu_%d_%zu", we.ns, we.pid,
				ps->nevents);
	snprintf(text, sizeof(text), "r%d:" GROUP "%lu_%d/%s %s%s%s\n",
		 ps->list.n > MANY ? CALLS_OF_MANY : CALLS, we.ns, we.pid,
		 p->event, bare ? "" : p->module, bare ? "" : ":", p->target);
	err = command(tracefs, text);
	if (!err) {
		ps->nevents++;
		err = read_id(tracefs, p->event);
		if (err > 0)
			return err;
		remove_event(tracefs, p->event);
	}
	p->event = NULL;
	return err;
}

static struct probe *probe_of(struct probes *ps, const char *event)
{
	size_t i;

	for (i = 0; i < ps->list.n; i++)
		if (ps->list.v[i].event && !strcmp(ps->list.v[i].event, event))
			return &ps->list.v[i];
	return NULL;
}

/* kprobe_profile has a line for each event: its name, hits, misses. */
void kprobe_event_note_missed(struct probes *ps)
{
	unsigned long long hits, missed;
	char line[256], name[64];
	struct probe *p;
	FILE *f;

	if (!ps->nevents)
		return;
	f = open_list(match_tracefs(ps->match), "kprobe_profile");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %llu %llu", name, &hits, &missed) != 3)
			continue;
		p = probe_of(ps, name);
		if (p)
			p->missed += missed;
	}
	if (f)
		fclose(f);
}

void kprobe_event_remove_all(struct probes *ps)
{
	size_t i;

	for (i = 0; ps->nevents && i < ps->list.n; i++) {
		if (ps->list.v[i].event)
			remove_event(match_tracefs(ps->match),
				     ps->list.v[i].event);
		ps->list.v[i].event = NULL;
	}
	ps->nevents = 0;
}
