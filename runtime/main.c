/* main.c - the command line: compile, run, exit status. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/list.h"
#include "compiler/source.h"
#include "runtime/feature.h"
#include "runtime/options.h"
#include "runtime/run.h"

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

/* ---- the script ---- */

static bool complain(const struct reporter *r, const char *hint,
		     const char *what, const char *name, const char *why)
{
	report(r, REPORT_ERROR, NULL, hint, "%s '%s': %s", what, name, why);
	return false;
}

static bool read_stream(const struct reporter *r, const char *name, FILE *f,
			struct strbuf *b)
{
	char buf[64 * 1024];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		strbuf_add(b, buf, n);
		if (b->len > SOURCE_MAX)
			return complain(r, NULL, "cannot run", name,
					"it is larger than 64 MB");
	}
	if (ferror(f))
		return complain(r, NULL, "cannot read", name, strerror(errno));
	return true;
}

static bool is_elf(const struct strbuf *b)
{
	return b->len > 4 && memcmp(b->s, "\177ELF", 4) == 0;
}

/* A program image that --emit=obj wrote is not compiled again. */
static bool check_text(const struct reporter *r, const char *name,
		       const struct strbuf *b)
{
	if (!b->len || strspn(b->s, " \t\r\n") == b->len)
		return complain(r,
				"a program is one probe or more, such as: "
				"begin { print(\"hello\"); }",
				"cannot run", name, "it is empty");
	if (is_elf(b) &&
	    memmem(b->s, b->len, PLAN_SECTION, sizeof(PLAN_SECTION)))
		return true;
	if (is_elf(b))
		return complain(r, "-c runs a program and traces it",
				"cannot run", name,
				"it is a program, not a script");
	if (memchr(b->s, '\0', b->len))
		return complain(r, NULL, "cannot run", name,
				"it is binary, not the text of a script");
	return true;
}

static bool read_file(const struct reporter *r, const char *path,
		      struct strbuf *b)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	bool ok;

	if (!f)
		return complain(r,
				errno == ENOENT
					? "a program on the command line wants "
					  "-e: waggle -e 'program'"
					: NULL,
				"cannot open", path, strerror(errno));
	if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode))
		ok = complain(r, NULL, "cannot run", path, "it is a directory");
	else
		ok = read_stream(r, path, f, b) && check_text(r, path, b);
	fclose(f);
	return ok;
}

/* The text of the program into b, and what messages call it. */
static bool read_script(const struct options *o, const struct reporter *r,
			struct strbuf *b, const char **name)
{
	*name = "stdin";
	if (o->program) {
		strbuf_add(b, o->program, strlen(o->program));
		return check_text(r, "-e", b);
	}
	if (strcmp(o->file, "-") == 0)
		return read_stream(r, *name, stdin, b) &&
		       check_text(r, *name, b);
	*name = o->file;
	return read_file(r, o->file, b);
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

static int run(const struct options *o, const struct image *img, FILE *out)
{
	struct run_options ro = {
		.pid = o->pid,
		.command = o->child,
		.format = o->json ? OUTPUT_JSON : OUTPUT_TEXT,
		.out = out,
		.lazy = o->buffering == BUFFER_FULL,
		.quiet = o->quiet,
		.verbose = o->verbose,
		.no_warnings = o->no_warnings,
		.dry_run = o->dry_run,
	};
	int status;

	ro.stop_fd = catch_signals();
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
		complain(r, "give a file: -o FILE", "cannot write",
			 "the object", "this is a terminal");
		return 1;
	}
	return fwrite(img->bytes, 1, img->size, out) != img->size;
}

static int use_image(const struct options *o, const struct image *img,
		     const struct reporter *r, FILE *out)
{
	if (o->dump && strcmp(o->dump, "obj") == 0)
		return write_image(img, r, out);
	return run(o, img, out);
}

static int compile_and_run(const struct options *o, const struct reporter *r,
			   FILE *out)
{
	struct compile_options co = {
		.argc = o->argc,
		.argv = o->argv,
		.btf_path = o->btf,
		.unsafe = o->unsafe,
		.helper_errors = o->helper_errors,
		.no_warnings = o->no_warnings,
		.json = o->json,
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
	if (!read_script(o, r, &text, &co.name))
		goto out;
	if (is_elf(&text)) {
		img = (struct image){ (uint8_t *)text.s, text.len };
		text = (struct strbuf){ 0 };
		status = use_image(o, &img, r, out);
		goto out;
	}
	co.text = text.s;
	co.len = text.len;
	rc = compile(&co, &img);
	strbuf_free(&text); /* tracing may take long */
	if (rc == COMPILE_HELPED)
		status = 0;
	else if (rc == COMPILE_OK && img.bytes && co.dump == DUMP_NONE)
		status = use_image(o, &img, r, out);
	else
		status = rc != COMPILE_OK;
out:
	image_free(&img);
	strbuf_free(&text);
	return status;
}

static void print_info(FILE *out)
{
	struct utsname u;
	uint64_t dev, ino;
	unsigned int bit;

	uname(&u);
	fprintf(out, "kernel          %s %s\n", u.release, u.machine);
	fprintf(out, "types (BTF)     %s\n", feature_has_btf() ? "yes" : "no");
	fprintf(out, "kprobe          %s\n",
		kernel_has_kprobes() && feature_pmu("kprobe", &bit) >= 0
			? "yes"
			: "no");
	fprintf(out, "uprobe          %s\n",
		kernel_has_uprobes() && feature_pmu("uprobe", &bit) >= 0
			? "yes"
			: "no");
	fprintf(out, "lockdown        %s\n", feature_lockdown());
	fprintf(out, "may trace       %s\n",
		feature_privileged() ? "yes" : "no (run as root)");
	fprintf(out, "perf paranoia   %d\n", feature_perf_paranoid());
	fprintf(out, "pid namespace   %s\n",
		feature_pid_ns(&dev, &ino) ? "its own" : "the root's");
	fprintf(out, "event ring      %u pages\n", feature_ring_pages());
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

static int do_command(struct options *o, const struct reporter *r, FILE *out)
{
	if (o->info) {
		print_info(out);
		return 0;
	}
	if (o->command == COMMAND_LIST && !lists_script(o))
		return list_probes(o->pattern, o->verbose, o->btf, o->pid, out,
				   stderr) < 0;
	return compile_and_run(o, r, out);
}

/* stdout, or the file of -o. */
static FILE *open_out(const struct options *o, const struct reporter *r)
{
	FILE *out = stdout;

	if (o->output) {
		out = fopen(o->output, "we");
		if (!out)
			complain(r, NULL, "cannot write to", o->output,
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

static int close_out(FILE *out, const struct reporter *r, int status)
{
	bool failed = fflush(out) || ferror(out);

	if (failed && !reader_left(out)) {
		report(r, REPORT_ERROR, NULL, "is the disk full?",
		       "not all of the output could be written");
		status = status ? status : 1;
	}
	if (out != stdout)
		fclose(out);
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	struct reporter r;
	char *buffer = NULL;
	FILE *out;
	int status = 1;

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
