/*
 * agg_sum.c - COUNT, SUM, AVG.
 *
 * Integers are summed in 128 bits, so a sum is exact whatever the order of the
 * rows and whichever tasks they fall to; only the result may be out of range.
 * Doubles are summed as doubles.
 */
#include "broker/func/agg_priv.h"

/* ---- COUNT ---- */

struct count_state {
	int64_t n;
};

static int count_update(void **states, const void *values, uint32_t n, struct arena *text,
			struct error *err)
{
	(void)values, (void)text, (void)err;
	if (is_one_group(states, n)) {
		((struct count_state *)states[0])->n += n;
		return 0;
	}
	for (uint32_t i = 0; i < n; i++)
		((struct count_state *)states[i])->n++;
	return 0;
}

static int count_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++)
		((struct count_state *)dst[i])->n += ((const struct count_state *)src[i])->n;
	return 0;
}

static int count_finish(void **states, uint32_t n, enum col_type result, void *out,
			/* NOLINTNEXTLINE(readability-non-const-parameter): as agg_def has it */
			uint64_t *validity, struct error *err)
{
	(void)result, (void)validity, (void)err;
	for (uint32_t i = 0; i < n; i++)
		((int64_t *)out)[i] = ((const struct count_state *)states[i])->n;
	return 0;
}

/* ---- SUM and AVG of integers ---- */

struct long_state {
	uint64_t low; /* of a 128-bit sum; two words, as states are aligned to 8 */
	int64_t high;
	uint64_t n;
};

__extension__ typedef __int128 wide;

static inline wide long_sum(const struct long_state *s)
{
	return (wide)s->high * ((wide)1 << 64) + s->low;
}

static inline void long_add(struct long_state *s, uint64_t low, int64_t high)
{
	s->low += low;
	s->high += high + (s->low < low);
}

/* The halves of the values, summed apart: neither can overflow over a vector. */
TARGET_CLONES static void sum_halves(const int64_t *v, uint32_t n, uint64_t *low, uint64_t *high)
{
	uint64_t sum_low = 0, sum_high = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t biased = (uint64_t)v[i] ^ (1ull << 63);

		sum_low += biased & UINT32_MAX;
		sum_high += biased >> 32;
	}
	*low = sum_low;
	*high = sum_high;
}

static void long_add_all(struct long_state *s, const int64_t *v, uint32_t n)
{
	uint64_t low, high;
	wide sum;

	sum_halves(v, n, &low, &high);
	sum = ((wide)high << 32) + low - ((wide)n << 63);
	long_add(s, (uint64_t)sum, (int64_t)(sum >> 64));
	s->n += n;
}

static int long_update(void **states, const void *values, uint32_t n, struct arena *text,
		       struct error *err)
{
	const int64_t *v = (const int64_t *)values;

	(void)text, (void)err;
	if (is_one_group(states, n)) {
		long_add_all(states[0], v, n);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct long_state *s = states[i];

		long_add(s, (uint64_t)v[i], v[i] < 0 ? -1 : 0);
		s->n++;
	}
	return 0;
}

static int long_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct long_state *s = src[i];
		struct long_state *d = dst[i];

		long_add(d, s->low, s->high);
		d->n += s->n;
	}
	return 0;
}

static int long_sum_finish(void **states, uint32_t n, enum col_type result, void *out,
			   uint64_t *validity, struct error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct long_state *s = states[i];
		wide sum = long_sum(s);

		if (s->n == 0)
			validity_clear(validity, i);
		if (col_lane_of(result) == LANE_F64) {
			((double *)out)[i] = (double)sum;
			continue;
		}
		if (sum != (int64_t)sum)
			return error_set(err, ERR_SQL_RUNTIME,
					 "LONG overflow in SUM: it is about %.6g; "
					 "CAST the argument AS DOUBLE",
					 (double)sum);
		((int64_t *)out)[i] = (int64_t)sum;
	}
	return 0;
}

static int long_avg_finish(void **states, uint32_t n, enum col_type result, void *out,
			   uint64_t *validity, struct error *err)
{
	(void)result, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct long_state *s = states[i];

		if (s->n == 0)
			validity_clear(validity, i);
		((double *)out)[i] = s->n ? (double)long_sum(s) / (double)s->n : 0;
	}
	return 0;
}

/* ---- SUM and AVG of doubles ---- */

struct double_state {
	double sum;
	uint64_t n;
};

/* Eight running sums: one would wait for its last addition at every row. */
TARGET_CLONES static double sum_doubles(const double *v, uint32_t n)
{
	double sums[8] = { 0 }, sum = 0;
	uint32_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (uint32_t k = 0; k < 8; k++)
			sums[k] += v[i + k];
	for (; i < n; i++)
		sum += v[i];
	for (uint32_t k = 0; k < 8; k++)
		sum += sums[k];
	return sum;
}

static int double_update(void **states, const void *values, uint32_t n, struct arena *text,
			 struct error *err)
{
	const double *v = (const double *)values;

	(void)text, (void)err;
	if (is_one_group(states, n)) {
		struct double_state *s = states[0];

		s->sum += sum_doubles(v, n);
		s->n += n;
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct double_state *s = states[i];

		s->sum += v[i];
		s->n++;
	}
	return 0;
}

static int double_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct double_state *s = src[i];
		struct double_state *d = dst[i];

		d->sum += s->sum;
		d->n += s->n;
	}
	return 0;
}

static int double_finish(void **states, uint32_t n, bool is_avg, double *out, uint64_t *validity)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct double_state *s = states[i];

		if (s->n == 0)
			validity_clear(validity, i);
		out[i] = is_avg && s->n ? s->sum / (double)s->n : s->sum;
	}
	return 0;
}

static int double_sum_finish(void **states, uint32_t n, enum col_type result, void *out,
			     uint64_t *validity, struct error *err)
{
	(void)result, (void)err;
	return double_finish(states, n, false, out, validity);
}

static int double_avg_finish(void **states, uint32_t n, enum col_type result, void *out,
			     uint64_t *validity, struct error *err)
{
	(void)result, (void)err;
	return double_finish(states, n, true, out, validity);
}

#define COUNT   sizeof(struct count_state), NULL, count_update, count_merge, count_finish
#define LONGS   sizeof(struct long_state), NULL, long_update, long_merge
#define DOUBLES sizeof(struct double_state), NULL, double_update, double_merge

const struct agg_def agg_sums[] = {
	/* name, argument, skips NULL, result, state, init, update, merge, finish, what it is */
	{ "count", FT_END, false, agg_gives_long, COUNT, "number of rows" },
	{ "count", FT_ANY, true, agg_gives_long, COUNT, "number of values that are not NULL" },
	{ "sum", FT_LONG, true, agg_gives_sum, LONGS, long_sum_finish, "sum of integers, exact" },
	{ "sum", FT_DOUBLE, true, agg_gives_double, DOUBLES, double_sum_finish, "sum" },
	{ "sumlong", FT_LONG, true, agg_gives_long, LONGS, long_sum_finish, "sum as LONG" },
	{ "sumint", FT_LONG, true, agg_gives_long, LONGS, long_sum_finish, "sum as LONG" },
	{ "avg", FT_LONG, true, agg_gives_double, LONGS, long_avg_finish, "mean" },
	{ "avg", FT_DOUBLE, true, agg_gives_double, DOUBLES, double_avg_finish, "mean" },
	{ 0 },
};
