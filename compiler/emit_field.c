#include <string.h>

#include "coreloc.h"
#include "emit_own.h"

/*
 * Fields and elements.  What is embedded in one object is one address: a spot
 * gathers the way to it, so that p.a.b[i].c is one relocated offset and one
 * read.
 */
struct spot {
	enum where at;
	LLVMValueRef base;	  /* ptr for AT_BPF and AT_CTX, else i64 */
	const struct member *arg; /* of AT_CTX, that it is in; NULL */
	uint64_t fixed;		  /* bytes to add */
	LLVMValueRef extra;	  /* i64 to add; NULL */
	LLVMValueRef inside; /* i1: no index was out of range; NULL: none was
				checked */
	/* relocated members, from root downward */
	const struct type *root;
	const struct member *path[CORE_PATH_MAX];
	uint32_t n;
	const struct type *type;     /* of what is at the place */
	const struct member *member; /* the last, if it is one */
};

static void place_of(struct emitter *e, struct node *n, struct spot *p);

static void place_from(struct spot *p, struct val v)
{
	memset(p, 0, sizeof(*p));
	p->at = v.at;
	p->base = v.v;
	p->type = v.type;
}

static void follow_pointer(struct emitter *e, struct spot *p,
			   LLVMValueRef address, const struct type *ptr)
{
	enum where at = emit_where(ptr->space);

	if (at == AT_BPF || at == AT_CTX)
		address = emit_to_ptr(e, address);
	if (at == AT_CTX && !e->fn->record)
		address = emit_keep_offset(e, address);
	place_from(p, val_at(at, address, ptr->elem));
}

/* A struct without a name can't be looked up in another kernel. */
static bool has_name(struct emitter *e, const struct type *t)
{
	if (!bt_found(t->btf))
		return t->core_name && *t->core_name;
	return kbtf_describe(e->u->types.btf, t->btf).name[0] != 0;
}

/* To the bytes that a u32 in a tracepoint's record tells of. */
static void follow_data_loc(struct emitter *e, struct spot *p,
			    const struct member *m)
{
	LLVMValueRef at = emit_arg_address(e, m);

	place_from(p, m->type->kind == T_PTR ? val_reg(at, m->type)
					     : val_at(AT_KERNEL, at, m->type));
	p->member = m;
}

static void add_member(struct emitter *e, struct spot *p,
		       const struct member *m)
{
	if (m->data_loc) {
		follow_data_loc(e, p, m);
		return;
	}
	if (p->at == AT_CTX && emit_is_arg(e, m))
		p->arg = m;
	if (m->owner->origin == ORIGIN_RELOCATED && !p->n)
		p->root = p->type;
	if (m->owner->origin == ORIGIN_RELOCATED && p->n < CORE_PATH_MAX &&
	    (p->n || has_name(e, p->root)))
		p->path[p->n++] = m;
	else
		p->fixed += m->offset;
	p->type = m->type;
	p->member = m;
}

LLVMValueRef emit_sizeof_elem(struct emitter *e, const struct type *t)
{
	if (t->kind == T_STRUCT && t->origin == ORIGIN_RELOCATED &&
	    has_name(e, t))
		return core_type_size(e, t);
	return emit_int(e, t->size ? t->size : 1);
}

/* How many elements the array at the place has; an array of the kernel's may
 * have another number where the program runs. */
static LLVMValueRef array_limit(struct emitter *e, const struct spot *p,
				const struct type *elem, uint32_t limit)
{
	LLVMValueRef bytes;

	if (p->at == AT_BPF || !p->n || p->path[p->n - 1] != p->member ||
	    p->member->type->kind != T_ARRAY || !type_is_scalar(elem))
		return emit_int(e, limit);
	bytes = core_field(e, p->root, p->path, p->n, CORE_SIZE);
	return LLVMBuildUDiv(e->b, bytes, emit_int(e, elem->size), "");
}

/*
 * An index that is not in the array is reported, and what is read is zeros.
 * Arrays of no or one element at the end of structs stand for as many as there
 * are; those of the program's own memory are what they are.
 */
static void check_inside(struct emitter *e, struct spot *p, struct node *i,
			 LLVMValueRef v, const struct type *elem,
			 uint32_t limit)
{
	LLVMValueRef in;
	struct branch br;

	if (limit < (p->at == AT_BPF ? 1 : 2) || LLVMIsAConstantInt(v))
		return;
	in = LLVMBuildICmp(e->b, LLVMIntULT, v, array_limit(e, p, elem, limit),
			   "inside");
	br = emit_if(e, LLVMBuildNot(e->b, in, ""));
	emit_warn_event(e, i->at, "this index is out of range: 0 is read");
	emit_endif(e, &br);
	p->inside = p->inside ? LLVMBuildAnd(e->b, p->inside, in, "") : in;
}

