/*
 * project.c - the select list: one expression per output column.
 *
 * Results stand at the same row positions as the input, so the selection is
 * handed on as it is and plain columns are not copied.
 */
#include "broker/exec/op_expr.h"
#include "broker/exec/operator.h"

struct project_op {
	struct op base;
	struct expr_list exprs;
	struct batch *input; /* being worked on; NULL: ask the child */
	struct batch output;
};

static int project_open(struct op *op, struct run_task *task, struct error *err)
{
	struct project_op *p = CONTAINER_OF(op, struct project_op, base);

	(void)err; /* is task->err */
	return expr_list_compile(task, op->node->project.exprs, op->node->n_columns, &p->exprs);
}

static enum op_result project_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct project_op *p = CONTAINER_OF(op, struct project_op, base);
	enum step step;

	if (!p->input) {
		enum op_result polled = op_poll(op->child, task, &p->input);

		if (polled != OP_READY) {
			p->input = NULL;
			return polled;
		}
	}
	step = expr_list_eval(&p->exprs, p->input, &p->input->sel);
	if (step != STEP_DONE)
		return op_after(task, step);
	p->output = (struct batch){
		.n_rows = p->input->n_rows,
		.n_cols = p->exprs.n,
		.cols = p->exprs.columns,
		.sel = p->input->sel,
	};
	p->input = NULL;
	*out = &p->output;
	return OP_READY;
}

const struct op_class project_class = {
	.state_size = sizeof(struct project_op),
	.open = project_open,
	.poll = project_poll,
};
