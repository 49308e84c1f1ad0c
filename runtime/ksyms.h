/* ksyms.h - kernel addresses to names and back, from /proc/kallsyms. */
#ifndef KSYMS_H
#define KSYMS_H

#include <stdint.h>

struct ksyms;

/*
 * Reads the functions of the kernel, its modules and its BPF programs as they
 * are now; about 2 MB.  NULL with errno set on failure: EPERM when
 * kernel.kptr_restrict hides the addresses from us.
 */
struct ksyms *ksyms_load(void);
struct ksyms *ksyms_load_file(const char *path); /* in kallsyms' format */
void ksyms_free(struct ksyms *k);

/*
 * The function that ip is in, and how far; NULL when there is none, as for an
 * address of data.  *module is NULL for the kernel proper.  off and module may
 * be NULL.  The strings live as long as k.
 */
const char *ksyms_name(const struct ksyms *k, uint64_t ip, uint64_t *off,
		       const char **module);

/*
 * The address of a function or variable; "module:name" looks in that module
 * only (vmlinux is the kernel proper), a plain name in the kernel first.
 * Streams through the file and keeps nothing.  Returns 0, -ENOENT, -EPERM
 * (addresses are hidden), or -errno.
 */
int ksyms_addr(const char *name, uint64_t *addr);
int ksyms_addr_file(const char *path, const char *name, uint64_t *addr);

#endif
