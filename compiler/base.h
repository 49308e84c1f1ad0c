/* base.h - arena, growable array, string builder.  Depends on nothing. */
#ifndef BASE_H
#define BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define countof(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Everything the compiler builds lives in one arena and dies with it.  There
 * is no per-object free, and allocation cannot fail: running out of memory
 * ends the process.
 */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* zeroed, max-aligned */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define arena_make(a, type) ((type *)arena_alloc((a), sizeof(type)))

/*
 * A growable array in an arena, declared as { T *v; size_t n, cap; }.
 * vec_push() yields the address of the new, zeroed element; pointers into the
 * array last until the next push.
 */
#define VEC(T)              \
	struct {            \
		T *v;       \
		size_t n;   \
		size_t cap; \
	}

#define vec_push(a, vec)                                           \
	((vec)->v = vec_grow((a), (vec)->v, (vec)->n, &(vec)->cap, \
			     sizeof(*(vec)->v)),                   \
	 &(vec)->v[(vec)->n++])

void *vec_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size);

/* Text put together piece by piece; free() the result of strbuf_take(). */
struct strbuf {
	char *s; /* NUL-terminated once anything was added; else NULL */
	size_t len, cap;
};

void strbuf_add(struct strbuf *b, const char *s, size_t n);
void strbuf_printf(struct strbuf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void strbuf_reset(struct strbuf *b); /* keeps the room */
void strbuf_free(struct strbuf *b);

/* The nearest of names to a word, by edit distance; NULL when none is near
 * enough to be worth suggesting.  names ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);
int edit_distance(const char *a, const char *b);

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A library is about to allocate n bytes in one piece and to fill them: have
 * their pages made in one go.  Else each costs a page fault, which for the
 * kernel's 6 MB of types is a quarter of the time to start. */
void heap_expect(size_t n);

#endif
