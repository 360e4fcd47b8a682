/* Tests of common/base/strbuf.c. */
#include <string.h>

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "tests/support/base/unit.h"

static struct strbuf buf;

static void setup(void)
{
	(void)mem_fail_after(-1);
	buf = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	strbuf_fini(&buf);
}

START_TEST(an_empty_buffer_is_an_empty_text)
{
	ck_assert(strbuf_ok(&buf));
	ck_assert_str_eq(strbuf_str(&buf).ptr, "");
	ck_assert_uint_eq(strbuf_str(&buf).len, 0);
}
END_TEST

START_TEST(appends_in_order)
{
	strbuf_add(&buf, "abcX", 3);
	strbuf_add_char(&buf, '-');
	strbuf_add_str(&buf, STR("def"));
	strbuf_printf(&buf, "%d%s", 17, "!");
	strbuf_add(&buf, NULL, 0);
	ck_assert_str_eq(buf.ptr, "abc-def17!");
	ck_assert_uint_eq(buf.len, 10);
}
END_TEST

START_TEST(a_nul_byte_is_text)
{
	strbuf_add(&buf, "a\0b", 3);
	strbuf_add_char(&buf, '\0');
	ck_assert_uint_eq(buf.len, 4);
	ck_assert_int_eq(memcmp(buf.ptr, "a\0b\0", 5), 0);
}
END_TEST

START_TEST(grows_one_byte_at_a_time_without_losing_any)
{
	for (int i = 0; i < 10000; i++) {
		strbuf_add_char(&buf, (char)('a' + i % 26));
		ck_assert_int_eq(buf.ptr[buf.len], '\0');
	}
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(buf.ptr[i], 'a' + i % 26);
}
END_TEST

/* Every length behind every fill: all borders of the first sizes are met. */
START_TEST(formats_text_of_any_length)
{
	static char want[400];

	memset(want, 'x', sizeof(want));
	for (int fill = 0; fill < 140; fill += 7) {
		for (int n = 0; n < 300; n++) {
			strbuf_fini(&buf);
			strbuf_add(&buf, want, (size_t)fill);
			strbuf_printf(&buf, "%.*s", n, want);
			ck_assert_uint_eq(buf.len, (size_t)(fill + n));
			ck_assert_uint_eq(strlen(buf.ptr), buf.len);
		}
	}
}
END_TEST

START_TEST(reserved_room_needs_no_further_allocation)
{
	ck_assert_int_eq(strbuf_reserve(&buf, 1000), 0);
	(void)mem_fail_after(0);
	for (int i = 0; i < 1000; i++)
		strbuf_add_char(&buf, 'x');
	ck_assert(strbuf_ok(&buf));
}
END_TEST

START_TEST(a_size_that_overflows_is_a_failure)
{
	strbuf_add_char(&buf, 'x');
	ck_assert_int_eq(strbuf_reserve(&buf, SIZE_MAX - 1), -1);
	ck_assert(!strbuf_ok(&buf));
}
END_TEST

START_TEST(failure_is_sticky_until_a_reset)
{
	strbuf_add(&buf, "abc", 3);
	(void)mem_fail_after(0);
	strbuf_printf(&buf, "%200d", 1);
	ck_assert(!strbuf_ok(&buf));
	strbuf_add(&buf, "def", 3);
	ck_assert_str_eq(buf.ptr, "abc");

	strbuf_reset(&buf);
	ck_assert(strbuf_ok(&buf));
	strbuf_add(&buf, "def", 3);
	ck_assert_str_eq(buf.ptr, "def");
}
END_TEST

START_TEST(a_text_that_is_taken_leaves_an_empty_buffer)
{
	size_t len = 99;
	char *text;

	strbuf_add(&buf, "abc", 3);
	text = strbuf_take(&buf, &len);
	ck_assert_str_eq(text, "abc");
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_null(buf.ptr);
	mem_free(text);
	text = strbuf_take(&buf, &len);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(len, 0);
	mem_free(text);
}
END_TEST

START_TEST(nothing_is_taken_after_a_failure)
{
	size_t len = 99;

	strbuf_add(&buf, "abc", 3);
	(void)mem_fail_after(0);
	strbuf_printf(&buf, "%200d", 1);
	ck_assert_ptr_null(strbuf_take(&buf, &len));
	ck_assert_uint_eq(len, 99);
	ck_assert(strbuf_ok(&buf));
	ck_assert_uint_eq(buf.len, 0);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	char *text;
	size_t len;

	(void)mem_fail_after(_i);
	for (int i = 0; i < 100; i++)
		strbuf_printf(&buf, "%d,", i);
	text = strbuf_take(&buf, &len);
	if (_i < mem_fail_after(-1)) {
		ck_assert_ptr_null(text);
	} else {
		ck_assert_uint_eq(len, 290);
		ck_assert_str_eq(text + 281, "97,98,99,");
	}
	mem_free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_buffer_is_an_empty_text);
	tcase_add_test(tc, appends_in_order);
	tcase_add_test(tc, a_nul_byte_is_text);
	tcase_add_test(tc, grows_one_byte_at_a_time_without_losing_any);
	tcase_add_test(tc, formats_text_of_any_length);
	tcase_add_test(tc, reserved_room_needs_no_further_allocation);
	tcase_add_test(tc, a_size_that_overflows_is_a_failure);
	tcase_add_test(tc, failure_is_sticky_until_a_reset);
	tcase_add_test(tc, a_text_that_is_taken_leaves_an_empty_buffer);
	tcase_add_test(tc, nothing_is_taken_after_a_failure);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 8);
	return unit_main("base/strbuf", tc);
}
