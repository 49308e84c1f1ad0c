/* elfinline.c - where functions were inlined, by debug information. */
#include <string.h>

#include "elffile.h"
#include "elfdwarf.h"

Dwarf *elfdwarf_open(struct elfsym_file *f)
{
	Dwarf *dwarf = NULL;

	if (!f->debug)
		dwarf = dwarf_begin_elf(f->elf, DWARF_C_READ, NULL);
	if (!dwarf && elffile_open_debug(f))
		dwarf = dwarf_begin_elf(f->debug, DWARF_C_READ, NULL);
	return dwarf;
}

/* The lowest address, where nothing else is said. */
bool elfdwarf_entry(Dwarf_Die *die, Dwarf_Addr *entry)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	bool found = false;

	if (!dwarf_entrypc(die, entry))
		return true;
	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		if (!found || start < *entry)
			*entry = start;
		found = true;
	}
	return found;
}

/* Blocks within blocks. */
enum { MAX_NESTED = 256 };

static bool walk(Dwarf_Die *parent, elfsym_inlined_fn *fn, void *arg, int depth)
{
	const char *name, *symbol;
	Dwarf_Attribute attr;
	Dwarf_Addr entry;
	Dwarf_Die die;

	if (depth > MAX_NESTED || dwarf_child(parent, &die))
		return true;
	do {
		if (!walk(&die, fn, arg, depth + 1))
			return false;
		if (dwarf_tag(&die) != DW_TAG_inlined_subroutine)
			continue;
		name = dwarf_diename(&die);
		symbol = NULL;
		if (dwarf_attr_integrate(&die, DW_AT_linkage_name, &attr))
			symbol = dwarf_formstring(&attr);
		if (name && elfdwarf_entry(&die, &entry) &&
		    !fn(arg, name, symbol, entry))
			return false;
	} while (!dwarf_siblingof(&die, &die));
	return true;
}

void elfsym_each_inlined(struct elfsym_file *f, elfsym_inlined_fn *fn,
			 void *arg)
{
	Dwarf *dwarf = elfdwarf_open(f);
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	if (!dwarf)
		return;
	while (!dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL))
		if (!walk(&unit, fn, arg, 0))
			break;
	dwarf_end(dwarf);
}

struct asking {
	const char *name;
	bool found;
};

static bool is_it(void *arg, const char *name, const char *symbol,
		  uint64_t addr)
{
	struct asking *q = arg;

	(void)addr;
	q->found =
		!strcmp(name, q->name) || (symbol && !strcmp(symbol, q->name));
	return !q->found;
}

void elfsym_hint_inlined(struct elfsym_file *f, const char *name,
			 struct elfsym_err *err)
{
	struct asking q = { .name = name };

	elfsym_each_inlined(f, is_it, &q);
	if (q.found)
		snprintf(err->hint, sizeof(err->hint),
			 "it was inlined wherever it is called; config = { "
			 "probe_inline = true } probes it there");
}
