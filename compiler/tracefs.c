#include "tracefs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "btf.h"

enum {
	MAX_FILE = 64 << 20, /* no file of tracefs comes near */
	MAX_NAME = 256,
};

/* ---- the directory ---- */

static int open_mounted(const char *path)
{
	struct statfs fs;
	int fd, err;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs))
		err = -errno;
	else
		err = fs.f_type == TRACEFS_MAGIC ? 0 : -ENOENT;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int open_detached(void)
{
	int fs, fd;

	fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		fd = -errno;
	} else {
		fd = fsmount(fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     MOUNT_ATTR_NOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	close(fs);
	return fd;
}

int tracefs_open(void)
{
	int fd, err;

	err = open_mounted("/sys/kernel/tracing");
	if (err >= 0)
		return err;
	/* Last, because debugfs mounts it there when asked. */
	fd = open_detached();
	if (fd >= 0)
		return fd;
	if (err == -ENOENT)
		err = fd;
	fd = open_mounted("/sys/kernel/debug/tracing");
	return fd >= 0 ? fd : err;
}

/* Files here have no size, so they are read until they end. */
static int read_all(int fd, struct strbuf *b)
{
	char buf[16 * 1024];
	ssize_t n;

	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		strbuf_add(b, buf, (size_t)n);
		if (b->len > MAX_FILE)
			return -EFBIG;
	}
}

int tracefs_read(int tracefs, struct arena *a, const char *path, char **text,
		 size_t *len)
{
	struct strbuf b = { 0 };
	int fd, err;

	if (tracefs < 0)
		return -EBADF;
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(fd, &b);
	close(fd);
	if (!err) {
		*text = arena_strndup(a, b.s ? b.s : "", b.len);
		if (len)
			*len = b.len;
	}
	strbuf_free(&b);
	return err;
}

/* "events/CATEGORY/EVENT/FILE", with no way out of events/. */
static int event_path(char path[PATH_MAX], const char *category,
		      const char *event, const char *file)
{
	if (!category[0] || !event[0] || category[0] == '.' ||
	    event[0] == '.' || strchr(category, '/') || strchr(event, '/') ||
	    strlen(category) > MAX_NAME || strlen(event) > MAX_NAME)
		return -ENOENT;
	snprintf(path, PATH_MAX, "events/%s/%s/%s", category, event, file);
	return 0;
}

int tracefs_event_id(int tracefs, const char *category, const char *event)
{
	char path[PATH_MAX], text[32], *end;
	unsigned long id;
	ssize_t n;
	int fd, err;

	err = event_path(path, category, event, "id");
	if (err)
		return err;
	if (tracefs < 0)
		return -EBADF;
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return -err;
	text[n] = '\0';
	id = strtoul(text, &end, 10);
	return end == text || id > INT_MAX ? -EINVAL : (int)id;
}

/* ---- formats ---- */

static bool is_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Takes a word out of a C declaration if it is there. */
static bool take_word(char *decl, const char *word)
{
	size_t n = strlen(word);
	char *p = decl;

	while ((p = strstr(p, word))) {
		if ((p == decl || !is_ident(p[-1])) && !is_ident(p[n])) {
			memset(p, ' ', n);
			return true;
		}
		p += n;
	}
	return false;
}

/* One space between words, none at the ends. */
static void squeeze(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (!isspace((unsigned char)*s))
			*to++ = *s;
		else if (s[1] && !isspace((unsigned char)s[1]))
			*to++ = ' ';
	}
	*to = '\0';
}

static void trim(char *s)
{
	squeeze(s);
	if (s[0] == ' ')
		memmove(s, s + 1, strlen(s));
}

static const char *base_type(struct arena *a, const char *type,
			     struct tracefs_field *f)
{
	static const char *const qualifiers[] = { "const",	"volatile",
						  "__restrict", "restrict",
						  "__rcu",	"__percpu" };
	char *s = arena_strdup(a, type), *p;
	size_t i;

