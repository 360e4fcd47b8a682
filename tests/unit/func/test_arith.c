/*
 * test_arith.c - exact or an error: every LONG operation at its edges, and against 128 bits.
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

__extension__ typedef __int128 wide;

/* Runs a LONG operation over left and right; -1 with fx.e.err. */
static int run_longs(const char *name, const struct sel *sel, int64_t *out)
{
	const struct column cols[] = { left.col, right.col };
	const enum col_type types[] = { COL_LONG, COL_LONG };
	uint64_t validity[VALIDITY_WORDS];
	struct func_match m;
	struct func_call c = { 0 };

	ck_assert_int_eq(func_resolve(str_of(name), types, 2, &m, &fx.e.err), 0);
	c = (struct func_call){ .def = m.def,
				.args = cols,
				.n_args = 2,
				.type = m.result,
				.sel = sel,
				.out = out,
				.validity = validity,
				.coop = &fx.e.coop,
				.err = &fx.e.err };
	return m.def->kernel(&c) == STEP_DONE ? 0 : -1;
}

static wide exact(size_t op, int64_t a, int64_t b)
{
	switch (op) {
	case 0:
		return (wide)a + b;
	case 1:
		return (wide)a - b;
	default:
		return (wide)a * b;
	}
}

/* Values of up to `bits` bits, so that some vectors overflow in one row only, and some in none. */
static void fill(struct sample *s, uint64_t *seed, enum col_form form, unsigned bits)
{
	int64_t *v = (int64_t *)(void *)s->values;

	for (uint32_t row = 0; row < BATCH_ROWS_MAX; row++)
		v[row] = (int64_t)sample_random(seed) >> (64 - bits);
	s->col = (struct column){ COL_LONG, form, v, NULL, NULL };
}

static void check_vector(size_t op, enum col_form a, enum col_form b, unsigned bits, uint64_t *seed)
{
	static const char *const names[] = { "plus", "minus", "times" };
	static const char symbols[] = "+-*";
	int64_t out[BATCH_ROWS_MAX];
	uint16_t rows[BATCH_ROWS_MAX];
	struct sel sel = { NULL, BATCH_ROWS_MAX - 3 };
	char want[100] = "";
	int r;

	fill(&left, seed, a, bits);
	fill(&right, seed, b, bits);
	if (sample_random(seed) & 1)
		sel = sample_sel(seed, BATCH_ROWS_MAX, 2, rows);
	r = run_longs(names[op], &sel, out);
	for (uint32_t i = 0; i < sel.n_rows && !want[0]; i++) {
		uint32_t row = sel_row(&sel, i);
		int64_t x = col_i64(&left.col, row), y = col_i64(&right.col, row);
		wide v = exact(op, x, y);

		if (v != (int64_t)v)
			(void)snprintf(want, sizeof(want), "LONG overflow in %lld %c %lld",
				       (long long)x, symbols[op], (long long)y);
		else if (r == 0)
			ASSERT_ROW(out[row] == (int64_t)v);
	}
	ck_assert_int_eq(r, want[0] ? -1 : 0);
	if (r < 0)
		ck_assert_str_eq(fx.e.err.msg, want);
}

START_TEST(is_exact_or_names_the_first_row_that_overflows)
{
	static const unsigned widths[] = { 10, 31, 32, 33, 40, 62, 63, 64 };
	uint64_t seed = 11;

	for (size_t op = 0; op < 3; op++) {
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			check_vector(op, COL_FLAT, COL_FLAT, widths[w], &seed);
			check_vector(op, COL_FLAT, COL_CONST, widths[w], &seed);
			check_vector(op, COL_CONST, COL_FLAT, widths[w], &seed);
			check_vector(op, COL_CONST, COL_CONST, widths[w], &seed);
		}
	}
}
END_TEST

