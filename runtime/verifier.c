#include "verifier.h"

#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/btfext.h"
#include "runtime/arguments.h"
#include "runtime/attach_hint.h"
#include "runtime/feature.h"
#include "runtime/verifier_log.h"

/* The program that was refused, and why. */
struct refusal {
	const struct program *prog; /* NULL: it was something else */
	struct verifier_log log;
};

static void keep(char *buf, size_t size, const char *s, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(buf, s, len);
	buf[len] = '\0';
}

static const struct program *program_named(const struct probes *ps,
					   const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ps->programs.n; i++) {
		const char *n = ps->programs.v[i].plan->elf_name;

		if (strlen(n) == len && memcmp(n, name, len) == 0)
			return &ps->programs.v[i];
	}
	return NULL;
}

/* ---- from an instruction to a line of the script ---- */

struct object {
	Elf *elf;
	size_t names;
	const uint8_t *ext;
	size_t ext_len;
	char section[64];  /* of the program */
	uint64_t insn_off; /* of the program in it, bytes */
};

static bool find_symbol(struct object *o, Elf_Scn *symtab, const GElf_Shdr *sh,
			const char *name)
{
	Elf_Data *d = elf_getdata(symtab, NULL);
	GElf_Shdr target;
	GElf_Sym sym;
	int i;

	for (i = 0; d && gelf_getsym(d, i, &sym); i++) {
		const char *n = elf_strptr(o->elf, sh->sh_link, sym.st_name);
		Elf_Scn *s;

		if (!n || strcmp(n, name) != 0)
			continue;
		s = elf_getscn(o->elf, sym.st_shndx);
		if (!s || !gelf_getshdr(s, &target))
			return false;
		n = elf_strptr(o->elf, o->names, target.sh_name);
		keep(o->section, sizeof(o->section), n ? n : "",
		     n ? strlen(n) : 0);
		o->insn_off = sym.st_value;
		return true;
	}
	return false;
}

static bool read_object(struct object *o, const char *program)
{
	Elf_Scn *s = NULL;
	bool found = false;
	GElf_Shdr sh;

	if (elf_getshdrstrndx(o->elf, &o->names))
		return false;
	while ((s = elf_nextscn(o->elf, s))) {
		const char *n;
		Elf_Data *d;

		if (!gelf_getshdr(s, &sh))
			continue;
		n = elf_strptr(o->elf, o->names, sh.sh_name);
		if (sh.sh_type == SHT_SYMTAB) {
			found = find_symbol(o, s, &sh, program);
		} else if (n && strcmp(n, ".BTF.ext") == 0) {
			d = elf_getdata(s, NULL);
			o->ext = d ? d->d_buf : NULL;
			o->ext_len = d ? d->d_size : 0;
		}
	}
	return found && o->ext;
}

/* The line info of one section: { u32 name, u32 n, records[n] } follow each
 * other, records of rec bytes.  Keeps the last at or before off. */
static bool search_lines(const struct object *o, const struct btf *btf,
			 const uint8_t *p, const uint8_t *end, uint64_t off,
			 struct line_rec *best)
{
	uint32_t rec, head[2], i;
	bool found = false;

	memcpy(&rec, p, sizeof(rec));
	p += sizeof(rec);
	if (rec < sizeof(*best))
		return false;
	while ((size_t)(end - p) >= sizeof(head)) {
		const char *name;

		memcpy(head, p, sizeof(head));
		p += sizeof(head);
		if (head[1] > (size_t)(end - p) / rec)
			return found;
		name = btf__name_by_offset(btf, head[0]);
		for (i = 0; i < head[1]; i++, p += rec) {
			struct line_rec l;

			memcpy(&l, p, sizeof(l));
			if (!name || strcmp(name, o->section) != 0 ||
			    l.insn_off < o->insn_off || l.insn_off > off)
				continue;
			*best = l;
			found = true;
		}
	}
	return found;
}

