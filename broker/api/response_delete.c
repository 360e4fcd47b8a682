/* response_delete.c - DELETE /responseStore/{requestId} and DELETE /responseStore?expiredBefore=. */
#include <stdio.h>

#include "broker/api/endpoints.h"
#include "broker/store/store.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"

struct delete_wait {
	struct http_request *rq;
	bool is_one;
	char id[128]; /* as asked, cut */
};

/* On the store's writer lane. */
static void deleted(void *arg, int64_t n_deleted, const struct error *result)
{
	struct delete_wait *w = arg;

	if (result->code != ERR_NONE)
		reply_text(w->rq, 500, "%s", result->msg);
	else if (!w->is_one)
		reply_text(w->rq, 200, "Deleted %lld expired response(s).", (long long)n_deleted);
	else if (n_deleted == 0)
		reply_text(w->rq, 404, "Query results for %s not found.", w->id);
	else
		reply_text(w->rq, 200, "Query Results for %s deleted.", w->id);
	mem_free(w);
}

void api_response_delete(struct http_request *rq, void *context)
{
	struct api *api = context;
	struct error err = { 0 };
	struct str id = http_path_param(rq, "requestId");
	struct delete_wait *w = mem_calloc(1, sizeof(*w));

	if (!w) {
		reply_error(rq, 503, "out of memory");
		return;
	}
	w->rq = rq;
	w->is_one = true;
	(void)snprintf(w->id, sizeof(w->id), STR_FMT, STR_ARG(id));
	if (store_delete(api->store, id, deleted, w, &err) < 0) {
		mem_free(w);
		reply_failure(rq, &err);
	}
}

void api_response_delete_expired(struct http_request *rq, void *context)
{
	struct api *api = context;
	struct error err = { 0 };
	struct delete_wait *w;
	int64_t cutoff_ms;

	if (!param_i64(rq, "expiredBefore", clock_wall_ms(), &cutoff_ms))
		return;
	w = mem_calloc(1, sizeof(*w));
	if (!w) {
		reply_error(rq, 503, "out of memory");
		return;
	}
	w->rq = rq;
	if (store_delete_expired(api->store, cutoff_ms, deleted, w, &err) < 0) {
		mem_free(w);
		reply_failure(rq, &err);
	}
}
