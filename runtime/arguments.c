/*
 * arguments.c - see arguments.h.
 *
 * Records of tracepoints are as tracefs describes them; what fentry, fexit and
 * raw tracepoints get is one word after the other, by the function's types; and
 * kprobes have the first in registers.
 */
#include "runtime/arguments.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "compiler/arch.h"
#include "compiler/tracefs.h"
#include "runtime/image.h"

struct place {
	const char *name; /* "": the result */
	uint32_t offset;
	uint32_t size; /* 0: a word of some kind */
	bool many;
	enum arg_loc loc;
};

/* What one probe is given. */
struct record {
	const char *probe; /* tracepoint sched:sched_switch */
	VEC(struct place) places;
};

struct search {
	const struct plan *p;
	struct arena *arena;
	struct matcher *match;
	struct ktypes *types;
	bool same_kernel; /* its functions are those the program was made for */
	struct argument *found; /* of each of p->args */
	bool *looked;		/* was there any record */
};

/* ---- arguments in a record ---- */

static const struct place *find_place(const struct record *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->places.n; i++)
		if (!strcmp(r->places.v[i].name, name))
			return &r->places.v[i];
	return NULL;
}

/* Can the program be changed to read it there? */
static bool is_alike(const struct plan_arg *a, const struct place *pl)
{
	if (!pl->size)
		return true;
	if (a->loc == LOC_REL || pl->loc == LOC_REL)
		return a->loc == pl->loc && a->offset == pl->offset;
	if (!a->many || !pl->many)
		return a->many == pl->many && a->size == pl->size;
	return !a->size || (pl->loc == LOC_HERE && a->size <= pl->size);
}

static void compare(struct search *s, uint32_t i, const struct record *r)
{
	const struct plan_arg *a = &s->p->args.v[i];
	const struct place *pl = find_place(r, a->name);
	struct argument *f = &s->found[i];

	if (a->absent) {
		f->extra |= pl != NULL;
		return;
	}
	if (f->why)
		return;
	if (!pl) {
		f->gone = true;
		f->why = arena_printf(s->arena, "this kernel's %s has no %s",
				      r->probe, a->name);
	} else if (!is_alike(a, pl)) {
		f->why = arena_printf(s->arena,
				      "%s of %s is of another type on this "
				      "kernel than where this was compiled",
				      a->name, r->probe);
	} else if (s->looked[i] &&
		   (f->offset != pl->offset || f->loc != pl->loc)) {
		f->why = arena_printf(s->arena,
				      "on this kernel %s of %s is not where "
				      "that of the others is",
				      a->name, r->probe);
	} else {
		f->offset = pl->offset;
		f->loc = pl->loc;
		f->size = pl->size;
		s->looked[i] = true;
	}
}

static void compare_all(struct search *s, uint32_t program,
			const struct record *r)
{
	uint32_t i;

	for (i = 0; i < s->p->args.n; i++)
		if (s->p->args.v[i].program == program)
			compare(s, i, r);
}

static void add_word(struct search *s, struct record *r, const char *name,
		     uint32_t offset)
{
	*vec_push(s->arena, &r->places) = (struct place){
		.name = arena_strdup(s->arena, name),
		.offset = offset,
	};
}

/* ---- tracepoints ---- */

static struct place place_in(const struct tracefs_field *f)
{
	return (struct place){
		.name = f->name,
		.offset = f->offset,
		.size = f->size,
		.many = f->is_array || f->is_data_loc || f->is_rel_loc,
		.loc = f->is_rel_loc	? LOC_REL
		       : f->is_data_loc ? LOC_DATA
					: LOC_HERE,
	};
}

static bool take_tracepoint(struct search *s, uint32_t program,
			    const struct plan_point *pt)
{
	struct tracefs_format fmt;
	struct record r = { 0 };
	size_t i;

	if (tracefs_format(match_tracefs(s->match), s->arena, pt->module,
			   pt->target, &fmt))
		return false;
	r.probe = arena_printf(s->arena, "tracepoint %s:%s", pt->module,
			       pt->target);
	for (i = 0; i < fmt.nfields; i++)
		*vec_push(s->arena, &r.places) = place_in(&fmt.fields[i]);
	compare_all(s, program, &r);
	return true;
}

/* ---- functions ---- */

static const struct btf_type *signature(const struct btf *btf, int id)
{
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)id);

	while (t && (btf_is_func(t) || btf_is_typedef(t) || btf_is_ptr(t) ||
		     btf_is_mod(t)))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

