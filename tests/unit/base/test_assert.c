/* Tests of common/base/assert.c. */
#include <string.h>

#include "common/base/assert.h"
#include "tests/support/base/unit.h"

static void fail_an_assertion(void *arg)
{
	const int *n = arg;

	ASSERT(*n == 42);
}

START_TEST(aborts_and_says_what_failed_and_where)
{
	int n = 41;
	char text[512];

	ck_assert(unit_aborts(fail_an_assertion, &n, text, sizeof(text)));
	ck_assert_ptr_nonnull(strstr(text, "what=*n == 42\n"));
	ck_assert_ptr_nonnull(strstr(text, "test_assert.c:11 "));
}
END_TEST

START_TEST(carries_on_when_the_expression_holds)
{
	int n = 42;
	char text[512];

	ck_assert(!unit_aborts(fail_an_assertion, &n, text, sizeof(text)));
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(evaluates_the_expression_once)
{
	int n = 0;

	ASSERT(++n > 0);
	ck_assert_int_eq(n, 1);
}
END_TEST

START_TEST(debug_assertions_cost_nothing_in_release_builds)
{
	int n = 0;

	DEBUG_ASSERT(++n > 0);
#ifdef NDEBUG
	ck_assert_int_eq(n, 0);
#else
	ck_assert_int_eq(n, 1);
#endif
}
END_TEST

static void fail_at_length(void *arg)
{
	char file[2000];

	(void)arg;
	memset(file, 'f', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	assert_failed("x", file, 1);
}

START_TEST(aborts_even_when_the_text_is_too_long)
{
	char text[4000];

	memset(text, '#', sizeof(text));
	ck_assert(unit_aborts(fail_at_length, NULL, text, sizeof(text)));
	ck_assert_uint_eq(strlen(text), 511);
	ck_assert_int_eq(text[512], '#');
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, aborts_and_says_what_failed_and_where);
	tcase_add_test(tc, carries_on_when_the_expression_holds);
	tcase_add_test(tc, evaluates_the_expression_once);
	tcase_add_test(tc, debug_assertions_cost_nothing_in_release_builds);
	tcase_add_test(tc, aborts_even_when_the_text_is_too_long);
	return unit_main("base/assert", tc);
}
