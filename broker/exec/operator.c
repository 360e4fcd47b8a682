/*
 * operator.c - the table of operators, the one door to their poll(), and how
 * the tree of a task is built.
 */
#include "broker/exec/operator.h"

#include "common/base/assert.h"
#include "common/base/error.h"

const struct op_class *op_class_of(enum plan_kind kind)
{
	static const struct op_class *const classes[PLAN_KIND_COUNT] = {
#define PLAN_NODE(NAME, name) [PLAN_##NAME] = &name##_class,
#include "broker/plan/nodes.def"
#undef PLAN_NODE
	};

	ASSERT((unsigned)kind < PLAN_KIND_COUNT);
	return classes[kind];
}

enum op_result op_yield(struct run_task *task)
{
	task->task.why = WHY_CREDIT;
	return OP_PENDING;
}

enum op_result op_after(struct run_task *task, enum step step)
{
	ASSERT(step != STEP_DONE);
	if (step == STEP_FAILED)
		return OP_FAILED;
	return coop_cancelled(&task->task.coop) ? OP_FAILED : op_yield(task);
}

/*
 * Cancellation ends in OP_FAILED with no error set: the reason is in the token,
 * and the run knows how to tell the two apart.
 */
enum op_result op_poll(struct op *op, struct run_task *task, struct batch **out)
{
	enum op_result result;

	if (!coop_go(&task->task.coop))
		return op_after(task, STEP_YIELD);
	result = op->class->poll(op, task, out);
	if (result == OP_READY) {
		DEBUG_ASSERT((batch_check(*out), true));
		op->rows_out += (*out)->sel.n_rows;
	} else if (result == OP_PENDING && !task->yielded_at) {
		task->yielded_at = plan_kind_name(op->node->kind);
	}
	return result;
}

static struct op *op_new(struct run_task *task, const struct op_class *class,
			 const struct plan_node *node, struct error *err)
{
	struct op *op = arena_calloc(&task->arena, class->state_size, err);

	if (!op)
		return NULL;
	op->class = class;
	op->node = node;
	return op;
}

/* Links a new instance below *link before it is opened, so that op_tree_close() finds it. */
static int open_below(struct run_task *task, const struct op_class *class,
		      const struct plan_node *node, const struct plan_node *input, struct op **link,
		      struct error *err)
{
	struct op *op = op_new(task, class, node, err);

	if (!op)
		return -1;
	*link = op;
	if (input) {
		int cut = plan_cut_child(input->kind);
		const struct plan_node *below = cut == 0 ? NULL : input->child[0];

		if (open_below(task, op_class_of(input->kind), input, below, &op->child, err) < 0)
			return -1;
	}
	if (class->open && class->open(op, task, err) < 0)
		return -1;
	op->is_open = true;
	return 0;
}

int op_tree_open(struct run_task *task, const struct plan_fragment *fragment, struct op **out,
		 struct error *err)
{
	const struct op_class *main_face = op_class_of(fragment->sink->kind);
	const struct op_class *sink = main_face->sink;

	ASSERT(sink);
	return open_below(task, sink, fragment->sink, fragment->root, out, err);
}

void op_tree_close(struct op *root)
{
	for (struct op *op = root; op; op = op->child) {
		if (op->class->close)
			op->class->close(op);
	}
}
