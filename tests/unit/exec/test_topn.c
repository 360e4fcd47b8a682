/* test_topn.c - ORDER BY with LIMIT and OFFSET. */
#include <stdio.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/order.h"
#include "tests/support/exec/plan_run.h"

static struct plan_run f;
static struct relation rows, expected;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	plan_run_fini(&f);
	relation_fini(&rows);
	relation_fini(&expected);
}

static void make_rows(uint32_t n, const enum col_type *types, size_t n_rows, uint64_t n_values,
		      uint64_t seed)
{
	relation_fini(&rows);
	relation_init(&rows, n, types, n_rows);
	for (uint32_t i = 0; i < n; i++)
		relation_fill(&rows, i, &seed, n_values, true);
}

/* Which of several equal rows are in is open, so only the keys are compared. */
static void check_result(uint32_t n_keys, const struct plan_sort_key *keys, uint64_t offset,
			 uint64_t limit)
{
	size_t end;

	relation_fini(&expected);
	relation_init(&expected, rows.n_cols, rows.types, 0);
	for (size_t i = 0; i < rows.n_rows; i++)
		relation_add(&expected, relation_at(&rows, i, 0));
	order_sort(&expected, keys, n_keys);
	offset = MIN(offset, rows.n_rows);
	end = MIN(limit, rows.n_rows - offset);
	ck_assert_uint_eq(f.result.n_rows, end);
	for (size_t i = 0; i < end; i++)
		ck_assert_msg(order_compare(keys, n_keys, relation_at(&expected, offset + i, 0),
					    relation_at(&f.result, i, 0)) == 0,
			      "row %zu", i);
}

static void check(uint32_t n_keys, const struct plan_sort_key *keys, uint64_t offset,
		  uint64_t limit, const struct table_shape *shape)
{
	struct plan_node *topn =
		plan_topn(&f, plan_table(&f, &rows, shape), n_keys, keys, offset, limit);
	enum run_outcome outcome = plan_run(&f, topn);

	plan_run_forget(&f);
	ck_assert_msg(outcome == RUN_OK, "outcome %d: %s", (int)outcome, f.err.msg);
	check_result(n_keys, keys, offset, limit);
}

static const struct plan_sort_key one_key[] = {
	{ 0, false, false },
	{ 0, false, true },
	{ 0, true, false },
	{ 0, true, true },
};

static const struct {
	uint64_t offset, limit;
} limits[] = {
	{ 0, 10 },        { 5, 1 },      { 0, 0 },       { 3000, 3000 },
	{ 0, 4096 },      { 1, 4096 },   { 9000, 9000 }, { 0, 20000 },
	{ 100000, 5000 }, { 70000, 10 }, { 0, 99999 },   { 1000, UINT64_MAX },
};

START_TEST(gives_the_first_rows_of_any_type)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT,       COL_LONG,   COL_DOUBLE,
					       COL_FLOAT,   COL_TIMESTAMP, COL_STRING, COL_BYTES };
	enum col_type columns[] = { types[_i], COL_LONG };

	for (size_t i = 0; i < ARRAY_SIZE(one_key); i++) {
		make_rows(2, columns, 15000, 6000, i);
		check(1, &one_key[i], i, 100 + i * 2000, &(struct table_shape){ .seed = i });
	}
}
END_TEST

START_TEST(gives_what_limit_and_offset_ask_for)
{
	static const enum col_type types[] = { COL_LONG, COL_STRING };

	make_rows(2, types, 120000, 1u << 16, (uint64_t)_i);
	check(1, &one_key[_i % 4], limits[_i].offset, limits[_i].limit,
	      &(struct table_shape){ .seed = 1, .is_plain = true });
	f.max_tasks = 3;
	f.credit = 20000;
	check(1, &one_key[_i % 4], limits[_i].offset, limits[_i].limit,
	      &(struct table_shape){ .seed = 1, .is_plain = true, .n_tasks = 3 });
}
END_TEST

