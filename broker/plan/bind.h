/*
 * bind.h - from names to numbers: what the files of the binder share.
 *
 *   bind.c          statements and queries of either kind
 *   bind_from.c     tables, derived tables; which joins there are
 *   bind_join.c     joins out of inputs and conditions
 *   bind_select.c   SELECT: the order in which its clauses become nodes
 *   bind_items.c    select list: stars, labels, ordinals
 *   bind_group.c    GROUP BY: from expressions over rows to those over groups
 *   bind_order.c    ORDER BY, DISTINCT and LIMIT: the end of every query
 *   bind_values.c   VALUES
 *   bind_expr.c     expressions: columns and what is not below
 *   bind_literal.c  literals
 *   bind_op.c       operators
 *   bind_case.c     CASE and the functions that are CASE in disguise
 *   bind_in.c       IN (the set itself is made in plan_in.c)
 *   bind_call.c     scalar functions
 *   bind_agg.c      aggregates
 *   coerce.c        casts and common types
 *
 * An expression is bound over the columns of its query's FROM clause, numbered
 * as in struct scope.  An aggregate inside it is a column from AGG_COLUMN on:
 * which columns those really are is known once all aggregates of the query are
 * (bind_group.c).
 *
 * Calls of constants are worked out as soon as they are built, so that all who
 * look for constants later find them.
 *
 * Recursion follows the syntax tree, whose depth the parser limits.
 */
#ifndef BROKER_PLAN_BIND_H
#define BROKER_PLAN_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/plan/plan.h"
#include "broker/plan/scope.h"
#include "broker/sql/ast.h"

struct error;

/* Numbers of aggregates among the columns of an expression. */
#define AGG_COLUMN ((uint32_t)1 << 31)

/* A function that was looked up, because long lists look up the same one again and again. */
struct found_function {
	struct str name; /* by its address */
	enum col_type types[2];
	uint32_t n_args;
	struct func_match match;
};

#define FOUND_FUNCTIONS 16 /* a power of two */

struct binder {
	struct plan_rewrite r; /* memory, credit, error */
	struct plan *plan;     /* collects the tables */
	uint32_t tables_capacity;
	uint32_t n_repeated; /* nodes of expressions that stand in more than one place */
	struct found_function found[FOUND_FUNCTIONS];
};

/* The aggregates of one SELECT, each once. */
struct agg_list {
	struct plan_agg *aggs;
	uint32_t n, capacity;
};

/* An entry of the select list once stars are expanded. */
struct bind_item {
	const struct ast_expr *ast; /* NULL: column `column` of the scope, out of a star */
	uint32_t column;
	struct str alias; /* .ptr NULL: none */
	uint32_t offset;  /* in the text */
	struct str label;
	struct plan_expr *expr;
};

struct item_list {
	struct bind_item *items;
	uint32_t n;
};

enum alias_rank {
	ALIAS_NONE,  /* names are columns */
	ALIAS_LAST,  /* columns, then aliases of the select list */
	ALIAS_FIRST, /* aliases, then columns */
};

/* What an expression may refer to where it stands. */
struct bind_place {
	const char *clause; /* "WHERE", for messages */
	const struct scope *scope;
	uint32_t first, end;           /* visible columns */
	const struct item_list *items; /* for aliases; NULL: none */
	enum alias_rank alias_rank;
	struct agg_list *aggs; /* NULL: aggregates are not allowed */
	bool is_in_aggregate;
	uint32_t alias_offset; /* of the alias whose expression this is; 0: of none */
};

/* ---- queries ---- */

/* The end of a query: what comes out, in which order, how much of it. */
struct query_tail {
	struct item_list items; /* expressions over the child */
	bool is_distinct;
	struct order_list {
		struct order_key {
			struct plan_expr *expr; /* over the child */
			uint32_t item;          /* the item it equals; UINT32_MAX: none */
			uint32_t offset;
			bool is_descending, nulls_first;
		} * keys;
		uint32_t n;
	} order;
	uint64_t offset, limit; /* limit UINT64_MAX: none */
};

/** Binds a query; columns of *out are named by their labels.  is_top: default and largest LIMIT. */
NODISCARD int bind_query(struct binder *b, const struct ast_query *q, bool is_top,
			 struct plan_node **out);
NODISCARD int bind_select(struct binder *b, const struct ast_query *q, bool is_top,
			  struct plan_node **out);
NODISCARD int bind_values(struct binder *b, const struct ast_query *q, bool is_top,
			  struct plan_node **out);

/* ---- FROM ---- */

#define FROM_INPUTS_MAX 64

/* A table or derived table. */
struct from_input {
	struct plan_node *node;
	struct str alias; /* or the table's own name; empty: none */
	uint32_t first;   /* number of its first column */
	uint32_t offset;
};

/* A condition of ON or WHERE. */
struct from_condition {
	struct plan_expr *expr;
	uint64_t needs;    /* bit per input that must be joined before it may be applied */
	uint64_t sides[2]; /* of an equality: inputs of either side; 0 when it is none */
	bool is_done;
	struct from_condition *next;
};

struct from {
	struct scope scope;
	struct from_input *inputs;
	uint32_t n_inputs, inputs_capacity;
	struct from_condition *conditions, *last_condition;
};

