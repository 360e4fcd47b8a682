/*
 * ast.h - what a statement says, before any table is looked at.
 *
 * Open structs in an arena, one constructor each (ast.c).  Every node knows
 * its place in the text.  Lists are chained through `next` in order of the
 * text.  Names keep the case they were written in; quotes are gone.
 *
 * Operators and the special forms (BETWEEN, LIKE, CASE, CAST ...) have kinds
 * of their own; everything that looks like name(args) is AST_CALL.  AND, OR
 * and || are n-ary, so that long chains stay flat.
 */
#ifndef BROKER_SQL_AST_H
#define BROKER_SQL_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/str.h"

struct span {
	uint32_t begin, end; /* byte offsets into the statement's text; end is exclusive */
};

/* a.b.c */
struct ast_name {
	struct str *parts;
	uint32_t n_parts;
	struct span span;
};

enum ast_expr_kind {
	AST_LITERAL,
	AST_COLUMN, /* [[db.]table.]column */
	AST_STAR,   /* * or t.*: in a select list, and in COUNT(*) */
	AST_OP,     /* operators, rows of ops.def */
	AST_CALL,   /* name(args) */
	AST_CASE,
	AST_CAST,
	AST_IN,     /* x [NOT] IN (list) or (query) */
	AST_QUERY,  /* (SELECT ...) as a value */
	AST_EXISTS, /* [NOT] EXISTS (query) */
};

enum ast_op {
#define AST_OPERATOR(name, symbol, precedence, form) OP_##name,
#include "broker/sql/ops.def"
#undef AST_OPERATOR
	AST_OP_COUNT
};

enum ast_literal_kind {
	LIT_NULL,
	LIT_BOOLEAN,
	LIT_INTEGER, /* digits only; may be too large for 64 bits */
	LIT_DECIMAL, /* with a point, no exponent */
	LIT_FLOAT,   /* with an exponent */
	LIT_STRING,
	LIT_BINARY,    /* X'..': text holds the hex digits */
	LIT_DATE,      /* DATE '...' */
	LIT_TIME,      /* TIME '...' */
	LIT_TIMESTAMP, /* TIMESTAMP '...' */
	LIT_INTERVAL,  /* INTERVAL '1' DAY: text holds the string, unit the unit */
};

struct ast_query;
struct ast_expr;

struct ast_list {
	struct ast_expr *first, *last;
	uint32_t n;
	uint32_t depth; /* of the deepest expression */
};

struct ast_when {
	struct ast_expr *condition, *result;
	struct ast_when *next;
};

struct ast_expr {
	enum ast_expr_kind kind;
	struct span span;
	uint32_t depth; /* 1 + that of the deepest child: checked against the limit */
	struct ast_expr *next;
	union {
		struct {
			enum ast_literal_kind kind;
			bool boolean;
			struct str text; /* digits or unescaped string */
			struct str unit; /* INTERVAL */
		} literal;
		struct ast_name column;
		struct ast_name star; /* n_parts 0: plain * */
		struct {
			enum ast_op op;
			struct ast_list args;
		} op;
		struct {
			struct ast_name name;
			struct ast_list args;
			bool is_distinct;        /* COUNT(DISTINCT x) */
			bool is_star;            /* COUNT(*) */
			struct ast_expr *filter; /* FILTER (WHERE ...) */
		} call;
		struct {
			struct ast_expr *operand; /* CASE operand WHEN ...; or NULL */
			struct ast_when *whens;
			struct ast_expr *otherwise; /* or NULL */
		} when;
		struct {
			struct ast_expr *value;
			struct str type;          /* as written, e.g. BIGINT, DOUBLE PRECISION */
			int32_t precision, scale; /* of type(precision, scale); -1: not given */
		} cast;
		struct {
			struct ast_expr *value;
			bool is_negated;
			struct ast_list list; /* when query is NULL */
			struct ast_query *query;
		} in;
		struct {
			struct ast_query *query;
			bool is_negated; /* NOT EXISTS */
		} query;
	};
};

/* One entry of a select list. */
struct ast_item {
	struct ast_expr *expr;
	struct str alias; /* .ptr NULL: none */
	struct span span;
	struct ast_item *next;
};

enum ast_nulls { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST };

struct ast_order {
	struct ast_expr *expr;
	bool is_descending;
	enum ast_nulls nulls;
	struct ast_order *next;
};

enum ast_from_kind { FROM_TABLE, FROM_QUERY, FROM_JOIN };

enum ast_join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_CROSS };

struct ast_from {
	enum ast_from_kind kind;
	struct span span;
	uint32_t depth;   /* 1 + that of the deepest part: checked against the limit */
	struct str alias; /* .ptr NULL: none */
	union {
		struct ast_name table;
		struct ast_query *query;
		struct {
			enum ast_join_kind kind;
			bool is_comma; /* written a, b */
			struct ast_from *left, *right;
			struct ast_expr *on; /* NULL for CROSS */
		} join;
	};
};

enum ast_query_kind { QUERY_SELECT, QUERY_VALUES };

struct ast_row {
	struct ast_list exprs;
	struct span span;
	struct ast_row *next;
};

struct ast_query {
	enum ast_query_kind kind;
	struct span span;
	uint32_t depth; /* 1 + that of the deepest part: checked against the limit */
	/* QUERY_SELECT */
	bool is_distinct;
	struct ast_item *items;
	struct ast_from *from;  /* NULL: none */
	struct ast_expr *where; /* NULL: none */
	struct ast_list group_by;
	struct ast_expr *having; /* NULL: none */
	/* QUERY_VALUES */
	struct ast_row *rows;
	/* both */
	struct ast_order *order_by;
	struct ast_expr *limit, *offset; /* non-negative integer literals, or NULL */
};

enum ast_stmt_kind { STMT_QUERY, STMT_EXPLAIN };

/* SET k = literal; and OPTION(k=v): values as text. */
struct ast_option {
	struct str name, value;
	struct span span;
	struct ast_option *next;
};

struct ast_stmt {
	enum ast_stmt_kind kind;
	struct span span;
	struct ast_query *query;
	struct ast_option *options; /* in order of the text; the last one of a name wins */
};

#endif
