/* point_parts.c - what follows the kind of an attach point, kind by kind. */
#include "point.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "elfsym.h"
#include "match.h"
#include "param.h"

bool point_bad(struct unit *u, const struct point *p, const char *hint,
	       const char *what)
{
	struct diag *d =
		diag_error(u->diags, p->at, DIAG_BAD_PROBE, "%s", what);

	if (hint)
		diag_hint(u->diags, d, "%s", hint);
	return false;
}

static const char *usage(struct unit *u, const struct provider_row *row)
{
	return arena_printf(u->arena, "write %s%s%s", row->name,
			    *row->parts ? ":" : "", row->parts);
}

static bool number(const char *s, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*v = strtoull(s, &end, 0);
	return !errno && !*end;
}

/* vfs_read+8 into its parts. */
static bool split_offset(struct unit *u, const struct point *p, const char *s,
			 struct target *t)
{
	const char *plus = strrchr(s, '+');

	t->target = s;
	if (!plus)
		return true;
	if (!number(plus + 1, &t->offset))
		return point_bad(
			u, p, "write it as a number: function+0x10",
			arena_printf(u->arena,
				     "'%s' is no offset into a function",
				     plus + 1));
	t->target = arena_strndup(u->arena, s, (size_t)(plus - s));
	return true;
}

static bool needs_unsafe(struct unit *u, const struct point *p,
			 const char *what)
{
	if (u->unsafe)
		return true;
	diag_hint(u->diags,
		  diag_error(u->diags, p->at, DIAG_UNSAFE, "%s", what),
		  "name a function, or run with --unsafe");
	return false;
}

/* The functions that t is in, and how many bytes into them. */
static enum elfsym_code find_places(struct unit *u, struct elfsym_file *f,
				    const struct target *t,
				    struct elfsym_list *list, uint64_t *into,
				    struct elfsym_err *err)
{
	struct elfsym *s = arena_make(u->arena, struct elfsym);
	enum elfsym_code code;

	*into = t->offset;
	if (*t->target)
		return elfsym_resolve(f, u->arena, t->target, ELFSYM_AUTO, NULL,
				      list, err);
	code = elfsym_at(f, t->offset, s, err);
	if (code != ELFSYM_OK)
		return code;
	*into = t->offset - s->addr;
	list->v = s;
	list->n = 1;
	return code;
}

/* The bytes of a function, in the arena; NULL: they can't be read. */
static const uint8_t *read_code(struct unit *u, const char *path,
				const struct elfsym *s)
{
	uint8_t *code = arena_alloc(u->arena, s->size);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = pread(fd, code, s->size, (off_t)s->offset);
		close(fd);
	}
	return n == (ssize_t)s->size ? code : NULL;
}

static const char *not_known(struct unit *u, const char *why)
{
	return arena_printf(u->arena,
			    "it is not known whether an instruction begins "
			    "there (%s), and if not, a uprobe makes programs "
			    "crash",
			    why);
}

/* NULL: an instruction begins so many bytes into s; else a sentence. */
static const char *no_instruction(struct unit *u, const char *path,
				  const struct elfsym *s, uint64_t into)
{
	enum { LARGEST = 1 << 20 }; /* bytes of a function */
	const uint8_t *code;

	if (s->size > LARGEST)
		return not_known(u, "the function is too large");
	code = read_code(u, path, s);
	if (!code)
		return not_known(u, "its code can't be read");
	switch (u->decode ? u->decode(code, s->size, into) : DECODED_UNKNOWN) {
	case DECODED_BEGINS:
		return NULL;
	case DECODED_WITHIN:
		return arena_printf(u->arena,
				    "no instruction begins %llu bytes into "
				    "%s, and a uprobe there makes programs "
				    "crash",
				    (unsigned long long)into, s->name);
	case DECODED_UNKNOWN:
		break;
	}
	return not_known(u, "its code can't be decoded");
}

