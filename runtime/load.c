#include "load.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/btfext.h"
#include "runtime/arguments.h"
#include "runtime/feature.h"
#include "runtime/image.h"
#include "runtime/ksyms.h"
#include "runtime/layout.h"
#include "runtime/params.h"
#include "runtime/verifier.h"

/* ---- libbpf's log ---- */

/* libbpf_set_print() takes no context, so where its log goes has to be a
 * variable; each thread has its own. */
static _Thread_local struct strbuf *log_into;

static int keep_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (log_into && level != LIBBPF_DEBUG)
		strbuf_vprintf(log_into, fmt, ap);
	return 0;
}

/* ---- the image ---- */

static int damaged(const struct load *l, const char *how)
{
	report(l->rep, REPORT_ERROR, NULL, NULL,
	       "the program image is damaged: %s", how);
	return -EINVAL;
}

/* libbpf will read the kernel's types, if it has fields to relocate. */
static void expect_types(void)
{
	struct stat st;

	if (!stat("/sys/kernel/btf/vmlinux", &st))
		heap_expect(2 * (size_t)st.st_size); /* reads, then copies */
}

enum { CORE_LEN_AT = offsetof(struct ext_header, core_relo_len) };

/*
 * libbpf reads all of the kernel's types for CO-RE relocations, which takes
 * longer than all else.  On the kernel that the program was made for it need
 * not, unless the program asks what only libbpf can tell: what the compiler has
 * put in is right, and the list is made empty.
 */
static void settle_types(const struct load *l, Elf *elf, bool here)
{
	GElf_Shdr sh;
	Elf_Scn *s = image_section(elf, ".BTF.ext", &sh);
	uint8_t *ext;
	uint32_t len;

	if (!s || sh.sh_size < CORE_LEN_AT + sizeof(len) ||
	    sh.sh_offset > l->img->size ||
	    sh.sh_size > l->img->size - sh.sh_offset)
		return;
	ext = l->img->bytes + sh.sh_offset;
	memcpy(&len, ext + CORE_LEN_AT, sizeof(len));
	if (here && !l->plan->asks)
		memset(ext + CORE_LEN_AT, 0, sizeof(len));
	else if (len)
		expect_types();
}

/* The places of wg_slots and wg_counters in their sections. */
static void read_symbols(struct load *l, Elf *elf)
{
	GElf_Shdr sh;
	Elf_Scn *s = image_section(elf, ".symtab", &sh);
	Elf_Data *d = s ? elf_getdata(s, NULL) : NULL;
	GElf_Sym sym;
	int i;

	for (i = 0; d && gelf_getsym(d, i, &sym); i++) {
		const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);

		if (!name)
			continue;
		if (strcmp(name, "wg_slots") == 0) {
			l->slots = sym.st_value;
			l->has_slots = true;
		} else if (strcmp(name, "wg_counters") == 0) {
			l->counters = sym.st_value;
			l->has_counters = true;
		}
	}
}

static int read_image(struct load *l, struct arena *a, const struct image *img,
		      struct matcher *m)
{
	const char *damage = NULL;
	char err[256] = "";
	Elf *elf;

	l->plan = image_plan(a, img, err, sizeof(err));
	if (!l->plan) {
		report(l->rep, REPORT_ERROR, NULL, NULL, "%s", err);
		return -EINVAL;
	}
	l->same_kernel =
		*l->plan->kernel && !strcmp(l->plan->kernel, kernel_build(a));
	elf = elf_memory((char *)img->bytes, img->size);
	if (elf) {
		read_symbols(l, elf);
		settle_types(l, elf, !m || l->same_kernel);
		if (m && l->plan->args.n)
			damage = arguments_mend(l, m, elf);
	}
	elf_end(elf);
	return damage ? damaged(l, damage) : 0;
}

int load_open(struct load *l, struct arena *a, const struct image *img,
	      const struct reporter *rep, struct matcher *m)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "waggle");
	struct strbuf log = { 0 };
	int err;

	*l = (struct load){ .arena = a, .rep = rep, .img = img };
	l->events = l->control = l->stacks = -1;
	err = read_image(l, a, img, m);
	if (err)
		return err;
	libbpf_set_print(keep_log);
	log_into = &log;
	l->obj = bpf_object__open_mem(img->bytes, img->size, &opts);
	err = l->obj ? 0 : -errno;
	if (err)
		damaged(l, log.s ? log.s : strerror(-err));
	log_into = NULL;
	strbuf_free(&log);
	return err;
}

