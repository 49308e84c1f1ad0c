/* context_bpf.c - arguments and results of BPF programs, by their own types. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"
#include "sema.h"

/* Of "bpf:ID" the number; 0: none is given. */
static uint32_t wanted_id(const struct target *t)
{
	return t->module[3] ? (uint32_t)strtoul(t->module + 4, NULL, 10) : 0;
}

/* The types of the first program of that name (the kernel keeps 15 bytes of
 * it); whether there are several the runtime finds out.  NULL: none. */
static struct btf *program_types(const struct target *t)
{
	uint32_t only = wanted_id(t), id = 0, btf_id = 0;

	while (!btf_id && !bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);
		int fd;

		if (only && id != only)
			continue;
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    !strncmp(info.name, t->target, sizeof(info.name) - 1))
			btf_id = info.btf_id;
		close(fd);
	}
	return btf_id ? btf__load_from_kernel_by_id(btf_id) : NULL;
}

/* What a pointer points to is another thing than the program was told: of its
 * context the kernel's own form.  So it is an address and no more. */
static const struct type *type_at(struct unit *u, const struct btf *btf,
				  uint32_t id)
{
	const struct btf_type *t;
	int known;

	known = btf__resolve_type(btf, id);
	t = known > 0 ? btf__type_by_id(btf, (uint32_t)known) : NULL;
	if (t && btf_is_ptr(t))
		return type_ptr(&u->types, &type_void, SPACE_KERNEL);
	if (t && (btf_is_int(t) || btf_is_any_enum(t)) &&
	    (t->size == 1 || t->size == 2 || t->size == 4))
		return type_int(t->size, btf_is_int(t) ? btf_int_encoding(t) &
								 BTF_INT_SIGNED
						       : btf_kflag(t));
	return &type_uint64;
}

static const struct btf_type *prototype(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *t;

	if (id <= 0)
		return NULL;
	t = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

static void fill(struct unit *u, struct target *t, const struct btf *btf,
		 const struct btf_type *proto)
{
	const struct btf_param *p = btf_params(proto);
	struct type *s = arena_make(u->arena, struct type);
	uint32_t i, n = btf_vlen(proto);

	s->kind = T_STRUCT;
	s->origin = ORIGIN_ARGS;
	s->align = 8;
	s->complete = true;
	s->name = t->name;
	s->nmembers = n;
	s->size = 8 * n;
	s->members = arena_alloc(u->arena, (n + 1) * sizeof(*s->members));
	for (i = 0; i < n; i++) {
		const char *name = btf__name_by_offset(btf, p[i].name_off);

		s->members[i] = (struct member){
			.name = name && *name
					? arena_strdup(u->arena, name)
					: arena_printf(u->arena, "arg%u", i),
			.type = type_at(u, btf, p[i].type),
			.owner = s,
			.offset = 8 * i,
			.index = i,
		};
	}
	t->args = s;
	if (t->provider == PROVIDER_FEXIT)
		t->retval = type_at(u, btf, proto->type);
}

bool context_fill_bpf(struct unit *u, struct target *t)
{
	struct btf *btf = program_types(t);
	const struct btf_type *proto = btf ? prototype(btf, t->target) : NULL;
	struct diag *d;

	if (proto)
		fill(u, t, btf, proto);
	btf__free(btf);
	if (proto)
		return true;
	d = diag_error(u->diags, t->at, DIAG_NOT_HERE,
		       "%s: the arguments and result of that program are not "
		       "known",
		       t->name);
	diag_hint(u->diags, d,
		  "it has to be loaded, with types (BTF), and it takes root "
		  "to see it; bpftool prog lists what is there");
	return false;
}
