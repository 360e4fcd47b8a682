/*
 * bind_group.c - expressions over groups.
 *
 * All expressions of a query are bound over the rows of its FROM clause first.
 * In a grouped query they are then rewritten from the top: what equals a GROUP
 * BY expression is that key, an aggregate is its column, and a plain column
 * that is left over has no single value in a group.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"

struct lift {
	struct binder *b;
	const struct grouping *g;
};

static int fail_column(struct lift *l, const struct plan_expr *e)
{
	return error_set_at(l->b->r.err, ERR_QUERY_VALIDATION, e->sql_offset,
			    "Column '" STR_FMT "' is neither in GROUP BY nor inside an aggregate",
			    STR_ARG(l->g->scope->columns[e->column].name));
}

static int find_key(struct lift *l, const struct plan_expr *e, uint32_t *out)
{
	for (*out = 0; *out < l->g->n_keys; ++*out) {
		if (plan_expr_same_value(e, l->g->keys[*out]))
			break;
		coop_pay(l->b->r.coop, COOP_ROW);
		if (coop_point(l->b->r.coop, l->b->r.err) < 0)
			return -1;
	}
	return 0;
}

static int lift(struct plan_rewrite *r, void *arg, struct plan_expr *e, struct plan_expr **out)
{
	struct lift *l = arg;
	uint32_t key, column;

	/* A constant is the same in every group; as a column nobody could see that it is one. */
	*out = e;
	if (e->kind == EXPR_CONST)
		return 0;
	if (find_key(l, e, &key) < 0)
		return -1;
	if (key == l->g->n_keys && e->kind != EXPR_COLUMN)
		return plan_expr_map_args(r, e, lift, arg, out);
	column = key;
	if (key == l->g->n_keys) {
		if (e->column < AGG_COLUMN)
			return fail_column(l, e);
		column = l->g->n_keys + (e->column - AGG_COLUMN);
	}
	*out = plan_expr_column(r, column, e->type, e->sql_offset);
	return *out ? 0 : -1;
}

int bind_grouped(struct binder *b, const struct grouping *g, struct plan_expr **e)
{
	struct lift l = { b, g };

	return lift(&b->r, &l, *e, e);
}
