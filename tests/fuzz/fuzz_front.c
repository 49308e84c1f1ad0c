/*
 * fuzz_front.c - any bytes through lexer, parser and checker, in this process
 * and without LLVM.  Kernel types come from the small file named by WAGGLE_BTF
 * (tests/fuzz/types.c): the same everywhere, and quick to read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "compiler/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *sink(void)
{
	FILE *f = fopen("/dev/null", "w");

	if (!f)
		abort();
	return f;
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
	compile(&options, &image);
	fclose(options.out);
	fclose(options.err);
	return 0;
}
