/* sort_runs.c - see sort_runs.h. */
#include "broker/exec/sort_runs.h"

#include <string.h>

#include "common/base/assert.h"

/* With a cut of n: how many rows the store may hold before it is looked through. */
#define STORE_ROWS(n) (4 * (n) + 16384)

/* Runs that a task with a cut can have before its store is looked through. */
#define CUT_RUNS_MAX ((uint32_t)(STORE_ROWS(SORT_CUT_MAX) / SORT_BLOCK) + 8)

#define PRICE_OF_ENTRY 3
#define PRICE_OF_COPY  100
#define PRICE_OF_FREE  1000

int sort_share(struct sort_shared *s, struct run *run, const struct plan_node *node,
	       const struct sort_spec *spec, struct error *err)
{
	arena_init(&s->arena, run->options.pool);
	s->offset = spec->offset;
	s->limit = spec->limit;
	if (__builtin_add_overflow(spec->offset, spec->limit, &s->cut) || s->cut > SORT_CUT_MAX)
		s->cut = UINT64_MAX;
	s->cut = MAX(s->cut, 1);
	atomic_store_explicit(&s->threshold, UINT64_MAX, memory_order_relaxed);
	return sort_order_init(&s->order, node->child[0], spec->keys, spec->n_keys, &s->arena, err);
}

/* ---- sink ---- */

static bool is_cut(const struct sort_sink *s)
{
	return s->shared->cut != UINT64_MAX;
}

int sort_sink_open(struct op *op, struct run_task *task, struct error *err)
{
	struct sort_sink *s = CONTAINER_OF(op, struct sort_sink, base);

	s->shared = run_shared(task->run, op->node);
	s->pool = task->run->options.pool;
	s->arena = &task->arena;
	for (uint32_t i = 0; i < 2; i++)
		row_store_init(&s->stores[i], &s->shared->order.layout, s->pool);
	s->scratch = arena_alloc(&task->arena, sizeof(*s->scratch) * SORT_BLOCK, err);
	if (!s->scratch)
		return -1;
	return sort_merge_init(&s->merge, &s->shared->order, is_cut(s) ? CUT_RUNS_MAX : SORT_FAN_IN,
			       &task->arena, s->pool, err);
}

/* Forgets rows of the batch that nobody can want any more. */
static void drop_beyond(struct sort_sink *s, uint64_t threshold, bool drop_equal)
{
	const struct sel *sel = &s->input->sel;
	uint32_t n = 0;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		bool is_wanted =
			s->prefix[i] < threshold || (!drop_equal && s->prefix[i] == threshold);

		s->live_rows[n] = (uint16_t)sel_row(sel, i);
		s->prefix[n] = s->prefix[i];
		n += is_wanted;
	}
	s->live = (struct sel){ s->live_rows, n };
}

static void take_prefixes(struct sort_sink *s, struct coop *coop)
{
	const struct sort_order *o = &s->shared->order;
	uint64_t threshold;

	s->live = s->input->sel;
	s->appended = s->taken = 0;
	sort_prefix(o, s->input->cols, &s->live, s->prefix, coop);
	if (!is_cut(s))
		return;
	threshold = atomic_load_explicit(&s->shared->threshold, memory_order_relaxed);
	if (threshold != UINT64_MAX)
		drop_beyond(s, threshold, sort_is_decided(o, threshold));
	coop_pay(coop, s->input->sel.n_rows);
}

static struct sort_block *block_new(struct sort_sink *s, struct coop *coop, struct error *err)
{
	struct sort_block *b = mem_pool_alloc(s->pool, sizeof(*b), err);

	if (b)
		b->n = 0;
	coop_pay(coop, (int64_t)(sizeof(*b) / 4096) * COOP_PAGE);
	return b;
}

