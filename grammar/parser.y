/*
 * parser.y - tokens to tree.
 *
 * An operand is never a block or an if: those stand only where a whole
 * expression does ($x = if ...), or in parentheses.  So a statement that begins
 * with one ends with its '}'.
 *
 * A name, perhaps indexed, may be a type or a value ("typish"): int32[4] and
 * comm[4].  What follows it decides, see "Cast or parenthesis?" in the language's
 * description; where both would fit, the precedence of LOWEST makes it a type.
 * The lexer says which '*' belong to pointer types (PTR) and which names
 * are values whatever follows (VALUE).
 */
%require "3.8"
%define api.pure full
%define api.location.type {struct span}
%define api.token.prefix {TOK_}
%define parse.error custom
%define parse.lac full
%expect 0

%code requires {
#include "lexer.h"
}

%param { void *scanner }
%parse-param { struct lexer *lx }

%code {
#include <string.h>

#define YYLLOC_DEFAULT(cur, rhs, n)                                       \
	((cur) = (n) ? (struct span){ YYRHSLOC(rhs, 1).beg,               \
				      YYRHSLOC(rhs, n).end }              \
		     : (struct span){ YYRHSLOC(rhs, 0).end,               \
				      YYRHSLOC(rhs, 0).end })

int yylex(YYSTYPE *val, struct span *at, void *scanner);
static void yyerror(struct span *at, void *scanner, struct lexer *lx,
		    const char *msg);
}

%union {
	struct number num;
	struct text str;
	char *name;
	enum op op;
	struct node *node;
	struct nodes nodes;
	struct point *point;
	struct points points;
	struct formal *formal;
	struct formals formals;
}

%token END 0 "the end of the file"
%token START_PROGRAM START_EXPR BAD
%token CPART
%token <num> NUM "a number" PARAM "a parameter ($1)"
%token <str> STR "a string"
%token <name> NAME "a name" VALUE "a name that is a value" MAP "a map" VAR "a variable" LABEL
%token <point> POINT "an attach point"
%token NPARAMS "'$#'"
%token OR_ELSE "'??'" BEGIN_PRED "'/' and a predicate" END_PRED "'/' after the predicate"
%token PTR "'*' of a pointer type"
%token <name> C_TYPE "a type of C" QUALIFIER "'const'"
%token <op> ASSIGN "'+=' or the like" EQ_OP "'=='" REL_OP "'<'" SHIFT_OP "'<<'" STEP "'++'"
%token AND "'&&'" OR "'||'" RANGE "'..'"
%token BREAK "'break'" COMPTIME "'comptime'" CONFIG "'config'" CONTINUE "'continue'"
%token ELSE "'else'" ENUM "'enum'" EXISTS "'exists'" FALSE "'false'" FN "'fn'" FOR "'for'"
%token IF "'if'" IMPORT "'import'" LET "'let'" MACRO "'macro'" OFFSETOF "'offsetof'"
%token RETURN "'return'" SIZEOF "'sizeof'" STRUCT "'struct'" TRUE "'true'"
%token TYPEINFO "'typeinfo'" TYPEOF "'typeof'" UNION "'union'" UNROLL "'unroll'"
%token WHILE "'while'"
%token '{' "'{'" '}' "'}'" '(' "'('" ')' "')'" '[' "'['" ']' "']'"
%token ';' "';'" ',' "','" ':' "':'" '?' "'?'" '=' "'='" '.' "'.'"
%token '+' "'+'" '-' "'-'" '*' "'*'" '/' "'/'" '%' "'%'" '&' "'&'" '|' "'|'" '^' "'^'"
%token '!' "'!'" '~' "'~'"

%precedence LOWEST
%precedence COMPTIME
%right '?'
%left OR
%left AND
%left '|'
%left '^'
%left '&'
%left EQ_OP
%left REL_OP
%left SHIFT_OP
%left '+' '-'
%left '*' '/' '%'
%precedence ')' ',' STEP
%precedence '[' PTR

