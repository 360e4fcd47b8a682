/*
 * ast_make.h - constructors of the syntax tree, called by grammar.y.
 *
 * All that can fail take the maker first.  On failure they set m->has_failed,
 * fill *m->err and return NULL or nothing; once has_failed is set they do nothing
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

/* ---- Lists while they grow ---- */

/* depth is that of the deepest element and what is below it. */
#define AST_LIST_OF(name, type)            \
	struct name {                      \
		struct type *first, *last; \
		uint32_t depth;            \
	}
AST_LIST_OF(ast_items, ast_item);
AST_LIST_OF(ast_rows, ast_row);
AST_LIST_OF(ast_orders, ast_order);
AST_LIST_OF(ast_whens, ast_when);
AST_LIST_OF(ast_ctes, ast_cte);
AST_LIST_OF(ast_windows, ast_window);
AST_LIST_OF(ast_ids, ast_id);
AST_LIST_OF(ast_hints, ast_hint);
AST_LIST_OF(ast_hint_options, ast_hint_option);
AST_LIST_OF(ast_options, ast_option);
AST_LIST_OF(ast_column_defs, ast_column_def);
AST_LIST_OF(ast_properties, ast_property);
AST_LIST_OF(ast_alters, ast_alter);
AST_LIST_OF(ast_assignments, ast_assignment);
AST_LIST_OF(ast_files, ast_file);
AST_LIST_OF(ast_merges, ast_merge_branch);
#undef AST_LIST_OF

/* ---- The state of a parse ---- */

struct ast_maker {
	struct str text;
	struct arena *arena;
	uint32_t max_depth;
	uint32_t n_open;       /* parentheses, brackets and CASE that have not ended yet */
	struct sql_token last; /* shifted most recently */
	struct ast_stmt *stmt; /* NULL: none has ended so far */
	struct ast_options sets, entries; /* of SET and of OPTION(...) */
	bool is_accepted;
	bool is_unexpected; /* the parser did not want the token; *err is not filled */
	bool has_failed;    /* *err is filled */
	struct error *err;
};

/* ---- Values of the grammar's symbols that are not part of the tree ---- */

struct ast_limit {
	struct ast_expr *limit, *offset; /* or NULL */
};
struct ast_tail {
	struct ast_order *order_by;      /* or NULL */
	struct ast_expr *limit, *offset; /* or NULL */
	uint32_t depth;
};
struct ast_with {
	struct ast_cte *ctes;
	uint32_t depth, begin;
	bool is_recursive;
};
struct ast_group {
	struct ast_list elements;
	enum ast_group_quantifier quantifier;
};
struct ast_alias {
	struct str name; /* .ptr NULL: none */
	struct ast_id *columns;
};
struct ast_condition {
	struct ast_expr *on;
	struct ast_id *ids; /* of USING */
};
struct ast_frame {
	enum ast_frame_unit unit;
	enum ast_exclude exclude;
	struct ast_bound start, end;
};
struct ast_role {
	enum ast_column_role role;
	bool is_multi_value;
	struct ast_expr *format, *granularity; /* strings, or NULL */
};

/* Flags of ast_make_call(). */
enum { CALL_DISTINCT = 1, CALL_STAR = 2 };

/** Raises "nested too deeply" for the token at offset. */
void ast_fail_depth(struct ast_maker *m, uint32_t offset);

/* ---- Text ---- */

/** What a token says: without quotes, doubled quotes once. */
struct str ast_text(struct ast_maker *m, struct sql_token t);

/** The same in upper case. */
struct str ast_upper(struct ast_maker *m, struct sql_token t);

/** "DOUBLE PRECISION". */
struct str ast_two_words(struct ast_maker *m, struct sql_token a, struct sql_token b);

/** One text behind the other. */
struct str ast_two_texts(struct ast_maker *m, const char *a, struct str b);

struct ast_name ast_make_name(struct ast_maker *m, uint32_t n, const struct sql_token *parts);

