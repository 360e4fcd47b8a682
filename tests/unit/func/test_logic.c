/*
 * test_logic.c - the truth tables of NOT and of the IS tests.
 */
#include "tests/unit/func/fixture.h"

START_TEST(follows_the_truth_tables)
{
	static const struct calc_case cases[] = {
		{ "not(true)", "false" },       { "not(false)", "true" },
		{ "not(NULL)", "null" },        { "istrue(true)", "true" },
		{ "istrue(false)", "false" },   { "istrue(NULL)", "false" },
		{ "isnottrue(true)", "false" }, { "isnottrue(false)", "true" },
		{ "isnottrue(NULL)", "true" },  { "isfalse(true)", "false" },
		{ "isfalse(false)", "true" },   { "isfalse(NULL)", "false" },
		{ "isnotfalse(true)", "true" }, { "isnotfalse(false)", "false" },
		{ "isnotfalse(NULL)", "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(knows_null_of_every_type)
{
	static const struct calc_case cases[] = {
		{ "isnull(NULL)", "true" },
		{ "isnotnull(NULL)", "false" },
		{ "isnull(plus(1, NULL))", "true" },
		{ "isnull(concat('a', NULL))", "true" },
		{ "isnull(1)", "false" },
		{ "isnotnull(1.5)", "true" },
		{ "isnotnull('')", "true" },
		{ "isnull(TIMESTAMP '2024-01-01')", "false" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* A bitmap with some NULLs: every bit counts for its own row. */
START_TEST(reads_validity_row_by_row)
{
	const enum col_type type = COL_LONG;
	static int64_t values[130];
	uint64_t validity[VALIDITY_WORDS] = { 0x5555555555555555ull, ~0ull, 1 };
	uint64_t result_validity[VALIDITY_WORDS];
	struct column col = { COL_LONG, COL_FLAT, values, validity, NULL };
	struct sel sel = { NULL, 130 };
	uint8_t out[130];
	struct func_match m;
	struct calc k;
	struct func_call c = { 0 };

	calc_init(&k);
	ck_assert_int_eq(func_resolve(STR("isNull"), &type, 1, &m, &k.e.err), 0);
	c = (struct func_call){ .def = m.def,
				.args = &col,
				.n_args = 1,
				.type = COL_BOOLEAN,
				.sel = &sel,
				.out = out,
				.validity = result_validity,
				.coop = &k.e.coop,
				.err = &k.e.err };
	ck_assert_int_eq(m.def->kernel(&c), STEP_DONE);
	for (uint32_t row = 0; row < 130; row++)
		ck_assert_uint_eq(out[row], row < 64 ? row % 2 : row == 129);
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
	ck_assert_int_eq(calc_eval(&k, "not(isnull(1))", &v), 0);
	mem_fail_after(-1);
	ck_assert(v.boolean);
	calc_fini(&k);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, follows_the_truth_tables);
	tcase_add_test(tc, knows_null_of_every_type);
	tcase_add_test(tc, reads_validity_row_by_row);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/logic", tc);
}
