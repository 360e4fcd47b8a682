/*
 * math.c - functions of real numbers: roots, powers, angles, rounding.
 *
 * DOUBLE in, DOUBLE out, as IEEE and libm have it: sqrt(-1) is NaN, ln(0) is
 * -Infinity.  All of them are total, because no bits make libm fail.
 *
 * Rounding to decimal places means the decimal text of the number, as in
 * Java's BigDecimal.valueOf(x).setScale(): 2.675 becomes 2.68 at two places
 * although the double is a little below.  Scaling by a power of ten decides
 * nearly every value; only those that end up next to a tie are printed, rounded
 * as text and read back.
 */
#include <math.h>
#include <string.h>

#include "broker/func/kernel.h"
#include "common/base/num.h"

/* ---- one instruction or a few ---- */

#define KERNEL   ceil_f64
#define IN       double
#define OUT      double
#define APPLY(a) ceil(a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   floor_f64
#define IN       double
#define OUT      double
#define APPLY(a) floor(a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   sqrt_f64
#define IN       double
#define OUT      double
#define APPLY(a) sqrt(a)
#define CLONES   TARGET_CLONES
#define PRICE    6
#include "broker/func/unary.inc"

#define KERNEL   degrees
#define IN       double
#define OUT      double
#define APPLY(a) ((a) / M_PI * 180.0)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   radians
#define IN       double
#define OUT      double
#define APPLY(a) ((a) / 180.0 * M_PI)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   isnan_f64
#define IN       double
#define OUT      uint8_t
#define APPLY(a) ((a) != (a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   isinfinite
#define IN       double
#define OUT      uint8_t
#define APPLY(a) (fabs(a) == INFINITY)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   isfinite_f64
#define IN       double
#define OUT      uint8_t
#define APPLY(a) (fabs(a) < INFINITY)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* ---- a call into libm per row: one row per function here, one kernel for all ---- */

typedef double real_fn(double);

/* What libm needs for a hard argument, in credit units of about a nanosecond. */
#define LIBM_PRICE 40
/* Rows between two looks at the credit: some arguments are far slower than the price says. */
#define LIBM_PIECE 512

static double cot(double a)
{
	return 1.0 / tan(a);
}

/* The C library's cbrt() and exp10() are a bit off where the result is a whole number. */
static double cube_root(double x)
{
	double root = cbrt(x), whole = nearbyint(root);

	return whole * whole * whole == x ? whole : root;
}

static double power_of_ten(double x)
{
	return pow(10, x);
}

static const struct {
	const char *name;
	real_fn *fn;
} reals[] = {
	{ "exp", exp },        { "exp10", power_of_ten },
	{ "exp2", exp2 },      { "ln", log },
	{ "log", log },        { "log1p", log1p },
	{ "log2", log2 },      { "log10", log10 },
	{ "cbrt", cube_root }, { "sin", sin },
	{ "cos", cos },        { "tan", tan },
	{ "cot", cot },        { "asin", asin },
	{ "acos", acos },      { "atan", atan },
	{ "sinh", sinh },      { "cosh", cosh },
	{ "tanh", tanh },      { "asinh", asinh },
	{ "acosh", acosh },    { "atanh", atanh },
};

static real_fn *real_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reals); i++)
		if (strcmp(reals[i].name, name) == 0)
			return reals[i].fn;
	return NULL;
}

static enum step real_kernel(struct func_call *c)
{
	real_fn *fn = real_find(c->def->name);

	ASSERT(fn);
	do {
		uint32_t n = MIN(c->sel->n_rows - c->pos, LIBM_PIECE);

		for (uint32_t i = 0; i < n; i++) {
			uint32_t row = sel_row(c->sel, c->pos + i);

			put_f64(c, row, fn(arg_f64(c, 0, row)));
		}
		c->pos += n;
		coop_pay(c->coop, (int64_t)n * LIBM_PRICE);
		if (c->pos == c->sel->n_rows)
			return STEP_DONE;
	} while (coop_go(c->coop));
	return STEP_YIELD;
}

