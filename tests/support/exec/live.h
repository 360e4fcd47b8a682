/*
 * live.h - a run that a test can watch and stop.
 *
 *     live_init(&l, &f, node);
 *     l.options.credit = 1;
 *     live_start(&l);
 *     ck_assert_int_eq(live_wait(&l), RUN_OK);
 *     ... l.run.result, l.n_polls ...
 *     live_fini(&l);
 *
 * Without workers live_start() comes back when all is over.  live_fini() gives
 * the memory back as the reaper does and asserts that none is missing.
 */
#ifndef TESTS_SUPPORT_EXEC_LIVE_H
#define TESTS_SUPPORT_EXEC_LIVE_H

#include <pthread.h>

#include "broker/exec/run.h"
#include "tests/support/exec/plan_run.h"

struct live {
	/* how to run; set between live_init() and live_start() */
	struct run_options options;
	uint32_t n_workers;  /* 0: on the calling thread */
	uint64_t seed;       /* with workers: random credit; 0: always options.credit */
	int64_t limit_bytes; /* 0: none */

	struct plan plan;
	struct run run;
	struct token token;
	struct task_group group;
	struct mem_account account;
	struct mem_pool pool;
	struct error err; /* of run_start() */
	bool has_started;

	pthread_mutex_t lock;
	pthread_cond_t is_over;
	_Atomic uint32_t n_done; /* calls of done() */
};

/** A plan that ends in `node`, with guards; runs with plenty of credit unless told otherwise. */
void live_init(struct live *l, struct plan_run *f, struct plan_node *node);

/** -1: run_start() has failed, and l->err says why. */
int live_start(struct live *l);

/** Cancels as the registry does. */
void live_cancel(struct live *l, enum cancel_reason reason);

/** Waits for the end, however it comes; the run's error is in l->run.err. */
enum run_outcome live_wait(struct live *l);

void live_fini(struct live *l);

/** With workers: polls that are over. */
uint64_t live_n_polls(struct live *l);

/** Cell of the result. */
struct value live_cell(const struct live *l, uint64_t row, uint32_t column);

/** The LONG cells of a column: one per row of the result, sorted.  To be freed. */
int64_t *live_longs(const struct live *l, uint32_t column);

#endif
