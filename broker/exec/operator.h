/*
 * operator.h - what every physical operator looks like from outside.
 *
 * An operator turns batches from its child into batches for its parent.
 * Execution is pull-based and cooperative: a worker polls the root of a task
 * with some credit, each operator does a bounded amount of work, and control
 * comes back.  Nothing here blocks, so a fixed pool of workers serves any
 * number of queries, and a cancelled query stops within one step.
 *
 * Two faces.  An operator that blocks (hash_agg, sort, topn, the build side of
 * hash_join) is cut in two: its sink face is the root of the fragment below the
 * cut and consumes; its source face (for hash_join: the probe) is an ordinary
 * operator of the fragment above.  Both reach the node's shared state, one per
 * run, through run_shared(task, op->node).
 *
 *      sink face:   poll() consumes until OP_DONE; never returns OP_READY.
 *                   Then, once all tasks of the fragment have ended, finish()
 *                   if there is one, again as parallel tasks.
 *      source face: its child is not opened; it reads what the sinks left.
 *
 * Life cycle: open, poll until OP_DONE or OP_FAILED, close.  Memory comes from
 * the run's pool and is given back by the reaper: close is only for what is not
 * memory (a table scan).
 *
 * Threads: a task is polled by one worker at a time and every operator belongs
 * to one task, so operator state needs no lock.  Shared state does.
 *
 * Adding an operator: write exec/op/<name>.c, which ends in a struct op_class,
 * and add its row to plan/nodes.def.  Nothing else lists operators.
 */
#ifndef BROKER_EXEC_OPERATOR_H
#define BROKER_EXEC_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/exec/run.h"
#include "broker/plan/plan.h"
#include "common/base/compiler.h"
#include "common/column/column.h"

struct op;

/* Outcome of one op_poll(). */
enum op_result {
	OP_READY,   /* *out holds a batch; it may have no live row */
	OP_PENDING, /* nothing now; task->why says what is missing */
	OP_DONE,    /* no more batches, ever */
	OP_FAILED,  /* the run's error says why, or the query is cancelled; only close may follow */
};

struct op_class {
	size_t state_size; /* bytes of the concrete struct, whose first member is struct op */
	size_t shared_size; /* zeroed bytes of state that all tasks of a run share; only on the main face */

	/* Prepares the shared state before any task of the node's fragments runs.  May be NULL. */
	int (*share)(struct run *run, const struct plan_node *node, void *shared,
		     struct error *err);

	/* Prepares an instance; children are open already.  May be NULL. */
	int (*open)(struct op *op, struct run_task *task, struct error *err);

	/* See op_poll(). */
	enum op_result (*poll)(struct op *op, struct run_task *task, struct batch **out);

	/* How many tasks a leaf can keep busy; NULL: one.  Leaves and source faces only. */
	uint32_t (*parallelism)(struct run *run, const struct plan_node *node);

	/* Releases what the pool does not own.  Copes with zeroed state.  May be NULL. */
	void (*close)(struct op *op);

	/* The sink face; NULL for operators that do not cut. */
	const struct op_class *sink;

	/*
	 * Sink faces only: the step after all tasks have ended, run by n tasks at once (n from
	 * finish_parallelism), without an instance of the operator.  OP_DONE, OP_PENDING or
	 * OP_FAILED; state is zeroed memory of finish_size bytes per task.
	 */
	enum op_result (*finish)(struct run_task *task, const struct plan_node *node, void *state);
	size_t finish_size;
	uint32_t (*finish_parallelism)(struct run *run, const struct plan_node *node);
};

/* The part every operator instance has.  Concrete operators embed it first. */
struct op {
	const struct op_class *class;
	const struct plan_node *node; /* read-only, shared by all tasks of the plan */
	struct op *child;             /* the input in the same task; NULL for leaves and sources */
	uint64_t rows_out;            /* live rows returned so far */
	bool is_open;                 /* open() has succeeded */
};

/* The main face of each kind; defined in op/<name>.c. */
#define PLAN_NODE(NAME, name) extern const struct op_class name##_class;
#include "broker/plan/nodes.def"
#undef PLAN_NODE

/** The class of a plan node (main face). */
const struct op_class *op_class_of(enum plan_kind kind);

/**
 * Runs an operator until it has a batch, runs out of credit, waits, or ends.
 *
 * task  the task that owns the tree; its credit pays for the work done here
 * out   on OP_READY the batch, with 0..BATCH_ROWS_MAX live rows.  Borrowed: it
 *       is valid until the next poll or close of the same operator, and the
 *       caller may narrow its selection but not touch its values
 *
 * Checks the two reasons to stop, spent credit and a cancelled query, before
 * it calls the operator.  So an operator that only loops over its child needs
 * neither check; one that works for long on its own, such as a sort, asks
 * coop_go() between steps and says coop_pay() after each.
 */
NODISCARD enum op_result op_poll(struct op *op, struct run_task *task, struct batch **out);

/** "Credit is spent": sets the reason and returns OP_PENDING. */
enum op_result op_yield(struct run_task *task);

/** What a step's result means for the operator: YIELD -> pending, FAILED -> failed.  Not for DONE. */
enum op_result op_after(struct run_task *task, enum step step);

/**
 * Builds the operator tree of a fragment for one task: the sink face of
 * fragment->sink over the operators from fragment->root down to leaves and
 * source faces.  In the task's arena.
 */
NODISCARD int op_tree_open(struct run_task *task, const struct plan_fragment *fragment,
			   struct op **out, struct error *err);

/** Closes the instances of a tree; NULL and half-built trees are fine. */
void op_tree_close(struct op *root);

#endif
