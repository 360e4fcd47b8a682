/*
 * test_agg_moment.c - variance and higher moments: known values, far from zero, any split.
 */
#include "tests/unit/func/agg_fixture.h"

#define SINGLE DIALECT_SINGLE_STAGE

START_TEST(gives_known_values)
{
	static const struct fold_case cases[] = {
		{ "varpop", COL_INT, SINGLE, "2,4,4,4,5,5,7,9", "DOUBLE 4.0" },
		{ "stddevpop", COL_INT, SINGLE, "2,4,4,4,5,5,7,9", "DOUBLE 2.0" },
		{ "varsamp", COL_DOUBLE, SINGLE, "1,2,3,4", "DOUBLE 1.6666666666666667" },
		{ "stddevsamp", COL_DOUBLE, SINGLE, "1,3", "DOUBLE 1.4142135623730951" },
		{ "varpop", COL_INT, SINGLE, "5", "DOUBLE 0.0" },
		{ "varsamp", COL_INT, SINGLE, "5", "DOUBLE null" },
		{ "varpop", COL_INT, SINGLE, "", "DOUBLE null" },
		{ "skewness", COL_INT, SINGLE, "1,2,3,4,5", "DOUBLE 0.0" },
		{ "skewness", COL_INT, SINGLE, "1,2", "DOUBLE null" },
		{ "kurtosis", COL_INT, SINGLE, "1,2,3", "DOUBLE null" },
		{ "kurtosis", COL_INT, SINGLE, "4,4,4,4", "DOUBLE 0.0" },
		/* Sums of squares would lose everything here. */
		{ "varpop", COL_DOUBLE, SINGLE, "1000000000001,1000000000002,1000000000003",
		  "DOUBLE 0.6666666666666666" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		fold_check(&cases[i]);
}
END_TEST

/* Excel's example for KURT and SKEW. */
START_TEST(is_bias_corrected)
{
	static const double values[] = { 3, 4, 5, 2, 3, 4, 5, 6, 4, 7 };
	struct fold f;

	fold_init(&f, "kurtosis", COL_DOUBLE, SINGLE);
	ck_assert_int_eq(fold_update(&f, 0, values, NULL, ARRAY_SIZE(values)), 0);
	ck_assert_int_eq(fold_finish(&f, 0), 0);
	ck_assert_double_eq_tol(fold_value(&f, 0).f64, -0.151799637, 1e-9);
	fold_fini(&f);
	fold_init(&f, "skewness", COL_DOUBLE, SINGLE);
	ck_assert_int_eq(fold_update(&f, 0, values, NULL, ARRAY_SIZE(values)), 0);
	ck_assert_int_eq(fold_finish(&f, 0), 0);
	ck_assert_double_eq_tol(fold_value(&f, 0).f64, 0.359543071, 1e-9);
	fold_fini(&f);
}
END_TEST

START_TEST(is_the_same_however_rows_are_split)
{
	static const char *const names[] = { "varpop", "stddevsamp", "skewness", "kurtosis" };
	uint64_t seed = 47;

	for (int round = 0; round < 60; round++)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			fold_agree(names[i], COL_DOUBLE, &seed, 1e-6);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const double values[] = { 1, 3 };
	struct fold f;

	fold_init(&f, "varpop", COL_DOUBLE, SINGLE);
	mem_fail_after(_i);
	ck_assert_int_eq(fold_update(&f, 0, values, NULL, 2), 0);
	mem_fail_after(-1);
	ck_assert_int_eq(fold_finish(&f, 0), 0);
	ck_assert(fold_value(&f, 0).f64 == 1.0);
	fold_fini(&f);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, gives_known_values);
	tcase_add_test(tc, is_bias_corrected);
	tcase_add_test(tc, is_the_same_however_rows_are_split);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 1);
	return unit_main("func/agg_moment", tc);
}
