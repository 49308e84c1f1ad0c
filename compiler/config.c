#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sema.h"

struct row {
	const char *key, *help;
	size_t offset; /* of its member */
	enum config_kind kind;
};

static const struct row rows[] = {
#define CONFIG(key, kind, def, help) \
	{ #key, help, offsetof(struct config, key), CONFIG_##kind },
#include "config.def"
#undef CONFIG
};

static const struct config defaults = {
#define CONFIG(key, kind, def, help) .key = def,
#include "config.def"
#undef CONFIG
};

struct choice {
	enum config_kind kind;
	const char *word;
	uint64_t value;
};

static const struct choice choices[] = {
	{ CONFIG_CHOICE_CACHE, "PER_PID", SYMBOLS_PER_PID },
	{ CONFIG_CHOICE_CACHE, "PER_PROGRAM", SYMBOLS_PER_PROGRAM },
	{ CONFIG_CHOICE_CACHE, "NONE", SYMBOLS_NONE },
	{ CONFIG_CHOICE_MISSING, "error", MISSING_ERROR },
	{ CONFIG_CHOICE_MISSING, "warn", MISSING_WARN },
	{ CONFIG_CHOICE_MISSING, "ignore", MISSING_IGNORE },
	{ CONFIG_CHOICE_STACK, "bpftrace", STACK_BPFTRACE },
	{ CONFIG_CHOICE_STACK, "perf", STACK_PERF },
	{ CONFIG_CHOICE_STACK, "raw", STACK_RAW },
	{ CONFIG_CHOICE_STACK, "build_id", STACK_BUILD_ID },
	{ CONFIG_CHOICE_UNSTABLE, "enable", 1 },
	{ CONFIG_CHOICE_UNSTABLE, "warn", 1 },
	{ CONFIG_CHOICE_UNSTABLE, "error", 0 },
	{ CONFIG_CHOICE_UNSTABLE, "true", 1 },
	{ CONFIG_CHOICE_UNSTABLE, "1", 1 },
	{ CONFIG_CHOICE_UNSTABLE, "false", 0 },
	{ CONFIG_CHOICE_UNSTABLE, "0", 0 },
};

/* Bounds that keep the rest of the compiler from sizes it can't serve. */
struct bound {
	const char *key;
	uint64_t min, max;
};

static const struct bound bounds[] = {
	{ "max_strlen", 1, 65536 },	  { "max_map_keys", 1, 1u << 26 },
	{ "on_stack_limit", 0, 512 },	  { "perf_rb_pages", 0, 1u << 18 },
	{ "max_cat_bytes", 1, 1u << 30 }, { "log_size", 1024, 1u << 30 },
};

/* Keys may be written stack_mode, STACK_MODE or BPFTRACE_STACK_MODE. */
static const struct row *find_row(const char *key)
{
	static const char *const prefixes[] = { "", "BPFTRACE_", "WAGGLE_" };
	size_t i, p;

	for (p = 0; p < countof(prefixes); p++) {
		size_t n = strlen(prefixes[p]);

		if (strncasecmp(key, prefixes[p], n))
			continue;
		for (i = 0; i < countof(rows); i++)
			if (!strcasecmp(key + n, rows[i].key))
				return &rows[i];
	}
	return NULL;
}

const char *config_nearest(const char *key)
{
	const char *names[countof(rows) + 1] = { NULL };
	char lower[64];
	size_t i;

	for (i = 0; i < countof(rows); i++)
		names[i] = rows[i].key;
	for (i = 0; key[i] && i + 1 < sizeof(lower); i++)
		lower[i] = (char)tolower((unsigned char)key[i]);
	lower[i] = '\0';
	return nearest_name(lower, names);
}

static bool parse_number(const char *s, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*v = strtoull(s, &end, 0);
	return !errno && !*end;
}

static bool parse_bool(const char *s, uint64_t *v)
{
	static const char *const words[] = { "0",  "1",	  "false", "true",
					     "no", "yes", "off",   "on" };
	size_t i;

	for (i = 0; i < countof(words); i++) {
		if (!strcasecmp(s, words[i])) {
			*v = i & 1;
			return true;
		}
	}
	return false;
}

static bool parse_choice(enum config_kind kind, const char *s, uint64_t *v)
{
	size_t i;

	for (i = 0; i < countof(choices); i++) {
		if (choices[i].kind == kind &&
		    !strcasecmp(choices[i].word, s)) {
			*v = choices[i].value;
			return true;
		}
	}
	return false;
}

static const struct bound *out_of_bounds(const struct row *row, uint64_t v)
{
	size_t i;

	for (i = 0; i < countof(bounds); i++)
		if (!strcmp(bounds[i].key, row->key) &&
		    (v < bounds[i].min || v > bounds[i].max))
			return &bounds[i];
	return NULL;
}

static const char *what_it_takes(const struct row *row)
{
	switch (row->kind) {
	case CONFIG_NUM:
		return "a number";
	case CONFIG_BOOL:
		return "true or false";
	case CONFIG_CHOICE_CACHE:
		return "PER_PID, PER_PROGRAM or NONE";
	case CONFIG_CHOICE_MISSING:
		return "error, warn or ignore";
	case CONFIG_CHOICE_STACK:
		return "bpftrace, perf, raw or build_id";
	case CONFIG_CHOICE_UNSTABLE:
		return "enable, warn or error";
	case CONFIG_TEXT:
		return "a string";
	}
	die("config kind %d", row->kind);
}

/* Returns what is wrong with the value, or NULL once it is stored. */
static const char *store(struct unit *u, const struct row *row, const char *s)
{
	char *member = (char *)&u->config + row->offset;
	const struct bound *b;
	uint64_t v = 0;
	bool ok = true;

	if (row->kind == CONFIG_TEXT) {
		*(const char **)(void *)member = arena_strdup(u->arena, s);
		return NULL;
	}
	if (row->kind == CONFIG_NUM)
		ok = parse_number(s, &v);
	else if (row->kind == CONFIG_BOOL)
		ok = parse_bool(s, &v);
	else
		ok = parse_choice(row->kind, s, &v);
	if (!ok)
		return arena_printf(u->arena, "%s takes %s, not '%s'", row->key,
				    what_it_takes(row), s);
	b = out_of_bounds(row, v);
	if (b)
		return arena_printf(u->arena,
				    "%s must be from %llu to %llu, not %s",
				    row->key, (unsigned long long)b->min,
				    (unsigned long long)b->max, s);
	*(uint64_t *)(void *)member = v;
	return NULL;
}

static const char *item_text(struct unit *u, const struct node *v)
{
	if (v->kind == N_STR)
		return v->str.s;
	if (v->kind == N_NAME)
		return v->name.s;
	if (v->kind == N_BOOL)
		return v->num.value ? "true" : "false";
	return arena_printf(u->arena, "%llu", (unsigned long long)v->num.value);
}

static void read_block(struct unit *u)
{
	const struct config_item *item;

	for (item = u->prog->config; item; item = item->next) {
		const struct row *row = find_row(item->key);
		const char *wrong, *near;
		struct diag *d;

		if (!row) {
			d = diag_error(u->diags, item->key_at,
				       DIAG_UNKNOWN_CONFIG,
				       "there is no setting '%s'", item->key);
			near = config_nearest(item->key);
			if (near)
				diag_hint(u->diags, d, "did you mean '%s'?",
					  near);
			continue;
		}
		wrong = store(u, row, item_text(u, item->value));
		if (wrong) {
			d = diag_error(u->diags, item->value->at,
				       DIAG_BAD_CONFIG, "%s", wrong);
			diag_hint(u->diags, d, "%s: %s", row->key, row->help);
		}
	}
}

static void read_environment(struct unit *u, const char *prefix)
{
	size_t i, j;

	for (i = 0; i < countof(rows); i++) {
		char name[64];
		const char *value, *wrong;

		snprintf(name, sizeof(name), "%s%s", prefix, rows[i].key);
		for (j = 0; name[j]; j++)
			name[j] = (char)toupper((unsigned char)name[j]);
		value = getenv(name);
		if (!value)
			continue;
		wrong = store(u, &rows[i], value);
		if (wrong)
			diag_plain(u->diags, DIAG_BAD_CONFIG,
				   "the environment's %s: %s", name, wrong);
	}
}

void config_read(struct unit *u)
{
	u->config = defaults;
	read_block(u);
	read_environment(u, "BPFTRACE_");
	read_environment(u, "WAGGLE_");
}

static const char *choice_word(enum config_kind kind, uint64_t value)
{
	size_t i;

	for (i = 0; i < countof(choices); i++)
		if (choices[i].kind == kind && choices[i].value == value)
			return choices[i].word;
	return "";
}

bool config_get(const struct unit *u, const char *key, struct config_value *v)
{
	const struct row *row = find_row(key);
	const char *member;

	if (!row)
		return false;
	*v = (struct config_value){ .kind = row->kind };
	member = (const char *)&u->config + row->offset;
	if (row->kind == CONFIG_TEXT) {
		v->text = *(const char *const *)(const void *)member;
		return true;
	}
	v->num = *(const uint64_t *)(const void *)member;
	if (row->kind != CONFIG_NUM && row->kind != CONFIG_BOOL)
		v->text = choice_word(row->kind, v->num);
	return true;
}
