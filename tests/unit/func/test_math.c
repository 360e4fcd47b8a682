/*
 * test_math.c - IEEE's special cases, and rounding as decimal text has it.
 */
#include <math.h>

#include "tests/unit/func/fixture.h"

START_TEST(gives_what_ieee_says_for_special_values)
{
	static const struct calc_case cases[] = {
		{ "sqrt(-1)", "NaN" },
		{ "ln(0)", "-Infinity" },
		{ "ln(-1)", "NaN" },
		{ "log(exp(1))", "1.0" },
		{ "log2(0.125)", "-3.0" },
		{ "log10(0.001)", "-3.0" },
		{ "exp(1000)", "Infinity" },
		{ "power(0, 0)", "1.0" },
		{ "pow(-8, 0.5)", "NaN" },
		{ "asin(2)", "NaN" },
		{ "atan2(1, -1)", "2.356194490192345" },
		{ "cot(1)", "0.6420926159343306" },
		{ "ceil(-0.5)", "-0.0" },
		{ "ceil(9007199254740993)", "9.007199254740992E15" },
		{ "floor(2.999)", "2.0" },
		{ "ceil(NULL)", "null" },
		{ "degrees(radians(90))", "90.0" },
		{ "isnan(1)", "false" },
		{ "isfinite(ln(0))", "false" },
		{ "isfinite(sqrt(-1))", "false" },
		{ "isinfinite(sqrt(-1))", "false" },
		{ "hypot(3, 4)", "5.0" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* 1.005, 2.675, 1.255 and so on are a little off as doubles; people see the text. */
START_TEST(rounds_the_decimal_text_half_up)
{
	static const struct calc_case cases[] = {
		{ "rounddecimal(1.005, 2)", "1.01" },
		{ "rounddecimal(2.675, 2)", "2.68" },
		{ "rounddecimal(-2.675, 2)", "-2.68" },
		{ "rounddecimal(2.674, 2)", "2.67" },
		{ "rounddecimal(0.05, 1)", "0.1" },
		{ "rounddecimal(0.04, 1)", "0.0" },
		{ "rounddecimal(0.5, 0)", "1.0" },
		{ "rounddecimal(0.05, 0)", "0.0" },
		{ "rounddecimal(9.995, 2)", "10.0" },
		{ "rounddecimal(99999.5, 0)", "100000.0" },
		{ "rounddecimal(1250, -2)", "1300.0" },
		{ "rounddecimal(1249.999, -2)", "1200.0" },
		{ "rounddecimal(50, -2)", "100.0" },
		{ "rounddecimal(49, -2)", "0.0" },
		{ "rounddecimal(5, -3)", "0.0" },
		{ "rounddecimal(1.5, 400)", "1.5" },
		{ "rounddecimal(1.5, 9223372036854775807)", "1.5" },
		{ "rounddecimal(1.5, -9223372036854775808)", "0.0" },
		{ "rounddecimal(123456789.123456789, 7)", "1.234567891234568E8" },
		{ "rounddecimal(123456789012345678, -1)", "1.2345678901234568E17" },
		{ "rounddecimal(1.7976931348623157E308, 2)", "1.7976931348623157E308" },
		{ "rounddecimal(4.9E-324, 3)", "0.0" },
		{ "rounddecimal(sqrt(-1), 2)", "NaN" },
		{ "rounddecimal(ln(0), 2)", "-Infinity" },
		{ "rounddecimal(-0.001, 2)", "-0.0" },
		{ "rounddecimal(2.5)", "3.0" },
		{ "rounddecimal(-2.5)", "-2.0" },
		{ "rounddecimal(0.49999999999999994)", "0.0" },
		{ "rounddecimal(4503599627370497)", "4.503599627370497E15" },
		{ "round(-3.7)", "-4.0" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(truncates_towards_zero)
{
	static const struct calc_case cases[] = {
		{ "truncate(2.999, 2)", "2.99" },   { "truncate(-2.999, 2)", "-2.99" },
		{ "truncate(0.29, 2)", "0.29" },    { "truncate(1.1, 1)", "1.1" },
		{ "truncate(1999, -3)", "1000.0" }, { "truncate(0.09, 1)", "0.0" },
		{ "truncate(2.7)", "2.0" },         { "truncate(-2.7)", "-2.0" },
		{ "truncate(NULL, 1)", "null" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* The quick way and the way by text must never disagree: printf() rounds the exact value, which
 * is the same away from ties. */
START_TEST(agrees_with_printf_away_from_ties)
{
	struct calc k;
	uint64_t seed = 3;
	char sql[100], want[60];
	struct value v;

	calc_init(&k);
	k.is_brief = true;
	for (int i = 0; i < 3000; i++) {
		double x = (double)(int64_t)sample_random(&seed) / 9.3e13;
		int scale = (int)(sample_random(&seed) % 7);

		(void)snprintf(sql, sizeof(sql), "rounddecimal(%.17g, %d)", x, scale);
		(void)snprintf(want, sizeof(want), "%.*f", scale, x);
		ck_assert_int_eq(calc_eval(&k, sql, &v), 0);
		ck_assert_msg(v.f64 == strtod(want, NULL), "%s gives %.17g", sql, v.f64);
	}
	calc_fini(&k);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct calc k;
	struct value v;

	calc_init(&k);
	k.is_brief = true;
	mem_fail_after(_i);
	ck_assert_int_eq(calc_eval(&k, "rounddecimal(2.675, 2)", &v), 0);
	mem_fail_after(-1);
	ck_assert(fabs(v.f64 - 2.68) < 1e-12);
	calc_fini(&k);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, gives_what_ieee_says_for_special_values);
	tcase_add_test(tc, rounds_the_decimal_text_half_up);
	tcase_add_test(tc, truncates_towards_zero);
	tcase_add_test(tc, agrees_with_printf_away_from_ties);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/math", tc);
}