/* ---- slots ---- */

/* The parameter that a slot is for: an index into plan->params. */
static size_t param_of(const struct plan *p, const struct plan_slot *s)
{
	size_t i, slot = (size_t)(s - p->slots.v) + 1;

	for (i = 0; i < p->params.n && p->params.v[i].slot != slot; i++)
		;
	return i;
}

static uint64_t param_number(const struct plan_param *p, const char *value)
{
	uint64_t n = 0;

	if (p->kind == PARAM_BOOL)
		return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	args_number(value, &n);
	return n;
}

static void write_param(const struct load *l, const struct load_options *o,
			const struct plan_slot *s, char *at)
{
	size_t i = param_of(l->plan, s), len;
	const struct plan_param *p;
	const char *value;
	uint64_t n;

	memset(at, 0, s->size);
	if (i == l->plan->params.n)
		return;
	p = &l->plan->params.v[i];
	value = params_text(l->plan, o->params, i);
	if (p->kind == PARAM_STR) {
		len = strlen(value);
		memcpy(at, value, len < s->size ? len : s->size - 1);
	} else if (s->size == sizeof(n)) {
		n = param_number(p, value);
		memcpy(at, &n, sizeof(n));
	}
}

static uint64_t boot_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t slot_value(struct probes *ps, const struct load_options *o,
			   const struct plan_slot *s)
{
	uint64_t dev, ino, addr = 0;
	struct stat st;

	/* No default, so that the compiler asks for a new kind. */
	switch ((enum slot_kind)s->kind) {
	case SLOT_TARGET_PID:
		return (uint64_t)o->pid;
	case SLOT_NS_DEV:
		feature_pid_ns(&dev, &ino);
		return dev;
	case SLOT_NS_INO:
		feature_pid_ns(&dev, &ino);
		return ino;
	case SLOT_START:
		return boot_ns();
	case SLOT_NCPUS:
		return (uint64_t)libbpf_num_possible_cpus();
	case SLOT_KERNEL:
		return kernel_version();
	case SLOT_KADDR:
		return ksyms_addr(s->name, &addr) ? 0 : addr;
	case SLOT_HAS_SYMBOL:
		return kernel_has_symbol(ps->match, s->name);
	case SLOT_HAS_POINT:
		return s->provider < NPROVIDERS &&
		       attach_exists(ps, s->provider, s->module, s->name);
	case SLOT_PID:
		return (uint64_t)feature_root_pid();
	case SLOT_CPID:
		return (uint64_t)o->child;
	case SLOT_CGROUP:
		return stat(s->name, &st) ? 0 : st.st_ino;
	case SLOT_COMPAT:
		return syscall_compat(kernel_version());
	case SLOT_HAS_ARG: /* fill_slot() */
	case SLOT_SYSCALLS:
	case SLOT_PARAM:
		break;
	}
	return 0;
}

static bool has_argument(const struct load *l, const struct plan_slot *s)
{
	const struct plan *p = l->plan;
	size_t i;

	for (i = 0; l->args && i < p->args.n; i++)
		if (!strcmp(p->args.v[i].name, s->name) &&
		    !strcmp(p->programs.v[p->args.v[i].program].elf_name,
			    s->module))
			return !l->args[i].gone;
	return true;
}

