#include "script.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/plan.h"
#include "compiler/source.h"

bool script_complain(const struct reporter *r, const char *hint,
		     const char *what, const char *name, const char *why)
{
	report(r, REPORT_ERROR, NULL, hint, "%s '%s': %s", what, name, why);
	return false;
}

static bool read_stream(const struct reporter *r, const char *name, FILE *f,
			struct strbuf *b)
{
	char buf[64 * 1024];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		strbuf_add(b, buf, n);
		if (b->len > SOURCE_MAX)
			return script_complain(r, NULL, "cannot run", name,
					       "it is larger than 64 MB");
	}
	if (ferror(f))
		return script_complain(r, NULL, "cannot read", name,
				       strerror(errno));
	return true;
}

bool script_is_image(const struct strbuf *b)
{
	return b->len > 4 && memcmp(b->s, "\177ELF", 4) == 0;
}

/* A program image that --emit=obj wrote is not compiled again. */
static bool check_text(const struct reporter *r, const char *name,
		       const struct strbuf *b)
{
	if (!b->len || strspn(b->s, " \t\r\n") == b->len)
		return script_complain(
			r,
			"a program is one probe or more, such as: "
			"begin { print(\"hello\"); }",
			"cannot run", name, "it is empty");
	if (script_is_image(b) &&
	    memmem(b->s, b->len, PLAN_SECTION, sizeof(PLAN_SECTION)))
		return true;
	if (script_is_image(b))
		return script_complain(r, "-c runs a program and traces it",
				       "cannot run", name,
				       "it is a program, not a script");
	if (memchr(b->s, '\0', b->len))
		return script_complain(
			r, NULL, "cannot run", name,
			"it is binary, not the text of a script");
	return true;
}

static bool read_file(const struct reporter *r, const char *path,
		      struct strbuf *b)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	bool ok;

	if (!f)
		return script_complain(
			r,
			errno == ENOENT ? "a program on the command line wants "
					  "-e: waggle -e 'program'"
					: NULL,
			"cannot open", path, strerror(errno));
	if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode))
		ok = script_complain(r, NULL, "cannot run", path,
				     "it is a directory");
	else
		ok = read_stream(r, path, f, b) && check_text(r, path, b);
	fclose(f);
	return ok;
}

bool script_read(const struct reporter *r, const char *program,
		 const char *file, struct strbuf *b, const char **name)
{
	*name = "stdin";
	if (program) {
		strbuf_add(b, program, strlen(program));
		return check_text(r, "-e", b);
	}
	if (strcmp(file, "-") == 0)
		return read_stream(r, *name, stdin, b) &&
		       check_text(r, *name, b);
	*name = file;
	return read_file(r, file, b);
}
