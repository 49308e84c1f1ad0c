/* builtin_mem.c - memory by address: buffers, addresses of networks, bytes. */
#include <arpa/inet.h>
#include <string.h>

#include "coreloc.h"
#include "emit.h"

static enum where where_of(struct emitter *e, const struct node *n)
{
	if (n->type->kind == T_PTR)
		return emit_where(n->type->space);
	return emit_bare_where(e);
}

/* Copy size bytes (an i64) of what a pointer points to, or of an aggregate's
 * own bytes, to dst. */
static void read_bytes(struct emitter *e, struct node *n, LLVMValueRef dst,
		       LLVMValueRef size, uint32_t max)
{
	LLVMValueRef from;
	struct val v;

	if (type_is_scalar(n->type)) {
		enum where at = where_of(e, n);
		LLVMValueRef address = emit_scalar(e, n);

		if (at == AT_BPF || at == AT_CTX)
			at = AT_KERNEL;
		emit_read(e, at, dst, size, address);
		return;
	}
	v = emit_expr(e, n);
	if (v.at == AT_KERNEL || v.at == AT_USER) {
		emit_read(e, v.at, dst, size, v.v);
		return;
	}
	if (n->type->size < max)
		max = n->type->size;
	size = emit_clamp(e, size, max);
	from = emit_mem(e, v);
	if (LLVMIsAConstantInt(size)) {
		max = (uint32_t)LLVMConstIntGetZExtValue(size);
		if (max)
			emit_copy(e, dst, from, max, 1);
		return;
	}
	from = LLVMBuildPtrToInt(e->b, from, e->i64, "");
	emit_read(e, AT_KERNEL, dst, size, from);
}

/* buf(p, len): the length, then room for the most it can be. */
struct val emit_buf(struct emitter *e, struct node *n)
{
	struct node *arg = emit_arg(n, 0), *len = emit_arg(n, 1);
	uint32_t max = n->type->n;
	LLVMValueRef p, size;

	size = len ? emit_clamp(e, emit_scalar(e, len), max) : emit_int(e, max);
	p = emit_result(e, n);
	emit_wipe(e, p, n->type->size);
	emit_store_at(e, p, size, 4);
	read_bytes(e, arg, emit_offset(e, p, 4), size, max);
	return val_at(AT_BPF, p, n->type);
}

struct val emit_macaddr(struct emitter *e, struct node *n)
{
	LLVMValueRef p = emit_temp(e, 8, "macaddr");

	read_bytes(e, emit_arg(n, 0), p, emit_int(e, 6), 6);
	return val_at(AT_BPF, p, n->type);
}

/* ntop([family, ]address): without the family the size tells. */
struct val emit_ntop(struct emitter *e, struct node *n)
{
	struct node *addr = emit_arg(n, emit_nargs(n) - 1);
	LLVMValueRef p = emit_temp(e, n->type->size, "inet"), family, bytes;
	struct branch short_one;
	LLVMValueRef other;
	uint32_t size = addr->type->size;

	if (emit_nargs(n) > 1)
		family = emit_scalar(e, emit_arg(n, 0));
	else
		family = emit_int(e, !type_is_scalar(addr->type) && size == 16
					     ? AF_INET6
					     : AF_INET);
	emit_wipe(e, p, n->type->size);
	emit_store_at(e, p, family, 4);
	bytes = emit_offset(e, p, 4);
	if (type_is_int(addr->type))
		emit_store_at(e, bytes, emit_scalar(e, addr), 4);
	else
		read_bytes(e, addr, bytes, emit_int(e, size == 4 ? 4 : 16),
			   size == 4 ? 4 : 16);
	if (emit_nargs(n) > 1) { /* equal addresses are equal keys */
		other = LLVMBuildICmp(e->b, LLVMIntNE, family,
				      emit_int(e, AF_INET6), "");
		short_one = emit_if(e, other);
		emit_wipe(e, emit_offset(e, bytes, 4), 12);
		emit_endif(e, &short_one);
	}
	return val_at(AT_BPF, p, n->type);
}

struct val emit_pton(struct emitter *e, struct node *n)
{
	const char *s = emit_literal_str(emit_arg(n, 0), NULL);
	char bytes[16] = { 0 };

	inet_pton(strchr(s, ':') ? AF_INET6 : AF_INET, s, bytes);
	return val_at(AT_BPF, emit_const_bytes(e, bytes, n->type->size),
		      n->type);
}

static struct val same_address(struct emitter *e, struct node *n)
{
	return val_reg(emit_scalar(e, emit_arg(n, 0)), n->type);
}

struct val emit_kptr(struct emitter *e, struct node *n)
{
	return same_address(e, n);
}

struct val emit_uptr(struct emitter *e, struct node *n)
{
	return same_address(e, n);
}