	for (i = 0; i < countof(qualifiers); i++)
		while (take_word(s, qualifiers[i]))
			;
	f->is_user = take_word(s, "__user");
	for (p = s; *p; p++) {
		if (*p != '*')
			continue;
		*p = ' ';
		if (f->npointers < UINT8_MAX)
			f->npointers++;
	}
	trim(s);
	return s;
}

/*
 * "[16]", "[2][4]", "[]", and on kernels before 5.17 "[TASK_COMM_LEN]" where
 * the length was an enum constant.  Data whose length is set at run time has
 * the brackets in the type: "__data_loc char[] name".
 */
static void take_dimensions(char *decl, struct tracefs_field *f)
{
	uint64_t n = 1, dim;
	char *p, *end;

	while ((p = strchr(decl, '['))) {
		f->is_array = true;
		dim = strtoull(p + 1, &end, 0);
		if (end == p + 1 || *end != ']' || dim > UINT32_MAX)
			dim = 0;
		n *= dim;
		if (n > UINT32_MAX)
			n = 0;
		end = strchr(p, ']');
		if (!end)
			end = p + strlen(p) - 1;
		memset(p, ' ', (size_t)(end - p) + 1);
	}
	f->nelems = f->is_array ? (uint32_t)n : 0;
}

/* The declaration of a field: the last word is its name. */
static bool parse_decl(struct arena *a, char *decl, struct tracefs_field *f)
{
	char *name, *end;

	f->is_data_loc = take_word(decl, "__data_loc");
	f->is_rel_loc = take_word(decl, "__rel_loc");
	take_dimensions(decl, f);
	trim(decl);
	end = decl + strlen(decl);
	name = end;
	while (name > decl && is_ident(name[-1]))
		name--;
	if (name == end || name == decl || isdigit((unsigned char)*name))
		return false;
	f->name = arena_strdup(a, name);
	*name = '\0';
	trim(decl);
	f->type = arena_strdup(a, decl);
	f->base = base_type(a, decl, f);
	f->is_common = !strncmp(f->name, "common_", 7);
	return f->base[0] != '\0';
}

/* "key:NUMBER;" within a line. */
static bool number_after(const char *line, const char *key, uint32_t *out)
{
	const char *p = strstr(line, key);
	unsigned long n;
	char *end;

	if (!p || !isdigit((unsigned char)p[strlen(key)]))
		return false;
	n = strtoul(p + strlen(key), &end, 10);
	*out = (uint32_t)n;
	return n <= UINT32_MAX && *end == ';';
}

/*
 *	field:char comm[16];	offset:8;	size:16;	signed:0;
 */
static bool parse_field(struct arena *a, const char *line,
			struct tracefs_field *f)
{
	const char *semi = strchr(line, ';');
	uint32_t is_signed = 0;
	char *decl;

	if (!semi || !number_after(semi, "offset:", &f->offset) ||
	    !number_after(semi, "size:", &f->size))
		return false;
	number_after(semi, "signed:", &is_signed);
	f->is_signed = is_signed;
	decl = arena_strndup(a, line, (size_t)(semi - line));
	return parse_decl(a, decl, f);
}

void tracefs_parse_format(struct arena *a, const char *text,
			  struct tracefs_format *out)
{
	VEC(struct tracefs_field) fields = { 0 };
	const char *p, *end;
	char *line;

	*out = (struct tracefs_format){ 0 };
	for (p = text; *p; p = *end ? end + 1 : end) {
		struct tracefs_field f = { 0 };

		end = strchrnul(p, '\n');
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (!strncmp(p, "ID:", 3))
			out->id = (uint32_t)strtoul(p + 3, NULL, 10);
		if (strncmp(p, "field:", 6))
			continue;
		line = arena_strndup(a, p + 6, (size_t)(end - p) - 6);
		if (parse_field(a, line, &f))
			*vec_push(a, &fields) = f;
	}
	out->fields = fields.v;
	out->nfields = fields.n;
}

