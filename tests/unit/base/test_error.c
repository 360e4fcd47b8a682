/* Tests of common/base/error.c. */
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

#define MSG_MAX (sizeof(((struct error *)0)->msg) - 1)

/* A text of n times 'a'. */
static const char *letters(size_t n)
{
	static char text[4096];

	memset(text, 'a', n);
	text[n] = '\0';
	return text;
}

START_TEST(raises_and_returns_in_one_step)
{
	struct error err = { 0 };

	ck_assert_int_eq(error_set(&err, ERR_SQL_PARSING, "expected %s, not %d", "FROM", 7), -1);
	ck_assert_int_eq(err.code, ERR_SQL_PARSING);
	ck_assert_uint_eq(err.sql_offset, ERROR_NO_OFFSET);
	ck_assert_str_eq(err.msg, "expected FROM, not 7");
	ck_assert_ptr_nonnull(strstr(err.file, "test_error.c"));
	ck_assert_int_eq(err.line, 24);
}
END_TEST

START_TEST(keeps_the_place_in_the_sql_text)
{
	struct error err = { 0 };

	(void)error_set_at(&err, ERR_COLUMN_UNKNOWN, 17, "unknown column");
	ck_assert_uint_eq(err.sql_offset, 17);
	(void)error_set(&err, ERR_IO, "no place");
	ck_assert_uint_eq(err.sql_offset, ERROR_NO_OFFSET);
}
END_TEST

START_TEST(keeps_a_message_that_just_fits)
{
	struct error err = { 0 };

	(void)error_set(&err, ERR_IO, "%s\xc3\xa4", letters(MSG_MAX - 2));
	ck_assert_uint_eq(strlen(err.msg), MSG_MAX);
	ck_assert_str_eq(err.msg + MSG_MAX - 2, "\xc3\xa4");
}
END_TEST

/* A character of _i + 2 bytes whose last byte is one too many. */
START_TEST(cuts_a_long_message_between_characters)
{
	static const char *const chars[] = { "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct error err = { 0 };
	size_t n = MSG_MAX + 1 - strlen(chars[_i]);

	(void)error_set(&err, ERR_IO, "%s%s and more", letters(n), chars[_i]);
	ck_assert_uint_eq(strlen(err.msg), n);
	ck_assert_str_eq(err.msg, letters(n));
}
END_TEST

START_TEST(puts_question_marks_in_the_place_of_what_is_no_utf8)
{
	struct error err = { 0 };

	(void)error_set(&err, ERR_IO, "no '%s'", "\xcd\x9e\xff.\xe2\x82");
	ck_assert_str_eq(err.msg, "no '\xcd\x9e?.?\?'");
	(void)error_prefix(&err, "\x80\xc3\xa4");
	ck_assert_str_eq(err.msg, "?\xc3\xa4: no '\xcd\x9e?.?\?'");
}
END_TEST

START_TEST(an_argument_may_be_the_old_message)
{
	struct error err = { 0 };

	(void)error_set(&err, ERR_IO, "disk full");
	(void)error_set(&err, ERR_IMPORT, "line 3: %s", err.msg);
	ck_assert_str_eq(err.msg, "line 3: disk full");
	ck_assert_int_eq(err.code, ERR_IMPORT);
}
END_TEST

START_TEST(a_prefix_changes_nothing_but_the_text)
{
	struct error err = { 0 };

	(void)error_set_at(&err, ERR_TABLE_UNKNOWN, 9, "not there");
	ck_assert_int_eq(error_prefix(&err, "table %s", "t"), -1);
	ck_assert_int_eq(error_prefix(&err, "import"), -1);
	ck_assert_str_eq(err.msg, "import: table t: not there");
	ck_assert_int_eq(err.code, ERR_TABLE_UNKNOWN);
	ck_assert_uint_eq(err.sql_offset, 9);
}
END_TEST

START_TEST(a_prefix_cuts_the_end_of_a_long_message)
{
	struct error err = { 0 };

	(void)error_set(&err, ERR_IO, "%s\xe2\x82\xac", letters(MSG_MAX - 5));
	(void)error_prefix(&err, "b");
	/* "b: " takes three bytes; the character of three has room for one. */
	ck_assert_uint_eq(strlen(err.msg), MSG_MAX - 2);
	ck_assert_int_eq(strncmp(err.msg, "b: aaa", 6), 0);
	ck_assert_int_eq(err.msg[MSG_MAX - 3], 'a');
}
END_TEST

START_TEST(a_huge_prefix_leaves_the_reason_in_place)
{
	struct error err = { 0 };

	(void)error_set(&err, ERR_IO, "disk full");
	(void)error_prefix(&err, "%s", letters(3000));
	ck_assert_str_eq(err.msg + strlen(err.msg) - 14, "aaa: disk full");
	ck_assert_uint_le(strlen(err.msg), MSG_MAX);
}
END_TEST

START_TEST(clears_everything)
{
	struct error err = { 0 };

	(void)error_set_at(&err, ERR_IO, 5, "text");
	error_clear(&err);
	ck_assert_int_eq(err.code, ERR_NONE);
	ck_assert_uint_eq(err.sql_offset, ERROR_NO_OFFSET);
	ck_assert_str_eq(err.msg, "");
	ck_assert_ptr_null(err.file);
}
END_TEST

START_TEST(gives_the_row_of_a_code)
{
	const struct error_info *info = error_info(ERR_QUERY_TIMEOUT);

	ck_assert_str_eq(info->name, "QUERY_TIMEOUT");
	ck_assert_str_eq(info->text, "ExecutionTimeoutError");
	ck_assert_int_eq(info->wire_code, 250);
	ck_assert_int_eq(info->http_status, 408);
	ck_assert_int_eq(error_info(ERR_SQL_PARSING)->wire_code, 150);
}
END_TEST

START_TEST(every_code_has_a_row_fit_for_http)
{
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
		const struct error_info *info = error_info((enum error_code)code);

		ck_assert_ptr_nonnull(info->name);
		ck_assert_ptr_nonnull(info->text);
		ck_assert_int_gt(info->wire_code, 0);
		ck_assert(info->http_status >= 400 && info->http_status < 600);
	}
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct error err = { 0 };

	(void)mem_fail_after(0);
	ck_assert_int_eq(error_oom(&err), -1);
	(void)error_prefix(&err, "sort");
	ck_assert_int_eq(mem_fail_after(-1), 0);
	ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	ck_assert_str_eq(err.msg, "sort: out of memory");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, raises_and_returns_in_one_step);
	tcase_add_test(tc, keeps_the_place_in_the_sql_text);
	tcase_add_test(tc, keeps_a_message_that_just_fits);
	tcase_add_loop_test(tc, cuts_a_long_message_between_characters, 0, 3);
	tcase_add_test(tc, puts_question_marks_in_the_place_of_what_is_no_utf8);
	tcase_add_test(tc, an_argument_may_be_the_old_message);
	tcase_add_test(tc, a_prefix_changes_nothing_but_the_text);
	tcase_add_test(tc, a_prefix_cuts_the_end_of_a_long_message);
	tcase_add_test(tc, a_huge_prefix_leaves_the_reason_in_place);
	tcase_add_test(tc, clears_everything);
	tcase_add_test(tc, gives_the_row_of_a_code);
	tcase_add_test(tc, every_code_has_a_row_fit_for_http);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("base/error", tc);
}
