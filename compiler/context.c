/* context.c - what a probe gives its body: arguments and results, by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "match.h"
#include "probe.h"
#include "sema.h"
#include "tracefs.h"

static struct type *new_args(struct unit *u, const struct target *t,
			     enum origin origin, uint32_t nmembers)
{
	struct type *s = arena_make(u->arena, struct type);

	s->kind = T_STRUCT;
	s->origin = origin;
	s->align = 8;
	s->complete = true;
	s->name = arena_printf(u->arena, "%s", t->name);
	s->nmembers = nmembers;
	s->members =
		arena_alloc(u->arena, (nmembers + 1) * sizeof(*s->members));
	return s;
}

/* ---- tracepoints: the record that tracefs describes ---- */

/* The integers that system calls and events point to, as tracefs spells them.
 */
static const struct type *named_int(const char *base)
{
	static const struct {
		const char *name;
		uint32_t size;
		bool is_signed;
	} ints[] = {
		{ "char", 1, true },
		{ "unsigned char", 1, false },
		{ "short", 2, true },
		{ "unsigned short", 2, false },
		{ "int", 4, true },
		{ "unsigned int", 4, false },
		{ "unsigned", 4, false },
		{ "long", 8, true },
		{ "unsigned long", 8, false },
		{ "u8", 1, false },
		{ "u16", 2, false },
		{ "u32", 4, false },
		{ "u64", 8, false },
		{ "__u8", 1, false },
		{ "__u16", 2, false },
		{ "__u32", 4, false },
		{ "__u64", 8, false },
		{ "s32", 4, true },
		{ "s64", 8, true },
		{ "__s32", 4, true },
		{ "__s64", 8, true },
		{ "size_t", 8, false },
		{ "loff_t", 8, true },
		{ "umode_t", 2, false },
		{ "uid_t", 4, false },
		{ "gid_t", 4, false },
		{ "pid_t", 4, true },
	};
	size_t i;

	for (i = 0; i < countof(ints); i++)
		if (!strcmp(ints[i].name, base))
			return type_int(ints[i].size, ints[i].is_signed);
	return NULL;
}

/* "struct sk_buff" of a pointer: the type itself is looked up when it is read
 * through, since most fields of most records never are. */
static const struct type *pointee(struct unit *u, const char *base)
{
	const struct type *s;

	if (!strncmp(base, "struct ", 7))
		s = type_struct(&u->types, base + 7, false);
	else
		s = named_int(base);
	return s ? s : &type_void;
}

/* "char *const *" is a pointer to pointers into the same memory. */
static const struct type *pointer_type(struct unit *u,
				       const struct tracefs_field *f)
{
	enum space space = f->is_user ? SPACE_USER : SPACE_KERNEL;
	const struct type *t = pointee(u, f->base);
	unsigned i;

	for (i = 0; i < f->npointers; i++)
		t = type_ptr(&u->types, t, space);
	return t;
}

static const struct type *field_type(struct unit *u,
				     const struct tracefs_field *f)
{
	bool is_char = !strcmp(f->base, "char") && !f->npointers;
	uint32_t each = f->nelems ? f->size / f->nelems : 0;

	if (f->is_data_loc || f->is_rel_loc) {
		if (is_char)
			return type_string(&u->types,
					   (uint32_t)u->config.max_strlen);
		return type_ptr(&u->types, &type_uint8, SPACE_KERNEL);
	}
	if (f->is_array && is_char && f->size)
		return type_string(&u->types, f->size);
	if (f->is_array && f->nelems &&
	    (each == 1 || each == 2 || each == 4 || each == 8))
		return type_array(&u->types, type_int(each, f->is_signed),
				  f->nelems);
	if (f->npointers && f->size == 8)
		return pointer_type(u, f);
	if (!strcmp(f->base, "bool") && f->size == 1)
		return &type_bool;
	if (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8)
		return type_int(f->size, f->is_signed);
	return type_array(&u->types, &type_uint8, f->size ? f->size : 1);
}

static bool explain_tracepoint(struct unit *u, const struct target *t, int err)
{
	struct diag *d;

	if (may_be_missing(u, t) && err == -ENOENT)
		return false;
	if (err == -ENOENT && t->span) {
		d = diag_error(u->diags, t->at, DIAG_NO_MATCH,
			       "this kernel has no system call %s",
			       t->name + strlen("syscall:"));
		diag_hint(u->diags, d,
			  "waggle -l 'syscall:*' lists what there "
			  "is");
		return false;
	}
	if (err == -ENOENT) {
		d = diag_error(u->diags, t->at, DIAG_NO_MATCH,
			       "there is no tracepoint %s:%s", t->module,
			       t->target);
		diag_hint(u->diags, d,
			  "waggle -l 'tracepoint:*%s*' looks for "
			  "the name",
			  t->target);
		return false;
	}
	d = diag_error(u->diags, t->at, DIAG_NO_TRACEFS,
		       "the arguments of %s can't be read from tracefs: %s",
		       t->name, strerror(-err));
	diag_hint(u->diags, d,
		  err == -EPERM || err == -EACCES
			  ? "run as root, or use rawtracepoint:%s, whose "
			    "arguments are in BTF"
			  : "use rawtracepoint:%s, whose arguments are in BTF",
		  t->target);
	return false;
}

