/* check_ctx.c - builtin values: the probe's own, and those of the task. */
#include <string.h>

#include "arch.h"
#include "check.h"
#include "span.h"

static const char *probe_str(const struct checker *c)
{
	return c->body->targets ? c->body->targets->name
				: body_kind(c->body)->name;
}

const struct type *check_args(struct checker *c, struct node *n)
{
	if (!check_has(c, HAS_ARGS))
		return check_not_here(c, n, "args", HAS_ARGS);
	if (c->body->args)
		return type_ptr(c->ts, c->body->args,
				span_keeps_args(c->body) ? SPACE_BPF
							 : SPACE_CTX);
	diag_error(c->diags, n->at, DIAG_NOT_HERE,
		   "the arguments of %s are not known", probe_str(c));
	return &type_error;
}

/* What an iterator passes lies in the kernel's memory as its type says. */
static const struct type *iterator_context(struct checker *c, struct node *n)
{
	const char *name = c->body->targets->target;
	const struct type *t = type_struct(
		c->ts, arena_printf(c->arena, "bpf_iter__%s", name), false);
	struct diag *d;

	if (t)
		return type_ptr(c->ts, t, SPACE_KERNEL);
	d = diag_error(c->diags, n->at, DIAG_NO_BTF,
		       "what iter:%s passes is not known", name);
	diag_hint(c->diags, d, "%s",
		  kbtf_error(c->ts->btf) ? kbtf_error(c->ts->btf)
					 : "waggle -lv 'iter:*' lists what "
					   "there is");
	return &type_error;
}

const struct type *check_ctx(struct checker *c, struct node *n)
{
	if (c->body->fn)
		return check_not_in_fn(c, n, "ctx");
	if (c->body->provider == PROVIDER_ITER)
		return iterator_context(c, n);
	return type_ptr(c->ts, &type_void, SPACE_CTX);
}

const struct type *check_retval(struct checker *c, struct node *n)
{
	if (!check_has(c, HAS_RETVAL))
		return check_not_here(c, n, "retval", HAS_RETVAL);
	if (c->body->retval && c->body->retval->kind != T_VOID)
		return c->body->retval;
	/* a register, or a record of system calls: errors are negative */
	if (c->body->provider != PROVIDER_FEXIT)
		return &type_int64;
	diag_error(c->diags, n->at, DIAG_NOT_HERE, "%s returns nothing",
		   probe_str(c));
	return &type_error;
}

const struct type *check_duration(struct checker *c, struct node *n)
{
	if (!check_has(c, HAS_SPAN))
		return check_not_here(c, n, "duration", HAS_SPAN);
	return &type_uint64;
}

const struct type *check_func(struct checker *c, struct node *n)
{
	if (!check_has(c, HAS_FUNC))
		return check_not_here(c, n, "func", HAS_FUNC);
	/* where it returned to tells nothing, what it was attached to does */
	if (c->body->provider == PROVIDER_URETPROBE)
		return &type_probe_func;
	if (c->body->provider == PROVIDER_UPROBE)
		return &type_usym;
	return &type_ksym;
}

const struct type *check_probe(struct checker *c, struct node *n)
{
	if (c->body->fn)
		return check_not_in_fn(c, n, "probe");
	return &type_probe;
}

const struct type *check_probetype(struct checker *c, struct node *n)
{
	if (c->body->fn)
		return check_not_in_fn(c, n, "probetype");
	return type_string(c->ts, 16);
}

/* --- Tasks ---------------------------------------------------------------- */

enum { COMM_LEN = 16 };

const struct type *check_comm(struct checker *c, struct node *n)
{
	/* no helper finds a task before Linux 6.2: looked up when shown */
	if (check_arg(n, 0))
		return &type_comm;
	return type_string(c->ts, COMM_LEN);
}

static const struct type *task_struct(struct checker *c, struct node *n)
{
	const struct type *t = type_struct(c->ts, "task_struct", false);
	const char *why;
	struct diag *d;

	if (t)
		return t;
	d = diag_error(c->diags, n->at, DIAG_NO_BTF,
		       "the type of struct task_struct is not known");
	why = kbtf_error(c->ts->btf);
	if (why)
		diag_hint(c->diags, d, "%s", why);
	return NULL;
}

const struct type *check_curtask(struct checker *c, struct node *n)
{
	const struct type *t = task_struct(c, n);

	return t ? type_ptr(c->ts, t, SPACE_KERNEL) : &type_error;
}

