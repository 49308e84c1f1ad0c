/* check_sys.c - builtins that ask about the kernel: its symbols, its structs by
 * a member's address, its sockets and functions, names of its numbers. */
#include <string.h>

#include "check.h"
#include "kfunc.h"

/* --- container_of() ------------------------------------------------------- */

/* a.b.c as a list of names, first to last; false: it is something else. */
static bool names_of(struct checker *c, struct node *n, struct node **list)
{
	struct node *name = NULL;

	if (n->kind == N_FIELD) {
		if (!names_of(c, n->field.e, list))
			return false;
		name = node_new(c->u->prog, N_NAME, n->field.name_at);
		name->name.s = n->field.name;
	} else if (n->kind == N_NAME) {
		name = node_new(c->u->prog, N_NAME, n->at);
		name->name.s = n->name.s;
	}
	if (name)
		*list = node_append(*list, name);
	return name;
}

/* The type an argument names: struct s, or a bare name of a typedef. */
static struct node *written_type(struct checker *c, struct node *arg)
{
	struct node *t;

	if (arg->kind != N_NAME)
		return arg;
	t = node_new(c->u->prog, N_TYPE, arg->at);
	t->spec.name = arg->name.s;
	return t;
}

/* offsetof(T, member), made once of the second and third argument. */
static struct node *offset_node(struct checker *c, struct node *n)
{
	struct node *type = check_arg(n, 1), *member = check_arg(n, 2);
	struct node *o = node_new(c->u->prog, N_OFFSETOF, n->at);

	type->type = member->type = &type_uint64;
	o->offsetof_.e = written_type(c, type);
	if (o->offsetof_.e->kind != N_TYPE) {
		diag_error(c->diags, type->at, DIAG_ARG_TYPE,
			   "container_of: argument 2 is a type, like struct "
			   "task_struct");
		return NULL;
	}
	if (!names_of(c, member, &o->offsetof_.fields)) {
		diag_error(c->diags, member->at, DIAG_ARG_TYPE,
			   "container_of: argument 3 is the name of a member");
		return NULL;
	}
	return o;
}

const struct type *check_container_of(struct checker *c, struct node *n)
{
	struct node *ptr = check_arg(n, 0), *o = (struct node *)n->call.info;
	const struct type *t = check_value(c, ptr);

	if (!o)
		n->call.info = o = offset_node(c, n);
	if (!o)
		return &type_error;
	o->type = check_offsetof(c, o);
	if (!is_known(t) || !is_known(o->type))
		return is_known(t) ? o->type : t;
	if (t->kind != T_PTR && !type_is_int(t)) {
		diag_error(c->diags, ptr->at, DIAG_ARG_TYPE,
			   "container_of: argument 1 must be a pointer, not %s",
			   type_str(t));
		return &type_error;
	}
	return type_ptr(c->ts, check_spec(c, o->offsetof_.e),
			t->kind == T_PTR ? t->space : SPACE_KERNEL);
}

/* --- Symbols and functions ------------------------------------------------ */

/* BTF knows the types of per-CPU variables; of others it is an address. */
const struct type *check_percpu_kaddr(struct checker *c, struct node *n)
{
	const struct type *t = check_kaddr(c, n), *of = NULL;
	struct constant v;
	struct bt_ref ref;
	bool percpu;

	if (t->kind == T_ERROR || !check_constant(c, check_arg(n, 0), &v))
		return t;
	if (kbtf_var(c->ts->btf, v.s, &ref, &percpu))
		of = type_of_btf(c->ts, ref);
	return type_ptr(c->ts, of ? of : &type_uint64, SPACE_KERNEL);
}

static const struct type *has_function(struct checker *c, struct node *n)
{
	struct constant *answer = arena_make(c->arena, struct constant), v;
	struct bt_func f;

	if (!check_constant(c, check_arg(n, 0), &v))
		return &type_error;
	answer->kind = CONST_BOOL;
	answer->value = kbtf_func(c->ts->btf, c->arena, NULL, v.s, &f);
	n->call.info = answer;
	return &type_bool;
}

const struct type *check_kfunc_exist(struct checker *c, struct node *n)
{
	return has_function(c, n);
}

/* What the verifier wants to know of a program that is typed by the kernel. */
static uint32_t attach_id(struct checker *c)
{
	const struct target *t = c->body->targets;
	struct bt_ref ref = { 0 };

	if (c->body->provider == PROVIDER_FENTRY ||
	    c->body->provider == PROVIDER_FEXIT)
		ref = kbtf_find(c->ts->btf, BTN_FUNC, t->target);
	else if (c->body->provider == PROVIDER_RAWTRACEPOINT)
		ref = kbtf_find(
			c->ts->btf, BTN_TYPEDEF,
			arena_printf(c->arena, "btf_trace_%s", t->target));
	return ref.id;
}

