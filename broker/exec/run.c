/*
 * run.c - see run.h.
 *
 * Counting decides what happens next, never waiting:
 *
 *   fragment.n_running      0: the last task of a step has ended -> finish step,
 *                           or the fragments that waited for this one
 *   fragment.n_waiting_for  0: all inputs are there -> start its tasks
 *   run.n_live              0: nothing runs and nothing will -> done()
 *
 * n_live is raised before the count that causes a start is dropped, so it
 * cannot reach 0 in between.
 */
#include "broker/exec/run.h"

#include <string.h>

#include "broker/exec/operator.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/fiber.h"

static void fragment_start(struct run *run, struct run_fragment *f);

/* ---- the end of things ---- */

static void run_release(struct run *run)
{
	if (atomic_fetch_sub_explicit(&run->n_live, 1, memory_order_acq_rel) == 1)
		run->options.done(run, run->options.arg);
}

void run_fail(struct run *run, const struct error *err)
{
	if (err->code == ERR_NONE)
		return;
	mutex_lock(&run->lock);
	if (run->err.code == ERR_NONE &&
	    !coop_cancelled(&(struct coop){ .token = run->options.token }))
		run->err = *err;
	mutex_unlock(&run->lock);
	(void)token_set(run->options.token, CANCEL_PEER_ERROR);
	if (run->options.scheduler)
		scheduler_expedite(run->options.scheduler, run->options.group);
}

void run_fini(struct run *run)
{
	mutex_fini(&run->lock);
}

/* ---- tasks ---- */

static const struct op_class *sink_of(const struct run_fragment *f)
{
	return op_class_of(f->plan->sink->kind)->sink;
}

static void fiber_main(void *arg)
{
	struct run_task *t = arg;

	t->fiber_result = t->in_fiber(t, t->fiber_arg);
}

enum step run_in_fiber(struct run_task *t, int (*fn)(struct run_task *t, void *arg), void *arg)
{
	if (!t->fiber) {
		t->in_fiber = fn;
		t->fiber_arg = arg;
		t->fiber = fiber_new(fiber_main, t, &t->err);
		if (!t->fiber)
			return STEP_FAILED;
	}
	ASSERT(t->in_fiber == fn && t->fiber_arg == arg);
	if (!fiber_resume(t->fiber, &t->task.coop))
		return STEP_YIELD;
	fiber_free(&t->fiber);
	return t->fiber_result < 0 ? STEP_FAILED : STEP_DONE;
}

static int open_tree(struct run_task *t, void *arg)
{
	(void)arg;
	return op_tree_open(t, t->fragment->plan, &t->root, &t->err);
}

static enum op_result task_step(struct run_task *t)
{
	struct batch *unused = NULL;

	if (t->finish_state)
		return sink_of(t->fragment)->finish(t, t->fragment->plan->sink, t->finish_state);
	if (!t->is_open) {
		enum step step = run_in_fiber(t, open_tree, NULL);

		if (step != STEP_DONE)
			return op_after(t, step);
		t->is_open = true;
	}
	return op_poll(t->root, t, &unused);
}

static enum task_result run_task_poll(struct task *base)
{
	struct run_task *t = CONTAINER_OF(base, struct run_task, task);
	enum op_result result;

	t->yielded_at = NULL;
	if (coop_cancelled(&base->coop))
		return TASK_DONE;
	result = task_step(t);
	base->where = t->yielded_at ? t->yielded_at : plan_kind_name(t->fragment->plan->sink->kind);
	switch (result) {
	case OP_PENDING:
		return TASK_PENDING;
	case OP_FAILED:
		run_fail(t->run, &t->err);
		return TASK_DONE;
	case OP_DONE:
		return TASK_DONE;
	case OP_READY:
		break;
	}
	ASSERT(!"a sink has no output");
	return TASK_DONE;
}

static void fragment_ended(struct run *run, struct run_fragment *f)
{
	for (uint32_t i = 0; i < run->plan->n_fragments; i++) {
		struct run_fragment *other = &run->fragments[i];

		for (uint32_t k = 0; k < other->plan->n_inputs; k++) {
			if (other->plan->inputs[k] == f->plan->id &&
			    atomic_fetch_sub_explicit(&other->n_waiting_for, 1,
						      memory_order_acq_rel) == 1)
				fragment_start(run, other);
		}
	}
}

