/*
 * fuzz_front.c - any bytes through lexer, parser and checker, in this process
 * and without LLVM.  Kernel types come from the small file named by WAGGLE_BTF
 * (tests/fuzz/types.c): the same everywhere, and quick to read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *sink(void)
{
	FILE *f = fopen("/dev/null", "w");

	if (!f)
		abort();
	return f;
}

/* What is in canonical form stays as it is. */
static void format(struct compile_options *o)
{
	struct strbuf once = { 0 }, twice = { 0 };
	struct image image = { 0 };

	o->stage = STAGE_FORMAT;
	o->formatted = &once;
	if (compile(o, &image) == COMPILE_OK) {
		o->text = once.s;
		o->len = once.len;
		o->formatted = &twice;
		if (compile(o, &image) != COMPILE_OK || once.len != twice.len ||
		    memcmp(once.s, twice.s, once.len) != 0)
			abort();
	}
	strbuf_free(&once);
	strbuf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char word[] = "--pid=1", number[] = "7", *argv[] = { number, word };
	struct compile_options options = {
		.name = "fuzz",
		.text = (const char *)data,
		.len = size,
		.argc = 2,
		.argv = argv,
		.btf_path = getenv("WAGGLE_BTF"),
		.stage = STAGE_CHECK,
		.out = sink(),
		.err = sink(),
	};
	struct image image = { 0 };

	/* One run an input, so that there are many inputs; its length, not
	 * its text, decides which, so that any script is a good seed. */
	options.dump = size % 8 == 7 ? DUMP_AST : DUMP_TYPES;
	options.unsafe = size % 4 > 0;
	options.json = size % 2 > 0;
	options.colour = !options.json;
	if (size % 8 == 3)
		format(&options);
	else
		compile(&options, &image);
	fclose(options.out);
	fclose(options.err);
	return 0;
}
