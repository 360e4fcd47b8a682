/*
 * hash_agg.c - GROUP BY, DISTINCT and aggregates without groups.
 *
 * The sink face gives each task a table of its own (agg_table.h), so that
 * updates need no lock.  A batch goes through two phases:
 *
 *   FIND   each live row's group, found or made: one pointer per row
 *   FEED   aggregate by aggregate: FILTER, argument, drop NULLs, for DISTINCT
 *          drop what the group has seen; then one call to update() with a state
 *          pointer per value
 *
 * The source face merges and emits.  Partitions are claimed from one counter,
 * so several tasks share the work; a task fills its batches across the
 * partitions that it gets, and a small result takes one task and one batch.
 *
 *   CLAIM ──> MERGE ──> COLLECT ──> CLAIM ...   COLLECT walks the rows of a
 *                        │   ^                  partition where they lie, in the
 *                        v   │                  order in which they were made
 *                        EMIT                   (2,048 rows, or the last)
 *
 * Without keys there is one group, also when there was no row.
 *
 * Where any so many groups are enough (DISTINCT ... LIMIT), the sink stops with
 * the batch that brings one task's table to that number, and the other tasks
 * with their next one.  Tables of such a node do not forget groups, as a group
 * that was made twice would count twice.
 */
#include <stdatomic.h>
#include <string.h>

#include "broker/exec/agg_table.h"
#include "broker/exec/op_expr.h"
#include "broker/exec/operator.h"
#include "broker/exec/row_reader.h"

/* Groups that are worth a task of their own when the result is made. */
#define GROUPS_PER_TASK 4096u

/* States that one call to update() may go through, each a cache miss when groups are many. */
#define UPDATE_ROWS 1024u

/* States that one call to finish() may go through; a multiple of 64, for its validity bits. */
#define FINISH_ROWS  256u
#define FINISH_BYTES ((size_t)64 << 10)

struct agg_shared {
	struct arena arena;
	struct agg_shape shape;
	_Atomic(struct agg_table *) tables; /* of the sink's tasks, as a list */
	_Atomic uint32_t next_partition;    /* to be claimed by the source's tasks */
	_Atomic bool has_enough;            /* a sink's task has as many groups as are wanted */
};

static int agg_share(struct run *run, const struct plan_node *node, void *shared, struct error *err)
{
	struct agg_shared *s = shared;

	arena_init(&s->arena, run->options.pool);
	return agg_shape_init(&s->shape, node, &s->arena, err);
}

/* ---- the sink ---- */

enum feed_phase { FEED_BEGIN, FEED_FILTER, FEED_ARG, FEED_HASH, FEED_VALUES, FEED_UPDATE };

struct agg_input {
	struct expr *filter, *arg; /* NULL: none */
};

struct agg_sink {
	struct op base;
	struct agg_table *table;
	struct expr_list keys;
	struct agg_input *inputs;  /* by call */
	struct batch *input;       /* being worked on; NULL: ask the child */
	bool has_keys, has_groups; /* of the batch: evaluated, found */

	/* FEED: where it stands */
	enum feed_phase phase;
	uint32_t call, pos, n_new;
	struct sel live; /* rows that the aggregate gets */
	struct column arg;
	struct row_cursor cursor;
	struct agg_value_finder values;

	struct agg_finder finder;
	void *groups[BATCH_ROWS_MAX]; /* by row */
	void *states[BATCH_ROWS_MAX]; /* by position, as are the next two */
	uint64_t hashes[BATCH_ROWS_MAX];
	struct strv dense[BATCH_ROWS_MAX];
	uint64_t validity[VALIDITY_WORDS];
	uint16_t rows[BATCH_ROWS_MAX]; /* behind live */
	uint16_t slice[BATCH_ROWS_MAX];
};

static int sink_compile(struct agg_sink *a, struct run_task *task, const struct agg_shape *shape)
{
	const struct plan_node *n = a->base.node;

	if (expr_list_compile(task, n->hash_agg.keys, n->hash_agg.n_keys, &a->keys) < 0)
		return -1;
	a->inputs = arena_calloc(&task->arena, sizeof(*a->inputs) * shape->n_calls, &task->err);
	if (!a->inputs)
		return -1;
	for (uint32_t i = 0; i < shape->n_calls; i++) {
		const struct plan_agg *agg = shape->calls[i].plan;

		if (agg->filter && op_expr_compile(task, agg->filter, &a->inputs[i].filter) < 0)
			return -1;
		if (agg->arg && op_expr_compile(task, agg->arg, &a->inputs[i].arg) < 0)
			return -1;
	}
	return 0;
}

