/* builtin_usdt.c - argN of static probes, where map "usdt_args" says they are.
 */
#include "emit.h"

#define FIELD(name) (uint32_t) offsetof(struct usdt_arg, name)
#define SIZE(name) (uint32_t)sizeof(((struct usdt_arg *)NULL)->name)
/* A member of the description at p. */
#define LOAD(e, p, name) \
	emit_load_at(e, emit_offset(e, p, FIELD(name)), SIZE(name), false)

static LLVMValueRef is_kind(struct emitter *e, LLVMValueRef arg,
			    enum usdt_kind kind)
{
	return LLVMBuildICmp(e->b, LLVMIntEQ, LOAD(e, arg, kind),
			     emit_int(e, kind), "");
}

/* Read size bytes into a zeroed word. */
static void read_word(struct emitter *e, enum where at, LLVMValueRef dst,
		      LLVMValueRef size, LLVMValueRef src)
{
	emit_store_at(e, dst, emit_int(e, 0), 8);
	emit_read(e, at, dst, emit_clamp(e, size, 8), src);
}

/* A register: the context at a place that is not known before. */
static LLVMValueRef register_address(struct emitter *e, LLVMValueRef offset)
{
	LLVMValueRef ctx = LLVMBuildPtrToInt(e->b, emit_context(e), e->i64, "");

	return LLVMBuildAdd(e->b, ctx, offset, "");
}

static LLVMValueRef read_register(struct emitter *e, LLVMValueRef word,
				  LLVMValueRef offset)
{
	read_word(e, AT_KERNEL, word, emit_int(e, 8),
		  register_address(e, offset));
	return emit_load_at(e, word, 8, false);
}

/* word = *(base + (index << shift) + disp) */
static void read_memory(struct emitter *e, LLVMValueRef arg, LLVMValueRef word)
{
	LLVMValueRef cell = emit_cell(e, "address"), v;
	struct branch br;

	v = read_register(e, word, LOAD(e, arg, base));
	emit_cell_set(e, cell, LLVMBuildAdd(e->b, v, LOAD(e, arg, disp), ""));
	br = emit_if(e, is_kind(e, arg, USDT_INDEXED));
	v = read_register(e, word, LOAD(e, arg, index));
	v = LLVMBuildShl(
		e->b, v,
		LLVMBuildAnd(e->b, LOAD(e, arg, shift), emit_int(e, 63), ""),
		"");
	emit_cell_set(e, cell,
		      LLVMBuildAdd(e->b, emit_cell_get(e, cell), v, ""));
	emit_endif(e, &br);
	read_word(e, AT_USER, word, LOAD(e, arg, size), emit_cell_get(e, cell));
}

/* The sign of fewer than eight bytes goes up to the top. */
static LLVMValueRef extend(struct emitter *e, LLVMValueRef arg, LLVMValueRef v)
{
	LLVMValueRef bits, high, is_signed;

	bits = LLVMBuildSub(e->b, emit_int(e, 8), LOAD(e, arg, size), "");
	bits = LLVMBuildAnd(e->b, LLVMBuildShl(e->b, bits, emit_int(e, 3), ""),
			    emit_int(e, 63), "");
	high = LLVMBuildShl(e->b, v, bits, "");
	is_signed = LLVMBuildICmp(e->b, LLVMIntNE, LOAD(e, arg, is_signed),
				  emit_int(e, 0), "");
	return LLVMBuildSelect(e->b, is_signed,
			       LLVMBuildAShr(e->b, high, bits, ""), v, "");
}

/* The description of this argument, in the map's entry; NULL: none. */
static LLVMValueRef find_arg(struct emitter *e)
{
	LLVMValueRef key = emit_temp(e, 8, "cookie"), cookie;

	cookie = emit_helper(e, BPF_FUNC_get_attach_cookie, emit_context(e),
			     NULL);
	cookie =
		LLVMBuildLShr(e->b, cookie, emit_int(e, USDT_COOKIE_SHIFT), "");
	emit_store_at(e, key, cookie, 4);
	return emit_helper_ptr(e, BPF_FUNC_map_lookup_elem, emit_usdt_map(e),
			       key, NULL);
}

LLVMValueRef emit_usdt_arg(struct emitter *e, uint32_t i)
{
	LLVMValueRef entry = find_arg(e), arg, word = emit_temp(e, 8, "word");
	LLVMValueRef cell = emit_cell(e, "arg");
	struct branch found, constant, reg;

	emit_cell_set(e, cell, emit_int(e, 0));
	found = emit_if(e, LLVMBuildIsNotNull(e->b, entry, ""));
	arg = emit_offset(e, entry, i * sizeof(struct usdt_arg));
	constant = emit_if(e, is_kind(e, arg, USDT_CONSTANT));
	emit_cell_set(e, cell, LOAD(e, arg, disp));
	emit_else(e, &constant);
	reg = emit_if(e, is_kind(e, arg, USDT_REGISTER));
	read_word(e, AT_KERNEL, word, LOAD(e, arg, size),
		  register_address(e, LOAD(e, arg, base)));
	emit_else(e, &reg);
	read_memory(e, arg, word);
	emit_endif(e, &reg);
	emit_cell_set(e, cell, extend(e, arg, emit_load_at(e, word, 8, false)));
	emit_endif(e, &constant);
	emit_endif(e, &found);
	return emit_cell_get(e, cell);
}
