/* info.h - what this machine can trace: --info. */
#ifndef INFO_H
#define INFO_H

#include <stdio.h>

void info_print(FILE *out);
/* The same in the form of `bpftrace --info`, which scripts search. */
void info_print_bpftrace(FILE *out);

#endif
