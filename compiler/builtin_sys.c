/* builtin_sys.c - the kernel's own: per-CPU symbols, structs by a member's
 * address, sockets, its trace pipe; and the program's memory, written. */
#include "emit.h"
#include "format.h"

struct val emit_container_of(struct emitter *e, struct node *n)
{
	LLVMValueRef p = emit_scalar(e, emit_arg(n, 0));
	LLVMValueRef off = emit_scalar(e, (struct node *)n->call.info);

	return val_reg(LLVMBuildSub(e->b, p, off, ""), n->type);
}

/* A symbol's own address is where the copy of CPU 0 would be if it had one: the
 * kernel adds __per_cpu_offset[cpu]. */
struct val emit_percpu_kaddr(struct emitter *e, struct node *n)
{
	const char *name = emit_literal_str(emit_arg(n, 0), NULL);
	struct node *arg = emit_arg(n, 1);
	LLVMValueRef cell = emit_cell(e, "percpu"), slot, cpu, at, mem, there;
	struct branch br;

	cpu = arg ? emit_scalar(e, arg)
		  : emit_helper(e, BPF_FUNC_get_smp_processor_id, NULL);
	cpu = LLVMBuildAnd(e->b, cpu, emit_int(e, UINT32_MAX), "");
	slot = emit_slot(e, SLOT_KADDR, name);
	emit_cell_set(e, cell, emit_int(e, 0));
	there = LLVMBuildAnd(
		e->b, LLVMBuildICmp(e->b, LLVMIntNE, slot, emit_int(e, 0), ""),
		LLVMBuildICmp(e->b, LLVMIntULT, cpu,
			      emit_slot(e, SLOT_NCPUS, ""), ""),
		"");
	br = emit_if(e, there);
	mem = emit_temp(e, 8, "offset");
	at = LLVMBuildAdd(e->b, emit_slot(e, SLOT_KADDR, "__per_cpu_offset"),
			  LLVMBuildMul(e->b, cpu, emit_int(e, 8), ""), "");
	emit_read(e, AT_KERNEL, mem, emit_int(e, 8), at);
	at = LLVMBuildAdd(e->b, slot, emit_load_at(e, mem, 8, false), "");
	emit_cell_set(e, cell, at);
	emit_endif(e, &br);
	return val_reg(emit_cell_get(e, cell), n->type);
}

/* Linux 5.12; the verifier must know the pointer to be a socket. */
struct val emit_socket_cookie(struct emitter *e, struct node *n)
{
	LLVMValueRef sk = emit_scalar(e, emit_arg(n, 0));

	sk = LLVMBuildIntToPtr(e->b, sk, e->ptr, "");
	return val_reg(emit_helper(e, BPF_FUNC_get_socket_cookie, sk, NULL),
		       n->type);
}

struct val emit_write_user(struct emitter *e, struct node *n)
{
	LLVMValueRef dst = emit_scalar(e, emit_arg(n, 0)), p;
	int64_t len = 0;

	emit_literal_int(emit_arg(n, 2), &len);
	p = emit_bytes_of(e, emit_arg(n, 1), (uint32_t)len);
	emit_helper(e, BPF_FUNC_probe_write_user,
		    LLVMBuildIntToPtr(e->b, dst, e->ptr, ""), p,
		    emit_int(e, (uint64_t)len), NULL);
	return val_void();
}

/* ---- debugf() ---- */

/* The same conversion for bpf_trace_printk(), where every argument is 64 bits
 * wide. */
static void add_conv(struct strbuf *out, const struct plan_segment *s)
{
	bool wide = s->conv != 's' && s->conv != 'p' && s->conv != 'c';

	strbuf_printf(out, "%%%s%s", s->flags & FORMAT_MINUS ? "-" : "",
		      s->flags & FORMAT_ZERO ? "0" : "");
	if (s->width)
		strbuf_printf(out, "%u", s->width);
	strbuf_printf(out, "%s%c", wide ? "ll" : "", (int)s->conv);
}

/* A percent sign of the text is doubled again. */
static void add_text(struct strbuf *out, const char *s)
{
	for (; *s; s++)
		strbuf_add(out, *s == '%' ? "%%" : s, *s == '%' ? 2 : 1);
}

static LLVMValueRef kernel_format(struct emitter *e, const struct format *f,
				  uint32_t *size)
{
	struct strbuf out = { 0 };
	LLVMValueRef p;
	size_t i;

	for (i = 0; i < f->segments.n; i++) {
		const struct plan_segment *s = &f->segments.v[i];

		if (s->conv)
			add_conv(&out, s);
		else
			add_text(&out, s->text);
	}
	*size = (uint32_t)out.len + 1;
	p = emit_const_bytes(
		e, arena_strndup(e->a, out.s ? out.s : "", out.len), *size - 1);
	strbuf_free(&out);
	return p;
}

struct val emit_debugf(struct emitter *e, struct node *n)
{
	LLVMValueRef args[3] = { NULL }, fmt;
	struct node *arg = emit_arg(n, 0)->next;
	uint32_t size, i;

	for (i = 0; i < countof(args) && arg; i++, arg = arg->next) {
		if (type_is_scalar(arg->type) || arg->type->kind == T_AGG)
			args[i] = emit_scalar(e, arg);
		else
			args[i] = LLVMBuildPtrToInt(
				e->b, emit_mem(e, emit_expr(e, arg)), e->i64,
				"");
	}
	fmt = kernel_format(e, n->call.info, &size);
	/* the list ends at the first that is not there */
	emit_helper(e, BPF_FUNC_trace_printk, fmt, emit_int(e, size), args[0],
		    args[1], args[2], NULL);
	return val_void();
}
