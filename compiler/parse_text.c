/* parse_text.c - the insides of tokens: escapes, numbers, attach points. */
#include "grammar/lexer.h"

#include <ctype.h>
#include <string.h>

char text_at(const struct lexer *lx, uint32_t pos)
{
	return pos < lx->end ? lx->src->text[pos - lx->src->base] : '\0';
}

static uint32_t skip_line(const struct lexer *lx, uint32_t pos)
{
	while (pos < lx->end && text_at(lx, pos) != '\n')
		pos++;
	return pos;
}

static uint32_t skip_comment(const struct lexer *lx, uint32_t pos)
{
	for (pos += 2; pos < lx->end; pos++)
		if (text_at(lx, pos) == '*' && text_at(lx, pos + 1) == '/')
			return pos + 2;
	return pos;
}

uint32_t text_skip_blank(const struct lexer *lx, uint32_t pos)
{
	for (;;) {
		char c = text_at(lx, pos), next = text_at(lx, pos + 1);

		if (isspace((unsigned char)c))
			pos++;
		else if (c == '/' && next == '/')
			pos = skip_line(lx, pos);
		else if (c == '/' && next == '*')
			pos = skip_comment(lx, pos);
		else
			return pos;
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool text_has_word(const struct lexer *lx, uint32_t pos, const char *w)
{
	for (; *w; w++, pos++)
		if (text_at(lx, pos) != *w)
			return false;
	return !is_word(text_at(lx, pos));
}

/* --- Strings -------------------------------------------------------------- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Up to max digits; returns how many. */
static size_t digits(const char *s, size_t n, size_t max, int base,
		     unsigned *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < n && i < max && digit(s[i]) < base; i++)
		*value = *value * (unsigned)base + (unsigned)digit(s[i]);
	return i;
}

/* What the escape at s, after its backslash, stands for; returns its length, 0
 * for none. */
static size_t escape(const char *s, size_t n, char *out)
{
	static const char from[] = "ntr\"\\", to[] = "\n\t\r\"\\";
	const char *simple = n ? memchr(from, *s, sizeof(from) - 1) : NULL;
	unsigned value;
	size_t len;

	if (simple) {
		*out = to[simple - from];
		return 1;
	}
	if (n && *s == 'x') {
		len = digits(s + 1, n - 1, 2, 16, &value);
		*out = (char)value;
		return len ? len + 1 : 0;
	}
	len = digits(s, n, 3, 8, &value);
	*out = (char)value;
	return value > 255 ? 0 : len;
}

struct text text_unescape(struct lexer *lx, const char *s, size_t n,
			  uint32_t pos)
{
	char *out = arena_alloc(lx->prog->arena, n + 1), *o = out;
	size_t i, len;

	for (i = 0; i < n; i++) {
		struct span at = { pos + (uint32_t)i, pos + (uint32_t)i + 2 };

		if (s[i] != '\\') {
			*o++ = s[i];
			continue;
		}
		len = escape(s + i + 1, n - i - 1, o);
		if (len) {
			i += len;
			o++;
			continue;
		}
		diag_hint(lx->prog->diags,
			  diag_error(lx->prog->diags, at, DIAG_STRING_ESCAPE,
				     "unknown escape in a string"),
			  "there are \\n \\t \\r \\\" \\\\ \\ooo (to \\377) "
			  "and \\xHH; \\\\ is a backslash");
		lx->prog->broken = true;
	}
	return (struct text){ out, (uint32_t)(o - out) };
}

/* --- Numbers -------------------------------------------------------------- */

static const char suffixes[] =
	"durations end in ns us ms s m h d, C's integers in u l ul ll ull";

static struct number bad_number(struct lexer *lx, struct span at,
				const char *hint)
{
	struct diag *d = diag_error(
		lx->prog->diags, at, DIAG_BAD_NUMBER, "invalid integer '%.*s'",
		at.end - at.beg > 40 ? 40 : (int)(at.end - at.beg),
		lx->src->text + (at.beg - lx->src->base));

	diag_hint(lx->prog->diags, d, "%s", hint);
	lx->prog->broken = true;
	return (struct number){ 0 };
}

static struct number too_big(struct lexer *lx, struct span at)
{
	diag_hint(lx->prog->diags,
		  diag_error(lx->prog->diags, at, DIAG_OVERFLOW,
			     "overflow error, maximum value is %llu: %.*s",
			     (unsigned long long)UINT64_MAX,
			     at.end - at.beg > 40 ? 40 : (int)(at.end - at.beg),
			     lx->src->text + (at.beg - lx->src->base)),
		  "integers have 64 bits");
	lx->prog->broken = true;
	return (struct number){ 0 };
}

static bool times(uint64_t *v, uint64_t by)
{
	return !__builtin_mul_overflow(*v, by, v);
}

/* What the suffix multiplies by; 0: no such suffix. */
static uint64_t unit(const char *s, size_t n, bool *is_unsigned)
{
	static const struct {
		const char *suffix;
		uint64_t by;
	} units[] = {
		{ "", 1 },
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", 60000000000 },
		{ "h", 3600000000000 },
		{ "d", 86400000000000 },
		{ "u", 1 },
		{ "l", 1 },
		{ "ul", 1 },
		{ "lu", 1 },
		{ "ll", 1 },
		{ "ull", 1 },
		{ "llu", 1 },
	};
	char lower[4] = "";
	size_t i;

	if (n >= sizeof(lower))
		return 0;
	for (i = 0; i < n; i++)
		lower[i] = s[i];
	/* C's suffixes may be in capitals, durations not */
	if (strspn(lower, "uUlL") == n)
		for (i = 0; i < n; i++)
			lower[i] = (char)tolower((unsigned char)lower[i]);
	for (i = 0; i < countof(units); i++) {
		if (strcmp(units[i].suffix, lower))
			continue;
		*is_unsigned = units[i].by == 1 && strchr(lower, 'u') &&
			       strspn(lower, "ul") == n;
		return units[i].by;
	}
	return 0;
}

/* 10^e of 1e6, read off *s; false: too big. */
static bool exponent(const char **s, const char *end, uint64_t *value)
{
	unsigned e = 0;

	for (++*s; *s < end && (isdigit((unsigned char)**s) || **s == '_');
	     ++*s)
		if (**s != '_' && e < 1000)
			e = e * 10 + (unsigned)(**s - '0');
	while (*value && e--)
		if (!times(value, 10))
			return false;
	return true;
}

struct number text_number(struct lexer *lx, const char *s, size_t n,
			  struct span at)
{
	const char *end = s + n, *beg;
	struct number num = { 0 };
	bool fits = true;
	uint64_t by;
	int base = 10;

	if (n > 1 && s[0] == '0' && !lx->after_dot) {
		base = s[1] == 'x' || s[1] == 'X'     ? 16
		       : s[1] == 'b' || s[1] == 'B'   ? 2
		       : isdigit((unsigned char)s[1]) ? 8
						      : 10;
		s += base == 16 || base == 2 ? 2 : 0;
	}
	for (beg = s; s < end && (digit(*s) < base || *s == '_'); s++) {
		if (*s == '_')
			continue;
		fits = fits && times(&num.value, (uint64_t)base) &&
		       !__builtin_add_overflow(num.value, digit(*s),
					       &num.value);
	}
	if (s == beg)
		return bad_number(lx, at,
				  base == 16 ? "digits follow 0x"
					     : "digits follow 0b");
	if (*beg == '_' || s[-1] == '_')
		return bad_number(lx, at, "'_' stands between digits");
	if (base == 10 && end - s > 1 && (*s == 'e' || *s == 'E') &&
	    isdigit((unsigned char)s[1]))
		fits = exponent(&s, end, &num.value) && fits;
	by = unit(s, (size_t)(end - s), &num.is_unsigned);
	if (!by)
		return bad_number(
			lx, at,
			base == 8 ? "a number that begins with 0 is octal"
				  : suffixes);
	fits = fits && times(&num.value, by);
	return fits ? num : too_big(lx, at);
}

/* --- Attach points -------------------------------------------------------- */

struct parts {
	VEC(const char *) s;
	VEC(struct span) at;
};

static size_t quoted(struct lexer *lx, const char *s, size_t n, uint32_t pos,
		     struct strbuf *b)
{
	struct text t;
	size_t i = 1;

	while (i < n && s[i] != '"')
		i += s[i] == '\\' && i + 1 < n ? 2 : 1;
	t = text_unescape(lx, s + 1, i - 1, pos + 1);
	strbuf_add(b, t.s, strlen(t.s));
	return i + 1;
}

static void end_part(struct lexer *lx, struct parts *parts, struct strbuf *b,
		     struct span at)
{
	struct arena *a = lx->prog->arena;

	*vec_push(a, &parts->s) = arena_strndup(a, b->len ? b->s : "", b->len);
	*vec_push(a, &parts->at) = at;
	strbuf_reset(b);
}

struct point *text_point(struct lexer *lx, const char *s, size_t n,
			 uint32_t pos)
{
	struct point *p = arena_make(lx->prog->arena, struct point);
	struct parts parts = { 0 };
	struct strbuf b = { 0 };
	size_t i = 0, beg = 0;

	while (i < n) {
		if (s[i] == '"') {
			i += quoted(lx, s + i, n - i, pos + (uint32_t)i, &b);
		} else if (s[i] == ':') {
			end_part(lx, &parts, &b,
				 (struct span){ pos + (uint32_t)beg,
						pos + (uint32_t)i });
			beg = ++i;
		} else if (s[i] == '\\' && i + 1 < n) {
			strbuf_add(&b, s + i + 1, 1);
			i += 2;
		} else if (s[i] == '[') {
			size_t len = strcspn(s + i, "]") + 1;

			strbuf_add(&b, s + i, len);
			i += len;
		} else {
			strbuf_add(&b, s + i++, 1);
		}
	}
	end_part(lx, &parts, &b,
		 (struct span){ pos + (uint32_t)beg, pos + (uint32_t)n });
	strbuf_free(&b);
	p->at = (struct span){ pos, pos + (uint32_t)n };
	p->parts = parts.s.v;
	p->parts_at = parts.at.v;
	p->nparts = (uint32_t)parts.s.n;
	return p;
}
