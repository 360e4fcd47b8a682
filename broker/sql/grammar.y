/*
 * grammar.y - the language (lemon).  README.md shows it as a readable grammar.
 *
 * Expressions have three levels, so that no rule needs a trick: `expr` is
 * boolean (OR, AND, NOT), `test` compares, `value` computes.  BETWEEN takes
 * values, which is why its AND is never mistaken for the other one.  Within a
 * level the precedences below decide.
 *
 * Actions only call constructors (ast_make.h).  After a failure these return
 * NULL and do nothing, until the driver in parse.c notices and stops; so no
 * action looks into what it passes on.
 *
 * To add a statement: a rule of `statement`.  A new clause of SELECT: a
 * nonterminal in `select`.  Set operations go between `query` and `body`.
 */
%name sql_grammar
%token_prefix TK_
%token_type {struct sql_token}
%extra_context {struct ast_maker *m}
%start_symbol input
%stack_size 0

%include {
#include "broker/sql/ast_make.h"
#include "broker/sql/grammar_priv.h"
#include "broker/sql/lexer.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* The template's tracing keeps global variables. */
#ifndef NDEBUG
#define NDEBUG
#endif

/* The first error ends the statement. */
#define YYNOERRORRECOVERY

/* The caller keeps the parser; see sql_grammar_new(). */
#define sql_grammar_ENGINEALWAYSONSTACK
}

%syntax_error   { m->is_unexpected = true; (void)yymajor; (void)TOKEN; }
%stack_overflow { m->has_failed = true; (void)error_oom(m->err); }
%parse_accept   { m->is_accepted = true; }

/*
 * Names wherever no rule wants the keyword.  Not for keywords before which a
 * name may be left out, such as OPTION after a table without alias: there the
 * name would win.  The lexer sorts those out (lexer.h).
 */
%fallback ID
	ASC BOTH BY CREATE CURRENT DELETE DESC DESCRIBE DROP END ESCAPE EXPLAIN FILTER FIRST FOR
	INSERT LAST LEADING MERGE NEXT NULLS ONLY PLAN ROW ROWS SET TRAILING UPDATE VALUES.

/* Reserved for statements and clauses to come. */
%token ANY EXCEPT GROUPING INTERSECT INTO LATERAL MINUS NATURAL OVER PARTITION ROLLUP SOME TABLE
	TABLESAMPLE UNION UNNEST USING WINDOW WITH.

%left OR.
%left AND.
%right NOT.
%left PLUS DASH.
%left BARS.
%left STAR SLASH PERCENT.
%right SIGN.

%type statement {struct ast_stmt *}
%type query {struct ast_query *}
%type body {struct ast_query *}
%type select {struct ast_query *}
%type quantifier {bool}
%type items {struct ast_items}
%type item {struct ast_item *}
%type star {struct ast_expr *}
%type from {struct ast_from *}
%type tables {struct ast_from *}
%type joined {struct ast_from *}
%type join {enum ast_join_kind}
%type table {struct ast_from *}
%type where {struct ast_expr *}
%type group_by {struct ast_list}
%type having {struct ast_expr *}
%type rows {struct ast_rows}
%type row {struct ast_row *}
%type order_by {struct ast_orders}
%type orders {struct ast_orders}
%type order {struct ast_order *}
%type is_descending {bool}
%type nulls {enum ast_nulls}
%type limit {struct ast_limit}
%type fetch {struct ast_expr *}
%type offset {struct ast_expr *}
%type count {struct ast_expr *}
%type expr {struct ast_expr *}
%type test {struct ast_expr *}
%type value {struct ast_expr *}
%type primary {struct ast_expr *}
%type literal {struct ast_expr *}
%type call {struct ast_expr *}
%type exprs {struct ast_list}
%type escape {struct ast_expr *}
%type filter {struct ast_expr *}
%type operand {struct ast_expr *}
%type whens {struct ast_whens}
%type otherwise {struct ast_expr *}
%type type {struct ast_type}
%type type_name {struct str}
%type trim_side {struct sql_token}
%type row_word {struct sql_token}
%type name {struct ast_name}
%type table_name {struct ast_name}
%type alias {struct str}
%type option_value {struct str}
%type option_word {struct str}

