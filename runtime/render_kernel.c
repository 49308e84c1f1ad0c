/* render_kernel.c - values that the system must be asked about. */
#include "render.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "render_known.h"

/* ---- addresses ---- */

enum { KERNEL = -1 };

/* Whose addresses: KERNEL, or a process. */
static void look_up(struct render *r, int64_t tgid, uint64_t addr,
		    struct symbol *s)
{
	const struct symbol_source *src = &r->symbols;

	*s = (struct symbol){ 0 };
	if (tgid == KERNEL && src->kernel)
		src->kernel(src->arg, addr, s);
	else if (tgid != KERNEL && src->user)
		src->user(src->arg, addr, (uint32_t)tgid, s);
}

static void add_address(struct strbuf *out, uint64_t addr)
{
	strbuf_str(out, "0x");
	strbuf_hex(out, addr);
}

static void show_symbol(struct render *r, int64_t tgid, uint64_t addr,
			struct strbuf *out)
{
	struct symbol s;

	look_up(r, tgid, addr, &s);
	if (s.name)
		strbuf_str(out, s.name);
	else
		add_address(out, addr);
}

void show_ksym(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	(void)t;
	show_symbol(r, KERNEL, load_u64(bytes), out);
}

void show_usym(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	(void)t;
	show_symbol(r, load_u32(bytes + 8), load_u64(bytes), out);
}

/* ---- stacks ---- */

static void add_name(struct strbuf *out, const struct symbol *s, uint64_t addr)
{
	if (!s->name) {
		add_address(out, addr);
		return;
	}
	strbuf_str(out, s->name);
	strbuf_char(out, '+');
	strbuf_uint(out, s->off);
}

static void add_module(struct strbuf *out, const struct symbol *s, bool kernel)
{
	strbuf_str(out, " (");
	if (s->module)
		strbuf_str(out, s->module);
	else if (kernel && s->name)
		strbuf_str(out, "[kernel.kallsyms]");
	else
		strbuf_str(out, "[unknown]");
	strbuf_char(out, ')');
}

static void add_build_id(struct strbuf *out, const struct symbol *s,
			 uint64_t addr)
{
	if (s->build_id) {
		strbuf_str(out, s->build_id);
		strbuf_char(out, ' ');
		addr = s->file_off;
	}
	add_address(out, addr);
}

static void add_frame(struct render *r, enum stack_mode mode, int64_t tgid,
		      uint64_t addr, struct strbuf *out)
{
	struct symbol s;

	if (mode != STACK_RAW)
		look_up(r, tgid, addr, &s);
	switch (mode) {
	case STACK_BPFTRACE:
		strbuf_pad(out, ' ', 8);
		add_name(out, &s, addr);
		break;
	case STACK_PERF:
		strbuf_char(out, '\t');
		strbuf_hex(out, addr);
		strbuf_char(out, ' ');
		add_name(out, &s, addr);
		add_module(out, &s, tgid == KERNEL);
		break;
	case STACK_RAW:
		strbuf_hex(out, addr);
		break;
	case STACK_BUILD_ID:
		add_build_id(out, &s, addr);
		break;
	}
	strbuf_char(out, '\n');
}

/* False when the kernel could not keep that stack. */
static bool read_stack(struct render *r, uint64_t id)
{
	if (r->stacks < 0 || !r->plan->stack_frames)
		return false;
	if (!r->frames)
		r->frames = calloc(r->plan->stack_frames, sizeof(*r->frames));
	return r->frames && bpf_map_lookup_elem(r->stacks, &id, r->frames) == 0;
}

static void show_stack(struct render *r, const struct plan_type *t,
		       const uint8_t *bytes, int64_t tgid, struct strbuf *out)
{
	uint32_t n = load_u32(bytes + 8), i;

	strbuf_char(out, '\n');
	if (!n || !read_stack(r, load_u64(bytes)))
		return;
	if (n > r->plan->stack_frames)
		n = r->plan->stack_frames;
	for (i = 0; i < n && r->frames[i]; i++)
		add_frame(r, (enum stack_mode)t->mode, tgid, r->frames[i], out);
}

void show_kstack(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	show_stack(r, t, bytes, KERNEL, out);
}

void show_ustack(struct render *r, const struct plan_type *t,
		 const uint8_t *bytes, struct strbuf *out)
{
	show_stack(r, t, bytes, load_u32(bytes + 12), out);
}

