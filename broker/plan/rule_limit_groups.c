/*
 * rule_limit_groups.c - SELECT DISTINCT ... LIMIT n reads until it has n groups.
 *
 * A LIMIT over groups of which nothing but their keys is asked for is satisfied
 * by any offset + limit of them.  How many those are is written into the node
 * that makes them, which may then stop reading.  Only projections may stand in
 * between: they give a row for each group, where a filter, as HAVING is, may
 * drop it.  Aggregates need all rows of their group and are left alone.
 */
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

static int limit_groups(struct plan_rewrite *r, struct plan_node **place)
{
	const struct plan_node *limit = *place;
	struct plan_node *n = limit->child[0];

	(void)r;
	if (limit->kind != PLAN_LIMIT || limit->limit.limit == UINT64_MAX)
		return 0;
	while (n->kind == PLAN_PROJECT)
		n = n->child[0];
	/* No overflow: what the text says is at most INT64_MAX each. */
	if (n->kind == PLAN_HASH_AGG && n->hash_agg.n_keys > 0 && n->hash_agg.n_aggs == 0)
		n->hash_agg.limit = limit->limit.offset + limit->limit.limit;
	return 0;
}

int rule_limit_groups(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, limit_groups);
}
