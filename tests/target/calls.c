/*
 * calls - named system calls, each a known number of times.  calls NAME...
 *
 *   nap     nanosleep of 20 ms, once, then clock_nanosleep of 30 ms, once
 *   ids     setuid, setfsuid and setresuid to what they are, once each
 *   stat    stat, lstat, statx and statfs of /waggle/missing, which fail, and
 *           stat of /, which succeeds
 *   sync    fsync, fdatasync, syncfs, sync_file_range and msync, once each, on
 *           a file in memory
 *   kill    signals 0 and SIGCONT to itself, and 0 to process 0x3ffffff, which
 *           cannot be
 *   unix    a stream of 11 bytes, "waggle\001data", received on a UNIX socket
 *   nice    one check of CAP_SYS_NICE (23), which root passes
 *   thread  a thread that runs the function idle_thread()
 *   file    creates ./waggle-gone, writes 8 times 100 bytes, reads 4 times 200,
 *           renames it to ./waggle-renamed and unlinks that
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* libc has its own ideas of which system call serves a function. */
static int nap(void)
{
	struct timespec ts = { 0, 20000000 };

	syscall(SYS_nanosleep, &ts, NULL);
	ts.tv_nsec = 30000000;
	return (int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL);
}

static int ids(void)
{
	uid_t uid = getuid();

	return (int)(syscall(SYS_setuid, uid) ||
		     syscall(SYS_setfsuid, uid) != uid ||
		     syscall(SYS_setresuid, uid, uid, uid));
}

static int stats(void)
{
	static const char path[] = "/waggle/missing";
	struct statx x;
	struct statfs fs;
	struct stat st;
	int found = 0;

#ifdef SYS_stat
	found += syscall(SYS_stat, path, &st) == 0;
	found += syscall(SYS_lstat, path, &st) == 0;
	found += syscall(SYS_stat, "/", &st) != 0;
#else
	found += stat(path, &st) == 0;
	found += lstat(path, &st) == 0;
	found += stat("/", &st) != 0;
#endif
	found += syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, &x) ==
		 0;
	found += syscall(SYS_statfs, path, &fs) == 0;
	return found;
}

static int syncs(void)
{
	int fd = memfd_create("waggle-sync", 0);
	void *p;

	if (fd < 0 || ftruncate(fd, 4096))
		return -1;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -1;
	fsync(fd);
	fdatasync(fd);
	syncfs(fd);
	sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE);
	msync(p, 4096, MS_SYNC);
	munmap(p, 4096);
	return close(fd);
}

static int kills(void)
{
	return kill(getpid(), 0) || kill(getpid(), SIGCONT) ||
	       !kill(0x3ffffff, 0);
}

static int unix_socket(void)
{
	static const char data[] = "waggle\001data";
	char got[32];
	int fd[2], n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -1;
	n = write(fd[0], data, sizeof(data) - 1) == sizeof(data) - 1 &&
	    read(fd[1], got, sizeof(got)) == sizeof(data) - 1;
	close(fd[0]);
	close(fd[1]);
	return !n;
}

static int nice_check(void)
{
	return setpriority(PRIO_PROCESS, 0, -1) ||
	       setpriority(PRIO_PROCESS, 0, 0);
}

static void *idle_thread(void *unused)
{
	usleep(300000); /* as long as its name may be looked up */
	return unused;
}

static int thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, idle_thread, NULL) ||
	       pthread_join(t, NULL);
}

static int file(void)
{
	char block[200];
	int i, fd = open("waggle-gone", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		return -1;
	memset(block, 'w', sizeof(block));
	for (i = 0; i < 8; i++)
		if (write(fd, block, 100) != 100)
			return -1;
	lseek(fd, 0, SEEK_SET);
	for (i = 0; i < 4; i++)
		if (read(fd, block, 200) != 200)
			return -1;
	close(fd);
	usleep(2000); /* a life that can be measured */
	return rename("waggle-gone", "waggle-renamed") ||
	       unlink("waggle-renamed");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*call)(void);
	} rows[] = {
		{ "nap", nap },		{ "ids", ids },
		{ "stat", stats },	{ "sync", syncs },
		{ "kill", kills },	{ "unix", unix_socket },
		{ "nice", nice_check }, { "thread", thread },
		{ "file", file },
	};
	size_t k;
	int i;

	for (i = 1; i < argc; i++) {
		for (k = 0; k < sizeof(rows) / sizeof(*rows); k++)
			if (!strcmp(argv[i], rows[k].name))
				break;
		if (k == sizeof(rows) / sizeof(*rows) || rows[k].call()) {
			fprintf(stderr, "calls: %s: %s\n", argv[i],
				strerror(errno));
			return 1;
		}
	}
	return 0;
}
