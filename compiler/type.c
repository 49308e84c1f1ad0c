/* type.c - types: interning, names, and what fits what. */
#include "type.h"

#include "agg.h"

#include <string.h>

#define INT(bytes, sgn, name)                                     \
	{                                                         \
		.kind = T_INT, .size = (bytes), .align = (bytes), \
		.is_signed = (sgn), .str = (name), .key = (name)  \
	}
#define LITERAL(bytes, name)                                       \
	{                                                          \
		.kind = T_INT, .size = (bytes), .align = (bytes),  \
		.is_signed = true, .literal = true, .str = (name), \
		.key = "literal " name                             \
	}
#define SHOWN(k, bytes, al, name)                                           \
	{                                                                   \
		.kind = (k), .size = (bytes), .align = (al), .str = (name), \
		.key = (name)                                               \
	}

const struct type type_error = SHOWN(T_ERROR, 0, 1, "error");
const struct type type_none = SHOWN(T_NONE, 0, 1, "none");
const struct type type_void = SHOWN(T_VOID, 0, 1, "void");
const struct type type_bool = SHOWN(T_BOOL, 1, 1, "bool");
const struct type type_int8 = INT(1, true, "int8");
const struct type type_int16 = INT(2, true, "int16");
const struct type type_int32 = INT(4, true, "int32");
const struct type type_int64 = INT(8, true, "int64");
const struct type type_uint8 = INT(1, false, "uint8");
const struct type type_uint16 = INT(2, false, "uint16");
const struct type type_uint32 = INT(4, false, "uint32");
const struct type type_uint64 = INT(8, false, "uint64");
const struct type type_inet = SHOWN(T_INET, 20, 4, "inet");
const struct type type_macaddr = SHOWN(T_MACADDR, 6, 1, "macaddr_t");
const struct type type_ksym = SHOWN(T_KSYM, 8, 8, "ksym_t");
const struct type type_usym = SHOWN(T_USYM, 16, 8, "usym_t");
const struct type type_timestamp = SHOWN(T_TIMESTAMP, 16, 8, "timestamp");
const struct type type_cgroup_path =
	SHOWN(T_CGROUP_PATH, 16, 8, "cgroup_path_t");
const struct type type_username = SHOWN(T_USERNAME, 4, 4, "username_t");
const struct type type_comm = SHOWN(T_COMM, 4, 4, "comm_t");
const struct type type_probe = SHOWN(T_PROBE, 8, 8, "probe_t");
const struct type type_probe_func = SHOWN(T_PROBE, 8, 8, "func_t");

static const struct type literal8 = LITERAL(1, "int8");
static const struct type literal16 = LITERAL(2, "int16");
static const struct type literal32 = LITERAL(4, "int32");
static const struct type literal64 = LITERAL(8, "int64");

const char *type_str(const struct type *t)
{
	return t->str;
}

const struct type *type_int(uint32_t size, bool is_signed)
{
	switch (size) {
	case 1:
		return is_signed ? &type_int8 : &type_uint8;
	case 2:
		return is_signed ? &type_int16 : &type_uint16;
	case 4:
		return is_signed ? &type_int32 : &type_uint32;
	default:
		return is_signed ? &type_int64 : &type_uint64;
	}
}

const struct type *type_literal(uint64_t value, bool negative)
{
	uint64_t most = negative && value ? value - 1 : value;

	if (negative)
		return most <= INT8_MAX	   ? &type_int8
		       : most <= INT16_MAX ? &type_int16
		       : most <= INT32_MAX ? &type_int32
					   : &type_int64;
	return most <= INT8_MAX	   ? &literal8
	       : most <= INT16_MAX ? &literal16
	       : most <= INT32_MAX ? &literal32
	       : most <= INT64_MAX ? &literal64
				   : &type_uint64;
}

/* --- Interning ------------------------------------------------------------ */

/* The type of that key, or NULL; a new one goes in by intern(). */
static const struct type *interned(struct types *t, const char *key)
{
	return table_get(&t->interned, key);
}

static const struct type *intern(struct types *t, const struct type *shape,
				 const char *key, const char *str)
{
	struct type *new = arena_make(t->arena, struct type);

	*new = *shape;
	new->key = key;
	new->str = str;
	table_put(&t->interned, t->arena, key, new);
	return new;
}

