/*
 * grammar.y - the language (lemon).  README.md shows it as a readable grammar,
 * printed from here.
 *
 * Expressions have four levels, so that no rule needs a trick: `expr` is boolean
 * (OR, AND, NOT), `test` compares, `match` is LIKE, IN, BETWEEN and their kind,
 * `value` computes.  BETWEEN takes values, which is why its AND is never mistaken
 * for the other one.  Within a level the precedences below decide.
 *
 * A query in parentheses is a `subquery` and never a `query`; so it is clear how
 * many pairs of parentheses belong to it.  What may be both says `any_query`.
 * Where a pair could also be that of an expression, as in ((SELECT 1)), it
 * belongs to the query.  Rules marked [LOWEST] end only where no parenthesis,
 * dot or TO goes on with them.
 *
 * Actions only call constructors (ast_make.h).  After a failure these return
 * NULL and do nothing, until the driver in parse.c notices and stops; so no
 * action looks into what it passes on.
 *
 * To add a statement: a rule of `explained` if EXPLAIN may stand before it, else
 * of `bare`.  A clause of SELECT: a nonterminal in `select`.
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

/* One of several words, and none. */
#define NO_STR ((struct str){ 0 })
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
	ADD ALTER ANALYZE ARCHIVE ARRAY_WORD ASC ASYMMETRIC ASYNC ATTRIBUTES BERNOULLI BOTH BY CALL
	CLUSTER COLUMN CREATE CUBE CURRENT DATETIME DEFAULT DELETE DESC DESCRIBE DIMENSION DROP END
	ESCAPE EVERY EXCLUDE EXCLUDING EXISTS_WORD EXPLAIN FILE FILTER FIRST FOLLOWING FOR FUNCTIONS
	GRANULARITY GROUPS IF ILIKE IMPLEMENTATION INCLUDING INSERT KEY KILL LAST LEADING LOCAL
	MATCHED MATERIALIZED MERGE METRIC MUTATION NEXT NO NULLS ONLY ORDINALITY OTHERS PLACING PLAN
	PRECEDING PRECISION PRIMARY PROCESSLIST PROPERTIES QUERY RANGE RECURSIVE REFRESH RENAME
	REPEATABLE RLIKE ROLLUP ROW ROWS SET SETS SHOW SIMILAR SYMMETRIC SYNC SYSTEM TABLE TABLES
	TABLE_TYPE TEST TIES TO TRAILING TRUNCATE TYPE UNBOUNDED UNKNOWN UPDATE VALUES VARYING VIEW
	VIEWS WITHOUT ZONE.

%nonassoc LOWEST.
%nonassoc RP DOT TO.
%left UNION EXCEPT MINUS.
%left INTERSECT.
%left OR.
%left AND.
%right NOT.
%left PLUS DASH.
%left STAR SLASH PERCENT BARS.
%left AT.
%right SIGN.

%type bare {struct ast_stmt *}
%type explained {struct ast_stmt *}
%type format {struct ast_ids}
%type query {struct ast_query *}
%type any_query {struct ast_query *}
%type subquery {struct ast_query *}
%type simple {struct ast_query *}
%type operand {struct ast_query *}
%type with {struct ast_with}
%type ctes {struct ast_ctes}
%type cte {struct ast_cte *}
%type tail {struct ast_tail *}
%type select {struct ast_query *}
%type hints {struct ast_hint *}
%type hint_list {struct ast_hints}
%type hint {struct ast_hint *}
%type hint_options {struct ast_hint_options}
%type hint_option {struct ast_hint_option *}
%type quantifier {bool}
%type is_all {bool}
%type items {struct ast_items}
%type item {struct ast_item *}
%type star {struct ast_expr *}
%type from {struct ast_from *}
%type tables {struct ast_from *}
%type joined {struct ast_from *}
%type pair {struct ast_from *}
%type join {enum ast_join_kind}
%type on {struct ast_condition}
%type table {struct ast_from *}
%type sample {struct ast_sample *}
%type seed {struct ast_expr *}
%type ordinality {bool}
%type where {struct ast_expr *}
%type group_by {struct ast_group}
%type elements {struct ast_list}
%type element {struct ast_expr *}
%type having {struct ast_expr *}
%type window_clause {struct ast_window *}
%type window_list {struct ast_windows}
%type window_def {struct ast_window *}
%type partition_by {struct ast_list}
%type frame {struct ast_frame}
%type some_frame {struct ast_frame}
%type frame_unit {enum ast_frame_unit}
%type bound {struct ast_bound}
%type exclude {enum ast_exclude}
%type qualify {struct ast_expr *}
%type rows {struct ast_rows}
%type row {struct ast_row *}
%type order_by {struct ast_orders}
%type orders {struct ast_orders}
%type order {struct ast_order *}
%type is_descending {bool}
%type nulls {enum ast_nulls}
%type fetch {struct ast_expr *}
%type offset {struct ast_expr *}
%type count {struct ast_expr *}
%type expr {struct ast_expr *}
%type test {struct ast_expr *}
%type match {struct ast_expr *}
%type value {struct ast_expr *}
%type primary {struct ast_expr *}
%type literal {struct ast_expr *}
%type number {struct ast_expr *}
%type call {struct ast_expr *}
%type called {struct ast_expr *}
%type special {struct ast_expr *}
%type exprs {struct ast_list}
%type escape {struct ast_expr *}
%type compare {enum ast_op}
%type is_for_all {bool}
%type treatment {enum ast_null_treatment}
%type within {struct ast_orders}
%type filter {struct ast_expr *}
%type over {struct ast_window *}
%type case_operand {struct ast_expr *}
%type whens {struct ast_whens}
%type otherwise {struct ast_expr *}
%type type {struct ast_type *}
%type type_name {struct str}
%type zone {struct str}
%type array {struct str}
%type unit {struct str}
%type unit_part {struct str}
%type trim_side {struct sql_token}
%type row_word {struct sql_token}
%type name {struct ast_name}
%type table_name {struct ast_name}
%type ids {struct ast_ids}
%type columns {struct ast_id *}
%type alias {struct ast_alias}
%type target_alias {struct str}
%type option_value {struct str}
%type dotted {struct ast_ids}
%type if_exists {bool}
%type if_not_exists {bool}
%type column_defs {struct ast_column_defs}
%type column_def {struct ast_column_def *}
%type view_columns {struct ast_column_def *}
%type is_not_null {bool}
%type fallback {struct ast_expr *}
%type role {struct ast_role}
%type primary_key {struct ast_id *}
%type table_type {struct str}
%type type_of_table {struct str}
%type refresh {struct str}
%type period {struct str}
%type properties {struct ast_property *}
%type property_list {struct ast_properties}
%type property {struct ast_property *}
%type setting {struct ast_property *}
%type setting_list {struct ast_properties}
%type alters {struct ast_alters}
%type alter {struct ast_alter *}
%type assignments {struct ast_assignments}
%type assignment {struct ast_assignment *}
%type files {struct ast_files}
%type file {struct ast_file *}
%type merges {struct ast_merges}
%type merge {struct ast_merge_branch *}
%type and_also {struct ast_expr *}
%type cluster {struct str}
%type mode {enum ast_kill_mode}
%type as_query {struct ast_query *}
%type detail {struct str}
%type hint_value {struct ast_expr *}
%type limit {struct ast_limit}
%type method {bool}
%type string {struct ast_expr *}
%type window {struct ast_window *}

/* ---- Statements and their options ---- */

input ::= before statement after.

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

set ::= SET(B) dotted(K) EQ option_value(V). { ast_add_set(m, B.begin, &K, V); }

