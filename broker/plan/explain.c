/*
 * explain.c - see explain.h.
 *
 * Single-stage: one row per node with its number and its parent's.  Multi-stage:
 * one row with the statement and an indented tree.  In both, a node in which a
 * fragment ends begins with that fragment's number; what lies below it, down to
 * the next such nodes, is the fragment.
 */
#include "broker/plan/explain.h"

#include "broker/plan/fragment.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/error.h"

static void put_line(const struct plan *plan, const struct plan_node *n, struct strbuf *out)
{
	for (uint32_t i = 0; i < plan->n_fragments; i++) {
		if (plan->fragments[i].sink == n)
			strbuf_printf(out, "[fragment %u] ", i);
	}
	plan_format_node(n, out);
}

static void put_tree(const struct plan *plan, const struct plan_node *n, uint32_t depth,
		     struct strbuf *out)
{
	for (uint32_t i = 0; i < depth; i++)
		strbuf_add_str(out, STR("  "));
	put_line(plan, n, out);
	strbuf_add_char(out, '\n');
	for (unsigned i = 0; i < plan_n_children(n->kind); i++)
		put_tree(plan, n->child[i], depth + 1, out);
}

void plan_format_tree(const struct plan *plan, struct strbuf *out)
{
	put_tree(plan, plan->root, 0, out);
}

/* ---- rows ---- */

struct explainer {
	struct plan_rewrite *r;
	const struct plan *plan;
	struct plan_node *values; /* gets the rows */
	struct strbuf text;
};

static struct plan_expr *int_expr(struct plan_rewrite *r, int64_t v)
{
	return plan_expr_const(r, &(struct value){ .type = COL_INT, .i64 = v }, ERROR_NO_OFFSET);
}

static struct plan_expr *str_expr(struct plan_rewrite *r, struct str s)
{
	struct value v = { .type = COL_STRING, .str = arena_str(r->arena, s, r->err) };

	return v.str.ptr ? plan_expr_const(r, &v, ERROR_NO_OFFSET) : NULL;
}

/* The expressions of the next row, to be filled. */
static struct plan_expr **add_row(struct explainer *x)
{
	struct plan_node *n = x->values;
	struct plan_expr **row =
		arena_calloc(x->r->arena, sizeof(struct plan_expr *) * n->n_columns, x->r->err);

	if (row)
		n->values.rows[n->values.n_rows++] = row;
	return row;
}

static int add_node(struct explainer *x, const struct plan_node *n, int64_t parent)
{
	struct plan_expr **row = add_row(x);

	if (!row || plan_step(x->r) < 0)
		return -1;
	strbuf_reset(&x->text);
	put_line(x->plan, n, &x->text);
	if (!strbuf_ok(&x->text))
		return error_oom(x->r->err);
	row[0] = str_expr(x->r, strbuf_str(&x->text));
	row[1] = int_expr(x->r, n->id);
	row[2] = int_expr(x->r, parent);
	if (!row[0] || !row[1] || !row[2])
		return -1;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if (add_node(x, n->child[i], n->id) < 0)
			return -1;
	}
	return 0;
}

static int add_statement(struct explainer *x, struct str sql)
{
	struct plan_expr **row = add_row(x);

	if (!row)
		return -1;
	plan_format_tree(x->plan, &x->text);
	if (!strbuf_ok(&x->text))
		return error_oom(x->r->err);
	row[0] = str_expr(x->r, sql);
	row[1] = str_expr(x->r, strbuf_str(&x->text));
	return row[0] && row[1] ? 0 : -1;
}

static const struct plan_column single_stage[] = {
	{ { "Operator", 8 }, COL_STRING },
	{ { "Operator_Id", 11 }, COL_INT },
	{ { "Parent_Id", 9 }, COL_INT },
};
static const struct plan_column multi_stage[] = {
	{ { "SQL", 3 }, COL_STRING },
	{ { "PLAN", 4 }, COL_STRING },
};

static struct plan_node *values_new(struct plan_rewrite *r, const struct plan_column *columns,
				    uint32_t n_columns, uint32_t max_rows)
{
	struct plan_node *n = plan_node_new(r, PLAN_VALUES, n_columns);

	if (!n)
		return NULL;
	for (uint32_t i = 0; i < n_columns; i++)
		n->columns[i] = columns[i];
	n->values.rows = arena_calloc(r->arena, sizeof(*n->values.rows) * max_rows, r->err);
	return n->values.rows ? n : NULL;
}

static int fill(struct explainer *x, struct str sql)
{
	if (x->r->options->dialect == DIALECT_SINGLE_STAGE) {
		x->values =
			values_new(x->r, single_stage, ARRAY_SIZE(single_stage), x->plan->n_nodes);
		return x->values ? add_node(x, x->plan->root, -1) : -1;
	}
	x->values = values_new(x->r, multi_stage, ARRAY_SIZE(multi_stage), 1);
	return x->values ? add_statement(x, sql) : -1;
}

int plan_explain(struct plan_rewrite *r, struct str sql, struct plan *plan)
{
	struct explainer x = { .r = r, .plan = plan, .text = STRBUF_INIT };
	int failed = fill(&x, sql);

	strbuf_fini(&x.text);
	if (failed < 0)
		return -1;
	x.values->est_rows = x.values->values.n_rows;
	plan->root = plan_node_over(r, PLAN_RESULT, x.values);
	plan->is_explain = true;
	return plan->root ? plan_cut(r, plan) : -1;
}
