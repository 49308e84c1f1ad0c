#include <llvm-c/DebugInfo.h>
#include <llvm-c/IRReader.h>
#include <string.h>

#include "emit_own.h"

/*
 * Debug info, for three readers: the verifier's log, which shows the script's
 * lines (BTF line info); bpftool, which shows maps with types; and libbpf,
 * which matches the types of CO-RE relocations.  A function without a
 * subprogram would lose its relocations.
 */
struct debuginfo {
	LLVMDIBuilderRef di;
	LLVMMetadataRef unit;
	LLVMMetadataRef *files; /* by index of the source */
	size_t nfiles;
};

enum {
	ATE_BOOLEAN = 2,
	ATE_SIGNED = 5,
	ATE_SIGNED_CHAR = 6,
	ATE_UNSIGNED = 7,
	ATE_UNSIGNED_CHAR = 8,
};

static void quote(struct strbuf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= ' ' && c < 127 && c != '"' && c != '\\')
			strbuf_add(b, s + i, 1);
		else
			strbuf_printf(b, "\\%02X", c);
	}
}

/*
 * A DIFile that carries its text, so that line info has the script's lines even
 * of -e.  The C API makes none; the reader of LLVM's text form does.
 */
static LLVMMetadataRef file_with_text(struct emitter *e,
				      const struct source *src)
{
	struct strbuf b = { 0 };
	LLVMMemoryBufferRef buf;
	LLVMModuleRef m = NULL;
	LLVMValueRef file;
	char *err = NULL;

	strbuf_printf(&b, "!wg = !{!0}\n!0 = !DIFile(filename: \"");
	quote(&b, src->name, strlen(src->name));
	strbuf_printf(&b, "\", directory: \"\", source: \"");
	quote(&b, src->text, src->len);
	strbuf_printf(&b, "\")\n");
	buf = LLVMCreateMemoryBufferWithMemoryRangeCopy(b.s, b.len, "file");
	strbuf_free(&b);
	if (LLVMParseIRInContext(e->cx, buf, &m, &err))
		die("LLVM does not read its own text: %s", err);
	LLVMGetNamedMetadataOperands(m, "wg", &file);
	LLVMDisposeModule(m); /* what it named lives in the context */
	return LLVMValueAsMetadata(file);
}

static size_t source_index(struct emitter *e, const struct source *src)
{
	return (size_t)(src - e->u->prog->sources->list.v);
}

static LLVMMetadataRef file_of(struct emitter *e, const struct source *src)
{
	size_t i = source_index(e, src);

	if (!e->debug->files[i])
		e->debug->files[i] = file_with_text(e, src);
	return e->debug->files[i];
}

void debug_begin(struct emitter *e)
{
	struct debuginfo *d = arena_make(e->a, struct debuginfo);
	struct sources *all = e->u->prog->sources;
	struct span start = { 0, 0 };
	const struct source *first = source_place(all, start).src;

	e->debug = d;
	d->di = LLVMCreateDIBuilder(e->mod);
	d->nfiles = all->list.n;
	d->files = arena_alloc(e->a, d->nfiles * sizeof(*d->files));
	if (e->u->bodies)
		first = source_place(all, e->u->bodies->clause->at).src;
	d->unit = LLVMDIBuilderCreateCompileUnit(
		d->di, LLVMDWARFSourceLanguageC11, file_of(e, first), "waggle",
		6, 1, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0, 0, 0, "", 0,
		"", 0);
	LLVMAddModuleFlag(e->mod, LLVMModuleFlagBehaviorWarning,
			  "Debug Info Version", 18,
			  LLVMValueAsMetadata(LLVMConstInt(
				  e->i32, LLVMDebugMetadataVersion(), 0)));
	LLVMAddModuleFlag(e->mod, LLVMModuleFlagBehaviorWarning,
			  "Dwarf Version", 13,
			  LLVMValueAsMetadata(LLVMConstInt(e->i32, 5, 0)));
}

void debug_finish(struct emitter *e)
{
	LLVMDIBuilderFinalize(e->debug->di);
	LLVMDisposeDIBuilder(e->debug->di);
}