options ::= OPTION LP option_list RP.
option_list ::= option.
option_list ::= option_list COMMA option.
option ::= OPTION_ENTRY(E). { ast_add_option_entry(m, E); }

option_value(A) ::= literal(L).                 { A = ast_option_text(m, L); }
option_value(A) ::= DASH INTEGER|DECIMAL|FLOAT(T). { A = ast_option_number(m, T, true); }
option_value(A) ::= PLUS INTEGER|DECIMAL|FLOAT(T). { A = ast_option_number(m, T, false); }
dotted(A) ::= ID(N).               { A = ast_add_id(m, (struct ast_ids){ 0 }, N); }
dotted(A) ::= dotted(L) DOT ID(N). { A = ast_add_id(m, L, N); }

statement ::= bare(S) format(F). { m->stmt = ast_finish_stmt(m, S, F.first); }

format(A) ::= .             { A = (struct ast_ids){ 0 }; }
format(A) ::= FORMAT ID|NULL(F). { A = ast_add_id(m, (struct ast_ids){ 0 }, F); }

bare(A) ::= explained(A).
bare(A) ::= EXPLAIN(B) explained(S). { A = ast_make_explain(m, B.begin, EXPLAIN_PLAN, NO_STR, S); }
bare(A) ::= EXPLAIN(B) PLAN detail(D) FOR explained(S). {
	A = ast_make_explain(m, B.begin, EXPLAIN_PLAN, D, S);
}
bare(A) ::= EXPLAIN(B) IMPLEMENTATION PLAN detail(D) FOR explained(S). {
	A = ast_make_explain(m, B.begin, EXPLAIN_IMPLEMENTATION, D, S);
}
bare(A) ::= EXPLAIN(B) ANALYZE explained(S). {
	A = ast_make_explain(m, B.begin, EXPLAIN_ANALYZE, NO_STR, S);
}

detail(A) ::= .                             { A = NO_STR; }
detail(A) ::= INCLUDING ATTRIBUTES.         { A = STR("INCLUDING ATTRIBUTES"); }
detail(A) ::= INCLUDING ALL ATTRIBUTES.     { A = STR("INCLUDING ALL ATTRIBUTES"); }
detail(A) ::= EXCLUDING ATTRIBUTES.         { A = STR("EXCLUDING ATTRIBUTES"); }
detail(A) ::= WITH TYPE.                    { A = STR("WITH TYPE"); }
detail(A) ::= WITH IMPLEMENTATION.          { A = STR("WITH IMPLEMENTATION"); }
detail(A) ::= WITHOUT IMPLEMENTATION.       { A = STR("WITHOUT IMPLEMENTATION"); }
detail(A) ::= AS ID(F).                     { A = ast_explain_format(m, F); }

explained(A) ::= any_query(Q). { A = ast_make_query_stmt(m, Q); }

/* ---- Statements that change data ---- */

explained(A) ::= INSERT(B) INTO table_name(N) any_query(Q). {
	A = ast_make_insert(m, B.begin, &N, NULL, Q, NULL);
}
explained(A) ::= INSERT(B) INTO table_name(N) LP ids(C) RP any_query(Q). {
	A = ast_make_insert(m, B.begin, &N, C.first, Q, NULL);
}
explained(A) ::= INSERT(B) INTO table_name(N). { A = ast_make_insert(m, B.begin, &N, NULL, NULL, NULL); }
explained(A) ::= INSERT(B) INTO table_name(N) FROM files(F). {
	A = ast_make_insert(m, B.begin, &N, NULL, NULL, F.first);
}
files(A) ::= file(F).                { A = ast_add_file((struct ast_files){ 0 }, F); }
files(A) ::= files(L) COMMA file(F). { A = ast_add_file(L, F); }
file(A) ::= FILE STRING(U).    { A = ast_make_file(m, false, U); }
file(A) ::= ARCHIVE STRING(U). { A = ast_make_file(m, true, U); }

explained(A) ::= DELETE(B) FROM table_name(N) target_alias(S) where(W). {
	A = ast_make_delete(m, B.begin, &N, S, W);
}
/* Not target_alias, which may be nothing: SET would be taken for the alias. */
explained(A) ::= UPDATE(B) table_name(N) SET assignments(L) where(W). {
	A = ast_make_update(m, B.begin, &N, NO_STR, &L, W);
}
explained(A) ::= UPDATE(B) table_name(N) ID(S) SET assignments(L) where(W). {
	A = ast_make_update(m, B.begin, &N, ast_text(m, S), &L, W);
}
explained(A) ::= UPDATE(B) table_name(N) AS ID(S) SET assignments(L) where(W). {
	A = ast_make_update(m, B.begin, &N, ast_text(m, S), &L, W);
}
assignments(A) ::= assignment(S). { A = ast_add_assignment((struct ast_assignments){ 0 }, S); }
assignments(A) ::= assignments(L) COMMA assignment(S). { A = ast_add_assignment(L, S); }
assignment(A) ::= name(N) EQ expr(E). { A = ast_make_assignment(m, &N, E); }
target_alias(A) ::= .         { A = NO_STR; }
target_alias(A) ::= ID(S).    { A = ast_text(m, S); }
target_alias(A) ::= AS ID(S). { A = ast_text(m, S); }

explained(A) ::= MERGE(B) INTO table_name(N) target_alias(S) USING table(U) ON expr(C) merges(L). {
	A = ast_make_merge(m, B.begin, &N, &(struct ast_stmt){ .merge = { .alias = S, .source = U,
		.on = C } }, &L);
}
merges(A) ::= merge(W).           { A = ast_add_merge((struct ast_merges){ 0 }, W); }
merges(A) ::= merges(L) merge(W). { A = ast_add_merge(L, W); }
merge(A) ::= WHEN MATCHED and_also(C) THEN UPDATE SET assignments(L). {
	A = ast_make_merge_update(m, C, &L);
}
merge(A) ::= WHEN MATCHED and_also(C) THEN DELETE. { A = ast_make_merge_delete(m, C); }
merge(A) ::= WHEN NOT MATCHED and_also(C) THEN INSERT columns(I) VALUES row(R). {
	A = ast_make_merge_insert(m, C, I, R);
}
and_also(A) ::= .            { A = NULL; }
and_also(A) ::= AND expr(E). { A = E; }

/* ---- Statements about tables ---- */

bare(A) ::= CREATE(B) TABLE if_not_exists(X) table_name(N) LP column_defs(C) RP primary_key(K)
	    table_type(T) properties(P) as_query(Q). {
	A = ast_make_create(m, B.begin, &N, &(struct ast_stmt){ .query = Q, .create = {
		.if_not_exists = X, .columns = C.first, .primary_key = K, .type = T,
		.properties = P } });
}
bare(A) ::= CREATE(B) TABLE if_not_exists(X) table_name(N) WITH LP setting_list(P) RP. {
	A = ast_make_create(m, B.begin, &N, &(struct ast_stmt){ .create = {
		.if_not_exists = X, .properties = P.first, .is_with = true } });
}
bare(A) ::= CREATE(B) TABLE if_not_exists(X) table_name(N) AS any_query(Q). {
	A = ast_make_create(m, B.begin, &N, &(struct ast_stmt){ .query = Q, .create = {
		.if_not_exists = X } });
}
bare(A) ::= CREATE(B) MATERIALIZED VIEW if_not_exists(X) table_name(N) view_columns(C) refresh(R)
	    properties(P) AS any_query(Q). {
	A = ast_make_create(m, B.begin, &N, &(struct ast_stmt){ .query = Q, .create = {
		.if_not_exists = X, .is_view = true, .columns = C, .refresh = R,
		.properties = P } });
}
if_not_exists(A) ::= .                   { A = false; }
if_not_exists(A) ::= IF NOT EXISTS_WORD. { A = true; }
if_exists(A) ::= .               { A = false; }
if_exists(A) ::= IF EXISTS_WORD. { A = true; }
as_query(A) ::= .                 { A = NULL; }
as_query(A) ::= AS any_query(Q).  { A = Q; }

