/* learn.c - waggle learn: the lessons, in a terminal. */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "runtime/feature.h"
#include "runtime/lesson.h"
#include "runtime/lesson_run.h"
#include "runtime/main.h"
#include "runtime/script.h"

struct learner {
	struct arena *arena;
	const struct reporter *rep;
	FILE *out;
	bool bold; /* out is a terminal that shows it */
	bool may_run;
	char dir[32]; /* where workloads happen */
	char *line;   /* own: what was typed last */
	size_t room;
	struct strbuf script; /* the last that was typed */
	int signals;	      /* what tells that one came which is to end us */
	bool leave;
};

/* What a learner wants next. */
enum wish { GO_ON, SKIP, LEAVE };

/* ---- talking ---- */

static void heading(const struct learner *l, const char *text)
{
	fprintf(l->out, l->bold ? "\n\033[1m%s\033[0m\n\n" : "\n%s\n\n", text);
}

/* A text of several lines, as what is typed or printed. */
static void quote(const struct learner *l, const char *text)
{
	size_t n;

	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		fprintf(l->out, n ? "    %.*s\n" : "%.*s\n", (int)n, text);
	}
}

/* False: a signal came first. */
static bool wait_for_line(const struct learner *l)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = l->signals, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return !fds[1].revents;
}

/* What is typed, without its newline; NULL: nothing more. */
static char *ask(struct learner *l, const char *prompt)
{
	ssize_t n = -1;

	fputs(prompt, l->out);
	fflush(l->out);
	if (wait_for_line(l))
		n = getline(&l->line, &l->room, stdin);
	if (n < 0) {
		fputc('\n', l->out);
		l->leave = true;
		return NULL;
	}
	l->line[strcspn(l->line, "\n")] = '\0';
	return l->line;
}

static enum wish ask_wish(struct learner *l, const char *what)
{
	char prompt[80];
	const char *said;

	snprintf(prompt, sizeof(prompt), "\n[Enter: %s, s: skip it, q: leave] ",
		 what);
	for (;;) {
		said = ask(l, prompt);
		if (!said || strcmp(said, "q") == 0)
			break;
		if (!*said)
			return GO_ON;
		if (strcmp(said, "s") == 0)
			return SKIP;
	}
	l->leave = true;
	return LEAVE;
}

/* ---- showing something ---- */

static const char *workload_before(const struct lesson *lesson, size_t i)
{
	while (i--)
		if (lesson->parts.v[i].kind == PART_WORKLOAD)
			return lesson->parts.v[i].text;
	return "";
}

/* Where nothing can be run, what was printed elsewhere. */
static bool show_recorded(struct learner *l, const struct lesson *lesson,
			  size_t i)
{
	const struct lesson_part *next = &lesson->parts.v[i + 1];

	if (l->may_run)
		return false;
	if (i + 1 < lesson->parts.n && next->kind == PART_RECORDED) {
		fputs("\nYou may not trace here (root may). Elsewhere it "
		      "printed:\n\n",
		      l->out);
		quote(l, next->text);
	}
	return true;
}

static void try_script(struct learner *l, const struct lesson *lesson, size_t i)
{
	const struct lesson_part *part = &lesson->parts.v[i];
	const char *workload = workload_before(lesson, i);
	struct strbuf printed = { 0 };
	struct lesson_run run = {
		.script = part->text,
		.options = "",
		.workload = workload,
		.dir = l->dir,
	};

	fputs("\n    waggle -e '\n", l->out);
	quote(l, part->text);
	fputs("    '\n", l->out);
	if (*workload) {
		fputs("\nand meanwhile, in another shell:\n\n", l->out);
		quote(l, workload);
	}
	if (ask_wish(l, "run it") != GO_ON || show_recorded(l, lesson, i))
		return;
	fputc('\n', l->out);
	lesson_run(&run, l->out, &printed);
	strbuf_free(&printed);
}

static void try_command(struct learner *l, const struct lesson *lesson,
			size_t i)
{
	const char *lines = lesson->parts.v[i].text;

	fputc('\n', l->out);
	quote(l, lines);
	if (ask_wish(l, "run it") != GO_ON || show_recorded(l, lesson, i))
		return;
	fputc('\n', l->out);
	lesson_command(lines, l->dir, l->out);
}

/* ---- exercises ---- */

/* A script is often typed as the command that it would be in a shell. */
static const char *without_command(char *s)
{
	static const char *const heads[] = { "sudo waggle -e '",
					     "waggle -e '" };
	size_t i, n;
	char *end;

	for (i = 0; i < countof(heads); i++) {
		n = strlen(heads[i]);
		if (strncmp(s, heads[i], n) != 0)
			continue;
		end = strrchr(s + n, '\'');
		if (end && !end[1 + strspn(end + 1, " \n")])
			*end = '\0';
		return s + n;
	}
	return s;
}

