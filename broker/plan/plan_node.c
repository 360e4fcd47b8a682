/*
 * plan_node.c - see plan_node.h; and what is known of each kind of node.
 *
 * Estimates are guesses by rule of thumb: an equality keeps a tenth, another
 * condition a third, groups are a tenth of the rows.  They decide only which
 * side of a join is built.
 */
#include "broker/plan/plan_node.h"

#include <string.h>

#include "common/base/assert.h"

/* One row of this many. */
#define EQUALITY_KEEPS  10
#define CONDITION_KEEPS 3
#define GROUP_KEEPS     10

/* ---- kinds ---- */

static const struct {
	const char *name;
	unsigned n_children;
	int cut_child; /* -1: does not cut */
	struct plan_traits traits;
} kinds[PLAN_KIND_COUNT] = {
#define LAZY(shape)                                       \
	{                                                 \
		PLAN_COOP_NATIVE, PLAN_##shape, PLAN_LAZY \
	}
#define CUTS(shape)                                        \
	{                                                  \
		PLAN_COOP_NATIVE, PLAN_##shape, PLAN_EAGER \
	}
	[PLAN_SCAN] = { "scan", 0, -1, LAZY(ONE_TO_ONE) },
	[PLAN_VALUES] = { "values", 0, -1, LAZY(ONE_TO_ONE) },
	[PLAN_FILTER] = { "filter", 1, -1, LAZY(DROPS) },
	[PLAN_PROJECT] = { "project", 1, -1, LAZY(ONE_TO_ONE) },
	[PLAN_HASH_AGG] = { "hash_agg", 1, 0, CUTS(BLOCKS) },
	[PLAN_HASH_JOIN] = { "hash_join", 2, 1, CUTS(EXPANDS) },
	[PLAN_SORT] = { "sort", 1, 0, CUTS(BLOCKS) },
	[PLAN_TOPN] = { "topn", 1, 0, CUTS(BLOCKS) },
	[PLAN_LIMIT] = { "limit", 1, -1, LAZY(DROPS) },
	[PLAN_COOPERATIVE] = { "cooperative", 1, -1, LAZY(ONE_TO_ONE) },
	[PLAN_RESULT] = { "result", 1, 0, CUTS(BLOCKS) },
#undef LAZY
#undef CUTS
};

const char *plan_kind_name(enum plan_kind kind)
{
	ASSERT((unsigned)kind < PLAN_KIND_COUNT);
	return kinds[kind].name;
}

int plan_cut_child(enum plan_kind kind)
{
	ASSERT((unsigned)kind < PLAN_KIND_COUNT);
	return kinds[kind].cut_child;
}

unsigned plan_n_children(enum plan_kind kind)
{
	ASSERT((unsigned)kind < PLAN_KIND_COUNT);
	return kinds[kind].n_children;
}

struct plan_traits plan_traits_of(const struct plan_node *n)
{
	struct plan_traits traits = kinds[n->kind].traits;

	if (n->kind == PLAN_SCAN && !n->scan.table->class->is_cooperative)
		traits.coop = PLAN_COOP_NONE;
	return traits;
}

bool plan_gives_one_row(const struct plan_node *n)
{
	switch (n->kind) {
	case PLAN_VALUES:
		return n->values.n_rows <= 1;
	case PLAN_HASH_AGG:
		return n->hash_agg.n_keys == 0;
	case PLAN_FILTER:
	case PLAN_PROJECT:
	case PLAN_SORT:
	case PLAN_TOPN:
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
	case PLAN_RESULT:
		return plan_gives_one_row(n->child[0]);
	case PLAN_SCAN:
	case PLAN_HASH_JOIN:
	case PLAN_KIND_COUNT:
		break;
	}
	return false;
}

/* ---- constructors ---- */

struct plan_node *plan_node_new(struct plan_rewrite *r, enum plan_kind kind, uint32_t n_columns)
{
	struct plan_node *n = ARENA_NEW(r->arena, struct plan_node, r->err);

