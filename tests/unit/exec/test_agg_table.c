/*
 * test_agg_table.c - tables that forget groups, and what merging makes of them.
 *
 * Finding, growing and merging of all types, with any credit, is tested through
 * the operator in test_hash_agg.c.
 */
#include <stdlib.h>
#include <string.h>

#include "broker/exec/agg_table.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/plan_run.h"

#define N_TABLES 3

static struct plan_run f;
static struct engine e;
static struct relation nothing;
static struct agg_shape shape;
static struct agg_table *tables[N_TABLES];
static struct agg_finder *finders[N_TABLES];
static int64_t keys[BATCH_ROWS_MAX];
static void *groups[BATCH_ROWS_MAX];

static void setup(void)
{
	static const enum col_type types[] = { COL_LONG };
	static const uint32_t key = 0;
	struct plan_node *n;

	plan_run_init(&f);
	engine_init(&e);
	relation_init(&nothing, 1, types, 0);
	n = plan_group(&f, plan_table(&f, &nothing, &(struct table_shape){ 0 }), 1, &key, 1);
	(void)plan_call(&f, n, 0, "count", -1);
	ck_assert_int_eq(agg_shape_init(&shape, n, &e.arena, &e.err), 0);
	for (int i = 0; i < N_TABLES; i++) {
		ck_assert_int_eq(agg_table_new(&shape, &e.arena, &e.pool, &tables[i], &e.err), 0);
		tables[i]->next = i > 0 ? tables[i - 1] : NULL;
		tables[i]->may_forget = true;
		finders[i] = arena_calloc(&e.arena, sizeof(*finders[i]), &e.err);
		ck_assert_ptr_nonnull(finders[i]);
		ck_assert_int_eq(agg_finder_init(finders[i], tables[i], &e.arena, &e.err), 0);
	}
}

static void teardown(void)
{
	relation_fini(&nothing);
	engine_fini(&e);
	ck_assert_int_eq(atomic_load(&e.account.used_bytes), 0);
	plan_run_fini(&f);
}

/* Counts the keys of a batch in a table. */
static void count_batch(int table, uint32_t n, int64_t credit)
{
	struct column col = { .type = COL_LONG, .form = COL_FLAT, .values = keys };
	void *states[BATCH_ROWS_MAX];
	enum step step;

	do {
		e.coop.credit = credit;
		step = agg_find(finders[table], &col, &(struct sel){ NULL, n }, groups, &e.coop,
				&e.err);
	} while (step == STEP_YIELD);
	ck_assert_int_eq(step, STEP_DONE);
	for (uint32_t i = 0; i < n; i++)
		states[i] = (char *)groups[i] + shape.calls[0].offset;
	ck_assert_int_eq(
		shape.calls[0].plan->def->update(states, NULL, n, &tables[table]->text, &e.err), 0);
}

/* Rows whose keys are numbers below n_keys, in no order. */
static void count_rows(int table, uint64_t n_rows, uint64_t n_keys, uint64_t seed)
{
	while (n_rows > 0) {
		uint32_t n = (uint32_t)MIN(n_rows, (uint64_t)BATCH_ROWS_MAX);

		for (uint32_t i = 0; i < n; i++)
			keys[i] = (int64_t)(unit_random(&seed) % n_keys);
		count_batch(table, n, INT64_MAX / 4);
		n_rows -= n;
	}
}

static uint64_t n_forgotten(const struct agg_table *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < AGG_PARTITIONS; i++)
		n += t->parts[i].n_forgotten;
	return n;
}

/* Merges all tables; adds each group's count to counts[key], which was -1 for "no such group". */
static void merge_and_collect(int64_t credit, int64_t *counts)
{
	struct agg_merge *m = arena_alloc(&e.arena, sizeof(*m), &e.err);

	ck_assert_ptr_nonnull(m);
	agg_merge_init(m, &e.pool);
	for (uint32_t part = 0; part < AGG_PARTITIONS; part++) {
		agg_merge_begin(m, tables[N_TABLES - 1], part);
		do {
			e.coop.credit = credit;
		} while (agg_merge_run(m, &e.coop, &e.err) == STEP_YIELD);
		for (struct agg_table *t = tables[N_TABLES - 1]; t; t = t->next) {
			for (struct row_block *b = t->parts[part].rows.first; b; b = b->next) {
				for (uint32_t i = 0; i < b->n_rows; i++) {
					char *row = b->rows + i * shape.layout.row_size;
					int64_t key, n;

					if (agg_group_merged_into(row))
						continue;
					memcpy(&key, row_field(&shape.layout, row, 0), sizeof(key));
					memcpy(&n, row + shape.calls[0].offset, sizeof(n));
					ck_assert_int_eq(counts[key], -1);
					counts[key] = n;
				}
			}
		}
	}
}

static int64_t *no_counts(uint64_t n_keys)
{
	int64_t *counts = mem_alloc(n_keys * sizeof(*counts));

	ck_assert_ptr_nonnull(counts);
	for (uint64_t i = 0; i < n_keys; i++)
		counts[i] = -1;
	return counts;
}

