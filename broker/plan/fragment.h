/*
 * fragment.h - the tree in parts that run without waiting.
 */
#ifndef BROKER_PLAN_FRAGMENT_H
#define BROKER_PLAN_FRAGMENT_H

#include "broker/plan/plan.h"

/** Numbers the nodes from 0 and fills plan->n_nodes and plan->fragments from plan->root. */
NODISCARD int plan_cut(struct plan_rewrite *r, struct plan *plan);

#endif