struct ast_ids ast_add_id(struct ast_maker *m, struct ast_ids list, struct sql_token t);

/** The names with dots between them; where the first begins. */
struct str ast_ids_text(struct ast_maker *m, const struct ast_ids *list);
uint32_t ast_ids_begin(const struct ast_ids *list);

/* ---- Statements (ast_stmt.c) ---- */

/** SET.  The name has dots between its parts: input.fs.className. */
void ast_add_set(struct ast_maker *m, uint32_t begin, const struct ast_ids *name, struct str value);

/** An entry of OPTION(...): what is before and behind its '=', without blanks around. */
void ast_add_option_entry(struct ast_maker *m, struct sql_token entry);

/** SET wins over OPTION: its options are the later ones. */
struct ast_option *ast_all_options(struct ast_maker *m);

struct str ast_option_text(struct ast_maker *m, const struct ast_expr *literal);
struct str ast_option_number(struct ast_maker *m, struct sql_token number, bool is_negative);

/** Adds FORMAT; format may be NULL: none. */
struct ast_stmt *ast_finish_stmt(struct ast_maker *m, struct ast_stmt *s, struct ast_id *format);

struct ast_stmt *ast_make_query_stmt(struct ast_maker *m, struct ast_query *q);
/** "AS JSON". */
struct str ast_explain_format(struct ast_maker *m, struct sql_token format);
/** detail.ptr NULL: none. */
struct ast_stmt *ast_make_explain(struct ast_maker *m, uint32_t begin, enum ast_explain_level level,
				  struct str detail, struct ast_stmt *explained);
/** columns, q and files may be NULL. */
struct ast_stmt *ast_make_insert(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct ast_id *columns, struct ast_query *q,
				 struct ast_file *files);
struct ast_file *ast_make_file(struct ast_maker *m, bool is_archive, struct sql_token uri);
struct ast_files ast_add_file(struct ast_files list, struct ast_file *f);

struct ast_assignment *ast_make_assignment(struct ast_maker *m, const struct ast_name *column,
					   struct ast_expr *value);
struct ast_assignments ast_add_assignment(struct ast_assignments list, struct ast_assignment *a);
/** DELETE, whose assignments are NULL, and UPDATE; alias.ptr and where may be NULL. */
struct ast_stmt *ast_make_delete(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct str alias, struct ast_expr *where);
struct ast_stmt *ast_make_update(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct str alias, const struct ast_assignments *assignments,
				 struct ast_expr *where);

/** Takes alias, source, on from `parts`; branches apart. */
struct ast_stmt *ast_make_merge(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				const struct ast_stmt *parts, const struct ast_merges *branches);
/** condition may be NULL. */
struct ast_merge_branch *ast_make_merge_update(struct ast_maker *m, struct ast_expr *condition,
					       const struct ast_assignments *assignments);
struct ast_merge_branch *ast_make_merge_delete(struct ast_maker *m, struct ast_expr *condition);
struct ast_merge_branch *ast_make_merge_insert(struct ast_maker *m, struct ast_expr *condition,
					       struct ast_id *columns, struct ast_row *row);
struct ast_merges ast_add_merge(struct ast_merges list, struct ast_merge_branch *b);

/** Takes the members of CREATE, and its query, from `parts`. */
struct ast_stmt *ast_make_create(struct ast_maker *m, uint32_t begin, const struct ast_name *name,
				 const struct ast_stmt *parts);
/** Takes is_not_null and fallback from `parts`. */
struct ast_column_def *ast_make_column_def(struct ast_maker *m, struct sql_token name,
					   const struct ast_type *type,
					   const struct ast_column_def *parts,
					   const struct ast_role *role);
struct ast_column_defs ast_add_column_def(struct ast_column_defs list, struct ast_column_def *c);
struct ast_property *ast_make_property(struct ast_maker *m, struct str key, struct str value);
struct ast_properties ast_add_property(struct ast_properties list, struct ast_property *p);
/** "15m" of 15 MINUTES. */
struct str ast_period(struct ast_maker *m, struct sql_token number, struct sql_token unit);

