/*
 * arith.c - + - * / and what else keeps integers integers.
 *
 * LONG arithmetic either is exact or fails: a sum that wraps around is a wrong
 * answer.  The kernels compute the whole vector with wrapping arithmetic, note
 * on the way whether any row may have overflowed, and only then look for the
 * row.  DOUBLE arithmetic is IEEE's: x / 0 is Infinity, 0 / 0 is NaN.
 *
 * Each operation therefore has two rows, by type: the DOUBLE one is total (it
 * may run on the bits under a NULL), the LONG one is not.
 */
#include <math.h>

#include "broker/func/kernel.h"

static inline int64_t wrap_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t wrap_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}
static inline int64_t wrap_mul(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* ---- LONG: overflow found after the fact ---- */

#define CHECKED_PRICE 4 /* per row: two passes */

typedef bool overflow_fn(int64_t a, int64_t b);

static bool add_overflows(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_add_overflow(a, b, &r);
}
static bool sub_overflows(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_sub_overflow(a, b, &r);
}
static bool mul_overflows(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_mul_overflow(a, b, &r);
}

/* Looks for the row behind a collected BAD; there may be none (see times_i64). */
static enum step find_overflow(struct func_call *c, overflow_fn *overflows, const char *symbol)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);
		int64_t a = arg_i64(c, 0, row), b = arg_i64(c, 1, row);

		if (overflows(a, b))
			return func_fail(c, "LONG overflow in %lld %s %lld", (long long)a, symbol,
					 (long long)b);
	}
	return func_done(c, CHECKED_PRICE);
}

static enum step plus_bad(struct func_call *c)
{
	return find_overflow(c, add_overflows, "+");
}
static enum step minus_bad(struct func_call *c)
{
	return find_overflow(c, sub_overflows, "-");
}
static enum step times_bad(struct func_call *c)
{
	return find_overflow(c, mul_overflows, "*");
}

/* The sign of the result is wrong exactly when it differs from both operands' (a - b: from a's
 * while b's differs from a's): the sign bit of BAD. */
#define KERNEL       plus_i64
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  wrap_add(a, b)
#define BAD(a, b, r) ((((a) ^ (r)) & ((b) ^ (r))) & INT64_MIN)
#define ON_BAD       plus_bad
#define CLONES       TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL       minus_i64
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  wrap_sub(a, b)
#define BAD(a, b, r) ((((a) ^ (b)) & ((a) ^ (r))) & INT64_MIN)
#define ON_BAD       minus_bad
#define CLONES       TARGET_CLONES
#include "broker/func/binary.inc"

/* No overflow when both fit in 32 bits, which is cheap to see; else each row is looked at. */
#define HIGH_BITS(a) (((uint64_t)(a) + 0x80000000u) >> 32)

#define KERNEL       times_i64
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  wrap_mul(a, b)
#define BAD(a, b, r) ((int64_t)(HIGH_BITS(a) | HIGH_BITS(b)))
#define ON_BAD       times_bad
#define CLONES       TARGET_CLONES
#include "broker/func/binary.inc"

/* ---- DOUBLE ---- */

#define KERNEL      plus_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) ((a) + (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      minus_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) ((a) - (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      times_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) ((a) * (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      divide_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) ((a) / (b))
#define CLONES      TARGET_CLONES
#define PRICE       4
#include "broker/func/binary.inc"

#define KERNEL      mod_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) fmod(a, b)
#define PRICE       30
#include "broker/func/binary.inc"

/* Pinot's floorMod-like remainder: never negative for a positive divisor. */
static inline double positive_fmod(double a, double b)
{
	double r = fmod(a, b);

	return r < 0 ? r + fabs(b) : r;
}

#define KERNEL      positivemod_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) positive_fmod(a, b)
#define PRICE       30
#include "broker/func/binary.inc"

/* ---- LONG division: the divisor 0 is data, not a crash ---- */

static inline int64_t safe_div(int64_t a, int64_t b)
{
	if (b == 0)
		return 0;
	return b == -1 ? wrap_sub(0, a) : a / b;
}

static inline int64_t safe_mod(int64_t a, int64_t b)
{
	return b == 0 || b == -1 ? 0 : a % b;
}

static inline int64_t positive_mod(int64_t a, int64_t b)
{
	int64_t r = safe_mod(a, b);

	if (r >= 0)
		return r;
	return b < 0 ? wrap_sub(r, b) : r + b;
}

/* Dividing by zero is an error everywhere; MIN / -1 overflows, while MIN % -1 is 0. */
static enum step find_bad_division(struct func_call *c, bool is_div)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);
		int64_t a = arg_i64(c, 0, row), b = arg_i64(c, 1, row);

		if (b == 0 && is_div)
			return func_fail(c, "division by zero: %lld / 0", (long long)a);
		if (b == 0)
			return func_fail(c, "division by zero: %s(%lld, 0)", c->def->name,
					 (long long)a);
		if (is_div && a == INT64_MIN && b == -1)
			return func_fail(c, "LONG overflow in %lld / -1", (long long)a);
	}
	return func_done(c, COOP_ROW);
}

