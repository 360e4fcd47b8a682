/* queries_get.c - GET /queries: what runs now. */
#include "broker/api/endpoints.h"

void api_queries_get(struct http_request *rq, void *context)
{
	struct api *api = context;
	struct strbuf body = STRBUF_INIT;

	if (!engine_options(api->engine)->is_cancellable) {
		reply_text(rq, 500,
			   "Failed to get running queries on the broker due to error: Query "
			   "cancellation is not enabled on broker");
		return;
	}
	if (engine_list(api->engine, param_bool(rq, "verbose"), &body) < 0)
		body.failed = true;
	reply_json(rq, 200, &body);
}
