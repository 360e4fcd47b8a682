/*
 * page.c - a page of a stored result as a response.
 *
 * The store's reader lane decodes a piece of the rows; a task of a control group
 * writes its text, on a worker like everything that computes, asks the lane for
 * the next piece and waits, while the client takes what is there:
 *
 *   lane reads ──> task writes ──> output full: waits for the client
 *       ^               │
 *       └── no rows ────┘
 *
 * So a page takes the memory of one piece and of the output queue, however many
 * rows it has.  The head, with the number of rows, is written before they are
 * read.  What fails after that, a deletion of the result among it, cuts the
 * connection: the client sees a body without end, never a short page that looks
 * whole.
 */
#include <stdio.h>

#include "broker/query/query_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"

struct page {
	struct token token; /* first: a cache line of its own */
	struct engine *engine;
	struct page_request request;
	char request_id[128];    /* cut: only for messages */
	_Atomic uint32_t n_refs; /* the client's, the task's, the lane's while it reads on */
	_Atomic bool is_reading; /* `stored` is the lane's */
	bool has_response, is_streaming;
	uint64_t started_ns;
	struct store_page *stored;
	struct task_group group;
	struct task task;
	struct response response;
	struct output output;
	struct strbuf piece;
};

static void page_unref(struct page *p)
{
	if (atomic_fetch_sub_explicit(&p->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	if (p->has_response)
		response_fini(&p->response);
	store_page_free(&p->stored);
	strbuf_fini(&p->piece);
	output_fini(&p->output);
	/* Release: whoever finds the engine idle finds no row of the page in memory. */
	atomic_fetch_sub_explicit(&p->engine->n_live, 1, memory_order_release);
	mem_free(p);
}

void page_release(struct page **pp)
{
	struct page *p = *pp;

	*pp = NULL;
	if (p)
		page_unref(p);
}

static void output_has_room(void *arg)
{
	struct page *p = arg;

	if (output_is_abandoned(&p->output))
		(void)token_set(&p->token, CANCEL_CLIENT_GONE);
	task_wake(p->engine->options.scheduler, &p->task);
}

/* ---- answers ---- */

static void answer_text(struct page *p, int status, const struct error *err, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Bare text, as Pinot answers here. */
static void answer_text(struct page *p, int status, const struct error *err, const char *fmt, ...)
{
	struct query_answer answer = { .plain_status = status };
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	strbuf_add_str(&answer.body, str_of(text));
	answer.error_wire_code = err ? error_info(err->code)->wire_code : -1;
	p->request.answered(p->request.arg, &answer);
}

static void answer_body(struct page *p)
{
	struct query_answer answer = { .error_wire_code = -1, .error_http_status = 200 };

	if (p->is_streaming) {
		answer.output = &p->output;
	} else {
		answer.body = p->piece;
		p->piece = (struct strbuf)STRBUF_INIT;
	}
	p->request.answered(p->request.arg, &answer);
}

/* ---- the task ---- */

static int begin_response(struct page *p, struct error *err)
{
	struct store_page *s = p->stored;
	const struct engine_options *o = &p->engine->options;
	struct response_cursor cursor = {
		.offset = s->offset,
		.num_rows = s->end - s->offset,
		.fetch_ms = (int64_t)((clock_mono_ns() - p->started_ns) / NS_PER_MS),
		.submission_ms = s->info.submission_ms,
		.expiration_ms = s->info.expiration_ms,
		.broker_host = o->broker_host,
		.broker_port = o->broker_port,
		.bytes_written = s->info.bytes,
	};
	struct response_table table = {
		.types = s->info.types,
		.n_columns = s->info.n_columns,
		.rows = &s->rows,
		.end_row = (uint64_t)(s->end - s->offset),
	};
	bool has_table = !p->request.metadata_only && s->info.n_rows > 0;
	struct str *names = mem_calloc(MAX(s->info.n_columns, 1u), sizeof(*names));
	int result;

	if (!names)
		return error_oom(err);
	for (uint32_t i = 0; i < s->info.n_columns; i++)
		names[i] = str_of(s->info.names[i]);
	table.names = names;
	if (p->request.metadata_only) {
		cursor.num_rows = s->info.n_rows;
		cursor.fetch_ms = 0;
	}
	result = response_init_stored(&p->response, str_of(s->info.metadata),
				      has_table ? &table : NULL, &cursor, err);
	mem_free(names);
	p->has_response = result == 0;
	return result;
}

/* True when the page cannot be served and has been answered. */
static bool is_refused(struct page *p)
{
	const struct store_page *s = p->stored;

	if (s->result.code == ERR_NOT_FOUND) {
		answer_text(p, 404, &s->result, "Query results for %s not found.", p->request_id);
		return true;
	}
	if (s->result.code != ERR_NONE) {
		answer_text(p, 500, &s->result, "%s", s->result.msg);
		return true;
	}
	if (!p->request.metadata_only && s->offset > 0 && s->offset >= s->info.n_rows) {
		answer_text(p, 500, &s->result,
			    "Offset %lld should be lesser than totalRecords %lld",
			    (long long)s->offset, (long long)s->info.n_rows);
		return true;
	}
	return false;
}

static enum task_result cut(struct page *p, const struct error *err)
{
	char msg[LOG_QUOTED_MAX];

	log_event(LOG_WARN, "page_cut", "id=%s error=%s", p->stored->info.request_id,
		  log_quote(str_of(err->msg), msg));
	output_end(&p->output, true);
	return TASK_DONE;
}

static enum task_result give_up(struct page *p)
{
	struct error err = { 0 };

	(void)error_oom(&err);
	if (p->is_streaming)
		return cut(p, &err);
	answer_text(p, 503, &err, "%s", err.msg);
	return TASK_DONE;
}

/* The lane could not read on. */
static enum task_result end_early(struct page *p)
{
	if (p->is_streaming)
		return cut(p, &p->stored->result);
	if (!is_refused(p))
		ASSERT(!"the lane has failed");
	return TASK_DONE;
}

static enum task_result wait(struct task *t, enum task_why why)
{
	t->why = why;
	return TASK_PENDING;
}

/* Asks the lane for the rows that follow. */
static enum task_result read_on(struct page *p)
{
	struct error err = { 0 };

	atomic_fetch_add_explicit(&p->n_refs, 1, memory_order_relaxed);
	atomic_store_explicit(&p->is_reading, true, memory_order_relaxed);
	if (store_read_on(p->engine->options.store, p->stored, &err) == 0)
		return wait(&p->task, WHY_IO);
	atomic_store_explicit(&p->is_reading, false, memory_order_relaxed);
	page_unref(p);
	p->stored->result = err;
	return end_early(p);
}

/* Puts what is written into the queue; the first time, that is the answer. */
static void send_piece(struct page *p)
{
	output_put(&p->output, &p->piece);
	if (p->is_streaming)
		return;
	p->is_streaming = true;
	answer_body(p);
}

static enum task_result write_text(struct page *p)
{
	enum step step = response_write(&p->response, OUTPUT_PIECE_BYTES, &p->piece, &p->task.coop);

	if (step == STEP_FAILED)
		return give_up(p);
	if (step == STEP_DONE && !p->is_streaming) {
		answer_body(p);
		return TASK_DONE;
	}
	if (step == STEP_DONE || p->piece.len >= OUTPUT_PIECE_BYTES)
		send_piece(p);
	if (step == STEP_DONE) {
		output_end(&p->output, false);
		return TASK_DONE;
	}
	return response_wants_rows(&p->response) ? read_on(p) : wait(&p->task, WHY_CREDIT);
}

static enum task_result page_poll(struct task *t)
{
	struct page *p = CONTAINER_OF(t, struct page, task);
	struct error err = { 0 };

	if (coop_cancelled(&t->coop)) {
		output_end(&p->output, true);
		return TASK_DONE;
	}
	/* Acquire: what the lane has read. */
	if (atomic_load_explicit(&p->is_reading, memory_order_acquire))
		return wait(t, WHY_IO);
	if (p->stored->result.code != ERR_NONE)
		return end_early(p);
	if (p->is_streaming && output_is_full(&p->output))
		return wait(t, WHY_OUTPUT);
	if (!p->has_response && begin_response(p, &err) < 0)
		return give_up(p);
	if (response_wants_rows(&p->response))
		response_add_rows(&p->response, &p->stored->rows);
	return write_text(p);
}

static void page_ended(struct task *t)
{
	page_unref(CONTAINER_OF(t, struct page, task));
}

/* ---- from the store ---- */

/* The first piece: now the page gets an answer, or the task that writes one. */
static void begin(struct page *p, struct store_page *stored)
{
	p->stored = stored;
	if (is_refused(p)) {
		page_unref(p);
		return;
	}
	metric_add(METRIC_cursor_pages_total, 1);
	scheduler_add(p->engine->options.scheduler, &p->task);
}

/* On the reader lane. */
static void page_is_read(void *arg, struct store_page *stored)
{
	struct page *p = arg;

	if (!p->stored) {
		begin(p, stored);
		return;
	}
	/* Release: what was read. */
	atomic_store_explicit(&p->is_reading, false, memory_order_release);
	task_wake(p->engine->options.scheduler, &p->task);
	page_unref(p);
}

int page_submit(struct engine *e, const struct page_request *request, struct page **out,
		struct error *err)
{
	struct page *p = mem_calloc_aligned(sizeof(*p), CACHE_LINE);
	struct store_page_request read = {
		.request_id = request->request_id,
		.offset = request->offset,
		.n_rows = request->num_rows >= 0 ? request->num_rows : e->options.cursor_fetch_rows,
		.account = &e->account,
		.done = page_is_read,
		.arg = p,
	};

	if (!p)
		return error_oom(err);
	if (request->metadata_only)
		read.n_rows = 0;
	atomic_fetch_add_explicit(&e->n_live, 1, memory_order_relaxed);
	p->engine = e;
	p->request = *request;
	p->n_refs = 2;
	(void)snprintf(p->request_id, sizeof(p->request_id), STR_FMT, STR_ARG(request->request_id));
	p->started_ns = clock_mono_ns();
	output_init(&p->output, output_has_room, p);
	task_group_init(&p->group, GROUP_CONTROL, &p->token, 0);
	task_init(&p->task, &p->group, page_poll, page_ended, "page");
	*out = p; /* before the callback can run */
	if (store_read_page(e->options.store, &read, err) < 0) {
		p->n_refs = 1;
		page_release(out);
		return -1;
	}
	return 0;
}