view_columns(A) ::= .                       { A = NULL; }
view_columns(A) ::= LP column_defs(C) RP.   { A = C.first; }
column_defs(A) ::= column_def(C).                      { A = ast_add_column_def((struct ast_column_defs){ 0 }, C); }
column_defs(A) ::= column_defs(L) COMMA column_def(C). { A = ast_add_column_def(L, C); }
column_def(A) ::= ID(N) type(T) is_not_null(X) fallback(D) role(R). {
	A = ast_make_column_def(m, N, T, &(struct ast_column_def){ .is_not_null = X, .fallback = D }, &R);
}
is_not_null(A) ::= .         { A = false; }
is_not_null(A) ::= NULL.     { A = false; }
is_not_null(A) ::= NOT NULL. { A = true; }
fallback(A) ::= .                   { A = NULL; }
fallback(A) ::= DEFAULT literal(L). { A = L; }
fallback(A) ::= DEFAULT DASH(B) number(L). { A = ast_make_prefix(m, OP_NEG, B.begin, L); }
fallback(A) ::= DEFAULT PLUS(B) number(L). { A = ast_make_prefix(m, OP_PLUS, B.begin, L); }
role(A) ::= .                     { A = (struct ast_role){ ROLE_NONE, false, NULL, NULL }; }
role(A) ::= DIMENSION.            { A = (struct ast_role){ ROLE_DIMENSION, false, NULL, NULL }; }
role(A) ::= DIMENSION ARRAY_WORD. { A = (struct ast_role){ ROLE_DIMENSION, true, NULL, NULL }; }
role(A) ::= METRIC.               { A = (struct ast_role){ ROLE_METRIC, false, NULL, NULL }; }
role(A) ::= DATETIME FORMAT string(F) GRANULARITY string(G). {
	A = (struct ast_role){ ROLE_DATETIME, false, F, G };
}

primary_key(A) ::= .                         { A = NULL; }
primary_key(A) ::= PRIMARY KEY LP ids(L) RP. { A = L.first; }
table_type(A) ::= .                    { A = NO_STR; }
table_type(A) ::= TABLE_TYPE EQ ID(T). { A = ast_upper(m, T); }
type_of_table(A) ::= .           { A = NO_STR; }
type_of_table(A) ::= TYPE ID(T). { A = ast_upper(m, T); }

refresh(A) ::= .                              { A = NO_STR; }
refresh(A) ::= REFRESH EVERY period(P).       { A = P; }
period(A) ::= STRING(T).        { A = ast_text(m, T); }
period(A) ::= INTEGER(N) ID(U). { A = ast_period(m, N, U); }

properties(A) ::= .                                 { A = NULL; }
properties(A) ::= PROPERTIES LP RP.                 { A = NULL; }
properties(A) ::= PROPERTIES LP property_list(L) RP. { A = L.first; }
property_list(A) ::= property(P). { A = ast_add_property((struct ast_properties){ 0 }, P); }
property_list(A) ::= property_list(L) COMMA property(P). { A = ast_add_property(L, P); }
property(A) ::= STRING(K) EQ STRING(V). { A = ast_make_property(m, ast_text(m, K), ast_text(m, V)); }
setting_list(A) ::= setting(P). { A = ast_add_property((struct ast_properties){ 0 }, P); }
setting_list(A) ::= setting_list(L) COMMA setting(P). { A = ast_add_property(L, P); }
setting(A) ::= STRING(K) EQ option_value(V). { A = ast_make_property(m, ast_text(m, K), V); }
setting(A) ::= dotted(K) EQ option_value(V). { A = ast_make_property(m, ast_ids_text(m, &K), V); }

bare(A) ::= DROP(B) TABLE if_exists(X) table_name(N) type_of_table(T). {
	A = ast_make_drop(m, STMT_DROP, B.begin, &N, &(struct ast_stmt){ .drop = { X, false, T } });
}
bare(A) ::= DROP(B) MATERIALIZED VIEW if_exists(X) table_name(N). {
	A = ast_make_drop(m, STMT_DROP, B.begin, &N, &(struct ast_stmt){ .drop = { X, true, NO_STR } });
}
bare(A) ::= TRUNCATE(B) TABLE if_exists(X) table_name(N). {
	A = ast_make_drop(m, STMT_TRUNCATE, B.begin, &N, &(struct ast_stmt){ .drop = { X, false, NO_STR } });
}

bare(A) ::= ALTER(B) TABLE table_name(N) alters(L). { A = ast_make_alter_stmt(m, B.begin, &N, &L); }
alters(A) ::= alter(C).                 { A = ast_add_alter((struct ast_alters){ 0 }, C); }
alters(A) ::= alters(L) COMMA alter(C). { A = ast_add_alter(L, C); }
alter(A) ::= ADD(B) COLUMN if_not_exists(X) column_def(C). { A = ast_make_alter_add(m, B.begin, X, C); }
alter(A) ::= DROP(B) COLUMN if_exists(X) ID(N).  { A = ast_make_alter_drop(m, B.begin, X, N); }
alter(A) ::= RENAME(B) COLUMN if_exists(X) ID(N) TO ID(T). {
	A = ast_make_alter_rename(m, B.begin, X, N, T);
}
alter(A) ::= UPDATE(B) assignments(L) WHERE expr(W). { A = ast_make_alter_update(m, B.begin, &L, W); }
alter(A) ::= DELETE(B) WHERE expr(W).                { A = ast_make_alter_delete(m, B.begin, W); }

/* ---- Statements that show and stop ---- */

bare(A) ::= DESCRIBE(B) table_name(N).            { A = ast_make_describe(m, B.begin, &N, NO_STR); }
bare(A) ::= DESCRIBE(B) table_name(N) ID(C).      { A = ast_make_describe(m, B.begin, &N, ast_text(m, C)); }
bare(A) ::= DESCRIBE(B) TABLE table_name(N).      { A = ast_make_describe(m, B.begin, &N, NO_STR); }
bare(A) ::= DESCRIBE(B) TABLE table_name(N) ID(C). {
	A = ast_make_describe(m, B.begin, &N, ast_text(m, C));
}
bare(A) ::= SHOW(B) TABLES.                   { A = ast_make_show(m, B.begin, SHOW_TABLES, NULL, NO_STR); }
bare(A) ::= SHOW(B) TABLES FROM table_name(N). { A = ast_make_show(m, B.begin, SHOW_TABLES, &N, NO_STR); }
bare(A) ::= SHOW(B) MATERIALIZED VIEWS.       { A = ast_make_show(m, B.begin, SHOW_VIEWS, NULL, NO_STR); }
bare(A) ::= SHOW(B) MATERIALIZED VIEWS FROM table_name(N). {
	A = ast_make_show(m, B.begin, SHOW_VIEWS, &N, NO_STR);
}
bare(A) ::= SHOW(B) CREATE TABLE table_name(N) type_of_table(T). {
	A = ast_make_show(m, B.begin, SHOW_CREATE_TABLE, &N, T);
}
bare(A) ::= SHOW(B) CREATE MATERIALIZED VIEW table_name(N). {
	A = ast_make_show(m, B.begin, SHOW_CREATE_VIEW, &N, NO_STR);
}
bare(A) ::= SHOW(B) PROCESSLIST. { A = ast_make_show(m, B.begin, SHOW_PROCESSLIST, NULL, NO_STR); }
bare(A) ::= SHOW(B) FUNCTIONS.   { A = ast_make_show(m, B.begin, SHOW_FUNCTIONS, NULL, NO_STR); }

