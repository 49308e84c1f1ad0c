/* attach_choice.c - a ?? b: which of several programs is loaded. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/attach.h"

bool choice_is_out(struct probes *ps)
{
	const struct plan_program *p = ps->now->plan;
	const struct choices *c = ps->now->among;

	if (c && c->found && c->choice != p->choice)
		return true;
	return p->entry_of && !ps->programs.v[p->entry_of - 1].bpf;
}

/* "cannot use NAME: why" is said of each; once is enough. */
static const char *without(const char *why, const char *name)
{
	static const char cannot[] = "cannot use ";
	size_t n = strlen(cannot), len = strlen(name);

	if (strncmp(why, cannot, n) == 0 && strncmp(why + n, name, len) == 0 &&
	    strncmp(why + n + len, ": ", 2) == 0)
		return why + n + len + 2;
	return why;
}

static void add_why(struct probes *ps, struct choices *c,
		    const struct plan_point *pt)
{
	const char *why = ps->why;

	if (!why)
		why = arena_printf(ps->arena,
				   pt->wild ? "%s matches nothing here"
					    : "%s does not exist here",
				   pt->name);
	if (!c->why)
		c->why = arena_strdup(ps->arena, why);
	else if (!strstr(c->why, without(why, pt->name)))
		c->why = arena_printf(ps->arena, "%s; %s", c->why,
				      without(why, pt->name));
	c->hint = ps->hint;
}

/* Every choice is one point, what it falls back on within one program aside. */
void choice_tell(struct probes *ps, bool found)
{
	const struct plan_program *p = ps->now->plan;
	struct choices *c = ps->now->among;

	if (!found) {
		add_why(ps, c, &p->points.v[0]);
		return;
	}
	if (c->found)
		return;
	c->found = true;
	c->choice = p->choice;
	choice_show(ps, &p->points.v[0], ps->list.v[ps->now->first].name);
}

/* A span has the name it was given: what it is done by is said too. */
void choice_show(const struct probes *ps, const struct plan_point *pt,
		 const char *name)
{
	const struct plan_program *p = ps->now->plan;
	const char *by = provider_name((enum provider)p->provider);

	if (!ps->verbose)
		return;
	fprintf(ps->rep->err, "%s:%u: of the alternatives, %s%s%s\n", p->file,
		pt->line ? pt->line : p->line, name, pt->span ? " by " : "",
		pt->span ? by : "");
}

/* A program that does nothing. */
static int load_idle(int32_t type_id, enum bpf_attach_type at)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = at,
		    .attach_btf_id = (uint32_t)type_id);

	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "waggle_try", "GPL", insns,
			     countof(insns), &opts);
}

/* No list tells which functions can be attached to, or whether any can be: so
 * it is tried. */
int choice_try(struct probes *ps, enum provider p, const char *function)
{
	int32_t id;
	int prog, link, err = 0;

	if (!ps->kernel_types)
		ps->kernel_types = btf__load_vmlinux_btf();
	if (!ps->kernel_types)
		return -errno;
	id = btf__find_by_name_kind(ps->kernel_types, function, BTF_KIND_FUNC);
	if (id < 0)
		return 0; /* a module's: loading will tell */
	prog = load_idle(id, attach_ops(p)->expected);
	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		err = link;
	else
		close(link);
	close(prog);
	return err;
}
