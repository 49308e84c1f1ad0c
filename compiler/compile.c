/* compile.c - the passes, in order. */
#include "compile.h"

#include <stdlib.h>
#include <string.h>

#include "ast.h"
#include "builtin.h"
#include "config.h"
#include "udwarf.h"
#include "expand.h"
#include "explain.h"
#include "fmt.h"
#include "import.h"
#include "library.h"
#include "list.h"
#include "match.h"
#include "param.h"
#include "parse.h"
#include "sema.h"

#ifndef WAGGLE_FRONT_ONLY
#include "decode.h"
#include "emit.h"
#endif

static void unit_init(struct unit *u, const struct compile_options *o,
		      struct program *prog, struct arena *a)
{
	*u = (struct unit){
		.arena = a,
		.prog = prog,
		.diags = prog->diags,
		.argc = o->argc,
		.argv = o->argv,
		.unsafe = o->unsafe,
		.tests = o->tests,
		.benches = o->benches,
		.helper_errors = o->helper_errors,
		.origins = o->origins,
		.has_pid = o->has_pid || o->deferred,
		.deferred = o->deferred,
		.checking = o->stage == STAGE_CHECK && !o->argc,
		.child = o->child,
		.pid = o->pid,
		.offline = o->btf_path != NULL,
	};
#ifndef WAGGLE_FRONT_ONLY
	u->decode = decode_at;
#endif
	u->plan = arena_make(a, struct plan);
	u->types.arena = a;
	u->types.pointer_size = 8;
	u->types.btf = kbtf_open(a, o->btf_path);
}

static void plan_settings(struct unit *u, const struct compile_options *o)
{
	const struct config *c = &u->config;
	struct plan *p = u->plan;

	p->version = PLAN_VERSION;
	p->script = o->name;
	p->kernel = u->deferred && !u->offline ? kernel_build(u->arena) : "";
	p->ring_pages = (uint32_t)c->perf_rb_pages;
	p->print_maps = (uint32_t)c->print_maps_on_exit;
	p->demangle = (uint32_t)c->cpp_demangle;
	p->user_symbols = (uint32_t)c->cache_user_symbols;
	p->lazy_symbols = (uint32_t)c->lazy_symbolication;
	p->debug_files = (uint32_t)c->show_debug_info;
	p->max_cat = (uint32_t)c->max_cat_bytes;
	p->missing = (uint32_t)c->missing_probes;
	p->max_probes = (uint32_t)c->max_probes;
	p->log_size = (uint32_t)c->log_size;
	p->str_trailer = c->str_trunc_trailer;
}

/* Tree to typed tree. */
static void front(struct unit *u, const struct compile_options *o)
{
	config_read(u);
	u->types.max_strlen = (uint32_t)u->config.max_strlen;
	plan_settings(u, o);
	expand(u);
	if (u->diags->nerrors)
		return;
	param_read(u);
	if (u->help || u->diags->nerrors)
		return;
	resolve(u);
	check(u);
}

static enum compile_result back(struct unit *u, const struct compile_options *o,
				struct image *img)
{
#ifdef WAGGLE_FRONT_ONLY
	(void)u, (void)o, (void)img;
	return COMPILE_OK;
#else
	param_finish(u);
	syscall_choose(u);
	plan_programs(u);
	if (!emit(u, o->dump, o->out, img))
		return COMPILE_FAILED;
	if (o->dump == DUMP_IMAGE)
		plan_dump(u->plan, o->out);
	return COMPILE_OK;
#endif
}

/* The places a script attaches to, wildcards expanded.  What no list has, such
 * as interval:s:1, is there as it is written. */
static void list_target(const struct target *t, const struct compile_options *o)
{
	const struct list_options lo = {
		.pattern = t->name,
		.btf_path = o->btf_path,
		.pid = o->pid,
		.verbose = o->verbose,
		.json = o->json,
		.timed = o->origins,
		.out = o->out,
		.err = o->err,
	};

	if ((t->wild || o->verbose) && list_probes(&lo) > 0)
		return;
	if (!t->wild)
		list_name(&lo);
}

static void list_script(const struct unit *u, const struct compile_options *o)
{
	const struct target *t, *alt;
	const struct body *b;

	for (b = u->bodies; b; b = b->next)
		for (t = b->targets; t; t = t->next)
			for (alt = t; alt; alt = alt->alternative)
				list_target(alt, o);
}

