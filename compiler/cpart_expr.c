/* cpart_expr.c - the C part: constant expressions of #if, enums and arrays. */
#include "cpart_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int64_t ternary(struct reader *r, bool in_if);

static int64_t number(struct reader *r)
{
	const char *s = r->tok.s;
	int base = 0;
	uint64_t v;
	char *end;

	if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
		base = 2;
		s += 2;
	}
	errno = 0;
	v = strtoull(s, &end, base);
	if (end == s || end[strspn(end, "uUlL")]) {
		c_error(r, r->tok.at, DIAG_BAD_NUMBER,
			"invalid integer '%.40s'", r->tok.s);
		return 0;
	}
	if (errno == ERANGE)
		c_error(r, r->tok.at, DIAG_OVERFLOW,
			"overflow error, maximum value is %llu: %.40s",
			(unsigned long long)UINT64_MAX, r->tok.s);
	c_next(r);
	return (int64_t)v;
}

/* Only plain characters and the escapes that are one letter or octal. */
static int64_t character(struct reader *r)
{
	const char *s = r->c->src->text + (r->tok.at.beg - r->c->src->base) + 1;
	static const char from[] = "ntr0\\'\"", to[] = "\n\t\r\0\\'\"";
	const char *e = memchr(from, s[1] ? s[1] : ' ', sizeof(from) - 1);
	uint32_t len = r->tok.at.end - r->tok.at.beg;
	int64_t value = 0;

	if (len == 3 && *s != '\\')
		value = *s;
	else if (len == 4 && *s == '\\' && e)
		value = to[e - from];
	else
		c_error(r, r->tok.at, DIAG_BAD_NUMBER,
			"this is not a character");
	c_next(r);
	return value;
}

/* The value of a #define: its body, read in its own place. */
static int64_t expand(struct reader *r, struct c_define *d, bool in_if)
{
	struct reader body = {
		.c = r->c,
		.pos = d->body.beg,
		.end = d->body.end,
		.depth = r->depth,
	};
	int64_t value;

	if (d->busy || d->body.beg == d->body.end)
		return 0;
	d->busy = true;
	c_next(&body);
	value = ternary(&body, in_if);
	d->busy = false;
	if (!body.failed && body.tok.kind != C_END)
		c_error(&body, body.tok.at, DIAG_SYNTAX,
			"'%s' is not an integer constant", d->name);
	r->failed |= body.failed;
	return value;
}

static int64_t defined(struct reader *r)
{
	bool paren = c_take(r, "(");
	int64_t value = 0;

	if (r->tok.kind != C_WORD) {
		c_error(r, r->tok.at, DIAG_SYNTAX, "defined needs a name");
		return 0;
	}
	value = !strcmp(r->tok.s, "BPFTRACE_HAVE_BTF") ||
		table_get(&r->c->defines, r->tok.s);
	c_next(r);
	if (paren)
		c_expect(r, ")");
	return value;
}

/* A struct that is being read, itself and no pointer to it. */
static bool is_open(const struct reader *r, const struct c_type *t)
{
	const struct c_open *o;

	if ((t->kind != C_STRUCT && t->kind != C_UNION) || t->pointers ||
	    !t->name)
		return false;
	for (o = r->c->open; o; o = o->outer)
		if (o->tag && !strcmp(o->tag, t->name) &&
		    o->is_union == (t->kind == C_UNION))
			return true;
	return false;
}

/* Of a type: there are no variables to take the size of. */
static int64_t size_of(struct reader *r)
{
	const struct c_sizes *sizes = r->c->sizes;
	struct c_type type = { 0 };
	uint64_t size = 0;

	if (!c_expect(r, "("))
		return 0;
	c_type_name(r, &type);
	c_expect(r, ")");
	if (is_open(r, &type))
		c_error(r, type.at, DIAG_UNKNOWN_TYPE,
			"the size of '%s' is not known before its end",
			type.name);
	if (!r->failed)
		r->failed = !sizes->size_of(sizes->arg, &type, &size);
	return (int64_t)size;
}

static int64_t name(struct reader *r, bool in_if)
{
	const struct c_constant *constant =
		table_get(&r->c->constants, r->tok.s);
	struct c_define *d = table_get(&r->c->defines, r->tok.s);
	struct c_tok tok = r->tok;

	c_next(r);
	if (in_if && !strcmp(tok.s, "defined"))
		return defined(r);
	if (d)
		return expand(r, d, in_if);
	if (constant)
		return (int64_t)constant->value;
	if (in_if)
		return !strcmp(tok.s, "BPFTRACE_HAVE_BTF");
	if (!strcmp(tok.s, "sizeof"))
		return size_of(r);
	c_error(r, tok.at, DIAG_UNKNOWN_NAME,
		"'%.40s' is not a constant known here", tok.s);
	return 0;
}

