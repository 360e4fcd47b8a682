/*
 * format.c - plans as text, for EXPLAIN and for messages.
 *
 * A column is printed by the name that it has in its table, however many nodes
 * lie between; a group or an aggregate by its expression.  Such text can grow
 * without limit where a query stands in a query, so every line has one.
 */
#include <string.h>

#include "broker/plan/plan.h"
#include "broker/plan/plan_expr.h"
#include "common/column/format.h"

#define LINE_BYTES_MAX 4096

struct printer {
	struct strbuf *out;
	size_t end; /* where the line is cut */
};

static struct printer printer_of(struct strbuf *out)
{
	return (struct printer){ out, out->len + LINE_BYTES_MAX };
}

static bool is_full(const struct printer *p)
{
	return p->out->len >= p->end || p->out->failed;
}

static void put(struct printer *p, const char *text)
{
	if (!is_full(p))
		strbuf_add_str(p->out, str_of(text));
}

static void put_str(struct printer *p, struct str s)
{
	if (is_full(p))
		return;
	s.len = str_utf8_cut(s, MIN(s.len, p->end - p->out->len));
	strbuf_add_str(p->out, s);
}

static void put_number(struct printer *p, uint64_t n)
{
	if (!is_full(p))
		strbuf_printf(p->out, "%llu", (unsigned long long)n);
}

static void finish(struct printer *p)
{
	if (is_full(p))
		strbuf_add_str(p->out, STR("..."));
}

/* ---- constants ---- */

static void put_quoted(struct printer *p, struct str s)
{
	struct str part;

	put(p, "'");
	do {
		part = str_split(&s, '\'');
		put_str(p, part);
		put(p, s.ptr ? "''" : "'");
	} while (s.ptr && !is_full(p));
}

static void put_value(struct printer *p, const struct value *v)
{
	if (is_full(p))
		return;
	if (v->is_null) {
		put(p, "NULL");
		return;
	}
	switch (v->type) {
	case COL_STRING:
	case COL_JSON:
		put_quoted(p, v->str);
		return;
	case COL_TIMESTAMP:
		put(p, "TIMESTAMP '");
		value_format(v, p->out);
		put(p, "'");
		return;
	case COL_BYTES: {
		struct value head = *v;

		head.str.len = MIN(head.str.len, (size_t)LINE_BYTES_MAX);
		put(p, "X'");
		value_format(&head, p->out);
		put(p, "'");
		return;
	}
	case COL_UNKNOWN:
	case COL_BOOLEAN:
	case COL_INT:
	case COL_LONG:
	case COL_FLOAT:
	case COL_DOUBLE:
	case COL_TYPE_COUNT:
		value_format(v, p->out);
		return;
	}
}

/* ---- expressions ---- */

static void put_expr(struct printer *p, const struct plan_expr *e, const struct plan_node *input);

/* Functions that are written as operators. */
static const struct {
	const char *function, *symbol;
} infix[] = {
	{ "plus", "+" },        { "minus", "-" },
	{ "times", "*" },       { "divide", "/" },
	{ "intdivide", "div" }, { "mod", "%" },
	{ "equals", "=" },      { "notequals", "<>" },
	{ "lessthan", "<" },    { "lessthanorequal", "<=" },
	{ "greaterthan", ">" }, { "greaterthanorequal", ">=" },
	{ "remainder", "%" },
};

static const char *symbol_of(const struct plan_expr *e)
{
	for (size_t i = 0; e->n_args == 2 && i < ARRAY_SIZE(infix); i++) {
		if (strcmp(e->def->name, infix[i].function) == 0)
			return infix[i].symbol;
	}
	return NULL;
}

/* "(a <between> b <between> c)" */
static void put_chain(struct printer *p, const struct plan_expr *e, const char *between,
		      const struct plan_node *input)
{
	put(p, "(");
	for (uint32_t i = 0; i < e->n_args && !is_full(p); i++) {
		if (i > 0) {
			put(p, " ");
			put(p, between);
			put(p, " ");
		}
		put_expr(p, e->args[i], input);
	}
	put(p, ")");
}

static void put_call(struct printer *p, const struct plan_expr *e, const struct plan_node *input)
{
	const char *symbol = symbol_of(e);

	if (symbol) {
		put_chain(p, e, symbol, input);
		return;
	}
	put(p, e->def->name);
	put(p, "(");
	for (uint32_t i = 0; i < e->n_args && !is_full(p); i++) {
		put(p, i > 0 ? ", " : "");
		put_expr(p, e->args[i], input);
	}
	if (plan_expr_is_call(e, "cast")) {
		put(p, " as ");
		put(p, col_types[e->type].name);
	}
	put(p, ")");
}

