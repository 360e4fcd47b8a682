/*
 * query.c - the query object, its driver, its end; the engine that holds them.
 */
#include "broker/query/query_priv.h"

#include <stdio.h>
#include <unistd.h>

#include "broker/table/catalog.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"

static const struct {
	const char *name;
	enum phase_result (*step)(struct query *q);
} phases[] = {
#define PHASE(NAME, text, step) [PHASE_##NAME] = { text, step },
	QUERY_PHASES(PHASE)
#undef PHASE
};

const char *query_phase_name(enum query_phase phase)
{
	return phases[phase].name;
}

/* ---- references ---- */

struct query *query_ref(struct query *q)
{
	atomic_fetch_add_explicit(&q->n_refs, 1, memory_order_relaxed);
	return q;
}

static void query_free(struct query *q)
{
	strbuf_fini(&q->piece);
	strbuf_fini(&q->saving.metadata);
	strbuf_fini(&q->answer.body);
	if (q->has_response)
		response_fini(&q->response);
	output_fini(&q->output);
	mutex_fini(&q->lock);
	atomic_fetch_sub_explicit(&q->engine->n_live, 1, memory_order_release);
	mem_free(q);
}

void query_unref(struct query **qp)
{
	struct query *q = *qp;

	*qp = NULL;
	if (q && atomic_fetch_sub_explicit(&q->n_refs, 1, memory_order_acq_rel) == 1)
		query_free(q);
}

uint64_t query_id(const struct query *q)
{
	return q->id;
}

/* ---- stopping ---- */

bool query_cancel(struct query *q, enum cancel_reason reason, const char *by)
{
	bool is_first;

	mutex_lock(&q->lock);
	is_first = !q->has_stopped && token_set(&q->token, reason);
	if (is_first) {
		struct receipt *r = &q->receipt;

		r->reason = reason;
		(void)snprintf(r->by, sizeof(r->by), "%s", by);
		r->asked_ns = clock_mono_ns();
		r->at_ms = clock_wall_ms();
		r->phase = query_phase_name(query_phase(q));
	}
	mutex_unlock(&q->lock);
	if (is_first)
		scheduler_expedite(q->engine->options.scheduler, &q->group);
	return is_first;
}

/* Stamps the receipt; the waiters move to the caller's list. */
static void stamp_receipt(struct query *q, struct list *waiters)
{
	struct receipt *r = &q->receipt;

	mutex_lock(&q->lock);
	q->has_stopped = true;
	r->stopped_ns = clock_mono_ns();
	r->rows_read = atomic_load_explicit(&q->run.stats.rows_read, memory_order_relaxed);
	r->memory_bytes = atomic_load_explicit(&q->account.used_bytes, memory_order_relaxed);
	LIST_FOREACH (node, &q->stop_waiters) {
		list_remove(node);
		list_push_back(waiters, node);
	}
	mutex_unlock(&q->lock);
}

void query_stopped(struct query *q)
{
	struct list waiters;

	if (q->has_stopped) /* only the driver sets it */
		return;
	list_init(&waiters);
	stamp_receipt(q, &waiters);
	registry_remove(q->engine, q);
	for (;;) {
		struct list *node = list_pop_front(&waiters);
		struct query_stop_waiter *w;

		if (!node)
			return;
		w = CONTAINER_OF(node, struct query_stop_waiter, link);
		w->fn(w);
	}
}

void query_on_stop(struct query *q, struct query_stop_waiter *w)
{
	bool has_stopped;

	list_init(&w->link);
	mutex_lock(&q->lock);
	has_stopped = q->has_stopped;
	if (!has_stopped)
		list_push_back(&q->stop_waiters, &w->link);
	mutex_unlock(&q->lock);
	if (has_stopped)
		w->fn(w);
}

bool query_stop_waiter_remove(struct query *q, struct query_stop_waiter *w)
{
	bool was_waiting;

	mutex_lock(&q->lock);
	was_waiting = !q->has_stopped && list_is_linked(&w->link);
	if (was_waiting)
		list_remove(&w->link);
	mutex_unlock(&q->lock);
	return was_waiting;
}

struct receipt query_receipt(struct query *q)
{
	struct receipt r;

	mutex_lock(&q->lock);
	r = q->receipt;
	mutex_unlock(&q->lock);
	return r;
}

/* ---- the deadline ---- */

static void deadline_passed(void *arg)
{
	struct query *q = arg;

	(void)query_cancel(q, CANCEL_TIMEOUT, "timeout");
	query_unref(&q);
}

