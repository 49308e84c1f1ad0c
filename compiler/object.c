#include "object.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdlib.h>
#include <string.h>

/* v3: 32-bit sub-registers and atomics that return; every kernel from 5.12. */
#define CPU "v3"

/*
 * O0 for the passes of the BPF target (relocations are made by one), then what
 * turns our cells into registers and tidies up.  Start-up is what is paid for:
 * all of O2 takes twice as long to save no instruction in a hundred.
 */
#define PASSES                                                                 \
	"default<O0>,function(sroa,early-cse,instcombine<no-verify-fixpoint>," \
	"simplifycfg)"

struct object {
	LLVMTargetMachineRef machine;
};

/* LLVM ends the process when this returns. */
static void on_fatal(const char *reason)
{
	if (strstr(reason, "out of insn range"))
		fputs("ERROR: a probe is too long: a jump in it spans more "
		      "than 32767 instructions\n"
		      "HINT: make it shorter, or write for instead of unroll\n",
		      stderr);
	else
		fprintf(stderr, "ERROR: LLVM refuses the program: %s\n",
			reason);
	exit(1);
}

/* LLVM's static constructors: the Makefile moves them to this section. */
typedef void late_fn(void);
extern late_fn *const __start_llvm_late[], *const __stop_llvm_late[];

LLVMContextRef object_context(void)
{
	late_fn *const *f;

	heap_expect(3 << 19); /* what LLVM takes at the least */
	for (f = __start_llvm_late; f < __stop_llvm_late; f++)
		(*f)();
	return LLVMContextCreate();
}

struct object *object_open(LLVMModuleRef mod)
{
	struct object *o = calloc(1, sizeof(*o));
	LLVMTargetDataRef layout;
	LLVMTargetRef target;
	char *err = NULL;

	if (!o)
		die("out of memory");
	LLVMInstallFatalErrorHandler(on_fatal);
	LLVMInitializeBPFTargetInfo();
	LLVMInitializeBPFTarget();
	LLVMInitializeBPFTargetMC();
	LLVMInitializeBPFAsmPrinter();
	LLVMInitializeBPFAsmParser();	 /* emit_arg.c */
	LLVMInitializeBPFDisassembler(); /* stages.c */
	if (LLVMGetTargetFromTriple("bpfel", &target, &err))
		die("LLVM has no BPF target: %s", err);
	o->machine = LLVMCreateTargetMachine(
		target, "bpfel", CPU, "", LLVMCodeGenLevelDefault,
		LLVMRelocDefault, LLVMCodeModelDefault);
	layout = LLVMCreateTargetDataLayout(o->machine);
	LLVMSetModuleDataLayout(mod, layout);
	LLVMDisposeTargetData(layout);
	LLVMSetTarget(mod, "bpfel");
	return o;
}

void object_close(struct object *o)
{
	LLVMDisposeTargetMachine(o->machine);
	free(o);
}

static char *own_message(char *llvm)
{
	char *s = strdup(llvm ? llvm : "no reason given");

	LLVMDisposeMessage(llvm);
	return s;
}

char *object_optimise(struct object *o, LLVMModuleRef mod)
{
	LLVMPassBuilderOptionsRef opts;
	LLVMErrorRef failed;
	char *err = NULL, *s;

	if (LLVMVerifyModule(mod, LLVMReturnStatusAction, &err))
		return own_message(err);
	LLVMDisposeMessage(err);
	opts = LLVMCreatePassBuilderOptions();
	failed = LLVMRunPasses(mod, PASSES, o->machine, opts);
	LLVMDisposePassBuilderOptions(opts);
	if (!failed)
		return NULL;
	err = LLVMGetErrorMessage(failed);
	s = strdup(err);
	LLVMDisposeErrorMessage(err);
	return s;
}

static char *emit_file(struct object *o, LLVMModuleRef mod,
		       LLVMCodeGenFileType type, LLVMMemoryBufferRef *out)
{
	char *err = NULL;

	if (LLVMTargetMachineEmitToMemoryBuffer(o->machine, mod, type, &err,
						out))
		return own_message(err);
	return NULL;
}

