/*
 * query_write.c - the response as text: in one piece when it is small, else
 * through the output queue while the client takes it.
 *
 * An error that comes before the first piece replaces the response.  After that
 * the text cannot be taken back, so the connection is cut: the client sees a
 * body without end, never a short answer that looks whole.
 */
#include "broker/query/query_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"

static bool has_result_table(const struct query *q)
{
	return q->error.code == ERR_NONE && !q->options.drop_results;
}

static int fill_table(struct query *q, struct response_table *table, struct error *err)
{
	const struct plan_node *root = q->plan.root;
	uint32_t n = root->n_columns;
	struct str *names = arena_alloc(&q->arena, sizeof(*names) * MAX(n, 1u), err);
	enum col_type *types = arena_alloc(&q->arena, sizeof(*types) * MAX(n, 1u), err);

	if (!names || !types)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		names[i] = root->columns[i].name;
		types[i] = root->columns[i].type;
	}
	*table = (struct response_table){
		.names = names,
		.types = types,
		.n_columns = n,
		.rows = &q->run.result,
		.end_row = q->run.result.n_rows,
	};
	return 0;
}

static int begin_response(struct query *q, struct error *err)
{
	struct response_facts facts = { 0 };
	struct response_table table = { 0 };
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct str *tables = NULL;
	struct response_cursor cursor;
	bool is_cursor = q->error.code == ERR_NONE && q->options.get_cursor;
	int result;

	if (has_result_table(q) && fill_table(q, &table, err) < 0)
		return -1;
	if (is_cursor) {
		cursor = query_cursor_facts(q);
		table.end_row = MIN(table.end_row, (uint64_t)cursor.num_rows);
	}
	query_facts(q, &facts, &text, &tables);
	result = response_init(&q->response, &facts, has_result_table(q) ? &table : NULL,
			       is_cursor ? &cursor : NULL, err);
	mem_free(tables);
	q->has_response = result == 0;
	return result;
}

static void answer(struct query *q)
{
	if (q->is_answered)
		return;
	q->is_answered = true;
	/* What has its whole answer is not listed any more when the client has it. */
	if (!q->is_streaming)
		query_stopped(q);
	q->answer.error_wire_code = -1;
	q->answer.error_http_status = 200;
	if (q->error.code != ERR_NONE) {
		q->answer.error_wire_code = error_info(q->error.code)->wire_code;
		q->answer.error_http_status = error_info(q->error.code)->http_status;
	}
	q->request.answered(q, q->request.arg);
}

/* Without memory for a response: the shortest truth. */
static enum phase_result give_up(struct query *q)
{
	if (q->is_streaming) {
		output_end(&q->output, true);
	} else {
		strbuf_fini(&q->piece);
		if (q->error.code == ERR_NONE)
			(void)error_oom(&q->error);
		query_unsave(q);
		q->answer.plain_status = 503;
		answer(q);
	}
	query_enter(q, PHASE_ENDED);
	return PHASE_NEXT;
}

/* Hands the piece to the output queue, starting the stream with the first. */
static void send_piece(struct query *q)
{
	output_put(&q->output, &q->piece);
	if (q->is_streaming)
		return;
	q->is_streaming = true;
	q->answer.output = &q->output;
	answer(q);
}

static enum phase_result finish(struct query *q)
{
	if (q->is_streaming) {
		if (q->piece.len > 0)
			output_put(&q->output, &q->piece);
		output_end(&q->output, false);
	} else {
		q->answer.body = q->piece;
		q->piece = (struct strbuf)STRBUF_INIT;
		answer(q);
	}
	query_enter(q, PHASE_ENDED);
	return PHASE_NEXT;
}

/* Cancelled while writing a result. */
static enum phase_result interrupted(struct query *q)
{
	struct error err = { 0 };

	if (q->is_streaming) {
		/* The reason for log and receipt; the client's copy is cut off. */
		(void)query_fail(q, &err);
		output_end(&q->output, true);
		query_enter(q, PHASE_ENDED);
		return PHASE_NEXT;
	}
	response_fini(&q->response);
	q->has_response = false;
	strbuf_reset(&q->piece);
	query_unsave(q);
	return query_fail(q, &err);
}

enum phase_result query_write(struct query *q)
{
	struct error err = { 0 };
	enum step step;

	if (q->request.kind != QUERY_RUN)
		query_describe_end(q);
	if (q->answer.plain_status != 0) {
		answer(q);
		query_enter(q, PHASE_ENDED);
		return PHASE_NEXT;
	}
	if (token_reason(&q->token) != CANCEL_NONE && q->error.code == ERR_NONE)
		return interrupted(q);
	if (q->is_streaming && output_is_full(&q->output))
		return PHASE_WAIT;
	if (!q->has_response && begin_response(q, &err) < 0)
		return give_up(q);
	step = response_write(&q->response, OUTPUT_PIECE_BYTES, &q->piece, &q->driver.coop);
	if (step == STEP_FAILED)
		return give_up(q);
	if (step == STEP_DONE && q->is_streaming && q->piece.len > 0 && output_is_full(&q->output))
		return PHASE_WAIT;
	if (step == STEP_DONE)
		return finish(q);
	if (q->piece.len >= OUTPUT_PIECE_BYTES) {
		send_piece(q);
		return coop_go(&q->driver.coop) ? PHASE_NEXT : PHASE_AGAIN;
	}
	return PHASE_AGAIN;
}