const struct type *type_ptr(struct types *t, const struct type *to,
			    enum space space)
{
	struct type shape = { .kind = T_PTR, .size = 8, .align = 8 };
	const char *key = arena_printf(t->arena, "*%d %s", space, to->key);
	const struct type *old = interned(t, key);
	size_t n = strlen(to->str);

	if (old)
		return old;
	shape.elem = to;
	shape.space = space;
	shape.literal = to->literal;
	return intern(t, &shape, key,
		      arena_printf(t->arena, "%s%s*", to->str,
				   n && to->str[n - 1] == '*' ? "" : " "));
}

/* "int32[4]" of "int32", but "int32[2][4]" of "int32[4]". */
static const char *array_str(struct types *t, const struct type *elem,
			     uint32_t n)
{
	const char *rest = strchr(elem->str, '[');
	int head = elem->kind == T_ARRAY && rest ? (int)(rest - elem->str)
						 : (int)strlen(elem->str);

	return arena_printf(t->arena, "%.*s[%u]%s", head, elem->str, n,
			    elem->str + head);
}

const struct type *type_array(struct types *t, const struct type *elem,
			      uint32_t n)
{
	struct type shape = { .kind = T_ARRAY, .elem = elem, .n = n };
	const char *key = arena_printf(t->arena, "[%u]%s", n, elem->key);
	const struct type *old = interned(t, key);
	uint64_t size = (uint64_t)elem->size * n;

	if (old)
		return old;
	shape.size = size > INT32_MAX ? INT32_MAX : (uint32_t)size;
	shape.align = elem->align ? elem->align : 1;
	shape.literal = elem->literal;
	return intern(t, &shape, key, array_str(t, elem, n));
}

static const struct type *sized(struct types *t, enum type_kind kind,
				const char *word, uint32_t n, uint32_t size,
				uint32_t align)
{
	struct type shape = {
		.kind = kind, .n = n, .size = size, .align = align
	};
	const char *key = arena_printf(t->arena, "%s[%u]", word, n);
	const struct type *old = interned(t, key);

	return old ? old : intern(t, &shape, key, key);
}

const struct type *type_string(struct types *t, uint32_t capacity)
{
	return sized(t, T_STRING, "string", capacity, capacity, 1);
}

const struct type *type_buffer(struct types *t, uint32_t capacity)
{
	uint32_t room = capacity < UINT32_MAX - 8 ? capacity : UINT32_MAX - 8;

	/* u32 length first; rounded up so that arrays of them stay aligned */
	return sized(t, T_BUFFER, "buffer", room, (room + 4 + 3) & ~3u, 4);
}

const struct type *type_stack(struct types *t, bool user, enum stack_mode mode,
			      uint32_t frames)
{
	struct type shape = { .kind = user ? T_USTACK : T_KSTACK,
			      .size = 16,
			      .align = 8,
			      .stack_mode = mode,
			      .frames = frames };
	const char *name = user ? "ustack_t" : "kstack_t";
	const char *key =
		arena_printf(t->arena, "%s %d %u", name, mode, frames);
	const struct type *old = interned(t, key);

	return old ? old : intern(t, &shape, key, name);
}

/* Lay the parts out as C would. */
static void lay_out(struct type *t, const struct type *const *parts,
		    const char *const *names)
{
	uint64_t at = 0;
	uint32_t i;

	t->align = 1;
	for (i = 0; i < t->nmembers; i++) {
		struct member *m = &t->members[i];
		uint32_t align = parts[i]->align ? parts[i]->align : 1;

		at = (at + align - 1) / align * align;
		m->name = names ? names[i] : "";
		m->type = parts[i];
		m->owner = t;
		m->offset = (uint32_t)at;
		m->index = i;
		at += parts[i]->size;
		if (align > t->align)
			t->align = align;
		t->literal |= parts[i]->literal;
	}
	at = (at + t->align - 1) / t->align * t->align;
	/* far beyond what is allowed anywhere, but no wrapping */
	t->size = at > INT32_MAX ? INT32_MAX : (uint32_t)at;
}

/* Longer names of types are cut short, for they stand in messages. */
enum { MAX_STR = 100 };