/* Raw tracepoints have a word for the kernel first. */
static void take_signature(struct search *s, uint32_t program,
			   enum provider provider, const struct btf *btf,
			   const struct btf_type *t, const char *function)
{
	struct record r = { .probe = function };
	uint32_t i, at = 0, n = 0;

	for (i = provider == PROVIDER_RAWTRACEPOINT; i < btf_vlen(t); i++) {
		const struct btf_param *p = &btf_params(t)[i];
		int64_t size = btf__resolve_size(btf, p->type);
		const char *name;
		const struct arch_reg *reg = arch_arg(arch_host(), at / 8);
		bool is_kprobe = provider == PROVIDER_KPROBE ||
				 provider == PROVIDER_KRETPROBE;

		if (is_kprobe && (!reg || size > 8))
			break;
		name = btf__name_by_offset(btf, p->name_off);
		add_word(s, &r,
			 *name ? name : arena_printf(s->arena, "arg%u", n),
			 is_kprobe ? reg->offset : at);
		n++;
		at += size > 8 ? ((uint32_t)size + 7) / 8 * 8 : 8;
	}
	add_word(s, &r, "", at);
	compare_all(s, program, &r);
}

/* The kernel's functions that take what a raw tracepoint gives; its typedef has
 * no names. */
static const struct btf_type *raw_signature(struct search *s, const char *event,
					    struct btf **btf)
{
	static const char *const names[] = { "__traceiter_%s",
					     "__bpf_trace_%s" };
	char name[256];
	size_t i;
	int id;

	for (i = 0; i < countof(names); i++) {
		snprintf(name, sizeof(name), names[i], event);
		id = ktypes_find(s->types, name, BTF_KIND_FUNC, btf);
		if (id)
			return signature(*btf, id);
	}
	return NULL;
}

static bool take_function(struct search *s, uint32_t program,
			  const struct plan_point *pt)
{
	bool raw = pt->provider == PROVIDER_RAWTRACEPOINT;
	const struct btf_type *t = NULL;
	struct btf *btf;
	int id;

	if (s->same_kernel || !ktypes_open(s->types))
		return false;
	if (raw) {
		t = raw_signature(s, pt->target, &btf);
	} else {
		id = ktypes_find(s->types, pt->target, BTF_KIND_FUNC, &btf);
		t = id ? signature(btf, id) : NULL;
	}
	if (!t)
		return false;
	take_signature(s, program, pt->provider, btf, t,
		       arena_printf(s->arena,
				    raw ? "raw tracepoint %s" : "function %s",
				    pt->target));
	return true;
}

/* ---- all ---- */

static bool take_point(struct search *s, uint32_t program,
		       const struct plan_point *pt)
{
	if (pt->provider == PROVIDER_TRACEPOINT)
		return take_tracepoint(s, program, pt);
	return take_function(s, program, pt);
}

/* Of alternatives, a function that can't be traced is not what is attached. */
static bool is_choice(const struct search *s, const struct plan_point *pt)
{
	return pt->provider == PROVIDER_TRACEPOINT ||
	       pt->provider == PROVIDER_RAWTRACEPOINT ||
	       kernel_can_trace(s->match, *pt->module ? pt->module : NULL,
				pt->target);
}

/* The first of the alternatives that there is.  Patterns are no longer any
 * where arguments are named: each kind of record has a program. */
static void take_first(struct search *s, uint32_t program,
		       const struct plan_point *pt)
{
	bool found = (!pt->alternatives.n || is_choice(s, pt)) &&
		     take_point(s, program, pt);
	size_t i;

	for (i = 0; !found && i < pt->alternatives.n; i++)
		found = is_choice(s, &pt->alternatives.v[i]) &&
			take_point(s, program, &pt->alternatives.v[i]);
}

static void look_up(struct search *s)
{
	uint32_t done = UINT32_MAX;
	size_t i, k;

	for (i = 0; i < s->p->args.n; i++) {
		s->found[i].offset = s->p->args.v[i].offset;
		s->found[i].loc = s->p->args.v[i].loc;
	}
	for (i = 0; i < s->p->args.n; i++) {
		uint32_t n = s->p->args.v[i].program;
		const struct plan_program *g = &s->p->programs.v[n];

		/* those of a program follow each other */
		for (k = 0; n != done && k < g->points.n; k++)
			take_first(s, n, &g->points.v[k]);
		done = n;
	}
}

/* ---- instructions ---- */

/* Where a use and the instruction after it are: libbpf would find it by the
 * same relocation.  No program ends with one. */
static uint8_t *place_of(const struct image *img, Elf *elf, const GElf_Rel *rel,
			 Elf_Data *symbols, const struct arg_use *use)
{
	GElf_Shdr sh;
	GElf_Sym sym;
	Elf_Scn *scn;

	if (!gelf_getsym(symbols, (int)GELF_R_SYM(rel->r_info), &sym))
		return NULL;
	scn = elf_getscn(elf, sym.st_shndx);
	if (!scn || !gelf_getshdr(scn, &sh) || sh.sh_type != SHT_PROGBITS ||
	    sh.sh_size < 2 * sizeof(struct bpf_insn) ||
	    use->at > sh.sh_size - 2 * sizeof(struct bpf_insn) ||
	    use->at % sizeof(struct bpf_insn) || sh.sh_offset > img->size ||
	    sh.sh_size > img->size - sh.sh_offset)
		return NULL;
	return img->bytes + sh.sh_offset + use->at;
}

/* An array's address in two instructions: of an array itself
 *
 *	r2 = OFFSET		r2 += r1
 *
 * and of one that two bytes there tell of
 *
 *	r2 = *(u16 *)(r1 + OFFSET)	r2 += r1
 */
