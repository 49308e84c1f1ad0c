/* Kernel types as C declarations. */
#include "list_own.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* BTF may be hostile: types can contain each other without end. */
	MAX_DEPTH = 24,
	MAX_TEXT = 4 << 20, /* bytes, of one type */
};

/* ---- declarations ---- */

/*
 * C puts a name in the middle of its type.  What stands before it is written
 * from the inside out, then the name, then what stands after it.
 */
static void before(struct lister *l, struct bt_ref ref, int indent, int depth);
static void after(struct lister *l, struct bt_ref ref, int depth);

static void put(struct lister *l, const char *s)
{
	if (l->text.len < MAX_TEXT)
		strbuf_add(&l->text, s, strlen(s));
}

static char last_char(const struct lister *l)
{
	return l->text.len ? l->text.s[l->text.len - 1] : '\n';
}

static void put_name(struct lister *l, const char *name)
{
	if (*name && !strchr(" *(\n\t", last_char(l)))
		put(l, " ");
	put(l, name);
}

static void put_indent(struct lister *l, int indent)
{
	while (indent-- > 0)
		put(l, "\t");
}

static void declare(struct lister *l, struct bt_ref type, const char *name,
		    int indent, int depth)
{
	before(l, type, indent, depth);
	put_name(l, name);
	after(l, type, depth);
}

/* A pointer to one of these needs parentheses. */
static bool binds_tighter(const struct bt_type *t)
{
	return !t->alias && (t->kind == BT_ARRAY || t->kind == BT_FUNC_PROTO);
}

static void put_members(struct lister *l, const struct bt_type *t, int indent,
			int depth)
{
	struct bt_field f;
	uint32_t i;

	for (i = 0; kbtf_member(l->btf, t->self, i, &f); i++) {
		put_indent(l, indent + 1);
		declare(l, f.type, f.name, indent + 1, depth + 1);
		if (f.bitfield_size && l->text.len < MAX_TEXT)
			strbuf_printf(&l->text, ": %u", f.bitfield_size);
		put(l, ";\n");
	}
}

static void put_constants(struct lister *l, const struct bt_type *t, int indent)
{
	struct bt_enumerator c;
	uint32_t i;

	for (i = 0; kbtf_enumerator(l->btf, t->self, i, &c); i++) {
		if (l->text.len >= MAX_TEXT)
			return;
		put_indent(l, indent + 1);
		strbuf_printf(&l->text,
			      c.is_signed ? "%s = %lld%s,\n" : "%s = %llu%s,\n",
			      c.name, (unsigned long long)c.value,
			      t->size <= 4  ? ""
			      : c.is_signed ? "LL"
					    : "ULL");
	}
}

static void put_body(struct lister *l, const struct bt_type *t, int indent,
		     int depth)
{
	if (depth > MAX_DEPTH)
		return;
	put_name(l, "{\n");
	if (t->kind == BT_ENUM)
		put_constants(l, t, indent);
	else
		put_members(l, t, indent, depth);
	put_indent(l, indent);
	put(l, "}");
}

static const char *keyword(const struct bt_type *t)
{
	if (t->kind == BT_ENUM)
		return "enum";
	return t->kind == BT_UNION || t->is_union ? "union" : "struct";
}

static void before_pointer(struct lister *l, const struct bt_type *t,
			   const char *qualifiers, int indent, int depth)
{
	struct bt_type to = kbtf_describe(l->btf, t->elem);

	before(l, t->elem, indent, depth + 1);
	if (!strchr(" *(", last_char(l)))
		put(l, " ");
	put(l, binds_tighter(&to) ? "(*" : "*");
	if (*qualifiers) {
		put(l, " ");
		put(l, qualifiers);
	}
}

static void before(struct lister *l, struct bt_ref ref, int indent, int depth)
{
	struct bt_type t = kbtf_describe(l->btf, ref);
	const char *qualifiers = kbtf_qualifiers(l->btf, ref);

	if (depth > MAX_DEPTH || l->text.len >= MAX_TEXT)
		return;
	if (t.kind != BT_PTR || t.alias)
		put(l, qualifiers);
	if (t.alias) {
		put(l, t.alias);
		return;
	}
	switch (t.kind) {
	case BT_PTR:
		before_pointer(l, &t, qualifiers, indent, depth);
		break;
	case BT_ARRAY:
		before(l, t.elem, indent, depth + 1);
		break;
	case BT_FUNC_PROTO:
		before(l, t.elem, indent, depth + 1);
		put(l, strchr(" *", last_char(l)) ? "" : " ");
		break;
	case BT_STRUCT:
	case BT_UNION:
	case BT_ENUM:
	case BT_FWD:
		put(l, keyword(&t));
		if (t.name[0])
			put_name(l, t.name);
		else
			put_body(l, &t, indent, depth);
		break;
	case BT_VOID:
	case BT_INT:
	case BT_BOOL:
	case BT_CHAR:
	case BT_FLOAT:
		put(l, t.name);
		break;
	}
}

