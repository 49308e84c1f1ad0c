/* type_test.c - types, their joins and rows; constants; formats; signatures. */
#include <stdio.h>
#include <string.h>

#include "compiler/builtin.h"
#include "compiler/fold.h"
#include "compiler/format.h"
#include "compiler/type.h"

static int failed;

static void check_that(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "line %d: %s\n", line, what);
	failed = 1;
}

#define CHECK(e) check_that((e), #e, __LINE__)

static bool is(const char *got, const char *want)
{
	if (!strcmp(got, want))
		return true;
	fprintf(stderr, "got %s, not %s\n", got, want);
	return false;
}

static void test_names(struct types *t)
{
	const struct type *parts[] = { &type_int8, type_string(t, 4) };
	const char *names[] = { "a", "b" };
	const struct type *p = type_ptr(t, &type_int32, SPACE_KERNEL);

	CHECK(is(type_str(p), "int32 *"));
	CHECK(is(type_str(type_ptr(t, p, SPACE_USER)), "int32 **"));
	CHECK(is(type_str(type_array(t, p, 4)), "int32 *[4]"));
	CHECK(is(type_str(type_array(t, type_array(t, &type_int8, 2), 3)),
		 "int8[3][2]"));
	CHECK(is(type_str(type_tuple(t, parts, NULL, 2)), "(int8,string[4])"));
	CHECK(is(type_str(type_tuple(t, parts, NULL, 1)), "(int8,)"));
	CHECK(is(type_str(type_tuple(t, parts, names, 2)),
		 "(a = int8, b = string[4])"));
	CHECK(type_tuple(t, parts, NULL, 2) == type_tuple(t, parts, NULL, 2));
	CHECK(type_ptr(t, &type_int8, SPACE_USER) !=
	      type_ptr(t, &type_int8, SPACE_KERNEL));
	CHECK(type_builtin(t, "unsigned long") == &type_uint64);
	CHECK(type_builtin(t, "const char") == &type_int8);
	CHECK(type_builtin(t, "short unsigned int") == &type_uint16);
	CHECK(!type_builtin(t, "task_struct") && !type_builtin(t, "const"));
}

static void test_layout(struct types *t)
{
	const struct type *parts[] = { &type_int8, &type_int64,
				       type_string(t, 3), &type_int16 };
	const struct type *s = type_tuple(t, parts, NULL, 4);

	CHECK(s->members[1].offset == 8 && s->members[2].offset == 16);
	CHECK(s->members[3].offset == 20 && s->size == 24 && s->align == 8);
	CHECK(type_array(t, type_string(t, 1u << 30), 1000)->size <= INT32_MAX);
}

static const struct type *join(struct types *t, const struct type *a,
			       const struct type *b)
{
	bool mixed = false;

	return type_join(t, a, b, &mixed);
}

static void test_joins(struct types *t)
{
	const struct type *one = type_literal(1, false);
	const struct type *minus = type_literal(1, true);
	bool mixed = false;

	CHECK(minus == &type_int8 && one->literal);
	CHECK(type_literal(UINT64_MAX, false) == &type_uint64);
	CHECK(type_literal(1ull << 63, true) == &type_int64);
	CHECK(type_settle(t, one) == &type_int8);
	CHECK(join(t, one, &type_uint64) == &type_uint64);
	CHECK(join(t, &type_uint8, type_literal(1000, false)) == &type_uint16);
	CHECK(join(t, &type_uint8, &type_int32) == &type_int32);
	CHECK(join(t, &type_uint32, &type_int32) == &type_int64);
	CHECK(type_join(t, &type_uint64, minus, &mixed) == &type_int64 &&
	      mixed);
	CHECK(join(t, type_string(t, 3), type_string(t, 9))->n == 9);
	CHECK(!join(t, one, type_string(t, 3)));
	CHECK(join(t, one, &type_none) == one);
	CHECK(join(t, one, type_ptr(t, &type_void, SPACE_USER))->kind == T_PTR);
	CHECK(!join(t, type_ptr(t, &type_int8, SPACE_BPF),
		    type_ptr(t, &type_int8, SPACE_KERNEL)));
}