/* The lines up to an empty one. */
static const char *read_script(struct learner *l)
{
	char *plain;

	strbuf_reset(&l->script);
	do {
		strbuf_printf(&l->script, "%s\n", l->line);
	} while (ask(l, "     . > ") && *l->line);
	plain = strdup(without_command(l->script.s));
	if (!plain)
		die("out of memory");
	strbuf_reset(&l->script);
	strbuf_printf(&l->script, "%s", plain);
	free(plain);
	return l->script.s;
}

static bool read_file(struct learner *l, const char *path)
{
	const char *name;

	strbuf_reset(&l->script);
	if (!script_read(l->rep, NULL, path, &l->script, &name))
		return false;
	if (!l->script.len)
		fprintf(l->out, "%s is empty.\n", path);
	return l->script.len;
}

/* The last script, or an empty one, in the user's editor. */
static bool edit_script(struct learner *l)
{
	const char *editor = getenv("VISUAL");
	struct strbuf path = { 0 }, command = { 0 };
	bool ok = false;
	FILE *f;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "vi";
	strbuf_printf(&path, "%s/exercise.bt", l->dir);
	f = fopen(path.s, "we");
	if (f) {
		fputs(l->script.s ? l->script.s : "", f);
		fclose(f);
		strbuf_printf(&command, "%s %s", editor, path.s);
		ok = lesson_command(command.s, l->dir, l->out) == 0 &&
		     read_file(l, path.s);
	}
	strbuf_free(&path);
	strbuf_free(&command);
	return ok;
}

/* What the exercise of part i asks of this script.  True: it is solved. */
static bool try_solution(struct learner *l, const struct lesson *lesson,
			 size_t i, const char *script)
{
	size_t options = lesson_next(lesson, i, PART_OPTIONS);
	struct strbuf printed = { 0 };
	struct lesson_run run = {
		.script = script,
		.options = options < lesson->parts.n
				   ? lesson->parts.v[options].arg
				   : "",
		.workload = workload_before(lesson, i),
		.dir = l->dir,
		.check = !l->may_run,
	};
	const char *wrong = NULL;
	int status;

	fputc('\n', l->out);
	status = lesson_run(&run, l->out, &printed);
	if (status == 0)
		wrong = lesson_judge(lesson, i + 1, script,
				     l->may_run ? printed.s ? printed.s : ""
						: NULL);
	strbuf_free(&printed);
	if (status)
		fputs("\nIt does not run: the message says where and why.\n",
		      l->out);
	else if (wrong)
		fprintf(l->out, "\nNot yet. %s", wrong);
	else
		fputs(l->may_run ? "\nRight.\n"
				 : "\nIts types are right. What it computes "
				   "only root can try.\n",
		      l->out);
	return !status && !wrong;
}

/* Each time the next one, and then from the first again. */
static void give_hint(struct learner *l, const struct lesson *lesson, size_t i,
		      size_t *given)
{
	size_t n = 0, at = i;

	for (;;) {
		at = lesson_next(lesson, at + 1, PART_HINT);
		if (at >= lesson->parts.n)
			break;
		if (n++ == *given) {
			++*given;
			fprintf(l->out, "\n%s", lesson->parts.v[at].text);
			return;
		}
	}
	fputs(n ? "\nThat was all; from the start again:\n"
		: "\nThere is no hint for this one; try, and see what it "
		  "says.\n",
	      l->out);
	*given = 0;
	if (n)
		give_hint(l, lesson, i, given);
}

static void give_answer(struct learner *l, const struct lesson *lesson,
			size_t i)
{
	size_t at = lesson_next(lesson, i, PART_ANSWER);

	if (at == lesson->parts.n)
		return;
	fputs("\nOne that solves it (type it, or better: one of your "
	      "own):\n\n",
	      l->out);
	quote(l, lesson->parts.v[at].text);
}

static void help(const struct learner *l)
{
	fputs("\nType a script, on one line or several, and then an empty "
	      "line.\nOr one of these:\n\n"
	      "    hint         what may help\n"
	      "    answer       a script that solves it\n"
	      "    edit         write it in an editor ($EDITOR), beginning "
	      "with your last\n"
	      "    file NAME    take it from a file\n"
	      "    skip         go on without\n"
	      "    q            leave; waggle learn comes back here\n",
	      l->out);
}

/* True: solved. */
static bool exercise(struct learner *l, const struct lesson *lesson, size_t i)
{
	const char *workload = workload_before(lesson, i), *script;
	size_t hints = 0;
	char *said;

	heading(l, "Your turn");
	fputs(lesson->parts.v[i].text, l->out);
	if (*workload) {
		fputs("\nMeanwhile this runs:\n\n", l->out);
		quote(l, workload);
	}
	fputs("\n(Type a script and an empty line, or: hint, answer, edit, "
	      "skip, q, help)\n",
	      l->out);
	while ((said = ask(l, "waggle > "))) {
		script = NULL;
		if (!*said)
			continue;
		if (strcmp(said, "q") == 0)
			l->leave = true;
		if (l->leave || strcmp(said, "skip") == 0)
			return false;
		if (strcmp(said, "hint") == 0)
			give_hint(l, lesson, i, &hints);
		else if (strcmp(said, "answer") == 0)
			give_answer(l, lesson, i);
		else if (strcmp(said, "help") == 0 || strcmp(said, "?") == 0)
			help(l);
		else if (strcmp(said, "edit") == 0)
			script = edit_script(l) ? l->script.s : NULL;
		else if (strncmp(said, "file ", 5) == 0)
			script = read_file(l, said + 5) ? l->script.s : NULL;
		else
			script = read_script(l);
		if (script && try_solution(l, lesson, i, script))
			return true;
	}
	return false;
}