%type <points> points
%type <point> alternatives point
%type <node> pred block blockstmt simple if over init value choice blockish
%type <node> expr opexpr unary postfix primary call arg member exists
%type <node> typish dtype tagged words type operand
%type <nodes> seq args args1 exprs exprs2 members fields
%type <name> word
%type <formals> params params1 formals formals1
%type <formal> param formal

%%

start:	START_PROGRAM items
|	START_EXPR expr		{ lx->expr = $2; }
;

/* --- What stands in a file ---------------------------------------------- */

items:	%empty
|	items item
|	items error block	{ yyerrok; }
|	items error ';'		{ yyerrok; }
|	items error '}'		{ yyerrok; }
;

item:	CPART			{ add_c_part(lx, @1); }
|	CONFIG '=' '{' settings '}'	{ add_config(lx, @1); }
|	CONFIG '=' '{' settings setting '}' { add_config(lx, @1); }
|	CONFIG '=' '{' settings error '}' { yyerrok; }
|	IMPORT STR ';'		{ add_import(lx, @2, $2); }
|	LET MAP '=' word '(' opexpr ')' ';' {
		add_map_decl(lx, @$, $2, $4, @4, $6);
	}
|	MACRO word '(' params ')' block {
		add_routine(lx, @$, @2, false, $2, $4, NULL, $6);
	}
|	FN word '(' formals ')' block {
		add_routine(lx, @$, @2, true, $2, $4, NULL, $6);
	}
|	FN word '(' formals ')' ':' type block {
		add_routine(lx, @$, @2, true, $2, $4, $7, $8);
	}
|	points pred block	{
		add_probe(lx, $2 ? (struct span){ @1.beg, @2.end } : @1, $1, $2, $3);
	}
|	points ',' pred block	{
		add_probe(lx, $3 ? (struct span){ @1.beg, @3.end } : @1, $1, $3, $4);
	}
;

settings: %empty
|	settings setting ';'
|	settings error ';'	{ yyerrok; }
;

setting: word '=' value		{ add_setting(lx, @$, $1, @1, $3); }
;

value:	NUM			{ $$ = make_int(lx, @$, $1); }
|	STR			{ $$ = make_str(lx, @$, $1); }
|	TRUE			{ $$ = make_bool(lx, @$, true); }
|	FALSE			{ $$ = make_bool(lx, @$, false); }
|	NAME			{ $$ = make_name(lx, @$, $1); }
|	VALUE			{ $$ = make_name(lx, @$, $1); }
;

params:	%empty			{ $$ = (struct formals){ 0 }; }
|	params1
;
params1: param			{ $$ = formals_add((struct formals){ 0 }, $1); }
|	params1 ',' param	{ $$ = formals_add($1, $3); }
;
param:	VAR			{ $$ = make_formal(lx, @$, $1, NULL); }
|	MAP			{ $$ = make_formal(lx, @$, $1, NULL); }
|	word			{ $$ = make_formal(lx, @$, $1, NULL); }
;

formals: %empty			{ $$ = (struct formals){ 0 }; }
|	formals1
;
formals1: formal		{ $$ = formals_add((struct formals){ 0 }, $1); }
|	formals1 ',' formal	{ $$ = formals_add($1, $3); }
;
formal:	VAR ':' type		{ $$ = make_formal(lx, @$, $1, $3); }
;

/* --- Probes ------------------------------------------------------------- */

points:	alternatives		{ $$ = points_add((struct points){ 0 }, $1); }
|	points ',' alternatives	{ $$ = points_add($1, $3); }
;

alternatives: point
|	point OR_ELSE alternatives {
		$1->alternative = or_else($3);
		$$ = $1;
	}
;

point:	POINT			{ $1->at = @$; }
|	LABEL POINT		{
		$2->label = $1;
		$2->at = @$;
		$$ = $2;
	}
