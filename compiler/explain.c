/* explain.c - waggle explain FILE: probes and maps in words. */
#include "explain.h"

#include "probe.h"
#include "sema.h"

/* Bodies of one clause hold copies of one tree: the first speaks for all.  The
 * entry of a span is nothing that was written. */
static bool is_told(const struct unit *u, const struct body *b)
{
	const struct body *o;

	if (b->span && b->span->enter == b)
		return true;
	for (o = u->bodies; o != b; o = o->next)
		if (o->clause == b->clause)
			return true;
	return false;
}

static const char *points_of(const struct unit *u, const struct probe *clause)
{
	const struct point *first = clause->points, *pt;
	const char *text = explain_text(u, first->at);

	for (pt = first->next; pt; pt = pt->next)
		text = arena_printf(u->arena, "%s, %s", text,
				    explain_text(u, pt->at));
	return text;
}

static bool is_said(const struct body *first, const struct body *b)
{
	const struct body *o;

	for (o = first; o != b; o = o->next)
		if (o->clause == b->clause && body_kind(o) == body_kind(b))
			return true;
	return false;
}

static void explain_events(const struct body *first, FILE *out)
{
	const struct body *b;

	for (b = first; b; b = b->next)
		if (b->clause == first->clause && !is_said(first, b))
			fprintf(out, "  %s: %s\n", b == first ? "when" : "or",
				body_kind(b)->help);
}

static void explain_probe(const struct unit *u, struct clause_places *cp,
			  const char *btf_path, FILE *out)
{
	const struct body *b = cp->b;
	struct place p = source_place(u->diags->sources, b->clause->at);

	fprintf(out, "\n%s (line %d)\n", cp->points, p.line);
	explain_events(b, out);
	explain_where(u, cp, btf_path, out);
	if (b->pred)
		fprintf(out, "  only if: %s\n", explain_text(u, b->pred->at));
	fprintf(out, "  then:\n");
	explain_block(u, b->block, 2, out);
}

static void explain_function(const struct unit *u, const struct function *f,
			     FILE *out)
{
	uint32_t i;

	fprintf(out, "\nfn %s(", f->routine->name);
	for (i = 0; i < f->nparams; i++)
		fprintf(out, "%s%s: %s", i ? ", " : "", f->params[i]->name,
			type_str(f->types[i]));
	fprintf(out, "): %s, when it is called\n", type_str(f->result));
	explain_block(u, f->body->block, 2, out);
}

/* ---- maps ---- */

#define FORGETS "that forgets what was used least recently"

static const char *const kinds[] = {
	[MAP_HASH] = "a table",
	[MAP_LRUHASH] = "a table " FORGETS,
	[MAP_PERCPUHASH] = "a table for each processor",
	[MAP_PERCPULRUHASH] = "a table for each processor " FORGETS,
};

static const char *shown_as(const struct map *m)
{
	const struct type *v = m->value;

	if (v->kind == T_AGG && (v->agg == AGG_HIST || v->agg == AGG_LHIST))
		return m->key ? "a histogram for each key, by how much is in it"
			      : "a histogram";
	if (v->kind == T_AGG && v->agg == AGG_TSERIES)
		return m->key ? "a strip of time for each key"
			      : "a strip of time";
	if (!m->key)
		return "one line";
	if (v->kind == T_AGG || type_is_int(v))
		return "a line an entry, the smallest value first";
	return "a line an entry, by key";
}

static const char *bytes_of(const struct unit *u, const struct type *t)
{
	return arena_printf(u->arena, "%u byte%s", t->size,
			    t->size == 1 ? "" : "s");
}

static void explain_map(const struct unit *u, const struct map *m, FILE *out)
{
	fprintf(out, "  %s: ", m->name);
	if (m->key)
		fprintf(out, "%s of at most %u entries; key %s (%s), value ",
			kinds[m->kind], m->max_entries, type_str(m->key),
			bytes_of(u, m->key));
	else
		fprintf(out, "one value, ");
	fprintf(out, "%s (%s%s)\n", type_str(m->value), bytes_of(u, m->value),
		m->percpu ? " a processor" : "");
	if (u->config.print_maps_on_exit)
		fprintf(out, "    printed at the end, unless empty: %s\n",
			shown_as(m));
	else
		fprintf(out, "    printed when the script says so: %s\n",
			shown_as(m));
}

void explain(const struct unit *u, const char *btf_path, FILE *out)
{
	VEC(struct clause_places) cps = { 0 };
	size_t nmaps = u->maps.entries.n, i;
	const struct body *b;

	for (b = u->bodies; b; b = b->next) {
		if (!is_told(u, b))
			*vec_push(u->arena, &cps) = (struct clause_places){
				.b = b, .points = points_of(u, b->clause)
			};
	}
	fprintf(out, "%zu probe%s, %zu map%s.\n", cps.n, cps.n == 1 ? "" : "s",
		nmaps, nmaps == 1 ? "" : "s");
	for (i = 0; i < cps.n; i++)
		explain_probe(u, &cps.v[i], btf_path, out);
	for (i = 0; i < u->functions.entries.n; i++)
		explain_function(u, u->functions.entries.v[i].value, out);
	if (nmaps)
		fprintf(out, "\nMaps:\n");
	for (i = 0; i < nmaps; i++)
		explain_map(u, u->maps.entries.v[i].value, out);
	explain_costs(u, cps.v, cps.n, out);
}
