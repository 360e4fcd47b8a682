/*
 * test_farmhash.c - values that others have published, and one value whatever
 * the pieces that a text is read in.
 */
#include <string.h>

#include "common/base/farmhash.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

#define N_BYTES 200

/* Without a pattern, and half of them above 0x7f. */
static char bytes[N_BYTES];

static void setup(void)
{
	for (int i = 0; i < N_BYTES; i++)
		bytes[i] = (char)(i * 151 + 200);
}

static struct str text_of(size_t n)
{
	return (struct str){ bytes, n };
}

/* In pieces of step bytes. */
static uint64_t hash_in_steps(struct str text, size_t step, unsigned *n_steps)
{
	struct farmhash h;

	farmhash_init(&h, text);
	*n_steps = 1;
	while (!farmhash_step(&h, step))
		++*n_steps;
	return farmhash_value(&h);
}

/* Guava's test of farmHashFingerprint64. */
START_TEST(gives_the_published_values)
{
	static const struct {
		unsigned n_times;
		int64_t value;
	} rows[] = {
		{ 1, 8581389452482819506 },
		{ 8, -4196240717365766262 },
		{ 64, 3500507768004279527 },
	};
	char text[4 * 64];

	for (unsigned i = 0; i < sizeof(text); i += 4)
		memcpy(text + i, "test", 4);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct str s = { text, (size_t)4 * rows[i].n_times };

		ck_assert_int_eq((int64_t)farmhash64(s), rows[i].value);
	}
}
END_TEST

/* Values of Google's farmhash::Fingerprint64, on both sides of each border between formulas. */
START_TEST(has_a_formula_for_every_length)
{
	static const struct {
		size_t n;
		uint64_t value;
	} rows[] = {
		{ 0, UINT64_C(0x9ae16a3b2f90404f) },   { 1, UINT64_C(0x9f7a288c6979dabe) },
		{ 2, UINT64_C(0x182b5fef88daec9a) },   { 3, UINT64_C(0x2b2f9712216d78a2) },
		{ 4, UINT64_C(0x6c4326865664ac7d) },   { 7, UINT64_C(0x3a911678ce867c34) },
		{ 8, UINT64_C(0x4be03c60df6077bf) },   { 9, UINT64_C(0xae0f256ac4a64ae2) },
		{ 15, UINT64_C(0x56184f53047ab53f) },  { 16, UINT64_C(0x2a217910f9e6e438) },
		{ 17, UINT64_C(0x8af018c765cafb73) },  { 24, UINT64_C(0xf3767e43256a3ca7) },
		{ 31, UINT64_C(0xaaf5edba9cc18029) },  { 32, UINT64_C(0x502c50be3bd64b1e) },
		{ 33, UINT64_C(0x7b6d0f4b1a57d7b0) },  { 48, UINT64_C(0x95a314244bb0f9f0) },
		{ 63, UINT64_C(0x928a641d5e334cc5) },  { 64, UINT64_C(0x21a612bbfff00073) },
		{ 65, UINT64_C(0xe939ab8923b75a16) },  { 96, UINT64_C(0x557a29a90d72aad0) },
		{ 127, UINT64_C(0x58b89b8c460fcba0) }, { 128, UINT64_C(0x24df5fb7ea6ba325) },
		{ 129, UINT64_C(0xf54b09f812ed0817) }, { 191, UINT64_C(0x1ad4d7ddc459db10) },
		{ 192, UINT64_C(0xd4c11e915659b0a2) }, { 193, UINT64_C(0xfdce4eea39751a64) },
		{ 200, UINT64_C(0x6295c1707acc9cba) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(farmhash64(text_of(rows[i].n)) == rows[i].value, "%zu bytes",
			      rows[i].n);
}
END_TEST

START_TEST(steps_of_any_size_give_the_same_value)
{
	static const size_t steps[] = { 1, 7, 63, 64, 65, 127, 128, 129, 199, SIZE_MAX };
	unsigned n_steps;

	for (size_t n = 0; n <= N_BYTES; n++) {
		uint64_t at_once = farmhash64(text_of(n));

		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			ck_assert_msg(hash_in_steps(text_of(n), steps[i], &n_steps) == at_once,
				      "%zu bytes, %zu at a time", n, steps[i]);
	}
}
END_TEST

START_TEST(reads_no_more_at_a_time_than_it_is_told)
{
	unsigned n_steps;

	/* Three blocks of 64 bytes and what finish() takes. */
	(void)hash_in_steps(text_of(200), 64, &n_steps);
	ck_assert_uint_eq(n_steps, 3);
	(void)hash_in_steps(text_of(200), 128, &n_steps);
	ck_assert_uint_eq(n_steps, 2);
	(void)hash_in_steps(text_of(192), 64, &n_steps);
	ck_assert_uint_eq(n_steps, 2);
	(void)hash_in_steps(text_of(64), 1, &n_steps);
	ck_assert_uint_eq(n_steps, 1);
}
END_TEST

START_TEST(every_byte_counts)
{
	for (size_t n = 1; n <= N_BYTES; n++) {
		uint64_t before = farmhash64(text_of(n));

		for (size_t i = 0; i < n; i++) {
			bytes[i] ^= 1;
			ck_assert_msg(farmhash64(text_of(n)) != before, "byte %zu of %zu", i, n);
			bytes[i] ^= 1;
		}
	}
}
END_TEST

/* On the heap and of exact size, so that a read too far is seen; at every address. */
START_TEST(reads_nothing_but_the_text_wherever_it_is)
{
	for (size_t n = 0; n <= N_BYTES; n++) {
		for (size_t shift = 0; shift < 8; shift++) {
			char *exact = mem_alloc(shift + n + 1);

			memcpy(exact + shift + 1, bytes, n);
			ck_assert_uint_eq(farmhash64((struct str){ exact + shift + 1, n }),
					  farmhash64(text_of(n)));
			mem_free(exact);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, gives_the_published_values);
	tcase_add_test(tc, has_a_formula_for_every_length);
	tcase_add_test(tc, steps_of_any_size_give_the_same_value);
	tcase_add_test(tc, reads_no_more_at_a_time_than_it_is_told);
	tcase_add_test(tc, every_byte_counts);
	tcase_add_test(tc, reads_nothing_but_the_text_wherever_it_is);
	return unit_main("base/farmhash", tc);
}
