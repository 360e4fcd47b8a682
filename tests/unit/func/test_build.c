/*
 * test_build.c - new text: lengths around the inline limit, empty pieces, limits, long results.
 */
#include "tests/unit/func/fixture.h"

START_TEST(concatenates)
{
	static const struct calc_case cases[] = {
		{ "concat('a')", "a" },
		{ "concat('', '')", "" },
		{ "concat('abcdef', 'ghijkl')", "abcdefghijkl" },
		{ "concat('abcdef', 'ghijklm')", "abcdefghijklm" },
		{ "concat('a', NULL)", "null" },
		{ "concat('1', '2', '3', '4', '5', '6', '7')", "1234567" },
		{ "concatws(', ', 'a')", "a" },
		{ "concatws(', ', 'a', '', 'c')", "a, , c" },
		{ "concatws('', 'a', 'b')", "ab" },
		{ "length(concat(repeat('a', 40000), 'b', repeat('c', 40000)))", "80001" },
		{ "substr(concat(repeat('a', 40000), 'b', repeat('c', 40000)), 39999, 40002)",
		  "abc" },
		{ "octetlength(concatws(repeat('-', 40000), 'a', 'b', 'c'))", "80003" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(replaces)
{
	static const struct calc_case cases[] = {
		{ "replace('', 'a', 'b')", "" },
		{ "replace('abc', '', 'x')", "abc" },
		{ "replace('abc', 'x', 'y')", "abc" },
		{ "replace('aaaa', 'aa', 'b')", "bb" },
		{ "replace('aaa', 'aa', 'b')", "ba" },
		{ "replace('a.b.c', '.', '')", "abc" },
		{ "replace('a.b.c', '.', ' -> ')", "a -> b -> c" },
		{ "replace('Fluß', 'ß', 'ss')", "Fluss" },
		{ "replace('abc', 'abc', '')", "" },
		{ "replace('xabcx', 'x', 'abcdefghijklmno')", "abcdefghijklmnoabcabcdefghijklmno" },
		{ "remove('banana', 'an')", "ba" },
		{ "remove('aaa', 'a')", "" },
		{ "equals(replace(repeat('ab', 50000), 'b', 'cd'), repeat('acd', 50000))", "true" },
		{ "equals(replace(repeat('x', 3), 'x', repeat('ab', 30000)), repeat('ab', 90000))",
		  "true" },
		{ "equals(replace(concat(repeat('a', 70000), 'x', repeat('b', 70000)), 'x', ''), "
		  "concat(repeat('a', 70000), repeat('b', 70000)))",
		  "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(repeats)
{
	static const struct calc_case cases[] = {
		{ "repeat('ab', 0)", "" },
		{ "repeat('ab', -5)", "" },
		{ "repeat('', 5)", "" },
		{ "repeat('', 9223372036854775807)", "" },
		{ "repeat('ab', 1)", "ab" },
		{ "repeat('ab', 7)", "ababababababab" },
		{ "repeat('ab', '-', 1)", "ab" },
		{ "repeat('ab', '--', 4)", "ab--ab--ab--ab" },
		{ "repeat('', '-', 4)", "---" },
		{ "repeat('ab', '-', 0)", "" },
		{ "concat('[', space(4), ']')", "[    ]" },
		{ "space(-1)", "" },
		{ "equals(repeat(repeat('a', 50000), repeat('b', 40000), 2), "
		  "concat(repeat('a', 50000), repeat('b', 40000), repeat('a', 50000)))",
		  "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(pads)
{
	static const struct calc_case cases[] = {
		{ "lpad('7', 3, '0')", "007" },
		{ "lpad('abc', 2, 'x')", "abc" },
		{ "lpad('abc', -2, 'x')", "abc" },
		{ "lpad('', 3, 'xy')", "xyx" },
		{ "lpad('a', 8, 'xyz')", "xyzxyzxa" },
		{ "lpad('é', 3, 'ä')", "ääé" },
		{ "lpad('a', 4, 'äö')", "äöäa" },
		{ "lpad('a', 3, '')", "  a" },
		{ "lpad('a', 3)", "  a" },
		{ "rpad('a', 3)", "a  " },
		{ "rpad('a', 8, 'xyz')", "axyzxyzx" },
		{ "rpad('é', 3, 'äö')", "éäö" },
		{ "rpad('abc', 3, 'x')", "abc" },
		{ "rpad('abcdefghijkl', 14, '日')", "abcdefghijkl日日" },
		{ "length(lpad('a', 100000, 'äö'))", "100000" },
		{ "equals(rpad(repeat('a', 50000), 100000, 'b'), "
		  "concat(repeat('a', 50000), repeat('b', 50000)))",
		  "true" },
		{ "equals(lpad('x', 60001, repeat('ä', 40000)), "
		  "concat(repeat('ä', 60000), 'x'))",
		  "true" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(reverses_and_makes_code_points)
{
	static const struct calc_case cases[] = {
		{ "reverse('')", "" },
		{ "reverse('abc')", "cba" },
		{ "reverse('abcdefghijklmnopq')", "qponmlkjihgfedcba" },
		{ "reverse('日本語')", "語本日" },
		{ "reverse('aé日')", "日éa" },
		{ "equals(reverse(repeat('ab', 50000)), repeat('ba', 50000))", "true" },
		{ "equals(reverse(concat(repeat('äb', 50000), 'x')), "
		  "concat('x', repeat('bä', 50000)))",
		  "true" },
		{ "chr(65)", "A" },
		{ "chr(8364)", "€" },
		{ "codepoint(chr(1114111))", "1114111" },
		{ "chr(1114112)", "!chr(1114112): there is no such code point" },
		{ "chr(-1)", "!chr(-1): there is no such code point" },
		{ "chr(55296)", "!chr(55296): there is no such code point" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(refuses_results_over_the_limit)
{
	static const struct calc_case cases[] = {
		{ "octetlength(repeat('a', 100))", "100" },
		{ "repeat('a', 101)", "!repeat gives a string of 101 bytes; the limit is 100 "
				      "(sluice.value.max.bytes)" },
		{ "concat(repeat('a', 100), 'b')",
		  "!concat gives a string of 101 bytes; the limit is 100 "
		  "(sluice.value.max.bytes)" },
		{ "replace(repeat('a', 51), 'a', 'bb')",
		  "!replace gives a string of 102 bytes; the limit is 100 "
		  "(sluice.value.max.bytes)" },
		{ "lpad('a', 101, 'x')", "!lpad gives a string of 101 bytes; the limit is 100 "
					 "(sluice.value.max.bytes)" },
		{ "repeat('ab', 9223372036854775807)",
		  "!repeat gives a string of 18446744073709551614 bytes; the limit is 100 "
		  "(sluice.value.max.bytes)" },
		{ "octetlength(upper(repeat('a', 100)))", "100" },
	};
	struct calc k;

	calc_init(&k);
	k.max_value_bytes = 100;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		calc_check(&k, &cases[i]);
	calc_fini(&k);
}
END_TEST

START_TEST(refuses_sizes_that_overflow)
{
	struct calc k;
	struct value v;

	calc_init(&k);
	ck_assert_int_eq(calc_eval(&k, "lpad('a', 9223372036854775807, '日本語')", &v), -1);
	ck_assert_ptr_nonnull(strstr(k.e.err.msg, "sluice.value.max.bytes"));
	ck_assert_int_eq(calc_eval(&k, "repeat('abcdefgh', '-', 9223372036854775807)", &v), -1);
	ck_assert_ptr_nonnull(strstr(k.e.err.msg, "sluice.value.max.bytes"));
	calc_fini(&k);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("replace(repeat('ab', 10), 'b', 'cd')", "acdacdacdacdacdacdacdacdacdacd", _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, concatenates);
	tcase_add_test(tc, replaces);
	tcase_add_test(tc, repeats);
	tcase_add_test(tc, pads);
	tcase_add_test(tc, reverses_and_makes_code_points);
	tcase_add_test(tc, refuses_results_over_the_limit);
	tcase_add_test(tc, refuses_sizes_that_overflow);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 6);
	return unit_main("func/build", tc);
}
