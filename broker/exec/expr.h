/*
 * expr.h - expressions as small programs over batches.
 *
 * expr_compile() flattens a plan expression into instructions over registers
 * (columns) and selections.  AND, OR and CASE evaluate their later parts only
 * for the rows that still matter, so `x <> 0 AND 1/x > 2` is safe.
 *
 * expr_eval() is resumable: when credit runs out in the middle it returns
 * STEP_YIELD and goes on at the same instruction and row when called again with
 * the same batch.
 *
 * A call with one DICT argument is worked out once per dictionary entry that
 * occurs and remembered (see expr_memo in expr_run.c).
 *
 * Threads: an instance belongs to one task.
 */
#ifndef BROKER_EXEC_EXPR_H
#define BROKER_EXEC_EXPR_H

#include "broker/plan/plan.h"
#include "common/base/coop.h"
#include "common/column/column.h"

struct expr;

/* What an expression needs from its surroundings. */
struct expr_env {
	struct arena *arena;   /* for the program and its registers */
	struct mem_pool *pool; /* for text and memos */
	struct coop *coop;
	struct error *err;
	int64_t now_ms;
	uint32_t max_value_bytes;
};

/**
 * A program for a plan expression.  env's pointers must outlive it.
 *
 * Has yield points (coop_point), so it may pause when called in a fiber.
 */
NODISCARD int expr_compile(const struct expr_env *env, const struct plan_expr *plan,
			   struct expr **out);

/**
 * Evaluates for the live rows of a batch (sel: which; usually b->sel).
 *
 * out   on STEP_DONE a column at the batch's row positions, any form; valid
 *       until the next evaluation and as long as the batch is
 *
 * STEP_YIELD: call again with the same batch and sel.
 */
NODISCARD enum step expr_eval(struct expr *e, const struct batch *b, const struct sel *sel,
			      struct column *out);

/** Narrows b->sel to the rows where the BOOLEAN expression is true. */
NODISCARD enum step expr_filter(struct expr *e, struct batch *b);

#endif