LLVMMetadataRef debug_function(struct emitter *e, LLVMValueRef f,
			       const char *name, struct span at)
{
	LLVMDIBuilderRef di = e->debug->di;
	struct place p = source_place(e->u->prog->sources, at);
	LLVMMetadataRef file = file_of(e, p.src);
	/* The result's slot must be there, or BTF gets a stray type. */
	LLVMMetadataRef result = debug_int(e, 4, true), type, sp;
	unsigned line = (unsigned)p.line;

	type = LLVMDIBuilderCreateSubroutineType(di, file, &result, 1,
						 LLVMDIFlagZero);
	sp = LLVMDIBuilderCreateFunction(
		di, file, name, strlen(name), name, strlen(name), file, line,
		type, LLVMGetLinkage(f) == LLVMInternalLinkage, 1, line,
		LLVMDIFlagZero, 1);
	LLVMSetSubprogram(f, sp);
	return sp;
}

LLVMMetadataRef debug_location(struct emitter *e, LLVMMetadataRef scope,
			       struct span at)
{
	struct place p = source_place(e->u->prog->sources, at);

	/* Line info has one file a function. */
	if (LLVMDIScopeGetFile(scope) != file_of(e, p.src))
		return NULL;
	return LLVMDIBuilderCreateDebugLocation(e->cx, (unsigned)p.line,
						(unsigned)p.col, scope, NULL);
}

LLVMMetadataRef debug_int(struct emitter *e, uint32_t size, bool is_signed)
{
	static const char *const names[2][4] = {
		{ "unsigned char", "unsigned short", "unsigned int",
		  "unsigned long long" },
		{ "char", "short", "int", "long long" },
	};
	int log = size >= 8 ? 3 : size >= 4 ? 2 : size >= 2 ? 1 : 0;
	const char *name = names[is_signed][log];
	unsigned ate = size > 1	   ? (is_signed ? ATE_SIGNED : ATE_UNSIGNED)
		       : is_signed ? ATE_SIGNED_CHAR
				   : ATE_UNSIGNED_CHAR;

	return LLVMDIBuilderCreateBasicType(e->debug->di, name, strlen(name),
					    8u << log, ate, LLVMDIFlagZero);
}

LLVMMetadataRef debug_array(struct emitter *e, LLVMMetadataRef elem,
			    uint64_t size, uint64_t n)
{
	LLVMMetadataRef range =
		LLVMDIBuilderGetOrCreateSubrange(e->debug->di, 0, (int64_t)n);

	return LLVMDIBuilderCreateArrayType(e->debug->di, size * 8, 0, elem,
					    &range, 1);
}

LLVMMetadataRef debug_pointer(struct emitter *e, LLVMMetadataRef to)
{
	return LLVMDIBuilderCreatePointerType(e->debug->di, to, 64, 0, 0, "",
					      0);
}

static LLVMMetadataRef member(struct emitter *e, const struct debug_member *m)
{
	LLVMDIBuilderRef di = e->debug->di;
	LLVMMetadataRef file = e->debug->files[0], scope = e->debug->unit;
	size_t len = strlen(m->name);

	if (!m->bits)
		return LLVMDIBuilderCreateMemberType(
			di, scope, m->name, len, file, 0, m->size * 8, 0,
			m->offset * 8, LLVMDIFlagZero, m->type);
	return LLVMDIBuilderCreateBitFieldMemberType(
		di, scope, m->name, len, file, 0, m->bits,
		m->offset * 8 + m->bit_offset, m->offset * 8,
		LLVMDIFlagBitField, m->type);
}

LLVMMetadataRef debug_struct(struct emitter *e, const char *name, bool is_union,
			     uint64_t size, const struct debug_member *m,
			     uint32_t n)
{
	LLVMDIBuilderRef di = e->debug->di;
	LLVMMetadataRef file = e->debug->files[0], scope = e->debug->unit;
	LLVMMetadataRef *parts = arena_alloc(e->a, (n + 1) * sizeof(*parts));
	uint32_t i;

	for (i = 0; i < n; i++)
		parts[i] = member(e, &m[i]);
	if (is_union)
		return LLVMDIBuilderCreateUnionType(
			di, scope, name, strlen(name), file, 0, size * 8, 0,
			LLVMDIFlagZero, parts, n, 0, "", 0);
	return LLVMDIBuilderCreateStructType(
		di, scope, name, strlen(name), file, 0, size * 8, 0,
		LLVMDIFlagZero, NULL, parts, n, 0, NULL, "", 0);
}

