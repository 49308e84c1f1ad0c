/*
 * elffile.c - opens ELF files and walks their symbol tables, by libelf.
 *
 * Sections are read, not mapped: a file that shrinks under a mapping is a
 * SIGBUS.  Bounds come from the data that was really read, never from headers.
 */
#include "elffile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SEGMENTS = 4096 };
/* Bytes of a symbol or string table; a browser with all symbols has 300 MB. */
static const uint64_t max_table = 1 << 29;

/* ---- opening ---- */

static void read_segments(struct elfsym_file *f)
{
	size_t n, i;
	GElf_Phdr ph;

	if (elf_getphdrnum(f->elf, &n))
		return;
	for (i = 0; i < n && i < MAX_SEGMENTS; i++) {
		struct elf_segment *s;

		if (!gelf_getphdr(f->elf, (int)i, &ph) || ph.p_type != PT_LOAD)
			continue;
		s = vec_push(f->arena, &f->segments);
		s->addr = ph.p_vaddr;
		s->offset = ph.p_offset;
		s->size = ph.p_filesz;
		s->exec = ph.p_flags & PF_X;
	}
}

static bool native_machine(const GElf_Ehdr *eh)
{
#if defined(__x86_64__)
	return eh->e_machine == EM_X86_64;
#elif defined(__aarch64__)
	return eh->e_machine == EM_AARCH64;
#else
	(void)eh;
	return true;
#endif
}

/* The first table of that type; true when one is there. */
static bool find_table(Elf *elf, GElf_Word type, GElf_Shdr *sh, Elf_Scn **out)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, sh) || sh->sh_type != type)
			continue;
		*out = scn;
		return sh->sh_size <= max_table;
	}
	return false;
}

bool elffile_open_debug(struct elfsym_file *f)
{
	char path[PATH_MAX];
	Elf *elf;

	if (f->debug || !f->path)
		return f->debug;
	if (f->debug_fd < 0)
		f->debug_fd = elfdebug_open(f, path);
	if (f->debug_fd < 0)
		return false;
	elf = elf_begin(f->debug_fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return false;
	}
	f->debug = elf;
	f->debug_path = arena_strdup(f->arena, path);
	return true;
}

static void find_debug_file(struct elfsym_file *f)
{
	GElf_Shdr sh;
	Elf_Scn *scn;

	f->has_symtab = find_table(f->elf, SHT_SYMTAB, &sh, &scn);
	if (!f->has_symtab && elffile_open_debug(f))
		f->has_symtab = find_table(f->debug, SHT_SYMTAB, &sh, &scn);
}

static bool load(struct elfsym_file *f)
{
	GElf_Ehdr eh;

	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF ||
	    !gelf_getehdr(f->elf, &eh) ||
	    (eh.e_type != ET_EXEC && eh.e_type != ET_DYN))
		return false;
	f->native = native_machine(&eh);
	read_segments(f);
	f->build_id = elfdebug_build_id(f->elf, f->arena, &f->build_id_len);
	find_debug_file(f);
	return true;
}

static struct elfsym_file *new_file(const char *path)
{
	struct arena *a = arena_new();
	struct elfsym_file *f = arena_make(a, struct elfsym_file);

	elf_version(EV_CURRENT);
	f->arena = a;
	f->path = path ? arena_strdup(a, path) : NULL;
	f->fd = f->debug_fd = -1;
	return f;
}

static void not_elf(int fd, const char *path, struct elfsym_err *err)
{
	char magic[4] = { 0 };
	const char *hint = "name a program or a shared library";
	ssize_t n = pread(fd, magic, sizeof(magic), 0);

	if (n >= 2 && !memcmp(magic, "#!", 2))
		elfsym_fail(err, ELFSYM_NOT_ELF,
			    "name the interpreter that runs it",
			    "%s is a script, not an ELF file", path);
	else if (n == 4 && !memcmp(magic, ELFMAG, 4))
		elfsym_fail(err, ELFSYM_NOT_ELF, hint,
			    "%s is a damaged ELF file, or neither a program "
			    "nor a shared library",
			    path);
	else
		elfsym_fail(err, ELFSYM_NOT_ELF, hint, "%s is not an ELF file",
			    path);
}

struct elfsym_file *elfsym_open_fd(int fd, const char *path,
				   struct elfsym_err *err)
{
	struct elfsym_file *f = new_file(path);

	f->fd = fd;
	f->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (load(f))
		return f;
	not_elf(fd, path, err);
	elfsym_close(f);
	return NULL;
}

int elffile_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

struct elfsym_file *elfsym_open(const char *path, struct elfsym_err *err)
{
	int fd = elffile_open(path);

	if (fd >= 0)
		return elfsym_open_fd(fd, path, err);
	if (fd == -EACCES || fd == -EPERM)
		elfsym_fail(err, ELFSYM_NO_ACCESS, "run as root",
			    "%s: permission denied", path);
	else if (fd == -EINVAL)
		elfsym_fail(err, ELFSYM_NOT_ELF,
			    "name a program or a shared library",
			    "%s is not a regular file", path);
	else
		elfsym_fail(err, ELFSYM_NO_FILE, "check the path",
			    "cannot open %s: %s", path, strerror(-fd));
	return NULL;
}

struct elfsym_file *elfsym_open_image(const void *image, size_t size)
{
	struct elfsym_file *f = new_file(NULL);

	/* Not written to, as nothing is updated. */
	f->elf = elf_memory((char *)(uintptr_t)image, size);
	if (load(f))
		return f;
	elfsym_close(f);
	return NULL;
}

void elfsym_close(struct elfsym_file *f)
{
	if (!f)
		return;
	elf_end(f->debug);
	elf_end(f->elf);
	if (f->debug_fd >= 0)
		close(f->debug_fd);
	if (f->fd >= 0)
		close(f->fd);
	arena_free(f->arena);
}