/* The first CO-RE relocation: its section, and its offset there.  It is laid
 * out as the line info is. */
static bool first_relocation(const struct object *o, const struct btf *btf,
			     const char **section, uint32_t *off)
{
	struct ext_header h;
	const uint8_t *p;
	uint32_t words[4]; /* size of a record, name, n, insn_off */
	uint64_t end;

	if (o->ext_len < sizeof(h))
		return false;
	memcpy(&h, o->ext, sizeof(h));
	end = (uint64_t)h.hdr_len + h.core_relo_off + h.core_relo_len;
	if (h.hdr_len < sizeof(h) || end > o->ext_len ||
	    h.core_relo_len < sizeof(words))
		return false;
	p = o->ext + h.hdr_len + h.core_relo_off;
	memcpy(words, p, sizeof(words));
	*section = btf__name_by_offset(btf, words[1]);
	*off = words[3];
	return *section && words[2];
}

/* The program that reads types of the kernel, and where it does. */
static void find_relocated(const struct load *l, const struct probes *ps,
			   struct refusal *r)
{
	const struct btf *btf = bpf_object__btf(l->obj);
	const char *section;
	uint64_t best = 0;
	uint32_t off;
	size_t i;

	for (i = 0; btf && i < ps->programs.n; i++) {
		const struct program *p = &ps->programs.v[i];
		struct object o = { .elf = elf_memory((char *)l->img->bytes,
						      l->img->size) };

		if (o.elf && read_object(&o, p->plan->elf_name) &&
		    first_relocation(&o, btf, &section, &off) &&
		    !strcmp(section, o.section) && o.insn_off <= off &&
		    (!r->prog || o.insn_off >= best)) {
			best = o.insn_off;
			r->prog = p;
			r->log.insn = (long)((off - o.insn_off) / 8);
		}
		elf_end(o.elf);
	}
}

static bool line_of(const struct load *l, const struct refusal *r,
		    struct line_rec *rec)
{
	struct object o = { .elf = elf_memory((char *)l->img->bytes,
					      l->img->size) };
	struct ext_header h;
	uint64_t end;
	bool ok = false;

	if (o.elf && read_object(&o, r->prog->plan->elf_name) &&
	    o.ext_len >= sizeof(h)) {
		memcpy(&h, o.ext, sizeof(h));
		end = (uint64_t)h.hdr_len + h.line_off + h.line_len;
		if (end <= o.ext_len && h.line_len > 4)
			ok = search_lines(
				&o, bpf_object__btf(l->obj),
				o.ext + h.hdr_len + h.line_off, o.ext + end,
				o.insn_off + (uint64_t)r->log.insn * 8, rec);
	}
	elf_end(o.elf);
	return ok;
}

/* The column past the word at col of a line: an instruction knows only where
 * its expression begins. */
static uint32_t word_end(const char *line, uint32_t col)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_@$";

	if (!line || !col || col > strlen(line))
		return 0;
	return col + (uint32_t)strspn(line + col - 1, word);
}

static struct report_place place_of(const struct load *l,
				    const struct refusal *r)
{
	const struct plan_program *pp = r->prog->plan;
	struct report_place at = *REPORT_AT(pp);
	const struct btf *btf = bpf_object__btf(l->obj);
	struct line_rec rec;
	const char *text;

	if (r->log.insn < 0 || !btf || !line_of(l, r, &rec))
		return at;
	if (!(rec.line_col >> 10))
		return at;
	text = btf__name_by_offset(btf, rec.text_off);
	if (rec.line_col >> 10 != pp->line) {
		at.source = text ? text : "";
	}
	at.line = rec.line_col >> 10;
	at.col = rec.line_col & 0x3ff;
	at.end_col = word_end(text, at.col);
	return at;
}

/* ---- what is said ---- */

