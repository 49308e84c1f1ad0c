#include <string.h>

#include "coreloc.h"
#include "emit_own.h"
#include "event.h"

/* Memory: addresses, loads and stores, copies.  Fields are in emit_field.c. */

/* A pointer that was made a number is itself again: LLVM would not see through
 * it early enough to keep what it points to in registers. */
LLVMValueRef emit_to_ptr(struct emitter *e, LLVMValueRef v)
{
	LLVMValueRef number = LLVMIsAPtrToIntInst(v);

	if (number)
		return LLVMGetOperand(number, 0);
	return LLVMBuildIntToPtr(e->b, v, e->ptr, "");
}

LLVMValueRef emit_to_int(struct emitter *e, LLVMValueRef p)
{
	return LLVMBuildPtrToInt(e->b, p, e->i64, "");
}

enum where emit_where(enum space s)
{
	static const enum where at[] = {
		[SPACE_KERNEL] = AT_KERNEL,
		[SPACE_USER] = AT_USER,
		/* &@x may be NULL, &$x lies askew for what is in it, and
		 * either may have been kept where the verifier loses track:
		 * to a helper it is all the same. */
		[SPACE_BPF] = AT_KERNEL,
		[SPACE_CTX] = AT_CTX,
	};

	return at[s];
}

LLVMValueRef emit_offset(struct emitter *e, LLVMValueRef p, uint64_t offset)
{
	LLVMValueRef i = emit_int(e, offset);

	if (!offset)
		return p;
	return LLVMBuildInBoundsGEP2(e->b, e->i8, p, &i, 1, "");
}

/* Is p on the stack, and how is it aligned?  Elsewhere any alignment will do
 * for the processors there are; on the stack the verifier insists. */
static bool on_stack(struct emitter *e, LLVMValueRef p, uint32_t *align)
{
	uint64_t offset = 0;

	while (LLVMIsAGetElementPtrInst(p)) {
		LLVMValueRef i = LLVMGetOperand(p, 1);

		if (LLVMIsAConstantInt(i))
			offset += LLVMConstIntGetZExtValue(i);
		else
			offset |= 1;
		p = LLVMGetOperand(p, 0);
	}
	*align = 8;
	if (!LLVMIsAAllocaInst(p) && p != e->fn->frame)
		return false;
	while (offset & (*align - 1))
		*align /= 2;
	return true;
}

static LLVMTypeRef int_type(struct emitter *e, uint32_t size)
{
	return size == 1   ? e->i8
	       : size == 2 ? e->i16
	       : size == 4 ? e->i32
			   : e->i64;
}

LLVMValueRef emit_i64(struct emitter *e, LLVMValueRef v, bool is_signed)
{
	return is_signed ? LLVMBuildSExt(e->b, v, e->i64, "")
			 : LLVMBuildZExt(e->b, v, e->i64, "");
}

LLVMValueRef emit_fit(struct emitter *e, LLVMValueRef v, const struct type *t)
{
	LLVMTypeRef narrow;

	if (t->kind == T_BOOL) {
		v = LLVMBuildICmp(e->b, LLVMIntNE, v, emit_int(e, 0), "");
		return emit_i64(e, v, false);
	}
	if (t->size >= 8 || !t->size)
		return v;
	narrow = int_type(e, t->size);
	return emit_i64(e, LLVMBuildTrunc(e->b, v, narrow, ""), t->is_signed);
}

LLVMValueRef emit_load_at(struct emitter *e, LLVMValueRef p, uint32_t size,
			  bool is_signed)
{
	LLVMTypeRef t = int_type(e, size);
	LLVMValueRef v = LLVMBuildLoad2(e->b, t, p, "");
	uint32_t align;

	if (on_stack(e, p, &align) && align < size)
		LLVMSetAlignment(v, align);
	else
		LLVMSetAlignment(v, size);
	return size < 8 ? emit_i64(e, v, is_signed) : v;
}

void emit_store_at(struct emitter *e, LLVMValueRef p, LLVMValueRef v,
		   uint32_t size)
{
	uint32_t align;

	if (size < 8)
		v = LLVMBuildTrunc(e->b, v, int_type(e, size), "");
	v = LLVMBuildStore(e->b, v, p);
	if (on_stack(e, p, &align) && align < size)
		LLVMSetAlignment(v, align);
	else
		LLVMSetAlignment(v, size);
}

LLVMValueRef emit_volatile_load(struct emitter *e, LLVMTypeRef t,
				LLVMValueRef p, uint32_t align)
{
	LLVMValueRef v = LLVMBuildLoad2(e->b, t, p, "");

	LLVMSetVolatile(v, 1);
	LLVMSetAlignment(v, align);
	return v;
}

