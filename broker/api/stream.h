/*
 * stream.h - a response whose text comes from an output queue.
 */
#ifndef BROKER_API_STREAM_H
#define BROKER_API_STREAM_H

#include "broker/http/http.h"
#include "broker/query/query.h"

/**
 * Answers with what the queue delivers, and with X-Pinot-Error-Code if has_code;
 * release(arg) is called when the body is sent or the client is gone, after the
 * queue has been abandoned.  False when out of memory: nothing has been answered.
 */
NODISCARD bool stream_respond(struct http_request *rq, const struct query_answer *answer,
			      bool has_code, void (*release)(void *arg), void *arg);

#endif
