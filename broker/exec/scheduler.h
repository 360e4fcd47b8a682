/*
 * scheduler.h - a fixed pool of workers that polls tasks.
 *
 * A task is anything that runs in polls: a fragment's operator tree, planning,
 * serialisation.  A worker refills the task's credit, polls it, measures the
 * CPU time between call and return (the poll gap), and goes on with the same
 * task for a turn of at most TURN_POLLS polls.
 *
 * Who is next.  Tasks belong to a group, one per query, and the group's CPU
 * time decides its level: 0 below 10 ms, 1 below 100 ms, 2 below 1 s, 3 beyond.
 * Levels share the CPU by virtual time with weights 1, 1/2, 1/4, 1/8, so that
 * none starves; a level that was empty starts at the others' clock.  Within a
 * level the group that has had least goes first.  Control groups and cancelled
 * groups come before all levels, background groups after them with a share of
 * their own.  A turn ends early when a better level becomes runnable.
 * (Multi-level feedback with least attained service: Trino, Umbra.)
 *
 * Waiting.  A poll that returns TASK_PENDING with another reason than
 * WHY_CREDIT parks the task until task_wake().  A wake that comes while the
 * task runs is remembered.
 *
 *      IDLE ── wake ──> QUEUED ── picked ──> RUNNING ── waits ──> IDLE
 *                          ^                    │  └── wake ──> NOTIFIED ─┐
 *                          └───────── credit ───┘<───────────────────────┘
 *
 * Threads: all functions from any thread unless said otherwise.
 */
#ifndef BROKER_EXEC_SCHEDULER_H
#define BROKER_EXEC_SCHEDULER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/coop.h"
#include "common/base/histogram.h"
#include "common/base/list.h"

struct error;
struct scheduler;
struct task;

/* Why a poll ended without being done. */
enum task_why {
	WHY_NONE,
	WHY_CREDIT, /* run me again */
	WHY_IO,
	WHY_MEMORY,
	WHY_PEER,
	WHY_OUTPUT, /* the client or the store has to take something first */
};

enum task_result { TASK_PENDING, TASK_DONE };

enum task_state { TASK_IDLE, TASK_QUEUED, TASK_RUNNING, TASK_NOTIFIED, TASK_ENDED };

enum group_kind { GROUP_CONTROL, GROUP_QUERY, GROUP_BACKGROUND };

/* The tasks of one query, for fairness.  Embedded in the query; members are the scheduler's. */
struct task_group {
	struct list link;   /* in a level's list of runnable groups */
	struct list queued; /* tasks ready to run */
	struct list tasks;  /* all tasks that have not ended */
	enum group_kind kind;
	uint32_t level;
	bool is_expedited; /* cancelled: served first */
	_Atomic uint64_t cpu_ns;
	struct token *token;
	uint64_t query_id; /* for the poll-gap metric */
};

struct task {
	struct coop coop; /* first: it is hot */
	enum task_why why;
	/*
	 * Runs until credit is spent, something is missing, or the end.  TASK_PENDING needs
	 * task->why; for any reason but WHY_CREDIT a waker must be armed.
	 */
	enum task_result (*poll)(struct task *t);
	/* After the last poll, on the worker, outside locks; the task may be freed here.  */
	void (*ended)(struct task *t);
	/* Where the last poll stopped, for the poll-gap metric: a constant text. */
	const char *where;
	struct task_group *group;
	struct list queue_link, group_link;
	enum task_state state;
	uint64_t n_polls;
};

/* The longest poll since the start. */
struct poll_gap_max {
	uint64_t ns;
	uint64_t query_id;
	const char *where;
};

struct scheduler_options {
	uint32_t n_workers;   /* 0: one per core */
	int64_t poll_credit;  /* units */
	uint64_t credit_seed; /* not 0: random credit between 1 and poll_credit */
};

NODISCARD int scheduler_start(const struct scheduler_options *options, struct scheduler **out,
			      struct error *err);

/** Joins the workers; all tasks must have ended. */
void scheduler_stop(struct scheduler **sp);

uint32_t scheduler_n_workers(const struct scheduler *s);

/** Prepares a group of no tasks.  No allocation. */
void task_group_init(struct task_group *g, enum group_kind kind, struct token *token,
		     uint64_t query_id);

/** Prepares a task (poll, ended, where and group are the caller's to set before). */
void task_init(struct task *t, struct task_group *group, enum task_result (*poll)(struct task *),
	       void (*ended)(struct task *), const char *where);

/** Queues a new task. */
void scheduler_add(struct scheduler *s, struct task *t);

/** The thing it waited for is there.  Harmless when it is not waiting or has ended but not yet freed. */
void task_wake(struct scheduler *s, struct task *t);

/** Wakes all waiting tasks of a cancelled group and serves them before everybody else. */
void scheduler_expedite(struct scheduler *s, struct task_group *g);

/* ---- the metric ---- */

/** CPU time of every poll so far. */
const struct histogram *scheduler_poll_gap(const struct scheduler *s);
struct poll_gap_max scheduler_poll_gap_max(struct scheduler *s);

/**
 * The most that a poll has paid beyond its credit, in units: how large the
 * pieces are between two looks at the account.  Unlike the poll gap it does not
 * depend on how busy the machine is; it is only as true as the prices are.
 */
int64_t scheduler_overdraft(const struct scheduler *s);

/** Forgets gaps and overdraft. */
void scheduler_poll_gap_reset(struct scheduler *s);

/* Runs a task on the calling thread, without a scheduler, until it is done: for tests.  credit per
 * poll as given.  Returns false when it waits for something else than credit. */
bool task_run_here(struct task *t, int64_t credit);

#endif
