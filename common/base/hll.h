/*
 * hll.h - about how many different hashes there were (HyperLogLog).
 *
 * 1 KiB, whatever the number; the standard error is 3 %.  Small numbers are
 * counted by the registers that are still empty, which is better there.
 * (Flajolet, Fusy, Gandouet, Meunier 2007: HyperLogLog, section 4, without its
 * correction for 32-bit hashes.)
 *
 * Threads: an owner at a time.
 */
#ifndef COMMON_BASE_HLL_H
#define COMMON_BASE_HLL_H

#include <stdint.h>

#define HLL_BITS 10
#define HLL_SIZE (1u << HLL_BITS)

/* Zeroed: nothing was added. */
struct hll {
	uint8_t ranks[HLL_SIZE]; /* the longest run of leading zeros, plus one; 0: none */
};

/** Adds a well-mixed hash; the same one again changes nothing. */
static inline void hll_add(struct hll *h, uint64_t hash)
{
	uint8_t *rank = &h->ranks[hash % HLL_SIZE];
	/* The bits that chose the register are set, so that the run of zeros ends before them. */
	uint8_t r = (uint8_t)(__builtin_clzll(hash | (HLL_SIZE - 1)) + 1);

	if (r > *rank)
		*rank = r;
}

/** The estimate. */
uint64_t hll_count(const struct hll *h);

#endif
