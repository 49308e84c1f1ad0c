#include <string.h>

#include "emit_own.h"

/* The maps themselves, as libbpf reads them from BTF: variables of section
 * .maps whose type is struct { int (*type)[N]; int (*max_entries)[N]; K *key; V
 * *value; int (*map_flags)[N]; }. */

enum {
	EVENTS_SIZE = 1 << 20,	/* bytes, unless the runtime says otherwise */
	CONTROL_SIZE = 1 << 16, /* bytes */
	STACKS_A_KEY = 4,	/* stacks there is room for, a key of a map */
	/* Bytes from which on entries are not allocated beforehand, those of
	 * each CPU too. */
	PREALLOC_MAX = 64 << 20,
	PREALLOC_MAX_PERCPU = 4 << 20,
};

struct mapdef {
	const char *name;
	uint32_t type, max_entries, flags;
	LLVMMetadataRef key, value;
};

static uint32_t add_number(struct emitter *e, struct debug_member *m,
			   uint32_t i, const char *name, uint32_t value)
{
	LLVMMetadataRef num =
		debug_array(e, debug_int(e, 4, true), 4ull * value, value);

	m[i] = (struct debug_member){ .name = name,
				      .type = debug_pointer(e, num),
				      .size = 8,
				      .offset = 8ull * i };
	return i + 1;
}

static uint32_t add_type(struct emitter *e, struct debug_member *m, uint32_t i,
			 const char *name, LLVMMetadataRef type)
{
	if (!type)
		return i;
	m[i] = (struct debug_member){ .name = name,
				      .type = debug_pointer(e, type),
				      .size = 8,
				      .offset = 8ull * i };
	return i + 1;
}

static void define(struct emitter *e, LLVMValueRef g, const struct mapdef *d)
{
	struct debug_member m[5];
	uint32_t n = 0;

	n = add_number(e, m, n, "type", d->type);
	n = add_number(e, m, n, "max_entries", d->max_entries);
	n = add_type(e, m, n, "key", d->key);
	n = add_type(e, m, n, "value", d->value);
	if (d->flags)
		n = add_number(e, m, n, "map_flags", d->flags);
	debug_global(e, g, d->name, debug_struct(e, "", false, 8ull * n, m, n));
}

static LLVMValueRef declare(struct emitter *e, const char *name)
{
	LLVMTypeRef t = LLVMArrayType2(e->i64, 5);

	return emit_global(e, name, t, NULL, ".maps");
}

/* ---- maps of the script ---- */

static uint32_t map_type(const struct map *m, bool percpu)
{
	if (!m->key)
		return percpu ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY;
	if (m->kind == MAP_LRUHASH || m->kind == MAP_PERCPULRUHASH)
		return percpu ? BPF_MAP_TYPE_LRU_PERCPU_HASH
			      : BPF_MAP_TYPE_LRU_HASH;
	return percpu ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH;
}

static LLVMMetadataRef scalar_value(struct emitter *e, const struct map *m,
				    uint32_t present)
{
	struct debug_member parts[2] = {
		{ .name = "value",
		  .type = debug_type(e, m->value),
		  .size = m->value->size },
		{ .name = "present",
		  .type = debug_int(e, 8, false),
		  .size = 8,
		  .offset = present },
	};

	return debug_struct(e, "", false, present + 8, parts, 2);
}

static struct plan_map *add_row(struct emitter *e, struct map *m)
{
	struct plan_map *row = vec_push(e->a, &e->plan->maps);
	uint32_t present = (m->value->size + 7) / 8 * 8;

	m->index = (uint32_t)e->plan->maps.n - 1;
	row->name = m->name;
	row->elf_name = arena_printf(e->a, "AT_%s", m->name + 1);
	row->value = type_plan(&e->u->types, e->plan, e->a, m->value);
	row->value_size = m->value->size;
	row->key_size = 4;
	row->max_entries = 1;
	row->percpu = m->percpu;
	row->scalar = !m->key;
	if (m->key) {
		row->key = type_plan(&e->u->types, e->plan, e->a, m->key);
		row->key_size = m->key->size;
		row->max_entries = m->max_entries;
	} else {
		row->present = present;
		row->value_size = present + 8;
	}
	return row;
}

