/* What this kernel has to attach to. */
#include "match.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "btf.h"
#include "table.h"
#include "tracefs.h"

/* ---- lists the kernel offers, as text ---- */

/* Read as far as was needed to answer the questions asked so far: the kernel
 * takes tens of milliseconds to write all of it. */
struct list {
	bool tried, eof;
	int fd; /* or -errno */
	struct strbuf text;
};

struct matcher {
	struct arena *arena;
	struct kbtf *btf;
	int tracefs; /* or -errno */
	bool tracefs_tried;
	struct list kallsyms, functions, events;
	VEC(struct match) traceable;
	bool listed;
};

/* A line of kallsyms or available_filter_functions; neither string ends with
 * a NUL. */
struct symbol {
	char type; /* as in nm(1) */
	const char *name, *module;
	size_t name_len, module_len; /* module_len 0: the kernel proper */
};

struct matcher *match_open(struct arena *a, struct kbtf *btf)
{
	struct matcher *m = arena_make(a, struct matcher);

	m->arena = a;
	m->btf = btf;
	m->tracefs = -ENOENT;
	m->kallsyms.fd = m->functions.fd = m->events.fd = -ENOENT;
	return m;
}

static void close_list(struct list *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -ENOENT;
	strbuf_free(&l->text);
}

void match_close(struct matcher *m)
{
	if (!m)
		return;
	close_list(&m->kallsyms);
	close_list(&m->functions);
	close_list(&m->events);
	if (m->tracefs >= 0)
		close(m->tracefs);
	m->tracefs = -ENOENT;
}

int match_tracefs(struct matcher *m)
{
	if (!m->tracefs_tried) {
		m->tracefs_tried = true;
		m->tracefs = tracefs_open();
	}
	return m->tracefs;
}

/* False at the end. */
static bool read_more(struct list *l)
{
	char buf[64 * 1024];
	ssize_t n;

	if (l->eof || l->fd < 0)
		return false;
	do
		n = read(l->fd, buf, sizeof(buf));
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		l->eof = true;
		return false;
	}
	strbuf_add(&l->text, buf, (size_t)n);
	return true;
}

/* path is below dir, or absolute.  0 or -errno. */
static int open_list(struct list *l, int dir, const char *path)
{
	int err;

	if (l->tried)
		return l->fd < 0 ? l->fd : 0;
	l->tried = true;
	if (dir < 0 && dir != AT_FDCWD) {
		l->fd = dir;
		return dir;
	}
	l->fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return l->fd = -errno;
	/* Under lockdown some files open and then refuse to be read. */
	errno = 0;
	if (!read_more(l) && errno) {
		err = -errno;
		close(l->fd);
		l->fd = err;
		return err;
	}
	return 0;
}

static int open_kallsyms(struct matcher *m)
{
	return open_list(&m->kallsyms, AT_FDCWD, "/proc/kallsyms");
}

static int open_functions(struct matcher *m)
{
	return open_list(&m->functions, match_tracefs(m),
			 "available_filter_functions");
}

/*
 *	ffffffff81000000 T _stext
 *	ffffffffc0000000 t dummy_fn	[dummy]
 *	vfs_read
 *	dummy_fn [dummy]
 */
static bool parse_symbol(const char *p, const char *end, bool has_address,
			 struct symbol *out)
{
	out->type = 't';
	if (has_address) {
		p = memchr(p, ' ', (size_t)(end - p));
		if (!p || end - p < 4 || p[2] != ' ')
			return false;
		out->type = p[1];
		p += 3;
	}
	out->name = p;
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	out->name_len = (size_t)(p - out->name);
	out->module = p = memchr(p, '[', (size_t)(end - p));
	out->module_len = 0;
	if (p) {
		out->module++;
		p = memchr(p, ']', (size_t)(end - p));
		out->module_len = p ? (size_t)(p - out->module) : 0;
	}
	return out->name_len > 0;
}

static bool is_text(const struct symbol *s)
{
	return strchr("tTwW", s->type);
}

static bool is_in(const struct symbol *s, const char *module)
{
	size_t n;

	if (!module)
		return true;
	n = strlen(module);
	if (!s->module_len)
		return !strcmp(module, "vmlinux");
	return s->module_len == n && !memcmp(s->module, module, n);
}

/* Up to the end of the last whole line read. */
static size_t whole_lines(const struct list *l)
{
	const char *nl;

	if (l->eof || !l->text.len)
		return l->text.len;
	nl = memrchr(l->text.s, '\n', l->text.len);
	return nl ? (size_t)(nl - l->text.s) + 1 : 0;
}

