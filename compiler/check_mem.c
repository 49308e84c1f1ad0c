/* check_mem.c - builtins about strings, memory and addresses. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "udwarf.h"
#include "match.h"

/* --- str() ---------------------------------------------------------------- */

/* str($2 + 1) is the text of $2 without its first byte. */
static void skip_bytes(struct checker *c, struct node *arg)
{
	struct constant text, skip;

	if (arg->kind != N_BINARY || arg->binary.op != OP_ADD ||
	    arg->binary.l->kind != N_PARAM)
		return;
	check_value(c, arg->binary.r);
	if (!check_constant(c, arg->binary.r, &skip) ||
	    skip.kind != CONST_INT || skip.negative)
		return;
	param_positional(c->u, arg->binary.l, true);
	param_fix(c->u, arg->binary.l);
	if (!constant_of(arg->binary.l, &text) || text.kind != CONST_STR)
		return;
	if (skip.value > text.len)
		skip.value = text.len;
	text.s += skip.value;
	text.len -= (uint32_t)skip.value;
	constant_put(arg, &text);
}

/* The most bytes that a length argument leaves, the NUL included. */
static uint32_t bounded(struct checker *c, struct node *len, uint32_t max,
			uint32_t extra)
{
	struct constant v;

	if (!len || !check_constant(c, len, &v) || v.kind != CONST_INT ||
	    v.negative || v.value + extra >= max)
		return max;
	return (uint32_t)v.value + extra;
}

static bool is_length(struct checker *c, struct node *n, struct node *len)
{
	const struct type *t;

	if (!len)
		return true;
	t = check_value(c, len);
	if (!is_known(t))
		return false;
	if (type_is_int(t))
		return true;
	diag_error(c->diags, len->at, DIAG_ARG_TYPE,
		   "%s: the length must be an integer, not %s", n->call.name,
		   type_str(t));
	return false;
}

static bool is_char_array(const struct type *t)
{
	return t->kind == T_ARRAY && t->elem->kind == T_INT &&
	       t->elem->size == 1;
}

/* str(5) is "5": no address is written down as a decimal literal, and a
 * parameter that happens to be a number is text here. */
static void literal_text(struct checker *c, struct node *n)
{
	struct constant k;

	if (n->kind == N_CALL && !strcmp(n->call.name, "getopt"))
		check_value(c, n);
	if (n->kind == N_PARAM && n->param.row && is_known(check_value(c, n)) &&
	    type_is_int(n->type) && param_fix(c->u, n) && constant_of(n, &k))
		constant_put(n, &k);
	if (n->kind != N_INT || !constant_of(n, &k))
		return;
	k.s = arena_printf(c->arena, "%s%llu", k.negative ? "-" : "",
			   (unsigned long long)k.value);
	k.kind = CONST_STR;
	k.len = (uint32_t)strlen(k.s);
	constant_put(n, &k);
}

const struct type *check_str(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *len = arg->next;
	uint32_t max = c->ts->max_strlen;
	const struct type *t;
	struct diag *d;
	bool good;

	skip_bytes(c, arg);
	if (arg->kind == N_PARAM)
		param_positional(c->u, arg, true);
	literal_text(c, arg);
	t = check_value(c, arg);
	good = is_length(c, n, len);
	if (!is_known(t))
		return t;
	if (!good)
		return type_string(c->ts, max);
	if (t->kind == T_STRING || is_char_array(t)) {
		uint32_t own = t->kind == T_STRING ? t->n : t->n + 1;

		return type_string(c->ts,
				   bounded(c, len, own < max ? own : max, 1));
	}
	if (t->kind == T_PTR || type_is_int(t))
		return type_string(c->ts, bounded(c, len, max, 1));
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "str: argument 1 must be an address, not %s",
		       type_str(t));
	if (t->kind == T_BUFFER)
		diag_hint(c->diags, d, "printf() shows it by %%r");
	return &type_error;
}

