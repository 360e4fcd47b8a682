/* test_filter.c - exec/op/filter.c: keeps the rows for which a predicate is true. */
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/expr_model.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

static const uint32_t columns[] = { SOURCE_ROW, SOURCE_NONE, SOURCE_TEXT };

static struct plan_run f;
static struct source source;
static struct tree tree;
static struct live live;
static struct relation rows;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	source_fini(&source);
	relation_fini(&rows);
	plan_run_fini(&f);
}

static struct plan_node *scan(const struct source_shape *shape)
{
	source_init(&source, shape);
	return make_scan(&f, &source.base, 3, columns);
}

static struct plan_expr *row_is(const char *relation, int64_t v)
{
	return make_call(&f, relation, EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, v)));
}

/* row % k = 0 */
static struct plan_expr *every(int64_t k)
{
	struct plan_expr *rest =
		make_call(&f, "mod", EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, k)));

	return make_call(&f, "equals", EXPRS(rest, make_long(&f, 0)));
}

START_TEST(keeps_true_rows_and_drops_false_and_null_ones)
{
	struct plan_expr *unknown =
		make_call(&f, "equals", EXPRS(make_column(&f, 1, COL_LONG), make_long(&f, 77)));
	struct plan_expr *predicate =
		make_case(&f, EXPRS(row_is("lessthan", 10), make_bool(&f, true),
				    row_is("lessthan", 20), unknown, make_bool(&f, false)));
	struct batch *out;

	tree_start(&tree, &f,
		   make_filter(&f, scan(&(struct source_shape){ .n_rows = 30 }), predicate), 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_uint_eq(out->sel.n_rows, 10);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert_uint_eq(sel_row(&out->sel, i), i);
	ck_assert_int_eq(tree_next(&tree, &out), OP_DONE);
	tree_fini(&tree);
}
END_TEST

START_TEST(hands_on_the_batch_of_its_child_and_copies_nothing)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000, .text_bytes = 50 });
	struct batch *out, *childs;
	const void *values, *text;

	tree_start(&tree, &f, make_filter(&f, n, every(7)), 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_uint_eq(out->n_rows, BATCH_ROWS_MAX);
	ck_assert_uint_eq(out->n_cols, 3);
	ck_assert_uint_eq(out->sel.n_rows, 293);
	values = out->cols[0].values;
	text = out->cols[2].values;
	/* The source shows each batch in the same place. */
	ck_assert_int_eq(op_poll(tree.ops[0]->child, &tree.tasks[0], &childs), OP_READY);
	ck_assert_ptr_eq(childs, out);
	ck_assert_ptr_eq(childs->cols[0].values, values);
	ck_assert_ptr_eq(childs->cols[2].values, text);
	tree_fini(&tree);
}
END_TEST

START_TEST(narrows_the_selection_that_it_gets)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 100, .live_one_in = 2 });
	struct batch *out;

	n = make_filter(&f, make_filter(&f, n, every(3)), every(5));
	tree_start(&tree, &f, n, 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_READY);
	ck_assert_uint_eq(out->sel.n_rows, 4);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_uint_eq(sel_row(&out->sel, i), 30 * i);
	tree_fini(&tree);
}
END_TEST

START_TEST(swallows_batches_of_which_nothing_is_left)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = 10000, .batch_rows = 100, .n_empty = 2 });
	struct batch *out;

	tree_start(&tree, &f, make_filter(&f, n, row_is("equals", 5050)), 1);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000000000, &out), OP_READY);
	ck_assert_uint_eq(out->sel.n_rows, 1);
	ck_assert_uint_eq(sel_row(&out->sel, 0), 50);
	ck_assert_int_eq(tree_poll(&tree, 0, 1000000000, &out), OP_DONE);
	ck_assert_uint_eq(source.n_calls, 3 * 100 + 3);
	tree_fini(&tree);
}
END_TEST

START_TEST(comes_back_between_swallowed_batches_when_credit_is_spent)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = SOURCE_ENDLESS, .batch_rows = 100 });
	struct batch *out;

	tree_start(&tree, &f, make_filter(&f, n, make_bool(&f, false)), 1);
	for (int i = 0; i < 50; i++) {
		uint64_t before = source.n_calls;

		ck_assert_int_eq(tree_poll(&tree, 0, 20000, &out), OP_PENDING);
		ck_assert_uint_gt(source.n_calls, before + 2);
		ck_assert_uint_lt(source.n_calls, before + 30);
	}
	tree_fini(&tree);
}
END_TEST

START_TEST(goes_on_inside_a_predicate_where_it_stopped)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000 });
	struct plan_expr *terms[40];
	struct batch *out;
	uint64_t n_rows = 0;
	int n_pending = 0;
	enum op_result result;

	for (int i = 0; i < 40; i++)
		terms[i] = row_is("equals", i * 100);
	tree_start(&tree, &f, make_filter(&f, n, make_or(&f, 40, terms)), 1);
	while ((result = tree_poll(&tree, 0, 1, &out)) != OP_DONE) {
		n_pending += result == OP_PENDING;
		for (uint32_t i = 0; result == OP_READY && i < out->sel.n_rows; i++, n_rows++)
			ck_assert_int_eq(col_i64(&out->cols[0], sel_row(&out->sel, i)),
					 (int64_t)n_rows * 100);
	}
	ck_assert_uint_eq(n_rows, 40);
	ck_assert_int_gt(n_pending, 3 * 40);
	/* A batch is asked for once, however often its predicate is resumed. */
	ck_assert_uint_lt(source.n_calls, 10);
	tree_fini(&tree);
}
END_TEST