/* size: of wg_slots. */
static int fill_slot(struct load *l, struct probes *ps,
		     const struct load_options *o, const struct plan_slot *s,
		     char *slots, size_t size)
{
	uint16_t table[NSYSCALLS];
	uint64_t v;

	if (!s->size || s->offset > size || s->size > size - s->offset)
		return damaged(l, "a slot is outside wg_slots");
	if (s->kind == SLOT_PARAM) {
		write_param(l, o, s, slots + s->offset);
		return 0;
	}
	if (s->kind == SLOT_SYSCALLS) {
		if (s->size != sizeof(table) ||
		    syscall_table(ps, s->name, table))
			return damaged(l, "a table of system calls is wrong");
		memcpy(slots + s->offset, table, sizeof(table));
		return 0;
	}
	if (s->size != sizeof(v))
		return damaged(l, "a slot is not 8 bytes");
	v = s->kind == SLOT_HAS_ARG ? has_argument(l, s) : slot_value(ps, o, s);
	if (!v && s->kind == SLOT_KADDR && strcmp(s->module, "must") == 0) {
		report(l->rep, REPORT_ERROR, NULL,
		       "if other kernels have it, ask first: "
		       "if (exists(kaddr(...))) {...}",
		       "the kernel has no symbol '%s', or hides where it is",
		       s->name);
		return -ENOENT;
	}
	if (!v && s->kind == SLOT_CGROUP) {
		report(l->rep, REPORT_ERROR, NULL, NULL,
		       "there is no cgroup at '%s': %s", s->name,
		       strerror(errno));
		return -ENOENT;
	}
	memcpy(slots + s->offset, &v, sizeof(v));
	return 0;
}

static int fill_slots(struct load *l, struct probes *ps,
		      const struct load_options *o)
{
	struct bpf_map *map = bpf_object__find_map_by_name(l->obj, ".rodata");
	size_t size = 0, i;
	const char *old;
	char *data;
	int err = 0;

	if (!l->plan->slots.n)
		return 0;
	old = map ? bpf_map__initial_value(map, &size) : NULL;
	if (!old || !l->has_slots || l->slots > size)
		return damaged(l, "it has no wg_slots");
	data = malloc(size);
	if (!data)
		return -ENOMEM;
	memcpy(data, old, size);
	for (i = 0; !err && i < l->plan->slots.n; i++)
		err = fill_slot(l, ps, o, &l->plan->slots.v[i], data + l->slots,
				size - l->slots);
	if (!err)
		err = bpf_map__set_initial_value(map, data, size);
	free(data);
	return err;
}

/* ---- loading ---- */

/* The end of the log tells most. */
static void show_log(const struct load *l, const struct strbuf *log)
{
	size_t skip = 0;

	if (!log->s)
		return;
	if (log->len > l->plan->log_size) {
		skip = log->len - l->plan->log_size;
		fprintf(l->rep->err,
			"... %zu bytes before this are not shown (log_size)\n",
			skip);
	}
	fwrite(log->s + skip, 1, log->len - skip, l->rep->err);
}

/* Pages of a ring that carries no more than requests. */
enum { FEW_PAGES = 16 };

/* Whether events carry text or values, which may come by the million. */
static bool prints(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->events.n; i++)
		if (p->events.v[i].fields.n &&
		    p->events.v[i].action != ACTION_EXIT &&
		    p->events.v[i].action != ACTION_PRINT_MAP)
			return true;
	return false;
}

/* A large ring costs a millisecond for every few megabytes to make. */
static void size_rings(struct load *l)
{
	struct bpf_map *m = bpf_object__find_map_by_name(l->obj, "events");
	unsigned int pages = 1, page = (unsigned int)sysconf(_SC_PAGESIZE);

	l->ring_pages = prints(l->plan) ? feature_ring_pages() : FEW_PAGES;
	if (l->plan->ring_pages) {
		while (pages < l->plan->ring_pages && pages < 1u << 18)
			pages *= 2;
		l->ring_pages = pages;
	}
	if (m)
		bpf_map__set_max_entries(m, l->ring_pages * page);
}

/* An entry for each place. */
static void size_usdt(struct load *l, const struct probes *ps)
{
	struct bpf_map *m = bpf_object__find_map_by_name(l->obj, "usdt_args");

	if (m)
		bpf_map__set_max_entries(m, (uint32_t)ps->list.n);
}

static int map_fd(const struct load *l, const char *name)
{
	struct bpf_map *m = bpf_object__find_map_by_name(l->obj, name);

	return m ? bpf_map__fd(m) : -1;
}

/* How many bytes the kernel reads and writes hangs on the type of a map, too:
 * the buffers are made by what the plan says. */
