/* btf_program.c - what BPF programs that are loaded take and return, by the
 * types they were loaded with. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <string.h>
#include <unistd.h>

#include "btf.h"

/* The types of the first program of that name (the kernel keeps 15 bytes of
 * it); whether there are several the runtime finds out.  NULL: none. */
static struct btf *program_types(const char *name, uint32_t only)
{
	uint32_t id = 0, btf_id = 0;

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
		    !strncmp(info.name, name, sizeof(info.name) - 1))
			btf_id = info.btf_id;
		close(fd);
	}
	return btf_id ? btf__load_from_kernel_by_id(btf_id) : NULL;
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

static struct bt_word word(struct arena *a, const struct btf *btf,
			   uint32_t name_off, uint32_t id)
{
	int known = btf__resolve_type(btf, id);
	const struct btf_type *t =
		known > 0 ? btf__type_by_id(btf, (uint32_t)known) : NULL;
	const char *name = btf__name_by_offset(btf, name_off);
	struct bt_word w = { .name = arena_strdup(a, name ? name : ""),
			     .size = 8 };

	if (!t)
		return w;
	w.is_ptr = btf_is_ptr(t);
	if (!btf_is_int(t) && !btf_is_any_enum(t))
		return w;
	if (t->size == 1 || t->size == 2 || t->size == 4)
		w.size = t->size;
	w.is_signed = btf_is_int(t) ? btf_int_encoding(t) & BTF_INT_SIGNED
				    : btf_kflag(t);
	return w;
}

bool kbtf_program(struct arena *a, const char *name, uint32_t id,
		  struct bt_program *out)
{
	struct btf *btf = program_types(name, id);
	const struct btf_type *proto = btf ? prototype(btf, name) : NULL;
	const struct btf_param *p;
	uint32_t i;

	*out = (struct bt_program){ 0 };
	if (proto) {
		p = btf_params(proto);
		out->nparams = btf_vlen(proto);
		out->params = arena_alloc(a, (out->nparams + 1) *
						     sizeof(*out->params));
		for (i = 0; i < out->nparams; i++)
			out->params[i] = word(a, btf, p[i].name_off, p[i].type);
		out->result = word(a, btf, 0, proto->type);
	}
	btf__free(btf);
	return proto != NULL;
}
