/* tracefs_syscall.c - records of system calls, without tracefs. */
#include <string.h>

#include "tracefs.h"

struct syscall_row {
	const char *name, *args;
};

static const struct syscall_row rows[] = {
#define SYSCALL(name, args) { #name, args },
#include "syscall.def"
#undef SYSCALL
};

/* The text that the format file has. */
static char *format_text(struct arena *a, const char *args)
{
	char *text = arena_strdup(a, "field:int __syscall_nr;\toffset:8;\t"
				     "size:4;\tsigned:1;\n");
	unsigned offset = 16;
	size_t len;

	for (; *args; args += len + strspn(args + len, ", "), offset += 8) {
		len = strcspn(args, ",");
		text = arena_printf(
			a, "%sfield:%.*s;\toffset:%u;\tsize:8;\tsigned:0;\n",
			text, (int)len, args, offset);
	}
	return text;
}

bool tracefs_format_syscall(struct arena *a, const char *event,
			    struct tracefs_format *out)
{
	size_t i;

	if (!strncmp(event, "sys_exit_", 9)) {
		tracefs_parse_format(a,
				     "field:int __syscall_nr;\toffset:8;\t"
				     "size:4;\tsigned:1;\n"
				     "field:long ret;\toffset:16;\tsize:8;\t"
				     "signed:1;\n",
				     out);
		return true;
	}
	if (strncmp(event, "sys_enter_", 10))
		return false;
	for (i = 0; i < countof(rows); i++) {
		if (strcmp(rows[i].name, event + 10))
			continue;
		tracefs_parse_format(a, format_text(a, rows[i].args), out);
		tracefs_mark_user(out, a);
		return true;
	}
	return false;
}