const struct type *check_buf(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *len = arg->next;
	const struct type *t = check_value(c, arg);
	uint32_t max = c->ts->max_strlen;
	bool good = is_length(c, n, len);

	if (!is_known(t))
		return t;
	if (!good)
		return type_buffer(c->ts, max);
	switch ((int)t->kind) {
	case T_STRING:
	case T_ARRAY:
	case T_STRUCT:
	case T_BUFFER:
		if (!t->size)
			break;
		if (t->size < max && !len)
			max = t->size;
		return type_buffer(c->ts, bounded(c, len, max, 0));
	default:
		break;
	}
	if (type_is_scalar(t) || t->kind == T_ARRAY)
		return type_buffer(c->ts, bounded(c, len, max, 0));
	diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		   "buf: argument 1 must be an address or an array, not %s",
		   type_str(t));
	return &type_error;
}

/* --- Strings -------------------------------------------------------------- */

/* Loops over strings are unrolled: beyond this no program is accepted. */
enum { MAX_COMPARED = 4096 };

static const struct type *compare(struct checker *c, struct node *n,
				  const struct type *result)
{
	struct node *len = check_arg(n, 2);
	int64_t v = 0;

	if (!check_literal_int(c, n, len, &v))
		return &type_error;
	if (v >= 0 && v <= MAX_COMPARED)
		return result;
	diag_error(c->diags, len->at, DIAG_RANGE,
		   "%s: the length is from 0 to %d, not %lld", n->call.name,
		   MAX_COMPARED, (long long)v);
	return &type_error;
}

const struct type *check_strncmp(struct checker *c, struct node *n)
{
	return compare(c, n, &type_uint64);
}

const struct type *check_memcmp(struct checker *c, struct node *n)
{
	struct node *a;
	int i;

	for (i = 0; i < 2; i++) {
		a = check_arg(n, (uint32_t)i);
		if (!is_known(a->type) || a->type->kind == T_PTR ||
		    type_is_int(a->type) || a->type->size)
			continue;
		diag_error(c->diags, a->at, DIAG_ARG_TYPE,
			   "memcmp: argument %d must be memory, not %s", i + 1,
			   type_str(a->type));
		return &type_error;
	}
	return compare(c, n, &type_int64);
}

const struct type *check_strcontains(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_bool;
}

const struct type *check_strstr(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_int64;
}

const struct type *check_strlen(struct checker *c, struct node *n)
{
	(void)c;
	(void)n;
	return &type_uint64;
}

/* --- Addresses ------------------------------------------------------------ */

static const struct type *in_space(struct checker *c, struct node *n,
				   enum space space)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = arg->type;

	if (!is_known(t))
		return t;
	if (t->kind == T_PTR)
		return type_ptr(c->ts, t->elem, space);
	if (type_is_int(t))
		return type_ptr(c->ts, &type_void, space);
	diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		   "%s: argument 1 must be a pointer, not %s", n->call.name,
		   type_str(t));
	return &type_error;
}

const struct type *check_kptr(struct checker *c, struct node *n)
{
	return in_space(c, n, SPACE_KERNEL);
}

const struct type *check_uptr(struct checker *c, struct node *n)
{
	return in_space(c, n, SPACE_USER);
}

const struct type *check_bswap(struct checker *c, struct node *n)
{
	const struct type *t = check_arg(n, 0)->type;

	(void)c;
	if (!is_known(t))
		return t;
	return type_is_int(t) ? type_int(t->size, false) : &type_uint64;
}

