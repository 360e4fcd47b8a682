/*
 * limit.c - LIMIT and OFFSET over rows in no particular order.
 *
 * The tasks of a fragment draw numbers for their rows from one counter and keep
 * those in [offset, offset + limit).  Once the counter is past the end every
 * task is done, so nobody reads more than about one batch too many.
 */
#include <stdatomic.h>

#include "broker/exec/operator.h"
#include "common/base/assert.h"

struct limit_op {
	struct op base;
	uint16_t rows[BATCH_ROWS_MAX];
};

struct limit_shared {
	_Atomic uint64_t n_seen;
};

static uint64_t limit_end(const struct plan_node *n)
{
	uint64_t end;

	return __builtin_add_overflow(n->limit.offset, n->limit.limit, &end) ? UINT64_MAX : end;
}

/* Keeps positions [from, to) of the selection. */
static void keep(struct limit_op *l, struct batch *b, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		l->rows[i - from] = (uint16_t)sel_row(&b->sel, i);
	b->sel = (struct sel){ l->rows, to - from };
}

static enum op_result limit_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct limit_op *l = CONTAINER_OF(op, struct limit_op, base);
	struct limit_shared *shared = run_shared(task->run, op->node);
	uint64_t begin = op->node->limit.offset, end = limit_end(op->node);
	enum op_result polled;
	uint64_t first;
	uint32_t n;

	if (begin == end || atomic_load_explicit(&shared->n_seen, memory_order_relaxed) >= end)
		return OP_DONE;
	polled = op_poll(op->child, task, out);
	if (polled != OP_READY)
		return polled;
	n = (*out)->sel.n_rows;
	first = atomic_fetch_add_explicit(&shared->n_seen, n, memory_order_relaxed);
	if (first >= begin && first + n <= end)
		return OP_READY;
	if (first >= end || first + n <= begin) {
		keep(l, *out, 0, 0);
		return OP_READY;
	}
	keep(l, *out, first < begin ? (uint32_t)(begin - first) : 0,
	     first + n > end ? (uint32_t)(end - first) : n);
	return OP_READY;
}

const struct op_class limit_class = {
	.state_size = sizeof(struct limit_op),
	.shared_size = sizeof(struct limit_shared),
	.poll = limit_poll,
};
