/*
 * bind_items.c - the select list: stars, labels, aliases and ordinals.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"
#include "common/base/num.h"
#include <stdlib.h>

/* ---- labels ---- */

/* Pinot's single-stage engine prints the expression. */
static int print_label(struct binder *b, const struct ast_expr *e, struct str *out)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;

	sql_print_label(e, &text);
	if (!strbuf_ok(&text))
		return error_oom(b->r.err);
	*out = arena_str(b->r.arena, strbuf_str(&text), b->r.err);
	return out->ptr ? 0 : -1;
}

/* The declared name of a column that is written plainly; .ptr NULL when there is none. */
static struct str column_label(const struct ast_expr *e, const struct scope *scope)
{
	uint32_t at, other;

	if (e->kind != AST_COLUMN)
		return (struct str){ 0 };
	if (scope_find(scope, 0, scope->n_columns, &e->column, &at, &other) == 0)
		return e->column.parts[e->column.n_parts - 1];
	return scope->columns[at].name;
}

static int find_label(struct binder *b, const struct scope *scope, struct bind_item *item,
		      uint32_t position)
{
	item->label = item->alias;
	if (!item->label.ptr)
		item->label = column_label(item->ast, scope);
	if (item->label.ptr)
		return 0;
	if (b->r.options->dialect == DIALECT_SINGLE_STAGE)
		return print_label(b, item->ast, &item->label);
	item->label = arena_printf(b->r.arena, b->r.err, "EXPR$%u", position);
	return item->label.ptr ? 0 : -1;
}

/* ---- stars ---- */

static bool is_in_star(const struct ast_expr *star, const struct scope_column *c)
{
	const struct ast_name *name = &star->star;

	return name->n_parts == 0 || scope_is_table(c, name->parts, name->n_parts);
}

static int count_star(struct binder *b, const struct ast_expr *star, const struct scope *scope,
		      uint32_t *n)
{
	uint32_t before = *n;

	for (uint32_t i = 0; i < scope->n_columns; i++)
		*n += is_in_star(star, &scope->columns[i]);
	coop_pay(b->r.coop, (int64_t)scope->n_columns * COOP_ROW);
	if (*n > before)
		return 0;
	if (star->star.n_parts == 0)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, star->span.begin,
				    "SELECT * needs a FROM clause");
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, star->span.begin,
			    "'" STR_FMT "' in front of .* is no table of the FROM clause",
			    STR_ARG(star->star.parts[star->star.n_parts - 1]));
}

static int compare_labels(const void *a, const void *b)
{
	const struct bind_item *x = a, *y = b;
	int cmp = str_cmp(x->label, y->label);

	return cmp != 0 ? cmp : (x->column > y->column) - (x->column < y->column);
}

static int add_star(struct binder *b, const struct ast_expr *star, const struct scope *scope,
		    struct item_list *list)
{
	struct bind_item *first = list->items + list->n;

	for (uint32_t i = 0; i < scope->n_columns; i++) {
		if (plan_step(&b->r) < 0)
			return -1;
		if (!is_in_star(star, &scope->columns[i]))
			continue;
		list->items[list->n++] = (struct bind_item){
			.column = i,
			.offset = star->span.begin,
			.label = scope->columns[i].name,
		};
	}
	if (b->r.options->star_by_name)
		qsort(first, (size_t)(list->items + list->n - first), sizeof(*first),
		      compare_labels);
	return 0;
}

/* ---- the list ---- */

int bind_check_width(struct binder *b, uint32_t n_columns, const char *list, uint32_t offset)
{
	uint32_t max = b->r.options->max_columns;

	if (n_columns <= max)
		return 0;
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, offset,
			    "%s has too many columns: at most %u are allowed", list, max);
}

/* A star adds no more columns than a scope has, so the sum is checked before it can wrap. */
static int count_items(struct binder *b, const struct ast_query *q, const struct scope *scope,
		       uint32_t *n)
{
	*n = 0;
	for (const struct ast_item *i = q->items; i; i = i->next) {
		if (plan_step(&b->r) < 0)
			return -1;
		if (i->expr->kind != AST_STAR)
			++*n;
		else if (count_star(b, i->expr, scope, n) < 0)
			return -1;
		if (bind_check_width(b, *n, "the select list", i->expr->span.begin) < 0)
			return -1;
	}
	return 0;
}

static int add_item(struct binder *b, const struct ast_item *i, const struct scope *scope,
		    struct item_list *list)
{
	struct bind_item *item = &list->items[list->n];

	if (i->expr->kind == AST_STAR)
		return add_star(b, i->expr, scope, list);
	*item = (struct bind_item){
		.ast = i->expr,
		.alias = i->alias,
		.offset = i->expr->span.begin,
	};
	return find_label(b, scope, item, list->n++);
}

int bind_item_list(struct binder *b, const struct ast_query *q, const struct scope *scope,
		   struct item_list *out)
{
	uint32_t n;

	*out = (struct item_list){ 0 };
	if (count_items(b, q, scope, &n) < 0)
		return -1;
	out->items = arena_calloc(b->r.arena, sizeof(*out->items) * n, b->r.err);
	if (!out->items)
		return -1;
	for (const struct ast_item *i = q->items; i; i = i->next) {
		if (plan_step(&b->r) < 0 || add_item(b, i, scope, out) < 0)
			return -1;
	}
	return 0;
}

int bind_item(struct binder *b, const struct bind_place *at, const struct bind_item *item,
	      struct plan_expr **out)
{
	struct bind_place inside = *at;

	if (item->ast) {
		inside.items = NULL;
		return bind_expr(b, &inside, item->ast, out);
	}
	*out = plan_expr_column(&b->r, item->column, at->scope->columns[item->column].type,
				item->offset);
	return *out ? 0 : -1;
}

int bind_ordinal(struct binder *b, const struct ast_expr *e, const char *clause,
		 const struct item_list *items, uint32_t *out)
{
	int64_t n;

	*out = UINT32_MAX;
	if (e->kind != AST_LITERAL || e->literal.kind != LIT_INTEGER)
		return 0;
	if (!num_parse_i64(e->literal.text, &n) || n < 1 || n > items->n)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "%s position " STR_FMT " is not in the select list (1 to %u)",
				    clause, STR_ARG(e->literal.text), items->n);
	*out = (uint32_t)n - 1;
	return 0;
}