const struct type *check_cpid(struct checker *c, struct node *n)
{
	struct diag *d;

	if (c->u->child || c->u->deferred || c->u->checking)
		return &type_uint32;
	d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
		       "there is no child process, and so no cpid");
	diag_hint(c->diags, d, "start one with -c COMMAND; has_cpid tells");
	return &type_error;
}

const struct type *check_usermode(struct checker *c, struct node *n)
{
	enum provider p = c->body->provider;

	if (c->body->fn)
		return check_not_in_fn(c, n, "usermode");
	if (p == PROVIDER_PROFILE || p == PROVIDER_INTERVAL ||
	    p == PROVIDER_SOFTWARE || p == PROVIDER_HARDWARE)
		return &type_bool;
	diag_error(c->diags, n->at, DIAG_NOT_HERE,
		   "%s has no usermode: it is of profile, interval, software "
		   "and hardware",
		   providers[p].name);
	return &type_error;
}

/* --- Stacks --------------------------------------------------------------- */

enum { DEFAULT_FRAMES = 127, MAX_FRAMES = 1024 };

static const struct type *stack(struct checker *c, struct node *n, bool user)
{
	struct node *arg = check_arg(n, 0), *limit = NULL;
	enum stack_mode mode = (enum stack_mode)c->u->config.stack_mode;
	int64_t frames = DEFAULT_FRAMES;
	struct signature sig;
	int w;

	if (arg && builtin_signature(n->call.builtin, &sig)) {
		w = builtin_word(&sig.params[0], arg->kind == N_NAME
							 ? arg->name.s
							 : arg->str.s);
		mode = (enum stack_mode)w;
		limit = arg->next;
	}
	if (limit && !check_literal_int(c, n, limit, &frames))
		return &type_error;
	if (frames < 1 || frames > MAX_FRAMES) {
		diag_error(c->diags, limit->at, DIAG_RANGE,
			   "%s: a stack has from 1 to %d frames, not %lld",
			   n->call.name, MAX_FRAMES, (long long)frames);
		return &type_error;
	}
	return type_stack(c->ts, user, mode, (uint32_t)frames);
}

/* kstack(5) is kstack(bpftrace, 5): the words are there to be left out. */
static bool lone_limit(struct checker *c, struct node *n, bool user,
		       const struct type **t)
{
	struct node *arg = check_arg(n, 0);
	int64_t frames;

	if (!arg || arg->next || arg->kind == N_NAME || arg->kind == N_STR)
		return false;
	*t = &type_error;
	if (!check_literal_int(c, n, arg, &frames))
		return true;
	if (frames < 1 || frames > MAX_FRAMES) {
		diag_error(c->diags, arg->at, DIAG_RANGE,
			   "%s: a stack has from 1 to %d frames, not %lld",
			   n->call.name, MAX_FRAMES, (long long)frames);
		return true;
	}
	*t = type_stack(c->ts, user, (enum stack_mode)c->u->config.stack_mode,
			(uint32_t)frames);
	return true;
}

static const struct type *any_stack(struct checker *c, struct node *n,
				    bool user)
{
	const struct type *t;

	return lone_limit(c, n, user, &t) ? t : stack(c, n, user);
}

const struct type *check_kstack(struct checker *c, struct node *n)
{
	return any_stack(c, n, false);
}

const struct type *check_ustack(struct checker *c, struct node *n)
{
	return any_stack(c, n, true);
}

/* --- The rest ------------------------------------------------------------- */

const struct type *check_config(struct checker *c, struct node *n)
{
	struct diag *d = diag_error(c->diags, n->at, DIAG_NOT_A_VALUE,
				    "config is not a value by itself");

	diag_hint(c->diags, d, "write config.max_strlen or the like");
	return &type_error;
}

const struct type *check_reg(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct arch *arch = arch_host();
	const char *guess;
	struct constant v;
	struct diag *d;

	if (!check_has(c, HAS_KREGS))
		return check_not_here(c, n, "reg()", HAS_KREGS);
	if (!check_constant(c, arg, &v))
		return &type_error;
	if (arch_find(arch, v.s))
		return &type_uint64;
	d = diag_error(c->diags, arg->at, DIAG_UNKNOWN_NAME,
		       "%s has no register '%s'", arch->name, v.s);
	guess = nearest_name(v.s, arch_names(arch, c->arena));
	if (guess)
		diag_hint(c->diags, d, "did you mean '%s'?", guess);
	return &type_error;
}