/** Collects inputs and ON conditions.  f may be NULL: no FROM. */
NODISCARD int bind_from(struct binder *b, const struct ast_from *f, struct from *out);

/**
 * Adds the conjuncts of a predicate over the scope.
 *
 * joined  inputs of the join that the predicate belongs to; all ones for WHERE
 */
NODISCARD int from_add_conditions(struct binder *b, struct from *f, struct plan_expr *predicate,
				  uint64_t joined);

/** One node whose columns are those of the scope, after all conditions. */
NODISCARD int from_build(struct binder *b, struct from *f, struct plan_node **out);

/* ---- select list ---- */

/** Expands stars and finds labels; binds no expression. */
NODISCARD int bind_item_list(struct binder *b, const struct ast_query *q, const struct scope *scope,
			     struct item_list *out);

/** Binds the expression of one item at a place (whose aliases it does not see). */
NODISCARD int bind_item(struct binder *b, const struct bind_place *at, const struct bind_item *item,
			struct plan_expr **out);

/** The item that a bare integer literal means, or UINT32_MAX when e is something else. */
NODISCARD int bind_ordinal(struct binder *b, const struct ast_expr *e, const char *clause,
			   const struct item_list *items, uint32_t *out);

/** Fails when a list of columns is longer than allowed; offset: where it gets too long. */
NODISCARD int bind_check_width(struct binder *b, uint32_t n_columns, const char *list,
			       uint32_t offset);

/* ---- grouping ---- */

/* What a grouped query's expressions are rewritten to. */
struct grouping {
	const struct scope *scope;
	struct plan_expr **keys; /* over the scope */
	uint32_t n_keys;
};

/** Rewrites *e from scope and aggregates to the columns of the HASH_AGG. */
NODISCARD int bind_grouped(struct binder *b, const struct grouping *g, struct plan_expr **e);

/* ---- the end of a query ---- */

/**
 * Binds ORDER BY into tail->order.  at: what expressions see; tail->items are
 * there already.
 */
NODISCARD int bind_order(struct binder *b, const struct ast_query *q, const struct bind_place *at,
			 struct query_tail *tail);

/** Reads LIMIT and OFFSET into the tail. */
NODISCARD int bind_limit(struct binder *b, const struct ast_query *q, bool is_top,
			 struct query_tail *tail);

/** Projects, removes duplicates, sorts and cuts. */
NODISCARD int bind_tail(struct binder *b, struct plan_node *child, struct query_tail *tail,
			struct plan_node **out);

/* ---- expressions ---- */

NODISCARD int bind_expr(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			struct plan_expr **out);

/** The same where only truth will do; `what` is for the message: "AND", "WHERE". */
NODISCARD int bind_truth(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			 const char *what, struct plan_expr **out);

/** True when a name means a column or an alias where it stands. */
bool bind_knows(const struct bind_place *at, const struct ast_name *name);

NODISCARD int bind_literal(struct binder *b, const struct ast_expr *e, struct plan_expr **out);

/** A number with a minus in front, which the most negative LONG needs. */
NODISCARD int bind_negative(struct binder *b, const struct ast_expr *e, struct plan_expr **out);

NODISCARD int bind_op(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		      struct plan_expr **out);
NODISCARD int bind_case(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			struct plan_expr **out);
NODISCARD int bind_in(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		      struct plan_expr **out);
NODISCARD int bind_call(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			struct plan_expr **out);

/** COALESCE, IF and their like.  Returns 1 when the call is none of them. */
NODISCARD int bind_conditional(struct binder *b, const struct bind_place *at,
			       const struct ast_expr *e, struct plan_expr **out);

/** Returns 1 when the call is no aggregate. */
NODISCARD int bind_agg(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out);

/** The arguments of a call, bound: an array of args->n. */
NODISCARD int bind_args(struct binder *b, const struct bind_place *at, const struct ast_list *args,
			struct plan_expr ***out);

/** A call of a scalar function by name, with its arguments cast to what it wants. */
NODISCARD int bind_function(struct binder *b, struct str name, struct plan_expr **args,
			    uint32_t n_args, uint32_t offset, struct plan_expr **out);

/** `a = b` with sides brought to one type; name is that of any comparison. */
NODISCARD int bind_comparison(struct binder *b, const char *name, struct plan_expr *left,
			      struct plan_expr *right, uint32_t offset, struct plan_expr **out);

/**
 * Says that e is going to stand in one more place.  Repetition inside of
 * repetition grows without limit, so there is one on the whole statement.
 */
NODISCARD int bind_repeat(struct binder *b, const struct plan_expr *e);

/* ---- types (coerce.c) ---- */

/** e as a value of another type.  ERR_QUERY_VALIDATION when there is no such cast. */
NODISCARD int bind_cast(struct binder *b, struct plan_expr *e, enum col_type to,
			struct plan_expr **out);

/**
 * Casts a list to its common type.  A string literal among values of another
 * type is read as a value of that type.  `what` says which values belong
 * together, for the message: "CASE", "IN".
 */
NODISCARD int bind_common(struct binder *b, struct plan_expr **list, uint32_t n, uint32_t offset,
			  const char *what);

/** The call's value in its place when its arguments are constants. */
NODISCARD int bind_folded(struct binder *b, struct plan_expr *call, struct plan_expr **out);

#endif
