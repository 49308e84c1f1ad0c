/*
 * attach_syscall.c - programs for many system calls, on the one tracepoint that
 * all of them pass; see compiler/emit_syscall.c.
 */
#include <errno.h>
#include <linux/version.h>
#include <string.h>
#include <unistd.h>

#include "compiler/syscall.h"
#include "runtime/attach.h"

int syscall_table(struct probes *ps, const char *program,
		  uint16_t table[NSYSCALLS])
{
	size_t i, j;

	memset(table, 0, NSYSCALLS * sizeof(*table));
	for (i = 0; i < ps->programs.n; i++) {
		const struct program *p = &ps->programs.v[i];

		if (strcmp(p->plan->elf_name, program) != 0)
			continue;
		for (j = p->first; j < p->first + p->n; j++) {
			const struct probe *one = &ps->list.v[j];
			int number = syscall_number(one->target);

			/* Of two patterns that match it the first counts; that
			 * a number is not known says the attaching. */
			if (number < 0 || table[number])
				continue;
			if (one->cookie >= UINT16_MAX)
				return -EINVAL;
			table[number] = (uint16_t)(one->cookie + 1);
		}
		return 0;
	}
	return -ENOENT;
}

/* struct thread_info begins a task: a long of flags, on x86 since Linux 5.11
 * another long, then the status. */
uint64_t syscall_compat(uint32_t kernel)
{
#ifdef __x86_64__
	if (access("/proc/sys/abi/vsyscall32", F_OK) && errno == ENOENT &&
	    !access("/proc/sys/abi", F_OK))
		return 0; /* built without 32-bit programs */
	return 1 + (kernel >= KERNEL_VERSION(5, 11, 0) ? 16 : 8);
#else
	(void)kernel;
	return 1;
#endif
}

int attach_syscall_probe(struct probes *ps, struct probe *p)
{
	const char *all =
		ps->now->plan->side == SIDE_ENTER ? "sys_enter" : "sys_exit";
	struct bpf_link *link;

	if (syscall_number(p->target) < 0)
		return attach_fail(
			ps, -ENOENT, "other versions of waggle may know it",
			"the number of system call %s is not known", p->target);
	if (ps->now->raw)
		return 0; /* this program is there already */
	link = bpf_program__attach_raw_tracepoint(ps->now->bpf, all);
	if (!link)
		return -errno;
	ps->now->raw = true;
	return probe_add_link(ps, p, link);
}
