/* Tests of common/base/str.c. */
#include <string.h>

#include "common/base/str.h"
#include "tests/support/base/unit.h"

START_TEST(compares_ascii_without_case_and_other_bytes_with_it)
{
	ck_assert(str_eq_nocase(STR("SeLect"), STR("sElECT")));
	ck_assert(!str_eq_nocase(STR("select"), STR("selec")));
	ck_assert(!str_eq_nocase(STR("a["), STR("a{"))); /* 0x5b and 0x7b differ by the case bit */
	ck_assert(!str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
	ck_assert(str_eq_nocase((struct str){ 0 }, STR("")));
}
END_TEST

START_TEST(function_names_ignore_underscores_and_case)
{
	ck_assert(str_eq_name(STR("DISTINCT_COUNT_HLL"), STR("distinctCountHLL")));
	ck_assert(str_eq_name(STR("_abs__"), STR("ABS")));
	ck_assert(str_eq_name(STR("___"), STR("")));
	ck_assert(!str_eq_name(STR("abs"), STR("ab_")));
	ck_assert(!str_eq_name(STR("abs_x"), STR("abs_y")));
	ck_assert(!str_eq_name(STR("abs"), STR("absx")));
}
END_TEST

START_TEST(orders_bytes_as_unsigned_and_prefixes_first)
{
	ck_assert_int_lt(str_cmp(STR("a"), STR("\xc3")), 0);
	ck_assert_int_lt(str_cmp(STR("ab"), STR("abc")), 0);
	ck_assert_int_gt(str_cmp(STR("b"), STR("abc")), 0);
	ck_assert_int_eq(str_cmp(STR("abc"), STR("abc")), 0);
	ck_assert_int_lt(str_cmp((struct str){ 0 }, STR("a")), 0);
}
END_TEST

START_TEST(trims_blanks_at_both_ends_only)
{
	ck_assert(str_eq(str_trim(STR(" \t\r\na b \n")), STR("a b")));
	ck_assert_uint_eq(str_trim(STR(" \t ")).len, 0);
	ck_assert_uint_eq(str_trim((struct str){ 0 }).len, 0);
	ck_assert(str_eq(str_trim(STR("\va")), STR("\va")));
}
END_TEST

/* Splits at commas and joins the pieces in brackets. */
static const char *pieces(struct str s)
{
	static char out[64];
	size_t n = 0;

	while (s.ptr != NULL) {
		struct str piece = str_split(&s, ',');

		out[n++] = '[';
		memcpy(out + n, piece.ptr, piece.len);
		n += piece.len;
		out[n++] = ']';
	}
	out[n] = '\0';
	return out;
}

START_TEST(splits_into_all_pieces_also_empty_ones)
{
	ck_assert_str_eq(pieces(STR("a,bc,d")), "[a][bc][d]");
	ck_assert_str_eq(pieces(STR(",a,,b,")), "[][a][][b][]");
	ck_assert_str_eq(pieces(STR("abc")), "[abc]");
	ck_assert_str_eq(pieces(STR("")), "[]");
}
END_TEST

START_TEST(knows_prefixes)
{
	ck_assert(str_starts_with(STR("sluice.query"), STR("sluice.")));
	ck_assert(str_starts_with(STR("a"), STR("")));
	ck_assert(str_starts_with((struct str){ 0 }, (struct str){ 0 }));
	ck_assert(!str_starts_with(STR("slu"), STR("sluice")));
}
END_TEST

START_TEST(finds_from_a_position_on)
{
	struct str s = STR("abcabc");

	ck_assert_uint_eq(str_find(s, STR("bc"), 0), 1);
	ck_assert_uint_eq(str_find(s, STR("bc"), 2), 4);
	ck_assert_uint_eq(str_find(s, STR("bc"), 5), SIZE_MAX);
	ck_assert_uint_eq(str_find(s, STR("abcabcd"), 0), SIZE_MAX);
	ck_assert_uint_eq(str_find(s, STR(""), 6), 6);
	ck_assert_uint_eq(str_find(s, STR(""), 7), SIZE_MAX);
	ck_assert_uint_eq(str_find(s, STR("a"), SIZE_MAX), SIZE_MAX);
}
END_TEST

/* The index of the first bad byte, or -1. */
static int bad_byte(struct str s)
{
	size_t bad = 12345;

	return str_utf8_valid(s, &bad) ? -1 : (int)bad;
}

START_TEST(accepts_the_first_and_last_of_each_length)
{
	ck_assert_int_eq(bad_byte(STR("")), -1);
	ck_assert_int_eq(bad_byte((struct str){ "a\0b", 3 }), -1);
	ck_assert_int_eq(bad_byte(STR("\x7f\xc2\x80\xdf\xbf")), -1);
	ck_assert_int_eq(bad_byte(STR("\xe0\xa0\x80\xef\xbf\xbf")), -1);
	ck_assert_int_eq(bad_byte(STR("\xed\x9f\xbf\xee\x80\x80")), -1);
	ck_assert_int_eq(bad_byte(STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")), -1);
}
END_TEST

START_TEST(rejects_overlong_forms_surrogates_and_what_is_too_high)
{
	ck_assert_int_eq(bad_byte(STR("ab\xc0\x80")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xc1\xbf")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xe0\x9f\xbf")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xf0\x8f\xbf\xbf")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xed\xa0\x80")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xed\xbf\xbf")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xf4\x90\x80\x80")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xf5\x80\x80\x80")), 2);
	ck_assert_int_eq(bad_byte(STR("ab\xff")), 2);
}
END_TEST

START_TEST(rejects_cut_and_stray_sequences)
{
	ck_assert_int_eq(bad_byte(STR("\x80")), 0);
	ck_assert_int_eq(bad_byte(STR("a\xc3")), 1);
	ck_assert_int_eq(bad_byte(STR("a\xc3z")), 1);
	ck_assert_int_eq(bad_byte(STR("a\xe2\x82")), 1);
	ck_assert_int_eq(bad_byte(STR("a\xe2\x82z")), 1);
	ck_assert_int_eq(bad_byte(STR("a\xf0\x9f\x98")), 1);
	ck_assert_int_eq(bad_byte(STR("a\xf0\x9f\x98z")), 1);
}
END_TEST

/* One bad byte at every place of texts of every length around the word size. */
START_TEST(finds_a_bad_byte_wherever_it_is)
{
	for (size_t n = 1; n <= 40; n++) {
		for (size_t at = 0; at < n; at++) {
			char text[40];

			memset(text, 'a', n);
			text[at] = '\x80';
			ck_assert_int_eq(bad_byte((struct str){ text, n }), (int)at);
		}
	}
}
END_TEST

START_TEST(counts_characters)
{
	ck_assert_uint_eq(str_utf8_length(STR("")), 0);
	ck_assert_uint_eq(str_utf8_length(STR("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z")), 5);
}
END_TEST

START_TEST(cuts_before_a_character_that_does_not_fit)
{
	struct str s = STR("a\xf0\x9f\x98\x80z");

	ck_assert_uint_eq(str_utf8_cut(s, 0), 0);
	ck_assert_uint_eq(str_utf8_cut(s, 1), 1);
	for (size_t max = 2; max < 5; max++)
		ck_assert_uint_eq(str_utf8_cut(s, max), 1);
	ck_assert_uint_eq(str_utf8_cut(s, 5), 5);
	ck_assert_uint_eq(str_utf8_cut(s, 99), 6);
}
END_TEST

START_TEST(cuts_what_is_not_utf8_where_it_is_told)
{
	ck_assert_uint_eq(str_utf8_cut(STR("\x80\x80\x80\x80\x80\x80\x80\x80"), 5), 5);
}
END_TEST

START_TEST(knows_control_characters)
{
	static const char *const others[] = { "", " ", "~", "\xc2\xa0", "\xc3\x80", "\xc2" };

	ck_assert_uint_eq(str_control_length(STR("\0")), 1);
	ck_assert_uint_eq(str_control_length(STR("\x1b[31m")), 1);
	ck_assert_uint_eq(str_control_length(STR("\x1f")), 1);
	ck_assert_uint_eq(str_control_length(STR("\x7f")), 1);
	ck_assert_uint_eq(str_control_length(STR("\xc2\x80")), 2);
	ck_assert_uint_eq(str_control_length(STR("\xc2\x9f")), 2);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		ck_assert_uint_eq(str_control_length(str_of(others[i])), 0);
}
END_TEST

START_TEST(measures_the_distance_without_case)
{
	ck_assert_uint_eq(str_distance(STR("kitten"), STR("SITTING"), 9), 3);
	ck_assert_uint_eq(str_distance(STR("flaw"), STR("lawn"), 9), 2);
	ck_assert_uint_eq(str_distance(STR(""), STR("abc"), 9), 3);
	ck_assert_uint_eq(str_distance(STR("Name"), STR("nAME"), 0), 0);
}
END_TEST

START_TEST(stops_measuring_above_the_bound)
{
	ck_assert_uint_eq(str_distance(STR("kitten"), STR("sitting"), 2), 3);
	ck_assert_uint_eq(str_distance(STR("aaaaaaaa"), STR("zzzzzzzz"), 3), 4);
	ck_assert_uint_eq(str_distance(STR("abc"), STR(""), 1), 2);
}
END_TEST

START_TEST(guesses_the_nearest_name_that_is_near_enough)
{
	static const struct {
		const char *wrong, *candidates[2], *nearest;
	} cases[] = {
		{ "sqr", { "sin", "sqrt" }, "sqrt" },
		{ "md5", { "add", "mod" }, NULL },
		{ "mean", { "tan", "min" }, NULL },
		{ "ab", { "abs", "b" }, NULL },
		{ "lenght", { "left", "length" }, "length" },
		{ "abcdefghijkl", { "ABCDEFGHIxyz", "" }, "ABCDEFGHIxyz" },
		{ "abcdefghijklmnop", { "abcdefghijklwxyz", "" }, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct str_guess guess = str_guess_for(str_of(cases[i].wrong));

		for (int k = 0; k < 2; k++)
			(void)str_guess_try(&guess, str_of(cases[i].candidates[k]));
		ck_assert_pstr_eq(guess.name.ptr, cases[i].nearest);
	}
}
END_TEST

START_TEST(very_long_names_are_no_neighbours)
{
	static char a[1000], b[1000];

	memset(a, 'a', sizeof(a));
	memset(b, 'A', sizeof(b));
	ck_assert_uint_eq(str_distance((struct str){ a, 1000 }, (struct str){ b, 1000 }, 5), 0);
	ck_assert_uint_eq(str_distance((struct str){ a, 1000 }, (struct str){ b, 999 }, 5), 6);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, compares_ascii_without_case_and_other_bytes_with_it);
	tcase_add_test(tc, function_names_ignore_underscores_and_case);
	tcase_add_test(tc, orders_bytes_as_unsigned_and_prefixes_first);
	tcase_add_test(tc, trims_blanks_at_both_ends_only);
	tcase_add_test(tc, splits_into_all_pieces_also_empty_ones);
	tcase_add_test(tc, knows_prefixes);
	tcase_add_test(tc, finds_from_a_position_on);
	tcase_add_test(tc, accepts_the_first_and_last_of_each_length);
	tcase_add_test(tc, rejects_overlong_forms_surrogates_and_what_is_too_high);
	tcase_add_test(tc, rejects_cut_and_stray_sequences);
	tcase_add_test(tc, finds_a_bad_byte_wherever_it_is);
	tcase_add_test(tc, counts_characters);
	tcase_add_test(tc, cuts_before_a_character_that_does_not_fit);
	tcase_add_test(tc, cuts_what_is_not_utf8_where_it_is_told);
	tcase_add_test(tc, knows_control_characters);
	tcase_add_test(tc, measures_the_distance_without_case);
	tcase_add_test(tc, stops_measuring_above_the_bound);
	tcase_add_test(tc, guesses_the_nearest_name_that_is_near_enough);
	tcase_add_test(tc, very_long_names_are_no_neighbours);
	return unit_main("base/str", tc);
}