bare(A) ::= CALL(B) name(N) LP RP.          { A = ast_make_call_stmt(m, B.begin, &N, NULL); }
bare(A) ::= CALL(B) name(N) LP exprs(L) RP. { A = ast_make_call_stmt(m, B.begin, &N, &L); }

bare(A) ::= KILL(B) QUERY cluster(C) WHERE expr(W) mode(M). {
	A = ast_make_kill(m, STMT_KILL_QUERY, B.begin, &(struct ast_stmt){ .kill = { C, W, M } });
}
bare(A) ::= KILL(B) MUTATION cluster(C) WHERE expr(W) mode(M). {
	A = ast_make_kill(m, STMT_KILL_MUTATION, B.begin, &(struct ast_stmt){ .kill = { C, W, M } });
}
cluster(A) ::= .                 { A = NO_STR; }
cluster(A) ::= ON CLUSTER ID(C). { A = ast_text(m, C); }
mode(A) ::= .      { A = KILL_ASYNC; }
mode(A) ::= ASYNC. { A = KILL_ASYNC; }
mode(A) ::= SYNC.  { A = KILL_SYNC; }
mode(A) ::= TEST.  { A = KILL_TEST; }

/* ---- Queries ---- */

any_query(A) ::= query(A).
any_query(A) ::= subquery(A).

subquery(A) ::= LP(B) query(Q) RP.    { A = ast_query_in_parens(m, B.begin, Q); }
subquery(A) ::= LP(B) subquery(Q) RP. { A = ast_query_in_parens(m, B.begin, Q); }

query(A) ::= simple(Q).              { A = ast_finish_query(m, Q, NULL, NULL); }
query(A) ::= simple(Q) tail(T).      { A = ast_finish_query(m, Q, NULL, T); }
query(A) ::= subquery(Q) tail(T).    { A = ast_finish_query(m, Q, NULL, T); }
query(A) ::= with(W) simple(Q).      { A = ast_finish_query(m, Q, &W, NULL); }
query(A) ::= with(W) simple(Q) tail(T).   { A = ast_finish_query(m, Q, &W, T); }
query(A) ::= with(W) subquery(Q).         { A = ast_finish_query(m, Q, &W, NULL); }
query(A) ::= with(W) subquery(Q) tail(T). { A = ast_finish_query(m, Q, &W, T); }

with(A) ::= WITH(B) ctes(L).           { A = (struct ast_with){ L.first, L.depth, B.begin, false }; }
with(A) ::= WITH(B) RECURSIVE ctes(L). { A = (struct ast_with){ L.first, L.depth, B.begin, true }; }
ctes(A) ::= cte(C).               { A = ast_add_cte((struct ast_ctes){ 0 }, C); }
ctes(A) ::= ctes(L) COMMA cte(C). { A = ast_add_cte(L, C); }
cte(A) ::= ID(N) columns(C) AS subquery(Q). { A = ast_make_cte(m, N, C, Q); }

simple(A) ::= select(A).
simple(A) ::= VALUES(B) rows(R).     { A = ast_make_values(m, B.begin, &R); }
simple(A) ::= TABLE(B) table_name(N). { A = ast_make_table_query(m, B.begin, &N); }
simple(A) ::= operand(L) UNION is_all(D) operand(R).     { A = ast_make_set_op(m, QUERY_UNION, D, L, R); }
simple(A) ::= operand(L) INTERSECT is_all(D) operand(R). { A = ast_make_set_op(m, QUERY_INTERSECT, D, L, R); }
simple(A) ::= operand(L) EXCEPT is_all(D) operand(R).    { A = ast_make_set_op(m, QUERY_EXCEPT, D, L, R); }
simple(A) ::= operand(L) MINUS is_all(D) operand(R).     { A = ast_make_set_op(m, QUERY_EXCEPT, D, L, R); }

operand(A) ::= simple(A).
operand(A) ::= subquery(A).

is_all(A) ::= .         { A = false; }
is_all(A) ::= DISTINCT. { A = false; }
is_all(A) ::= ALL.      { A = true; }

select(A) ::= SELECT(B) hints(X) quantifier(D) items(I) from(F) where(W) group_by(G) having(H)
	      window_clause(V) qualify(Y). {
	A = ast_make_select(m, &I, &G, &(struct ast_query){ .span.begin = B.begin, .hints = X,
		.is_distinct = D, .from = F, .where = W, .having = H, .windows = V,
		.qualify = Y });
}

hints(A) ::= .                       { A = NULL; }
hints(A) ::= HINT hint_list(L) HINT_END. { A = L.first; }
hint_list(A) ::= hint(H).                    { A = ast_add_hint((struct ast_hints){ 0 }, H); }
hint_list(A) ::= hint_list(L) hint(H).       { A = ast_add_hint(L, H); }
hint_list(A) ::= hint_list(L) COMMA hint(H). { A = ast_add_hint(L, H); }
hint(A) ::= ID(N).                          { A = ast_make_hint(m, N, NULL); }
hint(A) ::= ID(N) LP RP.                    { A = ast_make_hint(m, N, NULL); }
hint(A) ::= ID(N) LP hint_options(L) RP.    { A = ast_make_hint(m, N, &L); }
hint_options(A) ::= hint_option(O). { A = ast_add_hint_option((struct ast_hint_options){ 0 }, O); }
hint_options(A) ::= hint_options(L) COMMA hint_option(O). { A = ast_add_hint_option(L, O); }
hint_option(A) ::= ID(K) EQ hint_value(V).     { A = ast_make_hint_option(m, ast_text(m, K), V); }
hint_option(A) ::= STRING(K) EQ hint_value(V). { A = ast_make_hint_option(m, ast_text(m, K), V); }
hint_option(A) ::= hint_value(V).              { A = ast_make_hint_option(m, NO_STR, V); }
hint_value(A) ::= literal(A).
hint_value(A) ::= name(N). { A = ast_make_column(m, &N); }

quantifier(A) ::= .         { A = false; }
quantifier(A) ::= ALL.      { A = false; }
quantifier(A) ::= DISTINCT. { A = true; }

items(A) ::= item(I).                { A = ast_add_item((struct ast_items){ 0 }, I); }
items(A) ::= items(L) COMMA item(I). { A = ast_add_item(L, I); }

item(A) ::= expr(E).           { A = ast_make_item(m, E, NO_STR); }
item(A) ::= expr(E) ID(N).     { A = ast_make_item(m, E, ast_text(m, N)); }
item(A) ::= expr(E) AS ID(N).  { A = ast_make_item(m, E, ast_text(m, N)); }
item(A) ::= star(E).           { A = ast_make_item(m, E, NO_STR); }

star(A) ::= STAR(B).                             { A = ast_make_star(m, B.begin, 0, NULL); }
star(A) ::= ID(T) DOT STAR.                      { A = ast_make_star(m, T.begin, 1, &T); }
star(A) ::= ID(D) DOT ID(T) DOT STAR. {
	A = ast_make_star(m, D.begin, 2, (struct sql_token[]){ D, T });
}