	if (!n)
		return NULL;
	n->kind = kind;
	n->id = (*r->n_nodes)++;
	n->est_rows = -1;
	n->n_columns = n_columns;
	n->columns = arena_calloc(r->arena, sizeof(*n->columns) * n_columns, r->err);
	return n->columns ? n : NULL;
}

struct plan_node *plan_node_over(struct plan_rewrite *r, enum plan_kind kind,
				 struct plan_node *child)
{
	struct plan_node *n = plan_node_new(r, kind, child->n_columns);

	if (!n)
		return NULL;
	n->child[0] = child;
	n->est_rows = child->est_rows;
	memcpy(n->columns, child->columns, sizeof(*n->columns) * child->n_columns);
	return n;
}

struct plan_node *plan_scan_new(struct plan_rewrite *r, struct table *table)
{
	struct plan_node *n = plan_node_new(r, PLAN_SCAN, table->n_columns);

	if (!n)
		return NULL;
	n->est_rows = table->n_rows;
	n->scan.table = table;
	n->scan.columns = arena_alloc(r->arena, sizeof(uint32_t) * table->n_columns, r->err);
	if (!n->scan.columns)
		return NULL;
	for (uint32_t i = 0; i < table->n_columns; i++) {
		n->scan.columns[i] = i;
		n->columns[i] =
			(struct plan_column){ table->columns[i].name, table->columns[i].type };
	}
	return n;
}

static int64_t part_of(int64_t rows, int64_t parts)
{
	return rows < 0 ? rows : MIN(rows, MAX(rows / parts, 1));
}

static int64_t rows_after(int64_t rows, const struct plan_expr *condition)
{
	bool is_equality = plan_expr_is_call(condition, "equals") || condition->kind == EXPR_IN;

	if (condition->kind != EXPR_AND)
		return part_of(rows, is_equality ? EQUALITY_KEEPS : CONDITION_KEEPS);
	for (uint32_t i = 0; i < condition->n_args && rows > 1; i++)
		rows = rows_after(rows, condition->args[i]);
	return rows;
}

struct plan_node *plan_filter_new(struct plan_rewrite *r, struct plan_node *child,
				  struct plan_expr *predicate)
{
	struct plan_node *n = plan_node_over(r, PLAN_FILTER, child);

	if (!n)
		return NULL;
	n->est_rows = rows_after(child->est_rows, predicate);
	n->filter.predicate = predicate;
	return n;
}

struct plan_node *plan_project_new(struct plan_rewrite *r, struct plan_node *child,
				   struct plan_expr **exprs, uint32_t n_exprs)
{
	struct plan_node *n = plan_node_new(r, PLAN_PROJECT, n_exprs);

	if (!n)
		return NULL;
	n->child[0] = child;
	n->est_rows = child->est_rows;
	n->project.exprs = exprs;
	for (uint32_t i = 0; i < n_exprs; i++)
		n->columns[i].type = exprs[i]->type;
	return n;
}

struct plan_node *plan_agg_new(struct plan_rewrite *r, struct plan_node *child,
			       struct plan_expr **keys, uint32_t n_keys, struct plan_agg *aggs,
			       uint32_t n_aggs)
{
	struct plan_node *n = plan_node_new(r, PLAN_HASH_AGG, n_keys + n_aggs);

	if (!n)
		return NULL;
	n->child[0] = child;
	n->est_rows = n_keys == 0 ? 1 : part_of(child->est_rows, GROUP_KEEPS);
	n->hash_agg.keys = keys;
	n->hash_agg.n_keys = n_keys;
	n->hash_agg.aggs = aggs;
	n->hash_agg.n_aggs = n_aggs;
	for (uint32_t i = 0; i < n_keys; i++)
		n->columns[i].type = keys[i]->type;
	for (uint32_t i = 0; i < n_aggs; i++)
		n->columns[n_keys + i].type = aggs[i].type;
	return n;
}

