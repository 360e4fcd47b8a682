/* Tests of common/base/id.c. */
#include <stdlib.h>

#include "common/base/error.h"
#include "common/base/id.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

#define BILLION   1000000000ull
#define N_THREADS 4
#define N_EACH    10000

static struct id_source source;

START_TEST(an_id_is_the_base_times_a_billion_plus_a_counter)
{
	id_source_init(&source);
	for (uint64_t i = 0; i < 5; i++)
		ck_assert_uint_eq(id_source_next(&source), source.base * BILLION + i);
}
END_TEST

/* An id must fit a signed 64-bit number of any client. */
START_TEST(bases_are_below_2_to_the_31_less_1_and_differ)
{
	uint64_t any = 0, all = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		id_source_init(&source);
		ck_assert_uint_lt(source.base, (1ull << 31) - 1);
		any |= source.base;
		all &= source.base;
	}
	ck_assert_uint_eq(any, (1ull << 31) - 1);
	ck_assert_uint_eq(all, 0);
}
END_TEST

START_TEST(the_counter_wraps_below_a_billion)
{
	source.base = 7;
	atomic_init(&source.next, BILLION - 1);
	ck_assert_uint_eq(id_source_next(&source), 7 * BILLION + 999999999);
	ck_assert_uint_eq(id_source_next(&source), 7 * BILLION);
}
END_TEST

static uint64_t ids[N_THREADS][N_EACH];

static void draw(void *arg)
{
	uint64_t *mine = arg;

	for (int i = 0; i < N_EACH; i++)
		mine[i] = id_source_next(&source);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

START_TEST(no_two_threads_get_the_same_id)
{
	struct thread threads[N_THREADS];
	struct error err;

	id_source_init(&source);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(thread_start(&threads[i], "t", draw, ids[i], &err), 0);
	for (int i = 0; i < N_THREADS; i++)
		thread_join(&threads[i]);
	qsort(ids, (size_t)N_THREADS * N_EACH, sizeof(ids[0][0]), by_value);
	for (uint64_t i = 0; i < (uint64_t)N_THREADS * N_EACH; i++)
		ck_assert_uint_eq(ids[i / N_EACH][i % N_EACH], source.base * BILLION + i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, an_id_is_the_base_times_a_billion_plus_a_counter);
	tcase_add_test(tc, bases_are_below_2_to_the_31_less_1_and_differ);
	tcase_add_test(tc, the_counter_wraps_below_a_billion);
	tcase_add_test(tc, no_two_threads_get_the_same_id);
	return unit_main("base/id", tc);
}
