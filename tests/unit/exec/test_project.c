/* test_project.c - exec/op/project.c: one expression per output column. */
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

static const uint32_t columns[] = { SOURCE_ROW, SOURCE_NONE, SOURCE_TEXT };

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
	return make_scan(&f, &source.base, 3, columns);
}

static struct plan_expr *row(void)
{
	return make_column(&f, 0, COL_LONG);
}

static struct plan_expr *text(void)
{
	return make_column(&f, 2, COL_STRING);
}

static struct plan_expr *times(int64_t factor)
{
	return make_call(&f, "times", EXPRS(row(), make_long(&f, factor)));
}

START_TEST(computes_each_column_from_the_inputs_row)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000, .text_bytes = 30 });
	struct batch *out;
	int64_t at = 0;

	n = make_project(&f, n,
			 EXPRS(times(3), make_call(&f, "upper", EXPRS(text())), make_long(&f, 8),
			       make_column(&f, 1, COL_LONG)));
	tree_start(&tree, &f, n, 1);
	while (tree_next(&tree, &out) == OP_READY) {
		ck_assert_uint_eq(out->n_cols, 4);
		for (uint32_t i = 0; i < out->sel.n_rows; i++, at++) {
			struct str in = source_value(&source, (uint64_t)at, SOURCE_TEXT).str;
			struct str upper = strv_str(col_strv(&out->cols[1], i));

			ASSERT_ROW(col_i64(&out->cols[0], i) == 3 * at);
			ASSERT_ROW(str_eq_nocase(upper, in));
			ASSERT_ROW(col_i64(&out->cols[2], i) == 8);
			ASSERT_ROW(!col_is_valid(&out->cols[3], i));
		}
	}
	ck_assert_int_eq(at, 5000);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_plain_column_is_handed_on_and_not_copied)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000, .text_bytes = 30 });
	struct batch *out, *childs;
	struct column before[3];

	n = make_project(&f, n, EXPRS(text(), row(), text()));
	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	memcpy(before, out->cols, sizeof(before));
	/* The source shows each batch in the same place. */
	ck_assert_int_eq(op_poll(tree.ops[0]->child, &tree.tasks[0], &childs), OP_READY);
	ck_assert_ptr_eq(before[0].values, childs->cols[2].values);
	ck_assert_ptr_eq(before[1].values, childs->cols[0].values);
	ck_assert_ptr_eq(before[2].values, childs->cols[2].values);
	tree_fini(&tree);
}
END_TEST

START_TEST(rows_stay_where_they_are_and_dead_ones_dead)
{
	struct plan_expr *by_row =
		make_call(&f, "intdiv",
			  EXPRS(make_long(&f, 1000000),
				make_call(&f, "minus", EXPRS(row(), make_long(&f, 1)))));
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 1000, .live_one_in = 5 });
	struct batch *out;

	/* Row 1, where the expression would fail, is dead. */
	tree_start(&tree, &f, make_project(&f, n, EXPRS(by_row, row())), 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_uint_eq(out->n_rows, 1000);
	ck_assert_uint_eq(out->sel.n_rows, 200);
	for (uint32_t i = 0; i < 200; i++) {
		uint32_t at = sel_row(&out->sel, i);

		ck_assert_uint_eq(at, 5 * i);
		ck_assert_int_eq(col_i64(&out->cols[0], at), 1000000 / ((int64_t)at - 1));
	}
	tree_fini(&tree);
}
END_TEST

/* The caller may narrow the output; that must not reach the input's own selection. */
START_TEST(a_narrowed_output_leaves_the_next_batch_alone)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 3 * BATCH_ROWS_MAX });
	struct batch *out;

	tree_start(&tree, &f, make_project(&f, n, EXPRS(times(2))), 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
		ck_assert_uint_eq(out->sel.n_rows, BATCH_ROWS_MAX);
		out->sel.n_rows = 1;
	}
	tree_fini(&tree);
}
END_TEST

START_TEST(hands_on_batches_without_rows)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_empty = 2 });
	struct batch *out;

	tree_start(&tree, &f, make_project(&f, n, EXPRS(times(2), row())), 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
		ck_assert_uint_eq(out->sel.n_rows, 0);
		ck_assert_uint_eq(out->n_cols, 2);
	}
	ck_assert_int_eq(tree_next(&tree, &out), OP_DONE);
	tree_fini(&tree);
}
END_TEST

START_TEST(goes_on_between_and_inside_columns_where_it_stopped)
{
	static const int64_t credits[] = { 1, 50, 3000 };
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 2500, .text_bytes = 300 });
	struct plan_expr *exprs[60];
	int64_t *values;

	for (int i = 0; i < 60; i++)
		exprs[i] = i % 3 == 2 ? make_call(&f, "reverse", EXPRS(text())) : times(i);
	live_init(&live, &f, make_project(&f, n, 60, exprs));
	live.options.credit = credits[_i];
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 2500);
	for (uint32_t i = 0; i < 60; i += i % 3 + 1) {
		values = live_longs(&live, i - i % 3);
		for (int64_t at = 0; at < 2500; at++)
			ASSERT_ROW(values[at] == at * (i - i % 3));
		mem_free(values);
	}
	ck_assert_uint_eq(live_cell(&live, 2499, 59).str.len, 300);
	live_fini(&live);
}
END_TEST

START_TEST(a_result_may_be_wide)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 100 });
	struct plan_expr *exprs[2000];

	for (int i = 0; i < 2000; i++)
		exprs[i] = i % 2 ? times(i) : row();
	live_init(&live, &f, make_project(&f, n, 2000, exprs));
	live.options.credit = 10000;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	for (uint32_t i = 0; i < 2000; i++)
		ck_assert_int_eq(live_cell(&live, 99, i).i64, i % 2 ? 99 * (int64_t)i : 99);
	live_fini(&live);
}
END_TEST

START_TEST(an_error_in_a_column_is_the_querys)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000 });
	struct plan_expr *bad = make_call(
		&f, "intdiv",
		EXPRS(make_long(&f, 6), make_call(&f, "minus", EXPRS(make_long(&f, 4444), row()))));

	live_init(&live, &f, make_project(&f, n, EXPRS(row(), bad)));
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_str_eq(live.run.err.msg, "division by zero: 6 / 0");
	live_fini(&live);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 50, .text_bytes = 40 });
	long n_allocations = 1;

	n = make_project(&f, n, EXPRS(times(2), make_call(&f, "reverse", EXPRS(text())), row()));
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
			ck_assert_int_eq(live_cell(&live, 49, 0).i64, 98);
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
	tcase_add_test(tc, computes_each_column_from_the_inputs_row);
	tcase_add_test(tc, a_plain_column_is_handed_on_and_not_copied);
	tcase_add_test(tc, rows_stay_where_they_are_and_dead_ones_dead);
	tcase_add_test(tc, a_narrowed_output_leaves_the_next_batch_alone);
	tcase_add_test(tc, hands_on_batches_without_rows);
	tcase_add_loop_test(tc, goes_on_between_and_inside_columns_where_it_stopped, 0, 3);
	tcase_add_test(tc, a_result_may_be_wide);
	tcase_add_test(tc, an_error_in_a_column_is_the_querys);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/project", tc);
}