/* The next line that has the text in it, from *pos; false at the end. */
static bool next_line(struct list *l, const char *text, size_t *pos,
		      const char **line, const char **end)
{
	size_t n = strlen(text), lines;
	const char *s, *p;

	for (;;) {
		lines = whole_lines(l);
		s = l->text.s;
		p = *pos < lines ? memmem(s + *pos, lines - *pos, text, n)
				 : NULL;
		if (p)
			break;
		*pos = lines;
		if (!read_more(l) && *pos >= whole_lines(l))
			return false;
	}
	*line = p > s ? memrchr(s, '\n', (size_t)(p - s)) : NULL;
	*line = *line ? *line + 1 : s;
	*end = memchr(p, '\n', lines - (size_t)(p - s));
	if (!*end)
		*end = s + lines;
	*pos = (size_t)(*end - s) + 1;
	return true;
}

static bool list_has(struct list *l, bool has_address, bool text_only,
		     const char *module, const char *name)
{
	const char *line, *end;
	struct symbol s;
	size_t pos = 0, n = strlen(name);

	if (!n || strpbrk(name, " \t\n"))
		return false;
	while (next_line(l, name, &pos, &line, &end))
		if (parse_symbol(line, end, has_address, &s) &&
		    s.name_len == n && !memcmp(s.name, name, n) &&
		    (!text_only || is_text(&s)) && is_in(&s, module))
			return true;
	return false;
}

/* ---- functions ---- */

static bool fits(const char *pattern, const char *group)
{
	return !pattern || match_glob(pattern, group ? group : "vmlinux");
}

