/* cpart_decl.c - the C part: struct, union, enum and typedef. */
#include "cpart_read.h"

#include <string.h>

enum { MAX_DECLARATOR = 16 }; /* of '*', and of dimensions */

/* What __attribute__ said. */
struct attrs {
	bool preserve_access_index, packed;
	uint32_t align;
};

static void specifier(struct reader *r, struct c_type *t, struct attrs *attrs);

/* --- Attributes ----------------------------------------------------------- */

static bool is_attr(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strcmp(word, name) ||
	       (!strncmp(word, "__", 2) && !strncmp(word + 2, name, n) &&
		!strcmp(word + 2 + n, "__"));
}

static void skip_parens(struct reader *r)
{
	uint32_t open = 1;

	while (open && !r->failed && r->tok.kind != C_END) {
		open += c_is(r, "(");
		open -= c_is(r, ")");
		c_next(r);
	}
}

static void aligned(struct reader *r, struct attrs *attrs)
{
	struct span at = r->tok.at;
	int64_t n = 16; /* what aligned alone means on 64-bit machines */

	if (c_take(r, "(")) {
		n = c_constant(r, false);
		c_expect(r, ")");
	}
	if (!r->failed && (n < 1 || n > 4096 || (n & (n - 1))))
		c_error(r, at, DIAG_RANGE,
			"an alignment is a power of two up to 4096");
	else
		attrs->align = (uint32_t)n;
}

static void attribute(struct reader *r, struct attrs *attrs)
{
	if (!c_expect(r, "(") || !c_expect(r, "("))
		return;
	while (r->tok.kind == C_WORD || c_is(r, ",")) {
		const char *word = r->tok.s;
		bool comma = c_is(r, ",");

		c_next(r);
		if (comma)
			continue;
		if (is_attr(word, "aligned")) {
			aligned(r, attrs);
			continue;
		}
		attrs->packed |= is_attr(word, "packed");
		attrs->preserve_access_index |=
			is_attr(word, "preserve_access_index");
		if (c_take(r, "("))
			skip_parens(r);
	}
	if (c_expect(r, ")"))
		c_expect(r, ")");
}

static void attributes(struct reader *r, struct attrs *attrs)
{
	while (!r->failed) {
		if (c_take_word(r, "__attribute__") ||
		    c_take_word(r, "__attribute"))
			attribute(r, attrs);
		else if (c_take_word(r, "__packed"))
			attrs->packed = true;
		else
			return;
	}
}

/* --- Declarators ---------------------------------------------------------- */

struct dims {
	VEC(uint64_t) list;
};

static void arrays(struct reader *r, struct c_type *t)
{
	struct dims dims = { 0 };
	struct span at;
	int64_t n;

	while (!r->failed && c_is(r, "[")) {
		c_next(r);
		at = r->tok.at;
		n = c_is(r, "]") ? 0 : c_constant(r, false);
		if (!r->failed && (n < 0 || n > UINT32_MAX))
			c_error(r, at, DIAG_RANGE,
				"an array cannot have that many elements");
		c_expect(r, "]");
		*vec_push(r->c->p->arena, &dims.list) = (uint64_t)n;
	}
	t->dims = dims.list.v;
	t->ndims = (uint32_t)dims.list.n;
	if (t->ndims > MAX_DECLARATOR || t->pointers > MAX_DECLARATOR)
		c_error(r, t->at, DIAG_NESTING, "this is nested too deeply");
}

static bool qualifier(struct reader *r)
{
	static const char *const words[] = {
		"const",  "volatile", "restrict", "__restrict", "register",
		"__user", "__rcu",    "__kernel", "__percpu",	"__extension__",
	};
	size_t i;

	for (i = 0; i < countof(words); i++)
		if (c_take_word(r, words[i]))
			return true;
	return false;
}

/*
 * What follows the type: *name[4], or (*name)(...), or nothing.  *name is NULL
 * if there is none.
 */
static void declarator(struct reader *r, struct c_type *t, const char **name,
		       struct span *at)
{
	bool indirect = false;

	*name = NULL;
	*at = r->tok.at;
	while (qualifier(r) || c_is(r, "*"))
		if (c_take(r, "*"))
			t->pointers++;
	if (c_take(r, "(")) {
		indirect = c_is(r, "*");
		while (c_take(r, "*") || qualifier(r))
			;
	}
	if (r->tok.kind == C_WORD) {
		*name = r->tok.s;
		*at = r->tok.at;
		c_next(r);
	}
	if (!indirect) {
		arrays(r, t);
		return;
	}
	*t = (struct c_type){ .kind = C_VOID, .pointers = 1, .at = t->at };
	arrays(r, t);
	c_expect(r, ")");
	if (c_take(r, "("))
		skip_parens(r);
	while (!r->failed && c_take(r, "[")) {
		c_constant(r, false);
		c_expect(r, "]");
	}
}

/* --- Structs -------------------------------------------------------------- */

