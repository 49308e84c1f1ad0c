/* usyms_addr.c - addresses for names: functions and variables of processes. */
#include "runtime/usyms.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "compiler/elfsym.h"

struct bias_search {
	const struct elfsym_file *f;
	uint64_t ino;
	uint64_t bias;
	bool found;
};

static bool find_bias(void *arg, const struct elfsym_map *m)
{
	struct bias_search *s = arg;
	uint64_t addr;

	if (m->ino != s->ino ||
	    !elfsym_offset_to_addr(s->f, m->file_offset, &addr))
		return true;
	s->bias = m->start - addr;
	s->found = true;
	return false;
}

int usyms_addr(int pid, const char *path, const char *name, uint64_t *addr)
{
	struct bias_search s = { 0 };
	char file[PATH_MAX];
	struct elfsym_file *f;
	struct elfsym sym;
	struct stat st;
	int err = -ENOENT;

	if (elfsym_find(path, pid, file, NULL) || stat(file, &st))
		return -ENOENT;
	f = elfsym_open(file, NULL);
	if (!f || elfsym_object(f, name, &sym, NULL))
		goto out;
	s.f = f;
	s.ino = st.st_ino;
	if (pid > 0)
		err = elfsym_maps_each(pid, find_bias, &s);
	else
		err = 0;
	if (!err && pid > 0 && !s.found)
		err = -ESRCH;
	if (!err)
		*addr = sym.addr + s.bias;
out:
	elfsym_close(f);
	return err;
}