/* Entries of appended rows into the block; a full block goes to SORT first. */
static enum step take_entries(struct sort_sink *s, struct coop *coop, struct error *err)
{
	while (s->taken < s->live.n_rows) {
		uint32_t n;

		if (!coop_go(coop))
			return STEP_YIELD;
		if (!s->block) {
			s->block = block_new(s, coop, err);
			if (!s->block)
				return STEP_FAILED;
		}
		n = MIN(SORT_BLOCK - s->block->n, s->live.n_rows - s->taken);
		for (uint32_t i = 0; i < n; i++)
			s->block->entries[s->block->n++] = (struct sort_entry){
				s->prefix[s->taken + i],
				s->rows[s->taken + i],
			};
		s->taken += n;
		coop_pay(coop, (int64_t)n * PRICE_OF_ENTRY);
		if (s->block->n == SORT_BLOCK) {
			s->phase = SINK_SORT;
			s->back = SINK_TAKE;
			return STEP_DONE;
		}
	}
	s->phase = SINK_INPUT;
	s->input = NULL;
	return STEP_DONE;
}

/* ---- runs ---- */

/* The last prefix of a run that is as long as can be wanted. */
static void lower_threshold(struct sort_sink *s, const struct sort_run *run)
{
	_Atomic uint64_t *threshold = &s->shared->threshold;
	uint64_t last, before = atomic_load_explicit(threshold, memory_order_relaxed);

	if (run->n_entries < s->shared->cut)
		return;
	last = run->last->entries[run->last->n - 1].prefix;
	while (last < before &&
	       !atomic_compare_exchange_weak_explicit(threshold, &before, last,
						      memory_order_relaxed, memory_order_relaxed))
		;
}

/* Files a run; a level that is full is merged next. */
static void file_run(struct sort_sink *s, struct sort_run *run, uint32_t level)
{
	struct sort_list *l = &s->levels[level];

	sort_list_push(l, run);
	lower_threshold(s, run);
	s->phase = s->back;
	if (is_cut(s) || l->n < SORT_FAN_IN)
		return;
	ASSERT(level + 1 < SORT_LEVELS);
	sort_merge_begin(&s->merge, l);
	s->level = level + 1;
	s->phase = SINK_MERGE;
}

static enum step sort_block(struct sort_sink *s, struct coop *coop, struct error *err)
{
	struct sort_block *b = s->block;
	struct sort_run *run;
	enum step step;

	step = sort_entries(&s->job, &s->shared->order, b->entries, b->n, s->scratch, coop);
	if (step != STEP_DONE)
		return step;
	run = ARENA_NEW(s->arena, struct sort_run, err);
	if (!run)
		return STEP_FAILED;
	b->n = (uint32_t)MIN(b->n, s->shared->cut);
	sort_run_push(run, b);
	s->block = NULL;
	file_run(s, run, 0);
	return STEP_DONE;
}

/* Fills s->run from s->merge, a block at a time, with up to `want` entries. */
static enum step merge_runs(struct sort_sink *s, uint64_t want, struct coop *coop,
			    struct error *err)
{
	if (!s->run) {
		s->run = ARENA_NEW(s->arena, struct sort_run, err);
		if (!s->run)
			return STEP_FAILED;
	}
	while (s->run->n_entries < want) {
		uint32_t n = (uint32_t)MIN(want - s->run->n_entries, (uint64_t)SORT_BLOCK);
		enum step step;

		if (!s->target) {
			s->target = block_new(s, coop, err);
			if (!s->target)
				return STEP_FAILED;
		}
		step = sort_merge_next(&s->merge, s->target->entries, n, &s->target->n, coop);
		if (step != STEP_DONE)
			return step;
		if (s->target->n == 0)
			break;
		sort_run_push(s->run, s->target);
		s->target = NULL;
	}
	return STEP_DONE;
}

static struct sort_run *take_run(struct sort_sink *s)
{
	struct sort_run *run = s->run;

	s->run = NULL;
	return run;
}

static enum step merge_level(struct sort_sink *s, struct coop *coop, struct error *err)
{
	enum step step = merge_runs(s, UINT64_MAX, coop, err);

	if (step == STEP_DONE)
		file_run(s, take_run(s), s->level);
	return step;
}

/* ---- shrinking the store ---- */

static struct row_store *store_of(struct sort_sink *s)
{
	return &s->stores[s->store];
}

static bool is_store_large(struct sort_sink *s)
{
	return is_cut(s) && store_of(s)->n_rows > STORE_ROWS(s->shared->cut);
}

/* All runs into one; a block that is being filled becomes a run first. */
static void shrink_begin(struct sort_sink *s)
{
	if (s->block) {
		s->phase = SINK_SORT;
		s->back = SINK_SHRINK_MERGE;
		return;
	}
	s->phase = SINK_SHRINK_MERGE;
}