/* ---- two arguments ---- */

#define KERNEL      power
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) pow(a, b)
#define PRICE       LIBM_PRICE
#include "broker/func/binary.inc"

#define KERNEL      atan2_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) atan2(a, b)
#define PRICE       LIBM_PRICE
#include "broker/func/binary.inc"

#define KERNEL      hypot_f64
#define LEFT        double
#define RIGHT       double
#define OUT         double
#define APPLY(a, b) hypot(a, b)
#define PRICE       LIBM_PRICE
#include "broker/func/binary.inc"

/* ---- no arguments ---- */

static enum step fill_f64(struct func_call *c, double v)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++)
		put_f64(c, sel_row(c->sel, i), v);
	return func_done(c, COOP_ROW);
}

static enum step pi(struct func_call *c)
{
	return fill_f64(c, M_PI);
}

static enum step euler(struct func_call *c)
{
	return fill_f64(c, M_E);
}

/* ---- rounding to decimal places ---- */

enum rounding { ROUND_HALF_UP, ROUND_DOWN };

/* Decimal digits d[0].d[1]d[2]... times 10^exponent. */
struct decimal {
	char digits[NUM_F64_CHARS];
	int n_digits, exponent;
	bool is_negative;
};

/* The digits of the shortest text of v; v is finite. */
static void decimal_of(double v, struct decimal *d)
{
	char text[NUM_F64_CHARS];
	size_t len = num_format_f64(v, text);
	int before_point = 0, exponent = 0;
	bool has_point = false;

	*d = (struct decimal){ .is_negative = text[0] == '-' };
	for (size_t i = d->is_negative; i < len; i++) {
		if (text[i] == 'E') {
			int64_t e = 0;

			(void)num_parse_i64((struct str){ text + i + 1, len - i - 1 }, &e);
			exponent = (int)e;
			break;
		}
		if (text[i] == '.') {
			has_point = true;
			continue;
		}
		before_point += !has_point;
		d->digits[d->n_digits++] = text[i];
	}
	d->exponent = exponent + before_point - 1;
}

/* Adds one at digit `last`; a carry out of the front becomes a new first digit. */
static void decimal_increment(struct decimal *d, int last)
{
	for (int i = last; i >= 0; i--) {
		if (d->digits[i] != '9') {
			d->digits[i]++;
			return;
		}
		d->digits[i] = '0';
	}
	memmove(d->digits + 1, d->digits, (size_t)d->n_digits);
	d->digits[0] = '1';
	d->n_digits++;
	d->exponent++;
}

static double decimal_value(const struct decimal *d)
{
	char text[NUM_F64_CHARS + NUM_I64_CHARS + 4];
	size_t len = 0;
	double v = 0;

	if (d->n_digits == 0)
		return d->is_negative ? -0.0 : 0.0;
	if (d->is_negative)
		text[len++] = '-';
	memcpy(text + len, d->digits, (size_t)d->n_digits);
	len += (size_t)d->n_digits;
	text[len++] = 'E';
	len += num_format_i64(d->exponent - d->n_digits + 1, text + len);
	(void)num_parse_f64((struct str){ text, len }, &v);
	return v;
}

static double round_text(double v, int64_t scale, enum rounding how)
{
	struct decimal d;
	int64_t keep; /* digits that stay */
	bool is_up;

	decimal_of(v, &d);
	keep = d.exponent + 1 + scale;
	if (keep >= d.n_digits)
		return v;
	if (keep < 0)
		return d.is_negative ? -0.0 : 0.0;
	is_up = how == ROUND_HALF_UP && d.digits[keep] >= '5';
	if (is_up && keep == 0) {
		/* 0.07 at one place: the digit that is kept stands before the first. */
		d.digits[0] = '1';
		d.n_digits = 1;
		d.exponent++;
		return decimal_value(&d);
	}
	d.n_digits = (int)keep;
	if (is_up)
		decimal_increment(&d, (int)keep - 1);
	return decimal_value(&d);
}