const struct type *check_kaddr(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	struct constant v;
	struct diag *d;

	/* whoever asks exists() first, or compiles for another kernel, is
	 * answered when the program is loaded */
	if (c->u->deferred && !c->guards)
		n->call.info = n; /* it must be there */
	if (c->u->offline || c->u->deferred || c->guards || !c->last ||
	    !check_constant(c, arg, &v))
		return &type_uint64;
	if (!c->matcher)
		c->matcher = match_open(c->arena, c->ts->btf);
	if (kernel_has_symbol(c->matcher, v.s))
		return &type_uint64;
	d = diag_error(c->diags, arg->at, DIAG_UNKNOWN_SYMBOL,
		       "the kernel has no symbol '%s'", v.s);
	diag_hint(c->diags, d,
		  "if other kernels have it, ask first: "
		  "if (exists(kaddr(\"%s\"))) {...}",
		  v.s);
	return &type_error;
}

/* What the symbol is, by debug information; failing that, an integer of its
 * size. */
const struct type *check_uaddr(struct checker *c, struct node *n)
{
	const struct type *of = NULL;
	struct udwarf_file *d;
	struct constant v;
	uint64_t size = 8;

	if (!check_constant(c, check_arg(n, 0), &v) || c->u->deferred ||
	    c->body->fn)
		return type_ptr(c->ts, &type_uint64, SPACE_USER);
	d = context_types(c->u, c->body->targets);
	if (d)
		of = udwarf_variable(c->ts, d, v.s);
	if (!of && context_object_size(c->u, c->body->targets, v.s, &size) &&
	    (size == 1 || size == 2 || size == 4))
		of = type_int((uint32_t)size, false);
	return type_ptr(c->ts, of && of->kind != T_VOID ? of : &type_uint64,
			SPACE_USER);
}

/*
 * Only what an argument points to, or what lies in that, is a struct path that
 * the verifier will trust: whatever is behind a further pointer was read by a
 * helper and is a number to it.
 */
static bool is_traced_path(const struct checker *c, const struct node *arg)
{
	const struct node *e;

	if (arg->kind == N_UNARY && arg->unary.op == OP_ADDR)
		arg = arg->unary.e;
	if (c->body->provider == PROVIDER_ITER) /* ctx.file.f_path */
		return arg->kind == N_FIELD && arg->field.e->kind == N_FIELD &&
		       arg->field.e->type->kind == T_PTR &&
		       arg->field.e->field.e->kind == N_NAME &&
		       !strcmp(arg->field.e->field.e->name.s, "ctx");
	while (arg->kind == N_FIELD && arg->field.e->kind == N_FIELD &&
	       arg->field.e->type->kind == T_STRUCT)
		arg = arg->field.e;
	if (arg->kind != N_FIELD)
		return arg->kind == N_VAR;
	e = arg->field.e;
	if (e->kind == N_FIELD)
		e = e->field.e;
	return (e->type->kind == T_PTR && e->type->space == SPACE_CTX) ||
	       e->kind == N_VAR;
}

static bool is_struct_path(const struct type *t)
{
	if (t->kind == T_PTR)
		t = t->elem;
	return t->kind == T_STRUCT && !strcmp(t->name, "struct path");
}

static bool suits_path(struct checker *c, const struct node *arg)
{
	struct diag *d;

	if (!is_struct_path(arg->type)) {
		diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			   "path: argument 1 must be a struct path or a "
			   "pointer to one, not %s",
			   type_str(arg->type));
		return false;
	}
	if (is_traced_path(c, arg))
		return true;
	d = diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		       "path: the kernel allows it only for what lies in an "
		       "argument, or in what an argument points to");
	diag_hint(c->diags, d,
		  "write path(%s.file.f_path), or follow the names by "
		  "d_parent and print d_name",
		  c->body->provider == PROVIDER_ITER ? "ctx" : "args");
	return false;
}

/* bpf_d_path() is for a few functions only, all of them seen through BTF
 * (Linux 5.10). */
