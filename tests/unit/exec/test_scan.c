/* test_scan.c - exec/op/scan.c: what it asks of a table, and what it counts. */
#include <string.h>

#include "broker/table/system_tables.h"
#include "common/base/metrics.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

static const uint32_t columns[] = { SOURCE_TEXT, SOURCE_ROW };

static struct plan_run f;
static struct source source;
static struct tree tree;
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

static struct plan_node *scan(const struct source_shape *shape)
{
	source_init(&source, shape);
	return make_scan(&f, &source.base, 2, columns);
}

START_TEST(hands_on_the_columns_that_were_asked_for_in_their_order)
{
	struct batch *out;

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 3000, .text_bytes = 20 }), 1);
	for (uint64_t row = 0; row < 3000;) {
		ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
		ck_assert_uint_eq(out->n_cols, 2);
		for (uint32_t i = 0; i < out->sel.n_rows; i++, row++) {
			struct value want = source_value(&source, row, SOURCE_TEXT);

			ASSERT_ROW(str_eq(strv_str(col_strv(&out->cols[0], i)), want.str));
			ASSERT_ROW(col_i64(&out->cols[1], i) == (int64_t)row);
		}
	}
	ck_assert_int_eq(tree_next(&tree, &out), OP_DONE);
	tree_fini(&tree);
}
END_TEST

START_TEST(tells_the_table_which_columns_and_which_range)
{
	struct scan_range range = { .column = SOURCE_ROW,
				    .has_low = true,
				    .low = { .type = COL_LONG, .i64 = 7 } };
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 1 });

	n->scan.ranges = &range;
	n->scan.n_ranges = 1;
	tree_start(&tree, &f, n, 1);
	ck_assert_uint_eq(source.spec.n_columns, 2);
	ck_assert_mem_eq(source.spec.columns, columns, sizeof(columns));
	ck_assert_uint_eq(source.spec.n_ranges, 1);
	ck_assert_ptr_eq(source.spec.ranges, &range);
	tree_fini(&tree);
}
END_TEST

START_TEST(can_count_rows_without_a_column)
{
	struct plan_node *n;
	uint64_t n_rows = 0;
	struct batch *out;

	source_init(&source, &(struct source_shape){ .n_rows = 5000 });
	n = make_scan(&f, &source.base, 0, NULL);
	tree_start(&tree, &f, n, 1);
	while (tree_next(&tree, &out) == OP_READY)
		n_rows += out->sel.n_rows;
	ck_assert_uint_eq(n_rows, 5000);
	tree_fini(&tree);
}
END_TEST

START_TEST(hands_on_batches_without_rows)
{
	struct batch *out;

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 1, .n_empty = 3 }), 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
		ck_assert_uint_eq(out->sel.n_rows, 0);
	}
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_uint_eq(out->sel.n_rows, 1);
	tree_fini(&tree);
}
END_TEST

/* A table may have reasons of its own for "not now"; the task comes back all the same. */
START_TEST(a_table_that_yields_makes_the_task_come_back)
{
	struct batch *out;

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 1, .pending_every = 1 }), 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_PENDING);
		ck_assert_int_eq(tree.tasks[0].task.why, WHY_CREDIT);
	}
	ck_assert_uint_eq(source.n_calls, 3);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_row_that_cannot_be_read_is_the_tasks_error)
{
	struct batch *out;

	tree_start(
		&tree, &f,
		scan(&(struct source_shape){ .n_rows = 10000, .batch_rows = 100, .fails_at = 250 }),
		1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_int_eq(tree_next(&tree, &out), OP_FAILED);
	ck_assert_int_eq(tree.tasks[0].err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_str_eq(tree.tasks[0].err.msg, "row 250 cannot be read");
	tree_fini(&tree);
}
END_TEST

START_TEST(a_table_that_cannot_start_fails_the_run_before_it_begins)
{
	live_init(&live, &f, scan(&(struct source_shape){ .n_rows = 1, .start_fails = true }));
	ck_assert_int_eq(live_start(&live), -1);
	ck_assert_str_eq(live.err.msg, "the table cannot be read");
	live_fini(&live);
	ck_assert_uint_eq(source.n_opened, 0);
}
END_TEST

START_TEST(starts_a_table_once_and_opens_a_scan_per_task)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 1000000, .n_tasks = 3 });

	live_init(&live, &f, n);
	live.options.max_tasks = 8;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	live_fini(&live);
	ck_assert_uint_eq(source.n_started, 1);
	ck_assert_uint_eq(source.n_opened, 3);
	ck_assert_uint_eq(source.n_closed, 3);
}
END_TEST

START_TEST(the_tasks_of_a_scan_share_the_rows)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 20000, .n_tasks = 3 });
	struct batch *out;
	uint64_t n_rows = 0;
	int64_t sum = 0;
	bool is_over[3] = { false };

	tree_start(&tree, &f, n, 3);
	for (uint32_t i = 0; !is_over[0] || !is_over[1] || !is_over[2]; i++) {
		is_over[i % 3] = tree_poll(&tree, i % 3, 1000000, &out) == OP_DONE;
		for (uint32_t k = 0; !is_over[i % 3] && k < out->sel.n_rows; k++, n_rows++)
			sum += col_i64(&out->cols[1], k);
	}
	ck_assert_uint_eq(n_rows, 20000);
	ck_assert_int_eq(sum, 20000ll * 19999 / 2);
	tree_fini(&tree);
}
END_TEST

START_TEST(counts_what_was_read)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 9000, .live_one_in = 9 });
	int64_t before = metric_get(METRIC_rows_read_total);

	live_init(&live, &f, n);
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_uint_eq(atomic_load(&live.run.stats.rows_read), 1000);
	ck_assert_int_eq(metric_get(METRIC_rows_read_total) - before, 1000);
	live_fini(&live);
}
END_TEST

/* The scan is closed, and counted, also when nobody wants the rest. */
START_TEST(a_scan_is_closed_when_the_run_is_cancelled)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = SOURCE_ENDLESS });

	live_init(&live, &f, n);
	live.n_workers = 1;
	ck_assert_int_eq(live_start(&live), 0);
	while (atomic_load(&source.n_calls) < 10)
		continue;
	live_cancel(&live, CANCEL_USER);
	ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
	live_fini(&live);
	ck_assert_uint_eq(source.n_opened, 1);
	ck_assert_uint_eq(source.n_closed, 1);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 100 });
	long n_allocations = 1;

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
		if (outcome == RUN_FAILED)
			ck_assert_int_eq(live.has_started ? live.run.err.code : live.err.code,
					 ERR_OUT_OF_MEMORY);
		live_fini(&live);
	}
	ck_assert_uint_eq(source.n_closed, source.n_opened);
	ck_assert_int_gt(n_allocations, 5);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, hands_on_the_columns_that_were_asked_for_in_their_order);
	tcase_add_test(tc, tells_the_table_which_columns_and_which_range);
	tcase_add_test(tc, can_count_rows_without_a_column);
	tcase_add_test(tc, hands_on_batches_without_rows);
	tcase_add_test(tc, a_table_that_yields_makes_the_task_come_back);
	tcase_add_test(tc, a_row_that_cannot_be_read_is_the_tasks_error);
	tcase_add_test(tc, a_table_that_cannot_start_fails_the_run_before_it_begins);
	tcase_add_test(tc, starts_a_table_once_and_opens_a_scan_per_task);
	tcase_add_test(tc, the_tasks_of_a_scan_share_the_rows);
	tcase_add_test(tc, counts_what_was_read);
	tcase_add_test(tc, a_scan_is_closed_when_the_run_is_cancelled);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/scan", tc);
}