/* Keys 0..n_keys-1, each so many times. */
static void check_counts(const int64_t *counts, uint64_t n_keys, int64_t n_each)
{
	for (uint64_t i = 0; i < n_keys; i++)
		ck_assert_int_eq(counts[i], n_each);
}

/* All keys once, from one end or the other. */
static void count_each(int table, uint64_t n_keys, bool is_falling, int64_t credit)
{
	for (uint64_t from = 0; from < n_keys; from += BATCH_ROWS_MAX) {
		uint32_t n = (uint32_t)MIN(n_keys - from, (uint64_t)BATCH_ROWS_MAX);

		for (uint32_t i = 0; i < n; i++)
			keys[i] = (int64_t)(is_falling ? n_keys - 1 - from - i : from + i);
		count_batch(table, n, credit);
	}
}

START_TEST(groups_of_their_own_are_forgotten)
{
	count_each(0, 200000, false, INT64_MAX / 4);
	ck_assert_uint_gt(n_forgotten(tables[0]), 150000);
	ck_assert_uint_eq(agg_table_n_groups(tables[0]), 200000);
	for (uint32_t i = 0; i < AGG_PARTITIONS; i++)
		ck_assert_uint_le(tables[0]->parts[i].map.mask, AGG_FORGET_SLOTS - 1);
}
END_TEST

START_TEST(a_table_that_may_not_forget_grows)
{
	tables[0]->may_forget = false;
	count_each(0, 200000, false, INT64_MAX / 4);
	ck_assert_uint_eq(n_forgotten(tables[0]), 0);
	ck_assert_uint_gt(tables[0]->parts[0].map.mask, AGG_FORGET_SLOTS);
}
END_TEST

START_TEST(groups_that_fit_are_not_forgotten)
{
	count_rows(0, 500000, 20000, 5);
	ck_assert_uint_eq(n_forgotten(tables[0]), 0);
	ck_assert_uint_eq(agg_table_n_groups(tables[0]), 20000);
}
END_TEST

/* What is remembered of it again and again has to stay in proportion to what there is. */
START_TEST(groups_that_come_again_and_again_do_not_fill_the_memory)
{
	count_rows(0, 3000000, 100000, 5);
	ck_assert_uint_gt(n_forgotten(tables[0]), 0);
	ck_assert_uint_lt(agg_table_n_groups(tables[0]), 350000);
}
END_TEST

START_TEST(what_was_forgotten_is_merged)
{
	static const int64_t credits[] = { INT64_MAX / 4, 1, 3000 };
	enum { MANY = 120000 };
	int64_t *counts = no_counts(MANY);

	count_each(0, MANY, false, credits[_i]);
	count_each(0, MANY, true, credits[_i]);
	count_each(1, MANY, true, credits[_i]);
	count_each(2, MANY, false, credits[_i]);
	count_each(2, MANY, false, credits[_i]);
	count_each(2, MANY, true, credits[_i]);
	for (int i = 0; i < N_TABLES; i++)
		ck_assert_uint_gt(n_forgotten(tables[i]), 0);
	merge_and_collect(credits[_i], counts);
	check_counts(counts, MANY, 6);
	mem_free(counts);
}
END_TEST

START_TEST(a_single_table_that_has_forgotten_is_merged_with_itself)
{
	enum { MANY = 90000 };
	int64_t *counts = no_counts(MANY);

	count_each(2, MANY, false, INT64_MAX / 4);
	count_each(2, MANY, false, INT64_MAX / 4);
	merge_and_collect(INT64_MAX / 4, counts);
	check_counts(counts, MANY, 2);
	mem_free(counts);
}
END_TEST

START_TEST(a_group_keeps_its_hash_until_it_is_merged)
{
	_Alignas(8) char group[8], other[8];
	uint64_t seed = 3;

	for (int i = 0; i < 1000; i++) {
		uint64_t hash = unit_random(&seed);
		uint32_t part = (uint32_t)(hash >> (64 - AGG_PARTITION_BITS));

		agg_group_set_hash(group, hash);
		ck_assert_ptr_null(agg_group_merged_into(group));
		ck_assert_uint_eq(agg_group_hash(group, part), hash);
	}
	*row_link(group) = other;
	ck_assert_ptr_eq(agg_group_merged_into(group), other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, groups_of_their_own_are_forgotten);
	tcase_add_test(tc, a_table_that_may_not_forget_grows);
	tcase_add_test(tc, groups_that_fit_are_not_forgotten);
	tcase_add_test(tc, groups_that_come_again_and_again_do_not_fill_the_memory);
	tcase_add_loop_test(tc, what_was_forgotten_is_merged, 0, 3);
	tcase_add_test(tc, a_single_table_that_has_forgotten_is_merged_with_itself);
	tcase_add_test(tc, a_group_keeps_its_hash_until_it_is_merged);
	return unit_main("exec/agg_table", tc);
}