/* Whether an instruction begins wherever t is; else *why is a sentence. */
static bool at_instruction(struct unit *u, const struct target *t,
			   const char **why)
{
	struct elfsym_list list = { 0 };
	struct elfsym_file *f = NULL;
	struct elfsym_err err;
	char path[PATH_MAX];
	uint64_t into = 0;
	size_t i;

	*why = NULL;
	if (match_has_wildcard(t->module))
		*why = not_known(u, "one would have to look into each file");
	else if (elfsym_find(t->module, u->pid, path, &err) != ELFSYM_OK)
		return true; /* it is not there: said when it is attached */
	else if (!(f = elfsym_open(path, &err)))
		*why = not_known(u, err.text);
	else if (!elfsym_is_native(f))
		*why = not_known(u, "it is a program of another machine");
	else if (find_places(u, f, t, &list, &into, &err) != ELFSYM_OK)
		*why = not_known(u, err.text);
	for (i = 0; !*why && i < list.n; i++)
		/* one that is too short is refused when it is attached */
		if (!list.v[i].alias && into < list.v[i].size)
			*why = no_instruction(u, path, &list.v[i], into);
	elfsym_close(f);
	return !*why;
}

/*
 * The kernel looks whether a kprobe is at the start of an instruction, and does
 * not for a uprobe: in the middle of one it makes the program, and every other
 * that shares the file, run something else.  A return address is replaced where
 * the stack pointer points, which is right at the start of a function only.
 */
static bool user_offset(struct unit *u, const struct point *p,
			const struct target *t)
{
	const char *why = "what is built may meet another file, and a uprobe "
			  "that is not at the start of an instruction makes "
			  "programs crash";

	if (!t->offset)
		return true;
	if (t->provider == PROVIDER_URETPROBE || t->provider == PROVIDER_UCALL)
		return point_bad(u, p, "name the function alone",
				 arena_printf(u->arena,
					      "a %s is of a whole function",
					      providers[t->provider].name));
	if (u->unsafe || (!u->deferred && at_instruction(u, t, &why)))
		return true;
	return needs_unsafe(u, p, why);
}

/* bpf:[id:]program */
static bool parse_bpf(struct unit *u, const struct point *p, const char **part,
		      uint32_t n, struct target *t)
{
	uint64_t id;

	if (n < 2 || n > 3 || !*part[n - 1] ||
	    (n == 3 && !number(part[1], &id)))
		return point_bad(
			u, p,
			"write fentry:bpf:PROGRAM or "
			"fentry:bpf:ID:PROGRAM",
			"a BPF program has a name, and a number before "
			"it");
	if (match_has_wildcard(part[n - 1]))
		return point_bad(u, p, "bpftool prog lists them",
				 "BPF programs have to be named one by one");
	t->module = "bpf";
	if (n == 3)
		t->module = arena_printf(u->arena, "bpf:%s", part[1]);
	t->target = part[n - 1];
	return true;
}

/* [module:]function[+offset], for kernel functions and raw tracepoints. */
static bool parse_kernel(struct unit *u, const struct point *p,
			 const char **part, uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];
	uint64_t address;

	if (n > 1 && !strcmp(part[0], "bpf") &&
	    (t->provider == PROVIDER_FENTRY || t->provider == PROVIDER_FEXIT))
		return parse_bpf(u, p, part, n, t);
	if (n < 1 || n > 2 || !*part[n - 1])
		return point_bad(u, p, usage(u, row),
				 arena_printf(u->arena, "%s needs a function",
					      row->name));
	t->module = n == 2 ? part[0] : "";
	if (t->provider != PROVIDER_KPROBE) {
		t->target = part[n - 1];
		return true;
	}
	if (n == 1 && number(part[0], &address)) {
		t->target = "";
		t->offset = address;
		return needs_unsafe(
			u, p, "a probe at a bare address may crash the kernel");
	}
	return split_offset(u, p, part[n - 1], t);
}

