#include "arch.h"

#include <string.h>

/* clang-format off */
static const struct arch_reg x86_64_regs[] = {
	{ "r15", 0 },   { "r14", 8 },   { "r13", 16 },  { "r12", 24 },
	{ "bp", 32 },   { "bx", 40 },   { "r11", 48 },  { "r10", 56 },
	{ "r9", 64 },   { "r8", 72 },   { "ax", 80 },   { "cx", 88 },
	{ "dx", 96 },   { "si", 104 },  { "di", 112 },  { "orig_ax", 120 },
	{ "ip", 128 },  { "cs", 136 },  { "flags", 144 }, { "sp", 152 },
	{ "ss", 160 },  { "pc", 128 },  { NULL, 0 },
};

/* System V ABI: integers and pointers. */
static const char *const x86_64_args[] = { "di", "si", "dx", "cx", "r8", "r9" };

static const struct arch_reg arm64_regs[] = {
	{ "r0", 0 },    { "r1", 8 },    { "r2", 16 },   { "r3", 24 },
	{ "r4", 32 },   { "r5", 40 },   { "r6", 48 },   { "r7", 56 },
	{ "r8", 64 },   { "r9", 72 },   { "r10", 80 },  { "r11", 88 },
	{ "r12", 96 },  { "r13", 104 }, { "r14", 112 }, { "r15", 120 },
	{ "r16", 128 }, { "r17", 136 }, { "r18", 144 }, { "r19", 152 },
	{ "r20", 160 }, { "r21", 168 }, { "r22", 176 }, { "r23", 184 },
	{ "r24", 192 }, { "r25", 200 }, { "r26", 208 }, { "r27", 216 },
	{ "r28", 224 }, { "r29", 232 }, { "r30", 240 }, { "fp", 232 },
	{ "lr", 240 },  { "sp", 248 },  { "pc", 256 },  { "pstate", 264 },
	{ NULL, 0 },
};

static const char *const arm64_args[] = {
	"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7",
};

/* thread_info.status & TS_COMPAT */
static const struct arch_syscall x86_64_syscall = {
	.number = 120, .args = { 112, 104, 96, 56, 72, 64 },
	.first = 56, .bytes = 64, .compat = 2,
};

/* The first argument as it was, beyond what user_pt_regs has; and
 * thread_info.flags & _TIF_32BIT */
static const struct arch_syscall arm64_syscall = {
	.number = 280, .args = { 272, 8, 16, 24, 32, 40 },
	.first = 8, .bytes = 272, .compat = 1 << 22,
};

static const struct arch x86_64 = {
	.name = "x86_64", .syscall = &x86_64_syscall, .regs = x86_64_regs, .args = x86_64_args,
	.nargs = countof(x86_64_args), .result = "ax", .ip = "ip", .sp = "sp",
	.fp = "bp", .ret_pops = 8, .stack_arg = 8, /* past the return address */
};

static const struct arch arm64 = {
	.name = "arm64", .syscall = &arm64_syscall, .regs = arm64_regs, .args = arm64_args,
	.nargs = countof(arm64_args), .result = "r0", .ip = "pc", .sp = "sp",
	.fp = "fp", .stack_arg = 0,
};
/* clang-format on */

static const struct arch *const archs[] = { &x86_64, &arm64 };

const struct arch *arch_host(void)
{
#if defined(__aarch64__)
	return archs[1];
#else
	return archs[0];
#endif
}

const struct arch *arch_named(const char *name)
{
	size_t i;

	for (i = 0; i < countof(archs); i++)
		if (!strcmp(archs[i]->name, name))
			return archs[i];
	return NULL;
}

const struct arch_reg *arch_find(const struct arch *a, const char *name)
{
	const struct arch_reg *r;

	for (r = a->regs; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

const struct arch_reg *arch_arg(const struct arch *a, uint32_t i)
{
	return i < a->nargs ? arch_find(a, a->args[i]) : NULL;
}

const char *const *arch_names(const struct arch *a, struct arena *arena)
{
	VEC(const char *) names = { 0 };
	const struct arch_reg *r;

	for (r = a->regs; r->name; r++)
		*vec_push(arena, &names) = r->name;
	*vec_push(arena, &names) = NULL;
	return names.v;
}
