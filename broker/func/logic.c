/*
 * logic.c - NOT, IS [NOT] NULL, IS [NOT] TRUE, IS [NOT] FALSE.
 *
 * AND, OR and CASE decide which rows their arguments are computed for, so they
 * belong to the expression machine and are not here.
 */
#include <string.h>

#include "broker/func/kernel.h"

#define KERNEL   not_kernel
#define IN       uint8_t
#define OUT      uint8_t
#define APPLY(a) ((a) == 0)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* True where the argument's being NULL equals `is_null`. */
static enum step null_test(struct func_call *c, bool is_null)
{
	uint8_t *out = (uint8_t *)c->out;
	uint32_t n = c->sel->n_rows;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = sel_row(c->sel, i);

		out[row] = arg_is_valid(c, 0, row) != is_null;
	}
	return func_done(c, COOP_ROW);
}

static enum step isnull(struct func_call *c)
{
	return null_test(c, true);
}

static enum step isnotnull(struct func_call *c)
{
	return null_test(c, false);
}

/* True where the argument is the truth value `is`, or where it is not; NULL is neither. */
static enum step truth_test(struct func_call *c, bool is, bool is_negated)
{
	uint8_t *out = (uint8_t *)c->out;
	uint32_t n = c->sel->n_rows;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = sel_row(c->sel, i);
		bool holds = arg_is_valid(c, 0, row) && arg_bool(c, 0, row) == is;

		out[row] = holds != is_negated;
	}
	return func_done(c, COOP_ROW);
}

static enum step istrue(struct func_call *c)
{
	return truth_test(c, true, false);
}

static enum step isnottrue(struct func_call *c)
{
	return truth_test(c, true, true);
}

static enum step isfalse(struct func_call *c)
{
	return truth_test(c, false, false);
}

static enum step isnotfalse(struct func_call *c)
{
	return truth_test(c, false, true);
}

const struct func_def func_logic[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "not",
	  { FT_BOOL },
	  FT_BOOL,
	  FUNC_STRICT | FUNC_TOTAL,
	  not_kernel,
	  0,
	  "not(true)",
	  "false" },
	{ "isnull", { FT_ANY }, FT_BOOL, 0, isnull, 0, "isnull('x')", "false" },
	{ "isnotnull", { FT_ANY }, FT_BOOL, 0, isnotnull, 0, "isnotnull(NULL)", "false" },
	{ "istrue", { FT_BOOL }, FT_BOOL, 0, istrue, 0, "istrue(NULL)", "false" },
	{ "isnottrue", { FT_BOOL }, FT_BOOL, 0, isnottrue, 0, "isnottrue(NULL)", "true" },
	{ "isfalse", { FT_BOOL }, FT_BOOL, 0, isfalse, 0, "isfalse(false)", "true" },
	{ "isnotfalse", { FT_BOOL }, FT_BOOL, 0, isnotfalse, 0, "isnotfalse(NULL)", "true" },
	{ 0 },
};