static void finish_start(struct run *run, struct run_fragment *f);

static void step_ended(struct run *run, struct run_fragment *f)
{
	if (token_reason(run->options.token) != CANCEL_NONE)
		return;
	if (!f->is_finishing && sink_of(f)->finish)
		finish_start(run, f);
	else
		fragment_ended(run, f);
}

/* The query was cancelled while a fiber was paused: now it goes straight to its end. */
static void fiber_unwind(struct run_task *t)
{
	while (t->fiber && run_in_fiber(t, t->in_fiber, t->fiber_arg) == STEP_YIELD)
		continue;
}

static void run_task_ended(struct task *base)
{
	struct run_task *t = CONTAINER_OF(base, struct run_task, task);
	struct run *run = t->run;

	fiber_unwind(t);
	op_tree_close(t->root);
	t->root = NULL;
	if (atomic_fetch_sub_explicit(&t->fragment->n_running, 1, memory_order_acq_rel) == 1)
		step_ended(run, t->fragment);
	run_release(run);
}

/* ---- starting ---- */

static void task_start(struct run *run, struct run_fragment *f, struct run_task *t, uint32_t index,
		       void *finish_state)
{
	t->run = run;
	t->fragment = f;
	t->index = index;
	t->finish_state = finish_state;
	task_init(&t->task, run->options.group, run_task_poll, run_task_ended,
		  plan_kind_name(f->plan->sink->kind));
	arena_init(&t->arena, run->options.pool);
}

/* All tasks of a step are made before the first one runs. */
static void tasks_start(struct run *run, struct run_fragment *f, uint32_t n, size_t state_size)
{
	struct error err = { 0 };
	struct mem_pool *pool = run->options.pool;
	size_t stride = (sizeof(struct run_task) + state_size + 63) & ~(size_t)63;
	char *tasks = mem_pool_calloc(pool, stride * n, &err);

	if (!tasks) {
		run_fail(run, &err);
		return;
	}
	f->n_tasks = n;
	atomic_store_explicit(&f->n_running, n, memory_order_relaxed);
	atomic_fetch_add_explicit(&run->n_live, n, memory_order_relaxed);
	for (uint32_t i = 0; i < n; i++) {
		struct run_task *t = (struct run_task *)(void *)(tasks + stride * i);

		task_start(run, f, t, i, state_size > 0 ? (void *)(t + 1) : NULL);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct run_task *t = (struct run_task *)(void *)(tasks + stride * i);

		if (run->options.scheduler)
			scheduler_add(run->options.scheduler, &t->task);
		else
			list_push_back(&run->here, &t->task.queue_link);
	}
}

static uint32_t clamp_tasks(const struct run *run, uint32_t n)
{
	return MAX(1u, MIN(n, run->options.max_tasks));
}

static void finish_start(struct run *run, struct run_fragment *f)
{
	const struct op_class *sink = sink_of(f);
	uint32_t n = sink->finish_parallelism ? sink->finish_parallelism(run, f->plan->sink) : 1;

	f->is_finishing = true;
	tasks_start(run, f, clamp_tasks(run, n), MAX(sink->finish_size, (size_t)8));
}

/* The node that feeds a fragment: a leaf, or the source face of what an input fragment made. */
static const struct plan_node *fragment_leaf(const struct plan_fragment *f)
{
	const struct plan_node *n = f->root;

	while (plan_cut_child(n->kind) != 0 && n->child[0])
		n = n->child[0];
	return n;
}

/*
 * LIMIT without an order may return any rows; with one task it returns the
 * first ones, and the same ones each time, which is what people expect.
 */
static bool has_limit(const struct plan_fragment *f)
{
	const struct plan_node *n = f->root;

	while (n->kind != PLAN_LIMIT && plan_cut_child(n->kind) != 0 && n->child[0])
		n = n->child[0];
	return n->kind == PLAN_LIMIT;
}

