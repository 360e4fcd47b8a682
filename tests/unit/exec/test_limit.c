/* test_limit.c - exec/op/limit.c: LIMIT and OFFSET over rows in no particular order. */
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"
#include "tests/support/exec/tree.h"

#define NO_LIMIT UINT64_MAX

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

static struct plan_node *scan(const struct source_shape *shape)
{
	source_init(&source, shape);
	return make_scan(&f, &source.base, 1, columns);
}

/* Borders of batches (700 rows each) and of the table (5,000), each from both sides. */
static const uint64_t borders[] = { 0, 1, 699, 700, 701, 1400, 4999, 5000, 5001, NO_LIMIT };

START_TEST(gives_the_rows_from_the_offset_on_as_far_as_the_limit_goes)
{
	uint64_t offset = borders[_i];
	struct batch *out;

	for (size_t i = 0; i < ARRAY_SIZE(borders); i++) {
		uint64_t left = offset < 5000 ? 5000 - offset : 0, n_rows = 0;
		struct plan_node *n =
			scan(&(struct source_shape){ .n_rows = 5000, .batch_rows = 700 });

		tree_start(&tree, &f, make_limit(&f, n, offset, borders[i]), 1);
		while (tree_next(&tree, &out) == OP_READY) {
			for (uint32_t k = 0; k < out->sel.n_rows; k++, n_rows++)
				ASSERT_ROW(
					(uint64_t)col_i64(&out->cols[0], sel_row(&out->sel, k)) ==
					offset + n_rows);
		}
		ck_assert_uint_eq(n_rows, MIN(left, borders[i]));
		tree_fini(&tree);
		source_fini(&source);
	}
}
END_TEST

START_TEST(counts_only_rows_that_are_alive)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = 5000, .batch_rows = 700, .live_one_in = 3 });
	struct batch *out;
	int64_t want = 3 * 500;

	tree_start(&tree, &f, make_limit(&f, n, 500, 600), 1);
	while (tree_next(&tree, &out) == OP_READY) {
		for (uint32_t k = 0; k < out->sel.n_rows; k++, want += 3)
			ck_assert_int_eq(col_i64(&out->cols[0], sel_row(&out->sel, k)), want);
	}
	ck_assert_int_eq(want, 3 * 1100);
	tree_fini(&tree);
}
END_TEST

START_TEST(asks_for_no_more_batches_than_it_needs)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = SOURCE_ENDLESS, .batch_rows = 100 });
	struct batch *out;

	tree_start(&tree, &f, make_limit(&f, n, 150, 250), 1);
	while (tree_next(&tree, &out) == OP_READY)
		continue;
	ck_assert_uint_eq(source.n_calls, 4);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(tree_next(&tree, &out), OP_DONE);
	ck_assert_uint_eq(source.n_calls, 4);
	tree_fini(&tree);
}
END_TEST

START_TEST(a_limit_of_nothing_asks_for_nothing)
{
	struct batch *out;

	tree_start(&tree, &f, make_limit(&f, scan(&(struct source_shape){ .n_rows = 10 }), 5, 0),
		   1);
	ck_assert_int_eq(tree_next(&tree, &out), OP_DONE);
	ck_assert_uint_eq(source.n_calls, 0);
	tree_fini(&tree);
}
END_TEST

START_TEST(an_endless_query_ends_with_its_limit)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = SOURCE_ENDLESS, .n_tasks = 4 });
	int64_t *values;

	live_init(&live, &f, make_limit(&f, n, 1000, 5000));
	live.n_workers = _i ? 2 : 0;
	live.options.max_tasks = 4;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 5000);
	values = live_longs(&live, 0);
	for (int64_t i = 0; i < 5000; i++)
		ASSERT_ROW(values[i] == 1000 + i);
	mem_free(values);
	live_fini(&live);
}
END_TEST

/* However the tasks take turns, together they give so many rows, and none twice. */
START_TEST(several_tasks_share_one_limit)
{
	static uint8_t is_seen[20000];
	uint64_t seed = 40 + (uint64_t)_i, offset = 300 * (uint64_t)_i, n_rows = 0;
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = 20000, .batch_rows = 130, .n_tasks = 3 });
	bool is_over[3] = { false };
	struct batch *out;

	memset(is_seen, 0, sizeof(is_seen));
	tree_start(&tree, &f, make_limit(&f, n, offset, 4321), 3);
	while (!is_over[0] || !is_over[1] || !is_over[2]) {
		uint32_t task = (uint32_t)(sample_random(&seed) % 3);
		enum op_result result = tree_poll(&tree, task, 1 + _i % 2 * 5000, &out);

		is_over[task] = result == OP_DONE;
		for (uint32_t k = 0; result == OP_READY && k < out->sel.n_rows; k++, n_rows++) {
			uint8_t *seen = &is_seen[col_i64(&out->cols[0], sel_row(&out->sel, k))];

			ck_assert_uint_eq(*seen, 0);
			*seen = 1;
		}
	}
	ck_assert_uint_eq(n_rows, 4321);
	/* A batch per task more than needed, at most. */
	ck_assert_uint_le(source.n_calls, (offset + 4321) / 130 + 1 + 2);
	tree_fini(&tree);
}
END_TEST

START_TEST(skipping_an_offset_gives_control_back)
{
	struct plan_node *n = scan(&(struct source_shape){ .n_rows = SOURCE_ENDLESS });
	struct batch *out;
	enum op_result result;
	int n_polls = 0;

	tree_start(&tree, &f, make_limit(&f, n, 1u << 30, 1), 1);
	for (; n_polls < 200; n_polls++) {
		uint64_t before = source.n_calls;

		result = tree_poll(&tree, 0, 100000, &out);
		ck_assert(result == OP_PENDING || (result == OP_READY && out->sel.n_rows == 0));
		ck_assert_uint_le(source.n_calls, before + 5);
	}
	tree_fini(&tree);
}
END_TEST

START_TEST(an_error_behind_the_limit_is_nobodys)
{
	struct plan_node *n =
		scan(&(struct source_shape){ .n_rows = 10000, .batch_rows = 100, .fails_at = 150 });

	live_init(&live, &f, make_limit(&f, n, 50, _i ? 51 : 50));
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), _i ? RUN_FAILED : RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, _i ? 0 : 50);
	live_fini(&live);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = make_limit(&f, scan(&(struct source_shape){ .n_rows = 100 }), 10, 20);
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
			ck_assert_uint_eq(live.run.result.n_rows, 20);
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
	tcase_add_loop_test(tc, gives_the_rows_from_the_offset_on_as_far_as_the_limit_goes, 0,
			    ARRAY_SIZE(borders));
	tcase_add_test(tc, counts_only_rows_that_are_alive);
	tcase_add_test(tc, asks_for_no_more_batches_than_it_needs);
	tcase_add_test(tc, a_limit_of_nothing_asks_for_nothing);
	tcase_add_loop_test(tc, an_endless_query_ends_with_its_limit, 0, 2);
	tcase_add_loop_test(tc, several_tasks_share_one_limit, 0, 8);
	tcase_add_test(tc, skipping_an_offset_gives_control_back);
	tcase_add_loop_test(tc, an_error_behind_the_limit_is_nobodys, 0, 2);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/op/limit", tc);
}
