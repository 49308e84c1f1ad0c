/* syscall.h - system calls: their numbers. */
#ifndef SYSCALL_H
#define SYSCALL_H

#include "plan.h"

/* As asm/unistd.h has it; NULL: none of that number. */
const char *syscall_text(uint32_t number);
/* The NAME of its tracepoints sys_enter_NAME and sys_exit_NAME, or NULL. */
const char *syscall_function(uint32_t number);
/* The number of the system call whose tracepoint is sys_enter_NAME or
 * sys_exit_NAME; -1: of none that is known. */
int syscall_number(const char *event);
/* Of a tracepoint's name, perhaps with wildcards. */
enum syscall_side syscall_side(const char *event);

#endif
