/*
 * cursor.c - saves a whole result before the first page is answered.
 *
 * The driver encodes one chunk after the other and hands the blocks to the
 * store's writer lane, which pushes back when it is behind.  The answer waits
 * for the commit: what the client has been told exists, survives.  And what it
 * has been told was cancelled, does not: the lane drops it, or it is deleted again.
 * A cancel waits for neither.
 */
#include "broker/query/query_priv.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/column/encode.h"

int64_t query_page_rows(const struct query *q)
{
	int64_t n = q->options.cursor_num_rows;

	return n > 0 ? n : q->engine->options.cursor_fetch_rows;
}

struct response_cursor query_cursor_facts(const struct query *q)
{
	int64_t total = (int64_t)q->run.result.n_rows;

	return (struct response_cursor){
		.num_rows = MIN(query_page_rows(q), total),
		.write_ms = q->saving.took_ms,
		.submission_ms = q->saving.begun_ms,
		.expiration_ms = q->saving.begun_ms + q->engine->options.cursor_expiration_ms,
		.broker_host = q->engine->options.broker_host,
		.broker_port = q->engine->options.broker_port,
		.bytes_written = q->saving.bytes,
	};
}

static int begin(struct query *q, struct error *err)
{
	struct query_saving *s = &q->saving;
	const struct plan_node *root = q->plan.root;
	struct store_info info = {
		.request_id = q->id_text,
		.broker_id = q->engine->broker_id,
		.metadata = (char[]){ "{}" },
		.n_columns = root->n_columns,
	};
	uint32_t n = root->n_columns;
	char **names = arena_alloc(&q->arena, sizeof(*names) * MAX(n, 1u), err);
	enum col_type *types = arena_alloc(&q->arena, sizeof(*types) * MAX(n, 1u), err);

	if (!names || !types)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		struct str name = arena_str(&q->arena, root->columns[i].name, err);

		if (!name.ptr)
			return -1;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): our own copy is not constant */
		names[i] = (char *)(uintptr_t)name.ptr;
		types[i] = root->columns[i].type;
	}
	s->begun_ms = clock_wall_ms();
	info.names = names;
	info.types = types;
	info.submission_ms = s->begun_ms;
	info.expiration_ms = s->begun_ms + q->engine->options.cursor_expiration_ms;
	s->chunk = q->run.result.first;
	s->write = store_write_begin(q->engine->options.store, &info, err);
	return s->write ? 0 : -1;
}

/* The reference that was taken for lane_is_ready() goes to whoever comes first. */
static bool take_ready_ref(struct query *q)
{
	return atomic_exchange_explicit(&q->saving.has_ready_ref, false, memory_order_acq_rel);
}

static void drop_ready_ref(struct query *q)
{
	if (take_ready_ref(q))
		query_unref(&q);
}

/* On the store's lane; not called any more once the write has been given up. */
static void lane_is_ready(void *arg, const struct error *result)
{
	struct query *q = arg;
	/* Before the driver wakes up: it takes a reference for its next block at once. */
	bool is_mine = take_ready_ref(q);

	(void)result; /* a failure comes back from the next call */
	task_wake(q->engine->options.scheduler, &q->driver);
	if (is_mine)
		query_unref(&q);
}

static void deleted(void *arg, int64_t n_deleted, const struct error *result)
{
	struct query *q = arg;
	char msg[LOG_QUOTED_MAX];

	(void)n_deleted;
	if (result->code != ERR_NONE)
		log_event(LOG_WARN, "cancelled_cursor_kept", "id=%s error=%s", q->id_text,
			  log_quote(str_of(result->msg), msg));
	query_unref(&q);
}

static void delete_response(struct query *q)
{
	struct error err = { 0 };

	if (store_delete(q->engine->options.store, str_of(q->id_text), deleted, query_ref(q),
			 &err) < 0)
		deleted(q, 0, &err);
}

void query_unsave(struct query *q)
{
	if (!q->saving.is_saved)
		return;
	q->saving.is_saved = false;
	delete_response(q);
}

/* Moves on from COMMIT_UNDER_WAY; false: the other side was first. */
static bool end_commit(struct query *q, enum commit_state to)
{
	uint32_t from = COMMIT_UNDER_WAY;

	return atomic_compare_exchange_strong_explicit(&q->saving.commit, &from, to,
						       memory_order_acq_rel, memory_order_acquire);
}

