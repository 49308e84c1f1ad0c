/* usdt.c - the arguments of static probes: an assembler's operands. */
#include "usdt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"

/*
 *	SIZE@OPERAND, blanks between them; SIZE is 1, 2, 4 or 8, less than 0 for
 *	a signed one, with an f behind it for floating point
 *
 *	x86_64	$5  %eax  -8(%rbp)  8(%rax,%rbx,4)  counter+4(%rip)
 *	arm64	5  w0  [sp, 16]  [x0, x1, lsl 3]
 */

/* ---- registers ---- */

enum { NAMES = 5 };

/* What a register and its parts are called, and its name in struct pt_regs.
 * Less than the whole is at the same place, as both machines are little-endian;
 * the last is the second byte. */
struct family {
	const char *names[NAMES];
	const char *reg;
};

/* clang-format off */
static const struct family x86_64[] = {
	{ { "rax", "eax", "ax", "al", "ah" }, "ax" },
	{ { "rbx", "ebx", "bx", "bl", "bh" }, "bx" },
	{ { "rcx", "ecx", "cx", "cl", "ch" }, "cx" },
	{ { "rdx", "edx", "dx", "dl", "dh" }, "dx" },
	{ { "rsi", "esi", "si", "sil" }, "si" },
	{ { "rdi", "edi", "di", "dil" }, "di" },
	{ { "rbp", "ebp", "bp", "bpl" }, "bp" },
	{ { "rsp", "esp", "sp", "spl" }, "sp" },
	{ { "r8", "r8d", "r8w", "r8b" }, "r8" },
	{ { "r9", "r9d", "r9w", "r9b" }, "r9" },
	{ { "r10", "r10d", "r10w", "r10b" }, "r10" },
	{ { "r11", "r11d", "r11w", "r11b" }, "r11" },
	{ { "r12", "r12d", "r12w", "r12b" }, "r12" },
	{ { "r13", "r13d", "r13w", "r13b" }, "r13" },
	{ { "r14", "r14d", "r14w", "r14b" }, "r14" },
	{ { "r15", "r15d", "r15w", "r15b" }, "r15" },
	{ { "rip", "eip" }, "ip" },
};

#define X(n) { { "x" #n, "w" #n }, "r" #n }
static const struct family arm64[] = {
	X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10),
	X(11), X(12), X(13), X(14), X(15), X(16), X(17), X(18), X(19), X(20),
	X(21), X(22), X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30),
	{ { "sp", "wsp" }, "sp" },
};
#undef X
/* clang-format on */

/* ---- scanning ---- */

struct scan {
	const struct usdt_place *at;
	const char *p, *end; /* one operand */
};

static bool take(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
		return false;
	s->p += n;
	return true;
}

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && *s->p == ' ')
		s->p++;
}

/* ", " */
static bool take_comma(struct scan *s)
{
	skip_blanks(s);
	if (!take(s, ","))
		return false;
	skip_blanks(s);
	return true;
}

