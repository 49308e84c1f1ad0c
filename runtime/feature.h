/* feature.h - what the running machine has and allows. */
#ifndef FEATURE_H
#define FEATURE_H

#include <sys/types.h>

#include "compiler/base.h"

/* CPUs that are online, ascending; free() v. */
struct cpu_list {
	int *v;
	size_t n;
};

/* 0 or -errno. */
int feature_online_cpus(struct cpu_list *out);

/* The type number of a dynamic perf PMU ("kprobe", "uprobe"), or -errno.
 * *retprobe_bit: the bit of attr.config that asks for the return. */
int feature_pmu(const char *name, unsigned int *retprobe_bit);

/* May this process load tracing programs, as far as its capabilities say? */
bool feature_privileged(void);

/* "none", "integrity" or "confidentiality". */
const char *feature_lockdown(void);
bool feature_has_btf(void);
int feature_perf_paranoid(void);    /* -2 when it cannot be read */
long feature_max_sample_rate(void); /* Hz; 0 when it cannot be read */

/* Pages of a ring buffer that suits this machine's memory: a power of two. */
unsigned int feature_ring_pages(void);

/*
 * The pid namespace of this process, as bpf_get_ns_current_pid_tgid() wants
 * it.  False: it is the root's, and both are 0.
 */
bool feature_pid_ns(uint64_t *dev, uint64_t *ino);
/* A pid of this namespace as the outermost one that /proc knows numbers it:
 * the root's, unless this is a container with a /proc of its own. */
pid_t feature_outer_pid(pid_t pid);
/* The pid of this process in the root namespace; 0 when it cannot be told. */
pid_t feature_root_pid(void);

#endif
