/* udwarf.c - files with debug information, and the parameters of functions. */
#include <string.h>

#include "arch.h"
#include "udwarf_own.h"
#include "elffile.h"

/* --- Files ---------------------------------------------------------------- */

struct udwarf_file *udwarf_open(struct types *t, const char *path)
{
	struct udwarf_file *d = table_get(&t->dwarf, path);
	struct elfsym_err err;

	if (d)
		return d->dwarf ? d : NULL;
	d = arena_make(t->arena, struct udwarf_file);
	d->index = (uint32_t)t->dwarf.entries.n;
	d->elf = elfsym_open(path, &err);
	if (d->elf)
		d->dwarf = elfdwarf_open(d->elf);
	table_put(&t->dwarf, t->arena, arena_strdup(t->arena, path), d);
	return d->dwarf ? d : NULL;
}

void udwarf_close_all(struct types *t)
{
	size_t i;

	for (i = 0; i < t->dwarf.entries.n; i++) {
		struct udwarf_file *d = t->dwarf.entries.v[i].value;

		if (d->dwarf)
			dwarf_end(d->dwarf);
		if (d->elf)
			elfsym_close(d->elf);
	}
	t->dwarf = (struct table){ 0 };
}

/* --- Functions ------------------------------------------------------------ */

static bool is_wanted(Dwarf_Die *die, uint64_t addr, const char *inlined)
{
	int tag = inlined ? DW_TAG_inlined_subroutine : DW_TAG_subprogram;
	const char *name;
	Dwarf_Addr entry;

	if (dwarf_tag(die) != tag || !elfdwarf_entry(die, &entry) ||
	    entry != addr)
		return false;
	name = inlined ? dwarf_diename(die) : NULL;
	return !inlined || (name && !strcmp(name, inlined));
}

/* What may have code, and what may have such in it. */
static bool may_contain(Dwarf_Die *die, uint64_t addr)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return true;
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
		return dwarf_haspc(die, addr) > 0;
	default:
		return false;
	}
}

/* Functions within functions. */
enum { MAX_NESTED = 256 };

/* dwarf_getscopes() goes from what was inlined to where it was written. */
static bool function_in(Dwarf_Die *parent, uint64_t addr, const char *inlined,
			int depth, Dwarf_Die *fn)
{
	Dwarf_Die die;

	if (depth > MAX_NESTED || dwarf_child(parent, &die))
		return false;
	do {
		if (!may_contain(&die, addr))
			continue;
		if (is_wanted(&die, addr, inlined)) {
			*fn = die;
			return true;
		}
		if (function_in(&die, addr, inlined, depth + 1, fn))
			return true;
	} while (!dwarf_siblingof(&die, &die));
	return false;
}

static bool find_function(Dwarf *dwarf, uint64_t addr, const char *inlined,
			  Dwarf_Die *fn)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	if (dwarf_addrdie(dwarf, addr, &unit) &&
	    function_in(&unit, addr, inlined, 0, fn))
		return true;
	/* not every compiler writes an index of addresses */
	while (!dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL))
		if (dwarf_haspc(&unit, addr) > 0 &&
		    function_in(&unit, addr, inlined, 0, fn))
			return true;
	return false;
}

/* --- Where parameters are ------------------------------------------------- */

enum known {
	KNOWN_NOTHING,	/* at this address */
	KNOWN_REGISTER, /* the whole of it is in one */
	KNOWN_VALUE,	/* whatever the program does */
	KNOWN_MEMORY,	/* where the function will have put it */
};

/* A number, then DW_OP_stack_value. */
static enum known constant(const Dwarf_Op *ops, size_t n, uint64_t *v)
{
	if (n != 2 || ops[1].atom != DW_OP_stack_value)
		return KNOWN_NOTHING;
	if (ops[0].atom >= DW_OP_lit0 && ops[0].atom <= DW_OP_lit31)
		*v = ops[0].atom - DW_OP_lit0;
	else if (ops[0].atom >= DW_OP_const1u && ops[0].atom <= DW_OP_consts)
		*v = ops[0].number;
	else
		return KNOWN_NOTHING;
	return KNOWN_VALUE;
}

/* What holds at an address: of what was inlined there this may be for a part of
 * one instruction only, and its range is empty. */
static bool expression(Dwarf_Attribute *attr, uint64_t addr, Dwarf_Op **ops,
		       size_t *n)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	if (dwarf_getlocation_addr(attr, addr, ops, n, 1) == 1)
		return true;
	while ((at = dwarf_getlocations(attr, at, &base, &start, &end, ops,
					n)) > 0)
		if (start == addr && end == addr)
			return true;
	return false;
}

static enum known location(Dwarf_Die *param, uint64_t addr, uint64_t *reg)
{
	Dwarf_Attribute attr;
	Dwarf_Sword value;
	Dwarf_Op *ops;
	size_t n;

