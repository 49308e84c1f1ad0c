#include "syscall.h"

#include <string.h>

#include "base.h"

/* asm/unistd.h of where waggle is built, made a table by the Makefile; what
 * came later has the same number on every architecture. */
const char *syscall_text(uint32_t i)
{
	static const char *const names[NSYSCALLS] = {
#include "syscalls.h"
	};
	static const char *const later[] = {
		"cachestat",	     "fchmodat2",	 "map_shadow_stack",
		"futex_wake",	     "futex_wait",	 "futex_requeue",
		"statmount",	     "listmount",	 "lsm_get_self_attr",
		"lsm_set_self_attr", "lsm_list_modules", "mseal",
		"setxattrat",	     "getxattrat",	 "listxattrat",
		"removexattrat",     "open_tree_attr",	 "file_getattr",
		"file_setattr",
	};
	enum { FIRST_LATER = 451 };

#ifdef __x86_64__
	if (i == 335)
		return "uretprobe";
	if (i == 336)
		return "uprobe";
#endif
	if (i < NSYSCALLS && names[i])
		return names[i];
	if (i >= FIRST_LATER && i - FIRST_LATER < countof(later))
		return later[i - FIRST_LATER];
	return NULL;
}

/* What the kernel calls the function of some. */
static const struct renamed {
	const char *call, *function;
} renamed[] = {
	{ "stat", "newstat" },		 { "fstat", "newfstat" },
	{ "lstat", "newlstat" },	 { "uname", "newuname" },
	{ "sendfile", "sendfile64" },	 { "umount2", "umount" },
#ifdef __aarch64__
	{ "fadvise64", "fadvise64_64" },
#endif
};

const char *syscall_function(uint32_t number)
{
	const char *call = syscall_text(number);
	size_t i;

	for (i = 0; call && i < countof(renamed); i++)
		if (!strcmp(renamed[i].call, call))
			return renamed[i].function;
	return call;
}

enum syscall_side syscall_side(const char *event)
{
	if (!strncmp(event, "sys_enter_", 10))
		return SIDE_ENTER;
	return strncmp(event, "sys_exit_", 9) ? SIDE_NONE : SIDE_EXIT;
}

int syscall_number(const char *event)
{
	enum syscall_side side = syscall_side(event);
	const char *function;
	uint32_t i;

	if (side == SIDE_NONE)
		return -1;
	event += side == SIDE_ENTER ? 10 : 9;
	for (i = 0; i < NSYSCALLS; i++) {
		function = syscall_function(i);
		if (function && !strcmp(function, event))
			return (int)i;
	}
	return -1;
}
