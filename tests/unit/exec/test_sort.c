/* test_sort.c - ORDER BY: the same rows, in order. */
#include <stdio.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/order.h"
#include "tests/support/exec/plan_run.h"

static struct plan_run f;
static struct relation rows;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	plan_run_fini(&f);
	relation_fini(&rows);
}

static void make_rows(uint32_t n, const enum col_type *types, size_t n_rows, uint64_t n_values,
		      uint64_t seed)
{
	relation_fini(&rows);
	relation_init(&rows, n, types, n_rows);
	for (uint32_t i = 0; i < n; i++)
		relation_fill(&rows, i, &seed, n_values, true);
}

static void check_result(uint32_t n_keys, const struct plan_sort_key *keys)
{
	ck_assert_rows(&f, &rows);
	ck_assert_uint_eq(order_first_wrong(&f.result, keys, n_keys), f.result.n_rows);
}

static void check(uint32_t n_keys, const struct plan_sort_key *keys,
		  const struct table_shape *shape)
{
	struct plan_node *sort = plan_sort(&f, plan_table(&f, &rows, shape), n_keys, keys);
	enum run_outcome outcome = plan_run(&f, sort);

	plan_run_forget(&f);
	ck_assert_msg(outcome == RUN_OK, "outcome %d: %s", (int)outcome, f.err.msg);
	check_result(n_keys, keys);
}

/* All directions and places of NULL. */
static const struct plan_sort_key one_key[] = {
	{ 0, false, false },
	{ 0, false, true },
	{ 0, true, false },
	{ 0, true, true },
};

START_TEST(sorts_any_type_in_any_direction)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT,       COL_LONG,   COL_DOUBLE,
					       COL_FLOAT,   COL_TIMESTAMP, COL_STRING, COL_BYTES };
	enum col_type columns[] = { types[_i], COL_LONG };

	for (size_t i = 0; i < ARRAY_SIZE(one_key); i++) {
		make_rows(2, columns, 15000, 6000, i);
		check(1, &one_key[i], &(struct table_shape){ .seed = i });
	}
}
END_TEST

/* The edges of integers share prefixes with their neighbours or with NULL. */
START_TEST(sorts_the_ends_of_integers_and_nulls)
{
	static const int64_t edges[] = { INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, -1,       0,
					 1,         INT64_MAX - 2, INT64_MAX - 1, INT64_MAX };
	static const enum col_type type = COL_LONG;
	uint64_t seed = 1;

	for (size_t i = 0; i < ARRAY_SIZE(one_key); i++) {
		make_rows(1, &type, 9000, 10, i);
		for (size_t row = 0; row < rows.n_rows; row++)
			relation_at(&rows, row, 0)->i64 =
				edges[sample_random(&seed) % ARRAY_SIZE(edges)];
		check(1, &one_key[i], &(struct table_shape){ .seed = i, .max_batch = 900 });
	}
}
END_TEST

START_TEST(sorts_by_several_keys)
{
	static const enum col_type types[] = { COL_INT, COL_BOOLEAN, COL_INT, COL_STRING,
					       COL_DOUBLE };
	static const uint32_t starts[] = { 0, 1, 2, 3, 4 };
	uint64_t seed = 5;

	for (size_t i = 0; i < 40; i++) {
		struct plan_sort_key keys[5];
		uint32_t n = 1 + (uint32_t)(sample_random(&seed) % 5);

		for (uint32_t k = 0; k < n; k++)
			keys[k] = (struct plan_sort_key){
				.column = (starts[i % 5] + k) % 5,
				.is_descending = sample_random(&seed) & 1,
				.nulls_first = sample_random(&seed) & 1,
			};
		make_rows(5, types, 6000, 3 + i, i);
		check(n, keys, &(struct table_shape){ .seed = i });
	}
}
END_TEST

START_TEST(sorts_texts_with_a_common_beginning)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	static char texts[10000][64];
	uint64_t seed = 3;

	make_rows(2, types, ARRAY_SIZE(texts), 100, 3);
	for (size_t i = 0; i < rows.n_rows; i++) {
		int len = snprintf(texts[i], sizeof(texts[i]), "the same first words, then %u",
				   (unsigned)(sample_random(&seed) % 3000));

		*relation_at(&rows, i, 0) =
			(struct value){ .type = COL_STRING, .str = { texts[i], (size_t)len } };
	}
	f.credit = _i == 0 ? 3000 : INT64_MAX / 4;
	check(1, &one_key[2], &(struct table_shape){ .seed = 1 });
}
END_TEST

