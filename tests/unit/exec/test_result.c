/* test_result.c - exec/op/result.c: the rows that are kept for whoever asked. */
#include <stdio.h>

#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"

static const uint32_t columns[] = { SOURCE_ROW, SOURCE_TEXT, SOURCE_NONE, SOURCE_KEY };

static struct plan_run f;
static struct source source;
static struct live live;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	source_fini(&source);
	plan_run_fini(&f);
}

static void start(const struct source_shape *shape, int64_t credit, uint32_t n_workers)
{
	source_init(&source, shape);
	live_init(&live, &f, make_scan(&f, &source.base, 4, columns));
	live.options.credit = credit;
	live.options.max_tasks = shape->n_tasks;
	live.n_workers = n_workers;
	ck_assert_int_eq(live_start(&live), 0);
}

static void check_row(uint64_t at, uint64_t row)
{
	struct value text = source_value(&source, row, SOURCE_TEXT);

	ck_assert_int_eq(live_cell(&live, at, 0).i64, (int64_t)row);
	ck_assert(str_eq(live_cell(&live, at, 1).str, text.str));
	ck_assert(live_cell(&live, at, 2).is_null);
	ck_assert_int_eq(live_cell(&live, at, 3).i64, (int64_t)(row % 10));
}

/* The source overwrites each batch with the next: what is kept must be a copy. */
START_TEST(keeps_the_rows_of_one_task_in_their_order)
{
	static const int64_t credits[] = { 1, 1000, 1000000 };
	static const uint32_t text_bytes[] = { 0, 12, 13, 60 };

	start(&(struct source_shape){ .n_rows = 9000,
				      .batch_rows = 1500,
				      .n_keys = 10,
				      .text_bytes = text_bytes[_i % 4] },
	      credits[_i / 4], 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 9000);
	for (uint64_t row = 0; row < 9000; row += 7)
		check_row(row, row);
	live_fini(&live);
}
END_TEST

START_TEST(keeps_only_rows_that_are_alive)
{
	start(&(struct source_shape){ .n_rows = 9000, .n_keys = 10, .live_one_in = 7 }, 1000, 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, source_n_live(&source));
	for (uint64_t i = 0; i < live.run.result.n_rows; i++)
		check_row(i, 7 * i);
	live_fini(&live);
}
END_TEST

START_TEST(keeps_the_rows_of_all_tasks)
{
	int64_t *values;

	start(
		&(struct source_shape){
			.n_rows = 100000, .batch_rows = 900, .n_tasks = 4, .text_bytes = 30 },
		50000, _i ? 2 : 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 100000);
	values = live_longs(&live, 0);
	for (int64_t i = 0; i < 100000; i++)
		ASSERT_ROW(values[i] == i);
	mem_free(values);
	/* The list is one: each chunk knows where it begins. */
	for (uint64_t at = 0; at < 100000; at += 1111) {
		int64_t row = live_cell(&live, at, 0).i64;
		struct str want = source_value(&source, (uint64_t)row, SOURCE_TEXT).str;

		ck_assert(str_eq(live_cell(&live, at, 1).str, want));
	}
	live_fini(&live);
}
END_TEST

START_TEST(keeps_huge_texts)
{
	start(&(struct source_shape){ .n_rows = 40, .n_keys = 10, .text_bytes = 3u << 20 }, 100000,
	      1);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	for (uint64_t row = 0; row < 40; row += 13)
		check_row(row, row);
	live_fini(&live);
}
END_TEST

/* Nobody's texts but those of rows that are kept. */
START_TEST(an_empty_result_has_its_columns_and_no_rows)
{
	start(&(struct source_shape){ .n_empty = 20 }, 1000, 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 0);
	ck_assert_ptr_null(live.run.result.first);
	ck_assert_uint_eq(live.run.result.n_cols, 4);
	ck_assert_int_eq(live.run.result.types[1], COL_STRING);
	live_fini(&live);
}
END_TEST

START_TEST(a_result_of_many_rows_is_kept_in_short_polls)
{
	start(&(struct source_shape){ .n_rows = UNIT_SANITIZED ? 200000 : 3000000, .n_tasks = 2 },
	      100000, 1);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	check_polls(live.options.scheduler, "result");
	live_fini(&live);
}
END_TEST

START_TEST(a_result_above_the_querys_memory_is_an_error)
{
	source_init(&source, &(struct source_shape){ .n_rows = SOURCE_ENDLESS, .text_bytes = 200 });
	live_init(&live, &f, make_scan(&f, &source.base, 4, columns));
	live.limit_bytes = 20 << 20;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_int_eq(live.run.err.code, ERR_QUERY_MEMORY);
	ck_assert_int_le(atomic_load(&live.account.peak_bytes), 20 << 20);
	ck_assert_int_gt(atomic_load(&live.account.peak_bytes), 18 << 20);
	live_fini(&live);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n;
	long n_allocations = 1;

	source_init(&source,
		    &(struct source_shape){ .n_rows = 5000, .n_keys = 10, .text_bytes = 20 });
	n = make_scan(&f, &source.base, 4, columns);
	for (long at = 0; at < n_allocations; at++) {
		enum run_outcome outcome;
		long counted;

		live_init(&live, &f, n);
		(void)mem_fail_after(at);
		(void)live_start(&live);
		counted = mem_fail_after(-1);
		n_allocations = MAX(n_allocations, counted + 1);
		outcome = live_wait(&live);
		ck_assert_int_eq(outcome, counted > at ? RUN_FAILED : RUN_OK);
		if (outcome == RUN_OK)
			check_row(4999, 4999);
		live_fini(&live);
	}
	ck_assert_int_gt(n_allocations, 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keeps_the_rows_of_one_task_in_their_order, 0, 12);
	tcase_add_test(tc, keeps_only_rows_that_are_alive);
	tcase_add_loop_test(tc, keeps_the_rows_of_all_tasks, 0, 2);
	tcase_add_test(tc, keeps_huge_texts);
	tcase_add_test(tc, an_empty_result_has_its_columns_and_no_rows);
	tcase_add_test(tc, a_result_of_many_rows_is_kept_in_short_polls);
	tcase_add_test(tc, a_result_above_the_querys_memory_is_an_error);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/result", tc);
}