where(A) ::= .              { A = NULL; }
where(A) ::= WHERE expr(E). { A = E; }

group_by(A) ::= .                             { A = (struct ast_group){ { 0 }, GROUP_DEFAULT }; }
group_by(A) ::= GROUP BY elements(L).          { A = (struct ast_group){ L, GROUP_DEFAULT }; }
group_by(A) ::= GROUP BY ALL elements(L).      { A = (struct ast_group){ L, GROUP_ALL }; }
group_by(A) ::= GROUP BY DISTINCT elements(L). { A = (struct ast_group){ L, GROUP_DISTINCT }; }
elements(A) ::= element(E).                   { A = ast_add((struct ast_list){ 0 }, E); }
elements(A) ::= elements(L) COMMA element(E). { A = ast_add(L, E); }
element(A) ::= expr(A).
element(A) ::= LP(B) RP.                        { A = ast_make_elements(m, AST_ROW, B.begin, NULL); }
element(A) ::= ROLLUP(B) LP elements(L) RP.     { A = ast_make_grouping(m, GROUPING_ROLLUP, B.begin, &L); }
element(A) ::= CUBE(B) LP elements(L) RP.       { A = ast_make_grouping(m, GROUPING_CUBE, B.begin, &L); }
element(A) ::= GROUPING(B) SETS LP elements(L) RP. { A = ast_make_grouping(m, GROUPING_SETS, B.begin, &L); }

having(A) ::= .               { A = NULL; }
having(A) ::= HAVING expr(E). { A = E; }

qualify(A) ::= .                { A = NULL; }
qualify(A) ::= QUALIFY expr(E). { A = E; }

rows(A) ::= row(R).               { A = ast_add_row((struct ast_rows){ 0 }, R); }
rows(A) ::= rows(L) COMMA row(R). { A = ast_add_row(L, R); }
row(A) ::= LP(B) exprs(L) RP.     { A = ast_make_row(m, B.begin, &L); }
row(A) ::= ROW(B) LP exprs(L) RP. { A = ast_make_row(m, B.begin, &L); }

/* What may follow the whole of a query; not nothing. */
tail(A) ::= ORDER BY orders(O).             { A = ast_make_tail(m, &O, NULL); }
tail(A) ::= ORDER BY orders(O) limit(L).    { A = ast_make_tail(m, &O, &L); }
tail(A) ::= limit(L).                       { A = ast_make_tail(m, NULL, &L); }

orders(A) ::= order(O).                 { A = ast_add_order((struct ast_orders){ 0 }, O); }
orders(A) ::= orders(L) COMMA order(O). { A = ast_add_order(L, O); }
order(A) ::= expr(E) is_descending(D) nulls(N). { A = ast_make_order(m, E, D, N); }
is_descending(A) ::= .     { A = false; }
is_descending(A) ::= ASC.  { A = false; }
is_descending(A) ::= DESC. { A = true; }
nulls(A) ::= .            { A = NULLS_DEFAULT; }
nulls(A) ::= NULLS FIRST. { A = NULLS_FIRST; }
nulls(A) ::= NULLS LAST.  { A = NULLS_LAST; }

limit(A) ::= LIMIT count(N).                 { A = (struct ast_limit){ N, NULL }; }
limit(A) ::= LIMIT ALL.                      { A = (struct ast_limit){ NULL, NULL }; }
limit(A) ::= LIMIT count(M) COMMA count(N).  { A = (struct ast_limit){ N, M }; }
limit(A) ::= LIMIT count(N) offset(M).       { A = (struct ast_limit){ N, M }; }
limit(A) ::= LIMIT ALL offset(M).            { A = (struct ast_limit){ NULL, M }; }
limit(A) ::= offset(M).                      { A = (struct ast_limit){ NULL, M }; }
limit(A) ::= offset(M) fetch(N).             { A = (struct ast_limit){ N, M }; }
limit(A) ::= offset(M) LIMIT count(N).       { A = (struct ast_limit){ N, M }; }
limit(A) ::= fetch(N).                       { A = (struct ast_limit){ N, NULL }; }

offset(A) ::= OFFSET count(M).          { A = M; }
offset(A) ::= OFFSET count(M) row_word. { A = M; }
fetch(A) ::= FETCH FIRST|NEXT count(N) row_word ONLY. { A = N; }
row_word(A) ::= ROW|ROWS(T). { A = T; }
count(A) ::= INTEGER(T). { A = ast_make_literal(m, LIT_INTEGER, T.begin, T); }
count(A) ::= PARAM(T).   { A = ast_make_param(m, T.begin); }

/* ---- FROM ---- */

from(A) ::= .               { A = NULL; }
from(A) ::= FROM tables(F). { A = F; }

tables(A) ::= joined(A).
tables(A) ::= tables(L) COMMA joined(R). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = JOIN_CROSS, .is_comma = true } });
}

joined(A) ::= table(A).
joined(A) ::= pair(A).
pair(A) ::= joined(L) join(K) JOIN table(R) on(C). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = K, .on = C.on, .using_ids = C.ids } });
}
pair(A) ::= joined(L) NATURAL join(K) JOIN table(R). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = K, .is_natural = true } });
}
pair(A) ::= joined(L) CROSS JOIN table(R). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = JOIN_CROSS } });
}
pair(A) ::= joined(L) ASOF JOIN table(R) MATCH_CONDITION expr(M) on(C). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = JOIN_ASOF, .match = M,
		.on = C.on, .using_ids = C.ids } });
}
pair(A) ::= joined(L) LEFT ASOF JOIN table(R) MATCH_CONDITION expr(M) on(C). {
	A = ast_make_join(m, L, R, &(struct ast_from){ .join = { .kind = JOIN_LEFT_ASOF, .match = M,
		.on = C.on, .using_ids = C.ids } });
}

join(A) ::= .            { A = JOIN_INNER; }
join(A) ::= INNER.       { A = JOIN_INNER; }
join(A) ::= LEFT outer.  { A = JOIN_LEFT; }
join(A) ::= RIGHT outer. { A = JOIN_RIGHT; }
join(A) ::= FULL outer.  { A = JOIN_FULL; }
join(A) ::= LEFT SEMI.   { A = JOIN_LEFT_SEMI; }
join(A) ::= LEFT ANTI.   { A = JOIN_LEFT_ANTI; }
outer ::= .
outer ::= OUTER.

on(A) ::= .                    { A = (struct ast_condition){ NULL, NULL }; }
on(A) ::= ON expr(E).          { A = (struct ast_condition){ E, NULL }; }
on(A) ::= USING LP ids(L) RP.  { A = (struct ast_condition){ NULL, L.first }; }

table(A) ::= table_name(N) hints(H) alias(S) sample(P). { A = ast_make_table(m, &N, H, &S, P); }
table(A) ::= subquery(Q) alias(S).                { A = ast_make_derived(m, Q->span.begin, false, Q, &S); }
table(A) ::= LATERAL(B) subquery(Q) alias(S).     { A = ast_make_derived(m, B.begin, true, Q, &S); }
table(A) ::= UNNEST(B) LP exprs(L) RP ordinality(O) alias(S). {
	A = ast_make_unnest(m, B.begin, &L, O, &S);
}
table(A) ::= TABLE(B) LP call(C) RP alias(S).            { A = ast_make_table_call(m, B.begin, false, C, &S); }
table(A) ::= LATERAL(B) TABLE LP call(C) RP alias(S).    { A = ast_make_table_call(m, B.begin, true, C, &S); }
table(A) ::= LP(B) pair(F) RP.                           { A = ast_from_in_parens(m, B.begin, F); }