static int sink_open(struct op *op, struct run_task *task, struct error *err)
{
	struct agg_sink *a = CONTAINER_OF(op, struct agg_sink, base);
	struct agg_shared *shared = run_shared(task->run, op->node);
	struct agg_table *head;

	if (sink_compile(a, task, &shared->shape) < 0)
		return -1;
	if (agg_table_new(&shared->shape, &task->arena, task->run->options.pool, &a->table, err) <
	    0)
		return -1;
	a->table->may_forget = task->fragment->n_tasks > 1 && !shared->shape.has_distinct &&
			       op->node->hash_agg.limit == 0;
	if (agg_finder_init(&a->finder, a->table, &task->arena, err) < 0)
		return -1;
	/* Pairs with the sources' acquire by way of the scheduler: they start after all sinks. */
	head = atomic_load_explicit(&shared->tables, memory_order_relaxed);
	do {
		a->table->next = head;
	} while (!atomic_compare_exchange_weak_explicit(
		&shared->tables, &head, a->table, memory_order_release, memory_order_relaxed));
	return 0;
}

/* Narrows a->live to the rows where the filter is true. */
static enum step feed_filter(struct agg_sink *a, struct coop *coop)
{
	struct expr *filter = a->inputs[a->call].filter;
	struct column is_wanted;
	enum step step;

	if (!filter)
		return STEP_DONE;
	step = expr_eval(filter, a->input, &a->live, &is_wanted);
	if (step != STEP_DONE)
		return step;
	a->live.n_rows = col_select_true(&is_wanted, &a->live, a->rows);
	a->live.rows = a->rows;
	coop_pay(coop, a->live.n_rows);
	return STEP_DONE;
}

/* Narrows a->live to the rows where the argument is not NULL. */
static void drop_nulls(struct agg_sink *a)
{
	uint32_t n = 0;

	if (!a->arg.validity)
		return;
	for (uint32_t i = 0; i < a->live.n_rows; i++) {
		uint32_t row = sel_row(&a->live, i);

		a->rows[n] = (uint16_t)row;
		n += col_is_valid(&a->arg, row);
	}
	a->live = (struct sel){ a->rows, n };
}

static enum step feed_arg(struct agg_sink *a, const struct agg_call *call, struct coop *coop)
{
	enum step step;

	if (!call->plan->arg)
		return STEP_DONE;
	step = expr_eval(a->inputs[a->call].arg, a->input, &a->live, &a->arg);
	if (step != STEP_DONE)
		return step;
	if (call->plan->def->skips_null || call->plan->is_distinct)
		drop_nulls(a);
	coop_pay(coop, a->live.n_rows);
	return STEP_DONE;
}

static enum step feed_values(struct agg_sink *a, struct coop *coop, struct error *err)
{
	const struct agg_value_input in = {
		.call = a->call,
		.values = &a->arg,
		.sel = &a->live,
		.hashes = a->hashes,
		.groups = a->groups,
	};
	enum step step = agg_find_values(&a->values, a->table, &in, a->rows, &a->n_new, coop, err);

	if (step == STEP_DONE)
		a->live = (struct sel){ a->rows, a->n_new };
	return step;
}

/* One call of update(), for the live rows of a slice. */
static int update(struct agg_sink *a, const struct agg_call *call, const struct sel *slice,
		  struct error *err)
{
	bool has_arg = call->plan->arg != NULL;

	if (has_arg)
		col_gather(&a->arg, slice, a->dense, a->validity);
	if (slice->rows) {
		for (uint32_t i = 0; i < slice->n_rows; i++)
			a->states[i] = (char *)a->groups[slice->rows[i]] + call->offset;
	} else {
		for (uint32_t i = 0; i < slice->n_rows; i++)
			a->states[i] = (char *)a->groups[i] + call->offset;
	}
	return call->plan->def->update(a->states, has_arg ? a->dense : NULL, slice->n_rows,
				       &a->table->text, err);
}

