/*
 * physical.h - choices between operators that compute the same.
 */
#ifndef BROKER_PLAN_PHYSICAL_H
#define BROKER_PLAN_PHYSICAL_H

#include "broker/plan/plan.h"

/** True when a join should build from its left input; unknown sizes count as endless. */
bool plan_builds_left(const struct plan_node *left, const struct plan_node *right);

/**
 * Puts an order and a limit on top of child; n_keys may be 0, limit UINT64_MAX.
 * A limit of a reasonable size is kept while sorting (topn).
 */
NODISCARD int plan_order(struct plan_rewrite *r, struct plan_node *child,
			 struct plan_sort_key *keys, uint32_t n_keys, uint64_t offset,
			 uint64_t limit, struct plan_node **out);

#endif