	if (dwarf_attr(param, DW_AT_const_value, &attr) &&
	    !dwarf_formsdata(&attr, &value)) {
		*reg = (uint64_t)value;
		return KNOWN_VALUE;
	}
	if (!dwarf_attr_integrate(param, DW_AT_location, &attr) ||
	    !expression(&attr, addr, &ops, &n))
		return KNOWN_NOTHING;
	if (n != 1)
		return constant(ops, n, reg);
	if (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31)
		*reg = ops[0].atom - DW_OP_reg0;
	else if (ops[0].atom == DW_OP_regx)
		*reg = ops[0].number;
	else
		return ops[0].atom == DW_OP_fbreg ? KNOWN_MEMORY
						  : KNOWN_NOTHING;
	return KNOWN_REGISTER;
}

/* DWARF's numbers of the general registers, by the processors' ABIs. */
static const struct arch_reg *numbered(uint64_t reg)
{
	static const char *const x86_64[] = { "ax",  "dx",  "cx",  "bx",
					      "si",  "di",  "bp",  "sp",
					      "r8",  "r9",  "r10", "r11",
					      "r12", "r13", "r14", "r15" };
	const struct arch *arch = arch_host();
	char name[8];

	if (arch == arch_named("x86_64"))
		return reg < countof(x86_64) ? arch_find(arch, x86_64[reg])
					     : NULL;
	if (reg == 31)
		return arch_find(arch, arch->sp);
	snprintf(name, sizeof(name), "r%u", (unsigned)(reg & 31));
	return reg < 31 ? arch_find(arch, name) : NULL;
}

/* What the calling convention says while all that came before was plain. */
struct convention {
	uint32_t used; /* registers */
	bool lost;     /* something went by value that takes several, or none */
};

static void by_convention(struct convention *c, const struct type *type,
			  bool is_float, struct udwarf_param *p)
{
	const struct arch_reg *r = NULL;

	if (is_float) {
		p->place = UDWARF_FLOAT;
		return;
	}
	if (!type_is_scalar(type))
		c->lost = true;
	if (!c->lost)
		r = arch_arg(arch_host(), c->used);
	p->place = r ? UDWARF_REGISTER : c->lost ? UDWARF_PIECES : UDWARF_ARGN;
	p->offset = r ? r->offset : c->used;
	c->used++;
}

struct parameter {
	Dwarf_Die die;
	enum known known;
	const struct arch_reg *reg;
	bool is_float;
};

/*
 * Compiled with optimization, debug information says in which register each is
 * at the first instruction; without, only where it is stored a little later,
 * and then the calling convention holds.  So it does for what is in memory when
 * it agrees with what is said of the others: a function of which a copy was
 * made, for some of its callers, may be called in another way.
 */
static void settle(struct udwarf_param *p, const struct parameter *from,
		   bool agrees)
{
	if (from->known == KNOWN_MEMORY && agrees)
		return; /* by convention */
	if (from->is_float) {
		p->place = UDWARF_FLOAT;
	} else if (from->known == KNOWN_REGISTER && from->reg &&
		   p->type->size <= 8) {
		p->place = UDWARF_REGISTER;
		p->offset = from->reg->offset;
	} else if (from->known == KNOWN_VALUE && type_is_scalar(p->type)) {
		p->place = UDWARF_CONSTANT;
	} else {
		p->place = from->known == KNOWN_NOTHING ? UDWARF_OPTIMIZED
							: UDWARF_PIECES;
	}
}

static void read_parameter(struct types *t, struct udwarf_file *d,
			   uint64_t addr, struct parameter *from,
			   struct udwarf_param *p)
{
	Dwarf_Die type;
	uint64_t reg = 0;

	p->name = udwarf_name(t->arena, &from->die);
	p->type = &type_void;
	p->declaration = "void";
	if (udwarf_type_of(&from->die, &type)) {
		p->type = udwarf_type(t, d, &type);
		p->declaration = udwarf_declaration(t->arena, &type);
		from->is_float = udwarf_peel(&type) && udwarf_is_float(&type);
	}
	from->known = location(&from->die, addr, &reg);
	p->value = reg;
	if (from->known == KNOWN_REGISTER)
		from->reg = numbered(reg);
}

bool udwarf_function(struct types *t, struct udwarf_file *d, uint64_t addr,
		     const char *inlined, struct udwarf_function *out)
{
	VEC(struct parameter) from = { 0 };
	struct convention c = { 0 };
	bool agrees = !inlined;
	Dwarf_Die fn, child;
	size_t i;

	*out = (struct udwarf_function){ 0 };
	if (!find_function(d->dwarf, addr, inlined, &fn))
		return false;
	if (dwarf_child(&fn, &child))
		return true;
	do {
		if (dwarf_tag(&child) == DW_TAG_formal_parameter)
			*vec_push(t->arena, &from) =
				(struct parameter){ .die = child };
	} while (!dwarf_siblingof(&child, &child));
	for (i = 0; i < from.n; i++) {
		struct udwarf_param *p = vec_push(t->arena, &out->params);

		*p = (struct udwarf_param){ 0 };
		read_parameter(t, d, addr, &from.v[i], p);
		by_convention(&c, p->type, from.v[i].is_float, p);
		if (from.v[i].known == KNOWN_REGISTER && from.v[i].reg)
			agrees &= p->place == UDWARF_REGISTER &&
				  p->offset == from.v[i].reg->offset;
	}
	for (i = 0; i < from.n; i++)
		settle(&out->params.v[i], &from.v[i], agrees);
	return true;
}
