/*
 * bind_case.c - CASE, and the functions that are CASE in disguise.
 *
 * They cannot be functions: a branch that is not taken must not be evaluated.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"

/* Conditions and results, to be filled; args[2 i] decides over args[2 i + 1]. */
static struct plan_expr *case_new(struct binder *b, uint32_t n_whens, uint32_t offset)
{
	return plan_expr_new(&b->r, EXPR_CASE, COL_UNKNOWN, offset, 2 * n_whens + 1);
}

/* Brings the results to one type. */
static int case_finish(struct binder *b, struct plan_expr *e, const char *what,
		       struct plan_expr **out)
{
	uint32_t n = e->n_args / 2 + 1;
	struct plan_expr **results = plan_expr_list(&b->r, n);

	if (!results)
		return -1;
	for (uint32_t i = 0; i + 1 < n; i++)
		results[i] = e->args[2 * i + 1];
	results[n - 1] = e->args[e->n_args - 1];
	if (bind_common(b, results, n, e->sql_offset, what) < 0)
		return -1;
	for (uint32_t i = 0; i + 1 < n; i++)
		e->args[2 * i + 1] = results[i];
	e->args[e->n_args - 1] = results[n - 1];
	e->type = results[0]->type;
	*out = e;
	return 0;
}

/* ---- CASE ---- */

static int bind_when(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		     struct plan_expr *operand, struct plan_expr **out)
{
	struct plan_expr *value;

	if (!operand)
		return bind_truth(b, at, e, "WHEN", out);
	if (bind_expr(b, at, e, &value) < 0 || bind_repeat(b, operand) < 0)
		return -1;
	return bind_comparison(b, "equals", operand, value, e->span.begin, out);
}

int bind_case(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	      struct plan_expr **out)
{
	struct plan_expr *operand = NULL, *result;
	uint32_t n = 0, i = 0;

	for (const struct ast_when *w = e->when.whens; w; w = w->next)
		n++;
	result = case_new(b, n, e->span.begin);
	if (!result || (e->when.operand && bind_expr(b, at, e->when.operand, &operand) < 0))
		return -1;
	for (const struct ast_when *w = e->when.whens; w; w = w->next, i += 2) {
		if (bind_when(b, at, w->condition, operand, &result->args[i]) < 0 ||
		    bind_expr(b, at, w->result, &result->args[i + 1]) < 0)
			return -1;
	}
	if (e->when.otherwise) {
		if (bind_expr(b, at, e->when.otherwise, &result->args[i]) < 0)
			return -1;
	} else {
		result->args[i] = plan_expr_null(&b->r, COL_UNKNOWN, e->span.begin);
		if (!result->args[i])
			return -1;
	}
	return case_finish(b, result, "CASE", out);
}

/* ---- functions ---- */

struct conditional {
	const struct ast_expr *ast;
	struct plan_expr **args; /* bound */
	uint32_t n;
};

typedef int conditional_fn(struct binder *b, const struct conditional *c, struct plan_expr **out);

/* COALESCE(a, b, c): a if it is not NULL, else b if it is not NULL, else c. */
static int bind_coalesce(struct binder *b, const struct conditional *c, struct plan_expr **out)
{
	uint32_t offset = c->ast->span.begin;
	struct plan_expr *e = case_new(b, c->n - 1, offset);

	if (!e)
		return -1;
	for (uint32_t i = 0; i + 1 < c->n; i++) {
		if (bind_repeat(b, c->args[i]) < 0 ||
		    bind_function(b, STR("isnotnull"), &c->args[i], 1, offset,
				  &e->args[(size_t)2 * i]) < 0)
			return -1;
		e->args[2 * i + 1] = c->args[i];
	}
	e->args[e->n_args - 1] = c->args[c->n - 1];
	return case_finish(b, e, "COALESCE", out);
}

/* NULLIF(a, b): NULL if a = b, else a. */
static int bind_nullif(struct binder *b, const struct conditional *c, struct plan_expr **out)
{
	uint32_t offset = c->ast->span.begin;
	struct plan_expr *e = case_new(b, 1, offset);

	if (!e || bind_repeat(b, c->args[0]) < 0 ||
	    bind_comparison(b, "equals", c->args[0], c->args[1], offset, &e->args[0]) < 0)
		return -1;
	e->args[1] = plan_expr_null(&b->r, COL_UNKNOWN, offset);
	e->args[2] = c->args[0];
	return e->args[1] ? case_finish(b, e, "NULLIF", out) : -1;
}

/* CASEWHEN(condition, result, ..., otherwise); IF is the one of three arguments. */
static int bind_casewhen(struct binder *b, const struct conditional *c, struct plan_expr **out)
{
	struct plan_expr *e = case_new(b, c->n / 2, c->ast->span.begin);

	if (!e)
		return -1;
	for (uint32_t i = 0; i < c->n; i++) {
		e->args[i] = c->args[i];
		if (i % 2 == 1 || i + 1 == c->n)
			continue;
		if (c->args[i]->type == COL_UNKNOWN &&
		    bind_cast(b, c->args[i], COL_BOOLEAN, &e->args[i]) < 0)
			return -1;
		if (e->args[i]->type != COL_BOOLEAN)
			return error_set_at(b->r.err, ERR_QUERY_VALIDATION, c->args[i]->sql_offset,
					    "argument %u of " STR_FMT
					    " needs to be BOOLEAN, not %s",
					    i + 1, STR_ARG(c->ast->call.name.parts[0]),
					    col_types[e->args[i]->type].name);
	}
	return case_finish(b, e, "CASE", out);
}

static const struct conditional_row {
	const char *name;
	uint32_t min_args, max_args;
	bool is_odd; /* needs an odd number of arguments */
	conditional_fn *bind;
} conditionals[] = {
	{ "coalesce", 1, UINT32_MAX, false, bind_coalesce },
	{ "ifnull", 2, 2, false, bind_coalesce },
	{ "nvl", 2, 2, false, bind_coalesce },
	{ "nullif", 2, 2, false, bind_nullif },
	{ "if", 3, 3, true, bind_casewhen },
	{ "casewhen", 3, UINT32_MAX, true, bind_casewhen },
};

static int check_arguments(struct binder *b, const struct conditional_row *row,
			   const struct ast_expr *e)
{
	uint32_t n = e->call.args.n;

	if (e->call.is_distinct || e->call.is_star || e->call.filter)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "%s is no aggregate", row->name);
	if (n < row->min_args || n > row->max_args || (row->is_odd && n % 2 == 0))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "wrong number of arguments for %s: %u", row->name, n);
	return 0;
}

int bind_conditional(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		     struct plan_expr **out)
{
	for (size_t i = 0; i < ARRAY_SIZE(conditionals); i++) {
		const struct conditional_row *row = &conditionals[i];
		struct conditional c = { .ast = e, .n = e->call.args.n };

		if (!str_eq_name(e->call.name.parts[0], str_of(row->name)))
			continue;
		if (check_arguments(b, row, e) < 0 || bind_args(b, at, &e->call.args, &c.args) < 0)
			return -1;
		if (c.n > 1)
			return row->bind(b, &c, out);
		*out = c.args[0];
		return 0;
	}
	return 1;
}
