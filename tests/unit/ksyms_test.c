/* ksyms_test.c - kallsyms, made up and real. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/ksyms.h"

static void check(int *failed, const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	*failed += !ok;
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		exit(2);
}

static const char sample[] = "0000000000000000 A fixed_percpu_data\n"
			     "ffffffff81000000 T _text\n"
			     "ffffffff81000000 T startup_64\n"
			     "ffffffff81000100 t __pfx_first\n"
			     "ffffffff81000110 T first\n"
			     "ffffffff81000200 W second\n"
			     "ffffffff81000280 T _etext\n"
			     "ffffffff82000000 D some_data\n"
			     "ffffffff82000100 d more_data\n"
			     "ffffffffc0003000 t mod_late\t[ext4]\n"
			     "ffffffffc0001000 t mod_early\t[ext4]\n"
			     "ffffffffc0009000 d mod_data\t[ext4]\n"
			     "ffffffffc0002000 t first\t[ext4]\n"
			     "ffffffffc0100000 t bpf_prog_6deef7357e7b4530"
			     "_f\t[bpf]\n"
			     "rubbish\n"
			     "\n"
			     "ffffffffc0200000 T \n"
			     "ffffffffc0300000 t last";

struct row {
	uint64_t ip;
	const char *name; /* NULL: none */
	uint64_t off;
	const char *module;
};

static void test_names(int *failed, const char *path)
{
	static const struct row rows[] = {
		{ 0x1000, NULL, 0, NULL },
		{ 0xffffffff80ffffff, NULL, 0, NULL },
		{ 0xffffffff81000000, "_text", 0, NULL },
		{ 0xffffffff81000108, "_text", 0x108, NULL },
		{ 0xffffffff81000111, "first", 1, NULL },
		{ 0xffffffff81000240, "second", 0x40, NULL },
		{ 0xffffffff81000300, NULL, 0, NULL },
		{ 0xffffffff82000080, NULL, 0, NULL },
		{ 0xffffffff82000180, NULL, 0, NULL },
		{ 0xffffffffc0000000, NULL, 0, NULL },
		{ 0xffffffffc0001004, "mod_early", 4, "ext4" },
		{ 0xffffffffc0002000, "first", 0, "ext4" },
		{ 0xffffffffc0003010, "mod_late", 0x10, "ext4" },
		{ 0xffffffffc0009000, NULL, 0, NULL },
		{ 0xffffffffc0100020, "bpf_prog_6deef7357e7b4530_f", 0x20,
		  "bpf" },
	};
	struct ksyms *k = ksyms_load_file(path);
	const char *name, *module;
	char label[64];
	uint64_t off;
	size_t i;

	check(failed, "load", k != NULL);
	if (!k)
		return;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		bool ok;

		off = 0;
		module = NULL;
		name = ksyms_name(k, r->ip, &off, &module);
		ok = !name == !r->name && off == r->off &&
		     (!name || !strcmp(name, r->name)) &&
		     !module == !r->module &&
		     (!module || !strcmp(module, r->module));
		snprintf(label, sizeof(label), "name of %llx",
			 (unsigned long long)r->ip);
		check(failed, label, ok);
		if (!ok)
			printf("# %s+%llu [%s]\n", name ? name : "-",
			       (unsigned long long)off, module ? module : "");
	}
	ksyms_free(k);
}

static void test_addrs(int *failed, const char *path)
{
	uint64_t a = 1;

	check(failed, "addr_data",
	      !ksyms_addr_file(path, "more_data", &a) &&
		      a == 0xffffffff82000100);
	check(failed, "addr_kernel_first",
	      !ksyms_addr_file(path, "first", &a) && a == 0xffffffff81000110);
	check(failed, "addr_module",
	      !ksyms_addr_file(path, "ext4:first", &a) &&
		      a == 0xffffffffc0002000);
	check(failed, "addr_vmlinux",
	      !ksyms_addr_file(path, "vmlinux:first", &a) &&
		      a == 0xffffffff81000110);
	check(failed, "addr_none",
	      ksyms_addr_file(path, "firs", &a) == -ENOENT &&
		      ksyms_addr_file(path, "", &a) == -ENOENT &&
		      ksyms_addr_file(path, "ext4:second", &a) == -ENOENT);
	check(failed, "addr_no_file",
	      ksyms_addr_file("/no/such", "first", &a) == -ENOENT);
}

static void test_hidden(int *failed, const char *path)
{
	static const char text[] = "0000000000000000 T _text\n"
				   "0000000000000000 T first\n";
	struct ksyms *k;
	uint64_t a;

	write_file(path, text, sizeof(text) - 1);
	errno = 0;
	k = ksyms_load_file(path);
	check(failed, "hidden", !k && errno == EPERM);
	ksyms_free(k);
	check(failed, "hidden_addr",
	      ksyms_addr_file(path, "first", &a) == -EPERM);
	write_file(path, "", 0);
	k = ksyms_load_file(path);
	check(failed, "empty", !k && errno == ENOENT);
	ksyms_free(k);
}

/* A line longer than any buffer, and noise. */
static void test_noise(int *failed, const char *path)
{
	size_t len = 300000, i;
	char *text = malloc(len);
	unsigned seed = 7, round;
	struct ksyms *k;
	uint64_t a;

	if (!text)
		exit(2);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = "0123456789abcdef tTdW\n\t[]x"[(seed >> 16) %
								 (round ? 27
									: 20)];
		}
		write_file(path, text, len);
		k = ksyms_load_file(path);
		if (k)
			ksyms_name(k, seed, NULL, NULL);
		ksyms_free(k);
		ksyms_addr_file(path, "x", &a);
	}
	free(text);
	check(failed, "noise", true);
}

static double ms_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - t->tv_nsec) / 1e6;
}

static void test_real(int *failed)
{
	struct timespec begin;
	const char *name, *module = NULL;
	struct ksyms *k;
	uint64_t a, off;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	k = ksyms_load();
	if (!k) {
		printf("ok real # skip %s\n", strerror(errno));
		return;
	}
	printf("# loaded in %.1f ms\n", ms_since(&begin));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	check(failed, "real_addr", !ksyms_addr("vfs_read", &a));
	printf("# found in %.1f ms\n", ms_since(&begin));
	name = ksyms_name(k, a + 5, &off, &module);
	check(failed, "real_name",
	      name && !strcmp(name, "vfs_read") && off == 5 && !module);
	check(failed, "real_data",
	      !ksyms_addr("_etext", &a) && !ksyms_name(k, a + 8, NULL, NULL));
	check(failed, "real_none", ksyms_addr("no_such_fn", &a) == -ENOENT);
	ksyms_free(k);
}

int main(void)
{
	char path[] = "/tmp/ksyms_test.XXXXXX";
	int failed = 0, fd = mkstemp(path);

	if (fd < 0)
		return 2;
	close(fd);
	write_file(path, sample, sizeof(sample) - 1);
	test_names(&failed, path);
	test_addrs(&failed, path);
	test_hidden(&failed, path);
	test_noise(&failed, path);
	test_real(&failed);
	unlink(path);
	return failed != 0;
}
