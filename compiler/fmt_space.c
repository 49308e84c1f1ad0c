/* fmt_space.c - which tokens are set apart, and where a line may break. */
#include "fmt_own.h"

#include <string.h>

#include "grammar/lexer.h"
#include "parser.tab.h"

/* What is known while going from token to token. */
struct spacer {
	struct piece *v;
	uint32_t n;
	/* the last three tokens, the latest first; kind 0: none */
	const struct piece *prev[3];
	bool unary;	/* prev[0] is an operator of what follows */
	bool cast;	/* prev[0] is the ')' of a cast */
	bool statement; /* prev[0] ends a statement or begins a block */
	uint32_t cast_end;
	/* '?' that wait for their ':', by brackets that are open */
	uint32_t waiting[MAX_NESTING + 1], nopen;
};

static const struct piece none = { .kind = 0 };

static bool one_of(int kind, const int *kinds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (kinds[i] == kind)
			return true;
	return false;
}

/* Names, literals and what closes: an operator after it has a left side. */
static bool ends_operand(int kind)
{
	static const int kinds[] = {
		TOK_NAME,  TOK_VALUE, TOK_NUM,	   TOK_STR,
		TOK_TRUE,  TOK_FALSE, TOK_VAR,	   TOK_MAP,
		TOK_PARAM, ')',	      TOK_NPARAMS, ']',
		'}',	   TOK_PTR,   TOK_C_TYPE,  TOK_STEP
	};

	return one_of(kind, kinds, countof(kinds));
}

static bool begins_operand(int kind)
{
	static const int kinds[] = {
		TOK_NAME,     TOK_VALUE,  TOK_NUM,    TOK_STR,	 TOK_TRUE,
		TOK_FALSE,    TOK_VAR,	  TOK_MAP,    TOK_PARAM, TOK_NPARAMS,
		'(',	      '-',	  '*',	      '&',	 '!',
		'~',	      TOK_SIZEOF, TOK_EXISTS, TOK_STEP,	 TOK_OFFSETOF,
		TOK_TYPEINFO,
	};

	return one_of(kind, kinds, countof(kinds));
}

/* A '(' after it belongs to it, without a blank. */
static bool takes_arguments(int kind)
{
	static const int kinds[] = { TOK_NAME,	   TOK_VALUE,  TOK_SIZEOF,
				     TOK_OFFSETOF, TOK_TYPEOF, TOK_TYPEINFO,
				     TOK_EXISTS };

	return one_of(kind, kinds, countof(kinds));
}

static bool is_binary(int kind)
{
	static const int kinds[] = {
		TOK_AND, TOK_OR, TOK_EQ_OP, TOK_REL_OP, TOK_SHIFT_OP, '+', '-',
		'*',	 '/',	 '%',	    '&',	'|',	      '^'
	};

	return one_of(kind, kinds, countof(kinds));
}

static bool is_type_word(int kind)
{
	static const int kinds[] = { TOK_NAME,	TOK_STRUCT, TOK_UNION,
				     TOK_ENUM,	TOK_C_TYPE, TOK_QUALIFIER,
				     TOK_TYPEOF };

	return one_of(kind, kinds, countof(kinds));
}

static uint32_t next_token(const struct spacer *s, uint32_t i)
{
	while (i < s->n && s->v[i].kind < 0)
		i++;
	return i;
}

/* Is the '(' at i that of a cast?  "Cast or parenthesis?" in the language's
 * description. */
static bool is_cast(const struct spacer *s, uint32_t i)
{
	uint32_t end = s->v[i].match, j = next_token(s, i + 1);
	int before = s->prev[0]->kind, last = 0;

	if (ends_operand(before) && !s->statement && !s->cast)
		return false;
	if (takes_arguments(before) || before == TOK_IF || before == TOK_FOR ||
	    before == TOK_WHILE || before == TOK_UNROLL ||
	    !is_type_word(s->v[j].kind))
		return false;
	for (; j < end; j = next_token(s, j + 1)) {
		int kind = s->v[j].kind;

		if (kind == '[' || (kind == '(' && last == TOK_TYPEOF))
			j = s->v[j].match;
		else if (!is_type_word(kind) && kind != TOK_PTR &&
			 kind != TOK_VALUE)
			return false;
		last = kind;
	}
	j = next_token(s, end + 1);
	return j < s->n && begins_operand(s->v[j].kind);
}

/* Operators that would become another one, as - and -x. */
static bool would_merge(const struct piece *a, const struct piece *b)
{
	return a->s[a->len - 1] == b->s[0] && strchr("-&+", b->s[0]) != NULL;
}

static bool space_before_pointer(const struct spacer *s)
{
	int word = s->prev[0]->kind, tag = s->prev[1]->kind;

	return word == TOK_C_TYPE || tag == TOK_STRUCT || tag == TOK_UNION ||
	       tag == TOK_ENUM;
}

