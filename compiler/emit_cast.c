#include <string.h>

#include "emit_own.h"

/* Values of one type as values of another. */

static uint32_t less(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Bytes as bytes: cut, or filled up with zeros. */
static void bytes_to(struct emitter *e, struct val v, LLVMValueRef dst,
		     uint32_t size)
{
	uint32_t n = less(v.type->size, size);

	if (v.at == AT_BPF)
		emit_copy(e, dst, v.v, n, 1);
	else if (v.type->size <= size)
		emit_store(e, v, dst);
	else
		emit_copy(e, dst, emit_mem(e, v), n, 1);
	if (n < size)
		emit_wipe(e, emit_offset(e, dst, n), size - n);
}

static void string_to(struct emitter *e, struct val v, LLVMValueRef dst,
		      const struct type *to)
{
	if (v.at == AT_BPF || v.type->size <= to->size) {
		bytes_to(e, v, dst, to->size);
		return;
	}
	/* From elsewhere only what there is room for. */
	v.type = to;
	emit_store(e, v, dst);
}

static void tuple_to(struct emitter *e, struct val v, LLVMValueRef dst,
		     const struct type *to)
{
	LLVMValueRef src = emit_mem(e, v);
	uint32_t i, j;

	emit_wipe(e, dst, to->size);
	for (i = 0; i < to->nmembers && i < v.type->nmembers; i++) {
		const struct member *m = &to->members[i], *from;

		for (j = 0; to->kind == T_RECORD && j < v.type->nmembers; j++)
			if (!strcmp(v.type->members[j].name, m->name))
				break;
		if (to->kind == T_TUPLE)
			j = i;
		if (j == v.type->nmembers)
			continue;
		from = &v.type->members[j];
		emit_val_to(e,
			    val_at(AT_BPF, emit_offset(e, src, from->offset),
				   from->type),
			    emit_offset(e, dst, m->offset), m->type);
	}
}

/* A buffer: u32 length, bytes. */
static void buffer_from(struct emitter *e, struct val v, LLVMValueRef dst,
			const struct type *to)
{
	uint32_t n = less(v.type->size, to->size - 4);

	if (v.type->kind == T_BUFFER) {
		bytes_to(e, v, dst, to->size);
		emit_store_at(e, dst,
			      emit_clamp(e, emit_load_at(e, v.v, 4, false),
					 to->size - 4),
			      4);
		return;
	}
	emit_store_at(e, dst, emit_int(e, n), 4);
	bytes_to(e, v, emit_offset(e, dst, 4), to->size - 4);
}

static LLVMValueRef scalar_of(struct emitter *e, struct val v)
{
	if (v.type->kind == T_AGG)
		return emit_agg_value(e, v.type, emit_mem(e, v));
	if (type_is_scalar(v.type))
		return emit_load(e, v);
	/* An array of the integer's size. */
	v.at = v.at == AT_CTX ? AT_KERNEL : v.at;
	return emit_load_at(e, emit_mem(e, v), less(v.type->size, 8), false);
}

static void scalar_to(struct emitter *e, struct val v, LLVMValueRef dst,
		      const struct type *to)
{
	LLVMValueRef x = emit_load(e, v);

	if (to->size <= 8) {
		emit_store_at(e, dst, x, to->size);
		return;
	}
	emit_wipe(e, dst, to->size);
	emit_store_at(e, dst, x, 8);
}

void emit_val_to(struct emitter *e, struct val v, LLVMValueRef dst,
		 const struct type *to)
{
	if (v.at == AT_NOWHERE)
		return;
	if (type_is_scalar(to)) {
		v = val_reg(emit_fit(e, scalar_of(e, v), to), to);
		emit_store(e, v, dst);
	} else if (v.type == to) {
		emit_store(e, v, dst);
	} else if (type_is_scalar(v.type)) {
		scalar_to(e, v, dst, to);
	} else if (to->kind == T_STRING && v.type->kind == T_STRING) {
		string_to(e, v, dst, to);
	} else if (to->kind == T_BUFFER) {
		buffer_from(e, v, dst, to);
	} else if ((to->kind == T_TUPLE || to->kind == T_RECORD) &&
		   to->kind == v.type->kind) {
		tuple_to(e, v, dst, to);
	} else {
		bytes_to(e, v, dst, to->size);
	}
}

struct val emit_convert(struct emitter *e, struct val v, const struct type *to)
{
	LLVMValueRef p;

	if (v.type == to || v.at == AT_NOWHERE || to->kind == T_VOID)
		return v;
	if (type_is_scalar(to))
		return val_reg(emit_fit(e, scalar_of(e, v), to), to);
	p = emit_temp(e, to->size, "cast");
	emit_val_to(e, v, p, to);
	return val_at(AT_BPF, p, to);
}
