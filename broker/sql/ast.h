/*
 * ast.h - what a statement says, before any table is looked at.
 *
 * Open structs in an arena, one constructor each (ast_make.h).  Every node knows
 * its place in the text, and how deep it is.  Lists are chained through `next` in
 * order of the text.  Names keep the case they were written in; quotes are gone.
 *
 * Operators and the forms with grammar of their own (BETWEEN, CASE, CAST ...)
 * have kinds of their own; everything that looks like name(args) is AST_CALL.
 * AND, OR and || are n-ary, and so are set operations, so that long chains stay
 * flat.
 *
 * Whoever looks at all of a tree uses ast_walk.h; to and from text: sql.h.
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
	uint32_t n_parts; /* 0: none */
	struct span span;
};

/* A list of simple names: columns of USING, of an alias, of INSERT. */
struct ast_id {
	struct str name;
	struct span span;
	struct ast_id *next;
};

struct ast_expr;
struct ast_from;
struct ast_query;
struct ast_stmt;

/* ---- Expressions ---- */

enum ast_expr_kind {
	AST_LITERAL,
	AST_PARAM,  /* ? */
	AST_COLUMN, /* [[db.]table.]column */
	AST_STAR,   /* * or t.*: in a select list, and in COUNT(*) */
	AST_OP,     /* operators, rows of ops.def */
	AST_CALL,   /* name(args), with all that may follow it */
	AST_CASE,
	AST_CAST,
	AST_IN,         /* x [NOT] IN (list) or (query) */
	AST_QUANTIFIED, /* x = SOME (list) or (query), x > ALL ... */
	AST_QUERY,      /* (SELECT ...) as a value */
	AST_EXISTS,     /* [NOT] EXISTS (query) */
	AST_ROW,        /* (a, b); () among grouping elements */
	AST_ARRAY,      /* ARRAY[a, b] */
	AST_MAP,        /* MAP[key, value, ...] */
	AST_ITEM,       /* a[i] */
	AST_FIELD,      /* a[i].b, f(x).b */
	AST_GROUPING,   /* ROLLUP, CUBE, GROUPING SETS: in GROUP BY */
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
	LIT_INTERVAL,  /* INTERVAL '1' DAY: text holds the string, unit the qualifier */
	LIT_SYMBOL,    /* a word of the grammar, no value: YEAR in EXTRACT(YEAR FROM x) */
};

struct ast_list {
	struct ast_expr *first, *last;
	uint32_t n;
	uint32_t depth; /* of the deepest expression */
};

struct ast_when {
	struct ast_expr *condition, *result;
	struct ast_when *next;
};

enum ast_nulls { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST };

struct ast_order {
	struct ast_expr *expr;
	bool is_descending;
	enum ast_nulls nulls;
	struct ast_order *next;
};

enum ast_frame_unit { FRAME_NONE, FRAME_ROWS, FRAME_RANGE, FRAME_GROUPS };

enum ast_bound_kind {
	BOUND_NONE, /* only as the end: the frame is not written with BETWEEN */
	BOUND_UNBOUNDED_PRECEDING,
	BOUND_PRECEDING,
	BOUND_CURRENT_ROW,
	BOUND_FOLLOWING,
	BOUND_UNBOUNDED_FOLLOWING,
};

struct ast_bound {
	enum ast_bound_kind kind;
	struct ast_expr *value; /* of PRECEDING and FOLLOWING */
};

enum ast_exclude {
	EXCLUDE_NONE, /* nothing is said */
	EXCLUDE_NO_OTHERS,
	EXCLUDE_CURRENT_ROW,
	EXCLUDE_GROUP,
	EXCLUDE_TIES,
};

/* OVER w; OVER (w PARTITION BY ... ORDER BY ... frame); WINDOW w AS (...). */
struct ast_window {
	struct span span;
	uint32_t depth;
	struct str name;   /* WINDOW name AS; .ptr NULL: none */
	struct str base;   /* OVER w, OVER (w ...); .ptr NULL: none */
	bool is_reference; /* OVER w, without parentheses */
	struct ast_list partition_by;
	struct ast_order *order_by;
	enum ast_frame_unit unit;
	struct ast_bound start, end;
	enum ast_exclude exclude;
	struct ast_window *next; /* of a WINDOW clause */
};