START_TEST(fails_at_the_edges_of_long)
{
	static const struct calc_case cases[] = {
		{ "plus(9223372036854775807, 0)", "9223372036854775807" },
		{ "plus(9223372036854775807, 1)", "!LONG overflow in 9223372036854775807 + 1" },
		{ "minus(-9223372036854775808, 1)", "!LONG overflow in -9223372036854775808 - 1" },
		{ "minus(0, -9223372036854775808)", "!LONG overflow in 0 - -9223372036854775808" },
		{ "minus(-1, -9223372036854775808)", "9223372036854775807" },
		{ "times(4294967296, 2147483647)", "9223372032559808512" },
		{ "times(4294967296, 2147483648)", "!LONG overflow in 4294967296 * 2147483648" },
		{ "times(-1, -9223372036854775808)",
		  "!LONG overflow in -1 * -9223372036854775808" },
		{ "negate(-9223372036854775808)",
		  "!LONG overflow in negate(-9223372036854775808)" },
		{ "abs(-9223372036854775808)", "!LONG overflow in abs(-9223372036854775808)" },
		{ "abs(-9223372036854775807)", "9223372036854775807" },
		{ "intdiv(-9223372036854775808, -1)",
		  "!LONG overflow in -9223372036854775808 / -1" },
		{ "intdivorzero(-9223372036854775808, -1)", "0" },
		{ "mod(-9223372036854775808, -1)", "0" },
		{ "positivemodulo(-7, -9223372036854775808)", "9223372036854775801" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(divides)
{
	static const struct calc_case cases[] = {
		{ "divide(1, 2)", "0.5" },
		{ "divide(1, 0)", "Infinity" },
		{ "divide(-1, 0)", "-Infinity" },
		{ "divide(0, 0)", "NaN" },
		{ "intdivide(7, 2)", "3" },
		{ "intdivide(-7, 2)", "-3" },
		{ "intdivide(7, -2)", "-3" },
		{ "intdivide(7, -1)", "-7" },
		{ "intdivide(7, 0)", "!division by zero: 7 / 0" },
		{ "intdiv(0, 0)", "!division by zero: 0 / 0" },
		{ "intdivorzero(7, 0)", "0" },
		{ "intdivorzero(7, 2)", "3" },
		{ "mod(7, 3)", "1" },
		{ "mod(-7, 3)", "-1" },
		{ "mod(7, -3)", "1" },
		{ "mod(7, 0)", "!division by zero: mod(7, 0)" },
		{ "mod(-7.5, 2)", "-1.5" },
		{ "mod(1.5, 0)", "NaN" },
		{ "moduloorzero(7, 0)", "0" },
		{ "positivemodulo(-7, -3)", "2" },
		{ "positivemodulo(7, 3)", "1" },
		{ "positivemodulo(1, 0)", "!division by zero: positivemodulo(1, 0)" },
		{ "round(-3725, 60)", "-3720" },
		{ "round(3725, 0)", "!division by zero: round(3725, 0)" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(keeps_longs_longs_and_widens_the_rest)
{
	static const struct calc_case cases[] = {
		{ "plus(2, 3)", "5" },
		{ "plus(2, 3.0)", "5.0" },
		{ "plus(CAST(0.5 AS FLOAT), 1)", "1.5" },
		{ "plus(NULL, 3)", "null" },
		{ "minus(TIMESTAMP '1970-01-01 00:00:02', TIMESTAMP '1970-01-01')", "2000" },
		{ "times(9007199254740993, 1)", "9007199254740993" },
		{ "times(9007199254740993, 1.0)", "9.007199254740992E15" },
		{ "negate(0.0)", "-0.0" },
		{ "sign(-7)", "-1" },
		{ "sign(0)", "0" },
		{ "sign(-0.5)", "-1.0" },
		{ "sign(sqrt(-1))", "NaN" },
		{ "abs(-0.0)", "0.0" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(works_on_bits)
{
	static const struct calc_case cases[] = {
		{ "bitand(-1, 255)", "255" },
		{ "bitor(1, 6)", "7" },
		{ "bitxor(-1, 1)", "-2" },
		{ "bitnot(-1)", "0" },
		{ "bitshiftleft(1, 63)", "-9223372036854775808" },
		{ "bitshiftleft(1, 64)", "1" },
		{ "bitshiftright(-8, 1)", "-4" },
		{ "bitcount(-1)", "64" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(places_its_errors_in_the_statement)
{
	struct value v;

	ck_assert_int_eq(calc_eval(&fx, "intdiv(1, 0)", &v), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_SQL_RUNTIME);
	ck_assert_uint_eq(fx.e.err.sql_offset, CALC_OFFSET);
}
END_TEST

/* Arithmetic allocates nothing. */
START_TEST(survives_allocation_failure)
{
	struct value v;

	fx.is_brief = true;
	mem_fail_after(_i);
	ck_assert_int_eq(calc_eval(&fx, "plus(times(2, 3), 1)", &v), 0);
	mem_fail_after(-1);
	ck_assert_int_eq(v.i64, 7);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, is_exact_or_names_the_first_row_that_overflows);
	tcase_add_test(tc, fails_at_the_edges_of_long);
	tcase_add_test(tc, divides);
	tcase_add_test(tc, keeps_longs_longs_and_widens_the_rest);
	tcase_add_test(tc, works_on_bits);
	tcase_add_test(tc, places_its_errors_in_the_statement);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/arith", tc);
}
