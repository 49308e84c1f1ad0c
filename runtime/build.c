#include "build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/image.h"
#include "runtime/script.h"

/* The program that runs images, put into this one when it was linked: see the
 * Makefile. */
extern const uint8_t waggle_stub[], waggle_stub_end[];

static bool cannot(const struct options *o, const struct reporter *r,
		   const char *hint, const char *why)
{
	return script_complain(r, hint, "cannot write", o->target, why);
}

bool build_check(const struct options *o, const struct reporter *r)
{
	struct stat st, script;

	if (stat(o->target, &st))
		return true; /* or writing it will tell */
	if (S_ISDIR(st.st_mode))
		return cannot(o, r, "-o FILE names another",
			      "it is a directory");
	if (o->file && !stat(o->file, &script) && script.st_dev == st.st_dev &&
	    script.st_ino == st.st_ino)
		return cannot(o, r, "-o FILE names another",
			      "it is the script itself");
	if (access(o->target, W_OK))
		return cannot(o, r, NULL, strerror(errno));
	return true;
}

static bool write_all(int fd, const struct image *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t n = write(fd, file->bytes + done, file->size - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static mode_t mode_of(bool executable)
{
	mode_t mask = umask(0);

	umask(mask);
	return (executable ? 0777 : 0666) & ~mask;
}

/* Beside the target, and then in its place: whoever runs the old one goes on
 * with it, and no half of one is left. */
static int replace(const char *target, const struct image *file, bool exec)
{
	struct strbuf name = { 0 };
	int fd, err = 0;

	strbuf_printf(&name, "%s.XXXXXX", target);
	fd = mkstemp(name.s);
	if (fd < 0)
		err = -errno;
	else if (!write_all(fd, file) || fchmod(fd, mode_of(exec)))
		err = -errno;
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (!err && rename(name.s, target))
		err = -errno;
	if (err && fd >= 0)
		unlink(name.s);
	strbuf_free(&name);
	return err;
}

/* A pipe or a device is written to as it is. */
static int write_file(const char *target, const struct image *file, bool exec)
{
	struct stat st;
	FILE *f;
	int err = 0;

	if (stat(target, &st) || S_ISREG(st.st_mode))
		return replace(target, file, exec);
	f = fopen(target, "we");
	if (!f)
		return -errno;
	if (fwrite(file->bytes, 1, file->size, f) != file->size)
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

int build_write(const struct options *o, const struct reporter *r,
		const struct image *img)
{
	bool object = o->dump && strcmp(o->dump, "obj") == 0;
	struct image stub = { .size = (size_t)(waggle_stub_end - waggle_stub) };
	struct image file = *img;
	int err;

	stub.bytes = (uint8_t *)waggle_stub;
	if (!object)
		file = image_join(&stub, img);
	err = write_file(o->target, &file, !object);
	if (!object)
		image_free(&file);
	if (err)
		cannot(o, r, NULL, strerror(-err));
	return err != 0;
}
