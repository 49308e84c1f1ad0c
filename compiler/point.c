/* point.c - one attach point as written: what it means, or why it means
 * nothing. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "param.h"
#include "probe.h"
#include "sema.h"

static const char *nearest_provider(const char *name)
{
	const char *names[NPROVIDERS + 1] = { NULL };
	size_t i;

	for (i = 0; i < NPROVIDERS; i++)
		names[i] = providers[i].name;
	return nearest_name(name, names);
}

static bool bad(struct unit *u, const struct point *p, const char *hint,
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

/* "$1" in a part stands for the parameter; what it holds is not looked at
 * again.  NULL after a report. */
static const char *substitute(struct unit *u, const struct point *p,
			      const char *part)
{
	const char *dollar = strchr(part, '$'), *end;
	const char *out = "";

	while (dollar && isdigit((unsigned char)dollar[1])) {
		int i = (int)strtol(dollar + 1, (char **)&end, 10);

		if (u->deferred && i > param_count(u)) {
			bad(u, p, "give it now, after the script",
			    arena_printf(u->arena,
					 "what is attached to can't wait for "
					 "parameter $%d until it is started",
					 i));
			return NULL;
		}
		out = arena_printf(u->arena, "%s%.*s%s", out,
				   (int)(dollar - part), part,
				   param_fixed_text(u, i));
		part = end;
		dollar = strchr(part, '$');
	}
	return *out ? arena_printf(u->arena, "%s%s", out, part) : part;
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
		return bad(u, p, "write it as a number: function+0x10",
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

/*
 * The kernel looks whether a kprobe is at the start of an instruction, and does
 * not for a uprobe: in the middle of one it makes the program, and every other
 * that shares the file, run something else.  A return address is replaced where
 * the stack pointer points, which is right at the start of a function only.
 */
static bool user_offset(struct unit *u, const struct point *p,
			const struct target *t)
{
	if (!t->offset)
		return true;
	if (t->provider == PROVIDER_URETPROBE || t->provider == PROVIDER_UCALL)
		return bad(u, p, "name the function alone",
			   arena_printf(u->arena, "a %s is of a whole function",
					providers[t->provider].name));
	return needs_unsafe(u, p,
			    "a uprobe that is not at the start of an "
			    "instruction makes programs crash");
}

/* [module:]function[+offset], for kernel functions and raw tracepoints. */
static bool parse_kernel(struct unit *u, const struct point *p,
			 const char **part, uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];
	uint64_t address;

	if (n < 1 || n > 2 || !*part[n - 1])
		return bad(u, p, usage(u, row),
			   arena_printf(u->arena, "%s needs a function",
					row->name));
	if (n == 2 && !strcmp(part[0], "bpf"))
		return bad(u, p, NULL,
			   "probes on BPF programs are not implemented yet");
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
		return bad(u, p,
			   "write tracepoint:CATEGORY:EVENT, as in "
			   "tracepoint:sched:sched_switch; "
			   "waggle -l 'tracepoint:*' lists them",
			   "tracepoint needs a category and an event");
	t->module = part[0];
	t->target = part[1];
	return true;
}

/* binary:function[+offset], binary:address, binary:cpp:"name". */
static bool parse_user(struct unit *u, const struct point *p, const char **part,
		       uint32_t n, struct target *t)
{
	const struct provider_row *row = &providers[t->provider];

	if (n == 1 && strchr(part[0], '@'))
		return bad(u, p, "name the function instead: BINARY:FUNCTION",
			   "probes at a source line are not implemented yet");
	if (n < 2 || n > 3 || !*part[0] || !*part[n - 1])
		return bad(u, p, usage(u, row),
			   arena_printf(u->arena,
					"%s needs a binary and a function",
					row->name));
	if (n == 3 && strcmp(part[1], "cpp"))
		return bad(u, p,
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

/* interval:s:$1 of a program that is started later: the runtime multiplies. */
static bool is_later(struct unit *u, enum provider provider, const char *part)
{
	return u->deferred &&
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
		return bad(u, p, "the units are hz, ns, us, ms, s, m, h and d",
			   arena_printf(u->arena, "'%s' is no unit of %s",
					part[0], name));
	if (is_later(u, t->provider, part[1])) {
		t->param = part[1];
		param_row(u, (int)strtol(part[1] + 1, NULL, 10));
		t->period = 1;
	} else if (!number(part[1], &t->period)) {
		return bad(
			u, p,
			arena_printf(u->arena, "write a number, as in %s:%s:1",
				     name, part[0]),
			arena_printf(u->arena, "'%s' is no number", part[1]));
	}
	t->target = ns ? "ns" : "hz";
	if (ns && t->period > (uint64_t)INT64_MAX / ns)
		return bad(u, p, "no more than 292 years",
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
		return bad(u, p,
			   arena_printf(u->arena, "write %s:s:1 or %s:100ms",
					row->name, row->name),
			   arena_printf(u->arena,
					"%s needs a unit and a number",
					row->name));
	else if (!parse_rate(u, p, part, t))
		return false;
	if (!t->period)
		return bad(u, p, "write a number above 0",
			   arena_printf(u->arena, "the rate of %s can't be 0",
					row->name));
	return true;
}

/* The kernel's software events and how often each fires when no one says. */
struct software {
	const char *name, *alias;
	uint64_t period;
};

static const struct software software[] = {
#define SOFTWARE(name, alias, config, period) { name, alias, period },
#define HARDWARE(name, alias, config, period)
#include "perf.def"
#undef SOFTWARE
#undef HARDWARE
};

static bool parse_software(struct unit *u, const struct point *p,
			   const char **part, uint32_t n, struct target *t)
{
	const char *names[countof(software) + 1] = { NULL }, *near;
	size_t i;

	if (n < 1 || n > 2 || !*part[0])
		return bad(u, p, "write software:page-faults:100",
			   "software needs an event");
	for (i = 0; i < countof(software); i++) {
		names[i] = software[i].name;
		if (strcmp(part[0], software[i].name) &&
		    (!*software[i].alias || strcmp(part[0], software[i].alias)))
			continue;
		t->target = software[i].name;
		t->period = software[i].period;
		if (n < 2 || !*part[1])
			return true;
		if (!number(part[1], &t->period) || !t->period)
			return bad(u, p, "write a number above 0",
				   "the period is no number");
		return true;
	}
	near = nearest_name(part[0], names);
	return bad(u, p,
		   near ? arena_printf(u->arena, "did you mean '%s'?", near)
			: "waggle -l 'software:*' lists them",
		   arena_printf(u->arena, "there is no software event '%s'",
				part[0]));
}

/* A system call by its bare name. */
static bool parse_syscall(struct unit *u, const struct point *p,
			  const char **part, uint32_t n, struct target *t)
{
	static const char *const prefixes[] = { "sys_enter_", "sys_exit_",
						"sys_" };
	size_t i;

	if (n != 1 || !*part[0])
		return bad(u, p, usage(u, &providers[t->provider]),
			   "syscall needs the name of a system call");
	for (i = 0; i < countof(prefixes); i++)
		if (!strncmp(part[0], prefixes[i], strlen(prefixes[i])))
			return bad(u, p,
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
	return bad(
		u, p, usage(u, row),
		arena_printf(u->arena, "%s takes nothing after it", row->name));
}

static bool parse_parts(struct unit *u, const struct point *p,
			const char **part, uint32_t n, struct target *t)
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
	case PROVIDER_PROFILE:
	case PROVIDER_INTERVAL:
		return parse_timer(u, p, part, n, t);
	case PROVIDER_SOFTWARE:
		return parse_software(u, p, part, n, t);
	case PROVIDER_SELF:
	case PROVIDER_TEST:
	case PROVIDER_BENCH:
	case PROVIDER_USDT:
	case PROVIDER_HARDWARE:
	case PROVIDER_WATCHPOINT:
	case PROVIDER_ITER:
	case NPROVIDERS:
		break;
	}
	return bad(u, p, NULL,
		   arena_printf(u->arena, "%s is not implemented yet",
				providers[t->provider].name));
}

static const char *canonical(struct unit *u, const struct provider_row *row,
			     const char *const *part, uint32_t n)
{
	const char *s = row->name;
	uint32_t i;

	for (i = 0; i < n; i++)
		s = arena_printf(u->arena, "%s:%s", s, part[i]);
	return s;
}

static const struct provider_row *find_provider(struct unit *u,
						const struct point *p)
{
	const char *name = p->nparts ? p->parts[0] : "", *near;
	const struct provider_row *row = provider_find(name);

	if (row)
		return row;
	if (match_has_wildcard(name)) {
		bad(u, p, "name the kind of probe",
		    "wildcards for the kind of probe are not implemented yet");
		return NULL;
	}
	near = nearest_provider(name);
	diag_hint(u->diags,
		  diag_error(u->diags, p->at, DIAG_UNKNOWN_PROBE,
			     "there is no kind of probe '%s'", name),
		  near ? "did you mean '%s'?"
		       : "waggle -l lists what can be traced%.0s",
		  near ? near : "");
	return NULL;
}

static struct target *parse_point(struct unit *u, const struct point *p)
{
	const struct provider_row *row = find_provider(u, p);
	struct target *t;
	const char **part;
	uint32_t i, n;

	if (!row)
		return NULL;
	if (row->flags & HAS_SOON) {
		diag_error(u->diags, p->at, DIAG_NOT_YET,
			   "%s probes are not implemented yet", row->name);
		return NULL;
	}
	n = p->nparts - 1;
	part = arena_alloc(u->arena, (n + 1) * sizeof(*part));
	for (i = 0; i < n; i++) {
		part[i] = p->parts[i + 1];
		if (!i || !is_later(u, row->id, part[i]))
			part[i] = substitute(u, p, part[i]);
		if (!part[i])
			return NULL;
	}
	t = arena_make(u->arena, struct target);
	t->at = p->at;
	t->provider = row->id;
	t->module = t->target = "";
	t->name = canonical(u, row, part, n);
	if (!parse_parts(u, p, part, n, t))
		return NULL;
	t->wild = row->flags & HAS_WILD && (match_has_wildcard(t->target) ||
					    match_has_wildcard(t->module));
	return t;
}

/* a ?? b ?? none */
struct target *point_target(struct unit *u, const struct point *p)
{
	struct target *first = NULL, **tail = &first, *t;
	bool optional = false;

	for (; p; p = p->alternative) {
		if (p->none) {
			optional = true;
			break;
		}
		t = parse_point(u, p);
		if (!t)
			return NULL;
		*tail = t;
		tail = &t->otherwise;
	}
	for (t = first; t; t = t->otherwise)
		t->optional = optional;
	return first;
}
