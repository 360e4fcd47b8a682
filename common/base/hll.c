/* hll.c - see hll.h. */
#include <math.h>
#include <string.h>

#include "common/base/hll.h"

/* 2 to the power of -n, for n from 0 to 64: its exponent is all there is to it. */
static double inverse_power(uint8_t n)
{
	uint64_t bits = (uint64_t)(1023 - n) << 52;
	double power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

uint64_t hll_count(const struct hll *h)
{
	const double m = HLL_SIZE, alpha = 0.7213 / (1 + 1.079 / m);
	uint32_t n_empty = 0;
	double sum = 0, estimate;

	for (uint32_t i = 0; i < HLL_SIZE; i++) {
		sum += inverse_power(h->ranks[i]);
		n_empty += h->ranks[i] == 0;
	}
	estimate = alpha * m * m / sum;
	if (estimate <= 2.5 * m && n_empty > 0)
		estimate = m * log(m / n_empty);
	return (uint64_t)(estimate + 0.5);
}
