/* verifier.h - why the kernel would not load a program, in the user's terms. */
#ifndef VERIFIER_H
#define VERIFIER_H

#include "runtime/load.h"

/* Report why bpf_object__load() failed with err (-errno); log is what libbpf
 * said, verifier log included. */
void verifier_explain(const struct load *l, struct probes *ps, int err,
		      const char *log);

#endif
