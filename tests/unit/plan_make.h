/* plan_make.h - plans put together by hand, for the tests that need one. */
#ifndef PLAN_MAKE_H
#define PLAN_MAKE_H

#include <stdio.h>
#include <string.h>

#include "compiler/agg.h"
#include "compiler/plan.h"

struct maker {
	struct arena *a;
	struct plan p;
	int failed;
};

__attribute__((unused)) static void make_begin(struct maker *m)
{
	*m = (struct maker){ .a = arena_new() };
	m->p.version = PLAN_VERSION;
	m->p.script = "test.bt";
	m->p.str_trailer = "..";
	m->p.print_maps = 1;
	m->p.max_cat = 10240;
	*vec_push(m->a, &m->p.types) = (struct plan_type){ .name = "" };
}

/* A type; whole: what it has beside kind and size. */
__attribute__((unused)) static uint32_t make_type(struct maker *m,
						  enum show show, uint32_t size,
						  struct plan_type whole)
{
	whole.show = show;
	whole.size = size;
	if (!whole.name)
		whole.name = "";
	*vec_push(m->a, &m->p.types) = whole;
	return (uint32_t)m->p.types.n - 1;
}

#define PLAIN(m, show, size) \
	make_type((m), SHOW_##show, (size), (struct plan_type){ 0 })
#define SIGNED(m, show, size)               \
	make_type((m), SHOW_##show, (size), \
		  (struct plan_type){ .is_signed = 1 })

/* A member at offset; the type grows to hold it. */
__attribute__((unused)) static void make_field(struct maker *m, uint32_t type,
					       const char *name, uint32_t of,
					       uint32_t offset)
{
	struct plan_type *t = &m->p.types.v[type];
	struct plan_field f = { .name = name, .type = of, .offset = offset };
	uint32_t end = offset + m->p.types.v[of].size;

	*vec_push(m->a, &t->fields) = f;
	if (t->size < end)
		t->size = end;
}

__attribute__((unused)) static struct plan_event *make_event(struct maker *m,
							     enum action action)
{
	struct plan_event *ev = vec_push(m->a, &m->p.events);

	*ev = (struct plan_event){ .action = action,
				   .size = sizeof(struct record_header),
				   .text = "",
				   .text2 = "",
				   .file = "stdin",
				   .line = 1,
				   .col = 9,
				   .end_col = 28,
				   .source = "" };
	return ev;
}

/* An argument after those that are there. */
__attribute__((unused)) static void
make_arg(struct maker *m, struct plan_event *ev, uint32_t type)
{
	struct plan_field f = { .name = "", .type = type };

	f.offset = ev->size;
	ev->size += m->p.types.v[type].size;
	*vec_push(m->a, &ev->fields) = f;
}

__attribute__((unused)) static void check(struct maker *m, bool ok,
					  const char *name)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	m->failed += !ok;
}

/* The bytes are compared, NULs too. */
__attribute__((unused)) static void
check_text(struct maker *m, const char *have, size_t len, const char *want,
	   size_t want_len, const char *name)
{
	bool ok = len == want_len && memcmp(have, want, len) == 0;

	check(m, ok, name);
	if (!ok)
		printf("# have: %.*s\n# want: %.*s\n", (int)len, have,
		       (int)want_len, want);
}

#endif
