/*
 * scan.c - rows of a table.
 *
 * The table's class does the reading; this operator starts the shared part once
 * per run, opens a scan per task and counts.  Tables that do not pay for their
 * reading stand below a `cooperative` guard.
 */
#include "broker/exec/operator.h"
#include "common/base/metrics.h"

struct scan_op {
	struct op base;
	struct scan *scan;
	struct run *run; /* where the counts go */
};

struct scan_op_shared {
	struct scan_shared *table_shared;
};

static int scan_share(struct run *run, const struct plan_node *node, void *shared,
		      struct error *err)
{
	struct scan_op_shared *s = shared;
	struct scan_spec spec = {
		.columns = node->scan.columns,
		.n_columns = node->n_columns,
		.ranges = node->scan.ranges,
		.n_ranges = node->scan.n_ranges,
	};

	return node->scan.table->class->scan_start(node->scan.table, &spec, run->options.pool,
						   &s->table_shared, err);
}

static uint32_t scan_parallelism(struct run *run, const struct plan_node *node)
{
	const struct scan_op_shared *s = run_shared(run, node);

	return node->scan.table->class->parallelism(s->table_shared);
}

static int scan_open(struct op *op, struct run_task *task, struct error *err)
{
	struct scan_op *s = CONTAINER_OF(op, struct scan_op, base);
	const struct scan_op_shared *shared = run_shared(task->run, op->node);

	s->run = task->run;
	return op->node->scan.table->class->scan_open(shared->table_shared, task->run->options.pool,
						      &s->scan, err);
}

static enum op_result scan_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct scan_op *s = CONTAINER_OF(op, struct scan_op, base);

	switch (scan_next(s->scan, &task->task.coop, out, &task->err)) {
	case SCAN_BATCH:
		atomic_fetch_add_explicit(&s->run->stats.rows_read, (*out)->sel.n_rows,
					  memory_order_relaxed);
		return OP_READY;
	case SCAN_YIELD:
		return op_after(task, STEP_YIELD);
	case SCAN_DONE:
		return OP_DONE;
	case SCAN_FAILED:
		break;
	}
	return OP_FAILED;
}

static void scan_close(struct op *op)
{
	struct scan_op *s = CONTAINER_OF(op, struct scan_op, base);
	struct run_stats *stats;

	if (!s->scan)
		return;
	stats = &s->run->stats;
	metric_add(METRIC_rows_read_total, (int64_t)s->scan->stats.rows);
	atomic_fetch_add_explicit(&stats->bytes_read, s->scan->stats.bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&stats->segments_read, s->scan->stats.segments,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&stats->segments_pruned, s->scan->stats.segments_pruned,
				  memory_order_relaxed);
	if (s->scan->class->scan_close)
		s->scan->class->scan_close(s->scan);
	s->scan = NULL;
}

const struct op_class scan_class = {
	.state_size = sizeof(struct scan_op),
	.shared_size = sizeof(struct scan_op_shared),
	.share = scan_share,
	.open = scan_open,
	.poll = scan_poll,
	.parallelism = scan_parallelism,
	.close = scan_close,
};
