/* ast_query.c - constructors of queries, FROM and windows; see ast_make.h. */
#include "broker/sql/ast_make_priv.h"

/* ---- Lists ---- */

struct ast_items ast_add_item(struct ast_items list, struct ast_item *item)
{
	LIST_ADD(list, item);
	list.depth = item ? MAX(list.depth, item->expr->depth) : list.depth;
	return list;
}

struct ast_rows ast_add_row(struct ast_rows list, struct ast_row *row)
{
	LIST_ADD(list, row);
	list.depth = row ? MAX(list.depth, row->exprs.depth) : list.depth;
	return list;
}

struct ast_orders ast_add_order(struct ast_orders list, struct ast_order *order)
{
	LIST_ADD(list, order);
	list.depth = order ? MAX(list.depth, order->expr->depth) : list.depth;
	return list;
}

struct ast_ctes ast_add_cte(struct ast_ctes list, struct ast_cte *cte)
{
	LIST_ADD(list, cte);
	list.depth = cte ? MAX(list.depth, cte->query->depth) : list.depth;
	return list;
}

struct ast_windows ast_add_window(struct ast_windows list, struct ast_window *w)
{
	LIST_ADD(list, w);
	list.depth = w ? MAX(list.depth, w->depth) : list.depth;
	return list;
}

struct ast_hints ast_add_hint(struct ast_hints list, struct ast_hint *h)
{
	LIST_ADD(list, h);
	return list;
}

struct ast_hint_options ast_add_hint_option(struct ast_hint_options list, struct ast_hint_option *o)
{
	LIST_ADD(list, o);
	return list;
}

/* ---- SELECT and VALUES ---- */

static struct ast_query *make_query(struct ast_maker *m, enum ast_query_kind kind, uint32_t begin)
{
	struct ast_query *q = MAKE(m, struct ast_query);

	if (!q)
		return NULL;
	q->kind = kind;
	q->span = (struct span){ begin, m->last.end };
	q->depth = 1;
	return q;
}

struct ast_query *ast_make_select(struct ast_maker *m, const struct ast_items *items,
				  const struct ast_group *group, const struct ast_query *parts)
{
	struct ast_query *q = MAKE(m, struct ast_query);

	if (!q)
		return NULL;
	*q = *parts;
	q->kind = QUERY_SELECT;
	q->span.end = m->last.end;
	q->items = items->first;
	q->group_by = group->elements;
	q->group_quantifier = group->quantifier;
	ast_contain(m, &q->depth, items->depth);
	if (q->from)
		ast_contain(m, &q->depth, q->from->depth);
	ast_contain_expr(m, &q->depth, q->where);
	ast_contain(m, &q->depth, q->group_by.depth);
	ast_contain_expr(m, &q->depth, q->having);
	for (const struct ast_window *w = q->windows; w; w = w->next)
		ast_contain(m, &q->depth, w->depth);
	ast_contain_expr(m, &q->depth, q->qualify);
	return q;
}

struct ast_query *ast_make_values(struct ast_maker *m, uint32_t begin, const struct ast_rows *rows)
{
	struct ast_query *q = make_query(m, QUERY_VALUES, begin);

	if (!q)
		return NULL;
	q->rows = rows->first;
	ast_contain(m, &q->depth, rows->depth);
	return q;
}

struct ast_query *ast_make_table_query(struct ast_maker *m, uint32_t begin,
				       const struct ast_name *table)
{
	struct ast_query *q = make_query(m, QUERY_TABLE, begin);

	if (q)
		q->table = *table;
	return q;
}

struct ast_item *ast_make_item(struct ast_maker *m, struct ast_expr *e, struct str alias)
{
	struct ast_item *item = MAKE(m, struct ast_item);

	if (!item)
		return NULL;
	item->expr = e;
	item->alias = alias;
	item->span = (struct span){ e->span.begin, m->last.end };
	return item;
}

struct ast_row *ast_make_row(struct ast_maker *m, uint32_t begin, const struct ast_list *exprs)
{
	struct ast_row *row = MAKE(m, struct ast_row);

	if (!row)
		return NULL;
	row->exprs = *exprs;
	row->span = (struct span){ begin, m->last.end };
	return row;
}

struct ast_order *ast_make_order(struct ast_maker *m, struct ast_expr *e, bool is_descending,
				 enum ast_nulls nulls)
{
	struct ast_order *order = MAKE(m, struct ast_order);

	if (!order)
		return NULL;
	order->expr = e;
	order->is_descending = is_descending;
	order->nulls = nulls;
	return order;
}

/* ---- Set operations, WITH, the end of a query ---- */

/* Whether a query says nothing beyond its branches, so that more of them can be added. */
static bool is_open_ended(const struct ast_query *q)
{
	return !q->ctes && !q->order_by && !q->limit && !q->offset;
}