static void put_case(struct printer *p, const struct plan_expr *e, const struct plan_node *input)
{
	put(p, "case");
	for (uint32_t i = 0; i + 1 < e->n_args && !is_full(p); i += 2) {
		put(p, " when ");
		put_expr(p, e->args[i], input);
		put(p, " then ");
		put_expr(p, e->args[i + 1], input);
	}
	put(p, " else ");
	put_expr(p, e->args[e->n_args - 1], input);
	put(p, " end");
}

static void put_in(struct printer *p, const struct plan_expr *e, const struct plan_node *input)
{
	put(p, "(");
	put_expr(p, e->args[0], input);
	put(p, e->in.is_negated ? " not in (" : " in (");
	for (uint32_t i = 0; i < e->in.n_values && !is_full(p); i++) {
		put(p, i > 0 ? ", " : "");
		put_value(p, &e->in.values[i]);
	}
	if (e->in.has_null)
		put(p, e->in.n_values > 0 ? ", NULL" : "NULL");
	put(p, "))");
}

static void put_agg(struct printer *p, const struct plan_agg *agg, const struct plan_node *input)
{
	put(p, agg->def->name);
	put(p, agg->is_distinct ? "(distinct " : "(");
	if (agg->arg)
		put_expr(p, agg->arg, input);
	else
		put(p, "*");
	put(p, ")");
	if (agg->filter) {
		put(p, " filter (where ");
		put_expr(p, agg->filter, input);
		put(p, ")");
	}
}

static void put_column(struct printer *p, uint32_t column, const struct plan_node *n);

static void put_numbered(struct printer *p, uint32_t column, const struct plan_node *n)
{
	if (n && n->columns[column].name.len > 0) {
		put_str(p, n->columns[column].name);
		return;
	}
	put(p, "col");
	put_number(p, column);
}

static void put_computed(struct printer *p, const struct plan_expr *e, uint32_t column,
			 const struct plan_node *n)
{
	if (e->kind == EXPR_COLUMN)
		put_column(p, e->column, n->child[0]);
	else if (n->kind == PLAN_HASH_AGG || n->columns[column].name.len == 0)
		put_expr(p, e, n->child[0]);
	else
		put_numbered(p, column, n);
}

static void put_column(struct printer *p, uint32_t column, const struct plan_node *n)
{
	if (!n || is_full(p)) {
		put_numbered(p, column, n);
		return;
	}
	switch (n->kind) {
	case PLAN_SCAN:
		put_str(p, n->scan.table->columns[n->scan.columns[column]].name);
		return;
	case PLAN_FILTER:
	case PLAN_SORT:
	case PLAN_TOPN:
	case PLAN_LIMIT:
	case PLAN_COOPERATIVE:
		put_column(p, column, n->child[0]);
		return;
	case PLAN_PROJECT:
		put_computed(p, n->project.exprs[column], column, n);
		return;
	case PLAN_HASH_AGG:
		if (column < n->hash_agg.n_keys)
			put_computed(p, n->hash_agg.keys[column], column, n);
		else
			put_agg(p, &n->hash_agg.aggs[column - n->hash_agg.n_keys], n->child[0]);
		return;
	case PLAN_HASH_JOIN:
		if (column < n->child[0]->n_columns)
			put_column(p, column, n->child[0]);
		else
			put_column(p, column - n->child[0]->n_columns, n->child[1]);
		return;
	case PLAN_VALUES:
	case PLAN_RESULT:
	case PLAN_KIND_COUNT:
		put_numbered(p, column, n);
		return;
	}
}

static void put_expr(struct printer *p, const struct plan_expr *e, const struct plan_node *input)
{
	if (is_full(p))
		return;
	switch (e->kind) {
	case EXPR_COLUMN:
		put_column(p, e->column, input);
		return;
	case EXPR_CONST:
		put_value(p, &e->constant);
		return;
	case EXPR_CALL:
		put_call(p, e, input);
		return;
	case EXPR_AND:
		put_chain(p, e, "and", input);
		return;
	case EXPR_OR:
		put_chain(p, e, "or", input);
		return;
	case EXPR_CASE:
		put_case(p, e, input);
		return;
	case EXPR_IN:
		put_in(p, e, input);
		return;
	}
}

void plan_format_expr(const struct plan_expr *e, const struct plan_node *input, struct strbuf *out)
{
	struct printer p = printer_of(out);

	put_expr(&p, e, input);
	finish(&p);
}

/* ---- nodes ---- */

static void put_range(struct printer *p, const struct plan_node *n, const struct scan_range *r)
{
	struct str name = n->scan.table->columns[r->column].name;

	if (r->has_low) {
		put_str(p, name);
		put(p, " >= ");
		put_value(p, &r->low);
	}
	if (r->has_low && r->has_high)
		put(p, " and ");
	if (r->has_high) {
		put_str(p, name);
		put(p, " <= ");
		put_value(p, &r->high);
	}
}