static enum step feed_update(struct agg_sink *a, const struct agg_call *call, struct coop *coop,
			     struct error *err)
{
	bool has_text = call->plan->arg && col_lane_of(call->plan->arg->type) == LANE_STR;

	while (a->pos < a->live.n_rows) {
		uint32_t n = MIN(a->live.n_rows - a->pos, UPDATE_ROWS);
		struct sel slice;

		if (!coop_go(coop))
			return STEP_YIELD;
		if (has_text)
			n = row_text_slice(&a->arg, &a->live, a->pos, ROW_TEXT_SLICE);
		slice = row_sel_slice(&a->live, a->pos, n, a->slice);
		if (update(a, call, &slice, err) < 0)
			return STEP_FAILED;
		a->pos += n;
		coop_pay(coop,
			 (int64_t)n * (agg_table_is_large(a->table) ? 30 : 2 * COOP_ROW) +
				 (has_text ? COOP_BYTES(col_text_bytes(&a->arg, &slice)) : 0));
	}
	return STEP_DONE;
}

static enum step feed_phase(struct agg_sink *a, const struct agg_call *call, struct coop *coop,
			    struct error *err)
{
	bool is_distinct = call->plan->is_distinct;

	switch (a->phase) {
	case FEED_BEGIN:
		a->live = a->input->sel;
		a->pos = a->n_new = 0;
		return STEP_DONE;
	case FEED_FILTER:
		return feed_filter(a, coop);
	case FEED_ARG:
		return feed_arg(a, call, coop);
	case FEED_HASH:
		return is_distinct
			       ? row_hash_columns(&a->cursor, &a->arg, 1, &a->live, a->hashes, coop)
			       : STEP_DONE;
	case FEED_VALUES:
		return is_distinct ? feed_values(a, coop, err) : STEP_DONE;
	case FEED_UPDATE:
		return feed_update(a, call, coop, err);
	}
	return STEP_FAILED;
}

static enum step feed(struct agg_sink *a, struct coop *coop, struct error *err)
{
	const struct agg_shape *shape = a->table->shape;

	while (a->call < shape->n_calls) {
		enum step step = feed_phase(a, &shape->calls[a->call], coop, err);

		if (step != STEP_DONE)
			return step;
		if (a->phase++ == FEED_UPDATE) {
			a->phase = FEED_BEGIN;
			a->call++;
		}
	}
	a->call = 0;
	return STEP_DONE;
}

static enum step consume(struct agg_sink *a, struct coop *coop, struct error *err)
{
	enum step step;

	if (!a->has_keys) {
		step = expr_list_eval(&a->keys, a->input, &a->input->sel);
		if (step != STEP_DONE)
			return step;
		a->has_keys = true;
	}
	if (!a->has_groups) {
		step = agg_find(&a->finder, a->keys.columns, &a->input->sel, a->groups, coop, err);
		if (step != STEP_DONE)
			return step;
		a->has_groups = true;
	}
	step = feed(a, coop, err);
	if (step != STEP_DONE)
		return step;
	a->has_keys = a->has_groups = false;
	return STEP_DONE;
}

/* True when nobody needs more groups.  Which task finds out first makes no difference: hence relaxed. */
static bool has_enough(const struct agg_sink *a, struct agg_shared *shared)
{
	uint64_t limit = a->base.node->hash_agg.limit;

	if (limit == 0)
		return false;
	if (agg_table_n_groups(a->table) >= limit)
		atomic_store_explicit(&shared->has_enough, true, memory_order_relaxed);
	return atomic_load_explicit(&shared->has_enough, memory_order_relaxed);
}

static enum op_result sink_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct agg_sink *a = CONTAINER_OF(op, struct agg_sink, base);

	(void)out;
	for (;;) {
		enum step step;

		if (!a->input) {
			enum op_result polled;

			if (has_enough(a, run_shared(task->run, op->node)))
				return OP_DONE;
			polled = op_poll(op->child, task, &a->input);
			if (polled != OP_READY) {
				a->input = NULL;
				return polled;
			}
		}
		step = consume(a, &task->task.coop, &task->err);
		if (step != STEP_DONE)
			return op_after(task, step);
		a->input = NULL;
	}
}