static bool format_in_types(struct unit *u, const struct target *t,
			    struct tracefs_format *fmt)
{
	if (tracefs_format_btf(u->types.btf, u->arena, t->target, fmt))
		return true;
	return !strcmp(t->module, "syscalls") &&
	       tracefs_format_syscall(u->arena, t->target, fmt);
}

static int read_format(struct unit *u, int tracefs, const struct target *t,
		       struct tracefs_format *fmt)
{
	int err = tracefs;

	*fmt = (struct tracefs_format){ 0 };
	if (u->offline && format_in_types(u, t, fmt))
		return 0;
	/* Types tell of a class of tracepoints by its name, not which are of
	 * it.  Where those of this machine are else the loader finds out. */
	if (tracefs >= 0)
		err = tracefs_format(tracefs, u->arena, t->module, t->target,
				     fmt);
	if (err < 0 && err != -ENOENT && format_in_types(u, t, fmt))
		err = 0;
	return err;
}

/* t: a tracepoint, or a span that enters by one. */
static const struct target *record_of(const struct target *t)
{
	return t->span ? t->entry : t;
}

static bool fill_tracepoint(struct unit *u, struct matcher *m, struct target *t)
{
	int fd = match_tracefs(m), err;
	const struct target *alt = t;
	struct tracefs_format fmt;
	struct type *s;
	size_t i;

	/* The record is that of the first alternative this kernel knows. */
	err = read_format(u, fd, record_of(alt), &fmt);
	while (err < 0 && alt->alternative) {
		alt = alt->alternative;
		err = read_format(u, fd, record_of(alt), &fmt);
	}
	if (err < 0)
		return explain_tracepoint(u, record_of(t), err);
	s = new_args(u, t, t->span ? ORIGIN_SCRIPT : ORIGIN_TRACEPOINT,
		     (uint32_t)fmt.nfields);
	for (i = 0; i < fmt.nfields; i++) {
		const struct tracefs_field *f = &fmt.fields[i];

		s->members[i] = (struct member){
			.name = f->name,
			.type = field_type(u, f),
			.owner = s,
			.offset = f->offset,
			.index = (uint32_t)i,
			.data_loc = f->is_data_loc || f->is_rel_loc,
			.rel_loc = f->is_rel_loc,
		};
		if (f->offset + f->size > s->size)
			s->size = f->offset + f->size;
	}
	t->args = s;
	return true;
}

/* ---- functions and raw tracepoints: signatures in BTF ---- */

/* A struct passed by value takes as many slots as it needs. */
static uint32_t slots_of(const struct type *type)
{
	return type->size > 8 ? (type->size + 7) / 8 : 1;
}

static void fill_params(struct unit *u, struct target *t,
			const struct bt_func *fn)
{
	struct type *s = new_args(u, t, ORIGIN_ARGS, fn->nparams);
	uint32_t i;

	for (i = 0; i < fn->nparams; i++) {
		const struct type *type =
			type_of_btf(&u->types, fn->params[i].type);

		s->members[i] = (struct member){
			.name = fn->params[i].name,
			.type = type,
			.owner = s,
			.offset = s->size,
			.index = i,
		};
		s->size += 8 * slots_of(type);
	}
	t->args = s;
}

static bool no_btf(struct unit *u, const struct target *t)
{
	const char *why = kbtf_error(u->types.btf);

	if (!why)
		return false;
	diag_error(u->diags, t->at, DIAG_NO_BTF, "%s: %s", t->name, why);
	return true;
}

static bool unknown_function(struct unit *u, const struct target *t)
{
	const char *near = nearest_name(
		t->target, kbtf_type_names(u->types.btf, u->arena, BTN_FUNC));
	struct diag *d;

	if (may_be_missing(u, t))
		return false;
	d = diag_error(u->diags, t->at, DIAG_NO_MATCH,
		       "the kernel's BTF has no function %s%s%s", t->module,
		       *t->module ? ":" : "", t->target);
	if (near)
		diag_hint(u->diags, d, "did you mean '%s'?", near);
	else
		diag_hint(u->diags, d,
			  "waggle -l 'fentry:*' lists those it has; a function "
			  "without BTF can be traced by kprobe");
	return false;
}

/* Of a kprobe the arguments are where the processor's conventions have them;
 * those that are not in a register of their own are left out. */
