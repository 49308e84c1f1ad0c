#include "coreloc.h"

#include <string.h>

#include "emit_own.h"

/*
 * A relocation is spelled as clang spells it: a chain of llvm.preserve.*
 * intrinsics from a null pointer of the base type, whose end is given to
 * llvm.bpf.preserve.field.info.  Each carries the debug info of the struct it
 * steps into; from that LLVM writes the local types into .BTF that libbpf
 * matches by name with those of the running kernel.  So a local struct has to
 * hold no more than the one member that a path asks for, and its index is
 * always 0.
 *
 * LLVM names a relocation by the local type, the kind, the number it has here
 * and the indices, and takes two of one name for the same: so what asks for
 * another member needs a local type of another name.  Libbpf ignores what
 * follows "___" in it.
 */
struct corelocs {
	struct table types; /* name -> struct asked */
};

struct asked {
	VEC(const char *) keys; /* what was asked of the type, in order */
};

static const char *local_name(const struct type *t)
{
	const char *name = t->core_name ? t->core_name : t->name;

	if (!name)
		return "";
	if (!t->core_name && !strncmp(name, "struct ", 7))
		return name + 7;
	if (!t->core_name && !strncmp(name, "union ", 6))
		return name + 6;
	if (!strncmp(name, "enum ", 5))
		return name + 5;
	return name;
}

static struct asked *asked_of(struct emitter *e, const char *name)
{
	struct asked *q;

	if (!e->core)
		e->core = arena_make(e->a, struct corelocs);
	q = table_get(&e->core->types, name);
	if (q)
		return q;
	q = arena_make(e->a, struct asked);
	table_put(&e->core->types, e->a, name, q);
	return q;
}

/* name, told apart from that of everything else asked of the type. */
static const char *own_name(struct emitter *e, const char *name,
			    const char *key)
{
	struct asked *q = asked_of(e, name);
	size_t i;

	for (i = 0; i < q->keys.n; i++)
		if (!strcmp(q->keys.v[i], key))
			break;
	if (i == q->keys.n)
		*vec_push(e->a, &q->keys) = key;
	if (!i)
		return name;
	return arena_printf(e->a, "%s%s" CORE_MARK "%zu", name,
			    strstr(name, "___") ? "_" : "___", i);
}

/* Types are interned, so that an address will do for one. */
static const char *path_key(struct emitter *e, const struct member *const *path,
			    uint32_t n)
{
	const char *key = "";
	uint32_t i;

	for (i = 0; i < n; i++)
		key = arena_printf(e->a, "%s.%s:%p", key, path[i]->name,
				   (const void *)path[i]->type);
	return key;
}

/* The struct behind a type, arrays peeled off. */
static const struct type *struct_in(const struct type *t)
{
	while (t->kind == T_ARRAY)
		t = t->elem;
	return t;
}

static LLVMMetadataRef array_of(struct emitter *e, const struct type *t,
				LLVMMetadataRef elem)
{
	if (t->kind != T_ARRAY)
		return elem;
	return debug_array(e, array_of(e, t->elem, elem), t->size, t->n);
}

/* debug info of `owner` as a struct of nothing but m, called name; inner: of
 * the struct that m is or holds, NULL at the end of the path. */
static LLVMMetadataRef local_struct(struct emitter *e, const char *name,
				    const struct type *owner,
				    const struct member *m,
				    LLVMMetadataRef inner)
{
	struct debug_member d = {
		.name = m->name,
		.type = inner ? array_of(e, m->type, inner)
			      : debug_type(e, m->type),
		.size = m->type->size,
		.offset = m->offset,
		.bits = m->bits,
		.bit_offset = m->bit_offset,
	};
	uint64_t end = (uint64_t)m->offset + m->type->size;

	return debug_struct(e, name, owner->is_union,
			    owner->size > end ? owner->size : end, &d, 1);
}

