/* probe.c - attach points as written to targets, clauses to bodies. */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "match.h"
#include "param.h"
#include "point.h"
#include "sema.h"
#include "span.h"

/* The words of probe.def. */
enum {
	ARGN = HAS_ARGN,
	ARGS = HAS_ARGS,
	RETVAL = HAS_RETVAL,
	WILD = HAS_WILD,
	PROC = HAS_PROC,
	FUNC = HAS_FUNC,
	KREGS = HAS_KREGS,
	SPAN = HAS_SPAN,
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
		if (providers[i].flags & flags)
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

bool target_is_bpf(const struct target *t)
{
	return !strncmp(t->module, "bpf", 3) &&
	       (!t->module[3] || t->module[3] == ':');
}

bool may_be_missing(const struct unit *u, const struct target *t)
{
	return t->optional || u->config.missing_probes != MISSING_ERROR;
}

struct resolver {
	struct unit *u;
	struct matcher *m; /* opened on first use */
	uint32_t counts[NPROVIDERS];
	struct body **tail;
	uint32_t nbodies, groups;
	/* of the clause in hand */
	struct probe *clause;
	struct needs needs;
	struct body *chain; /* its first */
	/* of the alternatives in hand */
	uint32_t group, choice;
	const struct target *choices;
	bool left_out; /* a clause, since --test or its lack says so */
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
	if (t->provider == PROVIDER_UPROBE || t->provider == PROVIDER_URETPROBE)
		return context_matches(r->u, t, set);
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
	if (t->span)
		span_matched(r->u, one);
	return one;
}

static struct target *no_match(struct resolver *r, const struct target *t,
			       int err)
{
	struct diag *d;

	if (may_be_missing(r->u, t))
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

/* Whether targets of a kind can share one program: what fentry and raw
 * tracepoints attach to is part of the program, and a tracepoint's record is
 * its own. */
static bool is_shared(const struct target *t, const struct needs *needs)
{
	enum provider p = t->provider;

	if (p == PROVIDER_FENTRY || p == PROVIDER_FEXIT ||
	    p == PROVIDER_RAWTRACEPOINT || p == PROVIDER_BEGIN ||
	    p == PROVIDER_END || p == PROVIDER_ITER || p == PROVIDER_SELF ||
	    p == PROVIDER_TEST || p == PROVIDER_BENCH)
		return false;
	if (t->span)
		return !span_wants(t, needs);
	return (p != PROVIDER_TRACEPOINT && p != PROVIDER_UPROBE) ||
	       !needs->args;
}

static bool wants_context(const struct target *t, const struct needs *needs)
{
	unsigned flags = providers[t->provider].flags;

	if (t->span)
		return span_wants(t, needs);
	if (t->provider == PROVIDER_RAWTRACEPOINT && needs->argn)
		return true;
	return flags & HAS_ARGS &&
	       (needs->args || (needs->retval && flags & HAS_RETVAL));
}

static struct body *append_body(struct resolver *r, enum provider p)
{
	struct body *b = arena_make(r->u->arena, struct body);

	b->clause = r->clause;
	b->provider = p;
	b->elf_name = arena_printf(r->u->arena, "%s_%u", providers[p].name,
				   r->counts[p]++);
	b->index = r->nbodies++;
	b->group = r->group;
	b->choice = r->choice;
	*r->tail = b;
	r->tail = &b->next;
	return b;
}

static struct body *new_body(struct resolver *r, struct target *t)
{
	struct body *b = append_body(r, t->provider);

	b->args = t->args;
	b->retval = t->retval;
	b->choices = r->choices;
	b->pred = ast_clone(r->u->prog, r->clause->pred);
	b->block = ast_clone(r->u->prog, r->clause->body);
	if (!r->chain)
		r->chain = b;
	return b;
}

static bool can_join(const struct resolver *r, const struct body *b,
		     const struct target *t)
{
	return b->provider == t->provider && b->retval == t->retval &&
	       b->group == r->group && b->choice == r->choice &&
	       b->targets->span == t->span;
}

/* A kretprobe has its result without types too; a span's is the same whichever
 * way it is done, if it can be. */
static void type_result(struct resolver *r, struct target *t)
{
	if (!t->span) {
		context_narrow(r->u, t);
		return;
	}
	r->u->diags->quiet++;
	if (!t->wild && !t->args)
		context_fill(r->u, matcher(r), t);
	r->u->diags->quiet--;
}

/* What is compiled for elsewhere goes without what is unknown here. */
static void warn_left_out(struct resolver *r, const struct target *t)
{
	struct diag *d;

	if (!r->u->deferred && !r->u->offline)
		return;
	d = diag_warn(r->u->diags, t->at, DIAG_ABSENT,
		      "the arguments of %s are not known here, so it is left "
		      "out of the program",
		      t->name);
	diag_hint(r->u->diags, d,
		  "compile on a kernel that has it, or with its types: "
		  "--btf FILE");
}

/* Put one target into a body, its own or one that it can share. */
static void place(struct resolver *r, struct target *t)
{
	struct body *b = NULL;
	struct target **p;

	t->next = NULL;
	if (wants_context(t, &r->needs) && !context_fill(r->u, matcher(r), t)) {
		if (t->optional && !r->group)
			warn_left_out(r, t);
		return;
	}
	if (t->provider == PROVIDER_KRETPROBE && r->needs.retval)
		type_result(r, t);
	if (is_shared(t, &r->needs))
		for (b = r->chain; b && !can_join(r, b, t); b = b->next)
			;
	if (!b)
		b = new_body(r, t);
	for (p = &b->targets; *p; p = &(*p)->next)
		;
	*p = t;
}

/* Tests and benchmarks are for a run of their own. */
static bool is_wanted(const struct unit *u, const struct target *t)
{
	if (u->tests || u->benches)
		return (u->tests && t->provider == PROVIDER_TEST) ||
		       (u->benches && t->provider == PROVIDER_BENCH);
	return t->provider != PROVIDER_TEST && t->provider != PROVIDER_BENCH;
}

static void place_each(struct resolver *r, struct target *t)
{
	struct target *next;

	for (; t; t = next) {
		next = t->next;
		place(r, t);
	}
}

static void place_all(struct resolver *r, struct target *t)
{
	struct target *next;

	if (t->provider == PROVIDER_UPROBE && r->u->config.probe_inline)
		t = context_inlined(r->u, t);
	while (t) {
		next = t->next;
		t->next = NULL;
		place_each(r, t->wild && !is_shared(t, &r->needs) ? expand(r, t)
								  : t);
		t = next;
	}
}

/* ---- alternatives ---- */

/* Every span among them in each way that it can be done. */
static struct target *all_ways(struct resolver *r, struct target *list)
{
	struct target *first = NULL, **tail = &first, *next;

	for (; list; list = next) {
		next = list->otherwise;
		*tail = list;
		if (providers[list->provider].flags & HAS_SPAN)
			*tail = span_choices(r->u, list, &r->needs);
		while (*tail && *tail != list)
			tail = &(*tail)->otherwise;
		if (*tail)
			tail = &list->otherwise;
		*tail = NULL;
	}
	return first;
}

/* What follows t and can be had by the same program becomes its alternative. */
static void merge(struct resolver *r, struct target *t)
{
	struct target **tail = &t->alternative, *alt;

	/* one that can't be shared can't tell either which of them it is */
	while ((alt = t->otherwise) && is_shared(t, &r->needs) &&
	       alt->provider == t->provider && !t->span && !alt->span &&
	       !t->wild && !alt->wild && !wants_context(t, &r->needs)) {
		t->otherwise = alt->otherwise;
		alt->otherwise = NULL;
		*tail = alt;
		tail = &alt->alternative;
	}
}

/* Copies of the others of t's kind, linked by alternative. */
static struct target *like(struct resolver *r, const struct target *t)
{
	struct target *first = NULL, **tail = &first;
	const struct target *o;

	for (o = r->choices; o; o = o->otherwise) {
		if (o == t || o->provider != t->provider || o->wild ||
		    o->span != t->span)
			continue;
		*tail = arena_make(r->u->arena, struct target);
		**tail = *o;
		(*tail)->alternative = (*tail)->otherwise = NULL;
		tail = &(*tail)->alternative;
	}
	return first;
}

/* One that this kernel has not takes its arguments from another of its kind. */
static void place_choice(struct resolver *r, struct target *t)
{
	struct target *merged = t->alternative;

	if (!t->wild && wants_context(t, &r->needs))
		t->alternative = like(r, t);
	place_all(r, t);
	t->alternative = merged;
}

/*
 * Each alternative gets a program of its own, and which is loaded the running
 * kernel decides.  One whose arguments are asked for and not known here can't
 * be compiled, which is no error while there is another.
 */
static void place_choices(struct resolver *r, struct target *list)
{
	struct body **from = r->tail, **before;
	VEC(const struct target *) left = { 0 };
	struct target *t;
	size_t i;

	r->group = ++r->groups;
	r->choice = 0;
	r->choices = list;
	for (t = list; t; t = t->otherwise, r->choice++) {
		before = r->tail;
		r->u->diags->quiet++;
		place_choice(r, t);
		r->u->diags->quiet--;
		if (!*before)
			*vec_push(r->u->arena, &left) = t;
	}
	if (!*from) /* say why not the first */
		place_choice(r, list);
	for (i = 0; *from && i < left.n; i++)
		warn_left_out(r, left.v[i]);
	r->group = r->choice = 0;
	r->choices = NULL;
}

static void resolve_kinds(struct resolver *r, const struct point *p)
{
	struct target *t = point_kinds(r->u, matcher(r), p), *next;

	for (; t; t = next) {
		next = t->next;
		t->next = NULL;
		place_all(r, t);
	}
}

static void resolve_point(struct resolver *r, struct point *p)
{
	struct target *list, *t;

	if (point_is_globbed(p) && !p->alternative) {
		resolve_kinds(r, p);
		return;
	}
	list = all_ways(r, point_target(r->u, p));
	if (list && !is_wanted(r->u, list)) {
		r->left_out = true;
		return;
	}
	for (t = list; t; t = t->otherwise)
		merge(r, t);
	if (!list)
		return;
	if (list->otherwise)
		place_choices(r, list);
	else
		place_all(r, list);
}

/* ---- clauses ---- */

/* The entry of a span looks like its return, but for what it runs. */
static void add_entry(struct resolver *r, struct body *leave)
{
	struct body *enter;
	struct target *t, **tail;

	r->group = leave->group;
	r->choice = leave->choice;
	enter = append_body(r, leave->targets->entry->provider);
	enter->span = leave->span;
	enter->span->enter = enter;
	tail = &enter->targets;
	for (t = leave->targets; t; t = t->next) {
		*tail = t->entry;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
	}
	r->group = r->choice = 0;
}

static void resolve_clause(struct resolver *r, struct probe *clause)
{
	struct body *b, *end;
	struct point *p;

	r->clause = clause;
	r->needs = (struct needs){ 0 };
	find_needs(r->u->arena, clause->pred, &r->needs);
	find_needs(r->u->arena, clause->body, &r->needs);
	r->chain = NULL;
	for (p = clause->points; p; p = p->next)
		resolve_point(r, p);
	end = NULL;
	for (b = r->chain; b; b = b->next)
		end = b;
	for (b = r->chain; b; b = b == end ? NULL : b->next)
		if (b->targets->span && span_pair(r->u, b, &r->needs))
			add_entry(r, b);
}

static void limit_bodies(struct unit *u, uint32_t n)
{
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

/* An iterator is done once it has seen all there is, and then so is the
 * program: nothing would be left of other probes. */
static void check_iterators(struct unit *u)
{
	const struct body *b, *iter = NULL, *other = NULL;

	for (b = u->bodies; b; b = b->next) {
		if (b->provider == PROVIDER_ITER)
			iter = b;
		else if (b->provider != PROVIDER_BEGIN &&
			 b->provider != PROVIDER_END)
			other = b;
	}
	if (iter && other)
		diag_hint(u->diags,
			  diag_error(u->diags, other->targets->at,
				     DIAG_BAD_PROBE,
				     "an iterator can't be in one program with "
				     "%s",
				     other->targets->name),
			  "a program with iter has iter, begin and end only; "
			  "put the others into a program of their own");
}

static void no_probes(struct unit *u, bool left_out)
{
	const char *what = u->tests && u->benches ? "tests or benchmarks"
			   : u->tests		  ? "tests"
			   : u->benches		  ? "benchmarks"
						  : "probes";
	const char *hint = "write one, as in: begin { print(\"hello\") }";

	if (u->tests || u->benches)
		hint = u->tests ? "write one, as in: test:name { return 0 }"
				: "write one, as in: bench:name { @ = 1 }";
	else if (left_out)
		hint = "run its tests with --test, its benchmarks with "
		       "--bench";
	diag_hint(
		u->diags,
		diag_plain(u->diags, DIAG_INPUT, "the script has no %s", what),
		"%s", hint);
}

void resolve(struct unit *u)
{
	struct resolver r = { .u = u, .tail = &u->bodies };
	struct probe *clause;

	for (clause = u->prog->probes; clause; clause = clause->next)
		resolve_clause(&r, clause);
	match_close(r.m);
	check_iterators(u);
	if (!u->diags->nerrors)
		limit_bodies(u, r.nbodies);
	if (!u->bodies && !u->diags->nerrors &&
	    (r.left_out || u->config.missing_probes == MISSING_ERROR))
		no_probes(u, r.left_out);
}
