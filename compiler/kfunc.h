/* kfunc.h - functions of the kernel that BPF programs may call. */
#ifndef KFUNC_H
#define KFUNC_H

#include "plan.h"

/* Whether a program for such probes may call the kfunc whose BTF id that is;
 * target: of what an fentry or raw tracepoint is attached to, else 0.  1, 0, or
 * -errno when the kernel does not say (-EPERM: not root). */
int kfunc_allowed(enum provider p, uint32_t target, uint32_t kfunc);

#endif
