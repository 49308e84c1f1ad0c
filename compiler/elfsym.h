/*
 * elfsym.h - the files that user probes name, and the functions in them.
 *
 * Serves both sides: the compiler resolves attach points with it, the runtime
 * reads symbol tables to name addresses.  Nothing here prints; what went wrong
 * comes back as a code, a sentence and, where one is known, what to write
 * instead.  ELF files, /proc and ld.so.cache are taken to be hostile.
 *
 * elfpath.c and elfmaps.c find files, elffile.c reads them with the help of
 * elfdebug.c, elfsym.c resolves names, elfname.c compares them.
 */
#ifndef ELFSYM_H
#define ELFSYM_H

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

#include "base.h"

enum elfsym_code {
	ELFSYM_OK,
	ELFSYM_NO_FILE,	   /* no such file, program or library */
	ELFSYM_NO_PROCESS, /* the process does not exist (any more) */
	ELFSYM_NO_ACCESS,  /* the file is there but cannot be read */
	ELFSYM_NOT_ELF,	   /* a script, a directory, a damaged file ... */
	ELFSYM_NO_SYMBOL,  /* the file has no function of that name */
	ELFSYM_BAD_OFFSET, /* beyond the end of the function */
	ELFSYM_NOT_LOADED, /* an address that no loaded segment covers */
};

/* Filled by functions that return another code than ELFSYM_OK. */
struct elfsym_err {
	enum elfsym_code code;
	char text[512]; /* one sentence, without a full stop */
	char hint[512]; /* what to do instead; "" when nothing is known */
};

/* ---- finding files (elfpath.c, elfmaps.c) ---- */

/*
 * The file that name means: a path; a program in $PATH; a library by its file
 * name (libssl.so.3) or without the end of it (libc).  With pid > 0 it is
 * looked for as that process sees it: libraries among those it has mapped,
 * paths below its root directory.  path receives a name that open() and the
 * kernel's uprobe interfaces take from this process.  err may be NULL.
 */
enum elfsym_code elfsym_find(const char *name, pid_t pid, char path[PATH_MAX],
			     struct elfsym_err *err);

/*
 * Like elfsym_find(), but name may be a pattern: "*" (with pid > 0) means
 * every ELF file that the process has mapped executable, and a path with
 * wildcards every ELF file that it matches.  Calls fn once for each file,
 * until fn returns false.
 */
typedef bool elfsym_file_fn(void *arg, const char *path);
enum elfsym_code elfsym_find_all(const char *name, pid_t pid,
				 elfsym_file_fn *fn, void *arg,
				 struct elfsym_err *err);

/* A line of /proc/PID/maps. */
struct elfsym_map {
	uint64_t start, end;  /* [start, end) */
	uint64_t file_offset; /* of start */
	uint64_t dev, ino;    /* as the kernel shows them; 0: no file */
	const char *path;     /* as the process named it; "" for none */
	bool exec, deleted;   /* " (deleted)" is already cut from path */
};

/*
 * Calls fn for each mapping, ascending, until fn returns false.  What m points
 * to lasts for that call only.  Returns 0 or -errno (-ENOENT: no process).
 */
typedef bool elfsym_map_fn(void *arg, const struct elfsym_map *m);
int elfsym_maps_each(pid_t pid, elfsym_map_fn *fn, void *arg);
/* The same of a map that was kept. */
void elfsym_maps_read(FILE *f, elfsym_map_fn *fn, void *arg);

/*
 * Opens the file behind a mapping of pid, whatever its mount namespace and
 * also when it was deleted or replaced.  path receives the name under which
 * it was opened.  Returns a descriptor or -errno.
 */
int elfsym_map_open(pid_t pid, const struct elfsym_map *m, char path[PATH_MAX]);

/* ---- reading ELF files (elffile.c, elfsym.c) ---- */

struct elfsym_file; /* an open ELF file, with its separate debug file */

struct elfsym {
	const char *name;   /* as in the file (mangled), without @VERSION */
	uint64_t addr;	    /* virtual address in the file */
	uint64_t size;	    /* bytes; for a function with none recorded, to the
			     * next function */
	uint64_t offset;    /* in the file; ELFSYM_NO_OFFSET when not loaded */
	unsigned char bind; /* STB_* */
	bool ifunc;	    /* picks the function to use at load time */
	bool alias; /* another name of the element before (lists only) */
};

#define ELFSYM_NO_OFFSET UINT64_MAX

struct elfsym_list {
	struct elfsym *v;
	size_t n;
};

/* NULL on failure.  Close with elfsym_close(); symbols' names die with it
 * unless said otherwise. */
struct elfsym_file *elfsym_open(const char *path, struct elfsym_err *err);
/* Takes over fd, also on failure; path is what messages and the search for a
 * separate debug file go by. */
struct elfsym_file *elfsym_open_fd(int fd, const char *path,
				   struct elfsym_err *err);
/* image must outlive the file: for the vDSO. */
struct elfsym_file *elfsym_open_image(const void *image, size_t size);
void elfsym_close(struct elfsym_file *f);