LLVMMetadataRef debug_enum(struct emitter *e, const char *name, uint32_t size,
			   bool is_signed, const char *constant, uint64_t value)
{
	LLVMDIBuilderRef di = e->debug->di;
	LLVMMetadataRef file = e->debug->files[0], scope = e->debug->unit;
	LLVMMetadataRef c = LLVMDIBuilderCreateEnumerator(
		di, constant, strlen(constant), (int64_t)value, !is_signed);

	return LLVMDIBuilderCreateEnumerationType(
		di, scope, name, strlen(name), file, 0, size * 8, 0, &c, 1,
		debug_int(e, size, is_signed));
}

void debug_global(struct emitter *e, LLVMValueRef g, const char *name,
		  LLVMMetadataRef type)
{
	LLVMDIBuilderRef di = e->debug->di;
	LLVMMetadataRef expr = LLVMDIBuilderCreateExpression(di, NULL, 0);
	LLVMMetadataRef var = LLVMDIBuilderCreateGlobalVariableExpression(
		di, e->debug->unit, name, strlen(name), "", 0,
		e->debug->files[0], 0, type, 0, expr, NULL, 0);

	LLVMGlobalSetMetadata(g, LLVMGetMDKindIDInContext(e->cx, "dbg", 3),
			      var);
}

static LLVMMetadataRef composite(struct emitter *e, const struct type *t)
{
	struct debug_member *m =
		arena_alloc(e->a, (t->nmembers + 1) * sizeof(*m));
	const char *name = t->kind == T_STRUCT && t->name ? t->name : "";
	uint32_t i;

	for (i = 0; i < t->nmembers; i++) {
		const struct member *x = &t->members[i];
		const char *part = x->name;

		if ((!part || !*part) && t->kind == T_TUPLE)
			part = arena_printf(e->a, "_%u", i);
		m[i] = (struct debug_member){ .name = part ? part : "",
					      .type = debug_type(e, x->type),
					      .size = x->type->size,
					      .offset = x->offset,
					      .bits = x->bits,
					      .bit_offset = x->bit_offset };
	}
	if (!strncmp(name, "struct ", 7))
		name += 7;
	else if (!strncmp(name, "union ", 6))
		name += 6;
	return debug_struct(e, name, t->is_union, t->size, m, t->nmembers);
}

/* An opaque value of the language, for bpftool's eyes. */
static LLVMMetadataRef words(struct emitter *e, const struct type *t)
{
	if (t->size && t->size % 8 == 0)
		return debug_array(e, debug_int(e, 8, false), t->size,
				   t->size / 8);
	return debug_array(e, debug_int(e, 1, false), t->size, t->size);
}

LLVMMetadataRef debug_type(struct emitter *e, const struct type *t)
{
	switch (t->kind) {
	case T_BOOL:
		return LLVMDIBuilderCreateBasicType(e->debug->di, "bool", 4, 8,
						    ATE_BOOLEAN,
						    LLVMDIFlagZero);
	case T_INT:
	case T_KSYM:
	case T_USERNAME:
	case T_COMM:
	case T_PROBE:
		return debug_int(e, t->size, t->is_signed);
	case T_ENUM:
		return debug_enum(e,
				  t->name && !strncmp(t->name, "enum ", 5)
					  ? t->name + 5
					  : "",
				  t->size, t->is_signed, "wg_any", 0);
	case T_PTR:
		return debug_pointer(e, NULL);
	case T_ARRAY:
		return debug_array(e, debug_type(e, t->elem), t->size, t->n);
	case T_STRING:
		return debug_array(e, debug_int(e, 1, true), t->size, t->n);
	case T_TUPLE:
	case T_RECORD:
		return composite(e, t);
	case T_STRUCT:
		if (t->origin == ORIGIN_SCRIPT)
			return composite(e, t);
		return debug_struct(e, t->core_name ? t->core_name : "",
				    t->is_union, t->size, NULL, 0);
	case T_ERROR:
	case T_NONE:
	case T_VOID:
	case T_BUFFER:
	case T_INET:
	case T_MACADDR:
	case T_KSTACK:
	case T_USTACK:
	case T_USYM:
	case T_TIMESTAMP:
	case T_CGROUP_PATH:
	case T_AGG:
	case T_KINDS:
		break;
	}
	return words(e, t);
}