ordinality(A) ::= .                { A = false; }
ordinality(A) ::= WITH ORDINALITY. { A = true; }

sample(A) ::= . { A = NULL; }
sample(A) ::= TABLESAMPLE method(M) LP number(P) RP seed(S). { A = ast_make_sample(m, M, P, S); }
method(A) ::= BERNOULLI. { A = false; }
method(A) ::= SYSTEM.    { A = true; }
seed(A) ::= .                           { A = NULL; }
seed(A) ::= REPEATABLE LP count(N) RP.  { A = N; }

table_name(A) ::= ID(T).              { A = ast_make_name(m, 1, &T); }
table_name(A) ::= ID(D) DOT ID(T).    { A = ast_make_name(m, 2, (struct sql_token[]){ D, T }); }

alias(A) ::= .                     { A = (struct ast_alias){ NO_STR, NULL }; }
alias(A) ::= ID(N) columns(C).     { A = (struct ast_alias){ ast_text(m, N), C }; }
alias(A) ::= AS ID(N) columns(C).  { A = (struct ast_alias){ ast_text(m, N), C }; }

columns(A) ::= .                 { A = NULL; }
columns(A) ::= LP ids(L) RP.     { A = L.first; }
ids(A) ::= ID(N).                { A = ast_add_id(m, (struct ast_ids){ 0 }, N); }
ids(A) ::= ids(L) COMMA ID(N).   { A = ast_add_id(m, L, N); }

/* ---- Windows ---- */

window_clause(A) ::= .                      { A = NULL; }
window_clause(A) ::= WINDOW window_list(L). { A = L.first; }
window_list(A) ::= window_def(W).                      { A = ast_add_window((struct ast_windows){ 0 }, W); }
window_list(A) ::= window_list(L) COMMA window_def(W). { A = ast_add_window(L, W); }
window_def(A) ::= ID(N) AS window(W). { A = ast_name_window(m, N, W); }
window(A) ::= LP(B) RP. { A = ast_make_window(m, B.begin, NO_STR, NULL, NULL, NULL); }
window(A) ::= LP(B) some_frame(F) RP. { A = ast_make_window(m, B.begin, NO_STR, NULL, NULL, &F); }
window(A) ::= LP(B) ORDER BY orders(O) frame(F) RP. {
	A = ast_make_window(m, B.begin, NO_STR, NULL, &O, &F);
}
window(A) ::= LP(B) PARTITION BY exprs(P) order_by(O) frame(F) RP. {
	A = ast_make_window(m, B.begin, NO_STR, &P, &O, &F);
}
window(A) ::= LP(B) ID(N) partition_by(P) order_by(O) frame(F) RP. {
	A = ast_make_window(m, B.begin, ast_text(m, N), &P, &O, &F);
}
partition_by(A) ::= .                       { A = (struct ast_list){ 0 }; }
partition_by(A) ::= PARTITION BY exprs(L).  { A = L; }
order_by(A) ::= .                   { A = (struct ast_orders){ 0 }; }
order_by(A) ::= ORDER BY orders(L). { A = L; }
frame(A) ::= . { A = (struct ast_frame){ 0 }; }
frame(A) ::= some_frame(A).
some_frame(A) ::= frame_unit(U) bound(S) exclude(X). {
	A = (struct ast_frame){ U, X, S, { BOUND_NONE, NULL } };
}
some_frame(A) ::= frame_unit(U) BETWEEN bound(S) AND bound(E) exclude(X). {
	A = (struct ast_frame){ U, X, S, E };
}
frame_unit(A) ::= ROWS.   { A = FRAME_ROWS; }
frame_unit(A) ::= RANGE.  { A = FRAME_RANGE; }
frame_unit(A) ::= GROUPS. { A = FRAME_GROUPS; }
bound(A) ::= UNBOUNDED PRECEDING. { A = (struct ast_bound){ BOUND_UNBOUNDED_PRECEDING, NULL }; }
bound(A) ::= UNBOUNDED FOLLOWING. { A = (struct ast_bound){ BOUND_UNBOUNDED_FOLLOWING, NULL }; }
bound(A) ::= CURRENT ROW.         { A = (struct ast_bound){ BOUND_CURRENT_ROW, NULL }; }
bound(A) ::= value(E) PRECEDING.  { A = (struct ast_bound){ BOUND_PRECEDING, E }; }
bound(A) ::= value(E) FOLLOWING.  { A = (struct ast_bound){ BOUND_FOLLOWING, E }; }
exclude(A) ::= .                    { A = EXCLUDE_NONE; }
exclude(A) ::= EXCLUDE NO OTHERS.   { A = EXCLUDE_NO_OTHERS; }
exclude(A) ::= EXCLUDE CURRENT ROW. { A = EXCLUDE_CURRENT_ROW; }
exclude(A) ::= EXCLUDE GROUP.       { A = EXCLUDE_GROUP; }
exclude(A) ::= EXCLUDE TIES.        { A = EXCLUDE_TIES; }

/* ---- Expressions: truth ---- */

exprs(A) ::= expr(E).                { A = ast_add((struct ast_list){ 0 }, E); }
exprs(A) ::= exprs(L) COMMA expr(E). { A = ast_add(L, E); }

expr(A) ::= test(A).
expr(A) ::= expr(L) OR expr(R).  { A = ast_make_chain(m, OP_OR, L, R); }
expr(A) ::= expr(L) AND expr(R). { A = ast_make_chain(m, OP_AND, L, R); }
expr(A) ::= NOT(B) expr(E).      { A = ast_make_not(m, B.begin, E); }

/* ---- Expressions: comparison ---- */

test(A) ::= match(A).
test(A) ::= test(L) compare(O) match(R). { A = ast_make_infix(m, O, L, R); }
test(A) ::= test(L) compare(O) is_for_all(X) subquery(Q).     { A = ast_make_quantified(m, L, &(struct ast_expr){ .quantified = { .op = O, .is_all = X } }, NULL, Q); }
test(A) ::= test(L) compare(O) is_for_all(X) LP exprs(R) RP.  { A = ast_make_quantified(m, L, &(struct ast_expr){ .quantified = { .op = O, .is_all = X } }, &R, NULL); }
test(A) ::= test(E) IS NULL.        { A = ast_make_postfix(m, OP_IS_NULL, E); }
test(A) ::= test(E) IS NOT NULL.    { A = ast_make_postfix(m, OP_IS_NOT_NULL, E); }
test(A) ::= test(E) IS TRUE.        { A = ast_make_postfix(m, OP_IS_TRUE, E); }
test(A) ::= test(E) IS NOT TRUE.    { A = ast_make_postfix(m, OP_IS_NOT_TRUE, E); }
test(A) ::= test(E) IS FALSE.       { A = ast_make_postfix(m, OP_IS_FALSE, E); }
test(A) ::= test(E) IS NOT FALSE.   { A = ast_make_postfix(m, OP_IS_NOT_FALSE, E); }
test(A) ::= test(E) IS UNKNOWN.     { A = ast_make_postfix(m, OP_IS_UNKNOWN, E); }
test(A) ::= test(E) IS NOT UNKNOWN. { A = ast_make_postfix(m, OP_IS_NOT_UNKNOWN, E); }
test(A) ::= test(L) IS DISTINCT FROM match(R).     { A = ast_make_infix(m, OP_IS_DISTINCT, L, R); }
test(A) ::= test(L) IS NOT DISTINCT FROM match(R). { A = ast_make_infix(m, OP_IS_NOT_DISTINCT, L, R); }

