/* What -l -v shows below a probe: what its body can read. */
#include "list_own.h"

#include <string.h>

#include "tracefs.h"

/* ---- by BTF ---- */

static void put_params(struct lister *l, const struct bt_func *f)
{
	uint32_t i;

	for (i = 0; i < f->nparams; i++)
		list_argument(l, f->params[i].type, f->params[i].name);
	if (f->variadic)
		list_arg(l, "...");
}

void list_function_args(struct lister *l, const struct match *fn, bool retval)
{
	struct bt_func f;

	if (!kbtf_func(l->btf, l->a, fn->group ? fn->group : "vmlinux",
		       fn->name, &f))
		return;
	put_params(l, &f);
	if (retval && kbtf_describe(l->btf, f.ret).kind != BT_VOID)
		list_argument(l, f.ret, "retval");
}

void list_rawtracepoint_args(struct lister *l, const struct match *event)
{
	struct bt_func f;

	if (kbtf_rawtracepoint(l->btf, l->a,
			       event->group ? event->group : "vmlinux",
			       event->name, &f))
		put_params(l, &f);
}

static void put_iterator_fields(struct lister *l, struct bt_ref s, int depth)
{
	struct bt_field f;
	uint32_t i;

	for (i = 0; kbtf_member(l->btf, s, i, &f); i++) {
		/* Each stands in a union of its own. */
		if (!f.name[0] && depth < 4)
			put_iterator_fields(l, f.type, depth + 1);
		else if (f.name[0] && strcmp(f.name, "meta"))
			list_argument(l, f.type, f.name);
	}
}

void list_iterator_args(struct lister *l, const struct match *iter)
{
	const char *name = arena_printf(l->a, "bpf_iter__%s", iter->name);
	struct bt_ref r =
		kbtf_find_in(l->btf, iter->group ? iter->group : "vmlinux",
			     BTN_STRUCT, name);

	if (bt_found(r))
		put_iterator_fields(l, r, 0);
}

/* ---- by tracefs ---- */

/* The name of a field is the last word of its declaration. */
static bool is_common(const char *decl, const char *end)
{
	static const char common[] = "common_";
	const char *p = end;

	while (p > decl && !strchr(" *", p[-1]))
		p--;
	return (size_t)(end - p) >= sizeof(common) - 1 &&
	       !memcmp(p, common, sizeof(common) - 1);
}

/* As declared, not as parsed: __data_loc and array bounds are worth seeing. */
void list_tracepoint_args(struct lister *l, const struct match *event)
{
	static const char field[] = "\tfield:";
	const char *path, *end;
	char *text, *p;

	path = arena_printf(l->a, "events/%s/%s/format", event->group,
			    event->name);
	if (tracefs_read(match_tracefs(l->m), l->a, path, &text, NULL))
		return;
	for (p = text; (p = strstr(p, field)); p += end - p) {
		p += sizeof(field) - 1;
		end = p + strcspn(p, ";\n");
		if (!is_common(p, end))
			list_arg(l, "%.*s", (int)(end - p), p);
	}
}
