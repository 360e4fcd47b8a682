/* test_hash_join.c - inner joins against two nested loops. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/plan_run.h"

static struct plan_run f;
static struct relation left, right, expected;
static uint32_t n_keys;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	plan_run_fini(&f);
	relation_fini(&left);
	relation_fini(&right);
	relation_fini(&expected);
}

static bool matches(const struct value *a, const struct value *b)
{
	for (uint32_t i = 0; i < n_keys; i++) {
		if (a[i].is_null || b[i].is_null || value_cmp(&a[i], &b[i]) != 0)
			return false;
	}
	return true;
}

static void compute_expected(void)
{
	enum col_type types[16];
	struct value row[16];

	memcpy(types, left.types, left.n_cols * sizeof(*types));
	memcpy(types + left.n_cols, right.types, right.n_cols * sizeof(*types));
	relation_fini(&expected);
	relation_init(&expected, left.n_cols + right.n_cols, types, 0);
	for (size_t i = 0; i < left.n_rows; i++) {
		const struct value *a = relation_at(&left, i, 0);

		memcpy(row, a, left.n_cols * sizeof(*row));
		for (size_t k = 0; k < right.n_rows; k++) {
			const struct value *b = relation_at(&right, k, 0);

			memcpy(row + left.n_cols, b, right.n_cols * sizeof(*row));
			if (matches(a, b))
				relation_add(&expected, row);
		}
	}
}

/* Keys of these types, and one more column on either side. */
static void make_rows(uint32_t n, const enum col_type *types, size_t n_left, size_t n_right,
		      uint64_t n_values, uint64_t seed)
{
	enum col_type all[16];

	n_keys = n;
	memcpy(all, types, n * sizeof(*types));
	all[n] = COL_STRING;
	relation_fini(&left);
	relation_fini(&right);
	relation_init(&left, n + 1, all, n_left);
	all[n] = COL_LONG;
	relation_init(&right, n + 1, all, n_right);
	for (uint32_t i = 0; i <= n; i++) {
		relation_fill(&left, i, &seed, i < n ? n_values : 4096, true);
		relation_fill(&right, i, &seed, i < n ? n_values : 4096, true);
	}
	compute_expected();
}

static struct plan_node *join_plan(const struct table_shape *shape)
{
	static const uint32_t keys[] = { 0, 1, 2, 3 };
	struct plan_node *l = plan_table(&f, &left, shape), *r = plan_table(&f, &right, shape);

	return plan_join(&f, l, r, n_keys, keys, keys);
}

static void check(const struct table_shape *shape)
{
	enum run_outcome outcome = plan_run(&f, join_plan(shape));

	plan_run_forget(&f);
	ck_assert_msg(outcome == RUN_OK, "outcome %d: %s", (int)outcome, f.err.msg);
	ck_assert_rows(&f, &expected);
}

static const enum col_type one_key[][1] = { { COL_BOOLEAN }, { COL_INT },    { COL_LONG },
					    { COL_DOUBLE },  { COL_STRING }, { COL_TIMESTAMP } };

START_TEST(joins_on_a_column_of_any_type_and_form)
{
	for (uint64_t n_values = 30; n_values < 100000; n_values *= 20) {
		make_rows(1, one_key[_i], _i == 0 ? 100 : 1500, _i == 0 ? 100 : 2000, n_values,
			  n_values);
		check(&(struct table_shape){ .seed = n_values });
	}
}
END_TEST

START_TEST(joins_on_several_columns)
{
	static const enum col_type keys[] = { COL_STRING, COL_INT, COL_DOUBLE, COL_BOOLEAN };

	for (uint32_t n = 2; n <= 4; n++) {
		make_rows(n, keys, 2000, 2000, 12, n);
		check(&(struct table_shape){ .seed = n });
	}
}
END_TEST

START_TEST(gives_the_same_answer_with_any_credit)
{
	static const enum col_type keys[] = { COL_STRING, COL_LONG };
	static const int64_t credits[] = { 1, 7, 300, 5000, 60000 };

	f.credit = credits[_i];
	make_rows(2, keys, 1500, 1500, 20, 3);
	check(&(struct table_shape){ .seed = 3, .max_batch = 300 });
}
END_TEST

START_TEST(links_and_probes_with_several_tasks)
{
	static const enum col_type keys[] = { COL_INT, COL_STRING };

	f.max_tasks = 3;
	f.credit = _i == 0 ? 100 : 50000;
	make_rows(2, keys, 3000, 3000, 40, 5);
	check(&(struct table_shape){ .seed = 5, .n_tasks = 3, .max_batch = 500 });
	f.n_workers = 2;
	for (f.seed = 1; f.seed < 6; f.seed++)
		check(&(struct table_shape){ .seed = f.seed, .n_tasks = 3, .max_batch = 500 });
}
END_TEST

START_TEST(joins_with_an_empty_side)
{
	make_rows(1, one_key[_i], 500, 0, 30, 1);
	check(&(struct table_shape){ .seed = 1 });
	make_rows(1, one_key[_i], 0, 500, 30, 1);
	check(&(struct table_shape){ .seed = 1 });
	ck_assert_uint_eq(f.result.n_rows, 0);
}
END_TEST

START_TEST(walks_long_lists_of_equal_keys)
{
	static const int64_t credits[] = { 50, 2000, 100000 };
	static const enum col_type key = COL_INT;

	f.credit = credits[_i];
	make_rows(1, &key, 30, 9000, 1, 3);
	check(&(struct table_shape){ .seed = 3, .is_plain = _i == 1 });
}
END_TEST

