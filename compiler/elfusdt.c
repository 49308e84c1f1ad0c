/* elfusdt.c - the notes of static probes in an ELF file. */
#include <string.h>

#include "arch.h"
#include "elffile.h"
#include "usdt.h"

enum { NT_STAPSDT = 3 };

struct notes {
	struct elfsym_file *f;
	size_t addr_size; /* bytes */
	uint64_t base;	  /* where .stapsdt.base is now; 0: there is none */
	usdt_fn *fn;
	void *arg;
};

static uint64_t get_addr(const struct notes *n, const char *p)
{
	uint64_t v = 0;
	uint32_t half;

	if (n->addr_size == 8) {
		memcpy(&v, p, sizeof(v));
		return v;
	}
	memcpy(&half, p, sizeof(half));
	return half;
}

/* The next of the strings in a note; "" once there is none. */
static const char *take_string(const char **p, const char *end)
{
	const char *s = *p;
	size_t n;

	if (s >= end)
		return "";
	n = strnlen(s, (size_t)(end - s));
	if (s + n == end)
		return "";
	*p = s + n + 1;
	return s;
}

/* Three addresses, then namespace, name and arguments.  The second address is
 * that of .stapsdt.base when the note was written: by so much as it was moved
 * since then (prelink), the others were too. */
static bool read_note(struct notes *n, const char *desc, size_t size)
{
	const char *end = desc + size, *p = desc + 3 * n->addr_size;
	struct usdt_probe u = { 0 };
	uint64_t moved = 0, semaphore;

	if (size <= 3 * n->addr_size)
		return true;
	if (n->base)
		moved = n->base - get_addr(n, desc + n->addr_size);
	u.addr = get_addr(n, desc) + moved;
	semaphore = get_addr(n, desc + 2 * n->addr_size);
	u.space = take_string(&p, end);
	u.name = take_string(&p, end);
	u.args = take_string(&p, end);
	if (!*u.space || !*u.name)
		return true;
	if (!elfsym_addr_to_offset(n->f, u.addr, &u.offset))
		u.offset = ELFSYM_NO_OFFSET;
	if (semaphore &&
	    !elfsym_addr_to_offset(n->f, semaphore + moved, &u.semaphore))
		u.semaphore = ELFSYM_NO_OFFSET;
	return n->fn(n->arg, &u);
}

static bool read_section(struct notes *n, Elf_Data *d)
{
	size_t at = 0, next, name, desc;
	const char *buf = d->d_buf;
	GElf_Nhdr h;

	while ((next = gelf_getnote(d, at, &h, &name, &desc)) > 0) {
		at = next;
		if (h.n_type == NT_STAPSDT && h.n_namesz == 8 &&
		    !memcmp(buf + name, "stapsdt", 8) &&
		    !read_note(n, buf + desc, h.n_descsz))
			return false;
	}
	return true;
}

static uint64_t find_base(Elf *elf)
{
	const char *name;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return 0;
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh))
			continue;
		name = elf_strptr(elf, names, sh.sh_name);
		if (name && !strcmp(name, ".stapsdt.base"))
			return sh.sh_addr;
	}
	return 0;
}

static bool is_little_endian(Elf *elf)
{
	const char *ident = elf_getident(elf, NULL);

	return ident && ident[EI_DATA] == ELFDATA2LSB;
}

void usdt_each(struct elfsym_file *f, usdt_fn *fn, void *arg)
{
	struct notes n = { .f = f, .fn = fn, .arg = arg };
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	Elf_Data *d;

	if (!is_little_endian(f->elf))
		return;
	n.addr_size = gelf_getclass(f->elf) == ELFCLASS32 ? 4 : 8;
	n.base = find_base(f->elf);
	while ((scn = elf_nextscn(f->elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_NOTE)
			continue;
		for (d = NULL; (d = elf_getdata(scn, d));)
			if (d->d_buf && d->d_type == ELF_T_NHDR &&
			    !read_section(&n, d))
				return;
	}
}

/* ---- arguments ---- */

static const struct arch *arch_of(struct elfsym_file *f)
{
	GElf_Ehdr eh;

	if (!gelf_getehdr(f->elf, &eh))
		return NULL;
	if (eh.e_machine == EM_X86_64 || eh.e_machine == EM_386)
		return arch_named("x86_64");
	return eh.e_machine == EM_AARCH64 ? arch_named("arm64") : NULL;
}

static bool find_symbol(void *arg, const char *name, uint64_t *addr)
{
	struct elfsym s;

	if (elfsym_object(arg, name, &s, NULL) != ELFSYM_OK)
		return false;
	*addr = s.addr;
	return true;
}

uint32_t usdt_args(struct elfsym_file *f, const struct usdt_probe *p,
		   struct usdt_arg out[USDT_MAX_ARGS])
{
	struct usdt_place at = { .arch = arch_of(f),
				 .addr = p->addr,
				 .symbol = find_symbol,
				 .arg = f };

	return usdt_parse(&at, p->args, out);
}