/* ---- Statements and their options ---- */

input ::= before statement(S) after. { m->stmt = S; }

before ::= .
before ::= before SEMICOLON.
before ::= before set SEMICOLON.

after ::= sets.
after ::= sets options semicolons.
sets ::= .
sets ::= sets SEMICOLON.
sets ::= sets SEMICOLON set.
semicolons ::= .
semicolons ::= semicolons SEMICOLON.

set ::= SET(B) ID(K) EQ option_value(V). { ast_add_option(m, B.begin, K, V); }

options ::= OPTION LP option_list RP.
option_list ::= option.
option_list ::= option_list COMMA option.
option ::= ID(K) EQ option_value(V). { ast_add_option(m, K.begin, K, V); }
option ::= ID(K) EQ option_word(V).  { ast_add_option(m, K.begin, K, V); }

option_value(A) ::= literal(L).                 { A = ast_option_text(m, L); }
option_value(A) ::= DASH INTEGER|DECIMAL|FLOAT(T). { A = ast_option_number(m, T, true); }
option_value(A) ::= PLUS INTEGER|DECIMAL|FLOAT(T). { A = ast_option_number(m, T, false); }
option_word(A) ::= name(N).                     { A = ast_name_text(m, &N); }

statement(A) ::= query(Q).                     { A = ast_make_stmt(m, STMT_QUERY, Q); }
statement(A) ::= EXPLAIN(B) query(Q).          { A = ast_make_explain(m, B.begin, Q); }
statement(A) ::= EXPLAIN(B) PLAN FOR query(Q). { A = ast_make_explain(m, B.begin, Q); }

/* ---- Queries ---- */

query(A) ::= body(Q) order_by(O) limit(L). { A = ast_finish_query(m, Q, &O, &L); }

body(A) ::= select(A).
body(A) ::= VALUES(B) rows(R). { A = ast_make_values(m, B.begin, &R); }

select(A) ::= SELECT(B) quantifier(D) items(I) from(F) where(W) group_by(G) having(H). {
	A = ast_make_select(m, &I, &(struct ast_query){ .span.begin = B.begin, .is_distinct = D,
		.from = F, .where = W, .group_by = G, .having = H });
}

quantifier(A) ::= .         { A = false; }
quantifier(A) ::= ALL.      { A = false; }
quantifier(A) ::= DISTINCT. { A = true; }

items(A) ::= item(I).                { A = ast_add_item((struct ast_items){ 0 }, I); }
items(A) ::= items(L) COMMA item(I). { A = ast_add_item(L, I); }

item(A) ::= expr(E).           { A = ast_make_item(m, E, (struct str){ 0 }); }
item(A) ::= expr(E) ID(N).     { A = ast_make_item(m, E, ast_text(m, N)); }
item(A) ::= expr(E) AS ID(N).  { A = ast_make_item(m, E, ast_text(m, N)); }
item(A) ::= star(E).           { A = ast_make_item(m, E, (struct str){ 0 }); }

star(A) ::= STAR(B).                             { A = ast_make_star(m, B.begin, 0, NULL); }
star(A) ::= ID(T) DOT STAR.                      { A = ast_make_star(m, T.begin, 1, &T); }
star(A) ::= ID(D) DOT ID(T) DOT STAR. {
	A = ast_make_star(m, D.begin, 2, (struct sql_token[]){ D, T });
}

where(A) ::= .              { A = NULL; }
where(A) ::= WHERE expr(E). { A = E; }

group_by(A) ::= .                   { A = (struct ast_list){ 0 }; }
group_by(A) ::= GROUP BY exprs(L).  { A = L; }

having(A) ::= .               { A = NULL; }
having(A) ::= HAVING expr(E). { A = E; }

