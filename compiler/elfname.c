/* elfname.c - demangling, and comparing names of functions with patterns. */
#include "elffile.h"

#include <ctype.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the C++ runtime; it has no C header. */
extern char *__cxa_demangle(const char *name, char *buf, size_t *len, int *st);
/*
 * The same without a heap, in pieces.  libstdc++.a has it, in the object of
 * __cxa_demangle; libstdc++.so does not export it, hence weak.
 */
extern int __gcclibcxx_demangle_callback(const char *name,
					 void (*fn)(const char *, size_t,
						    void *),
					 void *arg) __attribute__((weak));

enum {
	MAX_MANGLED = 8192,	  /* bytes of a name that we try to demangle */
	MAX_DEMANGLED = 32 * 1024 /* and of what may come out of it */
};

enum elfsym_code elfsym_fail(struct elfsym_err *err, enum elfsym_code code,
			     const char *hint, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	snprintf(err->hint, sizeof(err->hint), "%s", hint ? hint : "");
	return code;
}

struct demangling {
	struct strbuf out;
	jmp_buf stop;
};

static void add_piece(const char *s, size_t n, void *arg)
{
	struct demangling *d = arg;

	if (d->out.len + n > MAX_DEMANGLED)
		longjmp(d->stop, 1);
	strbuf_add(&d->out, s, n);
}

/*
 * Twenty substitutions in a mangled name can stand for a megabyte, sixty for
 * more than there is memory, so the output of hostile names must be cut off.
 * The callback form holds nothing that a longjmp() would lose.
 */
static char *demangle_bounded(const char *name)
{
	struct demangling *d = calloc(1, sizeof(*d));
	char *s;

	if (!d)
		return NULL;
	if (setjmp(d->stop) ||
	    __gcclibcxx_demangle_callback(name, add_piece, d))
		strbuf_free(&d->out);
	s = d->out.s;
	free(d);
	return s;
}

char *elfsym_demangle(const char *name)
{
	int status;

	/* Anything else would be read as a type: "i" is "int". */
	if (name[0] != '_' || name[1] != 'Z' || strlen(name) > MAX_MANGLED)
		return NULL;
	if (__gcclibcxx_demangle_callback)
		return demangle_bounded(name);
	return __cxa_demangle(name, NULL, NULL, &status);
}

bool elfsym_is_pattern(const char *name)
{
	return name[strcspn(name, "*?[")];
}

bool elfname_glob(const char *pattern, const char *name)
{
	return !fnmatch(pattern, name, 0);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Length of s without the parameter list and what follows it. */
static size_t without_params(const char *s)
{
	const char *clone = strstr(s, " [clone ");
	size_t len = clone ? (size_t)(clone - s) : strlen(s), i = len;
	int depth = 0;

	while (i > 0 && s[i - 1] != ')')
		i--;
	/* "f(int) const" has a list, "f(int)::x" has none. */
	if (!i || (i < len && s[i] != ' '))
		return len;
	while (i-- > 0) {
		depth += s[i] == ')';
		depth -= s[i] == '(';
		if (!depth)
			return i;
	}
	return len;
}

/* Where the name begins in s[0..len): template functions are demangled with
 * their return type before it. */
static size_t name_start(const char *s, size_t len)
{
	size_t i, start = 0;
	int depth = 0;

	if (strstr(s, " thunk to ") || strstr(s, " for "))
		return 0;
	for (i = 0; i < len; i++) {
		/* "operator new" and "operator<" end what can be parsed. */
		if (!depth && starts_with(s + i, "operator") &&
		    (!i || !is_word(s[i - 1])) && !is_word(s[i + 8]))
			break;
		depth += strchr("<({[", s[i]) != NULL;
		depth -= strchr(">)}]", s[i]) != NULL;
		if (!depth && s[i] == ' ')
			start = i + 1;
	}
	return start;
}

/* Compares without blanks: "f(int,int)" is "f(int, int)". */
static bool same_text(const char *a, const char *s, size_t len)
{
	const char *end = s + len;

	for (;; a++, s++) {
		while (*a == ' ')
			a++;
		while (s < end && *s == ' ')
			s++;
		if (!*a || s == end)
			return !*a && s == end;
		if (*a != *s)
			return false;
	}
}

static bool like_part(const char *pattern, const char *s, size_t len,
		      elfsym_like *like)
{
	char *part = strndup(s, len);
	bool yes;

	if (!part)
		return false;
	yes = like ? like(pattern, part) : elfname_glob(pattern, part);
	free(part);
	return yes;
}

bool elfsym_cpp_matches(const char *pattern, const char *demangled,
			elfsym_like *like)
{
	size_t full = strlen(demangled), len = without_params(demangled);
	size_t start = name_start(demangled, len), i;
	const struct {
		size_t from, to;
	} parts[] = {
		{ 0, full }, { 0, len }, { start, full }, { start, len }
	};

	/* The cold half of a function is no place to enter it. */
	if (strstr(demangled, " [clone .cold"))
		return same_text(pattern, demangled, full);
	for (i = 0; i < countof(parts); i++) {
		const char *s = demangled + parts[i].from;

		if (same_text(pattern, s, parts[i].to - parts[i].from))
			return true;
	}
	if (!elfsym_is_pattern(pattern))
		return false;
	for (i = 0; i < countof(parts); i++) {
		const char *s = demangled + parts[i].from;

		if (like_part(pattern, s, parts[i].to - parts[i].from, like))
			return true;
	}
	return false;
}

static int bind_rank(unsigned char bind)
{
	return bind == STB_GLOBAL ? 0 : bind == STB_WEAK ? 1 : 2;
}

int elfsym_rank(const struct elfsym *a, const struct elfsym *b)
{
	size_t ua = strspn(a->name, "_"), ub = strspn(b->name, "_");
	size_t la, lb;

	if (bind_rank(a->bind) != bind_rank(b->bind))
		return bind_rank(a->bind) - bind_rank(b->bind);
	if (ua != ub)
		return ua < ub ? -1 : 1;
	la = strlen(a->name);
	lb = strlen(b->name);
	if (la != lb)
		return la < lb ? -1 : 1;
	return strcmp(a->name, b->name);
}

void elfname_strip(char *demangled)
{
	size_t len = without_params(demangled);
	size_t start = name_start(demangled, len);

	memmove(demangled, demangled + start, len - start);
	demangled[len - start] = '\0';
}

void elfname_word(const char *pattern, char word[64])
{
	const char *s = pattern, *p;
	size_t n = 0;

	word[0] = '\0';
	/* Operators, std's abbreviations and template arguments do not appear
	 * as they are written. */
	if (strpbrk(pattern, "*?[<{") || strstr(pattern, "operator") ||
	    strstr(pattern, "std::"))
		return;
	for (p = pattern; *p && *p != '('; p++)
		if (p[0] == ':' || p[0] == '~' || p[0] == ' ')
			s = p + 1;
	while (is_word(s[n]))
		n++;
	if (n < 64) {
		memcpy(word, s, n);
		word[n] = '\0';
	}
}

int elfname_distance(const char *name, const char *candidate)
{
	size_t len = strlen(name), other = strlen(candidate), i;
	int far = (int)len / 3 + 1, d;

	for (i = 0; i < other; i++)
		if (candidate[i] < ' ' || candidate[i] > '~')
			return -1;
	if (len > 2 && !strncmp(name, candidate, len))
		return 1 + (int)(other - len) / 4;
	if (other + (size_t)far < len || len + (size_t)far < other)
		return -1;
	d = edit_distance(name, candidate);
	return d <= far ? 2 * d : -1;
}