match(A) ::= value(A).
match(A) ::= match(E) BETWEEN asymmetric value(L) AND value(H).     { A = ast_make_three(m, OP_BETWEEN, E, L, H); }
match(A) ::= match(E) NOT BETWEEN asymmetric value(L) AND value(H). { A = ast_make_three(m, OP_NOT_BETWEEN, E, L, H); }
match(A) ::= match(E) BETWEEN SYMMETRIC value(L) AND value(H). {
	A = ast_make_three(m, OP_BETWEEN_SYMMETRIC, E, L, H);
}
match(A) ::= match(E) NOT BETWEEN SYMMETRIC value(L) AND value(H). {
	A = ast_make_three(m, OP_NOT_BETWEEN_SYMMETRIC, E, L, H);
}
match(A) ::= match(E) LIKE value(P) escape(X).           { A = ast_make_three(m, OP_LIKE, E, P, X); }
match(A) ::= match(E) NOT LIKE value(P) escape(X).       { A = ast_make_three(m, OP_NOT_LIKE, E, P, X); }
match(A) ::= match(E) ILIKE value(P) escape(X).          { A = ast_make_three(m, OP_ILIKE, E, P, X); }
match(A) ::= match(E) NOT ILIKE value(P) escape(X).      { A = ast_make_three(m, OP_NOT_ILIKE, E, P, X); }
match(A) ::= match(E) SIMILAR TO value(P) escape(X).     { A = ast_make_three(m, OP_SIMILAR, E, P, X); }
match(A) ::= match(E) NOT SIMILAR TO value(P) escape(X). { A = ast_make_three(m, OP_NOT_SIMILAR, E, P, X); }
match(A) ::= match(E) RLIKE value(P).                    { A = ast_make_three(m, OP_RLIKE, E, P, NULL); }
match(A) ::= match(E) NOT RLIKE value(P).                { A = ast_make_three(m, OP_NOT_RLIKE, E, P, NULL); }
match(A) ::= match(E) IN LP exprs(L) RP.     { A = ast_make_in(m, E, false, &L, NULL); }
match(A) ::= match(E) NOT IN LP exprs(L) RP. { A = ast_make_in(m, E, true, &L, NULL); }
match(A) ::= match(E) IN subquery(Q).        { A = ast_make_in(m, E, false, NULL, Q); }
match(A) ::= match(E) NOT IN subquery(Q).    { A = ast_make_in(m, E, true, NULL, Q); }

compare(A) ::= EQ. { A = OP_EQ; }
compare(A) ::= NE. { A = OP_NE; }
compare(A) ::= LT. { A = OP_LT; }
compare(A) ::= LE. { A = OP_LE; }
compare(A) ::= GT. { A = OP_GT; }
compare(A) ::= GE. { A = OP_GE; }
is_for_all(A) ::= ANY.  { A = false; }
is_for_all(A) ::= SOME. { A = false; }
is_for_all(A) ::= ALL.  { A = true; }
asymmetric ::= .
asymmetric ::= ASYMMETRIC.
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
value(A) ::= value(L) AT TIME ZONE value(R). { A = ast_make_infix(m, OP_AT_TIME_ZONE, L, R); }
value(A) ::= DASH(B) value(E). [SIGN]   { A = ast_make_prefix(m, OP_NEG, B.begin, E); }
value(A) ::= PLUS(B) value(E). [SIGN]   { A = ast_make_prefix(m, OP_PLUS, B.begin, E); }

primary(A) ::= literal(A).
primary(A) ::= PARAM(B).   { A = ast_make_param(m, B.begin); }
primary(A) ::= name(N).    { A = ast_make_column(m, &N); }
primary(A) ::= call(A).
primary(A) ::= LP(B) expr(E) RP.                { A = ast_in_parens(m, B.begin, E); }
primary(A) ::= LP(B) expr(E) COMMA exprs(L) RP. { A = ast_make_row_value(m, B.begin, E, &L); }
primary(A) ::= subquery(Q). [LOWEST]            { A = ast_make_query_expr(m, AST_QUERY, Q->span.begin, Q); }
primary(A) ::= EXISTS(B) subquery(Q).           { A = ast_make_query_expr(m, AST_EXISTS, B.begin, Q); }
primary(A) ::= CASE(B) case_operand(E) whens(W) otherwise(O) END. {
	A = ast_make_case(m, B.begin, E, &W, O);
}
primary(A) ::= CAST(B) LP expr(E) AS type(T) RP.     { A = ast_make_cast(m, B.begin, E, T, false); }
primary(A) ::= TRY_CAST(B) LP expr(E) AS type(T) RP. { A = ast_make_cast(m, B.begin, E, T, true); }
primary(A) ::= primary(E) CASTS type(T).             { A = ast_make_infix_cast(m, E, T); }
primary(A) ::= ARRAY(B) LB exprs(L) RB.              { A = ast_make_elements(m, AST_ARRAY, B.begin, &L); }
primary(A) ::= ARRAY(B) LB RB.                       { A = ast_make_elements(m, AST_ARRAY, B.begin, NULL); }
primary(A) ::= MAP(B) LB exprs(L) RB.                { A = ast_make_elements(m, AST_MAP, B.begin, &L); }
primary(A) ::= MAP(B) LB RB.                         { A = ast_make_elements(m, AST_MAP, B.begin, NULL); }
primary(A) ::= primary(E) LB expr(I) RB.             { A = ast_make_item_of(m, E, I); }
primary(A) ::= primary(E) DOT ID(N).                 { A = ast_make_field(m, E, N); }

case_operand(A) ::= .        { A = NULL; }
case_operand(A) ::= expr(A).
whens(A) ::= WHEN expr(C) THEN expr(R).          { A = ast_add_when(m, (struct ast_whens){ 0 }, C, R); }
whens(A) ::= whens(W) WHEN expr(C) THEN expr(R). { A = ast_add_when(m, W, C, R); }
otherwise(A) ::= .             { A = NULL; }
otherwise(A) ::= ELSE expr(E). { A = E; }

type(A) ::= type_name(N) zone(Z) array(X).                                   { A = ast_make_type(m, N, NULL, NULL, ast_type_suffix(m, Z, X)); }
type(A) ::= type_name(N) LP INTEGER(P) RP zone(Z) array(X).                  { A = ast_make_type(m, N, &P, NULL, ast_type_suffix(m, Z, X)); }
type(A) ::= type_name(N) LP INTEGER(P) COMMA INTEGER(S) RP zone(Z) array(X). { A = ast_make_type(m, N, &P, &S, ast_type_suffix(m, Z, X)); }
type_name(A) ::= ID(T).              { A = ast_text(m, T); }
type_name(A) ::= ID(T) PRECISION(U). { A = ast_two_words(m, T, U); }
type_name(A) ::= ID(T) VARYING(U).   { A = ast_two_words(m, T, U); }
zone(A) ::= .                     { A = NO_STR; }
zone(A) ::= WITH TIME ZONE.       { A = STR("WITH TIME ZONE"); }
zone(A) ::= WITH LOCAL TIME ZONE. { A = STR("WITH LOCAL TIME ZONE"); }
zone(A) ::= WITHOUT TIME ZONE.    { A = STR("WITHOUT TIME ZONE"); }
array(A) ::= .           { A = NO_STR; }
array(A) ::= ARRAY_WORD. { A = STR("ARRAY"); }

