/*
 * plan_in.h - making x IN (constants).
 */
#ifndef BROKER_PLAN_PLAN_IN_H
#define BROKER_PLAN_PLAN_IN_H

#include "broker/plan/plan.h"

/**
 * x IN (values), which are of x's type.  Each value is kept once and NULLs
 * become a note.  NULL with *r->err filled on failure.
 */
NODISCARD struct plan_expr *plan_in_new(struct plan_rewrite *r, struct plan_expr *x,
					const struct value *values, uint32_t n, uint32_t offset);

#endif
