/* expand_body.c - the body of a macro, copied for one call. */
#include <string.h>

#include "expand_own.h"

/* One expansion. */
struct instance {
	struct expander *x;
	const struct routine *r;
	struct node *args;
	uint32_t shift; /* what its places are moved by */
	uint32_t serial;
};

static struct node *copy(struct instance *in, const struct node *n);

/* The argument that a parameter stands for; NULL: it is none. */
static struct node *argument(struct instance *in, const char *name)
{
	struct formal *f = in->r->formals;
	struct node *arg = in->args;

	for (; f; f = f->next, arg = arg->next)
		if (!strcmp(f->name, name))
			return arg;
	return NULL;
}

static struct span moved(struct instance *in, struct span at)
{
	return (struct span){ at.beg + in->shift, at.end + in->shift };
}

/* --- Names ---------------------------------------------------------------- */

/* The caller's variable, or one that only this expansion has. */
static const char *variable(struct instance *in, const char *name)
{
	struct node *arg = argument(in, name);

	if (arg)
		return arg->var.name;
	return arena_printf(in->x->u->arena, "%s'%u", name, in->serial);
}

static void rename_map(struct instance *in, struct node *n)
{
	struct node *arg = argument(in, n->map.name);
	struct diag *d;

	if (arg) {
		n->map.name = arg->map.name;
		return;
	}
	d = diag_error(in->x->u->diags, n->at, DIAG_UNKNOWN_MAP,
		       "%s is not passed to the macro %s()", n->map.name,
		       in->r->name);
	diag_hint(in->x->u->diags, d,
		  "a macro sees the maps that it gets as parameters: macro "
		  "%s(%s)",
		  in->r->name, n->map.name);
}

static void refuse_write(struct instance *in, const struct node *dst)
{
	struct diag *d;

	if (dst->kind != N_NAME || !argument(in, dst->name.s))
		return;
	d = diag_error(in->x->u->diags, moved(in, dst->at), DIAG_NOT_ASSIGNABLE,
		       "%s is an expression, which cannot be assigned to",
		       dst->name.s);
	diag_hint(in->x->u->diags, d,
		  "a parameter $%s takes a variable that can be changed",
		  dst->name.s);
}

/* --- Types ---------------------------------------------------------------- */

static struct type_suffix *copy_suffixes(struct instance *in,
					 const struct type_suffix *s)
{
	struct type_suffix *head = NULL, **tail = &head;

	for (; s; s = s->next) {
		*tail = arena_make(in->x->u->arena, struct type_suffix);
		**tail = *s;
		(*tail)->next = NULL;
		if (s->len)
			(*tail)->len = copy(in, s->len);
		tail = &(*tail)->next;
	}
	return head;
}

/* T, T* or T[4], where T is a parameter: the type that was passed, or that of
 * the expression. */
static void substitute_type(struct instance *in, struct node *n)
{
	struct node *arg = NULL;
	struct type_suffix **end, *own = n->spec.suffixes;

	if (n->spec.name && n->spec.tag == TAG_NONE)
		arg = argument(in, n->spec.name);
	if (!arg)
		return;
	if (arg->kind == N_TYPE) {
		n->spec = ast_clone(in->x->u->prog, arg)->spec;
		for (end = &n->spec.suffixes; *end; end = &(*end)->next)
			;
		/* those of the argument are shared with it */
		if (n->spec.suffixes && own) {
			n->spec.suffixes = copy_suffixes(in, n->spec.suffixes);
			for (end = &n->spec.suffixes; *end; end = &(*end)->next)
				;
		}
		*end = own;
	} else if (arg->kind == N_NAME) {
		n->spec.name = arg->name.s;
	} else {
		n->spec.name = NULL;
		n->spec.of = ast_clone(in->x->u->prog, arg);
	}
}

/* --- Nodes ---------------------------------------------------------------- */

static struct node *copy_list(struct instance *in, const struct node *n)
{
	struct node *head = NULL, **tail = &head;

	for (; n; n = n->next) {
		*tail = copy(in, n);
		tail = &(*tail)->next;
	}
	return head;
}

/* Names of fields: only a name can take their place. */
static struct node *copy_fields(struct instance *in, const struct node *n)
{
	struct node *head = NULL, **tail = &head, *arg;

