#include "symbols.h"

#include "runtime/ksyms.h"
#include "runtime/lastmaps.h"
#include "runtime/usyms.h"

static void name_kernel(void *arg, uint64_t addr, struct symbol *out)
{
	struct symbols *s = arg;

	if (!s->kernel && !s->no_kernel) {
		s->kernel = ksyms_load();
		s->no_kernel = !s->kernel;
	}
	if (s->kernel)
		out->name =
			ksyms_name(s->kernel, addr, &out->off, &out->module);
}

static enum usyms_cache cache_of(const struct plan *p)
{
	switch ((enum symbol_cache)p->user_symbols) {
	case SYMBOLS_PER_PID:
		return USYMS_PER_PID;
	case SYMBOLS_PER_PROGRAM:
		return USYMS_PER_PROGRAM;
	case SYMBOLS_NONE:
		return USYMS_NONE;
	}
	return USYMS_PER_PID;
}

static struct usyms *user_symbols(struct symbols *s)
{
	if (!s->user)
		s->user = usyms_new(s->plan->demangle, s->plan->debug_files,
				    cache_of(s->plan));
	return s->user;
}

/* The memory map of the command of -c, if it has ended.  True once. */
static bool note_last(struct symbols *s)
{
	const char *text;
	size_t len;

	if (s->noted_last)
		return false;
	text = lastmaps_text(s->last, &len);
	if (!text)
		return false;
	s->noted_last = true;
	usyms_note_maps(s->user, s->pid, text, len);
	return true;
}

static void name_user(void *arg, uint64_t addr, uint32_t tgid,
		      struct symbol *out)
{
	struct symbols *s = arg;
	struct usym_result r = { 0 };
	int pid = (int)tgid;

	if (!user_symbols(s))
		return;
	usyms_resolve(s->user, pid, addr, &r);
	if (!r.module && s->last && pid == s->pid && note_last(s))
		usyms_resolve(s->user, pid, addr, &r);
	out->name = r.name;
	out->off = r.offset;
	out->module = r.module;
	out->build_id = r.build_id;
	out->file_off = r.file_offset;
}

void symbols_init(struct symbols *s, const struct plan *plan, struct render *r)
{
	*s = (struct symbols){ .plan = plan };
	r->symbols = (struct symbol_source){
		.kernel = name_kernel,
		.user = name_user,
		.arg = s,
	};
}

static bool wants_user(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->types.n; i++) {
		const struct plan_type *t = &p->types.v[i];

		if (t->show == SHOW_USYM ||
		    (t->show == SHOW_USTACK && t->mode != STACK_RAW))
			return true;
	}
	return false;
}

void symbols_follow(struct symbols *s, pid_t pid, bool ours)
{
	if (!pid || s->plan->lazy_symbols || !wants_user(s->plan))
		return;
	s->pid = pid;
	if (ours)
		s->last = lastmaps_watch(pid);
	else if (user_symbols(s))
		usyms_note_pid(s->user, pid);
}

void symbols_free(struct symbols *s)
{
	ksyms_free(s->kernel);
	usyms_free(s->user);
	lastmaps_free(s->last);
	*s = (struct symbols){ 0 };
}
