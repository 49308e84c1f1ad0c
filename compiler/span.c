/*
 * span.c - call, syscall and ucall: entry and return as one probe.
 *
 * A span is two programs of other kinds.  The return's runs the body; the
 * entry's keeps what the body asks for of what only the entry knows, and is
 * left out when that is nothing.  An fexit still has the arguments, so that of
 * its entry only the time is wanted.
 */
#include "span.h"

#include <string.h>

#include "builtin.h"
#include "probe.h"
#include "sema.h"

const struct provider_row *body_kind(const struct body *b)
{
	return b->span ? b->span->row : &providers[b->provider];
}

/* ---- what a clause asks for ---- */

static void need_args(struct arena *a, const struct node *n,
		      struct needs *needs)
{
	needs->args = true;
	if (n)
		*vec_push(a, &needs->names) = n->field.name;
	else
		needs->all_args = true;
}

static const char *name_of(const struct node *n)
{
	if (n->kind == N_NAME)
		return n->name.s;
	return n->kind == N_CALL ? n->call.name : "";
}

void find_needs(struct arena *a, const struct node *n, struct needs *needs)
{
	struct node **slots[NODE_SLOTS];
	uint32_t i, k;

	for (; n; n = n->next) {
		const char *name = name_of(n);
		int arg = n->kind == N_NAME ? builtin_arg(name) : -1;

		if (n->kind == N_FIELD &&
		    !strcmp(name_of(n->field.e), "args")) {
			need_args(a, n, needs);
			continue;
		}
		if (n->kind == N_EXISTS && n->exists.expr &&
		    !strcmp(name_of(n->exists.expr), "args")) {
			needs->args = true;
			continue;
		}
		if (!strcmp(name, "args"))
			need_args(a, NULL, needs);
		else if (!strcmp(name, "retval"))
			needs->retval = true;
		else if (!strcmp(name, "duration"))
			needs->duration = true;
		else if (arg >= 0)
			needs->argn = true;
		if (arg >= 0 && arg < 64)
			needs->argns |= 1ull << arg;
		k = node_slots((struct node *)n, slots);
		for (i = 0; i < k; i++)
			find_needs(a, *slots[i], needs);
	}
}

/* ---- which programs ---- */

static struct target *half(struct unit *u, const struct target *t,
			   enum provider p, const char *prefix)
{
	struct target *h = arena_make(u->arena, struct target);

	*h = *t;
	h->provider = p;
	h->span = &providers[t->provider];
	h->next = h->alternative = h->otherwise = NULL;
	if (*prefix) {
		h->module = "syscalls";
		h->target = arena_printf(u->arena, "%s%s", prefix, t->target);
	}
	return h;
}

struct way {
	enum provider span, leave, enter;
	const char *leave_prefix, *enter_prefix;
};

/* Of one span, the better way first. */
static const struct way ways[] = {
	{ PROVIDER_CALL, PROVIDER_FEXIT, PROVIDER_FENTRY, "", "" },
	{ PROVIDER_CALL, PROVIDER_KRETPROBE, PROVIDER_KPROBE, "", "" },
	{ PROVIDER_SYSCALL, PROVIDER_TRACEPOINT, PROVIDER_TRACEPOINT,
	  "sys_exit_", "sys_enter_" },
	{ PROVIDER_UCALL, PROVIDER_URETPROBE, PROVIDER_UPROBE, "", "" },
};

/* One pair of kprobes serves all functions that a pattern matches, and fexit
 * wants a program for each: that is for arguments with names. */
static bool suits(const struct way *w, const struct target *t,
		  const struct needs *needs)
{
	return w->span == t->provider &&
	       (w->leave != PROVIDER_FEXIT || !t->wild || needs->args);
}