/* ---- the source ---- */

enum source_phase { SOURCE_CLAIM, SOURCE_MERGE, SOURCE_COLLECT, SOURCE_END };

struct agg_source {
	struct op base;
	enum source_phase phase;
	struct agg_merge merge;

	/* COLLECT: the row to look at next */
	struct agg_table *table;
	struct row_block *block;
	uint32_t row;

	/* EMIT */
	uint32_t n_rows, call, pos;
	struct row_cursor cursor;
	bool has_keys; /* their columns are done */
	struct row_column *columns;
	struct column *views;
	struct batch output;
	void *rows[BATCH_ROWS_MAX];
};

static uint32_t source_parallelism(struct run *run, const struct plan_node *node)
{
	struct agg_shared *shared = run_shared(run, node);
	uint64_t n = 0;

	for (const struct agg_table *t =
		     atomic_load_explicit(&shared->tables, memory_order_acquire);
	     t; t = t->next)
		n += agg_table_n_groups(t);
	return node->hash_agg.n_keys == 0
		       ? 1
		       : (uint32_t)MIN(n / GROUPS_PER_TASK + 1, (uint64_t)AGG_PARTITIONS);
}

static int source_open(struct op *op, struct run_task *task, struct error *err)
{
	struct agg_source *s = CONTAINER_OF(op, struct agg_source, base);
	uint32_t n = op->node->n_columns;

	s->columns = arena_alloc(&task->arena, sizeof(*s->columns) * n, err);
	if (!s->columns)
		return -1;
	s->views = arena_alloc(&task->arena, sizeof(*s->views) * n, err);
	if (!s->views)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (row_column_init(&s->columns[i], &task->arena, op->node->columns[i].type, err) <
		    0)
			return -1;
	}
	agg_merge_init(&s->merge, task->run->options.pool);
	return 0;
}

static void claim(struct agg_source *s, struct agg_shared *shared)
{
	struct agg_table *tables = atomic_load_explicit(&shared->tables, memory_order_acquire);
	uint32_t part = atomic_fetch_add_explicit(&shared->next_partition, 1, memory_order_relaxed);

	if (part >= shared->shape.n_partitions) {
		s->phase = SOURCE_END;
		return;
	}
	agg_merge_begin(&s->merge, tables, part);
	s->phase = SOURCE_MERGE;
}

static void collect_begin(struct agg_source *s)
{
	s->table = s->merge.first;
	s->block = s->table->parts[s->merge.part].rows.first;
	s->row = 0;
	s->phase = SOURCE_COLLECT;
}

/* Goes to the next block that is there; false at the end. */
static bool next_block(struct agg_source *s)
{
	s->row = 0;
	s->block = s->block ? s->block->next : NULL;
	while (!s->block && s->table->next) {
		s->table = s->table->next;
		s->block = s->table->parts[s->merge.part].rows.first;
	}
	return s->block != NULL;
}

/* Takes groups that were not merged into another; STEP_DONE when a batch is full or none is left. */
static enum step collect(struct agg_source *s, struct coop *coop)
{
	size_t row_size = s->merge.first->shape->layout.row_size;

	while (s->n_rows < BATCH_ROWS_MAX) {
		uint32_t from;

		if (!coop_go(coop))
			return STEP_YIELD;
		if (!s->block || s->row == s->block->n_rows) {
			if (!next_block(s)) {
				s->phase = SOURCE_CLAIM;
				return STEP_DONE;
			}
		}
		from = s->row;
		for (; s->row < s->block->n_rows && s->n_rows < BATCH_ROWS_MAX; s->row++) {
			void *row = s->block->rows + s->row * row_size;

			s->rows[s->n_rows] = row;
			s->n_rows += agg_group_merged_into(row) == NULL;
		}
		coop_pay(coop, (int64_t)(s->row - from) * COOP_ROW + 100);
	}
	return STEP_DONE;
}

