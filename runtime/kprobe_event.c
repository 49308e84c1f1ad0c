#include "runtime/kprobe_event.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP "waggle_"

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

/* Those of a process that was killed: "r64:waggle_PID/waggle_PID_N ...".  One
 * that is in use after all can't be removed. */
static void remove_stale(int tracefs)
{
	FILE *f = open_list(tracefs, "kprobe_events");
	char line[512], text[128], name[64];
	struct strbuf stale = { 0 };
	const char *s, *eol;
	int pid;

	while (f && fgets(line, sizeof(line), f)) {
		s = strstr(line, ":" GROUP);
		if (!s || sscanf(s, ":" GROUP "%d/%63s", &pid, name) != 2 ||
		    pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		strbuf_printf(&stale, "-:" GROUP "%d/%s\n", pid, name);
	}
	if (f)
		fclose(f);
	for (s = stale.s; s && *s; s = eol + 1) {
		eol = strchr(s, '\n');
		snprintf(text, sizeof(text), "%.*s\n", (int)(eol - s), s);
		command(tracefs, text);
	}
	strbuf_free(&stale);
}

static int read_id(int tracefs, const char *event)
{
	char path[128], text[16] = "";
	int fd, id;
	ssize_t n;

	snprintf(path, sizeof(path), "events/" GROUP "%d/%s/id", (int)getpid(),
		 event);
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
	char text[128];

	snprintf(text, sizeof(text), "-:" GROUP "%d/%s\n", (int)getpid(),
		 event);
	command(tracefs, text);
}

int kprobe_event_make(struct probes *ps, struct probe *p)
{
	int tracefs = match_tracefs(ps->match), err;
	bool bare = !*p->module || !strcmp(p->module, "vmlinux");
	char text[512];

	if (tracefs < 0)
		return tracefs;
	if (!ps->nevents)
		remove_stale(tracefs);
	p->event = arena_printf(ps->arena, GROUP "%d_%zu", (int)getpid(),
				ps->nevents);
	snprintf(text, sizeof(text), "r%d:" GROUP "%d/%s %s%s%s\n",
		 ps->list.n > MANY ? CALLS_OF_MANY : CALLS, (int)getpid(),
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