/* All pairs share the hash and almost none the key. */
START_TEST(tells_keys_of_equal_hashes_apart)
{
	static const enum col_type keys[] = { COL_LONG, COL_LONG };
	struct relation *sides[] = { &left, &right };

	make_rows(2, keys, 700, 900, 2, 11);
	for (size_t side = 0; side < 2; side++) {
		for (size_t i = 0; i < sides[side]->n_rows; i++) {
			uint64_t a = i * (side + 1), hash, mix = 0x9e3779b97f4a7c15ull;
			struct column c = { .type = COL_LONG, .values = &a };

			col_hash(&c, &(struct sel){ NULL, 1 }, true, &hash);
			*relation_at(sides[side], i, 0) =
				(struct value){ .type = COL_LONG, .i64 = (int64_t)a };
			*relation_at(sides[side], i, 1) =
				(struct value){ .type = COL_LONG,
						.i64 = (int64_t)(12345 - hash * mix) };
		}
	}
	compute_expected();
	ck_assert_uint_gt(expected.n_rows, 300);
	f.credit = _i == 0 ? 1000 : INT64_MAX / 4;
	check(&(struct table_shape){ .seed = 1 });
}
END_TEST

START_TEST(uses_keys_that_are_no_columns)
{
	static const enum col_type key = COL_LONG;
	struct plan_node *join;
	struct plan_expr *sum;
	struct func_match plus;
	enum col_type longs[2] = { COL_LONG, COL_LONG };

	make_rows(1, &key, 600, 600, 500, 5);
	ck_assert_int_eq(func_resolve(str_of("plus"), longs, 2, &plus, &f.err), 0);
	join = join_plan(&(struct table_shape){ .seed = 4 });
	for (int side = 0; side < 2; side++) {
		struct plan_expr **keys =
			side ? join->hash_join.right_keys : join->hash_join.left_keys;

		sum = ARENA_NEW(&f.arena, struct plan_expr, &f.err);
		sum->args = arena_alloc(&f.arena, 2 * sizeof(*sum->args), &f.err);
		sum->kind = EXPR_CALL;
		sum->type = COL_LONG;
		sum->def = plus.def;
		sum->n_args = 2;
		sum->args[0] = keys[0];
		sum->args[1] = ARENA_NEW(&f.arena, struct plan_expr, &f.err);
		sum->args[1]->kind = EXPR_CONST;
		sum->args[1]->type = COL_LONG;
		sum->args[1]->constant = (struct value){ .type = COL_LONG, .i64 = 0 };
		keys[0] = sum;
	}
	ck_assert_int_eq(plan_run(&f, join), RUN_OK);
	ck_assert_rows(&f, &expected);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const enum col_type keys[] = { COL_STRING, COL_INT };
	long n = 1;

	f.max_tasks = 2;
	make_rows(2, keys, 1000, 1000, 20, 13);
	for (long at = 0; at < n; at++) {
		enum run_outcome outcome;

		f.fail_at = at;
		outcome = plan_run(&f, join_plan(&(struct table_shape){ .seed = 2, .n_tasks = 2 }));
		n = MAX(n, f.n_allocations + 1);
		if (outcome == RUN_FAILED)
			ck_assert_int_eq(f.err.code, ERR_OUT_OF_MEMORY);
		else
			ck_assert_rows(&f, &expected);
		plan_run_forget(&f);
	}
}
END_TEST

START_TEST(stops_when_cancelled)
{
	static const enum col_type key = COL_INT;
	uint64_t seed = 17;

	make_rows(1, &key, 4000, 6000, 60, 17);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 20000;
	for (int i = 0; i < 20; i++) {
		f.cancel_ns = 1 + sample_random(&seed) % 20000000;
		if (plan_run(&f, join_plan(&(struct table_shape){ .seed = 2, .n_tasks = 2 })) ==
		    RUN_OK)
			ck_assert_rows(&f, &expected);
		plan_run_forget(&f);
	}
}
END_TEST

/* Printed, because a machine under load stretches polls; the bound is far above what is meant. */
START_TEST(has_short_polls)
{
	static const enum col_type types[] = { COL_LONG, COL_STRING };
	static const uint32_t key = 0;
	struct plan_node *join, *group;
	struct table_shape shape = { .seed = 2, .n_tasks = 2, .is_plain = true };
	uint64_t seed = 1;

	relation_init(&left, 2, types, 200000);
	relation_init(&right, 2, types, 600000);
	for (uint32_t i = 0; i < 2; i++) {
		relation_fill(&left, i, &seed, 1u << 19, false);
		relation_fill(&right, i, &seed, 1u << 19, false);
	}
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 100000;
	join = plan_join(&f, plan_table(&f, &left, &shape), plan_table(&f, &right, &shape), 1, &key,
			 &key);
	group = plan_group(&f, join, 0, NULL, 1);
	(void)plan_call(&f, group, 0, "count", -1);
	ck_assert_int_eq(plan_run(&f, group), RUN_OK);
	plan_run_check_polls(&f, "hash_join");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, joins_on_a_column_of_any_type_and_form, 0, ARRAY_SIZE(one_key));
	tcase_add_test(tc, joins_on_several_columns);
	tcase_add_loop_test(tc, gives_the_same_answer_with_any_credit, 0, 5);
	tcase_add_loop_test(tc, links_and_probes_with_several_tasks, 0, 2);
	tcase_add_loop_test(tc, joins_with_an_empty_side, 0, ARRAY_SIZE(one_key));
	tcase_add_loop_test(tc, walks_long_lists_of_equal_keys, 0, 3);
	tcase_add_loop_test(tc, tells_keys_of_equal_hashes_apart, 0, 2);
	tcase_add_test(tc, uses_keys_that_are_no_columns);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, stops_when_cancelled);
	tcase_add_test(tc, has_short_polls);
	return unit_main("exec/op/hash_join", tc);
}