/** DROP and TRUNCATE; takes the members of DROP from `parts`. */
struct ast_stmt *ast_make_drop(struct ast_maker *m, enum ast_stmt_kind kind, uint32_t begin,
			       const struct ast_name *name, const struct ast_stmt *parts);

struct ast_stmt *ast_make_alter_stmt(struct ast_maker *m, uint32_t begin,
				     const struct ast_name *name, const struct ast_alters *list);
struct ast_alters ast_add_alter(struct ast_alters list, struct ast_alter *a);
struct ast_alter *ast_make_alter_add(struct ast_maker *m, uint32_t begin, bool is_conditional,
				     struct ast_column_def *column);
struct ast_alter *ast_make_alter_drop(struct ast_maker *m, uint32_t begin, bool is_conditional,
				      struct sql_token name);
struct ast_alter *ast_make_alter_rename(struct ast_maker *m, uint32_t begin, bool is_conditional,
					struct sql_token from, struct sql_token to);
struct ast_alter *ast_make_alter_update(struct ast_maker *m, uint32_t begin,
					const struct ast_assignments *list, struct ast_expr *where);
struct ast_alter *ast_make_alter_delete(struct ast_maker *m, uint32_t begin,
					struct ast_expr *where);

/** column.ptr NULL: none. */
struct ast_stmt *ast_make_describe(struct ast_maker *m, uint32_t begin,
				   const struct ast_name *table, struct str column);
/** name may be NULL; type.ptr NULL: none. */
struct ast_stmt *ast_make_show(struct ast_maker *m, uint32_t begin, enum ast_show_kind kind,
			       const struct ast_name *name, struct str type);
/** args may be NULL: none. */
struct ast_stmt *ast_make_call_stmt(struct ast_maker *m, uint32_t begin,
				    const struct ast_name *name, const struct ast_list *args);
/** Takes the members of KILL from `parts`. */
struct ast_stmt *ast_make_kill(struct ast_maker *m, enum ast_stmt_kind kind, uint32_t begin,
			       const struct ast_stmt *parts);

/* ---- Queries (ast_query.c) ---- */

/** Takes the members that SELECT fills, and span.begin, from `parts`. */
struct ast_query *ast_make_select(struct ast_maker *m, const struct ast_items *items,
				  const struct ast_group *group, const struct ast_query *parts);
struct ast_query *ast_make_values(struct ast_maker *m, uint32_t begin, const struct ast_rows *rows);
struct ast_query *ast_make_table_query(struct ast_maker *m, uint32_t begin,
				       const struct ast_name *table);
/** A left side of the same operation grows instead of becoming a branch. */
struct ast_query *ast_make_set_op(struct ast_maker *m, enum ast_query_kind kind, bool is_all,
				  struct ast_query *left, struct ast_query *right);
/** Either may be NULL. */
struct ast_tail *ast_make_tail(struct ast_maker *m, const struct ast_orders *order_by,
			       const struct ast_limit *limit);
/** with and tail may be NULL. */
struct ast_query *ast_finish_query(struct ast_maker *m, struct ast_query *q,
				   const struct ast_with *with, const struct ast_tail *tail);
/** The same query, which now begins at its parenthesis. */
struct ast_query *ast_query_in_parens(struct ast_maker *m, uint32_t begin, struct ast_query *q);
/** columns may be NULL. */
struct ast_cte *ast_make_cte(struct ast_maker *m, struct sql_token name, struct ast_id *columns,
			     struct ast_query *q);

struct ast_item *ast_make_item(struct ast_maker *m, struct ast_expr *e, struct str alias);
struct ast_row *ast_make_row(struct ast_maker *m, uint32_t begin, const struct ast_list *exprs);
struct ast_order *ast_make_order(struct ast_maker *m, struct ast_expr *e, bool is_descending,
				 enum ast_nulls nulls);

