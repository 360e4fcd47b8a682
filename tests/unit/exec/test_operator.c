/* test_operator.c - op_poll(), opening and closing trees, and lists of expressions. */
#include <string.h>

#include "broker/exec/op_expr.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

static const uint32_t columns[] = { SOURCE_ROW, SOURCE_KEY };

static struct plan_run f;
static struct source source;
static struct tree tree;

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

static struct plan_expr *row_below(int64_t v)
{
	return make_call(&f, "lessthan", EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, v)));
}

/* Many terms, so that one unit of credit does not do. */
static struct plan_expr *long_predicate(void)
{
	struct plan_expr *terms[50];

	for (int i = 0; i < 50; i++)
		terms[i] = row_below(i + 1);
	return make_or(&f, 50, terms);
}

START_TEST(every_kind_of_node_has_a_class_and_every_cut_a_sink)
{
	for (enum plan_kind kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		const struct op_class *class = op_class_of(kind);

		ck_assert_ptr_nonnull(class);
		ck_assert_int_eq(class->sink != NULL, plan_cut_child(kind) >= 0);
		ck_assert_int_eq(class->poll != NULL, kind != PLAN_RESULT);
		if (class->sink)
			ck_assert(class->sink->poll != NULL);
	}
}
END_TEST

START_TEST(a_poll_without_credit_says_so_and_asks_nobody)
{
	struct batch *out;

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 10 }), 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 0, &out), OP_PENDING);
	ck_assert_int_eq(tree.tasks[0].task.why, WHY_CREDIT);
	ck_assert_uint_eq(source.n_calls, 0);
	ck_assert_int_eq(tree_poll(&tree, 0, 1, &out), OP_READY);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_cancelled_poll_fails_without_an_error_and_asks_nobody)
{
	struct batch *out;

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 10 }), 1);
	ck_assert(token_set(&tree.token, CANCEL_TIMEOUT));
	ck_assert_int_eq(tree_poll(&tree, 0, 1000, &out), OP_FAILED);
	ck_assert_int_eq(tree.tasks[0].err.code, ERR_NONE);
	ck_assert_uint_eq(source.n_calls, 0);
	tree_fini(&tree);
}
END_TEST

static void cancels(struct source *s, struct coop *coop)
{
	(void)s;
	(void)token_set(coop->token, CANCEL_USER);
}

START_TEST(cancelled_in_the_middle_an_operator_fails_without_an_error)
{
	struct plan_node *n =
		make_filter(&f, scan(&(struct source_shape){ .n_rows = 10 }), long_predicate());
	struct batch *out;

	source.hook = cancels;
	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000000, &out), OP_FAILED);
	ck_assert_int_eq(tree.tasks[0].err.code, ERR_NONE);
	tree_fini(&tree);
}
END_TEST

START_TEST(counts_the_live_rows_that_came_out)
{
	struct plan_node *n =
		make_filter(&f, scan(&(struct source_shape){ .n_rows = 5000, .live_one_in = 3 }),
			    row_below(4500));
	struct batch *out;

	tree_start(&tree, &f, n, 1);
	while (tree_next(&tree, &out) == OP_READY)
		continue;
	ck_assert_uint_eq(tree.ops[0]->rows_out, 1500);
	ck_assert_uint_eq(tree.ops[0]->child->rows_out, 1667);
	tree_fini(&tree);
}
END_TEST

START_TEST(names_the_deepest_operator_that_gave_up)
{
	struct plan_node *n =
		make_filter(&f, scan(&(struct source_shape){ .n_rows = 10, .pending_every = 2 }),
			    long_predicate());
	struct batch *out;

	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1, &out), OP_PENDING);
	ck_assert_str_eq(tree.tasks[0].yielded_at, "filter");
	ck_assert_int_eq(tree_poll(&tree, 0, 1000000, &out), OP_READY);
	ck_assert_ptr_null(tree.tasks[0].yielded_at);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000000, &out), OP_PENDING);
	ck_assert_str_eq(tree.tasks[0].yielded_at, "scan");
	ck_assert_int_eq(tree.tasks[0].task.why, WHY_CREDIT);
	tree_fini(&tree);
}
END_TEST

/* ---- trees ---- */

static uint32_t depth_of(const struct op *op)
{
	uint32_t n = 0;

	for (; op; op = op->child) {
		ck_assert(op->is_open);
		n++;
	}
	return n;
}

START_TEST(opens_one_instance_per_node_from_the_sink_to_the_leaf)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 10 });

	n = make_limit(&f, make_filter(&f, make_guard(&f, n), row_below(5)), 0, 3);
	tree_start(&tree, &f, n, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(depth_of(tree.sinks[i]), 5);
		ck_assert_int_eq(tree.sinks[i]->node->kind, PLAN_RESULT);
		ck_assert_int_eq(tree.ops[i]->node->kind, PLAN_LIMIT);
		ck_assert_int_eq(tree.ops[i]->child->child->child->node->kind, PLAN_SCAN);
	}
	ck_assert_uint_eq(source.n_started, 1);
	ck_assert_uint_eq(source.n_opened, 2);
	tree_fini(&tree);
	ck_assert_uint_eq(source.n_closed, 2);
}
END_TEST

