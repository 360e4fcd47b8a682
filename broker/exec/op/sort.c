/*
 * sort.c - ORDER BY without LIMIT.
 *
 * Both faces are those of sort_runs.h: each task of the sink makes sorted runs,
 * the one task of the source merges them.
 */
#include "broker/exec/sort_runs.h"
#include "broker/plan/plan.h"

static int share(struct run *run, const struct plan_node *node, void *shared, struct error *err)
{
	struct sort_spec spec = {
		.keys = node->sort.keys,
		.n_keys = node->sort.n_keys,
		.limit = UINT64_MAX,
	};

	return sort_share(shared, run, node, &spec, err);
}

static const struct op_class sort_sink_class = {
	.state_size = sizeof(struct sort_sink),
	.open = sort_sink_open,
	.poll = sort_sink_poll,
};

const struct op_class sort_class = {
	.state_size = sizeof(struct sort_source),
	.shared_size = sizeof(struct sort_shared),
	.share = share,
	.open = sort_source_open,
	.poll = sort_source_poll,
	.sink = &sort_sink_class,
};