static uint32_t bit_width(struct reader *r, const struct c_type *t)
{
	struct span at = r->tok.at;
	int64_t n = c_constant(r, false);

	if (r->failed)
		return 0;
	if (n < 0 || n > 64 || (t->size && n > t->size * 8))
		c_error(r, at, DIAG_RANGE,
			"a bit-field of this type cannot have %lld bits",
			(long long)n);
	return (uint32_t)n;
}

static struct c_member *member(struct reader *r, const struct c_type *base)
{
	struct c_member *m = arena_make(r->c->p->arena, struct c_member);
	struct attrs attrs = { 0 };

	m->type = *base;
	declarator(r, &m->type, &m->name, &m->at);
	if (c_take(r, ":")) {
		m->is_bits = true;
		m->bits = bit_width(r, &m->type);
	} else if (!m->name && !m->type.in_place) {
		if (m->type.enum_in_place) /* only declares constants */
			return NULL;
		c_error(r, r->tok.at, DIAG_SYNTAX, "this member has no name");
		return NULL;
	}
	attributes(r, &attrs);
	m->align = attrs.align;
	m->packed = attrs.packed;
	return m;
}

static void members(struct reader *r, struct c_struct *s)
{
	struct c_member **tail = &s->members;

	while (!r->failed && !c_is(r, "}")) {
		struct attrs ignored = { 0 };
		struct c_type base = { 0 };

		if (c_take(r, ";"))
			continue;
		specifier(r, &base, &ignored);
		do {
			struct c_member *m;

			if (r->failed)
				return;
			m = member(r, &base);
			if (m) {
				*tail = m;
				tail = &m->next;
			}
		} while (c_take(r, ","));
		c_expect(r, ";");
	}
	c_expect(r, "}");
}

static void structure(struct reader *r, struct c_type *t, bool is_union,
		      struct attrs *attrs)
{
	struct span at = r->tok.at;
	struct c_open open;
	struct c_struct *s;

	t->kind = is_union ? C_UNION : C_STRUCT;
	attributes(r, attrs);
	if (r->tok.kind == C_WORD) {
		at = r->tok.at;
		t->name = r->tok.s;
		c_next(r);
	}
	if (!c_take(r, "{")) {
		if (!t->name)
			c_error(r, at, DIAG_SYNTAX,
				"a struct needs a name or a body");
		return;
	}
	if (!c_enter(r))
		return;
	s = arena_make(r->c->p->arena, struct c_struct);
	s->is_union = is_union;
	s->tag = t->name;
	s->at = at;
	s->order = r->c->order++;
	t->in_place = s;
	open = (struct c_open){ t->name, is_union, r->c->open };
	r->c->open = &open;
	members(r, s);
	r->c->open = open.outer;
	attributes(r, attrs);
	s->packed = attrs->packed;
	s->preserve_access_index = attrs->preserve_access_index;
	s->align = attrs->align;
	r->depth--;
	if (r->failed || (!s->tag && r->depth))
		return;
	*r->c->structs = s;
	r->c->structs = &s->next;
}

/* --- Enums ---------------------------------------------------------------- */

static void constants(struct reader *r, struct c_enum *e)
{
	struct c_constant **tail = &e->constants;
	uint64_t value = 0;

	while (r->tok.kind == C_WORD) {
		struct c_constant *k =
			arena_make(r->c->p->arena, struct c_constant);

		k->name = r->tok.s;
		k->at = r->tok.at;
		c_next(r);
		if (c_take(r, "="))
			value = (uint64_t)c_constant(r, false);
		k->value = value;
		k->negative = value++ > INT64_MAX;
		*tail = k;
		tail = &k->next;
		table_put(&r->c->constants, r->c->p->arena, k->name, k);
		if (!c_take(r, ","))
			break;
	}
	c_expect(r, "}");
}

static void enumeration(struct reader *r, struct c_type *t, struct attrs *attrs)
{
	struct span at = r->tok.at;
	struct c_enum *e;

	t->kind = C_ENUM;
	attributes(r, attrs);
	if (r->tok.kind == C_WORD) {
		at = r->tok.at;
		t->name = r->tok.s;
		c_next(r);
	}
	if (!c_take(r, "{"))
		return;
	e = arena_make(r->c->p->arena, struct c_enum);
	e->tag = t->name;
	e->at = at;
	t->enum_in_place = e;
	constants(r, e);
	attributes(r, attrs);
	*r->c->enums = e;
	r->c->enums = &e->next;
}

/* --- Specifiers ----------------------------------------------------------- */

/* How often each word of a basic type was said. */
struct words {
	int is_signed, is_unsigned, chars, shorts, ints, longs, bools, voids,
		floats, doubles;
};

