#include "fmt.h"

#include <string.h>

#include "fmt_own.h"

/* The result, read again as any script is. */
static bool cut_again(struct program *p, const struct strbuf *text,
		      struct pieces *ps)
{
	struct tokens tokens = { .list = { 0 } };
	struct sources sources = { .arena = p->arena };
	const struct source *src;
	struct diags diags;
	struct program again = {
		.arena = p->arena,
		.sources = &sources,
		.diags = &diags,
		.is_value = p->is_value,
		.tokens = &tokens,
	};

	diags_init(&diags, p->arena, &sources);
	diags.quiet = 1;
	src = source_add(&sources, "", text->s ? text->s : "", text->len);
	return parse(&again, src) && fmt_cut(ps, src, &tokens);
}

bool fmt(struct program *p, const struct source *src, struct strbuf *out)
{
	struct pieces ps = { .a = p->arena }, again = { .a = p->arena };
	struct strbuf text = { 0 };
	bool ok = fmt_cut(&ps, src, p->tokens);

	if (ok) {
		fmt_space(&ps);
		fmt_lines(&ps, &text);
		ok = cut_again(p, &text, &again) && fmt_same(&ps, &again);
	}
	if (ok)
		strbuf_add(out, text.s ? text.s : "", text.len);
	else
		diag_hint(p->diags,
			  diag_plain(p->diags, DIAG_INPUT,
				     "%s cannot be laid out anew without "
				     "changing what it means",
				     src->name),
			  "it is left as it is; please report this script");
	strbuf_free(&text);
	return ok;
}
