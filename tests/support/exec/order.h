/*
 * order.h - what the tests of sorting share: a reference, and a check of order.
 */
#ifndef TESTS_SUPPORT_EXEC_ORDER_H
#define TESTS_SUPPORT_EXEC_ORDER_H

#include "broker/plan/plan.h"
#include "tests/support/exec/relation.h"

/** Compares two rows by keys, as ORDER BY does. */
int order_compare(const struct plan_sort_key *keys, uint32_t n_keys, const struct value *a,
		  const struct value *b);

/** Index of the first row that is smaller than the one before; n_rows when there is none. */
size_t order_first_wrong(const struct relation *r, const struct plan_sort_key *keys,
			 uint32_t n_keys);

/** Sorts the rows; equal rows in any order. */
void order_sort(struct relation *r, const struct plan_sort_key *keys, uint32_t n_keys);

#endif
