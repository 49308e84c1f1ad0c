/* output_make.h - a writer whose output ends up in memory. */
#ifndef OUTPUT_MAKE_H
#define OUTPUT_MAKE_H

#include <stdlib.h>

#include "runtime/output.h"
#include "tests/unit/plan_make.h"

/* A plan, its renderer, and a writer whose two streams end up in memory. */
struct test {
	struct maker m;
	struct render r;
	struct reporter rep;
	struct output o;
	char *out, *err;
	size_t out_len, err_len;
	FILE *out_file, *err_file;
};

__attribute__((unused)) static void begin(struct test *t, enum output_kind kind)
{
	make_begin(&t->m);
	render_init(&t->r, &t->m.p);
	t->out_file = open_memstream(&t->out, &t->out_len);
	t->err_file = open_memstream(&t->err, &t->err_len);
	t->rep = (struct reporter){ .err = t->err_file };
	output_init(&t->o, kind, t->out_file, &t->rep, &t->r);
}

__attribute__((unused)) static void wrote(struct test *t, const char *out,
					  const char *err, const char *name)
{
	fflush(t->out_file);
	fflush(t->err_file);
	check_text(&t->m, t->out, t->out_len, out, strlen(out), name);
	if (err)
		check_text(&t->m, t->err, t->err_len, err, strlen(err), name);
	rewind(t->out_file);
	rewind(t->err_file);
}

__attribute__((unused)) static int end(struct test *t)
{
	output_free(&t->o);
	render_free(&t->r);
	fclose(t->out_file);
	fclose(t->err_file);
	free(t->out);
	free(t->err);
	arena_free(t->m.a);
	return t->m.failed;
}

#endif
