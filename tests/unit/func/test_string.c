/*
 * test_string.c - lengths, parts, TRIM and SPLITPART: positions in code points, ends and beyond.
 */
#include "tests/unit/func/fixture.h"

START_TEST(counts_code_points)
{
	static const struct calc_case cases[] = {
		{ "length('')", "0" },
		{ "length('sluice')", "6" },
		{ "length('日本語')", "3" },
		{ "length('Schleusentor über der Elbe')", "26" },
		{ "octetlength('日本語')", "9" },
		{ "bitlength('日')", "24" },
		{ "length(repeat('ä', 100000))", "100000" },
		{ "length(NULL)", "null" },
		{ "codepoint('日本')", "26085" },
		{ "codepoint('')", "null" },
		{ "ascii('')", "0" },
		{ "ascii('é')", "233" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(takes_parts_as_pinot_does)
{
	static const struct calc_case cases[] = {
		{ "substr('sluice gate', 0)", "sluice gate" },
		{ "substr('sluice gate', 7)", "gate" },
		{ "substr('sluice gate', 11)", "" },
		{ "substr('sluice gate', 99)", "" },
		{ "substr('sluice gate', -4)", "gate" },
		{ "substr('sluice gate', -99)", "sluice gate" },
		{ "substr('sluice gate', 7, -1)", "gate" },
		{ "substr('sluice gate', 0, 6)", "sluice" },
		{ "substr('sluice gate', 7, 99)", "gate" },
		{ "substr('sluice gate', 6, 3)", "" },
		{ "substr('sluice gate', 3, 3)", "" },
		{ "substr('sluice gate', -4, -2)", "ga" },
		{ "substr('sluice gate', 0, -99)", "" },
		{ "substr('日本語', 1, 2)", "本" },
		{ "substr('日本語', -1)", "語" },
		{ "substr('', 0, 5)", "" },
		{ "substr('abc', 9223372036854775807)", "" },
		{ "substr('abc', -9223372036854775808, 9223372036854775807)", "abc" },
		{ "substr('a string that is long enough', 2, 22)", "string that is long " },
		{ "left('sluice', 0)", "" },
		{ "left('sluice', -1)", "" },
		{ "left('日本語', 2)", "日本" },
		{ "right('sluice', 0)", "" },
		{ "right('sluice', -5)", "" },
		{ "right('日本語', 2)", "本語" },
		{ "right('日本語', 9)", "日本語" },
		{ "right('x', -9223372036854775808)", "" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(takes_parts_as_the_standard_does)
{
	static const struct calc_case cases[] = {
		{ "substring('sluice', 1)", "sluice" },
		{ "substring('sluice', 0)", "sluice" },
		{ "substring('sluice', -5)", "sluice" },
		{ "substring('sluice', 3)", "uice" },
		{ "substring('sluice', 7)", "" },
		{ "substring('sluice', 3, 2)", "ui" },
		{ "substring('sluice', 0, 2)", "s" },
		{ "substring('sluice', -2, 2)", "" },
		{ "substring('sluice', 3, 0)", "" },
		{ "substring('sluice', 3, 9223372036854775807)", "uice" },
		{ "substring('sluice', -9223372036854775808, 9223372036854775807)", "" },
		{ "substring('日本語', 2, 1)", "本" },
		{ "substring('sluice', 3, -1)", "!substring of negative length -1" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(finds_positions_in_long_texts)
{
	static const struct calc_case cases[] = {
		{ "substr(concat(repeat('ä', 100000), 'xyz'), 100001, 100002)", "y" },
		{ "substr(concat(repeat('ä', 100000), 'xyz'), -2)", "yz" },
		{ "right(concat(repeat('ä', 100000), 'xyz'), 3)", "xyz" },
		{ "length(left(repeat('äb', 100000), 150001))", "150001" },
		{ "octetlength(left(repeat('äb', 100000), 150001))", "225002" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(trims)
{
	static const struct calc_case cases[] = {
		{ "trim('')", "" },
		{ "trim('   ')", "" },
		{ "trim(concat(chr(9), 'a b', chr(10)))", "a b" },
		{ "ltrim('  a b  ')", "a b  " },
		{ "rtrim('  a b  ')", "  a b" },
		{ "length(trim(concat(chr(1), 'a')))", "1" },
		{ "length(ltrim(concat(chr(1), 'a')))", "2" },
		{ "trim('', 'x')", "" },
		{ "trim('xxx', 'x')", "" },
		{ "trim('abc', '')", "abc" },
		{ "trim('xyabcyx', 'xy')", "abc" },
		{ "trim('éaé', 'é')", "a" },
		{ "trim('èaè', 'é')", "èaè" },
		{ "ltrim('日日本', '日')", "本" },
		{ "rtrim('本日日', '日')", "本" },
		{ "length(trim(concat(repeat(' ', 100000), 'gate', repeat(' ', 70000))))", "4" },
		{ "length(rtrim(repeat('ab', 100000), 'ba'))", "0" },
		{ "trim('abc', repeat('x', 4097))",
		  "!trim: the characters take 4097 bytes; the limit is 4096" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(splits)
{
	static const struct calc_case cases[] = {
		{ "splitpart('a.b.c', '.', 0)", "a" },
		{ "splitpart('a.b.c', '.', 2)", "c" },
		{ "splitpart('a.b.c', '.', 3)", "null" },
		{ "splitpart('a.b.c', '.', -1)", "c" },
		{ "splitpart('a.b.c', '.', -3)", "a" },
		{ "splitpart('a.b.c', '.', -4)", "null" },
		{ "splitpart('..a...b..', '.', 0)", "a" },
		{ "splitpart('..a...b..', '.', 1)", "b" },
		{ "splitpart('..a...b..', '.', -2)", "a" },
		{ "splitpart('a::b', '::', 1)", "b" },
		{ "splitpart('', '.', 0)", "null" },
		{ "splitpart('abc', '.', 0)", "abc" },
		{ "splitpart('a b', '', 1)", "b" },
		{ "splitpart('日,本,語', ',', 1)", "本" },
		{ "splitpart(concat(repeat('ab,', 50000), 'end'), ',', 50000)", "end" },
		{ "splitpart(concat(repeat('ab,', 50000), 'end'), ',', -1)", "end" },
		{ "splitpart('a.b', '.', 9223372036854775807)", "null" },
		{ "splitpart('a.b', '.', -9223372036854775808)", "null" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("substr(concat('a string that ', 'is long enough'), 2, 22)",
		      "string that is long ", _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, counts_code_points);
	tcase_add_test(tc, takes_parts_as_pinot_does);
	tcase_add_test(tc, takes_parts_as_the_standard_does);
	tcase_add_test(tc, finds_positions_in_long_texts);
	tcase_add_test(tc, trims);
	tcase_add_test(tc, splits);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("func/string", tc);
}
