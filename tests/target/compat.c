/*
 * compat - a system call of the 32-bit kind, which is another by its number:
 * compat N makes getppid(), 64 there and semget() here, N times, and then
 * getppid() as 64-bit programs do, N times.  Exit status 77 where the kernel or
 * the processor has no such calls.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void none(int sig)
{
	(void)sig;
	_exit(77);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1, i;

	signal(SIGSEGV, none);
#ifdef __x86_64__
	for (i = 0; i < n; i++) {
		long got;

		__asm__ volatile("int $0x80" : "=a"(got) : "a"(64) : "memory");
		if (got != getppid())
			return 77;
	}
#else
	return 77;
#endif
	for (i = 0; i < n; i++)
		syscall(SYS_getppid);
	return 0;
}
