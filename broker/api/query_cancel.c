/*
 * query_cancel.c - DELETE: stops a query and says how long that took.
 *
 * The answer is sent when the query has stopped, or after timeoutMs.  Two
 * things can end the wait, so the object that waits is counted: whoever takes
 * the timer away answers.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "broker/api/endpoints.h"
#include "broker/query/reactor.h"
#include "common/base/mem.h"
#include "common/base/num.h"
#include "common/json/json.h"

#define DEFAULT_TIMEOUT_MS 3000

struct canceller {
	struct query_stop_waiter waiter;
	struct reactor_timer timer;
	_Atomic uint32_t n_refs;
	struct api *api;
	struct http_request *rq;
	struct query *query;
	bool is_client_id, is_verbose;
	char id[256]; /* as asked, cut */
};

static void unref(struct canceller *c)
{
	if (atomic_fetch_sub_explicit(&c->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	query_unref(&c->query);
	mem_free(c);
}

static void reply_verbose(struct canceller *c, const struct receipt *r, bool has_stopped)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer w;

	json_writer_init(&w, &body);
	json_begin_object(&w);
	json_put_string(&w, c->is_client_id ? "clientQueryId" : "requestId", str_of(c->id));
	json_put_bool(&w, "stopped", has_stopped);
	json_put_string(&w, "reason", str_of(cancel_reason_name(r->reason)));
	json_put_string(&w, "by", str_of(r->by));
	json_put_i64(&w, "atMs", r->at_ms);
	json_put_string(&w, "phase", str_of(r->phase ? r->phase : "ended"));
	json_key(&w, "stoppedAfterMs");
	json_f64(&w, has_stopped ? receipt_ms(r) : 0);
	json_put_i64(&w, "rowsRead", (int64_t)r->rows_read);
	json_put_i64(&w, "memoryBytes", r->memory_bytes);
	json_end_object(&w);
	reply_json(c->rq, 200, &body);
}

static void reply(struct canceller *c)
{
	struct receipt r = query_receipt(c->query);
	bool has_stopped = r.stopped_ns != 0;
	char latency[NUM_F64_CHARS];

	(void)snprintf(latency, sizeof(latency), "%.3f", receipt_ms(&r));
	if (has_stopped && http_add_header(c->rq, "X-Cancel-Latency-Ms", latency) < 0)
		reply_error(c->rq, 503, "out of memory");
	else if (c->is_verbose)
		reply_verbose(c, &r, has_stopped);
	else if (!has_stopped)
		reply_text(c->rq, 200, "Cancelling %squery: %s, which has not stopped yet",
			   c->is_client_id ? "client " : "", c->id);
	else
		reply_text(c->rq, 200, "Cancelled %squery: %s", c->is_client_id ? "client " : "",
			   c->id);
}

static void query_has_stopped(struct query_stop_waiter *w)
{
	struct canceller *c = CONTAINER_OF(w, struct canceller, waiter);

	if (reactor_timer_cancel(c->api->reactor, &c->timer)) {
		reply(c);
		unref(c); /* the timer's */
	}
	unref(c);
}

static void waited_long_enough(void *arg)
{
	struct canceller *c = arg;

	if (query_stop_waiter_remove(c->query, &c->waiter))
		unref(c); /* the waiter's */
	reply(c);
	unref(c);
}

static void cancel(struct http_request *rq, struct api *api, struct query *q, struct str id,
		   bool is_client_id, int64_t timeout_ms)
{
	struct canceller *c = mem_calloc(1, sizeof(*c));
	char by[64];

	if (!c) {
		query_unref(&q);
		reply_error(rq, 503, "out of memory");
		return;
	}
	c->n_refs = 2;
	c->api = api;
	c->rq = rq;
	c->query = q;
	c->is_client_id = is_client_id;
	c->is_verbose = param_bool(rq, "verbose");
	(void)snprintf(c->id, sizeof(c->id), STR_FMT, STR_ARG(id));
	(void)snprintf(by, sizeof(by), "client %s", http_client(rq));
	reactor_timer_init(&c->timer, waited_long_enough, c);
	list_init(&c->waiter.link);
	c->waiter.fn = query_has_stopped;
	(void)query_cancel(q, CANCEL_USER, by);
	reactor_timer_set(api->reactor, &c->timer, (uint64_t)timeout_ms);
	query_on_stop(q, &c->waiter);
}

static bool is_enabled(struct http_request *rq, const struct api *api, struct str id)
{
	if (engine_options(api->engine)->is_cancellable)
		return true;
	reply_text(rq, 500,
		   "Failed to cancel query: " STR_FMT " on the broker due to error: Query "
		   "cancellation is not enabled on broker",
		   STR_ARG(id));
	return false;
}

static void find_and_cancel(struct http_request *rq, struct api *api, struct str id,
			    bool is_client_id)
{
	struct query *q = NULL;
	int64_t timeout_ms, number;

	if (!is_enabled(rq, api, id) ||
	    !param_i64(rq, "timeoutMs", DEFAULT_TIMEOUT_MS, &timeout_ms))
		return;
	if (is_client_id) {
		q = engine_find_client(api->engine, id);
	} else if (num_parse_i64(id, &number)) {
		q = number >= 0 ? engine_find(api->engine, (uint64_t)number) : NULL;
	} else {
		reply_error(rq, 400, "Invalid internal query id: " STR_FMT, STR_ARG(id));
		return;
	}
	if (q)
		cancel(rq, api, q, id, is_client_id, timeout_ms > 0 ? timeout_ms : 1);
	else
		reply_text(rq, 404, "Query: " STR_FMT " not found on the broker", STR_ARG(id));
}

void api_query_cancel(struct http_request *rq, void *context)
{
	find_and_cancel(rq, context, http_path_param(rq, "id"), param_bool(rq, "client"));
}

void api_client_query_cancel(struct http_request *rq, void *context)
{
	find_and_cancel(rq, context, http_path_param(rq, "clientQueryId"), true);
}
