#include "stages.h"

#include <bpf/btf.h>
#include <gelf.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Disassembler.h>
#include <stdlib.h>
#include <string.h>

#include "btfext.h"

/* ---- lines of the script ---- */

struct lines {
	const struct sources *sources;
	FILE *out;
	const struct source *src; /* of the line that was shown last */
	unsigned line, col;
	int before; /* bytes that stood before its text */
};

/* What is below the text points at its column; tabs stay tabs. */
static void show_column(const struct lines *l)
{
	size_t len;
	const char *text = source_line(l->src, l->line, &len);
	unsigned i;

	if (!text || !l->col || l->col > len)
		return;
	fprintf(l->out, ";%*s", l->before - 1, "");
	for (i = 0; i + 1 < l->col; i++)
		fputc(text[i] == '\t' ? '\t' : ' ', l->out);
	fputs("^\n", l->out);
}

/* Say where what follows comes from, unless it was just said. */
static void show_place(struct lines *l, const char *name, size_t len,
		       unsigned line, unsigned col)
{
	const struct source *src = source_named(l->sources, name, len);

	if (!src || !line)
		return;
	if (src != l->src || line != l->line)
		l->before = source_print_line(src, line, l->out);
	else if (col == l->col)
		return;
	l->src = src;
	l->line = line;
	l->col = col;
	show_column(l);
}

/* ---- IR ---- */

/* Without ", !dbg !7" at its end: the line is shown instead. */
static void print_ir(LLVMValueRef insn, FILE *out)
{
	char *text = LLVMPrintValueToString(insn);
	char *debug = strstr(text, ", !dbg !");

	fprintf(out, "%.*s\n", (int)(debug ? debug - text : (long)strlen(text)),
		text);
	LLVMDisposeMessage(text);
}

static void ir_block(LLVMBasicBlockRef block, struct lines *l)
{
	LLVMValueRef i;
	const char *file;
	unsigned len;

	fprintf(l->out, "%s:\n", LLVMGetBasicBlockName(block));
	for (i = LLVMGetFirstInstruction(block); i;
	     i = LLVMGetNextInstruction(i)) {
		file = LLVMGetDebugLocFilename(i, &len);
		if (file)
			show_place(l, file, len, LLVMGetDebugLocLine(i),
				   LLVMGetDebugLocColumn(i));
		print_ir(i, l->out);
	}
}

void stages_ir(LLVMModuleRef mod, const struct sources *sources, FILE *out)
{
	struct lines l = { .sources = sources, .out = out };
	LLVMBasicBlockRef b;
	LLVMValueRef f;
	size_t len;

	for (f = LLVMGetFirstFunction(mod); f; f = LLVMGetNextFunction(f)) {
		if (!LLVMCountBasicBlocks(f))
			continue;
		l.src = NULL;
		fprintf(out, "%s()\n", LLVMGetValueName2(f, &len));
		for (b = LLVMGetFirstBasicBlock(f); b;
		     b = LLVMGetNextBasicBlock(b))
			ir_block(b, &l);
		fputc('\n', out);
	}
}

/* ---- what an object says of its instructions ---- */

struct core_rec {
	uint32_t insn_off, type, access_off, kind;
};

enum { NOTES = 44 }; /* the column where they begin */

struct code {
	const struct plan *plan;
	struct lines lines;
	FILE *out;
	LLVMDisasmContextRef disasm;
	Elf *elf;
	size_t names; /* section of section names */
	struct btf *btf;
	struct ext_header header;
	const uint8_t *ext;
	Elf_Data *symbols;
	size_t symbol_names;
	/* of the section at hand */
	const char *section;
	size_t index;
	Elf_Data *relocs; /* NULL: none */
	int pad;	  /* from the instruction at hand to its note */
};

/*
 * The record for the instruction at off of the section at hand, in one of the
 * tables of .BTF.ext: u32 size of a record, then for each section { u32 name,
 * u32 n, records }.
 */
