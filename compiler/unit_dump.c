/* unit_dump.c - the typed tree as text. */
#include "ast.h"
#include "sema.h"

static void dump_targets(const struct body *b, FILE *out)
{
	const struct target *t, *alt;

	for (t = b->targets; t; t = t->next) {
		fprintf(out, "  at %s", t->name);
		for (alt = t->alternative; alt; alt = alt->alternative)
			fprintf(out, " ?? %s", alt->name);
		fprintf(out, "%s\n", t->optional ? " ?? none" : "");
	}
}

/* Variables are listed latest first, and people read the first one first. */
static void dump_variables(const struct variable *v, FILE *out)
{
	if (!v)
		return;
	dump_variables(v->next, out);
	fprintf(out, "  variable %s : %s\n", v->name, type_str(v->type));
}

static void dump_body(const struct body *b, const struct sources *sources,
		      FILE *out)
{
	fprintf(out, "program %s\n", b->elf_name);
	dump_targets(b, out);
	dump_variables(b->variables, out);
	if (b->pred) {
		fprintf(out, "  predicate\n");
		ast_dump_node(b->pred, 2, sources, out);
	}
	ast_dump_node(b->block, 1, sources, out);
}

static void dump_function(const struct function *f,
			  const struct sources *sources, FILE *out)
{
	uint32_t i;

	fprintf(out, "fn %s(", f->routine->name);
	for (i = 0; i < f->nparams; i++)
		fprintf(out, "%s%s: %s", i ? ", " : "", f->params[i]->name,
			type_str(f->types[i]));
	fprintf(out, "): %s\n", type_str(f->result));
	dump_variables(f->body->variables, out);
	ast_dump_node(f->body->block, 1, sources, out);
}

static void dump_map(const struct map *m, FILE *out)
{
	fprintf(out, "map %s", m->name);
	if (m->key)
		fprintf(out, " [%s]", type_str(m->key));
	fprintf(out, " : %s, %u entries\n", type_str(m->value), m->max_entries);
}

void unit_dump(const struct unit *u, const struct sources *sources, FILE *out)
{
	const struct body *b;
	size_t i;

	for (i = 0; i < u->maps.entries.n; i++)
		dump_map(u->maps.entries.v[i].value, out);
	for (i = 0; i < u->functions.entries.n; i++)
		dump_function(u->functions.entries.v[i].value, sources, out);
	for (b = u->bodies; b; b = b->next)
		dump_body(b, sources, out);
}
