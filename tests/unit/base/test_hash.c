/* Tests of common/base/hash.c and the inline mixers of hash.h. */
#include <stdlib.h>

#include "common/base/hash.h"
#include "tests/support/base/unit.h"

/* Test vectors of XXH3: stored checksums depend on them. */
START_TEST(bytes_are_hashed_by_xxh3)
{
	ck_assert_uint_eq(hash_bytes("", 0), 0x2d06800538d394c2ull);
	ck_assert_uint_eq(hash_bytes("a", 1), 0xe6c632b61e964e1full);
	ck_assert_uint_eq(hash_bytes("abc", 3), 0x78af5f94892f3950ull);
}
END_TEST

START_TEST(the_address_of_the_bytes_does_not_matter)
{
	char aligned[300], moved[303];

	for (int i = 0; i < 300; i++)
		aligned[i] = moved[i + 3] = (char)(i * 31);
	for (size_t n = 0; n <= 300; n++)
		ck_assert_uint_eq(hash_bytes(aligned, n), hash_bytes(moved + 3, n));
	ck_assert_uint_ne(hash_bytes(aligned, 299), hash_bytes(aligned, 300));
}
END_TEST

/* Over many words, each input bit flips each output bit about every other time. */
START_TEST(every_input_bit_reaches_every_output_bit)
{
	enum { N = 4000 };
	static int n_flips[64][64];
	uint64_t state = 3;

	for (int i = 0; i < N; i++) {
		uint64_t x = unit_random(&state), h = hash_u64(x);

		for (int in = 0; in < 64; in++) {
			uint64_t changed = hash_u64(x ^ 1ull << in) ^ h;

			for (int out = 0; out < 64; out++)
				n_flips[in][out] += (int)(changed >> out & 1);
		}
	}
	for (int in = 0; in < 64; in++)
		for (int out = 0; out < 64; out++)
			ck_assert_int_lt(abs(n_flips[in][out] - N / 2), N / 10);
}
END_TEST

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Small integers are the usual keys. */
START_TEST(different_words_have_different_hashes)
{
	enum { N = 100000 };
	static uint64_t hashes[N];

	for (uint64_t i = 0; i < N; i++)
		hashes[i] = hash_u64(i);
	qsort(hashes, N, sizeof(hashes[0]), by_value);
	for (int i = 1; i < N; i++)
		ck_assert_uint_ne(hashes[i - 1], hashes[i]);
}
END_TEST

START_TEST(combining_depends_on_the_order)
{
	ck_assert_uint_ne(hash_combine(1, 2), hash_combine(2, 1));
	ck_assert_uint_ne(hash_combine(0, 1), hash_combine(1, 0));
	ck_assert_uint_ne(hash_combine(0, 5), hash_combine(0, 6));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, bytes_are_hashed_by_xxh3);
	tcase_add_test(tc, the_address_of_the_bytes_does_not_matter);
	tcase_add_test(tc, every_input_bit_reaches_every_output_bit);
	tcase_add_test(tc, different_words_have_different_hashes);
	tcase_add_test(tc, combining_depends_on_the_order);
	return unit_main("base/hash", tc);
}