/* IGNORE NULLS and RESPECT NULLS behind a call. */
enum ast_null_treatment { TREAT_DEFAULT, TREAT_IGNORE_NULLS, TREAT_RESPECT_NULLS };

/* A type as written: VARCHAR(10), TIMESTAMP(3) WITH TIME ZONE, INT ARRAY. */
struct ast_type {
	struct str name;          /* one word or two, as in DOUBLE PRECISION */
	int32_t precision, scale; /* of name(precision, scale); -1: not given */
	struct str suffix;        /* behind them, in capitals; .ptr NULL: none */
};

enum ast_grouping_kind { GROUPING_ROLLUP, GROUPING_CUBE, GROUPING_SETS };

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
			struct str unit; /* INTERVAL: "DAY", "DAY(3) TO SECOND" */
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
			bool is_distinct;               /* COUNT(DISTINCT x) */
			bool is_star;                   /* COUNT(*) */
			struct ast_order *order_by;     /* f(x ORDER BY y) */
			struct ast_order *within_group; /* WITHIN GROUP (ORDER BY y) */
			struct ast_expr *filter;        /* FILTER (WHERE ...) */
			struct ast_window *over;
			enum ast_null_treatment nulls;
		} call;
		struct {
			struct ast_expr *operand; /* CASE operand WHEN ...; or NULL */
			struct ast_when *whens;
			struct ast_expr *otherwise; /* or NULL */
		} when;
		struct {
			struct ast_expr *value;
			struct ast_type type;
			bool is_safe; /* TRY_CAST: NULL instead of an error */
		} cast;
		struct {
			struct ast_expr *value;
			bool is_negated;
			struct ast_list list; /* when query is NULL */
			struct ast_query *query;
		} in;
		struct {
			struct ast_expr *value;
			enum ast_op op; /* a comparison */
			bool is_all;    /* ALL; else SOME, of which ANY is a spelling */
			struct ast_list list;
			struct ast_query *query;
		} quantified;
		struct {
			struct ast_query *query;
			bool is_negated; /* NOT EXISTS */
		} query;
		struct ast_list elements; /* ROW, ARRAY, MAP */
		struct {
			struct ast_expr *value, *index;
		} item;
		struct {
			struct ast_expr *value;
			struct str name;
		} field;
		struct {
			enum ast_grouping_kind kind;
			struct ast_list elements; /* expressions, rows, and in SETS these again */
		} grouping;
	};
};

/* ---- FROM ---- */

enum ast_from_kind {
	FROM_TABLE,
	FROM_QUERY,    /* [LATERAL] (query) */
	FROM_UNNEST,   /* UNNEST(a, b) [WITH ORDINALITY] */
	FROM_FUNCTION, /* [LATERAL] TABLE(f(x)) */
	FROM_JOIN,
};

enum ast_join_kind {
	JOIN_INNER,
	JOIN_LEFT,
	JOIN_RIGHT,
	JOIN_FULL,
	JOIN_CROSS,
	JOIN_LEFT_SEMI,
	JOIN_LEFT_ANTI,
	JOIN_ASOF,
	JOIN_LEFT_ASOF,
};

/* name(key = value, ...), name(a, b) or name, between the marks of a hint. */
struct ast_hint_option {
	struct str key;         /* .ptr NULL: a value alone */
	struct ast_expr *value; /* a literal, or a column of one part for a bare word */
	struct ast_hint_option *next;
};

struct ast_hint {
	struct str name;
	struct span span;
	struct ast_hint_option *options;
	struct ast_hint *next;
};

/* TABLESAMPLE BERNOULLI(10) REPEATABLE(7) */
struct ast_sample {
	bool is_system;              /* SYSTEM, else BERNOULLI */
	struct ast_expr *percentage; /* a number */
	struct ast_expr *seed;       /* an integer, or NULL */
};