/* One call of finish(), for a slice of the rows. */
static int finish_slice(struct agg_source *s, const struct agg_call *call, struct row_column *out,
			uint32_t n, struct error *err)
{
	void *states[FINISH_ROWS];
	size_t width = lane_width[col_lane_of(out->column.type)];

	for (uint32_t i = 0; i < n; i++)
		states[i] = (char *)s->rows[s->pos + i] + call->offset;
	if (call->plan->def->finish(states, n, call->plan->type,
				    (char *)out->values + s->pos * width,
				    out->validity + s->pos / 64, err) == 0)
		return 0;
	/* The layer below does not know where in the text a call stands. */
	if (err->sql_offset == ERROR_NO_OFFSET)
		err->sql_offset = call->plan->sql_offset;
	return -1;
}

/* An aggregate's results.  The validity is left out when all are there, as it is for keys. */
static enum step finish(struct agg_source *s, const struct agg_call *call, struct row_column *out,
			struct coop *coop, struct error *err)
{
	uint64_t all = ~0ull;

	if (s->pos == 0)
		memset(out->validity, 0xff, VALIDITY_WORDS * sizeof(uint64_t));
	while (s->pos < s->n_rows) {
		uint32_t n = (size_t)call->plan->def->state_size * FINISH_ROWS > FINISH_BYTES
				     ? 64
				     : FINISH_ROWS;

		if (!coop_go(coop))
			return STEP_YIELD;
		n = MIN(n, s->n_rows - s->pos);
		if (finish_slice(s, call, out, n, err) < 0)
			return STEP_FAILED;
		s->pos += n;
		coop_pay(coop, (int64_t)n * (10 + call->plan->def->state_size / 4));
	}
	s->pos = 0;
	for (uint32_t i = 0; i < VALIDITY_WORDS; i++)
		all &= out->validity[i];
	out->column.validity = all == ~0ull ? NULL : out->validity;
	return STEP_DONE;
}

static enum step emit(struct agg_source *s, struct batch **out, struct coop *coop,
		      struct error *err)
{
	const struct agg_shape *shape = s->merge.first->shape;
	enum step step = STEP_DONE;

	if (!s->has_keys)
		step = row_gather_columns(&s->cursor,
					  &(struct row_refs){ &shape->layout, s->rows, s->n_rows },
					  shape->n_keys, s->columns, s->views, coop);
	s->has_keys = step == STEP_DONE;
	while (step == STEP_DONE && s->call < shape->n_calls) {
		uint32_t column = shape->n_keys + s->call;

		step = finish(s, &shape->calls[s->call], &s->columns[column], coop, err);
		s->views[column] = s->columns[column].column;
		s->call += step == STEP_DONE;
	}
	if (step != STEP_DONE)
		return step;
	s->has_keys = false;
	s->output = (struct batch){
		.n_rows = s->n_rows,
		.n_cols = s->base.node->n_columns,
		.cols = s->views,
		.sel = { NULL, s->n_rows },
	};
	s->call = s->n_rows = 0;
	*out = &s->output;
	return STEP_DONE;
}

static enum op_result source_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct agg_source *s = CONTAINER_OF(op, struct agg_source, base);
	struct coop *coop = &task->task.coop;

	for (;;) {
		enum step step = STEP_DONE;

		if (s->n_rows == BATCH_ROWS_MAX || (s->phase == SOURCE_END && s->n_rows > 0)) {
			step = emit(s, out, coop, &task->err);
			return step == STEP_DONE ? OP_READY : op_after(task, step);
		}
		switch (s->phase) {
		case SOURCE_CLAIM:
			claim(s, run_shared(task->run, op->node));
			break;
		case SOURCE_MERGE:
			step = agg_merge_run(&s->merge, coop, &task->err);
			if (step == STEP_DONE)
				collect_begin(s);
			break;
		case SOURCE_COLLECT:
			step = collect(s, coop);
			break;
		case SOURCE_END:
			return OP_DONE;
		}
		if (step != STEP_DONE)
			return op_after(task, step);
	}
}

static const struct op_class hash_agg_sink_class = {
	.state_size = sizeof(struct agg_sink),
	.open = sink_open,
	.poll = sink_poll,
};

const struct op_class hash_agg_class = {
	.state_size = sizeof(struct agg_source),
	.shared_size = sizeof(struct agg_shared),
	.share = agg_share,
	.open = source_open,
	.poll = source_poll,
	.parallelism = source_parallelism,
	.sink = &hash_agg_sink_class,
};
