/*
 * types.c - a kernel in small: one of each kind of type there is, under the
 * names that scripts use.  Compiled for its BTF alone.
 */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool_t;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_MAX = 77 };

struct list_head {
	struct list_head *next, *prev;
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	unsigned char d_iname[32];
};

struct path {
	void *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	u32 f_flags;
	long long f_pos;
	long (*read)(struct file *, char *, unsigned long);
};

struct task_struct {
	unsigned int __state;
	volatile int prio;
	char comm[16];
	int pid, tgid;
	struct task_struct *real_parent;
	struct list_head children;
	enum pid_type kind;
	bool_t traced;
	unsigned int in_execve : 1;
	unsigned int in_iowait : 1;
	signed int level : 7;
	u64 times[4][2];
	double never;
	char flexible[];
};

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx,
		si, di, orig_ax, ip, cs, flags, sp, ss;
};

/* Tracepoints are known by these. */
typedef void (*btf_trace_sched_switch)(void *, bool_t preempt,
				       struct task_struct *prev,
				       struct task_struct *next, u32 state);

struct trace_entry {
	unsigned short type;
	unsigned char flags, preempt_count;
	int pid;
};

struct trace_event_raw_sys_enter {
	struct trace_entry ent;
	long id;
	unsigned long args[6];
	char __data[0];
};

struct trace_event_raw_sched_switch {
	struct trace_entry ent;
	char prev_comm[16];
	int prev_pid, prev_prio;
	long prev_state;
	u32 __data_loc_next_name;
	char __data[0];
};

btf_trace_sched_switch keep_switch;
struct trace_event_raw_sched_switch keep_raw_switch;
struct trace_event_raw_sys_enter keep_enter;
struct pt_regs keep_regs;

long vfs_read(struct file *file, char *buf, unsigned long count, long long *pos)
{
	return file && buf && pos ? (long)count : 0;
}

int wake_up_process(struct task_struct *p)
{
	return p->pid;
}

void schedule(void)
{
}

int __traceiter_sched_switch(void *data, bool_t preempt,
			     struct task_struct *prev, struct task_struct *next,
			     u32 state)
{
	return data && preempt && prev && next ? (int)state : 0;
}
