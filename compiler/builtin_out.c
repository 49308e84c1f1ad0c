/* builtin_out.c - what reaches user space: text, values, and requests to act.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "emit_own.h"
#include "event.h"
#include "format.h"

/* Who prints, for -f ndjson: fields that have names, after the arguments. */
static void add_origin(struct event *ev, struct node *n)
{
	struct emitter *e = ev->e;
	const struct {
		const char *name;
		const struct type *type;
	} rows[] = {
		{ "probe", &type_probe },
		{ "pid", &type_uint32 },
		{ "tid", &type_uint32 },
		{ "comm", type_string(&e->u->types, 16) },
	};
	struct node *value;
	size_t i;

	if (!e->u->origins)
		return;
	/* a function is called by several probes */
	for (i = !e->body->targets; i < countof(rows); i++) {
		value = node_new(e->u->prog, N_NAME, n->at);
		value->name.s = rows[i].name;
		value->name.builtin = builtin_find(rows[i].name);
		value->type = rows[i].type;
		event_arg(ev, value, NULL);
		event_row(ev)->fields.v[event_row(ev)->fields.n - 1].name =
			rows[i].name;
	}
}

/* printf and all that formats: the arguments after the format, in order. */
static struct val formatted(struct emitter *e, struct node *n,
			    enum action action)
{
	struct event ev = event_begin(e, n->at, action);
	const struct format *f = n->call.info;
	struct node *arg;
	size_t i;

	for (i = 0; i < f->segments.n; i++)
		*vec_push(e->a, &event_row(&ev)->segments) = f->segments.v[i];
	for (arg = emit_arg(n, 0)->next; arg; arg = arg->next)
		event_arg(&ev, arg, NULL);
	if (action == ACTION_PRINTF)
		add_origin(&ev, n);
	event_send(&ev);
	return val_void();
}

struct val emit_printf(struct emitter *e, struct node *n)
{
	if (iter_is_pinned(e->body))
		return emit_seq_printf(e, n);
	return formatted(e, n, ACTION_PRINTF);
}

struct val emit_errorf(struct emitter *e, struct node *n)
{
	return formatted(e, n, ACTION_ERRORF);
}

struct val emit_warnf(struct emitter *e, struct node *n)
{
	return formatted(e, n, ACTION_WARNF);
}

struct val emit_cat(struct emitter *e, struct node *n)
{
	return formatted(e, n, ACTION_CAT);
}

struct val emit_system(struct emitter *e, struct node *n)
{
	return formatted(e, n, ACTION_SYSTEM);
}

static void request_exit(struct emitter *e, struct span at, struct node *status)
{
	struct event ev = event_begin(e, at, ACTION_EXIT);

	ev.control = true;
	if (status)
		event_arg(&ev, status, &type_int32);
	else
		event_val(&ev, val_reg(emit_int(e, 0), &type_int32));
	event_send(&ev);
}

struct val emit_exit(struct emitter *e, struct node *n)
{
	request_exit(e, n->at, emit_arg(n, 0));
	emit_leave(e);
	return val_void();
}

void emit_test_result(struct emitter *e, struct node *value)
{
	struct event ev = event_begin(e, value->at, ACTION_RESULT);

	ev.control = true;
	event_arg(&ev, value, &type_int64);
	event_send(&ev);
}

/* An error with the message and status 1, unless the condition holds. */
/* ---- print() ---- */

static struct val print_map(struct emitter *e, struct node *n,
			    const struct map *m)
{
	struct event ev = event_begin(e, n->at, ACTION_PRINT_MAP);
	uint32_t i;

	event_row(&ev)->map = m->index;
	ev.control = true;
	for (i = 1; i <= 2; i++) {
		struct node *arg = emit_arg(n, i);

		if (arg)
			event_arg(&ev, arg, &type_uint64);
		else
			event_val(&ev, val_reg(emit_int(e, 0), &type_uint64));
	}
	add_origin(&ev, n);
	event_send(&ev);
	return val_void();
}

struct val emit_print(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0);
	struct event ev;

	if (arg->kind == N_MAP && !arg->map.keys)
		return print_map(e, n, arg->map.sym);
	ev = event_begin(e, n->at, ACTION_PRINT_VALUE);
	event_arg(&ev, arg, NULL);
	add_origin(&ev, n);
	event_send(&ev);
	return val_void();
}

static struct val about_map(struct emitter *e, struct node *n,
			    enum action action)
{
	struct event ev = event_begin(e, n->at, action);

	event_row(&ev)->map = emit_arg(n, 0)->map.sym->index;
	ev.control = true;
	event_send(&ev);
	return val_void();
}

struct val emit_clear(struct emitter *e, struct node *n)
{
	return about_map(e, n, ACTION_CLEAR);
}

struct val emit_zero(struct emitter *e, struct node *n)
{
	return about_map(e, n, ACTION_ZERO);
}

/* ---- time ---- */

struct val emit_time(struct emitter *e, struct node *n)
{
	struct event ev = event_begin(e, n->at, ACTION_TIME);
	struct node *fmt = emit_arg(n, 0);

	event_row(&ev)->text = fmt ? emit_literal_str(fmt, NULL) : "%H:%M:%S\n";
	event_send(&ev);
	return val_void();
}

