/* Tests of broker/query/query.c and its phases, on a real engine without HTTP. */
#include <sched.h>
#include <stdlib.h>
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

static void expect(const char *sql, const char *rows)
{
	struct asked a = { 0 };
	struct query *q = ask(&fx, &a, sql, false);

	receive(&q, &a);
	ck_assert_msg(strstr(a.text.ptr, rows) != NULL, "%s: expected %s in %s", sql, rows,
		      a.text.ptr);
	ck_assert_int_eq(a.answer.error_wire_code, -1);
	forget(&a);
}

static const struct {
	const char *sql, *rows;
} statements[] = {
	{ "SELECT 1 + 1", "\"rows\":[[2]]" },
	{ "SELECT n_name FROM nation WHERE n_nationkey IN (3, 7) ORDER BY n_name DESC",
	  "\"rows\":[[\"GERMANY\"],[\"CANADA\"]]" },
	{ "SELECT n_regionkey, COUNT(*), MIN(n_name) FROM nation GROUP BY n_regionkey ORDER BY 1 LIMIT 2",
	  "\"rows\":[[0,5,\"ALGERIA\"],[1,5,\"ARGENTINA\"]]" },
	{ "SELECT COUNT(*) FROM nation AS a JOIN nation AS b ON a.n_regionkey = b.n_regionkey",
	  "\"rows\":[[125]]" },
	{ "SELECT COUNT(DISTINCT n_regionkey) FROM nation", "\"rows\":[[5]]" },
	{ "SELECT COUNT(*) FROM (SELECT DISTINCT UPPER(n_name) FROM nation WHERE n_name LIKE '%A%') AS d",
	  "\"rows\":[[21]]" },
	{ "EXPLAIN PLAN FOR SELECT * FROM nation", "scan nation" },
	{ "SELECT SUM(number) FROM (SELECT number FROM system.numbers LIMIT 5000) AS t",
	  "\"rows\":[[12497500]]" },
	{ "VALUES (1, 'a'), (2, NULL)", "\"rows\":[[1,\"a\"],[2,null]]" },
};

START_TEST(queries_are_answered)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		expect(statements[i].sql, statements[i].rows);
}
END_TEST

START_TEST(a_large_answer_is_streamed_in_order)
{
	struct asked a = { 0 };
	struct query *q = ask(&fx, &a, "SELECT number FROM system.numbers LIMIT 100000", false);
	const char *at;

	receive(&q, &a);
	ck_assert_ptr_nonnull(a.answer.output);
	at = strstr(a.text.ptr, "\"rows\":[") + 8;
	for (long i = 0; i < 100000; i++) {
		char *end;

		ck_assert_int_eq(strtol(at + 1, &end, 10), i);
		ck_assert_int_eq(*end, ']');
		at = end + 2;
	}
	forget(&a);
}
END_TEST

static void stopped(struct query_stop_waiter *w);

struct waiting {
	struct query_stop_waiter waiter;
	_Atomic bool is_stopped;
};

static void stopped(struct query_stop_waiter *w)
{
	atomic_store(&CONTAINER_OF(w, struct waiting, waiter)->is_stopped, true);
}

START_TEST(a_cancel_is_answered_stamped_and_told)
{
	struct asked a = { 0 };
	struct waiting w = { .waiter.fn = stopped };
	struct query *q = ask(&fx, &a, "SELECT COUNT(*) FROM system.numbers", false);
	struct receipt r;

	usleep(20000);
	ck_assert(query_cancel(q, CANCEL_KILL, "me"));
	ck_assert(!query_cancel(q, CANCEL_USER, "you"));
	query_on_stop(q, &w.waiter);
	while (!atomic_load(&w.is_stopped))
		sched_yield();
	r = query_receipt(q);
	ck_assert_int_eq(r.reason, CANCEL_KILL);
	ck_assert_str_eq(r.by, "me");
	ck_assert_str_eq(r.phase, "running");
	ck_assert_uint_gt(r.stopped_ns, r.asked_ns);
	ck_assert_uint_gt(r.rows_read, 0);
	receive(&q, &a);
	ck_assert_int_eq(a.answer.error_wire_code, 503);
	ck_assert_ptr_nonnull(strstr(a.text.ptr, "\"reason\":\"kill\""));
	ck_assert_ptr_null(strstr(a.text.ptr, "resultTable"));
	forget(&a);
}
END_TEST

static void answered(struct query *q, void *arg)
{
	struct asked *a = arg;

	query_take_answer(q, &a->answer);
	atomic_store(&a->is_answered, true);
}

START_TEST(a_cancel_before_the_start_runs_nothing)
{
	struct asked a = { 0 };
	struct query_request request = {
		.sql = STR("SELECT COUNT(*) FROM system.numbers"),
		.query_options = STR(""),
		.client = "test",
		.answered = answered,
		.arg = &a,
	};
	struct error err = { 0 };
	struct query *q = query_submit(fx.engine, &request, &err);

	ck_assert(query_cancel(q, CANCEL_USER, "me"));
	query_start(q);
	receive(&q, &a);
	ck_assert_int_eq(a.answer.error_wire_code, 503);
	ck_assert_ptr_nonnull(strstr(a.text.ptr, "\"numDocsScanned\":0"));
	forget(&a);
}
END_TEST

