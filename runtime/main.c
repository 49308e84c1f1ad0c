/* main.c - the command line: compile, run, exit status. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/list.h"
#include "runtime/info.h"
#include "runtime/main.h"
#include "runtime/options.h"
#include "runtime/run.h"
#include "runtime/script.h"

enum { OUT_BUFFER = 256 * 1024 }; /* bytes */

/* ---- signals ---- */

/* A handler can reach nothing else.  stop_pipe is where run.c looks; blocked
 * signals (signalfd) would be inherited by what system() starts. */
static volatile sig_atomic_t stop_pipe = -1;
static volatile sig_atomic_t stopped_at; /* seconds, CLOCK_MONOTONIC; 0: not */

/* The first asks for an end in order.  A second one means it, unless it comes
 * at once: timeout(1) sends its signal twice. */
static void on_signal(int sig)
{
	int saved = errno;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (stopped_at && (sig_atomic_t)ts.tv_sec > stopped_at)
		_exit(128 + sig);
	if (!stopped_at)
		stopped_at = (sig_atomic_t)ts.tv_sec;
	if (write(stop_pipe, "", 1) < 0) {
		/* full: it was told already */
	}
	errno = saved;
}

/* Writing to a pipe that nobody reads is seen by ferror().  A handler and not
 * SIG_IGN, which what system() starts would inherit. */
static void on_pipe(int sig)
{
	(void)sig;
}

/* The signals of self probes, by number, for run.c to read. */
static volatile sig_atomic_t self_pipe = -1;

static void on_self(int sig)
{
	unsigned char number = (unsigned char)sig;
	int saved = errno;

	if (write(self_pipe, &number, 1) < 0) {
		/* full: so many are waiting already */
	}
	errno = saved;
}

static int open_self_pipe(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	self_pipe = fds[1];
	return fds[0];
}

/* A descriptor that is readable once the user wants an end; -errno. */
static int catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	stop_pipe = fds[1];
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = on_pipe;
	sigaction(SIGPIPE, &sa, NULL);
	return fds[0];
}

/* ---- what it does ---- */

static enum dump dump_of(const char *stage)
{
	static const struct {
		const char *name;
		enum dump dump;
	} stages[] = {
		{ "ast", DUMP_AST }, { "types", DUMP_TYPES }, { "ir", DUMP_IR },
		{ "asm", DUMP_ASM }, { "image", DUMP_IMAGE },
	};
	size_t i;

	for (i = 0; stage && i < countof(stages); i++)
		if (strcmp(stages[i].name, stage) == 0)
			return stages[i].dump;
	return DUMP_NONE;
}

static int run(const struct options *o, const struct image *img, bool elsewhere,
	       FILE *out)
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
	};
	int status;

	ro.stop_fd = catch_signals();
	ro.self_fd = open_self_pipe();
	ro.on_self = on_self;
	status = run_image(img, &ro);
	if (ro.stop_fd >= 0)
		close(ro.stop_fd);
	return status;
}

/* The image as a file: a BPF object that any loader based on libbpf takes. */
static int write_image(const struct image *img, const struct reporter *r,
		       FILE *out)
{
	if (isatty(fileno(out))) {
		script_complain(r, "give a file: -o FILE", "cannot write",
				"the object", "this is a terminal");
		return 1;
	}
	return fwrite(img->bytes, 1, img->size, out) != img->size;
}

/* elsewhere: it may have been made for another kernel. */
static int use_image(const struct options *o, const struct image *img,
		     bool elsewhere, const struct reporter *r, FILE *out)
{
	if (o->dump && strcmp(o->dump, "obj") == 0)
		return write_image(img, r, out);
	return run(o, img, elsewhere, out);
}

