/*
 * cooperative.c - a guard: pays for a child that does not pay for itself.
 *
 * EnsureCooperative puts it above leaves and inputs of operators that were not
 * written for this engine.  It charges what the child really took, measured by
 * the clock, so that no constant has to be right.
 */
#include "broker/exec/operator.h"
#include "common/base/clock.h"

struct cooperative_op {
	struct op base;
};

static enum op_result cooperative_poll(struct op *op, struct run_task *task, struct batch **out)
{
	uint64_t begin = clock_mono_ns();
	enum op_result result = op_poll(op->child, task, out);

	/* Nothing for a child that was pending: it made no progress we could charge. */
	if (result == OP_READY || result == OP_DONE)
		coop_pay(&task->task.coop, (int64_t)(clock_mono_ns() - begin) + 1);
	return result;
}

const struct op_class cooperative_class = {
	.state_size = sizeof(struct cooperative_op),
	.poll = cooperative_poll,
};
