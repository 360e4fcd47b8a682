/* metrics_get.c - GET /metrics: counters and the poll gap in Prometheus' text form. */
#include "broker/api/endpoints.h"
#include "broker/query/query_metrics.h"
#include "common/base/metrics.h"

void api_metrics_get(struct http_request *rq, void *context)
{
	struct api *api = context;
	struct strbuf body = STRBUF_INIT;

	metrics_print(&body);
	query_metrics_print(api->engine, &body);
	http_respond(rq, strbuf_ok(&body) ? 200 : 503, "text/plain; version=0.0.4", &body);
}

void api_metrics_delete(struct http_request *rq, void *context)
{
	struct api *api = context;

	query_metrics_reset(api->engine);
	reply_text(rq, 200, "The poll gaps seen so far are forgotten");
}