static enum step div_bad(struct func_call *c)
{
	return find_bad_division(c, true);
}
static enum step mod_bad(struct func_call *c)
{
	return find_bad_division(c, false);
}

#define DIV_OVERFLOWS(a, b) ((a) == INT64_MIN && (b) == -1)
#define DIV_PRICE           8

#define KERNEL       intdiv
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  safe_div(a, b)
#define BAD(a, b, r) ((b) == 0 || DIV_OVERFLOWS(a, b))
#define ON_BAD       div_bad
#define PRICE        DIV_PRICE
#include "broker/func/binary.inc"

#define KERNEL      intdivorzero
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) (DIV_OVERFLOWS(a, b) ? 0 : safe_div(a, b))
#define PRICE       DIV_PRICE
#include "broker/func/binary.inc"

#define KERNEL       mod_i64
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  safe_mod(a, b)
#define BAD(a, b, r) ((b) == 0)
#define ON_BAD       mod_bad
#define PRICE        DIV_PRICE
#include "broker/func/binary.inc"

/* What mod() of LONGs is in the single-stage dialect: a DOUBLE, but exact beyond 2^53 as well. */
#define KERNEL      remainder_i64
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         double
#define APPLY(a, b) ((b) == 0 ? (double)NAN : (double)safe_mod(a, b))
#define PRICE       DIV_PRICE
#include "broker/func/binary.inc"

#define KERNEL      moduloorzero
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) safe_mod(a, b)
#define PRICE       DIV_PRICE
#include "broker/func/binary.inc"

#define KERNEL       positivemod_i64
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  positive_mod(a, b)
#define BAD(a, b, r) ((b) == 0)
#define ON_BAD       mod_bad
#define PRICE        DIV_PRICE
#include "broker/func/binary.inc"

/* A time rounded down to a multiple of a bucket, towards zero as Pinot does it. */
#define KERNEL       round_bucket
#define LEFT         int64_t
#define RIGHT        int64_t
#define OUT          int64_t
#define APPLY(a, b)  wrap_sub(a, safe_mod(a, b))
#define BAD(a, b, r) ((b) == 0)
#define ON_BAD       mod_bad
#define PRICE        DIV_PRICE
#include "broker/func/binary.inc"

/* ---- one argument ---- */

static enum step unary_bad(struct func_call *c)
{
	return func_fail(c, "LONG overflow in %s(%lld)", c->def->name, (long long)INT64_MIN);
}

#define KERNEL   negate_i64
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) wrap_sub(0, a)
#define BAD(a)   ((a) == INT64_MIN)
#define ON_BAD   unary_bad
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   negate_f64
#define IN       double
#define OUT      double
#define APPLY(a) (-(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   abs_i64
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) ((a) < 0 ? wrap_sub(0, a) : (a))
#define BAD(a)   ((a) == INT64_MIN)
#define ON_BAD   unary_bad
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   abs_f64
#define IN       double
#define OUT      double
#define APPLY(a) fabs(a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   sign_i64
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) (((a) > 0) - ((a) < 0))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* NaN and both zeros are their own sign. */
#define KERNEL   sign_f64
#define IN       double
#define OUT      double
#define APPLY(a) ((a) > 0 ? 1.0 : (a) < 0 ? -1.0 : (a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* ---- bits ---- */