static bool parse_tracepoint(struct unit *u, const struct point *p,
			     const char **part, uint32_t n, struct target *t)
{
	if (n != 2 || !*part[0] || !*part[1])
		return point_bad(u, p,
				 "write tracepoint:CATEGORY:EVENT, as in "
				 "tracepoint:sched:sched_switch; "
				 "waggle -l 'tracepoint:*' lists them",
				 "tracepoint needs a category and an event");
	t->module = part[0];
	t->target = part[1];
	return true;
}

/* binary@file.c:line[:column].  A path may have an '@' of its own: what
 * follows that of a source ends in a file name with a dot, and a number. */
static bool is_source_line(const char *const *part, uint32_t n)
{
	const char *at = n > 1 ? strrchr(part[0], '@') : NULL, *slash;

	if (!at || at == part[0])
		return false;
	slash = strrchr(at, '/');
	return strchr(slash ? slash : at, '.') && *part[1] &&
	       strspn(part[1], "0123456789") == strlen(part[1]);
}

static bool parse_line(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	static const char hint[] = "write BINARY@FILE:LINE or "
				   "BINARY@FILE:LINE:COLUMN";
	const char *at = strrchr(part[0], '@');
	uint64_t line, column = 0;

	if (t->provider == PROVIDER_URETPROBE)
		return point_bad(u, p, "name a function",
				 "a uretprobe is of a whole function");
	if (n < 2 || n > 3 || !number(part[1], &line) || !line ||
	    line > INT_MAX ||
	    (n == 3 && (!number(part[2], &column) || column > INT_MAX)))
		return point_bad(u, p, hint,
				 "a source line is a file and a number");
	t->module = arena_strndup(u->arena, part[0], (size_t)(at - part[0]));
	t->target = arena_printf(u->arena, "@%s:%u:%u", at + 1, (unsigned)line,
				 (unsigned)column);
	return true;
}

/* With -p the program may be left out: it is what the process runs. */
static const char *program_of(struct unit *u)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	if (!u->pid)
		return NULL;
	snprintf(link, sizeof(link), "/proc/%d/exe", u->pid);
	n = readlink(link, path, sizeof(path));
	return n > 0 ? arena_strndup(u->arena, path, (size_t)n) : NULL;
}

/* The parts with the program before them, if it is left out and known. */
static const char **with_program(struct unit *u, const char **part, uint32_t *n)
{
	const char *program = *n == 1 ? program_of(u) : NULL;
	const char **both;

	if (!program)
		return part;
	both = arena_alloc(u->arena, 2 * sizeof(*both));
	both[0] = program;
	both[1] = part[0];
	*n = 2;
	return both;
}

/* binary:function[+offset], binary:address, binary:cpp:"name". */
static bool parse_user(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];

	part = with_program(u, part, &n);
	if (is_source_line(part, n))
		return parse_line(u, p, part, n, t);
	if (n < 2 || n > 3 || !*part[0] || !*part[n - 1])
		return point_bad(
			u, p, usage(u, row),
			arena_printf(u->arena,
				     "%s needs a binary and a function",
				     row->name));
	if (n == 3 && strcmp(part[1], "cpp"))
		return point_bad(
			u, p,
			"write BINARY:FUNCTION, or BINARY:cpp:\"NAME\" for "
			"a C++ function; quote a name that has colons",
			arena_printf(u->arena,
				     "'%s' is no language whose names are "
				     "known",
				     part[1]));
	t->module = part[0];
	if (n == 2 && number(part[1], &t->offset)) {
		t->target = "";
		return user_offset(u, p, t);
	}
	if (n == 3)
		t->target = arena_printf(u->arena, "cpp:%s", part[2]);
	else if (!split_offset(u, p, part[1], t) || !user_offset(u, p, t))
		return false;
	return true;
}

