/*
 * agg_moment.c - variance, standard deviation, skewness, kurtosis.
 *
 * The state holds count, mean and the sums of powers of deviations from the
 * mean, which can be updated and merged without the cancellation that sums of
 * plain powers suffer from (Welford 1962; Chan, Golub, LeVeque 1979; Pebay
 * 2008).
 */
#include <math.h>

#include "broker/func/agg_priv.h"

struct moments {
	double n, mean, m2, m3, m4;
};

/* a += b */
static void moments_merge(struct moments *a, const struct moments *b)
{
	double n = a->n + b->n, d = b->mean - a->mean, an = a->n, bn = b->n;
	double m2 = a->m2, m3 = a->m3;

	if (bn == 0)
		return;
	if (an == 0) {
		*a = *b;
		return;
	}
	a->mean += d * bn / n;
	a->m2 += b->m2 + d * d * an * bn / n;
	a->m3 += b->m3 + d * d * d * an * bn * (an - bn) / (n * n) +
		 3 * d * (an * b->m2 - bn * m2) / n;
	a->m4 += b->m4 + d * d * d * d * an * bn * (an * an - an * bn + bn * bn) / (n * n * n) +
		 6 * d * d * (an * an * b->m2 + bn * bn * m2) / (n * n) +
		 4 * d * (an * b->m3 - bn * m3) / n;
	a->n = n;
}

/* A vector of one group: mean first, then deviations; both loops run at memory speed. */
TARGET_CLONES static struct moments moments_of(const double *v, uint32_t n)
{
	struct moments m = { .n = n };
	double sum[4] = { 0 }, m2[4] = { 0 }, m3[4] = { 0 }, m4[4] = { 0 };

	for (uint32_t i = 0; i < n; i++)
		sum[i % 4] += v[i];
	m.mean = (sum[0] + sum[1] + sum[2] + sum[3]) / n;
	for (uint32_t i = 0; i < n; i++) {
		double d = v[i] - m.mean, d2 = d * d;

		m2[i % 4] += d2;
		m3[i % 4] += d2 * d;
		m4[i % 4] += d2 * d2;
	}
	m.m2 = m2[0] + m2[1] + m2[2] + m2[3];
	m.m3 = m3[0] + m3[1] + m3[2] + m3[3];
	m.m4 = m4[0] + m4[1] + m4[2] + m4[3];
	return m;
}

static int moments_update(void **states, const void *values, uint32_t n, struct arena *text,
			  struct error *err)
{
	const double *v = (const double *)values;

	(void)text, (void)err;
	if (is_one_group(states, n)) {
		struct moments m = moments_of(v, n);

		moments_merge(states[0], &m);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct moments one = { .n = 1, .mean = v[i] };

		moments_merge(states[i], &one);
	}
	return 0;
}

static int moments_merge_all(void **dst, void **src, uint32_t n, struct arena *text,
			     struct error *err)
{
	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++)
		moments_merge(dst[i], src[i]);
	return 0;
}

/* ---- results: NULL where too few rows define none ---- */

typedef double moment_fn(const struct moments *m);

static double var_pop(const struct moments *m)
{
	return m->m2 / m->n;
}
static double var_samp(const struct moments *m)
{
	return m->m2 / (m->n - 1);
}
static double stddev_pop(const struct moments *m)
{
	return sqrt(var_pop(m));
}
static double stddev_samp(const struct moments *m)
{
	return sqrt(var_samp(m));
}

/* Bias-corrected, as Apache Commons Math computes them for Pinot. */
static double skewness(const struct moments *m)
{
	double n = m->n, s = stddev_samp(m);

	return s == 0 ? 0 : n * m->m3 / ((n - 1) * (n - 2) * s * s * s);
}
static double kurtosis(const struct moments *m)
{
	double n = m->n, v = var_samp(m);

	if (v == 0)
		return 0;
	return n * (n + 1) * m->m4 / ((n - 1) * (n - 2) * (n - 3) * v * v) -
	       3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3));
}

static int finish(void **states, uint32_t n, double *out, uint64_t *validity, double n_min,
		  moment_fn *fn)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct moments *m = states[i];
		bool is_defined = m->n >= n_min;

		out[i] = is_defined ? fn(m) : 0;
		if (!is_defined)
			validity_clear(validity, i);
	}
	return 0;
}

#define FINISH(fn, n_min)                                                                  \
	static int fn##_finish(void **states, uint32_t n, enum col_type result, void *out, \
			       uint64_t *validity, struct error *err)                      \
	{                                                                                  \
		(void)result, (void)err;                                                   \
		return finish(states, n, out, validity, n_min, fn);                        \
	}
FINISH(var_pop, 1)
FINISH(var_samp, 2)
FINISH(stddev_pop, 1)
FINISH(stddev_samp, 2)
FINISH(skewness, 3)
FINISH(kurtosis, 4)
#undef FINISH

#define MOMENT(fn)                                                                       \
	FT_DOUBLE, true, agg_gives_double, sizeof(struct moments), NULL, moments_update, \
		moments_merge_all, fn##_finish

const struct agg_def agg_moments[] = {
	/* name, the moment, what it is */
	{ "varpop", MOMENT(var_pop), "variance of the population" },
	{ "varsamp", MOMENT(var_samp), "variance estimated from a sample" },
	{ "variance", MOMENT(var_samp), "variance estimated from a sample" },
	{ "stddevpop", MOMENT(stddev_pop), "standard deviation of the population" },
	{ "stddevsamp", MOMENT(stddev_samp), "standard deviation estimated from a sample" },
	{ "stddev", MOMENT(stddev_samp), "standard deviation estimated from a sample" },
	{ "skewness", MOMENT(skewness), "asymmetry, bias-corrected" },
	{ "kurtosis", MOMENT(kurtosis), "weight of the tails, bias-corrected" },
	{ 0 },
};
