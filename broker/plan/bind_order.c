/*
 * bind_order.c - ORDER BY, DISTINCT, LIMIT: the end of every query.
 *
 * A sort works on columns.  An ORDER BY expression that is not in the select
 * list becomes a hidden column behind it, which is dropped after the sort.
 */
#include "broker/plan/bind.h"
#include "broker/plan/physical.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/error.h"
#include "common/base/num.h"

/* ---- ORDER BY ---- */

static bool nulls_first(const struct ast_order *o)
{
	/* NULL is the largest value. */
	if (o->nulls == NULLS_DEFAULT)
		return o->is_descending;
	return o->nulls == NULLS_FIRST;
}

static int bind_key(struct binder *b, const struct ast_order *o, const struct bind_place *at,
		    struct query_tail *tail)
{
	struct order_key *key = &tail->order.keys[tail->order.n++];

	*key = (struct order_key){
		.offset = o->expr->span.begin,
		.is_descending = o->is_descending,
		.nulls_first = nulls_first(o),
	};
	if (bind_ordinal(b, o->expr, "ORDER BY", &tail->items, &key->item) < 0)
		return -1;
	if (key->item != UINT32_MAX)
		return 0;
	return bind_expr(b, at, o->expr, &key->expr);
}

int bind_order(struct binder *b, const struct ast_query *q, const struct bind_place *at,
	       struct query_tail *tail)
{
	uint32_t n = 0;

	for (const struct ast_order *o = q->order_by; o; o = o->next)
		n++;
	tail->order = (struct order_list){ 0 };
	tail->order.keys = arena_calloc(b->r.arena, sizeof(*tail->order.keys) * n, b->r.err);
	if (!tail->order.keys)
		return -1;
	for (const struct ast_order *o = q->order_by; o; o = o->next) {
		if (plan_step(&b->r) < 0 || bind_key(b, o, at, tail) < 0)
			return -1;
	}
	return 0;
}

/* ---- LIMIT ---- */

static uint64_t count_of(const struct ast_expr *e)
{
	int64_t n;

	/* What does not fit is more rows than there can be. */
	return num_parse_i64(e->literal.text, &n) ? (uint64_t)n : INT64_MAX;
}

int bind_limit(struct binder *b, const struct ast_query *q, bool is_top, struct query_tail *tail)
{
	const struct plan_options *o = b->r.options;

	tail->offset = q->offset ? count_of(q->offset) : 0;
	tail->limit = q->limit ? count_of(q->limit) : UINT64_MAX;
	if (!is_top)
		return 0;
	if (q->limit && tail->limit > (uint64_t)MAX(o->max_limit, 0))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, q->limit->span.begin,
				    "Value for 'LIMIT' (" STR_FMT
				    ") exceeds maximum allowed value of %lld",
				    STR_ARG(q->limit->literal.text), (long long)o->max_limit);
	if (!q->limit && q->kind == QUERY_SELECT && o->dialect == DIALECT_SINGLE_STAGE &&
	    o->default_limit >= 0)
		tail->limit = (uint64_t)o->default_limit;
	return 0;
}

/* ---- the nodes ---- */

/* The item that a key equals; fails when it has to be one and is not. */
static int match_item(struct binder *b, const struct query_tail *tail, struct order_key *key)
{
	if (key->item != UINT32_MAX)
		return 0;
	for (uint32_t i = 0; i < tail->items.n; i++) {
		if (plan_expr_equal(tail->items.items[i].expr, key->expr)) {
			key->item = i;
			return 0;
		}
		coop_pay(b->r.coop, COOP_ROW);
		if (coop_point(b->r.coop, b->r.err) < 0)
			return -1;
	}
	if (!tail->is_distinct)
		return 0;
	return error_set_at(
		b->r.err, ERR_QUERY_VALIDATION, key->offset,
		"ORDER BY after SELECT DISTINCT needs an expression of the select list");
}

static bool has_key(const struct order_list *order, uint32_t n, uint32_t item)
{
	for (uint32_t i = 0; i < n; i++) {
		if (order->keys[i].item == item)
			return true;
	}
	return false;
}

/* Items, then hidden columns.  Constants and repeated keys order nothing and drop out. */
static int list_exprs(struct binder *b, struct query_tail *tail, struct plan_expr ***out,
		      uint32_t *n_exprs)
{
	uint32_t n = tail->items.n, n_keys = 0;
	struct plan_expr **list = plan_expr_list(&b->r, (size_t)n + tail->order.n);

	if (!list)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		list[i] = tail->items.items[i].expr;
	for (uint32_t i = 0; i < tail->order.n; i++) {
		struct order_key key = tail->order.keys[i];

		if (plan_step(&b->r) < 0)
			return -1;
		if (key.item == UINT32_MAX && plan_expr_is_const(key.expr))
			continue;
		if (match_item(b, tail, &key) < 0)
			return -1;
		if (key.item == UINT32_MAX) {
			key.item = n;
			list[n++] = key.expr;
		}
		coop_pay(b->r.coop, n_keys);
		if (!has_key(&tail->order, n_keys, key.item))
			tail->order.keys[n_keys++] = key;
	}
	tail->order.n = n_keys;
	*out = list;
	*n_exprs = n;
	return 0;
}

static struct plan_sort_key *sort_keys(struct binder *b, const struct order_list *order)
{
	struct plan_sort_key *keys =
		arena_alloc(b->r.arena, sizeof(*keys) * MAX(order->n, 1u), b->r.err);

	for (uint32_t i = 0; keys && i < order->n; i++)
		keys[i] = (struct plan_sort_key){
			.column = order->keys[i].item,
			.is_descending = order->keys[i].is_descending,
			.nulls_first = order->keys[i].nulls_first,
		};
	return keys;
}

static void name_columns(struct plan_node *n, const struct item_list *items)
{
	for (uint32_t i = 0; i < items->n; i++)
		n->columns[i].name = items->items[i].label;
}

/* The first n columns of a node. */
static int drop_hidden(struct binder *b, struct plan_node *child, uint32_t n,
		       struct plan_node **out)
{
	struct plan_expr **exprs = plan_expr_list(&b->r, n);

	if (!exprs)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		exprs[i] = plan_expr_column(&b->r, i, child->columns[i].type, ERROR_NO_OFFSET);
		if (!exprs[i])
			return -1;
	}
	*out = plan_project_new(&b->r, child, exprs, n);
	return *out ? 0 : -1;
}

int bind_tail(struct binder *b, struct plan_node *child, struct query_tail *tail,
	      struct plan_node **out)
{
	struct plan_sort_key *keys;
	struct plan_expr **exprs;
	struct plan_node *n;
	uint32_t n_exprs;

	if (list_exprs(b, tail, &exprs, &n_exprs) < 0)
		return -1;
	keys = sort_keys(b, &tail->order);
	if (tail->is_distinct)
		n = plan_agg_new(&b->r, child, exprs, n_exprs, NULL, 0);
	else
		n = plan_project_new(&b->r, child, exprs, n_exprs);
	if (!keys || !n)
		return -1;
	name_columns(n, &tail->items);
	if (plan_order(&b->r, n, keys, tail->order.n, tail->offset, tail->limit, &n) < 0)
		return -1;
	if (n_exprs > tail->items.n && drop_hidden(b, n, tail->items.n, &n) < 0)
		return -1;
	name_columns(n, &tail->items);
	*out = n;
	return 0;
}