rows(A) ::= row(R).               { A = ast_add_row((struct ast_rows){ 0 }, R); }
rows(A) ::= rows(L) COMMA row(R). { A = ast_add_row(L, R); }
row(A) ::= LP(B) exprs(L) RP.     { A = ast_make_row(m, B.begin, &L); }

order_by(A) ::= .                   { A = (struct ast_orders){ 0 }; }
order_by(A) ::= ORDER BY orders(L). { A = L; }
orders(A) ::= order(O).                 { A = ast_add_order((struct ast_orders){ 0 }, O); }
orders(A) ::= orders(L) COMMA order(O). { A = ast_add_order(L, O); }
order(A) ::= expr(E) is_descending(D) nulls(N). { A = ast_make_order(m, E, D, N); }
is_descending(A) ::= .     { A = false; }
is_descending(A) ::= ASC.  { A = false; }
is_descending(A) ::= DESC. { A = true; }
nulls(A) ::= .            { A = NULLS_DEFAULT; }
nulls(A) ::= NULLS FIRST. { A = NULLS_FIRST; }
nulls(A) ::= NULLS LAST.  { A = NULLS_LAST; }

limit(A) ::= .                               { A = (struct ast_limit){ NULL, NULL }; }
limit(A) ::= LIMIT count(N).                 { A = (struct ast_limit){ N, NULL }; }
limit(A) ::= LIMIT count(M) COMMA count(N).  { A = (struct ast_limit){ N, M }; }
limit(A) ::= LIMIT count(N) offset(M).       { A = (struct ast_limit){ N, M }; }
limit(A) ::= offset(M).                      { A = (struct ast_limit){ NULL, M }; }
limit(A) ::= offset(M) fetch(N).             { A = (struct ast_limit){ N, M }; }
limit(A) ::= fetch(N).                       { A = (struct ast_limit){ N, NULL }; }

offset(A) ::= OFFSET count(M).          { A = M; }
offset(A) ::= OFFSET count(M) row_word. { A = M; }
fetch(A) ::= FETCH FIRST|NEXT count(N) row_word ONLY. { A = N; }
row_word(A) ::= ROW|ROWS(T). { A = T; }
count(A) ::= INTEGER(T). { A = ast_make_literal(m, LIT_INTEGER, T.begin, T); }

/* ---- FROM ---- */

from(A) ::= .               { A = NULL; }
from(A) ::= FROM tables(F). { A = F; }

tables(A) ::= joined(A).
tables(A) ::= tables(L) COMMA joined(R). { A = ast_make_join(m, JOIN_CROSS, true, L, R, NULL); }

joined(A) ::= table(A).
joined(A) ::= joined(L) join(K) JOIN table(R) ON expr(E). {
	A = ast_make_join(m, K, false, L, R, E);
}
joined(A) ::= joined(L) CROSS JOIN table(R). {
	A = ast_make_join(m, JOIN_CROSS, false, L, R, NULL);
}

join(A) ::= .            { A = JOIN_INNER; }
join(A) ::= INNER.       { A = JOIN_INNER; }
join(A) ::= LEFT outer.  { A = JOIN_LEFT; }
join(A) ::= RIGHT outer. { A = JOIN_RIGHT; }
join(A) ::= FULL outer.  { A = JOIN_FULL; }
outer ::= .
outer ::= OUTER.

table(A) ::= table_name(N) alias(S).          { A = ast_make_table(m, &N, S); }
table(A) ::= LP(B) query(Q) RP alias(S).      { A = ast_make_derived(m, B.begin, Q, S); }

table_name(A) ::= ID(T).              { A = ast_make_name(m, 1, &T); }
table_name(A) ::= ID(D) DOT ID(T).    { A = ast_make_name(m, 2, (struct sql_token[]){ D, T }); }

alias(A) ::= .         { A = (struct str){ 0 }; }
alias(A) ::= ID(N).    { A = ast_text(m, N); }
alias(A) ::= AS ID(N). { A = ast_text(m, N); }

/* ---- Expressions: truth ---- */

exprs(A) ::= expr(E).                { A = ast_add((struct ast_list){ 0 }, E); }
exprs(A) ::= exprs(L) COMMA expr(E). { A = ast_add(L, E); }