/* binary:name, binary:namespace:name */
static bool parse_usdt(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	uint32_t i;

	part = with_program(u, part, &n);
	if (n != 2 && n != 3)
		return point_bad(u, p, usage(u, &providers[PROVIDER_USDT]),
				 "usdt needs a binary and a name");
	for (i = 0; i < n; i++)
		if (!*part[i])
			return point_bad(u, p,
					 usage(u, &providers[PROVIDER_USDT]),
					 "a part of the static probe's name is "
					 "empty");
	t->module = part[0];
	t->target = part[1];
	if (n == 3)
		t->target = arena_printf(u->arena, "%s:%s", part[1], part[2]);
	return true;
}

struct unit_of_time {
	const char *name;
	uint64_t ns;
};

static const struct unit_of_time units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60000000000 },
	{ "h", 3600000000000 },
	{ "d", 86400000000000 },
};

/* Returns 0 for no unit of time. */
static uint64_t unit_ns(const char *name)
{
	size_t i;

	for (i = 0; i < countof(units); i++)
		if (!strcmp(units[i].name, name))
			return units[i].ns;
	return 0;
}

/* interval:10ms */
static bool parse_duration(const char *s, struct target *t)
{
	uint64_t v, ns;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	ns = unit_ns(end);
	if (errno || !ns || v > UINT64_MAX / ns)
		return false;
	t->target = "ns";
	t->period = v * ns;
	return true;
}

bool point_is_later(const struct unit *u, enum provider provider,
		    const char *part)
{
	return (u->deferred || u->checking) &&
	       (provider == PROVIDER_PROFILE ||
		provider == PROVIDER_INTERVAL) &&
	       *part == '$' && part[1] &&
	       part[1 + strspn(part + 1, "0123456789")] == '\0';
}

static bool parse_rate(struct unit *u, const struct point *p, const char **part,
		       struct target *t)
{
	const char *name = providers[t->provider].name;
	uint64_t ns = unit_ns(part[0]);

	if (strcmp(part[0], "hz") && !ns)
		return point_bad(u, p,
				 "the units are hz, ns, us, ms, s, m, h and d",
				 arena_printf(u->arena, "'%s' is no unit of %s",
					      part[0], name));
	if (point_is_later(u, t->provider, part[1])) {
		t->param = part[1];
		param_row(u, (int)strtol(part[1] + 1, NULL, 10));
		t->period = 1;
	} else if (!number(part[1], &t->period)) {
		return point_bad(
			u, p,
			arena_printf(u->arena, "write a number, as in %s:%s:1",
				     name, part[0]),
			arena_printf(u->arena, "'%s' is no number", part[1]));
	}
	t->target = ns ? "ns" : "hz";
	if (ns && t->period > (uint64_t)INT64_MAX / ns)
		return point_bad(u, p, "no more than 292 years",
				 "the period is too long");
	t->period *= ns ? ns : 1;
	return true;
}

static bool parse_timer(struct unit *u, const struct point *p,
			const char **part, uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];

	if (n == 1 && parse_duration(part[0], t))
		;
	else if (n != 2)
		return point_bad(
			u, p,
			arena_printf(u->arena, "write %s:s:1 or %s:100ms",
				     row->name, row->name),
			arena_printf(u->arena, "%s needs a unit and a number",
				     row->name));
	else if (!parse_rate(u, p, part, t))
		return false;
	if (!t->period)
		return point_bad(u, p, "write a number above 0",
				 arena_printf(u->arena,
					      "the rate of %s can't be 0",
					      row->name));
	return true;
}

/* The kernel's events and how often each fires when no one says. */
struct perf_event {
	enum provider provider;
	const char *name, *alias;
	uint64_t period;
};

static const struct perf_event perf_events[] = {
#define SOFTWARE(name, alias, config, period) \
	{ PROVIDER_SOFTWARE, name, alias, period },
#define HARDWARE(name, alias, config, period) \
	{ PROVIDER_HARDWARE, name, alias, period },
#include "perf.def"
#undef SOFTWARE
#undef HARDWARE
};

