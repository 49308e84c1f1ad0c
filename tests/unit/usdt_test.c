/* Operands of static probes, as either machine's assembler writes them. */
#include "compiler/usdt.h"

#include <stdio.h>
#include <string.h>

#include "compiler/arch.h"

static int failed;

static void check(bool ok, const char *arch, const char *name)
{
	printf("%s %s %s\n", ok ? "ok" : "not ok", arch, name);
	failed += !ok;
}

static uint16_t reg(const char *arch, const char *name)
{
	return name ? (uint16_t)arch_find(arch_named(arch), name)->offset : 0;
}

static bool symbol(void *arg, const char *name, uint64_t *addr)
{
	(void)arg;
	*addr = 0x4000;
	return !strcmp(name, "counter");
}

struct row {
	const char *arch, *text;
	uint8_t kind;
	int size; /* less than 0: signed */
	int64_t disp;
	const char *base, *index;
	uint8_t shift;
	uint16_t byte; /* of the register */
};

static const char x86[] = "x86_64", arm[] = "arm64";

/* clang-format off */
static const struct row rows[] = {
	{ x86, "8@%rax", USDT_REGISTER, 8, 0, "ax", NULL, 0, 0 },
	{ x86, "-4@%eax", USDT_REGISTER, -4, 0, "ax", NULL, 0, 0 },
	{ x86, "2@%ax", USDT_REGISTER, 2, 0, "ax", NULL, 0, 0 },
	{ x86, "-1@%al", USDT_REGISTER, -1, 0, "ax", NULL, 0, 0 },
	{ x86, "1@%bh", USDT_REGISTER, 1, 0, "bx", NULL, 0, 1 },
	{ x86, "1@%sil", USDT_REGISTER, 1, 0, "si", NULL, 0, 0 },
	{ x86, "4@%r15d", USDT_REGISTER, 4, 0, "r15", NULL, 0, 0 },
	{ x86, "1@%r8b", USDT_REGISTER, 1, 0, "r8", NULL, 0, 0 },
	{ x86, "%rdi", USDT_REGISTER, 8, 0, "di", NULL, 0, 0 },
	{ x86, "4@$5", USDT_CONSTANT, 4, 5, NULL, NULL, 0, 0 },
	{ x86, "-4@$-5", USDT_CONSTANT, -4, -5, NULL, NULL, 0, 0 },
	{ x86, "4@$-1", USDT_CONSTANT, 4, 4294967295, NULL, NULL, 0, 0 },
	{ x86, "-1@$255", USDT_CONSTANT, -1, -1, NULL, NULL, 0, 0 },
	{ x86, "8@$0xffffffffffffffff", USDT_CONSTANT, 8, -1, NULL, NULL, 0, 0 },
	{ x86, "-8@$-9223372036854775808", USDT_CONSTANT, -8, INT64_MIN, NULL, NULL, 0, 0 },
	{ x86, "8@(%rsp)", USDT_MEMORY, 8, 0, "sp", NULL, 0, 0 },
	{ x86, "-4@-12(%rbp)", USDT_MEMORY, -4, -12, "bp", NULL, 0, 0 },
	{ x86, "8@0x10(%r9)", USDT_MEMORY, 8, 16, "r9", NULL, 0, 0 },
	{ x86, "8@(%rax,%rbx)", USDT_INDEXED, 8, 0, "ax", "bx", 0, 0 },
	{ x86, "8@16(%rax,%rbx,4)", USDT_INDEXED, 8, 16, "ax", "bx", 2, 0 },
	{ x86, "8@-16(%r12,%r13,8)", USDT_INDEXED, 8, -16, "r12", "r13", 3, 0 },
	{ x86, "4@counter(%rip)", USDT_MEMORY, 4, 0x3000, "ip", NULL, 0, 0 },
	{ x86, "4@counter+4(%rip)", USDT_MEMORY, 4, 0x3004, "ip", NULL, 0, 0 },
	{ x86, "4@8+counter(%rip)", USDT_MEMORY, 4, 0x3008, "ip", NULL, 0, 0 },
	{ x86, "4@counter-4(%rip)", USDT_MEMORY, 4, 0x2ffc, "ip", NULL, 0, 0 },
	{ x86, "4@counter", USDT_MEMORY, 4, 0x3000, "ip", NULL, 0, 0 },
	/* What is not read */
	{ x86, "8f@%xmm0", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "16@%rax", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@%rxx", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@%fs:16", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@unknown(%rip)", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@8(%rip)", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@counter(%rax)", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@(%rax,%rbx,3)", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@(%rax", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@(%rax)x", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@1234", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "@%rax", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@$99999999999999999999", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ x86, "8@$counter", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },

	{ arm, "8@x0", USDT_REGISTER, 8, 0, "r0", NULL, 0, 0 },
	{ arm, "-4@w30", USDT_REGISTER, -4, 0, "r30", NULL, 0, 0 },
	{ arm, "8@sp", USDT_REGISTER, 8, 0, "sp", NULL, 0, 0 },
	{ arm, "8@xzr", USDT_CONSTANT, 8, 0, NULL, NULL, 0, 0 },
	{ arm, "-4@-7", USDT_CONSTANT, -4, -7, NULL, NULL, 0, 0 },
	{ arm, "4@#7", USDT_CONSTANT, 4, 7, NULL, NULL, 0, 0 },
	{ arm, "8@[x19]", USDT_MEMORY, 8, 0, "r19", NULL, 0, 0 },
	{ arm, "-4@[sp, 60]", USDT_MEMORY, -4, 60, "sp", NULL, 0, 0 },
	{ arm, "-4@[x29,#-8]", USDT_MEMORY, -4, -8, "r29", NULL, 0, 0 },
	{ arm, "8@[x1, x2]", USDT_INDEXED, 8, 0, "r1", "r2", 0, 0 },
	{ arm, "8@[x1, x2, lsl 3]", USDT_INDEXED, 8, 0, "r1", "r2", 3, 0 },
	{ arm, "8@[x1, x2, lsl #2]", USDT_INDEXED, 8, 0, "r1", "r2", 2, 0 },
	{ arm, "8@[x1, w2, sxtw 3]", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ arm, "8@[x1", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ arm, "8@x31", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
	{ arm, "8@%rax", USDT_UNREADABLE, 0, 0, NULL, NULL, 0, 0 },
};
/* clang-format on */

static bool is_as(const struct row *r, const struct usdt_arg *a)
{
	if (r->kind == USDT_UNREADABLE || a->kind != r->kind)
		return a->kind == r->kind;
	return a->size == (r->size < 0 ? -r->size : r->size) &&
	       a->is_signed == (r->size < 0) && a->disp == r->disp &&
	       a->base == reg(r->arch, r->base) + r->byte &&
	       a->index == reg(r->arch, r->index) && a->shift == r->shift;
}

static void test_operands(void)
{
	struct usdt_place at = { .addr = 0x1000, .symbol = symbol };
	struct usdt_arg args[USDT_MAX_ARGS];
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		at.arch = arch_named(rows[i].arch);
		check(usdt_parse(&at, rows[i].text, args) == 1 &&
			      is_as(&rows[i], &args[0]),
		      rows[i].arch, rows[i].text);
	}
}

/* Blanks part arguments, but not within brackets. */
static void test_lists(void)
{
	struct usdt_place at = { .arch = arch_named(arm) };
	struct usdt_arg args[USDT_MAX_ARGS];
	char many[400] = "";
	int i;

	check(usdt_parse(&at, "", args) == 0, arm, "no arguments");
	check(usdt_parse(&at, "  -4@[sp, 60]  8@x1 ", args) == 2 &&
		      args[0].kind == USDT_MEMORY &&
		      args[1].kind == USDT_REGISTER,
	      arm, "two arguments");
	check(usdt_parse(&at, "8@bad 8@x1", args) == 2 &&
		      args[0].kind == USDT_UNREADABLE &&
		      args[1].kind == USDT_REGISTER,
	      arm, "one of two");
	for (i = 0; i < 40; i++)
		strcat(many, "8@x1 ");
	check(usdt_parse(&at, many, args) == USDT_MAX_ARGS, arm, "too many");
	check(usdt_parse(&at, "8@[[[[ 8@x1", args) == 1, arm, "open brackets");
	at.arch = NULL;
	check(usdt_parse(&at, "8@x1", args) == 1 &&
		      args[0].kind == USDT_UNREADABLE,
	      "another", "machine");
}

int main(void)
{
	test_operands();
	test_lists();
	return failed != 0;
}