static bool record_at(const struct code *c, uint32_t table, uint32_t len,
		      uint64_t off, void *rec, size_t size)
{
	const uint8_t *p = c->ext + c->header.hdr_len + table;
	const uint8_t *end = p + len;
	uint32_t each, head[2], i, at;

	if (len < sizeof(each))
		return false;
	memcpy(&each, p, sizeof(each));
	for (p += sizeof(each); (size_t)(end - p) >= sizeof(head);) {
		const char *name;

		memcpy(head, p, sizeof(head));
		p += sizeof(head);
		name = btf__name_by_offset(c->btf, head[0]);
		if (each < size || head[1] > (size_t)(end - p) / each)
			return false;
		for (i = 0; i < head[1]; i++, p += each) {
			memcpy(&at, p, sizeof(at));
			if (at != off || !name || strcmp(name, c->section) != 0)
				continue;
			memcpy(rec, p, size);
			return true;
		}
	}
	return false;
}

static void script_place(struct code *c, uint64_t off)
{
	struct line_rec rec;
	const char *file;

	if (!record_at(c, c->header.line_off, c->header.line_len, off, &rec,
		       sizeof(rec)))
		return;
	file = btf__name_by_offset(c->btf, rec.file_off);
	if (file && strrchr(file, '/') &&
	    !source_named(c->lines.sources, file, strlen(file)))
		file = strrchr(file, '/') + 1;
	if (file)
		show_place(&c->lines, file, strlen(file), rec.line_col >> 10,
			   rec.line_col & 0x3ff);
}

/* ---- relocations for the kernel's types ---- */

/* enum bpf_core_relo_kind */
static const char *const kinds[] = {
	"its offset",	   "its size",	      "is it there?", "is it signed?",
	"its left shift",  "its right shift", "its id here",  "its id there",
	"is it there?",	   "its size",	      "is it there?", "its value",
	"is it like that?"
};

/* A local copy of a type has a number behind its name. */
static void print_type_name(const char *name, FILE *out)
{
	const char *mark = strstr(name, "___wg");

	fprintf(out, "%.*s", (int)(mark ? mark - name : (long)strlen(name)),
		name);
}

static const struct btf_type *peeled(const struct code *c, uint32_t id)
{
	int r = btf__resolve_type(c->btf, id);

	return r > 0 ? btf__type_by_id(c->btf, (uint32_t)r) : NULL;
}

/* Members by number, as "0:3:1" has them; the first is not of the type. */
static void print_path(const struct code *c, const struct btf_type *t,
		       const char *access)
{
	const char *s = strchr(access, ':');
	const char *name;

	for (; t && s; s = strchr(s, ':')) {
		unsigned long i = strtoul(++s, NULL, 10);

		if (btf_is_array(t)) {
			fprintf(c->out, "[%lu]", i);
			t = peeled(c, btf_array(t)->type);
			continue;
		}
		if (!btf_is_composite(t) || i >= btf_vlen(t))
			return;
		name = btf__name_by_offset(c->btf, btf_members(t)[i].name_off);
		if (name && *name)
			fprintf(c->out, ".%s", name);
		t = peeled(c, btf_members(t)[i].type);
	}
}

static void print_enumerator(const struct code *c, const struct btf_type *t,
			     const char *access)
{
	unsigned long i = strtoul(access, NULL, 10);
	uint32_t name = 0;

	if (i >= btf_vlen(t))
		return;
	name = btf_is_enum(t) ? btf_enum(t)[i].name_off
			      : btf_enum64(t)[i].name_off;
	fprintf(c->out, ".%s", btf__name_by_offset(c->btf, name));
}

/* The constant that libbpf puts elsewhere what is right there. */
static int64_t constant_of(const struct bpf_insn *i)
{
	if (i->code == (BPF_LD | BPF_IMM | BPF_DW))
		return (int64_t)((uint64_t)(uint32_t)i->imm |
				 (uint64_t)(uint32_t)i[1].imm << 32);
	return BPF_CLASS(i->code) >= BPF_LDX && BPF_CLASS(i->code) <= BPF_STX
		       ? i->off
		       : i->imm;
}

