/*
 * rule_push_filters.c - conditions go to where the rows come from.
 *
 * Each conjunct travels on its own:
 *
 *   through a projection   its columns are replaced by their expressions
 *   through a sort         as it is
 *   below a join           when it reads one side only
 *   below an aggregate     when it reads keys only
 *
 * never through LIMIT, which counts rows.  Below a join or an aggregate it may
 * see rows that it did not see before, so what can fail stays above; through a
 * projection it goes only if all before it go too, because the first conjunct
 * may be there to protect the second.  What is volatile does not move.
 */
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

/* A conjunct may grow to this many nodes where it goes through projections. */
#define PUSHED_NODES_MAX 200

static int push(struct plan_rewrite *r, struct plan_node **place, struct plan_conjuncts c);

static int list_new(struct plan_rewrite *r, uint32_t n, struct plan_conjuncts *out)
{
	*out = (struct plan_conjuncts){ 0 };
	out->list = plan_expr_list(r, n);
	return out->list ? 0 : -1;
}

/* What stays becomes a filter. */
static int stay(struct plan_rewrite *r, struct plan_node **place, struct plan_conjuncts c)
{
	struct plan_expr *all;

	if (c.n == 0)
		return 0;
	all = plan_expr_all(r, c.list, c.n);
	if (!all)
		return -1;
	*place = plan_filter_new(r, *place, all);
	return *place ? 0 : -1;
}

/* ---- through a filter ---- */

static int push_into_filter(struct plan_rewrite *r, struct plan_node **place,
			    struct plan_conjuncts c)
{
	struct plan_node *n = *place;
	struct plan_conjuncts own, all;

	if (plan_conjuncts_of(r, n->filter.predicate, &own) < 0 ||
	    list_new(r, own.n + c.n, &all) < 0)
		return -1;
	plan_expr_copy_list(all.list, own.list, own.n);
	plan_expr_copy_list(all.list + own.n, c.list, c.n);
	all.n = own.n + c.n;
	*place = n->child[0];
	return push(r, place, all);
}

/* ---- through a projection ---- */

/*
 * e over the expressions that stand below instead of over their columns, and
 * what is to know about it.  *moved is NULL when it would become too large.
 */
static int rewrite(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr *const *below,
		   struct plan_expr_facts *facts, struct plan_expr **moved)
{
	uint32_t n_max;

	if (plan_expr_facts(r, e, UINT32_MAX, facts) < 0)
		return -1;
	/* A large condition may go as long as it does not get any larger. */
	n_max = MAX(PUSHED_NODES_MAX, facts->n_nodes);
	if (plan_expr_substitute(r, e, below, moved) < 0 ||
	    plan_expr_facts(r, *moved, n_max, facts) < 0)
		return -1;
	if (facts->is_cut)
		*moved = NULL;
	return 0;
}

/* *below is NULL when the conjunct has to stay. */
static int pass_project(struct plan_rewrite *r, const struct plan_node *project,
			struct plan_expr *e, bool is_first, struct plan_expr **below)
{
	struct plan_expr_facts facts;

	if (rewrite(r, e, project->project.exprs, &facts, below) < 0)
		return -1;
	if (facts.is_volatile || (facts.can_fail && !is_first))
		*below = NULL;
	return 0;
}

static int push_into_project(struct plan_rewrite *r, struct plan_node **place,
			     struct plan_conjuncts c)
{
	struct plan_node *n = *place;
	struct plan_conjuncts below, here;

	if (list_new(r, c.n, &below) < 0 || list_new(r, c.n, &here) < 0)
		return -1;
	for (uint32_t i = 0; i < c.n; i++) {
		struct plan_expr *moved;

		if (plan_step(r) < 0 || pass_project(r, n, c.list[i], here.n == 0, &moved) < 0)
			return -1;
		if (moved)
			below.list[below.n++] = moved;
		else
			here.list[here.n++] = c.list[i];
	}
	if (push(r, &n->child[0], below) < 0)
		return -1;
	return stay(r, place, here);
}

/* ---- below a join ---- */

struct sides {
	uint32_t n_left;
	bool reads_left, reads_right;
};

static void add_side(uint32_t column, void *arg)
{
	struct sides *s = arg;

	if (column < s->n_left)
		s->reads_left = true;
	else
		s->reads_right = true;
}

/* 0 or 1: the side that e can move to; 2: it has to stay. */
static int find_side(struct plan_rewrite *r, const struct plan_node *join, struct plan_expr *e,
		     unsigned *side)
{
	struct sides s = { .n_left = join->child[0]->n_columns };
	struct plan_expr_facts facts;

	*side = 2;
	if (plan_expr_facts(r, e, UINT32_MAX, &facts) < 0 ||
	    plan_expr_each_column(r, e, add_side, &s) < 0)
		return -1;
	if (!facts.can_fail && !facts.is_volatile && s.reads_left != s.reads_right)
		*side = s.reads_right;
	return 0;
}

