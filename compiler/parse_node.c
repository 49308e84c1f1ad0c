/* parse_node.c - nodes as the grammar's actions build them. */
#include "grammar/lexer.h"

#include <string.h>

void too_deep(struct lexer *lx, struct span at)
{
	if (lx->stop)
		return;
	lx->prog->broken = true;
	lx->stop = true;
	diag_hint(lx->prog->diags,
		  diag_error(lx->prog->diags, at, DIAG_NESTING,
			     "this is nested too deeply"),
		  "put parts of it into variables or macros");
}

static void set_depth(struct lexer *lx, struct node *n, uint32_t below)
{
	if (below >= n->depth)
		n->depth = below + 1;
	if (n->depth > MAX_DEPTH)
		too_deep(lx, n->at);
}

static void above(struct lexer *lx, struct node *n, const struct node *child)
{
	if (child)
		set_depth(lx, n, child->depth);
}

struct nodes list_of(struct node *n)
{
	return (struct nodes){ n, n, n ? n->depth : 0, false };
}

struct nodes list_add(struct nodes list, struct node *n)
{
	if (!list.head)
		return list_of(n);
	list.tail->next = n;
	list.tail = n;
	if (n->depth > list.depth)
		list.depth = n->depth;
	list.open = false;
	return list;
}

/* --- Leaves --------------------------------------------------------------- */

struct node *make(struct lexer *lx, enum node_kind kind, struct span at)
{
	struct node *n = node_new(lx->prog, kind, at);

	n->depth = 1;
	return n;
}

struct node *make_int(struct lexer *lx, struct span at, struct number num)
{
	struct node *n = make(lx, N_INT, at);

	n->num.value = num.value;
	n->num.suffix_unsigned = num.is_unsigned;
	return n;
}

struct node *make_bool(struct lexer *lx, struct span at, bool value)
{
	struct node *n = make(lx, N_BOOL, at);

	n->num.value = value;
	return n;
}

struct node *make_str(struct lexer *lx, struct span at, struct text str)
{
	struct node *n = make(lx, N_STR, at);

	n->str.s = str.s;
	n->str.len = str.len;
	return n;
}

struct node *make_name(struct lexer *lx, struct span at, const char *s)
{
	struct node *n = make(lx, N_NAME, at);

	n->name.s = s;
	return n;
}

struct node *make_var(struct lexer *lx, struct span at, const char *s)
{
	struct node *n = make(lx, N_VAR, at);

	n->var.name = s;
	return n;
}

struct node *make_map(struct lexer *lx, struct span at, const char *name,
		      const struct nodes *keys)
{
	struct node *n = make(lx, N_MAP, at);

	n->map.name = name;
	if (keys) {
		n->map.keys = keys->head;
		n->map.brackets = true;
		set_depth(lx, n, keys->depth);
	}
	return n;
}

struct node *make_param(struct lexer *lx, struct span at, struct number num)
{
	struct node *n = make(lx, N_PARAM, at);

	if (!num.value) {
		diag_hint(lx->prog->diags,
			  diag_error(lx->prog->diags, at, DIAG_PARAM,
				     "parameters are counted from $1"),
			  "the name of the script is not among them");
		lx->prog->broken = true;
	}
	n->param.index = num.value > INT32_MAX ? INT32_MAX : (int)num.value;
	return n;
}

/* --- Expressions ---------------------------------------------------------- */

struct node *make_call(struct lexer *lx, struct span at, const char *name,
		       struct span name_at, struct nodes args)
{
	struct node *n = make(lx, N_CALL, at);

	n->call.name = name;
	n->call.name_at = name_at;
	n->call.args = args.head;
	set_depth(lx, n, args.depth);
	return n;
}

struct node *make_unary(struct lexer *lx, struct span at, enum op op,
			struct node *e)
{
	struct node *n = make(lx, N_UNARY, at);

	n->unary.op = op;
	n->unary.e = e;
	above(lx, n, e);
	return n;
}

struct node *make_binary(struct lexer *lx, struct span at, enum op op,
			 struct node *l, struct node *r)
{
	struct node *n = make(lx, N_BINARY, at);

	n->binary.op = op;
	n->binary.l = l;
	n->binary.r = r;
	above(lx, n, l);
	above(lx, n, r);
	return n;
}

struct node *make_cond(struct lexer *lx, struct span at, enum node_kind kind,
		       struct node *cond, struct node *then,
		       struct node *otherwise)
{
	struct node *n = make(lx, kind, at);

	n->cond.cond = cond;
	n->cond.then = then;
	n->cond.otherwise = otherwise;
	n->cond.known = -1;
	above(lx, n, cond);
	above(lx, n, then);
	above(lx, n, otherwise);
	return n;
}