LLVMValueRef emit_keep_offset(struct emitter *e, LLVMValueRef p)
{
	static const char name[] = "llvm.preserve.static.offset";
	unsigned id = LLVMLookupIntrinsicID(name, sizeof(name) - 1);
	LLVMTypeRef type = LLVMIntrinsicGetType(e->cx, id, NULL, 0);
	LLVMValueRef fn = LLVMGetIntrinsicDeclaration(e->mod, id, NULL, 0);

	return LLVMBuildCall2(e->b, type, fn, &p, 1, "");
}

/*
 * Not from a record of ours.  Opaque, since LLVM would take one instruction for
 * this load and another, through a pointer to elsewhere, where two ways meet.
 */
static LLVMValueRef load_ctx(struct emitter *e, LLVMValueRef p, uint32_t size,
			     bool is_signed)
{
	LLVMValueRef v;

	if (e->fn->record)
		return emit_load_at(e, p, size, is_signed);
	v = emit_volatile_load(e, int_type(e, size), p, size);
	return emit_opaque(e, size < 8 ? emit_i64(e, v, is_signed) : v);
}

LLVMValueRef emit_load_ctx(struct emitter *e, uint32_t offset, uint32_t size,
			   bool is_signed)
{
	LLVMValueRef from = e->fn->record;

	if (!from)
		from = emit_keep_offset(e, emit_context(e));
	return load_ctx(e, emit_offset(e, from, offset), size, is_signed);
}

uint32_t emit_load_size(const struct type *t)
{
	uint32_t n = t->size;

	return n == 1 || n == 2 || n == 4 ? n : 8;
}

LLVMValueRef emit_load(struct emitter *e, struct val v)
{
	uint32_t size = emit_load_size(v.type);
	bool is_signed = v.type->is_signed;
	LLVMValueRef p;

	switch (v.at) {
	case AT_NOWHERE:
		return emit_int(e, 0);
	case AT_REG:
		return v.v;
	case AT_BPF:
		p = emit_load_at(e, v.v, size, is_signed);
		break;
	case AT_CTX:
		p = load_ctx(e, v.v, size, is_signed);
		break;
	case AT_KERNEL:
	case AT_USER:
	default:
		p = emit_temp(e, 8, "read");
		emit_read(e, v.at, p, emit_int(e, size), v.v);
		p = emit_load_at(e, p, size, is_signed);
	}
	return v.type->kind == T_BOOL ? emit_fit(e, p, v.type) : p;
}

LLVMValueRef emit_mem(struct emitter *e, struct val v)
{
	LLVMValueRef p;

	if (v.at == AT_BPF)
		return v.v;
	p = emit_temp(e, v.type->size, "copy");
	emit_store(e, v, p);
	return p;
}

/*
 * A struct of the kernel is copied as it is laid out where the program is
 * compiled: the plan says so, for a loader on another kernel.  One of the
 * script's own that is matched by name has no layout to copy.
 */
static void note_layout(struct emitter *e, const struct type *t)
{
	struct diag *d;
	uint32_t i;

	while (t->kind == T_ARRAY)
		t = t->elem;
	if (t->kind != T_STRUCT || t->origin != ORIGIN_RELOCATED)
		return;
	if (bt_found(t->btf)) {
		i = type_plan(&e->u->types, e->plan, e->a, t);
		e->plan->types.v[i].relocated = 1;
		return;
	}
	d = diag_error(e->u->diags, e->state->at, DIAG_BAD_OPERAND,
		       "%s is matched with the kernel's by the names of its "
		       "fields, so it cannot be copied as a whole",
		       type_str(t));
	diag_hint(e->u->diags, d, "take the fields one by one");
}

static void read_to(struct emitter *e, struct val v, LLVMValueRef dst)
{
	LLVMValueRef size = emit_int(e, v.type->size);

	if (v.type->kind != T_STRING) {
		note_layout(e, v.type);
		emit_read(e, v.at, dst, size, v.v);
		return;
	}
	/* What follows the NUL in a char array may be anything. */
	emit_wipe(e, dst, v.type->size);
	emit_read_text(e, v.at, dst, v.type->size, v.v);
}

void emit_store(struct emitter *e, struct val v, LLVMValueRef dst)
{
	switch (v.at) {
	case AT_NOWHERE:
		break;
	case AT_REG:
		emit_store_at(e, dst, v.v, emit_load_size(v.type));
		break;
	case AT_BPF:
		if (v.v != dst)
			emit_copy(e, dst, v.v, v.type->size, v.type->align);
		break;
	case AT_CTX:
		if (type_is_scalar(v.type)) {
			emit_store_at(e, dst, emit_load(e, v),
				      emit_load_size(v.type));
			break;
		}
		v.at = AT_KERNEL;
		v.v = emit_to_int(e, v.v);
		read_to(e, v, dst);
		break;
	case AT_KERNEL:
	case AT_USER:
		read_to(e, v, dst);
		break;
	}
}

/* ---- blocks of bytes ---- */

/*
 * Reading from address 0 fails at once, and then the kernel zeroes the
 * destination with its own memset: cheaper than a hundred stores.
 */
