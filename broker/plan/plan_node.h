/*
 * plan_node.h - making plan nodes.
 *
 * A constructor takes over the children it is given: a node has one parent, so
 * rules may change nodes in place.  Estimates of rows are worked out on the
 * way.  All return NULL with *r->err filled when memory is short.
 */
#ifndef BROKER_PLAN_PLAN_NODE_H
#define BROKER_PLAN_PLAN_NODE_H

#include "broker/plan/plan.h"
#include "broker/plan/plan_expr.h"

/** A node with zeroed columns, a new id and no estimate. */
NODISCARD struct plan_node *plan_node_new(struct plan_rewrite *r, enum plan_kind kind,
					  uint32_t n_columns);

/** A node over one input, with the input's columns and estimate. */
NODISCARD struct plan_node *plan_node_over(struct plan_rewrite *r, enum plan_kind kind,
					   struct plan_node *child);

/** All columns of a table, as declared. */
NODISCARD struct plan_node *plan_scan_new(struct plan_rewrite *r, struct table *table);

NODISCARD struct plan_node *plan_filter_new(struct plan_rewrite *r, struct plan_node *child,
					    struct plan_expr *predicate);

/** The columns' types are the expressions'; names are filled by the caller. */
NODISCARD struct plan_node *plan_project_new(struct plan_rewrite *r, struct plan_node *child,
					     struct plan_expr **exprs, uint32_t n_exprs);

NODISCARD struct plan_node *plan_agg_new(struct plan_rewrite *r, struct plan_node *child,
					 struct plan_expr **keys, uint32_t n_keys,
					 struct plan_agg *aggs, uint32_t n_aggs);

/** left_keys[i] over child 0 equals right_keys[i] over child 1. */
NODISCARD struct plan_node *plan_join_new(struct plan_rewrite *r, struct plan_node *probe,
					  struct plan_node *build, struct plan_expr **left_keys,
					  struct plan_expr **right_keys, uint32_t n_keys);

/** limit UINT64_MAX: none. */
NODISCARD struct plan_node *plan_limit_new(struct plan_rewrite *r, struct plan_node *child,
					   uint64_t offset, uint64_t limit);

/** Gives no row; the columns are those of n. */
NODISCARD struct plan_node *plan_nothing_new(struct plan_rewrite *r, const struct plan_node *n);

/** True when no more than one row can come out, whatever the data. */
bool plan_gives_one_row(const struct plan_node *n);

/** Number of children of a kind: 0, 1 or 2. */
unsigned plan_n_children(enum plan_kind kind);

/** Maps every expression of a node (not of its children) by fn, in place. */
NODISCARD int plan_node_map_exprs(struct plan_rewrite *r, struct plan_node *n, plan_map_fn *fn,
				  void *arg);

#endif
