/* check_map.c - maps: one key type and one value type in the whole program. */
#include <string.h>

#include "check.h"

struct map *check_map_of(struct checker *c, struct node *n)
{
	struct map *m = table_get(&c->u->maps, n->map.name);

	if (!m) {
		m = arena_make(c->arena, struct map);
		m->name = n->map.name;
		m->at = n->at;
		m->value = &type_none;
		m->max_entries = (uint32_t)c->u->config.max_map_keys;
		table_put(&c->u->maps, c->arena, m->name, m);
	}
	n->map.sym = m;
	return m;
}

void check_map_write(struct checker *c, struct map *m)
{
	m->written = true;
	if (!c->last || m->last_writer == c->body)
		return;
	m->last_writer = c->body;
	m->nprograms++;
}

/* --- Keys ----------------------------------------------------------------- */

static bool is_key(const struct type *t)
{
	uint32_t i;

	switch ((int)t->kind) {
	case T_VOID:
	case T_AGG:
	case T_STRUCT:
		return false;
	case T_PTR:
		return t->space < SPACE_BPF;
	case T_TUPLE:
	case T_RECORD:
		for (i = 0; i < t->nmembers; i++)
			if (!is_key(t->members[i].type))
				return false;
		return t->nmembers > 0;
	default:
		return true;
	}
}

static void join_key(struct checker *c, struct map *m, const struct type *t,
		     struct span at)
{
	const struct type *both;
	bool mixed = false;
	struct diag *d;

	if (!is_known(t))
		return;
	if (!is_key(t)) {
		diag_error(c->diags, at, DIAG_KEY_TYPE,
			   "a key of a map cannot be %s", type_str(t));
		return;
	}
	if (!check_storable(c, t, at))
		return;
	both = type_join(c->ts, m->key ? m->key : &type_none, t, &mixed);
	if (!both) {
		d = diag_error(c->diags, at, DIAG_KEY_TYPE,
			       "%s has keys of %s, and this one is %s", m->name,
			       type_str(m->key), type_str(t));
		diag_note(c->diags, d, m->at, "its key type comes from here");
		return;
	}
	if (both != m->key) {
		m->key = both;
		c->changed = true;
	}
	if (m->key != &type_int64 || t != &type_uint64)
		return;
	d = diag_warn(c->diags, at, DIAG_SIGN,
		      "uint64 becomes int64 here, because other keys of %s are "
		      "signed",
		      m->name);
	diag_hint(c->diags, d, "write (int64) before it if that is meant");
}

/* The first use that tells decides whether a map has keys. */
static bool shape(struct checker *c, struct map *m, bool keyed, struct span at)
{
	struct diag *d;

	if (!m->shaped) {
		m->shaped = true;
		m->at = at;
		m->key = keyed ? &type_none : NULL;
		return true;
	}
	if ((m->key != NULL) == keyed)
		return true;
	d = diag_error(c->diags, at, DIAG_KEY_TYPE,
		       keyed ? "%s is used with a key here, and without one "
			       "elsewhere"
			     : "%s is used without a key here, and with one "
			       "elsewhere",
		       m->name);
	diag_note(c->diags, d, m->at, "here");
	return false;
}

/* The type of the keys as written: a tuple when there are several. */
static const struct type *keys_type(struct checker *c, struct node *keys)
{
	uint32_t i = 0, n = node_count(keys);
	const struct type **parts;
	bool known = true;
	struct node *k;

	parts = arena_alloc(c->arena, (n + 1) * sizeof(*parts));
	for (k = keys; k; k = k->next) {
		parts[i] = check_value(c, k);
		known &= is_known(parts[i++]);
	}
	if (!known || !n)
		return &type_none;
	return n == 1 ? parts[0] : type_tuple(c->ts, parts, NULL, n);
}

void check_map_key(struct checker *c, struct map *m, struct node *key,
		   struct span at)
{
	const struct type *t = keys_type(c, key);

	if (shape(c, m, true, at))
		join_key(c, m, t, key->at);
}

/* --- Uses ----------------------------------------------------------------- */

struct map *check_map_place(struct checker *c, struct node *n)
{
	const struct type *t = NULL;
	struct map *m = check_map_of(c, n);

	if (n->map.keys)
		t = keys_type(c, n->map.keys);
	if (!shape(c, m, n->map.keys != NULL, n->at))
		return NULL;
	if (t)
		join_key(c, m, t, n->at);
	return m;
}

