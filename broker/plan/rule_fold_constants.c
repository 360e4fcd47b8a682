/*
 * rule_fold_constants.c - what is known before the first row.
 *
 * Calls of constants are worked out, also those that other rules or aliases
 * have brought together; AND, OR, CASE and IN lose what cannot matter:
 *
 *   TRUE AND x = x            FALSE AND x = FALSE
 *   FALSE OR x = x            TRUE OR x = TRUE
 *   CASE WHEN FALSE THEN ...  branches that are never taken
 *   x IN (NULL) = NULL
 *
 * A value that cannot be computed is left where it is: 1/0 is an error of the
 * rows that need it.
 */
#include "broker/plan/fold.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

static bool is_const_false_or_null(const struct plan_expr *e)
{
	return e->kind == EXPR_CONST && !plan_expr_is_bool(e, true);
}

/* ---- AND, OR ---- */

/* How many arguments count once nested ANDs of an AND (ORs of an OR) are flat. */
static uint32_t count_flat(const struct plan_expr *e, enum expr_kind kind)
{
	uint32_t n = 0;

	if (e->kind != kind)
		return !plan_expr_is_bool(e, kind == EXPR_AND);
	for (uint32_t i = 0; i < e->n_args; i++)
		n += count_flat(e->args[i], kind);
	return n;
}

/* Collects them; true when one of them decides the whole. */
static bool add_flat(struct plan_expr *e, enum expr_kind kind, struct plan_expr **list, uint32_t *n)
{
	bool neutral = kind == EXPR_AND;

	if (e->kind == kind) {
		for (uint32_t i = 0; i < e->n_args; i++) {
			if (add_flat(e->args[i], kind, list, n))
				return true;
		}
		return false;
	}
	if (!plan_expr_is_bool(e, neutral))
		list[(*n)++] = e;
	return plan_expr_is_bool(e, !neutral);
}

static int fold_logic(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr **out)
{
	uint32_t n_flat = count_flat(e, e->kind), n = 0;
	struct plan_expr *flat;

	coop_pay(r->coop, (int64_t)e->n_args * COOP_ROW);
	flat = plan_expr_new(r, e->kind, COL_BOOLEAN, e->sql_offset, n_flat);
	if (!flat)
		return -1;
	if (add_flat(e, e->kind, flat->args, &n))
		*out = plan_expr_bool(r, e->kind == EXPR_OR, e->sql_offset);
	else if (n == 0)
		*out = plan_expr_bool(r, e->kind == EXPR_AND, e->sql_offset);
	else if (n == 1)
		*out = flat->args[0];
	else
		*out = n == e->n_args ? e : flat;
	return *out ? 0 : -1;
}

/* ---- CASE ---- */

static int fold_case(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr **out)
{
	struct plan_expr *otherwise = e->args[e->n_args - 1];
	struct plan_expr *kept = plan_expr_new(r, EXPR_CASE, e->type, e->sql_offset, e->n_args);
	uint32_t n = 0;

	if (!kept)
		return -1;
	for (uint32_t i = 0; i + 1 < e->n_args; i += 2) {
		if (plan_expr_is_bool(e->args[i], true)) {
			otherwise = e->args[i + 1];
			break;
		}
		if (is_const_false_or_null(e->args[i]))
			continue;
		kept->args[n++] = e->args[i];
		kept->args[n++] = e->args[i + 1];
	}
	kept->args[n++] = otherwise;
	*out = e;
	if (n < e->n_args) {
		kept->n_args = n;
		*out = n == 1 ? otherwise : kept;
	}
	return 0;
}

/* ---- IN ---- */

static bool is_in(const struct plan_expr *e, const struct value *v)
{
	for (uint32_t i = 0; i < e->in.n_values; i++) {
		if (value_cmp(&e->in.values[i], v) == 0)
			return true;
	}
	return false;
}

static int fold_in(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr **out)
{
	const struct plan_expr *x = e->args[0];

	*out = e;
	if (e->in.n_values == 0 || (plan_expr_is_const(x) && x->constant.is_null)) {
		*out = plan_expr_null(r, COL_BOOLEAN, e->sql_offset);
		return *out ? 0 : -1;
	}
	if (!plan_expr_is_const(x))
		return 0;
	coop_pay(r->coop, (int64_t)e->in.n_values * COOP_ROW);
	if (is_in(e, &x->constant))
		*out = plan_expr_bool(r, !e->in.is_negated, e->sql_offset);
	else if (e->in.has_null)
		*out = plan_expr_null(r, COL_BOOLEAN, e->sql_offset);
	else
		*out = plan_expr_bool(r, e->in.is_negated, e->sql_offset);
	return *out ? 0 : -1;
}

/* ---- all kinds ---- */

static int fold_call(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr **out)
{
	struct value v;
	bool is_folded;

	if (plan_fold_call(r, e, &v, &is_folded) < 0)
		return -1;
	*out = is_folded ? plan_expr_const(r, &v, e->sql_offset) : e;
	return *out ? 0 : -1;
}

static int fold(struct plan_rewrite *r, void *arg, struct plan_expr *e, struct plan_expr **out)
{
	if (plan_expr_map_args(r, e, fold, arg, &e) < 0)
		return -1;
	switch (e->kind) {
	case EXPR_CALL:
		return fold_call(r, e, out);
	case EXPR_AND:
	case EXPR_OR:
		return fold_logic(r, e, out);
	case EXPR_CASE:
		return fold_case(r, e, out);
	case EXPR_IN:
		return fold_in(r, e, out);
	case EXPR_COLUMN:
	case EXPR_CONST:
		break;
	}
	*out = e;
	return 0;
}

static int fold_node(struct plan_rewrite *r, struct plan_node **place)
{
	struct plan_node *n = *place;

	if (plan_node_map_exprs(r, n, fold, NULL) < 0)
		return -1;
	if (n->kind == PLAN_FILTER && plan_expr_is_bool(n->filter.predicate, true))
		*place = n->child[0];
	return 0;
}

int rule_fold_constants(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, fold_node);
}