static const struct perf_event *find_event(enum provider p, const char *name)
{
	size_t i;

	for (i = 0; i < countof(perf_events); i++)
		if (perf_events[i].provider == p &&
		    (!strcmp(name, perf_events[i].name) ||
		     (*name && !strcmp(name, perf_events[i].alias))))
			return &perf_events[i];
	return NULL;
}

static bool unknown_event(struct unit *u, const struct point *p,
			  const struct target *t, const char *event)
{
	const char *names[countof(perf_events) + 1] = { NULL }, *near;
	const char *kind = providers[t->provider].name;
	size_t i, n = 0;

	for (i = 0; i < countof(perf_events); i++)
		if (perf_events[i].provider == t->provider)
			names[n++] = perf_events[i].name;
	near = nearest_name(event, names);
	return point_bad(
		u, p,
		near ? arena_printf(u->arena, "did you mean '%s'?", near)
		     : arena_printf(u->arena, "waggle -l '%s:*' lists them",
				    kind),
		arena_printf(u->arena, "there is no %s event '%s'", kind,
			     event));
}

static bool parse_event(struct unit *u, const struct point *p,
			const char **part, uint32_t n, struct target *t)
{
	const char *kind = providers[t->provider].name;
	const struct perf_event *event;

	if (n < 1 || n > 2 || !*part[0])
		return point_bad(
			u, p,
			arena_printf(u->arena, "write %s:%s:100", kind,
				     t->provider == PROVIDER_SOFTWARE
					     ? "page-faults"
					     : "cache-misses"),
			arena_printf(u->arena, "%s needs an event", kind));
	event = find_event(t->provider, part[0]);
	if (!event)
		return unknown_event(u, p, t, part[0]);
	t->target = event->name;
	t->period = event->period;
	if (n < 2 || !*part[1])
		return true;
	if (!number(part[1], &t->period) || !t->period)
		return point_bad(u, p, "write a number above 0",
				 "the period is no number");
	return true;
}

/* name[:pin] */
static bool parse_iter(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	if (n < 1 || n > 2 || !*part[0] || !*part[n - 1])
		return point_bad(
			u, p, "write iter:task; waggle -l 'iter:*' lists them",
			"iter needs the name of an iterator");
	t->target = part[0];
	t->module = n == 2 ? part[1] : "";
	return true;
}

/* Those that end waggle, or that the kernel would only stop it by. */
static bool is_taken(int signal)
{
	static const int taken[] = { SIGINT,  SIGTERM, SIGKILL, SIGSTOP,
				     SIGPIPE, SIGCHLD, SIGSEGV, SIGBUS,
				     SIGILL,  SIGFPE,  SIGABRT, SIGTRAP,
				     SIGSYS };
	size_t i;

	for (i = 0; i < countof(taken); i++)
		if (taken[i] == signal)
			return true;
	return false;
}

static bool parse_self(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	const char *bare;
	int i;

	if (n != 2 || strcmp(part[0], "signal"))
		return point_bad(u, p, "write self:signal:SIGUSR1",
				 "self is of signals");
	bare = !strncmp(part[1], "SIG", 3) ? part[1] + 3 : part[1];
	for (i = 1; i < NSIG; i++) {
		if (!sigabbrev_np(i) || strcmp(sigabbrev_np(i), bare))
			continue;
		if (is_taken(i))
			break;
		t->target = arena_printf(u->arena, "SIG%s", bare);
		return true;
	}
	return point_bad(u, p, "write self:signal:SIGUSR1",
			 arena_printf(u->arena,
				      i < NSIG ? "%s has a meaning of its own"
					       : "there is no signal '%s'",
				      part[1]));
}

static bool parse_named(struct unit *u, const struct point *p,
			const char **part, uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];

	if (n != 1 || !*part[0])
		return point_bad(
			u, p, usage(u, row),
			arena_printf(u->arena, "%s needs a name", row->name));
	t->target = part[0];
	return true;
}

