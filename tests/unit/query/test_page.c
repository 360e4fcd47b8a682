/* test_page.c - pages of stored results, on a real engine without HTTP. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/store.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/query/engine_fixture.h"

static struct engine_fixture fx;
static char request_id[32];

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
	(void)mem_fail_after(-1);
	engine_fixture_stop(&fx);
}

/* Rows (i, "row <i> of the cursor") for i below n, stored under request_id. */
static void store_rows(int n)
{
	struct asked a = { 0 };
	char sql[200];
	const char *id;
	struct query *q;

	(void)snprintf(sql, sizeof(sql),
		       "SELECT number, concat('row ', CAST(number AS STRING), ' of the cursor') "
		       "FROM (SELECT number FROM system.numbers LIMIT %d) AS t",
		       n);
	q = ask(&fx, &a, sql, true);
	receive(&q, &a);
	ck_assert_int_eq(a.answer.error_wire_code, -1);
	id = strstr(a.text.ptr, "\"requestId\":\"") + strlen("\"requestId\":\"");
	(void)snprintf(request_id, sizeof(request_id), "%.*s", (int)strcspn(id, "\""), id);
	forget(&a);
}

static struct page *ask_rows(struct asked *a, int64_t offset, int64_t n)
{
	return ask_page(&fx, a, str_of(request_id), offset, n);
}

/* The whole answer, whose rows are [from, to) of a cursor of n_rows. */
static void check_text(const struct asked *a, int from, int to, int n_rows)
{
	const char *at = strstr(a->text.ptr, ",\"rows\":[");
	char want[100];

	ck_assert(!a->is_cut);
	ck_assert_int_eq(a->answer.error_wire_code, -1);
	ck_assert_ptr_nonnull(at);
	at += strlen(",\"rows\":[");
	for (int i = from; i < to; i++) {
		int len = snprintf(want, sizeof(want), "%s[%d,\"row %d of the cursor\"]",
				   i == from ? "" : ",", i, i);

		if (strncmp(at, want, (size_t)len) != 0)
			ck_abort_msg("row %d: %.60s", i, at);
		at += len;
	}
	(void)snprintf(want, sizeof(want), "]},\"numRowsResultSet\":%d,", n_rows);
	ck_assert_msg(strncmp(at, want, strlen(want)) == 0, "%.100s", at);
	(void)snprintf(want, sizeof(want), ",\"offset\":%d,\"numRows\":%d,", from, to - from);
	ck_assert_ptr_nonnull(strstr(at, want));
	ck_assert_int_eq(a->text.ptr[a->text.len - 1], '}');
}

static void check_page(int offset, int n, int to, int n_rows)
{
	struct asked a = { 0 };
	struct page *p = ask_rows(&a, offset, n);

	receive_page(&p, &a);
	check_text(&a, offset, to, n_rows);
	forget(&a);
}

START_TEST(a_page_has_the_rows_asked_for)
{
	store_rows(70000);
	check_page(0, 1, 1, 70000);
	check_page(0, 70000, 70000, 70000);
	check_page(2047, 30000, 32047, 70000);
	check_page(69990, 100, 70000, 70000);
	check_page(1, INT32_MAX, 70000, 70000);
	check_page(10, 0, 10, 70000);
}
END_TEST

/* 13 MB of rows and 17 MB of text pass through; what is in memory at a time is a piece of them. */
START_TEST(a_large_page_takes_the_memory_of_a_piece)
{
	int64_t peak;

	store_rows(300000);
	engine_fixture_restart(&fx);
	check_page(0, 300000, 300000, 300000);
	engine_fixture_await_idle(&fx);
	peak = engine_account(fx.engine)->peak_bytes;
	printf("a page of 300,000 rows: at most %lld bytes\n", (long long)peak);
	ck_assert_int_gt(peak, 100000);
	ck_assert_int_lt(peak, 1 << 20);
	ck_assert_int_eq(engine_account(fx.engine)->used_bytes, 0);
}
END_TEST

/* ---- the end in the middle ---- */

struct deletion {
	_Atomic bool is_done;
};

static void deleted(void *arg, int64_t n, const struct error *result)
{
	ck_assert_int_eq(result->code, ERR_NONE);
	ck_assert_int_eq(n, 1);
	atomic_store(&((struct deletion *)arg)->is_done, true);
}