struct plan_node *plan_join_new(struct plan_rewrite *r, struct plan_node *probe,
				struct plan_node *build, struct plan_expr **left_keys,
				struct plan_expr **right_keys, uint32_t n_keys)
{
	struct plan_node *n = plan_node_new(r, PLAN_HASH_JOIN, probe->n_columns + build->n_columns);

	if (!n)
		return NULL;
	n->child[0] = probe;
	n->child[1] = build;
	if (probe->est_rows >= 0 && build->est_rows >= 0)
		n->est_rows = MAX(probe->est_rows, build->est_rows);
	memcpy(n->columns, probe->columns, sizeof(*n->columns) * probe->n_columns);
	memcpy(n->columns + probe->n_columns, build->columns,
	       sizeof(*n->columns) * build->n_columns);
	n->hash_join.left_keys = left_keys;
	n->hash_join.right_keys = right_keys;
	n->hash_join.n_keys = n_keys;
	return n;
}

struct plan_node *plan_limit_new(struct plan_rewrite *r, struct plan_node *child, uint64_t offset,
				 uint64_t limit)
{
	struct plan_node *n = plan_node_over(r, PLAN_LIMIT, child);

	if (!n)
		return NULL;
	if (limit <= INT64_MAX && (n->est_rows < 0 || (uint64_t)n->est_rows > limit))
		n->est_rows = (int64_t)limit;
	n->limit.offset = offset;
	n->limit.limit = limit;
	return n;
}

struct plan_node *plan_nothing_new(struct plan_rewrite *r, const struct plan_node *n)
{
	struct plan_node *nothing = plan_node_new(r, PLAN_VALUES, n->n_columns);

	if (!nothing)
		return NULL;
	nothing->est_rows = 0;
	memcpy(nothing->columns, n->columns, sizeof(*n->columns) * n->n_columns);
	return nothing;
}

/* ---- expressions ---- */

static int map_list(struct plan_rewrite *r, struct plan_expr **list, uint32_t n, plan_map_fn *fn,
		    void *arg)
{
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(r) < 0 || fn(r, arg, list[i], &list[i]) < 0)
			return -1;
	}
	return 0;
}

static int map_aggs(struct plan_rewrite *r, struct plan_agg *aggs, uint32_t n, plan_map_fn *fn,
		    void *arg)
{
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(r) < 0 ||
		    (aggs[i].arg && fn(r, arg, aggs[i].arg, &aggs[i].arg) < 0) ||
		    (aggs[i].filter && fn(r, arg, aggs[i].filter, &aggs[i].filter) < 0))
			return -1;
	}
	return 0;
}

static int map_rows(struct plan_rewrite *r, struct plan_node *n, plan_map_fn *fn, void *arg)
{
	for (uint32_t i = 0; i < n->values.n_rows; i++) {
		if (map_list(r, n->values.rows[i], n->n_columns, fn, arg) < 0)
			return -1;
	}
	return 0;
}

int plan_node_map_exprs(struct plan_rewrite *r, struct plan_node *n, plan_map_fn *fn, void *arg)
{
	switch (n->kind) {
	case PLAN_VALUES:
		return map_rows(r, n, fn, arg);
	case PLAN_FILTER:
		return fn(r, arg, n->filter.predicate, &n->filter.predicate);
	case PLAN_PROJECT:
		return map_list(r, n->project.exprs, n->n_columns, fn, arg);
	case PLAN_HASH_AGG:
		if (map_list(r, n->hash_agg.keys, n->hash_agg.n_keys, fn, arg) < 0)
			return -1;
		return map_aggs(r, n->hash_agg.aggs, n->hash_agg.n_aggs, fn, arg);
	case PLAN_HASH_JOIN:
		if (map_list(r, n->hash_join.left_keys, n->hash_join.n_keys, fn, arg) < 0)
			return -1;
		return map_list(r, n->hash_join.right_keys, n->hash_join.n_keys, fn, arg);
	case PLAN_SCAN:
	case PLAN_SORT:
	case PLAN_TOPN:
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
	case PLAN_RESULT:
	case PLAN_KIND_COUNT:
		break;
	}
	return 0;
}