/* The numbers of child 1's columns, counted from 0. */
static uint32_t *right_numbers(struct plan_rewrite *r, const struct plan_node *join)
{
	uint32_t *to = arena_calloc(r->arena, sizeof(*to) * join->n_columns, r->err);

	for (uint32_t i = join->child[0]->n_columns; to && i < join->n_columns; i++)
		to[i] = i - join->child[0]->n_columns;
	return to;
}

static int push_into_join(struct plan_rewrite *r, struct plan_node **place, struct plan_conjuncts c)
{
	struct plan_node *n = *place;
	struct plan_conjuncts to[3];
	uint32_t *numbers = right_numbers(r, n);
	unsigned side;

	if (!numbers)
		return -1;
	for (side = 0; side < ARRAY_SIZE(to); side++) {
		if (list_new(r, c.n, &to[side]) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < c.n; i++) {
		struct plan_expr *e = c.list[i];

		if (plan_step(r) < 0 || find_side(r, n, e, &side) < 0 ||
		    (side == 1 && plan_expr_renumber(r, e, numbers, &e) < 0))
			return -1;
		to[side].list[to[side].n++] = e;
	}
	if (push(r, &n->child[0], to[0]) < 0 || push(r, &n->child[1], to[1]) < 0)
		return -1;
	return stay(r, place, to[2]);
}

/* ---- below an aggregate ---- */

struct agg_columns {
	uint32_t n_keys;
	bool reads_key, reads_agg;
};

static void add_agg_column(uint32_t column, void *arg)
{
	struct agg_columns *a = arg;

	if (column < a->n_keys)
		a->reads_key = true;
	else
		a->reads_agg = true;
}

static int pass_agg(struct plan_rewrite *r, const struct plan_node *agg, struct plan_expr *e,
		    struct plan_expr **below)
{
	struct agg_columns a = { .n_keys = agg->hash_agg.n_keys };
	struct plan_expr_facts facts;

	*below = NULL;
	if (plan_expr_each_column(r, e, add_agg_column, &a) < 0)
		return -1;
	if (a.reads_agg || !a.reads_key)
		return 0;
	if (rewrite(r, e, agg->hash_agg.keys, &facts, below) < 0)
		return -1;
	if (facts.can_fail || facts.is_volatile)
		*below = NULL;
	return 0;
}

static int push_into_agg(struct plan_rewrite *r, struct plan_node **place, struct plan_conjuncts c)
{
	struct plan_node *n = *place;
	struct plan_conjuncts below, here;

	if (list_new(r, c.n, &below) < 0 || list_new(r, c.n, &here) < 0)
		return -1;
	for (uint32_t i = 0; i < c.n; i++) {
		struct plan_expr *moved;

		if (plan_step(r) < 0 || pass_agg(r, n, c.list[i], &moved) < 0)
			return -1;
		if (moved)
			below.list[below.n++] = moved;
		else
			here.list[here.n++] = c.list[i];
	}
	if (push(r, &n->child[0], below) < 0)
		return -1;
	return stay(r, place, here);
}

/* ---- all kinds ---- */

static int push_no_further(struct plan_rewrite *r, struct plan_node **place,
			   struct plan_conjuncts c)
{
	struct plan_node *n = *place;

	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if (push(r, &n->child[i], (struct plan_conjuncts){ 0 }) < 0)
			return -1;
	}
	return stay(r, place, c);
}

/* Makes *place what a filter of c on top of it would be. */
static int push(struct plan_rewrite *r, struct plan_node **place, struct plan_conjuncts c)
{
	if (plan_step(r) < 0)
		return -1;
	switch ((*place)->kind) {
	case PLAN_FILTER:
		return push_into_filter(r, place, c);
	case PLAN_PROJECT:
		return push_into_project(r, place, c);
	case PLAN_HASH_JOIN:
		return push_into_join(r, place, c);
	case PLAN_HASH_AGG:
		return push_into_agg(r, place, c);
	case PLAN_SORT:
		return push(r, &(*place)->child[0], c);
	case PLAN_SCAN:
	case PLAN_VALUES:
	case PLAN_TOPN:
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
	case PLAN_RESULT:
	case PLAN_KIND_COUNT:
		break;
	}
	return push_no_further(r, place, c);
}

int rule_push_filters(struct plan_rewrite *r, struct plan_node **root)
{
	return push(r, root, (struct plan_conjuncts){ 0 });
}
