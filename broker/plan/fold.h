/*
 * fold.h - constants worked out while planning, by the functions' own kernels.
 */
#ifndef BROKER_PLAN_FOLD_H
#define BROKER_PLAN_FOLD_H

#include "broker/plan/plan.h"

/**
 * The value of a call of constants, or of a strict one with a NULL among its
 * arguments.  Pays and pauses like any planning step; a value that cannot be
 * computed (1/0) is left for run time: *folded is false.
 */
NODISCARD int plan_fold_call(struct plan_rewrite *r, const struct plan_expr *call,
			     struct value *out, bool *folded);

/**
 * The value that an expression has all through the statement, although it may
 * ask for the time: now() is the same in every row.  Not for replacing the
 * expression, but for what is decided by it while planning.  *is_known is false
 * when there is no such value, or when working it out is too much to ask.
 */
NODISCARD int plan_fold_clock(struct plan_rewrite *r, struct plan_expr *e, struct value *out,
			      bool *is_known);

#endif
