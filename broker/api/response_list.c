/* response_list.c - GET /responseStore: metadata of every stored response. */
#include "broker/api/endpoints.h"
#include "broker/query/response.h"
#include "broker/store/store.h"
#include "common/base/error.h"
#include "common/base/mem.h"

struct list_wait {
	struct http_request *rq;
	struct engine *engine;
};

/* One response's metadata object. */
static int append_info(struct strbuf *body, const struct engine *e, const struct store_info *info)
{
	const struct engine_options *o = engine_options(e);
	struct response_cursor cursor = {
		.num_rows = info->n_rows,
		.submission_ms = info->submission_ms,
		.expiration_ms = info->expiration_ms,
		.broker_host = o->broker_host,
		.broker_port = o->broker_port,
		.bytes_written = info->bytes,
	};
	struct response r;
	struct error err = { 0 };

	if (response_init_stored(&r, str_of(info->metadata), NULL, &cursor, &err) < 0)
		return -1;
	strbuf_add_str(body, strbuf_str(&r.head));
	strbuf_add_str(body, strbuf_str(&r.tail));
	response_fini(&r);
	return strbuf_ok(body) ? 0 : -1;
}

/* On the store's reader lane. */
static void listed(void *arg, struct store_info *infos, size_t n_infos, const struct error *result)
{
	struct list_wait *w = arg;
	struct strbuf body = STRBUF_INIT;

	if (result->code != ERR_NONE) {
		reply_text(w->rq, 500, "%s", result->msg);
		mem_free(w);
		return;
	}
	strbuf_add_char(&body, '[');
	for (size_t i = 0; i < n_infos; i++) {
		if (i > 0)
			strbuf_add_char(&body, ',');
		if (append_info(&body, w->engine, &infos[i]) < 0)
			body.failed = true;
	}
	strbuf_add_char(&body, ']');
	reply_json(w->rq, 200, &body);
	mem_free(w);
}

void api_response_list(struct http_request *rq, void *context)
{
	struct api *api = context;
	struct error err = { 0 };
	struct list_wait *w = mem_calloc(1, sizeof(*w));

	if (!w) {
		reply_error(rq, 503, "out of memory");
		return;
	}
	*w = (struct list_wait){ rq, api->engine };
	if (store_read_info(api->store, (struct str){ "", 0 }, listed, w, &err) < 0) {
		mem_free(w);
		reply_failure(rq, &err);
	}
}
