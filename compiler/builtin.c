/* builtin.c - the rows of builtin.def, and their signatures. */
#include "builtin.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK = BUILTIN_IS_CHECKED, UNSAFE = BUILTIN_IS_UNSAFE };

/* The values come first in builtin.def. */
const struct builtin builtins[NBUILTINS] = {
#define BUILTIN(word, signature, bits, text)       \
	[BUILTIN_##word] = { .id = BUILTIN_##word, \
			     .name = #word,        \
			     .sig = (signature),   \
			     .help = (text),       \
			     .flags = (bits),      \
			     .is_value = BUILTIN_##word < BUILTIN_printf },
#include "builtin.def"
#undef BUILTIN
};

const struct builtin *builtin_find(const char *name)
{
	size_t i;

	for (i = 0; i < NBUILTINS; i++)
		if (!strcmp(builtins[i].name, name))
			return &builtins[i];
	return NULL;
}

int builtin_arg(const char *name)
{
	size_t i;

	if (strncmp(name, "arg", 3) || !name[3] || strlen(name) > 5)
		return -1;
	for (i = 3; name[i]; i++)
		if (!isdigit((unsigned char)name[i]))
			return -1;
	return atoi(name + 3);
}

bool builtin_is_value(const char *name)
{
	const struct builtin *b = builtin_find(name);

	return b ? b->is_value : builtin_arg(name) >= 0;
}

const char *builtin_nearest(const char *name)
{
	const char *names[NBUILTINS + 1];
	size_t i;

	for (i = 0; i < NBUILTINS; i++)
		names[i] = builtins[i].name;
	names[i] = NULL;
	return nearest_name(name, names);
}

/* --- Signatures ----------------------------------------------------------- */

static const struct {
	const char *word;
	enum sig_kind kind;
} kinds[] = {
	{ "any", SIG_ANY },   { "int", SIG_INT },	{ "uint", SIG_INT },
	{ "bool", SIG_BOOL }, { "string", SIG_STRING }, { "ptr", SIG_PTR },
	{ "map", SIG_MAP },   { "word", SIG_WORD },	{ "void", SIG_VOID },
	{ "agg", SIG_AGG },
};

/* A word of letters, digits and underscores at *s, which moves past it and the
 * blanks behind it. */
static bool word(const char **s, char *out, size_t size)
{
	size_t n = 0;

	while (isalnum((unsigned char)(*s)[n]) || (*s)[n] == '_')
		n++;
	if (!n || n >= size)
		return false;
	memcpy(out, *s, n);
	out[n] = '\0';
	*s += n;
	while (**s == ' ')
		(*s)++;
	return true;
}

static bool param(const char **s, struct sig_param *p)
{
	char rest[32];
	size_t i;

	if (!word(s, p->name, sizeof(p->name)))
		return false;
	p->kind = SIG_TYPE;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].word, p->name))
			p->kind = kinds[i].kind;
	if (p->kind == SIG_WORD) {
		p->words = *s;
		*s += strcspn(*s, ",])");
	} else if (!strncmp(*s, "literal", 7)) {
		p->literal = word(s, rest, sizeof(rest));
	}
	return true;
}

static bool params(const char *s, struct signature *out)
{
	bool optional = false;

	while (*s && *s != ')') {
		if (*s == '[' || *s == ']' || *s == ',' || *s == ' ') {
			optional |= *s == '[';
			s++;
			continue;
		}
		if (!strncmp(s, "...", 3)) {
			out->variadic = true;
			s += 3;
			continue;
		}
		if (out->nparams == SIG_MAX ||
		    !param(&s, &out->params[out->nparams]))
			return false;
		out->nparams++;
		if (!optional)
			out->nrequired = out->nparams;
	}
	return *s == ')' && !s[1];
}

bool builtin_signature(const struct builtin *b, struct signature *out)
{
	const char *s = b->sig;
	char name[32];

	*out = (struct signature){ 0 };
	if (!param(&s, &out->result) || !word(&s, name, sizeof(name)) ||
	    strcmp(name, b->name))
		return false;
	if (!*s)
		return b->is_value;
	return *s == '(' && params(s + 1, out);
}

int builtin_word(const struct sig_param *p, const char *w)
{
	const char *s = p->words;
	size_t n;
	int i;

	for (i = 0;; i++) {
		n = strcspn(s, "|,])");
		if (strlen(w) == n && !memcmp(s, w, n))
			return i;
		s += n;
		if (*s != '|')
			return -1;
		s++;
	}
}