/** options may be NULL. */
struct ast_hint *ast_make_hint(struct ast_maker *m, struct sql_token name,
			       const struct ast_hint_options *options);
/** key.ptr NULL: none. */
struct ast_hint_option *ast_make_hint_option(struct ast_maker *m, struct str key,
					     struct ast_expr *value);

/** hints and sample may be NULL. */
struct ast_from *ast_make_table(struct ast_maker *m, const struct ast_name *name,
				struct ast_hint *hints, const struct ast_alias *alias,
				struct ast_sample *sample);
struct ast_from *ast_make_derived(struct ast_maker *m, uint32_t begin, bool is_lateral,
				  struct ast_query *q, const struct ast_alias *alias);
struct ast_from *ast_make_unnest(struct ast_maker *m, uint32_t begin, const struct ast_list *args,
				 bool has_ordinality, const struct ast_alias *alias);
struct ast_from *ast_make_table_call(struct ast_maker *m, uint32_t begin, bool is_lateral,
				     struct ast_expr *call, const struct ast_alias *alias);
/** Takes what is not left and right from parts->join. */
struct ast_from *ast_make_join(struct ast_maker *m, struct ast_from *left, struct ast_from *right,
			       const struct ast_from *parts);
struct ast_from *ast_from_in_parens(struct ast_maker *m, uint32_t begin, struct ast_from *f);
/** seed may be NULL. */
struct ast_sample *ast_make_sample(struct ast_maker *m, bool is_system, struct ast_expr *percentage,
				   struct ast_expr *seed);

/** base.ptr, partition_by, order_by and frame may be NULL: none. */
struct ast_window *ast_make_window(struct ast_maker *m, uint32_t begin, struct str base,
				   const struct ast_list *partition_by,
				   const struct ast_orders *order_by,
				   const struct ast_frame *frame);
struct ast_window *ast_make_window_reference(struct ast_maker *m, struct sql_token name);
struct ast_window *ast_name_window(struct ast_maker *m, struct sql_token name,
				   struct ast_window *w);

/* Lists: the old one with one more.  NULL leaves it as it is. */
struct ast_items ast_add_item(struct ast_items list, struct ast_item *item);
struct ast_rows ast_add_row(struct ast_rows list, struct ast_row *row);
struct ast_orders ast_add_order(struct ast_orders list, struct ast_order *order);
struct ast_ctes ast_add_cte(struct ast_ctes list, struct ast_cte *cte);
struct ast_windows ast_add_window(struct ast_windows list, struct ast_window *w);
struct ast_hints ast_add_hint(struct ast_hints list, struct ast_hint *h);
struct ast_hint_options ast_add_hint_option(struct ast_hint_options list,
					    struct ast_hint_option *o);

/* ---- Expressions (ast_expr.c) ---- */

struct ast_list ast_add(struct ast_list list, struct ast_expr *e);
struct ast_whens ast_add_when(struct ast_maker *m, struct ast_whens list,
			      struct ast_expr *condition, struct ast_expr *result);

struct ast_expr *ast_make_literal(struct ast_maker *m, enum ast_literal_kind kind, uint32_t begin,
				  struct sql_token t);
/** sign: "-" or "". */
struct ast_expr *ast_make_interval(struct ast_maker *m, uint32_t begin, const char *sign,
				   struct sql_token t, struct str unit);
/** "DAY", "SECOND(2, 3)"; precision and scale may be NULL. */
struct str ast_make_unit(struct ast_maker *m, struct sql_token unit,
			 const struct sql_token *precision, const struct sql_token *scale);
/** "DAY TO SECOND". */
struct str ast_unit_range(struct ast_maker *m, struct str from, struct str to);
struct ast_expr *ast_make_param(struct ast_maker *m, uint32_t begin);
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
/** Takes op and is_all from `parts`; exactly one of list and q is not NULL. */
struct ast_expr *ast_make_quantified(struct ast_maker *m, struct ast_expr *e,
				     const struct ast_expr *parts, const struct ast_list *list,
				     struct ast_query *q);