static enum step shrink_merge(struct sort_sink *s, struct coop *coop, struct error *err)
{
	enum step step;

	if (!s->run)
		sort_merge_begin(&s->merge, &s->levels[0]);
	step = merge_runs(s, s->shared->cut, coop, err);
	if (step != STEP_DONE)
		return step;
	s->copied = s->run->first;
	s->n_copied = 0;
	s->phase = SINK_SHRINK_DROP;
	return STEP_DONE;
}

static int64_t price_of_copy(const struct row_layout *l, const void *row)
{
	int64_t price = PRICE_OF_COPY + (int64_t)l->row_size * COOP_PAGE / 4096;

	for (uint32_t i = 0; i < l->n_fields; i++) {
		const struct strv *v = row_field(l, row, i);

		if (col_lane_of(l->types[i]) == LANE_STR && v->len > STRV_INLINE_MAX)
			price += COOP_BYTES(v->len) + (int64_t)v->len * COOP_PAGE / 4096;
	}
	return price;
}

/* The rows of the one run go to the other store. */
static enum step shrink_copy(struct sort_sink *s, struct coop *coop, struct error *err)
{
	struct row_store *fresh = &s->stores[1 - s->store];

	while (s->copied) {
		int64_t work = 0;

		if (!coop_go(coop))
			return STEP_YIELD;
		for (; s->n_copied < s->copied->n && work < SORT_STEP_WORK; s->n_copied++) {
			struct sort_entry *e = &s->copied->entries[s->n_copied];

			work += price_of_copy(fresh->layout, e->row);
			e->row = row_store_copy(fresh, e->row, err);
			if (!e->row)
				return STEP_FAILED;
		}
		coop_pay(coop, work);
		if (s->n_copied == s->copied->n) {
			s->copied = s->copied->next;
			s->n_copied = 0;
		}
	}
	s->phase = SINK_SHRINK_FREE;
	return STEP_DONE;
}

static enum step shrink_free(struct sort_sink *s, struct coop *coop)
{
	struct row_store *old = store_of(s);

	while (old->first) {
		struct row_block *b = old->first;

		if (!coop_go(coop))
			return STEP_YIELD;
		old->first = b->next;
		mem_pool_free(s->pool, b);
		coop_pay(coop, PRICE_OF_FREE);
	}
	coop_pay(coop, (int64_t)(old->text.total_bytes >> 18) * PRICE_OF_FREE);
	row_store_clear(old);
	s->store = 1 - s->store;
	s->phase = s->back = SINK_INPUT;
	file_run(s, take_run(s), 0);
	return STEP_DONE;
}

/* ---- the sink's poll ---- */

static void register_sink(struct sort_sink *s)
{
	_Atomic(struct sort_sink *) *sinks = &s->shared->sinks;

	/* The source runs after all sinks have ended; the scheduler orders the two. */
	s->next = atomic_load_explicit(sinks, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(sinks, &s->next, s, memory_order_release,
						      memory_order_relaxed))
		;
}

static void input_ended(struct sort_sink *s)
{
	s->phase = s->back = SINK_END;
	if (s->block)
		s->phase = SINK_SORT;
}

/* Any phase but SINK_INPUT and SINK_END. */
static enum step sink_step(struct sort_sink *s, struct coop *coop, struct error *err)
{
	enum step step = STEP_DONE;

	ASSERT(s->input || s->phase > SINK_TAKE);
	switch (s->phase) {
	case SINK_PREFIX:
		take_prefixes(s, coop);
		s->phase = SINK_APPEND;
		return STEP_DONE;
	case SINK_APPEND:
		step = row_store_append(store_of(s), s->input->cols, &s->live, &s->appended,
					s->rows, coop, err);
		if (step == STEP_DONE)
			s->phase = SINK_TAKE;
		return step;
	case SINK_TAKE:
		return take_entries(s, coop, err);
	case SINK_SORT:
		return sort_block(s, coop, err);
	case SINK_MERGE:
		return merge_level(s, coop, err);
	case SINK_SHRINK_MERGE:
		return shrink_merge(s, coop, err);
	case SINK_SHRINK_DROP:
		step = sort_merge_drop(&s->merge, coop);
		if (step == STEP_DONE)
			s->phase = SINK_SHRINK_COPY;
		return step;
	case SINK_SHRINK_COPY:
		return shrink_copy(s, coop, err);
	case SINK_SHRINK_FREE:
		return shrink_free(s, coop);
	case SINK_INPUT:
	case SINK_END:
		break;
	}
	return step;
}