static void add_branch(struct ast_maker *m, struct ast_query *q, struct ast_query *branch)
{
	struct ast_query **end = &q->last_branch;

	if (*end)
		(*end)->next = branch;
	else
		q->branches = branch;
	*end = branch;
	q->span.end = m->last.end;
	ast_contain(m, &q->depth, branch->depth);
}

struct ast_query *ast_make_set_op(struct ast_maker *m, enum ast_query_kind kind, bool is_all,
				  struct ast_query *left, struct ast_query *right)
{
	struct ast_query *q;

	if (m->has_failed)
		return NULL;
	if (left->kind == kind && left->is_all == is_all && is_open_ended(left)) {
		add_branch(m, left, right);
		return left;
	}
	q = make_query(m, kind, left->span.begin);
	if (!q)
		return NULL;
	q->is_all = is_all;
	add_branch(m, q, left);
	add_branch(m, q, right);
	return q;
}

struct ast_tail *ast_make_tail(struct ast_maker *m, const struct ast_orders *order_by,
			       const struct ast_limit *limit)
{
	struct ast_tail *tail = MAKE(m, struct ast_tail);

	if (!tail)
		return NULL;
	if (order_by) {
		tail->order_by = order_by->first;
		tail->depth = order_by->depth;
	}
	if (limit) {
		tail->limit = limit->limit;
		tail->offset = limit->offset;
	}
	return tail;
}

/*
 * (SELECT ... LIMIT 5) LIMIT 3 and WITH a AS (...) (WITH b AS (...) ...): what is
 * in parentheses has an end, or a beginning, of its own and becomes the one branch
 * of a new query.
 */
static struct ast_query *wrap(struct ast_maker *m, struct ast_query *q)
{
	struct ast_query *outer = make_query(m, QUERY_PARENS, q->span.begin);

	if (outer)
		add_branch(m, outer, q);
	return outer;
}

static bool has_tail(const struct ast_query *q)
{
	return q->order_by || q->limit || q->offset;
}

/* LIMIT ALL says nothing. */
static bool is_empty(const struct ast_tail *tail)
{
	return !tail->order_by && !tail->limit && !tail->offset;
}

struct ast_query *ast_finish_query(struct ast_maker *m, struct ast_query *q,
				   const struct ast_with *with, const struct ast_tail *tail)
{
	if (m->has_failed)
		return NULL;
	if (tail && is_empty(tail))
		tail = NULL;
	if ((with && q->ctes) || (with && has_tail(q)) || (tail && (q->ctes || has_tail(q))))
		q = wrap(m, q);
	if (!q)
		return NULL;
	if (with) {
		q->ctes = with->ctes;
		q->is_recursive = with->is_recursive;
		q->span.begin = with->begin;
		ast_contain(m, &q->depth, with->depth);
	}
	if (tail) {
		q->order_by = tail->order_by;
		q->limit = tail->limit;
		q->offset = tail->offset;
		ast_contain(m, &q->depth, tail->depth);
	}
	q->span.end = m->last.end;
	return q;
}

struct ast_query *ast_query_in_parens(struct ast_maker *m, uint32_t begin, struct ast_query *q)
{
	if (m->has_failed)
		return NULL;
	q->span = (struct span){ begin, m->last.end };
	return q;
}

struct ast_cte *ast_make_cte(struct ast_maker *m, struct sql_token name, struct ast_id *columns,
			     struct ast_query *q)
{
	struct ast_cte *cte = MAKE(m, struct ast_cte);

	if (!cte)
		return NULL;
	cte->name = ast_text(m, name);
	cte->span = (struct span){ name.begin, m->last.end };
	cte->columns = columns;
	cte->query = q;
	return cte;
}

/* ---- Hints ---- */

struct ast_hint *ast_make_hint(struct ast_maker *m, struct sql_token name,
			       const struct ast_hint_options *options)
{
	struct ast_hint *hint = MAKE(m, struct ast_hint);

	if (!hint)
		return NULL;
	hint->name = ast_text(m, name);
	hint->span = (struct span){ name.begin, m->last.end };
	hint->options = options ? options->first : NULL;
	return hint;
}

struct ast_hint_option *ast_make_hint_option(struct ast_maker *m, struct str key,
					     struct ast_expr *value)
{
	struct ast_hint_option *option = MAKE(m, struct ast_hint_option);

	if (!option)
		return NULL;
	option->key = key;
	option->value = value;
	return option;
}

/* ---- FROM ---- */

static struct ast_from *make_from(struct ast_maker *m, enum ast_from_kind kind, uint32_t begin,
				  const struct ast_alias *alias)
{
	struct ast_from *f = MAKE(m, struct ast_from);

	if (!f)
		return NULL;
	f->kind = kind;
	f->span = (struct span){ begin, m->last.end };
	f->depth = 1;
	if (alias) {
		f->alias = alias->name;
		f->columns = alias->columns;
	}
	return f;
}

