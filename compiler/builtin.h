/* builtin.h - the values and functions that the compiler knows. */
#ifndef BUILTIN_H
#define BUILTIN_H

#include "base.h"

struct node;
struct type;

enum builtin_id {
#define BUILTIN(name, sig, flags, help) BUILTIN_##name,
#include "builtin.def"
#undef BUILTIN
	NBUILTINS
};

enum builtin_flags { BUILTIN_IS_CHECKED = 1, BUILTIN_IS_UNSAFE = 2 };

/* Bytes of what strerror(), signal_name() and syscall_name() return, the NUL
 * included: the longest name fits. */
enum { NAME_ROOM_ERROR = 56, NAME_ROOM_SIGNAL = 32, NAME_ROOM_SYSCALL = 32 };

struct builtin {
	enum builtin_id id;
	const char *name;
	const char *sig;
	const char *help;
	unsigned flags;
	bool is_value; /* may stand without () */
};

extern const struct builtin builtins[NBUILTINS];

const struct builtin *builtin_find(const char *name); /* NULL: none */
/* Is the name a value, or arg0, arg1, ...?  For the parser. */
bool builtin_is_value(const char *name);
/* N of "argN"; -1 for any other name. */
int builtin_arg(const char *name);

/* A signature taken apart. */
enum sig_kind {
	SIG_ANY,
	SIG_INT,
	SIG_BOOL,
	SIG_STRING,
	SIG_PTR,
	SIG_MAP,
	SIG_WORD,
	SIG_VOID,
	SIG_AGG,
	SIG_TYPE, /* of that name */
};

struct sig_param {
	enum sig_kind kind;
	bool literal;
	char name[32];	   /* SIG_TYPE, and "uint" of an int */
	const char *words; /* SIG_WORD: "a|b", up to a ']', ',' or ')' */
};

enum { SIG_MAX = 6 };

struct signature {
	struct sig_param result;
	struct sig_param params[SIG_MAX];
	uint32_t nparams, nrequired;
	bool variadic;
};

/* False: the row's signature makes no sense (a unit test sees to it). */
bool builtin_signature(const struct builtin *b, struct signature *out);
/* Which of a parameter's words this is, from 0; -1: none. */
int builtin_word(const struct sig_param *p, const char *word);
/* For hints: the nearest builtin's name; NULL when none is near. */
const char *builtin_nearest(const char *name);

#endif
