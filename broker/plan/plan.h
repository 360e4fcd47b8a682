/*
 * plan.h - a bound statement: what to compute, as a read-only tree.
 *
 *   text ─ sql_parse ─ tree of names ─ bind ─ plan tree ─ rules ─ fragments
 *
 * The binder resolves names and types and builds plan nodes; rules (one file
 * each, rows in rules.c) rewrite the tree; fragment.c cuts it at the nodes that
 * block.  Everything lives in the query's arena and is const once built: state
 * of a run is in exec/.
 *
 * A node's output columns are numbered from 0; expressions of a node refer to
 * the output columns of its child (for HASH_JOIN conditions: see there).
 */
#ifndef BROKER_PLAN_PLAN_H
#define BROKER_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/func/agg.h"
#include "broker/func/func.h"
#include "broker/sql/sql.h"
#include "broker/table/table.h"
#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/base/strbuf.h"

struct catalog;
struct error;

/* ---- expressions ---- */

enum expr_kind {
	EXPR_COLUMN, /* output column of the child */
	EXPR_CONST,
	EXPR_CALL, /* function; arguments have exactly the types that def wants */
	EXPR_AND,  /* n-ary, three-valued; later arguments see only rows that are not yet false */
	EXPR_OR,   /* n-ary; later arguments see only rows that are not yet true */
	EXPR_CASE, /* args: condition, result, condition, result, ..., otherwise */
	EXPR_IN,   /* args[0] [NOT] IN (constants) */
};

struct plan_expr {
	enum expr_kind kind;
	enum col_type type;
	uint32_t sql_offset; /* for run-time errors */
	uint32_t n_args;
	struct plan_expr **args;
	union {
		uint32_t column;
		struct value constant;
		const struct func_def *def; /* EXPR_CALL */
		struct {
			const struct value *values; /* not NULL, of args[0]'s type, distinct */
			uint32_t n_values;
			bool has_null; /* NULL was in the list */
			bool is_negated;
		} in;
	};
};

/* ---- nodes ---- */

enum plan_kind {
#define PLAN_NODE(NAME, name) PLAN_##NAME,
#include "broker/plan/nodes.def"
#undef PLAN_NODE
	PLAN_KIND_COUNT
};

struct plan_column {
	struct str name; /* label, or empty inside the plan */
	enum col_type type;
};

struct plan_agg {
	const struct agg_def *def;
	struct plan_expr *arg;    /* NULL for COUNT(*) */
	struct plan_expr *filter; /* FILTER (WHERE ...), or NULL */
	bool is_distinct;
	enum col_type type;  /* of the result */
	uint32_t sql_offset; /* for run-time errors */
};

struct plan_sort_key {
	uint32_t column; /* of the child's output */
	bool is_descending;
	bool nulls_first;
};

struct plan_node {
	enum plan_kind kind;
	uint32_t id; /* 0 .. n_nodes-1: index of per-run shared state */
	struct plan_node *child[2];
	struct plan_column *columns;
	uint32_t n_columns;
	int64_t est_rows; /* -1: unknown */
	union {
		struct {
			struct table *table;
			uint32_t *columns; /* of the table, in output order */
			/* For zone maps; the filter above still decides. */
			struct scan_range *ranges;
			uint32_t n_ranges;
		} scan;
		struct {
			struct plan_expr ***rows; /* rows[i][col], constant expressions */
			uint32_t n_rows;
		} values;
		struct {
			struct plan_expr *predicate; /* BOOLEAN */
		} filter;
		struct {
			struct plan_expr **exprs; /* n_columns of them */
		} project;
		struct {
			/* output columns: keys, then aggregates */
			struct plan_expr **keys;
			uint32_t n_keys; /* 0: one group, also of no rows */
			struct plan_agg *aggs;
			uint32_t n_aggs;
			/* So many groups, whichever they are, are enough; 0: all are wanted.
			 * Only with keys and without aggregates. */
			uint64_t limit;
		} hash_agg;
		struct {
			/* output columns: child 0's, then child 1's.  left_keys[i] is over child 0,
			 * right_keys[i] over child 1, of the same type; NULL keys match nothing. */
			struct plan_expr **left_keys, **right_keys;
			uint32_t n_keys;
		} hash_join;
		struct {
			struct plan_sort_key *keys;
			uint32_t n_keys;
		} sort;
		struct {
			struct plan_sort_key *keys;
			uint32_t n_keys;
			uint64_t offset, limit;
		} topn;
		struct {
			uint64_t offset, limit; /* UINT64_MAX: none */
		} limit;
	};
};