static void put_params(struct lister *l, const struct bt_type *t, int depth)
{
	struct bt_param p;
	uint32_t i;

	put(l, "(");
	for (i = 0; kbtf_param(l->btf, t->self, i, &p); i++) {
		put(l, i ? ", " : "");
		if (!p.type.id && i) /* a nameless void stands for it */
			put(l, "...");
		else
			declare(l, p.type, p.name, 0, depth + 1);
	}
	put(l, i ? ")" : "void)");
}

static void after(struct lister *l, struct bt_ref ref, int depth)
{
	struct bt_type t = kbtf_describe(l->btf, ref), to;

	if (depth > MAX_DEPTH || l->text.len >= MAX_TEXT || t.alias)
		return;
	if (t.kind == BT_PTR) {
		to = kbtf_describe(l->btf, t.elem);
		put(l, binds_tighter(&to) ? ")" : "");
	} else if (t.kind == BT_ARRAY) {
		strbuf_printf(&l->text, "[%u]", t.nelems);
	} else if (t.kind == BT_FUNC_PROTO) {
		put_params(l, &t, depth);
	} else {
		return;
	}
	after(l, t.elem, depth + 1);
}

void list_argument(struct lister *l, struct bt_ref type, const char *name)
{
	strbuf_reset(&l->text);
	declare(l, type, "", 1, 0);
	list_arg(l, "%s %s", l->text.s ? l->text.s : "", name);
}

/* ---- -l 'struct path' ---- */

struct type_search {
	struct lister *l;
	const char *pattern;
	VEC(const char *) names;
};

static void collect(void *ctx, const char *module, const char *name)
{
	struct type_search *s = ctx;

	(void)module;
	if (match_glob(s->pattern, name))
		*vec_push(s->l->a, &s->names) = arena_strdup(s->l->a, name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_type(struct lister *l, enum bt_ns ns, const char *name)
{
	struct bt_ref r = kbtf_find(l->btf, ns, name);
	struct bt_type t = kbtf_describe(l->btf, r);

	if (!bt_found(r))
		return;
	strbuf_reset(&l->text);
	put(l, keyword(&t));
	put_name(l, t.name);
	put_body(l, &t, 0, 0);
	put(l, ";");
	list_type(l, keyword(&t), t.name, l->text.s);
}

static void print_matching(struct lister *l, enum bt_ns ns, const char *word,
			   const char *pattern)
{
	struct type_search s = { .l = l, .pattern = pattern };
	size_t i;

	kbtf_each_name(l->btf, ns, NULL, collect, &s);
	if (s.names.n)
		qsort(s.names.v, s.names.n, sizeof(*s.names.v), compare);
	for (i = 0; i < s.names.n; i++) {
		if (i && !strcmp(s.names.v[i], s.names.v[i - 1]))
			continue;
		if (l->verbose) {
			print_type(l, ns, s.names.v[i]);
			continue;
		}
		list_type(l, word, s.names.v[i], NULL);
	}
}

static void type_unknown(struct lister *l, enum bt_ns ns, const char *word,
			 const char *name)
{
	const char *near =
		nearest_name(name, kbtf_type_names(l->btf, l->a, ns));
	struct bt_ref other = kbtf_any(l->btf, name);
	struct bt_type t = kbtf_describe(l->btf, other);
	const char *hint = NULL;

	if (bt_found(other) && !t.alias && t.name[0] &&
	    (t.kind == BT_STRUCT || t.kind == BT_UNION || t.kind == BT_ENUM))
		hint = arena_printf(l->a, "there is '%s %s'", keyword(&t),
				    t.name);
	else if (near)
		hint = arena_printf(l->a, "did you mean '%s %s'?", word, near);
	list_error(l, hint, "this kernel has no %s %s", word, name);
}

bool list_types(struct lister *l, const char *pattern)
{
	static const struct {
		const char *word;
		enum bt_ns ns;
	} kinds[] = { { "struct", BTN_STRUCT },
		      { "union", BTN_UNION },
		      { "enum", BTN_ENUM } };
	size_t i, n;
	long before_n = l->n;

	for (i = 0; i < countof(kinds); i++) {
		n = strlen(kinds[i].word);
		if (!strncmp(pattern, kinds[i].word, n) &&
		    (!pattern[n] || pattern[n] == ' ' || pattern[n] == '\t'))
			break;
	}
	if (i == countof(kinds))
		return false;
	pattern += n;
	pattern += strspn(pattern, " \t");
	if (!*pattern)
		pattern = "*";
	if (kbtf_error(l->btf))
		list_error(l, NULL, "%s", kbtf_error(l->btf));
	else if (match_has_wildcard(pattern))
		print_matching(l, kinds[i].ns, kinds[i].word, pattern);
	else
		print_type(l, kinds[i].ns, pattern);
	if (l->n == before_n && !l->failed)
		type_unknown(l, kinds[i].ns, kinds[i].word, pattern);
	return true;
}
