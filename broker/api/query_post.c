/*
 * query_post.c - POST /query/sql and POST /query, and their GET forms.
 *
 * The body's JSON is read here; SQL is not: the query starts with its text.
 */
#include "broker/api/endpoints.h"
#include "broker/api/stream.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/json/json.h"

/* A query and the request that waits for it. */
struct post {
	struct http_request *rq;
	struct query *query;
};

static void post_free(void *arg)
{
	struct post *p = arg;

	query_unref(&p->query);
	mem_free(p);
}

static void client_gone(void *arg)
{
	struct post *p = arg;

	(void)query_cancel(p->query, CANCEL_CLIENT_GONE, "client hung up");
}

static void answered(struct query *q, void *arg)
{
	struct post *p = arg;
	struct query_answer answer;

	query_take_answer(q, &answer);
	if (!answer.output) {
		reply_answer(p->rq, &answer);
		post_free(p);
	} else if (!stream_respond(p->rq, &answer, post_free, p)) {
		output_abandon(answer.output);
		reply_error(p->rq, 503, "out of memory");
		post_free(p);
	}
}

/* What the JSON body says; texts are borrowed from it, or from *text. */
static int read_body(const struct json *body, struct query_request *request, struct strbuf *text,
		     struct error *err)
{
	const struct json *sql = json_is_object(body) ? json_member(body, "sql") : NULL;
	struct str options;

	if (!sql)
		return error_set(err, ERR_BAD_REQUEST,
				 "Payload is missing the query string field 'sql'");
	if (!json_get_string(sql, &request->sql)) {
		/* A number or null is parsed as SQL by its text, and fails there. */
		json_text(sql, text);
		if (!strbuf_ok(text))
			return error_oom(err);
		request->sql = strbuf_str(text);
	}
	if (json_get_string(json_member(body, "queryOptions"), &options))
		request->query_options = options;
	return 0;
}

static void start(struct http_request *rq, struct api *api, struct query_request *request)
{
	struct error err = { 0 };
	struct post *p = mem_calloc(1, sizeof(*p));

	if (!p) {
		reply_error(rq, 503, "out of memory");
		return;
	}
	p->rq = rq;
	request->client = http_client(rq);
	request->answered = answered;
	request->arg = p;
	p->query = query_submit(api->engine, request, &err);
	if (!p->query) {
		mem_free(p);
		reply_failure(rq, &err);
		return;
	}
	if (api->cancel_on_disconnect)
		http_on_gone(rq, client_gone, p);
	query_start(p->query);
}

static void post(struct http_request *rq, struct api *api, bool is_multistage)
{
	struct query_request request = { .is_multistage = is_multistage };
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct json *body CLEANUP(json_free) = NULL;
	struct str bytes = http_body(rq);
	struct error err = { 0 };

	request.wants_cursor = param_bool(rq, "getCursor");
	if (!param_i64(rq, "numRows", 0, &request.cursor_num_rows))
		return;
	if (str_trim(bytes).len > 0) {
		body = json_parse(bytes, &err);
		if (!body) {
			reply_error(rq, 400, "Invalid JSON: %s", err.msg);
			return;
		}
	}
	if (read_body(body, &request, &text, &err) < 0) {
		reply_failure(rq, &err);
		return;
	}
	start(rq, api, &request);
}

static void get(struct http_request *rq, struct api *api, bool is_multistage)
{
	struct query_request request = { .is_multistage = is_multistage };

	request.sql = http_query_param(rq, "sql");
	if (!request.sql.ptr) {
		reply_error(rq, 400, "parameter sql is missing");
		return;
	}
	start(rq, api, &request);
}

void api_query_sql_post(struct http_request *rq, void *context)
{
	post(rq, context, false);
}

void api_query_post(struct http_request *rq, void *context)
{
	post(rq, context, true);
}

void api_query_sql_get(struct http_request *rq, void *context)
{
	get(rq, context, false);
}

void api_query_get(struct http_request *rq, void *context)
{
	get(rq, context, true);
}
