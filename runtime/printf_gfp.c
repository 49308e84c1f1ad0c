/* printf_gfp.c - the names of the kernel's GFP flags. */
#include "printf.h"

#define DMA 0x1u
#define HIGHMEM 0x2u
#define DMA32 0x4u
#define MOVABLE 0x8u
#define RECLAIMABLE 0x10u
#define HIGH 0x20u
#define IO 0x40u
#define FS 0x80u
#define ZERO 0x100u
#define ATOMIC 0x200u
#define DIRECT_RECLAIM 0x400u
#define KSWAPD_RECLAIM 0x800u
#define WRITE 0x1000u
#define NOWARN 0x2000u
#define RETRY_MAYFAIL 0x4000u
#define NOFAIL 0x8000u
#define NORETRY 0x10000u
#define MEMALLOC 0x20000u
#define COMP 0x40000u
#define NOMEMALLOC 0x80000u
#define HARDWALL 0x100000u
#define THISNODE 0x200000u
#define ACCOUNT 0x400000u
#define ZEROTAGS 0x800000u

#define RECLAIM (DIRECT_RECLAIM | KSWAPD_RECLAIM)
#define KERNEL (RECLAIM | IO | FS)
#define USER (KERNEL | HARDWALL)
#define HUGE \
	(((USER | HIGHMEM | MOVABLE | COMP | NOMEMALLOC | NOWARN)) & ~RECLAIM)

/* The bits as they are since 4.13 (those above ZEROTAGS move; ATOMIC went in
 * 6.4); larger sets
 * first, as the kernel's own traces name them. */
static const struct {
	uint32_t bits;
	const char *name;
} gfp_names[] = {
	{ HUGE | DIRECT_RECLAIM, "GFP_TRANSHUGE" },
	{ HUGE, "GFP_TRANSHUGE_LIGHT" },
	{ USER | HIGHMEM | MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	{ USER | HIGHMEM, "GFP_HIGHUSER" },
	{ USER, "GFP_USER" },
	{ KERNEL | ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ KERNEL, "GFP_KERNEL" },
	{ RECLAIM | IO, "GFP_NOFS" },
	{ HIGH | ATOMIC | KSWAPD_RECLAIM, "GFP_ATOMIC" },
	{ HIGH | KSWAPD_RECLAIM, "GFP_ATOMIC" },
	{ RECLAIM, "GFP_NOIO" },
	{ KSWAPD_RECLAIM, "GFP_NOWAIT" },
	{ DMA, "GFP_DMA" },
	{ HIGHMEM, "__GFP_HIGHMEM" },
	{ DMA32, "GFP_DMA32" },
	{ MOVABLE, "__GFP_MOVABLE" },
	{ RECLAIMABLE, "__GFP_RECLAIMABLE" },
	{ HIGH, "__GFP_HIGH" },
	{ IO, "__GFP_IO" },
	{ FS, "__GFP_FS" },
	{ ZERO, "__GFP_ZERO" },
	{ ATOMIC, "__GFP_ATOMIC" },
	{ DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ WRITE, "__GFP_WRITE" },
	{ NOWARN, "__GFP_NOWARN" },
	{ RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ NOFAIL, "__GFP_NOFAIL" },
	{ NORETRY, "__GFP_NORETRY" },
	{ MEMALLOC, "__GFP_MEMALLOC" },
	{ COMP, "__GFP_COMP" },
	{ NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ HARDWALL, "__GFP_HARDWALL" },
	{ THISNODE, "__GFP_THISNODE" },
	{ ACCOUNT, "__GFP_ACCOUNT" },
	{ ZEROTAGS, "__GFP_ZEROTAGS" },
};

void gfp_render(uint64_t flags, struct strbuf *out)
{
	const char *between = "";
	size_t i;

	if (!flags)
		strbuf_str(out, "none");
	for (i = 0; i < countof(gfp_names) && flags; i++) {
		if ((flags & gfp_names[i].bits) != gfp_names[i].bits)
			continue;
		strbuf_str(out, between);
		strbuf_str(out, gfp_names[i].name);
		between = "|";
		flags &= ~(uint64_t)gfp_names[i].bits;
	}
	if (!flags)
		return;
	strbuf_str(out, between);
	strbuf_str(out, "0x");
	strbuf_hex(out, flags);
}