const struct type *type_tuple(struct types *t, const struct type *const *parts,
			      const char *const *names, uint32_t n)
{
	struct strbuf key = { 0 }, str = { 0 };
	const struct type *old;
	struct type *new;
	uint32_t i;

	strbuf_printf(&key, "(");
	strbuf_printf(&str, "(");
	for (i = 0; i < n; i++) {
		if (names)
			strbuf_printf(&key, "%s=", names[i]);
		strbuf_printf(&key, "%s,", parts[i]->key);
		if (str.len > MAX_STR)
			continue;
		if (str.len + strlen(parts[i]->str) > MAX_STR)
			strbuf_printf(&str, "%s...", i ? "," : "");
		else if (names)
			strbuf_printf(&str, "%s%s = %s", i ? ", " : "",
				      names[i], parts[i]->str);
		else
			strbuf_printf(&str, "%s%s", i ? "," : "",
				      parts[i]->str);
	}
	strbuf_printf(&key, ")");
	strbuf_printf(&str, n == 1 && !names ? ",)" : ")");
	old = interned(t, key.s);
	if (!old) {
		new = arena_make(t->arena, struct type);
		new->kind = names ? T_RECORD : T_TUPLE;
		new->nmembers = n;
		new->complete = true;
		new->members = arena_alloc(t->arena, n * sizeof(struct member));
		lay_out(new, parts, names);
		new->key = arena_strdup(t->arena, key.s);
		new->str = arena_strdup(t->arena, str.s);
		table_put(&t->interned, t->arena, new->key, new);
		old = new;
	}
	strbuf_free(&key);
	strbuf_free(&str);
	return old;
}

const struct type *type_agg(struct types *t, const struct type *s)
{
	static const char *const names[] = {
#define AGG(id, name, words) #name "_t",
#include "agg.def"
#undef AGG
	};
	static const uint8_t words[] = {
#define AGG(id, name, words) words,
#include "agg.def"
#undef AGG
	};
	struct type shape = *s;
	const struct type *old;
	const char *key;

	key = arena_printf(t->arena, "agg %d %d%d %u %lld %lld %lld", s->agg,
			   s->is_signed, s->literal, s->hist_bits,
			   (long long)s->lhist_min, (long long)s->lhist_max,
			   (long long)s->lhist_step);
	old = interned(t, key);
	if (old)
		return old;
	shape.kind = T_AGG;
	shape.align = 8;
	shape.size = words[s->agg] * 8;
	if (s->agg == AGG_HIST)
		shape.n = hist_buckets(s->hist_bits);
	if (s->agg == AGG_LHIST)
		shape.n = (uint32_t)lhist_buckets(s->lhist_min, s->lhist_max,
						  s->lhist_step);
	if (shape.n)
		shape.size = shape.n * 8;
	if (s->agg == AGG_TSERIES) {
		shape.n = (uint32_t)s->lhist_max;
		shape.size = shape.n * TSERIES_BYTES;
	}
	return intern(t, &shape, key, names[s->agg]);
}

/* --- Questions ------------------------------------------------------------ */

bool type_is_scalar(const struct type *t)
{
	switch (t->kind) {
	case T_BOOL:
	case T_INT:
	case T_ENUM:
	case T_PTR:
	case T_KSYM:
	case T_USERNAME:
	case T_COMM:
	case T_PROBE:
		return true;
	case T_ERROR:
	case T_NONE:
	case T_VOID:
	case T_ARRAY:
	case T_STRUCT:
	case T_STRING:
	case T_BUFFER:
	case T_INET:
	case T_MACADDR:
	case T_TUPLE:
	case T_RECORD:
	case T_KSTACK:
	case T_USTACK:
	case T_USYM:
	case T_TIMESTAMP:
	case T_CGROUP_PATH:
	case T_AGG:
	case T_KINDS:
		break;
	}
	return false;
}

bool type_is_int(const struct type *t)
{
	return t->kind == T_INT || t->kind == T_BOOL || t->kind == T_ENUM;
}

bool type_is_agg(const struct type *t, enum agg_kind kind)
{
	return t->kind == T_AGG && t->agg == kind;
}

