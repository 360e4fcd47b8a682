/* Tests of common/base/histogram.c. */
#include "common/base/compiler.h"
#include "common/base/error.h"
#include "common/base/histogram.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct histogram h, other;

static void setup(void)
{
	histogram_reset(&h);
	histogram_reset(&other);
}

START_TEST(an_empty_histogram_says_0)
{
	ck_assert_uint_eq(histogram_quantile(&h, 0.5), 0);
	ck_assert_uint_eq(histogram_quantile(&h, 1), 0);
}
END_TEST

START_TEST(small_values_are_exact)
{
	for (uint64_t v = 0; v < 64; v++)
		histogram_add(&h, v);
	for (uint64_t v = 0; v < 64; v++)
		ck_assert_uint_eq(histogram_quantile(&h, (double)(v + 1) / 64), v);
}
END_TEST

/* One value alone: the answer is that value, whatever the bucket. */
START_TEST(the_largest_value_is_exact)
{
	static const uint64_t values[] = { 0, 1, 100, 12345, 1000000007, 1ull << 63, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		histogram_reset(&h);
		histogram_add(&h, values[i]);
		ck_assert_uint_eq(histogram_quantile(&h, 0.5), values[i]);
		ck_assert_uint_eq(h.max, values[i]);
		ck_assert_uint_eq(h.sum, values[i]);
	}
}
END_TEST

/* The bucket of every value holds it and ends less than 1/32 above it. */
START_TEST(an_answer_is_never_below_and_at_most_a_32nd_above)
{
	uint64_t state = 21;

	for (int i = 0; i < 20000; i++) {
		uint64_t v = unit_random(&state) >> unit_random(&state) % 64, got;

		histogram_reset(&other);
		histogram_add(&other, v);
		histogram_add(&other, UINT64_MAX); /* else the maximum bounds the answer */
		got = histogram_quantile(&other, 0.5);
		ck_assert_uint_ge(got, v);
		ck_assert_uint_le(got - v, v / 32);
	}
}
END_TEST

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

START_TEST(quantiles_agree_with_a_sorted_array)
{
	enum { N = 100000 };
	static const double qs[] = { 0.00001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };
	static uint64_t values[N];
	uint64_t state = 23;

	for (int i = 0; i < N; i++) {
		values[i] = 1000 + unit_random(&state) % 1000 * (unit_random(&state) % 5000);
		histogram_add(&h, values[i]);
	}
	qsort(values, N, sizeof(values[0]), by_value);
	for (size_t i = 0; i < ARRAY_SIZE(qs); i++) {
		uint64_t want = values[MAX((int)(qs[i] * N + 0.5), 1) - 1];
		uint64_t got = histogram_quantile(&h, qs[i]);

		ck_assert_uint_ge(got, want);
		ck_assert_uint_le(got - want, want / 32);
	}
}
END_TEST

START_TEST(the_rank_is_rounded_up)
{
	histogram_add(&h, 1);
	histogram_add(&h, 2);
	histogram_add(&h, 3);
	ck_assert_uint_eq(histogram_quantile(&h, 0.33), 1);
	ck_assert_uint_eq(histogram_quantile(&h, 0.34), 2);
	ck_assert_uint_eq(histogram_quantile(&h, 0.67), 3);
}
END_TEST

START_TEST(a_merge_adds_everything_up)
{
	for (uint64_t v = 1; v <= 10; v++)
		histogram_add(v % 2 == 0 ? &h : &other, v);
	histogram_merge(&h, &other);
	ck_assert_uint_eq(h.n, 10);
	ck_assert_uint_eq(h.sum, 55);
	ck_assert_uint_eq(h.max, 10);
	for (uint64_t v = 1; v <= 10; v++)
		ck_assert_uint_eq(histogram_quantile(&h, (double)v / 10), v);
	ck_assert_uint_eq(other.n, 5);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	histogram_add(&h, 1000000);
	histogram_reset(&h);
	ck_assert_uint_eq(h.n + h.sum + h.max, 0);
	ck_assert_uint_eq(histogram_quantile(&h, 1), 0);
}
END_TEST

static void add_often(void *arg)
{
	(void)arg;
	for (uint64_t v = 1; v <= 10000; v++)
		histogram_add(&h, v);
}

START_TEST(no_add_of_any_thread_is_lost)
{
	struct thread threads[4];
	struct error err;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(thread_start(&threads[i], "t", add_often, NULL, &err), 0);
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	ck_assert_uint_eq(h.n, 40000);
	ck_assert_uint_eq(h.sum, 4ull * 50005000);
	ck_assert_uint_eq(histogram_quantile(&h, 1), 10000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, an_empty_histogram_says_0);
	tcase_add_test(tc, small_values_are_exact);
	tcase_add_test(tc, the_largest_value_is_exact);
	tcase_add_test(tc, an_answer_is_never_below_and_at_most_a_32nd_above);
	tcase_add_test(tc, quantiles_agree_with_a_sorted_array);
	tcase_add_test(tc, the_rank_is_rounded_up);
	tcase_add_test(tc, a_merge_adds_everything_up);
	tcase_add_test(tc, a_reset_forgets_everything);
	tcase_add_test(tc, no_add_of_any_thread_is_lost);
	return unit_main("base/histogram", tc);
}
