/* Tests of common/base/log.c. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static int saved_stderr, captured;
static char text[200000];

static void setup(void)
{
	log_set_level(LOG_INFO);
	saved_stderr = dup(STDERR_FILENO);
	captured = memfd_create("log", 0);
	ck_assert_int_ge(captured, 0);
	ck_assert_int_eq(fcntl(captured, F_SETFL, O_APPEND), 0);
	(void)dup2(captured, STDERR_FILENO);
}

static void teardown(void)
{
	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)close(captured);
}

/* All that was logged so far. */
static const char *logged(void)
{
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

/* The same with every digit as 0, so that times compare. */
static const char *logged_pattern(void)
{
	(void)logged();
	for (char *p = text; *p != '\0'; p++)
		if (isdigit((unsigned char)*p))
			*p = '0';
	return text;
}

START_TEST(writes_one_line_of_keys_and_values)
{
	log_event(LOG_INFO, "query_end", "id=%d status=%s", 7, "ok");
	ck_assert_str_eq(logged_pattern(), "level=info event=query_end "
					   "ts=0000-00-00T00:00:00.000Z id=0 status=ok\n");
}
END_TEST

START_TEST(time_is_now_and_utc)
{
	char want[32];
	time_t now = time(NULL);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(want, sizeof(want), "ts=%Y-%m-%dT%H:", &tm);
	log_event(LOG_ERROR, "x", "y=1");
	/* At the full hour the two clocks may differ. */
	ck_assert(strstr(logged(), want) != NULL || time(NULL) / 3600 != now / 3600);
}
END_TEST

START_TEST(levels_below_the_chosen_one_are_silent)
{
	log_event(LOG_DEBUG, "a", "x=1");
	log_set_level(LOG_WARN);
	log_event(LOG_INFO, "b", "x=1");
	ck_assert_str_eq(logged(), "");
	log_event(LOG_WARN, "c", "x=1");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "d", "x=1");
	log_event(LOG_ERROR, "e", "x=1");
	ck_assert_ptr_nonnull(strstr(logged(), "level=warn event=c "));
	ck_assert_ptr_nonnull(strstr(text, "level=debug event=d "));
	ck_assert_ptr_nonnull(strstr(text, "level=error event=e "));
}
END_TEST

START_TEST(one_event_is_one_line_whatever_it_says)
{
	log_event(LOG_INFO, "x", "v=%s", "a\nlevel=error\tb\x1b[31m\x7f");
	ck_assert_ptr_eq(strchr(logged(), '\n'), text + strlen(text) - 1);
	ck_assert_ptr_nonnull(strstr(text, "v=a level=error b [31m"));
}
END_TEST

START_TEST(a_long_line_is_cut_between_characters)
{
	static char huge[10000];
	size_t bad;

	for (size_t i = 0; i < sizeof(huge) - 3; i += 3)
		memcpy(huge + i, "\xe2\x82\xac", 4);
	for (int shift = 0; shift < 3; shift++) {
		(void)!ftruncate(captured, 0);
		log_event(LOG_INFO, "x", "%.*s%s", shift, "..", huge);
		ck_assert_uint_ge(strlen(logged()), 4094);
		ck_assert_uint_le(strlen(text), 4096);
		ck_assert_int_eq(text[strlen(text) - 1], '\n');
		ck_assert(str_utf8_valid(str_of(text), &bad));
	}
}
END_TEST

static void log_often(void *arg)
{
	for (int i = 0; i < 200; i++)
		log_event(LOG_INFO, "x", "thread=%s rest=%0100d.", (const char *)arg, 0);
}

START_TEST(lines_of_threads_do_not_mix)
{
	static char ids[4][2] = { "a", "b", "c", "d" };
	struct thread threads[4];
	struct error err;
	int n = 0;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(thread_start(&threads[i], "t", log_often, ids[i], &err), 0);
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	(void)logged();
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, n++) {
		ck_assert_int_eq(strncmp(line, "level=info event=x ts=", 22), 0);
		ck_assert_int_eq(end[-1], '.');
		ck_assert_int_lt(end - line, 200);
	}
	ck_assert_int_eq(n, 800);
}
END_TEST

