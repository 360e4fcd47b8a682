/* test_file.c - .properties files: every problem at once, each with its place. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "broker/config/config.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

static struct config c;
static struct strbuf problems;
static struct error err;
static char path[64];

static void setup(void)
{
	(void)mem_fail_after(-1);
	ck_assert_int_eq(config_init(&c, &err), 0);
	problems = (struct strbuf)STRBUF_INIT;
	(void)snprintf(path, sizeof(path), "/tmp/sluice-config-XXXXXX");
	(void)close(mkstemp(path));
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	(void)unlink(path);
	strbuf_fini(&problems);
	config_fini(&c);
}

static void write_file(const char *to, const char *text)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static int read_text(const char *text)
{
	write_file(path, text);
	return config_read_file(&c, path, &problems);
}

/* Each problem is "PATH:" and what is in `want`, which has the lines without it. */
static void check_problems(const char *const *want)
{
	struct str rest = strbuf_str(&problems);
	char line[512];

	for (; *want; want++) {
		(void)snprintf(line, sizeof(line), "%s:%s", path, *want);
		struct str got = str_split(&rest, '\n');

		if (!str_eq(got, str_of(line)))
			ck_abort_msg("got  " STR_FMT "\nwant %s", STR_ARG(got), line);
	}
	ck_assert_uint_eq(rest.len, 0);
}

START_TEST(sets_what_the_file_says)
{
	ck_assert_int_eq(read_text("# a comment\n"
				   "! another\n"
				   "\n"
				   "  pinot.broker.client.queryPort = 8100  \r\n"
				   "sluice.query.max.memory=64m\n"
				   "pinot.broker.cursor.response.store.expiration: 4h30m\n"
				   "pinot.broker.enable.query.cancellation=FALSE\n"
				   "sluice.data.dir=/var/lib/a = b\\n"),
			 0);
	ck_assert_int_eq(c.query_port, 8100);
	ck_assert_int_eq(c.query_max_memory, 64 << 20);
	ck_assert_int_eq(c.cursor_expiration_ms, 16200000);
	ck_assert(!c.broker_cancellation);
	ck_assert(c.server_cancellation);
	ck_assert_str_eq(c.data_dir, "/var/lib/a = b\\n");
	ck_assert_uint_eq(problems.len, 0);
}
END_TEST

START_TEST(reports_every_problem_with_its_place)
{
	static const char *const want[] = {
		"1:1: unknown key \"pinot.broker.timeoutms\"; did you mean pinot.broker.timeoutMs?",
		"2:32: pinot.broker.client.queryPort: \"eighty\" is not a whole number",
		"3:31: pinot.broker.client.queryPort: \"65536\" is outside 0 to 65535",
		"3:1: pinot.broker.client.queryPort is set already in line 2",
		"4:1: expected key=value",
		"5:25: sluice.query.max.memory: \"lots\" is not a size such as 512k, 64m or 2g",
		"6:24: pinot.broker.timeoutMs: \"soon\" is not a period such as 250ms, 10s or 4h30m",
		"7:29: sluice.cancel.on.disconnect: \"yes\" is not true or false",
		"8:1: unknown key \"completely.different\"",
		"11:3: expected key=value",
		"12:24: pinot.broker.timeoutMs: \"0\" is outside 1 to 31536000000 milliseconds",
		"12:1: pinot.broker.timeoutMs is set already in line 6",
		NULL,
	};

	ck_assert_int_eq(read_text("pinot.broker.timeoutms=10\n"
				   "pinot.broker.client.queryPort= eighty\n"
				   "pinot.broker.client.queryPort=65536\n"
				   "just words\n"
				   "sluice.query.max.memory=lots\n"
				   "pinot.broker.timeoutMs=soon\n"
				   "sluice.cancel.on.disconnect=yes\n"
				   "completely.different=1\n"
				   "\n"
				   "# a comment\n"
				   "  =5\n"
				   "pinot.broker.timeoutMs=0\n"),
			 -1);
	check_problems(want);
}
END_TEST

/* Of two keys that do not fit together, the place is that of the later one. */
START_TEST(what_does_not_fit_has_its_place)
{
	static const char *const want[] = {
		"6:18: sluice.log.level: \"loud\" is none of error warn info debug",
		"1:22: sluice.listen.host: \"nonsense\" is no numeric address; write one such as "
		"127.0.0.1 or 0.0.0.0",
		"5:17: controller.port and pinot.broker.client.queryPort are both 8099; give each "
		"its own port",
		"4:25: sluice.query.max.memory (2147483648) is more than sluice.memory.max "
		"(1073741824)",
		NULL,
	};

	ck_assert_int_eq(read_text("sluice.listen.host = nonsense\n"
				   "sluice.memory.max=1g\n"
				   "\n"
				   "sluice.query.max.memory=2g\n"
				   "controller.port=8099\n"
				   "sluice.log.level=loud\n"),
			 0);
	ck_assert_int_eq(config_check(&c, &problems), -1);
	check_problems(want);
}
END_TEST

