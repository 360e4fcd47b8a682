/* health_get.c - GET /health: OK, or 503 while the daemon drains. */
#include <stdatomic.h>

#include "broker/api/endpoints.h"

void api_health_get(struct http_request *rq, void *context)
{
	const struct api *api = context;

	if (atomic_load_explicit(&api->is_draining, memory_order_relaxed))
		reply_text(rq, 503, "Pinot broker status is SHUTTING_DOWN");
	else
		reply_text(rq, 200, "OK");
}
