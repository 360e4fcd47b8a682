/* test_read.c - pages and metadata: exactly the rows asked for, or a clear error. */
#include <stdio.h>

#include "common/base/mem.h"
#include "common/base/thread.h"
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

static void write_response(const char *id, int64_t n_rows, uint32_t block_rows)
{
	ck_assert_int_eq(
		responses_write(&fx, id, n_rows, block_rows, responses_in_ms(3600000), &fx.err), 0);
}

static void check_page(const char *id, int64_t offset, int64_t n_rows, int64_t from, int64_t to)
{
	struct store_page *page = responses_page(&fx, id, offset, n_rows);

	ck_assert_int_eq(page->offset, offset);
	responses_check(&fx, page, id, from, to);
	store_page_free(&page);
}

static void check_code(const char *id, int64_t offset, int64_t n_rows, enum error_code code)
{
	struct store_page *page = responses_page(&fx, id, offset, n_rows);

	while (responses_read_on(&fx, page))
		continue;
	ck_assert_int_eq(page->result.code, code);
	store_page_free(&page);
}

#define N_ROWS 100000

/* Blocks of an odd size, several per chunk: every border is somewhere else. */
START_TEST(serves_a_page_from_any_offset)
{
	uint64_t random = 99;

	write_response("17", N_ROWS, 777);
	for (int i = 0; i < 300; i++) {
		int64_t offset = (int64_t)(unit_random(&random) % N_ROWS);
		int64_t n = (int64_t)(unit_random(&random) % (i % 10 == 0 ? N_ROWS : 3000));

		check_page("17", offset, n, offset, MIN(offset + n, N_ROWS));
	}
}
END_TEST

START_TEST(serves_pages_at_the_borders_of_blocks)
{
	static const int64_t offsets[] = { 0, 1, 776, 777, 778, 1553, 1554, N_ROWS - 1 };

	write_response("17", N_ROWS, 777);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		check_page("17", offsets[i], 1, offsets[i], offsets[i] + 1);
		check_page("17", offsets[i], 777, offsets[i], MIN(offsets[i] + 777, N_ROWS));
	}
}
END_TEST

START_TEST(gives_fewer_rows_at_the_end_and_none_behind_it)
{
	write_response("17", 1000, 300);
	check_page("17", 990, 100, 990, 1000);
	check_page("17", 1000, 100, 1000, 1000);
	check_page("17", INT64_MAX, INT64_MAX, 0, 0);
	check_page("17", 10, INT64_MAX, 10, 1000);
}
END_TEST

START_TEST(a_page_of_no_rows_still_has_its_columns)
{
	struct store_page *page;

	write_response("17", 1000, 300);
	page = responses_page(&fx, "17", 0, 0);
	responses_check(&fx, page, "17", 0, 0);
	ck_assert_uint_eq(page->rows.n_cols, 3);
	ck_assert_int_eq(page->info.n_rows, 1000);
	store_page_free(&page);
}
END_TEST

/* ---- pieces ---- */

/* What is in memory at a time does not depend on how many rows were asked for. */
START_TEST(a_large_page_takes_the_memory_of_a_piece)
{
	struct store_page *page;
	int n_pieces = 1;

	write_response("17", 300000, 2048);
	page = responses_page(&fx, "17", 0, INT64_MAX);
	ck_assert_int_eq(page->end, 300000);
	while (responses_read_on(&fx, page)) {
		ck_assert_int_eq(page->result.code, ERR_NONE);
		n_pieces++;
	}
	ck_assert_int_eq(page->next, 300000);
	printf("300,000 rows: %d pieces, at most %lld bytes\n", n_pieces,
	       (long long)fx.account.peak_bytes);
	ck_assert_int_gt(n_pieces, 20);
	ck_assert_int_lt(fx.account.peak_bytes, 1 << 20);
	ck_assert_int_eq(fx.account.used_bytes, page->account.used_bytes);
	store_page_free(&page);
	ck_assert_int_eq(fx.account.used_bytes, 0);
}
END_TEST

START_TEST(an_abandoned_page_leaves_nothing)
{
	struct store_page *page;

	write_response("17", N_ROWS, 777);
	for (int n = 0; n < 3; n++) {
		page = responses_page(&fx, "17", 10, N_ROWS);
		for (int i = 0; i < n; i++)
			ck_assert(responses_read_on(&fx, page));
		store_page_free(&page);
		ck_assert_int_eq(fx.account.used_bytes, 0);
	}
}
END_TEST

/* Also when another response has the name by then. */
START_TEST(a_response_deleted_in_the_middle_of_a_page_is_not_found)
{
	struct store_page *page;

	write_response("17", N_ROWS, 2048);
	page = responses_page(&fx, "17", 0, N_ROWS);
	ck_assert(responses_read_on(&fx, page));
	ck_assert_int_eq(page->result.code, ERR_NONE);
	ck_assert_int_eq(responses_delete(&fx, "17"), 1);
	if (_i == 1)
		write_response("17", N_ROWS, 2048);
	ck_assert(responses_read_on(&fx, page));
	ck_assert_int_eq(page->result.code, ERR_NOT_FOUND);
	ck_assert_str_eq(page->result.msg, "Query results for 17 not found.");
	store_page_free(&page);
}
END_TEST

