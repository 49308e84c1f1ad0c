#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/run.h"
#include "runtime/script.h"
#include "runtime/stop.h"

enum { OUT_BUFFER = 256 * 1024 }; /* bytes */

int command_run(const struct options *o, const struct image *img,
		const char *const *params, bool elsewhere, FILE *out)
{
	struct run_options ro = {
		.pid = o->pid,
		.command = o->child,
		.format = o->ndjson ? OUTPUT_NDJSON
			  : o->json ? OUTPUT_JSON
				    : OUTPUT_TEXT,
		.out = out,
		.lazy = o->buffering == BUFFER_FULL,
		.quiet = o->quiet,
		.verbose = o->verbose,
		.no_warnings = o->no_warnings,
		.dry_run = o->dry_run,
		.elsewhere = elsewhere,
		.params = params,
	};
	int status;

	ro.stop_fd = stop_catch();
	ro.self_fd = self_pipe_open();
	ro.on_self = self_signal;
	status = run_image(img, &ro);
	if (ro.stop_fd >= 0)
		close(ro.stop_fd);
	return status;
}

/* ---- output ---- */

/* stdout, or the file of -o. */
static FILE *open_out(const struct options *o, const struct reporter *r)
{
	FILE *out = stdout;

	if (o->output) {
		out = fopen(o->output, "we");
		if (!out)
			script_complain(r, NULL, "cannot write to", o->output,
					strerror(errno));
	}
	return out;
}

/* A reader that went away, as head(1) does, is no error. */
static bool reader_left(FILE *out)
{
	struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

static bool is_writable(FILE *out)
{
	int flags = fcntl(fileno(out), F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static int close_out(FILE *out, const struct reporter *r, int status)
{
	bool failed = fflush(out) || ferror(out);

	if (failed && !reader_left(out)) {
		report(r, REPORT_ERROR, NULL,
		       is_writable(out) ? "is the disk full?"
					: "standard output is closed",
		       "not all of the output could be written");
		status = status ? status : 1;
	}
	if (out != stdout)
		fclose(out);
	return status;
}

int command_do(const struct options *o, command_fn *fn, void *ctx)
{
	struct reporter r;
	char *buffer;
	FILE *out;
	int status;

	reporter_init(&r, stderr);
	out = open_out(o, &r);
	if (!out)
		return 1;
	r.no_warnings = o->no_warnings;
	r.json = o->json ? out : NULL;
	r.timed = o->ndjson;
	buffer = malloc(OUT_BUFFER);
	if (buffer)
		setvbuf(out, buffer, _IOFBF, OUT_BUFFER);
	status = close_out(out, &r, fn(o, &r, out, ctx));
	if (out == stdout)
		setvbuf(stdout, NULL, _IONBF, 0);
	free(buffer);
	return status & 0xff;
}

void command_hold_standard_fds(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			break;
}
