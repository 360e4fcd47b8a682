/*
 * check.c - plan_check(): what a finished plan promises to those who run it.
 */
#include "broker/plan/plan.h"
#include "broker/plan/plan_node.h"
#include "common/base/assert.h"

/* ---- expressions ---- */

static void check_expr(const struct plan_expr *e, const struct plan_node *input);

static void check_column(const struct plan_expr *e, const struct plan_node *input)
{
	ASSERT(input && e->column < input->n_columns);
	ASSERT(col_lane_of(e->type) == col_lane_of(input->columns[e->column].type));
}

/* Types of FT_ANY and FT_NUMBER depend on each other; the others stand alone. */
static bool is_type(enum func_type want, enum col_type is)
{
	switch (want) {
	case FT_BOOL:
		return is == COL_BOOLEAN;
	case FT_INT:
		return is == COL_INT;
	case FT_LONG:
		return is == COL_LONG;
	case FT_DOUBLE:
		return is == COL_DOUBLE;
	case FT_TIMESTAMP:
		return is == COL_TIMESTAMP;
	case FT_STRING:
		return is == COL_STRING;
	case FT_NUMBER:
		return is == COL_LONG || is == COL_DOUBLE;
	case FT_ANY:
		return true;
	case FT_END:
		break;
	}
	return false;
}

static void check_call(const struct plan_expr *e)
{
	uint32_t n = 0;

	while (n < FUNC_ARGS_MAX && e->def->args[n] != FT_END)
		n++;
	ASSERT(e->n_args == n || ((e->def->flags & FUNC_VARIADIC) && e->n_args >= n));
	for (uint32_t i = 0; i < e->n_args; i++)
		ASSERT(is_type(e->def->args[MIN(i, n - 1)], e->args[i]->type));
}

static void check_truths(const struct plan_expr *e)
{
	ASSERT(e->type == COL_BOOLEAN && e->n_args >= 1);
	for (uint32_t i = 0; i < e->n_args; i++)
		ASSERT(e->args[i]->type == COL_BOOLEAN);
}

static void check_case(const struct plan_expr *e)
{
	ASSERT(e->n_args >= 3 && e->n_args % 2 == 1);
	for (uint32_t i = 0; i < e->n_args; i++) {
		bool is_result = i % 2 == 1 || i + 1 == e->n_args;

		ASSERT(e->args[i]->type == (is_result ? e->type : COL_BOOLEAN));
	}
}

static void check_in(const struct plan_expr *e)
{
	ASSERT(e->n_args == 1 && e->type == COL_BOOLEAN);
	for (uint32_t i = 0; i < e->in.n_values; i++)
		ASSERT(!e->in.values[i].is_null && e->in.values[i].type == e->args[0]->type);
}

static void check_expr(const struct plan_expr *e, const struct plan_node *input)
{
	ASSERT(e->type < COL_TYPE_COUNT);
	switch (e->kind) {
	case EXPR_COLUMN:
		check_column(e, input);
		break;
	case EXPR_CONST:
		ASSERT(e->type == e->constant.type);
		break;
	case EXPR_CALL:
		check_call(e);
		break;
	case EXPR_AND:
	case EXPR_OR:
		check_truths(e);
		break;
	case EXPR_CASE:
		check_case(e);
		break;
	case EXPR_IN:
		check_in(e);
		break;
	}
	for (uint32_t i = 0; i < e->n_args; i++)
		check_expr(e->args[i], input);
}

/* ---- nodes ---- */

static void check_same_columns(const struct plan_node *n)
{
	ASSERT(n->n_columns == n->child[0]->n_columns);
	for (uint32_t i = 0; i < n->n_columns; i++)
		ASSERT(n->columns[i].type == n->child[0]->columns[i].type);
}

static void check_scan(const struct plan_node *n)
{
	const struct table *t = n->scan.table;

	for (uint32_t i = 0; i < n->n_columns; i++) {
		ASSERT(n->scan.columns[i] < t->n_columns);
		ASSERT(n->columns[i].type == t->columns[n->scan.columns[i]].type);
	}
	for (uint32_t i = 0; i < n->scan.n_ranges; i++) {
		const struct scan_range *r = &n->scan.ranges[i];

		ASSERT(r->column < t->n_columns && (r->has_low || r->has_high));
		ASSERT(!r->has_low || r->low.type == t->columns[r->column].type);
		ASSERT(!r->has_high || r->high.type == t->columns[r->column].type);
	}
}

static void check_values(const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->values.n_rows; i++) {
		for (uint32_t c = 0; c < n->n_columns; c++) {
			ASSERT(n->values.rows[i][c]->type == n->columns[c].type);
			check_expr(n->values.rows[i][c], NULL);
		}
	}
}