void emit_wipe(struct emitter *e, LLVMValueRef dst, uint32_t size)
{
	uint32_t align;
	bool stack;

	if (!size)
		return;
	stack = on_stack(e, dst, &align);
	if (size <= UNROLLED_MAX || (stack && size / align <= UNROLLED_MAX))
		LLVMBuildMemSet(e->b, dst, LLVMConstInt(e->i8, 0, 0),
				emit_int(e, size), align);
	else
		emit_helper(e, BPF_FUNC_probe_read_kernel, dst,
			    emit_int(e, size), emit_int(e, 0), NULL);
}

void emit_copy(struct emitter *e, LLVMValueRef dst, LLVMValueRef src,
	       uint32_t size, uint32_t align)
{
	uint32_t to, from;

	(void)align; /* on_stack() knows better */
	if (!size)
		return;
	on_stack(e, dst, &to);
	on_stack(e, src, &from);
	if (size <= UNROLLED_MAX)
		LLVMBuildMemCpy(e->b, dst, to, src, from, emit_int(e, size));
	else
		emit_helper(e, BPF_FUNC_probe_read_kernel, dst,
			    emit_int(e, size), src, NULL);
}

void emit_check_helper(struct emitter *e, LLVMValueRef ret, const char *helper,
		       const char *text)
{
	struct event ev;
	struct branch br;

	if (!e->u->helper_errors)
		return;
	/* Some return an int in half a register (maps, before Linux 6.4). */
	ret = emit_fit(e, ret, &type_int32);
	br = emit_if(e,
		     LLVMBuildICmp(e->b, LLVMIntSLT, ret, emit_int(e, 0), ""));
	ev = event_begin(e, e->state->at, ACTION_RUNTIME);
	event_row(&ev)->text = text;
	event_row(&ev)->text2 = helper;
	event_val(&ev, val_reg(ret, &type_int64));
	event_send(&ev);
	emit_endif(e, &br);
}

static LLVMValueRef read(struct emitter *e, int id, const char *name,
			 LLVMValueRef dst, LLVMValueRef size, LLVMValueRef src)
{
	LLVMValueRef ret = emit_helper(e, id, dst, size, src, NULL);

	emit_check_helper(e, ret, name,
			  "cannot read memory: there is none at this address");
	return ret;
}

LLVMValueRef emit_read(struct emitter *e, enum where at, LLVMValueRef dst,
		       LLVMValueRef size, LLVMValueRef src)
{
	if (at == AT_USER)
		return read(e, BPF_FUNC_probe_read_user, "probe_read_user", dst,
			    size, src);
	return read(e, BPF_FUNC_probe_read_kernel, "probe_read_kernel", dst,
		    size, src);
}

LLVMValueRef emit_read_str(struct emitter *e, enum where at, LLVMValueRef dst,
			   LLVMValueRef size, LLVMValueRef src)
{
	if (at == AT_USER)
		return read(e, BPF_FUNC_probe_read_user_str,
			    "probe_read_user_str", dst, size, src);
	return read(e, BPF_FUNC_probe_read_kernel_str, "probe_read_kernel_str",
		    dst, size, src);
}

void emit_read_text(struct emitter *e, enum where at, LLVMValueRef dst,
		    uint32_t room, LLVMValueRef src)
{
	LLVMValueRef last = emit_int(e, room - 1);
	LLVMValueRef got = emit_read_str(e, at, dst, emit_int(e, room), src);
	struct branch br = emit_if(
		e, LLVMBuildICmp(e->b, LLVMIntEQ, got, emit_int(e, room), ""));

	emit_read(e, at, emit_offset(e, dst, room - 1), emit_int(e, 1),
		  LLVMBuildAdd(e->b, src, last, ""));
	emit_endif(e, &br);
}

/* LLVM must not know what it is, or it compares another copy of the value than
 * the one that is used, and the verifier loses the bound. */
LLVMValueRef emit_opaque(struct emitter *e, LLVMValueRef v)
{
	LLVMTypeRef t = LLVMFunctionType(e->i64, &e->i64, 1, 0);
	LLVMValueRef nop = LLVMGetInlineAsm(t, "", 0, "=r,0", 4, 1, 0,
					    LLVMInlineAsmDialectATT, 0);

	return LLVMBuildCall2(e->b, t, nop, &v, 1, "");
}

LLVMValueRef emit_clamp(struct emitter *e, LLVMValueRef v, uint64_t max)
{
	LLVMValueRef over;

	if (LLVMIsAConstantInt(v))
		return emit_int(e, LLVMConstIntGetZExtValue(v) > max
					   ? max
					   : LLVMConstIntGetZExtValue(v));
	v = emit_opaque(e, v);
	over = LLVMBuildICmp(e->b, LLVMIntUGT, v, emit_int(e, max), "");
	return emit_opaque(
		e, LLVMBuildSelect(e->b, over, emit_int(e, max), v, ""));
}
