/*
 * sort_runs.h - the two faces of ORDER BY, with and without LIMIT.
 *
 * Sink, per task:
 *
 *   prefix    the batch's rows as 64-bit numbers (sort_order.h)
 *   append    to a row_store
 *   take      entries into a block; a full one is sorted and is a run
 *   merge     SORT_FAN_IN runs of a level into one of the next
 *
 * Source, one task: all runs of all tasks merged, 2,048 rows per batch.
 *
 * With a limit of n rows no run is longer than n.  As soon as one has n, its
 * last prefix is a threshold for all tasks: rows behind it are not even stored.
 * Runs are not merged by level then; but when a store holds many more rows than
 * can be wanted, the task merges its runs into one, copies those rows to a fresh
 * store and gives the old one back.
 *
 * SORT and TOPN are these faces with different parameters.
 */
#ifndef BROKER_EXEC_SORT_RUNS_H
#define BROKER_EXEC_SORT_RUNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/exec/operator.h"
#include "broker/exec/row_batch.h"
#include "broker/exec/row_store.h"
#include "broker/exec/sort_merge.h"
#include "broker/exec/sort_order.h"
#include "common/base/arena.h"

#define SORT_FAN_IN 32u
#define SORT_LEVELS 8u /* 32^8 blocks are more than there is memory */

/* Above this a limit does not cut runs: the bookkeeping would cost more than it saves. */
#define SORT_CUT_MAX UINT64_C(100000)

struct sort_sink;

struct sort_shared {
	struct arena arena;
	struct sort_order order;
	uint64_t offset, limit; /* of the output */
	uint64_t cut;           /* entries that a run needs; UINT64_MAX: all */
	_Atomic(struct sort_sink *) sinks;
	_Atomic uint64_t threshold; /* enough rows have this prefix or a smaller one */
};

/* The order that a node asks for, and the part of it that is wanted. */
struct sort_spec {
	const struct plan_sort_key *keys;
	uint32_t n_keys;
	uint64_t offset, limit; /* of the output; limit UINT64_MAX: all */
};

/** Prepares the shared state of a node. */
NODISCARD int sort_share(struct sort_shared *s, struct run *run, const struct plan_node *node,
			 const struct sort_spec *spec, struct error *err);

enum sink_phase {
	SINK_INPUT,  /* ask the child */
	SINK_PREFIX, /* from here to TAKE there is a batch */
	SINK_APPEND,
	SINK_TAKE,
	SINK_SORT,  /* the block; then back to TAKE, SHRINK or END */
	SINK_MERGE, /* runs of a level; then the same */
	SINK_SHRINK_MERGE,
	SINK_SHRINK_DROP,
	SINK_SHRINK_COPY,
	SINK_SHRINK_FREE,
	SINK_END,
};

struct sort_sink {
	struct op base;
	struct sort_sink *next; /* of the run's other tasks */
	struct sort_shared *shared;
	struct mem_pool *pool;
	struct arena *arena;
	enum sink_phase phase, back; /* back: where to go on after SORT and MERGE */

	struct row_store stores[2]; /* SHRINK copies from one to the other */
	uint32_t store;             /* the one in use */
	struct sort_list levels[SORT_LEVELS];

	/* the block that is being filled or sorted */
	struct sort_block *block;
	struct sort_entry *scratch;
	struct sort_job job;

	/* merging into a run, and copying its rows */
	struct sort_merge merge;
	struct sort_run *run;
	struct sort_block *target;
	uint32_t level;
	struct sort_block *copied; /* the block being copied, and how far */
	uint32_t n_copied;

	/* the batch */
	struct batch *input;
	struct sel live;
	uint32_t appended, taken;
	uint64_t prefix[BATCH_ROWS_MAX]; /* by position in live, as are the rows */
	void *rows[BATCH_ROWS_MAX];
	uint16_t live_rows[BATCH_ROWS_MAX];
};

int sort_sink_open(struct op *op, struct run_task *task, struct error *err);
enum op_result sort_sink_poll(struct op *op, struct run_task *task, struct batch **out);

struct sort_source {
	struct op base;
	struct sort_shared *shared;
	struct sort_merge merge;
	uint64_t to_skip, to_emit;
	bool is_collected; /* entries hold the next batch, or what is to be skipped is through */
	uint32_t n;
	struct row_cursor cursor; /* of the gathering */
	struct row_column *columns;
	struct column *views;
	struct batch output;
	struct sort_entry entries[BATCH_ROWS_MAX];
	void *rows[BATCH_ROWS_MAX];
};

int sort_source_open(struct op *op, struct run_task *task, struct error *err);
enum op_result sort_source_poll(struct op *op, struct run_task *task, struct batch **out);

#endif
