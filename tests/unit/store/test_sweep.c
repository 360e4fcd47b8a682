/* test_sweep.c - deletion, expiry, what a crash leaves, and the log's size. */
#include <stdio.h>
#include <sys/stat.h>

#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/store/responses.h"

static struct responses fx;

static void setup(void)
{
	(void)mem_fail_after(-1);
	responses_init(&fx);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	responses_fini(&fx);
}

static void write_until(const char *id, int64_t n_rows, int64_t expiration_ms)
{
	ck_assert_int_eq(responses_write(&fx, id, n_rows, 2048, expiration_ms, &fx.err), 0);
}

static void reopen_sweeping(int64_t delay_ms, int64_t period_ms)
{
	responses_close(&fx);
	fx.options.sweep_delay_ms = delay_ms;
	fx.options.sweep_period_ms = period_ms;
	responses_open(&fx);
}

START_TEST(deletes_one_response_and_leaves_the_others)
{
	write_until("17", 100000, responses_in_ms(60000));
	write_until("18", 100000, responses_in_ms(60000));
	ck_assert_int_eq(responses_delete(&fx, "17"), 1);
	ck_assert(!responses_is_whole(&fx, "17", 100000));
	ck_assert_int_eq(responses_delete(&fx, "17"), 0);
	ck_assert_int_eq(responses_delete(&fx, "19"), 0);
	ck_assert(responses_is_whole(&fx, "18", 100000));
	ck_assert_int_eq(responses_await(&fx, "count(DISTINCT response_id) FROM chunk", 1), 1);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
}
END_TEST

START_TEST(an_id_can_be_written_again_after_its_deletion)
{
	write_until("17", 100000, responses_in_ms(60000));
	ck_assert_int_eq(responses_delete(&fx, "17"), 1);
	write_until("17", 5, responses_in_ms(60000));
	ck_assert(responses_is_whole(&fx, "17", 5));
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 1), 1);
}
END_TEST

START_TEST(deletes_what_expires_up_to_the_cutoff)
{
	int64_t now = responses_in_ms(0);

	write_until("1", 10, now + 50000);
	write_until("2", 10, now + 60000);
	write_until("3", 10, now + 60001);
	ck_assert_int_eq(responses_delete_expired(&fx, now + 60000), 2);
	ck_assert(!responses_is_whole(&fx, "2", 10));
	ck_assert(responses_is_whole(&fx, "3", 10));
	ck_assert_int_eq(responses_delete_expired(&fx, now + 60000), 0);
}
END_TEST

START_TEST(sweeps_what_has_expired_by_itself)
{
	char id[16];

	for (int i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		write_until(id, 10, responses_in_ms(i < 15 ? 1 : 60000));
	}
	reopen_sweeping(50, 3600000);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM response", 5), 5);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 5), 5);
	ck_assert(responses_is_whole(&fx, "15", 10));
}
END_TEST

START_TEST(sweeps_again_and_again)
{
	reopen_sweeping(10, 20);
	for (int i = 0; i < 3; i++) {
		write_until("17", 10, responses_in_ms(20));
		ck_assert_int_eq(responses_await(&fx, "count(*) FROM response", 0), 0);
	}
}
END_TEST

/* More responses than one sweep takes, and more chunks than one step deletes. */
START_TEST(sweeps_in_several_steps)
{
	write_until("17", 10, responses_in_ms(1));
	responses_alter(&fx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
			     " WHERE i < 1000) INSERT INTO response SELECT 1000 + i, 'x' || i,"
			     " broker_id, metadata, columns, n_rows, submission_ms, expiration_ms,"
			     " bytes FROM response, n");
	responses_alter(&fx, "INSERT INTO chunk (response_id, first_row, n_rows, data)"
			     " SELECT id, 0, 10, x'00' FROM response WHERE id > 1000");
	reopen_sweeping(1, 3600000);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM response", 0), 0);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 0), 0);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
}
END_TEST

START_TEST(sweeps_at_open_what_a_crash_has_left)
{
	write_until("17", 10, responses_in_ms(60000));
	responses_close(&fx);
	responses_alter(&fx, "INSERT INTO orphan VALUES (5000, 0), (6000, 1)");
	responses_alter(&fx, "INSERT INTO chunk (response_id, first_row, n_rows, data)"
			     " VALUES (5000, 0, 10, x'00'), (6000, 0, 10, x'00')");
	responses_open(&fx);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 1), 1);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
	ck_assert(responses_is_whole(&fx, "17", 10));
}
END_TEST

static off_t size_of(const char *suffix)
{
	struct stat st = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s%s", fx.path, suffix);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* 3,000,000 rows are about 90 MiB. */
START_TEST(the_log_does_not_grow_with_what_is_written)
{
	write_until("17", 3000000, responses_in_ms(60000));
	ck_assert_int_gt(size_of(""), 60 << 20);
	ck_assert_int_lt(size_of("-wal"), 40 << 20);
}
END_TEST

START_TEST(room_of_deleted_responses_is_used_again)
{
	off_t size;

	write_until("17", 800000, responses_in_ms(60000));
	ck_assert_int_gt(responses_count(&fx, "count(*) FROM chunk"), 64); /* several steps */
	ck_assert_int_eq(responses_delete(&fx, "17"), 1);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 0), 0);
	responses_close(&fx);
	size = size_of("");
	responses_open(&fx);
	write_until("18", 800000, responses_in_ms(60000));
	responses_close(&fx);
	ck_assert_int_lt(size_of(""), size + size / 10);
	responses_open(&fx);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	int64_t n;

	write_until("17", 10, responses_in_ms(60000));
	(void)mem_fail_after(_i);
	n = responses_delete(&fx, "17");
	(void)mem_fail_after(-1);
	if (n < 0)
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(responses_is_whole(&fx, "17", 10), n < 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, deletes_one_response_and_leaves_the_others);
	tcase_add_test(tc, an_id_can_be_written_again_after_its_deletion);
	tcase_add_test(tc, deletes_what_expires_up_to_the_cutoff);
	tcase_add_test(tc, sweeps_what_has_expired_by_itself);
	tcase_add_test(tc, sweeps_again_and_again);
	tcase_add_test(tc, sweeps_in_several_steps);
	tcase_add_test(tc, sweeps_at_open_what_a_crash_has_left);
	tcase_add_test(tc, the_log_does_not_grow_with_what_is_written);
	tcase_add_test(tc, room_of_deleted_responses_is_used_again);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("store/sweep", tc);
}
