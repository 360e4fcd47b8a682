/*
 * ast_walk.h - sees every part of a tree, from the root down, in order of the text.
 *
 * For whoever looks for something anywhere in a statement: what cannot run, what
 * a table is called, the tree as text.  The walk recurses as deep as the tree is,
 * which the parser limits (sql_limits.max_depth).
 */
#ifndef BROKER_SQL_AST_WALK_H
#define BROKER_SQL_AST_WALK_H

#include "broker/sql/ast.h"

enum ast_part {
	PART_STMT,
	PART_QUERY,
	PART_CTE,
	PART_ITEM,
	PART_ROW,
	PART_ORDER,
	PART_FROM,
	PART_HINT,
	PART_HINT_OPTION,
	PART_WINDOW,
	PART_EXPR,
	PART_WHEN,
	PART_ASSIGNMENT,
	PART_COLUMN_DEF,
	PART_ALTER,
	PART_MERGE_BRANCH,
};

struct ast_node {
	enum ast_part part;
	const char *role; /* "where", "left" ...: what it is to its parent; "" for the only kind */
	unsigned level;   /* 0: the root */
	struct span span; /* of the nearest node that has one */
	union {
		const struct ast_stmt *stmt;
		const struct ast_query *query;
		const struct ast_cte *cte;
		const struct ast_item *item;
		const struct ast_row *row;
		const struct ast_order *order;
		const struct ast_from *from;
		const struct ast_hint *hint;
		const struct ast_hint_option *hint_option;
		const struct ast_window *window;
		const struct ast_expr *expr;
		const struct ast_when *when;
		const struct ast_assignment *assignment;
		const struct ast_column_def *column_def;
		const struct ast_alter *alter;
		const struct ast_merge_branch *merge_branch;
		const void *any;
	};
};

struct ast_visitor {
	/* Before the parts of a node; not 0 ends the walk. */
	int (*enter)(void *context, const struct ast_node *node);
	void *context;
};

/** Returns 0, or what enter() has returned to end the walk. */
int ast_walk(const struct ast_stmt *stmt, const struct ast_visitor *visitor);

#endif