;

pred:	%empty			{ $$ = NULL; }
|	BEGIN_PRED opexpr END_PRED { $$ = $2; }
;

/* --- Statements --------------------------------------------------------- */

block:	'{' seq '}'		{ $$ = make_block(lx, @$, $2, NULL); }
|	'{' seq simple '}'	{ $$ = make_block(lx, @$, $2, $3); }
|	'{' seq error '}'	{ $$ = make_block(lx, @$, $2, NULL); yyerrok; }
;

seq:	%empty			{ $$ = (struct nodes){ 0 }; }
|	seq simple ';'		{ $$ = list_add($1, $2); }
|	seq blockstmt		{ $$ = list_add($1, $2); $$.open = true; }
|	seq blockstmt ';'	{ $$ = list_add($1, $2); }
|	seq error ';'		{ yyerrok; }
;

simple:	opexpr
|	choice
|	opexpr '=' expr		{ $$ = make_assign(lx, @$, OP_SET, $1, $3); }
|	opexpr ASSIGN expr	{ $$ = make_assign(lx, @$, $2, $1, $3); }
|	LET VAR init		{ $$ = make_let(lx, @$, $2, @2, NULL, $3); }
|	LET VAR ':' type init	{ $$ = make_let(lx, @$, $2, @2, $4, $5); }
|	RETURN			{ $$ = make_expr(lx, @$, N_RETURN, NULL); }
|	RETURN expr		{ $$ = make_expr(lx, @$, N_RETURN, $2); }
|	BREAK			{ $$ = make(lx, N_BREAK, @$); }
|	CONTINUE		{ $$ = make(lx, N_CONTINUE, @$); }
;

init:	%empty			{ $$ = NULL; }
|	'=' expr		{ $$ = $2; }
;

blockstmt: block
|	if
|	FOR '(' over ')' block	{ $$ = loop_body(lx, @$, $3, $5); }
|	FOR over block		{ $$ = loop_body(lx, @$, $2, $3); }
|	WHILE opexpr block	{ $$ = make_while(lx, @$, $2, $3); }
|	UNROLL opexpr block	{ $$ = make_unroll(lx, @$, $2, $3); }
;

over:	VAR ':' opexpr		{ $$ = make_loop(lx, @$, $1, @1, $3, NULL); }
|	VAR ':' opexpr RANGE opexpr {
		$$ = make_loop(lx, @$, $1, @1, $3, $5);
	}
;

if:	IF opexpr block		{ $$ = make_cond(lx, @$, N_IF, $2, $3, NULL); }
|	IF opexpr block ELSE block {
		$$ = make_cond(lx, @$, N_IF, $2, $3, $5);
	}
|	IF opexpr block ELSE if	{ $$ = make_cond(lx, @$, N_IF, $2, $3, $5); }
;

/* --- Expressions -------------------------------------------------------- */

expr:	opexpr
|	choice
|	block
|	if
;

/* Ends with a block, so no operator can follow. */
choice:	opexpr '?' expr ':' blockish {
		$$ = make_cond(lx, @$, N_TERNARY, $1, $3, $5);
	}
|	opexpr '?' ':' blockish	{
		$$ = make_cond(lx, @$, N_TERNARY, $1, NULL, $4);
	}
;

blockish: block
|	if
|	choice
;

opexpr:	unary
|	COMPTIME opexpr		{ $$ = make_expr(lx, @$, N_COMPTIME, $2); }
|	COMPTIME block		{ $$ = make_expr(lx, @$, N_COMPTIME, $2); }
|	opexpr '?' expr ':' opexpr %prec '?' {
		$$ = make_cond(lx, @$, N_TERNARY, $1, $3, $5);
	}
|	opexpr '?' ':' opexpr %prec '?' {
		$$ = make_cond(lx, @$, N_TERNARY, $1, NULL, $4);
	}
