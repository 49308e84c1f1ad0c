/* syscall_side.c - which probes need no tracepoint of their system call. */
#include <string.h>

#include "arch.h"
#include "probe.h"
#include "sema.h"
#include "span.h"
#include "syscall.h"

static enum syscall_side target_side(const struct target *t)
{
	if (t->provider != PROVIDER_TRACEPOINT || t->alternative ||
	    strcmp(t->module, "syscalls") != 0 ||
	    (!t->wild && syscall_number(t->target) < 0))
		return SIDE_NONE;
	return syscall_side(t->target);
}

/* Callbacks of loops and functions see the kernel's context only; and kstack
 * would have the frames of what runs a raw program on top. */
static void look_for_context(struct node *n, void *arg)
{
	bool *found = arg;
	const char *name = n->kind == N_NAME   ? n->name.s
			   : n->kind == N_CALL ? n->call.name
					       : "";

	*found |= n->kind == N_FOR || n->kind == N_WHILE ||
		  (n->kind == N_CALL && !n->call.builtin) ||
		  !strcmp(name, "ctx") || !strcmp(name, "kstack");
	node_children(n, look_for_context, arg);
}

static bool is_simple(struct node *n)
{
	bool found = false;

	for (; n && !found; n = n->next)
		look_for_context(n, &found);
	return !found;
}

static enum syscall_side body_side(struct unit *u, const struct body *b)
{
	enum syscall_side side = target_side(b->targets);
	struct needs needs = { 0 };
	const struct target *t;

	for (t = b->targets; t; t = t->next)
		if (target_side(t) != side)
			return SIDE_NONE;
	if (side == SIDE_NONE || b->group || !is_simple(b->pred) ||
	    !is_simple(b->block) || !arch_host()->syscall)
		return SIDE_NONE;
	find_needs(u->arena, b->pred, &needs);
	find_needs(u->arena, b->block, &needs);
	return needs.all_args ? SIDE_NONE : side;
}

void syscall_choose(struct unit *u)
{
	struct body *b;

	for (b = u->bodies; b; b = b->next)
		b->side = body_side(u, b);
	/* Both halves of a span see what the other does not miss. */
	for (b = u->bodies; b; b = b->next)
		if (b->span && b->span->enter &&
		    (b->span->enter->side == SIDE_NONE ||
		     b->span->leave->side == SIDE_NONE))
			b->span->enter->side = b->span->leave->side = SIDE_NONE;
}
