/* explain_stmt.c - statements in words. */
#include <ctype.h>
#include <string.h>

#include "builtin.h"
#include "explain.h"
#include "sema.h"

struct teller {
	const struct unit *u;
	FILE *out;
	int depth;
};

typedef void tell_fn(struct teller *t, const struct node *n);

static void tell(struct teller *t, const struct node *n);

const char *explain_text(const struct unit *u, struct span at)
{
	const struct sources *ss = u->diags->sources;
	struct strbuf b = { 0 };
	const struct source *s;
	uint32_t i, end;
	char *text;

	at = source_shown(ss, at);
	s = source_at(ss, at.beg);
	end = at.end - s->base < s->len ? at.end - s->base : s->len;
	for (i = at.beg - s->base; i < end; i++) {
		unsigned char c = (unsigned char)s->text[i];

		if (!isspace(c))
			strbuf_printf(&b, "%c", iscntrl(c) ? '?' : c);
		else if (b.len && b.s[b.len - 1] != ' ')
			strbuf_add(&b, " ", 1);
	}
	while (b.len && strchr(" ;", b.s[b.len - 1]))
		b.s[--b.len] = '\0';
	text = arena_printf(u->arena, "%s", b.s ? b.s : "");
	strbuf_free(&b);
	return text;
}

static const char *text_of(const struct teller *t, const struct node *n)
{
	return explain_text(t->u, n->at);
}

static void say(struct teller *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct teller *t, const char *fmt, ...)
{
	va_list ap;

	fprintf(t->out, "%*s", t->depth * 2, "");
	va_start(ap, fmt);
	vfprintf(t->out, fmt, ap);
	va_end(ap);
	fputc('\n', t->out);
}

static void deeper(struct teller *t, const struct node *n)
{
	t->depth++;
	tell(t, n);
	t->depth--;
}

/* ---- statements ---- */

static void tell_block(struct teller *t, const struct node *n)
{
	const struct node *s;

	if (!n->block.stmts)
		say(t, "nothing");
	for (s = n->block.stmts; s; s = s->next)
		tell(t, s);
}

/* A condition known when compiled leaves one of the branches. */
static void tell_if(struct teller *t, const struct node *n)
{
	const struct node *otherwise = n->cond.otherwise;

	if (n->cond.known == 1) {
		tell(t, n->cond.then);
		return;
	}
	if (n->cond.known == 0) {
		if (otherwise)
			tell(t, otherwise);
		return;
	}
	say(t, "if %s:", text_of(t, n->cond.cond));
	deeper(t, n->cond.then);
	if (otherwise) {
		say(t, "otherwise:");
		deeper(t, otherwise);
	}
}

static void tell_for(struct teller *t, const struct node *n)
{
	if (n->loop.over)
		say(t, "for each entry of %s, key and value as %s:",
		    n->loop.over->map.name, n->loop.var);
	else
		say(t, "for %s from %s up to, but without, %s:", n->loop.var,
		    text_of(t, n->loop.from), text_of(t, n->loop.to));
	deeper(t, n->loop.body);
}

static void tell_while(struct teller *t, const struct node *n)
{
	say(t, "again and again while %s:", text_of(t, n->while_.cond));
	deeper(t, n->while_.body);
}

static void tell_unroll(struct teller *t, const struct node *n)
{
	say(t, "%u times:", n->unroll.times);
	deeper(t, n->unroll.body);
}

static void tell_assign(struct teller *t, const struct node *n)
{
	const struct node *dst = n->assign.dst, *src = n->assign.src;

	if (src->kind == N_CALL && src->call.builtin &&
	    src->type->kind == T_AGG)
		say(t, "adds to %s: %s (%s)", text_of(t, dst), text_of(t, src),
		    src->call.builtin->help);
	else if (n->assign.op != OP_SET)
		say(t, "changes %s: %s", text_of(t, dst), text_of(t, n));
	else if (dst->kind == N_MAP)
		say(t, "keeps in %s: %s", text_of(t, dst), text_of(t, src));
	else
		say(t, "%s is %s (%s)", text_of(t, dst), text_of(t, src),
		    type_str(src->type));
}

static void tell_incdec(struct teller *t, const struct node *n)
{
	say(t, "counts %s %s by one", text_of(t, n->incdec.dst),
	    n->incdec.op == OP_INC ? "up" : "down");
}

static void tell_let(struct teller *t, const struct node *n)
{
	if (n->let.init)
		say(t, "%s is %s (%s)", n->let.name, text_of(t, n->let.init),
		    type_str(n->let.init->type));
	else
		say(t, "%s is declared", n->let.name);
}

static bool is_whole_map(const struct node *n)
{
	return n->kind == N_MAP && !n->map.brackets && n->map.sym &&
	       n->map.sym->key;
}

static const char *help_of(const struct node *n)
{
	const struct builtin *b = n->call.builtin;

	if (!b)
		return "call a function of the script";
	if (b->id != BUILTIN_print || !n->call.args)
		return b->help;
	return is_whole_map(n->call.args) ? "print a map" : "print a value";
}

/* Of what is printed, what each argument is. */
static void tell_call(struct teller *t, const struct node *n)
{
	const struct builtin *b = n->call.builtin;
	const struct node *arg = n->call.args;

	say(t, "%s: %s", help_of(n), text_of(t, n));
	if (!b || (b->id != BUILTIN_printf && b->id != BUILTIN_print))
		return;
	for (; arg; arg = arg->next)
		if (arg->kind != N_INT && arg->kind != N_STR && arg->type &&
		    !is_whole_map(arg))
			say(t, "  %s is %s", text_of(t, arg),
			    type_str(arg->type));
}

static void tell_discard(struct teller *t, const struct node *n)
{
	say(t, "computes and drops: %s", text_of(t, n->expr));
}

static void tell_return(struct teller *t, const struct node *n)
{
	if (n->expr)
		say(t, "returns %s", text_of(t, n->expr));
	else
		say(t, "stops here");
}

static void tell_break(struct teller *t, const struct node *n)
{
	(void)n;
	say(t, "leaves the loop");
}

static void tell_continue(struct teller *t, const struct node *n)
{
	(void)n;
	say(t, "goes on with the next round of the loop");
}

static tell_fn *const tellers[N_COUNT] = {
	[N_BLOCK] = tell_block,	      [N_IF] = tell_if,
	[N_FOR] = tell_for,	      [N_WHILE] = tell_while,
	[N_UNROLL] = tell_unroll,     [N_ASSIGN] = tell_assign,
	[N_INCDEC] = tell_incdec,     [N_LET] = tell_let,
	[N_CALL] = tell_call,	      [N_DISCARD] = tell_discard,
	[N_RETURN] = tell_return,     [N_BREAK] = tell_break,
	[N_CONTINUE] = tell_continue,
};

static void tell(struct teller *t, const struct node *n)
{
	if (tellers[n->kind])
		tellers[n->kind](t, n);
	else
		say(t, "computes: %s", text_of(t, n));
}

void explain_block(const struct unit *u, const struct node *block, int depth,
		   FILE *out)
{
	struct teller t = { .u = u, .out = out, .depth = depth };

	tell(&t, block);
}
