/* test_config.c - defaults, assignments, checks across keys, and what is printed. */
#include <string.h>

#include "broker/config/config.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

static struct config c;
static struct strbuf problems, text;
static struct error err;

static void setup(void)
{
	(void)mem_fail_after(-1);
	ck_assert_int_eq(config_init(&c, &err), 0);
	problems = (struct strbuf)STRBUF_INIT;
	text = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	strbuf_fini(&problems);
	strbuf_fini(&text);
	config_fini(&c);
}

static int set(const char *assignment)
{
	return config_set(&c, str_of(assignment), "--set", &problems);
}

START_TEST(defaults_are_valid_and_fit_together)
{
	ck_assert_int_eq(config_check(&c, &problems), 0);
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_int_eq(c.query_port, 8099);
	ck_assert_int_eq(c.http_max_body, 4 << 20);
	ck_assert_int_eq(c.cursor_expiration_ms, 3600000);
	ck_assert_str_eq(c.listen_host, "127.0.0.1");
}
END_TEST

START_TEST(sets_one_key_by_its_name)
{
	ck_assert_int_eq(set("pinot.broker.timeoutMs=2s"), 0);
	ck_assert_int_eq(set(" sluice.data.dir = /a=b "), 0);
	ck_assert_int_eq(set("sluice.data.dir="), 0);
	ck_assert_int_eq(c.timeout_ms, 2000);
	ck_assert_str_eq(c.data_dir, "");
}
END_TEST

START_TEST(names_the_source_of_a_bad_assignment)
{
	ck_assert_int_eq(set("pinot.broker.timeoutMs"), -1);
	ck_assert_int_eq(set("pinot.brokr.timeoutMs=1"), -1);
	ck_assert_int_eq(set("pinot.broker.timeoutMs=never"), -1);
	ck_assert_str_eq(problems.ptr,
			 "--set: expected key=value, not \"pinot.broker.timeoutMs\"\n"
			 "--set: unknown key \"pinot.brokr.timeoutMs\"; did you mean "
			 "pinot.broker.timeoutMs?\n"
			 "--set: pinot.broker.timeoutMs: \"never\" is not a period such as 250ms, "
			 "10s or 4h30m\n");
	ck_assert_int_eq(c.timeout_ms, 10000);
}
END_TEST

START_TEST(a_long_value_is_cut_in_messages)
{
	strbuf_printf(&text, "pinot.broker.timeoutMs=%0500d", 0);
	ck_assert_int_eq(set(text.ptr), -1);
	ck_assert_uint_lt(problems.len, 250);
}
END_TEST

START_TEST(checks_what_no_type_can_say)
{
	ck_assert_int_eq(set("sluice.select.star.order=random"), 0);
	ck_assert_int_eq(set("sluice.log.level=loud"), 0);
	ck_assert_int_eq(set("sluice.listen.host=example.com"), 0);
	ck_assert_int_eq(set("controller.port=8099"), 0);
	ck_assert_int_eq(set("sluice.memory.max=1m"), 0);
	ck_assert_int_eq(config_check(&c, &problems), -1);
	ck_assert_str_eq(
		problems.ptr,
		"--set: sluice.select.star.order: \"random\" is none of declared name\n"
		"--set: sluice.log.level: \"loud\" is none of error warn info debug\n"
		"--set: sluice.listen.host: \"example.com\" is no numeric address; write one such "
		"as 127.0.0.1 or 0.0.0.0\n"
		"--set: controller.port and pinot.broker.client.queryPort are both 8099; give "
		"each its own port\n"
		"--set: sluice.query.max.memory (268435456) is more than sluice.memory.max "
		"(1048576)\n");
}
END_TEST

/* What was meant is not known, so whether it fits is not known either. */
START_TEST(a_value_that_could_not_be_taken_is_not_checked)
{
	ck_assert_int_eq(set("sluice.log.level=loud"), 0);
	ck_assert_int_eq(set("sluice.log.level=${env:SLUICE_TEST_NONE}"), -1);
	ck_assert_int_eq(set("controller.port=8099"), 0);
	ck_assert_int_eq(set("pinot.broker.client.queryPort=80.99"), -1);
	ck_assert_int_eq(set("sluice.memory.max=1m"), 0);
	ck_assert_int_eq(set("sluice.query.max.memory=some"), -1);
	ck_assert_int_eq(config_check(&c, &problems), 0);
	ck_assert_int_eq(set("pinot.broker.client.queryPort=8099"), 0);
	ck_assert_int_eq(config_check(&c, &problems), -1);
}
END_TEST

