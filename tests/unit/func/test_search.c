/*
 * test_search.c - places in code points, the n-th of them, and ends.
 */
#include "tests/unit/func/fixture.h"

START_TEST(finds_places)
{
	static const struct calc_case cases[] = {
		{ "strpos('sluice', 'i')", "3" },
		{ "strpos('sluice', 'x')", "-1" },
		{ "strpos('sluice', '')", "0" },
		{ "strpos('', '')", "0" },
		{ "strpos('', 'a')", "-1" },
		{ "strpos('日本語', '語')", "2" },
		{ "strpos('aaaa', 'aa', 1)", "0" },
		{ "strpos('aaaa', 'aa', 3)", "2" },
		{ "strpos('aaaa', 'aa', 4)", "-1" },
		{ "strpos('banana', 'a', 0)", "-1" },
		{ "strpos('banana', 'a', -1)", "-1" },
		{ "strrpos('banana', 'an')", "3" },
		{ "strrpos('banana', 'x')", "-1" },
		{ "strrpos('banana', '')", "6" },
		{ "strrpos('日本日', '日')", "2" },
		{ "strrpos('a', 'ab')", "-1" },
		{ "position('i', 'sluice')", "4" },
		{ "position('x', 'sluice')", "0" },
		{ "position('', 'sluice')", "1" },
		{ "strpos(concat(repeat('ä', 100000), 'x'), 'x')", "100000" },
		{ "strrpos(concat('x', repeat('ä', 100000)), 'x')", "0" },
		{ "strrpos(concat(repeat('a', 100000), repeat('b', 50000)), repeat('a', 40000))",
		  "60000" },
		{ "strpos(repeat('ab', 50000), 'b', 50000)", "99999" },
		{ "position(repeat('b', 70000), concat(repeat('a', 70000), repeat('b', 70000)))",
		  "70001" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(tells_whether_it_is_there)
{
	static const struct calc_case cases[] = {
		{ "contains('sluice', 'uic')", "true" },
		{ "contains('sluice', 'cui')", "false" },
		{ "contains('', '')", "true" },
		{ "contains('a', NULL)", "null" },
		{ "contains(concat(repeat('a', 100000), 'b'), 'ab')", "true" },
		{ "contains(repeat('a', 100000), 'ab')", "false" },
		{ "startswith('sluice', '')", "true" },
		{ "startswith('sluice', 'sluice')", "true" },
		{ "startswith('sluice', 'sluices')", "false" },
		{ "startswith('sluice', 'luice')", "false" },
		{ "endswith('sluice', 'ice')", "true" },
		{ "endswith('sluice', 'xsluice')", "false" },
		{ "endswith('', 'a')", "false" },
		{ "startswith(repeat('ab', 50000), repeat('ab', 40000))", "true" },
		{ "startswith(repeat('ab', 50000), concat(repeat('ab', 40000), 'x'))", "false" },
		{ "endswith(repeat('ab', 50000), repeat('ab', 40000))", "true" },
		{ "endswith(repeat('ab', 50000), repeat('ba', 40000))", "false" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct calc k;
	struct value v;

	calc_init(&k);
	k.is_brief = true;
	mem_fail_after(_i);
	ck_assert_int_eq(calc_eval(&k, "strpos('sluice gate over water', 'gate')", &v), 0);
	mem_fail_after(-1);
	ck_assert_int_eq(v.i64, 7);
	calc_fini(&k);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, finds_places);
	tcase_add_test(tc, tells_whether_it_is_there);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 1);
	return unit_main("func/search", tc);
}
