/*
 * compare.c - = <> < <= > >=, IS [NOT] DISTINCT FROM, GREATEST and LEAST.
 *
 * Doubles compare in the order of ORDER BY, MIN and joins, in which NaN equals
 * NaN and is above all numbers, so that a row that GROUP BY or a hash join
 * takes for equal is equal for a predicate as well.  -0.0 equals 0.0.
 *
 * Strings compare as bytes.  Length and first four bytes decide nearly all
 * cases without a look at the text.
 */
#include <string.h>

#include "broker/func/kernel.h"

/* Total order out of the two IEEE predicates that are false on NaN. */
#define F64_EQ(a, b) (((a) == (b)) | (((a) != (a)) & ((b) != (b))))
#define F64_LE(a, b) (((a) <= (b)) | ((b) != (b)))

/* The inline part as numbers, which compare faster than bytes; unused bytes are 0. */
static inline uint32_t str_prefix(const struct strv *v)
{
	uint32_t prefix;

	memcpy(&prefix, v->inlined, sizeof(prefix));
	return prefix;
}

static inline uint64_t str_tail(const struct strv *v)
{
	uint64_t tail;

	memcpy(&tail, v->inlined + sizeof(uint32_t), sizeof(tail));
	return tail;
}

/* 0 when equal.  False: a long text needs another call. */
static ALWAYS_INLINE bool str_differs(struct func_call *c, const struct strv *a,
				      const struct strv *b, size_t *work, int *differs)
{
	*differs = 1;
	if (a->len != b->len || str_prefix(a) != str_prefix(b))
		return true;
	if (a->len > TEXT_SLICE)
		return text_compare((struct text_job *)c->state, a, b, work, differs);
	if (a->len > STRV_INLINE_MAX) {
		*work += a->len;
		*differs = memcmp(a->far.ptr, b->far.ptr, a->len) != 0;
	} else {
		*differs = str_tail(a) != str_tail(b);
	}
	return true;
}

/* Big-endian numbers sort like their bytes; bytes that are missing are 0, below all others. */
static ALWAYS_INLINE bool str_order(struct func_call *c, const struct strv *a, const struct strv *b,
				    size_t *work, int *cmp)
{
	uint32_t prefix_a = __builtin_bswap32(str_prefix(a));
	uint32_t prefix_b = __builtin_bswap32(str_prefix(b));

	if (prefix_a != prefix_b) {
		*cmp = prefix_a < prefix_b ? -1 : 1;
		return true;
	}
	return text_compare((struct text_job *)c->state, a, b, work, cmp);
}

#define COMPARE        equals
#define COMPARE_ROW    str_differs
#define TEST(a, b)     ((a) == (b))
#define TEST_F64(a, b) F64_EQ(a, b)
#include "broker/func/compare.inc"

#define COMPARE        notequals
#define COMPARE_ROW    str_differs
#define TEST(a, b)     ((a) != (b))
#define TEST_F64(a, b) !F64_EQ(a, b)
#include "broker/func/compare.inc"

#define COMPARE        lessthan
#define COMPARE_ROW    str_order
#define TEST(a, b)     ((a) < (b))
#define TEST_F64(a, b) !F64_LE(b, a)
#include "broker/func/compare.inc"

#define COMPARE        lessthanorequal
#define COMPARE_ROW    str_order
#define TEST(a, b)     ((a) <= (b))
#define TEST_F64(a, b) F64_LE(a, b)
#include "broker/func/compare.inc"

#define COMPARE        greaterthan
#define COMPARE_ROW    str_order
#define TEST(a, b)     ((a) > (b))
#define TEST_F64(a, b) !F64_LE(a, b)
#include "broker/func/compare.inc"

#define COMPARE        greaterthanorequal
#define COMPARE_ROW    str_order
#define TEST(a, b)     ((a) >= (b))
#define TEST_F64(a, b) F64_LE(b, a)
#include "broker/func/compare.inc"

/* ---- comparisons of any lane by a row function ---- */

/* Three-way comparison of argument x with argument y of one row; false: call again. */
static bool args_compare(struct func_call *c, uint32_t x, uint32_t y, uint32_t row, size_t *work,
			 int *cmp)
{
	switch (col_lane_of(c->args[x].type)) {
	case LANE_BOOL:
		*cmp = arg_bool(c, x, row) - arg_bool(c, y, row);
		break;
	case LANE_I64: {
		int64_t a = arg_i64(c, x, row), b = arg_i64(c, y, row);

		*cmp = (a > b) - (a < b);
		break;
	}
	case LANE_F64:
		*cmp = f64_cmp(arg_f64(c, x, row), arg_f64(c, y, row));
		break;
	case LANE_STR:
		return str_order(c, arg_strv(c, x, row), arg_strv(c, y, row), work, cmp);
	case LANE_COUNT:
		break;
	}
	return true;
}