static const char *nearest_map(struct checker *c, const struct map * not )
{
	const struct table *t = &c->u->maps;
	const char **names;
	size_t i, n = 0;

	names = arena_alloc(c->arena, (t->entries.n + 1) * sizeof(*names));
	for (i = 0; i < t->entries.n; i++) {
		const struct map *m = t->entries.v[i].value;

		if (m != not &&m->written)
			names[n++] = m->name;
	}
	return nearest_name(not ->name, names);
}

/* Reports a map that is read but that no statement ever fills. */
static bool is_filled(struct checker *c, struct map *m, struct span at)
{
	const char *guess;
	struct diag *d;

	if (m->written)
		return true;
	d = diag_error(c->diags, at, DIAG_UNKNOWN_MAP,
		       "nothing is ever assigned to %s", m->name);
	if (c->diags->quiet)
		return false;
	guess = nearest_map(c, m);
	if (guess)
		diag_hint(c->diags, d, "did you mean %s?", guess);
	return false;
}

const struct type *check_map(struct checker *c, struct node *n)
{
	struct map *m = check_map_place(c, n);

	if (!m || !is_filled(c, m, n->at))
		return c->last ? &type_error : &type_none;
	/* written, but by nothing that made sense: reported there */
	if (m->value->kind == T_NONE && c->last)
		return &type_error;
	return m->value;
}

struct map *check_map_whole(struct checker *c, struct node *n)
{
	struct map *m;
	struct diag *d;

	n->type = &type_error;
	if (n->kind != N_MAP) {
		check_value(c, n);
		d = diag_error(c->diags, n->at, DIAG_ARG_TYPE,
			       "a map is wanted here");
		diag_hint(c->diags, d, "write the map's name, like @x");
		return NULL;
	}
	if (n->map.keys) {
		check_map_place(c, n);
		d = diag_error(c->diags, n->at, DIAG_ARG_TYPE,
			       "a whole map is wanted here, not one entry");
		diag_hint(c->diags, d, "write %s", n->map.name);
		return NULL;
	}
	m = check_map_of(c, n);
	if (!is_filled(c, m, n->at))
		return NULL;
	n->type = m->value;
	if (m->value->kind == T_NONE && c->last)
		n->type = &type_error;
	return m;
}

/* --- Values --------------------------------------------------------------- */

static bool is_map_value(struct checker *c, const struct type *t,
			 struct span at)
{
	if (t->kind == T_VOID) {
		diag_error(c->diags, at, DIAG_NOT_A_VALUE,
			   "there is no value to assign");
		return false;
	}
	if (t->kind == T_PTR && t->space >= SPACE_BPF) {
		diag_error(c->diags, at, DIAG_VALUE_TYPE,
			   "what this points to is gone when the probe "
			   "returns: a map cannot keep it");
		return false;
	}
	return check_storable(c, t, at);
}

static void report_value(struct checker *c, struct map *m, const struct type *t,
			 struct span at)
{
	struct diag *d;

	d = diag_error(c->diags, at, DIAG_VALUE_TYPE,
		       "%s holds %s and cannot take a value of %s", m->name,
		       type_str(m->value), type_str(t));
	if (m->at.beg != at.beg)
		diag_note(c->diags, d, m->at, "its type comes from here");
	if (m->value->kind == T_AGG && t->kind != T_AGG)
		diag_hint(c->diags, d,
			  "delete() and clear() empty it; a number of its "
			  "own needs a map of its own");
}

void check_widen_map(struct checker *c, struct map *m, const struct type *t,
		     struct node *src, struct span at)
{
	const struct type *both;
	bool mixed = false;
	struct diag *d;

	if (!is_known(t) || !is_map_value(c, t, at))
		return;
	both = type_join(c->ts, m->value, t, &mixed);
	if (!both) {
		report_value(c, m, t, at);
		return;
	}
	if (both != m->value) {
		m->value = both;
		c->changed = true;
	}
	if (src && m->value == &type_int64 && src->type == &type_uint64) {
		d = diag_warn(c->diags, src->at, DIAG_SIGN,
			      "uint64 becomes int64 here, because other "
			      "values of %s are signed",
			      m->name);
		diag_hint(c->diags, d,
			  "write (int64) before it if that is "
			  "meant");
	}
}

/* --- Declarations --------------------------------------------------------- */

static const char *const kinds[] = {
	[MAP_HASH] = "hash",
	[MAP_LRUHASH] = "lruhash",
	[MAP_PERCPUHASH] = "percpuhash",
	[MAP_PERCPULRUHASH] = "percpulruhash",
	[MAP_PERCPULRUHASH + 1] = NULL,
};

/* Hash tables of 2^28 buckets are more than the kernel counts the bytes of: it
 * says E2BIG when they are made, and no line of the script. */
enum { MAX_ENTRIES = 1 << 26 };

