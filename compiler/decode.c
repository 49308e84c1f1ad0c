#include "decode.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>

#include "object.h"

static enum decoded decode(const uint8_t *code, size_t size, size_t at)
{
	LLVMDisasmContextRef cx;
	char text[128];
	size_t i = 0, n;

	object_context(); /* runs LLVM's constructors */
	LLVMInitializeX86TargetInfo();
	LLVMInitializeX86TargetMC();
	LLVMInitializeX86Disassembler();
	cx = LLVMCreateDisasm("x86_64-linux", NULL, 0, NULL, NULL);
	if (!cx)
		return DECODED_UNKNOWN;
	while (i < at) {
		n = LLVMDisasmInstruction(cx, (uint8_t *)code + i, size - i, i,
					  text, sizeof(text));
		if (!n)
			return DECODED_UNKNOWN;
		i += n;
	}
	return i == at ? DECODED_BEGINS : DECODED_WITHIN;
}
#else
static enum decoded decode(const uint8_t *code, size_t size, size_t at)
{
	/* all instructions have four bytes */
	(void)code, (void)size;
	return at % 4 ? DECODED_WITHIN : DECODED_BEGINS;
}
#endif

enum decoded decode_at(const uint8_t *code, size_t size, size_t at)
{
	int status = 0;
	pid_t pid, done;

	if (at >= size)
		return DECODED_UNKNOWN;
	pid = fork();
	if (pid == 0)
		_exit((int)decode(code, size, at));
	if (pid < 0)
		return DECODED_UNKNOWN;
	do
		done = waitpid(pid, &status, 0);
	while (done < 0 && errno == EINTR);
	return done == pid && WIFEXITED(status) &&
			       WEXITSTATUS(status) <= DECODED_UNKNOWN
		       ? (enum decoded)WEXITSTATUS(status)
		       : DECODED_UNKNOWN;
}
