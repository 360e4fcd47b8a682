/*
 * farmhash.h - FarmHash Fingerprint64: a hash whose values are the same
 * everywhere and for all time (Google's farmhashna, Guava's
 * farmHashFingerprint64).  Not for hash tables (hash.h), not against attackers.
 */
#ifndef COMMON_BASE_FARMHASH_H
#define COMMON_BASE_FARMHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

/* A hash at work, for texts that are too long for one go. */
struct farmhash {
	struct str text; /* borrowed */
	size_t pos;
	uint64_t x, y, z, v[2], w[2];
};

void farmhash_init(struct farmhash *h, struct str text);

/** Reads about n_bytes more; true when all of the text is read. */
bool farmhash_step(struct farmhash *h, size_t n_bytes);

/** The value, once farmhash_step() has returned true. */
uint64_t farmhash_value(const struct farmhash *h);

/** The same in one go. */
uint64_t farmhash64(struct str text);

#endif
