/*
 * rules.h - the rewrites between binding and cutting, in the order of rules.c.
 */
#ifndef BROKER_PLAN_RULES_H
#define BROKER_PLAN_RULES_H

#include <stddef.h>

#include "broker/plan/plan.h"

/** Row i, or NULL behind the last. */
const struct plan_rule *plan_rule_at(size_t i);

/** Runs all rules. */
NODISCARD int plan_apply_rules(struct plan_rewrite *r, struct plan_node **root);

/* One each, in rule_<name>.c. */
int rule_fold_constants(struct plan_rewrite *r, struct plan_node **root);
int rule_equals_to_in(struct plan_rewrite *r, struct plan_node **root);
int rule_push_filters(struct plan_rewrite *r, struct plan_node **root);
int rule_drop_empty(struct plan_rewrite *r, struct plan_node **root);
int rule_merge_projects(struct plan_rewrite *r, struct plan_node **root);
int rule_prune_columns(struct plan_rewrite *r, struct plan_node **root);
int rule_limit_groups(struct plan_rewrite *r, struct plan_node **root);
int rule_scan_ranges(struct plan_rewrite *r, struct plan_node **root);

/** Calls fn with the place of every node, children first. */
NODISCARD int plan_each_node(struct plan_rewrite *r, struct plan_node **place,
			     int (*fn)(struct plan_rewrite *r, struct plan_node **place));

#endif