void tracefs_mark_user(struct tracefs_format *f, struct arena *a)
{
	struct tracefs_field *fields;
	size_t i;

	fields = arena_alloc(a, f->nfields * sizeof(*fields) + 1);
	for (i = 0; i < f->nfields; i++) {
		fields[i] = f->fields[i];
		fields[i].is_user |= fields[i].npointers > 0;
	}
	f->fields = fields;
}

int tracefs_format(int tracefs, struct arena *a, const char *category,
		   const char *event, struct tracefs_format *out)
{
	char path[PATH_MAX], *text;
	int err;

	err = event_path(path, category, event, "format");
	if (!err)
		err = tracefs_read(tracefs, a, path, &text, NULL);
	if (err)
		return err;
	tracefs_parse_format(a, text, out);
	if (!strcmp(category, "syscalls"))
		tracefs_mark_user(out, a);
	return out->nfields ? 0 : -EINVAL;
}

const struct tracefs_field *tracefs_field(const struct tracefs_format *f,
					  const char *name)
{
	size_t i;

	for (i = 0; i < f->nfields; i++)
		if (!strcmp(f->fields[i].name, name))
			return &f->fields[i];
	return NULL;
}

/* ---- formats from BTF ---- */

static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

static void field_from_btf(struct kbtf *k, struct arena *a,
			   const struct bt_field *m, struct tracefs_field *f)
{
	struct bt_type t = kbtf_describe(k, m->type);
	const char *name;

	f->offset = m->bit_offset / 8;
	f->size = (uint32_t)t.size;
	f->is_signed = t.is_signed;
	f->name = arena_strdup(a, m->name);
	name = after(m->name, "__data_loc_");
	f->is_data_loc = name;
	if (!name)
		name = after(m->name, "__rel_loc_");
	f->is_rel_loc = name && !f->is_data_loc;
	if (name) { /* of what is not recorded: nearly always text */
		f->name = arena_strdup(a, name);
		f->is_array = true;
		f->type = f->base = "char";
		return;
	}
	if (t.kind == BT_ARRAY) {
		f->is_array = true;
		f->nelems = t.nelems;
		f->type = kbtf_type_str(k, a, t.elem);
	} else {
		f->type = kbtf_type_str(k, a, m->type);
	}
	f->base = base_type(a, f->type, f);
}

bool tracefs_format_btf(struct kbtf *k, struct arena *a, const char *event,
			struct tracefs_format *out)
{
	VEC(struct tracefs_field) fields = { 0 };
	struct bt_field m;
	struct bt_ref s;
	uint32_t i;

	*out = (struct tracefs_format){ 0 };
	s = kbtf_struct(k, arena_printf(a, "trace_event_raw_%s", event));
	for (i = 0; kbtf_member(k, s, i, &m); i++)
		/* "ent" is the common part, "__data" is where arrays go. */
		if (m.name[0] && strcmp(m.name, "ent") &&
		    strcmp(m.name, "__data"))
			field_from_btf(k, a, &m, vec_push(a, &fields));
	out->fields = fields.v;
	out->nfields = fields.n;
	return i > 0;
}

/* ---- lists ---- */

static int compare_names(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

static int list_dirs(int tracefs, struct arena *a, const char *path,
		     const char *const **out)
{
	VEC(const char *) names = { 0 };
	struct dirent *e;
	int fd, err;
	DIR *dir;

	if (tracefs < 0)
		return -EBADF;
	fd = openat(tracefs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && e->d_type == DT_DIR)
			*vec_push(a, &names) = arena_strdup(a, e->d_name);
	closedir(dir);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), compare_names);
	*vec_push(a, &names) = NULL;
	*out = names.v;
	return 0;
}

int tracefs_categories(int tracefs, struct arena *a, const char *const **out)
{
	return list_dirs(tracefs, a, "events", out);
}

int tracefs_events(int tracefs, struct arena *a, const char *category,
		   const char *const **out)
{
	char path[PATH_MAX];
	int err = event_path(path, category, "x", "x");

	if (err)
		return err;
	snprintf(path, sizeof(path), "events/%s", category);
	return list_dirs(tracefs, a, path, out);
}
