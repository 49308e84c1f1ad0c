#include "runtime/ktypes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

bool ktypes_open(struct ktypes *k)
{
	if (!k->vmlinux)
		k->vmlinux = btf__load_vmlinux_btf();
	return k->vmlinux != NULL;
}

void ktypes_close(struct ktypes *k)
{
	while (k->nmodules)
		btf__free(k->modules[--k->nmodules]);
	free(k->modules);
	btf__free(k->vmlinux);
	*k = (struct ktypes){ 0 };
}

static void read_modules(struct ktypes *k)
{
	DIR *dir = opendir("/sys/kernel/btf");
	struct dirent *d;
	struct btf *btf;

	k->read_modules = true;
	while (dir && (d = readdir(dir))) {
		struct btf **more;

		if (d->d_name[0] == '.' || strcmp(d->d_name, "vmlinux") == 0)
			continue;
		btf = btf__load_module_btf(d->d_name, k->vmlinux);
		if (!btf)
			continue;
		more = realloc(k->modules,
			       (k->nmodules + 1) * sizeof(*k->modules));
		if (!more) {
			btf__free(btf);
			break;
		}
		k->modules = more;
		k->modules[k->nmodules++] = btf;
	}
	if (dir)
		closedir(dir);
}

struct btf *ktypes_each(struct ktypes *k, size_t i)
{
	if (!i)
		return k->vmlinux;
	if (!k->read_modules)
		read_modules(k);
	return i <= k->nmodules ? k->modules[i - 1] : NULL;
}

int ktypes_find(struct ktypes *k, const char *name, uint32_t kind,
		struct btf **btf)
{
	size_t i;
	int id;

	for (i = 0; (*btf = ktypes_each(k, i)); i++) {
		id = btf__find_by_name_kind(*btf, name, kind);
		if (id > 0)
			return id;
	}
	return 0;
}