|	opexpr OR opexpr	{ $$ = make_binary(lx, @$, OP_OR, $1, $3); }
|	opexpr AND opexpr	{ $$ = make_binary(lx, @$, OP_AND, $1, $3); }
|	opexpr '|' opexpr	{ $$ = make_binary(lx, @$, OP_BOR, $1, $3); }
|	opexpr '^' opexpr	{ $$ = make_binary(lx, @$, OP_XOR, $1, $3); }
|	opexpr '&' opexpr	{ $$ = make_binary(lx, @$, OP_BAND, $1, $3); }
|	opexpr EQ_OP opexpr	{ $$ = make_binary(lx, @$, $2, $1, $3); }
|	opexpr REL_OP opexpr	{ $$ = make_binary(lx, @$, $2, $1, $3); }
|	opexpr SHIFT_OP opexpr	{ $$ = make_binary(lx, @$, $2, $1, $3); }
|	opexpr '+' opexpr	{ $$ = make_binary(lx, @$, OP_ADD, $1, $3); }
|	opexpr '-' opexpr	{ $$ = make_binary(lx, @$, OP_SUB, $1, $3); }
|	opexpr '*' opexpr	{ $$ = make_binary(lx, @$, OP_MUL, $1, $3); }
|	opexpr '/' opexpr	{ $$ = make_binary(lx, @$, OP_DIV, $1, $3); }
|	opexpr '%' opexpr	{ $$ = make_binary(lx, @$, OP_MOD, $1, $3); }
;

unary:	postfix
|	'!' unary		{ $$ = make_unary(lx, @$, OP_NOT, $2); }
|	'~' unary		{ $$ = make_unary(lx, @$, OP_BNOT, $2); }
|	'-' unary		{ $$ = make_unary(lx, @$, OP_NEG, $2); }
|	'*' unary		{ $$ = make_unary(lx, @$, OP_DEREF, $2); }
|	'&' unary		{ $$ = make_unary(lx, @$, OP_ADDR, $2); }
|	STEP unary		{ $$ = make_incdec(lx, @$, $1, true, $2); }
|	'(' typish ')' unary	{
		$$ = make_cast(lx, @$, type_from_name(lx, $2), $4);
	}
|	'(' dtype ')' unary	{ $$ = make_cast(lx, @$, $2, $4); }
;

postfix: primary
|	postfix STEP		{ $$ = make_incdec(lx, @$, $2, false, $1); }
|	postfix '[' expr ']'	{ $$ = make_index(lx, @$, $1, $3); }
|	postfix '.' NAME	{ $$ = make_field(lx, @$, $1, $3, @3); }
|	postfix '.' NUM		{ $$ = make_element(lx, @$, $1, $3, @3); }
;

primary: typish			%prec LOWEST
|	'(' typish ')'		%prec LOWEST { $$ = $2; }
|	VALUE			{ $$ = make_name(lx, @$, $1); }
|	NUM			{ $$ = make_int(lx, @$, $1); }
|	STR			{ $$ = make_str(lx, @$, $1); }
|	TRUE			{ $$ = make_bool(lx, @$, true); }
|	FALSE			{ $$ = make_bool(lx, @$, false); }
|	VAR			{ $$ = make_var(lx, @$, $1); }
|	MAP			%prec LOWEST { $$ = make_map(lx, @$, $1, NULL); }
|	MAP '[' exprs ']'	{ $$ = make_map(lx, @$, $1, &$3); }
|	PARAM			{ $$ = make_param(lx, @$, $1); }
|	NPARAMS			{ $$ = make(lx, N_NPARAMS, @$); }
|	call
|	TYPEINFO operand	{
		$$ = make_call(lx, @$, "typeinfo", @1, list_of($2));
	}
|	SIZEOF operand		{ $$ = make_sizeof(lx, @$, $2); }
|	OFFSETOF '(' typish ',' fields ')' {
		$$ = make_offsetof(lx, @$, type_from_name(lx, $3), $5);
	}
