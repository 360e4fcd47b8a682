/*
 * test_compare.c - comparisons against value_cmp() on random columns, and the corner cases by hand.
 */
#include "tests/unit/func/fixture.h"

static struct calc fx;
static struct sample left, right;

static void setup(void)
{
	calc_init(&fx);
}

static void teardown(void)
{
	calc_fini(&fx);
}

static const struct {
	const char *name;
	bool if_less, if_equal, if_greater;
} operators[] = {
	{ "equals", false, true, false },        { "notequals", true, false, true },
	{ "lessthan", true, false, false },      { "lessthanorequal", true, true, false },
	{ "greaterthan", false, false, true },   { "greaterthanorequal", false, true, true },
	{ "isdistinctfrom", true, false, true }, { "isnotdistinctfrom", false, true, false },
};

/* One operator over left and right; out has a result per row. */
static void run_operator(const char *name, const struct sel *sel, bool is_one_unit, uint8_t *out)
{
	static _Alignas(16) char state[256];
	const struct column cols[] = { left.col, right.col };
	const enum col_type types[] = { left.col.type, right.col.type };
	uint64_t validity[VALIDITY_WORDS];
	struct func_match m;
	struct func_call c = { 0 };

	ck_assert_int_eq(func_resolve(str_of(name), types, 2, &m, &fx.e.err), 0);
	memset(state, 0, sizeof(state));
	memset(validity, 0xff, sizeof(validity));
	c = (struct func_call){
		.def = m.def,
		.args = cols,
		.n_args = 2,
		.type = m.result,
		.sel = sel,
		.out = out,
		.validity = validity,
		.text = &fx.text,
		.state = state,
		.coop = &fx.e.coop,
		.err = &fx.e.err,
	};
	ck_assert_int_eq(calc_kernel(&fx, &c, is_one_unit), STEP_DONE);
}

static void check_operators(enum col_type type, enum col_form a, enum col_form b, uint64_t *seed)
{
	uint8_t out[BATCH_ROWS_MAX];
	uint16_t rows[BATCH_ROWS_MAX];
	uint32_t n = BATCH_ROWS_MAX - (uint32_t)(sample_random(seed) % 20);

	sample_make(&left, seed, (struct sample_shape){ type, a, false, 0 }, n);
	sample_make(&right, seed, (struct sample_shape){ type, b, false, 0 }, n);
	/* Random texts are seldom equal; some rows had better be. */
	for (uint32_t row = 0; a == COL_FLAT && b == COL_FLAT && row < n; row += 3) {
		size_t width = lane_width[col_lane_of(type)];

		memcpy(right.values + row * width, left.values + row * width, width);
		right.rows[row] = left.rows[row];
	}
	for (size_t op = 0; op < ARRAY_SIZE(operators); op++) {
		struct sel sel = { NULL, n };

		if (op % 2 == (sample_random(seed) & 1))
			sel = sample_sel(seed, n, 3, rows);
		run_operator(operators[op].name, &sel, op & 2, out);
		for (uint32_t i = 0; i < sel.n_rows; i++) {
			uint32_t row = sel_row(&sel, i);
			int cmp = value_cmp(&left.rows[row], &right.rows[row]);
			bool want = cmp < 0    ? operators[op].if_less
				    : cmp == 0 ? operators[op].if_equal
					       : operators[op].if_greater;

			ck_assert_msg(out[row] == want, "%s of %s, row %u", operators[op].name,
				      col_types[type].name, row);
		}
	}
}

START_TEST(agrees_with_value_cmp)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT,       COL_LONG,   COL_DOUBLE,
					       COL_FLOAT,   COL_TIMESTAMP, COL_STRING, COL_BYTES };
	uint64_t seed = 5;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for (int round = 0; round < 4; round++) {
			check_operators(types[i], COL_FLAT, COL_FLAT, &seed);
			check_operators(types[i], COL_FLAT, COL_CONST, &seed);
			check_operators(types[i], COL_CONST, COL_FLAT, &seed);
			check_operators(types[i], COL_CONST, COL_CONST, &seed);
		}
	}
}
END_TEST