struct ast_from *ast_make_table(struct ast_maker *m, const struct ast_name *name,
				struct ast_hint *hints, const struct ast_alias *alias,
				struct ast_sample *sample)
{
	struct ast_from *f = make_from(m, FROM_TABLE, name->span.begin, alias);

	if (!f)
		return NULL;
	f->table.name = *name;
	f->table.hints = hints;
	f->table.sample = sample;
	return f;
}

struct ast_from *ast_make_derived(struct ast_maker *m, uint32_t begin, bool is_lateral,
				  struct ast_query *q, const struct ast_alias *alias)
{
	struct ast_from *f = make_from(m, FROM_QUERY, begin, alias);

	if (!f)
		return NULL;
	f->query = q;
	f->is_lateral = is_lateral;
	ast_contain(m, &f->depth, q->depth);
	return f;
}

struct ast_from *ast_make_unnest(struct ast_maker *m, uint32_t begin, const struct ast_list *args,
				 bool has_ordinality, const struct ast_alias *alias)
{
	struct ast_from *f = make_from(m, FROM_UNNEST, begin, alias);

	if (!f)
		return NULL;
	f->unnest.args = *args;
	f->unnest.has_ordinality = has_ordinality;
	ast_contain(m, &f->depth, args->depth);
	return f;
}

struct ast_from *ast_make_table_call(struct ast_maker *m, uint32_t begin, bool is_lateral,
				     struct ast_expr *call, const struct ast_alias *alias)
{
	struct ast_from *f = make_from(m, FROM_FUNCTION, begin, alias);

	if (!f)
		return NULL;
	f->function = call;
	f->is_lateral = is_lateral;
	ast_contain_expr(m, &f->depth, call);
	return f;
}

struct ast_from *ast_make_join(struct ast_maker *m, struct ast_from *left, struct ast_from *right,
			       const struct ast_from *parts)
{
	struct ast_from *f = m->has_failed ? NULL : make_from(m, FROM_JOIN, left->span.begin, NULL);

	if (!f)
		return NULL;
	f->join = parts->join;
	f->join.left = left;
	f->join.right = right;
	ast_contain(m, &f->depth, left->depth);
	ast_contain(m, &f->depth, right->depth);
	ast_contain_expr(m, &f->depth, f->join.match);
	ast_contain_expr(m, &f->depth, f->join.on);
	return f;
}

struct ast_from *ast_from_in_parens(struct ast_maker *m, uint32_t begin, struct ast_from *f)
{
	if (m->has_failed)
		return NULL;
	f->span = (struct span){ begin, m->last.end };
	return f;
}

struct ast_sample *ast_make_sample(struct ast_maker *m, bool is_system, struct ast_expr *percentage,
				   struct ast_expr *seed)
{
	struct ast_sample *sample = MAKE(m, struct ast_sample);

	if (sample)
		*sample = (struct ast_sample){ is_system, percentage, seed };
	return sample;
}

/* ---- Windows ---- */

static void set_frame(struct ast_maker *m, struct ast_window *w, const struct ast_frame *frame)
{
	w->unit = frame->unit;
	w->start = frame->start;
	w->end = frame->end;
	w->exclude = frame->exclude;
	ast_contain_expr(m, &w->depth, frame->start.value);
	ast_contain_expr(m, &w->depth, frame->end.value);
}

struct ast_window *ast_make_window(struct ast_maker *m, uint32_t begin, struct str base,
				   const struct ast_list *partition_by,
				   const struct ast_orders *order_by, const struct ast_frame *frame)
{
	struct ast_window *w = MAKE(m, struct ast_window);

	if (!w)
		return NULL;
	w->span = (struct span){ begin, m->last.end };
	w->depth = 1;
	w->base = base;
	if (partition_by) {
		w->partition_by = *partition_by;
		ast_contain(m, &w->depth, partition_by->depth);
	}
	if (order_by) {
		w->order_by = order_by->first;
		ast_contain(m, &w->depth, order_by->depth);
	}
	if (frame)
		set_frame(m, w, frame);
	return w;
}

struct ast_window *ast_make_window_reference(struct ast_maker *m, struct sql_token name)
{
	struct ast_window *w = MAKE(m, struct ast_window);

	if (!w)
		return NULL;
	w->span = (struct span){ name.begin, name.end };
	w->depth = 1;
	w->base = ast_text(m, name);
	w->is_reference = true;
	return w;
}

struct ast_window *ast_name_window(struct ast_maker *m, struct sql_token name, struct ast_window *w)
{
	if (m->has_failed)
		return NULL;
	w->name = ast_text(m, name);
	w->span.begin = name.begin;
	return w;
}
