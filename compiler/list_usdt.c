/* Static probes (USDT): the ELF notes that say what they are called. */
#include "list_own.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NT_STAPSDT = 3 };

/* The note: three addresses, then provider, name and arguments as strings. */
static void add_note(struct lister *l, struct match_set *s, const char *desc,
		     size_t size, size_t addr_size)
{
	size_t skip = 3 * addr_size, n;
	const char *provider, *name;

	if (size <= skip || desc[size - 1])
		return;
	provider = desc + skip;
	n = skip + strlen(provider) + 1;
	if (n >= size)
		return;
	name = desc + n;
	match_add(s, l->a, provider, name);
}

static void read_notes(struct lister *l, Elf_Data *d, size_t addr_size,
		       struct match_set *s)
{
	size_t at = 0, next, name, desc;
	const char *buf = d->d_buf;
	GElf_Nhdr h;

	while ((next = gelf_getnote(d, at, &h, &name, &desc)) > 0) {
		at = next;
		if (h.n_type == NT_STAPSDT && h.n_namesz == 8 &&
		    !memcmp(buf + name, "stapsdt", 8))
			add_note(l, s, buf + desc, h.n_descsz, addr_size);
	}
}

static void read_elf(struct lister *l, Elf *elf, struct match_set *s)
{
	size_t addr_size = gelf_getclass(elf) == ELFCLASS32 ? 4 : 8;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	Elf_Data *d;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_NOTE)
			continue;
		for (d = NULL; (d = elf_getdata(scn, d));)
			if (d->d_buf && d->d_type == ELF_T_NHDR)
				read_notes(l, d, addr_size, s);
	}
}

void list_usdt(struct lister *l, const char *path, const char *space,
	       const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct match_set s = { 0 };
	Elf *elf;
	size_t i;

	if (fd < 0)
		return;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		read_elf(l, elf, &s);
	elf_end(elf);
	close(fd);
	match_sort(&s);
	for (i = 0; i < s.v.n; i++) {
		const struct match *m = &s.v.v[i];

		if ((space && !match_glob(space, m->group)) ||
		    !match_glob(name, m->name))
			continue;
		list_probe(l, "usdt:%s:%s:%s", path, m->group, m->name);
	}
}
