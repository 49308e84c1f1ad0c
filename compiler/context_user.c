/* context_user.c - what debug information adds to probes of user programs:
 * arguments by name, types. */
#include <stdlib.h>
#include <string.h>

#include "udwarf.h"
#include "elfsym.h"
#include "match.h"
#include "probe.h"
#include "sema.h"

/* ---- files and functions ---- */

static bool is_user(enum provider p)
{
	return p == PROVIDER_UPROBE || p == PROVIDER_URETPROBE ||
	       p == PROVIDER_USDT;
}

struct udwarf_file *context_types(struct unit *u, const struct target *t)
{
	char path[PATH_MAX];

	if (!t || !is_user(t->provider) || match_has_wildcard(t->module) ||
	    elfsym_find(t->module, u->pid, path, NULL))
		return NULL;
	return udwarf_open(&u->types, path);
}

bool context_object_size(struct unit *u, const struct target *t,
			 const char *name, uint64_t *size)
{
	struct elfsym_file *f;
	struct elfsym sym = { 0 };
	char path[PATH_MAX];
	bool known;

	if (!t || !is_user(t->provider) || match_has_wildcard(t->module) ||
	    elfsym_find(t->module, u->pid, path, NULL))
		return false;
	f = elfsym_open(path, NULL);
	known = f && elfsym_object(f, name, &sym, NULL) == ELFSYM_OK;
	elfsym_close(f);
	*size = sym.size;
	return known;
}

/* What is written in the attach point, without the word for C++. */
static const char *name_of(const struct target *t, enum elfsym_lang *lang)
{
	*lang = ELFSYM_AUTO;
	if (strncmp(t->target, "cpp:", 4) != 0)
		return t->target;
	*lang = ELFSYM_CPP;
	return t->target + 4;
}

/* The functions of one file that t means. */
static enum elfsym_code functions(struct unit *u, const struct target *t,
				  const char *path, struct elfsym_list *out,
				  struct elfsym_err *err)
{
	struct elfsym_file *f = elfsym_open(path, err);
	enum elfsym_lang lang;
	const char *name = name_of(t, &lang);
	enum elfsym_code code;
	size_t i, n = 0;

	*out = (struct elfsym_list){ 0 };
	if (!f)
		return err->code;
	code = elfsym_resolve(f, u->arena, name, lang,
			      t->wild ? match_glob : NULL, out, err);
	if (code == ELFSYM_NO_SYMBOL && !t->wild)
		elfsym_hint_inlined(f, name, err);
	elfsym_close(f);
	for (i = 0; code == ELFSYM_OK && i < out->n; i++)
		if (!out->v[i].alias && out->v[i].offset != ELFSYM_NO_OFFSET)
			out->v[n++] = out->v[i];
	out->n = n;
	return code;
}

struct finding {
	struct unit *u;
	const struct target *t;
	struct match_set *out;
	struct elfsym_err err;
};

static bool add_matches(void *arg, const char *path)
{
	struct finding *f = arg;
	struct elfsym_list list;
	enum elfsym_lang lang;
	size_t i;

	name_of(f->t, &lang);
	if (functions(f->u, f->t, path, &list, &f->err))
		return true;
	for (i = 0; i < list.n; i++)
		match_add(f->out, f->u->arena, path, list.v[i].name);
	return true;
}

int context_matches(struct unit *u, const struct target *t,
		    struct match_set *out)
{
	struct finding f = { .u = u, .t = t, .out = out };

	elfsym_find_all(t->module, u->pid, add_matches, &f, &f.err);
	match_sort(out);
	return 0;
}

/* ---- where they were inlined ---- */

struct inlining {
	struct unit *u;
	const struct target *t;
	const char *path;
	enum elfsym_lang lang;
	const char *name; /* wanted */
	struct target **tail;
};

static bool means(const struct inlining *s, const char *name,
		  const char *symbol)
{
	char *demangled;
	bool is = false;

	if (s->lang != ELFSYM_CPP &&
	    (s->t->wild ? match_glob(s->name, name) : !strcmp(s->name, name)))
		return true;
	if (!symbol)
		return false;
	if (s->lang != ELFSYM_CPP && !strcmp(s->name, symbol))
		return true;
	demangled = elfsym_demangle(symbol);
	if (demangled)
		is = elfsym_cpp_matches(s->name, demangled,
					s->t->wild ? match_glob : NULL);
	free(demangled);
	return is;
}

static bool add_place(void *arg, const char *name, const char *symbol,
		      uint64_t addr)
{
	struct inlining *s = arg;
	struct target *one;

	if (!means(s, name, symbol))
		return true;
	one = arena_make(s->u->arena, struct target);
	*one = *s->t;
	one->next = NULL;
	one->inlined = arena_strdup(s->u->arena, name);
	one->module = s->path;
	one->target = "";
	one->offset = addr;
	one->wild = false;
	if (s->t->wild)
		one->name = arena_printf(s->u->arena, "%s:%s:%s",
					 providers[s->t->provider].name,
					 s->path, one->inlined);
	*s->tail = one;
	s->tail = &one->next;
	return true;
}

static bool look_in(void *arg, const char *path)
{
	struct inlining *s = arg;
	struct elfsym_file *f = elfsym_open(path, NULL);

	s->path = arena_strdup(s->u->arena, path);
	if (f)
		elfsym_each_inlined(f, add_place, s);
	elfsym_close(f);
	return true;
}

