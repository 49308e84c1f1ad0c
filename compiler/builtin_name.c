/* builtin_name.c - names of numbers: tables in .rodata, one element a number,
 * the last for all that have no name. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "syscall.h"

enum {
	MAX_ERROR = 133, /* EHWPOISON, the last of every architecture */
	MAX_SIGNAL = 64, /* _NSIG */
};

/* The name of a number, or NULL. */
typedef const char *name_fn(uint32_t i);

struct names {
	name_fn *name;
	const char *unknown;
	uint32_t n;    /* numbers from 0 to n - 1 */
	uint32_t room; /* bytes of an element */
};

static const char *error_name(uint32_t i)
{
	return strerrordesc_np((int)i);
}

static const char *signal_text(uint32_t i)
{
	return sigdescr_np((int)i);
}

static LLVMValueRef table_of(struct emitter *e, const struct names *t)
{
	uint32_t size = (t->n + 1) * t->room, i;
	char *bytes = arena_alloc(e->a, size + 1);
	const char *s;

	memset(bytes, 0, size + 1);
	for (i = 0; i <= t->n; i++) {
		s = i < t->n ? t->name(i) : NULL;
		snprintf(bytes + (size_t)i * t->room, t->room, "%s",
			 s ? s : t->unknown);
	}
	return emit_const_bytes(e, bytes, size);
}

static struct val name_of(struct emitter *e, struct node *n,
			  const struct names *t)
{
	LLVMValueRef i = emit_clamp(e, emit_scalar(e, emit_arg(n, 0)), t->n);
	LLVMValueRef at = LLVMBuildMul(e->b, i, emit_int(e, t->room), "");
	LLVMValueRef p = LLVMBuildGEP2(e->b, e->i8, table_of(e, t), &at, 1, "");

	return val_at(AT_BPF, p, n->type);
}

struct val emit_strerror(struct emitter *e, struct node *n)
{
	static const struct names errors = { error_name, "Unknown error",
					     MAX_ERROR + 1, NAME_ROOM_ERROR };

	return name_of(e, n, &errors);
}

struct val emit_signal_name(struct emitter *e, struct node *n)
{
	static const struct names signals = { signal_text, "Unknown signal",
					      MAX_SIGNAL + 1,
					      NAME_ROOM_SIGNAL };

	return name_of(e, n, &signals);
}

struct val emit_syscall_name(struct emitter *e, struct node *n)
{
	static const struct names syscalls = { syscall_text, "unknown",
					       NSYSCALLS, NAME_ROOM_SYSCALL };

	return name_of(e, n, &syscalls);
}
