/*
 * test_agg_extreme.c - MIN, MAX and relatives: order of NaN, empty groups, strings that are kept.
 */
#include "tests/unit/func/agg_fixture.h"

#define SINGLE DIALECT_SINGLE_STAGE
#define MULTI  DIALECT_MULTI_STAGE

START_TEST(takes_extremes)
{
	static const struct fold_case cases[] = {
		{ "min", COL_INT, SINGLE, "3,1,2", "DOUBLE 1.0" },
		{ "min", COL_INT, MULTI, "3,1,2", "INT 1" },
		{ "max", COL_LONG, MULTI, "-3,-1,-2", "LONG -1" },
		{ "max", COL_LONG, MULTI, "-9223372036854775808", "LONG -9223372036854775808" },
		{ "min", COL_LONG, MULTI, "9223372036854775807", "LONG 9223372036854775807" },
		{ "min", COL_LONG, MULTI, "", "LONG null" },
		{ "max", COL_DOUBLE, MULTI, "-Infinity", "DOUBLE -Infinity" },
		{ "max", COL_DOUBLE, MULTI, "1,NaN,Infinity", "DOUBLE NaN" },
		{ "min", COL_DOUBLE, MULTI, "NaN,2,1", "DOUBLE 1.0" },
		{ "min", COL_DOUBLE, MULTI, "NaN", "DOUBLE NaN" },
		{ "min", COL_DOUBLE, SINGLE, "", "DOUBLE null" },
		{ "max", COL_FLOAT, MULTI, "0.5,0.25", "FLOAT 0.5" },
		{ "max", COL_TIMESTAMP, SINGLE, "2024-01-01,2023-01-01",
		  "TIMESTAMP 2024-01-01 00:00:00.0" },
		{ "min", COL_BOOLEAN, SINGLE, "true,false,true", "BOOLEAN false" },
		{ "max", COL_BOOLEAN, MULTI, "false,false", "BOOLEAN false" },
		{ "min", COL_STRING, SINGLE, "b,abc,ab", "STRING ab" },
		{ "max", COL_STRING, MULTI, "a string of some length,a string of some more",
		  "STRING a string of some more" },
		{ "max", COL_STRING, MULTI, "", "STRING null" },
		{ "minstring", COL_STRING, SINGLE, "b,a", "STRING a" },
		{ "maxlong", COL_LONG, SINGLE, "9007199254740993,1", "LONG 9007199254740993" },
		{ "booland", COL_BOOLEAN, SINGLE, "true,false", "BOOLEAN false" },
		{ "booland", COL_BOOLEAN, SINGLE, "", "BOOLEAN null" },
		{ "boolor", COL_BOOLEAN, SINGLE, "false,true", "BOOLEAN true" },
		{ "anyvalue", COL_STRING, SINGLE, "x,y", "STRING x" },
		{ "anyvalue", COL_LONG, SINGLE, "7,8", "LONG 7" },
		{ "minmaxrange", COL_INT, SINGLE, "3,10,5", "DOUBLE 7.0" },
		{ "minmaxrange", COL_DOUBLE, SINGLE, "", "DOUBLE null" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		fold_check(&cases[i]);
}
END_TEST

START_TEST(is_the_same_however_rows_are_split)
{
	static const enum col_type types[] = { COL_LONG,   COL_DOUBLE, COL_TIMESTAMP,
					       COL_STRING, COL_BYTES,  COL_BOOLEAN };
	uint64_t seed = 43;

	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
			/* Random doubles hold several NaNs and zeros, which are alike. */
			double tolerance = types[i] == COL_DOUBLE ? 1e-15 : 0;

			fold_agree("min", types[i], &seed, tolerance);
			fold_agree("max", types[i], &seed, tolerance);
		}
		fold_agree("booland", COL_BOOLEAN, &seed, 0);
		fold_agree("minmaxrange", COL_DOUBLE, &seed, 1e-15);
	}
}
END_TEST

/* The caller's text is gone when the batch is; what a state keeps is its own. */
START_TEST(keeps_copies_of_long_strings)
{
	static uint8_t group[2] = { 0, 0 };
	char text[] = "zzz: the greatest of all strings";
	struct strv v = strv_make(text, sizeof(text) - 1);
	struct fold f;

	fold_init(&f, "max", COL_STRING, MULTI);
	ck_assert_int_eq(fold_update(&f, 0, &v, group, 1), 0);
	memset(text, 'x', sizeof(text));
	v = strv_make("a", 1);
	ck_assert_int_eq(fold_update(&f, 0, &v, group, 1), 0);
	ck_assert_int_eq(fold_finish(&f, 0), 0);
	ck_assert(str_eq(fold_value(&f, 0).str, STR("zzz: the greatest of all strings")));
	fold_fini(&f);
}
END_TEST

/* A column that sorts downwards replaces the minimum at every row. */
START_TEST(does_not_fill_memory_with_replaced_strings)
{
	static char text[2000];
	struct fold f;
	struct strv v;

	fold_init(&f, "min", COL_STRING, MULTI);
	memset(text, 'x', sizeof(text));
	for (int i = 9999; i >= 0; i--) {
		char head[16];

		(void)snprintf(head, sizeof(head), "%04d", i);
		memcpy(text, head, 4);
		v = strv_make(text, sizeof(text) - (size_t)(i % 700));
		ck_assert_int_eq(fold_update(&f, 0, &v, NULL, 1), 0);
	}
	ck_assert_int_eq(fold_finish(&f, 0), 0);
	ck_assert_int_eq(memcmp(fold_value(&f, 0).str.ptr, "0000", 4), 0);
	ck_assert_uint_lt(f.e.arena.total_bytes, 200000);
	fold_fini(&f);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct strv v = strv_make("a string that is long enough to be copied", 41);
	struct fold f;

	fold_init(&f, "max", COL_STRING, MULTI);
	mem_fail_after(_i);
	if (fold_update(&f, 0, &v, NULL, 1) < 0) {
		ck_assert_int_eq(f.e.err.code, ERR_OUT_OF_MEMORY);
	} else {
		ck_assert_int_eq(fold_finish(&f, 0), 0);
		ck_assert_uint_eq(fold_value(&f, 0).str.len, 41);
	}
	mem_fail_after(-1);
	fold_fini(&f);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, takes_extremes);
	tcase_add_test(tc, is_the_same_however_rows_are_split);
	tcase_add_test(tc, keeps_copies_of_long_strings);
	tcase_add_test(tc, does_not_fill_memory_with_replaced_strings);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/agg_extreme", tc);
}