START_TEST(an_error_in_the_predicate_is_the_querys)
{
	struct plan_expr *bad =
		make_call(&f, "intdiv", EXPRS(make_long(&f, 6), make_column(&f, 0, COL_LONG)));
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000 });

	n = make_filter(&f, n, make_call(&f, "equals", EXPRS(bad, make_long(&f, 6))));
	live_init(&live, &f, n);
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_str_eq(live.run.err.msg, "division by zero: 6 / 0");
	ck_assert_uint_eq(live.run.err.sql_offset, 4711);
	live_fini(&live);
}
END_TEST

START_TEST(an_error_of_the_child_comes_through)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = 5000, .fails_at = 4500 });
	struct batch *out;

	tree_start(&tree, &f, make_filter(&f, n, row_is("equals", -1)), 1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_FAILED);
	ck_assert_str_eq(tree.tasks[0].err.msg, "row 4500 cannot be read");
	tree_fini(&tree);
}
END_TEST

/* ---- against the model ---- */

static bool is_kept(struct expr_model *m, const struct plan_expr *predicate, size_t row)
{
	struct column cols[3];
	struct batch one = { .n_rows = 1, .n_cols = 3, .cols = cols, .sel = { NULL, 1 } };
	struct strv text;
	uint64_t validity[3];
	struct value v;

	for (uint32_t i = 0; i < 3; i++) {
		struct value *cell = relation_at(&rows, row, i);

		validity[i] = !cell->is_null;
		cols[i] = (struct column){ .type = cell->type,
					   .values = &cell->i64,
					   .validity = &validity[i] };
		if (cell->type == COL_STRING) {
			text = cell->is_null ? strv_make(NULL, 0)
					     : strv_make(cell->str.ptr, cell->str.len);
			cols[i].values = &text;
		}
	}
	ck_assert_int_eq(model_eval(m, predicate, &one, 0, &v), 0);
	return !v.is_null && v.boolean;
}

static struct plan_expr *mixed_predicate(void)
{
	struct plan_expr *x = make_column(&f, 0, COL_LONG), *y = make_column(&f, 1, COL_LONG);
	struct plan_expr *text = make_column(&f, 2, COL_STRING);
	struct plan_expr *like =
		make_call(&f, "like", EXPRS(text, make_text(&f, "%beginning %3%")));
	struct plan_expr *safe = make_and(
		&f,
		EXPRS(make_call(&f, "notequals", EXPRS(y, make_long(&f, 0))),
		      make_call(&f, "greaterthan",
				EXPRS(make_call(&f, "intdiv", EXPRS(x, y)), make_long(&f, 1)))));

	return make_or(&f, EXPRS(like, safe, make_call(&f, "isnull", EXPRS(x))));
}

/* Columns in all forms, dead rows in between, dictionaries that change. */
START_TEST(keeps_the_rows_that_the_model_keeps)
{
	static const enum col_type types[] = { COL_LONG, COL_LONG, COL_STRING };
	static const int64_t credits[] = { 1, 700, 1000000 };
	struct plan_expr *predicate = mixed_predicate();
	struct relation expected;
	struct expr_model m;
	uint64_t seed = 3;

	relation_init(&rows, 3, types, UNIT_SANITIZED ? 4000 : 20000);
	relation_init(&expected, 3, types, 0);
	relation_fill(&rows, 0, &seed, 300, true);
	relation_fill(&rows, 1, &seed, 20, true);
	relation_fill(&rows, 2, &seed, 200, true);
	/* INT64_MIN / -1 would be an error. */
	for (size_t i = 0; i < rows.n_rows; i++) {
		if (relation_at(&rows, i, 0)->i64 == INT64_MIN)
			relation_at(&rows, i, 0)->i64++;
	}
	model_init(&m, &f, 1);
	for (size_t i = 0; i < rows.n_rows; i++) {
		if (is_kept(&m, predicate, i))
			relation_add(&expected, relation_at(&rows, i, 0));
	}
	f.credit = credits[_i];
	ck_assert_int_eq(
		plan_run(&f,
			 make_filter(&f, plan_table(&f, &rows, &(struct table_shape){ .seed = 5 }),
				     predicate)),
		RUN_OK);
	ck_assert_uint_gt(expected.n_rows, rows.n_rows / 10);
	ck_assert_rows(&f, &expected);
	relation_fini(&expected);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n =
		make_filter(&f, scan(&(struct source_shape){ .n_rows = 100 }), every(3));
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
			ck_assert_uint_eq(live.run.result.n_rows, 34);
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
	tcase_add_test(tc, keeps_true_rows_and_drops_false_and_null_ones);
	tcase_add_test(tc, hands_on_the_batch_of_its_child_and_copies_nothing);
	tcase_add_test(tc, narrows_the_selection_that_it_gets);
	tcase_add_test(tc, swallows_batches_of_which_nothing_is_left);
	tcase_add_test(tc, comes_back_between_swallowed_batches_when_credit_is_spent);
	tcase_add_test(tc, goes_on_inside_a_predicate_where_it_stopped);
	tcase_add_test(tc, an_error_in_the_predicate_is_the_querys);
	tcase_add_test(tc, an_error_of_the_child_comes_through);
	tcase_add_loop_test(tc, keeps_the_rows_that_the_model_keeps, 0, 3);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/filter", tc);
}