static bool mend_array(uint8_t *at, const struct bpf_insn *insn,
		       const struct argument *f)
{
	const struct bpf_insn *next = insn + 1;
	struct bpf_insn first;

	if (next->code != (BPF_ALU64 | BPF_ADD | BPF_X) ||
	    next->dst_reg != insn->dst_reg)
		return false;
	if (f->loc == LOC_DATA)
		first = (struct bpf_insn){
			.code = BPF_LDX | BPF_MEM | BPF_H,
			.dst_reg = next->dst_reg,
			.src_reg = next->src_reg,
			.off = (int16_t)f->offset,
		};
	else
		first = (struct bpf_insn){
			.code = BPF_ALU64 | BPF_MOV | BPF_K,
			.dst_reg = next->dst_reg,
			.imm = (int)f->offset,
		};
	memcpy(at, &first, sizeof(first));
	return true;
}

/* An element of an array is loaded as anything is. */
static bool is_array(const struct bpf_insn *insn, const struct plan_arg *a)
{
	return a->loc == LOC_DATA ||
	       (a->loc == LOC_HERE &&
		insn->code == (BPF_ALU64 | BPF_MOV | BPF_K));
}

static bool mend(uint8_t *at, const struct arg_use *use,
		 const struct argument *f, const struct plan_arg *a)
{
	uint64_t offset = (uint64_t)f->offset + use->inside;
	struct bpf_insn insn[2];

	memcpy(insn, at, sizeof(insn));
	if (offset > INT16_MAX)
		return false;
	if (f->why || (f->loc != a->loc && !is_array(insn, a)) ||
	    (f->size && use->inside >= f->size))
		insn[0] = (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL,
			.imm = ARGUMENT_REFUSED + (int)use->arg,
		};
	else if (is_array(insn, a))
		return mend_array(at, insn, f);
	else if (BPF_CLASS(insn[0].code) == BPF_LDX)
		insn[0].off = (int16_t)offset;
	else
		return false;
	memcpy(at, insn, sizeof(*insn));
	return true;
}

static const char *mend_all(const struct search *s, const struct image *img,
			    Elf *elf)
{
	static const char damage[] = "the list of its arguments is wrong";
	GElf_Shdr uses_sh, sh, symtab_sh;
	Elf_Scn *uses_scn = image_section(elf, ARGS_SECTION, &uses_sh);
	Elf_Scn *rels = image_section(elf, ".rel" ARGS_SECTION, &sh), *symtab;
	Elf_Data *uses, *rel_data, *symbols;
	struct arg_use use;
	GElf_Rel rel;
	uint8_t *at;
	int i;

	if (!uses_scn)
		return NULL; /* none was left of them */
	symtab = rels ? elf_getscn(elf, sh.sh_link) : NULL;
	if (!symtab || !gelf_getshdr(symtab, &symtab_sh) ||
	    symtab_sh.sh_type != SHT_SYMTAB || sh.sh_type != SHT_REL)
		return damage;
	uses = elf_getdata(uses_scn, NULL);
	rel_data = elf_getdata(rels, NULL);
	symbols = elf_getdata(symtab, NULL);
	if (!uses || !rel_data || !symbols || !uses->d_buf)
		return damage;
	for (i = 0; gelf_getrel(rel_data, i, &rel); i++) {
		if (uses->d_size < sizeof(use) ||
		    rel.r_offset > uses->d_size - sizeof(use))
			return damage;
		memcpy(&use, (char *)uses->d_buf + rel.r_offset, sizeof(use));
		if (use.arg >= s->p->args.n)
			return damage;
		at = place_of(img, elf, &rel, symbols, &use);
		if (!at ||
		    !mend(at, &use, &s->found[use.arg], &s->p->args.v[use.arg]))
			return damage;
	}
	return NULL;
}

/* What was left out where the argument was not to be had. */
static void report_extra(const struct load *l)
{
	size_t i;

	for (i = 0; i < l->plan->args.n; i++) {
		const struct plan_arg *a = &l->plan->args.v[i];

		if (!l->args[i].extra)
			continue;
		report(l->rep, REPORT_WARNING,
		       REPORT_AT(&l->plan->programs.v[a->program]),
		       "compile it on a kernel like this one, or with its "
		       "types: --btf FILE",
		       "this kernel has args.%s, and where the program was "
		       "made there was none: what is for it was left out",
		       a->name);
	}
}

const char *arguments_mend(struct load *l, struct matcher *m, Elf *elf)
{
	struct search s = { .p = l->plan,
			    .arena = l->arena,
			    .match = m,
			    .types = &l->types,
			    .same_kernel = l->same_kernel };
	size_t n = s.p->args.n;

	s.found = arena_alloc(s.arena, (n + 1) * sizeof(*s.found));
	s.looked = arena_alloc(s.arena, n + 1);
	look_up(&s);
	l->args = s.found;
	report_extra(l);
	return mend_all(&s, l->img, elf);
}
