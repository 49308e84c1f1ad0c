/* uprobe and uretprobe, through perf's uprobe PMU (Linux 4.17). */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/elfsym.h"
#include "runtime/attach.h"
#include "runtime/feature.h"

struct finding {
	struct probes *ps;
	const struct plan_point *pt;
	struct elfsym_err err;
	int rc;
};

static void add(struct finding *f, const char *path, const char *function,
		uint64_t offset)
{
	struct probes *ps = f->ps;
	const char *name = f->pt->name;

	if (f->pt->wild)
		name = probe_matched(ps, f->pt, path, function);
	probe_add(ps, f->pt, name, path, function, offset);
}

static enum elfsym_code add_address(struct finding *f, const char *path,
				    struct elfsym_file *file)
{
	uint64_t offset;

	if (!elfsym_addr_to_offset(file, f->pt->offset, &offset)) {
		snprintf(f->err.text, sizeof(f->err.text),
			 "%s has nothing at address 0x%llx", path,
			 (unsigned long long)f->pt->offset);
		return ELFSYM_NOT_LOADED;
	}
	add(f, path, "", offset);
	return ELFSYM_OK;
}

/* "cpp:NAME" is compared with demangled names, as in uprobe:bin:cpp:"A::f". */
static enum elfsym_code add_functions(struct finding *f, const char *path,
				      struct elfsym_file *file)
{
	enum elfsym_lang lang = ELFSYM_AUTO;
	const char *target = f->pt->target;
	struct elfsym_list list = { 0 };
	enum elfsym_code code;
	size_t i;

	if (strncmp(target, "cpp:", 4) == 0) {
		target += 4;
		lang = ELFSYM_CPP;
	}
	code = elfsym_resolve(file, f->ps->arena, target, lang,
			      f->pt->wild ? match_glob : NULL, &list, &f->err);
	if (code == ELFSYM_NO_SYMBOL && !f->pt->wild)
		elfsym_hint_inlined(file, target, &f->err);
	for (i = 0; code == ELFSYM_OK && i < list.n; i++) {
		const struct elfsym *s = &list.v[i];

		if (s->alias || s->offset == ELFSYM_NO_OFFSET)
			continue;
		code = elfsym_check_offset(s, f->pt->offset, &f->err);
		if (code == ELFSYM_OK)
			add(f, path, s->name, s->offset + f->pt->offset);
	}
	return code;
}

/* "@FILE:LINE:COLUMN" */
static enum elfsym_code add_line(struct finding *f, const char *path,
				 struct elfsym_file *file)
{
	const char *target = f->pt->target + 1, *line = strchr(target, ':');
	const char *column = line ? strchr(line + 1, ':') : NULL;
	struct elfsym_list list = { 0 };
	enum elfsym_code code;
	size_t i;

	if (!column)
		return ELFSYM_NO_SYMBOL; /* a damaged image */
	code = elfsym_line(
		file, f->ps->arena,
		arena_strndup(f->ps->arena, target, (size_t)(line - target)),
		atoi(line + 1), atoi(column + 1), &list, &f->err);
	for (i = 0; i < list.n; i++)
		add(f, path, list.v[i].name, list.v[i].offset);
	return code;
}

static bool in_file(void *arg, const char *path)
{
	struct finding *f = arg;
	struct elfsym_file *file = elfsym_open(path, &f->err);

	if (!file)
		return true;
	if (*f->pt->target == '@')
		add_line(f, path, file);
	else if (*f->pt->target)
		add_functions(f, path, file);
	else
		add_address(f, path, file);
	elfsym_close(file);
	return true;
}

static int find_uprobe(struct probes *ps, const struct plan_point *pt)
{
	struct finding f = { .ps = ps, .pt = pt };
	size_t before = ps->list.n;
	enum elfsym_code code;

	if (!kernel_has_uprobes())
		return attach_fail(ps, 0, NULL,
				   "cannot use %s: this kernel was built "
				   "without uprobes (CONFIG_UPROBES)",
				   pt->name);
	code = elfsym_find_all(pt->module, ps->files_pid, in_file, &f, &f.err);
	(void)code;
	if (ps->list.n > before)
		return 0;
	if (!*f.err.text)
		return 0;
	return attach_fail(ps, 0, *f.err.hint ? f.err.hint : NULL, "%s",
			   f.err.text);
}