|	OFFSETOF '(' dtype ',' fields ')' { $$ = make_offsetof(lx, @$, $3, $5); }
|	OFFSETOF '(' expr ',' fields ')' { $$ = make_offsetof(lx, @$, $3, $5); }
|	EXISTS '(' exists ')'	{ $$ = $3; $$->at = @$; }
|	'(' expr ')'		{ $$ = $2; }
|	'(' ')'			{ $$ = make_list(lx, @$, N_TUPLE, list_of(NULL)); }
|	'(' expr ',' ')'	{ $$ = make_list(lx, @$, N_TUPLE, list_of($2)); }
|	'(' exprs2 ')'		{ $$ = make_list(lx, @$, N_TUPLE, $2); }
|	'(' exprs2 ',' ')'	{ $$ = make_list(lx, @$, N_TUPLE, $2); }
|	'(' members ')'		{ $$ = make_list(lx, @$, N_RECORD, $2); }
|	'(' members ',' ')'	{ $$ = make_list(lx, @$, N_RECORD, $2); }
;

call:	NAME '(' args ')'	{ $$ = make_call(lx, @$, $1, @1, $3); }
|	VALUE '(' args ')'	{ $$ = make_call(lx, @$, $1, @1, $3); }
;

args:	%empty			{ $$ = list_of(NULL); }
|	args1
;
args1:	arg			{ $$ = list_of($1); }
|	args1 ',' arg		{ $$ = list_add($1, $3); }
;
arg:	expr
|	dtype
;

exprs:	expr			{ $$ = list_of($1); }
|	exprs2
;
exprs2:	expr ',' expr		{ $$ = list_add(list_of($1), $3); }
|	exprs2 ',' expr		{ $$ = list_add($1, $3); }
;

members: member			{ $$ = list_of($1); }
|	members ',' member	{ $$ = list_add($1, $3); }
;
member:	NAME '=' expr		{ $$ = make_member(lx, @$, $1, $3); }
|	VALUE '=' expr		{ $$ = make_member(lx, @$, $1, $3); }
;

exists:	tagged			{ $$ = make_exists(lx, @$, $1, list_of(NULL)); }
|	tagged '.' fields	{ $$ = make_exists(lx, @$, $1, $3); }
|	call			{ $$ = make_exists(lx, @$, $1, list_of(NULL)); }
|	POINT			{ $$ = make_exists_point(lx, @$); }
|	VALUE '.' word		{
		$$ = make_exists(lx, @$, make_name(lx, @1, $1),
				 list_of(make_name(lx, @3, $3)));
	}
;

fields:	word			{ $$ = list_of(make_name(lx, @$, $1)); }
|	fields '.' NAME		{ $$ = list_add($1, make_name(lx, @3, $3)); }
;

word:	NAME
|	VALUE
;

/* --- Types -------------------------------------------------------------- */

typish:	NAME			{ $$ = make_name(lx, @$, $1); }
|	typish '[' expr ']'	{ $$ = make_index(lx, @$, $1, $3); }
;

dtype:	tagged			%prec LOWEST
|	words			%prec LOWEST { $$ = type_of_words(lx, $1); }
|	QUALIFIER typish	%prec LOWEST { $$ = type_from_name(lx, $2); }
|	QUALIFIER dtype		%prec LOWEST { $$ = $2; }
|	TYPEOF operand		{ $$ = make_typeof(lx, @$, $2); }
|	typish PTR		{
		$$ = type_add(lx, @$, type_from_name(lx, $1), true, NULL);
	}
|	typish '[' ']'		{
		$$ = type_add(lx, @$, type_from_name(lx, $1), false, NULL);
	}
|	dtype PTR		{ $$ = type_add(lx, @$, $1, true, NULL); }
|	dtype '[' expr ']'	{ $$ = type_add(lx, @$, $1, false, $3); }
|	dtype '[' ']'		{ $$ = type_add(lx, @$, $1, false, NULL); }
;

