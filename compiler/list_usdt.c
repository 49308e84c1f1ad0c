/* Static probes (USDT) in program files, by name. */
#include "list_own.h"

#include "usdt.h"

struct found {
	struct lister *l;
	const char *space, *name; /* patterns; space NULL: any */
	struct match_set set;
};

static bool add(void *arg, const struct usdt_probe *p)
{
	struct found *s = arg;

	if ((!s->space || match_glob(s->space, p->space)) &&
	    match_glob(s->name, p->name))
		match_add(&s->set, s->l->a, p->space, p->name);
	return true;
}

void list_usdt(struct lister *l, const char *path, struct elfsym_file *f,
	       const char *space, const char *name)
{
	struct found s = { .l = l, .space = space, .name = name };
	size_t i;

	usdt_each(f, add, &s);
	match_sort(&s.set);
	for (i = 0; i < s.set.v.n; i++)
		list_probe(l, "usdt:%s:%s:%s", path, s.set.v.v[i].group,
			   s.set.v.v[i].name);
}