const char *elfsym_debug_path(const struct elfsym_file *f)
{
	return f->debug_path;
}

bool elfsym_has_symtab(const struct elfsym_file *f)
{
	return f->has_symtab;
}

const unsigned char *elfsym_build_id(const struct elfsym_file *f, size_t *len)
{
	*len = f->build_id_len;
	return f->build_id;
}

bool elfsym_is_native(const struct elfsym_file *f)
{
	return f->native;
}

/* ---- addresses ---- */

const struct elf_segment *elffile_segment(const struct elfsym_file *f,
					  uint64_t addr)
{
	size_t i;

	for (i = 0; i < f->segments.n; i++) {
		const struct elf_segment *s = &f->segments.v[i];

		if (addr >= s->addr && addr - s->addr < s->size)
			return s;
	}
	return NULL;
}

bool elfsym_addr_to_offset(const struct elfsym_file *f, uint64_t addr,
			   uint64_t *offset)
{
	const struct elf_segment *s = elffile_segment(f, addr);

	if (!s)
		return false;
	*offset = addr - s->addr + s->offset;
	return true;
}

bool elfsym_offset_to_addr(const struct elfsym_file *f, uint64_t offset,
			   uint64_t *addr)
{
	const struct elf_segment *in = NULL;
	size_t i;

	/* Parts of a file can be loaded twice; code is what is meant. */
	for (i = 0; i < f->segments.n; i++) {
		const struct elf_segment *s = &f->segments.v[i];

		if (offset >= s->offset && offset - s->offset < s->size &&
		    (!in || (s->exec && !in->exec)))
			in = s;
	}
	if (!in)
		return false;
	*addr = offset - in->offset + in->addr;
	return true;
}

/* ---- symbols ---- */

struct walk {
	struct elfsym_file *f;
	bool objects; /* variables too */
	elfsym_fn *fn;
	void *arg;
	struct strbuf name; /* when it must be cut */
};

static bool is_wanted(const struct walk *w, const GElf_Sym *sym)
{
	unsigned type = GELF_ST_TYPE(sym->st_info);
	const struct elf_segment *s;

	if (sym->st_shndx == SHN_UNDEF)
		return false;
	if (w->objects)
		return type == STT_OBJECT || type == STT_FUNC ||
		       type == STT_NOTYPE || type == STT_GNU_IFUNC;
	/* Functions written in assembly often have no type. */
	if (type != STT_FUNC && type != STT_GNU_IFUNC &&
	    (type != STT_NOTYPE || GELF_ST_BIND(sym->st_info) == STB_LOCAL))
		return false;
	s = elffile_segment(w->f, sym->st_value);
	return s && s->exec;
}

/* Cuts the version from memcpy@@GLIBC_2.14. */
static const char *plain_name(struct walk *w, const char *name)
{
	const char *at = strchr(name, '@');

	if (!at || at == name)
		return name;
	strbuf_reset(&w->name);
	strbuf_add(&w->name, name, (size_t)(at - name));
	return w->name.s;
}

static bool visit(struct walk *w, const GElf_Sym *sym, const char *name)
{
	struct elfsym s = { .addr = sym->st_value, .size = sym->st_size };

	if (!name[0] || !is_wanted(w, sym))
		return true;
	s.name = plain_name(w, name);
	s.bind = (unsigned char)GELF_ST_BIND(sym->st_info);
	s.ifunc = GELF_ST_TYPE(sym->st_info) == STT_GNU_IFUNC;
	if (!elfsym_addr_to_offset(w->f, s.addr, &s.offset))
		s.offset = ELFSYM_NO_OFFSET;
	return w->fn(w->arg, &s);
}

static bool walk_table(struct walk *w, Elf *elf, GElf_Word type)
{
	Elf_Data *syms, *strs;
	size_t n, i, len;
	const char *text;
	GElf_Shdr sh, str_sh;
	Elf_Scn *scn, *str_scn;
	GElf_Sym sym;

	if (!find_table(elf, type, &sh, &scn))
		return true;
	str_scn = elf_getscn(elf, sh.sh_link);
	if (!str_scn || !gelf_getshdr(str_scn, &str_sh) ||
	    str_sh.sh_type != SHT_STRTAB || str_sh.sh_size > max_table)
		return true;
	syms = elf_getdata(scn, NULL);
	strs = elf_getdata(str_scn, NULL);
	if (!syms || !syms->d_buf || !strs || !strs->d_buf)
		return true;
	text = strs->d_buf;
	/* Names end before the last NUL. */
	for (len = strs->d_size; len && text[len - 1]; len--)
		;
	n = syms->d_size / gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	for (i = 0; i < n; i++) {
		if (!gelf_getsym(syms, (int)i, &sym) || sym.st_name >= len)
			continue;
		if (!visit(w, &sym, text + sym.st_name))
			return false;
	}
	return true;
}

static void walk_symbols(struct walk *w)
{
	if (walk_table(w, w->f->elf, SHT_SYMTAB) &&
	    (!w->f->debug || walk_table(w, w->f->debug, SHT_SYMTAB)))
		walk_table(w, w->f->elf, SHT_DYNSYM);
	strbuf_free(&w->name);
}

void elfsym_each_raw(struct elfsym_file *f, elfsym_fn *fn, void *arg)
{
	struct walk w = { .f = f, .fn = fn, .arg = arg };

	walk_symbols(&w);
}

void elffile_each_object(struct elfsym_file *f, elfsym_fn *fn, void *arg)
{
	struct walk w = { .f = f, .objects = true, .fn = fn, .arg = arg };

	walk_symbols(&w);
}