static int *word_count(struct words *w, const char *s)
{
	const struct {
		const char *word;
		int *count;
	} table[] = {
		{ "signed", &w->is_signed },
		{ "__signed__", &w->is_signed },
		{ "unsigned", &w->is_unsigned },
		{ "char", &w->chars },
		{ "short", &w->shorts },
		{ "int", &w->ints },
		{ "long", &w->longs },
		{ "_Bool", &w->bools },
		{ "bool", &w->bools },
		{ "void", &w->voids },
		{ "float", &w->floats },
		{ "double", &w->doubles },
	};
	size_t i;

	for (i = 0; i < countof(table); i++)
		if (!strcmp(table[i].word, s))
			return table[i].count;
	return NULL;
}

static void basic(const struct words *w, struct c_type *t)
{
	t->kind = w->voids		    ? C_VOID
		  : w->bools		    ? C_BOOL
		  : w->floats || w->doubles ? C_FLOAT
					    : C_INT;
	t->size = w->voids     ? 0
		  : w->bools   ? 1
		  : w->floats  ? 4
		  : w->doubles ? (w->longs ? 16 : 8)
		  : w->chars   ? 1
		  : w->shorts  ? 2
		  : w->longs   ? 8
			       : 4;
	t->is_signed = t->kind == C_INT && !w->is_unsigned;
	t->is_char = w->chars && !w->is_unsigned && !w->is_signed;
}

/* struct s, unsigned long, u32: what stands before the declarators. */
static void specifier(struct reader *r, struct c_type *t, struct attrs *attrs)
{
	struct words w = { 0 };
	bool any = false;
	int *count;

	t->at = r->tok.at;
	for (;;) {
		attributes(r, attrs);
		if (qualifier(r))
			continue;
		if (r->failed || r->tok.kind != C_WORD)
			break;
		count = word_count(&w, r->tok.s);
		if (!count)
			break;
		++*count;
		any = true;
		t->at.end = r->tok.at.end;
		c_next(r);
	}
	if (any) {
		basic(&w, t);
		return;
	}
	if (r->tok.kind != C_WORD) {
		c_error(r, r->tok.at, DIAG_SYNTAX,
			"expected a type in the C part");
		return;
	}
	t->at = r->tok.at;
	if (c_take_word(r, "struct")) {
		structure(r, t, false, attrs);
	} else if (c_take_word(r, "union")) {
		structure(r, t, true, attrs);
	} else if (c_take_word(r, "enum")) {
		enumeration(r, t, attrs);
	} else {
		t->kind = C_NAMED;
		t->name = r->tok.s;
		c_next(r);
	}
}

void c_type_name(struct reader *r, struct c_type *t)
{
	struct attrs ignored = { 0 };
	const char *name;
	struct span at;

	specifier(r, t, &ignored);
	if (r->failed)
		return;
	declarator(r, t, &name, &at);
	if (name)
		c_error(r, at, DIAG_SYNTAX, "expected a type in the C part");
}

static void type_definition(struct reader *r)
{
	struct attrs attrs = { 0 };
	struct c_type base = { 0 };

	specifier(r, &base, &attrs);
	do {
		struct c_typedef *d =
			arena_make(r->c->p->arena, struct c_typedef);

		if (r->failed)
			return;
		d->type = base;
		d->order = r->c->order++;
		declarator(r, &d->type, &d->name, &d->at);
		attributes(r, &attrs);
		if (!d->name) {
			c_error(r, d->at, DIAG_SYNTAX,
				"this typedef has no name");
			return;
		}
		*r->c->typedefs = d;
		r->c->typedefs = &d->next;
	} while (c_take(r, ","));
	c_expect(r, ";");
}

/* A function or a variable in a header, from its name or '*' on. */
static void skip_declaration(struct reader *r)
{
	uint32_t braces = 0, parens = 0;

	while (!r->failed && r->tok.kind != C_END) {
		bool end = c_is(r, ";") && !braces && !parens;
		bool body = c_is(r, "}") && braces == 1 && !parens;

		braces += c_is(r, "{");
		braces -= c_is(r, "}") && braces;
		parens += c_is(r, "(");
		parens -= c_is(r, ")") && parens;
		c_next(r);
		if (end || (body && !c_is(r, ";")))
			return;
	}
}

void c_declaration(struct reader *r)
{
	struct attrs attrs = { 0 };
	struct c_type t = { 0 };

	if (c_take(r, ";"))
		return;
	if (c_take_word(r, "typedef")) {
		type_definition(r);
		return;
	}
	specifier(r, &t, &attrs);
	if (r->failed || r->tok.kind == C_END || c_take(r, ";"))
		return;
	if (t.in_place || t.enum_in_place) {
		/* no ';' is needed after the '}' */
		if (r->tok.kind == C_WORD &&
		    (c_is_word(r, "struct") || c_is_word(r, "union") ||
		     c_is_word(r, "enum") || c_is_word(r, "typedef")))
			return;
	}
	if (r->header) {
		skip_declaration(r);
		return;
	}
	diag_hint(r->c->p->diags,
		  c_error(r, r->tok.at, DIAG_SYNTAX,
			  "only types and constants can be defined in C here"),
		  "variables are $x and @x, functions are fn and macro");
}
