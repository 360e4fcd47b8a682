/*
 * result.c - the end of every plan: keeps the rows for whoever asked.
 *
 * Each task collects into a list of its own; when it is done the list moves to
 * the run's result in one step.  A plan that ends in an order has one task, so
 * its order stays.
 */
#include "broker/exec/operator.h"
#include "common/base/assert.h"

struct result_op {
	struct op base;
	struct chunk_list rows;
	struct batch *input; /* being appended; NULL: ask the child */
	uint32_t pos;
};

static int result_open(struct op *op, struct run_task *task, struct error *err)
{
	struct result_op *r = CONTAINER_OF(op, struct result_op, base);

	return chunk_list_init(&r->rows, task->run->options.pool, task->run->result.n_cols,
			       task->run->result.types, err);
}

static void hand_over(struct result_op *r, struct run *run)
{
	mutex_lock(&run->lock);
	chunk_list_concat(&run->result, &r->rows);
	mutex_unlock(&run->lock);
}

static enum op_result result_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct result_op *r = CONTAINER_OF(op, struct result_op, base);

	(void)out;
	for (;;) {
		enum step step;

		if (!r->input) {
			enum op_result polled = op_poll(op->child, task, &r->input);

			if (polled != OP_READY)
				r->input = NULL;
			if (polled == OP_DONE)
				hand_over(r, task->run);
			if (polled != OP_READY)
				return polled;
		}
		step = chunk_list_append(&r->rows, r->input, &r->pos, &task->task.coop, &task->err);
		if (step != STEP_DONE)
			return op_after(task, step);
		r->input = NULL;
		r->pos = 0;
	}
}

static const struct op_class result_sink_class = {
	.state_size = sizeof(struct result_op),
	.open = result_open,
	.poll = result_poll,
};

const struct op_class result_class = {
	.sink = &result_sink_class,
};