static void clear_deadline(struct query *q)
{
	struct query *ref = q;

	if (reactor_timer_cancel(q->engine->options.reactor, &q->deadline))
		query_unref(&ref);
}

void query_set_deadline(struct query *q, int64_t timeout_ms)
{
	uint64_t elapsed = (clock_mono_ns() - q->started_ns) / NS_PER_MS;
	uint64_t wanted = (uint64_t)timeout_ms;

	clear_deadline(q);
	reactor_timer_init(&q->deadline, deadline_passed, query_ref(q));
	reactor_timer_set(q->engine->options.reactor, &q->deadline,
			  wanted > elapsed ? wanted - elapsed : 0);
}

/* ---- failing ---- */

static void stopped_error(struct query *q, enum cancel_reason reason)
{
	struct receipt r;

	query_stopped(q);
	r = query_receipt(q);
	if (reason == CANCEL_TIMEOUT)
		(void)error_set(
			&q->error, ERR_QUERY_TIMEOUT,
			"Query timed out (time spent: %llums) while %s; it stopped in %.3f ms",
			(unsigned long long)((r.asked_ns - q->started_ns) / NS_PER_MS), r.phase,
			receipt_ms(&r));
	else
		(void)error_set(&q->error, ERR_QUERY_CANCELLED,
				"Query was cancelled (%s) by %s while %s; it stopped in %.3f ms",
				cancel_reason_name(reason), r.by, r.phase, receipt_ms(&r));
}

enum phase_result query_fail(struct query *q, const struct error *err)
{
	enum cancel_reason reason = token_reason(&q->token);

	if (reason != CANCEL_NONE && reason != CANCEL_PEER_ERROR)
		stopped_error(q, reason);
	else
		q->error = *err;
	query_enter(q, PHASE_WRITING);
	return PHASE_NEXT;
}

/* ---- what the response says ---- */

void query_print_parsing_error(const struct query *q, struct strbuf *out)
{
	size_t n = str_utf8_cut(q->sql, 1000);

	strbuf_add_str(out, STR("Caught exception while parsing query: "));
	strbuf_add(out, q->sql.ptr, n);
	strbuf_add_str(out, n < q->sql.len ? STR("...: ") : STR(": "));
	strbuf_add_str(out, str_of(q->error.msg));
}

/* "Head: detail (line 1, column 5)"; parse errors repeat the statement as Pinot does. */
static void print_error(const struct query *q, struct strbuf *out)
{
	const struct error *err = &q->error;

	strbuf_printf(out, "%s: ", error_info(err->code)->text);
	if (err->code == ERR_SQL_PARSING) {
		query_print_parsing_error(q, out);
		return;
	}
	strbuf_add_str(out, str_of(err->msg));
	if (err->sql_offset != ERROR_NO_OFFSET) {
		uint32_t line, column;

		sql_position(q->sql, err->sql_offset, &line, &column);
		strbuf_printf(out, " (line %u, column %u)", line, column);
	}
}

static int64_t table_rows(const struct plan *plan)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < plan->n_tables; i++)
		n += MAX(plan->tables[i]->n_rows, 0);
	return n;
}

void query_facts(struct query *q, struct response_facts *f, struct strbuf *error_text,
		 struct str **tables)
{
	const struct run_stats *s = &q->run.stats;
	uint32_t n_tables = q->plan.n_tables;
	bool is_parsed = q->error.code != ERR_SQL_PARSING && q->error.code != ERR_SQL_TYPE;

	*tables = mem_calloc(MAX(n_tables, 1u), sizeof(**tables));
	for (uint32_t i = 0; *tables && i < n_tables; i++)
		(*tables)[i] = q->plan.tables[i]->name;
	if (q->error.code != ERR_NONE)
		print_error(q, error_text);
	*f = (struct response_facts){
		.request_id = is_parsed ? str_of(q->id_text) : (struct str){ 0 },
		.client_request_id = q->client_query_id,
		.broker_id = is_parsed ? str_of(q->engine->broker_id) : (struct str){ 0 },
		.num_rows_result_set =
			q->error.code == ERR_NONE ? (int64_t)q->run.result.n_rows : 0,
		.error = &q->error,
		.error_text = strbuf_str(error_text),
		.time_used_ms = (int64_t)((clock_mono_ns() - q->started_ns) / NS_PER_MS),
		.docs_scanned = atomic_load_explicit(&s->rows_read, memory_order_relaxed),
		.total_docs = (uint64_t)table_rows(&q->plan),
		.segments_processed = atomic_load_explicit(&s->segments_read, memory_order_relaxed),
		.segments_pruned = atomic_load_explicit(&s->segments_pruned, memory_order_relaxed),
		.cpu_ns = atomic_load_explicit(&q->group.cpu_ns, memory_order_relaxed),
		.n_servers = 1,
		.tables = *tables,
		.n_tables = *tables ? n_tables : 0,
		.is_multistage = q->dialect == DIALECT_MULTI_STAGE,
	};
	f->segments_queried = f->segments_processed + f->segments_pruned;
	/* Once stopped, the receipt does not change any more; before, others may be writing it. */
	if (q->has_stopped && q->receipt.reason != CANCEL_NONE)
		f->receipt = &q->receipt;
}