START_TEST(a_default_is_not_checked_when_a_name_is_misspelt)
{
	ck_assert_int_eq(set("sluice.memory.max=1m"), 0);
	ck_assert_int_eq(set("sluice.query.max.memry=1m"), -1);
	ck_assert_int_eq(config_check(&c, &problems), 0);
	ck_assert_int_eq(set("sluice.query.max.memory=2m"), 0);
	ck_assert_int_eq(config_check(&c, &problems), -1);
}
END_TEST

START_TEST(an_unrelated_mistake_hides_nothing)
{
	ck_assert_int_eq(set("pinot.broker.timeoutMs=soon"), -1);
	ck_assert_int_eq(set("sluice.memory.max=1m"), 0);
	ck_assert_int_eq(config_check(&c, &problems), -1);
	ck_assert_ptr_nonnull(strstr(problems.ptr, "\n--set: sluice.query.max.memory (268435456)"));
}
END_TEST

START_TEST(two_free_ports_are_no_conflict)
{
	ck_assert_int_eq(set("controller.port=0"), 0);
	ck_assert_int_eq(set("pinot.broker.client.queryPort=0"), 0);
	ck_assert_int_eq(set("sluice.listen.host=::1"), 0);
	ck_assert_int_eq(config_check(&c, &problems), 0);
}
END_TEST

/* Each line of the default file, without its #, is a valid assignment and changes nothing. */
START_TEST(the_default_file_sets_the_defaults)
{
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	struct str rest;
	int n = 0;

	config_print(&c, &before);
	config_print_defaults(&text);
	for (rest = strbuf_str(&text); rest.len > 0;) {
		struct str line = str_split(&rest, '\n');

		if (line.len < 2 || line.ptr[0] != '#' || line.ptr[1] == ' ')
			continue;
		line.ptr++;
		line.len--;
		ck_assert_int_eq(config_set(&c, line, "default", &problems), 0);
		n++;
	}
	config_print(&c, &after);
	ck_assert_str_eq(before.ptr, after.ptr);
	ck_assert_int_gt(n, 30);
	strbuf_fini(&before);
	strbuf_fini(&after);
}
END_TEST

START_TEST(prints_what_it_would_read)
{
	struct str rest;

	ck_assert_int_eq(set("sluice.query.max.memory=1g"), 0);
	ck_assert_int_eq(set("pinot.broker.timeoutMs=1m"), 0);
	config_print(&c, &text);
	config_fini(&c);
	ck_assert_int_eq(config_init(&c, &err), 0);
	for (rest = strbuf_str(&text); rest.len > 0;)
		ck_assert_int_eq(config_set(&c, str_split(&rest, '\n'), "print", &problems), 0);
	ck_assert_int_eq(c.query_max_memory, 1 << 30);
	ck_assert_int_eq(c.timeout_ms, 60000);
	ck_assert_ptr_nonnull(strstr(text.ptr, "\nsluice.query.max.memory=1073741824\n"));
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct config other;

	(void)mem_fail_after(_i);
	if (config_init(&other, &err) < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	else
		config_fini(&other);
	(void)mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults_are_valid_and_fit_together);
	tcase_add_test(tc, sets_one_key_by_its_name);
	tcase_add_test(tc, names_the_source_of_a_bad_assignment);
	tcase_add_test(tc, a_long_value_is_cut_in_messages);
	tcase_add_test(tc, checks_what_no_type_can_say);
	tcase_add_test(tc, a_value_that_could_not_be_taken_is_not_checked);
	tcase_add_test(tc, a_default_is_not_checked_when_a_name_is_misspelt);
	tcase_add_test(tc, an_unrelated_mistake_hides_nothing);
	tcase_add_test(tc, two_free_ports_are_no_conflict);
	tcase_add_test(tc, the_default_file_sets_the_defaults);
	tcase_add_test(tc, prints_what_it_would_read);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 8);
	return unit_main("config/config", tc);
}