START_TEST(merges_over_two_levels)
{
	static const enum col_type types[] = { COL_LONG, COL_STRING };

	make_rows(2, types, 300000, 1u << 18, 1);
	check(1, &one_key[0], &(struct table_shape){ .seed = 1, .is_plain = true });
	f.max_tasks = 2;
	check(1, &one_key[3], &(struct table_shape){ .seed = 1, .is_plain = true, .n_tasks = 2 });
}
END_TEST

START_TEST(gives_the_same_answer_with_any_credit)
{
	static const enum col_type types[] = { COL_INT, COL_STRING };
	static const struct plan_sort_key keys[] = { { 0, false, true }, { 1, true, false } };
	static const int64_t credits[] = { 1, 7, 300, 5000, 60000 };

	f.credit = credits[_i];
	f.max_tasks = 2;
	make_rows(2, types, 12000, 40, 3);
	check(2, keys, &(struct table_shape){ .seed = 3, .max_batch = 500, .n_tasks = 2 });
}
END_TEST

START_TEST(runs_on_workers_with_random_credit)
{
	static const enum col_type types[] = { COL_STRING, COL_LONG };

	f.credit = 3000;
	f.max_tasks = 4;
	f.n_workers = 2;
	for (f.seed = 1; f.seed < 6; f.seed++) {
		make_rows(2, types, 30000, 4000, f.seed);
		check(1, &one_key[1], &(struct table_shape){ .seed = f.seed, .n_tasks = 4 });
	}
}
END_TEST

START_TEST(sorts_few_rows_and_none)
{
	static const enum col_type types[] = { COL_LONG, COL_STRING };

	for (size_t n = 0; n < 70; n++) {
		make_rows(2, types, n, 30, n);
		check(1, &one_key[n % 4], &(struct table_shape){ .seed = n });
	}
}
END_TEST

/* With one task, equal rows come in the order of the input. */
START_TEST(keeps_the_order_of_equal_rows)
{
	static const enum col_type types[] = { COL_STRING, COL_LONG };
	const struct plan_sort_key both[] = { one_key[0], { 1, false, false } };

	make_rows(2, types, 150000, 5, 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		*relation_at(&rows, i, 1) = (struct value){ .type = COL_LONG, .i64 = (int64_t)i };
	check(1, &one_key[0], &(struct table_shape){ .seed = 1 });
	check_result(2, both);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	long n = 1;

	f.max_tasks = 2;
	make_rows(2, types, 20000, 40, 13);
	for (long at = 0; at < n; at++) {
		struct table_shape shape = { .seed = 2, .n_tasks = 2 };

		f.fail_at = at;
		if (plan_run(&f, plan_sort(&f, plan_table(&f, &rows, &shape), 1, one_key)) ==
		    RUN_FAILED)
			ck_assert_int_eq(f.err.code, ERR_OUT_OF_MEMORY);
		else
			check_result(1, one_key);
		n = MAX(n, f.n_allocations + 1);
		plan_run_forget(&f);
	}
}
END_TEST

START_TEST(stops_when_cancelled)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	struct table_shape shape = { .seed = 2, .n_tasks = 2, .is_plain = true };
	uint64_t seed = 17;

	make_rows(2, types, 200000, 3000, 17);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 20000;
	for (int i = 0; i < 20; i++) {
		f.cancel_ns = 1 + sample_random(&seed) % 60000000;
		if (plan_run(&f, plan_sort(&f, plan_table(&f, &rows, &shape), 1, one_key)) ==
		    RUN_OK)
			check_result(1, one_key);
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
	check(1, one_key, &(struct table_shape){ .seed = 2, .n_tasks = 2, .is_plain = true });
	plan_run_check_polls(&f, "sort");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sorts_any_type_in_any_direction, 0, 8);
	tcase_add_test(tc, sorts_the_ends_of_integers_and_nulls);
	tcase_add_test(tc, sorts_by_several_keys);
	tcase_add_loop_test(tc, sorts_texts_with_a_common_beginning, 0, 2);
	tcase_add_test(tc, merges_over_two_levels);
	tcase_add_loop_test(tc, gives_the_same_answer_with_any_credit, 0, 5);
	tcase_add_test(tc, runs_on_workers_with_random_credit);
	tcase_add_test(tc, sorts_few_rows_and_none);
	tcase_add_test(tc, keeps_the_order_of_equal_rows);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, stops_when_cancelled);
	tcase_add_loop_test(tc, has_short_polls, 0, 2);
	return unit_main("exec/op/sort", tc);
}
