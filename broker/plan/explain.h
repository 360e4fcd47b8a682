/*
 * explain.h - a plan as the rows that EXPLAIN gives.
 */
#ifndef BROKER_PLAN_EXPLAIN_H
#define BROKER_PLAN_EXPLAIN_H

#include "broker/plan/plan.h"

/**
 * Puts a plan that gives the text of *plan in its place.
 *
 * sql  the statement that is explained, for the multi-stage form
 */
NODISCARD int plan_explain(struct plan_rewrite *r, struct str sql, struct plan *plan);

/** Appends the tree, two blanks per level; with fragments once the plan is cut. */
void plan_format_tree(const struct plan *plan, struct strbuf *out);

#endif