static void test_plan(struct types *t)
{
	const struct type *parts[] = { &type_int8, type_string(t, 4) };
	const struct type *tuple = type_tuple(t, parts, NULL, 2);
	struct plan p = { 0 };
	uint32_t i = type_plan(t, &p, t->arena, tuple);

	CHECK(p.types.n == 4 && p.types.v[0].show == SHOW_NONE);
	CHECK(p.types.v[i].show == SHOW_TUPLE && p.types.v[i].fields.n == 2);
	CHECK(p.types.v[i].fields.v[1].offset == 1);
	CHECK(type_plan(t, &p, t->arena, tuple) == i && p.types.n == 4);
}

static void test_fold(void)
{
	struct constant a = { .value = 1 }, b = { .value = 63 }, c;

	CHECK(fold_binary(OP_SHL, &a, &b, &c) == FOLD_DONE &&
	      c.value == 1ull << 63 && !c.negative);
	b.value = 70;
	CHECK(fold_binary(OP_SHL, &a, &b, &c) == FOLD_SHIFT);
	b.value = 0;
	CHECK(fold_binary(OP_DIV, &a, &b, &c) == FOLD_ZERO);
	CHECK(fold_unary(OP_BNOT, &a, &c) == FOLD_DONE &&
	      c.value == UINT64_MAX - 1);
	a = (struct constant){ .value = 10, .negative = true };
	b.value = 3;
	CHECK(fold_binary(OP_DIV, &a, &b, &c) == FOLD_DONE && c.value == 3 &&
	      c.negative);
	a = (struct constant){ .value = UINT64_MAX };
	CHECK(fold_binary(OP_MUL, &a, &a, &c) == FOLD_OVERFLOW);
	a = (struct constant){ .value = 200 };
	c = fold_cast(&a, 1, true);
	CHECK(c.negative && c.value == 56);
	a = (struct constant){ .value = 1ull << 63, .negative = true };
	CHECK(fold_unary(OP_NEG, &a, &c) == FOLD_DONE && c.value == 1ull << 63);
}

static void test_format(struct arena *a)
{
	static const char text[] = "a%%b %-5d %*.*s %rx %llu %gr";
	struct format f = { 0 };
	const struct plan_segment *s;

	CHECK(!format_parse(a, text, sizeof(text) - 1, &f));
	CHECK(f.args.n == 7 && f.segments.n == 10);
	s = f.segments.v;
	CHECK(is(s[0].text, "a%b ") && s[1].conv == 'd' && s[1].width == 5);
	CHECK(s[3].conv == 's' && s[3].width == 2 && s[3].prec == 3 &&
	      s[3].arg == 3);
	CHECK(s[5].conv == 'R' && s[7].size == 8 && s[9].conv == 'g');
	CHECK(format_parse(a, "%", 1, &f) && format_parse(a, "%5", 2, &f));
	CHECK(format_parse(a, "%99999d", 7, &f) != NULL);
}

/* Every row of builtin.def makes sense. */
static void test_signatures(void)
{
	struct signature sig;
	size_t i;

	for (i = 0; i < NBUILTINS; i++) {
		if (!builtin_signature(&builtins[i], &sig)) {
			fprintf(stderr, "signature: %s\n", builtins[i].sig);
			failed = 1;
		}
		CHECK(builtin_find(builtins[i].name) == &builtins[i]);
	}
	CHECK(builtin_signature(&builtins[BUILTIN_kstack], &sig));
	CHECK(sig.nparams == 2 && !sig.nrequired &&
	      builtin_word(&sig.params[0], "raw") == 2 &&
	      builtin_word(&sig.params[0], "ra") < 0);
	CHECK(builtin_signature(&builtins[BUILTIN_printf], &sig));
	CHECK(sig.variadic && sig.nrequired == 1 && sig.params[0].literal);
	CHECK(builtin_is_value("pid") && builtin_is_value("arg0") &&
	      !builtin_is_value("printf") && !builtin_is_value("args0"));
}

int main(void)
{
	struct arena *a = arena_new();
	struct types t = { .arena = a, .max_strlen = 1024, .pointer_size = 8 };

	test_names(&t);
	test_layout(&t);
	test_joins(&t);
	test_plan(&t);
	test_fold();
	test_format(a);
	test_signatures();
	arena_free(a);
	return failed;
}
