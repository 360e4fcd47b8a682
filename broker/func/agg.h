/*
 * agg.h - aggregate functions: rows of states.
 *
 * An aggregate keeps a fixed-size state per group, inside the group's row
 * (exec/group_table.h).  Update gets one state pointer per live row, so the
 * inner loop is "load value, add to *state" whatever the grouping.
 *
 * DISTINCT is not the aggregate's business: the operator feeds it each value
 * once per group.
 *
 * Threads: states belong to one task; merge runs where no update does.
 */
#ifndef BROKER_FUNC_AGG_H
#define BROKER_FUNC_AGG_H

#include <stdint.h>

#include "broker/func/func.h"
#include "common/base/arena.h"
#include "common/column/column.h"

struct error;

/* Which of Pinot's two engines a statement speaks to (DESIGN 10). */
enum dialect { DIALECT_SINGLE_STAGE, DIALECT_MULTI_STAGE };

struct agg_def {
	const char *name;   /* lower case, no underscores */
	enum func_type arg; /* FT_END: COUNT(*), no argument */
	bool skips_null;    /* NULL values are not fed (all but COUNT(*)) */
	/* Result type for an argument type, by dialect: SUM(INT) is DOUBLE or LONG. */
	enum col_type (*result)(enum col_type arg, enum dialect dialect);
	uint32_t state_size; /* multiple of 8 */
	/* Makes a zeroed state a state of no rows; NULL when zero bytes are that. */
	void (*init)(void *state);
	/*
	 * Feeds values[i] (lane values of the argument, dense, n <= BATCH_ROWS_MAX;
	 * NULL for COUNT(*)) into states[i].  Strings that are kept are copied to text.
	 */
	int (*update)(void **states, const void *values, uint32_t n, struct arena *text,
		      struct error *err);
	/* Adds src to dst, row by row; src strings outlive dst. */
	int (*merge)(void **dst, void **src, uint32_t n, struct arena *text, struct error *err);
	/* Writes n results at out[0..n) and their validity bits (all set before). */
	int (*finish)(void **states, uint32_t n, enum col_type result, void *out,
		      uint64_t *validity, struct error *err);
	const char *doc;
};

/**
 * The aggregate for a name and argument type; arg_type is what the argument
 * must be cast to.  n_args is 0 for COUNT(*).  Returns 0; 1 when no aggregate
 * has this name (it is a scalar function, then); -1 with ERR_QUERY_VALIDATION
 * when the argument does not fit.
 */
NODISCARD int agg_resolve(struct str name, const enum col_type *types, uint32_t n_args,
			  const struct agg_def **out, enum col_type *arg_type, struct error *err);

/** Row i of all aggregates; NULL behind the last. */
const struct agg_def *agg_at(size_t i);

/** True for names such as DISTINCTCOUNT that mean aggregate `*inner` over DISTINCT values. */
bool agg_is_distinct_name(struct str name, struct str *inner);

#endif