struct ast_from {
	enum ast_from_kind kind;
	struct span span;
	uint32_t depth;         /* 1 + that of the deepest part: checked against the limit */
	struct str alias;       /* .ptr NULL: none */
	struct ast_id *columns; /* behind the alias; or NULL */
	bool is_lateral;        /* QUERY, FUNCTION */
	union {
		struct {
			struct ast_name name;
			struct ast_hint *hints;
			struct ast_sample *sample; /* or NULL */
		} table;
		struct ast_query *query;
		struct {
			struct ast_list args;
			bool has_ordinality;
		} unnest;
		struct ast_expr *function; /* AST_CALL */
		struct {
			enum ast_join_kind kind;
			bool is_comma; /* written a, b */
			bool is_natural;
			struct ast_from *left, *right;
			struct ast_expr *match;   /* of ASOF: MATCH_CONDITION (...) */
			struct ast_expr *on;      /* or NULL */
			struct ast_id *using_ids; /* or NULL */
		} join;
	};
};

/* ---- Queries ---- */

/* One entry of a select list. */
struct ast_item {
	struct ast_expr *expr;
	struct str alias; /* .ptr NULL: none */
	struct span span;
	struct ast_item *next;
};

struct ast_row {
	struct ast_list exprs;
	struct span span;
	struct ast_row *next;
};

/* WITH name (columns) AS (query) */
struct ast_cte {
	struct str name;
	struct span span;
	struct ast_id *columns;
	struct ast_query *query;
	struct ast_cte *next;
};

enum ast_query_kind {
	QUERY_SELECT,
	QUERY_VALUES,
	QUERY_TABLE, /* TABLE t */
	QUERY_UNION,
	QUERY_INTERSECT,
	QUERY_EXCEPT,
	QUERY_PARENS, /* one branch, that has a beginning (WITH) or an end (LIMIT) of its own */
};

/* GROUP BY ALL and GROUP BY DISTINCT: what becomes of grouping sets that come twice. */
enum ast_group_quantifier { GROUP_DEFAULT, GROUP_ALL, GROUP_DISTINCT };

struct ast_query {
	enum ast_query_kind kind;
	struct span span;
	uint32_t depth; /* 1 + that of the deepest part: checked against the limit */
	struct ast_cte *ctes;
	bool is_recursive; /* WITH RECURSIVE */
	/* QUERY_SELECT */
	struct ast_hint *hints;
	bool is_distinct;
	struct ast_item *items;
	struct ast_from *from;  /* NULL: none */
	struct ast_expr *where; /* NULL: none */
	struct ast_list group_by;
	enum ast_group_quantifier group_quantifier;
	struct ast_expr *having;    /* NULL: none */
	struct ast_window *windows; /* WINDOW w AS (...), ... */
	struct ast_expr *qualify;   /* NULL: none */
	/* QUERY_VALUES */
	struct ast_row *rows;
	/* QUERY_TABLE */
	struct ast_name table;
	/* set operations: two or more branches, from left to right; PARENS: one */
	bool is_all;
	struct ast_query *branches, *last_branch;
	struct ast_query *next; /* the next branch of the operation that this one is in */
	/* all */
	struct ast_order *order_by;
	struct ast_expr *limit, *offset; /* non-negative integer literals or ?, or NULL */
};

/* ---- Statements ---- */

enum ast_stmt_kind {
#define AST_STATEMENT(name, words, class) STMT_##name,
#include "broker/sql/statements.def"
#undef AST_STATEMENT
	AST_STMT_COUNT
};

/* What Pinot calls the type of a statement (validateSyntax), DCL being ours. */
enum ast_stmt_class { CLASS_DQL, CLASS_DML, CLASS_DDL, CLASS_DCL };

/* SET k = literal; and OPTION(k=v): values as text. */
struct ast_option {
	struct str name, value;
	struct span span;
	struct ast_option *next;
};

enum ast_explain_level { EXPLAIN_PLAN, EXPLAIN_IMPLEMENTATION, EXPLAIN_ANALYZE };

/* 'key' = 'value' of PROPERTIES (...) and WITH (...). */
struct ast_property {
	struct str key, value;
	struct ast_property *next;
};

enum ast_column_role { ROLE_NONE, ROLE_DIMENSION, ROLE_METRIC, ROLE_DATETIME };

/* A column of CREATE TABLE and ADD COLUMN. */
struct ast_column_def {
	struct str name;
	struct span span;
	struct ast_type type;
	bool is_not_null;
	bool is_multi_value;       /* DIMENSION ARRAY */
	struct ast_expr *fallback; /* DEFAULT; or NULL */
	enum ast_column_role role;
	struct str format, granularity; /* of ROLE_DATETIME */
	struct ast_column_def *next;
};