START_TEST(leaves_errno_as_it_was)
{
	int nowhere = dup(STDERR_FILENO);

	(void)close(STDERR_FILENO);
	errno = ERANGE;
	log_event(LOG_INFO, "x", "y=1");
	ck_assert_int_eq(errno, ERANGE);
	(void)dup2(nowhere, STDERR_FILENO);
	(void)close(nowhere);
}
END_TEST

static const char *quoted(struct str s)
{
	static char buf[LOG_QUOTED_MAX];

	memset(buf, '#', sizeof(buf));
	ck_assert_ptr_eq(log_quote(s, buf), buf);
	return buf;
}

START_TEST(quotes_plain_text_as_it_is)
{
	ck_assert_str_eq(quoted(STR("SELECT 'a'")), "\"SELECT 'a'\"");
	ck_assert_str_eq(quoted(STR("")), "\"\"");
	ck_assert_str_eq(quoted(STR("\xc3\xa4 \xf0\x9f\x98\x80")), "\"\xc3\xa4 \xf0\x9f\x98\x80\"");
}
END_TEST

START_TEST(escapes_what_would_break_the_line_or_the_quotes)
{
	ck_assert_str_eq(quoted(STR("a\"b\\c\n\r\t")), "\"a\\\"b\\\\c\\n\\r\\t\"");
	ck_assert_str_eq(quoted((struct str){ "\0\x1b\x7f", 3 }), "\"\\x00\\x1b\\x7f\"");
	ck_assert_str_eq(quoted(STR("\xc2\x9b")), "\"\\xc2\\x9b\"");
}
END_TEST

START_TEST(escapes_bytes_that_are_not_utf8)
{
	ck_assert_str_eq(quoted(STR("a\xff z\xc3")), "\"a\\xff z\\xc3\"");
	ck_assert_str_eq(quoted(STR("\xe2\x82")), "\"\\xe2\\x82\"");
}
END_TEST

/* Every length around the limit, of characters that are 1, 3 and 4 bytes in the log. */
START_TEST(cuts_long_text_between_characters)
{
	static const char *const chars[] = { "x", "\xe2\x82\xac", "\x01" };
	static char in[2000];
	size_t width = strlen(chars[_i]), bad;

	for (size_t n = 50; n < 300; n++) {
		const char *out;

		for (size_t i = 0; i < n; i++)
			memcpy(in + i * width, chars[_i], width);
		out = quoted((struct str){ in, n * width });
		ck_assert_uint_lt(strlen(out), LOG_QUOTED_MAX);
		ck_assert(str_utf8_valid(str_of(out), &bad));
		ck_assert_int_eq(out[strlen(out) - 1], '"');
		if (strlen(out) > 5 && strcmp(out + strlen(out) - 4, "...\"") == 0)
			ck_assert_uint_ge(strlen(out), LOG_QUOTED_MAX - 5);
		else
			ck_assert_uint_eq(strlen(out), n * (_i == 2 ? 4 : width) + 2);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, writes_one_line_of_keys_and_values);
	tcase_add_test(tc, time_is_now_and_utc);
	tcase_add_test(tc, levels_below_the_chosen_one_are_silent);
	tcase_add_test(tc, one_event_is_one_line_whatever_it_says);
	tcase_add_test(tc, a_long_line_is_cut_between_characters);
	tcase_add_test(tc, lines_of_threads_do_not_mix);
	tcase_add_test(tc, leaves_errno_as_it_was);
	tcase_add_test(tc, quotes_plain_text_as_it_is);
	tcase_add_test(tc, escapes_what_would_break_the_line_or_the_quotes);
	tcase_add_test(tc, escapes_bytes_that_are_not_utf8);
	tcase_add_loop_test(tc, cuts_long_text_between_characters, 0, 3);
	return unit_main("base/log", tc);
}
