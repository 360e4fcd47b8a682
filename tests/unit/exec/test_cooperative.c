/* test_cooperative.c - exec/op/cooperative.c: a guard that pays for its child. */
#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

#define MUCH 1000000000

static const uint32_t columns[] = { SOURCE_ROW };

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

/* A table that pays for nothing, below a guard. */
static struct plan_node *guarded(struct source_shape shape)
{
	shape.is_unpaid = true;
	source_init(&source, &shape);
	return make_guard(&f, make_scan(&f, &source.base, 1, columns));
}

/* Two polls of 64 batches each, around which DataFusion's wrapper once lost one. */
static const uint32_t batches[] = { 118, 128, 148 };

START_TEST(all_of_many_empty_batches_arrive)
{
	uint32_t n_batches = batches[_i / 3], n = 0;
	int64_t credit = (int64_t[]){ 1, 20000, MUCH }[_i % 3];
	struct batch *out;
	enum op_result result;

	tree_start(&tree, &f, guarded((struct source_shape){ .n_empty = n_batches }), 1);
	while ((result = tree_poll(&tree, 0, credit, &out)) != OP_DONE) {
		ck_assert_int_ne(result, OP_FAILED);
		n += result == OP_READY;
		if (result == OP_READY)
			ck_assert_uint_eq(out->sel.n_rows, 0);
	}
	ck_assert_uint_eq(n, n_batches);
	ck_assert_uint_eq(source.n_calls, n_batches + 1);
	tree_fini(&tree);
}
END_TEST

START_TEST(all_of_many_rows_arrive_once)
{
	int64_t credit = (int64_t[]){ 1, 20000, MUCH }[_i], want = 0;
	struct batch *out;
	enum op_result result;

	tree_start(&tree, &f,
		   guarded((struct source_shape){
			   .n_rows = 148 * 64, .batch_rows = 64, .pending_every = 7 }),
		   1);
	while ((result = tree_poll(&tree, 0, credit, &out)) != OP_DONE) {
		for (uint32_t i = 0; result == OP_READY && i < out->sel.n_rows; i++, want++)
			ck_assert_int_eq(col_i64(&out->cols[0], i), want);
	}
	ck_assert_int_eq(want, 148 * 64);
	tree_fini(&tree);
}
END_TEST

static int64_t price_of_poll(enum op_result want)
{
	struct batch *out;

	ck_assert_int_eq(tree_poll(&tree, 0, MUCH, &out), want);
	return MUCH - tree.tasks[0].task.coop.credit;
}

START_TEST(pays_what_the_child_took)
{
	tree_start(&tree, &f,
		   guarded((struct source_shape){ .n_rows = 10000, .cost_ns = 300 * NS_PER_US }),
		   1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_ge(price_of_poll(OP_READY), 300 * (int64_t)NS_PER_US);
	tree_fini(&tree);
}
END_TEST

START_TEST(pays_for_an_empty_batch_and_for_the_end)
{
	tree_start(&tree, &f, guarded((struct source_shape){ .n_empty = 1 }), 1);
	ck_assert_int_ge(price_of_poll(OP_READY), 1);
	ck_assert_int_ge(price_of_poll(OP_DONE), 1);
	tree_fini(&tree);
}
END_TEST

START_TEST(pays_nothing_for_a_child_that_waits)
{
	tree_start(&tree, &f,
		   guarded((struct source_shape){
			   .n_rows = 10, .pending_every = 1, .cost_ns = NS_PER_MS }),
		   1);
	ck_assert_int_eq(price_of_poll(OP_PENDING), 0);
	ck_assert_int_eq(price_of_poll(OP_PENDING), 0);
	tree_fini(&tree);
}
END_TEST

/* Below a filter that drops everything nobody else would ever come back. */
START_TEST(makes_a_loop_over_its_batches_come_back)
{
	struct plan_node *n = guarded((struct source_shape){ .n_rows = SOURCE_ENDLESS });
	struct batch *out;

	tree_start(&tree, &f, make_filter(&f, n, make_bool(&f, false)), 1);
	for (int i = 0; i < 20; i++) {
		uint64_t begin = clock_thread_cpu_ns();

		ck_assert_int_eq(tree_poll(&tree, 0, 100000, &out), OP_PENDING);
		ck_assert_int_eq(tree.tasks[0].task.why, WHY_CREDIT);
		ck_assert_uint_lt(clock_thread_cpu_ns() - begin, 10 * NS_PER_MS);
	}
	tree_fini(&tree);
}
END_TEST

START_TEST(hands_on_the_childs_error)
{
	struct batch *out;

	tree_start(&tree, &f, guarded((struct source_shape){ .n_rows = 10, .fails_at = 5 }), 1);
	ck_assert_int_eq(tree_poll(&tree, 0, MUCH, &out), OP_FAILED);
	ck_assert_str_eq(tree.tasks[0].err.msg, "row 5 cannot be read");
	tree_fini(&tree);
}
END_TEST

START_TEST(a_plan_gets_a_guard_where_its_table_pays_nothing)
{
	struct source_shape shape = { .n_rows = 1, .is_unpaid = _i };
	struct plan_node *n;

	source_init(&source, &shape);
	n = make_filter(&f, make_scan(&f, &source.base, 1, columns), make_bool(&f, true));
	live_init(&live, &f, n);
	n = live.plan.root->child[0]->child[0];
	ck_assert_int_eq(n->kind, _i ? PLAN_COOPERATIVE : PLAN_SCAN);
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 1);
	live_fini(&live);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = guarded((struct source_shape){ .n_rows = 10 });
	long n_allocations = 1;

	for (long at = 0; at < n_allocations; at++) {
		long counted;

		live_init(&live, &f, n);
		(void)mem_fail_after(at);
		(void)live_start(&live);
		counted = mem_fail_after(-1);
		n_allocations = MAX(n_allocations, counted + 1);
		ck_assert_int_eq(live_wait(&live), counted > at ? RUN_FAILED : RUN_OK);
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
	tcase_add_loop_test(tc, all_of_many_empty_batches_arrive, 0, 9);
	tcase_add_loop_test(tc, all_of_many_rows_arrive_once, 0, 3);
	tcase_add_test(tc, pays_what_the_child_took);
	tcase_add_test(tc, pays_for_an_empty_batch_and_for_the_end);
	tcase_add_test(tc, pays_nothing_for_a_child_that_waits);
	tcase_add_test(tc, makes_a_loop_over_its_batches_come_back);
	tcase_add_test(tc, hands_on_the_childs_error);
	tcase_add_loop_test(tc, a_plan_gets_a_guard_where_its_table_pays_nothing, 0, 2);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/cooperative", tc);
}