static void in_registers(struct target *t)
{
	struct type *args = (struct type *)t->args;
	uint32_t i;

	args->origin = ORIGIN_SCRIPT;
	for (i = 0; i < args->nmembers; i++) {
		struct member *m = &args->members[i];
		const struct arch_reg *r = arch_arg(arch_host(), m->offset / 8);

		if (!r || m->type->size > 8)
			break;
		m->offset = r->offset;
	}
	args->nmembers = i;
}

/* What a pointer points to is another thing than the program was told: of its
 * context the kernel's own form.  So it is an address and no more. */
static const struct type *word_type(struct unit *u, const struct bt_word *w)
{
	return w->is_ptr ? type_ptr(&u->types, &type_void, SPACE_KERNEL)
			 : type_int(w->size, w->is_signed);
}

static bool fill_program(struct unit *u, struct target *t)
{
	uint32_t i, id = 0;
	struct bt_program p;
	struct type *s;

	if (t->module[3]) /* "bpf:ID" */
		id = (uint32_t)strtoul(t->module + 4, NULL, 10);
	if (!kbtf_program(u->arena, t->target, id, &p)) {
		diag_hint(u->diags,
			  diag_error(u->diags, t->at, DIAG_NOT_HERE,
				     "%s: the arguments and result of that "
				     "program are not known",
				     t->name),
			  "it has to be loaded, with types (BTF), and it takes "
			  "root to see it; bpftool prog lists what is there");
		return false;
	}
	s = new_args(u, t, ORIGIN_ARGS, p.nparams);
	for (i = 0; i < p.nparams; i++)
		s->members[i] = (struct member){
			.name = *p.params[i].name
					? p.params[i].name
					: arena_printf(u->arena, "arg%u", i),
			.type = word_type(u, &p.params[i]),
			.owner = s,
			.offset = 8 * i,
			.index = i,
		};
	s->size = 8 * p.nparams;
	t->args = s;
	if (t->provider == PROVIDER_FEXIT)
		t->retval = word_type(u, &p.result);
	return true;
}

static bool fill_function(struct unit *u, struct target *t)
{
	const struct target *alt = t;
	struct bt_func fn;

	/* what they are called with is their context, of whatever kind */
	if (target_is_bpf(t))
		return fill_program(u, t);
	if (no_btf(u, t))
		return false;
	/* Types come from the first alternative that this kernel knows. */
	while (alt &&
	       !kbtf_func(u->types.btf, u->arena,
			  *alt->module ? alt->module : NULL, alt->target, &fn))
		alt = alt->alternative;
	if (!alt)
		return unknown_function(u, t);
	fill_params(u, t, &fn);
	if (t->provider == PROVIDER_FEXIT || t->provider == PROVIDER_KRETPROBE)
		t->retval = type_of_btf(&u->types, fn.ret);
	if (t->provider == PROVIDER_KRETPROBE)
		in_registers(t);
	return true;
}

static bool fill_rawtracepoint(struct unit *u, struct target *t)
{
	const struct target *alt;
	struct bt_func fn;
	struct diag *d;

	if (no_btf(u, t))
		return false;
	for (alt = t; alt; alt = alt->alternative) {
		if (!kbtf_rawtracepoint(u->types.btf, u->arena,
					*alt->module ? alt->module : NULL,
					alt->target, &fn))
			continue;
		fill_params(u, t, &fn);
		return true;
	}
	if (may_be_missing(u, t))
		return false;
	d = diag_error(u->diags, t->at, DIAG_NO_MATCH,
		       "there is no raw tracepoint %s", t->target);
	diag_hint(u->diags, d,
		  "waggle -l 'rawtracepoint:*%s*' looks for the name",
		  t->target);
	return false;
}

/* A word is what a kretprobe sees, and of a narrower result only the low half
 * means anything: an int of -2 is 4294967294 in it. */
void context_narrow(struct unit *u, struct target *t)
{
	const struct type *type;
	struct bt_func fn;

	if (t->wild || t->alternative || kbtf_error(u->types.btf) ||
	    !kbtf_func(u->types.btf, u->arena, *t->module ? t->module : NULL,
		       t->target, &fn))
		return;
	type = type_of_btf(&u->types, fn.ret);
	if (type->kind == T_INT && type->size < 8)
		t->retval = type_int(type->size, type->is_signed);
	else if (type->kind == T_BOOL)
		t->retval = &type_uint8;
}

bool context_fill(struct unit *u, struct matcher *m, struct target *t)
{
	if (t->provider == PROVIDER_TRACEPOINT)
		return fill_tracepoint(u, m, t);
	if (t->provider == PROVIDER_RAWTRACEPOINT)
		return fill_rawtracepoint(u, t);
	if (t->provider == PROVIDER_UPROBE || t->provider == PROVIDER_URETPROBE)
		return context_fill_user(u, t);
	return fill_function(u, t);
}
