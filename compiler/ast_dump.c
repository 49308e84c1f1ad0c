/* ast_dump.c - the tree as text: what golden tests compare. */
#include "ast.h"

#include <inttypes.h>
#include <string.h>

#include "type.h"

/* One line, and no raw control characters: dumps are compared byte for byte. */
static void put_escaped(const char *s, size_t n, FILE *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static void put_quoted(const char *s, size_t n, FILE *out)
{
	fputs(" \"", out);
	put_escaped(s, n, out);
	fputc('"', out);
}

static void indent(int depth, FILE *out)
{
	fprintf(out, "%*s", depth * 2, "");
}

static void put_spec(const struct node *n, FILE *out)
{
	static const char *const tags[] = {
		[TAG_NONE] = "",
		[TAG_STRUCT] = "struct ",
		[TAG_UNION] = "union ",
		[TAG_ENUM] = "enum ",
	};
	const struct type_suffix *s;

	fprintf(out, " %s%s", tags[n->spec.tag],
		n->spec.of ? "typeof" : n->spec.name);
	for (s = n->spec.suffixes; s; s = s->next) {
		if (s->kind == SUFFIX_PTR)
			fputc('*', out);
		else if (s->len && s->len->kind == N_INT)
			fprintf(out, "[%" PRIu64 "]", s->len->num.value);
		else
			fputs(s->len ? "[...]" : "[]", out);
	}
}

static void put_incdec(const struct node *n, FILE *out)
{
	fprintf(out, n->incdec.prefix ? " %s_" : " _%s", op_str(n->incdec.op));
}

/* What is special about a node, on its own line. */
static void put_details(const struct node *n, FILE *out)
{
	switch (n->kind) {
	// clang-format off
	case N_INT:
		fprintf(out, " %s%" PRIu64 "%s", n->num.negative ? "-" : "",
			n->num.value, n->num.suffix_unsigned ? "u" : "");
		return;
	case N_BOOL:	fputs(n->num.value ? " true" : " false", out); return;
	case N_STR:	put_quoted(n->str.s, n->str.len, out); return;
	case N_NAME:	fprintf(out, " %s", n->name.s); return;
	case N_VAR:	fprintf(out, " %s", n->var.name); return;
	case N_MAP:
		fprintf(out, " %s%s", n->map.name,
			n->map.brackets ? "[]" : "");
		return;
	case N_PARAM:	fprintf(out, " $%d", n->param.index); return;
	case N_CALL:	fprintf(out, " %s", n->call.name); return;
	case N_UNARY:	fprintf(out, " %s", op_str(n->unary.op)); return;
	case N_BINARY:	fprintf(out, " %s", op_str(n->binary.op)); return;
	case N_TERNARY:	fputs(n->cond.then ? "" : " ?:", out); return;
	case N_FIELD:	fprintf(out, " %s", n->field.name); return;
	case N_ELEMENT:	fprintf(out, " %" PRIu32, n->element.index); return;
	case N_MEMBER:	fprintf(out, " %s", n->member.name); return;
	case N_EXISTS:
		if (n->exists.point)
			put_quoted(n->exists.point, strlen(n->exists.point),
				   out);
		return;
	case N_ASSIGN:
		fprintf(out, " %s%s",
			n->assign.op == OP_SET ? "" : op_str(n->assign.op),
			"=");
		return;
	case N_INCDEC:	put_incdec(n, out); return;
	case N_BLOCK:	fputs(n->block.has_value ? " value" : "", out); return;
	case N_LET:	fprintf(out, " %s", n->let.name); return;
	case N_FOR:	fprintf(out, " %s", n->loop.var); return;
	case N_TYPE:	put_spec(n, out); return;
	case N_NPARAMS: case N_IF: case N_INDEX: case N_CAST: case N_SIZEOF:
	case N_OFFSETOF: case N_TUPLE: case N_RECORD: case N_COMPTIME:
	case N_DISCARD: case N_WHILE: case N_UNROLL: case N_BREAK:
	case N_CONTINUE: case N_RETURN:
		return;
	case N_COUNT:	break;
		// clang-format on
	}
	die("ast_dump: kind %d", n->kind);
}

struct dump {
	FILE *out;
	const struct sources *sources; /* NULL: the script is not shown */
	int line;		       /* that was shown last */
	int depth;
};

/* The script's lines as comments, each before what stands in it. */
static void show_line(struct dump *d, struct span at)
{
	struct place p;

	if (!d->sources)
		return;
	p = source_place(d->sources, at);
	if (p.line == d->line)
		return;
	d->line = p.line;
	source_print_line(p.src, (unsigned long)p.line, d->out);
}

static void dump_one(struct node *n, void *arg)
{
	struct dump *d = arg;

	show_line(d, n->at);
	indent(d->depth, d->out);
	fputs(node_kind_str(n->kind), d->out);
	put_details(n, d->out);
	if (n->type)
		fprintf(d->out, " : %s", type_str(n->type));
	fputc('\n', d->out);
	d->depth++;
	node_children(n, dump_one, d);
	d->depth--;
}

void ast_dump_node(const struct node *n, int depth,
		   const struct sources *sources, FILE *out)
{
	struct dump d = { .out = out, .sources = sources, .depth = depth };

	for (; n; n = n->next)
		dump_one((struct node *)n, &d);
}

/* --- What stands in a file ------------------------------------------------ */

static void dump_c_parts(const struct program *p, FILE *out)
{
	const struct c_part *c;

	for (c = p->c_parts; c; c = c->next) {
		struct place at = source_place(p->sources, c->at);
		const char *s = at.src->text + (c->at.beg - at.src->base);

		fputc('c', out);
		put_quoted(s, c->at.end - c->at.beg, out);
		fputc('\n', out);
	}
}

static void dump_point(const struct point *p, FILE *out)
{
	uint32_t i;

	if (p->label)
		fprintf(out, "%s=", p->label);
	for (i = 0; i < p->nparts; i++) {
		fputs(i ? ":" : "", out);
		put_escaped(p->parts[i], strlen(p->parts[i]), out);
	}
	if (p->none)
		fputs(" (optional)", out);
}

static void dump_probe(const struct probe *pb, const struct sources *sources,
		       FILE *out)
{
	const struct point *p, *alt;

	fputs("probe", out);
	for (p = pb->points; p; p = p->next) {
		fputs(p == pb->points ? " " : ", ", out);
		for (alt = p; alt; alt = alt->alternative) {
			fputs(alt == p ? "" : " ?? ", out);
			dump_point(alt, out);
		}
	}
	fputc('\n', out);
	if (pb->pred) {
		indent(1, out);
		fputs("predicate\n", out);
		ast_dump_node(pb->pred, 2, sources, out);
	}
	ast_dump_node(pb->body, 1, sources, out);
}

static void dump_routine(const struct routine *r, const struct sources *sources,
			 FILE *out)
{
	const struct formal *f;

	fprintf(out, "%s %s\n", r->kind == ROUTINE_FN ? "fn" : "macro",
		r->name);
	for (f = r->formals; f; f = f->next) {
		indent(1, out);
		fprintf(out, "formal %s\n", f->name);
		ast_dump_node(f->spec, 2, NULL, out);
	}
	if (r->result) {
		indent(1, out);
		fputs("result\n", out);
		ast_dump_node(r->result, 2, NULL, out);
	}
	ast_dump_node(r->body, 1, sources, out);
}

void ast_dump(const struct program *p, const struct sources *sources, FILE *out)
{
	const struct config_item *c;
	const struct import *i;
	const struct map_decl *m;
	const struct routine *r;
	const struct probe *pb;

	dump_c_parts(p, out);
	for (c = p->config; c; c = c->next) {
		fprintf(out, "config %s\n", c->key);
		ast_dump_node(c->value, 1, NULL, out);
	}
	for (i = p->imports; i; i = i->next) {
		fputs("import", out);
		put_quoted(i->path, strlen(i->path), out);
		fputc('\n', out);
	}
	for (m = p->map_decls; m; m = m->next) {
		fprintf(out, "let %s %s\n", m->name, m->kind);
		ast_dump_node(m->size, 1, NULL, out);
	}
	for (r = p->routines; r; r = r->next)
		dump_routine(r, sources, out);
	for (pb = p->probes; pb; pb = pb->next)
		dump_probe(pb, sources, out);
}
