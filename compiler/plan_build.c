/* plan_build.c - bodies and their targets as rows of the plan. */
#include "probe.h"
#include "sema.h"

static void fill_point(struct unit *u, struct plan_point *p,
		       const struct target *t)
{
	const struct target *alt;

	*p = (struct plan_point){
		.provider = t->provider,
		.name = t->name,
		.module = t->module,
		.target = t->target,
		.span = t->span ? t->span->id : 0,
		.wild = t->wild,
		.offset = t->offset,
		.period = t->period,
		.param = t->param ? t->param : "",
		.optional = t->optional,
	};
	for (alt = t->alternative; alt; alt = alt->alternative) {
		struct target one = *alt;

		one.alternative = NULL;
		fill_point(u, vec_push(u->arena, &p->alternatives), &one);
	}
}

/* The last column of a span, or of its first line. */
static uint32_t end_col(const struct place *at)
{
	return (uint32_t)(at->end_line == at->line ? at->end_col : at->len + 1);
}

/* Most points stand in the line that the program begins in. */
static void place_point(struct unit *u, const struct plan_program *p,
			struct plan_point *pt, struct span where)
{
	struct place at = source_place(u->prog->sources, where);

	pt->line = (uint32_t)at.line;
	pt->col = (uint32_t)at.col;
	pt->end_col = end_col(&at);
	pt->source = "";
	if (pt->line != p->line)
		pt->source = arena_strndup(u->arena, at.text, (size_t)at.len);
}

static void fill_program(struct unit *u, const struct body *b)
{
	struct plan_program *p = vec_push(u->arena, &u->plan->programs);
	struct place at = source_place(u->prog->sources, b->targets->at);
	const struct target *t;

	*p = (struct plan_program){
		.elf_name = b->elf_name,
		.provider = b->provider,
		.group = b->group,
		.choice = b->choice,
		.side = b->side,
		.entry_of = b->span && b->span->enter == b
				    ? b->span->leave->index + 1
				    : 0,
		.file = at.src->name,
		.line = (uint32_t)at.line,
		.col = (uint32_t)at.col,
		.end_col = end_col(&at),
		.source = arena_strndup(u->arena, at.text, (size_t)at.len),
		.args = b->usdt_args,
	};
	for (t = b->targets; t; t = t->next) {
		struct plan_point *pt = vec_push(u->arena, &p->points);

		fill_point(u, pt, t);
		place_point(u, p, pt, t->at);
	}
}

void plan_programs(struct unit *u)
{
	const struct body *b;

	type_plan(&u->types, u->plan, u->arena, &type_void);
	for (b = u->bodies; b; b = b->next)
		fill_program(u, b);
}