struct target *span_choices(struct unit *u, const struct target *t,
			    const struct needs *needs)
{
	struct target *first = NULL, **tail = &first, *leave;
	size_t i;

	for (i = 0; i < countof(ways); i++) {
		const struct way *w = &ways[i];

		if (!suits(w, t, needs))
			continue;
		leave = half(u, t, w->leave, w->leave_prefix);
		leave->entry = half(u, t, w->enter, w->enter_prefix);
		*tail = leave;
		tail = &leave->otherwise;
	}
	return first;
}

void span_matched(struct unit *u, struct target *one)
{
	struct target *enter = arena_make(u->arena, struct target);
	const char *function = one->target;

	*enter = *one->entry;
	enter->wild = false;
	enter->module = one->module;
	enter->target = function;
	if (one->span->id == PROVIDER_SYSCALL) {
		function += strlen("sys_exit_");
		enter->target =
			arena_printf(u->arena, "sys_enter_%s", function);
		one->name = arena_printf(u->arena, "syscall:%s", function);
	} else {
		one->name = arena_printf(u->arena, "%s:%s%s%s", one->span->name,
					 one->module, *one->module ? ":" : "",
					 function);
	}
	enter->name = one->name;
	one->entry = enter;
}

bool span_wants(const struct target *t, const struct needs *needs)
{
	switch ((int)t->provider) {
	case PROVIDER_FEXIT:
		return needs->args || needs->argn || needs->retval;
	case PROVIDER_TRACEPOINT:
		return needs->args || needs->argn;
	case PROVIDER_URETPROBE:
	case PROVIDER_KRETPROBE: /* argN and a result are in registers */
		return needs->args;
	default:
		return false;
	}
}

/* ---- what is kept ---- */

static bool is_asked(const struct needs *needs, const char *name)
{
	size_t i;

	if (needs->all_args)
		return true;
	for (i = 0; i < needs->names.n; i++)
		if (!strcmp(needs->names.v[i], name))
			return true;
	return false;
}

/* The words of the arguments asked for by name, which from now on are where
 * they are kept. */
static void keep_named(struct unit *u, struct span_pair *s,
		       const struct needs *needs)
{
	const struct type *args = s->leave->args;
	uint32_t i;

	for (i = 0; args && i < args->nmembers; i++) {
		struct member *m = &args->members[i];
		struct span_word *w;

		if (!is_asked(needs, m->name))
			continue;
		w = vec_push(u->arena, &s->words);
		w->argument = *m;
		m->offset = 8 * (uint32_t)(s->words.n - 1);
	}
}

static void keep_argn(struct unit *u, struct span_pair *s,
		      const struct needs *needs)
{
	uint32_t i;

	for (i = 0; i < 64; i++) {
		struct span_word *w;

		if (!(needs->argns >> i & 1))
			continue;
		w = vec_push(u->arena, &s->words);
		w->is_argn = true;
		w->argn = i;
	}
}

bool span_pair(struct unit *u, struct body *b, const struct needs *needs)
{
	struct span_pair *s = arena_make(u->arena, struct span_pair);

	s->row = b->targets->span;
	s->leave = b;
	s->timed = needs->duration;
	s->several = b->targets->wild || b->targets->next;
	b->span = s;
	if (b->provider != PROVIDER_FEXIT) {
		keep_named(u, s, needs);
		keep_argn(u, s, needs);
	}
	return s->timed || s->words.n;
}

bool span_keeps_args(const struct body *b)
{
	return b->span && b->provider != PROVIDER_FEXIT;
}

/* A record of a system call begins with its number. */
static bool is_argument(const struct member *m)
{
	return strncmp(m->name, "common_", 7) && strncmp(m->name, "__", 2);
}

int span_nargs(const struct body *b)
{
	uint32_t i;
	int n = 0;

	if (!b->args || b->provider == PROVIDER_KRETPROBE ||
	    b->provider == PROVIDER_URETPROBE)
		return -1;
	if (b->provider != PROVIDER_TRACEPOINT)
		return (int)b->args->nmembers;
	for (i = 0; i < b->args->nmembers; i++)
		n += is_argument(&b->args->members[i]);
	return n;
}
