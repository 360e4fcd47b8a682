/* response_page.c - GET /responseStore/{requestId} and .../results: metadata and pages. */
#include "broker/api/endpoints.h"
#include "broker/api/stream.h"
#include "common/base/error.h"
#include "common/base/mem.h"

/* A page request under way.  Two hands hold it: the handler until page_submit() is back, the answer. */
struct page_wait {
	struct http_request *rq;
	struct page *page;
	bool is_metadata;
};

static void page_wait_free(void *arg)
{
	struct page_wait *w = arg;

	page_release(&w->page);
	mem_free(w);
}

/* In Pinot a page is a query's answer and has its code in a header; what is known of it is not. */
static void answered(void *arg, struct query_answer *answer)
{
	struct page_wait *w = arg;

	if (!answer->output) {
		if (w->is_metadata && answer->plain_status == 0)
			reply_json(w->rq, 200, &answer->body);
		else
			reply_answer(w->rq, answer);
		page_wait_free(w);
	} else if (!stream_respond(w->rq, answer, !w->is_metadata, page_wait_free, w)) {
		output_abandon(answer->output);
		reply_error(w->rq, 503, "out of memory");
		page_wait_free(w);
	}
}

static void submit(struct http_request *rq, struct api *api, int64_t offset, int64_t num_rows,
		   bool metadata_only)
{
	struct error err = { 0 };
	struct page_wait *w = mem_calloc(1, sizeof(*w));
	struct page_request request = {
		.request_id = http_path_param(rq, "requestId"),
		.offset = offset,
		.num_rows = num_rows,
		.metadata_only = metadata_only,
		.answered = answered,
		.arg = w,
	};

	if (!w) {
		reply_error(rq, 503, "out of memory");
		return;
	}
	w->rq = rq;
	w->is_metadata = metadata_only;
	if (page_submit(api->engine, &request, &w->page, &err) < 0) {
		mem_free(w);
		reply_failure(rq, &err);
	}
}

/* An absent numRows is -1; that it is absent makes it right. */
static bool is_negative(struct http_request *rq, const char *name, int64_t value)
{
	if (value >= 0 || !http_query_param(rq, name).ptr)
		return false;
	reply_text(rq, 500, "%s must not be negative, got %lld", name, (long long)value);
	return true;
}

void api_response_results(struct http_request *rq, void *context)
{
	int64_t offset, num_rows;

	if (!param_i64(rq, "offset", 0, &offset) || !param_i64(rq, "numRows", -1, &num_rows))
		return;
	if (is_negative(rq, "offset", offset) || is_negative(rq, "numRows", num_rows))
		return;
	submit(rq, context, offset, num_rows, false);
}

void api_response_metadata(struct http_request *rq, void *context)
{
	submit(rq, context, 0, 0, true);
}
