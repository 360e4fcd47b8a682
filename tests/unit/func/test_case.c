/*
 * test_case.c - letters of many alphabets, and ASCII at every length.
 */
#include "tests/unit/func/fixture.h"

START_TEST(maps_letters)
{
	static const struct calc_case cases[] = {
		{ "upper('')", "" },
		{ "upper('sluice')", "SLUICE" },
		{ "lower('SLUICE Gate 9')", "sluice gate 9" },
		{ "upper('@[`{az09')", "@[`{AZ09" },
		{ "lower('@[`{AZ09')", "@[`{az09" },
		{ "upper('äöüéñç')", "ÄÖÜÉÑÇ" },
		{ "upper('ÿ')", "Ÿ" },
		{ "lower('ЖЁЯ')", "жёя" },
		{ "upper('αβγω')", "ΑΒΓΩ" },
		{ "lower('ŁŐŻ')", "łőż" },
		{ "upper('ǆ')", "Ǆ" },
		{ "upper('日本語')", "日本語" },
		{ "upper('Straße')", "STRAßE" },
		/* Fewer bytes, and more. */
		{ "upper('ſı')", "SI" },
		{ "lower('Kelvin Ω')", "kelvin ω" },
		{ "octetlength(upper('ɐ'))", "3" },
		{ "octetlength(lower('Ⱥ'))", "3" },
		{ "upper(NULL)", "null" },
		{ "initcap('open THE sluice-gate at 9am')", "Open The Sluice-Gate At 9am" },
		{ "initcap('éTÉ der ÄPFEL')", "Été Der Äpfel" },
		{ "initcap('')", "" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(maps_long_texts_in_slices)
{
	static const struct calc_case cases[] = {
		{ "equals(upper(repeat('ab', 50000)), repeat('AB', 50000))", "true" },
		{ "equals(lower(repeat('ÄB', 50000)), repeat('äb', 50000))", "true" },
		{ "equals(upper(concat(repeat('a', 40000), repeat('ɐ', 40000))), "
		  "concat(repeat('A', 40000), repeat('Ɐ', 40000)))",
		  "true" },
		{ "equals(initcap(concat(repeat('a', 100000), ' b')), "
		  "concat('A', repeat('a', 99999), ' B'))",
		  "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* Eight bytes at a time: each length, and each byte at each place. */
START_TEST(maps_ascii_at_every_length)
{
	struct calc k;
	struct value v;
	char sql[128], text[32];

	calc_init(&k);
	k.is_brief = true;
	for (int n = 1; n < 27; n++) {
		for (int ch = ' '; ch < 127; ch++) {
			bool is_lower = ch >= 'a' && ch <= 'z', is_upper = ch >= 'A' && ch <= 'Z';
			int at = (n * 7 + ch) % n;

			if (ch == '\'')
				continue;
			memset(text, '-', (size_t)n);
			text[at] = (char)ch;
			(void)snprintf(sql, sizeof(sql), "upper('%.*s')", n, text);
			ck_assert_int_eq(calc_eval(&k, sql, &v), 0);
			ck_assert_msg(v.str.ptr[at] == (is_lower ? ch - 32 : ch), "%s", sql);
			(void)snprintf(sql, sizeof(sql), "lower('%.*s')", n, text);
			ck_assert_int_eq(calc_eval(&k, sql, &v), 0);
			ck_assert_msg(v.str.ptr[at] == (is_upper ? ch + 32 : ch), "%s", sql);
		}
		arena_reset(&k.e.arena);
	}
	calc_fini(&k);
}
END_TEST

/* Text that is no UTF-8 keeps its bytes. */
START_TEST(leaves_stray_bytes_alone)
{
	static const struct calc_case cases[] = {
		{ "upper('a\xff"
		  "b')",
		  "A\xff"
		  "B" },
		{ "lower('A\xc3')", "a\xc3" },
		{ "length('a\xe2\x82')", "2" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("upper('open the gate over the Fluß')", "OPEN THE GATE OVER THE FLUß", _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, maps_letters);
	tcase_add_test(tc, maps_long_texts_in_slices);
	tcase_add_test(tc, maps_ascii_at_every_length);
	tcase_add_test(tc, leaves_stray_bytes_alone);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("func/case", tc);
}
