/*
 * rule_drop_empty.c - what gives no row need not be read.
 *
 * A filter that is never true, LIMIT 0, and whatever stands on no rows become
 * VALUES without rows.  Aggregates without GROUP BY give one row of nothing and
 * stay.
 */
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

static bool is_nothing(const struct plan_node *n)
{
	return n->kind == PLAN_VALUES && n->values.n_rows == 0;
}

/* A constant that is not TRUE, alone or among others. */
static bool is_never_true(const struct plan_expr *e)
{
	if (e->kind == EXPR_CONST)
		return !plan_expr_is_bool(e, true);
	if (e->kind != EXPR_AND)
		return false;
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (is_never_true(e->args[i]))
			return true;
	}
	return false;
}

static bool gives_nothing(const struct plan_node *n)
{
	switch (n->kind) {
	case PLAN_FILTER:
		return is_nothing(n->child[0]) || is_never_true(n->filter.predicate);
	case PLAN_LIMIT:
		return is_nothing(n->child[0]) || n->limit.limit == 0;
	case PLAN_TOPN:
		return is_nothing(n->child[0]) || n->topn.limit == 0;
	case PLAN_HASH_AGG:
		return is_nothing(n->child[0]) && n->hash_agg.n_keys > 0;
	case PLAN_HASH_JOIN:
		return is_nothing(n->child[0]) || is_nothing(n->child[1]);
	case PLAN_PROJECT:
	case PLAN_SORT:
	case PLAN_COOPERATIVE:
		return is_nothing(n->child[0]);
	case PLAN_SCAN:
	case PLAN_VALUES:
	case PLAN_RESULT:
	case PLAN_KIND_COUNT:
		break;
	}
	return false;
}

static int drop_node(struct plan_rewrite *r, struct plan_node **place)
{
	struct plan_node *nothing;

	if (!gives_nothing(*place))
		return 0;
	nothing = plan_nothing_new(r, *place);
	if (!nothing)
		return -1;
	*place = nothing;
	return 0;
}

int rule_drop_empty(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, drop_node);
}