static bool is_type(const struct plan_map *pm, enum bpf_map_type type)
{
	switch ((int)type) {
	case BPF_MAP_TYPE_ARRAY:
		return pm->scalar && !pm->percpu;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return pm->scalar && pm->percpu;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
		return !pm->scalar && !pm->percpu;
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return !pm->scalar && pm->percpu;
	default:
		return false;
	}
}

static bool is_as_planned(const struct bpf_map *m, const struct plan_map *pm)
{
	return m && bpf_map__key_size(m) == pm->key_size &&
	       bpf_map__value_size(m) == pm->value_size &&
	       is_type(pm, bpf_map__type(m));
}

/* The stacks are there if stacks are shown; -1 if not. */
static int open_stacks(struct load *l)
{
	struct bpf_map *m = bpf_object__find_map_by_name(l->obj, "stacks");

	l->stacks = -1;
	if (!m)
		return 0;
	if (bpf_map__type(m) != BPF_MAP_TYPE_HASH ||
	    bpf_map__key_size(m) != sizeof(uint64_t) ||
	    bpf_map__value_size(m) != l->plan->stack_frames * sizeof(uint64_t))
		return damaged(l, "its stacks are not as its plan says");
	l->stacks = bpf_map__fd(m);
	return 0;
}

static int open_maps(struct load *l)
{
	size_t i;

	l->events = map_fd(l, "events");
	l->control = map_fd(l, "control");
	l->map_fds = calloc(l->plan->maps.n + 1, sizeof(*l->map_fds));
	if (!l->map_fds)
		return -ENOMEM;
	for (i = 0; i < l->plan->maps.n; i++) {
		const struct plan_map *pm = &l->plan->maps.v[i];
		struct bpf_map *m;

		m = bpf_object__find_map_by_name(l->obj, pm->elf_name);
		if (!is_as_planned(m, pm))
			return damaged(l, "a map is not as its plan says");
		l->map_fds[i] = bpf_map__fd(m);
	}
	return open_stacks(l);
}

int load_kernel(struct load *l, struct probes *ps, const struct load_options *o)
{
	struct strbuf log = { 0 };
	int err;

	if (o->elsewhere && !l->same_kernel &&
	    !layout_check(l->plan, &l->types, l->arena, l->rep))
		return -EINVAL;
	ktypes_close(&l->types);
	size_rings(l);
	size_usdt(l, ps);
	err = fill_slots(l, ps, o);
	if (err)
		return err;
	log_into = &log;
	l->tried = true;
	err = bpf_object__load(l->obj);
	log_into = NULL;
	if (o->verbose)
		show_log(l, &log);
	if (err)
		verifier_explain(l, ps, err, log.s ? log.s : "");
	strbuf_free(&log);
	if (!err)
		ps->usdt_map = map_fd(l, "usdt_args");
	return err ? err : open_maps(l);
}

uint64_t load_counter(const struct load *l, const struct plan_counter *c)
{
	struct bpf_map *m = bpf_object__find_map_by_name(l->obj, ".bss");
	uint32_t key = 0, size = m ? bpf_map__value_size(m) : 0;
	uint64_t v = 0, at = l->counters + (uint64_t)c->offset;
	uint8_t *bytes;

	if (!l->has_counters || at + sizeof(v) > size)
		return 0;
	bytes = calloc(1, size);
	if (bytes && !bpf_map_lookup_elem(bpf_map__fd(m), &key, bytes))
		memcpy(&v, bytes + at, sizeof(v));
	free(bytes);
	return v;
}

/* Looking up the target of a typed program makes libbpf (1.1) read the types
 * of the kernel and of all modules, 6 MB and more, which only loading frees: so
 * load nothing. */
static void free_types(struct load *l)
{
	struct bpf_program *p;
	struct bpf_map *m;

	bpf_object__for_each_program (p, l->obj)
		bpf_program__set_autoload(p, false);
	bpf_object__for_each_map (m, l->obj)
		bpf_map__set_autocreate(m, false);
	bpf_object__load(l->obj);
}

void load_close(struct load *l)
{
	if (l->obj && !l->tried)
		free_types(l);
	bpf_object__close(l->obj);
	ktypes_close(&l->types);
	free(l->map_fds);
	*l = (struct load){ .events = -1, .control = -1, .stacks = -1 };
}