/* One of a condition or of a loop is set apart, one of a type is not. */
static bool space_before_colon(struct spacer *s)
{
	int before = s->prev[1]->kind;

	if (s->prev[0]->kind == '?')
		return false;
	if (s->waiting[s->nopen])
		return true;
	return s->prev[0]->kind == TOK_VAR &&
	       (before == TOK_FOR ||
		(before == '(' && s->prev[2]->kind == TOK_FOR));
}

/* Where a prefix may stand, an operator is one. */
static bool is_unary(const struct spacer *s, int kind)
{
	if (kind == '!' || kind == '~')
		return true;
	if (kind != '-' && kind != '*' && kind != '&' && kind != TOK_STEP)
		return false;
	return s->statement || s->cast || s->unary ||
	       !ends_operand(s->prev[0]->kind);
}

static bool space_after(const struct spacer *s, const struct piece *p)
{
	int before = s->prev[0]->kind;

	switch (before) {
	case 0:
	case '(':
	case '[':
	case '.':
	case TOK_RANGE:
	case TOK_BEGIN_PRED:
	case TOK_LABEL:
		return false;
	default:
		break;
	}
	if (s->unary)
		return would_merge(s->prev[0], p);
	return !s->cast;
}

static bool space_before(struct spacer *s, const struct piece *p)
{
	const struct piece *before = s->prev[0];

	switch (p->kind) {
	case ',':
	case ';':
	case ')':
	case ']':
	case '.':
	case TOK_RANGE:
	case TOK_END_PRED:
		return false;
	case '(':
		return !takes_arguments(before->kind) &&
		       (!ends_operand(before->kind) || s->statement) &&
		       space_after(s, p);
	case '[':
		return !ends_operand(before->kind) && space_after(s, p);
	case TOK_STEP:
		return is_unary(s, p->kind) && space_after(s, p);
	case TOK_PTR:
		return space_before_pointer(s);
	case ':':
		return space_before_colon(s);
	default:
		return space_after(s, p);
	}
}

static bool may_break_after(const struct spacer *s)
{
	int before = s->prev[0]->kind;

	if (s->unary || s->statement)
		return false;
	return before == ',' || before == '?' || before == TOK_OR_ELSE ||
	       is_binary(before) ||
	       (before == ':' && s->prev[1]->kind != TOK_VAR &&
		s->prev[1]->kind != ')');
}

static bool may_keep_break(const struct spacer *s, const struct piece *p,
			   bool unary)
{
	int before = s->prev[0]->kind;

	if (p->soft)
		return true;
	if (s->unary || s->cast || s->statement)
		return false;
	return before == '(' || before == '[' || before == '=' ||
	       before == TOK_ASSIGN || p->kind == ')' || p->kind == ']' ||
	       p->kind == '?' || p->kind == TOK_OR_ELSE ||
	       p->kind == TOK_BEGIN_PRED || (is_binary(p->kind) && !unary);
}

static void count_brackets(struct spacer *s, const struct piece *p)
{
	if (p->kind == '(' || p->kind == '[' || p->kind == '{')
		s->waiting[++s->nopen] = 0;
	else if ((p->kind == ')' || p->kind == ']' || p->kind == '}') &&
		 s->nopen)
		s->nopen--;
	else if (p->kind == ';')
		s->waiting[s->nopen] = 0;
	else if (p->kind == '?')
		s->waiting[s->nopen]++;
	else if (p->kind == ':' && s->waiting[s->nopen])
		s->waiting[s->nopen]--;
}

static void token(struct spacer *s, uint32_t i)
{
	struct piece *p = &s->v[i];
	bool unary = is_unary(s, p->kind);

	p->space = space_before(s, p);
	p->soft = may_break_after(s) && p->kind != ')' && p->kind != ']';
	p->keep = may_keep_break(s, p, unary);
	if (p->kind == '(' && is_cast(s, i))
		s->cast_end = p->match;
	count_brackets(s, p);
	s->cast = p->kind == ')' && i == s->cast_end;
	s->unary = unary;
	/* A block that is an operand is followed by what closes or a ';'. */
	s->statement = p->kind == ';' || p->kind == '{' || p->kind == '}' ||
		       p->kind == TOK_CPART;
	s->prev[2] = s->prev[1];
	s->prev[1] = s->prev[0];
	s->prev[0] = p;
}

void fmt_space(struct pieces *ps)
{
	struct spacer s = { .v = ps->list.v, .n = (uint32_t)ps->list.n };
	uint32_t i;

	s.prev[0] = s.prev[1] = s.prev[2] = &none;
	for (i = 0; i < s.n; i++) {
		if (s.v[i].kind > 0)
			token(&s, i);
		else
			s.v[i].space = true;
	}
}