literal(A) ::= number(A).
literal(A) ::= string(A).
literal(A) ::= BINARY(T).  { A = ast_make_literal(m, LIT_BINARY, T.begin, T); }
literal(A) ::= TRUE(T).    { A = ast_make_literal(m, LIT_BOOLEAN, T.begin, T); }
literal(A) ::= FALSE(T).   { A = ast_make_literal(m, LIT_BOOLEAN, T.begin, T); }
literal(A) ::= NULL(T).    { A = ast_make_literal(m, LIT_NULL, T.begin, T); }
literal(A) ::= DATE(B) STRING(T).      { A = ast_make_literal(m, LIT_DATE, B.begin, T); }
literal(A) ::= TIME(B) STRING(T).      { A = ast_make_literal(m, LIT_TIME, B.begin, T); }
literal(A) ::= TIMESTAMP(B) STRING(T). { A = ast_make_literal(m, LIT_TIMESTAMP, B.begin, T); }
literal(A) ::= INTERVAL(B) STRING(T) unit(U).      { A = ast_make_interval(m, B.begin, "", T, U); }
literal(A) ::= INTERVAL(B) PLUS STRING(T) unit(U). { A = ast_make_interval(m, B.begin, "", T, U); }
literal(A) ::= INTERVAL(B) DASH STRING(T) unit(U). { A = ast_make_interval(m, B.begin, "-", T, U); }
unit(A) ::= unit_part(U). [LOWEST]           { A = U; }
unit(A) ::= unit_part(U) TO unit_part(V).    { A = ast_unit_range(m, U, V); }
unit_part(A) ::= ID(U).                      { A = ast_make_unit(m, U, NULL, NULL); }
unit_part(A) ::= ID(U) LP INTEGER(P) RP.     { A = ast_make_unit(m, U, &P, NULL); }
unit_part(A) ::= ID(U) LP INTEGER(P) COMMA INTEGER(S) RP. { A = ast_make_unit(m, U, &P, &S); }
number(A) ::= INTEGER(T). { A = ast_make_literal(m, LIT_INTEGER, T.begin, T); }
number(A) ::= DECIMAL(T). { A = ast_make_literal(m, LIT_DECIMAL, T.begin, T); }
number(A) ::= FLOAT(T).   { A = ast_make_literal(m, LIT_FLOAT, T.begin, T); }
string(A) ::= STRING(T).  { A = ast_make_literal(m, LIT_STRING, T.begin, T); }

/* ---- Functions ---- */

call(A) ::= special(A).
call(A) ::= called(C) treatment(N) within(G) filter(F) over(W). { A = ast_finish_call(m, C, N, &G, F, W); }

called(A) ::= name(N) LP RP.                          { A = ast_make_call(m, &N, 0, NULL, NULL); }
called(A) ::= name(N) LP STAR RP.                     { A = ast_make_call(m, &N, CALL_STAR, NULL, NULL); }
called(A) ::= name(N) LP exprs(L) order_by(T) RP.      { A = ast_make_call(m, &N, 0, &L, &T); }
called(A) ::= name(N) LP ALL exprs(L) order_by(T) RP.  { A = ast_make_call(m, &N, 0, &L, &T); }
called(A) ::= name(N) LP DISTINCT exprs(L) order_by(T) RP. { A = ast_make_call(m, &N, CALL_DISTINCT, &L, &T); }

treatment(A) ::= .              { A = TREAT_DEFAULT; }
treatment(A) ::= IGNORE NULLS.  { A = TREAT_IGNORE_NULLS; }
treatment(A) ::= RESPECT NULLS. { A = TREAT_RESPECT_NULLS; }
within(A) ::= .                                        { A = (struct ast_orders){ 0 }; }
within(A) ::= WITHIN GROUP LP ORDER BY orders(L) RP.   { A = L; }
filter(A) ::= .                            { A = NULL; }
filter(A) ::= FILTER LP WHERE expr(E) RP.  { A = E; }
over(A) ::= .                  { A = NULL; }
over(A) ::= OVER ID(N).        { A = ast_make_window_reference(m, N); }
over(A) ::= OVER window(W).    { A = W; }

/* The functions with words between their arguments. */
special(A) ::= EXTRACT(N) LP ID(U) FROM expr(E) RP.              { A = ast_make_extract(m, N, U, E); }
special(A) ::= POSITION(N) LP value(W) IN value(E) RP.           { A = ast_make_special(m, N, W, E, NULL, NULL); }
special(A) ::= POSITION(N) LP value(W) IN value(E) FROM value(F) RP. { A = ast_make_special(m, N, W, E, F, NULL); }
special(A) ::= SUBSTRING(N) LP exprs(L) RP.                      { A = ast_make_special_list(m, N, &L); }
special(A) ::= SUBSTRING(N) LP expr(E) FROM expr(F) RP.          { A = ast_make_special(m, N, E, F, NULL, NULL); }
special(A) ::= SUBSTRING(N) LP expr(E) FROM expr(F) FOR expr(L) RP. { A = ast_make_special(m, N, E, F, L, NULL); }
special(A) ::= OVERLAY(N) LP expr(E) PLACING expr(P) FROM expr(F) RP. { A = ast_make_special(m, N, E, P, F, NULL); }
special(A) ::= OVERLAY(N) LP expr(E) PLACING expr(P) FROM expr(F) FOR expr(L) RP. {
	A = ast_make_special(m, N, E, P, F, L);
}
special(A) ::= OVERLAY(N) LP exprs(L) RP.                        { A = ast_make_special_list(m, N, &L); }
special(A) ::= TRIM(N) LP exprs(L) RP.                           { A = ast_make_special_list(m, N, &L); }
special(A) ::= TRIM(N) LP expr(C) FROM expr(E) RP.               { A = ast_make_trim(m, N, NULL, C, E); }
special(A) ::= TRIM(N) LP trim_side(S) FROM expr(E) RP.          { A = ast_make_trim(m, N, &S, NULL, E); }
special(A) ::= TRIM(N) LP trim_side(S) expr(C) FROM expr(E) RP.  { A = ast_make_trim(m, N, &S, C, E); }
special(A) ::= name(N) LP expr(E) TO ID(U) RP.                   { A = ast_make_rounding(m, &N, E, U); }
special(A) ::= name(N) LP expr(E) USING ID(U) RP.                { A = ast_make_transcoding(m, &N, E, U); }
trim_side(A) ::= LEADING|TRAILING|BOTH(T). { A = T; }

/* ---- Names ---- */

name(A) ::= ID(C). [LOWEST]           { A = ast_make_name(m, 1, &C); }
name(A) ::= ID(T) DOT ID(C). [LOWEST] { A = ast_make_name(m, 2, (struct sql_token[]){ T, C }); }
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

/* SIGN and LOWEST are no tokens, only precedences. */
#define SQL_TOKEN(name, spelling) +1
_Static_assert(0
#include "broker/sql/tokens.def"
	== YYNTOKEN - 2, "every token has a row in tokens.def");
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

bool sql_token_may_be_name(int kind)
{
	return kind == TK_ID || yyFallback[kind] == TK_ID;
}

bool sql_states_accept(const struct sql_states *s, int token)
{
	struct trial t = { .states = s->states, .n_kept = s->n };

	return trial_run(&t, token, false);
}

int sql_grammar_accepts(struct sql_grammar *g, int token, bool *out)
{
	yyParser *p = (yyParser *)g;
	uint32_t n = (uint32_t)(p->yytos - p->yystack) + 1;
	uint16_t *states = arena_alloc(p->m->arena, n * sizeof(*states), p->m->err);

	if (!states)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		states[i] = p->yystack[i].stateno;
	*out = sql_states_accept(&(struct sql_states){ .states = states, .n = n }, token);
	return 0;
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