static int compile_and_run(const struct options *o, const struct reporter *r,
			   FILE *out)
{
	struct compile_options co = {
		.argc = o->argc,
		.argv = o->argv,
		.btf_path = o->btf,
		.include_dirs = o->include_dirs,
		.headers = o->headers,
		.unsafe = o->unsafe,
		.tests = o->tests,
		.benches = o->benches,
		.helper_errors = o->helper_errors,
		.no_warnings = o->no_warnings,
		.json = o->json,
		.origins = o->ndjson,
		.colour = r->colour,
		.has_pid = o->pid || o->child,
		.child = o->child,
		.pid = o->pid,
		.verbose = o->verbose,
		.dump = dump_of(o->dump),
		.out = out,
		.err = o->json ? out : stderr,
	};
	struct image img = { 0 };
	struct strbuf text = { 0 };
	enum compile_result rc;
	int status = 1;

	if (o->command == COMMAND_CHECK)
		co.stage = STAGE_CHECK;
	if (o->command == COMMAND_LIST)
		co.dump = DUMP_PROBES;
	if (!script_read(r, o->program, o->file, &text, &co.name))
		goto out;
	if (script_is_image(&text)) {
		img = (struct image){ (uint8_t *)text.s, text.len };
		text = (struct strbuf){ 0 };
		status = use_image(o, &img, true, r, out);
		goto out;
	}
	co.path = co.name == o->file ? o->file : NULL;
	co.text = text.s;
	co.len = text.len;
	rc = compile(&co, &img);
	strbuf_free(&text); /* tracing may take long */
	if (rc == COMPILE_HELPED)
		status = 0;
	else if (rc == COMPILE_OK && img.bytes && co.dump == DUMP_NONE)
		status = use_image(o, &img, o->btf, r, out);
	else
		status = rc != COMPILE_OK;
out:
	image_free(&img);
	strbuf_free(&text);
	return status;
}

/* -l of a script, not of a pattern: -e, or a file of that name. */
static bool lists_script(struct options *o)
{
	struct stat st;

	if (o->command != COMMAND_LIST)
		return false;
	if (o->program)
		return true;
	if (!o->pattern || stat(o->pattern, &st) || !S_ISREG(st.st_mode))
		return false;
	o->file = o->pattern;
	return true;
}

static int list(const struct options *o, FILE *out)
{
	const struct list_options lo = {
		.pattern = o->pattern,
		.btf_path = o->btf,
		.pid = o->pid,
		.verbose = o->verbose,
		.json = o->json,
		.timed = o->ndjson,
		.out = out,
		.err = stderr,
	};

	return list_probes(&lo) < 0;
}

static int do_command(struct options *o, const struct reporter *r, FILE *out)
{
	if (o->info) {
		if (o->as_bpftrace)
			info_print_bpftrace(out);
		else
			info_print(out);
		return 0;
	}
	if (o->command == COMMAND_FMT)
		return main_fmt(o, r, out);
	if (o->command == COMMAND_LIST && !lists_script(o))
		return list(o, out);
	return compile_and_run(o, r, out);
}

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

/* A closed standard descriptor would become a map's or a pipe's, and be written
 * to: it is made one that cannot be used for what it is for. */
static void hold_standard_fds(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			break;
}

int main(int argc, char **argv)
{
	struct options o;
	struct reporter r;
	char *buffer = NULL;
	FILE *out;
	int status = 1;

	hold_standard_fds();
	switch (options_parse(&o, argc, argv)) {
	case OPTIONS_DONE:
		status = 0;
		break;
	case OPTIONS_FAILED:
		break;
	case OPTIONS_OK:
		reporter_init(&r, stderr);
		out = open_out(&o, &r);
		if (!out)
			break;
		r.no_warnings = o.no_warnings;
		r.json = o.json ? out : NULL;
		r.timed = o.ndjson;
		buffer = malloc(OUT_BUFFER);
		if (buffer)
			setvbuf(out, buffer, _IOFBF, OUT_BUFFER);
		status = close_out(out, &r, do_command(&o, &r, out));
		if (out == stdout)
			setvbuf(stdout, NULL, _IONBF, 0);
		free(buffer);
		break;
	}
	options_free(&o);
	return status & 0xff;
}
