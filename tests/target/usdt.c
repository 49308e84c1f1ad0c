/*
 * usdt - static probes as sys/sdt.h makes them.  usdt [ROUNDS]
 *
 * In each round (default 1), in this order:
 *
 *   sdt:none                                  once
 *   sdt:ints(-1, -2, -3, -4, 250, 65530, 4294967290, 18446744073709551610)
 *                                             once: int8 to int64, then
 *                                             uint8 to uint64
 *   sdt:text("hello")                         once
 *   sdt:places(n)                             from three places in the
 *                                             program, for n = 10, 20, 30
 *   sdt:seq(i)                                for i = 0..99
 *   other:none                                twice
 *
 * and at the end, once, sdt:twelve(1, 2, ..., 12).  Rounds are 100 ms apart.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/sdt.h>
#include <unistd.h>

static void places(int n)
{
	if (n == 10)
		DTRACE_PROBE1(sdt, places, n);
	else if (n == 20)
		DTRACE_PROBE1(sdt, places, n);
	else
		DTRACE_PROBE1(sdt, places, n);
}

static void ints(void)
{
	int8_t a = -1;
	int16_t b = -2;
	int32_t c = -3;
	int64_t d = -4;
	uint8_t e = 250;
	uint16_t f = 65530;
	uint32_t g = 4294967290;
	uint64_t h = -6;

	DTRACE_PROBE8(sdt, ints, a, b, c, d, e, f, g, h);
}

static void round_of(void)
{
	char text[] = "hello";
	int i;

	DTRACE_PROBE(sdt, none);
	ints();
	DTRACE_PROBE1(sdt, text, (char *)text);
	places(10);
	places(20);
	places(30);
	for (i = 0; i < 100; i++)
		DTRACE_PROBE1(sdt, seq, i);
	DTRACE_PROBE(other, none);
	DTRACE_PROBE(other, none);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1, i;

	for (i = 0; i < rounds; i++) {
		if (i)
			usleep(100000);
		round_of();
	}
	DTRACE_PROBE12(sdt, twelve, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
	return 0;
}