expr(A) ::= test(A).
expr(A) ::= expr(L) OR expr(R).  { A = ast_make_chain(m, OP_OR, L, R); }
expr(A) ::= expr(L) AND expr(R). { A = ast_make_chain(m, OP_AND, L, R); }
expr(A) ::= NOT(B) expr(E).      { A = ast_make_not(m, B.begin, E); }

/* ---- Expressions: comparison ---- */

test(A) ::= value(A).
test(A) ::= test(L) EQ value(R). { A = ast_make_infix(m, OP_EQ, L, R); }
test(A) ::= test(L) NE value(R). { A = ast_make_infix(m, OP_NE, L, R); }
test(A) ::= test(L) LT value(R). { A = ast_make_infix(m, OP_LT, L, R); }
test(A) ::= test(L) LE value(R). { A = ast_make_infix(m, OP_LE, L, R); }
test(A) ::= test(L) GT value(R). { A = ast_make_infix(m, OP_GT, L, R); }
test(A) ::= test(L) GE value(R). { A = ast_make_infix(m, OP_GE, L, R); }
test(A) ::= test(E) IS NULL.      { A = ast_make_postfix(m, OP_IS_NULL, E); }
test(A) ::= test(E) IS NOT NULL.  { A = ast_make_postfix(m, OP_IS_NOT_NULL, E); }
test(A) ::= test(E) IS TRUE.      { A = ast_make_postfix(m, OP_IS_TRUE, E); }
test(A) ::= test(E) IS NOT TRUE.  { A = ast_make_postfix(m, OP_IS_NOT_TRUE, E); }
test(A) ::= test(E) IS FALSE.     { A = ast_make_postfix(m, OP_IS_FALSE, E); }
test(A) ::= test(E) IS NOT FALSE. { A = ast_make_postfix(m, OP_IS_NOT_FALSE, E); }
test(A) ::= test(L) IS DISTINCT FROM value(R).     { A = ast_make_infix(m, OP_IS_DISTINCT, L, R); }
test(A) ::= test(L) IS NOT DISTINCT FROM value(R). {
	A = ast_make_infix(m, OP_IS_NOT_DISTINCT, L, R);
}
test(A) ::= test(E) BETWEEN value(L) AND value(H).     { A = ast_make_three(m, OP_BETWEEN, E, L, H); }
test(A) ::= test(E) NOT BETWEEN value(L) AND value(H). {
	A = ast_make_three(m, OP_NOT_BETWEEN, E, L, H);
}
test(A) ::= test(E) LIKE value(P) escape(X).     { A = ast_make_three(m, OP_LIKE, E, P, X); }
test(A) ::= test(E) NOT LIKE value(P) escape(X). { A = ast_make_three(m, OP_NOT_LIKE, E, P, X); }
test(A) ::= test(E) IN LP exprs(L) RP.     { A = ast_make_in(m, E, false, &L, NULL); }
test(A) ::= test(E) NOT IN LP exprs(L) RP. { A = ast_make_in(m, E, true, &L, NULL); }
test(A) ::= test(E) IN LP query(Q) RP.     { A = ast_make_in(m, E, false, NULL, Q); }
test(A) ::= test(E) NOT IN LP query(Q) RP. { A = ast_make_in(m, E, true, NULL, Q); }

escape(A) ::= .                { A = NULL; }
escape(A) ::= ESCAPE value(E). { A = E; }

/* ---- Expressions: values ---- */

value(A) ::= primary(A).
value(A) ::= value(L) PLUS value(R).    { A = ast_make_infix(m, OP_ADD, L, R); }
value(A) ::= value(L) DASH value(R).    { A = ast_make_infix(m, OP_SUB, L, R); }
value(A) ::= value(L) BARS value(R).    { A = ast_make_chain(m, OP_CONCAT, L, R); }
value(A) ::= value(L) STAR value(R).    { A = ast_make_infix(m, OP_MUL, L, R); }
value(A) ::= value(L) SLASH value(R).   { A = ast_make_infix(m, OP_DIV, L, R); }
value(A) ::= value(L) PERCENT value(R). { A = ast_make_infix(m, OP_MOD, L, R); }
value(A) ::= DASH(B) value(E). [SIGN]   { A = ast_make_prefix(m, OP_NEG, B.begin, E); }
value(A) ::= PLUS(B) value(E). [SIGN]   { A = ast_make_prefix(m, OP_PLUS, B.begin, E); }