static void declare(struct checker *c, const struct map_decl *d, struct map *m)
{
	struct constant v;
	const char *guess;
	struct diag *e;
	uint32_t i;

	for (i = 0; kinds[i] && strcmp(kinds[i], d->kind); i++)
		;
	if (!kinds[i]) {
		e = diag_error(c->diags, d->kind_at, DIAG_UNKNOWN_TYPE,
			       "there is no kind of map called '%s'", d->kind);
		guess = nearest_name(d->kind, kinds);
		diag_hint(c->diags, e,
			  guess ? "did you mean %s? There are hash, lruhash, "
				  "percpuhash and percpulruhash"
				: "there are hash, lruhash, percpuhash and "
				  "percpulruhash",
			  guess);
		return;
	}
	m->kind = (enum map_kind)i;
	check_value(c, d->size);
	if (!check_required(c, d->size, &v) || v.kind != CONST_INT) {
		diag_error(c->diags, d->size->at, DIAG_CONSTANT,
			   "the size of a map is a number that is known when "
			   "compiled");
	} else if (v.negative || !v.value || v.value > MAX_ENTRIES) {
		diag_error(c->diags, d->size->at, DIAG_RANGE,
			   "a map has from 1 to %d entries", MAX_ENTRIES);
	} else {
		m->max_entries = (uint32_t)v.value;
	}
}

void check_maps_declared(struct checker *c)
{
	struct map_decl *d;
	struct diag *e;

	for (d = c->u->prog->map_decls; d; d = d->next) {
		struct node n = { .kind = N_MAP, .at = d->at };
		struct map *m;

		n.map.name = d->name;
		m = check_map_of(c, &n);
		if (m->decl) {
			e = diag_error(c->diags, d->at, DIAG_REDEFINED,
				       "%s is declared twice", d->name);
			diag_note(c->diags, e, m->decl->at, "here");
			continue;
		}
		m->decl = d;
		declare(c, d, m);
	}
}

/* Aggregations count on each CPU by itself and are added up when read; plain
 * values are one for all CPUs. */
static void choose_kind(struct checker *c, struct map *m)
{
	bool lru = m->kind == MAP_LRUHASH || m->kind == MAP_PERCPULRUHASH;
	bool percpu = m->kind == MAP_PERCPUHASH || m->kind == MAP_PERCPULRUHASH;
	struct diag *d;

	m->percpu = m->value->kind == T_AGG;
	if (percpu && !m->percpu && is_known(m->value)) {
		d = diag_error(c->diags, m->decl->at, DIAG_VALUE_TYPE,
			       "%s is declared %s and holds %s: a value of "
			       "its own on each CPU would not read back",
			       m->name, m->decl->kind, type_str(m->value));
		diag_hint(c->diags, d,
			  "declare it %s, or assign count(), "
			  "sum() or the like",
			  lru ? "lruhash" : "hash");
	}
	if (m->percpu)
		m->kind = lru ? MAP_PERCPULRUHASH : MAP_PERCPUHASH;
}

/* A map without keys has one value, and is no hash. */
static void refuse_size(struct checker *c, struct map *m)
{
	struct diag *d;

	if (!m->decl || !m->shaped || m->key || c->diags->nerrors)
		return;
	d = diag_error(c->diags, m->at, DIAG_KEY_TYPE,
		       "%s is declared %s and used without a key", m->name,
		       m->decl->kind);
	diag_note(c->diags, d, m->decl->at, "it is declared here");
	diag_hint(c->diags, d, "write %s[key], or leave its declaration out",
		  m->name);
}

void check_maps_finish(struct checker *c)
{
	const struct table *t = &c->u->maps;
	uint32_t used = 0;
	size_t i;

	for (i = 0; i < t->entries.n; i++) {
		struct map *m = t->entries.v[i].value;

		m->next = NULL;
		if (m->key && m->key->kind == T_NONE)
			m->key = m->written ? &type_int64 : NULL;
		/* @a = @b; @b = @a; */
		if (m->written && m->value->kind == T_NONE &&
		    !c->diags->nerrors)
			diag_error(c->diags, m->at, DIAG_UNKNOWN_MAP,
				   "nothing says what the values of %s are",
				   m->name);
		if (m->decl && m->decl->size && m->decl->size->type)
			m->decl->size->type =
				type_settle(c->ts, m->decl->size->type);
		m->key = type_settle(c->ts, m->key);
		m->value = type_settle(c->ts, m->value);
		choose_kind(c, m);
		refuse_size(c, m);
		/* one that is only declared takes no room */
		m->index = m->value->kind == T_NONE ? UINT32_MAX : used++;
		if (i)
			((struct map *)t->entries.v[i - 1].value)->next = m;
	}
}