/** The same expression, which now begins at its parenthesis. */
struct ast_expr *ast_in_parens(struct ast_maker *m, uint32_t begin, struct ast_expr *e);
struct ast_expr *ast_make_query_expr(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				     struct ast_query *q);
/** operand and otherwise may be NULL. */
struct ast_expr *ast_make_case(struct ast_maker *m, uint32_t begin, struct ast_expr *operand,
			       const struct ast_whens *whens, struct ast_expr *otherwise);
struct ast_expr *ast_make_cast(struct ast_maker *m, uint32_t begin, struct ast_expr *e,
			       const struct ast_type *type, bool is_safe);
/** e::type */
struct ast_expr *ast_make_infix_cast(struct ast_maker *m, struct ast_expr *e,
				     const struct ast_type *type);
/** precision, scale and suffix.ptr may be NULL: none. */
struct ast_type *ast_make_type(struct ast_maker *m, struct str name,
			       const struct sql_token *precision, const struct sql_token *scale,
			       struct str suffix);
/** "WITH TIME ZONE ARRAY"; either may have .ptr NULL. */
struct str ast_type_suffix(struct ast_maker *m, struct str zone, struct str array);

/** ROW, ARRAY, MAP; list may be NULL: none. */
struct ast_expr *ast_make_elements(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				   const struct ast_list *list);
/** (first, rest, ...) */
struct ast_expr *ast_make_row_value(struct ast_maker *m, uint32_t begin, struct ast_expr *first,
				    const struct ast_list *rest);
struct ast_expr *ast_make_item_of(struct ast_maker *m, struct ast_expr *e, struct ast_expr *index);
struct ast_expr *ast_make_field(struct ast_maker *m, struct ast_expr *e, struct sql_token name);
struct ast_expr *ast_make_grouping(struct ast_maker *m, enum ast_grouping_kind kind, uint32_t begin,
				   const struct ast_list *elements);

/** flags: CALL_...; args and order_by may be NULL: none. */
struct ast_expr *ast_make_call(struct ast_maker *m, const struct ast_name *name, unsigned flags,
			       const struct ast_list *args, const struct ast_orders *order_by);
/** What follows the parenthesis; all but within may be NULL. */
struct ast_expr *ast_finish_call(struct ast_maker *m, struct ast_expr *call,
				 enum ast_null_treatment nulls, const struct ast_orders *within,
				 struct ast_expr *filter, struct ast_window *over);

/* Functions that the grammar knows by a keyword, which is their name as well. */

/** b, c and d may be NULL, from the last on. */
struct ast_expr *ast_make_special(struct ast_maker *m, struct sql_token name, struct ast_expr *a,
				  struct ast_expr *b, struct ast_expr *c, struct ast_expr *d);
struct ast_expr *ast_make_special_list(struct ast_maker *m, struct sql_token name,
				       const struct ast_list *args);
/** extract(unit, e), the unit being a symbol */
struct ast_expr *ast_make_extract(struct ast_maker *m, struct sql_token name, struct sql_token unit,
				  struct ast_expr *e);
/** trim(side, characters, e): side NULL is BOTH, characters NULL a blank. */
struct ast_expr *ast_make_trim(struct ast_maker *m, struct sql_token name,
			       const struct sql_token *side, struct ast_expr *characters,
			       struct ast_expr *e);
/** floor(e, unit) of FLOOR(e TO unit); also CEIL, CEILING. */
struct ast_expr *ast_make_rounding(struct ast_maker *m, const struct ast_name *name,
				   struct ast_expr *e, struct sql_token unit);
/** convert(e, charset) of CONVERT(e USING charset); also TRANSLATE. */
struct ast_expr *ast_make_transcoding(struct ast_maker *m, const struct ast_name *name,
				      struct ast_expr *e, struct sql_token charset);

#endif
