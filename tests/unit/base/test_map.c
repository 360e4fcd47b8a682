/* Tests of common/base/map.c. */
#include <stdio.h>

#include "common/base/map.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

#define N_KEYS 3000

static struct map map;
static char names[N_KEYS][16];
static int values[N_KEYS];

static struct str key(int i)
{
	return str_of(names[i]);
}

static void setup(void)
{
	(void)mem_fail_after(-1);
	map_init(&map);
	for (int i = 0; i < N_KEYS; i++)
		(void)snprintf(names[i], sizeof(names[i]), "k%d", i);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	map_fini(&map);
}

static void put_all(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(map_put(&map, key(i), &values[i]), 0);
}

START_TEST(an_empty_map_finds_and_removes_nothing)
{
	size_t pos = 0;

	ck_assert_ptr_null(map_find(&map, STR("a")));
	ck_assert_ptr_null(map_remove(&map, STR("a")));
	ck_assert_ptr_null(map_next(&map, &pos));
}
END_TEST

START_TEST(finds_what_was_put_by_content_of_the_key)
{
	char again[16];

	put_all(N_KEYS);
	ck_assert_uint_eq(map.n_entries, N_KEYS);
	for (int i = 0; i < N_KEYS; i++) {
		(void)snprintf(again, sizeof(again), "k%d", i);
		ck_assert_ptr_eq(map_find(&map, str_of(again)), &values[i]);
	}
	ck_assert_ptr_null(map_find(&map, STR("k3000")));
	ck_assert_ptr_null(map_find(&map, STR("")));
}
END_TEST

START_TEST(a_second_put_replaces_the_value)
{
	put_all(5);
	ck_assert_int_eq(map_put(&map, STR("k3"), &values[77]), 0);
	ck_assert_ptr_eq(map_find(&map, key(3)), &values[77]);
	ck_assert_uint_eq(map.n_entries, 5);
}
END_TEST

START_TEST(the_empty_text_is_a_key)
{
	ck_assert_int_eq(map_put(&map, STR(""), &values[1]), 0);
	ck_assert_ptr_eq(map_find(&map, STR("")), &values[1]);
	ck_assert_ptr_eq(map_remove(&map, STR("")), &values[1]);
	ck_assert_ptr_null(map_find(&map, STR("")));
}
END_TEST

/* Against an array: every removal must leave all other entries within reach. */
START_TEST(random_puts_and_removals_agree_with_an_array)
{
	bool is_in[N_KEYS] = { false };
	uint64_t state = 9;
	size_t n = 0;

	for (int step = 0; step < 100000; step++) {
		int i = (int)(unit_random(&state) % (step % 20000 < 10000 ? N_KEYS : 60));

		if (unit_random(&state) % 2 == 0) {
			ck_assert_int_eq(map_put(&map, key(i), &values[i]), 0);
			n += !is_in[i];
			is_in[i] = true;
		} else {
			ck_assert_ptr_eq(map_remove(&map, key(i)), is_in[i] ? &values[i] : NULL);
			n -= is_in[i];
			is_in[i] = false;
		}
		ck_assert_uint_eq(map.n_entries, n);
	}
	for (int i = 0; i < N_KEYS; i++)
		ck_assert_ptr_eq(map_find(&map, key(i)), is_in[i] ? &values[i] : NULL);
}
END_TEST

START_TEST(visits_every_entry_once)
{
	bool is_seen[N_KEYS] = { false };
	struct map_entry *e;
	size_t pos = 0, n = 0;

	put_all(100);
	while ((e = map_next(&map, &pos)) != NULL) {
		long i = (int *)e->value - values;

		ck_assert(str_eq(e->key, key((int)i)));
		ck_assert(!is_seen[i]);
		is_seen[i] = true;
		n++;
	}
	ck_assert_uint_eq(n, 100);
}
END_TEST

START_TEST(can_be_used_again_after_fini)
{
	put_all(100);
	map_fini(&map);
	ck_assert_ptr_null(map_find(&map, key(1)));
	put_all(3);
	ck_assert_uint_eq(map.n_entries, 3);
}
END_TEST

/* The _i-th growth fails: the put fails, the map is as before, the next put works. */
START_TEST(survives_allocation_failure)
{
	int i, failed = -1;

	(void)mem_fail_after(_i);
	for (i = 0; i < 100; i++) {
		if (map_put(&map, key(i), &values[i]) == 0)
			continue;
		ck_assert_int_eq(failed, -1);
		failed = i;
		ck_assert_uint_eq(map.n_entries, (size_t)i);
		ck_assert_ptr_null(map_find(&map, key(i)));
		ck_assert_int_eq(map_put(&map, key(i), &values[i]), 0);
	}
	ck_assert_int_eq(failed >= 0, _i < mem_fail_after(-1));
	for (i = 0; i < 100; i++)
		ck_assert_ptr_eq(map_find(&map, key(i)), &values[i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_map_finds_and_removes_nothing);
	tcase_add_test(tc, finds_what_was_put_by_content_of_the_key);
	tcase_add_test(tc, a_second_put_replaces_the_value);
	tcase_add_test(tc, the_empty_text_is_a_key);
	tcase_add_test(tc, random_puts_and_removals_agree_with_an_array);
	tcase_add_test(tc, visits_every_entry_once);
	tcase_add_test(tc, can_be_used_again_after_fini);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 8);
	return unit_main("base/map", tc);
}