struct asking {
	struct arena *arena;
	const char *target;
	bool found;
};

static bool ask_file(void *arg, const char *path)
{
	struct asking *q = arg;
	struct elfsym_err err = { 0 };
	struct elfsym_file *file = elfsym_open(path, &err);
	struct elfsym_list list = { 0 };

	if (!file)
		return true;
	q->found = elfsym_resolve(file, q->arena, q->target, ELFSYM_AUTO,
				  match_glob, &list, &err) == ELFSYM_OK &&
		   list.n > 0;
	elfsym_close(file);
	return !q->found;
}

bool uprobe_exists(struct probes *ps, const char *binary, const char *target)
{
	struct asking q = { .arena = ps->arena, .target = target };
	struct elfsym_err err = { 0 };

	if (!binary || !*binary || !kernel_has_uprobes())
		return false;
	elfsym_find_all(binary, ps->files_pid, ask_file, &q, &err);
	return q.found;
}

int attach_user_failed(struct probes *ps, const struct probe *p, int err)
{
	const char *hint = NULL, *why = attach_refusal(err, &hint);

	if (err == -ESRCH)
		why = "the process has ended";
	else if (err == -EINVAL && *p->module)
		why = "the kernel cannot probe this file or place (not a "
		      "regular file, or not in its code)";
	else if (err == -EIO || err == -524 /* ENOTSUPP */)
		why = "the kernel cannot probe the instruction there";
	return attach_fail(ps, err, hint, "cannot attach %s: %s", p->name,
			   why ? why : strerror(-err));
}

void user_file_hold(struct probes *ps, const char *path)
{
	struct user_file *f = &ps->held;
	struct stat st;
	int fd;

	if (f->path && !strcmp(f->path, path))
		return;
	user_file_release(ps);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		f->at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
			     fd, 0);
		if (f->at != MAP_FAILED) {
			f->size = (size_t)st.st_size;
			f->path = path;
		}
	}
	close(fd);
}

void user_file_release(struct probes *ps)
{
	if (ps->held.path)
		munmap(ps->held.at, ps->held.size);
	ps->held.path = NULL;
}

/* The upper half of config is the place of the semaphore (Linux 4.20). */
int attach_user(struct probes *ps, struct probe *p, bool ret)
{
	struct perf_event_attr attr = { 0 };
	unsigned int bit;
	int type, err;

	type = feature_pmu("uprobe", &bit);
	if (type < 0)
		return attach_fail(ps, type, "Linux 4.17 or newer has it",
				   "cannot attach %s: the kernel has no uprobe "
				   "PMU",
				   p->name);
	attr.type = (uint32_t)type;
	if (ret)
		attr.config |= 1ull << bit;
	attr.config |= p->semaphore << 32;
	attr.uprobe_path = (uint64_t)(uintptr_t)p->module;
	attr.probe_offset = p->offset;
	user_file_hold(ps, p->module);
	if (ps->pid > 0)
		err = attach_perf_event(ps, p, &attr, ps->pid, -1);
	else
		err = attach_perf_event(ps, p, &attr, -1, 0);
	return err ? attach_user_failed(ps, p, err) : 0;
}

static int do_uprobe(struct probes *ps, struct probe *p)
{
	return attach_user(ps, p, false);
}

static int do_uretprobe(struct probes *ps, struct probe *p)
{
	return attach_user(ps, p, true);
}

const struct attach_ops attach_uprobe = {
	.type = BPF_PROG_TYPE_KPROBE,
	.find = find_uprobe,
	.attach = do_uprobe,
};

const struct attach_ops attach_uretprobe = {
	.type = BPF_PROG_TYPE_KPROBE,
	.find = find_uprobe,
	.attach = do_uretprobe,
};
