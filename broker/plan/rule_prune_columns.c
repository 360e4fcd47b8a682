/*
 * rule_prune_columns.c - nobody carries what nobody reads.
 *
 * From the root down: a node is told which of its columns are wanted, tells its
 * children which it needs for them, and answers where the wanted columns are
 * afterwards.  It may keep more than is wanted; where rows are stored (sort,
 * topn, join) a projection cuts off the rest.
 *
 * Projections that change nothing any more disappear here as well.
 */
#include <string.h>

#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* A question about the columns of a node, and its answer. */
struct columns {
	bool *wanted;  /* in: per column as it was; out: with those that the node itself wants */
	uint32_t *now; /* out: where a wanted column is; the others' entries mean nothing */
	uint32_t n;
};

static int prune(struct plan_rewrite *r, struct plan_node **place, struct columns *c);

static int columns_new(struct plan_rewrite *r, uint32_t n, struct columns *out)
{
	out->n = n;
	out->wanted = arena_calloc(r->arena, sizeof(*out->wanted) * n, r->err);
	out->now = arena_calloc(r->arena, sizeof(*out->now) * n, r->err);
	coop_pay(r->coop, (int64_t)n * COOP_ROW);
	return out->wanted && out->now ? plan_step(r) : -1;
}

static void want(uint32_t column, void *arg)
{
	struct columns *c = arg;

	c->wanted[column] = true;
}

static int want_expr(struct plan_rewrite *r, const struct plan_expr *e, struct columns *c)
{
	return e ? plan_expr_each_column(r, e, want, c) : 0;
}

static uint32_t count_wanted(const struct columns *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++)
		n += c->wanted[i];
	return n;
}

static int renumber(struct plan_rewrite *r, void *arg, struct plan_expr *e, struct plan_expr **out)
{
	const struct columns *c = arg;

	return plan_expr_renumber(r, e, c->now, out);
}

/* The columns of the one child are the node's own. */
static int take_columns(struct plan_rewrite *r, struct plan_node *n)
{
	const struct plan_node *child = n->child[0];

	n->n_columns = child->n_columns;
	n->columns = arena_alloc(r->arena, sizeof(*n->columns) * n->n_columns, r->err);
	if (!n->columns)
		return -1;
	memcpy(n->columns, child->columns, sizeof(*n->columns) * n->n_columns);
	return 0;
}

/* A projection of the columns that `wanted` names. */
static int cut(struct plan_rewrite *r, struct plan_node **place, const bool *wanted, uint32_t n,
	       struct columns *c)
{
	struct plan_node *child = *place;
	struct plan_expr **exprs = plan_expr_list(r, n);
	uint32_t next = 0;

	if (!exprs)
		return -1;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!wanted[i])
			continue;
		exprs[next] = plan_expr_column(r, c->now[i], child->columns[c->now[i]].type,
					       ERROR_NO_OFFSET);
		if (!exprs[next])
			return -1;
		c->now[i] = next++;
	}
	*place = plan_project_new(r, child, exprs, n);
	if (!*place)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		(*place)->columns[i].name = child->columns[exprs[i]->column].name;
	return 0;
}

/* Like prune(), but nothing is left that is not wanted. */
static int prune_exactly(struct plan_rewrite *r, struct plan_node **place, struct columns *c)
{
	bool *wanted = arena_alloc(r->arena, sizeof(*wanted) * c->n, r->err);
	uint32_t n = count_wanted(c);

	if (!wanted)
		return -1;
	memcpy(wanted, c->wanted, sizeof(*wanted) * c->n);
	if (prune(r, place, c) < 0)
		return -1;
	return (*place)->n_columns == n || n == 0 ? 0 : cut(r, place, wanted, n, c);
}

/* ---- leaves ---- */

static int prune_scan(struct plan_node *n, struct columns *c)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->wanted[i])
			continue;
		n->columns[next] = n->columns[i];
		n->scan.columns[next] = n->scan.columns[i];
		c->now[i] = next++;
	}
	n->n_columns = next;
	return 0;
}

