/* test_row_map.c - the map of rows against an array, and its growth in steps. */
#include <stdlib.h>
#include <string.h>

#include "broker/exec/row_map.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

static struct engine e;
static struct row_map map;

static void setup(void)
{
	engine_init(&e);
	row_map_init(&map, &e.pool);
}

static void teardown(void)
{
	engine_fini(&e);
	ck_assert_int_eq(atomic_load(&e.account.used_bytes), 0);
}

/* A row is a number in disguise. */
static void *row_of(uint64_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

static uint32_t grow(int64_t credit)
{
	uint32_t n_calls = 0;
	enum step step;

	do {
		e.coop.credit = credit;
		step = row_map_grow(&map, &e.coop, &e.err);
		n_calls++;
	} while (step == STEP_YIELD);
	ck_assert_int_eq(step, STEP_DONE);
	return n_calls;
}

/* The slot of a row, or the free one where it would be. */
static struct row_slot *find(uint64_t hash, const void *row)
{
	uint64_t at = hash;

	for (;;) {
		struct row_slot *slot = row_map_walk(&map, hash, &at);

		if (slot && (!slot->row || slot->row == row))
			return slot;
		at += slot != NULL;
	}
}

static void add(uint64_t hash, void *row, int64_t credit)
{
	if (row_map_is_full(&map))
		(void)grow(credit);
	ck_assert(!row_map_is_full(&map));
	row_map_put(&map, find(hash, row), hash, row);
}

START_TEST(finds_nothing_without_memory)
{
	ck_assert(row_map_is_full(&map));
	ck_assert_ptr_null(find(42, row_of(1))->row);
	ck_assert_int_eq(row_map_free(&map, &e.coop), STEP_DONE);
}
END_TEST

START_TEST(finds_what_was_added_at_every_size)
{
	static const int64_t credits[] = { 1, 30000, INT64_MAX / 4 };

	for (uint64_t i = 0; i < 100000; i++) {
		add(hash_u64(i), row_of(i), credits[_i]);
		if ((i & (i + 1)) != 0 && i % 9973 != 0)
			continue;
		for (uint64_t k = 0; k <= i; k++)
			ck_assert_ptr_eq(find(hash_u64(k), row_of(k))->row, row_of(k));
		ck_assert_ptr_null(find(hash_u64(i + 1), row_of(i + 1))->row);
	}
	ck_assert_uint_eq(map.n_rows, 100000);
	ck_assert_uint_gt(map.mask, ROW_MAP_BLOCK);
}
END_TEST

START_TEST(grows_in_steps_that_are_paid)
{
	uint32_t n_calls;

	for (uint64_t i = 0; i < 300000 || !row_map_is_full(&map); i++)
		add(hash_u64(i), row_of(i), INT64_MAX / 4);
	n_calls = grow(1);
	ck_assert_uint_gt(n_calls, map.mask / 2 / 2048);
	ck_assert_int_lt(e.coop.credit, 0);
	ck_assert_int_gt(e.coop.credit, -60000);
}
END_TEST

/* All in one cluster: the searches of growing are as long as it is, and stop in between. */
START_TEST(keeps_rows_of_one_hash)
{
	static const int64_t credits[] = { 1, INT64_MAX / 4 };

	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t at = 77;
		struct row_slot *slot;

		if (row_map_is_full(&map))
			(void)grow(credits[_i]);
		/* Where the last one went is known; walking there each time would take for ever. */
		at += i;
		slot = row_map_slot(&map, at);
		ck_assert_ptr_null(slot->row);
		row_map_put(&map, slot, 77, row_of(i));
	}
	for (uint64_t i = 0; i < 20000; i += 1999)
		ck_assert_ptr_eq(find(77, row_of(i))->row, row_of(i));
	ck_assert_ptr_null(find(77, row_of(20000))->row);
}
END_TEST

START_TEST(wraps_around_the_end)
{
	for (uint64_t i = 0; i < 5000; i++)
		add(UINT64_MAX - i % 3, row_of(i), 1);
	for (uint64_t i = 0; i < 5000; i += 97)
		ck_assert_ptr_eq(find(UINT64_MAX - i % 3, row_of(i))->row, row_of(i));
}
END_TEST

START_TEST(hands_control_back_in_a_long_search)
{
	uint64_t at = 5;

	for (uint64_t i = 0; i < 2 * ROW_MAP_WALK; i++)
		add(5, row_of(i), INT64_MAX / 4);
	ck_assert_ptr_null(row_map_walk(&map, 6, &at));
	ck_assert_uint_eq(at, 5 + ROW_MAP_WALK);
}
END_TEST

START_TEST(gives_its_memory_back_in_steps)
{
	int64_t before = atomic_load(&e.account.used_bytes);
	uint32_t n_calls = 0;

	for (uint64_t i = 0; i < 200000; i++)
		add(hash_u64(i), row_of(i), INT64_MAX / 4);
	ck_assert_int_gt(atomic_load(&e.account.used_bytes), before + (4 << 20));
	do {
		engine_one_unit(&e);
		n_calls++;
	} while (row_map_free(&map, &e.coop) == STEP_YIELD);
	ck_assert_uint_gt(n_calls, 30);
	ck_assert_int_eq(atomic_load(&e.account.used_bytes), before);
	add(1, row_of(1), 1);
	ck_assert_ptr_eq(find(1, row_of(1))->row, row_of(1));
}
END_TEST

START_TEST(survives_allocation_failure)
{
	enum step step = STEP_DONE;

	(void)mem_fail_after(_i);
	for (uint64_t i = 0; i < 30000 && step != STEP_FAILED; i++) {
		if (row_map_is_full(&map))
			step = row_map_grow(&map, &e.coop, &e.err);
		if (step == STEP_DONE)
			row_map_put(&map, find(hash_u64(i), row_of(i)), hash_u64(i), row_of(i));
	}
	(void)mem_fail_after(-1);
	ck_assert(step == STEP_DONE || e.err.code == ERR_OUT_OF_MEMORY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_nothing_without_memory);
	tcase_add_loop_test(tc, finds_what_was_added_at_every_size, 0, 3);
	tcase_add_test(tc, grows_in_steps_that_are_paid);
	tcase_add_loop_test(tc, keeps_rows_of_one_hash, 0, 2);
	tcase_add_test(tc, wraps_around_the_end);
	tcase_add_test(tc, hands_control_back_in_a_long_search);
	tcase_add_test(tc, gives_its_memory_back_in_steps);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 40);
	return unit_main("exec/row_map", tc);
}
