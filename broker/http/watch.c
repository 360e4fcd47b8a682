/*
 * watch.c - hang-ups while nobody reads the socket.
 *
 * The library looks at a suspended connection only when it is resumed, so
 * somebody else has to watch the socket: whoever options.watch stands for.  A
 * request that waits for its answer is watched from http_on_gone() until it is
 * answered; a streamed body in addition from the first time it runs dry until
 * it ends.
 *
 * The watch's promise (after remove() gone() neither runs nor will run) is what
 * makes the request object safe here: whoever stops the watch still holds a
 * reference.
 */
#include "broker/http/http_priv.h"
#include "common/base/assert.h"

static void on_gone(void *arg)
{
	struct http_request *rq = arg;

	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	atomic_store_explicit(&rq->is_gone, true, memory_order_relaxed);
	if (rq->gone)
		rq->gone(rq->gone_arg);
	/* The exchange in here publishes is_gone to the HTTP thread. */
	http_stream_wake(rq);
}

void http_watch_start(struct http_request *rq)
{
	const struct http_watch *w = &rq->server->options.watch;
	const union MHD_ConnectionInfo *info;

	if (rq->watch || !w->add)
		return;
	info = MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		rq->watch = w->add(w->context, info->connect_fd, on_gone, rq);
}

void http_watch_stop(struct http_request *rq)
{
	const struct http_watch *w = &rq->server->options.watch;

	if (rq->watch)
		w->remove(w->context, rq->watch);
	rq->watch = NULL;
}

void http_on_gone(struct http_request *rq, void (*gone)(void *arg), void *arg)
{
	ASSERT(!rq->gone);
	rq->gone = gone;
	rq->gone_arg = arg;
	http_watch_start(rq);
}
