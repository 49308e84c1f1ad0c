/*
 * files - a known amount of file I/O.  files DIR [ROUNDS]
 *
 * In each round (default 1), in DIR:
 *
 *   openat    1  creating DIR/waggle-file
 *   write     8  of 4096 bytes each, offsets 0..28672      (32768 bytes)
 *   fsync     1
 *   pread64   8  of 4096 bytes each, the same offsets      (32768 bytes)
 *   pread64   1  at the end of the file, returning 0
 *   openat    1  of DIR/waggle-missing, failing with ENOENT
 *   close     1
 *   unlink    1  of DIR/waggle-file
 *
 * Nothing is written to standard output.  Starting the program opens and reads
 * its libraries as well: filter on the file name or on write and fsync.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 8 };

static int one_round(const char *path, const char *missing)
{
	static char block[BLOCK];
	int fd, i;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return -1;
	memset(block, 'w', sizeof(block));
	for (i = 0; i < BLOCKS; i++)
		if (write(fd, block, BLOCK) != BLOCK)
			goto fail;
	if (fsync(fd))
		goto fail;
	for (i = 0; i < BLOCKS; i++)
		if (pread(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK)
			goto fail;
	if (pread(fd, block, BLOCK, (off_t)BLOCKS * BLOCK) != 0)
		goto fail;
	if (open(missing, O_RDONLY) >= 0 || errno != ENOENT)
		goto fail;
	close(fd);
	return unlink(path);
fail:
	close(fd);
	return -1;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 1;
	char path[4096], missing[4096];

	if (argc < 2)
		return 2;
	snprintf(path, sizeof(path), "%s/waggle-file", argv[1]);
	snprintf(missing, sizeof(missing), "%s/waggle-missing", argv[1]);
	while (rounds-- > 0)
		if (one_round(path, missing)) {
			perror("files");
			return 1;
		}
	return 0;
}