/*
 * Entries that are allocated when they come into use are refused where several
 * come while interrupts are off, as in sched_switch or a sample: the allocator
 * keeps one or a few large ones at hand (Linux 6.1 to 6.18).  Such maps are
 * for those only that would take too much memory otherwise.
 */
static uint32_t flags_of(const struct plan_map *row, uint32_t type)
{
	uint64_t bytes =
		((uint64_t)row->key_size + row->value_size) * row->max_entries;

	if (type == BPF_MAP_TYPE_PERCPU_HASH)
		return bytes > PREALLOC_MAX_PERCPU ? BPF_F_NO_PREALLOC : 0;
	if (type == BPF_MAP_TYPE_HASH)
		return bytes > PREALLOC_MAX ? BPF_F_NO_PREALLOC : 0;
	return 0;
}

static void define_map(struct emitter *e, struct map *m)
{
	struct plan_map *row = add_row(e, m);
	struct mapdef d = {
		.name = row->elf_name,
		.type = map_type(m, m->percpu),
		.max_entries = row->max_entries,
	};

	d.flags = flags_of(row, d.type);
	d.key = m->key ? debug_type(e, m->key) : debug_int(e, 4, false);
	d.value = m->key ? debug_type(e, m->value)
			 : scalar_value(e, m, row->present);
	e->state->maps[m->index] = declare(e, row->elf_name);
	define(e, e->state->maps[m->index], &d);
}

/* ---- maps of our own ---- */

static LLVMValueRef ring(struct emitter *e, const char *name, uint32_t size)
{
	struct mapdef d = { .name = name,
			    .type = BPF_MAP_TYPE_RINGBUF,
			    .max_entries = size };
	LLVMValueRef g = declare(e, name);

	define(e, g, &d);
	return g;
}

LLVMValueRef emit_stacks_map(struct emitter *e, uint32_t frames)
{
	if (frames > e->plan->stack_frames)
		e->plan->stack_frames = frames;
	if (!e->state->stacks_map)
		e->state->stacks_map = declare(e, "stacks");
	return e->state->stacks_map;
}

static LLVMMetadataRef words(struct emitter *e, uint32_t n)
{
	return debug_array(e, debug_int(e, 8, false), 8ull * n, n);
}

LLVMValueRef emit_own_hash(struct emitter *e, const char *name, uint32_t words_,
			   uint32_t max_entries)
{
	struct mapdef d = { .name = name,
			    .type = BPF_MAP_TYPE_HASH,
			    .max_entries = max_entries,
			    .key = debug_int(e, 8, false),
			    .value = words(e, words_) };
	LLVMValueRef g = declare(e, name);

	define(e, g, &d);
	return g;
}

static void define_scratch(struct emitter *e)
{
	struct emit_state *s = e->state;
	struct mapdef d = { .name = "scratch",
			    .type = BPF_MAP_TYPE_PERCPU_ARRAY,
			    .key = debug_int(e, 4, false) };
	struct body *b;

	if (!s->scratch_size) {
		LLVMDeleteGlobal(s->scratch_map);
		return;
	}
	for (b = e->u->bodies; b; b = b->next)
		if (b->index >= d.max_entries)
			d.max_entries = b->index + 1;
	d.value = words(e, (s->scratch_size + 7) / 8);
	define(e, s->scratch_map, &d);
}

static void define_stacks(struct emitter *e)
{
	struct mapdef d = { .name = "stacks",
			    .type = BPF_MAP_TYPE_HASH,
			    .key = debug_int(e, 8, false) };
	uint64_t bytes;

	if (!e->state->stacks_map)
		return;
	/* max_map_keys is 2^26 at most. */
	d.max_entries = (uint32_t)e->u->config.max_map_keys * STACKS_A_KEY;
	if (!d.max_entries)
		d.max_entries = 1u << 31;
	bytes = (e->plan->stack_frames + 1ull) * 8 * d.max_entries;
	if (bytes > PREALLOC_MAX)
		d.flags = BPF_F_NO_PREALLOC; /* see flags_of() */
	d.value = words(e, e->plan->stack_frames);
	define(e, e->state->stacks_map, &d);
}

