/*
 * rule_scan_ranges.c - what a filter says about single columns, told to its scan.
 *
 * A scan skips row groups whose statistics say that no value lies in the range.
 * It only skips: the filter stays and decides.  So a range may be too wide, as
 * for < on doubles and texts, but never too narrow.
 */
#include "broker/plan/fold.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

struct ranges {
	struct plan_rewrite *r;
	const struct plan_node *scan;
	struct scan_range *list; /* one per column at most */
	uint32_t n;
};

/* ---- collecting ---- */

/* The range of an output column so far; NULL when there is no room, which cannot be. */
static struct scan_range *range_of(struct ranges *s, uint32_t output)
{
	uint32_t column = s->scan->scan.columns[output];

	for (uint32_t i = 0; i < s->n; i++) {
		if (s->list[i].column == column)
			return &s->list[i];
	}
	s->list[s->n] = (struct scan_range){ .column = column };
	return &s->list[s->n++];
}

static void raise_low(struct scan_range *range, struct value v)
{
	if (!range->has_low || value_cmp(&v, &range->low) > 0)
		range->low = v;
	range->has_low = true;
}

static void lower_high(struct scan_range *range, struct value v)
{
	if (!range->has_high || value_cmp(&v, &range->high) < 0)
		range->high = v;
	range->has_high = true;
}

/* The next value in a direction where there is such a thing. */
static struct value next_to(struct value v, int64_t step)
{
	int64_t next;

	if (col_lane_of(v.type) == LANE_I64 && !__builtin_add_overflow(v.i64, step, &next))
		v.i64 = next;
	return v;
}

/* ---- column <op> constant ---- */

enum bound { BOUND_LOW = 1, BOUND_HIGH = 2 };

static const struct {
	const char *function;
	unsigned bounds;  /* of column <op> constant */
	unsigned flipped; /* of constant <op> column */
	bool is_strict;
} comparisons[] = {
	{ "equals", BOUND_LOW | BOUND_HIGH, BOUND_LOW | BOUND_HIGH, false },
	{ "lessthan", BOUND_HIGH, BOUND_LOW, true },
	{ "lessthanorequal", BOUND_HIGH, BOUND_LOW, false },
	{ "greaterthan", BOUND_LOW, BOUND_HIGH, true },
	{ "greaterthanorequal", BOUND_LOW, BOUND_HIGH, false },
};

static void add_bounds(struct ranges *s, uint32_t output, struct value v, unsigned bounds,
		       bool is_strict)
{
	struct scan_range *range = range_of(s, output);

	/* Statistics are kept under the column's own name of the type. */
	v.type = s->scan->columns[output].type;
	if (bounds & BOUND_LOW)
		raise_low(range, is_strict ? next_to(v, 1) : v);
	if (bounds & BOUND_HIGH)
		lower_high(range, is_strict ? next_to(v, -1) : v);
}

static int add_side(struct ranges *s, const struct plan_expr *column, struct plan_expr *other,
		    unsigned bounds, bool is_strict)
{
	struct value v;
	bool is_known;

	if (column->kind != EXPR_COLUMN)
		return 0;
	if (plan_fold_clock(s->r, other, &v, &is_known) < 0)
		return -1;
	if (is_known && !v.is_null)
		add_bounds(s, column->column, v, bounds, is_strict);
	return 0;
}

static int add_comparison(struct ranges *s, const struct plan_expr *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		if (!plan_expr_is_call(e, comparisons[i].function))
			continue;
		if (add_side(s, e->args[0], e->args[1], comparisons[i].bounds,
			     comparisons[i].is_strict) < 0 ||
		    add_side(s, e->args[1], e->args[0], comparisons[i].flipped,
			     comparisons[i].is_strict) < 0)
			return -1;
	}
	return 0;
}

/* ---- column IN (constants) ---- */

static void add_in(struct ranges *s, const struct plan_expr *e)
{
	const struct value *low, *high;

	if (e->in.is_negated || e->args[0]->kind != EXPR_COLUMN || e->in.n_values == 0)
		return;
	low = high = &e->in.values[0];
	for (uint32_t i = 1; i < e->in.n_values; i++) {
		const struct value *v = &e->in.values[i];

		low = value_cmp(v, low) < 0 ? v : low;
		high = value_cmp(v, high) > 0 ? v : high;
	}
	coop_pay(s->r->coop, (int64_t)e->in.n_values * COOP_ROW);
	add_bounds(s, e->args[0]->column, *low, BOUND_LOW, false);
	add_bounds(s, e->args[0]->column, *high, BOUND_HIGH, false);
}

/* ---- filters over scans ---- */

static int add_conjuncts(struct ranges *s, const struct plan_conjuncts *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (plan_step(s->r) < 0)
			return -1;
		if (c->list[i]->kind == EXPR_CALL && add_comparison(s, c->list[i]) < 0)
			return -1;
		if (c->list[i]->kind == EXPR_IN)
			add_in(s, c->list[i]);
	}
	return 0;
}

static int find_ranges(struct plan_rewrite *r, struct plan_node **place)
{
	struct plan_node *scan = (*place)->child[0];
	struct ranges s = { .r = r, .scan = scan };
	struct plan_conjuncts c;

	if ((*place)->kind != PLAN_FILTER || scan->kind != PLAN_SCAN)
		return 0;
	s.list = arena_alloc(r->arena, sizeof(*s.list) * MAX(scan->n_columns, 1u), r->err);
	if (!s.list || plan_conjuncts_of(r, (*place)->filter.predicate, &c) < 0 ||
	    add_conjuncts(&s, &c) < 0)
		return -1;
	scan->scan.ranges = s.list;
	scan->scan.n_ranges = s.n;
	return 0;
}

int rule_scan_ranges(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, find_ranges);
}