tagged:	STRUCT word		{ $$ = make_type(lx, @$, TAG_STRUCT, $2); }
|	UNION word		{ $$ = make_type(lx, @$, TAG_UNION, $2); }
|	ENUM word		{ $$ = make_type(lx, @$, TAG_ENUM, $2); }
;

/* C's own types: unsigned int, char. */
words:	C_TYPE			{ $$ = make_type(lx, @$, TAG_NONE, $1); }
|	words C_TYPE		{ $$ = type_word(lx, @$, $1, $2); }
;

type:	typish			%prec LOWEST { $$ = type_from_name(lx, $1); }
|	dtype			%prec LOWEST
;

/* In a type's place a bare name is a type; within more parentheses it is not. */
operand: '(' typish ')'		{ $$ = type_from_name(lx, $2); }
|	'(' dtype ')'		{ $$ = $2; }
|	'(' expr ')'		{ $$ = $2; }
;

%%

/*
 * What to say of an expected token: operands and what begins a statement are
 * said in one word for all, an operator goes without saying.
 */
enum group { SILENT, OPERAND, STATEMENT, OPERATOR, TOP, NAMED };

static enum group group_of(yysymbol_kind_t k)
{
	const char *s = yysymbol_name(k);

	switch (k) {
	case YYSYMBOL_YYEOF: case YYSYMBOL_BAD: case YYSYMBOL_PTR:
	case YYSYMBOL_LABEL: case YYSYMBOL_ELSE: case YYSYMBOL_OR_ELSE:
	case YYSYMBOL_BEGIN_PRED: case YYSYMBOL_C_TYPE: case YYSYMBOL_QUALIFIER:
		return SILENT;
	case YYSYMBOL_END_PRED:
		return NAMED;
	case YYSYMBOL_NUM: case YYSYMBOL_PARAM: case YYSYMBOL_STR:
	case YYSYMBOL_NAME: case YYSYMBOL_VALUE: case YYSYMBOL_MAP:
	case YYSYMBOL_VAR: case YYSYMBOL_NPARAMS: case YYSYMBOL_COMPTIME:
	case YYSYMBOL_EXISTS: case YYSYMBOL_FALSE: case YYSYMBOL_TRUE:
	case YYSYMBOL_OFFSETOF: case YYSYMBOL_SIZEOF: case YYSYMBOL_TYPEINFO:
	case YYSYMBOL_TYPEOF: case YYSYMBOL_STRUCT: case YYSYMBOL_UNION:
	case YYSYMBOL_ENUM: case YYSYMBOL_IF:
		return OPERAND;
	case YYSYMBOL_BREAK: case YYSYMBOL_CONTINUE: case YYSYMBOL_RETURN:
	case YYSYMBOL_FOR: case YYSYMBOL_WHILE: case YYSYMBOL_UNROLL:
		return STATEMENT;
	case YYSYMBOL_ASSIGN: case YYSYMBOL_EQ_OP: case YYSYMBOL_REL_OP:
	case YYSYMBOL_SHIFT_OP: case YYSYMBOL_STEP: case YYSYMBOL_AND:
	case YYSYMBOL_OR:
		return OPERATOR;
	case YYSYMBOL_CPART: case YYSYMBOL_MACRO: case YYSYMBOL_FN:
	case YYSYMBOL_IMPORT: case YYSYMBOL_CONFIG: case YYSYMBOL_LET:
		return TOP;
	default:
		break;
	}
	/* punctuation, shown as itself in quotes */
	if (s[0] != '\'' || s[2] != '\'')
		return NAMED;
	return strchr("+-*/%&|^?=.[", s[1]) ? OPERATOR
	       : strchr("(!~{", s[1])	    ? OPERAND
					    : NAMED;
}

struct expected {
	yysymbol_kind_t k[YYNTOKENS];
	int n;
};

