/*
 * response.c - answers: stored by any thread, queued by the HTTP thread.
 *
 * The library takes a response only on its own thread and only inside the
 * access handler.  So an answer is stored in the request, and the connection is
 * resumed if it was suspended; the library then calls the access handler again,
 * which queues what is stored.
 *
 * A streamed body is pulled: the library asks when the socket can take more.
 * When the source has nothing yet, the connection is suspended:
 *
 *   RUNNING    the HTTP thread asks the source, or will when the socket is free
 *   READY      http_body_ready() was called since
 *   SUSPENDED  waits for http_body_ready()
 *
 * The HTTP thread sets RUNNING before it asks and goes from RUNNING to
 * SUSPENDED by compare-and-swap.  So whatever became ready after it asked is
 * noticed by one side or the other, and exactly one side resumes.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "broker/http/http_priv.h"
#include "common/base/assert.h"
#include "common/base/mem.h"

/* What the library may ask for at once; its own buffers bound it further. */
#define STREAM_BLOCK ((size_t)64 * 1024)

static const char json[] = "application/json";

/* ---- storing an answer ---- */

static void free_header(struct http_header_line *h)
{
	mem_free(h->name);
	mem_free(h->value);
	mem_free(h);
}

static bool is_header_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

/* The library takes no empty values, and nobody misses a header without one. */
int http_add_header(struct http_request *rq, const char *name, const char *value)
{
	struct http_header_line *h, **end = &rq->answer.headers;

	if (!is_header_text(str_of(name)) || !is_header_text(str_of(value)))
		return -1;
	if (value[0] == '\0')
		return 0;
	h = mem_calloc(1, sizeof(*h));
	if (!h)
		return -1;
	h->name = mem_strndup(name, strlen(name));
	h->value = mem_strndup(value, strlen(value));
	if (!h->name || !h->value) {
		free_header(h);
		return -1;
	}
	while (*end)
		end = &(*end)->next;
	*end = h;
	return 0;
}

/* Takes the text; what could not be built is answered by a bare 503. */
static void store_text(struct http_request *rq, int status, const char *content_type,
		       struct strbuf *body)
{
	struct http_answer *a = &rq->answer;

	a->status = status;
	a->content_type = content_type;
	a->text = strbuf_take(body, &a->text_len);
	if (!a->text) {
		a->status = 503;
		a->text_len = 0;
	}
}

/* The answer is complete: the request goes back to the HTTP thread. */
static void publish(struct http_request *rq)
{
	/* Release: the answer; acquire: the connection as the HTTP thread left it. */
	int before = atomic_exchange_explicit(&rq->state, HTTP_ANSWERED, memory_order_acq_rel);

	ASSERT(before == HTTP_HANDLING || before == HTTP_SUSPENDED); /* answered once only */
	if (before == HTTP_SUSPENDED)
		MHD_resume_connection(rq->connection);
	http_request_unref(rq);
}

void http_respond(struct http_request *rq, int status, const char *content_type,
		  struct strbuf *body)
{
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	http_watch_stop(rq);
	store_text(rq, status, content_type, body);
	publish(rq);
}

void http_respond_stream(struct http_request *rq, int status, const char *content_type,
			 const struct http_body_source *source)
{
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC && source->read && source->close);
	rq->answer.status = status;
	rq->answer.content_type = content_type;
	rq->answer.source = *source;
	http_request_ref(rq); /* the source's, until close() */
	publish(rq);
}

static void render_error(const struct http_request *rq, int status, const char *message,
			 struct strbuf *out)
{
	if (rq->server->options.error_body)
		rq->server->options.error_body(status, str_of(message), out);
}

void http_refuse(struct http_request *rq, int status, const char *message)
{
	struct strbuf body = STRBUF_INIT;

	render_error(rq, status, message, &body);
	store_text(rq, status, json, &body);
	atomic_store_explicit(&rq->state, HTTP_ANSWERED, memory_order_relaxed);
}

/*
 * The library has no way to answer while a body is arriving, so the bytes go
 * out by hand.  Nothing else is being sent: answers of one connection follow
 * each other, and this request has none yet.
 */
enum MHD_Result http_cut(struct http_request *rq, int status, const char *message)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct strbuf body = STRBUF_INIT, out = STRBUF_INIT;

	render_error(rq, status, message, &body);
	strbuf_printf(&out,
		      "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: %s\r\n"
		      "Content-Length: %zu\r\n\r\n",
		      status, MHD_get_reason_phrase_for((unsigned)status), json, body.len);
	strbuf_add_str(&out, strbuf_str(&body));
	if (info && strbuf_ok(&out))
		(void)send(info->connect_fd, out.ptr, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	strbuf_fini(&out);
	strbuf_fini(&body);
	return MHD_NO;
}

/* ---- streaming ---- */

/*
 * Before a body waits for its source, http_server_stop() has to be able to find
 * it.  False: the server is being stopped, or memory was short for the
 * connection's object.
 */