static bool print_core(const struct code *c, uint64_t off,
		       const struct bpf_insn *insn)
{
	const struct btf_type *t;
	struct core_rec rec;
	const char *access;

	if (!record_at(c, c->header.core_relo_off, c->header.core_relo_len, off,
		       &rec, sizeof(rec)) ||
	    rec.kind >= countof(kinds))
		return false;
	t = btf__type_by_id(c->btf, rec.type);
	access = btf__name_by_offset(c->btf, rec.access_off);
	if (!t || !access)
		return false;
	fprintf(c->out, "%*s; %s", c->pad, "",
		btf_is_struct(t)     ? "struct "
		: btf_is_union(t)    ? "union "
		: btf_is_any_enum(t) ? "enum "
				     : "");
	print_type_name(btf__name_by_offset(c->btf, t->name_off), c->out);
	if (btf_is_any_enum(t))
		print_enumerator(c, t, access);
	else
		print_path(c, t, access);
	fprintf(c->out, ": %s", kinds[rec.kind]);
	if (kinds[rec.kind][0] == 'i' && kinds[rec.kind][1] == 't')
		fprintf(c->out, ", here %" PRId64, constant_of(insn));
	return true;
}

/* ---- what is called, and which map is meant ---- */

static const char *const helpers[] = {
#define HELPER_NAME(name) [BPF_FUNC_##name] = "bpf_" #name
	__BPF_FUNC_MAPPER(HELPER_NAME)
#undef HELPER_NAME
};

/* The symbol that the linker puts there; "" for a section's. */
static const char *symbol_at(const struct code *c, uint64_t off, GElf_Sym *sym)
{
	GElf_Rel rel;
	int i;

	for (i = 0; c->relocs && gelf_getrel(c->relocs, i, &rel); i++) {
		if (rel.r_offset != off ||
		    !gelf_getsym(c->symbols, (int)GELF_R_SYM(rel.r_info), sym))
			continue;
		return elf_strptr(c->elf, c->symbol_names, sym->st_name);
	}
	return NULL;
}

static const char *section_name(const struct code *c, size_t index)
{
	Elf_Scn *s = elf_getscn(c->elf, index);
	GElf_Shdr sh;

	return s && gelf_getshdr(s, &sh)
		       ? elf_strptr(c->elf, c->names, sh.sh_name)
		       : NULL;
}

static void print_symbol(const struct code *c, uint64_t off)
{
	const char *name, *section;
	GElf_Sym sym;
	size_t i;

	name = symbol_at(c, off, &sym);
	if (!name)
		return;
	for (i = 0; i < c->plan->maps.n; i++) {
		if (strcmp(c->plan->maps.v[i].elf_name, name) == 0) {
			fprintf(c->out, "%*s; map %s", c->pad, "",
				c->plan->maps.v[i].name);
			return;
		}
	}
	section = section_name(c, sym.st_shndx);
	if (*name)
		fprintf(c->out, "%*s; %s", c->pad, "", name);
	else if (section)
		fprintf(c->out, "%*s; data of %s", c->pad, "", section);
}

static void print_call(const struct code *c, uint64_t off,
		       const struct bpf_insn *insn)
{
	const char *name = NULL;
	GElf_Sym sym;

	if (insn->src_reg == 0 && insn->imm > 0 &&
	    (size_t)insn->imm < countof(helpers))
		name = helpers[insn->imm];
	else if (insn->src_reg)
		name = symbol_at(c, off, &sym);
	if (name && *name)
		fprintf(c->out, "%*s; %s", c->pad, "", name);
}

/* ---- the instructions ---- */

static bool is_jump(const struct bpf_insn *i)
{
	return (BPF_CLASS(i->code) == BPF_JMP ||
		BPF_CLASS(i->code) == BPF_JMP32) &&
	       BPF_OP(i->code) != BPF_CALL && BPF_OP(i->code) != BPF_EXIT;
}

static void print_note(const struct code *c, uint64_t off, uint64_t start,
		       const struct bpf_insn *insn)
{
	if (print_core(c, off, insn))
		return;
	if (insn->code == (BPF_JMP | BPF_CALL))
		print_call(c, off, insn);
	else if (is_jump(insn))
		fprintf(c->out, "%*s; to %" PRId64, c->pad, "",
			(int64_t)((off - start) / 8) + 1 + insn->off);
	else if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
		print_symbol(c, off);
}