static int prune_values(struct plan_rewrite *r, struct plan_node *n, struct columns *c)
{
	uint32_t next = 0;

	/* Rows of no columns are only for SELECT without FROM. */
	if (c->n > 0 && count_wanted(c) == 0)
		c->wanted[0] = true;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->wanted[i])
			continue;
		n->columns[next] = n->columns[i];
		c->now[i] = next++;
	}
	for (uint32_t row = 0; row < n->values.n_rows; row++) {
		coop_pay(r->coop, (int64_t)c->n * COOP_ROW);
		if (coop_point(r->coop, r->err) < 0)
			return -1;
		for (uint32_t i = 0; i < c->n; i++) {
			if (c->wanted[i])
				n->values.rows[row][c->now[i]] = n->values.rows[row][i];
		}
	}
	n->n_columns = next;
	return 0;
}

/* ---- one input, the same columns ---- */

static int prune_filter(struct plan_rewrite *r, struct plan_node *n, struct columns *c)
{
	if (want_expr(r, n->filter.predicate, c) < 0 || prune(r, &n->child[0], c) < 0 ||
	    plan_node_map_exprs(r, n, renumber, c) < 0)
		return -1;
	return take_columns(r, n);
}

static int prune_pass(struct plan_rewrite *r, struct plan_node *n, struct columns *c)
{
	if (prune(r, &n->child[0], c) < 0)
		return -1;
	return take_columns(r, n);
}

static int prune_sorted(struct plan_rewrite *r, struct plan_node *n, struct plan_sort_key *keys,
			uint32_t n_keys, struct columns *c)
{
	for (uint32_t i = 0; i < n_keys; i++)
		c->wanted[keys[i].column] = true;
	if (prune_exactly(r, &n->child[0], c) < 0)
		return -1;
	for (uint32_t i = 0; i < n_keys; i++)
		keys[i].column = c->now[keys[i].column];
	return take_columns(r, n);
}

/* ---- new columns ---- */

static bool is_identity(const struct plan_node *n)
{
	if (n->n_columns != n->child[0]->n_columns)
		return false;
	for (uint32_t i = 0; i < n->n_columns; i++) {
		const struct plan_expr *e = n->project.exprs[i];

		if (e->kind != EXPR_COLUMN || e->column != i ||
		    e->type != n->child[0]->columns[i].type)
			return false;
	}
	return true;
}

static int prune_project(struct plan_rewrite *r, struct plan_node **place, struct columns *c)
{
	struct plan_node *n = *place;
	struct columns below;
	uint32_t next = 0;

	if (columns_new(r, n->child[0]->n_columns, &below) < 0)
		return -1;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->wanted[i])
			continue;
		if (want_expr(r, n->project.exprs[i], &below) < 0)
			return -1;
		n->project.exprs[next] = n->project.exprs[i];
		n->columns[next] = n->columns[i];
		c->now[i] = next++;
	}
	n->n_columns = next;
	if (prune(r, &n->child[0], &below) < 0 || plan_node_map_exprs(r, n, renumber, &below) < 0)
		return -1;
	if (next == 0 || is_identity(n))
		*place = n->child[0];
	return 0;
}

static int prune_aggs(struct plan_node *n, struct columns *c)
{
	uint32_t n_keys = n->hash_agg.n_keys, next = 0;

	/* Groups need their keys whether anybody looks at them or not. */
	for (uint32_t i = 0; i < n_keys; i++)
		c->now[i] = i;
	if (n_keys == 0 && count_wanted(c) == 0)
		c->wanted[0] = true;
	for (uint32_t i = 0; i < n->hash_agg.n_aggs; i++) {
		if (!c->wanted[n_keys + i])
			continue;
		n->hash_agg.aggs[next] = n->hash_agg.aggs[i];
		n->columns[n_keys + next] = n->columns[n_keys + i];
		c->now[n_keys + i] = n_keys + next++;
	}
	n->hash_agg.n_aggs = next;
	n->n_columns = n_keys + next;
	return 0;
}

