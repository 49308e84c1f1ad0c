#include "runtime/usyms_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static bool find_vdso(void *arg, const struct elfsym_map *m)
{
	uint64_t *size = arg;

	if (strcmp(m->path, "[vdso]"))
		return true;
	*size = m->end - m->start;
	return false;
}

struct elfsym_file *usyms_vdso(uint64_t start, uint64_t end)
{
	const void *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	uint64_t size = 0;

	elfsym_maps_each(getpid(), find_vdso, &size);
	if (!image || !size || end - start != size || end <= UINT32_MAX)
		return NULL;
	return elfsym_open_image(image, size);
}

char *usyms_build_id(const struct elfsym_file *f)
{
	const unsigned char *id;
	size_t len = 0, i;
	char *hex;

	id = elfsym_build_id(f, &len);
	hex = id && len && len <= 64 ? malloc(2 * len + 1) : NULL;
	for (i = 0; hex && i < len; i++)
		sprintf(hex + 2 * i, "%02x", id[i]);
	return hex;
}
