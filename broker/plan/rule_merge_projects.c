/*
 * rule_merge_projects.c - one projection instead of two.
 *
 * The upper one's columns are replaced by the lower one's expressions, unless
 * that would compute something twice: an expression that is read in more than
 * one place stays below.
 */
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

static void count_use(uint32_t column, void *arg)
{
	uint32_t *uses = arg;

	uses[column]++;
}

static bool is_free(const struct plan_expr *e)
{
	return e->kind == EXPR_COLUMN || e->kind == EXPR_CONST;
}

/* True when every expression below is read at most once or costs nothing. */
static int can_merge(struct plan_rewrite *r, const struct plan_node *upper,
		     const struct plan_node *lower, bool *out)
{
	uint32_t *uses = arena_calloc(r->arena, sizeof(*uses) * MAX(lower->n_columns, 1u), r->err);

	if (!uses)
		return -1;
	for (uint32_t i = 0; i < upper->n_columns; i++) {
		if (plan_expr_each_column(r, upper->project.exprs[i], count_use, uses) < 0)
			return -1;
	}
	*out = true;
	for (uint32_t i = 0; i < lower->n_columns; i++)
		*out &= uses[i] <= 1 || is_free(lower->project.exprs[i]);
	return 0;
}

static int merge(struct plan_rewrite *r, struct plan_node **place)
{
	struct plan_node *upper = *place, *lower = upper->child[0];
	bool is_good;

	if (upper->kind != PLAN_PROJECT || lower->kind != PLAN_PROJECT)
		return 0;
	if (can_merge(r, upper, lower, &is_good) < 0)
		return -1;
	if (!is_good)
		return 0;
	for (uint32_t i = 0; i < upper->n_columns; i++) {
		struct plan_expr **e = &upper->project.exprs[i];

		if (plan_expr_substitute(r, *e, lower->project.exprs, e) < 0)
			return -1;
	}
	upper->child[0] = lower->child[0];
	return 0;
}

int rule_merge_projects(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, merge);
}
