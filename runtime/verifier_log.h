/* verifier_log.h - a verifier's log, read; it needs no kernel. */
#ifndef VERIFIER_LOG_H
#define VERIFIER_LOG_H

#include "compiler/base.h"

struct verifier_log {
	const char *program; /* its name, within what was read; NULL: none */
	size_t program_len;
	const char *log, *end; /* the verifier's part; NULL: there is none */
	long insn;	       /* last one looked at; -1: none */
	char reason[256];      /* the verifier's words */
	char core[256];	       /* what a CO-RE relocation asked for in vain */
};

/* What libbpf said of a program that was not loaded, verifier's log and all. */
void verifier_log_read(struct verifier_log *r, const char *log);

/* The verifier's words in a user's: verifier.def.  NULL: none are known. */
const char *verifier_reason(const char *said);

#endif