static bool expects(const struct expected *e, yysymbol_kind_t k)
{
	int i;

	for (i = 0; i < e->n; i++)
		if (e->k[i] == k)
			return true;
	return false;
}

static bool expects_char(const struct expected *e, char c)
{
	int i;

	for (i = 0; i < e->n; i++) {
		const char *s = yysymbol_name(e->k[i]);

		if (s[0] == '\'' && s[1] == c && s[2] == '\'')
			return true;
	}
	return false;
}

/* Not worth naming beside the others. */
static bool is_noise(const struct expected *e, yysymbol_kind_t k,
		     yysymbol_kind_t got)
{
	bool operand = expects(e, YYSYMBOL_STR) && expects_char(e, '(');
	const char *s = yysymbol_name(k);
	enum group g = group_of(k);

	if (g == SILENT || g == STATEMENT || g == TOP || g == OPERATOR)
		return true;
	if (g == OPERAND && (operand || (*s == '\'' && s[1] != '{')))
		return true;
	if (k == YYSYMBOL_VALUE && expects(e, YYSYMBOL_NAME))
		return true;
	if (k == YYSYMBOL_NAME && expects(e, YYSYMBOL_C_TYPE))
		return true;
	/* either would do: the likelier one */
	if (expects_char(e, ';') && expects_char(e, '}'))
		return !strcmp(s, got == YYSYMBOL_YYEOF ? "';'" : "'}'");
	return false;
}

/* "an expression or ')'" */
static void say_expected(const struct expected *e, yysymbol_kind_t got,
			 struct strbuf *b)
{
	const char *said[5];
	int i, n = 0;

	if (expects(e, YYSYMBOL_CPART))
		said[n++] = "a probe";
	else if (expects(e, YYSYMBOL_STR) && expects_char(e, '('))
		said[n++] = expects(e, YYSYMBOL_RETURN) ? "a statement"
							: "an expression";
	else if (expects(e, YYSYMBOL_C_TYPE))
		said[n++] = "a type";
	for (i = 0; i < e->n && n < 4 && !expects(e, YYSYMBOL_CPART); i++)
		if (!is_noise(e, e->k[i], got))
			said[n++] = yysymbol_name(e->k[i]);
	if (!n) /* all of it noise: then that is what there is */
		while (n < e->n && n < 4) {
			said[n] = yysymbol_name(e->k[n]);
			n++;
		}
	for (i = 0; i < n; i++)
		strbuf_printf(b, "%s%s", !i ? "" : i == n - 1 ? " or " : ", ",
			      said[i]);
	if (!n)
		strbuf_printf(b, "something else");
}

static const char *say_found(struct lexer *lx, yysymbol_kind_t got,
			     struct span at)
{
	const char *s = lx->src->text + (at.beg - lx->src->base);
	uint32_t n = at.end - at.beg, i;

