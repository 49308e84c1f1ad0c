/* build.h - an image into a file of its own. */
#ifndef BUILD_H
#define BUILD_H

#include "runtime/command.h"

/* Can o->target be written?  False after reporting; nothing is touched. */
bool build_check(const struct options *o, const struct reporter *r);

/* Make o->target of the image: an executable, or the object when it is to be
 * one (o->dump).  The file is there whole, or as it was before.  Returns the
 * exit status. */
int build_write(const struct options *o, const struct reporter *r,
		const struct image *img);

#endif
