#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "coreloc.h"
#include "emit_own.h"

/* Global data: constants, slots filled in before load, counters. */

LLVMValueRef emit_global(struct emitter *e, const char *name, LLVMTypeRef t,
			 LLVMValueRef init, const char *section)
{
	LLVMValueRef g = LLVMAddGlobal(e->mod, t, name);

	LLVMSetInitializer(g, init ? init : LLVMConstNull(t));
	LLVMSetAlignment(g, 8);
	if (section)
		LLVMSetSection(g, section);
	return g;
}

static LLVMValueRef constant(struct emitter *e, const char *s, uint32_t len,
			     bool nul)
{
	LLVMValueRef v = LLVMConstStringInContext2(e->cx, s, len, !nul);
	LLVMValueRef g = emit_global(e, "", LLVMTypeOf(v), v, ".rodata");

	LLVMSetLinkage(g, LLVMPrivateLinkage);
	LLVMSetGlobalConstant(g, 1);
	return g;
}

LLVMValueRef emit_const_bytes(struct emitter *e, const char *s, uint32_t len)
{
	LLVMValueRef g;

	if (memchr(s, 0, len))
		return constant(e, s, len, true);
	g = table_get(&e->state->strings, s);
	if (g && strlen(s) == len)
		return g;
	g = constant(e, s, len, true);
	if (s[len] == 0)
		table_put(&e->state->strings, e->a, s, g);
	return g;
}

/* One constant serves all; it gets its size at the end. */
LLVMValueRef emit_zeros(struct emitter *e, uint32_t size)
{
	struct emit_state *s = e->state;

	if (size > s->zeros_size)
		s->zeros_size = size;
	if (!s->zeros)
		s->zeros = LLVMAddGlobal(e->mod, e->i64, "");
	return s->zeros;
}

/* Give a placeholder its size and contents. */
static LLVMValueRef settle(struct emitter *e, LLVMValueRef old,
			   const char *name, uint64_t size, const char *section)
{
	LLVMTypeRef t = LLVMArrayType2(e->i64, (size + 7) / 8);
	LLVMValueRef g;

	LLVMSetValueName2(old, "", 0);
	g = emit_global(e, name, t, NULL, section);
	LLVMReplaceAllUsesWith(old, g);
	LLVMDeleteGlobal(old);
	return g;
}

static void settle_words(struct emitter *e, LLVMValueRef old, const char *name,
			 uint64_t size, const char *section)
{
	LLVMValueRef g = settle(e, old, name, size, section);

	if (section) {
		LLVMSetGlobalConstant(g, 1);
		LLVMSetExternallyInitialized(g, 1);
	}
	debug_global(e, g, name,
		     debug_array(e, debug_int(e, 8, false), size, size / 8));
}

/* ---- slots ---- */

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

uint32_t emit_slot_index(struct emitter *e, enum slot_kind kind,
			 const char *name, const char *module,
			 enum provider provider, uint32_t size)
{
	struct plan *p = e->plan;
	struct plan_slot *s;
	uint32_t i, end = 0;

	for (i = 0; i < p->slots.n; i++) {
		s = &p->slots.v[i];
		if (s->kind == kind && same(s->name, name) &&
		    same(s->module, module) && s->provider == provider)
			return i;
		end = s->offset + (s->size + 7) / 8 * 8;
	}
	s = vec_push(e->a, &p->slots);
	s->kind = kind;
	s->name = name ? name : "";
	s->module = module ? module : "";
	s->provider = provider;
	s->offset = end;
	s->size = size;
	return i;
}

LLVMValueRef emit_slot_ptr(struct emitter *e, uint32_t index)
{
	struct emit_state *s = e->state;

	if (!s->slots)
		s->slots = LLVMAddGlobal(e->mod, e->i64, "");
	return emit_offset(e, s->slots, e->plan->slots.v[index].offset);
}

LLVMValueRef emit_slot(struct emitter *e, enum slot_kind kind, const char *name)
{
	uint32_t i = emit_slot_index(e, kind, name, NULL, 0, 8);

	return emit_volatile_load(e, e->i64, emit_slot_ptr(e, i), 8);
}

static LLVMValueRef field_exists(struct emitter *e, const struct condition *c)
{
	const struct member *const *path =
		(const struct member *const *)c->path;

	if (c->name)
		return core_name_exists(e, c->type, path, c->npath, c->name);
	return core_field(e, c->type, path, c->npath, CORE_EXISTS);
}

LLVMValueRef emit_condition(struct emitter *e, uint32_t index)
{
	const struct condition *c = &e->u->conditions.v[index];
	LLVMValueRef v = NULL;
	uint32_t i;

	switch (c->kind) {
	case COND_FIELD:
		v = field_exists(e, c);
		break;
	case COND_TYPE:
		v = core_type_exists(e, c->type);
		break;
	case COND_ENUMERATOR:
		v = core_enum_exists(e, c->type, c->name, c->value);
		break;
	case COND_SYMBOL:
		v = emit_slot(e, SLOT_HAS_SYMBOL, c->name);
		break;
	case COND_ARG:
		v = emit_arg_exists(e, c->name);
		break;
	case COND_POINT:
		i = emit_slot_index(e, SLOT_HAS_POINT, c->name, c->module,
				    c->provider, 8);
		v = emit_volatile_load(e, e->i64, emit_slot_ptr(e, i), 8);
		break;
	}
	return LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), "");
}