static void add_index(struct emitter *e, struct spot *p, struct node *i,
		      const struct type *elem, uint32_t limit)
{
	LLVMValueRef v = emit_scalar(e, i);

	check_inside(e, p, i, v, elem, limit);
	if (p->at == AT_BPF && limit)
		v = emit_clamp(e, v, limit - 1);
	v = LLVMBuildMul(e->b, v, emit_sizeof_elem(e, elem), "");
	p->extra = p->extra ? LLVMBuildAdd(e->b, p->extra, v, "") : v;
	p->type = elem;
	p->member = NULL;
}

static void place_of_index(struct emitter *e, struct node *n, struct spot *p)
{
	struct node *b = n->index.e;
	const struct type *t = b->type;

	if (t->kind == T_PTR) {
		follow_pointer(e, p, emit_scalar(e, b), t);
		add_index(e, p, n->index.i, t->elem, 0);
		return;
	}
	place_of(e, b, p);
	if (p->at == AT_REG) /* a pointer to the first element */
		follow_pointer(e, p, p->base, p->type);
	add_index(e, p, n->index.i, t->kind == T_ARRAY ? t->elem : n->type,
		  t->n);
}

static void place_of_field(struct emitter *e, struct node *n, struct spot *p)
{
	struct node *b = n->field.e;

	if (b->type->kind == T_PTR)
		follow_pointer(e, p, emit_scalar(e, b), b->type);
	else
		place_of(e, b, p);
	if (n->field.member)
		add_member(e, p, n->field.member);
}

static void place_of(struct emitter *e, struct node *n, struct spot *p)
{
	if (n->kind == N_FIELD)
		place_of_field(e, n, p);
	else if (n->kind == N_INDEX && n->index.e->type->kind != T_TUPLE)
		place_of_index(e, n, p);
	else
		place_from(p, emit_expr(e, n));
}

static LLVMValueRef add(struct emitter *e, LLVMValueRef a, LLVMValueRef b)
{
	return a ? LLVMBuildAdd(e->b, a, b, "") : b;
}

/* Zeros, where an index was out of range. */
static void replace_outside(struct emitter *e, struct spot *p)
{
	LLVMValueRef zeros;

	if (!p->inside || p->at == AT_REG)
		return;
	zeros = p->at == AT_BPF ? emit_zeros(e, p->type->size)
				: LLVMConstNull(LLVMTypeOf(p->base));
	p->base = LLVMBuildSelect(e->b, p->inside, p->base, zeros, "");
}

/* Where the place is, in one address. */
static struct val settle(struct emitter *e, struct spot *p)
{
	LLVMValueRef off = p->extra, core;

	if (p->n) {
		core = core_field(e, p->root, p->path, p->n, CORE_OFFSET);
		/* A copy has the size that was known here. */
		if (p->at == AT_BPF && p->root->size > p->type->size)
			core = emit_clamp(e, core,
					  p->root->size - p->type->size);
		off = add(e, off, core);
	}
	if (p->at == AT_CTX && p->arg) {
		p->at = AT_KERNEL;
		p->base = emit_arg_address(e, p->arg);
		p->fixed -= p->arg->offset;
	} else if (p->at == AT_CTX && (off || !type_is_scalar(p->type))) {
		p->at = AT_KERNEL;
		p->base = emit_to_int(e, p->base);
	}
	if (p->at == AT_BPF || p->at == AT_CTX) {
		p->base = emit_offset(e, p->base, p->fixed);
		if (off)
			p->base = LLVMBuildGEP2(e->b, e->i8, p->base, &off, 1,
						"");
	} else if (p->at != AT_REG) {
		if (p->fixed)
			off = add(e, off, emit_int(e, p->fixed));
		if (off)
			p->base = LLVMBuildAdd(e->b, p->base, off, "");
	}
	replace_outside(e, p);
	return val_at(p->at, p->base, p->type);
}

struct val emit_place(struct emitter *e, struct node *n)
{
	struct spot p;

	place_of(e, n, &p);
	return settle(e, &p);
}

/* ---- loads ---- */

static LLVMValueRef shift_out(struct emitter *e, LLVMValueRef v,
			      LLVMValueRef left, LLVMValueRef right,
			      bool is_signed)
{
	v = LLVMBuildShl(e->b, v, left, "");
	return is_signed ? LLVMBuildAShr(e->b, v, right, "")
			 : LLVMBuildLShr(e->b, v, right, "");
}

/* Bit-fields of packed structs straddle the units of their type: the bytes that
 * hold one, 9 at most, joined to one number. */
