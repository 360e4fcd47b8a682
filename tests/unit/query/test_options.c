/* Tests of broker/query/options.c. */
#include "broker/query/options.h"
#include "common/base/error.h"
#include "tests/support/base/unit.h"

static struct query_options o;
static struct error err;
static struct token token;
static struct coop coop;

static void setup(void)
{
	o = (struct query_options){ 0 };
	error_clear(&err);
	token = (struct token){ 0 };
	coop_unlimited(&coop, &token);
}

static void check_str(struct str got, const char *expected)
{
	ck_assert_msg(str_eq(got, str_of(expected)), "expected %s, got " STR_FMT, expected,
		      STR_ARG(got));
}

START_TEST(values_are_read_by_type)
{
	ck_assert_int_eq(query_options_parse(&o,
					     STR("clientQueryId=a b;timeoutMs=500; "
						 "useMultistageEngine=TRUE ;dropResults=yes"),
					     5, &coop, &err),
			 0);
	check_str(o.client_query_id, "a b");
	ck_assert_int_eq(o.timeout_ms, 500);
	ck_assert(o.use_multistage);
	ck_assert(!o.drop_results);
	ck_assert(query_options_has(&o, OPTION_drop_results));
	ck_assert(!query_options_has(&o, OPTION_get_cursor));
}
END_TEST

START_TEST(an_option_that_is_set_stays)
{
	ck_assert_int_eq(query_options_put(&o, STR("TIMEOUTms"), STR("7"), &err), 0);
	ck_assert_int_eq(query_options_parse(&o, STR("timeoutMs=9"), 5, &coop, &err), 0);
	ck_assert_int_eq(o.timeout_ms, 7);
}
END_TEST

START_TEST(unknown_names_and_empty_parts_are_ignored)
{
	ck_assert_int_eq(query_options_parse(&o, STR(";;groupByMode=sql; ;x=y;"), 5, &coop, &err),
			 0);
	ck_assert_uint_eq(o.is_set, 0);
	ck_assert_int_eq(query_options_parse(&o, STR(""), 5, &coop, &err), 0);
}
END_TEST

START_TEST(malformed_parts_are_errors)
{
	static const char *const bad[] = { "novalue", "a=b=c", "a=1;b", "x=1;x=2", "x=1; x=1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		error_clear(&err);
		ck_assert_msg(query_options_parse(&o, str_of(bad[i]), 5, &coop, &err) == -1, "%s",
			      bad[i]);
		ck_assert_int_eq(err.code, ERR_SQL_PARSING);
	}
}
END_TEST

START_TEST(numbers_have_a_range)
{
	static const char *const bad[] = { "0", "-1", "1.5", "", "abc", "99999999999999999999" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		setup();
		ck_assert_int_eq(query_options_put(&o, STR("timeoutMs"), str_of(bad[i]), &err), -1);
		ck_assert_int_eq(err.code, ERR_QUERY_VALIDATION);
		ck_assert_ptr_nonnull(
			strstr(err.msg, "timeoutMs must be a number between 1 and 2^63-1"));
	}
}
END_TEST

START_TEST(the_last_one_of_a_statement_wins)
{
	struct ast_option second = { STR("clientqueryid"), STR("second"), { 30, 40 }, NULL };
	struct ast_option first = { STR("clientQueryId"), STR("first"), { 0, 10 }, &second };
	struct ast_stmt stmt = { .options = &first };

	ck_assert_int_eq(query_options_from_stmt(&o, &stmt, &coop, &err), 0);
	check_str(o.client_query_id, "second");
}
END_TEST

START_TEST(entries_have_a_limit)
{
	ck_assert_int_eq(
		query_options_parse(&o, STR("a=1;b=1;c=1;d=1;timeoutMs=5"), 5, &coop, &err), 0);
	ck_assert_int_eq(o.timeout_ms, 5);
	ck_assert_int_eq(query_options_parse(&o, STR("a=1;b=1;c=1;d=1;e=1;f=1"), 5, &coop, &err),
			 -1);
	ck_assert_int_eq(err.code, ERR_SQL_PARSING);
	ck_assert_ptr_nonnull(strstr(err.msg, "more than 5 entries (sluice.query.max.options)"));
}
END_TEST

/* A megabyte of SET is looked through once, and can be stopped on the way. */
START_TEST(long_lists_are_paid_for)
{
	static struct ast_option options[100000];
	struct ast_stmt stmt = { .options = options };
	size_t n = ARRAY_SIZE(options);

	for (size_t i = 0; i < n; i++)
		options[i] = (struct ast_option){
			STR("x"), STR("1"), { 0, 1 }, i + 1 < n ? &options[i + 1] : NULL
		};
	options[n - 1].name = STR("timeoutMs");
	coop.credit = 1000000000;
	ck_assert_int_eq(query_options_from_stmt(&o, &stmt, &coop, &err), 0);
	ck_assert_int_eq(o.timeout_ms, 1);
	ck_assert_int_lt(coop.credit, 1000000000 - (int64_t)n * 100);
	token.reason = CANCEL_USER;
	ck_assert_int_eq(query_options_from_stmt(&o, &stmt, &coop, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
	error_clear(&err);
	ck_assert_int_eq(query_options_parse(&o, STR("a=1"), 5, &coop, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
}
END_TEST

START_TEST(a_bad_value_in_a_statement_has_its_place)
{
	struct ast_option option = { STR("timeoutMs"), STR("soon"), { 4, 21 }, NULL };
	struct ast_stmt stmt = { .options = &option };

	ck_assert_int_eq(query_options_from_stmt(&o, &stmt, &coop, &err), -1);
	ck_assert_uint_eq(err.sql_offset, 4);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, values_are_read_by_type);
	tcase_add_test(tc, an_option_that_is_set_stays);
	tcase_add_test(tc, unknown_names_and_empty_parts_are_ignored);
	tcase_add_test(tc, malformed_parts_are_errors);
	tcase_add_test(tc, numbers_have_a_range);
	tcase_add_test(tc, the_last_one_of_a_statement_wins);
	tcase_add_test(tc, entries_have_a_limit);
	tcase_add_test(tc, long_lists_are_paid_for);
	tcase_add_test(tc, a_bad_value_in_a_statement_has_its_place);
	return unit_main("query/options", tc);
}