const struct type *type_agg_int(const struct type *t)
{
	if (t->kind != T_AGG)
		return NULL;
	switch (t->agg) {
	case AGG_COUNT:
		return &type_uint64;
	case AGG_SUM:
	case AGG_MIN:
	case AGG_MAX:
	case AGG_AVG:
		return t->is_signed ? &type_int64 : &type_uint64;
	case AGG_STATS:
	case AGG_HIST:
	case AGG_LHIST:
	case AGG_TSERIES:
	case NAGGS:
		break;
	}
	return NULL;
}

bool type_agg_is_int(const struct type *t)
{
	return type_agg_int(t) != NULL;
}

/* --- Names ---------------------------------------------------------------- */

struct named {
	const char *name;
	const struct type *type;
};

/* Those of every C program are here too, so that a script that uses no more of
 * the kernel's types need not read them.  char is signed wherever it runs. */
static const struct named names[] = {
	{ "void", &type_void },
	{ "bool", &type_bool },
	{ "_Bool", &type_bool },
	{ "int8", &type_int8 },
	{ "int16", &type_int16 },
	{ "int32", &type_int32 },
	{ "int64", &type_int64 },
	{ "uint8", &type_uint8 },
	{ "uint16", &type_uint16 },
	{ "uint32", &type_uint32 },
	{ "uint64", &type_uint64 },
	{ "int8_t", &type_int8 },
	{ "int16_t", &type_int16 },
	{ "int32_t", &type_int32 },
	{ "int64_t", &type_int64 },
	{ "uint8_t", &type_uint8 },
	{ "uint16_t", &type_uint16 },
	{ "uint32_t", &type_uint32 },
	{ "uint64_t", &type_uint64 },
	{ "s8", &type_int8 },
	{ "s16", &type_int16 },
	{ "s32", &type_int32 },
	{ "s64", &type_int64 },
	{ "u8", &type_uint8 },
	{ "u16", &type_uint16 },
	{ "u32", &type_uint32 },
	{ "u64", &type_uint64 },
	{ "__s8", &type_int8 },
	{ "__s16", &type_int16 },
	{ "__s32", &type_int32 },
	{ "__s64", &type_int64 },
	{ "__u8", &type_uint8 },
	{ "__u16", &type_uint16 },
	{ "__u32", &type_uint32 },
	{ "__u64", &type_uint64 },
	{ "size_t", &type_uint64 },
	{ "ssize_t", &type_int64 },
	{ "pid_t", &type_int32 },
	{ "uintptr_t", &type_uint64 },
	{ "intptr_t", &type_int64 },
	{ "inet", &type_inet },
	{ "macaddr_t", &type_macaddr },
	{ "ksym_t", &type_ksym },
	{ "usym_t", &type_usym },
	{ "timestamp", &type_timestamp },
	{ "cgroup_path_t", &type_cgroup_path },
	{ "username_t", &type_username },
};

/* C's own: any order of short, long, signed, unsigned, int, char and the
 * qualifiers, which are passed over. */
static const struct type *c_words(const char *name)
{
	int nlong = 0, nshort = 0, nchar = 0, nuns = 0, nother = 0;
	const char *p = name;

	while (*p) {
		size_t n = strcspn(p, " ");

#define IS(w) (n == sizeof(w) - 1 && !memcmp(p, w, n))
		if (IS("long"))
			nlong++;
		else if (IS("short"))
			nshort++;
		else if (IS("char"))
			nchar++;
		else if (IS("unsigned"))
			nuns++;
		else if (IS("int") || IS("signed"))
			nother++;
		else if (n && !IS("const") && !IS("volatile"))
			return NULL;
#undef IS
		p += n;
		p += *p == ' ';
	}
	if (!(nlong + nshort + nchar + nuns + nother))
		return NULL;
	return type_int(nchar ? 1 : nshort ? 2 : nlong ? 8 : 4, !nuns);
}

const struct type *type_builtin(struct types *t, const char *name)
{
	size_t i;

	while (!strncmp(name, "const ", 6))
		name += 6;
	for (i = 0; i < countof(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].type;
	if (!strcmp(name, "string"))
		return type_string(t, t->max_strlen);
	if (!strcmp(name, "buffer"))
		return type_buffer(t, t->max_strlen);
	if (!strcmp(name, "kstack_t"))
		return type_stack(t, false, STACK_BPFTRACE, 127);
	if (!strcmp(name, "ustack_t"))
		return type_stack(t, true, STACK_BPFTRACE, 127);
	return c_words(name);
}
