/* lesson_state.c - which lessons are done: names, one a line, in
 * $XDG_STATE_HOME/waggle/lessons, or below ~/.local/state. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/lesson.h"

/* Of that user; to be freed.  NULL: there is no home. */
static char *state_dir(void)
{
	const char *dir = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *user;
	struct strbuf path = { 0 };

	if (dir && *dir == '/') {
		strbuf_printf(&path, "%s/waggle", dir);
		return path.s;
	}
	if (!home || *home != '/') {
		user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	if (home)
		strbuf_printf(&path, "%s/.local/state/waggle", home);
	return path.s;
}

static FILE *open_state(const char *mode)
{
	struct strbuf path = { 0 };
	char *dir = state_dir();
	FILE *f = NULL;

	if (dir) {
		strbuf_printf(&path, "%s/lessons", dir);
		f = fopen(path.s, mode);
	}
	strbuf_free(&path);
	free(dir);
	return f;
}

bool lesson_done(const char *name)
{
	FILE *f = open_state("re");
	char line[64];
	bool done = false;

	while (f && !done && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		done = strcmp(line, name) == 0;
	}
	if (f)
		fclose(f);
	return done;
}

/* The directory with those above it, as the user's alone. */
static void make_dirs(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	mkdir(path, 0700); /* what fails is seen when the file is opened */
}

int lesson_mark_done(const char *name)
{
	char *dir;
	FILE *f;
	int err = 0;

	if (lesson_done(name))
		return 0;
	dir = state_dir();
	if (!dir)
		return -ENOENT;
	make_dirs(dir);
	free(dir);
	f = open_state("ae");
	if (!f)
		return -errno;
	if (fprintf(f, "%s\n", name) < 0)
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}
