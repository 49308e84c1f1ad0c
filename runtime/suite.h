/* suite.h - --test and --bench: programs that are run by hand and judged. */
#ifndef SUITE_H
#define SUITE_H

#include "runtime/attach.h"
#include "runtime/events.h"

/* Whether the program is of tests and benchmarks. */
bool suite_is(const struct probes *ps);

/* Runs them all, in the order of the script, and says how it went.  0, or
 * -errno: a test failed, or one could not be run. */
int suite_run(const struct probes *ps, struct events *e);

#endif