static enum op_result next_batch(struct sort_sink *s, struct run_task *task)
{
	enum op_result polled;

	if (is_store_large(s)) {
		shrink_begin(s);
		return OP_READY;
	}
	polled = op_poll(s->base.child, task, &s->input);
	if (polled == OP_READY)
		s->phase = SINK_PREFIX;
	else
		s->input = NULL;
	if (polled == OP_DONE)
		input_ended(s);
	return polled;
}

enum op_result sort_sink_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct sort_sink *s = CONTAINER_OF(op, struct sort_sink, base);

	(void)out;
	while (s->phase != SINK_END) {
		enum step step;

		if (s->phase == SINK_INPUT) {
			enum op_result polled = next_batch(s, task);

			if (polled == OP_PENDING || polled == OP_FAILED)
				return polled;
			continue;
		}
		step = sink_step(s, &task->task.coop, &task->err);
		if (step != STEP_DONE)
			return op_after(task, step);
	}
	register_sink(s);
	return OP_DONE;
}

/* ---- source ---- */

int sort_source_open(struct op *op, struct run_task *task, struct error *err)
{
	struct sort_source *s = CONTAINER_OF(op, struct sort_source, base);
	struct sort_list all = { 0 };
	uint32_t n = op->node->n_columns;

	s->shared = run_shared(task->run, op->node);
	s->to_skip = s->shared->offset;
	s->to_emit = s->shared->limit;
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
	for (struct sort_sink *sink = atomic_load_explicit(&s->shared->sinks, memory_order_acquire);
	     sink; sink = sink->next) {
		for (uint32_t level = SORT_LEVELS; level-- > 0;)
			sort_list_concat(&all, &sink->levels[level]);
	}
	if (sort_merge_init(&s->merge, &s->shared->order, all.n, &task->arena,
			    task->run->options.pool, err) < 0)
		return -1;
	sort_merge_begin(&s->merge, &all);
	return 0;
}

/* The next rows in order; those before the offset are passed over. */
static enum step collect(struct sort_source *s, struct coop *coop)
{
	while (!s->is_collected) {
		uint64_t wanted = s->to_skip > 0 ? s->to_skip : s->to_emit;
		uint32_t want = (uint32_t)MIN(wanted, (uint64_t)BATCH_ROWS_MAX);
		enum step step = sort_merge_next(&s->merge, s->entries, want, &s->n, coop);

		if (step != STEP_DONE)
			return step;
		s->is_collected = s->to_skip == 0 || s->n < want;
		if (s->to_skip == 0) {
			s->to_emit -= s->n;
		} else {
			s->to_skip -= s->n;
			s->n = 0;
		}
	}
	for (uint32_t i = 0; i < s->n; i++)
		s->rows[i] = s->entries[i].row;
	return STEP_DONE;
}

static enum step gather(struct sort_source *s, struct coop *coop)
{
	struct row_refs refs = { &s->shared->order.layout, s->rows, s->n };

	return row_gather_columns(&s->cursor, &refs, s->base.node->n_columns, s->columns, s->views,
				  coop);
}

enum op_result sort_source_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct sort_source *s = CONTAINER_OF(op, struct sort_source, base);
	enum step step = STEP_DONE;

	if (!s->is_collected)
		step = collect(s, &task->task.coop);
	if (step == STEP_DONE && s->n == 0)
		return OP_DONE;
	if (step == STEP_DONE)
		step = gather(s, &task->task.coop);
	if (step != STEP_DONE)
		return op_after(task, step);
	s->output = (struct batch){
		.n_rows = s->n,
		.n_cols = op->node->n_columns,
		.cols = s->views,
		.sel = { NULL, s->n },
	};
	s->is_collected = false;
	s->n = 0;
	*out = &s->output;
	return OP_READY;
}
