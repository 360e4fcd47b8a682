/* make.c - see make.h. */
#include "tests/support/exec/make.h"

#include <string.h>

#include "broker/plan/fragment.h"
#include "broker/plan/plan_node.h"
#include "common/base/assert.h"

static struct token nobody_cancels;
static struct coop plenty;

/* What the planner's own constructors want. */
static struct plan_rewrite rewrite(struct plan_run *f)
{
	coop_unlimited(&plenty, &nobody_cancels);
	return (struct plan_rewrite){
		.arena = &f->arena,
		.coop = &plenty,
		.n_nodes = &f->n_nodes,
		.err = &f->err,
	};
}

static struct plan_node *must_node(struct plan_node *n)
{
	ASSERT(n);
	return n;
}

/* ---- expressions ---- */

static struct plan_expr *expr_new(struct plan_run *f, enum expr_kind kind, enum col_type type,
				  size_t n_args, struct plan_expr *const *args)
{
	struct plan_expr *e = ARENA_NEW(&f->arena, struct plan_expr, &f->err);

	ASSERT(e);
	*e = (struct plan_expr){ .kind = kind, .type = type, .n_args = (uint32_t)n_args };
	e->args = arena_alloc(&f->arena, sizeof(struct plan_expr *) * MAX(n_args, 1u), &f->err);
	ASSERT(e->args);
	if (n_args > 0)
		memcpy(e->args, args, sizeof(*args) * n_args);
	return e;
}

struct plan_expr *make_column(struct plan_run *f, uint32_t column, enum col_type type)
{
	struct plan_expr *e = expr_new(f, EXPR_COLUMN, type, 0, NULL);

	e->column = column;
	return e;
}

struct plan_expr *make_const(struct plan_run *f, struct value v)
{
	struct plan_expr *e = expr_new(f, EXPR_CONST, v.type, 0, NULL);

	e->constant = v;
	return e;
}

struct plan_expr *make_long(struct plan_run *f, int64_t v)
{
	return make_const(f, (struct value){ .type = COL_LONG, .i64 = v });
}

struct plan_expr *make_double(struct plan_run *f, double v)
{
	return make_const(f, (struct value){ .type = COL_DOUBLE, .f64 = v });
}

struct plan_expr *make_bool(struct plan_run *f, bool v)
{
	return make_const(f, (struct value){ .type = COL_BOOLEAN, .boolean = v });
}

struct plan_expr *make_text(struct plan_run *f, const char *text)
{
	return make_const(f, (struct value){ .type = COL_STRING, .str = str_of(text) });
}

struct plan_expr *make_null(struct plan_run *f, enum col_type type)
{
	return make_const(f, (struct value){ .type = type, .is_null = true });
}

struct plan_expr *make_call_of(struct plan_run *f, const struct func_def *def, enum col_type type,
			       size_t n_args, struct plan_expr *const *args)
{
	struct plan_expr *e = expr_new(f, EXPR_CALL, type, n_args, args);

	e->def = def;
	e->sql_offset = 4711;
	return e;
}

struct plan_expr *make_call(struct plan_run *f, const char *name, size_t n_args,
			    struct plan_expr *const *args)
{
	enum col_type types[16];
	struct func_match match;

	ASSERT(n_args <= ARRAY_SIZE(types));
	for (size_t i = 0; i < n_args; i++)
		types[i] = args[i]->type;
	ck_assert_msg(func_resolve(str_of(name), types, (uint32_t)n_args, &match, &f->err) == 0,
		      "%s", f->err.msg);
	for (size_t i = 0; i < n_args; i++)
		ck_assert_msg(match.arg_types[i] == types[i], "%s wants a cast of argument %zu",
			      name, i);
	return make_call_of(f, match.def, match.result, n_args, args);
}

struct plan_expr *make_and(struct plan_run *f, size_t n_args, struct plan_expr *const *args)
{
	return expr_new(f, EXPR_AND, COL_BOOLEAN, n_args, args);
}

struct plan_expr *make_or(struct plan_run *f, size_t n_args, struct plan_expr *const *args)
{
	return expr_new(f, EXPR_OR, COL_BOOLEAN, n_args, args);
}