static void check_filter(const struct plan_node *n)
{
	check_same_columns(n);
	ASSERT(n->filter.predicate->type == COL_BOOLEAN);
	check_expr(n->filter.predicate, n->child[0]);
}

static void check_project(const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->n_columns; i++) {
		ASSERT(n->columns[i].type == n->project.exprs[i]->type);
		check_expr(n->project.exprs[i], n->child[0]);
	}
}

static void check_hash_agg(const struct plan_node *n)
{
	uint32_t n_keys = n->hash_agg.n_keys;

	ASSERT(n->n_columns == n_keys + n->hash_agg.n_aggs && n->n_columns > 0);
	ASSERT(n->hash_agg.limit == 0 || n->hash_agg.n_aggs == 0);
	for (uint32_t i = 0; i < n_keys; i++) {
		ASSERT(n->columns[i].type == n->hash_agg.keys[i]->type);
		check_expr(n->hash_agg.keys[i], n->child[0]);
	}
	for (uint32_t i = 0; i < n->hash_agg.n_aggs; i++) {
		const struct plan_agg *agg = &n->hash_agg.aggs[i];

		ASSERT(n->columns[n_keys + i].type == agg->type);
		ASSERT((agg->arg == NULL) == (agg->def->arg == FT_END));
		if (agg->arg)
			check_expr(agg->arg, n->child[0]);
		if (agg->filter) {
			ASSERT(agg->filter->type == COL_BOOLEAN);
			check_expr(agg->filter, n->child[0]);
		}
	}
}

static void check_hash_join(const struct plan_node *n)
{
	ASSERT(n->n_columns == n->child[0]->n_columns + n->child[1]->n_columns);
	ASSERT(n->hash_join.n_keys > 0);
	for (uint32_t i = 0; i < n->hash_join.n_keys; i++) {
		ASSERT(n->hash_join.left_keys[i]->type == n->hash_join.right_keys[i]->type);
		check_expr(n->hash_join.left_keys[i], n->child[0]);
		check_expr(n->hash_join.right_keys[i], n->child[1]);
	}
}

static void check_keys(const struct plan_node *n, const struct plan_sort_key *keys, uint32_t n_keys)
{
	check_same_columns(n);
	ASSERT(n_keys > 0);
	for (uint32_t i = 0; i < n_keys; i++)
		ASSERT(keys[i].column < n->n_columns);
}

static void check_node(const struct plan_node *n)
{
	switch (n->kind) {
	case PLAN_SCAN:
		check_scan(n);
		return;
	case PLAN_VALUES:
		check_values(n);
		return;
	case PLAN_FILTER:
		check_filter(n);
		return;
	case PLAN_PROJECT:
		check_project(n);
		return;
	case PLAN_HASH_AGG:
		check_hash_agg(n);
		return;
	case PLAN_HASH_JOIN:
		check_hash_join(n);
		return;
	case PLAN_SORT:
		check_keys(n, n->sort.keys, n->sort.n_keys);
		return;
	case PLAN_TOPN:
		check_keys(n, n->topn.keys, n->topn.n_keys);
		return;
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
	case PLAN_RESULT:
		check_same_columns(n);
		return;
	case PLAN_KIND_COUNT:
		break;
	}
	ASSERT(!"no such kind of node");
}

/* Ids count up from the root, each node before its children. */
static void check_tree(const struct plan_node *n, uint32_t *id)
{
	ASSERT((unsigned)n->kind < PLAN_KIND_COUNT && n->id == (*id)++);
	for (unsigned i = 0; i < ARRAY_SIZE(n->child); i++)
		ASSERT((n->child[i] != NULL) == (i < plan_n_children(n->kind)));
	check_node(n);
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		ASSERT(n->child[i]->kind != PLAN_RESULT);
		check_tree(n->child[i], id);
	}
}

/* ---- fragments ---- */

static void check_fragment(const struct plan *plan, uint32_t id)
{
	const struct plan_fragment *f = &plan->fragments[id];
	int cut = plan_cut_child(f->sink->kind);

	ASSERT(f->id == id && cut >= 0 && f->root == f->sink->child[cut]);
	ASSERT((f->sink == plan->root) == (id + 1 == plan->n_fragments));
	for (uint32_t i = 0; i < f->n_inputs; i++)
		ASSERT(f->inputs[i] < id);
}

void plan_check(const struct plan *plan)
{
	uint32_t n_nodes = 0;

	ASSERT(plan->root->kind == PLAN_RESULT);
	check_tree(plan->root, &n_nodes);
	ASSERT(n_nodes == plan->n_nodes && plan->n_fragments > 0);
	for (uint32_t i = 0; i < plan->n_fragments; i++)
		check_fragment(plan, i);
	ASSERT(plan_is_cooperative(plan->root));
}