/* explain --stages, as far as no type is known. */
static void show_read(const struct program *p, const struct source *src,
		      FILE *out)
{
	fprintf(out,
		"=== 1. The script\n\n%.*s%s"
		"=== 2. What was read: the tree\n\n",
		(int)src->len, src->text,
		src->text[src->len - 1] == '\n' ? "\n" : "\n\n");
	ast_dump(p, p->sources, out);
}

/* The words a user sees are the dumps': they name the pass that stops. */
static enum compile_result passes(struct unit *u,
				  const struct compile_options *o,
				  const struct source *src, struct image *img)
{
	if (!parse(u->prog, src))
		return COMPILE_FAILED;
	if (o->stage == STAGE_FORMAT)
		return fmt(u->prog, src, o->formatted) ? COMPILE_OK
						       : COMPILE_FAILED;
	if (o->dump == DUMP_AST) {
		ast_dump(u->prog, NULL, o->out);
		return COMPILE_OK;
	}
	if (o->dump == DUMP_STAGES)
		show_read(u->prog, src, o->out);
	if (!import_headers(u->prog, o->headers) || !import_all(u->prog))
		return COMPILE_FAILED;
	front(u, o);
	if (u->diags->nerrors)
		return COMPILE_FAILED;
	if (u->help) {
		param_help(u, o->out);
		return COMPILE_HELPED;
	}
	if (o->dump == DUMP_TYPES) {
		unit_dump(u, NULL, o->out);
		return COMPILE_OK;
	}
	if (o->dump == DUMP_STAGES) {
		fputs("\n=== 3. What it means: the tree with types\n\n",
		      o->out);
		unit_dump(u, u->prog->sources, o->out);
	}
	if (o->dump == DUMP_PROBES)
		list_script(u, o);
	if (o->dump == DUMP_EXPLANATION)
		explain(u, o->btf_path, o->out);
	if (o->dump == DUMP_PROBES || o->dump == DUMP_EXPLANATION)
		return COMPILE_OK;
	return back(u, o, o->stage == STAGE_CHECK ? NULL : img);
}

/* A name that is a value, whatever follows it. */
static bool is_value(const char *name)
{
	const struct library_name *row;

	if (builtin_is_value(name))
		return true;
	row = library_find(name);
	return row && row->is_value;
}

static bool read_source(struct program *prog, const struct compile_options *o,
			const struct source **src)
{
	struct source *script;
	size_t blank = 0;

	if (o->len > SOURCE_MAX) {
		diag_plain(prog->diags, DIAG_INPUT,
			   "%s has %zu bytes, and a script at most %d", o->name,
			   o->len, SOURCE_MAX);
		return false;
	}
	while (blank < o->len && strchr(" \t\r\n", o->text[blank]) &&
	       o->text[blank])
		blank++;
	if (blank == o->len) {
		diag_hint(prog->diags,
			  diag_plain(prog->diags, DIAG_INPUT,
				     "%s: the script is empty", o->name),
			  "write a probe, as in: "
			  "begin { print(\"hello\") }");
		return false;
	}
	script = source_add(prog->sources, o->name, o->text, o->len);
	script->path = o->path;
	*src = script;
	return true;
}

enum compile_result compile(const struct compile_options *o, struct image *img)
{
	enum compile_result result = COMPILE_FAILED;
	struct arena *a = arena_new();
	struct sources sources = { .arena = a };
	struct diags diags;
	struct program prog = {
		.arena = a,
		.sources = &sources,
		.diags = &diags,
		.is_value = is_value,
		.include_dirs = o->include_dirs,
	};
	const struct source *src;
	struct unit u = { 0 };
	struct tokens tokens = { .list = { 0 } };

	if (o->stage == STAGE_FORMAT)
		prog.tokens = &tokens;
	diags_init(&diags, a, &sources);
	diags.no_warnings = o->no_warnings;
	unit_init(&u, o, &prog, a);
	if (read_source(&prog, o, &src))
		result = passes(&u, o, src, img);
	if (diags.nerrors)
		result = COMPILE_FAILED;
	if (o->json)
		diags_print_json(&diags, o->err, o->origins);
	else
		diags_print(&diags, o->err, o->colour);
	udwarf_close_all(&u.types);
	kbtf_close(u.types.btf);
	arena_free(a);
	return result;
}
