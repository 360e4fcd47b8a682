/*
 * api.h - the endpoints: one file each, rows in routes.c.
 *
 * A handler runs on an HTTP thread, checks what it was given, hands over, and
 * returns; the answer comes from wherever the work ends.  reply.c is the only
 * place that turns an error into a response.
 */
#ifndef BROKER_API_API_H
#define BROKER_API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/http/http.h"
#include "broker/query/query.h"

struct error;
struct store;

/* What handlers work with; the context of every route. */
struct api {
	struct engine *engine;
	struct store *store;
	struct scheduler *scheduler;
	struct reactor *reactor;
	bool cancel_on_disconnect;
	_Atomic bool is_draining;
};

/** Rows for http_options.routes; the row with method NULL ends them. */
extern const struct http_route api_routes[];

/** The body limit of the query endpoints is a configuration value: fills a copy of api_routes.  NULL: out of memory. */
NODISCARD struct http_route *api_routes_new(size_t max_query_body);

/* ---- reply.c ---- */

/** {"code":status,"error":"message"}; also http_options.error_body. */
void reply_error(struct http_request *rq, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
void reply_error_body(int status, struct str message, struct strbuf *out);

/** Bare text. */
void reply_text(struct http_request *rq, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** JSON text (takes body); out of memory when it failed. */
void reply_json(struct http_request *rq, int status, struct strbuf *body);

/** An error of ours by its row: mapped status and {"code","error"}. */
void reply_failure(struct http_request *rq, const struct error *err);

/** A query's or page's answer that is complete (takes its body). */
void reply_answer(struct http_request *rq, struct query_answer *answer);

/* ---- params.c ---- */

/** A whole-number parameter; `absent` when it is not there.  False (answered with 404, as Pinot does) when malformed. */
NODISCARD bool param_i64(struct http_request *rq, const char *name, int64_t absent, int64_t *out);

/** "true" in any case. */
bool param_bool(struct http_request *rq, const char *name);

#endif
