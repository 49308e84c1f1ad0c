/* object.h - from LLVM IR to a BPF object in memory. */
#ifndef OBJECT_H
#define OBJECT_H

#include <llvm-c/Core.h>
#include <stdio.h>

#include "plan.h"
#include "source.h"

/* Starts LLVM, which a process can do once; to be disposed of by the caller. */
LLVMContextRef object_context(void);

/* Sets the module's target and data layout; machine is LLVM's, to be given to
 * the others and to object_close(). */
struct object;
struct object *object_open(LLVMModuleRef mod);
void object_close(struct object *o);

/* Run the passes.  NULL, or what LLVM has to say against the module, to be
 * free()d. */
char *object_optimise(struct object *o, LLVMModuleRef mod);
/* The same for making the object; img gets the bytes. */
char *object_make(struct object *o, LLVMModuleRef mod, struct image *img);
/* -d asm: assembly with the script's lines between. */
char *object_asm(struct object *o, LLVMModuleRef mod,
		 const struct sources *sources, FILE *out);

#endif