static bool ask_kernel(struct checker *c, struct node *n, const char *name,
		       bool *yes)
{
	struct bt_ref kfunc = kbtf_find(c->ts->btf, BTN_FUNC, name);
	int is;

	*yes = false;
	if (!bt_found(kfunc) || kbtf_module(c->ts->btf, kfunc))
		return true;
	is = kfunc_allowed(c->body->provider, attach_id(c), kfunc.id);
	*yes = is > 0;
	if (is >= 0)
		return true;
	diag_hint(c->diags,
		  diag_error(c->diags, n->at, DIAG_NOT_HERE,
			     "the kernel does not say whether %s may be "
			     "called: %s",
			     name, strerror(-is)),
		  "run as root, or ask kfunc_exist()");
	return false;
}

const struct type *check_kfunc_allowed(struct checker *c, struct node *n)
{
	struct constant *answer = (struct constant *)n->call.info, v;
	bool yes;

	if (answer)
		return &type_bool;
	if (c->body->fn)
		return check_not_in_fn(c, n, "kfunc_allowed()");
	if (!check_constant(c, check_arg(n, 0), &v))
		return &type_error;
	if (c->u->offline || c->u->deferred) {
		diag_error(c->diags, n->at, DIAG_NOT_HERE,
			   "kfunc_allowed() asks the kernel that runs, and "
			   "this is for another");
		return &type_error;
	}
	if (!ask_kernel(c, n, v.s, &yes))
		return &type_error;
	answer = arena_make(c->arena, struct constant);
	answer->kind = CONST_BOOL;
	answer->value = yes;
	n->call.info = answer;
	return &type_bool;
}

/* --- Names of numbers ----------------------------------------------------- */

const struct type *check_strerror(struct checker *c, struct node *n)
{
	(void)n;
	return type_string(c->ts, NAME_ROOM_ERROR);
}

const struct type *check_signal_name(struct checker *c, struct node *n)
{
	(void)n;
	return type_string(c->ts, NAME_ROOM_SIGNAL);
}

const struct type *check_syscall_name(struct checker *c, struct node *n)
{
	(void)n;
	return type_string(c->ts, NAME_ROOM_SYSCALL);
}

/* --- Sockets -------------------------------------------------------------- */

/* A pointer that is an argument of the traced function, as it was passed. */
static bool is_argument(const struct node *arg)
{
	while (arg->kind == N_CAST)
		arg = arg->cast.e;
	return arg->kind == N_FIELD && arg->field.e->type &&
	       arg->field.e->type->kind == T_PTR &&
	       arg->field.e->type->space == SPACE_CTX;
}

/* struct sock_common, or what begins with it: struct sock, tcp_sock, ... */
static bool is_socket(struct checker *c, const struct type *t)
{
	if (t->kind != T_PTR)
		return false;
	for (t = t->elem; t->kind == T_STRUCT; t = t->members[0].type) {
		if (!strcmp(t->name, "struct sock_common"))
			return true;
		type_complete(c->ts, t);
		if (!t->nmembers || t->members[0].offset)
			return false;
	}
	return false;
}

const struct type *check_socket_cookie(struct checker *c, struct node *n)
{
	enum provider p = c->body->provider;
	struct node *arg = check_arg(n, 0);
	struct diag *d;

	if (p != PROVIDER_FENTRY && p != PROVIDER_FEXIT &&
	    p != PROVIDER_RAWTRACEPOINT) {
		d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
			       "%s cannot use socket_cookie()",
			       providers[p].name);
		diag_hint(c->diags, d,
			  "fentry, fexit and rawtracepoint can; the address of "
			  "the socket tells sockets apart everywhere");
		return &type_error;
	}
	if (!is_known(arg->type) ||
	    (is_argument(arg) && is_socket(c, arg->type)))
		return &type_uint64;
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "socket_cookie: the kernel takes only a socket that is "
		       "an argument, a struct sock * or the like");
	diag_hint(c->diags, d, "write socket_cookie(args.sk)");
	return &type_error;
}

/* --- Packets ----------------------------------------------------------------
 */

const struct type *check_skboutput(struct checker *c, struct node *n)
{
	struct node *skb = check_arg(n, 1);
	const struct type *t = skb->type;
	struct diag *d;

	if (!is_known(t) ||
	    (t->kind == T_PTR && t->elem->kind == T_STRUCT &&
	     !strcmp(t->elem->name, "struct sk_buff")) ||
	    (t->kind == T_PTR && t->elem->kind == T_VOID))
		return &type_uint32;
	d = diag_error(c->diags, skb->at, DIAG_ARG_TYPE,
		       "skboutput: argument 2 must be a struct sk_buff *, not "
		       "%s",
		       type_str(t));
	diag_hint(c->diags, d,
		  "write skboutput(\"file.pcap\", (struct sk_buff *)x, 1500, "
		  "0)");
	return &type_error;
}

/* --- Writing -------------------------------------------------------------- */

const struct type *check_write_user(struct checker *c, struct node *n)
{
	struct node *len = check_arg(n, 2);
	int64_t v;

	if (!check_literal_int(c, n, len, &v))
		return &type_void;
	if (v < 1 || v > c->ts->max_strlen)
		diag_error(c->diags, len->at, DIAG_RANGE,
			   "write_user: the length is from 1 to max_strlen "
			   "(%u)",
			   c->ts->max_strlen);
	return &type_void;
}
