/* stub.c - a built program: the image at its end, run as waggle would. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "runtime/command.h"
#include "runtime/image.h"
#include "runtime/params.h"
#include "runtime/users.h"

struct built_program {
	struct image img; /* own */
	struct args args;
};

bool user_name(uint32_t uid, char *room, size_t size)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)) && pw->pw_uid != uid)
		;
	if (pw)
		snprintf(room, size, "%s", pw->pw_name);
	if (f)
		fclose(f);
	return pw;
}

/* Where there is no /proc the kernel still tells the path it was started by. */
static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (fd < 0 && path)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd;
}

static bool take_image(const struct image *file, struct image *img, char *err,
		       size_t errsize)
{
	struct image inside;

	switch (image_split(file, &inside, err, errsize)) {
	case BUILT_OK:
		break;
	case BUILT_NOT:
		snprintf(err, errsize,
			 "this program is damaged: its end is missing");
		return false;
	case BUILT_DAMAGED:
		return false;
	}
	*img = (struct image){ malloc(inside.size + 1), inside.size };
	if (!img->bytes)
		die("out of memory");
	memcpy(img->bytes, inside.bytes, inside.size);
	return true;
}

static bool read_self(struct image *img, char *err, size_t errsize)
{
	struct image file = { 0 };
	int fd = open_self();
	bool ok = false;

	if (fd < 0 || !image_map(fd, &file))
		snprintf(err, errsize, "this program cannot read itself: %s",
			 strerror(errno));
	else
		ok = take_image(&file, img, err, errsize);
	image_unmap(&file);
	if (fd >= 0)
		close(fd);
	return ok;
}

static int own_option(void *ctx, int left, char **argv)
{
	(void)left; /* a NULL ends it */
	return options_built(ctx, argv);
}

static int run(const struct options *o, const struct reporter *r, FILE *out,
	       void *ctx)
{
	const struct built_program *b = ctx;

	(void)r;
	return command_run(o, &b->img, b->args.values, true, out);
}

static int start(struct built_program *b, struct options *o,
		 const struct reporter *rep, int argc, char **argv)
{
	char err[256] = "";

	if (!read_self(&b->img, err, sizeof(err))) {
		report(rep, REPORT_ERROR, NULL, "build it again", "%s", err);
		return 1;
	}
	b->args.plan = image_plan(b->args.arena, &b->img, err, sizeof(err));
	if (!b->args.plan) {
		report(rep, REPORT_ERROR, NULL, "build it again", "%s", err);
		return 1;
	}
	b->args.other = own_option;
	b->args.ctx = o;
	if (!params_read(&b->args, rep, argc - 1, argv + 1))
		return 1;
	if (b->args.help) {
		args_help(b->args.plan, argv[0], stdout);
		options_built_usage(b->args.plan, stdout);
		return 0;
	}
	if (o->version)
		return 0;
	return command_do(o, run, b);
}

int main(int argc, char **argv)
{
	struct built_program b = { .args.arena = arena_new() };
	struct options o = { 0 };
	struct reporter rep;
	int status = 1;

	command_hold_standard_fds();
	reporter_init(&rep, stderr);
	if (argc > 0)
		status = start(&b, &o, &rep, argc, argv);
	image_free(&b.img);
	arena_free(b.args.arena);
	return status;
}
