/*
 * run.h - one execution of a plan: fragments, their tasks, what they share.
 *
 * run_start() starts the fragments that wait for nothing.  A fragment runs as
 * 1..n tasks; the last task to end starts its finish step, and the last of that
 * starts the fragments that waited for it.  Nobody waits on a condition.  When
 * nothing is left to run, done() is called, on a worker.
 *
 * The first error wins: it is kept here and the token is set to PEER_ERROR, so
 * that the other tasks stop as if cancelled.
 *
 * Memory: the pool is the query's; run and tasks own nothing else.
 */
#ifndef BROKER_EXEC_RUN_H
#define BROKER_EXEC_RUN_H

#include <stdatomic.h>
#include <stdint.h>

#include "broker/exec/scheduler.h"
#include "broker/plan/plan.h"
#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "common/column/chunk.h"

struct fiber;
struct op;
struct run;

/* What tasks count together. */
struct run_stats {
	_Atomic uint64_t rows_read, bytes_read, segments_read, segments_pruned;
};

struct run_options {
	struct scheduler *scheduler; /* NULL: run_start() runs everything on the calling thread */
	struct task_group *group;
	struct token *token;
	struct mem_pool *pool;
	uint32_t max_tasks; /* per fragment; 0: as many as workers */
	int64_t now_ms;
	uint32_t max_value_bytes;
	int64_t credit; /* without scheduler: credit per poll */
	/* Everything has stopped.  Not called when run_start() fails.  May free the run's owner. */
	void (*done)(struct run *run, void *arg);
	void *arg;
};

/* A task of a fragment. */
struct run_task {
	struct task task; /* first */
	struct run *run;
	struct run_fragment *fragment;
	uint32_t index;     /* 0 .. n_tasks-1 of its fragment */
	struct arena arena; /* operator state: lives until the query's memory is reaped */
	struct op *root;
	void *finish_state;  /* not NULL: this is a task of the finish step */
	struct error err;    /* of this task, before it becomes the run's */
	struct fiber *fiber; /* paused inside run_in_fiber() */
	int (*in_fiber)(struct run_task *t, void *arg);
	void *fiber_arg;
	int fiber_result;
	bool is_open;           /* the operator tree has been opened */
	const char *yielded_at; /* the deepest operator that said "not now" in this poll */
};

struct run_fragment {
	const struct plan_fragment *plan;
	uint32_t n_tasks;
	_Atomic uint32_t n_running;     /* tasks of the present step that have not ended */
	_Atomic uint32_t n_waiting_for; /* input fragments that have not ended */
	bool is_finishing;
};

struct run {
	const struct plan *plan;
	struct run_options options;
	void **shared; /* by node id; NULL for nodes that share nothing */
	struct run_fragment *fragments;
	_Atomic uint32_t n_live; /* tasks that have not ended, plus one while starting */
	struct mutex lock;       /* guards err */
	struct error err;        /* the first one; ERR_NONE while none */
	struct run_stats stats;
	struct list here;         /* tasks to poll when there is no scheduler */
	struct chunk_list result; /* complete when done() is called without error */
};

/** Prepares shared state and starts.  -1: nothing runs and done() will not be called. */
NODISCARD int run_start(struct run *run, const struct plan *plan, const struct run_options *options,
			struct error *err);

/** The shared state of a node. */
static inline void *run_shared(const struct run *run, const struct plan_node *node)
{
	return run->shared[node->id];
}

/**
 * Runs fn(task, arg) on a stack of its own, where it may pause at coop_point():
 * for what recurses over a plan, such as compiling expressions.  For a task
 * inside its poll.
 *
 * Returns STEP_DONE when fn has returned 0, STEP_FAILED when it has returned -1
 * (with task->err filled, unless the query is cancelled), or STEP_YIELD: call
 * again with the same arguments.  fn is run to its end even when the query is
 * cancelled in between.
 */
NODISCARD enum step run_in_fiber(struct run_task *task, int (*fn)(struct run_task *t, void *arg),
				 void *arg);

/** Keeps the first error and stops the other tasks. */
void run_fail(struct run *run, const struct error *err);

/** After done(): releases the lock object.  Memory is the pool's. */
void run_fini(struct run *run);

#endif