/* Text symbols that are no functions, or that nothing may be attached to. */
static bool is_unfit(const char *name)
{
	static const char *const prefixes[] = {
		"__pfx_",
		"__cfi_",
		"__ftrace_invalid_address__",
		"__x86_indirect_",
		"__x86_return_",
		"__SCT__",
		"__bpf_trampoline",
		"bpf_prog_",
		"bpf_trampoline_",
		"__kstrtab_",
	};
	size_t i, n = strlen(name);

	for (i = 0; i < countof(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return n > 5 && !strcmp(name + n - 5, ".cold");
}

static void add_symbol(struct matcher *m, const struct symbol *s)
{
	struct match f = { .name = arena_strndup(m->arena, s->name,
						 s->name_len) };

	if (is_unfit(f.name))
		return;
	if (s->module_len)
		f.group = arena_strndup(m->arena, s->module, s->module_len);
	*vec_push(m->arena, &m->traceable) = f;
}

static void add_btf_name(void *ctx, const char *module, const char *name)
{
	struct matcher *m = ctx;
	struct match *f = vec_push(m->arena, &m->traceable);

	f->group = module;
	f->name = name;
}

/* For quick answers to: does BTF know a function of that name? */
static void btf_function_names(struct matcher *m, struct table *names)
{
	size_t i;

	if (!m->btf || !kbtf_is_running_kernel(m->btf))
		return;
	kbtf_each_name(m->btf, BTN_FUNC, NULL, add_btf_name, m);
	for (i = 0; i < m->traceable.n; i++)
		table_put(names, m->arena, m->traceable.v[i].name, m);
	m->traceable.n = 0;
}

static bool is_name(const struct symbol *s, const char *name)
{
	return s->name_len == strlen(name) &&
	       !memcmp(s->name, name, s->name_len);
}

struct sections {
	unsigned int closed, past; /* a bit for each pair below */
};

/* Code that is gone after boot, or that tracing may not touch, stands between
 * a pair of these; kallsyms goes by address, even where it hides them. */
static void track_section(const struct symbol *s, struct sections *at)
{
	static const char *const pairs[][2] = {
		{ "_sinittext", "_einittext" },
		{ "__noinstr_text_start", "__noinstr_text_end" },
		{ "__kprobes_text_start", "__kprobes_text_end" },
		{ "__entry_text_start", "__entry_text_end" },
	};
	size_t i;

	if (s->module_len)
		at->closed = 0;
	if (s->name[0] != '_')
		return;
	for (i = 0; i < countof(pairs); i++) {
		if (is_name(s, pairs[i][1]))
			at->past |= 1u << i;
		else if (is_name(s, pairs[i][0]))
			at->closed |= 1u << i;
	}
	/* Of an empty one the end may come first. */
	at->closed &= ~at->past;
}

static void list_kallsyms(struct matcher *m)
{
	struct table names = { 0 };
	struct sections at = { 0 };
	const char *line, *end;
	struct symbol s;
	size_t pos = 0;

	btf_function_names(m, &names);
	while (next_line(&m->kallsyms, "", &pos, &line, &end)) {
		if (!parse_symbol(line, end, true, &s))
			continue;
		track_section(&s, &at);
		if (at.closed || !is_text(&s) || is_in(&s, "bpf") ||
		    (s.module_len && *s.module == '_'))
			continue;
		if (names.entries.n &&
		    !table_get(&names,
			       arena_strndup(m->arena, s.name, s.name_len)))
			continue;
		add_symbol(m, &s);
	}
}

static int list_functions(struct matcher *m)
{
	const char *line, *end;
	struct symbol s;
	size_t pos = 0;
	int err;

	if (m->listed)
		return 0;
	err = open_functions(m);
	if (err) {
		err = open_kallsyms(m);
		if (err)
			return err;
		list_kallsyms(m);
	} else {
		while (next_line(&m->functions, "", &pos, &line, &end))
			if (parse_symbol(line, end, false, &s))
				add_symbol(m, &s);
	}
	m->listed = true;
	return 0;
}

int match_kernel_functions(struct matcher *m, const char *module,
			   const char *fn, struct match_set *out)
{
	const struct match *f;
	size_t i;
	int err;

	err = list_functions(m);
	if (err)
		return err;
	for (i = 0; i < m->traceable.n; i++) {
		f = &m->traceable.v[i];
		if (match_glob(fn, f->name) && fits(module, f->group))
			*vec_push(m->arena, &out->v) = *f;
	}
	match_sort(out);
	return 0;
}

/* ---- by BTF ---- */

struct name_filter {
	struct matcher *m;
	const char *prefix;
	const char *group, *pattern; /* group NULL: any */
	struct match_set *out;
};

static void filter_name(void *ctx, const char *module, const char *name)
{
	struct name_filter *f = ctx;
	size_t n = strlen(f->prefix);

	if (!strncmp(name, f->prefix, n) && match_glob(f->pattern, name + n) &&
	    fits(f->group, module))
		match_add(f->out, f->m->arena, module, name + n);
}

static int filter_btf(struct matcher *m, enum bt_ns ns, const char *prefix,
		      const char *group, const char *pattern,
		      struct match_set *out)
{
	struct name_filter f = { m, prefix, group, pattern, out };
	bool one = group && !match_has_wildcard(group);

	if (!m->btf || kbtf_error(m->btf))
		return -ENOENT;
	kbtf_each_name(m->btf, ns, one ? group : NULL, filter_name, &f);
	match_sort(out);
	return 0;
}

/* Keeps those whose names are in both; each is sorted. */
static void intersect(struct match_set *s, const struct match_set *with,
		      bool same_group)
{
	size_t i, j = 0, n = 0;
	int d;

	for (i = 0; i < s->v.n; i++) {
		for (d = -1; j < with->v.n; j++) {
			d = same_group
				    ? match_compare(&with->v.v[j], &s->v.v[i])
				    : strcmp(with->v.v[j].name, s->v.v[i].name);
			if (d >= 0)
				break;
		}
		if (!d)
			s->v.v[n++] = s->v.v[i];
	}
	s->v.n = n;
}

static void append(struct matcher *m, struct match_set *out,
		   const struct match_set *s)
{
	size_t i;

	for (i = 0; i < s->v.n; i++)
		*vec_push(m->arena, &out->v) = s->v.v[i];
	match_sort(out);
}

int match_btf_functions(struct matcher *m, const char *module, const char *fn,
			struct match_set *out)
{
	struct match_set btf = { 0 }, traced = { 0 };
	int err;

	err = filter_btf(m, BTN_FUNC, "", module, fn, &btf);
	if (!err)
		err = match_kernel_functions(m, module, fn, &traced);
	if (err)
		return err;
	intersect(&btf, &traced, true);
	append(m, out, &btf);
	return 0;
}

int match_rawtracepoints(struct matcher *m, const char *module,
			 const char *event, struct match_set *out)
{
	struct match_set events = { 0 };
	size_t i;
	int err;

	err = filter_btf(m, BTN_TYPEDEF, "btf_trace_", module, event, out);
	if (!err)
		return 0;
	/* Nearly every one has an event in tracefs; which module it is from
	 * cannot be told there. */
	if (module && strcmp(module, "vmlinux") && strcmp(module, "*"))
		return err;
	err = match_tracepoints(m, NULL, event, &events);
	for (i = 0; i < events.v.n; i++)
		if (strcmp(events.v.v[i].group, "syscalls"))
			match_add(out, m->arena, NULL, events.v.v[i].name);
	match_sort(out);
	return err;
}

int match_iterators(struct matcher *m, const char *name, struct match_set *out)
{
	struct match_set contexts = { 0 }, iters = { 0 };
	int err;

	err = filter_btf(m, BTN_STRUCT, "bpf_iter__", NULL, name, &contexts);
	if (!err)
		err = filter_btf(m, BTN_FUNC, "bpf_iter_", NULL, name, &iters);
	if (err)
		return err;
	intersect(&iters, &contexts, false);
	append(m, out, &iters);
	return 0;
}

/* ---- tracepoints ---- */

int match_tracepoints(struct matcher *m, const char *category,
		      const char *event, struct match_set *out)
{
	const char *line, *end, *colon, *group, *name;
	size_t pos = 0;
	int err;

	err = open_list(&m->events, match_tracefs(m), "available_events");
	if (err)
		return err;
	while (next_line(&m->events, ":", &pos, &line, &end)) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			continue;
		group = arena_strndup(m->arena, line, (size_t)(colon - line));
		name = arena_strndup(m->arena, colon + 1,
				     (size_t)(end - colon) - 1);
		if (match_glob(event, name) && fits(category, group))
			*vec_push(m->arena, &out->v) =
				(struct match){ group, name };
	}
	match_sort(out);
	return 0;
}

/* ---- one name ---- */

bool kernel_has_symbol(struct matcher *m, const char *name)
{
	if (open_kallsyms(m))
		return true;
	return list_has(&m->kallsyms, true, false, NULL, name);
}

static bool btf_has_function(struct matcher *m, const char *module,
			     const char *name)
{
	if (!m->btf || !kbtf_is_running_kernel(m->btf))
		return false;
	return bt_found(kbtf_find_in(m->btf, module ? module : "vmlinux",
				     BTN_FUNC, name));
}

bool kernel_has_function(struct matcher *m, const char *module,
			 const char *name)
{
	/* Asked first: it has fewer names than kallsyms. */
	if (btf_has_function(m, module, name))
		return true;
	if (open_kallsyms(m))
		return true;
	return list_has(&m->kallsyms, true, true, module, name);
}

bool kernel_can_trace(struct matcher *m, const char *module, const char *name)
{
	if (open_functions(m))
		return kernel_has_function(m, module, name);
	return list_has(&m->functions, false, false, module, name);
}

bool kernel_has_tracepoint(struct matcher *m, const char *category,
			   const char *event)
{
	int tracefs = match_tracefs(m);

	if (tracefs < 0)
		return true;
	return tracefs_event_id(tracefs, category, event) >= 0;
}

bool kernel_has_rawtracepoint(struct matcher *m, const char *event)
{
	/* Each comes with this type and this function (5.10). */
	if (m->btf && kbtf_is_running_kernel(m->btf) && !kbtf_error(m->btf))
		return bt_found(kbtf_typedef(
			m->btf, arena_printf(m->arena, "btf_trace_%s", event)));
	return kernel_has_symbol(
		m, arena_printf(m->arena, "__traceiter_%s", event));
}

/* ---- the kernel itself ---- */

uint32_t kernel_version(void)
{
	unsigned int major = 0, minor = 0, patch = 0;
	struct utsname u;

	if (uname(&u) ||
	    sscanf(u.release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return 0;
	/* As in KERNEL_VERSION(): long-lived kernels go past 255. */
	return (major & 0xffff) << 16 | (minor & 0xff) << 8 |
	       (patch > 255 ? 255 : patch);
}

/* Notes follow each other: three words, then the name and the description, each
 * of them filled up to a word.  Linux 2.6.23 has /sys/kernel/notes. */
static const char *build_id(struct arena *a)
{
	uint8_t notes[4096];
	uint32_t head[3], name, desc, i;
	const char *id = "";
	int fd = open("/sys/kernel/notes", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, notes, sizeof(notes));
	size_t at = 0, size = n < 0 ? 0 : (size_t)n;

	if (fd >= 0)
		close(fd);
	while (size - at >= sizeof(head)) {
		memcpy(head, notes + at, sizeof(head));
		at += sizeof(head);
		name = (head[0] + 3) & ~3u;
		desc = (head[1] + 3) & ~3u;
		if (name > size - at || desc > size - at - name)
			break;
		if (head[2] == NT_GNU_BUILD_ID && head[0] == 4 &&
		    memcmp(notes + at, "GNU", 4) == 0) {
			for (i = 0; i < head[1]; i++)
				id = arena_printf(a, "%s%02x", id,
						  notes[at + name + i]);
			return id;
		}
		at += name + desc;
	}
	return id;
}

const char *kernel_build(struct arena *a)
{
	const char *id = build_id(a);
	struct utsname u;

	/* Builds that can be repeated have the same version everywhere,
	 * whatever their configuration. */
	if (!*id || uname(&u))
		return "";
	return arena_printf(a, "%s %s %s", u.release, u.version, id);
}

static bool has_pmu(const char *path)
{
	static const char dir[] = "/sys/bus/event_source/devices";

	return !access(path, F_OK) || access(dir, F_OK);
}

bool kernel_has_kprobes(void)
{
	return has_pmu("/sys/bus/event_source/devices/kprobe/type");
}

bool kernel_has_uprobes(void)
{
	return has_pmu("/sys/bus/event_source/devices/uprobe/type");
}