char *object_make(struct object *o, LLVMModuleRef mod, struct image *img)
{
	LLVMMemoryBufferRef out;
	char *err = emit_file(o, mod, LLVMObjectFile, &out);

	if (err)
		return err;
	img->size = LLVMGetBufferSize(out);
	img->bytes = malloc(img->size);
	if (!img->bytes)
		die("out of memory");
	memcpy(img->bytes, LLVMGetBufferStart(out), img->size);
	LLVMDisposeMemoryBuffer(out);
	return NULL;
}

/* One line of a text that starts at *s; moves *s behind it. */
static size_t next_line(const char **s, const char *end, const char **line)
{
	const char *nl = memchr(*s, '\n', (size_t)(end - *s));
	size_t n = (size_t)((nl ? nl : end) - *s);

	*line = *s;
	*s = nl ? nl + 1 : end;
	return n;
}

struct listing {
	const struct sources *sources;
	FILE *out;
	/* by number of .file, as the assembly says */
	const struct source *files[64];
	const struct source *src;
	unsigned long line;
	bool skip;	  /* in a section of debug info */
	bool note, blank; /* in one of emit_arg.c's notes; just after it */
};

/*	.file	1 "name" ... */
static void file_line(struct listing *l, const char *s, size_t n)
{
	const char *q = memchr(s, '"', n), *end;
	unsigned long i = strtoul(s, NULL, 10);

	if (!q || i >= countof(l->files))
		return;
	q++;
	/* "directory" "name" when there is one */
	end = memchr(q, '"', n - (size_t)(q - s));
	if (!end)
		return;
	if (end == q && (size_t)(end - s) + 3 < n && end[2] == '"') {
		q = end + 3;
		end = memchr(q, '"', n - (size_t)(q - s));
		if (!end)
			return;
	}
	l->files[i] = source_named(l->sources, q, (size_t)(end - q));
}

/*	.loc	1 2 9 ... */
static void loc_line(struct listing *l, const char *s)
{
	char *end;
	unsigned long file = strtoul(s, &end, 10);
	unsigned long line = strtoul(end, NULL, 10);
	const struct source *src =
		file < countof(l->files) ? l->files[file] : NULL;

	if (!src || !line || (src == l->src && line == l->line))
		return;
	l->src = src;
	l->line = line;
	source_print_line(src, line, l->out);
}

static bool starts(const char *s, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && !memcmp(s, with, k);
}

static bool is_debug_section(const char *s, size_t n)
{
	return starts(s, n, "\t.section\t.debug") ||
	       starts(s, n, "\t.section\t.BTF") ||
	       starts(s, n, "\t.section\t\".debug") ||
	       starts(s, n, "\t.section\t\".BTF");
}

static void list_line(struct listing *l, const char *s, size_t n)
{
	bool section = starts(s, n, "\t.section");

	/* After a note, the section it is in the middle of, and an empty line.
	 */
	if (l->note && section) {
		l->note = false;
		l->blank = true;
		return;
	}
	if (section || starts(s, n, "\t.text") || starts(s, n, "\t.bss") ||
	    starts(s, n, "\t.data"))
		l->skip = is_debug_section(s, n) ||
			  starts(s, n, "\t.section\t" PLAN_SECTION ",");
	l->note |= starts(s, n, "\t.section\t" ARGS_SECTION);
	if (l->skip || l->note || (l->blank && !n))
		return;
	l->blank = false;
	if (starts(s, n, "\t.file\t"))
		file_line(l, s + 7, n - 7);
	else if (starts(s, n, "\t.loc\t"))
		loc_line(l, s + 6);
	else if (!starts(s, n, ".Ltmp") && !starts(s, n, "\t#APP") &&
		 !starts(s, n, "\t#NO_APP") && !starts(s, n, ".Lfunc_") &&
		 !starts(s, n, "\t.cfi"))
		fprintf(l->out, "%.*s\n", (int)n, s);
}

char *object_asm(struct object *o, LLVMModuleRef mod,
		 const struct sources *sources, FILE *out)
{
	struct listing l = { .sources = sources, .out = out };
	LLVMMemoryBufferRef text;
	const char *s, *end, *line;
	char *err = emit_file(o, mod, LLVMAssemblyFile, &text);
	size_t n;

	if (err)
		return err;
	s = LLVMGetBufferStart(text);
	end = s + LLVMGetBufferSize(text);
	while (s < end) {
		n = next_line(&s, end, &line);
		list_line(&l, line, n);
	}
	LLVMDisposeMemoryBuffer(text);
	return NULL;
}
