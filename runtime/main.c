/* main.c - the command line: compile, run, exit status. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/list.h"
#include "runtime/build.h"
#include "runtime/command.h"
#include "runtime/image.h"
#include "runtime/info.h"
#include "runtime/main.h"
#include "runtime/params.h"
#include "runtime/script.h"

/* ---- what it does ---- */

/* What is made is run later. */
static bool makes_object(const struct options *o)
{
	return o->command == COMMAND_BUILD ||
	       (o->dump && strcmp(o->dump, "obj") == 0);
}

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

/* ---- images ---- */

/* The image goes to a terminal only by mistake. */
static int print_object(const struct image *img, const struct reporter *r,
			FILE *out)
{
	if (isatty(fileno(out))) {
		script_complain(r, "give a file: -o FILE", "cannot write",
				"the object", "this is a terminal");
		return 1;
	}
	return fwrite(img->bytes, 1, img->size, out) != img->size;
}

/* An image that was compiled before; what follows its name is its own. */
static int run_given(const struct options *o, const struct image *img,
		     const struct reporter *r, FILE *out)
{
	struct args args = { .arena = arena_new() };
	char err[256] = "";
	int status = 1;

	args.plan = image_plan(args.arena, img, err, sizeof(err));
	if (!args.plan)
		report(r, REPORT_ERROR, NULL, NULL, "%s", err);
	else if (params_read(&args, r, o->argc, o->argv) && !args.help)
		status = command_run(o, img, args.values, true, out);
	if (args.help) {
		args_help(args.plan, o->file, out);
		status = 0;
	}
	arena_free(args.arena);
	return status;
}

/* check and -d image: of the script nothing is left but the tables. */
static int look_at(const struct options *o, const struct image *img,
		   const struct reporter *r, FILE *out)
{
	struct arena *a = arena_new();
	char err[256] = "it is compiled: only -d image can show it";
	const struct plan *p = NULL;
	bool dumps = o->dump && strcmp(o->dump, "image") == 0;

	if (dumps || o->command == COMMAND_CHECK)
		p = image_plan(a, img, err, sizeof(err));
	if (p && dumps)
		plan_dump(p, out);
	if (!p)
		script_complain(r, NULL, "cannot use", o->file, err);
	arena_free(a);
	return !p;
}

/* A file that is an image, or ends in one. */
static int use_image(const struct options *o, const struct image *file,
		     const struct reporter *r, FILE *out)
{
	struct image img = *file;
	char err[256] = "";

	if (image_split(file, &img, err, sizeof(err)) == BUILT_DAMAGED) {
		report(r, REPORT_ERROR, NULL, "build it again", "%s", err);
		return 1;
	}
	if (o->command == COMMAND_CHECK || o->command == COMMAND_LIST ||
	    o->command == COMMAND_EXPLAIN || (o->dump && !makes_object(o)))
		return look_at(o, &img, r, out);
	if (o->target)
		return build_write(o, r, &img);
	if (makes_object(o))
		return print_object(&img, r, out);
	return run_given(o, &img, r, out);
}

/* What was just compiled. */
static int use_compiled(const struct options *o, const struct image *img,
			const struct reporter *r, FILE *out)
{
	if (o->target)
		return build_write(o, r, img);
	if (makes_object(o))
		return print_object(img, r, out);
	return command_run(o, img, NULL, o->btf, out);
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
		.deferred = makes_object(o),
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

	libbpf_set_print(NULL); /* what it says of --btf is said better */
	if (o->btf && access(o->btf, R_OK)) {
		script_complain(r, NULL, "cannot read types from", o->btf,
				strerror(errno));
		return 1;
	}
	if (o->target && !build_check(o, r))
		return 1;
	if (o->command == COMMAND_CHECK)
		co.stage = STAGE_CHECK;
	if (o->command == COMMAND_LIST)
		co.dump = DUMP_PROBES;
	if (o->command == COMMAND_EXPLAIN)
		co.dump = o->stages ? DUMP_STAGES : DUMP_EXPLANATION;
	if (!script_read(r, o->program, o->file, &text, &co.name))
		goto out;
	if (script_is_image(&text)) {
		img = (struct image){ (uint8_t *)text.s, text.len };
		text = (struct strbuf){ 0 };
		status = use_image(o, &img, r, out);
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
		status = use_compiled(o, &img, r, out);
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

static int do_command(const struct options *given, const struct reporter *r,
		      FILE *out, void *ctx)
{
	struct options *o = ctx; /* given, to be added to */
	int status;

	(void)given;
	if (o->info) {
		if (o->as_bpftrace)
			info_print_bpftrace(out);
		else
			info_print(out);
		return 0;
	}
	if (o->command == COMMAND_FMT)
		return main_fmt(o, r, out);
	if (o->command == COMMAND_HELP)
		return main_help(o, r, out);
	if (o->command == COMMAND_LEARN)
		return main_learn(o, r, out);
	if (o->command == COMMAND_EXPLAIN && main_explain(o, r, out, &status))
		return status;
	if (o->command == COMMAND_LIST && !lists_script(o))
		return list(o, out);
	return compile_and_run(o, r, out);
}

int main(int argc, char **argv)
{
	struct options o;
	int status = 1;

	command_hold_standard_fds();
	signal(SIGCHLD, SIG_DFL); /* ignored by our parent, children vanish */
	switch (options_parse(&o, argc, argv)) {
	case OPTIONS_DONE:
		status = 0;
		break;
	case OPTIONS_FAILED:
		break;
	case OPTIONS_OK:
		status = command_do(&o, do_command, &o);
		break;
	}
	options_free(&o);
	return status;
}
