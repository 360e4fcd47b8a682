/* test_bitpack.c - every width, against the values that were packed. */
#include "tests/support/base/unit.h"

#include <string.h>

#include "broker/table/bitpack.h"

#define GUARD 0x5a

static uint64_t seed = 7;

/* The widest value, zero and random ones between. */
static uint64_t value_of(unsigned width, unsigned row)
{
	uint64_t mask = width == 0 ? 0 : UINT64_MAX >> (64 - width);

	return row % 7 == 0 ? mask : row % 7 == 1 ? 0 : unit_random(&seed) & mask;
}

START_TEST(gives_codes_back)
{
	static uint32_t in[BITPACK_ROWS], out[BITPACK_ROWS];
	static uint32_t packed[BITPACK_ROWS + 1];
	unsigned width = (unsigned)_i;
	char *end = (char *)packed + BITPACK_BYTES(width);

	for (unsigned i = 0; i < BITPACK_ROWS; i++)
		in[i] = (uint32_t)value_of(width, i);
	memset(packed, GUARD, sizeof(packed));
	bitpack_pack32(in, width, packed);
	ck_assert_int_eq(*end, GUARD);
	memset(out, GUARD, sizeof(out));
	bitpack_unpack32(packed, width, out);
	ck_assert_mem_eq(in, out, sizeof(in));
}
END_TEST

START_TEST(gives_integers_back_relative_to_any_base)
{
	static const uint64_t bases[] = { 0, 1, UINT64_C(1) << 63, UINT64_MAX, 123456789012345 };
	static uint64_t in[BITPACK_ROWS], out[BITPACK_ROWS];
	static uint64_t packed[BITPACK_ROWS + 1];
	unsigned width = (unsigned)_i;
	char *end = (char *)packed + BITPACK_BYTES(width);

	for (size_t k = 0; k < sizeof(bases) / sizeof(*bases); k++) {
		for (unsigned i = 0; i < BITPACK_ROWS; i++)
			in[i] = value_of(width, i) + bases[k];
		memset(packed, GUARD, sizeof(packed));
		bitpack_pack64(in, bases[k], width, packed);
		ck_assert_int_eq(*end, GUARD);
		memset(out, GUARD, sizeof(out));
		bitpack_unpack64(packed, bases[k], width, out);
		ck_assert_mem_eq(in, out, sizeof(in));
	}
}
END_TEST

START_TEST(says_how_many_bits_a_number_needs)
{
	ck_assert_uint_eq(bitpack_width(0), 0);
	ck_assert_uint_eq(bitpack_width(1), 1);
	ck_assert_uint_eq(bitpack_width(255), 8);
	ck_assert_uint_eq(bitpack_width(256), 9);
	ck_assert_uint_eq(bitpack_width(UINT64_MAX), 64);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, gives_codes_back, 0, 33);
	tcase_add_loop_test(tc, gives_integers_back_relative_to_any_base, 0, 65);
	tcase_add_test(tc, says_how_many_bits_a_number_needs);
	return unit_main("table/bitpack", tc);
}