/* The path of the separate debug file in use; NULL when there is none. */
const char *elfsym_debug_path(const struct elfsym_file *f);
/* True when the file has names beyond those of dynamic linking. */
bool elfsym_has_symtab(const struct elfsym_file *f);
/* The bytes of the GNU build id; NULL when there is none. */
const unsigned char *elfsym_build_id(const struct elfsym_file *f, size_t *len);
/* Whether programs of this machine's architecture are in it. */
bool elfsym_is_native(const struct elfsym_file *f);

/* Virtual address <-> place in the file; false: nothing is loaded there. */
bool elfsym_addr_to_offset(const struct elfsym_file *f, uint64_t addr,
			   uint64_t *offset);
bool elfsym_offset_to_addr(const struct elfsym_file *f, uint64_t offset,
			   uint64_t *addr);

/*
 * Every function symbol, in no order, the same one perhaps several times
 * (.symtab, .dynsym, the debug file), size as recorded, until fn returns
 * false.  The cheap way for those who sort anyway.
 */
typedef bool elfsym_fn(void *arg, const struct elfsym *s);
void elfsym_each_raw(struct elfsym_file *f, elfsym_fn *fn, void *arg);

/* Every function, ascending by address, names of one address as for
 * elfsym_resolve(), each once, until fn returns false. */
void elfsym_each(struct elfsym_file *f, elfsym_fn *fn, void *arg);

enum elfsym_lang {
	ELFSYM_AUTO, /* the plain name; failing that, as C++ if it looks so */
	ELFSYM_CPP,  /* compare with demangled names (bin:cpp:"A::f") */
};

/* Whether name is what pattern means; NULL stands for fnmatch(3). */
typedef bool elfsym_like(const char *pattern, const char *name);

/*
 * All functions that name means, ascending by address, allocated with their
 * names from a.  C++ names may be written with or without the parameter list
 * and the return type; without it, all overloads are meant.  Wildcards are
 * compared using like.  Several names of one address follow each other, the
 * best known first, the others with alias set.
 */
enum elfsym_code elfsym_resolve(struct elfsym_file *f, struct arena *a,
				const char *name, enum elfsym_lang lang,
				elfsym_like *like, struct elfsym_list *out,
				struct elfsym_err *err);

/* offset must be inside of s: ELFSYM_BAD_OFFSET says how long s is. */
enum elfsym_code elfsym_check_offset(const struct elfsym *s, uint64_t offset,
				     struct elfsym_err *err);

/*
 * Where the code of a source line begins, ascending, one place a function:
 * name is the function's, addr and offset are the line's.  source: the end of
 * its path; column: 0 is any.  elfline.c, by debug information.
 */
enum elfsym_code elfsym_line(struct elfsym_file *f, struct arena *a,
			     const char *source, int line, int column,
			     struct elfsym_list *out, struct elfsym_err *err);

/*
 * Every place where a function was inlined, in no order, until fn returns
 * false: its name, that of its symbol (C++; else NULL), and the address of its
 * first instruction.  elfinline.c, by debug information.
 */
typedef bool elfsym_inlined_fn(void *arg, const char *name, const char *symbol,
			       uint64_t addr);
void elfsym_each_inlined(struct elfsym_file *f, elfsym_inlined_fn *fn,
			 void *arg);
/* Of a function that has no symbol: the hint, if that is why. */
void elfsym_hint_inlined(struct elfsym_file *f, const char *name,
			 struct elfsym_err *err);

/* The function that covers an address; ELFSYM_NO_SYMBOL, ELFSYM_NOT_LOADED. */
enum elfsym_code elfsym_at(struct elfsym_file *f, uint64_t addr,
			   struct elfsym *out, struct elfsym_err *err);

/* A variable or, failing that, a function, by plain or demangled name. */
enum elfsym_code elfsym_object(struct elfsym_file *f, const char *name,
			       struct elfsym *out, struct elfsym_err *err);

/*
 * Up to max names (at most 8) of functions near to name, the nearest first,
 * for hints; only names that are safe to print.  Allocated from a.  Returns
 * how many.
 */
size_t elfsym_nearest(struct elfsym_file *f, struct arena *a, const char *name,
		      enum elfsym_lang lang, const char **out, size_t max);

/* ---- names (elfname.c) ---- */

/* The C++ form of a mangled name, to be freed; NULL when it is none. */
char *elfsym_demangle(const char *name);

/* Whether pattern means the demangled name; see elfsym_resolve(). */
bool elfsym_cpp_matches(const char *pattern, const char *demangled,
			elfsym_like *like);

/* Whether a name has *, ? or [ in it. */
bool elfsym_is_pattern(const char *name);

/* Less than 0 when a is the better name for an address than b is: global
 * before weak before local, fewer leading underscores, shorter. */
int elfsym_rank(const struct elfsym *a, const struct elfsym *b);

/* Fills err, if there is one; returns code.  hint may be NULL. */
enum elfsym_code elfsym_fail(struct elfsym_err *err, enum elfsym_code code,
			     const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
