/* explain_cost.c - what is dear about a script, and what changes the machine.
 */
#include <string.h>

#include "builtin.h"
#include "explain.h"
#include "match.h"
#include "probe.h"
#include "sema.h"

enum {
	FAST = 1000,		  /* Hz of a profile */
	MANY = 100,		  /* places of one wildcard */
	LARGE = 16 * 1024 * 1024, /* bytes of a map */
};

static const struct {
	const char *pattern, *why;
} hot[] = {
#define HOT(pattern, why) { pattern, why },
#include "hot.def"
#undef HOT
};

struct costs {
	const struct unit *u;
	FILE *out;
	bool unsafe; /* look for what changes the machine */
	size_t n;    /* lines said */
};

static void say(struct costs *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct costs *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->n++)
		fprintf(c->out,
			c->unsafe ? "\nChanges the machine:\n" : "\nCosts:\n");
	fputs("  ", c->out);
	va_start(ap, fmt);
	vfprintf(c->out, fmt, ap);
	va_end(ap);
	fputc('\n', c->out);
}

/* ---- places ---- */

static void cost_of_name(struct costs *c, const char *name)
{
	size_t i;

	for (i = 0; i < countof(hot); i++) {
		if (!match_glob(hot[i].pattern, name))
			continue;
		say(c, "%s: runs %s", name, hot[i].why);
		return;
	}
}

static void cost_of_places(struct costs *c, const struct clause_places *cp)
{
	const struct target *t;
	size_t i;

	if (cp->names.n > MANY)
		say(c, "%s: %zu places, each to be attached, and each runs it",
		    cp->points, cp->names.n);
	for (i = 0; i < cp->names.n && cp->names.n <= MANY; i++)
		cost_of_name(c, cp->names.v[i]);
	for (t = cp->b->targets; t; t = t->next)
		if (t->provider == PROVIDER_PROFILE &&
		    strcmp(t->target, "hz") == 0 && t->period >= FAST)
			say(c,
			    "%s: interrupts every processor %llu times a "
			    "second",
			    t->name, (unsigned long long)t->period);
}

/* ---- what is called ---- */

static void cost_of_call(struct costs *c, const struct node *n,
			 const struct builtin *b)
{
	struct place p = source_place(c->u->diags->sources, n->at);
	bool unsafe = b->flags & BUILTIN_IS_UNSAFE;

	if (c->unsafe && unsafe)
		say(c, "line %d, %s: %s", p.line, explain_text(c->u, n->at),
		    b->help);
	if (!c->unsafe && (b->id == BUILTIN_kstack || b->id == BUILTIN_ustack))
		say(c,
		    "line %d, %s: a walk up the stack each time, and each "
		    "different stack is kept",
		    p.line, explain_text(c->u, n->at));
}

static void look(struct node *n, void *arg)
{
	struct costs *c = arg;

	if (n->kind == N_CALL && n->call.builtin)
		cost_of_call(c, n, n->call.builtin);
	if (n->kind == N_NAME && n->name.builtin)
		cost_of_call(c, n, n->name.builtin);
	node_children(n, look, c);
}

/* Bodies of one clause hold copies of one tree: the first speaks for all. */
static void look_everywhere(struct costs *c, const struct clause_places *cps,
			    size_t n)
{
	const struct unit *u = c->u;
	size_t i;

	for (i = 0; i < u->functions.entries.n; i++) {
		const struct function *f = u->functions.entries.v[i].value;

		look(f->body->block, c);
	}
	for (i = 0; i < n; i++) {
		if (cps[i].b->pred)
			look(cps[i].b->pred, c);
		look(cps[i].b->block, c);
	}
}

static void cost_of_map(struct costs *c, const struct map *m)
{
	uint64_t bytes = (uint64_t)m->value->size + (m->key ? m->key->size : 0);

	bytes *= m->key ? m->max_entries : 1;
	if (bytes >= LARGE)
		say(c, "%s: up to %llu MB of the kernel's memory%s", m->name,
		    (unsigned long long)(bytes >> 20),
		    m->percpu ? ", its values once a processor" : "");
}

void explain_costs(const struct unit *u, const struct clause_places *cps,
		   size_t n, FILE *out)
{
	struct costs c = { .u = u, .out = out };
	size_t i;

	for (i = 0; i < n; i++)
		cost_of_places(&c, &cps[i]);
	look_everywhere(&c, cps, n);
	for (i = 0; i < u->maps.entries.n; i++)
		cost_of_map(&c, u->maps.entries.v[i].value);
	if (!c.n)
		fprintf(out, "\nCosts: nothing out of the ordinary.\n");
	c.n = 0;
	c.unsafe = true;
	look_everywhere(&c, cps, n);
	if (!c.n)
		fprintf(out, "\nIt only looks on: nothing on the machine is "
			     "changed.\n");
}