static bool note_stream(struct http_request *rq)
{
	struct http_server *s = rq->server;

	if (rq->is_noted || !rq->conn)
		return rq->is_noted;
	mutex_lock(&s->lock);
	if (!s->is_cutting) {
		rq->conn->stream = rq;
		rq->is_noted = true;
	}
	mutex_unlock(&s->lock);
	return rq->is_noted;
}

static void forget_stream(struct http_request *rq)
{
	if (!rq->is_noted)
		return;
	mutex_lock(&rq->server->lock);
	rq->conn->stream = NULL;
	mutex_unlock(&rq->server->lock);
	rq->is_noted = false;
}

static void close_source(struct http_request *rq)
{
	struct http_body_source source = rq->answer.source;

	rq->answer.source = (struct http_body_source){ 0 };
	http_watch_stop(rq);
	source.close(source.arg);
	http_request_unref(rq);
}

static void stream_free(void *arg)
{
	struct http_request *rq = arg;

	forget_stream(rq);
	close_source(rq);
}

/* Returns 0 when the stream waits now, 1 when more became ready meanwhile, -1 when it may not wait. */
static int stream_suspend(struct http_request *rq)
{
	int running = HTTP_STREAM_RUNNING;

	if (atomic_load_explicit(&rq->stream_state, memory_order_relaxed) == HTTP_STREAM_READY)
		return 1;
	if (!note_stream(rq))
		return -1;
	http_watch_start(rq);
	MHD_suspend_connection(rq->connection);
	/* Release: whoever resumes does so after the suspension. */
	if (!atomic_compare_exchange_strong_explicit(&rq->stream_state, &running,
						     HTTP_STREAM_SUSPENDED, memory_order_acq_rel,
						     memory_order_relaxed))
		MHD_resume_connection(rq->connection);
	return 0;
}

static ssize_t stream_read(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct http_request *rq = arg;
	struct http_body_source *source = &rq->answer.source;

	(void)pos;
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	for (;;) {
		long n;
		int waits;

		/* Acquire: what was there when http_body_ready() was called. */
		(void)atomic_exchange_explicit(&rq->stream_state, HTTP_STREAM_RUNNING,
					       memory_order_acq_rel);
		if (atomic_load_explicit(&rq->is_gone, memory_order_relaxed))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		n = source->read(source->arg, buf, max);
		if (n > 0)
			return n;
		if (n < 0)
			return n == -1 ? MHD_CONTENT_READER_END_OF_STREAM
				       : MHD_CONTENT_READER_END_WITH_ERROR;
		waits = stream_suspend(rq);
		if (waits <= 0)
			return waits == 0 ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
	}
}

/*
 * Whoever found the stream suspended has to resume it, and until then nobody
 * else does: so http_server_stop() waits for those who are between the two.
 */
void http_stream_wake(struct http_request *rq)
{
	struct http_server *s = rq->server;

	(void)atomic_fetch_add_explicit(&s->n_waking, 1, memory_order_relaxed);
	/* Release: with the state, that we are counted. */
	if (atomic_exchange_explicit(&rq->stream_state, HTTP_STREAM_READY, memory_order_acq_rel) ==
	    HTTP_STREAM_SUSPENDED)
		MHD_resume_connection(rq->connection);
	(void)atomic_fetch_sub_explicit(&s->n_waking, 1, memory_order_release);
}

void http_body_ready(struct http_request *rq)
{
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	http_stream_wake(rq);
}

/* ---- queueing, on the HTTP thread ---- */

static struct MHD_Response *make_response(struct http_request *rq)
{
	struct http_answer *a = &rq->answer;
	struct MHD_Response *response;

	if (a->source.read)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
							 stream_read, rq, stream_free);
	if (!a->text)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	response =
		MHD_create_response_from_buffer_with_free_callback(a->text_len, a->text, mem_free);
	if (response)
		a->text = NULL;
	return response;
}

static bool add_headers(const struct http_request *rq, struct MHD_Response *response)
{
	const struct http_answer *a = &rq->answer;

	if (a->content_type && MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
						       a->content_type) != MHD_YES)
		return false;
	for (const struct http_header_line *h = a->headers; h; h = h->next) {
		if (MHD_add_response_header(response, h->name, h->value) != MHD_YES)
			return false;
	}
	/* Who keeps a connection to a server that shuts down should look for another. */
	return !atomic_load_explicit(&rq->server->is_quiescing, memory_order_relaxed) ||
	       MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
}

enum MHD_Result http_answer_queue(struct http_request *rq)
{
	struct MHD_Response *response = make_response(rq);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO; /* no memory: the connection is cut, the answer dropped with it */
	atomic_store_explicit(&rq->state, HTTP_SENT, memory_order_relaxed);
	if (add_headers(rq, response))
		result = MHD_queue_response(rq->connection, (unsigned)rq->answer.status, response);
	MHD_destroy_response(response); /* the library keeps its own reference */
	return result;
}

void http_answer_drop(struct http_request *rq)
{
	mem_free(rq->answer.text);
	rq->answer.text = NULL;
	if (rq->answer.source.read)
		close_source(rq);
}