/* r w rw wr x */
static bool is_mode(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 2 && strspn(s, "rwx") == n && s[0] != s[1];
}

/* address:length:mode */
static bool parse_watchpoint(struct unit *u, const struct point *p,
			     const char **part, uint32_t n, struct target *t)
{
	static const char hint[] = "write watchpoint:0x10000000:8:rw";
	uint64_t len;

	if (n != 3)
		return point_bad(u, p, hint,
				 "watchpoint needs an address, a length and a "
				 "mode");
	if (!number(part[0], &t->offset))
		return point_bad(u, p, hint,
				 arena_printf(u->arena,
					      "'%s' is no address: it is a "
					      "number",
					      part[0]));
	if (!number(part[1], &len) ||
	    (len != 1 && len != 2 && len != 4 && len != 8))
		return point_bad(u, p, "it is 1, 2, 4 or 8",
				 arena_printf(u->arena,
					      "a watchpoint can't be '%s' "
					      "bytes long",
					      part[1]));
	if (!is_mode(part[2]))
		return point_bad(u, p, "it is r, w, rw or x",
				 arena_printf(u->arena,
					      "'%s' is no mode of a watchpoint",
					      part[2]));
	if (strchr(part[2], 'x') && part[2][1])
		return point_bad(u, p, "write two watchpoints",
				 "x is a mode by itself");
	t->period = len;
	t->target = part[2];
	return true;
}

/* A system call by its bare name. */
static bool parse_syscall(struct unit *u, const struct point *p,
			  const char **part, uint32_t n, struct target *t)
{
	static const char *const prefixes[] = { "sys_enter_", "sys_exit_",
						"sys_" };
	size_t i;

	if (n != 1 || !*part[0])
		return point_bad(u, p, usage(u, &providers[t->provider]),
				 "syscall needs the name of a system call");
	for (i = 0; i < countof(prefixes); i++)
		if (!strncmp(part[0], prefixes[i], strlen(prefixes[i])))
			return point_bad(
				u, p,
				arena_printf(u->arena, "write syscall:%s",
					     part[0] + strlen(prefixes[i])),
				"system calls go by their own names here");
	t->target = part[0];
	return true;
}

static bool parse_bare(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];

	(void)part;
	if (!n)
		return true;
	return point_bad(
		u, p, usage(u, row),
		arena_printf(u->arena, "%s takes nothing after it", row->name));
}

bool point_parts(struct unit *u, const struct point *p, const char **part,
		 uint32_t n, struct target *t)
{
	switch (t->provider) {
	case PROVIDER_BEGIN:
	case PROVIDER_END:
		return parse_bare(u, p, part, n, t);
	case PROVIDER_KPROBE:
	case PROVIDER_KRETPROBE:
	case PROVIDER_FENTRY:
	case PROVIDER_FEXIT:
	case PROVIDER_RAWTRACEPOINT:
	case PROVIDER_CALL:
		return parse_kernel(u, p, part, n, t);
	case PROVIDER_SYSCALL:
		return parse_syscall(u, p, part, n, t);
	case PROVIDER_TRACEPOINT:
		return parse_tracepoint(u, p, part, n, t);
	case PROVIDER_UPROBE:
	case PROVIDER_URETPROBE:
	case PROVIDER_UCALL:
		return parse_user(u, p, part, n, t);
	case PROVIDER_USDT:
		return parse_usdt(u, p, part, n, t);
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
		return parse_timer(u, p, part, n, t);
	case PROVIDER_SOFTWARE:
	case PROVIDER_HARDWARE:
		return parse_event(u, p, part, n, t);
	case PROVIDER_ITER:
		return parse_iter(u, p, part, n, t);
	case PROVIDER_SELF:
		return parse_self(u, p, part, n, t);
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
		return parse_named(u, p, part, n, t);
	case PROVIDER_WATCHPOINT:
		return parse_watchpoint(u, p, part, n, t);
	case NPROVIDERS:
		break;
	}
	return false;
}
