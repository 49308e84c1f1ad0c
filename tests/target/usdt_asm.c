/*
 * usdt_asm - static probes whose notes are written by hand, for what no
 * compiler can be relied on to make.  usdt_asm [ROUNDS [WAIT]]
 *
 * With WAIT it first waits until somebody listens to ops:guarded.  In each
 * round (default 1), in this order:
 *
 *   ops:registers(-1, 0x12, 0x3456, 0x89abcdef, 0x123456789abcdef0)
 *               %al %ah %bx %ecx %rdx, the first signed
 *   ops:constants(-5, 4294967295, 255, 16)
 *   ops:memory(-7, 40, 50, 60, 11)
 *               base; base + displacement; base + index * 8; the same +
 *               displacement; a variable
 *   ops:guarded   if somebody listens
 *   ops:real      with an argument in %xmm0
 *
 * lk_before(), lk_locked(), lk_after() are called once, at the end; the first
 * instruction of the second has a lock prefix, which no uprobe may be on.
 *
 * Rounds are 100 ms apart.  It ends by printing in how many rounds somebody
 * listened, "guarded N of ROUNDS".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROBED __attribute__((noinline, noclone, used))

/* The kernel adds one while a probe is attached. */
volatile unsigned short ops_guarded_semaphore
	__attribute__((section(".probes"), used));

volatile uint32_t usdt_variable[4] = { 10, 11, 12, 13 };

#ifdef __x86_64__

/* A note of type 3 for the nop here. */
#define NOTE(space, name, semaphore, args)                         \
	"990: nop\n"                                               \
	".pushsection .note.stapsdt,\"?\",\"note\"\n"              \
	".balign 4\n"                                              \
	".4byte 992f-991f, 994f-993f, 3\n"                         \
	"991: .asciz \"stapsdt\"\n"                                \
	"992: .balign 4\n"                                         \
	"993: .8byte 990b, _.stapsdt.base, " semaphore "\n"        \
	".asciz \"" space "\"\n"                                   \
	".asciz \"" name "\"\n"                                    \
	".asciz \"" args "\"\n"                                    \
	"994: .balign 4\n"                                         \
	".popsection\n"                                            \
	".ifndef _.stapsdt.base\n"                                 \
	".pushsection "                                            \
	".stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n" \
	".weak _.stapsdt.base\n"                                   \
	".hidden _.stapsdt.base\n"                                 \
	"_.stapsdt.base: .space 1\n"                               \
	".size _.stapsdt.base, 1\n"                                \
	".popsection\n"                                            \
	".endif\n"

static void PROBED registers(void)
{
	__asm__ volatile(
		"mov $0x12ff, %%eax\n mov $0xffff3456, %%ebx\n"
		"mov $0x89abcdef, %%ecx\n movabs $0x123456789abcdef0, "
		"%%rdx\n" NOTE("ops", "registers", "0",
			       "-1@%%al 1@%%ah 2@%%bx 4@%%ecx 8@%%rdx")::
			: "rax", "rbx", "rcx", "rdx");
}

static void PROBED constants(void)
{
	__asm__ volatile(
		NOTE("ops", "constants", "0", "-4@$-5 4@$-1 1@$0xff $16"));
}

static void PROBED memory(void)
{
	volatile int64_t words[] = { -7, 40, 50, 60 };
	volatile int64_t *base = words;
	int64_t index = 2;

	__asm__ volatile(
		NOTE("ops", "memory", "0",
		     "-4@(%%rsi) 8@8(%%rsi) 8@(%%rsi,%%rdi,8) "
		     "8@8(%%rsi,%%rdi,8) 4@usdt_variable+4(%%rip)")::"S"(base),
		"D"(index)
		: "memory");
}

static void PROBED guarded(void)
{
	__asm__ volatile(NOTE("ops", "guarded", "ops_guarded_semaphore", ""));
}

static void PROBED real(void)
{
	__asm__ volatile(NOTE("ops", "real", "0", "8f@%%xmm0 4@$1")::);
}

void lk_locked(void);
__asm__(".pushsection .text\n.globl lk_locked\n.type lk_locked,@function\n"
	"lk_locked: lock incl usdt_variable(%rip)\n ret\n"
	".size lk_locked, . - lk_locked\n.popsection");

#else
static void lk_locked(void)
{
}
static void registers(void)
{
}
static void constants(void)
{
}
static void memory(void)
{
}
static void guarded(void)
{
}
static void real(void)
{
}
#endif

void PROBED lk_before(void);
void PROBED lk_before(void)
{
	__asm__ volatile("");
}

void PROBED lk_after(void);
void PROBED lk_after(void)
{
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1, i, n = 0;

	while (argc > 2 && !ops_guarded_semaphore)
		usleep(1000);
	/* It is counted before the probe is in place. */
	if (argc > 2)
		usleep(200000);
	for (i = 0; i < rounds; i++) {
		if (i)
			usleep(100000);
		registers();
		constants();
		memory();
		if (ops_guarded_semaphore) {
			n++;
			guarded();
		}
		real();
	}
	lk_before();
	lk_locked();
	lk_after();
	printf("guarded %d of %d\n", n, rounds);
	return 0;
}