/*
 * A fragment is a part of the tree that runs as 1..n tasks without waiting: from
 * a sink down to leaves or to sources whose fragments have ended.
 */
struct plan_fragment {
	const struct plan_node *sink; /* HASH_AGG, HASH_JOIN (build), SORT, TOPN or RESULT */
	const struct plan_node *root; /* the sink's input: its cut child */
	uint32_t id;                  /* position in plan->fragments */
	uint32_t *inputs;             /* fragments that must have ended; all have smaller ids */
	uint32_t n_inputs;
};

struct plan {
	struct plan_node *root; /* RESULT */
	uint32_t n_nodes;
	struct plan_fragment
		*fragments; /* in an order in which they may run; the last is RESULT's */
	uint32_t n_fragments;
	struct table **tables; /* references held until plan_release() */
	uint32_t n_tables;
	bool is_explain;        /* the root is VALUES with the plan's text */
	bool reads_system_only; /* exempt from admission limits */
};

/* What a statement is bound against. */
struct plan_options {
	struct catalog *catalog;
	enum dialect dialect;
	int64_t default_limit; /* LIMIT of single-stage queries without one; -1: none */
	int64_t max_limit;     /* larger LIMITs are refused */
	bool star_by_name;     /* SELECT * lists columns by name */
	uint32_t max_columns;  /* of a select list, stars expanded, and of a row of VALUES */
	int64_t now_ms;        /* statement clock */
	uint32_t max_value_bytes;
};

/**
 * Binds, rewrites and cuts a statement.  Runs in a fiber (coop_point).
 *
 * text  the statement's text, for positions in messages
 * out   the plan, in the arena; holds table references: plan_release() also
 *       after a failure
 *
 * Returns 0, or -1: ERR_TABLE_UNKNOWN, ERR_COLUMN_UNKNOWN, ERR_QUERY_VALIDATION,
 * ERR_NOT_SUPPORTED ("not supported yet: ..."), each with its sql_offset;
 * ERR_QUERY_CANCELLED, ERR_OUT_OF_MEMORY, ERR_QUERY_MEMORY.
 */
NODISCARD int plan_build(const struct ast_stmt *stmt, struct str text,
			 const struct plan_options *options, struct arena *arena, struct coop *coop,
			 struct plan *out, struct error *err);

/** Drops the table references.  Zeroed plans are fine. */
void plan_release(struct plan *plan);

/** "hash_agg", as in nodes.def. */
const char *plan_kind_name(enum plan_kind kind);

/** Which child a fragment is cut below: 0 or 1; -1 when the node does not cut. */
int plan_cut_child(enum plan_kind kind);

/** Appends an expression as text: "(col0 > 10)" with names of the input's columns where known. */
void plan_format_expr(const struct plan_expr *e, const struct plan_node *input, struct strbuf *out);

/** One line per node for EXPLAIN; depth is what to indent by. */
void plan_format_node(const struct plan_node *n, struct strbuf *out);

/** Asserts the invariants of a finished plan.  For debug builds and tests. */
void plan_check(const struct plan *plan);

/* How an operator behaves, for the rule EnsureCooperative; asked from exec/ through this row so
 * that plan/ does not know operators. */
enum plan_coop { PLAN_COOP_NONE, PLAN_COOP_NATIVE };
enum plan_shape { PLAN_ONE_TO_ONE, PLAN_DROPS, PLAN_EXPANDS, PLAN_BLOCKS };
enum plan_eval { PLAN_LAZY, PLAN_EAGER };
struct plan_traits {
	enum plan_coop coop;
	enum plan_shape shape;
	enum plan_eval eval; /* EAGER: its input runs in tasks of its own */
};

/** Traits of a node: by kind; a SCAN's coop is that of its table's class. */
struct plan_traits plan_traits_of(const struct plan_node *n);

/* ---- rules ---- */

struct plan_rewrite {
	struct arena *arena;
	struct coop *coop;
	const struct plan_options *options;
	uint32_t *n_nodes; /* next free id */
	struct error *err;
};

struct plan_rule {
	const char *name;
	/* Replaces *root; 0 or -1. */
	int (*apply)(struct plan_rewrite *r, struct plan_node **root);
};

/** Guards for operators that do not pay; see rule_ensure_cooperative.c.  Idempotent. */
int rule_ensure_cooperative(struct plan_rewrite *r, struct plan_node **root);

/** True when every path from a task's root to a leaf holds a node that pays and no guard sits on a guard. */
bool plan_is_cooperative(const struct plan_node *root);

#endif