/* Powers of ten that a double holds exactly. */
static const double exact_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

#define SCALED_MAX 1e14 /* above, the fraction has too few bits to tell a tie */
#define TIE_MARGIN 1e-3 /* far more than scaling can be off by */

/* By multiplication and division; false when that cannot tell the digits for sure. */
static bool round_scaled(double v, int64_t scale, enum rounding how, double *out)
{
	double scaled, whole, fraction, power;

	if (scale < -22 || scale > 22)
		return false;
	power = exact_powers[scale < 0 ? -scale : scale];
	scaled = fabs(scale < 0 ? v / power : v * power);
	if (scaled > SCALED_MAX)
		return false;
	whole = floor(scaled);
	fraction = scaled - whole;
	if (fraction < TIE_MARGIN || fraction > 1 - TIE_MARGIN || fabs(fraction - 0.5) < TIE_MARGIN)
		return false;
	if (how == ROUND_HALF_UP && fraction > 0.5)
		whole += 1;
	*out = copysign(scale < 0 ? whole * power : whole / power, v);
	return true;
}

static double round_places(double v, int64_t scale, enum rounding how, size_t *work)
{
	double rounded;

	if (!(fabs(v) < INFINITY) || v == 0)
		return v;
	if (round_scaled(v, scale, how, &rounded))
		return rounded;
	*work += WORK(400);
	return round_text(v, scale, how);
}

/* Without a scale Pinot rounds with Math.round(), which takes ties up: -2.5 becomes -2. */
static inline double round_whole(double v)
{
	double down = floor(v);

	return v - down >= 0.5 ? down + 1 : down;
}

#define KERNEL   round_f64
#define IN       double
#define OUT      double
#define APPLY(a) round_whole(a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   truncate_f64
#define IN       double
#define OUT      double
#define APPLY(a) trunc(a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

static inline enum step places_row(struct func_call *c, uint32_t row, size_t *work,
				   enum rounding how)
{
	/* Beyond this every scale says the same: no double has so many digits. */
	int64_t scale = MAX(MIN(arg_i64(c, 1, row), 400), -400);

	put_f64(c, row, round_places(arg_f64(c, 0, row), scale, how, work));
	*work += WORK(8);
	return STEP_DONE;
}

static enum step rounddecimal_row(struct func_call *c, uint32_t row, size_t *work)
{
	return places_row(c, row, work, ROUND_HALF_UP);
}

static enum step truncate_row(struct func_call *c, uint32_t row, size_t *work)
{
	return places_row(c, row, work, ROUND_DOWN);
}

static enum step rounddecimal_places(struct func_call *c)
{
	return func_run_rows(c, rounddecimal_row);
}

static enum step truncate_places(struct func_call *c)
{
	return func_run_rows(c, truncate_row);
}

#define REAL    { FT_DOUBLE }, FT_DOUBLE, FUNC_STRICT | FUNC_TOTAL
#define REALS   { FT_DOUBLE, FT_DOUBLE }, FT_DOUBLE, FUNC_STRICT | FUNC_TOTAL
#define PLACES  { FT_DOUBLE, FT_LONG }, FT_DOUBLE, FUNC_STRICT | FUNC_TOTAL
#define IS_REAL { FT_DOUBLE }, FT_BOOL, FUNC_STRICT | FUNC_TOTAL