struct plan_expr *make_case(struct plan_run *f, size_t n_args, struct plan_expr *const *args)
{
	ASSERT(n_args % 2 == 1);
	return expr_new(f, EXPR_CASE, args[n_args - 1]->type, n_args, args);
}

struct plan_expr *make_in(struct plan_run *f, struct plan_expr *arg, const struct value *values,
			  size_t n_values, bool has_null, bool is_negated)
{
	struct plan_expr *e = expr_new(f, EXPR_IN, COL_BOOLEAN, 1, &arg);

	e->in.values = values;
	e->in.n_values = (uint32_t)n_values;
	e->in.has_null = has_null;
	e->in.is_negated = is_negated;
	return e;
}

/* ---- nodes ---- */

struct plan_node *make_scan(struct plan_run *f, struct table *t, uint32_t n_columns,
			    const uint32_t *columns)
{
	struct plan_rewrite r = rewrite(f);
	struct plan_node *n = must_node(plan_node_new(&r, PLAN_SCAN, n_columns));

	n->scan.table = t;
	n->scan.columns = arena_alloc(&f->arena, sizeof(uint32_t) * MAX(n_columns, 1u), &f->err);
	ASSERT(n->scan.columns);
	for (uint32_t i = 0; i < n_columns; i++) {
		n->scan.columns[i] = columns[i];
		n->columns[i].type = t->columns[columns[i]].type;
	}
	return n;
}

struct plan_node *make_filter(struct plan_run *f, struct plan_node *input,
			      struct plan_expr *predicate)
{
	struct plan_rewrite r = rewrite(f);

	return must_node(plan_filter_new(&r, input, predicate));
}

struct plan_node *make_project(struct plan_run *f, struct plan_node *input, size_t n_exprs,
			       struct plan_expr *const *exprs)
{
	struct plan_rewrite r = rewrite(f);
	struct plan_expr **own = arena_alloc(&f->arena, sizeof(*own) * MAX(n_exprs, 1u), &f->err);

	ASSERT(own);
	memcpy(own, exprs, sizeof(*own) * n_exprs);
	return must_node(plan_project_new(&r, input, own, (uint32_t)n_exprs));
}

struct plan_node *make_limit(struct plan_run *f, struct plan_node *input, uint64_t offset,
			     uint64_t limit)
{
	struct plan_rewrite r = rewrite(f);

	return must_node(plan_limit_new(&r, input, offset, limit));
}

struct plan_node *make_guard(struct plan_run *f, struct plan_node *input)
{
	struct plan_rewrite r = rewrite(f);

	return must_node(plan_node_over(&r, PLAN_COOPERATIVE, input));
}

struct plan_node *make_values(struct plan_run *f, uint32_t n_rows, uint32_t n_columns,
			      struct plan_expr *const *cells)
{
	struct plan_rewrite r = rewrite(f);
	struct plan_node *n = must_node(plan_node_new(&r, PLAN_VALUES, n_columns));
	struct plan_expr **own =
		arena_alloc(&f->arena, sizeof(*own) * MAX((size_t)n_rows * n_columns, 1u), &f->err);

	n->values.n_rows = n_rows;
	n->values.rows = arena_calloc(&f->arena, sizeof(own) * MAX(n_rows, 1u), &f->err);
	ASSERT(own && n->values.rows);
	for (size_t i = 0; i < (size_t)n_rows * n_columns; i++)
		own[i] = cells[i];
	for (uint32_t row = 0; row < n_rows; row++)
		n->values.rows[row] = own + (size_t)row * n_columns;
	for (uint32_t i = 0; n_rows > 0 && i < n_columns; i++)
		n->columns[i].type = cells[i]->type;
	return n;
}

void make_plan(struct plan_run *f, struct plan_node *node, struct plan *out)
{
	struct plan_rewrite r = rewrite(f);

	*out = (struct plan){ .root = must_node(plan_node_over(&r, PLAN_RESULT, node)) };
	ck_assert_msg(rule_ensure_cooperative(&r, &out->root) == 0 && plan_cut(&r, out) == 0, "%s",
		      f->err.msg);
}
