/*
 * watched - memory at a known address, for watchpoints.  watched [ROUNDS]
 *
 * At 0x20000000 are two 64-bit words.  In each of ROUNDS (default 10) the first
 * is written once and then read twice; the second is written once, by a thread
 * of its own.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ADDRESS 0x20000000

static volatile uint64_t *words;

static void *write_second(void *arg)
{
	(void)arg;
	words[1] = 1;
	return NULL;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, i;
	uint64_t sum = 0;
	pthread_t thread;

	words = mmap((void *)ADDRESS, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (words == MAP_FAILED)
		return 1;
	for (i = 0; i < rounds; i++) {
		words[0] = (uint64_t)i;
		sum += words[0];
		sum += words[0];
		if (pthread_create(&thread, NULL, write_second, NULL) ||
		    pthread_join(thread, NULL))
			return 1;
	}
	return sum == 1;
}
