/*
 * bitpack.c - see bitpack.h for the layout.
 *
 * The loops over lanes have a constant count and no branch, so that they become
 * a handful of vector instructions; the branch on whether a value straddles two
 * words is per 32 values and follows a fixed pattern.
 */
#include "broker/table/bitpack.h"

#include <string.h>

#include "common/base/compiler.h"

#define LANES 32
#define STEPS (BITPACK_ROWS / LANES)

void bitpack_pack32(const uint32_t *in, unsigned width, uint32_t *out)
{
	memset(out, 0, BITPACK_BYTES(width));
	for (size_t step = 0; width > 0 && step < STEPS; step++) {
		size_t bit = step * width;
		unsigned shift = (unsigned)(bit % 32);
		uint32_t *word = out + bit / 32 * LANES;
		const uint32_t *v = in + step * LANES;

		for (unsigned lane = 0; lane < LANES; lane++)
			word[lane] |= v[lane] << shift;
		if (shift + width > 32)
			for (unsigned lane = 0; lane < LANES; lane++)
				word[LANES + lane] |= v[lane] >> (32 - shift);
	}
}

TARGET_CLONES void bitpack_unpack32(const uint32_t *in, unsigned width, uint32_t *out)
{
	uint32_t mask = width < 32 ? (1u << width) - 1 : UINT32_MAX;

	if (width == 0) {
		memset(out, 0, BITPACK_ROWS * sizeof(*out));
		return;
	}
	for (size_t step = 0; step < STEPS; step++) {
		size_t bit = step * width;
		unsigned shift = (unsigned)(bit % 32);
		const uint32_t *word = in + bit / 32 * LANES;
		uint32_t *v = out + step * LANES;

		if (shift + width > 32) {
			for (unsigned lane = 0; lane < LANES; lane++)
				v[lane] =
					(word[lane] >> shift | word[LANES + lane] << (32 - shift)) &
					mask;
		} else {
			for (unsigned lane = 0; lane < LANES; lane++)
				v[lane] = word[lane] >> shift & mask;
		}
	}
}

void bitpack_pack64(const uint64_t *in, uint64_t base, unsigned width, uint64_t *out)
{
	memset(out, 0, BITPACK_BYTES(width));
	for (size_t step = 0; width > 0 && step < STEPS; step++) {
		size_t bit = step * width;
		unsigned shift = (unsigned)(bit % 64);
		uint64_t *word = out + bit / 64 * LANES;
		const uint64_t *v = in + step * LANES;

		for (unsigned lane = 0; lane < LANES; lane++)
			word[lane] |= (v[lane] - base) << shift;
		if (shift + width > 64)
			for (unsigned lane = 0; lane < LANES; lane++)
				word[LANES + lane] |= (v[lane] - base) >> (64 - shift);
	}
}

TARGET_CLONES void bitpack_unpack64(const uint64_t *in, uint64_t base, unsigned width,
				    uint64_t *out)
{
	uint64_t mask = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;

	if (width == 0) {
		for (unsigned i = 0; i < BITPACK_ROWS; i++)
			out[i] = base;
		return;
	}
	for (size_t step = 0; step < STEPS; step++) {
		size_t bit = step * width;
		unsigned shift = (unsigned)(bit % 64);
		const uint64_t *word = in + bit / 64 * LANES;
		uint64_t *v = out + step * LANES;

		if (shift + width > 64) {
			for (unsigned lane = 0; lane < LANES; lane++)
				v[lane] = ((word[lane] >> shift | word[LANES + lane]
									  << (64 - shift)) &
					   mask) +
					  base;
		} else {
			for (unsigned lane = 0; lane < LANES; lane++)
				v[lane] = (word[lane] >> shift & mask) + base;
		}
	}
}
