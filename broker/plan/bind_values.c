/*
 * bind_values.c - VALUES (...), (...): a table made of expressions.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/error.h"

static int bind_row(struct binder *b, const struct ast_row *row, uint32_t n_columns,
		    struct plan_expr **out)
{
	struct scope nothing = { 0 };
	struct bind_place at = { .clause = "VALUES", .scope = &nothing };
	uint32_t i = 0;

	if (row->exprs.n != n_columns)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, row->span.begin,
				    "values in this row: %u; in the first one: %u", row->exprs.n,
				    n_columns);
	for (const struct ast_expr *e = row->exprs.first; e; e = e->next) {
		if (bind_expr(b, &at, e, &out[i++]) < 0)
			return -1;
	}
	return 0;
}

static int bind_rows(struct binder *b, const struct ast_query *q, struct plan_node *n)
{
	uint32_t row = 0;

	for (const struct ast_row *r = q->rows; r; r = r->next) {
		struct plan_expr **exprs = plan_expr_list(&b->r, n->n_columns);

		if (!exprs || plan_step(&b->r) < 0 || bind_row(b, r, n->n_columns, exprs) < 0)
			return -1;
		n->values.rows[row++] = exprs;
	}
	return 0;
}

/* Brings one column of all rows to its common type. */
static int unify_column(struct binder *b, struct plan_node *n, uint32_t column,
			struct plan_expr **scratch)
{
	for (uint32_t i = 0; i < n->values.n_rows; i++)
		scratch[i] = n->values.rows[i][column];
	coop_pay(b->r.coop, (int64_t)n->values.n_rows * COOP_ROW);
	if (bind_common(b, scratch, n->values.n_rows, scratch[0]->sql_offset, "VALUES") < 0)
		return -1;
	for (uint32_t i = 0; i < n->values.n_rows; i++)
		n->values.rows[i][column] = scratch[i];
	n->columns[column].type = scratch[0]->type;
	return 0;
}

/* The other rows have as many as the first one, or are wrong for that. */
static int check_width(struct binder *b, const struct ast_row *row)
{
	uint32_t n = 0;

	for (const struct ast_expr *e = row->exprs.first; e; e = e->next) {
		if (plan_step(&b->r) < 0 ||
		    bind_check_width(b, ++n, "a row of VALUES", e->span.begin) < 0)
			return -1;
	}
	return 0;
}

static int make_node(struct binder *b, const struct ast_query *q, struct plan_node **out)
{
	struct plan_expr **scratch;
	struct plan_node *n;

	if (check_width(b, q->rows) < 0)
		return -1;
	n = plan_node_new(&b->r, PLAN_VALUES, q->rows->exprs.n);
	if (!n)
		return -1;
	for (const struct ast_row *r = q->rows; r; r = r->next)
		n->values.n_rows++;
	n->est_rows = n->values.n_rows;
	n->values.rows =
		arena_alloc(b->r.arena, sizeof(*n->values.rows) * n->values.n_rows, b->r.err);
	scratch = plan_expr_list(&b->r, n->values.n_rows);
	if (!n->values.rows || !scratch || bind_rows(b, q, n) < 0)
		return -1;
	for (uint32_t i = 0; i < n->n_columns; i++) {
		if (unify_column(b, n, i, scratch) < 0)
			return -1;
		n->columns[i].name = arena_printf(b->r.arena, b->r.err, "EXPR$%u", i);
		if (!n->columns[i].name.ptr)
			return -1;
	}
	*out = n;
	return 0;
}

/* The columns as what ORDER BY may name and position. */
static int list_columns(struct binder *b, const struct plan_node *n, struct scope *scope,
			struct item_list *items)
{
	items->n = n->n_columns;
	items->items = arena_calloc(b->r.arena, sizeof(*items->items) * items->n, b->r.err);
	if (!items->items)
		return -1;
	for (uint32_t i = 0; i < n->n_columns; i++) {
		struct scope_column c = { .name = n->columns[i].name, .type = n->columns[i].type };

		items->items[i].label = c.name;
		items->items[i].expr = plan_expr_column(&b->r, i, c.type, ERROR_NO_OFFSET);
		if (!items->items[i].expr || scope_add(&b->r, scope, &c) < 0)
			return -1;
	}
	return 0;
}

int bind_values(struct binder *b, const struct ast_query *q, bool is_top, struct plan_node **out)
{
	struct scope scope = { 0 };
	struct bind_place at = { .clause = "ORDER BY", .scope = &scope };
	struct query_tail tail = { 0 };
	struct plan_node *n;

	if (make_node(b, q, &n) < 0 || list_columns(b, n, &scope, &tail.items) < 0)
		return -1;
	at.end = scope.n_columns;
	if (bind_order(b, q, &at, &tail) < 0 || bind_limit(b, q, is_top, &tail) < 0)
		return -1;
	return bind_tail(b, n, &tail, out);
}
