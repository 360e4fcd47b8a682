/*
 * plan_run.h - hand-built plans, run in a test.
 *
 *     struct plan_run f;
 *     plan_run_init(&f);
 *     node = plan_group(&f, plan_table(&f, &rows, &shape), ...);
 *     ck_assert_int_eq(plan_run(&f, node), RUN_OK);
 *     ck_assert_rows(&f, &expected);
 *     plan_run_fini(&f);
 *
 * Plans run on the calling thread with a fixed credit per poll, or on workers
 * with random credit; the CPU time of the longest poll is kept.
 */
#ifndef TESTS_SUPPORT_EXEC_PLAN_RUN_H
#define TESTS_SUPPORT_EXEC_PLAN_RUN_H

#include "broker/plan/plan.h"
#include "tests/support/column/sample.h"
#include "tests/support/exec/relation.h"

struct scheduler;

enum run_outcome { RUN_OK, RUN_FAILED, RUN_CANCELLED };

#define PLAN_NODES_MAX 32

/*
 * How much a poll may pay beyond its credit, in units of about a nanosecond: the
 * bound of the pieces that cannot be interrupted.  Times are printed by tests and
 * measured by the benchmarks, but they are no reason to fail: a busy machine
 * stretches them at will.
 */
#define MAX_OVERDRAFT 150000

struct plan_run {
	struct mem_account account;
	struct mem_pool plan_pool; /* plans; failing allocations are for the run */
	struct arena arena;
	struct error err;

	/* how to run; set before plan_run() */
	int64_t credit;     /* per poll; default: plenty */
	uint32_t max_tasks; /* per fragment; default 1 */
	uint32_t n_workers; /* 0: on the calling thread */
	uint64_t seed;      /* with workers: random credit up to `credit`; 0: fixed */
	uint64_t cancel_ns; /* not 0: another thread cancels after that */
	long fail_at;       /* not negative: this allocation of the run fails */

	/* what happened */
	struct relation result;
	struct arena result_text;
	long n_allocations; /* with fail_at */
	int64_t peak_bytes;
	uint64_t max_poll_ns; /* CPU time; with workers only */
	const char *max_poll_where;
	int64_t overdraft; /* see scheduler_overdraft(); with workers only */

	struct table *tables[PLAN_NODES_MAX];
	uint32_t n_tables, n_nodes;
};

void plan_run_init(struct plan_run *f);
void plan_run_fini(struct plan_run *f);

/** Drops the nodes and tables of the plans so far, so that a loop can build more. */
void plan_run_forget(struct plan_run *f);

/** Runs a plan whose root is `node`; the result is a copy in f->result. */
enum run_outcome plan_run(struct plan_run *f, struct plan_node *node);

/* ---- nodes ---- */

struct plan_node *plan_table(struct plan_run *f, const struct relation *r,
			     const struct table_shape *shape);
struct plan_node *plan_any_table(struct plan_run *f, struct table *t, uint32_t n_cols,
				 const enum col_type *types);
struct plan_expr *plan_column(struct plan_run *f, const struct plan_node *input, uint32_t column);

/* GROUP BY columns key_cols[0..n_keys); aggregates are filled by the test with plan_call(). */
struct plan_node *plan_group(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			     const uint32_t *key_cols, uint32_t n_aggs);

/* The i-th aggregate of a group node: name(column); column -1: COUNT(*). */
struct plan_agg *plan_call(struct plan_run *f, struct plan_node *group, uint32_t i,
			   const char *name, int column);

struct plan_node *plan_join(struct plan_run *f, struct plan_node *left, struct plan_node *right,
			    uint32_t n_keys, const uint32_t *left_cols, const uint32_t *right_cols);
struct plan_node *plan_sort(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			    const struct plan_sort_key *keys);
struct plan_node *plan_topn(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			    const struct plan_sort_key *keys, uint64_t offset, uint64_t limit);

/* ---- checks ---- */

/** The result has these rows, in any order. */
void plan_check_rows(const struct plan_run *f, const struct relation *expected, const char *file,
		     int line);

/** With workers: no piece was larger than MAX_OVERDRAFT.  Prints the longest poll as well. */
void plan_run_check_polls(const struct plan_run *f, const char *what);

/** The same of a scheduler. */
void check_polls(struct scheduler *s, const char *what);

#define ck_assert_rows(f, expected) plan_check_rows(f, expected, __FILE__, __LINE__)

#endif
