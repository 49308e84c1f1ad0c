/* probe.c - attach points as written to targets, clauses to bodies. */
#include "probe.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "match.h"
#include "param.h"
#include "sema.h"

/* The words of probe.def. */
enum {
	ARGN = HAS_ARGN,
	ARGS = HAS_ARGS,
	RETVAL = HAS_RETVAL,
	WILD = HAS_WILD,
	PROC = HAS_PROC,
	FUNC = HAS_FUNC,
	KREGS = HAS_KREGS,
	SOON = HAS_SOON,
};

const struct provider_row providers[NPROVIDERS] = {
#define PROVIDER(id, name, aliases, parts, section, flags, help)  \
	[PROVIDER_##id] = { PROVIDER_##id, #name, aliases, parts, \
			    section,	   help,  flags },
#include "probe.def"
#undef PROVIDER
};

/* ---- names of providers ---- */

static bool is_alias(const char *aliases, const char *name)
{
	size_t len = strlen(name), n;

	for (; *aliases; aliases += n + (aliases[n] == ' ')) {
		n = strcspn(aliases, " ");
		if (n != len)
			continue;
		if (len == 1 ? *aliases == *name
			     : !strncasecmp(aliases, name, len))
			return true;
	}
	return false;
}

const struct provider_row *provider_find(const char *name)
{
	size_t i;

	for (i = 0; i < NPROVIDERS; i++)
		if (!strcasecmp(providers[i].name, name) ||
		    is_alias(providers[i].aliases, name))
			return &providers[i];
	return NULL;
}

const char *provider_list(struct arena *a, unsigned flags)
{
	const char *names[NPROVIDERS];
	const char *s = "";
	size_t i, n = 0;

	for (i = 0; i < NPROVIDERS; i++)
		if (providers[i].flags & flags &&
		    !(providers[i].flags & HAS_SOON))
			names[n++] = providers[i].name;
	for (i = 0; i < n; i++)
		s = arena_printf(a, "%s%s%s", s,
				 i == 0	      ? ""
				 : i + 1 == n ? " and "
					      : ", ",
				 names[i]);
	return s;
}

/* ---- resolving ---- */

struct resolver {
	struct unit *u;
	struct matcher *m; /* opened on first use */
	uint32_t counts[NPROVIDERS];
	struct body **tail;
	struct body *chain; /* of the clause in hand */
};

static struct matcher *matcher(struct resolver *r)
{
	if (!r->m)
		r->m = match_open(r->u->arena, r->u->types.btf);
	return r->m;
}

/* ---- wildcards that must be known when compiling ---- */

static int list_matches(struct resolver *r, const struct target *t,
			struct match_set *set)
{
	const char *group = *t->module ? t->module : NULL;

	if (t->provider == PROVIDER_TRACEPOINT)
		return match_tracepoints(matcher(r), t->module, t->target, set);
	if (t->provider == PROVIDER_RAWTRACEPOINT)
		return match_rawtracepoints(matcher(r), group, t->target, set);
	return match_btf_functions(matcher(r), group, t->target, set);
}

static bool is_kernel_proper(const char *group)
{
	return !group || !strcmp(group, "vmlinux");
}

static struct target *one_match(struct resolver *r, const struct target *t,
				const struct match *m)
{
	struct target *one = arena_make(r->u->arena, struct target);

	*one = *t;
	one->wild = false;
	one->target = m->name;
	one->module = is_kernel_proper(m->group) ? "" : m->group;
	one->name = arena_printf(r->u->arena, "%s:%s%s%s",
				 providers[t->provider].name, one->module,
				 *one->module ? ":" : "", m->name);
	return one;
}

static struct target *no_match(struct resolver *r, const struct target *t,
			       int err)
{
	struct diag *d;

	if (r->u->config.missing_probes != MISSING_ERROR)
		return NULL;
	if (err) {
		d = diag_error(r->u->diags, t->at, DIAG_NO_MATCH,
			       "the list of what %s could match can't be "
			       "read: %s",
			       t->name, strerror(-err));
		diag_hint(r->u->diags, d,
			  err == -EPERM || err == -EACCES
				  ? "run as root"
				  : "name the events without wildcards");
		return NULL;
	}
	d = diag_error(r->u->diags, t->at, DIAG_NO_MATCH, "nothing matches %s",
		       t->name);
	diag_hint(r->u->diags, d, "waggle -l '%s:*' lists what there is",
		  providers[t->provider].name);
	return NULL;
}

/* The targets that a pattern stands for, linked by next; NULL: none. */
static struct target *expand(struct resolver *r, struct target *t)
{
	struct match_set set = { 0 };
	struct target *head = NULL, **tail = &head;
	size_t i;
	int err;

	err = list_matches(r, t, &set);
	if (err || !set.v.n)
		return no_match(r, t, err);
	if (set.v.n > r->u->config.max_bpf_progs) {
		diag_hint(
			r->u->diags,
			diag_error(
				r->u->diags, t->at, DIAG_TOO_BIG,
				"%s matches %zu events, and max_bpf_progs "
				"is %llu",
				t->name, set.v.n,
				(unsigned long long)r->u->config.max_bpf_progs),
			"narrow the pattern, or set config = { "
			"max_bpf_progs = %zu }",
			set.v.n);
		return NULL;
	}
	for (i = 0; i < set.v.n; i++) {
		*tail = one_match(r, t, &set.v.v[i]);
		tail = &(*tail)->next;
	}
	return head;
}