/* ---- counters ---- */

static uint32_t add_counter(struct emitter *e, uint32_t kind, uint32_t of)
{
	struct plan_counter *c = vec_push(e->a, &e->plan->counters);
	uint32_t i = (uint32_t)e->plan->counters.n - 1;

	c->kind = kind;
	c->map = of;
	c->offset = i * 8;
	return i;
}

static uint32_t counter_index(struct emitter *e, enum counter_kind kind,
			      uint32_t of)
{
	const struct plan *p = e->plan;
	uint32_t i;

	for (i = 0; i < p->counters.n; i++)
		if (p->counters.v[i].kind == kind && p->counters.v[i].map == of)
			return i;
	return add_counter(e, kind, of);
}

static LLVMValueRef counter_at(struct emitter *e, uint32_t i)
{
	struct emit_state *s = e->state;

	if (!s->counters)
		s->counters = LLVMAddGlobal(e->mod, e->i64, "");
	return emit_offset(e, s->counters, i * 8ull);
}

static void add_one(struct emitter *e, LLVMValueRef at)
{
	LLVMBuildAtomicRMW(e->b, LLVMAtomicRMWBinOpAdd, at, emit_int(e, 1),
			   LLVMAtomicOrderingMonotonic, 0);
}

void emit_count_up(struct emitter *e, enum counter_kind kind, uint32_t of)
{
	add_one(e, counter_at(e, counter_index(e, kind, of)));
}

static LLVMValueRef is_error(struct emitter *e, LLVMValueRef ret, int err)
{
	return LLVMBuildICmp(e->b, LLVMIntEQ, ret,
			     emit_int(e, (uint64_t)(int64_t)-err), "");
}

/* Which of a map's counters: locks that cannot be had are EBUSY, since Linux
 * 6.15 also EDEADLK and ETIMEDOUT. */
static LLVMValueRef cause_of(struct emitter *e, LLVMValueRef ret)
{
	static const struct {
		int err;
		enum counter_kind kind;
	} causes[] = {
		{ E2BIG, COUNTER_MAP_FULL },	 { ENOMEM, COUNTER_MAP_MEMORY },
		{ EBUSY, COUNTER_MAP_BUSY },	 { EDEADLK, COUNTER_MAP_BUSY },
		{ ETIMEDOUT, COUNTER_MAP_BUSY },
	};
	LLVMValueRef which = emit_int(e, COUNTER_MAP_OTHER - COUNTER_MAP_FULL);
	size_t i;

	for (i = 0; i < countof(causes); i++)
		which = LLVMBuildSelect(
			e->b, is_error(e, ret, causes[i].err),
			emit_int(e, causes[i].kind - COUNTER_MAP_FULL), which,
			"");
	return which;
}

void emit_count_refused(struct emitter *e, uint32_t map, LLVMValueRef ret)
{
	struct plan_map *row = &e->plan->maps.v[map];
	LLVMValueRef which = cause_of(e, ret), at;
	uint32_t kind;

	if (!row->refused) {
		row->refused = (uint32_t)e->plan->counters.n + 1;
		for (kind = COUNTER_MAP_FULL; kind <= COUNTER_MAP_OTHER; kind++)
			add_counter(e, kind, map);
	}
	at = counter_at(e, row->refused - 1);
	add_one(e, LLVMBuildGEP2(e->b, e->i64, at, &which, 1, ""));
}

/* ---- whole module ---- */

static void license(struct emitter *e)
{
	const char *s = e->u->config.license;
	LLVMValueRef v;

	if (!s)
		s = "GPL";
	v = LLVMConstStringInContext2(e->cx, s, strlen(s), 0);
	emit_global(e, "wg_license", LLVMTypeOf(v), v, "license");
}

static void plan_section(struct emitter *e)
{
	size_t size;
	uint8_t *bytes = plan_encode(e->plan, &size);
	LLVMValueRef v =
		LLVMConstStringInContext2(e->cx, (char *)bytes, size, 1);
	LLVMValueRef g =
		emit_global(e, "wg_plan", LLVMTypeOf(v), v, PLAN_SECTION);

	LLVMSetGlobalConstant(g, 1);
	free(bytes);
}

void emit_data_finish(struct emitter *e)
{
	struct emit_state *s = e->state;
	struct plan *p = e->plan;
	struct plan_slot *last =
		p->slots.n ? &p->slots.v[p->slots.n - 1] : NULL;

	if (s->slots)
		settle_words(e, s->slots, "wg_slots",
			     last->offset + (last->size + 7) / 8 * 8,
			     ".rodata");
	if (s->counters)
		settle_words(e, s->counters, "wg_counters", p->counters.n * 8,
			     NULL);
	if (s->zeros) {
		s->zeros = settle(e, s->zeros, "", s->zeros_size, ".rodata");
		LLVMSetLinkage(s->zeros, LLVMPrivateLinkage);
		LLVMSetGlobalConstant(s->zeros, 1);
	}
	license(e);
	plan_section(e);
}