/* Rows that get better and better are all wanted when they come: the store shrinks often. */
START_TEST(keeps_up_with_rows_that_always_get_better)
{
	static const enum col_type types[] = { COL_LONG, COL_STRING };
	static const int64_t credits[] = { 900, 30000, INT64_MAX / 4 };

	make_rows(2, types, 200000, 4096, 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		*relation_at(&rows, i, 0) =
			(struct value){ .type = COL_LONG, .i64 = -(int64_t)(i / 3) };
	f.credit = credits[_i];
	check(1, &one_key[0], 10, 90, &(struct table_shape){ .seed = 1, .is_plain = true });
	ck_assert_int_lt(f.peak_bytes, 12 << 20);
	check(1, &one_key[0], 10, 9000, &(struct table_shape){ .seed = 1, .max_batch = 700 });
}
END_TEST

START_TEST(needs_little_memory_when_all_rows_are_equal)
{
	static const enum col_type types[] = { COL_STRING, COL_LONG };

	make_rows(2, types, 300000, 1, 1);
	check(1, &one_key[0], 0, 50, &(struct table_shape){ .seed = 1, .is_plain = true });
	ck_assert_int_lt(f.peak_bytes, 12 << 20);
}
END_TEST

START_TEST(gives_the_same_answer_with_any_credit)
{
	static const enum col_type types[] = { COL_INT, COL_STRING };
	static const struct plan_sort_key keys[] = { { 0, false, true }, { 1, true, false } };
	static const int64_t credits[] = { 1, 7, 300, 5000, 60000 };

	f.credit = credits[_i];
	f.max_tasks = 2;
	make_rows(2, types, 50000, 400, 3);
	check(2, keys, 7, 60, &(struct table_shape){ .seed = 3, .max_batch = 500, .n_tasks = 2 });
}
END_TEST

START_TEST(runs_on_workers_with_random_credit)
{
	static const enum col_type types[] = { COL_STRING, COL_LONG };

	f.credit = 3000;
	f.max_tasks = 4;
	f.n_workers = 2;
	for (f.seed = 1; f.seed < 6; f.seed++) {
		make_rows(2, types, 60000, 4000, f.seed);
		check(1, &one_key[1], 100, f.seed * 900,
		      &(struct table_shape){ .seed = f.seed, .n_tasks = 4 });
	}
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	struct table_shape shape = { .seed = 2, .n_tasks = 2, .is_plain = true };
	long n = 1;

	f.max_tasks = 2;
	make_rows(2, types, 60000, 40, 13);
	for (long at = 0; at < n; at++) {
		f.fail_at = at;
		if (plan_run(&f, plan_topn(&f, plan_table(&f, &rows, &shape), 1, one_key, 3, 20)) ==
		    RUN_FAILED)
			ck_assert_int_eq(f.err.code, ERR_OUT_OF_MEMORY);
		else
			ck_assert_uint_eq(f.result.n_rows, 20);
		n = MAX(n, f.n_allocations + 1);
		plan_run_forget(&f);
	}
	check_result(1, one_key, 3, 20);
}
END_TEST

START_TEST(stops_when_cancelled)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	struct table_shape shape = { .seed = 2, .n_tasks = 2, .is_plain = true };
	uint64_t seed = 17;

	make_rows(2, types, 200000, 3, 17);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 20000;
	for (int i = 0; i < 20; i++) {
		f.cancel_ns = 1 + sample_random(&seed) % 20000000;
		if (plan_run(&f, plan_topn(&f, plan_table(&f, &rows, &shape), 1, one_key, 0, 5)) ==
		    RUN_OK)
			check_result(1, one_key, 0, 5);
		plan_run_forget(&f);
	}
}
END_TEST

START_TEST(has_short_polls)
{
	static const enum col_type types[][2] = { { COL_LONG, COL_STRING },
						  { COL_STRING, COL_LONG } };

	make_rows(2, types[_i], 400000, 1u << 18, 19);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 100000;
	check(1, one_key, 0, 20000,
	      &(struct table_shape){ .seed = 2, .n_tasks = 2, .is_plain = true });
	plan_run_check_polls(&f, "topn");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, gives_the_first_rows_of_any_type, 0, 8);
	tcase_add_loop_test(tc, gives_what_limit_and_offset_ask_for, 0, ARRAY_SIZE(limits));
	tcase_add_loop_test(tc, keeps_up_with_rows_that_always_get_better, 0, 3);
	tcase_add_test(tc, needs_little_memory_when_all_rows_are_equal);
	tcase_add_loop_test(tc, gives_the_same_answer_with_any_credit, 0, 5);
	tcase_add_test(tc, runs_on_workers_with_random_credit);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, stops_when_cancelled);
	tcase_add_loop_test(tc, has_short_polls, 0, 2);
	return unit_main("exec/op/topn", tc);
}
