#include <string.h>

#include "emit_own.h"

/*
 * Where variables and temporaries live.  Small ones are on the stack, of which
 * LLVM makes registers where it can; the others are in the program's own entry
 * of the per-CPU map "scratch".  What a loop's callback shares with the program
 * around it is in the program's frame, whose address is the callback's context.
 */

static uint32_t round8(uint32_t n)
{
	return (n + 7) / 8 * 8;
}

LLVMValueRef emit_scratch(struct emitter *e, uint32_t offset)
{
	LLVMValueRef p = LLVMBuildLoad2(e->b, e->ptr, e->fn->scratch, "");

	return emit_offset(e, p, offset);
}

uint32_t emit_take_scratch(struct emitter *e, uint32_t size)
{
	struct emit_state *s = e->state;
	uint32_t at = s->scratch_used;

	s->scratch_used += round8(size);
	if (s->scratch_used > s->scratch_peak)
		s->scratch_peak = s->scratch_used;
	return at;
}

static bool fits_stack(const struct emitter *e, uint32_t size)
{
	return size <= e->u->config.on_stack_limit &&
	       e->state->stack_used + round8(size) <= STACK_BUDGET;
}

static LLVMValueRef reuse(struct emitter *e, uint32_t size, bool cell)
{
	struct emit_state *s = e->state;
	size_t i;

	for (i = 0; i < s->temps.n; i++) {
		struct stack_temp *t = &s->temps.v[i];

		if (t->taken || t->func != e->fn->func || t->size != size ||
		    t->cell != cell)
			continue;
		t->taken = ++s->clock;
		return t->slot;
	}
	return NULL;
}

static LLVMValueRef take_slot(struct emitter *e, uint32_t size,
			      const char *name, bool cell)
{
	struct emit_state *s = e->state;
	struct stack_temp *t = vec_push(e->a, &s->temps);

	*t = (struct stack_temp){ .slot = emit_alloca(e, size, name),
				  .size = size,
				  .func = e->fn->func,
				  .taken = ++s->clock,
				  .cell = cell };
	return t->slot;
}

LLVMValueRef emit_scratch_temp(struct emitter *e, uint32_t size)
{
	return emit_scratch(e, emit_take_scratch(e, size));
}

LLVMValueRef emit_stack_temp(struct emitter *e, uint32_t size, const char *name)
{
	LLVMValueRef p = reuse(e, size, false);

	if (p)
		return p;
	e->state->stack_used += size;
	return take_slot(e, size, name, false);
}

LLVMValueRef emit_temp(struct emitter *e, uint32_t size, const char *name)
{
	LLVMValueRef p;

	size = round8(size ? size : 1);
	if (fits_stack(e, size))
		return emit_stack_temp(e, size, name);
	p = reuse(e, size, false);
	return p ? p : emit_scratch_temp(e, size);
}

/* Shared by the statements: what LLVM does with slots grows with the number of
 * slots times the number of blocks. */
LLVMValueRef emit_cell(struct emitter *e, const char *name)
{
	LLVMValueRef p = reuse(e, 8, true);

	return p ? p : take_slot(e, 8, name, true);
}

struct temp_mark emit_temps_mark(struct emitter *e)
{
	return (struct temp_mark){ e->state->scratch_used, e->state->clock };
}

void emit_temps_release(struct emitter *e, struct temp_mark m)
{
	struct emit_state *s = e->state;
	size_t i;

	s->scratch_used = m.scratch;
	for (i = 0; i < s->temps.n; i++)
		if (s->temps.v[i].taken > m.clock)
			s->temps.v[i].taken = 0;
}

/* ---- variables ---- */

struct var_walk {
	struct emitter *e;
	const struct node *fn; /* the loop whose callback we are in; NULL */
	bool callbacks;
};

static void saw(struct var_walk *w, const struct variable *v)
{
	struct var_place *p;

	if (!v)
		return;
	p = &w->e->state->vars[v->id];
	if (!p->seen) {
		p->seen = true;
		p->fn_seen = w->fn;
	} else if (p->fn_seen != w->fn) {
		p->captured = true;
	}
}

static void walk(struct node *n, void *arg);

static void walk_list(struct var_walk *w, struct node *n)
{
	for (; n; n = n->next)
		walk(n, w);
}

static void walk_callback(struct var_walk *w, struct node *loop)
{
	const struct node *outer = w->fn;

	w->callbacks = true;
	w->fn = loop;
	if (loop->kind == N_WHILE) {
		walk_list(w, loop->while_.cond);
		walk_list(w, loop->while_.body);
	} else {
		saw(w, loop->loop.sym);
		walk_list(w, loop->loop.body);
	}
	w->fn = outer;
}

static void walk_for(struct var_walk *w, struct node *n)
{
	walk_list(w, n->loop.over);
	walk_list(w, n->loop.from);
	walk_list(w, n->loop.to);
	if (!loop_is_native(n)) {
		walk_callback(w, n);
		return;
	}
	saw(w, n->loop.sym);
	walk_list(w, n->loop.body);
}

static void walk(struct node *n, void *arg)
{
	struct var_walk *w = arg;

	if (n->kind == N_FOR) {
		walk_for(w, n);
		return;
	}
	if (n->kind == N_WHILE) {
		walk_callback(w, n);
		return;
	}
	if (n->kind == N_VAR)
		saw(w, n->var.sym);
	if (n->kind == N_LET)
		saw(w, n->let.sym);
	node_children(n, walk, w);
}

static void place(struct emitter *e, struct variable *v)
{
	struct emit_state *s = e->state;
	struct var_place *p = &s->vars[v->id];
	uint32_t size = round8(v->type->size ? v->type->size : 1);

	if (p->captured || !fits_stack(e, size)) {
		p->in_scratch = true;
		p->offset = emit_take_scratch(e, size);
	} else {
		s->stack_used += size;
	}
}

void emit_vars_plan(struct emitter *e)
{
	struct emit_state *s = e->state;
	struct var_walk w = { .e = e };
	struct variable *v;

	s->stack_used = s->callee_stack;
	s->frames = 0;
	s->scratch_used = s->scratch_peak = 0;
	s->temps.n = 0;
	s->vars =
		arena_alloc(e->a, (e->body->nvariables + 1) * sizeof(*s->vars));
	walk_list(&w, e->body->pred);
	walk_list(&w, e->body->block);
	s->callbacks = w.callbacks;
	if (w.callbacks)
		s->returned = emit_take_scratch(e, 8);
	if (w.callbacks && !e->fn->frame) { /* a fn has its caller's */
		s->stack_used += FRAME_SIZE;
		e->fn->frame = emit_alloca(e, FRAME_SIZE, "frame");
	}
	for (v = e->body->variables; v; v = v->next)
		place(e, v);
}

LLVMValueRef emit_var(struct emitter *e, struct variable *v)
{
	struct var_place *p = &e->state->vars[v->id];

	if (p->in_scratch)
		return emit_scratch(e, p->offset);
	/* What is unrolled is emitted more than once, callbacks too. */
	if (!p->slot || p->func != e->fn->func) {
		uint32_t size = v->type->size ? v->type->size : 1;

		p->func = e->fn->func;
		p->slot = emit_alloca(e, round8(size), v->name + 1);
	}
	return p->slot;
}