static int64_t primary(struct reader *r, bool in_if)
{
	int64_t value;

	switch (r->tok.kind) {
	case C_NUMBER:
		return number(r);
	case C_CHAR:
		return character(r);
	case C_WORD:
		return name(r, in_if);
	case C_PUNCT:
		if (!c_take(r, "("))
			break;
		value = ternary(r, in_if);
		c_expect(r, ")");
		return value;
	case C_END:
	case C_STRING:
		break;
	}
	c_error(r, r->tok.at, DIAG_SYNTAX, "expected an integer constant");
	return 0;
}

static int64_t unary(struct reader *r, bool in_if)
{
	int64_t value = 0;

	if (!c_enter(r))
		return 0;
	if (c_take(r, "!"))
		value = !unary(r, in_if);
	else if (c_take(r, "~"))
		value = ~unary(r, in_if);
	else if (c_take(r, "-"))
		value = (int64_t)(0 - (uint64_t)unary(r, in_if));
	else if (c_take(r, "+"))
		value = unary(r, in_if);
	else
		value = primary(r, in_if);
	r->depth--;
	return value;
}

static const struct {
	const char *op;
	int level; /* of precedence; higher binds tighter */
} ops[] = {
	{ "||", 1 }, { "&&", 2 }, { "|", 3 },  { "^", 4 },  { "&", 5 },
	{ "==", 6 }, { "!=", 6 }, { "<", 7 },  { "<=", 7 }, { ">", 7 },
	{ ">=", 7 }, { "<<", 8 }, { ">>", 8 }, { "+", 9 },  { "-", 9 },
	{ "*", 10 }, { "/", 10 }, { "%", 10 },
};

static int level_of(const struct reader *r)
{
	size_t i;

	for (i = 0; i < countof(ops); i++)
		if (c_is(r, ops[i].op))
			return ops[i].level;
	return 0;
}

static int64_t divide(struct reader *r, struct span at, char op, int64_t a,
		      int64_t b)
{
	if (!b) {
		c_error(r, at, DIAG_CONSTANT, "division by zero");
		return 0;
	}
	if (b == -1) /* INT64_MIN / -1 overflows */
		return op == '/' ? (int64_t)(0 - (uint64_t)a) : 0;
	return op == '/' ? a / b : a % b;
}

/* Wraps round as 64-bit two's complement does. */
static int64_t apply(struct reader *r, const struct c_tok *op, int64_t a,
		     int64_t b)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op->p[0]) {
	case '+':
		return (int64_t)(x + y);
	case '-':
		return (int64_t)(x - y);
	case '*':
		return (int64_t)(x * y);
	case '^':
		return (int64_t)(x ^ y);
	case '=':
		return a == b;
	case '!':
		return a != b;
	case '|':
		return op->p[1] ? a || b : (int64_t)(x | y);
	case '&':
		return op->p[1] ? a && b : (int64_t)(x & y);
	case '<':
		if (op->p[1] == '<')
			return y < 64 ? (int64_t)(x << y) : 0;
		return op->p[1] ? a <= b : a < b;
	case '>':
		if (op->p[1] == '>')
			return a >> (y < 63 ? y : 63);
		return op->p[1] ? a >= b : a > b;
	default:
		return divide(r, op->at, op->p[0], a, b);
	}
}

static int64_t binary(struct reader *r, bool in_if, int least)
{
	int64_t value = unary(r, in_if), right;
	int level;

	while (!r->failed && (level = level_of(r)) >= least && level) {
		struct c_tok op = r->tok;

		c_next(r);
		right = binary(r, in_if, level + 1);
		value = apply(r, &op, value, right);
	}
	return value;
}

static int64_t ternary(struct reader *r, bool in_if)
{
	int64_t cond, then, otherwise;

	if (!c_enter(r))
		return 0;
	cond = binary(r, in_if, 1);
	if (c_take(r, "?")) {
		then = ternary(r, in_if);
		c_expect(r, ":");
		otherwise = ternary(r, in_if);
		cond = cond ? then : otherwise;
	}
	r->depth--;
	return cond;
}

int64_t c_constant(struct reader *r, bool in_if)
{
	return ternary(r, in_if);
}
