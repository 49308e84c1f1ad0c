/*
 * plan_check.c - is a plan consistent?
 *
 * After this the runtime indexes and reads without looking again.  What is in
 * records and map values is the kernel's and not known here: those that render
 * it check what they find.
 */
#include "plan.h"

#include "agg.h"

enum {
	MAX_SIZE = 1 << 20,   /* bytes of a value, record, variable */
	MAX_DEPTH = 64,	      /* of types within types */
	MAX_PARTS = 1 << 20,  /* texts that showing one value puts together */
	MAX_FRAMES = 1 << 14, /* of a stack */
	MAX_WIDTH = 1 << 16,  /* of a conversion */
};

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

struct check {
	const struct plan *p;
	char *err;
	size_t errsize;
	uint8_t *visits; /* enum visit, by type */
	uint32_t *parts; /* texts in a value, by type */
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct check *c,
							 const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(c->err, c->errsize,
			 "the program image is inconsistent: ");

	va_start(ap, fmt);
	if (n > 0 && (size_t)n < c->errsize)
		vsnprintf(c->err + n, c->errsize - (size_t)n, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- types ---- */

/* The fewest bytes that a show_<name>() reads, lists of members aside. */
static uint32_t least_size(const struct plan_type *t)
{
	switch ((enum show)t->show) {
	case SHOW_NONE:
	case SHOW_STRING:
	case SHOW_ARRAY:
	case SHOW_TUPLE:
	case SHOW_RECORD:
	case SHOW_STRUCT:
		return 0;
	case SHOW_INT:
	case SHOW_BOOL:
	case SHOW_ENUM:
		return 1;
	case SHOW_BUFFER:
	case SHOW_USERNAME:
	case SHOW_COMM:
		return 4;
	case SHOW_MACADDR:
		return 6;
	case SHOW_PTR:
	case SHOW_KSYM:
	case SHOW_PROBE:
	case SHOW_COUNT:
	case SHOW_SUM:
		return 8;
	case SHOW_USYM:
	case SHOW_KSTACK:
	case SHOW_USTACK:
	case SHOW_TIMESTAMP:
	case SHOW_CGROUP_PATH:
	case SHOW_MIN:
	case SHOW_MAX:
	case SHOW_AVG:
	case SHOW_STATS:
		return 16;
	case SHOW_INET:
		return 20;
	case SHOW_HIST:
	case SHOW_LHIST:
		return t->n < MAX_SIZE / 8 ? t->n * 8 : MAX_SIZE;
	case SHOW_TSERIES:
		return t->n < MAX_SIZE / TSERIES_BYTES ? t->n * TSERIES_BYTES
						       : MAX_SIZE;
	case NSHOWS:
		break;
	}
	return MAX_SIZE;
}

static bool is_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool is_number(const struct plan_type *t)
{
	return t->show == SHOW_INT || t->show == SHOW_ENUM ||
	       t->show == SHOW_BOOL;
}

static bool check_buckets(const struct check *c, const struct plan_type *t)
{
	int64_t min = (int64_t)t->min, max = (int64_t)t->max;
	int64_t step = (int64_t)t->step;

	if (t->show == SHOW_HIST)
		return (t->bits <= HIST_MAX_BITS &&
			t->n == hist_buckets(t->bits)) ||
		       refuse(c, "a histogram has %u buckets", t->n);
	return (min < max && step > 0 && t->n &&
		lhist_buckets(min, max, step) == t->n) ||
	       refuse(c, "a linear histogram has %u buckets", t->n);
}

static bool check_type(const struct check *c, uint32_t i)
{
	const struct plan_type *t = &c->p->types.v[i];

	if (t->show >= NSHOWS)
		return refuse(c, "type %u is of an unknown kind", i);
	if (t->size > MAX_SIZE || t->size < least_size(t))
		return refuse(c, "type %u has %u bytes", i, t->size);
	if (is_number(t) && !is_number_size(t->size))
		return refuse(c, "a number has %u bytes", t->size);
	if (t->mode > STACK_BUILD_ID)
		return refuse(c, "type %u has an unknown stack mode", i);
	if (t->show == SHOW_HIST || t->show == SHOW_LHIST)
		return check_buckets(c, t);
	if (t->show == SHOW_TSERIES &&
	    (!t->n || !t->min || t->bits > TSERIES_SUM))
		return refuse(c, "a series has %u intervals", t->n);
	return true;
}

static bool check_field(const struct check *c, const struct plan_field *f,
			uint32_t size)
{
	uint64_t bytes, first = f->offset;

	if (f->type >= c->p->types.n)
		return refuse(c, "member '%s' has type %u of %zu", f->name,
			      f->type, c->p->types.n);
	bytes = c->p->types.v[f->type].size;
	if (f->bits) {
		first += f->bit_offset / 8;
		if (f->bits > 64 || !is_number(&c->p->types.v[f->type]))
			return refuse(c, "member '%s' has %u bits", f->name,
				      f->bits);
		bytes = (f->bit_offset % 8 + f->bits + 7) / 8;
	}
	if (first + bytes > size)
		return refuse(c, "member '%s' lies outside its %u bytes",
			      f->name, size);
	return true;
}

static bool visit(struct check *c, uint32_t i, int depth);

static bool visit_array(struct check *c, uint32_t i, int depth)
{
	const struct plan_type *t = &c->p->types.v[i], *e;
	uint64_t parts;

	if (t->elem >= c->p->types.n)
		return refuse(c, "array %u has elements of type %u", i,
			      t->elem);
	e = &c->p->types.v[t->elem];
	if (t->n > MAX_SIZE || (uint64_t)t->n * e->size > t->size)
		return refuse(c, "array %u is larger than its %u bytes", i,
			      t->size);
	if (!visit(c, t->elem, depth + 1))
		return false;
	parts = 1 + (uint64_t)t->n * c->parts[t->elem];
	if (parts > MAX_PARTS)
		return refuse(c, "array %u is too large to be shown", i);
	c->parts[i] = (uint32_t)parts;
	return true;
}

static bool visit_fields(struct check *c, uint32_t i, int depth)
{
	const struct plan_type *t = &c->p->types.v[i];
	uint64_t parts = 1;
	size_t k;

	for (k = 0; k < t->fields.n; k++) {
		const struct plan_field *f = &t->fields.v[k];

		if (!check_field(c, f, t->size) ||
		    !visit(c, f->type, depth + 1))
			return false;
		parts += c->parts[f->type];
		if (parts > MAX_PARTS)
			return refuse(c, "type %u is too large to be shown", i);
	}
	c->parts[i] = (uint32_t)parts;
	return true;
}

/* Follows a type into its members: no cycles, no depth that would exhaust the
 * stack, no sharing that makes a short plan a value without end. */
static bool visit(struct check *c, uint32_t i, int depth)
{
	bool ok;

	if (c->visits[i] == VISIT_DONE)
		return true;
	if (c->visits[i] == VISIT_OPEN)
		return refuse(c, "type %u contains itself", i);
	if (depth > MAX_DEPTH)
		return refuse(c, "its types are nested too deeply");
	c->visits[i] = VISIT_OPEN;
	if (c->p->types.v[i].show == SHOW_ARRAY)
		ok = visit_array(c, i, depth);
	else
		ok = visit_fields(c, i, depth);
	c->visits[i] = VISIT_DONE;
	return ok;
}

static bool check_types(struct check *c)
{
	uint32_t i;

	if (!c->p->types.n || c->p->types.v[0].show != SHOW_NONE)
		return refuse(c, "it has no type 0");
	for (i = 0; i < c->p->types.n; i++)
		if (!check_type(c, i))
			return false;
	for (i = 0; i < c->p->types.n; i++)
		if (!visit(c, i, 0))
			return false;
	return true;
}

/* ---- events ---- */

static bool check_segment(const struct check *c, const struct plan_event *e,
			  const struct plan_segment *s)
{
	static const char letters[] = "diuxXocpsrRHg";
	size_t i = 0;

	if (!s->conv)
		return true;
	while (letters[i] && (uint32_t)letters[i] != s->conv)
		i++;
	if (!letters[i])
		return refuse(c, "a format has the unknown conversion %u",
			      s->conv);
	if (s->arg >= e->fields.n)
		return refuse(c, "a format shows argument %u of %zu", s->arg,
			      e->fields.n);
	if (s->flags & FORMAT_WIDTH_ARG ? !s->width || s->width > e->fields.n
					: s->width > MAX_WIDTH)
		return refuse(c, "a conversion has width %u", s->width);
	if (s->flags & FORMAT_PREC_ARG ? !s->prec || s->prec > e->fields.n
				       : s->prec > MAX_WIDTH)
		return refuse(c, "a conversion has precision %u", s->prec);
	if (s->size && !is_number_size(s->size))
		return refuse(c, "a conversion is of %u bytes", s->size);
	return true;
}

/* What act_<name>() reads at fixed places: so many fields of so many bytes. */
struct need {
	uint32_t fields, size;
};

static struct need event_need(enum action a)
{
	switch (a) {
	case ACTION_PRINT_VALUE:
		return (struct need){ 1, 0 };
	case ACTION_PRINT_MAP:
		return (struct need){ 2, 8 };
	case ACTION_EXIT:
	case ACTION_RESULT:
		return (struct need){ 1, 4 };
	case ACTION_JOIN:
		return (struct need){ 2, 4 };
	case ACTION_SKBOUTPUT:
		return (struct need){ 4, 1 };
	case ACTION_PRINTF:
	case ACTION_ERRORF:
	case ACTION_WARNF:
	case ACTION_CLEAR:
	case ACTION_ZERO:
	case ACTION_TIME:
	case ACTION_CAT:
	case ACTION_SYSTEM:
	case ACTION_RUNTIME:
	case NACTIONS:
		break;
	}
	return (struct need){ 0, 0 };
}

static bool uses_map(uint32_t action)
{
	return action == ACTION_PRINT_MAP || action == ACTION_CLEAR ||
	       action == ACTION_ZERO;
}

static bool check_event(const struct check *c, const struct plan_event *e)
{
	struct need need;
	size_t i;

	if (e->action >= NACTIONS)
		return refuse(c, "an event has the unknown action %u",
			      e->action);
	if (e->size < sizeof(struct record_header) || e->size > MAX_SIZE)
		return refuse(c, "an event has %u bytes", e->size);
	if (uses_map(e->action) && e->map >= c->p->maps.n)
		return refuse(c, "an event names map %u of %zu", e->map,
			      c->p->maps.n);
	need = event_need((enum action)e->action);
	if (e->fields.n < need.fields)
		return refuse(c, "%s has %zu arguments",
			      action_name((enum action)e->action), e->fields.n);
	for (i = 0; i < e->fields.n; i++) {
		const struct plan_field *f = &e->fields.v[i];

		if (!check_field(c, f, e->size))
			return false;
		if (f->bits)
			return refuse(c, "an argument is a bit-field");
		if (i < need.fields && c->p->types.v[f->type].size < need.size)
			return refuse(c, "an argument of %s is too short",
				      action_name((enum action)e->action));
	}
	if (e->action == ACTION_JOIN && !e->text_size)
		return refuse(c, "join has strings of no length");
	for (i = 0; i < e->segments.n; i++)
		if (!check_segment(c, e, &e->segments.v[i]))
			return false;
	return true;
}

/* ---- the rest ---- */

static bool check_map(const struct check *c, const struct plan_map *m)
{
	const struct plan_type *types = c->p->types.v;

	if (m->key >= c->p->types.n || m->value >= c->p->types.n)
		return refuse(c, "%s has a type that is not there", m->name);
	if (m->key_size > MAX_SIZE || m->value_size > MAX_SIZE ||
	    !m->key_size || !m->value_size)
		return refuse(c, "%s has keys of %u and values of %u bytes",
			      m->name, m->key_size, m->value_size);
	if (types[m->key].size > m->key_size ||
	    types[m->value].size > m->value_size)
		return refuse(c, "%s is too small for its types", m->name);
	if (m->scalar && m->key_size != 4)
		return refuse(c, "the scalar %s has keys of %u bytes", m->name,
			      m->key_size);
	if (m->scalar && (uint64_t)m->present + 8 > m->value_size)
		return refuse(c, "%s has its flag outside its value", m->name);
	if (m->refused > c->p->counters.n)
		return refuse(c, "%s has counter %u of %zu", m->name,
			      m->refused, c->p->counters.n);
	return true;
}

static bool check_point(const struct check *c, const struct plan_point *pt,
			int depth)
{
	size_t i;

	if (pt->provider >= NPROVIDERS || pt->span >= NPROVIDERS)
		return refuse(c, "%s is of an unknown provider", pt->name);
	if (depth > MAX_DEPTH)
		return refuse(c, "its alternatives are nested too deeply");
	for (i = 0; i < pt->alternatives.n; i++)
		if (!check_point(c, &pt->alternatives.v[i], depth + 1))
			return false;
	return true;
}

static bool check_program(const struct check *c, const struct plan_program *g)
{
	size_t i;

	if (g->provider >= NPROVIDERS)
		return refuse(c, "program %s is of an unknown provider",
			      g->elf_name);
	if (g->entry_of > c->p->programs.n)
		return refuse(c, "program %s is the entry of %u of %zu",
			      g->elf_name, g->entry_of, c->p->programs.n);
	if (!g->points.n)
		return refuse(c, "program %s has no points", g->elf_name);
	if (g->side > SIDE_EXIT ||
	    (g->side && g->provider != PROVIDER_TRACEPOINT))
		return refuse(c, "program %s is for end %u of system calls",
			      g->elf_name, g->side);
	for (i = 0; i < g->points.n; i++)
		if (!check_point(c, &g->points.v[i], 0))
			return false;
	return true;
}

static bool check_arg(const struct check *c, const struct plan_arg *a)
{
	if (a->program >= c->p->programs.n)
		return refuse(c, "an argument is of program %u of %zu",
			      a->program, c->p->programs.n);
	if (a->offset > MAX_SIZE || a->size > MAX_SIZE || a->loc > LOC_REL ||
	    a->absent > 1)
		return refuse(c, "an argument has %u bytes at %u", a->size,
			      a->offset);
	return true;
}

static uint32_t slot_size(const struct plan_slot *s)
{
	return s->kind == SLOT_SYSCALLS ? NSYSCALLS * 2 : 8;
}

static bool check_slot(const struct check *c, const struct plan_slot *s)
{
	if (s->kind > SLOT_COMPAT)
		return refuse(c, "a slot is of the unknown kind %u", s->kind);
	if (s->provider >= NPROVIDERS)
		return refuse(c, "a slot has the unknown provider %u",
			      s->provider);
	if (!s->size || (uint64_t)s->offset + s->size > MAX_SIZE ||
	    (s->kind != SLOT_PARAM && s->size != slot_size(s)))
		return refuse(c, "a slot has %u bytes at %u", s->size,
			      s->offset);
	return true;
}

static bool check_counter(const struct check *c, const struct plan_counter *k)
{
	if (k->kind >= NCOUNTERS)
		return refuse(c, "a counter is of the unknown kind %u",
			      k->kind);
	if (k->kind >= COUNTER_MAP_FULL && k->kind <= COUNTER_MAP_OTHER &&
	    k->map >= c->p->maps.n)
		return refuse(c, "a counter names map %u of %zu", k->map,
			      c->p->maps.n);
	if (k->kind >= COUNTER_SPAN_EARLY && k->map >= c->p->programs.n)
		return refuse(c, "a counter names program %u of %zu", k->map,
			      c->p->programs.n);
	if (k->offset > MAX_SIZE)
		return refuse(c, "a counter is at %u", k->offset);
	return true;
}

static bool check_param(const struct check *c, const struct plan_param *a)
{
	if (a->kind > PARAM_STR)
		return refuse(c, "option '%s' is of the unknown kind %u",
			      a->name, a->kind);
	if (a->slot > c->p->slots.n)
		return refuse(c, "option '%s' has slot %u of %zu", a->name,
			      a->slot, c->p->slots.n);
	return true;
}

static bool check_config(const struct check *c)
{
	const struct plan *p = c->p;

	if (p->version != PLAN_VERSION)
		return refuse(c, "its version is %u", p->version);
	if (p->user_symbols > SYMBOLS_NONE || p->missing > MISSING_IGNORE)
		return refuse(c, "a setting is unknown");
	if (p->stack_frames > MAX_FRAMES)
		return refuse(c, "stacks have %u frames", p->stack_frames);
	return true;
}

#define EACH(list, check_row)                                      \
	do {                                                       \
		for (size_t i = 0; i < c.p->list.n; i++)           \
			ok = ok && check_row(&c, &c.p->list.v[i]); \
	} while (0)

bool plan_check(const struct plan *p, char *err, size_t errsize)
{
	struct arena *a = arena_new();
	struct check c = { .p = p, .err = err, .errsize = errsize };
	bool ok;

	c.visits = arena_alloc(a, p->types.n);
	c.parts = arena_alloc(a, p->types.n * sizeof(*c.parts));
	ok = check_config(&c) && check_types(&c);
	EACH(events, check_event);
	EACH(maps, check_map);
	EACH(programs, check_program);
	EACH(args, check_arg);
	EACH(slots, check_slot);
	EACH(counters, check_counter);
	EACH(params, check_param);
	arena_free(a);
	return ok;
}