struct node *make_index(struct lexer *lx, struct span at, struct node *e,
			struct node *i)
{
	struct node *n = make(lx, N_INDEX, at);

	n->index.e = e;
	n->index.i = i;
	above(lx, n, e);
	above(lx, n, i);
	return n;
}

struct node *make_field(struct lexer *lx, struct span at, struct node *e,
			const char *name, struct span name_at)
{
	struct node *n = make(lx, N_FIELD, at);

	n->field.e = e;
	n->field.name = name;
	n->field.name_at = name_at;
	above(lx, n, e);
	return n;
}

struct node *make_element(struct lexer *lx, struct span at, struct node *e,
			  struct number index, struct span index_at)
{
	struct node *n = make(lx, N_ELEMENT, at);

	n->element.e = e;
	n->element.index =
		index.value > UINT32_MAX ? UINT32_MAX : (uint32_t)index.value;
	n->element.index_at = index_at;
	above(lx, n, e);
	return n;
}

struct node *make_cast(struct lexer *lx, struct span at, struct node *spec,
		       struct node *e)
{
	struct node *n = make(lx, N_CAST, at);

	n->cast.spec = spec;
	n->cast.e = e;
	above(lx, n, spec);
	above(lx, n, e);
	return n;
}

struct node *make_sizeof(struct lexer *lx, struct span at, struct node *e)
{
	struct node *n = make(lx, N_SIZEOF, at);

	n->sizeof_.e = e;
	above(lx, n, e);
	return n;
}

struct node *make_offsetof(struct lexer *lx, struct span at, struct node *e,
			   struct nodes fields)
{
	struct node *n = make(lx, N_OFFSETOF, at);

	n->offsetof_.e = e;
	n->offsetof_.fields = fields.head;
	above(lx, n, e);
	return n;
}

struct node *make_list(struct lexer *lx, struct span at, enum node_kind kind,
		       struct nodes list)
{
	struct node *n = make(lx, kind, at);

	n->list = list.head;
	set_depth(lx, n, list.depth);
	return n;
}

struct node *make_member(struct lexer *lx, struct span at, const char *name,
			 struct node *e)
{
	struct node *n = make(lx, N_MEMBER, at);

	n->member.name = name;
	n->member.e = e;
	above(lx, n, e);
	return n;
}

struct node *make_expr(struct lexer *lx, struct span at, enum node_kind kind,
		       struct node *e)
{
	struct node *n = make(lx, kind, at);

	n->expr = e;
	above(lx, n, e);
	return n;
}

struct node *make_exists(struct lexer *lx, struct span at, struct node *what,
			 struct nodes fields)
{
	struct node *n = make(lx, N_EXISTS, at);

	if (what->kind == N_TYPE)
		n->exists.type = what;
	else
		n->exists.expr = what;
	n->exists.fields = fields.head;
	above(lx, n, what);
	return n;
}

struct node *make_exists_point(struct lexer *lx, struct span at)
{
	struct node *n = make(lx, N_EXISTS, at);

	n->exists.point = arena_strndup(
		lx->prog->arena, lx->src->text + (at.beg - lx->src->base),
		at.end - at.beg);
	return n;
}

/* --- Statements ----------------------------------------------------------- */

struct node *make_assign(struct lexer *lx, struct span at, enum op op,
			 struct node *dst, struct node *src)
{
	struct node *n;

	if (op == OP_SET && dst->kind == N_NAME && !strcmp(dst->name.s, "_"))
		return make_expr(lx, at, N_DISCARD, src);
	n = make(lx, N_ASSIGN, at);
	n->assign.op = op;
	n->assign.dst = dst;
	n->assign.src = src;
	above(lx, n, dst);
	above(lx, n, src);
	return n;
}

struct node *make_incdec(struct lexer *lx, struct span at, enum op op,
			 bool prefix, struct node *dst)
{
	struct node *n = make(lx, N_INCDEC, at);

	n->incdec.op = op;
	n->incdec.prefix = prefix;
	n->incdec.dst = dst;
	above(lx, n, dst);
	return n;
}

struct node *make_let(struct lexer *lx, struct span at, const char *name,
		      struct span name_at, struct node *spec, struct node *init)
{
	struct node *n = make(lx, N_LET, at);

	n->let.name = name;
	n->let.name_at = name_at;
	n->let.spec = spec;
	n->let.init = init;
	if (!init)
		n->at.end = spec ? spec->at.end : name_at.end;
	above(lx, n, spec);
	above(lx, n, init);
	return n;
}

/* Does a statement without ';' at a block's end give the block its value? */
static bool is_value(const struct node *n)
{
	return n->kind != N_ASSIGN && n->kind != N_DISCARD &&
	       n->kind != N_LET && n->kind != N_RETURN && n->kind != N_BREAK &&
	       n->kind != N_CONTINUE && n->kind != N_FOR &&
	       n->kind != N_WHILE && n->kind != N_UNROLL;
}

