/* options_build.c - the command line of what makes a file. */
#include "options_own.h"

#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

/* tool.bt is built into tool, here. */
static bool name_target(struct parser *p)
{
	struct options *o = p->o;
	const char *base;
	bool object = o->dump && strcmp(o->dump, "obj") == 0;

	if (!o->file || !ends_with(o->file, ".bt"))
		return option_fail(p, NULL, "-o FILE must say what to write");
	base = strrchr(o->file, '/');
	base = base ? base + 1 : o->file;
	if (asprintf(&o->name, "%.*s%s", (int)strlen(base) - 3, base,
		     object ? ".o" : "") < 0)
		return false;
	o->target = o->name;
	return true;
}

bool option_check_target(struct parser *p)
{
	struct options *o = p->o;
	bool object = o->dump && strcmp(o->dump, "obj") == 0;

	if (o->dump && strcmp(o->dump, "exe") == 0)
		o->command = COMMAND_BUILD;
	else if (o->dump && !object)
		return o->command != COMMAND_BUILD ||
		       option_fail(p, NULL, "-d %s prints, and build writes",
				   o->dump);
	if (o->command != COMMAND_BUILD && !object)
		return true;
	if (o->pid || o->child)
		return option_fail(p, NULL,
				   "-%c is given when what is built is started",
				   o->pid ? 'p' : 'c');
	o->target = o->output;
	o->output = NULL;
	if (o->command != COMMAND_BUILD)
		return true;
	if (!o->target)
		return name_target(p);
	if (!o->dump && ends_with(o->target, ".o"))
		o->dump = "obj";
	return true;
}