static LLVMValueRef call(struct emitter *e, const char *name,
			 LLVMTypeRef *overload, unsigned noverload,
			 LLVMValueRef *args, unsigned n, LLVMMetadataRef md,
			 bool element)
{
	unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
	LLVMValueRef f =
		LLVMGetIntrinsicDeclaration(e->mod, id, overload, noverload);
	LLVMTypeRef ft = LLVMIntrinsicGetType(e->cx, id, overload, noverload);
	LLVMValueRef c = LLVMBuildCall2(e->b, ft, f, args, n, "");

	if (md)
		LLVMSetMetadata(
			c,
			LLVMGetMDKindIDInContext(
				e->cx, "llvm.preserve.access.index", 26),
			LLVMMetadataAsValue(e->cx, md));
	if (element) {
		unsigned kind =
			LLVMGetEnumAttributeKindForName("elementtype", 11);
		LLVMTypeRef one = LLVMStructTypeInContext(e->cx, &e->i8, 1, 0);

		LLVMAddCallSiteAttribute(
			c, 1, LLVMCreateTypeAttribute(e->cx, kind, one));
	}
	return c;
}

static LLVMValueRef i32(struct emitter *e, uint32_t v)
{
	return LLVMConstInt(e->i32, v, 0);
}

static LLVMValueRef step_member(struct emitter *e, LLVMValueRef p,
				const struct type *owner, LLVMMetadataRef di)
{
	LLVMTypeRef over[2] = { e->ptr, e->ptr };
	LLVMValueRef args[3] = { p, i32(e, 0), i32(e, 0) };

	if (!owner->is_union)
		return call(e, "llvm.preserve.struct.access.index", over, 2,
			    args, 3, di, true);
	return call(e, "llvm.preserve.union.access.index", over, 2, args, 2, di,
		    false);
}

/* To element 0 of each dimension. */
static LLVMValueRef step_array(struct emitter *e, LLVMValueRef p,
			       const struct type *t, LLVMMetadataRef inner)
{
	LLVMTypeRef over[2] = { e->ptr, e->ptr };
	LLVMValueRef args[3] = { p, i32(e, 1), i32(e, 0) };

	for (; t->kind == T_ARRAY; t = t->elem) {
		args[0] = p;
		p = call(e, "llvm.preserve.array.access.index", over, 2, args,
			 3, array_of(e, t, inner), true);
	}
	return p;
}

/* What is written into the program is right here, if the types are those of the
 * kernel proper (a module may be another tomorrow) and nothing is asked but
 * where and how large. */
static void note_question(struct emitter *e, const struct type *of, bool exists)
{
	enum { KERNEL = 1 };

	if (exists || of->btf.src != KERNEL)
		e->plan->asks = 1;
}

LLVMValueRef core_field(struct emitter *e, const struct type *base,
			const struct member *const *path, uint32_t n,
			enum core_field what)
{
	LLVMMetadataRef di[CORE_PATH_MAX + 1];
	LLVMValueRef p = LLVMConstNull(e->ptr), args[2];
	const struct type *owner;
	const char *name;
	uint32_t i;

	if (n > CORE_PATH_MAX)
		return emit_int(e, 0);
	note_question(e, base, what == CORE_EXISTS);
	di[n] = NULL;
	for (i = n; i-- > 0;) {
		owner = i ? struct_in(path[i - 1]->type) : base;
		name = i ? local_name(owner)
			 : own_name(e, local_name(base), path_key(e, path, n));
		di[i] = local_struct(e, name, owner, path[i], di[i + 1]);
	}
	for (i = 0; i < n; i++) {
		owner = i ? struct_in(path[i - 1]->type) : base;
		p = step_member(e, p, owner, di[i]);
		if (di[i + 1])
			p = step_array(e, p, path[i]->type, di[i + 1]);
	}
	args[0] = p;
	args[1] = LLVMConstInt(e->i64, what, 0);
	p = call(e, "llvm.bpf.preserve.field.info", &e->ptr, 1, args, 2, NULL,
		 false);
	return LLVMBuildZExt(e->b, p, e->i64, "");
}

/*
 * libbpf takes a field for the one that is meant if its kind is the same:
 * integers of all sizes are one kind, so are all pointers and all structs; an
 * array is told by its elements.
 */