static void delete_rows(void)
{
	struct deletion d = { false };
	struct error err = { 0 };

	ck_assert_int_eq(store_delete(fx.store, str_of(request_id), deleted, &d, &err), 0);
	while (!atomic_load(&d.is_done))
		sched_yield();
}

/* The queue holds 256 KiB and the piece in memory some more; the page has 17 MB. */
START_TEST(a_deletion_in_the_middle_cuts_the_page)
{
	struct asked a = { 0 };
	struct page *p;

	store_rows(300000);
	p = ask_rows(&a, 0, 300000);
	await_answer(&a);
	ck_assert_ptr_nonnull(a.answer.output);
	delete_rows();
	receive_page(&p, &a);
	ck_assert(a.is_cut);
	ck_assert_uint_lt(a.text.len, 4 << 20);
	forget(&a);

	p = ask_rows(&a, 0, 300000);
	receive_page(&p, &a);
	ck_assert_int_eq(a.answer.plain_status, 404);
	forget(&a);
}
END_TEST

/* All rows are in memory by then. */
START_TEST(a_deletion_after_the_last_row_was_read_does_not)
{
	struct asked a = { 0 };
	struct page *p;

	store_rows(5000);
	p = ask_rows(&a, 0, 5000);
	await_answer(&a);
	ck_assert_ptr_nonnull(a.answer.output);
	delete_rows();
	receive_page(&p, &a);
	check_text(&a, 0, 5000, 5000);
	forget(&a);
}
END_TEST

/* The client leaves while the lane reads, while the text is written, while the queue is full. */
START_TEST(a_client_that_leaves_at_any_moment_leaves_nothing)
{
	uint64_t random = 88172645463325252ull;

	store_rows(UNIT_SANITIZED ? 40000 : 100000);
	for (int i = 0; i < (UNIT_SANITIZED ? 60 : 300); i++) {
		struct asked a = { 0 };
		struct page *p = ask_rows(&a, i, INT32_MAX);
		size_t n_read = 0, n_wanted = unit_random(&random) % (4 << 20);
		char buf[8192];
		long n = 0;

		await_answer(&a);
		ck_assert_ptr_nonnull(a.answer.output);
		while (n_read < n_wanted &&
		       (n = output_read(a.answer.output, buf, sizeof(buf))) >= 0)
			n_read += (size_t)n;
		output_abandon(a.answer.output);
		page_release(&p);
	}
	engine_fixture_await_idle(&fx);
	ck_assert_int_eq(engine_account(fx.engine)->used_bytes, 0);
}
END_TEST

/* ---- memory ---- */

/*
 * The n-th allocation of a page fails, for every n until none does.  The page is
 * whole, or cut, or refused.
 */
START_TEST(survives_allocation_failure)
{
	long n = 0, counted;

	store_rows(30000);
	engine_fixture_await_idle(&fx);
	do {
		struct asked a = { 0 };
		struct page *p;

		(void)mem_fail_after(n);
		p = ask_rows(&a, 0, 30000);
		if (p)
			receive_page(&p, &a);
		engine_fixture_await_idle(&fx);
		counted = mem_fail_after(-1);
		if (a.answer.plain_status != 0)
			ck_assert(a.answer.plain_status == 500 || a.answer.plain_status == 503);
		else if (atomic_load(&a.is_answered) && !a.is_cut && strbuf_ok(&a.text))
			check_text(&a, 0, 30000, 30000);
		ck_assert_int_eq(engine_account(fx.engine)->used_bytes, 0);
		forget(&a);
	} while (n++ < counted);
	ck_assert_int_gt(n, 50);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("query/page");
	TCase *tc = tcase_create("core"), *one = tcase_create("one unit");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, a_page_has_the_rows_asked_for);
	tcase_add_test(tc, a_large_page_takes_the_memory_of_a_piece);
	tcase_add_test(tc, a_deletion_in_the_middle_cuts_the_page);
	tcase_add_test(tc, a_deletion_after_the_last_row_was_read_does_not);
	tcase_add_test(tc, a_client_that_leaves_at_any_moment_leaves_nothing);
	tcase_add_test(tc, survives_allocation_failure);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(one, setup_with_one_unit, teardown);
	tcase_set_timeout(one, 240);
	tcase_add_test(one, a_page_has_the_rows_asked_for);
	suite_add_tcase(s, one);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
