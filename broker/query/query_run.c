/* query_run.c - starts the plan's fragments and waits for the last one. */
#include "broker/query/query_priv.h"
#include "common/base/error.h"

static void run_done(struct run *run, void *arg)
{
	/* The driver may be on its way already and see to the end of the query before it is woken. */
	struct query *q = query_ref(arg);

	(void)run;
	/* Pairs with the acquire in query_run(): what the tasks wrote is visible to the driver. */
	atomic_store_explicit(&q->run_ended, true, memory_order_release);
	task_wake(q->engine->options.scheduler, &q->driver);
	query_unref(&q);
}

static enum phase_result start(struct query *q)
{
	struct engine *e = q->engine;
	struct error err = { 0 };
	struct run_options options = {
		.scheduler = e->options.scheduler,
		.group = &q->group,
		.token = &q->token,
		.pool = &q->pool,
		.max_tasks = (uint32_t)MIN(q->options.max_threads, (int64_t)UINT32_MAX),
		.now_ms = q->started_ms,
		.max_value_bytes = e->options.max_value_bytes,
		.done = run_done,
		.arg = q,
	};

	q->has_run = true;
	if (run_start(&q->run, &q->plan, &options, &err) < 0) {
		q->has_run = false;
		return query_fail(q, &err);
	}
	return PHASE_WAIT;
}

enum phase_result query_run(struct query *q)
{
	if (!q->has_run)
		return start(q);
	if (!atomic_load_explicit(&q->run_ended, memory_order_acquire))
		return PHASE_WAIT;
	if (q->run.err.code != ERR_NONE)
		return query_fail(q, &q->run.err);
	if (token_reason(&q->token) != CANCEL_NONE)
		return query_fail(q, &(struct error){ 0 });
	query_enter(q, q->options.get_cursor ? PHASE_SAVING : PHASE_WRITING);
	return PHASE_NEXT;
}