struct val emit_bswap(struct emitter *e, struct node *n)
{
	LLVMTypeRef width = LLVMIntTypeInContext(e->cx, n->type->size * 8);
	LLVMValueRef v = emit_scalar(e, emit_arg(n, 0)), fn;
	unsigned id = LLVMLookupIntrinsicID("llvm.bswap", 10);
	LLVMTypeRef type;

	v = LLVMBuildTrunc(e->b, v, width, "");
	if (n->type->size > 1) {
		fn = LLVMGetIntrinsicDeclaration(e->mod, id, &width, 1);
		type = LLVMIntrinsicGetType(e->cx, id, &width, 1);
		v = LLVMBuildCall2(e->b, type, fn, &v, 1, "");
	}
	return val_reg(emit_i64(e, v, false), n->type);
}

LLVMValueRef emit_bytes_of(struct emitter *e, struct node *n, uint32_t size)
{
	LLVMValueRef p;

	if (!type_is_scalar(n->type) && n->type->size >= size) {
		struct val v = emit_expr(e, n);

		if (v.at == AT_BPF)
			return v.v;
	}
	p = emit_temp(e, size, "bytes");
	emit_wipe(e, p, size);
	read_bytes(e, n, p, emit_int(e, size), size);
	return p;
}

struct val emit_memcmp(struct emitter *e, struct node *n)
{
	LLVMValueRef cell = emit_cell(e, "memcmp"), a, b, x, y;
	LLVMBasicBlockRef done = emit_block(e, "memcmp.end");
	int64_t size = 0;
	uint32_t i;

	emit_literal_int(emit_arg(n, 2), &size);
	a = emit_bytes_of(e, emit_arg(n, 0), (uint32_t)size);
	b = emit_bytes_of(e, emit_arg(n, 1), (uint32_t)size);
	emit_cell_set(e, cell, emit_int(e, 0));
	for (i = 0; i < size; i++) {
		LLVMBasicBlockRef next = emit_block(e, "memcmp.next");

		x = emit_load_at(e, emit_offset(e, a, i), 1, false);
		y = emit_load_at(e, emit_offset(e, b, i), 1, false);
		emit_cell_set(e, cell, LLVMBuildSub(e->b, x, y, ""));
		emit_goto_if(e, LLVMBuildICmp(e->b, LLVMIntEQ, x, y, ""), next,
			     done);
		emit_at(e, next);
	}
	emit_goto(e, done);
	emit_at(e, done);
	return val_reg(emit_cell_get(e, cell), n->type);
}

static void path_from(struct emitter *e, LLVMValueRef from, LLVMValueRef p,
		      const struct type *t)
{
	emit_helper(e, BPF_FUNC_d_path,
		    LLVMBuildIntToPtr(e->b, from, e->ptr, ""), p,
		    emit_int(e, t->n), NULL);
}

/*
 * ctx.file.f_path of an iterator: the pointer comes from the context itself, or
 * the verifier does not know what it points to, and it may be NULL.
 */
static void path_in_iter(struct emitter *e, const struct node *arg,
			 LLVMValueRef p, const struct type *t)
{
	enum { MAX_PATH = 32 };
	LLVMBasicBlockRef there = emit_block(e, "there");
	LLVMBasicBlockRef done = emit_block(e, "done");
	const struct member *path[MAX_PATH];
	const struct node *object;
	LLVMValueRef from;
	uint32_t n;

	if (arg->kind == N_UNARY)
		arg = arg->unary.e;
	object = arg->field.e;
	type_member_path(&e->u->types, object->field.e->type->elem,
			 object->field.name, path, MAX_PATH);
	from = emit_load_ctx(e, path[0]->offset, 8, false);
	emit_goto_if(e,
		     LLVMBuildICmp(e->b, LLVMIntNE, from, emit_int(e, 0), ""),
		     there, done);
	emit_at(e, there);
	n = type_member_path(&e->u->types, object->type->elem, arg->field.name,
			     path, MAX_PATH);
	path_from(e,
		  LLVMBuildAdd(e->b, from,
			       core_field(e, object->type->elem, path, n,
					  CORE_OFFSET),
			       ""),
		  p, t);
	emit_goto(e, done);
	emit_at(e, done);
}

/*
 * bpf_d_path() takes a pointer the verifier knows to be a struct path, where
 * the kernel allows it (Linux 5.10): in iterators, and in programs of kind
 * fentry and fexit of a few functions.
 */
struct val emit_path(struct emitter *e, struct node *n)
{
	LLVMValueRef p = emit_temp(e, n->type->n, "path");
	struct node *arg = emit_arg(n, 0);

	emit_wipe(e, p, n->type->n);
	if (e->body->provider == PROVIDER_ITER)
		path_in_iter(e, arg, p, n->type);
	else
		path_from(e,
			  arg->type->kind == T_PTR ? emit_scalar(e, arg)
						   : emit_expr(e, arg).v,
			  p, n->type);
	return val_at(AT_BPF, p, n->type);
}