#define KERNEL      bitand
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) ((a) & (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      bitor
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) ((a) | (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      bitxor
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) ((a) ^ (b))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL   bitnot
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) (~(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* Java takes the low six bits of a shift's distance; so do we. */
#define KERNEL      bitshiftleft
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) ((int64_t)((uint64_t)(a) << ((b)&63)))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL      bitshiftright
#define LEFT        int64_t
#define RIGHT       int64_t
#define OUT         int64_t
#define APPLY(a, b) ((a) >> ((b)&63))
#define CLONES      TARGET_CLONES
#include "broker/func/binary.inc"

#define KERNEL   bitcount
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) __builtin_popcountll((uint64_t)(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define LONGS                    \
	{                        \
		FT_LONG, FT_LONG \
	}
#define DOUBLES                      \
	{                            \
		FT_DOUBLE, FT_DOUBLE \
	}
#define FAILS (FUNC_STRICT | FUNC_FAILS)
#define TOTAL (FUNC_STRICT | FUNC_TOTAL)

const struct func_def func_arith[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "plus", LONGS, FT_LONG, FAILS, plus_i64, 0, "plus(2, 3)", "5" },
	{ "plus", DOUBLES, FT_DOUBLE, TOTAL, plus_f64, 0, "plus(2, 0.5)", "2.5" },
	{ "add", LONGS, FT_LONG, FAILS, plus_i64, 0, "add(2, 3)", "5" },
	{ "add", DOUBLES, FT_DOUBLE, TOTAL, plus_f64, 0, "add(2.5, 3)", "5.5" },
	{ "minus", LONGS, FT_LONG, FAILS, minus_i64, 0, "minus(2, 3)", "-1" },
	{ "minus", DOUBLES, FT_DOUBLE, TOTAL, minus_f64, 0, "minus(2.5, 3)", "-0.5" },
	{ "sub", LONGS, FT_LONG, FAILS, minus_i64, 0, "sub(7, 3)", "4" },
	{ "sub", DOUBLES, FT_DOUBLE, TOTAL, minus_f64, 0, "sub(7.0, 3)", "4.0" },
	{ "times", LONGS, FT_LONG, FAILS, times_i64, 0, "times(6, 7)", "42" },
	{ "times", DOUBLES, FT_DOUBLE, TOTAL, times_f64, 0, "times(6, 0.5)", "3.0" },
	{ "mult", LONGS, FT_LONG, FAILS, times_i64, 0, "mult(-6, 7)", "-42" },
	{ "mult", DOUBLES, FT_DOUBLE, TOTAL, times_f64, 0, "mult(1.5, 2)", "3.0" },
	{ "divide", DOUBLES, FT_DOUBLE, TOTAL, divide_f64, 0, "divide(1, 2)", "0.5" },
	{ "div", DOUBLES, FT_DOUBLE, TOTAL, divide_f64, 0, "div(7, 2)", "3.5" },
	{ "intdivide", LONGS, FT_LONG, FAILS, intdiv, 0, "intdivide(-7, 2)", "-3" },
	{ "intdiv", LONGS, FT_LONG, FAILS, intdiv, 0, "intdiv(7, 2)", "3" },
	{ "intdivorzero", LONGS, FT_LONG, TOTAL, intdivorzero, 0, "intdivorzero(7, 0)", "0" },
	{ "mod", LONGS, FT_LONG, FAILS, mod_i64, 0, "mod(-7, 3)", "-1" },
	{ "mod", DOUBLES, FT_DOUBLE, TOTAL, mod_f64, 0, "mod(7.5, 2)", "1.5" },
	{ "remainder", LONGS, FT_DOUBLE, TOTAL, remainder_i64, 0, "remainder(-7, 3)", "-1.0" },
	{ "moduloorzero", LONGS, FT_LONG, TOTAL, moduloorzero, 0, "moduloorzero(7, 0)", "0" },
	{ "positivemodulo", LONGS, FT_LONG, FAILS, positivemod_i64, 0, "positivemodulo(-7, 3)",
	  "2" },
	{ "positivemodulo", DOUBLES, FT_DOUBLE, TOTAL, positivemod_f64, 0,
	  "positivemodulo(-7.5, 3)", "1.5" },
	{ "round", LONGS, FT_LONG, FAILS, round_bucket, 0, "round(3725, 60)", "3720" },
	{ "negate", { FT_LONG }, FT_LONG, FAILS, negate_i64, 0, "negate(5)", "-5" },
	{ "negate", { FT_DOUBLE }, FT_DOUBLE, TOTAL, negate_f64, 0, "negate(0.5)", "-0.5" },
	{ "abs", { FT_LONG }, FT_LONG, FAILS, abs_i64, 0, "abs(-3)", "3" },
	{ "abs", { FT_DOUBLE }, FT_DOUBLE, TOTAL, abs_f64, 0, "abs(-2.5)", "2.5" },
	{ "sign", { FT_LONG }, FT_LONG, TOTAL, sign_i64, 0, "sign(-3)", "-1" },
	{ "sign", { FT_DOUBLE }, FT_DOUBLE, TOTAL, sign_f64, 0, "sign(0.25)", "1.0" },
	{ "bitand", LONGS, FT_LONG, TOTAL, bitand, 0, "bitand(12, 10)", "8" },
	{ "bitor", LONGS, FT_LONG, TOTAL, bitor, 0, "bitor(12, 10)", "14" },
	{ "bitxor", LONGS, FT_LONG, TOTAL, bitxor, 0, "bitxor(12, 10)", "6" },
	{ "bitnot", { FT_LONG }, FT_LONG, TOTAL, bitnot, 0, "bitnot(0)", "-1" },
	{ "bitshiftleft", LONGS, FT_LONG, TOTAL, bitshiftleft, 0, "bitshiftleft(1, 4)", "16" },
	{ "bitshiftright", LONGS, FT_LONG, TOTAL, bitshiftright, 0, "bitshiftright(-16, 2)", "-4" },
	{ "bitcount", { FT_LONG }, FT_LONG, TOTAL, bitcount, 0, "bitcount(255)", "8" },
	{ 0 },
};
