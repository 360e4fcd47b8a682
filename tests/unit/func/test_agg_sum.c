/*
 * test_agg_sum.c - COUNT, SUM, AVG: exact integers, empty groups, any split of the rows.
 */
#include "tests/unit/func/agg_fixture.h"

#define SINGLE DIALECT_SINGLE_STAGE
#define MULTI  DIALECT_MULTI_STAGE

START_TEST(sums)
{
	static const struct fold_case cases[] = {
		{ "count", COL_STRING, SINGLE, "a,b,c", "LONG 3" },
		{ "count", COL_INT, MULTI, "", "LONG 0" },
		{ "sum", COL_INT, SINGLE, "1,2,3", "DOUBLE 6.0" },
		{ "sum", COL_INT, MULTI, "1,2,-4", "LONG -1" },
		{ "sum", COL_LONG, MULTI, "", "LONG null" },
		{ "sum", COL_DOUBLE, SINGLE, "", "DOUBLE null" },
		{ "sum", COL_DOUBLE, MULTI, "0.5,0.25", "DOUBLE 0.75" },
		{ "sum", COL_DOUBLE, MULTI, "1,NaN", "DOUBLE NaN" },
		{ "sum", COL_LONG, MULTI, "9223372036854775807,1,-1", "LONG 9223372036854775807" },
		{ "sum", COL_LONG, MULTI, "-9223372036854775808,-1,1",
		  "LONG -9223372036854775808" },
		{ "sum", COL_LONG, MULTI, "9223372036854775807,1",
		  "!LONG overflow in SUM: it is about 9.22337e+18; CAST the argument AS DOUBLE" },
		{ "sum", COL_LONG, SINGLE, "9223372036854775807,1", "DOUBLE 9.223372036854776E18" },
		{ "sumlong", COL_LONG, SINGLE, "1,2", "LONG 3" },
		{ "avg", COL_INT, SINGLE, "1,2", "DOUBLE 1.5" },
		{ "avg", COL_LONG, MULTI, "9223372036854775807,9223372036854775807",
		  "DOUBLE 9.223372036854776E18" },
		{ "avg", COL_LONG, MULTI, "", "DOUBLE null" },
		{ "avg", COL_DOUBLE, MULTI, "", "DOUBLE null" },
		{ "avg", COL_DOUBLE, MULTI, "0.5,1.5,4", "DOUBLE 2.0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		fold_check(&cases[i]);
}
END_TEST

START_TEST(is_the_same_however_rows_are_split)
{
	static const char *const names[] = { "count", "sum", "avg" };
	uint64_t seed = 41;

	for (int round = 0; round < 60; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			fold_agree(names[i], COL_LONG, &seed, 0);
			fold_agree(names[i], COL_DOUBLE, &seed, i == 0 ? 0 : 1e-12);
		}
	}
}
END_TEST

/* A whole vector of the largest values: the halves of the quick way must not overflow. */
START_TEST(sums_full_vectors_of_extreme_values)
{
	static const int64_t extremes[] = { INT64_MAX, INT64_MIN, -1, UINT32_MAX, INT32_MIN };
	static int64_t values[BATCH_ROWS_MAX];
	static uint8_t group[BATCH_ROWS_MAX];

	for (size_t e = 0; e < ARRAY_SIZE(extremes); e++) {
		struct fold f;

		fold_init(&f, "sum", COL_LONG, SINGLE);
		for (uint32_t i = 0; i < BATCH_ROWS_MAX; i++) {
			values[i] = extremes[e];
			group[i] = 1 + i % 2;
		}
		ck_assert_int_eq(fold_update(&f, 0, values, NULL, BATCH_ROWS_MAX), 0);
		ck_assert_int_eq(fold_update(&f, 0, values, group, BATCH_ROWS_MAX), 0);
		ck_assert_int_eq(fold_finish(&f, 0), 0);
		ck_assert(fold_value(&f, 0).f64 == (double)extremes[e] * BATCH_ROWS_MAX);
		ck_assert(fold_value(&f, 1).f64 == (double)extremes[e] * BATCH_ROWS_MAX / 2);
		ck_assert(fold_value(&f, 2).f64 == (double)extremes[e] * BATCH_ROWS_MAX / 2);
		ck_assert(fold_value(&f, 3).is_null);
		fold_fini(&f);
	}
}
END_TEST

START_TEST(counts_rows_without_values)
{
	struct engine e;
	const struct agg_def *def;
	enum col_type arg;
	int64_t state = 0, out = 0;
	uint64_t validity = ~0ull;
	void *states[100], *one = &state;

	engine_init(&e);
	ck_assert_int_eq(agg_resolve(STR("count"), NULL, 0, &def, &arg, &e.err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		states[i] = &state;
	ck_assert_int_eq(def->update(states, NULL, 100, &e.arena, &e.err), 0);
	ck_assert_int_eq(def->update(states, NULL, 0, &e.arena, &e.err), 0);
	ck_assert_int_eq(def->finish(&one, 1, COL_LONG, &out, &validity, &e.err), 0);
	ck_assert_int_eq(out, 100);
	engine_fini(&e);
}
END_TEST

/* Sums live in their states. */
START_TEST(survives_allocation_failure)
{
	mem_fail_after(_i + 1000000);
	fold_check(&(struct fold_case){ "sum", COL_LONG, MULTI, "1,2", "LONG 3" });
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, sums);
	tcase_add_test(tc, is_the_same_however_rows_are_split);
	tcase_add_test(tc, sums_full_vectors_of_extreme_values);
	tcase_add_test(tc, counts_rows_without_values);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 1);
	return unit_main("func/agg_sum", tc);
}