static inline enum step distinct_row(struct func_call *c, uint32_t row, size_t *work, bool gives)
{
	bool has_a = arg_is_valid(c, 0, row), has_b = arg_is_valid(c, 1, row);
	int cmp = has_a != has_b;

	if (has_a && has_b && !args_compare(c, 0, 1, row, work, &cmp))
		return STEP_YIELD;
	put_bool(c, row, (cmp != 0) == gives);
	return STEP_DONE;
}

static enum step distinct_row_yes(struct func_call *c, uint32_t row, size_t *work)
{
	return distinct_row(c, row, work, true);
}

static enum step distinct_row_no(struct func_call *c, uint32_t row, size_t *work)
{
	return distinct_row(c, row, work, false);
}

static enum step isdistinctfrom(struct func_call *c)
{
	return func_run_rows(c, distinct_row_yes);
}

static enum step isnotdistinctfrom(struct func_call *c)
{
	return func_run_rows(c, distinct_row_no);
}

/* ---- GREATEST, LEAST ---- */

struct extreme_state {
	struct text_job job; /* first: text comparisons keep their place here */
	uint32_t best, next; /* arguments; next 0: the row has not begun */
};

static inline enum step extreme_row(struct func_call *c, uint32_t row, size_t *work,
				    bool is_greatest)
{
	struct extreme_state *st = (struct extreme_state *)c->state;
	size_t width = lane_width[col_lane_of(c->type)];
	int cmp = 0;

	if (st->next == 0)
		*st = (struct extreme_state){ .next = 1 };
	for (; st->next < c->n_args; st->next++) {
		if (!args_compare(c, st->next, st->best, row, work, &cmp))
			return STEP_YIELD;
		if (is_greatest ? cmp > 0 : cmp < 0)
			st->best = st->next;
	}
	memcpy((char *)c->out + row * width,
	       (const char *)c->args[st->best].values + (row & arg_mask(c, st->best)) * width,
	       width);
	st->next = 0;
	return STEP_DONE;
}

static enum step greatest_row(struct func_call *c, uint32_t row, size_t *work)
{
	return extreme_row(c, row, work, true);
}

static enum step least_row(struct func_call *c, uint32_t row, size_t *work)
{
	return extreme_row(c, row, work, false);
}

static enum step greatest(struct func_call *c)
{
	return func_run_rows(c, greatest_row);
}

static enum step least(struct func_call *c)
{
	return func_run_rows(c, least_row);
}

#define JOB   sizeof(struct text_job)
#define TOTAL (FUNC_STRICT | FUNC_TOTAL)

const struct func_def func_compare[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "equals", { FT_ANY, FT_ANY }, FT_BOOL, TOTAL, equals, JOB, "equals(2, 2)", "true" },
	{ "notequals",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  TOTAL,
	  notequals,
	  JOB,
	  "notequals('a', 'b')",
	  "true" },
	{ "lessthan", { FT_ANY, FT_ANY }, FT_BOOL, TOTAL, lessthan, JOB, "lessthan(1, 2)", "true" },
	{ "lessthanorequal",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  TOTAL,
	  lessthanorequal,
	  JOB,
	  "lessthanorequal(2.5, 2)",
	  "false" },
	{ "greaterthan",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  TOTAL,
	  greaterthan,
	  JOB,
	  "greaterthan('b', 'a')",
	  "true" },
	{ "greaterthanorequal",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  TOTAL,
	  greaterthanorequal,
	  JOB,
	  "greaterthanorequal(1, 2)",
	  "false" },
	{ "isdistinctfrom",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  0,
	  isdistinctfrom,
	  JOB,
	  "isdistinctfrom(1, NULL)",
	  "true" },
	{ "isnotdistinctfrom",
	  { FT_ANY, FT_ANY },
	  FT_BOOL,
	  0,
	  isnotdistinctfrom,
	  JOB,
	  "isnotdistinctfrom(NULL, NULL)",
	  "true" },
	{ "greatest",
	  { FT_ANY },
	  FT_ANY,
	  FUNC_STRICT | FUNC_VARIADIC,
	  greatest,
	  sizeof(struct extreme_state),
	  "greatest(3, 7, 5)",
	  "7" },
	{ "least",
	  { FT_ANY },
	  FT_ANY,
	  FUNC_STRICT | FUNC_VARIADIC,
	  least,
	  sizeof(struct extreme_state),
	  "least(3, 7, 5)",
	  "3" },
	{ 0 },
};
