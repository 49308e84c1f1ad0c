/* main_fmt.c - waggle fmt: scripts in canonical form. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "runtime/main.h"
#include "runtime/script.h"

/* A file is replaced as a whole, or not at all: beside it is written, with its
 * permissions, what then takes its name. */
static int replace(const char *path, const struct strbuf *text)
{
	struct strbuf temp = { 0 };
	char *real = realpath(path, NULL);
	struct stat st;
	int fd, err = 0;

	if (!real || stat(real, &st)) {
		free(real);
		return -errno;
	}
	strbuf_printf(&temp, "%s.XXXXXX", real);
	fd = mkstemp(temp.s);
	if (fd < 0)
		err = -errno;
	else if (write(fd, text->s, text->len) != (ssize_t)text->len ||
		 fchmod(fd, st.st_mode & 07777) ||
		 (fchown(fd, st.st_uid, st.st_gid) && errno != EPERM) ||
		 fsync(fd) || rename(temp.s, real))
		err = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	if (err && fd >= 0)
		unlink(temp.s);
	strbuf_free(&temp);
	free(real);
	return err;
}

/* What is done with the text once it is in its form. */
static int deliver(const struct options *o, const struct reporter *r,
		   const char *file, const struct strbuf *before,
		   const struct strbuf *after, FILE *out)
{
	bool same = before->len == after->len &&
		    memcmp(before->s, after->s, after->len) == 0;
	int err;

	if (o->compare) {
		if (!same)
			fprintf(out, "%s\n", file);
		return !same;
	}
	if (!o->write || o->program || strcmp(file, "stdin") == 0) {
		fwrite(after->s, 1, after->len, out);
		return 0;
	}
	if (same)
		return 0;
	err = replace(file, after);
	if (err)
		script_complain(r, NULL, "cannot write", file, strerror(-err));
	return err != 0;
}

static int fmt_file(const struct options *o, const struct reporter *r,
		    const char *file, FILE *out)
{
	struct strbuf before = { 0 }, after = { 0 };
	struct compile_options co = {
		.json = o->json,
		.colour = r->colour,
		.no_warnings = o->no_warnings,
		.stage = STAGE_FORMAT,
		.out = out,
		.err = o->json ? out : stderr,
		.formatted = &after,
	};
	struct image img = { 0 };
	int status = 1;

	if (!script_read(r, o->program, file, &before, &co.name)) {
		strbuf_free(&before);
		return 1;
	}
	co.text = before.s;
	co.len = before.len;
	if (script_is_image(&before))
		script_complain(r, NULL, "cannot format", co.name,
				"it is compiled already");
	else if (compile(&co, &img) == COMPILE_OK)
		status = deliver(o, r, co.name, &before, &after, out);
	strbuf_free(&before);
	strbuf_free(&after);
	return status;
}

int main_fmt(const struct options *o, const struct reporter *r, FILE *out)
{
	int status = fmt_file(o, r, o->file, out), i;

	for (i = 0; i < o->argc; i++)
		status |= fmt_file(o, r, o->argv[i], out);
	return status;
}
