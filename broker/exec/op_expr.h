/*
 * op_expr.h - expressions in operators: compiled against the task, evaluated in a row.
 */
#ifndef BROKER_EXEC_OP_EXPR_H
#define BROKER_EXEC_OP_EXPR_H

#include "broker/exec/expr.h"
#include "broker/exec/run.h"

/** Compiles for a task: its arena, pool, credit and error.  -1 with task->err filled. */
NODISCARD int op_expr_compile(struct run_task *task, const struct plan_expr *plan,
			      struct expr **out);

/* Several expressions over one batch, evaluated one after the other. */
struct expr_list {
	struct expr **exprs;
	struct column *columns; /* results, in order */
	uint32_t n;
	uint32_t next; /* the one to go on with */
};

NODISCARD int expr_list_compile(struct run_task *task, struct plan_expr *const *plans, uint32_t n,
				struct expr_list *out);

/** The same in an arena of the caller's, for a list that does not live as long as the task. */
NODISCARD int expr_list_compile_in(struct run_task *task, struct arena *arena,
				   struct plan_expr *const *plans, uint32_t n,
				   struct expr_list *out);

/** Evaluates what is left; after STEP_DONE all columns are valid and the list is ready for the next batch. */
NODISCARD enum step expr_list_eval(struct expr_list *l, const struct batch *b,
				   const struct sel *sel);

#endif
