/*
 * histogram.h - log-linear histogram of nanoseconds, two significant digits.
 *
 * Lock-free adds from any thread; readers see a consistent-enough snapshot.
 */
#ifndef COMMON_BASE_HISTOGRAM_H
#define COMMON_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS 5
#define HISTOGRAM_BUCKETS  ((64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BUCKETS];
	_Atomic uint64_t n, sum, max;
};

void histogram_add(struct histogram *h, uint64_t value);

/** Upper bound of the bucket that holds the q-quantile (0 < q <= 1); 0 when empty. */
uint64_t histogram_quantile(const struct histogram *h, double q);

/** Adds src to dst. */
void histogram_merge(struct histogram *dst, const struct histogram *src);
void histogram_reset(struct histogram *h);

#endif
