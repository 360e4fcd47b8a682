/*
 * bind_op.c - operators: functions by another name, one row each.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"
#include "common/base/num.h"

typedef int bind_op_fn(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out);

struct op_row {
	bind_op_fn *bind;
	const char *function;
};

static const struct op_row ops[AST_OP_COUNT];

static struct str function_of(const struct ast_expr *e)
{
	return str_of(ops[e->op.op].function);
}

static int negate_truth(struct binder *b, struct plan_expr *e, uint32_t offset,
			struct plan_expr **out)
{
	return bind_function(b, STR("not"), &e, 1, offset, out);
}

/* ---- AND, OR, NOT and what asks for truth ---- */

static int bind_logic(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		      struct plan_expr **out)
{
	bool is_and = e->op.op == OP_AND;
	struct plan_expr *logic = plan_expr_new(&b->r, is_and ? EXPR_AND : EXPR_OR, COL_BOOLEAN,
						e->span.begin, e->op.args.n);
	uint32_t i = 0;

	if (!logic)
		return -1;
	for (const struct ast_expr *a = e->op.args.first; a; a = a->next) {
		if (bind_truth(b, at, a, is_and ? "AND" : "OR", &logic->args[i++]) < 0)
			return -1;
	}
	*out = logic;
	return 0;
}

/* NOT x, x IS [NOT] TRUE, x IS [NOT] FALSE */
static int bind_of_truth(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			 struct plan_expr **out)
{
	struct plan_expr *value;

	if (bind_truth(b, at, e->op.args.first, e->op.op == OP_NOT ? "NOT" : "IS TRUE or FALSE",
		       &value) < 0)
		return -1;
	return bind_function(b, function_of(e), &value, 1, e->span.begin, out);
}

/* ---- functions without further ado ---- */

static int bind_plain(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		      struct plan_expr **out)
{
	struct plan_expr **args;

	if (bind_args(b, at, &e->op.args, &args) < 0)
		return -1;
	return bind_function(b, function_of(e), args, e->op.args.n, e->span.begin, out);
}

static int bind_not_like(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			 struct plan_expr **out)
{
	struct plan_expr *like;

	if (bind_plain(b, at, e, &like) < 0)
		return -1;
	return negate_truth(b, like, e->span.begin, out);
}

static int bind_concat(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out)
{
	uint32_t n = e->op.args.n;
	struct plan_expr **args;

	if (bind_args(b, at, &e->op.args, &args) < 0)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(&b->r) < 0 || bind_cast(b, args[i], COL_STRING, &args[i]) < 0)
			return -1;
	}
	return bind_function(b, STR("concat"), args, n, e->span.begin, out);
}

/* ---- comparison ---- */

int bind_comparison(struct binder *b, const char *name, struct plan_expr *left,
		    struct plan_expr *right, uint32_t offset, struct plan_expr **out)
{
	struct plan_expr *sides[2] = { left, right };

	if (bind_common(b, sides, 2, offset, "a comparison") < 0)
		return -1;
	return bind_function(b, str_of(name), sides, 2, offset, out);
}

static int bind_compare(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			struct plan_expr **out)
{
	struct plan_expr **args;

	if (bind_args(b, at, &e->op.args, &args) < 0)
		return -1;
	return bind_comparison(b, ops[e->op.op].function, args[0], args[1], e->span.begin, out);
}

/* x BETWEEN a AND b is x >= a AND x <= b. */
static int bind_between(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			struct plan_expr **out)
{
	struct plan_expr *both = plan_expr_new(&b->r, EXPR_AND, COL_BOOLEAN, e->span.begin, 2);
	struct plan_expr **args;

	if (!both || bind_args(b, at, &e->op.args, &args) < 0 || bind_repeat(b, args[0]) < 0)
		return -1;
	if (bind_comparison(b, "greaterthanorequal", args[0], args[1], e->span.begin,
			    &both->args[0]) < 0 ||
	    bind_comparison(b, "lessthanorequal", args[0], args[2], e->span.begin, &both->args[1]) <
		    0)
		return -1;
	*out = both;
	return e->op.op == OP_BETWEEN ? 0 : negate_truth(b, both, e->span.begin, out);
}

/* ---- arithmetic ---- */

static bool is_interval(const struct ast_expr *e)
{
	return e->kind == AST_LITERAL && e->literal.kind == LIT_INTERVAL;
}