static void committed(void *arg, const struct error *result)
{
	struct query *q = arg;

	q->saving.result = *result;
	if (end_commit(q, COMMIT_ENDED))
		task_wake(q->engine->options.scheduler, &q->driver);
	else if (result->code == ERR_NONE)
		delete_response(q);
	query_unref(&q);
}

/* Encodes and hands over one chunk. */
static enum phase_result save_chunk(struct query *q, struct error *err)
{
	struct query_saving *s = &q->saving;
	const struct batch *b = &s->chunk->batch;
	struct strbuf block CLEANUP(strbuf_fini) = STRBUF_INIT;
	int pushed;

	if (encode_rows(b, 0, b->n_rows, &block, err) < 0)
		return PHASE_OVER;
	s->bytes += (int64_t)block.len;
	coop_pay(&q->driver.coop, (int64_t)block.len + 1);
	atomic_store_explicit(&s->has_ready_ref, query_ref(q) != NULL, memory_order_release);
	pushed = store_write_block(s->write, &block, b->n_rows, lane_is_ready, q, err);
	if (pushed != 1)
		drop_ready_ref(q);
	if (pushed < 0)
		return PHASE_OVER;
	s->chunk = s->chunk->next;
	if (pushed == 1)
		return PHASE_WAIT;
	return PHASE_NEXT;
}

static enum phase_result commit(struct query *q, struct error *err)
{
	struct query_saving *s = &q->saving;
	struct response_facts facts = { 0 };
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct str *tables = NULL;
	int result;

	query_facts(q, &facts, &text, &tables);
	facts.client_request_id = (struct str){ 0 };
	result = response_metadata(&facts, &s->metadata);
	mem_free(tables);
	if (result < 0) {
		(void)error_oom(err);
		return PHASE_OVER;
	}
	atomic_store_explicit(&s->commit, COMMIT_UNDER_WAY, memory_order_release);
	store_write_commit(s->write, strbuf_str(&s->metadata), &q->token, committed, query_ref(q));
	s->write = NULL;
	return PHASE_WAIT;
}

static enum phase_result saved(struct query *q)
{
	struct query_saving *s = &q->saving;

	if (s->result.code != ERR_NONE)
		return query_fail(q, &s->result);
	s->is_saved = true;
	s->took_ms = clock_wall_ms() - s->begun_ms;
	metric_add(METRIC_cursors_written_total, 1);
	query_enter(q, PHASE_WRITING);
	return PHASE_NEXT;
}

static enum phase_result await_commit(struct query *q)
{
	if (atomic_load_explicit(&q->saving.commit, memory_order_acquire) == COMMIT_ENDED)
		return saved(q);
	if (token_reason(&q->token) == CANCEL_NONE)
		return PHASE_WAIT;
	if (!end_commit(q, COMMIT_GIVEN_UP))
		return saved(q);
	return query_fail(q, &(struct error){ 0 });
}

static enum phase_result stop_saving(struct query *q, const struct error *err)
{
	store_write_abort(&q->saving.write);
	drop_ready_ref(q);
	return query_fail(q, err);
}

/* Pinot reads the option after the run and answers in bare text. */
static enum phase_result refuse_page_size(struct query *q)
{
	q->answer.plain_status = 500;
	strbuf_printf(&q->answer.body,
		      "cursorNumRows must be a number between 1 and 2^31-1, got: %lld",
		      (long long)q->options.cursor_num_rows);
	return query_fail(
		q, &(struct error){ .code = ERR_BAD_REQUEST, .sql_offset = ERROR_NO_OFFSET });
}

enum phase_result query_save(struct query *q)
{
	struct query_saving *s = &q->saving;
	struct error err = { 0 };
	enum phase_result result = PHASE_NEXT;

	if (atomic_load_explicit(&s->commit, memory_order_relaxed) != COMMIT_NONE)
		return await_commit(q);
	if (token_reason(&q->token) != CANCEL_NONE)
		return stop_saving(q, &err);
	if (q->options.cursor_num_rows < 0)
		return refuse_page_size(q);
	if (!s->write && begin(q, &err) < 0)
		return query_fail(q, &err);
	while (s->chunk && result == PHASE_NEXT && coop_go(&q->driver.coop))
		result = save_chunk(q, &err);
	if (result == PHASE_OVER)
		return stop_saving(q, &err);
	if (result == PHASE_WAIT)
		return PHASE_WAIT;
	if (s->chunk)
		return PHASE_AGAIN;
	result = commit(q, &err);
	return result == PHASE_OVER ? stop_saving(q, &err) : result;
}
