/*
 * fold.h - constants worked out while planning, by the functions' own kernels.
 */
#ifndef BROKER_PLAN_FOLD_H
#define BROKER_PLAN_FOLD_H

#include "broker/plan/plan.h"

/**
 * The value of a call of constants.  Pays and pauses like any planning step; a
 * value that cannot be computed (1/0) is left for run time: *folded is false.
 */
NODISCARD int plan_fold_call(struct plan_rewrite *r, const struct plan_expr *call,
			     struct value *out, bool *folded);

#endif
