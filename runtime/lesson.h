/* lesson.h - the lessons of waggle learn: examples/tutorial/, as parts. */
#ifndef LESSON_H
#define LESSON_H

#include <stdio.h>

#include "compiler/base.h"

/*
 * A lesson is a text that reads well by itself.  Its first line is its title;
 * a line "-- WORD [ARGUMENT]" begins a part, and what stands before the first
 * such line is a part as well, of the kind TEXT.
 *
 *	-- text		what to read
 *	-- workload	a shell's lines: what happens while a script runs
 *	-- try		a script that is run over it
 *	-- command	shell's lines that use waggle
 *	-- recorded	what the last try or command printed, for who may not
 *run it
 *	-- exercise	what to do
 *	-- options ...	what the learner's script is given after its name
 *	-- must RE	the script has to match that; the text says why
 *	-- wrong RE	a line of the output does: the text says what went wrong
 *	-- expect RE	a line has to, or so many: "expect 3 RE"; the text is a
 *hint
 *	-- hint		what helps; they are given one by one
 *	-- answer	a script that solves it
 *	-- if NAME ... -- else ... -- end
 *			parts for machines that have it, or have not: kprobe
 */
enum part_kind {
	PART_TEXT,
	PART_WORKLOAD,
	PART_TRY,
	PART_COMMAND,
	PART_RECORDED,
	PART_EXERCISE,
	PART_OPTIONS,
	PART_MUST,
	PART_WRONG,
	PART_EXPECT,
	PART_HINT,
	PART_ANSWER,
};

struct lesson_part {
	enum part_kind kind;
	const char *arg;  /* "" when there is none */
	const char *text; /* ends with a newline, or is "" */
};

struct lesson {
	const char *name; /* of the file: "04-maps" */
	const char *title;
	VEC(struct lesson_part) parts;
};

/* Made of the files by examples/tutorial/embed.awk, in their order. */
struct lesson_text {
	const char *name, *text;
};
extern const struct lesson_text lesson_texts[];
extern const size_t nlesson_texts;

/* The parts that are for this machine, in the arena. */
struct lesson *lesson_read(struct arena *a, const struct lesson_text *text);
/* The next part of that kind at or after i; n when there is none. */
size_t lesson_next(const struct lesson *l, size_t i, enum part_kind kind);

/* ---- what became of an exercise ---- */

/*
 * Judge a script by its text and by what it printed over the workload
 * (NULL: it could not be run; only its text is looked at): the exercise's
 * parts stand from part i to the next exercise.  NULL: it is right; else what
 * to tell the learner.
 */
const char *lesson_judge(const struct lesson *l, size_t i, const char *script,
			 const char *printed);

/* ---- progress ---- */

/* Which lessons are done is kept in the user's state directory. */
bool lesson_done(const char *name);
/* 0, or -errno. */
int lesson_mark_done(const char *name);

#endif
