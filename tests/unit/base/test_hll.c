/* Tests of common/base/hll.c. */
#include "common/base/hll.h"
#include "tests/support/base/unit.h"

static void add_many(struct hll *h, uint64_t seed, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		hll_add(h, unit_random(&seed));
}

START_TEST(nothing_is_none)
{
	ck_assert_uint_eq(hll_count(&(struct hll){ 0 }), 0);
}
END_TEST

START_TEST(few_are_counted_almost_exactly)
{
	for (uint64_t n = 1; n <= 30; n++) {
		struct hll h = { 0 };

		add_many(&h, 12345, n);
		ck_assert_uint_ge(hll_count(&h) + 2, n);
		ck_assert_uint_le(hll_count(&h), n + 2);
	}
}
END_TEST

/* Three standard errors. */
START_TEST(many_are_estimated_within_a_tenth)
{
	for (uint64_t n = 100; n <= 10000000; n *= 10) {
		struct hll h = { 0 };

		add_many(&h, 7 + n, n);
		ck_assert_uint_ge(hll_count(&h), n / 10 * 9);
		ck_assert_uint_le(hll_count(&h), n / 10 * 11);
	}
}
END_TEST

START_TEST(what_comes_again_does_not_count)
{
	struct hll h = { 0 };
	uint64_t once;

	add_many(&h, 99, 50000);
	once = hll_count(&h);
	for (int i = 0; i < 5; i++)
		add_many(&h, 99, 50000);
	ck_assert_uint_eq(hll_count(&h), once);
}
END_TEST

START_TEST(the_ends_of_hashes_are_no_trouble)
{
	struct hll h = { 0 };

	hll_add(&h, 0);
	hll_add(&h, UINT64_MAX);
	ck_assert_uint_eq(h.ranks[0], 64 - HLL_BITS + 1);
	ck_assert_uint_eq(h.ranks[HLL_SIZE - 1], 1);
	ck_assert_uint_eq(hll_count(&h), 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, nothing_is_none);
	tcase_add_test(tc, few_are_counted_almost_exactly);
	tcase_add_test(tc, many_are_estimated_within_a_tenth);
	tcase_add_test(tc, what_comes_again_does_not_count);
	tcase_add_test(tc, the_ends_of_hashes_are_no_trouble);
	return unit_main("base/hll", tc);
}
