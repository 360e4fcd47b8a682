/*
 * values.c - constant rows: VALUES lists, SELECT without FROM, EXPLAIN's text.
 *
 * Rows are worked out one by one into a chunk list, because a VALUES list may
 * be long and its expressions arbitrary; then the chunks are handed on.
 */
#include "broker/exec/op_expr.h"
#include "broker/exec/operator.h"
#include "common/base/assert.h"

struct values_op {
	struct op base;
	struct chunk_list rows;
	uint32_t next_row;
	struct expr_list exprs; /* of the row being worked out, in: */
	struct arena scratch;
	bool is_compiled;
	bool is_evaluated;
	uint32_t append_pos;
	struct chunk *next_chunk;
	bool is_filled, is_empty_row_out;
	struct batch output;
};

static int values_open(struct op *op, struct run_task *task, struct error *err)
{
	struct values_op *v = CONTAINER_OF(op, struct values_op, base);
	const struct plan_node *n = op->node;
	enum col_type *types =
		arena_alloc(&task->arena, sizeof(*types) * MAX(n->n_columns, 1u), err);

	if (!types)
		return -1;
	for (uint32_t i = 0; i < n->n_columns; i++)
		types[i] = n->columns[i].type;
	arena_init(&v->scratch, task->run->options.pool);
	return chunk_list_init(&v->rows, task->run->options.pool, n->n_columns, types, err);
}

static int compile_row(struct run_task *task, void *arg)
{
	struct values_op *v = arg;
	const struct plan_node *n = v->base.node;

	arena_reset(&v->scratch);
	return expr_list_compile_in(task, &v->scratch, n->values.rows[v->next_row], n->n_columns,
				    &v->exprs);
}

/* Works out one row and appends it. */
static enum step fill_row(struct values_op *v, struct run_task *task)
{
	const struct plan_node *n = v->base.node;
	struct batch nothing = { .n_rows = 1, .sel = { NULL, 1 } };
	struct batch row = { .n_rows = 1, .n_cols = n->n_columns, .sel = { NULL, 1 } };
	enum step step;

	if (!v->is_compiled) {
		step = run_in_fiber(task, compile_row, v);
		if (step != STEP_DONE)
			return step;
		v->is_compiled = true;
	}
	if (!v->is_evaluated) {
		step = expr_list_eval(&v->exprs, &nothing, &nothing.sel);
		if (step != STEP_DONE)
			return step;
		v->is_evaluated = true;
	}
	row.cols = v->exprs.columns;
	step = chunk_list_append(&v->rows, &row, &v->append_pos, &task->task.coop, &task->err);
	if (step != STEP_DONE)
		return step;
	v->is_compiled = v->is_evaluated = false;
	v->append_pos = 0;
	coop_pay(&task->task.coop, (int64_t)n->n_columns * COOP_CALL);
	return STEP_DONE;
}

static enum step fill(struct values_op *v, struct run_task *task)
{
	while (v->next_row < v->base.node->values.n_rows) {
		enum step step;

		if (!coop_go(&task->task.coop))
			return STEP_YIELD;
		step = fill_row(v, task);
		if (step != STEP_DONE)
			return step;
		v->next_row++;
	}
	v->next_chunk = v->rows.first;
	v->is_filled = true;
	return STEP_DONE;
}

/* SELECT 1: one row of no columns, which a chunk list cannot hold. */
static enum op_result emit_empty_rows(struct values_op *v, struct batch **out)
{
	uint32_t n = v->base.node->values.n_rows;

	if (v->is_empty_row_out)
		return OP_DONE;
	ASSERT(n <= BATCH_ROWS_MAX);
	v->is_empty_row_out = true;
	v->output = (struct batch){ .n_rows = n, .sel = { NULL, n } };
	*out = &v->output;
	return OP_READY;
}

static enum op_result values_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct values_op *v = CONTAINER_OF(op, struct values_op, base);

	if (op->node->n_columns == 0)
		return emit_empty_rows(v, out);
	if (!v->is_filled) {
		enum step step = fill(v, task);

		if (step != STEP_DONE)
			return op_after(task, step);
	}
	if (!v->next_chunk)
		return OP_DONE;
	v->output = v->next_chunk->batch;
	v->next_chunk = v->next_chunk->next;
	*out = &v->output;
	return OP_READY;
}

const struct op_class values_class = {
	.state_size = sizeof(struct values_op),
	.open = values_open,
	.poll = values_poll,
};