/* ---- lessons ---- */

static void give_lesson(struct learner *l, size_t number)
{
	const struct lesson *lesson =
		lesson_read(l->arena, &lesson_texts[number]);
	bool solved = true;
	char title[120];
	size_t i;
	int err;

	snprintf(title, sizeof(title), "Lesson %zu of %zu: %s", number + 1,
		 nlesson_texts, lesson->title);
	heading(l, title);
	for (i = 0; i < lesson->parts.n && !l->leave; i++) {
		const struct lesson_part *part = &lesson->parts.v[i];

		if (part->kind == PART_TEXT)
			fprintf(l->out, "%s%s", i ? "\n" : "", part->text);
		else if (part->kind == PART_TRY)
			try_script(l, lesson, i);
		else if (part->kind == PART_COMMAND)
			try_command(l, lesson, i);
		else if (part->kind == PART_EXERCISE)
			solved &= exercise(l, lesson, i);
	}
	if (!solved || l->leave)
		return;
	err = lesson_mark_done(lesson->name);
	if (err)
		report(l->rep, REPORT_WARNING, NULL,
		       "set XDG_STATE_HOME to a directory that you can write "
		       "to",
		       "that this lesson is done cannot be kept: %s",
		       strerror(-err));
}

static int list_lessons(FILE *out)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < nlesson_texts; i++)
		fprintf(out, "%c %2zu  %s\n",
			lesson_done(lesson_texts[i].name) ? '*' : ' ', i + 1,
			lesson_read(a, &lesson_texts[i])->title);
	arena_free(a);
	return 0;
}

/* By number, or by a part of its name; nlesson_texts: there is none. */
static size_t find_lesson(const char *name)
{
	unsigned long n;
	char *end;
	size_t i;

	n = strtoul(name, &end, 10);
	if (!*end && n >= 1 && n <= nlesson_texts)
		return n - 1;
	for (i = 0; i < nlesson_texts; i++)
		if (strstr(lesson_texts[i].name, name))
			break;
	return i;
}

static size_t first_open(void)
{
	size_t i;

	for (i = 0; i < nlesson_texts; i++)
		if (!lesson_done(lesson_texts[i].name))
			break;
	return i;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* The terminal may be closed on us; what was made is removed all the same. What
 * is typed is read byte by byte, so that poll() knows of all that is there. */
static void catch_ends(struct learner *l)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < countof(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	setvbuf(stdin, NULL, _IONBF, 0);
}

static int teach(struct learner *l, size_t number)
{
	catch_ends(l);
	strcpy(l->dir, "/tmp/waggle-learn-XXXXXX");
	if (!mkdtemp(l->dir)) {
		report(l->rep, REPORT_ERROR, NULL, NULL,
		       "no directory for the lessons can be made in /tmp: %s",
		       strerror(errno));
		return 1;
	}
	while (number < nlesson_texts) {
		give_lesson(l, number);
		if (l->leave || ++number == nlesson_texts)
			break;
		if (ask_wish(l, "the next lesson") == LEAVE)
			break;
	}
	if (number == nlesson_texts)
		fputs("\nThat was the last lesson. What you need from here: "
		      "waggle help WORD, waggle explain FILE,\nthe scripts in "
		      "examples/, and a machine that misbehaves.\n",
		      l->out);
	nftw(l->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (l->signals >= 0)
		close(l->signals);
	return 0;
}

int main_learn(const struct options *o, const struct reporter *r, FILE *out)
{
	struct learner l = { .rep = r, .out = out };
	size_t number = o->file ? find_lesson(o->file) : first_open();
	int status;

	if (o->lessons)
		return list_lessons(out);
	if (o->file && number == nlesson_texts) {
		report(r, REPORT_ERROR, NULL, "waggle learn --list shows them",
		       "there is no lesson '%s'", o->file);
		return 1;
	}
	if (number == nlesson_texts) {
		fputs("All lessons are done; waggle learn N begins one "
		      "again.\n\n",
		      out);
		return list_lessons(out);
	}
	l.arena = arena_new();
	l.bold = isatty(fileno(out)) && !getenv("NO_COLOR");
	l.may_run = feature_privileged();
	status = teach(&l, number);
	free(l.line);
	strbuf_free(&l.script);
	arena_free(l.arena);
	return status;
}
