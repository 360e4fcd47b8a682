/* test_query_describe.c - statements that are parsed and not run. */
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/query/engine_fixture.h"

static struct engine_fixture fx;

static void setup(void)
{
	engine_fixture_start(&fx, 100000);
}

static void setup_with_one_unit(void)
{
	engine_fixture_start(&fx, 1);
}

static void teardown(void)
{
	engine_fixture_stop(&fx);
}

static const struct row {
	enum query_kind kind;
	const char *sql;
	int status;
	const char *body; /* or, when it ends in "...", the beginning of it */
} rows[] = {
	{ QUERY_VALIDATE, "SELECT nosuch FROM nosuch", 200,
	  "{\"valid\":true,\"sqlType\":\"DQL\"}" },
	{ QUERY_VALIDATE, "SET a = 1; DROP TABLE nation", 200,
	  "{\"valid\":true,\"sqlType\":\"DDL\"}" },
	{ QUERY_VALIDATE, "KILL MUTATION WHERE table = 't' SYNC", 200,
	  "{\"valid\":true,\"sqlType\":\"DCL\"}" },
	{ QUERY_VALIDATE, "SELECT \"a", 200,
	  "{\"valid\":false,\"errorMessage\":\"Caught exception while parsing query: SELECT \\\"a: "
	  "Lexical error at line 1, column 8. A quoted identifier starts here and does not end.\"}" },
	{ QUERY_VALIDATE, "SELECT 1 +", 200,
	  "{\"valid\":false,\"errorMessage\":\"Caught exception while parsing query: SELECT 1 +: "
	  "Encountered \\\"<EOF>\\\" at line 1, column 11.\\nWas expecting one of:\\n..." },
	{ QUERY_FINGERPRINT, "SELECT * FROM myTable WHERE id IN (1, 2, 3)", 200,
	  "{\"queryHash\":\"2ecc263a1eaf69ad\",\"fingerprint\":"
	  "\"SELECT * FROM `myTable` WHERE `id` IN (?)\"}" },
	{ QUERY_FINGERPRINT, "SELECT FROM", 400,
	  "{\"code\":400,\"error\":\"SQL parsing failed: Caught exception while parsing query: "
	  "SELECT FROM: Encountered \\\"FROM\\\" at line 1, column 8.\\n..." },
	{ QUERY_FINGERPRINT, "ALTER TABLE t UPDATE a = 1 WHERE b", 400,
	  "{\"code\":400,\"error\":\"Only DQL queries are supported for fingerprinting, got: DML\"}" },
};

static void check_body(const struct row *row, const struct asked *a)
{
	size_t n = strlen(row->body);
	bool is_cut = n > 3 && strcmp(row->body + n - 3, "...") == 0;

	ck_assert_int_eq(a->answer.plain_status, row->status);
	ck_assert(a->answer.is_plain_json);
	if (is_cut)
		ck_assert_msg(strncmp(a->text.ptr, row->body, n - 3) == 0, "%s", a->text.ptr);
	else
		ck_assert_str_eq(a->text.ptr, row->body);
}

START_TEST(statements_are_described)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct asked a = { 0 };
		struct query *q = ask_about(&fx, &a, rows[i].sql, rows[i].kind);

		receive(&q, &a);
		check_body(&rows[i], &a);
		forget(&a);
	}
}
END_TEST

/* SELECT f(1),f(2),...: tens of milliseconds of work. */
static struct strbuf long_statement(void)
{
	struct strbuf sql = STRBUF_INIT;

	strbuf_add_str(&sql, STR("SELECT 0"));
	for (int i = 0; i < 60000; i++)
		strbuf_printf(&sql, ",f(%d)", i);
	return sql;
}

/* Whatever it is doing, it ends with one of two answers. */
START_TEST(cancels_at_any_moment_are_answered)
{
	struct strbuf sql = long_statement();
	uint64_t random = 4711;
	int n_cancelled = 0;

	for (int i = 0; i < (UNIT_SANITIZED ? 30 : 200); i++) {
		enum query_kind kind = i % 2 ? QUERY_VALIDATE : QUERY_FINGERPRINT;
		struct asked a = { 0 };
		struct query *q = ask_about(&fx, &a, sql.ptr, kind);
		uint64_t until = clock_mono_ns() + unit_random(&random) % 20000000;

		while (clock_mono_ns() < until)
			continue;
		(void)query_cancel(q, CANCEL_USER, "me");
		receive(&q, &a);
		ck_assert(a.answer.plain_status == 200 || a.answer.plain_status == 500);
		if (a.answer.plain_status == 500) {
			const char *text =
				kind == QUERY_VALIDATE
					? "{\"error\": \"Query was cancelled (user) by me "
					: "{\"error\":\"Query was cancelled (user) by me ";

			ck_assert_msg(strncmp(a.text.ptr, text, strlen(text)) == 0, "%s",
				      a.text.ptr);
			n_cancelled++;
		}
		forget(&a);
	}
	ck_assert_int_gt(n_cancelled, 5);
	strbuf_fini(&sql);
}
END_TEST

START_TEST(a_fingerprint_that_grows_without_end_is_refused)
{
	struct strbuf sql = STRBUF_INIT;
	struct asked a = { 0 };
	struct query *q;

	strbuf_add_str(&sql, STR("SELECT CASE abcdefghijklmnopqrstuvwxyz"));
	for (int i = 0; i < 1000; i++)
		strbuf_add_str(&sql, STR("abcdefghijklmnopqrstuvwxyz.x[1] || "));
	strbuf_add_str(&sql, STR("x"));
	for (int i = 0; i < 30000; i++)
		strbuf_add_str(&sql, STR(" WHEN 1 THEN 2"));
	strbuf_add_str(&sql, STR(" END"));
	q = ask_about(&fx, &a, sql.ptr, QUERY_FINGERPRINT);
	receive(&q, &a);
	ck_assert_str_eq(a.text.ptr,
			 "{\"error\":\"the text of the statement is longer than 16777216 bytes\"}");
	ck_assert_int_eq(a.answer.plain_status, 500);
	forget(&a);
	strbuf_fini(&sql);
}
END_TEST

/* The n-th allocation fails, for every n until none does. */
START_TEST(survives_allocation_failure)
{
	const struct row *row = &rows[_i];

	for (long n = 0; n < 300; n++) {
		struct asked a = { 0 };
		struct query *q;
		long counted;

		mem_fail_after(n);
		q = ask_about(&fx, &a, row->sql, row->kind);
		if (q)
			receive(&q, &a);
		engine_fixture_await_idle(&fx);
		counted = mem_fail_after(-1);
		/* What has failed becomes a 503 without a body (api/reply.c). */
		if (a.is_answered && strbuf_ok(&a.text) && a.answer.plain_status == row->status)
			check_body(row, &a);
		else if (a.is_answered && strbuf_ok(&a.text))
			ck_assert_ptr_nonnull(strstr(a.text.ptr, "out of memory"));
		forget(&a);
		if (counted <= n)
			return; /* there were fewer allocations than that */
	}
	ck_abort_msg("300 allocations for a short statement");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("query/query_describe");
	TCase *tc = tcase_create("core"), *one = tcase_create("one unit");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, statements_are_described);
	tcase_add_test(tc, cancels_at_any_moment_are_answered);
	tcase_add_test(tc, a_fingerprint_that_grows_without_end_is_refused);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, (int)ARRAY_SIZE(rows));
	tcase_add_checked_fixture(one, setup_with_one_unit, teardown);
	tcase_add_test(one, statements_are_described);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, one);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