static void print_program(struct code *c, const char *name, uint8_t *bytes,
			  uint64_t start, uint64_t end)
{
	struct bpf_insn insn[2];
	char text[128];
	uint64_t off;
	size_t n;

	c->lines.src = NULL;
	fprintf(c->out, "%s: %" PRIu64 " instructions\n", name,
		(end - start) / 8);
	for (off = start; off < end; off += n) {
		memset(insn, 0, sizeof(insn));
		memcpy(insn, bytes + off,
		       end - off < sizeof(insn) ? end - off : sizeof(insn));
		n = LLVMDisasmInstruction(c->disasm, bytes + off, end - off,
					  off, text, sizeof(text));
		if (!n)
			return;
		script_place(c, off);
		c->pad = NOTES - fprintf(c->out, "%5" PRIu64 ": %s",
					 (off - start) / 8,
					 text + strspn(text, "\t "));
		print_note(c, off, start, insn);
		fputc('\n', c->out);
	}
	fputc('\n', c->out);
}

/* The functions of the section at hand, which follow each other. */
static void print_section(struct code *c, Elf_Scn *scn)
{
	Elf_Data *d = elf_getdata(scn, NULL);
	GElf_Sym sym;
	int i;

	for (i = 0; d && d->d_buf && gelf_getsym(c->symbols, i, &sym); i++)
		if (GELF_ST_TYPE(sym.st_info) == STT_FUNC &&
		    sym.st_shndx == c->index && sym.st_value <= d->d_size &&
		    sym.st_size <= d->d_size - sym.st_value)
			print_program(c,
				      elf_strptr(c->elf, c->symbol_names,
						 sym.st_name),
				      d->d_buf, sym.st_value,
				      sym.st_value + sym.st_size);
}

static void find_tables(struct code *c)
{
	Elf_Scn *s = NULL;
	GElf_Shdr sh;

	while ((s = elf_nextscn(c->elf, s))) {
		const char *name;
		Elf_Data *d;

		if (!gelf_getshdr(s, &sh))
			continue;
		name = elf_strptr(c->elf, c->names, sh.sh_name);
		d = elf_getdata(s, NULL);
		if (sh.sh_type == SHT_SYMTAB) {
			c->symbols = d;
			c->symbol_names = sh.sh_link;
		} else if (name && d && strcmp(name, ".BTF") == 0) {
			c->btf = btf__new(d->d_buf, (uint32_t)d->d_size);
		} else if (name && d && strcmp(name, ".BTF.ext") == 0 &&
			   d->d_size >= sizeof(c->header)) {
			c->ext = d->d_buf;
			memcpy(&c->header, d->d_buf, sizeof(c->header));
		}
	}
}

static Elf_Data *relocs_of(const struct code *c, size_t index)
{
	Elf_Scn *s = NULL;
	GElf_Shdr sh;

	while ((s = elf_nextscn(c->elf, s)))
		if (gelf_getshdr(s, &sh) && sh.sh_type == SHT_REL &&
		    sh.sh_info == index)
			return elf_getdata(s, NULL);
	return NULL;
}

static void print_code(struct code *c)
{
	Elf_Scn *s = NULL;
	GElf_Shdr sh;

	while ((s = elf_nextscn(c->elf, s))) {
		if (!gelf_getshdr(s, &sh) || !(sh.sh_flags & SHF_EXECINSTR) ||
		    !sh.sh_size)
			continue;
		c->index = elf_ndxscn(s);
		c->section = section_name(c, c->index);
		c->relocs = relocs_of(c, c->index);
		print_section(c, s);
	}
}

void stages_code(const struct image *img, const struct plan *plan,
		 const struct sources *sources, FILE *out)
{
	struct code c = {
		.plan = plan,
		.lines = { .sources = sources, .out = out },
		.out = out,
		.disasm = LLVMCreateDisasm("bpfel", NULL, 0, NULL, NULL),
	};

	elf_version(EV_CURRENT);
	c.elf = elf_memory((char *)img->bytes, img->size);
	if (c.disasm && c.elf && !elf_getshdrstrndx(c.elf, &c.names)) {
		find_tables(&c);
		if (c.symbols && c.btf && c.ext)
			print_code(&c);
	}
	btf__free(c.btf);
	elf_end(c.elf);
	if (c.disasm)
		LLVMDisasmDispose(c.disasm);
}
