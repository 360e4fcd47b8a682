/* test_sort_merge.c - merging runs, in any number and length. */
#include <stdlib.h>

#include "broker/exec/sort_merge.h"
#include "common/base/error.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

static struct engine e;
static struct sort_order order;
static struct plan_sort_key key;
static struct plan_column plan_column = { .type = COL_LONG };
static struct plan_node input = { .columns = &plan_column, .n_columns = 1 };
static struct sort_merge merge;
static struct sort_list list;
static uint64_t n_added;

static void setup(void)
{
	engine_init(&e);
	plan_column.type = COL_LONG;
	ck_assert_int_eq(sort_order_init(&order, &input, &key, 1, &e.arena, &e.err), 0);
	ck_assert_int_eq(sort_merge_init(&merge, &order, 200, &e.arena, &e.pool, &e.err), 0);
	list = (struct sort_list){ 0 };
	n_added = 0;
}

static void teardown(void)
{
	engine_fini(&e);
	ck_assert_int_eq(atomic_load(&e.account.used_bytes), 0);
}

/* A run of n rising prefixes below `range`, in blocks of at most block_max. */
static void add_run(uint64_t n, uint64_t range, uint32_t block_max, uint64_t *seed)
{
	struct sort_run *run = ARENA_NEW(&e.arena, struct sort_run, &e.err);
	uint64_t at = sample_random(seed) % (range / (n + 1) + 1);

	while (n > 0) {
		struct sort_block *b = mem_pool_alloc(&e.pool, sizeof(*b), &e.err);

		b->n = (uint32_t)MIN(n, block_max);
		for (uint32_t i = 0; i < b->n; i++) {
			/* The row is not looked at: prefixes of a LONG decide. */
			b->entries[i] = (struct sort_entry){ at, (void *)(uintptr_t)++n_added };
			at += sample_random(seed) % (2 * range / (n + 1) + 1);
		}
		n -= b->n;
		sort_run_push(run, b);
	}
	sort_list_push(&list, run);
}

/* Takes everything in pieces; checks order and number. */
static void check_merge(uint32_t want, int64_t credit)
{
	static struct sort_entry out[5000];
	uint64_t n_out = 0, last = 0;
	uint32_t n;

	sort_merge_begin(&merge, &list);
	do {
		n = 0;
		do {
			e.coop.credit = credit;
		} while (sort_merge_next(&merge, out, want, &n, &e.coop) == STEP_YIELD);
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_uint_le(last, out[i].prefix);
			last = out[i].prefix;
		}
		n_out += n;
	} while (n == want);
	ck_assert_uint_eq(n_out, n_added);
	n_added = 0;
}

START_TEST(merges_any_number_of_runs)
{
	uint64_t seed = 3;

	for (uint32_t k = 0; k < 70; k++) {
		for (uint32_t i = 0; i < k; i++)
			add_run(sample_random(&seed) % 200, 1000, 1 + k, &seed);
		check_merge(1 + k * 7, k % 2 ? 1 : INT64_MAX / 4);
	}
}
END_TEST

START_TEST(merges_runs_of_full_blocks)
{
	uint64_t seed = 5;

	for (uint32_t i = 0; i < 5; i++)
		add_run(SORT_BLOCK * i + i % 2, UINT64_MAX / 4, SORT_BLOCK, &seed);
	check_merge(2048, 50000);
}
END_TEST

START_TEST(takes_equal_entries_in_the_order_of_the_runs)
{
	struct sort_entry out[90];
	uint64_t seed = 1;
	uint32_t n = 0;

	for (uint32_t i = 0; i < 9; i++)
		add_run(10, 0, 3, &seed);
	sort_merge_begin(&merge, &list);
	ck_assert_int_eq(sort_merge_next(&merge, out, 90, &n, &e.coop), STEP_DONE);
	for (uint32_t i = 0; i < 90; i++)
		ck_assert_uint_eq((uintptr_t)out[i].row, i + 1);
}
END_TEST

/* Texts with a common beginning have to be compared as rows, and that is paid. */
START_TEST(looks_at_rows_when_prefixes_are_equal)
{
	static struct strv texts[300];
	static void *rows[300];
	static char text[300][40];
	static struct sort_entry out[300];
	struct column c = { .type = COL_STRING, .values = texts };
	struct row_store store;
	uint32_t pos = 0, n = 0, n_yields = 0;

	plan_column.type = COL_STRING;
	ck_assert_int_eq(sort_order_init(&order, &input, &key, 1, &e.arena, &e.err), 0);
	row_store_init(&store, &order.layout, &e.pool);
	for (uint32_t i = 0; i < 300; i++) {
		int len = snprintf(text[i], sizeof(text[i]), "the same beginning %05u", i);

		texts[i] = strv_make(text[i], (size_t)len);
	}
	ck_assert_int_eq(row_store_append(&store, &c, &(struct sel){ NULL, 300 }, &pos, rows,
					  &e.coop, &e.err),
			 STEP_DONE);
	for (uint32_t run = 0; run < 10; run++) {
		struct sort_run *r = ARENA_NEW(&e.arena, struct sort_run, &e.err);
		struct sort_block *b = mem_pool_alloc(&e.pool, sizeof(*b), &e.err);

		b->n = 30;
		for (uint32_t i = 0; i < 30; i++)
			b->entries[i] = (struct sort_entry){ 7, rows[i * 10 + (run * 7) % 10] };
		sort_run_push(r, b);
		sort_list_push(&list, r);
	}
	sort_merge_begin(&merge, &list);
	do {
		engine_one_unit(&e);
		n_yields++;
	} while (sort_merge_next(&merge, out, 300, &n, &e.coop) == STEP_YIELD);
	ck_assert_uint_gt(n_yields, 3);
	for (uint32_t i = 0; i < 300; i++)
		ck_assert_ptr_eq(out[i].row, rows[i]);
}
END_TEST

START_TEST(gives_back_what_was_not_read)
{
	uint64_t seed = 5;
	struct sort_entry out[10];
	uint32_t n = 0;
	int64_t before = atomic_load(&e.account.used_bytes);

	for (uint32_t i = 0; i < 5; i++)
		add_run(SORT_BLOCK * 3, UINT64_MAX / 4, SORT_BLOCK, &seed);
	sort_merge_begin(&merge, &list);
	ck_assert_int_eq(sort_merge_next(&merge, out, 10, &n, &e.coop), STEP_DONE);
	do {
		engine_one_unit(&e);
	} while (sort_merge_drop(&merge, &e.coop) == STEP_YIELD);
	ck_assert_int_le(atomic_load(&e.account.used_bytes), before + 8192);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, merges_any_number_of_runs);
	tcase_add_test(tc, merges_runs_of_full_blocks);
	tcase_add_test(tc, takes_equal_entries_in_the_order_of_the_runs);
	tcase_add_test(tc, looks_at_rows_when_prefixes_are_equal);
	tcase_add_test(tc, gives_back_what_was_not_read);
	return unit_main("exec/sort_merge", tc);
}
