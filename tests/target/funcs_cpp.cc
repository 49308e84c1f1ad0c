/*
 * funcs_cpp - C++ names to put uprobes on.  funcs_cpp [ROUNDS]
 *
 * In each round (default 1; 100 ms apart):
 *
 *   shop::Counter::add(int)           10 times, 1..10; the last returns 55
 *   shop::Counter::add(int, long)     once, (1, 2)
 *   shop::inner::twice(int)           3 times, 0..2
 *   shop::pick<int>(int, int)         once, (7, 8); returns 8
 *   plain_c(int)                      once, 99; extern "C"
 */
#include <cstdlib>
#include <unistd.h>

#define PROBED __attribute__((noinline, used))

namespace shop
{
class Counter
{
	long total = 0;

public:
	PROBED long add(int n);
	PROBED long add(int n, long m);
};

PROBED long Counter::add(int n)
{
	return total += n;
}

PROBED long Counter::add(int n, long m)
{
	return total += n + m;
}

namespace inner
{
PROBED int twice(int n)
{
	return n * 2;
}
} // namespace inner

template <typename T> PROBED T pick(T a, T b)
{
	return a > b ? a : b;
}
} // namespace shop

extern "C" PROBED int plain_c(int n)
{
	return n;
}

volatile long sink;

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;

	while (rounds-- > 0) {
		shop::Counter c;
		for (int i = 1; i <= 10; i++)
			sink = sink + c.add(i);
		sink = sink + c.add(1, 2);
		for (int i = 0; i < 3; i++)
			sink = sink + shop::inner::twice(i);
		sink = sink + shop::pick(7, 8) + plain_c(99);
		if (rounds > 0)
			usleep(100000);
	}
	return 0;
}