START_TEST(stops_where_another_fragment_ends)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 10 });
	uint32_t key = 1;

	n = make_filter(&f, plan_group(&f, n, 1, &key, 0), make_bool(&f, true));
	tree_start(&tree, &f, n, 1);
	ck_assert_uint_eq(depth_of(tree.sinks[0]), 3);
	ck_assert_int_eq(tree.ops[0]->child->node->kind, PLAN_HASH_AGG);
	ck_assert_uint_eq(source.n_opened, 0);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_leaf_that_cannot_be_opened_is_not_closed)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = 10, .n_tasks = 2, .open_fails = 1 });

	tree_init(&tree, &f, make_filter(&f, n, row_below(5)), 2);
	ck_assert_int_eq(tree_open(&tree, 0), 0);
	ck_assert_int_eq(tree_open(&tree, 1), -1);
	ck_assert_int_eq(tree.tasks[1].err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_str_eq(tree.tasks[1].err.msg, "the segment cannot be opened");
	tree_fini(&tree);
	ck_assert_uint_eq(source.n_closed, 1);
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
	op_tree_close(NULL);
}
END_TEST

/* What could be opened is closed again, wherever the memory ran out. */
START_TEST(survives_allocation_failure)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 10 });
	long n_allocations = 1;

	n = make_filter(&f, n, long_predicate());
	for (long at = 0; at < n_allocations; at++) {
		long counted;
		int r;

		tree_init(&tree, &f, n, 1);
		(void)mem_fail_after(at);
		r = tree_open(&tree, 0);
		counted = mem_fail_after(-1);
		n_allocations = MAX(n_allocations, counted + 1);
		if (r < 0)
			ck_assert_int_eq(tree.tasks[0].err.code, ERR_OUT_OF_MEMORY);
		tree_fini(&tree);
		ck_assert_uint_eq(source.n_closed, source.n_opened);
	}
	ck_assert_int_gt(n_allocations, 5);
}
END_TEST

/* ---- lists of expressions ---- */

START_TEST(a_list_goes_on_with_the_expression_it_stopped_at)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 6000 });
	struct plan_expr *exprs[] = { long_predicate(), make_column(&f, 1, COL_LONG),
				      row_below(100), make_long(&f, 5) };
	struct run_task *task = &tree.tasks[0];
	struct expr_list list;
	struct batch *out;
	int n_resumes = 0;

	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(expr_list_compile(task, exprs, 4, &list), 0);
	for (int64_t first = 0; tree_next(&tree, &out) == OP_READY; first += BATCH_ROWS_MAX) {
		do {
			task->task.coop.credit = 1;
			n_resumes++;
		} while (expr_list_eval(&list, out, &out->sel) == STEP_YIELD);
		for (uint32_t row = 0; row < out->n_rows; row++) {
			ASSERT_ROW(col_bool(&list.columns[0], row) == (first + row < 50));
			ASSERT_ROW(col_i64(&list.columns[1], row) == first + row);
			ASSERT_ROW(col_bool(&list.columns[2], row) == (first + row < 100));
			ASSERT_ROW(col_i64(&list.columns[3], row) == 5);
		}
	}
	ck_assert_int_gt(n_resumes, 3 * 50);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_list_of_nothing_is_done_at_once)
{
	struct expr_list list;
	struct batch b = { .n_rows = 3, .sel = { NULL, 3 } };

	tree_start(&tree, &f, scan(&(struct source_shape){ .n_rows = 1 }), 1);
	ck_assert_int_eq(expr_list_compile(&tree.tasks[0], NULL, 0, &list), 0);
	ck_assert_int_eq(expr_list_eval(&list, &b, &b.sel), STEP_DONE);
	tree_fini(&tree);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_kind_of_node_has_a_class_and_every_cut_a_sink);
	tcase_add_test(tc, a_poll_without_credit_says_so_and_asks_nobody);
	tcase_add_test(tc, a_cancelled_poll_fails_without_an_error_and_asks_nobody);
	tcase_add_test(tc, cancelled_in_the_middle_an_operator_fails_without_an_error);
	tcase_add_test(tc, counts_the_live_rows_that_came_out);
	tcase_add_test(tc, names_the_deepest_operator_that_gave_up);
	tcase_add_test(tc, opens_one_instance_per_node_from_the_sink_to_the_leaf);
	tcase_add_test(tc, stops_where_another_fragment_ends);
	tcase_add_test(tc, a_leaf_that_cannot_be_opened_is_not_closed);
	tcase_add_test(tc, closing_nothing_is_fine);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, a_list_goes_on_with_the_expression_it_stopped_at);
	tcase_add_test(tc, a_list_of_nothing_is_done_at_once);
	return unit_main("exec/operator", tc);
}