START_TEST(a_response_that_expires_in_the_middle_of_a_page_is_not_found)
{
	struct store_page *page;

	write_response("17", N_ROWS, 2048);
	page = responses_page(&fx, "17", 0, N_ROWS);
	ck_assert_int_eq(page->result.code, ERR_NONE);
	responses_alter(&fx, "UPDATE response SET expiration_ms = 1");
	ck_assert(responses_read_on(&fx, page));
	ck_assert_int_eq(page->result.code, ERR_NOT_FOUND);
	store_page_free(&page);
}
END_TEST

START_TEST(damage_ends_a_page_where_it_is)
{
	struct store_page *page;

	write_response("17", N_ROWS, 2048);
	responses_alter(&fx, "DELETE FROM chunk WHERE first_row > 50000 AND first_row < 70000");
	page = responses_page(&fx, "17", 0, N_ROWS);
	ck_assert_int_eq(responses_read_all(&fx, page, "17"), ERR_IO);
	ck_assert_int_gt(page->next, 50000);
	ck_assert_int_lt(page->next, 70000);
	store_page_free(&page);
}
END_TEST

/* Whoever pays for the rows may have no more room for them. */
START_TEST(a_piece_that_nobody_can_pay_fails)
{
	struct store_page *page;

	write_response("17", N_ROWS, 2048);
	page = responses_page(&fx, "17", 0, N_ROWS);
	ck_assert_int_eq(page->result.code, ERR_NONE);
	fx.account.limit_bytes = 100000;
	ck_assert(responses_read_on(&fx, page));
	ck_assert_int_eq(page->result.code, ERR_QUERY_MEMORY);
	fx.account.limit_bytes = 0;
	store_page_free(&page);
}
END_TEST

START_TEST(does_not_find_an_unknown_id)
{
	struct store_page *page = responses_page(&fx, "no such id", 0, 1);

	ck_assert_int_eq(page->result.code, ERR_NOT_FOUND);
	ck_assert_str_eq(page->result.msg, "Query results for no such id not found.");
	store_page_free(&page);
}
END_TEST

START_TEST(refuses_negative_pages)
{
	ck_assert_ptr_null(responses_page(&fx, "17", -1, 1));
	ck_assert_int_eq(fx.err.code, ERR_BAD_REQUEST);
	ck_assert_ptr_null(responses_page(&fx, "17", 0, -1));
}
END_TEST

START_TEST(an_expired_response_is_gone_before_it_is_swept)
{
	struct strbuf list = STRBUF_INIT;

	write_response("18", 10, 10);
	ck_assert_int_eq(responses_write(&fx, "17", 1000, 300, responses_in_ms(150), &fx.err), 0);
	check_page("17", 0, 10, 0, 10);
	(void)usleep(200000);
	check_code("17", 0, 10, ERR_NOT_FOUND);
	responses_list(&fx, &list);
	ck_assert_str_eq(list.ptr, "18 ");
	ck_assert_int_eq(responses_count(&fx, "count(*) FROM response"), 2);
	ck_assert_int_eq(responses_delete(&fx, "17"), 0);
	strbuf_fini(&list);
}
END_TEST

START_TEST(lists_the_newest_first)
{
	struct strbuf list = STRBUF_INIT;
	char id[16];

	for (int i = 0; i < 40; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		write_response(id, 1, 1);
	}
	responses_list(&fx, &list);
	ck_assert(str_starts_with(strbuf_str(&list), STR("39 38 37 ")));
	ck_assert_uint_eq(list.len, 40 * 3 - 10);
	strbuf_fini(&list);
}
END_TEST

/* A byte in the middle of one chunk of several. */
START_TEST(a_damaged_block_fails_only_the_pages_that_need_it)
{
	write_response("17", N_ROWS, 2048);
	responses_alter(&fx, "UPDATE chunk SET data = CAST(substr(data, 1, 9999) || x'ff' ||"
			     " substr(data, 10001) AS BLOB) WHERE first_row > 0 AND"
			     " first_row < 30000");
	check_code("17", 0, N_ROWS, ERR_IO);
	check_page("17", 0, 2000, 0, 2000);
	check_page("17", N_ROWS - 5000, 5000, N_ROWS - 5000, N_ROWS);
}
END_TEST

START_TEST(a_missing_chunk_is_noticed)
{
	write_response("17", N_ROWS, 2048);
	responses_alter(&fx, "DELETE FROM chunk WHERE first_row > 0 AND first_row < 30000");
	check_code("17", 0, N_ROWS, ERR_IO);
	check_page("17", 0, 2000, 0, 2000);
}
END_TEST

