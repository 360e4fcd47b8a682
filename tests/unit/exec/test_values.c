/* test_values.c - exec/op/values.c: lists of constant rows. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/tree.h"

static struct plan_run f;
static struct tree tree;
static struct live live;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	plan_run_fini(&f);
}

/* Runs a list and leaves its rows in live.run.result; live_fini() is the caller's. */
static enum run_outcome run(struct plan_node *n, int64_t credit)
{
	live_init(&live, &f, n);
	live.options.credit = credit;
	(void)live_start(&live);
	return live_wait(&live);
}

START_TEST(gives_its_rows_in_their_order_with_any_credit)
{
	static const int64_t credits[] = { 1, 300, 1000000 };
	struct plan_expr *cells[] = {
		make_long(&f, 7),
		make_text(&f, "seven, and more than twelve bytes"),
		make_null(&f, COL_LONG),
		make_text(&f, ""),
		make_long(&f, INT64_MIN),
		make_null(&f, COL_STRING),
		make_call(&f, "plus", EXPRS(make_long(&f, 40), make_long(&f, 2))),
		make_call(&f, "upper", EXPRS(make_text(&f, "forty-two is the answer"))),
	};

	ck_assert_int_eq(run(make_values(&f, 4, 2, cells), credits[_i]), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 4);
	ck_assert_int_eq(live_cell(&live, 0, 0).i64, 7);
	ck_assert(live_cell(&live, 1, 0).is_null);
	ck_assert_int_eq(live_cell(&live, 2, 0).i64, INT64_MIN);
	ck_assert_int_eq(live_cell(&live, 3, 0).i64, 42);
	ck_assert(str_eq(live_cell(&live, 0, 1).str, STR("seven, and more than twelve bytes")));
	ck_assert(!live_cell(&live, 1, 1).is_null && live_cell(&live, 1, 1).str.len == 0);
	ck_assert(live_cell(&live, 2, 1).is_null);
	ck_assert(str_eq(live_cell(&live, 3, 1).str, STR("FORTY-TWO IS THE ANSWER")));
	live_fini(&live);
}
END_TEST

/* Row i: i, and i as many times as there are columns less one. */
static struct plan_node *long_list(uint32_t n_rows, uint32_t n_columns)
{
	size_t n = (size_t)n_rows * n_columns;
	struct plan_expr **cells = mem_calloc(n, sizeof(*cells));
	struct plan_node *list;

	ck_assert_ptr_nonnull(cells);
	for (size_t i = 0; i < n; i++)
		cells[i] = make_long(&f, (int64_t)(i / n_columns));
	list = make_values(&f, n_rows, n_columns, cells);
	mem_free(cells);
	return list;
}

START_TEST(a_list_may_be_longer_than_a_batch)
{
	ck_assert_int_eq(run(long_list(5000, 2), 2000), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 5000);
	for (uint64_t row = 0; row < 5000; row += 499) {
		ck_assert_int_eq(live_cell(&live, row, 0).i64, (int64_t)row);
		ck_assert_int_eq(live_cell(&live, row, 1).i64, (int64_t)row);
	}
	live_fini(&live);
}
END_TEST

/* What a cell of the list costs while it is worked out must not be kept for all of them. */
START_TEST(a_long_list_of_constants_needs_little_memory)
{
	ck_assert_int_eq(run(long_list(10000, 8), 100000), RUN_OK);
	ck_assert_int_lt(atomic_load(&live.account.peak_bytes), 8 << 20);
	live_fini(&live);
}
END_TEST

START_TEST(a_long_list_is_worked_out_in_short_polls)
{
	live_init(&live, &f, long_list(4000, 50));
	live.n_workers = 1;
	live.options.credit = 100000;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	check_polls(live.options.scheduler, "values");
	ck_assert_uint_gt(live_n_polls(&live), 50);
	live_fini(&live);
}
END_TEST

START_TEST(an_empty_list_is_done_at_once)
{
	struct plan_node *n = make_values(&f, 0, 3, NULL);
	struct batch *out;

	for (uint32_t i = 0; i < 3; i++)
		n->columns[i].type = COL_STRING;
	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_DONE);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_DONE);
	tree_fini(&tree);
}
END_TEST

/* SELECT without FROM: one row, and nothing in it. */
START_TEST(a_row_may_have_no_columns)
{
	struct batch *out;

	tree_start(&tree, &f, make_values(&f, 1, 0, NULL), 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_READY);
	ck_assert_uint_eq(out->n_cols, 0);
	ck_assert_uint_eq(out->sel.n_rows, 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_DONE);
	tree_fini(&tree);
}
END_TEST

START_TEST(expressions_over_a_row_without_columns_give_one_row)
{
	struct plan_node *n = make_values(&f, 1, 0, NULL);

	n = make_project(&f, n,
			 EXPRS(make_long(&f, 5),
			       make_call(&f, "plus", EXPRS(make_long(&f, 1), make_long(&f, 1)))));
	ck_assert_int_eq(run(n, 1), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 1);
	ck_assert_int_eq(live_cell(&live, 0, 0).i64, 5);
	ck_assert_int_eq(live_cell(&live, 0, 1).i64, 2);
	live_fini(&live);
}
END_TEST

START_TEST(a_cell_that_fails_is_the_querys_error)
{
	struct plan_expr *cells[] = {
		make_long(&f, 1),
		make_call(&f, "intdiv", EXPRS(make_long(&f, 5), make_long(&f, 0))),
		make_long(&f, 3),
	};

	ck_assert_int_eq(run(make_values(&f, 3, 1, cells), 1), RUN_FAILED);
	ck_assert_int_eq(live.run.err.code, ERR_SQL_RUNTIME);
	ck_assert_str_eq(live.run.err.msg, "division by zero: 5 / 0");
	live_fini(&live);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = long_list(30, 3);
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
		if (outcome == RUN_OK)
			ck_assert_int_eq(live_cell(&live, 29, 2).i64, 29);
		live_fini(&live);
	}
	ck_assert_int_gt(n_allocations, 5);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, gives_its_rows_in_their_order_with_any_credit, 0, 3);
	tcase_add_test(tc, a_list_may_be_longer_than_a_batch);
	tcase_add_test(tc, a_long_list_of_constants_needs_little_memory);
	tcase_add_test(tc, a_long_list_is_worked_out_in_short_polls);
	tcase_add_test(tc, an_empty_list_is_done_at_once);
	tcase_add_test(tc, a_row_may_have_no_columns);
	tcase_add_test(tc, expressions_over_a_row_without_columns_give_one_row);
	tcase_add_test(tc, a_cell_that_fails_is_the_querys_error);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/values", tc);
}