primary(A) ::= literal(A).
primary(A) ::= name(N).    { A = ast_make_column(m, &N); }
primary(A) ::= call(A).
primary(A) ::= LP(B) expr(E) RP.           { A = ast_in_parens(m, B.begin, E); }
primary(A) ::= LP(B) query(Q) RP.          { A = ast_make_query_expr(m, AST_QUERY, B.begin, Q); }
primary(A) ::= EXISTS(B) LP query(Q) RP.   { A = ast_make_query_expr(m, AST_EXISTS, B.begin, Q); }
primary(A) ::= CASE(B) operand(E) whens(W) otherwise(O) END. {
	A = ast_make_case(m, B.begin, E, &W, O);
}
primary(A) ::= CAST(B) LP expr(E) AS type(T) RP. { A = ast_make_cast(m, B.begin, E, &T); }

operand(A) ::= .        { A = NULL; }
operand(A) ::= expr(A).
whens(A) ::= WHEN expr(C) THEN expr(R).          { A = ast_add_when(m, (struct ast_whens){ 0 }, C, R); }
whens(A) ::= whens(W) WHEN expr(C) THEN expr(R). { A = ast_add_when(m, W, C, R); }
otherwise(A) ::= .             { A = NULL; }
otherwise(A) ::= ELSE expr(E). { A = E; }

type(A) ::= type_name(N).                                   { A = ast_make_type(m, N, NULL, NULL); }
type(A) ::= type_name(N) LP INTEGER(P) RP.                  { A = ast_make_type(m, N, &P, NULL); }
type(A) ::= type_name(N) LP INTEGER(P) COMMA INTEGER(S) RP. { A = ast_make_type(m, N, &P, &S); }
type_name(A) ::= ID(T).       { A = ast_text(m, T); }
type_name(A) ::= ID(T) ID(U). { A = ast_two_words(m, T, U); }

literal(A) ::= INTEGER(T). { A = ast_make_literal(m, LIT_INTEGER, T.begin, T); }
literal(A) ::= DECIMAL(T). { A = ast_make_literal(m, LIT_DECIMAL, T.begin, T); }
literal(A) ::= FLOAT(T).   { A = ast_make_literal(m, LIT_FLOAT, T.begin, T); }
literal(A) ::= STRING(T).  { A = ast_make_literal(m, LIT_STRING, T.begin, T); }
literal(A) ::= BINARY(T).  { A = ast_make_literal(m, LIT_BINARY, T.begin, T); }
literal(A) ::= TRUE(T).    { A = ast_make_literal(m, LIT_BOOLEAN, T.begin, T); }
literal(A) ::= FALSE(T).   { A = ast_make_literal(m, LIT_BOOLEAN, T.begin, T); }
literal(A) ::= NULL(T).    { A = ast_make_literal(m, LIT_NULL, T.begin, T); }
literal(A) ::= DATE(B) STRING(T).      { A = ast_make_literal(m, LIT_DATE, B.begin, T); }
literal(A) ::= TIME(B) STRING(T).      { A = ast_make_literal(m, LIT_TIME, B.begin, T); }
literal(A) ::= TIMESTAMP(B) STRING(T). { A = ast_make_literal(m, LIT_TIMESTAMP, B.begin, T); }
literal(A) ::= INTERVAL(B) STRING(T) ID(U). { A = ast_make_interval(m, B.begin, T, U); }

/* ---- Functions ---- */