/* A helper that this kernel gives to no program, or to none of this kind. */
static bool explain_helper(const struct load *l, const struct refusal *r,
			   const struct report_place *at, const char *name)
{
	static const char override[] = "unknown func bpf_override_return";
	const char *s = strstr(r->log.reason, "cannot use helper ");
	bool locked = strcmp(feature_lockdown(), "none") != 0;

	if (strstr(r->log.reason, override)) {
		report(l->rep, REPORT_ERROR, at,
		       "it takes one built with CONFIG_BPF_KPROBE_OVERRIDE, "
		       "for error injection",
		       "%s cannot use override(): this kernel has no such "
		       "helper",
		       name);
		return true;
	}
	if (s)
		s += strlen("cannot use helper ");
	else if ((s = strstr(r->log.reason,
			     "unknown func bpf_probe_write_user")))
		s += strlen("unknown func ");
	if (!s)
		return false;
	report(l->rep, REPORT_ERROR, at,
	       locked ? "boot without lockdown (it comes with secure boot)"
		      : "lockdown (it comes with secure boot) takes it away; "
			"or use another kind of probe",
	       "%s cannot use %.*s(): this kernel %s", name,
	       (int)strcspn(s, "#"), s,
	       locked ? "is locked down" : "does not allow it here");
	return true;
}

/* What should not have been compiled; the verifier's own words as well. */
static void explain_reason(const struct load *l, const struct refusal *r,
			   const struct report_place *at, const char *name,
			   int err)
{
	const char *said = *r->log.reason ? r->log.reason : strerror(-err);
	const char *words = verifier_reason(said);

	report(l->rep, REPORT_ERROR, at,
	       "this is a fault of waggle; please report it with what -v "
	       "shows",
	       "the kernel refused %s: %s%s%s%s", name, words ? words : "",
	       words ? " (" : "", said, words ? ")" : "");
}

/* An argument that arguments_mend() did not find, or not as it was. */
static bool explain_argument(const struct load *l, const struct refusal *r,
			     const struct report_place *at)
{
	const char *s = strstr(r->log.reason, "unknown#");
	unsigned long i = s ? strtoul(s + strlen("unknown#"), NULL, 10) : 0;

	i -= ARGUMENT_REFUSED;
	if (!l->args || i >= l->plan->args.n)
		return false;
	if (l->args[i].gone)
		report(l->rep, REPORT_ERROR, at,
		       "guard it: if (exists(args...)) { ... }", "%s",
		       l->args[i].why);
	else
		report(l->rep, REPORT_ERROR, at, "compile the script here",
		       "%s",
		       l->args[i].why ? l->args[i].why
				      : "this array is elsewhere on this "
					"kernel, where its elements can't be "
					"read one by one");
	return true;
}

static void explain_refusal(const struct load *l, struct probes *ps,
			    const struct refusal *r, int err)
{
	struct report_place at = place_of(l, r);
	const char *name = r->prog->plan->points.n
				   ? r->prog->plan->points.v[0].name
				   : r->prog->plan->elf_name;

	if (*r->log.core) {
		report(l->rep, REPORT_ERROR, &at,
		       "guard it: if (exists(...)) { ... }",
		       "this kernel has no %s", r->log.core);
		return;
	}
	if (explain_argument(l, r, &at))
		return;
	if (strstr(r->log.reason, "frames is too deep") ||
	    strstr(r->log.reason, "combined stack size")) {
		report(l->rep, REPORT_ERROR, &at,
		       "put fewer loops within each other",
		       "the loops of %s are nested too deeply for the kernel",
		       name);
		return;
	}
	if (strstr(r->log.reason, "too large") ||
	    strstr(r->log.reason, "is too complex") || err == -E2BIG) {
		report(l->rep, REPORT_ERROR, &at,
		       "make loops shorter or split the probe",
		       "%s is too long for the kernel's verifier", name);
		return;
	}
	if (strstr(r->log.reason, "GPL-restricted") ||
	    strstr(r->log.reason, "GPL compatible")) {
		report(l->rep, REPORT_ERROR, &at,
		       "remove the setting license: what waggle makes is GPL "
		       "unless it says otherwise",
		       "the script's license forbids %s: what it uses the "
		       "kernel gives to GPL programs only",
		       name);
		return;
	}
	/* Linux 6.1 takes six arguments, 6.18 twelve. */
	if (strstr(r->log.reason, "arguments. Too many")) {
		report(l->rep, REPORT_ERROR, &at, hint_instead(ps, false),
		       "cannot use %s: the function has more arguments than "
		       "this kernel can pass on",
		       name);
		return;
	}
	if (strstr(r->log.reason, "helper call is not allowed in probe")) {
		report(l->rep, REPORT_ERROR, &at,
		       "it works in fentry and fexit of filp_close, "
		       "vfs_getattr, vfs_truncate, vfs_fallocate, "
		       "dentry_open, security_file_permission, "
		       "security_file_open and security_inode_getattr",
		       "path() is not allowed in %s", name);
		return;
	}
	if (strstr(r->log.reason, "unknown func ") &&
	    strcmp(feature_lockdown(), "confidentiality") == 0) {
		report(l->rep, REPORT_ERROR, &at,
		       "boot without lockdown (it comes with secure boot)",
		       "cannot use %s: the kernel is locked down, and nobody "
		       "may read its memory",
		       name);
		return;
	}
	if (explain_helper(l, r, &at, name))
		return;
	explain_reason(l, r, &at, name, err);
}

