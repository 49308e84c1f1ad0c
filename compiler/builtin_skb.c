/* builtin_skb.c - skboutput(): packets, for a file that tcpdump reads. */
#include "emit_own.h"
#include "event.h"

/*
 * Of a packet that is in several pieces the first is taken, which has the
 * headers; how long it all is goes into the file as well.  bpf_skb_output()
 * would take them all, and is for fentry and raw tracepoints only.
 */

enum { SNAP_DEFAULT = 2048, SNAP_MAX = 65000 };

static uint32_t snap_length(struct node *len)
{
	int64_t n;

	if (!emit_literal_int(len, &n))
		return SNAP_DEFAULT;
	if (n < 1)
		return 1;
	return n > SNAP_MAX ? SNAP_MAX : (uint32_t)n;
}

static LLVMValueRef least(struct emitter *e, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntULT, a, b, ""),
			       a, b, "");
}

/* a - b, and 0 rather than less. */
static LLVMValueRef beyond(struct emitter *e, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntUGT, a, b, ""),
			       LLVMBuildSub(e->b, a, b, ""), emit_int(e, 0),
			       "");
}

struct packet {
	LLVMValueRef from;  /* address of the first byte */
	LLVMValueRef bytes; /* that are read */
	LLVMValueRef whole; /* that there are, from there on */
};

static struct packet find_packet(struct emitter *e, struct node *n,
				 uint32_t room)
{
	LLVMValueRef skb = emit_scalar(e, emit_arg(n, 1));
	LLVMValueRef len = emit_scalar(e, emit_arg(n, 2));
	LLVMValueRef off = emit_scalar(e, emit_arg(n, 3));
	LLVMValueRef all, rest, head, data;
	struct packet p;

	data = emit_kernel_field(e, skb, "sk_buff", "data", NULL);
	all = emit_kernel_field(e, skb, "sk_buff", "len", NULL);
	rest = emit_kernel_field(e, skb, "sk_buff", "data_len", NULL);
	head = beyond(e, all, rest);
	p.from = LLVMBuildAdd(e->b, data, off, "");
	p.whole = beyond(e, all, off);
	p.bytes = least(e, least(e, len, beyond(e, head, off)),
			emit_int(e, room));
	return p;
}

struct val emit_skboutput(struct emitter *e, struct node *n)
{
	uint32_t room = snap_length(emit_arg(n, 2)), when, bytes, whole, at;
	struct event ev = event_begin(e, n->at, ACTION_SKBOUTPUT);
	struct packet p = find_packet(e, n, room);
	LLVMValueRef none;
	struct record r;

	event_row(&ev)->text = emit_literal_str(emit_arg(n, 0), NULL);
	when = event_room(&ev, &type_uint64);
	bytes = event_room(&ev, &type_uint32);
	whole = event_room(&ev, &type_uint32);
	at = event_room(&ev, type_array(&e->u->types, &type_uint8, room));
	r = event_reserve(&ev);
	emit_wipe(e, emit_offset(e, r.mem, at), room);
	emit_store_at(e, emit_offset(e, r.mem, when),
		      emit_helper(e, BPF_FUNC_ktime_get_boot_ns, NULL), 8);
	emit_store_at(e, emit_offset(e, r.mem, bytes), p.bytes, 4);
	emit_store_at(e, emit_offset(e, r.mem, whole), p.whole, 4);
	emit_read(e, AT_KERNEL, emit_offset(e, r.mem, at),
		  emit_clamp(e, p.bytes, room), p.from);
	event_close(&ev, &r);
	none = LLVMBuildICmp(e->b, LLVMIntEQ, p.bytes, emit_int(e, 0), "");
	return val_reg(LLVMBuildSelect(e->b, none, emit_int(e, (uint32_t)-22),
				       emit_int(e, 0), ""),
		       n->type);
}