static LLVMValueRef load_straddling(struct emitter *e, struct val v,
				    const struct member *m)
{
	uint32_t n = (m->bit_offset + m->bits + 7) / 8, i;
	LLVMValueRef cell = emit_temp(e, 16, "bits"), low, high;

	emit_store_at(e, cell, emit_int(e, 0), 8);
	emit_store_at(e, emit_offset(e, cell, 8), emit_int(e, 0), 8);
	if (v.at == AT_CTX) {
		v.at = AT_KERNEL;
		v.v = emit_to_int(e, v.v);
	}
	if (v.at != AT_BPF)
		emit_read(e, v.at, cell, emit_int(e, n), v.v);
	for (i = 0; i < n && v.at == AT_BPF; i++)
		emit_store_at(e, emit_offset(e, cell, i),
			      emit_load_at(e, emit_offset(e, v.v, i), 1, false),
			      1);
	low = emit_load_at(e, cell, 8, false);
	low = LLVMBuildLShr(e->b, low, emit_int(e, m->bit_offset), "");
	if (n > 8) {
		high = emit_load_at(e, emit_offset(e, cell, 8), 8, false);
		high = LLVMBuildShl(e->b, high, emit_int(e, 64 - m->bit_offset),
				    "");
		low = LLVMBuildOr(e->b, low, high, "");
	}
	return shift_out(e, low, emit_int(e, 64 - m->bits),
			 emit_int(e, 64 - m->bits), m->type->is_signed);
}

static LLVMValueRef load_bits(struct emitter *e, struct spot *p)
{
	const struct member *m = p->member;
	struct val v = settle(e, p);
	uint32_t left = 64 - m->bit_offset - m->bits;

	if (m->bit_offset + m->bits > m->type->size * 8)
		return load_straddling(e, v, m);
	return shift_out(e, emit_load(e, v), emit_int(e, left),
			 emit_int(e, 64 - m->bits), m->type->is_signed);
}

/* An integer of the kernel, however wide it is there and wherever its bits are.
 */
static LLVMValueRef load_relocated(struct emitter *e, struct spot *p)
{
	LLVMValueRef size = core_field(e, p->root, p->path, p->n, CORE_SIZE);
	LLVMValueRef left = core_field(e, p->root, p->path, p->n, CORE_LSHIFT);
	LLVMValueRef right = core_field(e, p->root, p->path, p->n, CORE_RSHIFT);
	LLVMValueRef cell = emit_temp(e, 8, "field");
	const struct type *t = p->type;
	struct val v = settle(e, p);

	emit_store_at(e, cell, emit_int(e, 0), 8);
	emit_read(e, v.at, cell, size, v.v);
	return shift_out(e, emit_load_at(e, cell, 8, false), left, right,
			 t->is_signed);
}

/* In one instruction. */
static LLVMValueRef load_arg(struct emitter *e, const struct spot *p)
{
	uint32_t inside = (uint32_t)p->fixed - p->arg->offset;
	LLVMValueRef v = emit_load_arg(
		e, p->arg, inside, emit_load_size(p->type), p->type->is_signed);

	return p->type->kind == T_BOOL ? emit_fit(e, v, p->type) : v;
}

static LLVMValueRef load_place(struct emitter *e, struct spot *p)
{
	bool remote = p->at == AT_KERNEL || p->at == AT_USER;

	if (p->at == AT_REG)
		return p->base;
	if (remote && p->n && p->member && type_is_int(p->type) &&
	    p->path[p->n - 1] == p->member)
		return load_relocated(e, p);
	if (p->member && p->member->bits)
		return load_bits(e, p);
	if (p->at == AT_CTX && p->arg && !p->extra && !p->inside && !p->n)
		return load_arg(e, p);
	return emit_load(e, settle(e, p));
}

/* What is of the language's own making is asked for its parts in memory that
 * may be read directly. */
static struct val land(struct emitter *e, struct val v)
{
	if ((v.at != AT_KERNEL && v.at != AT_USER) ||
	    v.type->kind == T_STRUCT || v.type->kind == T_ARRAY ||
	    v.type->kind == T_STRING || !v.type->size)
		return v;
	return val_at(AT_BPF, emit_mem(e, v), v.type);
}

struct val emit_member(struct emitter *e, struct node *n)
{
	struct spot p;

	place_of(e, n, &p);
	if (type_is_scalar(p.type))
		return val_reg(load_place(e, &p), p.type);
	return land(e, settle(e, &p));
}

struct val emit_deref(struct emitter *e, LLVMValueRef address,
		      const struct type *ptr)
{
	struct spot p;

	follow_pointer(e, &p, address, ptr);
	if (type_is_scalar(p.type))
		return val_reg(load_place(e, &p), p.type);
	return land(e, settle(e, &p));
}

LLVMValueRef emit_kernel_field(struct emitter *e, LLVMValueRef address,
			       const char *type, ...)
{
	struct types *types = &e->u->types;
	const struct type *t = type_struct(types, type, false);
	const struct member *m;
	const char *name;
	struct spot p;
	va_list ap;

	if (!t)
		return emit_int(e, 0);
	place_from(&p, val_at(AT_KERNEL, address, t));
	va_start(ap, type);
	while ((name = va_arg(ap, const char *))) {
		if (p.type->kind == T_PTR)
			follow_pointer(e, &p, load_place(e, &p), p.type);
		m = p.type->kind == T_STRUCT ? type_member(types, p.type, name)
					     : NULL;
		if (!m)
			break;
		add_member(e, &p, m);
	}
	va_end(ap);
	if (name)
		return emit_int(e, 0);
	if (!type_is_scalar(p.type))
		return settle(e, &p).v;
	return load_place(e, &p);
}