/* time + INTERVAL 'n' UNIT is timestampadd('UNIT', n, time). */
static int add_interval(struct binder *b, const struct bind_place *at, const struct ast_expr *time,
			const struct ast_expr *interval, bool is_minus, struct plan_expr **out)
{
	struct value unit = { .type = COL_STRING, .str = interval->literal.unit };
	struct value amount = { .type = COL_LONG };
	struct plan_expr *args[3];

	if (!num_parse_i64(interval->literal.text, &amount.i64) || amount.i64 == INT64_MIN)
		return error_set_at(b->r.err, ERR_NOT_SUPPORTED, interval->span.begin,
				    "not supported yet: INTERVAL '" STR_FMT "', only whole numbers",
				    STR_ARG(interval->literal.text));
	if (is_minus)
		amount.i64 = -amount.i64;
	args[0] = plan_expr_const(&b->r, &unit, interval->span.begin);
	args[1] = plan_expr_const(&b->r, &amount, interval->span.begin);
	if (!args[0] || !args[1] || bind_expr(b, at, time, &args[2]) < 0)
		return -1;
	if (args[2]->type != COL_TIMESTAMP && args[2]->type != COL_UNKNOWN)
		return error_set_at(b->r.err, ERR_NOT_SUPPORTED, interval->span.begin,
				    "not supported yet: INTERVAL with %s instead of TIMESTAMP",
				    col_types[args[2]->type].name);
	return bind_function(b, STR("timestampadd"), args, 3, time->span.begin, out);
}

static int bind_sum(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		    struct plan_expr **out)
{
	const struct ast_expr *left = e->op.args.first, *right = left->next;
	bool is_minus = e->op.op == OP_SUB;

	if (is_interval(right))
		return add_interval(b, at, left, right, is_minus, out);
	if (is_interval(left) && !is_minus)
		return add_interval(b, at, right, left, false, out);
	return bind_plain(b, at, e, out);
}

static bool is_real(const struct plan_expr *e)
{
	return e->type == COL_DOUBLE || e->type == COL_FLOAT;
}

static int bind_divide(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out)
{
	struct str name = STR("intdivide");
	struct plan_expr **args;

	if (bind_args(b, at, &e->op.args, &args) < 0)
		return -1;
	if (b->r.options->dialect == DIALECT_SINGLE_STAGE || is_real(args[0]) || is_real(args[1]))
		name = STR("divide");
	return bind_function(b, name, args, 2, e->span.begin, out);
}

static bool is_number_literal(const struct ast_expr *e)
{
	return e->kind == AST_LITERAL &&
	       (e->literal.kind == LIT_INTEGER || e->literal.kind == LIT_DECIMAL ||
		e->literal.kind == LIT_FLOAT);
}

static int bind_negate(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out)
{
	if (is_number_literal(e->op.args.first))
		return bind_negative(b, e->op.args.first, out);
	return bind_plain(b, at, e, out);
}

static int bind_plus_sign(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			  struct plan_expr **out)
{
	if (bind_expr(b, at, e->op.args.first, out) < 0)
		return -1;
	if (col_is_numeric((*out)->type) || (*out)->type == COL_UNKNOWN)
		return 0;
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
			    "+ needs a number, not %s", col_types[(*out)->type].name);
}

static const struct op_row ops[AST_OP_COUNT] = {
	[OP_OR] = { bind_logic, NULL },
	[OP_AND] = { bind_logic, NULL },
	[OP_NOT] = { bind_of_truth, "not" },
	[OP_EQ] = { bind_compare, "equals" },
	[OP_NE] = { bind_compare, "notequals" },
	[OP_LT] = { bind_compare, "lessthan" },
	[OP_LE] = { bind_compare, "lessthanorequal" },
	[OP_GT] = { bind_compare, "greaterthan" },
	[OP_GE] = { bind_compare, "greaterthanorequal" },
	[OP_IS_NULL] = { bind_plain, "isnull" },
	[OP_IS_NOT_NULL] = { bind_plain, "isnotnull" },
	[OP_IS_TRUE] = { bind_of_truth, "istrue" },
	[OP_IS_NOT_TRUE] = { bind_of_truth, "isnottrue" },
	[OP_IS_FALSE] = { bind_of_truth, "isfalse" },
	[OP_IS_NOT_FALSE] = { bind_of_truth, "isnotfalse" },
	[OP_IS_DISTINCT] = { bind_compare, "isdistinctfrom" },
	[OP_IS_NOT_DISTINCT] = { bind_compare, "isnotdistinctfrom" },
	[OP_BETWEEN] = { bind_between, NULL },
	[OP_NOT_BETWEEN] = { bind_between, NULL },
	[OP_LIKE] = { bind_plain, "like" },
	[OP_NOT_LIKE] = { bind_not_like, "like" },
	[OP_ADD] = { bind_sum, "plus" },
	[OP_SUB] = { bind_sum, "minus" },
	[OP_CONCAT] = { bind_concat, NULL },
	[OP_MUL] = { bind_plain, "times" },
	[OP_DIV] = { bind_divide, NULL },
	[OP_MOD] = { bind_plain, "mod" },
	[OP_NEG] = { bind_negate, "negate" },
	[OP_PLUS] = { bind_plus_sign, NULL },
};

int bind_op(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	    struct plan_expr **out)
{
	return ops[e->op.op].bind(b, at, e, out);
}
