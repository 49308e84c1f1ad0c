/*
 * builtin_iter.c - iterators.
 *
 * Their programs write to a file that is read to run them.  Where waggle reads
 * it, records go through the rings as ever, and each run writes a few bytes to
 * the file so that a read ends with it.  Where it is pinned it is the text that
 * others read, which the kernel's own printf makes.
 */
#include <string.h>

#include "emit_own.h"
#include "format.h"

enum {
	MAX_ARGS = 12, /* MAX_BPRINTF_VARARGS */
	STEP = 8,      /* bytes */
};

bool iter_is_pinned(const struct body *b)
{
	return b->provider == PROVIDER_ITER && *b->targets->module;
}

bool iter_steps(const struct body *b)
{
	return b->provider == PROVIDER_ITER && !*b->targets->module;
}

/* ctx->meta->seq: the first of the first. */
static LLVMValueRef seq_file(struct emitter *e)
{
	LLVMValueRef meta = emit_volatile_load(e, e->ptr, emit_context(e), 8);

	return emit_volatile_load(e, e->ptr, meta, 8);
}

void emit_iter_step(struct emitter *e)
{
	emit_helper(e, BPF_FUNC_seq_write, seq_file(e), emit_zeros(e, STEP),
		    emit_int(e, STEP), NULL);
}

/* ---- printf() ---- */

static struct val refuse(struct emitter *e, struct node *n, const char *what)
{
	diag_hint(e->u->diags,
		  diag_error(e->u->diags, n->at, DIAG_FORMAT,
			     "a pinned iterator's printf() has no %s", what),
		  "the kernel does it: %%d %%u %%x %%c %%p of integers and "
		  "pointers, %%s of strings, a width, and %d arguments",
		  MAX_ARGS);
	return val_void();
}

static void add_text(struct strbuf *b, const char *s)
{
	for (; *s; s++)
		strbuf_printf(b, *s == '%' ? "%%%%" : "%c", *s);
}

static void add_flags(struct strbuf *b, const struct plan_segment *s)
{
	static const struct {
		uint32_t flag;
		char c;
	} flags[] = {
		{ FORMAT_MINUS, '-' },
		{ FORMAT_PLUS, '+' },
		{ FORMAT_SPACE, ' ' },
		{ FORMAT_ZERO, '0' },
	};
	size_t i;

	for (i = 0; i < countof(flags); i++)
		if (s->flags & flags[i].flag)
			strbuf_add(b, &flags[i].c, 1);
	if (s->width)
		strbuf_printf(b, "%u", s->width);
}

/* The kernel's spelling of a conversion; every integer is 64 bits wide. */
static const char *add_conversion(struct strbuf *b,
				  const struct plan_segment *s,
				  const struct type *t)
{
	static const char *const convs[][2] = {
		{ "d", "lld" }, { "i", "lld" }, { "u", "llu" }, { "x", "llx" },
		{ "X", "llX" }, { "c", "c" },	{ "p", "llx" }, { "s", "s" },
	};
	size_t i;

	if (s->flags &
	    (FORMAT_WIDTH_ARG | FORMAT_PREC | FORMAT_PREC_ARG | FORMAT_HASH))
		return "precision, '*' or '#'";
	if ((s->conv == 's') != (t->kind == T_STRING) ||
	    (s->conv != 's' && !type_is_scalar(t)))
		return "conversion for such a value";
	for (i = 0; i < countof(convs); i++) {
		if (s->conv != (unsigned char)*convs[i][0])
			continue;
		if (s->conv == 'p')
			strbuf_printf(b, "0x");
		strbuf_printf(b, "%%");
		add_flags(b, s);
		strbuf_printf(b, "%s", convs[i][1]);
		return NULL;
	}
	return "such conversion";
}

static const char *make_format(struct node *n, struct strbuf *b)
{
	const struct format *f = n->call.info;
	struct node *arg = emit_arg(n, 0)->next;
	const char *bad = NULL;
	size_t i;

	for (i = 0; !bad && i < f->segments.n; i++) {
		const struct plan_segment *s = &f->segments.v[i];

		if (!s->conv) {
			add_text(b, s->text);
			continue;
		}
		bad = add_conversion(b, s, arg->type);
		arg = arg->next;
	}
	return bad;
}

/* Numbers as they are, strings by address. */
static LLVMValueRef argument(struct emitter *e, struct node *n)
{
	if (n->type->kind != T_STRING)
		return emit_scalar(e, n);
	return emit_to_int(e, emit_mem(e, emit_expr(e, n)));
}

struct val emit_seq_printf(struct emitter *e, struct node *n)
{
	uint32_t nargs = emit_nargs(n) - 1, i;
	struct strbuf b = { 0 };
	const char *bad = make_format(n, &b);
	LLVMValueRef fmt, data, zero = emit_int(e, 0);
	struct node *arg;

	if (nargs > MAX_ARGS)
		bad = "room for so many arguments";
	fmt = emit_const_bytes(e, b.s ? b.s : "", (uint32_t)b.len);
	i = (uint32_t)b.len + 1;
	strbuf_free(&b);
	if (bad)
		return refuse(e, n, bad);
	data = emit_alloca(e, 8 * (nargs ? nargs : 1), "args");
	for (arg = emit_arg(n, 0)->next, nargs = 0; arg; arg = arg->next)
		emit_store_at(e, emit_offset(e, data, 8 * nargs++),
			      argument(e, arg), 8);
	emit_helper(e, BPF_FUNC_seq_printf, seq_file(e), fmt, emit_int(e, i),
		    nargs ? data : zero, emit_int(e, 8 * nargs), NULL);
	return val_void();
}