	for (; n; n = n->next) {
		*tail = ast_clone(in->x->u->prog, n);
		(*tail)->at = moved(in, n->at);
		arg = argument(in, n->name.s);
		if (arg && arg->kind == N_NAME)
			(*tail)->name.s = arg->name.s;
		tail = &(*tail)->next;
	}
	return head;
}

static void copy_children(struct instance *in, struct node *c)
{
	struct node **slots[NODE_SLOTS], **fields = NULL;
	uint32_t i, k = node_slots(c, slots);

	if (c->kind == N_OFFSETOF)
		fields = &c->offsetof_.fields;
	if (c->kind == N_EXISTS)
		fields = &c->exists.fields;
	for (i = 0; i < k; i++)
		*slots[i] = slots[i] == fields ? copy_fields(in, *slots[i])
					       : copy_list(in, *slots[i]);
}

/* What a copy has besides children: places and names. */
static void adapt(struct instance *in, struct node *c)
{
	switch ((int)c->kind) {
	case N_VAR:
		c->var.name = variable(in, c->var.name);
		break;
	case N_MAP:
		rename_map(in, c);
		break;
	case N_LET:
		c->let.name = variable(in, c->let.name);
		c->let.name_at = moved(in, c->let.name_at);
		break;
	case N_FOR:
		c->loop.var = variable(in, c->loop.var);
		c->loop.var_at = moved(in, c->loop.var_at);
		break;
	case N_CALL:
		c->call.name_at = moved(in, c->call.name_at);
		break;
	case N_FIELD:
		c->field.name_at = moved(in, c->field.name_at);
		break;
	case N_ELEMENT:
		c->element.index_at = moved(in, c->element.index_at);
		break;
	case N_TYPE:
		c->spec.suffixes = copy_suffixes(in, c->spec.suffixes);
		substitute_type(in, c);
		break;
	}
}

static uint32_t count_nodes(struct node *n)
{
	struct node **slots[NODE_SLOTS];
	uint32_t i, k, count = 1;
	struct node *child;

	k = node_slots(n, slots);
	for (i = 0; i < k; i++)
		for (child = *slots[i]; child; child = child->next)
			count += count_nodes(child);
	return count;
}

/* An argument in the place of its parameter. */
static struct node *insert(struct instance *in, struct node *arg)
{
	struct expander *x = in->x;

	x->copied += count_nodes(arg);
	if (x->copied > MAX_COPIED) /* reported once the body is there */
		return node_new(x->u->prog, N_INT, arg->at);
	return ast_clone(x->u->prog, arg);
}

static struct node *copy(struct instance *in, const struct node *n)
{
	struct expander *x = in->x;
	struct node *c;

	x->copied++;
	if (n->kind == N_NAME || n->kind == N_VAR) {
		c = argument(in, n->kind == N_NAME ? n->name.s : n->var.name);
		if (c)
			return insert(in, c);
	}
	if (n->kind == N_ASSIGN)
		refuse_write(in, n->assign.dst);
	if (n->kind == N_INCDEC)
		refuse_write(in, n->incdec.dst);
	c = arena_make(x->u->arena, struct node);
	*c = *n;
	c->next = NULL;
	c->at = moved(in, n->at);
	copy_children(in, c);
	adapt(in, c);
	return c;
}

static void too_much(struct expander *x, struct span call)
{
	if (!x->stopped)
		diag_error(x->u->diags, call, DIAG_TOO_BIG,
			   "the macros of this program expand to too much");
	x->stopped = true;
}

struct node *expand_body(struct expander *x, const struct routine *r,
			 struct node *args, struct span call)
{
	struct instance in = { .x = x, .r = r, .args = args };
	struct sources *sources = x->u->prog->sources;
	struct node *body, *only;

	if (r->body->at.end - r->body->at.beg >= source_room(sources)) {
		too_much(x, call);
		return NULL;
	}
	in.serial = ++x->serial;
	in.shift = source_expand(sources, r->name, r->body->at, call);
	body = copy(&in, r->body);
	if (x->copied > MAX_COPIED) {
		too_much(x, call);
		return NULL;
	}
	only = body->block.stmts;
	if (body->block.has_value && only && !only->next)
		return only; /* an expression, with nothing around it */
	body->at = call;
	body->block.expanded = true;
	return body;
}
