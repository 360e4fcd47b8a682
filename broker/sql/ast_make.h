/*
 * ast_make.h - constructors of the syntax tree, called by grammar.y.
 *
 * All of them take the maker first.  On failure they set m->has_failed, fill
 * *m->err and return NULL or nothing; once has_failed is set they do nothing
 * more, so the grammar's actions need no checks.  Until then no argument is
 * NULL unless the comment says that it may be.
 *
 * Where a node begins is an argument or follows from its first part; it ends
 * where the last token that the parser has shifted ends.
 */
#ifndef BROKER_SQL_AST_MAKE_H
#define BROKER_SQL_AST_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/sql/ast.h"
#include "broker/sql/lexer.h"

struct error;

struct ast_maker {
	struct str text;
	struct arena *arena;
	uint32_t max_depth;
	struct sql_token last; /* shifted most recently */
	struct ast_stmt *stmt; /* the result, once is_accepted */
	struct ast_option *options, *last_option;
	bool is_accepted;
	bool is_unexpected; /* the parser did not want the token; *err is not filled */
	bool has_failed;    /* *err is filled */
	struct error *err;
};

/* Values of the grammar's symbols that are not part of the tree. */
struct ast_items {
	struct ast_item *first, *last;
	uint32_t depth; /* of the deepest, here and below */
};
struct ast_rows {
	struct ast_row *first, *last;
	uint32_t depth;
};
struct ast_orders {
	struct ast_order *first, *last;
	uint32_t depth;
};
struct ast_whens {
	struct ast_when *first, *last;
	uint32_t depth;
};
struct ast_limit {
	struct ast_expr *limit, *offset; /* or NULL */
};
struct ast_type {
	struct str name;
	int32_t precision, scale; /* or -1 */
};

/* Flags of ast_make_call(). */
enum { CALL_DISTINCT = 1, CALL_STAR = 2 };

/** Raises "nested too deeply" for the token at offset. */
void ast_fail_depth(struct ast_maker *m, uint32_t offset);

/* ---- Text ---- */

/** What a token says: without quotes, doubled quotes once. */
struct str ast_text(struct ast_maker *m, struct sql_token t);

/** "DOUBLE PRECISION". */
struct str ast_two_words(struct ast_maker *m, struct sql_token a, struct sql_token b);

struct ast_name ast_make_name(struct ast_maker *m, uint32_t n, const struct sql_token *parts);

/** The parts with dots between them. */
struct str ast_name_text(struct ast_maker *m, const struct ast_name *name);

/* ---- Statements ---- */

struct ast_stmt *ast_make_stmt(struct ast_maker *m, enum ast_stmt_kind kind, struct ast_query *q);
struct ast_stmt *ast_make_explain(struct ast_maker *m, uint32_t begin, struct ast_query *q);

void ast_add_option(struct ast_maker *m, uint32_t begin, struct sql_token name, struct str value);
struct str ast_option_text(struct ast_maker *m, const struct ast_expr *literal);
struct str ast_option_number(struct ast_maker *m, struct sql_token number, bool is_negative);

/* ---- Queries ---- */

/** Takes the members that SELECT fills, and span.begin, from `parts`; items apart. */
struct ast_query *ast_make_select(struct ast_maker *m, const struct ast_items *items,
				  const struct ast_query *parts);
struct ast_query *ast_make_values(struct ast_maker *m, uint32_t begin, const struct ast_rows *rows);
struct ast_query *ast_finish_query(struct ast_maker *m, struct ast_query *q,
				   const struct ast_orders *order_by,
				   const struct ast_limit *limit);

/** alias.ptr NULL: none. */
struct ast_item *ast_make_item(struct ast_maker *m, struct ast_expr *e, struct str alias);
struct ast_row *ast_make_row(struct ast_maker *m, uint32_t begin, const struct ast_list *exprs);
struct ast_order *ast_make_order(struct ast_maker *m, struct ast_expr *e, bool is_descending,
				 enum ast_nulls nulls);

struct ast_from *ast_make_table(struct ast_maker *m, const struct ast_name *name, struct str alias);
struct ast_from *ast_make_derived(struct ast_maker *m, uint32_t begin, struct ast_query *q,
				  struct str alias);