const struct func_def func_math[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "ceil", REAL, ceil_f64, 0, "ceil(2.1)", "3.0" },
	{ "ceiling", REAL, ceil_f64, 0, "ceiling(-2.1)", "-2.0" },
	{ "floor", REAL, floor_f64, 0, "floor(-2.1)", "-3.0" },
	{ "sqrt", REAL, sqrt_f64, 0, "sqrt(2.25)", "1.5" },
	{ "cbrt", REAL, real_kernel, 0, "cbrt(8)", "2.0" },
	{ "exp", REAL, real_kernel, 0, "exp(0)", "1.0" },
	{ "exp2", REAL, real_kernel, 0, "exp2(10)", "1024.0" },
	{ "exp10", REAL, real_kernel, 0, "exp10(2)", "100.0" },
	{ "ln", REAL, real_kernel, 0, "ln(1)", "0.0" },
	{ "log", REAL, real_kernel, 0, "log(1)", "0.0" },
	{ "log1p", REAL, real_kernel, 0, "log1p(0)", "0.0" },
	{ "log2", REAL, real_kernel, 0, "log2(8)", "3.0" },
	{ "log10", REAL, real_kernel, 0, "log10(1000)", "3.0" },
	{ "power", REALS, power, 0, "power(2, 10)", "1024.0" },
	{ "pow", REALS, power, 0, "pow(2, -1)", "0.5" },
	{ "hypot", REALS, hypot_f64, 0, "hypot(3, 4)", "5.0" },
	{ "sin", REAL, real_kernel, 0, "sin(0)", "0.0" },
	{ "cos", REAL, real_kernel, 0, "cos(0)", "1.0" },
	{ "tan", REAL, real_kernel, 0, "tan(0)", "0.0" },
	{ "cot", REAL, real_kernel, 0, "cot(0)", "Infinity" },
	{ "asin", REAL, real_kernel, 0, "asin(0)", "0.0" },
	{ "acos", REAL, real_kernel, 0, "acos(1)", "0.0" },
	{ "atan", REAL, real_kernel, 0, "atan(0)", "0.0" },
	{ "atan2", REALS, atan2_f64, 0, "atan2(0, 1)", "0.0" },
	{ "sinh", REAL, real_kernel, 0, "sinh(0)", "0.0" },
	{ "cosh", REAL, real_kernel, 0, "cosh(0)", "1.0" },
	{ "tanh", REAL, real_kernel, 0, "tanh(0)", "0.0" },
	{ "asinh", REAL, real_kernel, 0, "asinh(0)", "0.0" },
	{ "acosh", REAL, real_kernel, 0, "acosh(1)", "0.0" },
	{ "atanh", REAL, real_kernel, 0, "atanh(0)", "0.0" },
	{ "degrees", REAL, degrees, 0, "degrees(pi())", "180.0" },
	{ "radians", REAL, radians, 0, "radians(180)", "3.141592653589793" },
	{ "pi",
	  { FT_END },
	  FT_DOUBLE,
	  FUNC_STRICT | FUNC_TOTAL,
	  pi,
	  0,
	  "pi()",
	  "3.141592653589793" },
	{ "e",
	  { FT_END },
	  FT_DOUBLE,
	  FUNC_STRICT | FUNC_TOTAL,
	  euler,
	  0,
	  "e()",
	  "2.718281828459045" },
	{ "isnan", IS_REAL, isnan_f64, 0, "isnan(sqrt(-1))", "true" },
	{ "isinfinite", IS_REAL, isinfinite, 0, "isinfinite(divide(1, 0))", "true" },
	{ "isfinite", IS_REAL, isfinite_f64, 0, "isfinite(1)", "true" },
	{ "round", REAL, round_f64, 0, "round(2.5)", "3.0" },
	{ "rounddecimal", REAL, round_f64, 0, "rounddecimal(2.5)", "3.0" },
	{ "rounddecimal", PLACES, rounddecimal_places, 0, "rounddecimal(2.675, 2)", "2.68" },
	{ "truncate", REAL, truncate_f64, 0, "truncate(-2.7)", "-2.0" },
	{ "truncate", PLACES, truncate_places, 0, "truncate(2.679, 2)", "2.67" },
	{ 0 },
};
