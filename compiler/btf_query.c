/* Questions about kernel types that are put together from those of btf.c. */
#include "btf.h"

#include <string.h>

enum {
	/* BTF may be hostile: a struct can be its own anonymous member. */
	MAX_NESTING = 16,  /* anonymous members within each other */
	MAX_VISITS = 4096, /* ... looked into for one name */
};

static bool find_field(struct kbtf *k, struct bt_ref s, const char *name,
		       int depth, int *visits, struct bt_field *out)
{
	struct bt_field f;
	uint32_t i;

	if (depth > MAX_NESTING)
		return false;
	for (i = 0; kbtf_member(k, s, i, &f); i++) {
		if (!strcmp(f.name, name)) {
			*out = f;
			return true;
		}
		if (f.name[0] || ++*visits > MAX_VISITS ||
		    !find_field(k, f.type, name, depth + 1, visits, out))
			continue;
		out->bit_offset += f.bit_offset;
		return true;
	}
	return false;
}

bool kbtf_find_field(struct kbtf *k, struct bt_ref s, const char *name,
		     struct bt_field *out)
{
	int visits = 0;

	return name[0] && find_field(k, s, name, 0, &visits, out);
}

const char *kbtf_enum_name(struct kbtf *k, struct bt_ref e, uint64_t value)
{
	struct bt_enumerator c;
	uint32_t i;

	for (i = 0; kbtf_enumerator(k, e, i, &c); i++)
		if (c.value == value)
			return c.name;
	return NULL;
}

/* ---- functions ---- */

/* skip: parameters at the front that are not of interest. */
static bool read_proto(struct kbtf *k, struct arena *a, struct bt_ref proto,
		       uint32_t skip, struct bt_func *out)
{
	struct bt_type t = kbtf_describe(k, proto);
	struct bt_param *params, p;
	uint32_t i, n;

	if (t.kind == BT_PTR)
		t = kbtf_describe(k, t.elem);
	if (t.kind != BT_FUNC_PROTO)
		return false;
	n = t.nmembers;
	/* "..." is a nameless parameter of type void. */
	out->variadic = n && kbtf_param(k, t.self, n - 1, &p) && !p.name[0] &&
			!p.type.id;
	if (out->variadic)
		n--;
	n = n > skip ? n - skip : 0;
	params = arena_alloc(a, (n + 1) * sizeof(*params));
	for (i = 0; i < n; i++) {
		kbtf_param(k, t.self, i + skip, &params[i]);
		if (!params[i].name[0])
			params[i].name = arena_printf(a, "arg%u", i);
	}
	out->params = params;
	out->nparams = n;
	out->ret = t.elem;
	out->module = kbtf_module(k, t.self);
	return true;
}

bool kbtf_proto(struct kbtf *k, struct arena *a, struct bt_ref proto,
		struct bt_func *out)
{
	out->name = "";
	return read_proto(k, a, proto, 0, out);
}

bool kbtf_func(struct kbtf *k, struct arena *a, const char *module,
	       const char *name, struct bt_func *out)
{
	struct bt_ref r = kbtf_find_in(k, module, BTN_FUNC, name);

	if (!bt_found(r) || !read_proto(k, a, r, 0, out))
		return false;
	out->name = arena_strdup(a, name);
	out->module = kbtf_module(k, r);
	return true;
}

bool kbtf_rawtracepoint(struct kbtf *k, struct arena *a, const char *module,
			const char *event, struct bt_func *out)
{
	struct bt_func named;
	const char *home;
	struct bt_ref r;

	r = kbtf_find_in(k, module, BTN_TYPEDEF,
			 arena_printf(a, "btf_trace_%s", event));
	if (!bt_found(r) || !read_proto(k, a, r, 1, out))
		return false;
	out->name = arena_strdup(a, event);
	out->module = kbtf_module(k, r);
	/* The typedef has the types; functions made along with it have the
	 * parameters' names. */
	home = out->module ? out->module : "vmlinux";
	r = kbtf_find_in(k, home, BTN_FUNC,
			 arena_printf(a, "__traceiter_%s", event));
	if (!bt_found(r))
		r = kbtf_find_in(k, home, BTN_FUNC,
				 arena_printf(a, "__bpf_trace_%s", event));
	if (bt_found(r) && read_proto(k, a, r, 1, &named) &&
	    named.nparams == out->nparams)
		out->params = named.params;
	return true;
}

/* ---- text ---- */

struct text {
	struct kbtf *k;
	struct arena *a;
	int left; /* types yet to be named before we give up */
};

