/*
 * stream.h - a response whose text comes from an output queue.
 */
#ifndef BROKER_API_STREAM_H
#define BROKER_API_STREAM_H

#include "broker/http/http.h"
#include "broker/query/query.h"

/**
 * Answers with what the queue delivers; release(arg) is called when the body is
 * sent or the client is gone, after the queue has been abandoned.  False when
 * out of memory: nothing has been answered.
 */
NODISCARD bool stream_respond(struct http_request *rq, const struct query_answer *answer,
			      void (*release)(void *arg), void *arg);

#endif
