/* stages.h - waggle explain --stages: a script on its way to BPF. */
#ifndef STAGES_H
#define STAGES_H

#include <llvm-c/Core.h>
#include <stdio.h>

#include "plan.h"
#include "source.h"

/* The module's functions, the script's lines between. */
void stages_ir(LLVMModuleRef mod, const struct sources *sources, FILE *out);
/*
 * The programs of an image, instruction by instruction: the script's lines
 * between, and beside them what is called, which map is meant, and what libbpf
 * will look up in the running kernel's types.
 */
void stages_code(const struct image *img, const struct plan *plan,
		 const struct sources *sources, FILE *out);

#endif