call(A) ::= name(N) LP RP filter(F).                { A = ast_make_call(m, &N, 0, NULL, F); }
call(A) ::= name(N) LP exprs(L) RP filter(F).       { A = ast_make_call(m, &N, 0, &L, F); }
call(A) ::= name(N) LP ALL exprs(L) RP filter(F).   { A = ast_make_call(m, &N, 0, &L, F); }
call(A) ::= name(N) LP DISTINCT exprs(L) RP filter(F). {
	A = ast_make_call(m, &N, CALL_DISTINCT, &L, F);
}
call(A) ::= name(N) LP STAR RP filter(F).           { A = ast_make_call(m, &N, CALL_STAR, NULL, F); }

filter(A) ::= .                            { A = NULL; }
filter(A) ::= FILTER LP WHERE expr(E) RP.  { A = E; }

/* The functions with words between their arguments. */
call(A) ::= EXTRACT(N) LP ID(U) FROM expr(E) RP. { A = ast_make_extract(m, N, U, E); }
call(A) ::= POSITION(N) LP value(W) IN value(E) RP. { A = ast_make_special(m, N, W, E, NULL); }
call(A) ::= SUBSTRING(N) LP exprs(L) RP. { A = ast_make_special_list(m, N, &L); }
call(A) ::= SUBSTRING(N) LP expr(E) FROM expr(F) RP. { A = ast_make_special(m, N, E, F, NULL); }
call(A) ::= SUBSTRING(N) LP expr(E) FROM expr(F) FOR expr(L) RP. {
	A = ast_make_special(m, N, E, F, L);
}
call(A) ::= TRIM(N) LP exprs(L) RP. { A = ast_make_special_list(m, N, &L); }
call(A) ::= TRIM(N) LP expr(C) FROM expr(E) RP. { A = ast_make_trim(m, N, NULL, C, E); }
call(A) ::= TRIM(N) LP trim_side(S) FROM expr(E) RP. { A = ast_make_trim(m, N, &S, NULL, E); }
call(A) ::= TRIM(N) LP trim_side(S) expr(C) FROM expr(E) RP. { A = ast_make_trim(m, N, &S, C, E); }
trim_side(A) ::= LEADING|TRAILING|BOTH(T). { A = T; }

/* ---- Names ---- */

name(A) ::= ID(C).           { A = ast_make_name(m, 1, &C); }
name(A) ::= ID(T) DOT ID(C). { A = ast_make_name(m, 2, (struct sql_token[]){ T, C }); }
name(A) ::= ID(D) DOT ID(T) DOT ID(C). {
	A = ast_make_name(m, 3, (struct sql_token[]){ D, T, C });
}


