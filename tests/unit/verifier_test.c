/* The verifier's reasons in words, from logs that kernels wrote. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/verifier_log.h"

static char *read_logs(void)
{
	FILE *f = fopen("tests/unit/verifier_logs.txt", "re");
	struct strbuf b = { 0 };
	char buf[4096];
	size_t n;

	assert(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(&b, buf, n);
	fclose(f);
	return b.s;
}

/* "NAME KERNEL\nINSN WORDS\nLOG", the log ended by a NUL. */
static bool check_log(char *text)
{
	char *want = strchr(text, '\n') + 1, *log = strchr(want, '\n') + 1;
	char *words, name[64];
	long insn = strtol(want, &words, 10);
	struct verifier_log v;
	const char *got;
	bool ok;

	want[-1] = log[-1] = '\0';
	words++;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, " "), text);
	verifier_log_read(&v, log);
	got = verifier_reason(v.reason);
	ok = got && strcmp(got, words) == 0 && v.insn == insn && v.program &&
	     v.program_len == strlen(name) &&
	     strncmp(v.program, name, v.program_len) == 0;
	printf("%s %s\n", ok ? "ok" : "not ok", text);
	if (!ok)
		printf("# %ld %s: %s\n", v.insn, v.reason, got ? got : "?");
	return ok;
}

/* What is no log, and ends of logs that were cut. */
static bool check_broken(void)
{
	static const char *const texts[] = {
		"",
		"libbpf: prog 'x",
		"': BPF program load failed",
		"-- BEGIN PROG LOAD LOG --\n",
		"-- BEGIN PROG LOAD LOG --\n0: (",
		"-- BEGIN PROG LOAD LOG --\nfailed to resolve CO-RE relocation",
	};
	struct verifier_log v;
	bool ok = true;
	size_t i;

	for (i = 0; i < countof(texts); i++) {
		verifier_log_read(&v, texts[i]);
		ok = ok && !*v.core && !verifier_reason(v.reason);
	}
	ok = ok && !verifier_reason("something new");
	printf("%s broken\n", ok ? "ok" : "not ok");
	return ok;
}

int main(void)
{
	char *logs = read_logs(), *at, *next;
	bool ok = check_broken();
	int n = 0;

	for (at = strstr(logs, "\n=== "); at; at = next, n++) {
		at += strlen("\n=== ");
		next = strstr(at, "\n=== ");
		if (next)
			*next = '\0';
		ok = check_log(at) && ok;
		if (next)
			*next = '\n';
	}
	free(logs);
	return !ok || n < 40;
}
