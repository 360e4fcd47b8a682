/*
 * bind_select.c - SELECT, in the order in which its clauses take effect:
 *
 *   FROM, WHERE ─ GROUP BY, aggregates ─ HAVING ─ select list ─ DISTINCT ─ ORDER BY ─ LIMIT
 *
 * All expressions are bound before any node above FROM is made, because an
 * aggregate in ORDER BY groups the query as well as one in the select list.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/error.h"

struct select {
	struct binder *b;
	const struct ast_query *query;
	struct from from;
	struct bind_place at; /* what HAVING, the select list and ORDER BY have in common */
	struct agg_list aggs;
	struct plan_expr **keys;
	uint32_t n_keys;
	struct plan_expr *having; /* or NULL */
	struct query_tail tail;
};

static int bind_where(struct select *s)
{
	struct bind_place at = s->at;
	struct plan_expr *where;

	if (!s->query->where)
		return 0;
	at.clause = "WHERE";
	at.aggs = NULL;
	at.alias_rank = ALIAS_LAST;
	if (bind_truth(s->b, &at, s->query->where, "WHERE", &where) < 0)
		return -1;
	return from_add_conditions(s->b, &s->from, where, UINT64_MAX);
}

/* A name, a position or any expression. */
static int bind_group_key(struct select *s, const struct bind_place *at, const struct ast_expr *e)
{
	struct plan_expr **key = &s->keys[s->n_keys++];
	uint32_t item;

	if (bind_ordinal(s->b, e, "GROUP BY", &s->tail.items, &item) < 0)
		return -1;
	if (item != UINT32_MAX)
		return bind_item(s->b, at, &s->tail.items.items[item], key);
	return bind_expr(s->b, at, e, key);
}

static int bind_group_by(struct select *s)
{
	const struct ast_list *list = &s->query->group_by;
	struct bind_place at = s->at;

	at.clause = "GROUP BY";
	at.aggs = NULL;
	at.alias_rank = ALIAS_LAST;
	s->keys = plan_expr_list(&s->b->r, list->n);
	if (!s->keys)
		return -1;
	for (const struct ast_expr *e = list->first; e; e = e->next) {
		if (bind_group_key(s, &at, e) < 0)
			return -1;
	}
	return 0;
}

static int bind_items(struct select *s)
{
	struct bind_place at = s->at;

	at.clause = "the select list";
	for (uint32_t i = 0; i < s->tail.items.n; i++) {
		struct bind_item *item = &s->tail.items.items[i];

		if (plan_step(&s->b->r) < 0 || bind_item(s->b, &at, item, &item->expr) < 0)
			return -1;
	}
	return 0;
}

static int bind_having(struct select *s)
{
	struct bind_place at = s->at;

	if (!s->query->having)
		return 0;
	at.clause = "HAVING";
	at.alias_rank = ALIAS_FIRST;
	return bind_truth(s->b, &at, s->query->having, "HAVING", &s->having);
}

static int bind_order_by(struct select *s)
{
	struct bind_place at = s->at;

	at.clause = "ORDER BY";
	at.alias_rank = ALIAS_FIRST;
	return bind_order(s->b, s->query, &at, &s->tail);
}

static bool is_grouped(const struct select *s)
{
	return s->n_keys > 0 || s->aggs.n > 0 || s->having;
}

/* Everything above the groups, from rows to groups. */
static int regroup(struct select *s)
{
	struct grouping g = { &s->from.scope, s->keys, s->n_keys };

	for (uint32_t i = 0; i < s->tail.items.n; i++) {
		if (bind_grouped(s->b, &g, &s->tail.items.items[i].expr) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < s->tail.order.n; i++) {
		struct order_key *key = &s->tail.order.keys[i];

		if (key->expr && bind_grouped(s->b, &g, &key->expr) < 0)
			return -1;
	}
	return s->having ? bind_grouped(s->b, &g, &s->having) : 0;
}

/* HAVING alone makes one group of which nothing is asked; a node without columns is nobody's friend. */
static int count_rows(struct select *s)
{
	struct plan_agg *count = ARENA_NEW(s->b->r.arena, struct plan_agg, s->b->r.err);
	enum col_type unused;

	if (!count || agg_resolve(STR("count"), NULL, 0, &count->def, &unused, s->b->r.err) != 0)
		return -1;
	count->type = COL_LONG;
	s->aggs = (struct agg_list){ count, 1, 1 };
	return 0;
}

static int add_groups(struct select *s, struct plan_node **n)
{
	struct plan_rewrite *r = &s->b->r;

	if (!is_grouped(s))
		return 0;
	if (regroup(s) < 0 || (s->n_keys + s->aggs.n == 0 && count_rows(s) < 0))
		return -1;
	*n = plan_agg_new(r, *n, s->keys, s->n_keys, s->aggs.aggs, s->aggs.n);
	if (*n && s->having)
		*n = plan_filter_new(r, *n, s->having);
	return *n ? 0 : -1;
}

static int bind_clauses(struct select *s, bool is_top)
{
	const struct ast_query *q = s->query;

	if (bind_from(s->b, q->from, &s->from) < 0)
		return -1;
	s->at = (struct bind_place){
		.scope = &s->from.scope,
		.end = s->from.scope.n_columns,
		.items = &s->tail.items,
		.aggs = &s->aggs,
	};
	s->tail.is_distinct = q->is_distinct;
	if (bind_item_list(s->b, q, &s->from.scope, &s->tail.items) < 0 || bind_where(s) < 0 ||
	    bind_group_by(s) < 0 || bind_items(s) < 0 || bind_having(s) < 0 || bind_order_by(s) < 0)
		return -1;
	return bind_limit(s->b, q, is_top, &s->tail);
}

int bind_select(struct binder *b, const struct ast_query *q, bool is_top, struct plan_node **out)
{
	struct select s = { .b = b, .query = q };
	struct plan_node *n;

	if (bind_clauses(&s, is_top) < 0 || from_build(b, &s.from, &n) < 0 ||
	    add_groups(&s, &n) < 0)
		return -1;
	return bind_tail(b, n, &s.tail, out);
}