START_TEST(orders_nan_above_all_numbers_and_equal_to_itself)
{
	static const struct calc_case cases[] = {
		{ "equals(sqrt(-1), sqrt(-1))", "true" },
		{ "notequals(sqrt(-1), sqrt(-1))", "false" },
		{ "lessthan(divide(1, 0), sqrt(-1))", "true" },
		{ "greaterthan(divide(1, 0), sqrt(-1))", "false" },
		{ "lessthan(sqrt(-1), 1.5)", "false" },
		{ "greaterthan(sqrt(-1), 1.5)", "true" },
		{ "lessthanorequal(sqrt(-1), sqrt(-1))", "true" },
		{ "greaterthanorequal(1.5, sqrt(-1))", "false" },
		{ "greatest(1.5, sqrt(-1), divide(1, 0))", "NaN" },
		{ "least(sqrt(-1), 1.5)", "1.5" },
		{ "equals(-0.0, 0.0)", "true" },
		{ "isdistinctfrom(-0.0, 0.0)", "false" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* Lengths around the inline limit, and bytes that differ where nobody looks first. */
START_TEST(compares_strings_by_bytes)
{
	static const struct calc_case cases[] = {
		{ "equals('', '')", "true" },
		{ "lessthan('', 'a')", "true" },
		{ "lessthan('abc', 'abcd')", "true" },
		{ "equals('abcd', 'abcde')", "false" },
		{ "equals('abcdefghijkl', 'abcdefghijkl')", "true" },
		{ "equals('abcdefghijkl', 'abcdefghijkX')", "false" },
		{ "equals('abcdefghijklm', 'abcdefghijklm')", "true" },
		{ "equals('abcdefghijklm', 'abcdefghijklX')", "false" },
		{ "greaterthan('abcdefghijklm', 'abcdefghijkl')", "true" },
		{ "lessthan('z', 'ä')", "true" },
		{ "lessthan('a', 'b')", "true" },
		{ "greaterthan('Z', 'a')", "false" },
		{ "equals(concat('a', chr(0)), 'a')", "false" },
		{ "greaterthan(concat('a', chr(0)), 'a')", "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(compares_long_strings_in_slices)
{
	static const struct calc_case cases[] = {
		{ "equals(repeat('ab', 50000), repeat('ab', 50000))", "true" },
		{ "equals(concat(repeat('ab', 50000), 'x'), concat(repeat('ab', 50000), 'y'))",
		  "false" },
		{ "lessthan(concat(repeat('ab', 50000), 'x'), concat(repeat('ab', 50000), 'y'))",
		  "true" },
		{ "greaterthan(repeat('ab', 50000), repeat('ab', 49999))", "true" },
		{ "isdistinctfrom(repeat('ab', 50000), repeat('ab', 50000))", "false" },
		{ "length(greatest(repeat('ab', 40000), repeat('ab', 50000), repeat('ab', 100)))",
		  "100000" },
		{ "length(least(repeat('ab', 40000), repeat('ab', 50000), repeat('ab', 30000)))",
		  "60000" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(mixes_types_by_widening)
{
	static const struct calc_case cases[] = {
		{ "equals(1, 1.0)", "true" },
		{ "lessthan(9223372036854775806, 9223372036854775807)", "true" },
		{ "equals(TIMESTAMP '1970-01-01 00:00:01', 1000)", "true" },
		{ "equals(CAST(1 AS FLOAT), 1.0)", "true" },
		{ "equals(NULL, 1)", "null" },
		{ "greatest(1, 2.5)", "2.5" },
		{ "greatest(1, NULL)", "null" },
		{ "greatest('b', 'abc', 'c')", "c" },
		{ "greatest(true, false)", "true" },
		{ "least(TIMESTAMP '2024-01-01', TIMESTAMP '2023-01-01')",
		  "2023-01-01 00:00:00.0" },
		{ "greatest(7)", "7" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(takes_null_for_a_value_in_is_distinct)
{
	static const struct calc_case cases[] = {
		{ "isdistinctfrom(NULL, 1)", "true" },
		{ "isdistinctfrom(1, NULL)", "true" },
		{ "isdistinctfrom(NULL, NULL)", "false" },
		{ "isdistinctfrom('a', 'a')", "false" },
		{ "isnotdistinctfrom(NULL, 'a')", "false" },
		{ "isnotdistinctfrom(NULL, NULL)", "true" },
		{ "isnotdistinctfrom('a', 'a')", "true" },
		{ "isnotdistinctfrom(true, false)", "false" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("greatest(repeat('b', 20), repeat('a', 30))", "bbbbbbbbbbbbbbbbbbbb", _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, agrees_with_value_cmp);
	tcase_add_test(tc, orders_nan_above_all_numbers_and_equal_to_itself);
	tcase_add_test(tc, compares_strings_by_bytes);
	tcase_add_test(tc, compares_long_strings_in_slices);
	tcase_add_test(tc, mixes_types_by_widening);
	tcase_add_test(tc, takes_null_for_a_value_in_is_distinct);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 6);
	return unit_main("func/compare", tc);
}