START_TEST(damaged_columns_are_an_error)
{
	static const char *const sets[] = {
		"columns = x'00'",
		"columns = x'ffffffff00'",
		"columns = CAST(replace(CAST(columns AS TEXT), 'LONG', 'LUNG') AS BLOB)",
		"columns = CAST(replace(CAST(columns AS TEXT), 'DOUBLE', 'STRING') AS BLOB)",
		"columns = x''",
	};
	char sql[200];

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		(void)snprintf(sql, sizeof(sql), "%zu", i);
		write_response(sql, 100, 50);
		(void)snprintf(sql, sizeof(sql), "UPDATE response SET %s WHERE request_id = '%zu'",
			       sets[i], i);
		responses_alter(&fx, sql);
		(void)snprintf(sql, sizeof(sql), "%zu", i);
		check_code(sql, 0, 100, ERR_IO);
	}
}
END_TEST

/* ---- reading beside writing and deleting ---- */

static void rewrite_main(void *arg)
{
	struct error err = { 0 };

	for (int i = 0; i < 20; i++) {
		if (responses_write(&fx, "18", 20000, 2048, responses_in_ms(60000), &err) < 0 ||
		    responses_delete(&fx, "18") != 1)
			++*(int *)arg;
	}
}

START_TEST(a_page_is_whole_or_not_there_while_others_write_and_delete)
{
	struct thread writer = { 0 };
	int n_failed = 0, n_seen = 0;

	write_response("17", 50000, 2048);
	ck_assert_int_eq(thread_start(&writer, "writer", rewrite_main, &n_failed, &fx.err), 0);
	for (int i = 0; i < 200; i++) {
		check_page("17", 250 * i, 1000, 250 * i, MIN(250 * i + 1000, 50000));
		n_seen += responses_is_whole(&fx, "18", 20000);
	}
	thread_join(&writer);
	ck_assert_int_eq(n_failed, 0);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct store_page *page;

	write_response("17", 5000, 2048);
	(void)mem_fail_after(_i);
	page = responses_page(&fx, "17", 100, 3000);
	(void)mem_fail_after(-1);
	if (!page)
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	else if (page->result.code != ERR_NONE)
		ck_assert_int_eq(page->result.code, ERR_OUT_OF_MEMORY);
	else
		responses_check(&fx, page, "17", 100, 3100);
	store_page_free(&page);
	check_page("17", 0, 5000, 0, 5000);
}
END_TEST

/* The same at any allocation of any piece. */
START_TEST(survives_allocation_failure_in_any_piece)
{
	long n = 0, counted;

	write_response("17", 40000, 2048);
	do {
		struct store_page *page;

		(void)mem_fail_after(n);
		page = responses_page(&fx, "17", 0, 40000);
		if (page && responses_read_all(&fx, page, "17") == ERR_NONE)
			ck_assert_int_eq(page->next, 40000);
		else if (page)
			ck_assert_int_eq(page->result.code, ERR_OUT_OF_MEMORY);
		counted = mem_fail_after(-1);
		store_page_free(&page);
		ck_assert_int_eq(fx.account.used_bytes, 0);
	} while (n++ < counted);
	ck_assert_int_gt(n, 50);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, serves_a_page_from_any_offset);
	tcase_add_test(tc, serves_pages_at_the_borders_of_blocks);
	tcase_add_test(tc, gives_fewer_rows_at_the_end_and_none_behind_it);
	tcase_add_test(tc, a_page_of_no_rows_still_has_its_columns);
	tcase_add_test(tc, a_large_page_takes_the_memory_of_a_piece);
	tcase_add_test(tc, an_abandoned_page_leaves_nothing);
	tcase_add_loop_test(tc, a_response_deleted_in_the_middle_of_a_page_is_not_found, 0, 2);
	tcase_add_test(tc, a_response_that_expires_in_the_middle_of_a_page_is_not_found);
	tcase_add_test(tc, damage_ends_a_page_where_it_is);
	tcase_add_test(tc, a_piece_that_nobody_can_pay_fails);
	tcase_add_test(tc, does_not_find_an_unknown_id);
	tcase_add_test(tc, refuses_negative_pages);
	tcase_add_test(tc, an_expired_response_is_gone_before_it_is_swept);
	tcase_add_test(tc, lists_the_newest_first);
	tcase_add_test(tc, a_damaged_block_fails_only_the_pages_that_need_it);
	tcase_add_test(tc, a_missing_chunk_is_noticed);
	tcase_add_test(tc, damaged_columns_are_an_error);
	tcase_add_test(tc, a_page_is_whole_or_not_there_while_others_write_and_delete);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 30);
	tcase_add_test(tc, survives_allocation_failure_in_any_piece);
	return unit_main("store/read", tc);
}
