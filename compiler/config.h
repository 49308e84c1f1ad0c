/* config.h - settings: their defaults, the config block, the environment. */
#ifndef CONFIG_H
#define CONFIG_H

#include "plan.h"

struct unit;

typedef uint64_t config_NUM, config_BOOL, config_CHOICE_CACHE,
	config_CHOICE_MISSING, config_CHOICE_STACK, config_CHOICE_UNSTABLE;
typedef const char *config_TEXT;

/* A member for each row of config.def, named as the key is.  Choices hold the
 * enumerators of plan.h. */
struct config {
#define CONFIG(key, kind, def, help) config_##kind key;
#include "config.def"
#undef CONFIG
};

enum config_kind {
	CONFIG_NUM,
	CONFIG_BOOL,
	CONFIG_CHOICE_CACHE,
	CONFIG_CHOICE_MISSING,
	CONFIG_CHOICE_STACK,
	CONFIG_CHOICE_UNSTABLE,
	CONFIG_TEXT,
};

/* One setting as found by config_get(). */
struct config_value {
	enum config_kind kind;
	uint64_t num;
	const char *text; /* CONFIG_TEXT, and the word of a choice */
};

/* Defaults, then the program's config block, then BPFTRACE_NAME and WAGGLE_NAME
 * of the environment.  Errors go to u->diags. */
void config_read(struct unit *u);

/* For config.KEY in a script; false: there is no such key. */
bool config_get(const struct unit *u, const char *key, struct config_value *v);

/* For hints; NULL when no key is near. */
const char *config_nearest(const char *key);

#endif