/** on may be NULL. */
struct ast_from *ast_make_join(struct ast_maker *m, enum ast_join_kind kind, bool is_comma,
			       struct ast_from *left, struct ast_from *right, struct ast_expr *on);

/* Lists: the old one with one more.  NULL leaves it as it is. */
struct ast_items ast_add_item(struct ast_items list, struct ast_item *item);
struct ast_rows ast_add_row(struct ast_rows list, struct ast_row *row);
struct ast_orders ast_add_order(struct ast_orders list, struct ast_order *order);
struct ast_list ast_add(struct ast_list list, struct ast_expr *e);
struct ast_whens ast_add_when(struct ast_maker *m, struct ast_whens list,
			      struct ast_expr *condition, struct ast_expr *result);

/* ---- Expressions ---- */

struct ast_expr *ast_make_literal(struct ast_maker *m, enum ast_literal_kind kind, uint32_t begin,
				  struct sql_token t);
struct ast_expr *ast_make_interval(struct ast_maker *m, uint32_t begin, struct sql_token t,
				   struct sql_token unit);
struct ast_expr *ast_make_column(struct ast_maker *m, const struct ast_name *name);
struct ast_expr *ast_make_star(struct ast_maker *m, uint32_t begin, uint32_t n,
			       const struct sql_token *parts);

/** AND, OR, ||: a left side of the same kind grows instead of becoming a child. */
struct ast_expr *ast_make_chain(struct ast_maker *m, enum ast_op op, struct ast_expr *left,
				struct ast_expr *right);
struct ast_expr *ast_make_infix(struct ast_maker *m, enum ast_op op, struct ast_expr *left,
				struct ast_expr *right);
struct ast_expr *ast_make_prefix(struct ast_maker *m, enum ast_op op, uint32_t begin,
				 struct ast_expr *e);
/** NOT of EXISTS becomes the negated EXISTS. */
struct ast_expr *ast_make_not(struct ast_maker *m, uint32_t begin, struct ast_expr *e);
struct ast_expr *ast_make_postfix(struct ast_maker *m, enum ast_op op, struct ast_expr *e);
/** c may be NULL: LIKE without ESCAPE. */
struct ast_expr *ast_make_three(struct ast_maker *m, enum ast_op op, struct ast_expr *a,
				struct ast_expr *b, struct ast_expr *c);
/** Exactly one of list and q is not NULL. */
struct ast_expr *ast_make_in(struct ast_maker *m, struct ast_expr *e, bool is_negated,
			     const struct ast_list *list, struct ast_query *q);
/** The same expression, which now begins at its parenthesis. */
struct ast_expr *ast_in_parens(struct ast_maker *m, uint32_t begin, struct ast_expr *e);
struct ast_expr *ast_make_query_expr(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				     struct ast_query *q);
/** operand and otherwise may be NULL. */
struct ast_expr *ast_make_case(struct ast_maker *m, uint32_t begin, struct ast_expr *operand,
			       const struct ast_whens *whens, struct ast_expr *otherwise);
struct ast_expr *ast_make_cast(struct ast_maker *m, uint32_t begin, struct ast_expr *e,
			       const struct ast_type *type);
/** precision and scale may be NULL. */
struct ast_type ast_make_type(struct ast_maker *m, struct str name,
			      const struct sql_token *precision, const struct sql_token *scale);

/** flags: CALL_...; args may be NULL: none; filter may be NULL. */
struct ast_expr *ast_make_call(struct ast_maker *m, const struct ast_name *name, unsigned flags,
			       const struct ast_list *args, struct ast_expr *filter);

/* Functions that the grammar knows by a keyword, which is their name as well. */

/** c may be NULL. */
struct ast_expr *ast_make_special(struct ast_maker *m, struct sql_token name, struct ast_expr *a,
				  struct ast_expr *b, struct ast_expr *c);
struct ast_expr *ast_make_special_list(struct ast_maker *m, struct sql_token name,
				       const struct ast_list *args);
/** extract('unit', e) */
struct ast_expr *ast_make_extract(struct ast_maker *m, struct sql_token name, struct sql_token unit,
				  struct ast_expr *e);
/** trim('side', characters, e): side NULL is BOTH, characters NULL a blank. */
struct ast_expr *ast_make_trim(struct ast_maker *m, struct sql_token name,
			       const struct sql_token *side, struct ast_expr *characters,
			       struct ast_expr *e);

#endif
