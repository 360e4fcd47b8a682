/* op_expr.c - see op_expr.h. */
#include "broker/exec/op_expr.h"

static int compile_in(struct run_task *task, struct arena *arena, const struct plan_expr *plan,
		      struct expr **out)
{
	struct expr_env env = {
		.arena = arena,
		.pool = task->run->options.pool,
		.coop = &task->task.coop,
		.err = &task->err,
		.now_ms = task->run->options.now_ms,
		.max_value_bytes = task->run->options.max_value_bytes,
	};

	return expr_compile(&env, plan, out);
}

int op_expr_compile(struct run_task *task, const struct plan_expr *plan, struct expr **out)
{
	return compile_in(task, &task->arena, plan, out);
}

int expr_list_compile(struct run_task *task, struct plan_expr *const *plans, uint32_t n,
		      struct expr_list *out)
{
	return expr_list_compile_in(task, &task->arena, plans, n, out);
}

int expr_list_compile_in(struct run_task *task, struct arena *arena, struct plan_expr *const *plans,
			 uint32_t n, struct expr_list *out)
{
	*out = (struct expr_list){ .n = n };
	if (n == 0)
		return 0;
	out->exprs = arena_calloc(arena, sizeof(struct expr *) * n, &task->err);
	out->columns = arena_calloc(arena, sizeof(*out->columns) * n, &task->err);
	if (!out->exprs || !out->columns)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (compile_in(task, arena, plans[i], &out->exprs[i]) < 0)
			return -1;
	}
	return 0;
}

enum step expr_list_eval(struct expr_list *l, const struct batch *b, const struct sel *sel)
{
	for (; l->next < l->n; l->next++) {
		enum step step = expr_eval(l->exprs[l->next], b, sel, &l->columns[l->next]);

		if (step != STEP_DONE)
			return step;
	}
	l->next = 0;
	return STEP_DONE;
}
