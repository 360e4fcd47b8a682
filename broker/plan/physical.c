/* physical.c - see physical.h. */
#include "broker/plan/physical.h"

#include "broker/plan/plan_node.h"

/* Rows that topn may keep; beyond that a sort is as good and can spill. */
#define TOPN_ROWS_MAX 100000

bool plan_builds_left(const struct plan_node *left, const struct plan_node *right)
{
	if (left->est_rows < 0)
		return false;
	return right->est_rows < 0 || left->est_rows < right->est_rows;
}

static bool fits_topn(uint64_t offset, uint64_t limit)
{
	return limit <= TOPN_ROWS_MAX && offset <= TOPN_ROWS_MAX - limit;
}

static struct plan_node *topn_new(struct plan_rewrite *r, struct plan_node *child,
				  struct plan_sort_key *keys, uint32_t n_keys, uint64_t offset,
				  uint64_t limit)
{
	struct plan_node *n = plan_node_over(r, PLAN_TOPN, child);

	if (!n)
		return NULL;
	if (n->est_rows < 0 || (uint64_t)n->est_rows > limit)
		n->est_rows = (int64_t)limit;
	n->topn.keys = keys;
	n->topn.n_keys = n_keys;
	n->topn.offset = offset;
	n->topn.limit = limit;
	return n;
}

static struct plan_node *sort_new(struct plan_rewrite *r, struct plan_node *child,
				  struct plan_sort_key *keys, uint32_t n_keys)
{
	struct plan_node *n = plan_node_over(r, PLAN_SORT, child);

	if (!n)
		return NULL;
	n->sort.keys = keys;
	n->sort.n_keys = n_keys;
	return n;
}

int plan_order(struct plan_rewrite *r, struct plan_node *child, struct plan_sort_key *keys,
	       uint32_t n_keys, uint64_t offset, uint64_t limit, struct plan_node **out)
{
	if (plan_gives_one_row(child) && offset == 0 && limit > 0) {
		*out = child;
		return 0;
	}
	if (n_keys > 0 && limit > 0 && fits_topn(offset, limit)) {
		*out = topn_new(r, child, keys, n_keys, offset, limit);
		return *out ? 0 : -1;
	}
	if (n_keys > 0 && limit > 0)
		child = sort_new(r, child, keys, n_keys);
	if (child && (offset > 0 || limit < UINT64_MAX))
		child = plan_limit_new(r, child, offset, limit);
	*out = child;
	return child ? 0 : -1;
}