static const char *type_text(struct text *x, struct bt_ref ref);

static const char *proto_text(struct text *x, const struct bt_type *t,
			      const char *name)
{
	const char *args = "";
	struct bt_param p;
	uint32_t i;

	for (i = 0; kbtf_param(x->k, t->self, i, &p) && i < 16; i++)
		args = arena_printf(x->a, "%s%s%s", args, i ? ", " : "",
				    type_text(x, p.type));
	return arena_printf(x->a, "%s %s(%s)", type_text(x, t->elem), name,
			    i ? args : "void");
}

static const char *pointer_text(struct text *x, const struct bt_type *t)
{
	struct bt_type to = kbtf_describe(x->k, t->elem);
	const char *s;

	if (to.kind == BT_FUNC_PROTO && !to.alias)
		return proto_text(x, &to, "(*)");
	s = type_text(x, t->elem);
	return arena_printf(x->a, "%s%s*", s,
			    s[0] && s[strlen(s) - 1] == '*' ? "" : " ");
}

static const char *array_text(struct text *x, struct bt_type t)
{
	const char *dims = "";
	struct bt_type elem;

	for (; x->left > 0; x->left--) {
		dims = t.nelems ? arena_printf(x->a, "%s[%u]", dims, t.nelems)
				: arena_printf(x->a, "%s[]", dims);
		elem = kbtf_describe(x->k, t.elem);
		if (elem.kind != BT_ARRAY || elem.alias)
			break;
		t = elem;
	}
	return arena_printf(x->a, "%s %s", type_text(x, t.elem), dims);
}

static const char *type_text(struct text *x, struct bt_ref ref)
{
	struct bt_type t = kbtf_describe(x->k, ref);
	const char *name = t.name[0] ? t.name : "{...}";

	if (x->left-- <= 0)
		return "...";
	if (t.alias)
		return arena_strdup(x->a, t.alias);
	switch (t.kind) {
	case BT_VOID:
		return "void";
	case BT_INT:
	case BT_BOOL:
	case BT_CHAR:
	case BT_FLOAT:
		return arena_strdup(x->a, name);
	case BT_ENUM:
		return arena_printf(x->a, "enum %s", name);
	case BT_STRUCT:
		return arena_printf(x->a, "struct %s", name);
	case BT_UNION:
		return arena_printf(x->a, "union %s", name);
	case BT_FWD:
		return arena_printf(x->a, "%s %s",
				    t.is_union ? "union" : "struct", name);
	case BT_PTR:
		return pointer_text(x, &t);
	case BT_ARRAY:
		return array_text(x, t);
	case BT_FUNC_PROTO:
		return proto_text(x, &t, "");
	}
	die("btf: type kind %d", (int)t.kind);
}

const char *kbtf_type_str(struct kbtf *k, struct arena *a, struct bt_ref ref)
{
	struct text x = { k, a, 64 };

	return type_text(&x, ref);
}

/* ---- names for hints ---- */

struct names {
	struct arena *a;
	int visits;
	VEC(const char *) v;
};

static void add_name(void *ctx, const char *module, const char *name)
{
	struct names *n = ctx;

	(void)module;
	*vec_push(n->a, &n->v) = arena_strdup(n->a, name);
}

static void add_fields(struct kbtf *k, struct bt_ref s, int depth,
		       struct names *n)
{
	struct bt_field f;
	uint32_t i;

	if (depth > MAX_NESTING)
		return;
	for (i = 0; kbtf_member(k, s, i, &f); i++) {
		if (++n->visits > MAX_VISITS)
			return;
		if (f.name[0])
			add_name(n, NULL, f.name);
		else
			add_fields(k, f.type, depth + 1, n);
	}
}

static const char *const *finish_names(struct names *n)
{
	*vec_push(n->a, &n->v) = NULL;
	return n->v.v;
}

const char *const *kbtf_field_names(struct kbtf *k, struct arena *a,
				    struct bt_ref s)
{
	struct names n = { .a = a };

	add_fields(k, s, 0, &n);
	return finish_names(&n);
}

const char *const *kbtf_type_names(struct kbtf *k, struct arena *a,
				   enum bt_ns ns)
{
	struct names n = { .a = a };

	kbtf_each_name(k, ns, "vmlinux", add_name, &n);
	return finish_names(&n);
}

const char *const *kbtf_param_names(struct arena *a, const struct bt_func *f)
{
	struct names n = { .a = a };
	uint32_t i;

	for (i = 0; i < f->nparams; i++)
		add_name(&n, NULL, f->params[i].name);
	return finish_names(&n);
}