LLVMValueRef emit_usdt_map(struct emitter *e)
{
	struct mapdef d = { .name = "usdt_args",
			    .type = BPF_MAP_TYPE_ARRAY,
			    .max_entries = 1, /* the runtime knows how many */
			    .key = debug_int(e, 4, false) };

	if (e->state->usdt_map)
		return e->state->usdt_map;
	d.value = words(e, USDT_MAX_ARGS * sizeof(struct usdt_arg) / 8);
	e->state->usdt_map = declare(e, d.name);
	define(e, e->state->usdt_map, &d);
	return e->state->usdt_map;
}

void emit_maps_define(struct emitter *e)
{
	struct emit_state *s = e->state;
	const struct table *t = &e->u->maps;
	size_t i;

	s->maps = arena_alloc(e->a, (t->entries.n + 1) * sizeof(*s->maps));
	for (i = 0; i < t->entries.n; i++)
		define_map(e, t->entries.v[i].value);
	s->scratch_map = declare(e, "scratch");
}

void emit_maps_finish(struct emitter *e)
{
	define_scratch(e);
	define_stacks(e);
}

/* ---- events ---- */

static LLVMValueRef events_map(struct emitter *e)
{
	struct emit_state *s = e->state;

	if (!s->events_map)
		s->events_map = ring(e, "events", EVENTS_SIZE);
	return s->events_map;
}

static LLVMValueRef control_map(struct emitter *e)
{
	struct emit_state *s = e->state;

	if (!s->control_map)
		s->control_map = ring(e, "control", CONTROL_SIZE);
	return s->control_map;
}

static LLVMValueRef reserve(struct emitter *e, LLVMValueRef map, uint32_t size)
{
	return emit_helper_ptr(e, BPF_FUNC_ringbuf_reserve, map,
			       emit_int(e, size), emit_int(e, 0), NULL);
}

/* Reserve in one ring: to `write` with the record in the cell, or to `full`. */
static void try_ring(struct emitter *e, LLVMValueRef map, uint32_t size,
		     LLVMValueRef cell, LLVMBasicBlockRef write,
		     LLVMBasicBlockRef full)
{
	LLVMBasicBlockRef got = emit_block(e, "got");
	LLVMValueRef mem = reserve(e, map, size);

	emit_goto_if(e, LLVMBuildIsNull(e->b, mem, ""), full, got);
	emit_at(e, got);
	LLVMBuildStore(e->b, mem, cell);
	emit_goto(e, write);
}

/*
 * Each ring's answer is tested once, where it is asked: a second test of the
 * pointer that both lead to would make Linux before 6.2 look at a record that
 * is both reserved and null.
 */
struct record emit_reserve(struct emitter *e, uint32_t event, uint32_t size,
			   bool control)
{
	LLVMBasicBlockRef write = emit_block(e, "write");
	LLVMBasicBlockRef full = emit_block(e, "full");
	LLVMValueRef cell = emit_cell(e, "record");
	struct record r = { .br.end = emit_block(e, "sent") };

	try_ring(e, events_map(e), size, cell, write, full);
	emit_at(e, full);
	if (control) {
		full = emit_block(e, "lost");
		try_ring(e, control_map(e), size, cell, write, full);
		emit_at(e, full);
	}
	emit_count_up(e, control ? COUNTER_LOST_CONTROL : COUNTER_LOST_EVENTS,
		      0);
	emit_goto(e, r.br.end);
	emit_at(e, write);
	r.mem = LLVMBuildLoad2(e->b, e->ptr, cell, "");
	emit_store_at(e, r.mem, emit_int(e, event), 8);
	return r;
}

void emit_submit(struct emitter *e, struct record *r)
{
	emit_helper(e, BPF_FUNC_ringbuf_submit, r->mem, emit_int(e, 0), NULL);
	emit_endif(e, &r->br);
}