/* ---- users and groups ---- */

void show_username(struct render *r, const struct plan_type *t,
		   const uint8_t *bytes, struct strbuf *out)
{
	uint32_t uid = load_u32(bytes);
	const char *name = known_user(&r->known, uid);

	(void)t;
	if (name)
		strbuf_str(out, name);
	else
		strbuf_uint(out, uid);
}

/* The thread may be gone, and then all there is to say is its number. */
void show_comm(struct render *r, const struct plan_type *t,
	       const uint8_t *bytes, struct strbuf *out)
{
	uint32_t tid = load_u32(bytes);
	char path[32], name[64] = "";
	FILE *f;

	(void)r;
	(void)t;
	snprintf(path, sizeof(path), "/proc/%u/comm", tid);
	f = fopen(path, "re");
	if (f) {
		if (!fgets(name, sizeof(name), f))
			name[0] = '\0';
		fclose(f);
	}
	name[strcspn(name, "\n")] = '\0';
	if (name[0])
		strbuf_str(out, name);
	else
		strbuf_uint(out, tid);
}

static const char *plan_text(const struct render *r, uint32_t i)
{
	return i < r->plan->strings.n ? r->plan->strings.v[i].s : "";
}

void show_cgroup_path(struct render *r, const struct plan_type *t,
		      const uint8_t *bytes, struct strbuf *out)
{
	const char *filter = plan_text(r, load_u32(bytes + 8));

	(void)t;
	strbuf_str(out, known_cgroup(&r->known, load_u64(bytes), filter));
}

/* ---- times ---- */

enum { NS = 1000000000 };

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

uint64_t render_now(void)
{
	return (uint64_t)read_clock(CLOCK_REALTIME);
}

int64_t render_clock_offset(struct render *r, uint32_t clock)
{
	int64_t now = read_clock(CLOCK_MONOTONIC), real;

	if (clock >= countof(r->clock_offset))
		clock = 0;
	if (!r->clock_read || now - r->clock_read > NS) {
		real = read_clock(CLOCK_REALTIME);
		r->clock_offset[0] = real - read_clock(CLOCK_BOOTTIME);
		r->clock_offset[1] = 0;
		r->clock_offset[2] = real - read_clock(CLOCK_MONOTONIC);
		r->clock_read = now;
	}
	return r->clock_offset[clock];
}

/* strftime() says neither that room was short nor that there is nothing to
 * say, so the text is given something to say. */
static void add_strftime(struct strbuf *out, const char *fmt,
			 const struct tm *tm)
{
	struct strbuf full = { 0 };
	size_t n = 0, room = 256;
	char *text = NULL;

	strbuf_printf(&full, "%s.", fmt);
	while (!n && room <= 1 << 20) {
		room *= 4;
		free(text);
		text = malloc(room);
		if (!text)
			die("out of memory");
		n = strftime(text, room, full.s, tm);
	}
	if (n)
		strbuf_add(out, text, n - 1);
	free(text);
	strbuf_free(&full);
}

void render_time(struct strbuf *out, const char *fmt, uint64_t realtime_ns)
{
	time_t sec = (time_t)(realtime_ns / NS);
	uint32_t ns = (uint32_t)(realtime_ns % NS);
	struct strbuf f = { 0 };
	struct tm tm = { 0 };

	for (; *fmt; fmt++) {
		if (*fmt != '%' || !fmt[1]) {
			strbuf_add(&f, fmt, 1);
			continue;
		}
		fmt++;
		if (*fmt == 'f')
			strbuf_printf(&f, "%06u", ns / 1000);
		else if (*fmt == 'k')
			strbuf_printf(&f, "%09u", ns);
		else if (*fmt == 'l')
			strbuf_printf(&f, "%03u", ns / 1000000);
		else
			strbuf_add(&f, fmt - 1, 2);
	}
	localtime_r(&sec, &tm);
	add_strftime(out, f.s ? f.s : "", &tm);
	strbuf_free(&f);
}

void show_timestamp(struct render *r, const struct plan_type *t,
		    const uint8_t *bytes, struct strbuf *out)
{
	int64_t offset = render_clock_offset(r, load_u32(bytes + 12));

	(void)t;
	render_time(out, plan_text(r, load_u32(bytes + 8)),
		    load_u64(bytes) + (uint64_t)offset);
}
