/*
 * topn.c - ORDER BY ... LIMIT n OFFSET m: the first rows of an order.
 *
 * A sort (sort_runs.h) that knows how many rows are wanted: runs are cut to
 * m + n entries, rows behind the worst of those are not kept, and the source
 * passes over the first m.  Needs memory for a few times m + n rows, whatever
 * the input.
 */
#include "broker/exec/sort_runs.h"
#include "broker/plan/plan.h"

static int share(struct run *run, const struct plan_node *node, void *shared, struct error *err)
{
	struct sort_spec spec = {
		.keys = node->topn.keys,
		.n_keys = node->topn.n_keys,
		.offset = node->topn.offset,
		.limit = node->topn.limit,
	};

	return sort_share(shared, run, node, &spec, err);
}

static const struct op_class topn_sink_class = {
	.state_size = sizeof(struct sort_sink),
	.open = sort_sink_open,
	.poll = sort_sink_poll,
};

const struct op_class topn_class = {
	.state_size = sizeof(struct sort_source),
	.shared_size = sizeof(struct sort_shared),
	.share = share,
	.open = sort_source_open,
	.poll = sort_source_poll,
	.sink = &topn_sink_class,
};
