/*
 * query_post.c - POST /query/sql and POST /query, their GET forms, and the two
 * endpoints that only parse.
 *
 * The body's JSON is read first, on a worker when it is long (query/body.h); SQL
 * is not: the query starts with its text.
 */
#include <stdatomic.h>

#include "broker/api/endpoints.h"
#include "broker/api/stream.h"
#include "broker/query/body.h"
#include "common/base/error.h"
#include "common/base/mem.h"

enum { PICK_SQL, PICK_OPTIONS, PICK_COUNT };

/* A query and the request that waits for it. */
struct post {
	struct token token;      /* first: a cache line of its own; ends the reading of the body */
	_Atomic uint32_t n_refs; /* of whoever is to answer, and of the body's reader */
	struct http_request *rq;
	struct api *api;
	struct query_request request;
	_Atomic(struct query *) query; /* NULL: not submitted yet */
	_Atomic bool is_gone;
	struct body body;
};

static void post_unref(void *arg)
{
	struct post *p = arg;
	struct query *q;

	if (atomic_fetch_sub_explicit(&p->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	q = atomic_load_explicit(&p->query, memory_order_relaxed);
	query_unref(&q);
	mem_free(p);
}

static void client_gone(void *arg)
{
	struct post *p = arg;
	struct query *q;

	(void)token_set(&p->token, CANCEL_CLIENT_GONE);
	/* Sequentially consistent, as in submit(): one of the two sees what the other has stored. */
	atomic_store_explicit(&p->is_gone, true, memory_order_seq_cst);
	q = atomic_load_explicit(&p->query, memory_order_seq_cst);
	if (q)
		(void)query_cancel(q, CANCEL_CLIENT_GONE, "client hung up");
}

static void answered(struct query *q, void *arg)
{
	struct post *p = arg;
	struct query_answer answer;

	query_take_answer(q, &answer);
	if (!answer.output) {
		reply_answer(p->rq, &answer);
		post_unref(p);
	} else if (!stream_respond(p->rq, &answer, true, post_unref, p)) {
		output_abandon(answer.output);
		reply_error(p->rq, 503, "out of memory");
		post_unref(p);
	}
}

/* NULL when the request has been answered. */
static struct post *post_new(struct http_request *rq, struct api *api, bool is_multistage)
{
	struct post *p = mem_calloc_aligned(sizeof(*p), CACHE_LINE);

	if (!p) {
		reply_error(rq, 503, "out of memory");
		return NULL;
	}
	atomic_init(&p->n_refs, 1);
	p->rq = rq;
	p->api = api;
	p->request.is_multistage = is_multistage;
	p->request.client = http_client(rq);
	p->request.answered = answered;
	p->request.arg = p;
	return p;
}

/* The query answers from now on, or the failure of its start has been answered. */
static void submit(struct post *p)
{
	struct error err = { 0 };
	struct query *q = query_submit(p->api->engine, &p->request, &err);

	if (!q) {
		reply_failure(p->rq, &err);
		post_unref(p);
		return;
	}
	atomic_store_explicit(&p->query, q, memory_order_seq_cst);
	if (atomic_load_explicit(&p->is_gone, memory_order_seq_cst))
		(void)query_cancel(q, CANCEL_CLIENT_GONE, "client hung up");
	query_start(q);
}

/* ---- with a body ---- */

/* What the body says; texts are borrowed from it. */
static int take_body(struct body *b, struct query_request *request)
{
	const struct json_pick *sql = &b->picks[PICK_SQL], *options = &b->picks[PICK_OPTIONS];

	if (b->error.code != ERR_NONE)
		return -1;
	if (!sql->is_there)
		return error_set(&b->error, ERR_BAD_REQUEST,
				 "Payload is missing the query string field 'sql'");
	/* A number or null is parsed as SQL by its text, and fails there. */
	request->sql = strbuf_str(&sql->text);
	if (options->is_string)
		request->query_options = strbuf_str(&options->text);
	return 0;
}

/* Pinot's validateSyntax knows one mistake of its clients; all else is its own. */
static void refuse_validation(struct post *p, const struct error *err)
{
	struct strbuf body = STRBUF_INIT;

	query_describe_error(QUERY_VALIDATE, str_of(err->msg), &body);
	reply_json(p->rq, err->code == ERR_BAD_REQUEST ? 400 : 500, &body);
}

static void refuse_body(struct post *p, const struct error *err)
{
	if (p->request.kind == QUERY_VALIDATE)
		refuse_validation(p, err);
	else if (err->code == ERR_JSON_PARSING)
		reply_error(p->rq, 400, "Invalid JSON: %s", err->msg);
	else
		reply_failure(p->rq, err);
	post_unref(p);
}

static void body_is_read(struct body *b)
{
	struct post *p = CONTAINER_OF(b, struct post, body);

	if (take_body(b, &p->request) == 0)
		submit(p);
	else
		refuse_body(p, &b->error);
	body_fini(b); /* the query has a copy */
}

static void body_ended(struct body *b)
{
	post_unref(CONTAINER_OF(b, struct post, body));
}

/* Reads the body and goes on from there; p may be NULL. */
static void start_reading(struct post *p)
{
	if (!p)
		return;
	p->body.text = http_body(p->rq);
	p->body.picks[PICK_SQL].key = "sql";
	p->body.picks[PICK_OPTIONS].key = "queryOptions";
	p->body.n_picks = PICK_COUNT;
	p->body.token = &p->token;
	p->body.done = body_is_read;
	p->body.ended = body_ended;
	atomic_store_explicit(&p->n_refs, 2, memory_order_relaxed);
	if (p->api->cancel_on_disconnect)
		http_on_gone(p->rq, client_gone, p);
	body_read(&p->body, p->api->scheduler);
}

static void post(struct http_request *rq, struct api *api, bool is_multistage)
{
	int64_t num_rows;
	struct post *p;

	if (!param_i64(rq, "numRows", 0, &num_rows))
		return;
	p = post_new(rq, api, is_multistage);
	if (p) {
		p->request.wants_cursor = param_bool(rq, "getCursor");
		p->request.cursor_num_rows = num_rows;
	}
	start_reading(p);
}

static void describe(struct http_request *rq, struct api *api, enum query_kind kind)
{
	struct post *p = post_new(rq, api, false);

	if (p)
		p->request.kind = kind;
	start_reading(p);
}

/* ---- without ---- */

static void get(struct http_request *rq, struct api *api, bool is_multistage)
{
	struct str sql = http_query_param(rq, "sql");
	struct post *p;

	if (!sql.ptr) {
		reply_error(rq, 400, "parameter sql is missing");
		return;
	}
	p = post_new(rq, api, is_multistage);
	if (!p)
		return;
	p->request.sql = sql;
	p->request.is_dql_only = true;
	if (api->cancel_on_disconnect)
		http_on_gone(rq, client_gone, p);
	submit(p);
}

void api_query_sql_post(struct http_request *rq, void *context)
{
	post(rq, context, false);
}

void api_query_post(struct http_request *rq, void *context)
{
	post(rq, context, true);
}

void api_validate_syntax(struct http_request *rq, void *context)
{
	describe(rq, context, QUERY_VALIDATE);
}

void api_query_fingerprint(struct http_request *rq, void *context)
{
	describe(rq, context, QUERY_FINGERPRINT);
}

void api_query_sql_get(struct http_request *rq, void *context)
{
	get(rq, context, false);
}

void api_query_get(struct http_request *rq, void *context)
{
	get(rq, context, true);
}
