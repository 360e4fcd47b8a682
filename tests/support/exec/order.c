/* order.c - see order.h. */
#include "tests/support/exec/order.h"

#include <stdlib.h>

int order_compare(const struct plan_sort_key *keys, uint32_t n_keys, const struct value *a,
		  const struct value *b)
{
	for (uint32_t i = 0; i < n_keys; i++) {
		const struct value *x = &a[keys[i].column], *y = &b[keys[i].column];
		int cmp;

		if (x->is_null && y->is_null)
			continue;
		if (x->is_null || y->is_null)
			return x->is_null == keys[i].nulls_first ? -1 : 1;
		cmp = value_cmp(x, y);
		if (cmp != 0)
			return keys[i].is_descending ? -cmp : cmp;
	}
	return 0;
}

size_t order_first_wrong(const struct relation *r, const struct plan_sort_key *keys,
			 uint32_t n_keys)
{
	for (size_t i = 1; i < r->n_rows; i++) {
		if (order_compare(keys, n_keys, relation_at(r, i - 1, 0), relation_at(r, i, 0)) > 0)
			return i;
	}
	return r->n_rows;
}

struct order {
	const struct plan_sort_key *keys;
	uint32_t n_keys;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;

	return order_compare(o->keys, o->n_keys, a, b);
}

void order_sort(struct relation *r, const struct plan_sort_key *keys, uint32_t n_keys)
{
	struct order o = { keys, n_keys };

	qsort_r(r->cells, r->n_rows, r->n_cols * sizeof(*r->cells), compare, &o);
}