/* Addresses are of this file and no other. */
struct target *context_inlined(struct unit *u, struct target *t)
{
	struct inlining s = { .u = u, .t = t, .tail = &t->next };
	struct match_set set = { 0 };
	struct elfsym_err err = { 0 };

	if (t->offset || !*t->target || *t->target == '@')
		return t;
	if (u->deferred) {
		diag_error(u->diags, t->at, DIAG_NOT_HERE,
			   "where functions were inlined is different in each "
			   "build of a program, so probe_inline is for scripts "
			   "that run at once");
		return NULL;
	}
	s.name = name_of(t, &s.lang);
	elfsym_find_all(t->module, u->pid, look_in, &s, &err);
	/* it may be inlined wherever it is called */
	if (t->next)
		context_matches(u, t, &set);
	return t->next && !set.v.n ? t->next : t;
}

/* ---- arguments ---- */

static bool missing(struct unit *u, const struct target *t,
		    const struct elfsym_err *err)
{
	struct diag *d;

	if (may_be_missing(u, t))
		return false;
	d = diag_error(u->diags, t->at, DIAG_NO_MATCH, "%s", err->text);
	if (*err->hint)
		diag_hint(u->diags, d, "%s", err->hint);
	return false;
}

static bool refuse(struct unit *u, const struct target *t, const char *hint,
		   const char *what)
{
	struct diag *d;

	d = diag_error(u->diags, t->at, DIAG_NOT_HERE,
		       "the arguments of %s have no names: %s", t->name, what);
	if (hint)
		diag_hint(u->diags, d, "%s", hint);
	return false;
}

static bool add_params(struct unit *u, struct target *t,
		       const struct udwarf_function *fn)
{
	struct type *s = arena_make(u->arena, struct type);
	struct udwarf_function *kept =
		arena_make(u->arena, struct udwarf_function);
	size_t i;

	*kept = *fn;
	s->kind = T_STRUCT;
	s->origin = ORIGIN_SCRIPT;
	s->align = 8;
	s->complete = true;
	s->name = t->name;
	s->members =
		arena_alloc(u->arena, (fn->params.n + 1) * sizeof(*s->members));
	for (i = 0; i < fn->params.n; i++) {
		const struct udwarf_param *p = &fn->params.v[i];

		if (p->place != UDWARF_REGISTER || !*p->name || !p->type->size)
			continue;
		s->members[s->nmembers] = (struct member){
			.name = p->name,
			.type = p->type,
			.owner = s,
			.offset = p->offset,
			.index = s->nmembers,
		};
		s->nmembers++;
		if (p->offset + p->type->size > s->size)
			s->size = p->offset + p->type->size;
	}
	t->args = s;
	t->function = kept;
	return true;
}

static bool fill_inlined(struct unit *u, struct target *t)
{
	struct udwarf_file *d = udwarf_open(&u->types, t->module);
	struct udwarf_function fn;

	return d && udwarf_function(&u->types, d, t->offset, t->inlined, &fn) &&
	       add_params(u, t, &fn);
}

bool context_fill_user(struct unit *u, struct target *t)
{
	const char *hint = "write arg0, arg1, ...; or compile it with -g, or "
			   "install its debug symbols";
	struct udwarf_function fn;
	struct elfsym_list list;
	struct elfsym_err err = { 0 };
	struct udwarf_file *d;
	char path[PATH_MAX];

	if (t->inlined)
		return fill_inlined(u, t);
	if (t->offset || !*t->target || *t->target == '@')
		return refuse(u, t, "probe the function by its name",
			      "registers hold them at the start of a function "
			      "only");
	if (elfsym_find(t->module, u->pid, path, &err) ||
	    functions(u, t, path, &list, &err))
		return missing(u, t, &err);
	if (list.n != 1)
		return refuse(u, t, "name one, its parameters included",
			      arena_printf(u->arena,
					   "%zu functions are called that",
					   list.n));
	d = udwarf_open(&u->types, path);
	if (!d)
		return refuse(u, t, hint,
			      arena_printf(u->arena,
					   "%s has no debug information",
					   path));
	if (!udwarf_function(&u->types, d, list.v[0].addr, NULL, &fn))
		return refuse(u, t, hint,
			      arena_printf(u->arena,
					   "the debug information of %s says "
					   "nothing about that function",
					   path));
	return add_params(u, t, &fn);
}

const struct udwarf_param *context_param(const struct target *t,
					 const char *name)
{
	size_t i;

	for (i = 0; t && t->function && i < t->function->params.n; i++)
		if (!strcmp(t->function->params.v[i].name, name))
			return &t->function->params.v[i];
	return NULL;
}

const char *context_lost(struct unit *u, const struct target *t,
			 const char *name)
{
	const struct udwarf_param *p = context_param(t, name);

	if (!p)
		return NULL;
	switch (p->place) {
	case UDWARF_ARGN:
		return arena_printf(u->arena, "is on the stack: write arg%u",
				    p->offset);
	case UDWARF_PIECES:
		return "is not in one register when the function is entered";
	case UDWARF_FLOAT:
		return "is in a floating-point register, which BPF programs "
		       "can't read";
	case UDWARF_OPTIMIZED:
		return "was optimized away by the compiler";
	case UDWARF_REGISTER:
	case UDWARF_CONSTANT:
		break;
	}
	return "has no size";
}
