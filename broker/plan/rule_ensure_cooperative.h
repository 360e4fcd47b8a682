/*
 * rule_ensure_cooperative.h - the rule with the traits of nodes as a parameter,
 * so that tests can build plans of operators that there are none of.
 */
#ifndef BROKER_PLAN_RULE_ENSURE_COOPERATIVE_H
#define BROKER_PLAN_RULE_ENSURE_COOPERATIVE_H

#include "broker/plan/plan.h"

typedef struct plan_traits plan_traits_fn(const struct plan_node *n);

/** rule_ensure_cooperative() with other traits than plan_traits_of(). */
NODISCARD int plan_add_guards(struct plan_rewrite *r, struct plan_node **root,
			      plan_traits_fn *traits_of);

/** plan_is_cooperative() likewise. */
bool plan_is_guarded(const struct plan_node *root, plan_traits_fn *traits_of);

#endif
