/* rules.c - see rules.h. */
#include "broker/plan/rules.h"

#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/assert.h"

/* The order matters: filters fold before they move, they are where they belong before scans
 * learn from them, and columns are cut once nobody moves any more; aggregates that nobody reads
 * are gone then. */
static const struct plan_rule rules[] = {
	{ "fold_constants", rule_fold_constants },
	{ "equals_to_in", rule_equals_to_in },
	{ "push_filters", rule_push_filters },
	{ "drop_empty", rule_drop_empty },
	{ "merge_projects", rule_merge_projects },
	{ "prune_columns", rule_prune_columns },
	{ "limit_groups", rule_limit_groups },
	{ "scan_ranges", rule_scan_ranges },
	{ "ensure_cooperative", rule_ensure_cooperative },
};

const struct plan_rule *plan_rule_at(size_t i)
{
	return i < ARRAY_SIZE(rules) ? &rules[i] : NULL;
}

int plan_apply_rules(struct plan_rewrite *r, struct plan_node **root)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (plan_step(r) < 0 || rules[i].apply(r, root) < 0)
			return -1;
	}
	return 0;
}

int plan_each_node(struct plan_rewrite *r, struct plan_node **place,
		   int (*fn)(struct plan_rewrite *r, struct plan_node **place))
{
	if (plan_step(r) < 0)
		return -1;
	for (unsigned i = 0; i < plan_n_children((*place)->kind); i++) {
		if (plan_each_node(r, &(*place)->child[i], fn) < 0)
			return -1;
	}
	return fn(r, place);
}