/* ---- clauses to bodies ---- */

/* What a clause asks of the context. */
struct needs {
	bool args, argn, retval;
};

static void find_needs(const struct node *n, struct needs *needs)
{
	struct node **slots[NODE_SLOTS];
	uint32_t i, k;

	for (; n; n = n->next) {
		const char *name = n->kind == N_NAME   ? n->name.s
				   : n->kind == N_CALL ? n->call.name
						       : "";

		if (!strcmp(name, "args"))
			needs->args = true;
		else if (!strcmp(name, "retval"))
			needs->retval = true;
		else if (!strncmp(name, "arg", 3) &&
			 isdigit((unsigned char)name[3]))
			needs->argn = true;
		k = node_slots((struct node *)n, slots);
		for (i = 0; i < k; i++)
			find_needs(*slots[i], needs);
	}
}

/* Whether targets of a kind can share one program: what fentry and raw
 * tracepoints attach to is part of the program, and a tracepoint's record is
 * its own. */
static bool is_shared(enum provider p, const struct needs *needs)
{
	if (p == PROVIDER_FENTRY || p == PROVIDER_FEXIT ||
	    p == PROVIDER_RAWTRACEPOINT || p == PROVIDER_BEGIN ||
	    p == PROVIDER_END)
		return false;
	return p != PROVIDER_TRACEPOINT || !needs->args;
}

static bool wants_context(enum provider p, const struct needs *needs)
{
	unsigned flags = providers[p].flags;

	if (p == PROVIDER_RAWTRACEPOINT && needs->argn)
		return true;
	return flags & HAS_ARGS &&
	       (needs->args || (needs->retval && flags & HAS_RETVAL));
}

static struct body *new_body(struct resolver *r, struct probe *clause,
			     struct target *t)
{
	struct body *b = arena_make(r->u->arena, struct body);

	b->clause = clause;
	b->provider = t->provider;
	b->index = r->counts[t->provider];
	b->elf_name =
		arena_printf(r->u->arena, "%s_%u", providers[t->provider].name,
			     r->counts[t->provider]++);
	b->args = t->args;
	b->retval = t->retval;
	b->pred = ast_clone(r->u->prog, clause->pred);
	b->block = ast_clone(r->u->prog, clause->body);
	*r->tail = b;
	r->tail = &b->next;
	return b;
}

/* Put one target into a body, its own or one that it can share. */
static void place(struct resolver *r, struct probe *clause, struct target *t,
		  const struct needs *needs)
{
	struct body *b = NULL;
	struct target **p;

	t->next = NULL;
	if (wants_context(t->provider, needs) &&
	    !context_fill(r->u, matcher(r), t))
		return;
	if (t->provider == PROVIDER_KRETPROBE && needs->retval)
		context_narrow(r->u, t);
	if (is_shared(t->provider, needs))
		for (b = r->chain; b; b = b->next)
			if (b->provider == t->provider &&
			    b->retval == t->retval)
				break;
	if (!b)
		b = new_body(r, clause, t);
	if (!r->chain)
		r->chain = b;
	for (p = &b->targets; *p; p = &(*p)->next)
		;
	*p = t;
}

static void resolve_clause(struct resolver *r, struct probe *clause)
{
	struct needs needs = { 0 };
	struct point *p;

	find_needs(clause->pred, &needs);
	find_needs(clause->body, &needs);
	r->chain = NULL;
	for (p = clause->points; p; p = p->next) {
		struct target *t = point_target(r->u, p), *next;

		if (t && t->wild && !is_shared(t->provider, &needs))
			t = expand(r, t);
		for (; t; t = next) {
			next = t->next;
			place(r, clause, t, &needs);
		}
	}
}

static void number_bodies(struct unit *u)
{
	struct body *b;
	uint32_t n = 0;

	for (b = u->bodies; b; b = b->next)
		b->index = n++;
	if (n > u->config.max_bpf_progs)
		diag_hint(
			u->diags,
			diag_plain(u->diags, DIAG_TOO_BIG,
				   "the script makes %u programs, and "
				   "max_bpf_progs is %llu",
				   n,
				   (unsigned long long)u->config.max_bpf_progs),
			"narrow its wildcards, or set config = { "
			"max_bpf_progs = %u }",
			n);
}

void resolve(struct unit *u)
{
	struct resolver r = { .u = u, .tail = &u->bodies };
	struct probe *clause;

	for (clause = u->prog->probes; clause; clause = clause->next)
		resolve_clause(&r, clause);
	match_close(r.m);
	if (!u->diags->nerrors)
		number_bodies(u);
	if (!u->bodies && !u->diags->nerrors &&
	    u->config.missing_probes == MISSING_ERROR)
		diag_hint(u->diags,
			  diag_plain(u->diags, DIAG_INPUT,
				     "the script has no probes"),
			  "write one, as in: begin { print(\"hello\") }");
}
