#include "parse.h"

#include <string.h>

#include "grammar/lexer.h"
#include "parser.tab.h"
#include "lexer.yy.h"

/* The end of a list that may have come from texts parsed before. */
#define find_tail(tail, list)                                              \
	do {                                                               \
		for ((tail) = &(list); *(tail); (tail) = &(*(tail))->next) \
			;                                                  \
	} while (0)

static void find_tails(struct lexer *lx, struct program *p)
{
	find_tail(lx->c_parts, p->c_parts);
	find_tail(lx->items, p->config);
	find_tail(lx->imports, p->imports);
	find_tail(lx->map_decls, p->map_decls);
	find_tail(lx->routines, p->routines);
	find_tail(lx->probes, p->probes);
}

static bool run(struct lexer *lx)
{
	const char *text = lx->src->text + (lx->pos - lx->src->base);
	yyscan_t scanner;
	int err;

	if (yylex_init_extra(lx, &scanner))
		die("out of memory");
	yy_scan_bytes(text, (int)(lx->end - lx->pos), scanner);
	if (lx->start == TOK_START_EXPR)
		lexer_enter_code(scanner);
	err = yyparse(scanner, lx);
	yylex_destroy(scanner);
	if (err)
		lx->prog->broken = true;
	return !err;
}

bool parse(struct program *p, const struct source *src)
{
	struct lexer lx = {
		.prog = p,
		.src = src,
		.pos = src->base,
		.end = src->base + src->len,
		.start = TOK_START_PROGRAM,
	};

	find_tails(&lx, p);
	run(&lx);
	return !p->broken;
}

struct node *parse_expr(struct program *p, struct span at)
{
	const struct source *src = source_at(p->sources, at.beg);
	int before = p->diags->nerrors;
	struct lexer lx = {
		.prog = p,
		.src = src,
		.pos = at.beg,
		.end = at.end,
		.start = TOK_START_EXPR,
	};

	run(&lx);
	return p->diags->nerrors > before ? NULL : lx.expr;
}