/* ---- the end ---- */

static const char *outcome(const struct query *q)
{
	if (q->error.code == ERR_NONE)
		return "finished";
	if (q->error.code == ERR_QUERY_CANCELLED) {
		metric_add(METRIC_queries_cancelled_total, 1);
		return "cancelled";
	}
	if (q->error.code == ERR_QUERY_TIMEOUT) {
		metric_add(METRIC_queries_timed_out_total, 1);
		return "timed_out";
	}
	metric_add(METRIC_queries_failed_total, 1);
	return "failed";
}

static void log_end(struct query *q)
{
	char sql[LOG_QUOTED_MAX], client_id[LOG_QUOTED_MAX], msg[LOG_QUOTED_MAX];
	const char *status = outcome(q);
	struct receipt r = query_receipt(q);

	metric_add(METRIC_queries_total, 1);
	log_event(LOG_INFO, "query_end",
		  "id=%s client_id=%s status=%s rows=%llu rows_read=%llu ms=%.3f cpu_ms=%.3f "
		  "mem_peak=%lld reason=%s by=\"%s\" phase=%s stop_ms=%.3f error=%s sql=%s",
		  q->id_text, log_quote(q->client_query_id, client_id), status,
		  (unsigned long long)(q->error.code == ERR_NONE ? q->run.result.n_rows : 0),
		  (unsigned long long)q->run.stats.rows_read,
		  (double)(clock_mono_ns() - q->started_ns) / (double)NS_PER_MS,
		  (double)q->group.cpu_ns / (double)NS_PER_MS, (long long)q->account.peak_bytes,
		  cancel_reason_name(r.reason), r.by, r.phase ? r.phase : "-",
		  r.reason != CANCEL_NONE ? receipt_ms(&r) : 0.0,
		  log_quote(str_of(q->error.msg), msg), log_quote(q->sql, sql));
}

enum phase_result query_end(struct query *q)
{
	query_stopped(q);
	clear_deadline(q);
	admission_leave(q);
	log_end(q);
	plan_release(&q->plan);
	if (q->has_run)
		run_fini(&q->run);
	return PHASE_OVER;
}

/* ---- the driver ---- */

/* A query that was cancelled where it waits has nothing to unwind. */
static bool is_cancelled_waiting(const struct query *q)
{
	enum query_phase phase = query_phase(q);

	if (token_reason(&q->token) == CANCEL_NONE)
		return false;
	return phase == PHASE_QUEUED || (phase == PHASE_PLANNING && !q->fiber) ||
	       (phase == PHASE_RUNNING && !q->has_run);
}

static enum task_result driver_poll(struct task *t)
{
	struct query *q = CONTAINER_OF(t, struct query, driver);

	for (;;) {
		enum phase_result result;

		if (is_cancelled_waiting(q)) {
			admission_unlink(q);
			(void)query_fail(q, &(struct error){ 0 });
		}
		t->where = query_phase_name(query_phase(q));
		result = phases[query_phase(q)].step(q);
		switch (result) {
		case PHASE_NEXT:
			continue;
		case PHASE_AGAIN:
			t->why = WHY_CREDIT;
			return TASK_PENDING;
		case PHASE_WAIT:
			t->why = query_phase(q) == PHASE_RUNNING ? WHY_PEER : WHY_OUTPUT;
			return TASK_PENDING;
		case PHASE_OVER:
			return TASK_DONE;
		}
	}
}

static void memory_freed(void *arg)
{
	struct query *q = arg;

	query_unref(&q);
}

static void driver_ended(struct task *t)
{
	struct query *q = CONTAINER_OF(t, struct query, driver);

	q->reaper_job = (struct reaper_job){ .pool = &q->pool, .freed = memory_freed, .arg = q };
	list_init(&q->reaper_job.link);
	reaper_give(q->engine->options.reaper, &q->reaper_job);
}