	if (got == YYSYMBOL_YYEOF || got == YYSYMBOL_YYEMPTY)
		return "the end of the file";
	if (got == YYSYMBOL_STR)
		return "a string";
	for (i = 0; i < n && i < 30; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			break;
	return arena_printf(lx->prog->arena, "'%.*s%s'", (int)i, s,
			    i < n && i == 30 ? "..." : "");
}

/* What to write instead, where that can be guessed. */
static void add_hint(struct lexer *lx, struct diag *d, yysymbol_kind_t got,
		     const struct expected *e)
{
	const char *hint = NULL, *name = yysymbol_name(got);
	bool statement = expects(e, YYSYMBOL_RETURN);
	bool body = e->n && expects_char(e, '{') && !expects(e, YYSYMBOL_STR);

	if (!strcmp(name, "';'") && (statement || expects(e, YYSYMBOL_CPART)))
		hint = "leave out this ';'";
	else if (!strcmp(name, "'}'") && expects(e, YYSYMBOL_CPART))
		hint = "there is a '}' too many";
	else if (!strcmp(name, "'='") && (body || expects_char(e, ')')))
		hint = "'==' compares; '=' assigns, and is a statement of its own";
	else if (got == YYSYMBOL_IF || (!strcmp(name, "'{'") && !statement &&
					expects(e, YYSYMBOL_STR)))
		hint = "a block or an if that is an operand stands in parentheses";
	else if (got == YYSYMBOL_MACRO || got == YYSYMBOL_FN ||
		 got == YYSYMBOL_IMPORT)
		hint = "this stands outside of probes; is a '}' missing before it?";
	else if (got == YYSYMBOL_ELSE)
		hint = "'else' follows the '}' of an 'if'";
	else if (got == YYSYMBOL_POINT || got == YYSYMBOL_LABEL)
		hint = "put ',' between attach points, and the body in { }";
	else if (got == YYSYMBOL_YYEOF && body)
		hint = "a probe needs a body: begin { print(1) }";
	else if (body && !expects_char(e, ',') && !expects(e, YYSYMBOL_POINT))
		hint = "a body stands in { }";
	if (hint)
		diag_hint(lx->prog->diags, d, "%s", hint);
}

/* Where the bracket was opened that should have been closed. */
static void add_opener(struct lexer *lx, struct diag *d, yysymbol_kind_t got,
		       const struct expected *e)
{
	const struct bracket *b;
	int closer;

	if (!lx->nopen || (got != YYSYMBOL_YYEOF &&
			   !strchr(";{}", yysymbol_name(got)[1])))
		return;
	b = &lx->open[lx->nopen - 1];
	closer = b->open == '(' ? ')' : b->open == '[' ? ']' : '}';
	if (expects_char(e, (char)closer) &&
	    (got == YYSYMBOL_YYEOF || !expects(e, YYSYMBOL_STR)))
		diag_note(lx->prog->diags, d,
			  (struct span){ b->at, b->at + 1 },
			  "this '%c' is not closed", b->open);
}

/* Tell the lexer from where the parser will go on. */
static void recover(struct lexer *lx, yysymbol_kind_t got, void *scanner)
{
	const char *name = yysymbol_name(got);
	uint32_t level = lx->nbraces;

	if (got == YYSYMBOL_BEGIN_PRED)
		lexer_enter_top(scanner);
	if (!strcmp(name, "'{'")) {
		level--;
		if (lx->in_pred)
			lexer_enter_code(scanner);
	}
	if (!strcmp(name, "';'") || !strcmp(name, "'}'") || !level)
		return;
	lx->skipping = true;
	lx->skip_level = level;
}

/* Called by bison with the state in hand: say what was found and what fits. */
static int yyreport_syntax_error(const yypcontext_t *ctx, void *scanner,
				 struct lexer *lx)
{
	yysymbol_kind_t got = yypcontext_token(ctx);
	struct span at = *yypcontext_location(ctx);
	struct strbuf b = { 0 };
	struct expected e;
	struct diag *d;

	lx->prog->broken = true;
	if (lx->stop)
		return 0;
	recover(lx, got, scanner);
	if (got == YYSYMBOL_BAD)
		return 0;
	e.n = yypcontext_expected_tokens(ctx, e.k, YYNTOKENS);
	say_expected(&e, got, &b);
	d = diag_error(lx->prog->diags, at, DIAG_SYNTAX,
		       "expected %s, found %s", b.s, say_found(lx, got, at));
	strbuf_free(&b);
	add_hint(lx, d, got, &e);
	add_opener(lx, d, got, &e);
	lx->stop = lx->prog->diags->nerrors >= MAX_ERRORS;
	return 0;
}

/* Only for want of room on the parser's stack. */
static void yyerror(struct span *at, void *scanner, struct lexer *lx,
		    const char *msg)
{
	(void)scanner;
	(void)msg;
	too_deep(lx, *at);
}