static int prune_hash_agg(struct plan_rewrite *r, struct plan_node *n, struct columns *c)
{
	struct columns below;

	if (columns_new(r, n->child[0]->n_columns, &below) < 0 || prune_aggs(n, c) < 0)
		return -1;
	for (uint32_t i = 0; i < n->hash_agg.n_keys; i++) {
		if (want_expr(r, n->hash_agg.keys[i], &below) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < n->hash_agg.n_aggs; i++) {
		if (want_expr(r, n->hash_agg.aggs[i].arg, &below) < 0 ||
		    want_expr(r, n->hash_agg.aggs[i].filter, &below) < 0)
			return -1;
	}
	if (prune(r, &n->child[0], &below) < 0)
		return -1;
	return plan_node_map_exprs(r, n, renumber, &below);
}

/* ---- two inputs ---- */

/* One side of a join: its columns of the output are those from `first` on. */
static int prune_side(struct plan_rewrite *r, struct plan_node **place, struct plan_expr **keys,
		      uint32_t n_keys, const struct columns *c, uint32_t first,
		      struct columns *side)
{
	if (columns_new(r, (*place)->n_columns, side) < 0)
		return -1;
	memcpy(side->wanted, c->wanted + first, sizeof(*side->wanted) * side->n);
	for (uint32_t i = 0; i < n_keys; i++) {
		if (want_expr(r, keys[i], side) < 0)
			return -1;
	}
	if (prune_exactly(r, place, side) < 0)
		return -1;
	for (uint32_t i = 0; i < n_keys; i++) {
		if (plan_expr_renumber(r, keys[i], side->now, &keys[i]) < 0)
			return -1;
	}
	return 0;
}

static int prune_hash_join(struct plan_rewrite *r, struct plan_node *n, struct columns *c)
{
	uint32_t n_keys = n->hash_join.n_keys, n_left = n->child[0]->n_columns;
	struct columns left, right;

	if (prune_side(r, &n->child[0], n->hash_join.left_keys, n_keys, c, 0, &left) < 0 ||
	    prune_side(r, &n->child[1], n->hash_join.right_keys, n_keys, c, n_left, &right) < 0)
		return -1;
	for (uint32_t i = 0; i < left.n; i++)
		c->now[i] = left.now[i];
	for (uint32_t i = 0; i < right.n; i++)
		c->now[n_left + i] = n->child[0]->n_columns + right.now[i];
	n->n_columns = n->child[0]->n_columns + n->child[1]->n_columns;
	n->columns = arena_alloc(r->arena, sizeof(*n->columns) * n->n_columns, r->err);
	if (!n->columns)
		return -1;
	memcpy(n->columns, n->child[0]->columns, sizeof(*n->columns) * n->child[0]->n_columns);
	memcpy(n->columns + n->child[0]->n_columns, n->child[1]->columns,
	       sizeof(*n->columns) * n->child[1]->n_columns);
	return 0;
}

/* ---- all kinds ---- */

static int prune(struct plan_rewrite *r, struct plan_node **place, struct columns *c)
{
	struct plan_node *n = *place;

	if (plan_step(r) < 0)
		return -1;
	switch (n->kind) {
	case PLAN_SCAN:
		return prune_scan(n, c);
	case PLAN_VALUES:
		return prune_values(r, n, c);
	case PLAN_FILTER:
		return prune_filter(r, n, c);
	case PLAN_PROJECT:
		return prune_project(r, place, c);
	case PLAN_HASH_AGG:
		return prune_hash_agg(r, n, c);
	case PLAN_HASH_JOIN:
		return prune_hash_join(r, n, c);
	case PLAN_SORT:
		return prune_sorted(r, n, n->sort.keys, n->sort.n_keys, c);
	case PLAN_TOPN:
		return prune_sorted(r, n, n->topn.keys, n->topn.n_keys, c);
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
		return prune_pass(r, n, c);
	case PLAN_RESULT:
	case PLAN_KIND_COUNT:
		break;
	}
	ASSERT(!"a result stands at the root");
	return -1;
}

int rule_prune_columns(struct plan_rewrite *r, struct plan_node **root)
{
	struct plan_node *n = *root;
	struct columns all;

	ASSERT(n->kind == PLAN_RESULT);
	if (columns_new(r, n->n_columns, &all) < 0)
		return -1;
	memset(all.wanted, true, n->n_columns);
	return prune_exactly(r, &n->child[0], &all);
}
