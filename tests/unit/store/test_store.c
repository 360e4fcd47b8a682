/* test_store.c - opening: what is refused, and with which words. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/store/responses.h"

static struct responses fx;

static void setup(void)
{
	(void)mem_fail_after(-1);
	responses_init(&fx);
	responses_close(&fx);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	responses_fini(&fx);
}

static void check_refused(const char *message)
{
	ck_assert_int_eq(store_open(&fx.options, &fx.store, &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, message));
	ck_assert_ptr_null(fx.store);
}

START_TEST(refuses_a_file_that_is_no_database)
{
	char junk[8192];
	int fd = open(fx.path, O_WRONLY | O_TRUNC);

	memset(junk, 'x', sizeof(junk));
	ck_assert_int_eq(write(fd, junk, sizeof(junk)), sizeof(junk));
	(void)close(fd);
	check_refused("the file is damaged (file is not a database); move it away");
}
END_TEST

START_TEST(refuses_another_programs_database)
{
	responses_alter(&fx, "PRAGMA application_id = 5");
	check_refused("the file is another program's");
}
END_TEST

START_TEST(refuses_a_later_format)
{
	responses_alter(&fx, "PRAGMA user_version = 2");
	check_refused("the file has format 2, this program reads 1");
}
END_TEST

START_TEST(says_why_a_file_cannot_be_opened)
{
	fx.options.path = "/nonexistent/responses.db";
	check_refused("No such file or directory");
}
END_TEST

START_TEST(opens_and_closes_many_times)
{
	for (int i = 0; i < 20; i++) {
		responses_open(&fx);
		responses_close(&fx);
	}
	ck_assert_int_eq(responses_count(&fx, "count(*) FROM response"), 0);
}
END_TEST

static void count_success(void *arg, const struct error *result)
{
	*(int *)arg += result->code == ERR_NONE;
}

#define N_RESPONSES 100

/* What was handed over is finished, whether anybody waits for it or not. */
START_TEST(closing_finishes_what_was_handed_over)
{
	int n_done = 0; /* written by the lane, read after its end */
	char id[16];

	responses_open(&fx);
	for (int i = 0; i < N_RESPONSES; i++) {
		struct strbuf block = STRBUF_INIT;
		struct store_write *w;

		(void)snprintf(id, sizeof(id), "%d", i);
		w = responses_begin(&fx, id, responses_in_ms(60000), &fx.err);
		ck_assert_int_eq(responses_block(id, 0, 1000, &block, &fx.err), 0);
		ck_assert_int_eq(store_write_block(w, &block, 1000, NULL, NULL, &fx.err), 0);
		store_write_commit(w, STR("{}"), NULL, count_success, &n_done);
	}
	responses_close(&fx);
	ck_assert_int_eq(n_done, N_RESPONSES);
	responses_open(&fx);
	for (int i = 0; i < N_RESPONSES; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		ck_assert(responses_is_whole(&fx, id, 1000));
	}
}
END_TEST

START_TEST(survives_allocation_failure)
{
	int result;

	(void)mem_fail_after(_i);
	result = store_open(&fx.options, &fx.store, &fx.err);
	(void)mem_fail_after(-1);
	if (result < 0)
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(result == 0, fx.store != NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, refuses_a_file_that_is_no_database);
	tcase_add_test(tc, refuses_another_programs_database);
	tcase_add_test(tc, refuses_a_later_format);
	tcase_add_test(tc, says_why_a_file_cannot_be_opened);
	tcase_add_test(tc, opens_and_closes_many_times);
	tcase_add_test(tc, closing_finishes_what_was_handed_over);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("store/store", tc);
}