struct node *make_block(struct lexer *lx, struct span at, struct nodes stmts,
			struct node *last)
{
	struct node *n = make(lx, N_BLOCK, at);

	if (last) {
		stmts = list_add(stmts, last);
		stmts.open = true;
	}
	n->block.stmts = stmts.head;
	n->block.has_value = stmts.open && is_value(stmts.tail);
	set_depth(lx, n, stmts.depth);
	return n;
}

struct node *make_loop(struct lexer *lx, struct span at, const char *var,
		       struct span var_at, struct node *from, struct node *to)
{
	struct node *n = make(lx, N_FOR, at);

	n->loop.var = var;
	n->loop.var_at = var_at;
	above(lx, n, from);
	above(lx, n, to);
	if (to) {
		n->loop.from = from;
		n->loop.to = to;
		return n;
	}
	n->loop.over = from;
	if (from->kind != N_MAP || from->map.brackets) {
		diag_hint(lx->prog->diags,
			  diag_error(lx->prog->diags, from->at, DIAG_SYNTAX,
				     "a for loop goes over a map or a range"),
			  "write for ($kv : @map) or for ($i : 0..10)");
		lx->prog->broken = true;
	}
	return n;
}

struct node *loop_body(struct lexer *lx, struct span at, struct node *loop,
		       struct node *body)
{
	loop->at = at;
	loop->loop.body = body;
	above(lx, loop, body);
	return loop;
}

struct node *make_while(struct lexer *lx, struct span at, struct node *cond,
			struct node *body)
{
	struct node *n = make(lx, N_WHILE, at);

	n->while_.cond = cond;
	n->while_.body = body;
	above(lx, n, cond);
	above(lx, n, body);
	return n;
}

struct node *make_unroll(struct lexer *lx, struct span at, struct node *count,
			 struct node *body)
{
	struct node *n = make(lx, N_UNROLL, at);

	n->unroll.count = count;
	n->unroll.body = body;
	above(lx, n, count);
	above(lx, n, body);
	return n;
}

/* --- Types ---------------------------------------------------------------- */

struct node *make_type(struct lexer *lx, struct span at, enum type_tag tag,
		       const char *name)
{
	struct node *n = make(lx, N_TYPE, at);

	n->spec.tag = tag;
	n->spec.name = name;
	return n;
}

struct node *make_typeof(struct lexer *lx, struct span at, struct node *of)
{
	struct node *n = make_type(lx, at, TAG_NONE, NULL);

	n->spec.of = of;
	above(lx, n, of);
	return n;
}

struct node *type_add(struct lexer *lx, struct span at, struct node *t,
		      bool pointer, struct node *len)
{
	struct type_suffix *s = arena_make(lx->prog->arena, struct type_suffix);
	struct type_suffix **p = &t->spec.suffixes;

	s->kind = pointer ? SUFFIX_PTR : SUFFIX_ARRAY;
	s->len = len;
	while (*p)
		p = &(*p)->next;
	*p = s;
	t->at = at;
	/* each suffix counts, so that the walk above is bounded too */
	set_depth(lx, t, t->depth);
	above(lx, t, len);
	return t;
}

struct node *type_from_name(struct lexer *lx, struct node *e)
{
	struct type_suffix *suffixes = NULL, *s;
	struct node *t, *n = e;

	for (; n->kind == N_INDEX; n = n->index.e) {
		s = arena_make(lx->prog->arena, struct type_suffix);
		s->kind = SUFFIX_ARRAY;
		s->len = n->index.i;
		s->next = suffixes;
		suffixes = s;
	}
	t = make_type(lx, e->at, TAG_NONE, n->name.s);
	t->spec.suffixes = suffixes;
	t->depth = e->depth;
	return t;
}

struct node *type_word(struct lexer *lx, struct span at, struct node *t,
		       const char *word)
{
	t->at = at;
	if (strlen(t->spec.name) < 40)
		t->spec.name = arena_printf(lx->prog->arena, "%s %s",
					    t->spec.name, word);
	return t;
}

struct node *type_of_words(struct lexer *lx, struct node *t)
{
	const char *s = t->spec.name;
	bool is_unsigned = strstr(s, "unsigned") != NULL;
	bool is_char = strstr(s, "char") != NULL;
	const char *base = is_char		? "char"
			   : strstr(s, "short") ? "short"
			   : strstr(s, "long")	? "long"
						: "int";

	/* "signed" is found in "unsigned" too */
	t->spec.name = arena_printf(lx->prog->arena, "%s%s",
				    is_unsigned ? "unsigned "
				    : is_char && strstr(s, "signed") ? "signed "
								     : "",
				    base);
	return t;
}
