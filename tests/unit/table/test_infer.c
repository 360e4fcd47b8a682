/* test_infer.c - guesses of types, as a table. */
#include "tests/support/base/unit.h"

#include "broker/table/infer.h"

static const struct {
	const char *values; /* separated by blanks */
	enum col_type type;
} cases[] = {
	{ "", COL_STRING },
	{ "0", COL_INT },
	{ "1 -2 2147483647 -2147483648", COL_INT },
	{ "1 2147483648", COL_LONG },
	{ "9223372036854775807 -9223372036854775808", COL_LONG },
	/* One digit too many: a DOUBLE would lose some. */
	{ "9223372036854775808", COL_STRING },
	{ "1 12345678901234567890", COL_STRING },
	{ "1.5 9223372036854775808", COL_STRING },
	{ "1 2.5", COL_DOUBLE },
	{ "2.5 1", COL_DOUBLE },
	{ "1e5 -1.5E-3 0.5 .5", COL_DOUBLE },
	{ "0.0 -0.5 0", COL_DOUBLE },
	{ "1.7976931348623157e308 -1e308", COL_DOUBLE },
	{ "1.5 1e309", COL_STRING },
	{ "-1e999", COL_STRING },
	{ "1 NaN", COL_DOUBLE },
	{ "NaN 1 -Infinity", COL_DOUBLE },
	{ "NaN Infinity", COL_STRING },
	/* Codes. */
	{ "02134", COL_STRING },
	{ "10001 02134", COL_STRING },
	{ "-007", COL_STRING },
	{ "00.5", COL_STRING },
	{ "+49", COL_STRING },
	{ "00M 0E0 0E8", COL_STRING },
	{ "true FALSE True", COL_BOOLEAN },
	{ "true 1", COL_STRING },
	{ "t f", COL_STRING },
	{ "true maybe", COL_STRING },
	{ "2024-02-29", COL_TIMESTAMP },
	{ "2024-02-29 2023-01-01T12:30:00Z", COL_TIMESTAMP },
	{ "2023-02-29", COL_STRING },
	{ "2024-02-29 1700000000000", COL_STRING },
	{ "0x10", COL_STRING },
	{ "1 x", COL_STRING },
	{ "-", COL_STRING },
	{ "1,5", COL_STRING },
};

START_TEST(guesses_the_narrowest_type)
{
	struct infer f = { 0 };
	struct str rest = str_of(cases[_i].values);

	while (rest.len > 0)
		infer_add(&f, str_split(&rest, ' '));
	ck_assert_str_eq(col_types[infer_type(&f)].name, col_types[cases[_i].type].name);
}
END_TEST

START_TEST(a_value_with_blanks_is_text)
{
	struct infer f = { 0 };

	infer_add(&f, STR(" 1"));
	ck_assert_int_eq(infer_type(&f), COL_STRING);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, guesses_the_narrowest_type, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, a_value_with_blanks_is_text);
	return unit_main("table/infer", tc);
}
