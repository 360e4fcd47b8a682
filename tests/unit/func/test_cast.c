/*
 * test_cast.c - every pair of types: what it gives, and what it refuses.
 */
#include "tests/unit/func/fixture.h"

START_TEST(converts_numbers)
{
	static const struct calc_case cases[] = {
		{ "CAST(2147483647 AS INT)", "2147483647" },
		{ "CAST(-2147483648 AS INT)", "-2147483648" },
		{ "CAST(2147483648 AS INT)", "!cannot cast 2147483648 to INT: it is out of range" },
		{ "CAST(-2147483649 AS INT)",
		  "!cannot cast -2147483649 to INT: it is out of range" },
		{ "CAST(2.9 AS INT)", "2" },
		{ "CAST(-2.9 AS INT)", "-2" },
		{ "CAST(2147483647.9 AS INT)", "2147483647" },
		{ "CAST(2147483648.0 AS INT)",
		  "!cannot cast 2.147483648E9 to INT: it is out of range" },
		{ "CAST(-2147483648.9 AS INT)", "-2147483648" },
		{ "CAST(2.9 AS LONG)", "2" },
		{ "CAST(-9.223372036854775808E18 AS LONG)", "-9223372036854775808" },
		{ "CAST(9.223372036854775808E18 AS LONG)",
		  "!cannot cast 9.223372036854776E18 to LONG: it is out of range" },
		{ "CAST(sqrt(-1) AS LONG)", "!cannot cast NaN to LONG: it is out of range" },
		{ "CAST(ln(0) AS INT)", "!cannot cast -Infinity to INT: it is out of range" },
		{ "CAST(7 AS DOUBLE)", "7.0" },
		{ "CAST(7 AS FLOAT)", "7.0" },
		{ "CAST(16777217 AS FLOAT)", "1.6777216E7" },
		{ "CAST(0.1 AS FLOAT)", "0.1" },
		{ "CAST(CAST(0.1 AS FLOAT) AS DOUBLE)", "0.10000000149011612" },
		{ "CAST(1E300 AS FLOAT)", "Infinity" },
		{ "CAST(CAST(3 AS FLOAT) AS LONG)", "3" },
		{ "CAST(NULL AS LONG)", "null" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(converts_truth_values)
{
	static const struct calc_case cases[] = {
		{ "CAST(true AS INT)", "1" },
		{ "CAST(false AS LONG)", "0" },
		{ "CAST(true AS DOUBLE)", "1.0" },
		{ "CAST(2 AS BOOLEAN)", "true" },
		{ "CAST(0 AS BOOLEAN)", "false" },
		{ "CAST(0.5 AS BOOLEAN)", "true" },
		{ "CAST(0.0 AS BOOLEAN)", "false" },
		{ "CAST(true AS STRING)", "true" },
		{ "CAST('FALSE' AS BOOLEAN)", "false" },
		{ "CAST('maybe' AS BOOLEAN)", "!cannot cast 'maybe' to BOOLEAN" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(prints_values)
{
	static const struct calc_case cases[] = {
		{ "CAST(-42 AS STRING)", "-42" },
		{ "CAST(-9223372036854775808 AS STRING)", "-9223372036854775808" },
		{ "CAST(1.0 AS STRING)", "1.0" },
		{ "CAST(12345678.9 AS STRING)", "1.23456789E7" },
		{ "CAST(CAST(0.1 AS FLOAT) AS STRING)", "0.1" },
		{ "CAST(TIMESTAMP '2024-02-29 01:02:03.45' AS STRING)", "2024-02-29 01:02:03.45" },
		{ "concat(CAST(5 AS STRING), '')", "5" },
		{ "CAST(NULL AS STRING)", "null" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(reads_text)
{
	static const struct calc_case cases[] = {
		{ "CAST('42' AS INT)", "42" },
		{ "CAST('-42' AS LONG)", "-42" },
		{ "CAST('4200000000' AS INT)", "!cannot cast '4200000000' to INT" },
		{ "CAST('4.5' AS INT)", "!cannot cast '4.5' to INT" },
		{ "CAST('' AS INT)", "!cannot cast '' to INT" },
		{ "CAST('abc' AS INT)", "!cannot cast 'abc' to INT" },
		{ "CAST('1e3' AS DOUBLE)", "1000.0" },
		{ "CAST('-Infinity' AS DOUBLE)", "-Infinity" },
		{ "CAST('one' AS DOUBLE)", "!cannot cast 'one' to DOUBLE" },
		{ "CAST('0.1' AS FLOAT)", "0.1" },
		{ "CAST('2024-02-30' AS TIMESTAMP)", "!cannot cast '2024-02-30' to TIMESTAMP" },
		{ "CAST('2024-02-29 10:00:00' AS TIMESTAMP)", "2024-02-29 10:00:00.0" },
		{ "CAST(repeat('9', 70) AS LONG)",
		  "!cannot cast '9999999999999999999999999999999999999999999999999999999999999999"
		  "...' to LONG" },
		{ "CAST(repeat('9', 100000) AS DOUBLE)",
		  "!cannot cast '9999999999999999999999999999999999999999999999999999999999999999"
		  "...' to DOUBLE" },
		{ "CAST(CAST('7' AS JSON) AS INT)", "7" },
		{ "upper(CAST('{}' AS JSON))", "{}" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(reads_and_prints_bytes_as_hexadecimal)
{
	static const struct calc_case cases[] = {
		{ "CAST(CAST('00fFa0' AS BYTES) AS STRING)", "00ffa0" },
		{ "CAST(CAST('' AS BYTES) AS STRING)", "" },
		{ "CAST('abc' AS BYTES)", "!cannot cast 'abc' to BYTES" },
		{ "CAST('0g' AS BYTES)", "!cannot cast '0g' to BYTES" },
		{ "length(CAST(CAST(repeat('a1', 100000) AS BYTES) AS STRING))", "200000" },
		{ "equals(CAST(CAST(repeat('a1', 100000) AS BYTES) AS STRING), "
		  "repeat('a1', 100000))",
		  "true" },
		{ "CAST(concat(repeat('a1', 100000), 'x1') AS BYTES)",
		  "!cannot cast 'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
		  "...' to BYTES" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(moves_times_and_longs_freely)
{
	static const struct calc_case cases[] = {
		{ "CAST(1000 AS TIMESTAMP)", "1970-01-01 00:00:01.0" },
		{ "CAST(4294967296 AS TIMESTAMP)", "1970-02-19 17:02:47.296" },
		{ "CAST(TIMESTAMP '1970-01-01 00:00:01' AS LONG)", "1000" },
		{ "CAST(TIMESTAMP '1970-01-01 00:00:01' AS INT)", "1000" },
		{ "CAST(TIMESTAMP '2024-01-01' AS INT)",
		  "!cannot cast 1704067200000 to INT: it is out of range" },
		{ "CAST(1.9 AS TIMESTAMP)", "1970-01-01 00:00:00.001" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(is_free_only_between_names_of_one_thing)
{
	static const enum col_type free[][2] = {
		{ COL_INT, COL_LONG },       { COL_FLOAT, COL_DOUBLE }, { COL_TIMESTAMP, COL_LONG },
		{ COL_LONG, COL_TIMESTAMP }, { COL_JSON, COL_STRING },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(free); i++)
		ck_assert(func_cast_is_free(free[i][0], free[i][1]));
	for (enum col_type a = 0; a < COL_TYPE_COUNT; a++)
		for (enum col_type b = 0; b < COL_TYPE_COUNT; b++)
			n += a != b && func_cast_is_free(a, b);
	ck_assert_uint_eq(n, ARRAY_SIZE(free));
}
END_TEST

START_TEST(has_no_cast_where_none_makes_sense)
{
	ck_assert_ptr_null(func_find_cast(COL_BYTES, COL_LONG));
	ck_assert_ptr_null(func_find_cast(COL_BOOLEAN, COL_TIMESTAMP));
	ck_assert_ptr_null(func_find_cast(COL_TIMESTAMP, COL_BOOLEAN));
	ck_assert_ptr_null(func_find_cast(COL_INT, COL_JSON));
	for (enum col_type t = COL_BOOLEAN; t < COL_TYPE_COUNT; t++) {
		ck_assert_ptr_nonnull(func_find_cast(t, t));
		ck_assert_ptr_nonnull(func_find_cast(COL_UNKNOWN, t));
		ck_assert_ptr_nonnull(func_find_cast(t, COL_STRING));
	}
}
END_TEST

/* Free or not, a cast to the same lane has a kernel, which copies. */
START_TEST(copies_where_the_value_stays)
{
	static const enum col_type pairs[][2] = {
		{ COL_INT, COL_LONG },    { COL_LONG, COL_TIMESTAMP }, { COL_FLOAT, COL_DOUBLE },
		{ COL_JSON, COL_STRING }, { COL_BYTES, COL_BYTES },
	};
	struct calc k;
	uint64_t seed = 9;

	calc_init(&k);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct func_def *def = func_find_cast(pairs[i][0], pairs[i][1]);
		struct value from = sample_value(&seed, pairs[i][0]), to, want = from;

		want.type = pairs[i][1];
		ck_assert_int_eq(calc_runs(&k, def, &from, 1, pairs[i][1], &to), 0);
		ck_assert(sample_same(&to, &want));
	}
	calc_fini(&k);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("CAST(TIMESTAMP '2024-02-29 01:02:03.45' AS STRING)",
		      "2024-02-29 01:02:03.45", _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, converts_numbers);
	tcase_add_test(tc, converts_truth_values);
	tcase_add_test(tc, prints_values);
	tcase_add_test(tc, reads_text);
	tcase_add_test(tc, reads_and_prints_bytes_as_hexadecimal);
	tcase_add_test(tc, moves_times_and_longs_freely);
	tcase_add_test(tc, is_free_only_between_names_of_one_thing);
	tcase_add_test(tc, has_no_cast_where_none_makes_sense);
	tcase_add_test(tc, copies_where_the_value_stays);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("func/cast", tc);
}
