/*
 * histogram.c - see histogram.h.
 *
 * Values below 2^SUB_BITS have a bucket each; above, every power of two is cut
 * into 2^SUB_BITS equal buckets, so a bucket is never wider than 1/32 of its
 * values.  (The idea is HdrHistogram's.)
 */
#include "common/base/histogram.h"
#include "common/base/compiler.h"

#define SUB_COUNT (1u << HISTOGRAM_SUB_BITS)

static unsigned bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < SUB_COUNT)
		return (unsigned)value;
	shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
	return shift * SUB_COUNT + (unsigned)(value >> shift);
}

/* The largest value of a bucket. */
static uint64_t bucket_end(unsigned bucket)
{
	unsigned shift;

	if (bucket < SUB_COUNT)
		return bucket;
	shift = bucket / SUB_COUNT - 1;
	/* The last bucket's end is 2^64 - 1, by wrapping. */
	return ((uint64_t)(bucket - shift * SUB_COUNT + 1) << shift) - 1;
}

static uint64_t get(const _Atomic uint64_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

static void add(_Atomic uint64_t *p, uint64_t n)
{
	atomic_fetch_add_explicit(p, n, memory_order_relaxed);
}

static void raise_to(_Atomic uint64_t *p, uint64_t value)
{
	uint64_t old = get(p);

	while (value > old && !atomic_compare_exchange_weak_explicit(
				      p, &old, value, memory_order_relaxed, memory_order_relaxed))
		;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	add(&h->counts[bucket_of(value)], 1);
	add(&h->n, 1);
	add(&h->sum, value);
	raise_to(&h->max, value);
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t n = 0, seen = 0, rank;

	/* Not h->n: values that come in meanwhile must not move the rank past the end. */
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += get(&h->counts[i]);
	if (n == 0)
		return 0;
	rank = (uint64_t)(q * (double)n);
	rank += (double)rank < q * (double)n; /* rounded up */
	rank = MIN(MAX(rank, 1), n);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += get(&h->counts[i]);
		if (seen >= rank)
			return MIN(bucket_end(i), get(&h->max));
	}
	return get(&h->max);
}

void histogram_merge(struct histogram *dst, const struct histogram *src)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t n = get(&src->counts[i]);

		if (n > 0)
			add(&dst->counts[i], n);
	}
	add(&dst->n, get(&src->n));
	add(&dst->sum, get(&src->sum));
	raise_to(&dst->max, get(&src->max));
}

void histogram_reset(struct histogram *h)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		atomic_store_explicit(&h->counts[i], 0, memory_order_relaxed);
	atomic_store_explicit(&h->n, 0, memory_order_relaxed);
	atomic_store_explicit(&h->sum, 0, memory_order_relaxed);
	atomic_store_explicit(&h->max, 0, memory_order_relaxed);
}