/* c = e */
struct ast_assignment {
	struct ast_name column;
	struct span span;
	struct ast_expr *value;
	struct ast_assignment *next;
};

enum ast_alter_kind { ALTER_ADD, ALTER_DROP, ALTER_RENAME, ALTER_UPDATE, ALTER_DELETE };

/* One command of ALTER TABLE. */
struct ast_alter {
	enum ast_alter_kind kind;
	struct span span;
	uint32_t depth;
	bool is_conditional;           /* IF [NOT] EXISTS */
	struct ast_column_def *column; /* ADD */
	struct str name, new_name;     /* DROP, RENAME */
	struct ast_assignment *assignments;
	struct ast_expr *where; /* UPDATE, DELETE */
	struct ast_alter *next;
};

/* FILE 'uri' and ARCHIVE 'uri' of INSERT INTO t FROM. */
struct ast_file {
	bool is_archive;
	struct str uri;
	struct ast_file *next;
};

enum ast_merge_kind { MERGE_UPDATE, MERGE_DELETE, MERGE_INSERT };

/* WHEN [NOT] MATCHED [AND condition] THEN ... */
struct ast_merge_branch {
	enum ast_merge_kind kind;
	uint32_t depth;
	bool is_matched;
	struct ast_expr *condition; /* or NULL */
	struct ast_assignment *assignments;
	struct ast_id *columns;
	struct ast_row *row;
	struct ast_merge_branch *next;
};

enum ast_show_kind {
	SHOW_TABLES,
	SHOW_VIEWS,
	SHOW_CREATE_TABLE,
	SHOW_CREATE_VIEW,
	SHOW_PROCESSLIST,
	SHOW_FUNCTIONS
};

enum ast_kill_mode { KILL_ASYNC, KILL_SYNC, KILL_TEST };

struct ast_stmt {
	enum ast_stmt_kind kind;
	struct span span;
	uint32_t depth;
	struct ast_option *options; /* of OPTION, then of SET; the last one of a name wins */
	struct ast_id *format;      /* FORMAT name; NULL: none */
	struct ast_name name;       /* the table that it is about, if any */
	struct ast_query *query;    /* QUERY, INSERT, CREATE ... AS; or NULL */
	union {
		struct {
			enum ast_explain_level level;
			struct str detail;     /* "INCLUDING ATTRIBUTES" ...; .ptr NULL: none */
			struct ast_stmt *stmt; /* what is explained */
		} explain;
		struct {
			struct str column; /* .ptr NULL: none */
		} describe;
		struct {
			enum ast_show_kind kind;
			struct str type; /* OFFLINE, REALTIME; .ptr NULL: none */
		} show;
		struct {
			bool if_not_exists;
			bool is_view; /* MATERIALIZED VIEW */
			struct ast_column_def *columns;
			struct ast_id *primary_key;
			struct str type;    /* TABLE_TYPE = OFFLINE */
			struct str refresh; /* REFRESH EVERY: a period such as 15m */
			struct ast_property *properties;
			bool is_with; /* the properties were written WITH (...) */
		} create;
		struct {
			bool if_exists, is_view;
			struct str type;
		} drop; /* and TRUNCATE */
		struct ast_alter *alter;
		struct {
			struct ast_id *columns;
			struct ast_file *files;
		} insert;
		struct {
			struct str alias;
			struct ast_assignment *assignments; /* UPDATE */
			struct ast_expr *where;             /* or NULL */
		} change;                                   /* UPDATE, DELETE */
		struct {
			struct str alias;
			struct ast_from *source;
			struct ast_expr *on;
			struct ast_merge_branch *branches;
		} merge;
		struct ast_expr *call; /* AST_CALL */
		struct {
			struct str cluster; /* .ptr NULL: none */
			struct ast_expr *where;
			enum ast_kill_mode mode;
		} kill;
	};
};

/** "SELECT", "ALTER TABLE" ...: what a statement is called in messages. */
const char *ast_stmt_words(enum ast_stmt_kind kind);

/** DQL, DML, DDL or DCL. */
enum ast_stmt_class ast_stmt_class_of(const struct ast_stmt *s);

const char *ast_class_name(enum ast_stmt_class c);

#endif
