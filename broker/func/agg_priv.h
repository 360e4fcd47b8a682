/*
 * agg_priv.h - what the files of aggregates share.
 */
#ifndef BROKER_FUNC_AGG_PRIV_H
#define BROKER_FUNC_AGG_PRIV_H

#include "broker/func/agg.h"
#include "broker/func/kernel.h"

/* Families, listed in agg.c; each ends with an empty row. */
extern const struct agg_def agg_sums[], agg_extremes[], agg_moments[];

/* Result types. */
enum col_type agg_gives_long(enum col_type arg, enum dialect dialect);
enum col_type agg_gives_double(enum col_type arg, enum dialect dialect);
enum col_type agg_gives_bool(enum col_type arg, enum dialect dialect);
/* The argument's type. */
enum col_type agg_gives_same(enum col_type arg, enum dialect dialect);
/* SUM: DOUBLE; in the multi-stage dialect LONG for integers. */
enum col_type agg_gives_sum(enum col_type arg, enum dialect dialect);
/* MIN, MAX: the argument's type; in the single-stage dialect DOUBLE for numbers. */
enum col_type agg_gives_extreme(enum col_type arg, enum dialect dialect);

/* True when all rows go to one state, as in a query without GROUP BY. */
static inline bool is_one_group(void **states, uint32_t n)
{
	uintptr_t first, differs = 0;

	if (n == 0 || states[0] != states[n - 1])
		return false;
	first = (uintptr_t)states[0];
	for (uint32_t i = 0; i < n; i++)
		differs |= (uintptr_t)states[i] ^ first;
	return differs == 0;
}

#endif