/* The client can take more text, or is gone. */
static void output_has_room(void *arg)
{
	struct query *q = arg;

	if (output_is_abandoned(&q->output))
		(void)query_cancel(q, CANCEL_CLIENT_GONE, "client hung up");
	task_wake(q->engine->options.scheduler, &q->driver);
}

static int copy_texts(struct query *q, const struct query_request *request, struct error *err)
{
	q->sql = arena_str(&q->arena, request->sql, err);
	q->json_options = arena_str(&q->arena, request->query_options, err);
	return q->sql.ptr && q->json_options.ptr ? 0 : -1;
}

static struct query *query_new(struct engine *e, const struct query_request *request,
			       struct error *err)
{
	struct query *q = mem_calloc_aligned(sizeof(*q), CACHE_LINE);

	if (!q) {
		(void)error_oom(err);
		return NULL;
	}
	q->engine = e;
	atomic_fetch_add_explicit(&e->n_live, 1, memory_order_relaxed);
	q->n_refs = 2; /* the engine's and the caller's */
	q->id = id_source_next(&e->ids);
	(void)snprintf(q->id_text, sizeof(q->id_text), "%llu", (unsigned long long)q->id);
	(void)snprintf(q->client, sizeof(q->client), "%s", request->client);
	q->request = *request;
	q->started_ns = clock_mono_ns();
	q->started_ms = clock_wall_ms();
	mem_account_init(&q->account, e->options.query_max_memory, &e->account);
	mem_pool_init(&q->pool, &q->account);
	arena_init(&q->arena, &q->pool);
	mutex_init(&q->lock, MUTEX_RANK_QUERY);
	list_init(&q->stop_waiters);
	list_init(&q->registry_link);
	list_init(&q->admission_link);
	output_init(&q->output, output_has_room, q);
	reactor_timer_init(&q->deadline, deadline_passed, q);
	task_group_init(&q->group, GROUP_QUERY, &q->token, q->id);
	task_init(&q->driver, &q->group, driver_poll, driver_ended, "planning");
	if (copy_texts(q, request, err) < 0) {
		mem_pool_fini(&q->pool);
		query_free(q);
		return NULL;
	}
	return q;
}

struct query *query_submit(struct engine *e, const struct query_request *request, struct error *err)
{
	struct query *q = query_new(e, request, err);

	if (!q)
		return NULL;
	if (registry_add(e, q, err) < 0) {
		mem_pool_fini(&q->pool);
		query_free(q);
		return NULL;
	}
	return q;
}

void query_start(struct query *q)
{
	query_set_deadline(q, q->engine->options.timeout_ms);
	scheduler_add(q->engine->options.scheduler, &q->driver);
}

void query_take_answer(struct query *q, struct query_answer *out)
{
	*out = q->answer;
	q->answer.body = (struct strbuf)STRBUF_INIT;
}

/* ---- the engine ---- */

static int64_t default_total_memory(void)
{
	return (int64_t)sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGESIZE);
}

int engine_new(const struct engine_options *options, struct engine **out, struct error *err)
{
	struct engine *e = mem_calloc(1, sizeof(*e));
	int64_t total = options->total_max_memory;

	if (!e)
		return error_oom(err);
	e->options = *options;
	id_source_init(&e->ids);
	mem_account_init(&e->account, total > 0 ? total : default_total_memory(), NULL);
	mutex_init(&e->lock, MUTEX_RANK_REGISTRY);
	map_init(&e->by_id);
	map_init(&e->by_client);
	list_init(&e->queries);
	list_init(&e->waiting);
	engine_set_port(e, options->broker_port);
	if (processes_table_register(e, err) < 0) {
		engine_free(&e);
		return -1;
	}
	*out = e;
	return 0;
}

void engine_set_port(struct engine *e, int64_t port)
{
	e->options.broker_port = port;
	(void)snprintf(e->broker_id, sizeof(e->broker_id), "Broker_%s_%lld", e->options.broker_host,
		       (long long)port);
}

void engine_free(struct engine **ep)
{
	struct engine *e = *ep;

	if (!e)
		return;
	ASSERT(engine_is_idle(e));
	map_fini(&e->by_id);
	map_fini(&e->by_client);
	mutex_fini(&e->lock);
	mem_free(e);
	*ep = NULL;
}

bool engine_is_idle(const struct engine *e)
{
	return atomic_load_explicit(&e->n_live, memory_order_acquire) == 0;
}

const struct mem_account *engine_account(const struct engine *e)
{
	return &e->account;
}

const char *engine_broker_id(const struct engine *e)
{
	return e->broker_id;
}

const struct engine_options *engine_options(const struct engine *e)
{
	return &e->options;
}