static void fragment_start(struct run *run, struct run_fragment *f)
{
	const struct plan_node *leaf = fragment_leaf(f->plan);
	const struct op_class *class = op_class_of(leaf->kind);
	uint32_t n = class->parallelism && !has_limit(f->plan) ? class->parallelism(run, leaf) : 1;

	tasks_start(run, f, clamp_tasks(run, n), 0);
}

static int share_nodes(struct run *run, const struct plan_node *node, struct error *err)
{
	const struct op_class *class = op_class_of(node->kind);

	for (int i = 0; i < 2; i++) {
		if (node->child[i] && share_nodes(run, node->child[i], err) < 0)
			return -1;
	}
	if (class->shared_size == 0)
		return 0;
	run->shared[node->id] = mem_pool_calloc(run->options.pool, class->shared_size, err);
	if (!run->shared[node->id])
		return -1;
	return class->share ? class->share(run, node, run->shared[node->id], err) : 0;
}

static int prepare_result(struct run *run, struct error *err)
{
	const struct plan_node *root = run->plan->root;
	struct arena scratch;
	enum col_type *types;

	arena_init(&scratch, run->options.pool);
	types = arena_alloc(&scratch, sizeof(*types) * MAX(root->n_columns, 1u), err);
	if (!types)
		return -1;
	for (uint32_t i = 0; i < root->n_columns; i++)
		types[i] = root->columns[i].type;
	return chunk_list_init(&run->result, run->options.pool, root->n_columns, types, err);
}

static int prepare(struct run *run, struct error *err)
{
	const struct plan *plan = run->plan;

	run->shared = mem_pool_calloc(run->options.pool, sizeof(void *) * plan->n_nodes, err);
	if (!run->shared)
		return -1;
	run->fragments = mem_pool_calloc(run->options.pool,
					 sizeof(*run->fragments) * plan->n_fragments, err);
	if (!run->fragments)
		return -1;
	for (uint32_t i = 0; i < plan->n_fragments; i++) {
		run->fragments[i].plan = &plan->fragments[i];
		atomic_store_explicit(&run->fragments[i].n_waiting_for, plan->fragments[i].n_inputs,
				      memory_order_relaxed);
	}
	if (share_nodes(run, plan->root, err) < 0)
		return -1;
	return prepare_result(run, err);
}

/* Without a scheduler: round robin on the calling thread, one poll each. */
static void run_here(struct run *run)
{
	int64_t credit = MAX(run->options.credit, 1);

	while (!list_is_empty(&run->here)) {
		struct task *t = CONTAINER_OF(run->here.next, struct task, queue_link);

		list_remove(&t->queue_link);
		coop_refill(&t->coop, credit, NS_PER_MS);
		t->n_polls++;
		if (t->poll(t) == TASK_DONE)
			t->ended(t);
		else
			list_push_back(&run->here, &t->queue_link);
	}
}

/* Field by field: others may be looking at the counters, as system.processes does. */
static void reset(struct run *run, const struct plan *plan, const struct run_options *options)
{
	struct run_stats *stats = &run->stats;

	run->plan = plan;
	run->options = *options;
	run->shared = NULL;
	run->fragments = NULL;
	run->err = (struct error){ 0 };
	run->result = (struct chunk_list){ 0 };
	atomic_store_explicit(&stats->rows_read, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->bytes_read, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->segments_read, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->segments_pruned, 0, memory_order_relaxed);
}

int run_start(struct run *run, const struct plan *plan, const struct run_options *options,
	      struct error *err)
{
	reset(run, plan, options);
	if (run->options.max_tasks == 0)
		run->options.max_tasks =
			options->scheduler ? scheduler_n_workers(options->scheduler) : 1;
	mutex_init(&run->lock, MUTEX_RANK_SINK);
	list_init(&run->here);
	if (prepare(run, err) < 0) {
		run_fini(run);
		return -1;
	}
	atomic_store_explicit(&run->n_live, 1, memory_order_relaxed);
	for (uint32_t i = 0; i < plan->n_fragments; i++) {
		if (plan->fragments[i].n_inputs == 0)
			fragment_start(run, &run->fragments[i]);
	}
	run_here(run);
	run_release(run);
	return 0;
}