%code {
/*
 * The template would grow its stack on the heap.  Ours lies in the arena, and
 * there is always room for what one token can push, so that the template never
 * sees it full.  What is outgrown stays behind: at most as much again.
 */
enum { STACK_START = 64, ROOM = 32 };

static bool make_room(yyParser *p)
{
	int used = (int)(p->yytos - p->yystack) + 1;
	int size = 2 * (used + ROOM);
	yyStackEntry *stack;

	if (p->yystksz - used > ROOM)
		return true;
	stack = arena_alloc(p->m->arena, (size_t)size * sizeof(*stack), p->m->err);
	if (!stack)
		return false;
	memcpy(stack, p->yystack, (size_t)used * sizeof(*stack));
	p->yystack = stack;
	p->yystksz = size;
	p->yytos = stack + used - 1;
	return true;
}

struct sql_grammar *sql_grammar_new(struct ast_maker *m)
{
	yyParser *p = arena_alloc(m->arena, sizeof(*p), m->err);
	yyStackEntry *stack = arena_alloc(m->arena, STACK_START * sizeof(*stack), m->err);

	if (!p || !stack)
		return NULL;
	stack[0] = (yyStackEntry){ 0 };
	*p = (yyParser){ .m = m, .yystack = stack, .yystksz = STACK_START, .yytos = stack };
	return (struct sql_grammar *)p;
}

void sql_grammar_feed(struct sql_grammar *g, struct sql_token token)
{
	yyParser *p = (yyParser *)g;
	const yyStackEntry *stack;

	if (!make_room(p)) {
		p->m->has_failed = true;
		return;
	}
	stack = p->yystack;
	sql_grammar(p, token.kind, token);
	ASSERT(p->yystack == stack);
}

/* ---- The parser without its values ---- */

_Static_assert(sizeof(YYACTIONTYPE) <= sizeof(uint16_t), "states fit");

/* SIGN is no token, only a precedence. */
#define SQL_TOKEN(name, spelling) +1
_Static_assert(0
#include "broker/sql/tokens.def"
	== YYNTOKEN - 1, "every token has a row in tokens.def");
#undef SQL_TOKEN

/*
 * One token's way through the parser: reductions take from the stack below and
 * put on top of it.  The stack itself is left alone: what is put lies here.
 */
struct trial {
	const uint16_t *states;
	uint32_t n_kept;             /* states[0..n_kept) are still there ... */
	uint32_t n_put;              /* ... and these are above them */
	uint16_t put[SQL_TRIAL_MAX];
};

static uint16_t trial_top(const struct trial *t)
{
	return t->n_put ? t->put[t->n_put - 1] : t->states[t->n_kept - 1];
}

static void trial_pop(struct trial *t, uint32_t n)
{
	uint32_t from_put = n < t->n_put ? n : t->n_put;

	t->n_put -= from_put;
	t->n_kept -= n - from_put;
}

static bool trial_push(struct trial *t, uint16_t state)
{
	if (t->n_put == SQL_TRIAL_MAX)
		return false;
	t->put[t->n_put++] = state;
	return true;
}

/* The template's yy_find_shift_action(), with a choice about falling back to a name. */
static uint16_t action_of(uint16_t state, int token, bool may_fall_back)
{
	for (;;) {
		int fallback = yyFallback[token];
		int i;

		if (state > YY_MAX_SHIFT)
			return state;
		i = yy_shift_ofst[state] + token;
		if (yy_lookahead[i] == token)
			return yy_action[i];
		if (fallback == 0 || yy_lookahead[yy_shift_ofst[state] + fallback] != fallback)
			return yy_default[state];
		if (!may_fall_back)
			return YY_ERROR_ACTION;
		token = fallback;
	}
}

static bool trial_run(struct trial *t, int token, bool may_fall_back)
{
	for (;;) {
		uint16_t act = action_of(trial_top(t), token, may_fall_back);
		unsigned rule;

		if (act == YY_ACCEPT_ACTION)
			return true;
		if (act < YY_MIN_REDUCE) {
			if (act > YY_MAX_SHIFTREDUCE)
				return false;
			if (act > YY_MAX_SHIFT)
				act = (uint16_t)(act + YY_MIN_REDUCE - YY_MIN_SHIFTREDUCE);
			return trial_push(t, act);
		}
		rule = act - YY_MIN_REDUCE;
		trial_pop(t, (uint32_t)-yyRuleInfoNRhs[rule]);
		if (!trial_push(t, yy_find_reduce_action(trial_top(t), yyRuleInfoLhs[rule])))
			return false;
	}
}

bool sql_states_accept(const struct sql_states *s, int token)
{
	struct trial t = { .states = s->states, .n_kept = s->n };

	return trial_run(&t, token, false);
}

int sql_states_shift(struct sql_states *s, int token, struct arena *arena, struct error *err)
{
	struct trial t = { .states = s->states, .n_kept = s->n };
	bool is_accepted = trial_run(&t, token, true);

	ASSERT(is_accepted);
	if (t.n_kept + t.n_put > s->cap) {
		uint32_t cap = 2 * s->cap + SQL_TRIAL_MAX;
		uint16_t *states = arena_alloc(arena, cap * sizeof(*states), err);

		if (!states)
			return -1;
		memcpy(states, s->states, t.n_kept * sizeof(*states));
		s->states = states;
		s->cap = cap;
	}
	memcpy(s->states + t.n_kept, t.put, t.n_put * sizeof(*t.put));
	s->n = t.n_kept + t.n_put;
	return 0;
}
}