const struct type *check_path(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0), *size = arg->next;
	int64_t room = c->ts->max_strlen;
	struct diag *d;

	if (c->body->fn)
		return check_not_in_fn(c, n, "path()");
	if (c->body->provider != PROVIDER_FENTRY &&
	    c->body->provider != PROVIDER_FEXIT &&
	    c->body->provider != PROVIDER_ITER) {
		d = diag_error(c->diags, n->at, DIAG_NOT_HERE,
			       "%s cannot use path()",
			       body_kind(c->body)->name);
		diag_hint(c->diags, d,
			  "iter can, and fentry and fexit of functions like "
			  "vfs_getattr and filp_close");
		return &type_error;
	}
	if (!suits_path(c, arg))
		return &type_error;
	if (size && !check_literal_int(c, n, size, &room))
		return &type_error;
	if (room < 1 || room > c->ts->max_strlen) {
		diag_error(c->diags, size->at, DIAG_RANGE,
			   "path: the size is from 1 to max_strlen (%u)",
			   c->ts->max_strlen);
		return &type_error;
	}
	return type_string(c->ts, (uint32_t)room);
}

/* --- Networks ------------------------------------------------------------- */

const struct type *check_ntop(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = arg->type;

	if (arg->next && is_known(t) && !type_is_int(t)) {
		diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
			   "ntop: the family is an integer, not %s",
			   type_str(t));
		return &type_error;
	}
	if (arg->next)
		arg = arg->next;
	t = arg->type;
	if (!is_known(t) || type_is_int(t) || t->kind == T_PTR)
		return &type_inet;
	if ((t->kind == T_ARRAY || t->kind == T_STRING ||
	     t->kind == T_STRUCT) &&
	    (t->size == 4 || t->size == 16))
		return &type_inet;
	diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		   "ntop: an address is an integer, or 4 or 16 bytes, not %s",
		   type_str(t));
	return &type_error;
}

const struct type *check_pton(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	unsigned char bytes[16];
	struct constant v;
	struct diag *d;

	if (!check_constant(c, arg, &v))
		return &type_error;
	if (inet_pton(AF_INET, v.s, bytes) == 1)
		return type_array(c->ts, &type_uint8, 4);
	if (inet_pton(AF_INET6, v.s, bytes) == 1)
		return type_array(c->ts, &type_uint8, 16);
	d = diag_error(c->diags, arg->at, DIAG_RANGE,
		       "pton: '%s' is no internet address", v.s);
	diag_hint(c->diags, d, "write one like \"10.0.0.1\" or \"::1\"");
	return &type_error;
}

const struct type *check_macaddr(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	const struct type *t = arg->type;

	if (!is_known(t) || t->kind == T_PTR || type_is_int(t))
		return &type_macaddr;
	if ((t->kind == T_ARRAY || t->kind == T_STRING) && t->size >= 6)
		return &type_macaddr;
	diag_error(c->diags, arg->at, DIAG_ARG_TYPE,
		   "macaddr: argument 1 must be 6 bytes or their address, "
		   "not %s",
		   type_str(t));
	return &type_error;
}

/* --- Strings --- */

const struct type *check_str_concat(struct checker *c, struct node *n)
{
	const struct type *a = check_arg(n, 0)->type,
			  *b = check_arg(n, 1)->type;
	uint32_t room;

	if (!is_known(a) || !is_known(b))
		return type_string(c->ts, c->ts->max_strlen);
	room = a->n + b->n - 1;
	return type_string(c->ts,
			   room < c->ts->max_strlen ? room : c->ts->max_strlen);
}

/* --- Files ---------------------------------------------------------------- */

/* The id of a cgroup of version 2 is the inode of its directory. */
const struct type *check_cgroupid(struct checker *c, struct node *n)
{
	struct node *arg = check_arg(n, 0);
	struct stat st;
	struct constant v;

	if (!check_constant(c, arg, &v))
		return &type_error;
	if (c->u->offline || c->u->deferred || !stat(v.s, &st))
		return &type_uint64;
	diag_error(c->diags, arg->at, DIAG_RANGE,
		   "cgroupid: there is no directory %s", v.s);
	return &type_error;
}