static void put_scan(struct printer *p, const struct plan_node *n)
{
	put(p, " ");
	put_str(p, n->scan.table->name);
	for (uint32_t i = 0; i < n->n_columns; i++) {
		put(p, i > 0 ? ", " : " columns: ");
		put_column(p, i, n);
	}
	for (uint32_t i = 0; i < n->scan.n_ranges; i++) {
		put(p, i > 0 ? " and " : " ranges: ");
		put_range(p, n, &n->scan.ranges[i]);
	}
}

static void put_values(struct printer *p, const struct plan_node *n)
{
	put(p, " ");
	put_number(p, n->values.n_rows);
	put(p, n->values.n_rows == 1 ? " row" : " rows");
}

static void put_filter(struct printer *p, const struct plan_node *n)
{
	put(p, " ");
	put_expr(p, n->filter.predicate, n->child[0]);
}

static void put_project(struct printer *p, const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->n_columns; i++) {
		const struct plan_expr *e = n->project.exprs[i];

		put(p, i > 0 ? ", " : " ");
		put_expr(p, e, n->child[0]);
		if (e->kind == EXPR_COLUMN || n->columns[i].name.len == 0)
			continue;
		put(p, " as ");
		put_str(p, n->columns[i].name);
	}
}

static void put_hash_agg(struct printer *p, const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->hash_agg.n_keys; i++) {
		put(p, i > 0 ? ", " : " keys: ");
		put_expr(p, n->hash_agg.keys[i], n->child[0]);
	}
	for (uint32_t i = 0; i < n->hash_agg.n_aggs; i++) {
		put(p, i > 0 ? ", " : " aggs: ");
		put_agg(p, &n->hash_agg.aggs[i], n->child[0]);
	}
	if (n->hash_agg.limit > 0) {
		put(p, " limit ");
		put_number(p, n->hash_agg.limit);
	}
}

static void put_hash_join(struct printer *p, const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->hash_join.n_keys; i++) {
		put(p, i > 0 ? ", " : " on: ");
		put_expr(p, n->hash_join.left_keys[i], n->child[0]);
		put(p, " = ");
		put_expr(p, n->hash_join.right_keys[i], n->child[1]);
	}
}

static void put_keys(struct printer *p, const struct plan_node *n, const struct plan_sort_key *keys,
		     uint32_t n_keys)
{
	for (uint32_t i = 0; i < n_keys; i++) {
		put(p, i > 0 ? ", " : " by: ");
		put_column(p, keys[i].column, n->child[0]);
		put(p, keys[i].is_descending ? " desc" : "");
		if (keys[i].nulls_first != keys[i].is_descending)
			put(p, keys[i].nulls_first ? " nulls first" : " nulls last");
	}
}

static void put_sort(struct printer *p, const struct plan_node *n)
{
	put_keys(p, n, n->sort.keys, n->sort.n_keys);
}

static void put_bounds(struct printer *p, uint64_t offset, uint64_t limit)
{
	if (limit < UINT64_MAX)
		put_number(p, limit);
	else
		put(p, "all");
	if (offset > 0) {
		put(p, " offset ");
		put_number(p, offset);
	}
}

static void put_topn(struct printer *p, const struct plan_node *n)
{
	put_keys(p, n, n->topn.keys, n->topn.n_keys);
	put(p, " limit ");
	put_bounds(p, n->topn.offset, n->topn.limit);
}

static void put_limit(struct printer *p, const struct plan_node *n)
{
	put(p, " ");
	put_bounds(p, n->limit.offset, n->limit.limit);
}

static void put_nothing(struct printer *p, const struct plan_node *n)
{
	(void)p;
	(void)n;
}

static void put_result(struct printer *p, const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->n_columns; i++) {
		put(p, i > 0 ? ", " : " ");
		put_numbered(p, i, n);
		put(p, " ");
		put(p, col_types[n->columns[i].type].name);
	}
}

void plan_format_node(const struct plan_node *n, struct strbuf *out)
{
	static void (*const details[PLAN_KIND_COUNT])(struct printer *,
						      const struct plan_node *) = {
		[PLAN_SCAN] = put_scan,         [PLAN_VALUES] = put_values,
		[PLAN_FILTER] = put_filter,     [PLAN_PROJECT] = put_project,
		[PLAN_HASH_AGG] = put_hash_agg, [PLAN_HASH_JOIN] = put_hash_join,
		[PLAN_SORT] = put_sort,         [PLAN_TOPN] = put_topn,
		[PLAN_LIMIT] = put_limit,       [PLAN_COOPERATIVE] = put_nothing,
		[PLAN_RESULT] = put_result,
	};
	struct printer p = printer_of(out);

	put(&p, plan_kind_name(n->kind));
	details[n->kind](&p, n);
	finish(&p);
}