static bool needs_btf(const struct program *p)
{
	return p && attach_ops(p->plan->provider)->needs_btf;
}

static void explain_permission(const struct load *l, struct probes *ps,
			       const struct refusal *r, int err)
{
	const char *hint = NULL, *why = attach_refusal(err, &hint);

	if (r->prog && needs_btf(r->prog) && feature_privileged()) {
		enum provider p = r->prog->plan->provider;

		report(l->rep, REPORT_ERROR, REPORT_AT(r->prog->plan),
		       hint_instead(ps, p != PROVIDER_RAWTRACEPOINT),
		       "this kernel does not permit %s probes",
		       provider_name(p));
		return;
	}
	report(l->rep, REPORT_ERROR, r->prog ? REPORT_AT(r->prog->plan) : NULL,
	       hint, "cannot load the program: %s", why);
}

/* The line of libbpf's log that tells most: the first. */
static void first_line(const char *log, char *buf, size_t size)
{
	const char *s = strncmp(log, "libbpf: ", 8) == 0 ? log + 8 : log;

	keep(buf, size, s, strcspn(s, "\n"));
}

void verifier_explain(const struct load *l, struct probes *ps, int err,
		      const char *log)
{
	struct refusal r = { 0 };
	char line[256];

	verifier_log_read(&r.log, log);
	if (r.log.program)
		r.prog = program_named(ps, r.log.program, r.log.program_len);
	if (r.prog && r.log.log && r.log.log < r.log.end) {
		explain_refusal(l, ps, &r, err);
		return;
	}
	if (err == -EPERM || err == -EACCES) {
		explain_permission(l, ps, &r, err);
		return;
	}
	if (!feature_has_btf() && strstr(log, "BTF")) {
		struct report_place at;

		r.prog = NULL;
		find_relocated(l, ps, &r);
		if (r.prog)
			at = place_of(l, &r);
		report(l->rep, REPORT_ERROR, r.prog ? &at : NULL,
		       "use a kernel built with CONFIG_DEBUG_INFO_BTF, or only "
		       "what needs no kernel types (args of tracepoints, argN)",
		       "this program reads kernel types, and this kernel has "
		       "no /sys/kernel/btf/vmlinux");
		return;
	}
	first_line(log, line, sizeof(line));
	report(l->rep, REPORT_ERROR, r.prog ? REPORT_AT(r.prog->plan) : NULL,
	       err == -ENOMEM ? "declare smaller maps: let @m = hash(N);"
			      : NULL,
	       "cannot load the program: %s%s%s", strerror(-err),
	       *line ? "; " : "", line);
}