/* Which clock a count of nanoseconds is of, as far as the script shows it. */
static uint32_t clock_of(struct node *n)
{
	enum { BOOT, REALTIME, MONOTONIC } clock = BOOT;
	const struct builtin *b = n->kind == N_NAME   ? n->name.builtin
				  : n->kind == N_CALL ? n->call.builtin
						      : NULL;
	const char *word;

	if (!b || b->id != BUILTIN_nsecs || !emit_nargs(n))
		return clock;
	word = emit_word(emit_arg(n, 0));
	if (word && !strcmp(word, "monotonic"))
		clock = MONOTONIC;
	else if (word && strstr(word, "tai"))
		clock = REALTIME;
	return clock;
}

/* The time, which format, which clock: rendered when printed. */
struct val emit_strftime(struct emitter *e, struct node *n)
{
	const char *fmt = emit_literal_str(emit_arg(n, 0), NULL);
	LLVMValueRef ns = emit_scalar(e, emit_arg(n, 1));
	LLVMValueRef p = emit_result(e, n);
	struct plan_string *row = vec_push(e->a, &e->plan->strings);

	row->s = fmt;
	emit_store_at(e, p, ns, 8);
	emit_store_at(e, emit_offset(e, p, 8),
		      emit_int(e, e->plan->strings.n - 1), 4);
	emit_store_at(e, emit_offset(e, p, 12),
		      emit_int(e, clock_of(emit_arg(n, 1))), 4);
	return val_at(AT_BPF, p, n->type);
}

/* ---- join() ---- */

enum { JOIN_MAX = 16 }; /* strings of one join() */

/* Read string i of an array of pointers at `array` into its place; the loop
 * ends at a null pointer. */
static void join_one(struct emitter *e, enum where at, LLVMValueRef array,
		     uint32_t i, LLVMValueRef dst, uint32_t room,
		     LLVMValueRef count, LLVMBasicBlockRef end)
{
	LLVMValueRef cell = emit_temp(e, 8, "join"), p;
	LLVMBasicBlockRef more = emit_block(e, "join.more");

	emit_read(e, at, cell, emit_int(e, 8),
		  LLVMBuildAdd(e->b, array, emit_int(e, 8ull * i), ""));
	p = emit_load_at(e, cell, 8, false);
	emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, p, emit_int(e, 0), ""),
		     end, more);
	emit_at(e, more);
	emit_read_str(e, at, dst, emit_int(e, room), p);
	emit_store_at(e, count, emit_int(e, i + 1), 4);
}

struct val emit_join(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0), *sep = emit_arg(n, 1);
	uint32_t room = (uint32_t)e->u->config.max_strlen, i, noff, off;
	LLVMValueRef array = emit_scalar(e, arg), count;
	LLVMBasicBlockRef end = emit_block(e, "join.end");
	struct event ev = event_begin(e, n->at, ACTION_JOIN);
	enum where at = emit_bare_where(e);
	struct record r;

	if (arg->type->kind == T_PTR)
		at = emit_where(arg->type->space);
	if (room > 1024)
		room = 1024;
	event_row(&ev)->text = sep ? emit_literal_str(sep, NULL) : " ";
	event_row(&ev)->text_size = room;
	noff = event_room(&ev, &type_uint32);
	off = event_room(
		&ev, type_array(&e->u->types, &type_uint8, JOIN_MAX * room));
	r = event_reserve(&ev);
	count = emit_offset(e, r.mem, noff);
	emit_store_at(e, count, emit_int(e, 0), 4);
	for (i = 0; i < JOIN_MAX; i++)
		join_one(e, at, array, i, emit_offset(e, r.mem, off + i * room),
			 room, count, end);
	emit_goto(e, end);
	emit_at(e, end);
	event_close(&ev, &r);
	return val_void();
}

/* ---- signals and the like ---- */

static struct val send_signal(struct emitter *e, struct node *n, int helper)
{
	struct node *arg = emit_arg(n, 0);
	LLVMValueRef number;
	const char *name;
	int sig;

	if (arg->type->kind == T_STRING) { /* known: the checker saw to it */
		name = emit_literal_str(arg, NULL);
		name = name ? name : "";
		const char *bare = !strncmp(name, "SIG", 3) ? name + 3 : name;

		for (sig = 1; sig < NSIG; sig++)
			if (sigabbrev_np(sig) &&
			    !strcmp(sigabbrev_np(sig), bare))
				break;
		number = emit_int(e, (uint64_t)sig);
	} else {
		number = emit_scalar(e, arg);
	}
	emit_helper(e, helper, number, NULL);
	return val_void();
}

struct val emit_signal(struct emitter *e, struct node *n)
{
	return send_signal(e, n, BPF_FUNC_send_signal);
}

struct val emit_signal_thread(struct emitter *e, struct node *n)
{
	return send_signal(e, n, BPF_FUNC_send_signal_thread);
}

struct val emit_override(struct emitter *e, struct node *n)
{
	LLVMValueRef rc = emit_scalar(e, emit_arg(n, 0));

	emit_helper(e, BPF_FUNC_override_return, emit_context(e), rc, NULL);
	emit_leave(e);
	return val_void();
}

void emit_warn_event(struct emitter *e, struct span at, const char *text)
{
	struct event ev = event_begin(e, at, ACTION_RUNTIME);

	event_row(&ev)->text = text;
	event_send(&ev);
}
