/*
 * tree.h - operators without their tasks: opened and polled by the test itself.
 *
 * For what a whole run cannot show: which batches an operator returns, what it
 * pays, what it says when credit is spent.  Several instances of one tree share
 * what tasks of one run would share.
 */
#ifndef TESTS_SUPPORT_EXEC_TREE_H
#define TESTS_SUPPORT_EXEC_TREE_H

#include "broker/exec/operator.h"
#include "tests/support/exec/plan_run.h"

#define TREE_TASKS_MAX 4

struct tree {
	struct plan plan;
	struct run run;
	struct token token;
	struct task_group group;
	struct mem_account account;
	struct mem_pool pool;
	struct plan_fragment fragment;
	uint32_t n_tasks;
	struct run_task tasks[TREE_TASKS_MAX];
	struct op *sinks[TREE_TASKS_MAX]; /* the opened trees: the sink of RESULT ... */
	struct op *ops[TREE_TASKS_MAX];   /* ... and what stands below it: `node` */
	struct error err;
};

/** Prepares n_tasks instances of a tree that has no blocking operator.  No guards are added. */
void tree_init(struct tree *t, struct plan_run *f, struct plan_node *node, uint32_t n_tasks);

/** Opens one of them; -1 with t->tasks[i].err. */
int tree_open(struct tree *t, uint32_t i);

/** tree_init() and tree_open() of all. */
void tree_start(struct tree *t, struct plan_run *f, struct plan_node *node, uint32_t n_tasks);

/** One poll of `node` in task i with fresh credit. */
enum op_result tree_poll(struct tree *t, uint32_t i, int64_t credit, struct batch **out);

/** Polls with plenty of credit until there is a batch or the end. */
enum op_result tree_next(struct tree *t, struct batch **out);

/** Closes and gives the memory back. */
void tree_fini(struct tree *t);

#endif