START_TEST(what_an_unreadable_file_may_have_set_is_not_checked)
{
	ck_assert_int_eq(config_read_file(&c, "/nonexistent/x.properties", &problems), -1);
	ck_assert_int_eq(config_set(&c, STR("sluice.memory.max=1m"), "--set", &problems), 0);
	ck_assert_int_eq(config_check(&c, &problems), 0);
}
END_TEST

START_TEST(takes_values_from_the_environment)
{
	(void)setenv("SLUICE_TEST_DIR", "/var/lib", 1);
	ck_assert_int_eq(
		read_text("sluice.data.dir=${env:SLUICE_TEST_DIR}/x${env:SLUICE_TEST_DIR}"), 0);
	ck_assert_str_eq(c.data_dir, "/var/lib/x/var/lib");
}
END_TEST

START_TEST(says_what_is_wrong_with_an_environment_value)
{
	static const char *const want[] = {
		"1:17: environment variable \"SLUICE_TEST_NONE\" is not set",
		"2:20: \"${\" without \"}\"",
		"3:19: \"${HOME}\" is unknown; write ${env:NAME}",
		NULL,
	};

	(void)unsetenv("SLUICE_TEST_NONE");
	ck_assert_int_eq(read_text("sluice.data.dir=${env:SLUICE_TEST_NONE}\n"
				   "sluice.listen.host=${env:HOME\n"
				   "sluice.log.level= ${HOME}\n"),
			 -1);
	check_problems(want);
}
END_TEST

START_TEST(takes_the_first_line_of_a_file)
{
	char other[80], text[160];

	(void)snprintf(other, sizeof(other), "%s.value", path);
	(void)snprintf(text, sizeof(text), "sluice.data.dir=file:%s\n", other);
	write_file(other, "  /secret/place \nsecond line\n");
	ck_assert_int_eq(read_text(text), 0);
	ck_assert_str_eq(c.data_dir, "/secret/place");
	(void)unlink(other);
	ck_assert_int_eq(read_text(text), -1);
	ck_assert_ptr_nonnull(strstr(problems.ptr, ":1:17: cannot read "));
	ck_assert_ptr_nonnull(strstr(problems.ptr, "No such file or directory"));
}
END_TEST

START_TEST(says_why_a_file_cannot_be_read)
{
	ck_assert_int_eq(config_read_file(&c, "/nonexistent/x.properties", &problems), -1);
	ck_assert_str_eq(problems.ptr,
			 "/nonexistent/x.properties: cannot be read: No such file or directory\n");
}
END_TEST

START_TEST(refuses_what_is_no_text)
{
	ck_assert_int_eq(config_read_file(&c, "/dev/zero", &problems), -1);
	ck_assert_ptr_nonnull(strstr(problems.ptr, "File too large"));
	strbuf_reset(&problems);
	ck_assert_int_eq(read_text("sluice.data.dir=\xff\n"), -1);
	ck_assert_ptr_nonnull(strstr(problems.ptr, "byte 16 is not UTF-8"));
}
END_TEST

START_TEST(a_byte_order_mark_does_not_count)
{
	ck_assert_int_eq(read_text("\xef\xbb\xbf"
				   "sluice.log.level=debug\n"),
			 0);
	ck_assert_str_eq(c.log_level, "debug");
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const char text[] = "sluice.data.dir=${env:HOME}/x\nsluice.log.level=debug\n";
	int result;

	write_file(path, text);
	(void)mem_fail_after(_i);
	result = config_read_file(&c, path, &problems);
	(void)mem_fail_after(-1);
	if (result == 0)
		ck_assert_str_eq(c.log_level, "debug");
	else
		ck_assert(strbuf_ok(&problems) ? problems.len > 0 : true);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sets_what_the_file_says);
	tcase_add_test(tc, reports_every_problem_with_its_place);
	tcase_add_test(tc, what_does_not_fit_has_its_place);
	tcase_add_test(tc, what_an_unreadable_file_may_have_set_is_not_checked);
	tcase_add_test(tc, takes_values_from_the_environment);
	tcase_add_test(tc, says_what_is_wrong_with_an_environment_value);
	tcase_add_test(tc, takes_the_first_line_of_a_file);
	tcase_add_test(tc, says_why_a_file_cannot_be_read);
	tcase_add_test(tc, refuses_what_is_no_text);
	tcase_add_test(tc, a_byte_order_mark_does_not_count);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 12);
	return unit_main("config/file", tc);
}