static bool take_number(struct scan *s, int64_t *v)
{
	const char *p = s->p;
	bool minus = p < s->end && *p == '-';
	uint64_t u;
	char *after;

	p += minus;
	if (p == s->end || !isdigit((unsigned char)*p))
		return false;
	errno = 0;
	u = strtoull(p, &after, 0);
	if (errno || after > s->end)
		return false;
	s->p = after;
	*v = (int64_t)(minus ? 0 - u : u);
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static size_t name_length(const struct scan *s)
{
	size_t n = 0;

	while (s->p + n < s->end && is_name(s->p[n]))
		n++;
	return n;
}

/* A register's place in the context. */
static bool take_register(struct scan *s, const struct family *table, size_t n,
			  uint16_t *out)
{
	size_t len = name_length(s), i, k;

	for (i = 0; len && i < n; i++) {
		for (k = 0; k < NAMES && table[i].names[k]; k++) {
			if (strlen(table[i].names[k]) != len ||
			    memcmp(table[i].names[k], s->p, len) != 0)
				continue;
			s->p += len;
			*out = (uint16_t)(arch_find(s->at->arch, table[i].reg)
						  ->offset +
					  (k == NAMES - 1));
			return true;
		}
	}
	return false;
}

static bool shift_of(int64_t scale, uint8_t *shift)
{
	for (*shift = 0; *shift <= 3; ++*shift)
		if (scale == 1 << *shift)
			return true;
	return false;
}

/* ---- x86_64 ---- */

static bool x86_register(struct scan *s, uint16_t *out)
{
	return take(s, "%") && take_register(s, x86_64, countof(x86_64), out);
}

/* Numbers and at most one variable, added up: counter+4.  A variable is found
 * by how far it is from the probe. */
static bool x86_displacement(struct scan *s, struct usdt_arg *a, bool *named)
{
	char name[256];
	uint64_t addr;
	int64_t v;
	size_t n;

	*named = false;
	while (s->p < s->end && *s->p != '(') {
		take(s, "+");
		if (take_number(s, &v)) {
			a->disp = (int64_t)((uint64_t)a->disp + (uint64_t)v);
			continue;
		}
		n = name_length(s);
		if (!n || n >= sizeof(name) || *named || !s->at->symbol)
			return false;
		memcpy(name, s->p, n);
		name[n] = '\0';
		s->p += n;
		if (!s->at->symbol(s->at->arg, name, &addr))
			return false;
		*named = true;
		a->disp = (int64_t)((uint64_t)a->disp + addr - s->at->addr);
	}
	return true;
}

/* (%base,%index,scale), where both the index and the scale may be left out. */
static bool x86_address(struct scan *s, struct usdt_arg *a)
{
	int64_t scale;

	if (!take(s, "(") || !x86_register(s, &a->base))
		return false;
	if (!take(s, ","))
		return take(s, ")");
	a->kind = USDT_INDEXED;
	if (!x86_register(s, &a->index))
		return false;
	if (take(s, ",") &&
	    (!take_number(s, &scale) || !shift_of(scale, &a->shift)))
		return false;
	return take(s, ")");
}

static bool x86_operand(struct scan *s, struct usdt_arg *a)
{
	uint16_t ip = (uint16_t)arch_find(s->at->arch, "ip")->offset;
	bool named;

	if (take(s, "$")) {
		a->kind = USDT_CONSTANT;
		return take_number(s, &a->disp);
	}
	if (s->p < s->end && *s->p == '%') {
		a->kind = USDT_REGISTER;
		return x86_register(s, &a->base);
	}
	a->kind = USDT_MEMORY;
	if (!x86_displacement(s, a, &named))
		return false;
	if (named && s->p == s->end) {
		a->base = ip;
		return true;
	}
	/* Of the instruction pointer itself only variables are counted from:
	 * what else would be meant depends on the length of the instruction. */
	return x86_address(s, a) && named == (a->base == ip);
}

/* ---- arm64 ---- */

static bool arm_register(struct scan *s, uint16_t *out)
{
	return take_register(s, arm64, countof(arm64), out);
}

static bool arm_number(struct scan *s, int64_t *v)
{
	take(s, "#");
	return take_number(s, v);
}

/* [base], [base, number], [base, index], [base, index, lsl number] */
static bool arm_address(struct scan *s, struct usdt_arg *a)
{
	int64_t shift;

	a->kind = USDT_MEMORY;
	if (!arm_register(s, &a->base))
		return false;
	if (take_comma(s) && !arm_number(s, &a->disp)) {
		a->kind = USDT_INDEXED;
		if (s->p == s->end || *s->p != 'x' ||
		    !arm_register(s, &a->index))
			return false;
		if (take_comma(s)) {
			if (!take(s, "lsl ") || !arm_number(s, &shift) ||
			    shift < 0 || shift > 3)
				return false;
			a->shift = (uint8_t)shift;
		}
	}
	skip_blanks(s);
	return take(s, "]");
}

static bool arm_operand(struct scan *s, struct usdt_arg *a)
{
	if (take(s, "["))
		return arm_address(s, a);
	a->kind = USDT_CONSTANT;
	if (take(s, "xzr") || take(s, "wzr") || arm_number(s, &a->disp))
		return true;
	a->kind = USDT_REGISTER;
	return arm_register(s, &a->base);
}

/* ---- arguments ---- */

static const struct machine {
	const char *arch;
	bool (*operand)(struct scan *s, struct usdt_arg *a);
} machines[] = {
	{ "x86_64", x86_operand },
	{ "arm64", arm_operand },
};

/* -4@; without it, a word. */
static bool take_size(struct scan *s, struct usdt_arg *a)
{
	const char *sign = memchr(s->p, '@', (size_t)(s->end - s->p));
	int64_t size;

	a->size = 8;
	if (!sign || !take_number(s, &size))
		return !sign;
	a->is_signed = size < 0;
	size = size < 0 ? -size : size;
	a->size = (uint8_t)size;
	return (size == 1 || size == 2 || size == 4 || size == 8) &&
	       take(s, "@");
}

/* A constant is written as the assembler likes; the argument has a width. */
static int64_t fit(const struct usdt_arg *a)
{
	unsigned bits = 64 - 8u * a->size;
	uint64_t high = (uint64_t)a->disp << bits;

	return a->is_signed ? (int64_t)high >> bits : (int64_t)(high >> bits);
}

static bool parse_operand(struct scan *s, struct usdt_arg *a)
{
	const struct machine *m = NULL;
	size_t i;

	for (i = 0; s->at->arch && i < countof(machines); i++)
		if (!strcmp(machines[i].arch, s->at->arch->name))
			m = &machines[i];
	return m && m->operand(s, a) && s->p == s->end;
}

static bool parse_one(struct scan *s, struct usdt_arg *a)
{
	if (!take_size(s, a) || !parse_operand(s, a))
		return false;
	if (a->kind == USDT_CONSTANT)
		a->disp = fit(a);
	return true;
}

/* The end of the operand at p: a blank that is in no brackets. */
static const char *operand_end(const char *p)
{
	int depth = 0;

	for (; *p && (depth > 0 || *p != ' '); p++)
		depth += (*p == '[' || *p == '(') - (*p == ']' || *p == ')');
	return p;
}

uint32_t usdt_parse(const struct usdt_place *at, const char *text,
		    struct usdt_arg out[USDT_MAX_ARGS])
{
	struct scan s = { .at = at };
	uint32_t n = 0;

	memset(out, 0, USDT_MAX_ARGS * sizeof(*out));
	for (;;) {
		text += strspn(text, " ");
		if (!*text || n == USDT_MAX_ARGS)
			return n;
		s.p = text;
		text = s.end = operand_end(text);
		if (!parse_one(&s, &out[n]))
			out[n] = (struct usdt_arg){ .kind = USDT_UNREADABLE };
		n++;
	}
}