/* Cancels at a random moment of every statement, cursors among them. */
START_TEST(cancels_at_any_moment_leave_nothing_behind)
{
	uint64_t random = 88172645463325252ull;

	for (int i = 0; i < (UNIT_SANITIZED ? 300 : 1500); i++) {
		struct asked a = { 0 };
		struct query *q = ask(&fx, &a, statements[(size_t)i % ARRAY_SIZE(statements)].sql,
				      i % 3 == 0);
		uint64_t until = clock_mono_ns() + unit_random(&random) % 1000000;

		while (clock_mono_ns() < until)
			continue;
		(void)query_cancel(q, CANCEL_USER, "me");
		receive(&q, &a);
		ck_assert(a.answer.error_wire_code == -1 || a.answer.error_wire_code == 503);
		forget(&a);
	}
	ck_assert_ptr_null(engine_find_client(fx.engine, STR("x")));
}
END_TEST

/*
 * The driver waits for the lane again and again.  When it was awake before the lane
 * had dropped its reference, that of the next block was dropped as well or for ever
 * kept; teardown() waits for all of them.
 */
START_TEST(cursors_of_many_blocks_leave_nothing_behind)
{
	static const char sql[] =
		"SELECT number, REPEAT('x', 300) FROM (SELECT number FROM system.numbers LIMIT "
		"30000) AS t";

	for (int i = 0; i < (UNIT_SANITIZED ? 5 : 20); i++) {
		struct asked a[3] = { 0 };
		struct query *q[3];

		for (int k = 0; k < 3; k++)
			q[k] = ask(&fx, &a[k], sql, true);
		for (int k = 0; k < 3; k++) {
			receive(&q[k], &a[k]);
			ck_assert_int_eq(a[k].answer.error_wire_code, -1);
			ck_assert_ptr_nonnull(strstr(a[k].text.ptr, "\"numRowsResultSet\":30000"));
			forget(&a[k]);
		}
	}
}
END_TEST

START_TEST(client_ids_may_be_shared)
{
	struct asked a[3] = { 0 };
	struct query *q[3], *found;

	for (int i = 0; i < 3; i++)
		q[i] = ask(&fx, &a[i],
			   "SET clientQueryId='same'; SELECT COUNT(*) FROM system.numbers", false);
	for (int i = 0; i < 3; i++) {
		do {
			sched_yield();
			found = engine_find_client(fx.engine, STR("same"));
		} while (!found);
		ck_assert(query_cancel(found, CANCEL_USER, "me"));
		query_unref(&found);
	}
	for (int i = 0; i < 3; i++) {
		receive(&q[i], &a[i]);
		ck_assert_int_eq(a[i].answer.error_wire_code, 503);
		forget(&a[i]);
	}
	ck_assert_ptr_null(engine_find_client(fx.engine, STR("same")));
}
END_TEST

/*
 * The n-th allocation of a query fails, for every n until none does.  The
 * answer is right, or it is an error that says so, and nothing leaks.
 */
START_TEST(survives_allocation_failure)
{
	const char *sql = statements[(size_t)_i / 2].sql;
	bool wants_cursor = _i % 2 == 1;

	for (long n = 0; n < 3000; n += UNIT_SANITIZED ? 7 : 3) {
		struct asked a = { 0 };
		struct query *q;
		long counted;

		mem_fail_after(n);
		q = ask(&fx, &a, sql, wants_cursor);
		if (q)
			receive(&q, &a);
		engine_fixture_await_idle(&fx);
		counted = mem_fail_after(-1);
		if (q == NULL && a.is_answered && a.answer.error_wire_code == -1)
			ck_assert_ptr_nonnull(strstr(a.text.ptr, statements[(size_t)_i / 2].rows));
		forget(&a);
		if (counted <= n)
			return; /* there were fewer allocations than that */
	}
	ck_abort_msg("a query of one row made 3,000 allocations");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("query/query");
	TCase *tc = tcase_create("core"), *one = tcase_create("one unit");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, queries_are_answered);
	tcase_add_test(tc, a_large_answer_is_streamed_in_order);
	tcase_add_test(tc, a_cancel_is_answered_stamped_and_told);
	tcase_add_test(tc, a_cancel_before_the_start_runs_nothing);
	tcase_add_test(tc, cancels_at_any_moment_leave_nothing_behind);
	tcase_add_test(tc, cursors_of_many_blocks_leave_nothing_behind);
	tcase_add_test(tc, client_ids_may_be_shared);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, (int)ARRAY_SIZE(statements) * 2);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(one, setup_with_one_unit, teardown);
	tcase_set_timeout(one, 240);
	tcase_add_test(one, queries_are_answered);
	tcase_add_test(one, a_large_answer_is_streamed_in_order);
	tcase_add_test(one, cancels_at_any_moment_leave_nothing_behind);
	suite_add_tcase(s, one);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