static void any_kinds(struct emitter *e, const struct type *out[6])
{
	static const struct type any_struct = {
		.kind = T_STRUCT,
		.origin = ORIGIN_RELOCATED,
		.core_name = "wg_any",
		.align = 1,
	};
	static const struct type any_enum = {
		.kind = T_ENUM,
		.size = 4,
		.align = 4,
	};
	struct types *ts = &e->u->types;

	out[0] = &type_int64;
	out[1] = type_ptr(ts, &type_void, SPACE_KERNEL);
	out[2] = &any_struct;
	out[3] = &any_enum;
	out[4] = type_array(ts, out[0], 1);
	out[5] = type_array(ts, out[1], 1);
}

static struct type array_of_one(const struct type *elem)
{
	return (struct type){
		.kind = T_ARRAY,
		.elem = elem,
		.n = 1,
		.size = elem->size,
		.align = elem->align,
	};
}

LLVMValueRef core_name_exists(struct emitter *e, const struct type *base,
			      const struct member *const *path, uint32_t n,
			      const char *name)
{
	const struct member *way[CORE_PATH_MAX];
	const struct type *kinds[7];
	struct member m = { .name = name };
	struct type structs;
	LLVMValueRef v = emit_int(e, 0), one;
	uint32_t i;

	if (n >= CORE_PATH_MAX)
		return v;
	any_kinds(e, kinds);
	structs = array_of_one(kinds[2]);
	kinds[6] = &structs;
	for (i = 0; i < n; i++)
		way[i] = path[i];
	m.owner = n ? struct_in(path[n - 1]->type) : base;
	way[n] = &m;
	for (i = 0; i < countof(kinds); i++) {
		m.type = kinds[i];
		one = core_field(e, base, way, n + 1, CORE_EXISTS);
		v = LLVMBuildOr(e->b, v, one, "");
	}
	return v;
}

/* A number that tells calls of one kind apart, which LLVM would else merge. */
static LLVMValueRef next_seq(struct emitter *e)
{
	return i32(e, e->state->core_seq++);
}

static LLVMMetadataRef whole_type(struct emitter *e, const struct type *t)
{
	if (t->kind != T_STRUCT)
		return debug_type(e, t);
	return debug_struct(e, local_name(t), t->is_union, t->size, NULL, 0);
}

static LLVMValueRef type_info(struct emitter *e, const struct type *t,
			      uint64_t what)
{
	LLVMValueRef args[2];

	note_question(e, t, !what);
	args[0] = next_seq(e);
	args[1] = LLVMConstInt(e->i64, what, 0);
	return LLVMBuildZExt(e->b,
			     call(e, "llvm.bpf.preserve.type.info", NULL, 0,
				  args, 2, whole_type(e, t), false),
			     e->i64, "");
}

LLVMValueRef core_type_exists(struct emitter *e, const struct type *t)
{
	return type_info(e, t, 0);
}

LLVMValueRef core_type_size(struct emitter *e, const struct type *t)
{
	return type_info(e, t, 1);
}

static LLVMValueRef enum_info(struct emitter *e, const struct type *t,
			      const char *name, uint64_t value, uint64_t what)
{
	const char *s = arena_printf(e->a, "%s:%lld", name, (long long)value);
	LLVMValueRef args[3];
	LLVMMetadataRef di = debug_enum(e, own_name(e, local_name(t), name),
					t->size, t->is_signed, name, value);

	note_question(e, t, !what);
	args[0] = next_seq(e);
	args[1] = LLVMBuildGlobalStringPtr(e->b, s, "");
	args[2] = LLVMConstInt(e->i64, what, 0);
	return call(e, "llvm.bpf.preserve.enum.value", NULL, 0, args, 3, di,
		    false);
}

LLVMValueRef core_enum_exists(struct emitter *e, const struct type *t,
			      const char *name, uint64_t value)
{
	return enum_info(e, t, name, value, 0);
}

LLVMValueRef core_enum_value(struct emitter *e, const struct type *t,
			     const char *name, uint64_t value)
{
	return enum_info(e, t, name, value, 1);
}
