/*
 * filter.c - WHERE and HAVING: keeps the rows for which a predicate is true.
 *
 * The filter never copies a value.  It narrows the selection of the batch its
 * child returned and hands the same batch on, which is why batches carry a
 * selection at all: the cost is one pass over the columns that the predicate
 * reads, whatever the width of the row.
 *
 * NULL is not true: a row whose predicate is NULL is dropped (SQL-92, 7.6
 * <where clause>).
 *
 * A selective predicate can empty many batches in a row.  The loop in
 * filter_poll() swallows those.  It cannot hog a worker: op_poll() on the child
 * ends it with OP_PENDING once the credit is spent, and with OP_FAILED once the
 * query is cancelled; the predicate itself pays for its rows.
 */
#include "broker/exec/op_expr.h"
#include "broker/exec/operator.h"

struct filter_op {
	struct op base;
	struct expr *predicate;
	struct batch *input; /* being filtered; NULL: ask the child */
};

static int filter_open(struct op *op, struct run_task *task, struct error *err)
{
	struct filter_op *f = CONTAINER_OF(op, struct filter_op, base);

	(void)err; /* is task->err, which op_expr_compile() fills */
	return op_expr_compile(task, op->node->filter.predicate, &f->predicate);
}

static enum op_result filter_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct filter_op *f = CONTAINER_OF(op, struct filter_op, base);

	for (;;) {
		enum step step;

		if (!f->input) {
			enum op_result polled = op_poll(op->child, task, &f->input);

			if (polled != OP_READY) {
				f->input = NULL;
				return polled;
			}
		}
		step = expr_filter(f->predicate, f->input);
		if (step != STEP_DONE)
			return op_after(task, step);
		*out = f->input;
		f->input = NULL;
		if ((*out)->sel.n_rows > 0)
			return OP_READY;
	}
}

const struct op_class filter_class = {
	.state_size = sizeof(struct filter_op),
	.open = filter_open,
	.poll = filter_poll,
};
