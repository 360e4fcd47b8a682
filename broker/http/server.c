/*
 * server.c - listeners, start and stop, and the library's callbacks.
 *
 * One libmicrohttpd daemon per listener, each with one epoll thread of its own.
 * Its callbacks for one request come in this order, all on that thread:
 *
 *   on_uri        the request line has arrived: the object is made
 *   on_access     the head (no body yet), then the body in pieces, then the end;
 *                 and once more after a resume, to queue the answer
 *   on_completed  sent, or the connection is gone
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/http/http_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"

/* Of one connection: request head, response head, and the buffer of a streamed body. */
#define CONNECTION_BYTES ((size_t)32 * 1024)

/* ---- one request, on the HTTP thread ---- */

static struct http_conn *conn_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* NULL from here makes on_access() cut the connection. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct http_listening *l = arg;
	struct http_request *rq = http_request_new(l->server, connection, uri);

	if (!rq)
		return NULL;
	rq->conn = conn_of(connection);
	list_push_back(&l->heads, &rq->in_heads);
	return rq;
}

static void activate(struct http_request *rq)
{
	rq->is_active = true;
	rq->started_ns = clock_mono_ns();
	(void)atomic_fetch_add_explicit(&rq->server->n_active, 1, memory_order_relaxed);
	http_conn_phase(rq->conn, HTTP_PHASE_BUSY);
}

static void expect_body(struct http_request *rq)
{
	uint64_t due_ns = clock_mono_ns() + rq->server->options.body_deadline_ms * NS_PER_MS;

	if (rq->conn)
		atomic_store_explicit(&rq->conn->body_due_ns, due_ns, memory_order_relaxed);
	http_conn_phase(rq->conn, HTTP_PHASE_BODY);
}

/*
 * A response that is queued now makes the library close the connection, which
 * is right when a body follows that nobody wants to read.  Without a body the
 * answer waits for the library's next call, and the connection lives on.
 */
static enum MHD_Result refuse(struct http_request *rq, int status, const char *message,
			      bool and_close)
{
	activate(rq);
	http_refuse(rq, status, message);
	return and_close ? http_answer_queue(rq) : MHD_YES;
}

static struct http_refusal find_route(struct http_request *rq)
{
	struct strbuf allow = STRBUF_INIT;
	struct http_refusal refusal = { 0 };

	rq->pattern = http_router_find(&rq->server->router, rq->method, rq->segments,
				       rq->n_segments, &allow);
	if (!rq->pattern && allow.len == 0) {
		refusal = (struct http_refusal){ 404, "HTTP 404 Not Found", false };
	} else if (!rq->pattern) {
		refusal = (struct http_refusal){ 405, "HTTP 405 Method Not Allowed", false };
		if (!strbuf_ok(&allow) || http_add_header(rq, "Allow", allow.ptr) < 0)
			refusal = (struct http_refusal){ 503, "out of memory", false };
	}
	strbuf_fini(&allow);
	return refusal;
}

#define TOO_LARGE_CHARS 96

static const char *too_large(const struct http_request *rq, char *buf)
{
	(void)snprintf(buf, TOO_LARGE_CHARS, "the request body may have at most %zu bytes",
		       rq->pattern->route->max_body);
	return buf;
}

static enum MHD_Result head_arrived(struct http_request *rq, const char *method,
				    const char *version)
{
	struct http_refusal refusal;
	struct http_head head;
	char message[TOO_LARGE_CHARS];

	list_remove(&rq->in_heads);
	rq->is_checked = true;
	rq->method = method;
	refusal = http_check_head(rq, version, &head);
	if (refusal.status == 0)
		refusal = http_request_parse_target(rq);
	if (refusal.status == 0)
		refusal = find_route(rq);
	if (refusal.status != 0)
		return refuse(rq, refusal.status, refusal.message,
			      refusal.must_close || head.has_body);
	if (head.content_length > rq->pattern->route->max_body)
		return refuse(rq, 413, too_large(rq, message), true);
	if (head.has_body)
		expect_body(rq);
	return MHD_YES;
}

static enum MHD_Result body_arrived(struct http_request *rq, const char *data, size_t *size)
{
	size_t room = rq->pattern->route->max_body - rq->body.len;
	char message[TOO_LARGE_CHARS];

	if (*size > room) {
		activate(rq);
		return http_cut(rq, 413, too_large(rq, message));
	}
	strbuf_add(&rq->body, data, *size);
	*size = 0;
	if (strbuf_ok(&rq->body))
		return MHD_YES;
	activate(rq);
	return http_cut(rq, 503, "out of memory");
}

/* The whole request is here: hands it to its handler. */
static enum MHD_Result handle(struct http_request *rq)
{
	int handling = HTTP_HANDLING;

	activate(rq);
	atomic_store_explicit(&rq->state, HTTP_HANDLING, memory_order_relaxed);
	http_request_ref(rq); /* whoever answers drops it */
	rq->pattern->route->handler(rq, rq->server->options.context);

	/* Acquire: the answer, when it is there already. */
	if (atomic_load_explicit(&rq->state, memory_order_acquire) == HTTP_ANSWERED)
		return http_answer_queue(rq);
	MHD_suspend_connection(rq->connection);
	/* Release: whoever resumes does so after the suspension. */
	if (!atomic_compare_exchange_strong_explicit(&rq->state, &handling, HTTP_SUSPENDED,
						     memory_order_acq_rel, memory_order_acquire))
		MHD_resume_connection(rq->connection);
	return MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the library's signature */
static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **context)
{
	struct http_request *rq = *context;

	(void)arg;
	(void)connection;
	(void)url;
	if (!rq)
		return MHD_NO;
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	if (!rq->is_checked)
		return head_arrived(rq, method, version);
	if (*size > 0)
		return body_arrived(rq, data, size);
	switch ((enum http_state)atomic_load_explicit(&rq->state, memory_order_acquire)) {
	case HTTP_RECEIVING:
		return handle(rq);
	case HTTP_ANSWERED:
		return http_answer_queue(rq);
	case HTTP_HANDLING:
	case HTTP_SUSPENDED:
	case HTTP_SENT:
		break;
	}
	return MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode how)
{
	struct http_request *rq = *context;

	(void)arg;
	(void)connection;
	(void)how;
	*context = NULL;
	if (!rq)
		return;
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	list_remove(&rq->in_heads);
	http_conn_phase(rq->conn, HTTP_PHASE_HEAD);
	if (atomic_load_explicit(&rq->state, memory_order_acquire) == HTTP_ANSWERED)
		http_answer_drop(rq);
	if (rq->is_active)
		metric_add(METRIC_http_requests_total, 1);
	http_request_unref(rq);
}

static const char *refusal_of(int status)
{
	if (status == 400)
		return "Content-Length is no number of bytes";
	if (status == 413)
		return "Content-Length is more than any request body may have";
	return "the request's head is too large";
}

/*
 * What the library finds wrong with a complete head (a Content-Length that is no
 * number or too large for one, no room to cut a cookie) it refuses before
 * on_access(), in HTML, and sends the head of that answer twice.  It logs so
 * first, but not of which connection.  That is the one whose head is complete and
 * was not handed on: with any other, the one follows upon the other.  So we answer
 * before it does, and take away its way to send.
 *
 * The request is active until the library is done with it: whoever waits for an
 * idle server does not stop it in between, where the library would follow the
 * pointer to a response that a daemon under stop did not take.
 */
static void on_library_message(void *arg, const char *fmt, va_list args)
{
	struct http_listening *l = arg;
	int status;

	if (!str_starts_with(str_of(fmt),
			     STR("Error processing request (HTTP response code is %u")))
		return;
	status = (int)va_arg(args, unsigned);
	LIST_FOREACH (node, &l->heads) {
		struct http_request *rq = CONTAINER_OF(node, struct http_request, in_heads);

		if (!MHD_get_connection_info(rq->connection,
					     MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE))
			continue;
		list_remove(&rq->in_heads);
		activate(rq);
		(void)http_cut(rq, status, refusal_of(status));
		if (rq->conn)
			(void)shutdown(rq->conn->fd, SHUT_WR);
	}
}

/* ---- connections ---- */

/*
 * MHD_quiesce_daemon() removes the listening socket from the epoll set, and so
 * may the HTTP thread at the same time; whoever comes second aborts the
 * program.  Hence it is called on that thread, for the first connection that
 * arrives after http_server_quiesce(), which makes one itself.
 */
static void quiesce(struct http_listening *l)
{
	mutex_lock(&l->server->lock);
	if (!l->is_stopping && !l->is_quiesced) {
		l->is_quiesced = MHD_quiesce_daemon(l->daemon) >= 0;
		if (l->is_quiesced)
			(void)shutdown(l->fd,
				       SHUT_RDWR); /* clients are refused, not left waiting */
	}
	mutex_unlock(&l->server->lock);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http_listening *l = arg;
	struct http_conn *c = *context;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		http_conn_free(l->server, &c);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*context = info ? http_conn_new(l->server, info->connect_fd) : NULL;
	if (atomic_load_explicit(&l->server->is_quiescing, memory_order_acquire))
		quiesce(l);
}

/* Targets are decoded in request.c. */
static size_t keep_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

/* ---- listening ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Returns the address's length, 0 when there is none. */
static socklen_t parse_address(const struct http_listener *at, union address *out)
{
	const char *host = str_eq(str_of(at->host), STR("localhost")) ? "127.0.0.1" : at->host;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(at->port);
		return sizeof(out->v4);
	}
	if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(at->port);
		return sizeof(out->v6);
	}
	return 0;
}

/* Adds what the user can do. */
static int suggest(const char *key, struct error *err)
{
	size_t len = strlen(err->msg);

	if (key)
		(void)snprintf(err->msg + len, sizeof(err->msg) - len, "; set %s to another one",
			       key);
	return -1;
}

static int listen_error(const struct http_listener *at, int reason, struct error *err)
{
	unsigned port = at->port;

	if (reason == EADDRINUSE) {
		(void)error_set(err, ERR_UNAVAILABLE, "port %u on %s is in use by another program",
				port, at->host);
		return suggest(at->port_key, err);
	}
	if (reason == EADDRNOTAVAIL) {
		(void)error_set(err, ERR_UNAVAILABLE, "no interface of this machine has address %s",
				at->host);
		return suggest(at->host_key, err);
	}
	if (reason == EACCES) {
		(void)error_set(err, ERR_UNAVAILABLE,
				"port %u on %s may not be used: ports below 1024 need rights", port,
				at->host);
		return suggest(at->port_key, err);
	}
	return error_set(err, ERR_UNAVAILABLE, "cannot listen on port %u of %s: %s", port, at->host,
			 strerrordesc_np(reason));
}

/* Returns a listening socket, or -1 with errno. */
static int open_socket(const union address *address, socklen_t len)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, reason;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, &address->any, len) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	reason = errno;
	(void)close(fd);
	errno = reason;
	return -1;
}

/* IPv4 and IPv6 have the port at the same place, but better ask. */
static uint16_t port_of(int fd)
{
	union address address = { 0 };
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.any, &len) < 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

static struct MHD_Daemon *start_daemon(struct http_listening *l)
{
	const struct http_options *o = &l->server->options;

	/* Strictness 1 would refuse a head without Host as that function says; we do it ourselves. */
	return MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_access, l, MHD_OPTION_EXTERNAL_LOGGER, on_library_message, l,
		MHD_OPTION_LISTEN_SOCKET, l->fd, MHD_OPTION_STRICT_FOR_CLIENT, 0,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_CONNECTION_LIMIT,
		o->max_connections, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, l, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, l, MHD_OPTION_URI_LOG_CALLBACK, on_uri, l,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, l, MHD_OPTION_END);
}

static int listen_on(struct http_listening *l, struct http_listener *at, struct error *err)
{
	union address address;
	socklen_t len;

	len = parse_address(at, &address);
	if (len == 0)
		return error_set(err, ERR_UNAVAILABLE, "\"%s\" is no numeric address to listen on",
				 at->host);
	l->fd = open_socket(&address, len);
	if (l->fd < 0)
		return listen_error(at, errno, err);
	if (at->port == 0)
		at->port = port_of(l->fd);
	return 0;
}

/* ---- the server ---- */

static int start(struct http_server *s, struct error *err)
{
	if (http_router_init(&s->router, s->options.routes, err) < 0)
		return -1;
	s->listening = mem_calloc(MAX(s->options.n_listeners, 1u), sizeof(*s->listening));
	if (!s->listening)
		return error_oom(err);
	if (http_deadline_start(s, err) < 0)
		return -1;
	while (s->n_listening < s->options.n_listeners) {
		struct http_listening *l = &s->listening[s->n_listening];

		*l = (struct http_listening){ .server = s, .fd = -1 };
		list_init(&l->heads);
		s->n_listening++;
		if (listen_on(l, &s->options.listeners[s->n_listening - 1], err) < 0)
			return -1;
	}
	if (s->options.bound)
		s->options.bound(s->options.context);
	for (uint32_t i = 0; i < s->n_listening; i++) {
		s->listening[i].daemon = start_daemon(&s->listening[i]);
		if (!s->listening[i].daemon)
			return error_set(err, ERR_UNAVAILABLE,
					 "cannot start the HTTP server on port %u",
					 (unsigned)s->options.listeners[i].port);
	}
	return 0;
}

int http_server_start(const struct http_options *options, struct http_server **out,
		      struct error *err)
{
	struct http_server *s = mem_calloc(1, sizeof(*s));

	if (!s)
		return error_oom(err);
	s->options = *options;
	mutex_init(&s->lock, MUTEX_RANK_REACTOR);
	cond_init(&s->wake);
	list_init(&s->conns);
	if (start(s, err) < 0) {
		http_server_stop(&s);
		return -1;
	}
	s->options.listeners = NULL; /* the caller's, and maybe gone by now */
	*out = s;
	return 0;
}

/* Makes a connection to the listener, so that its thread comes by on_connection(). */
static void knock(const struct http_listening *l)
{
	union address address = { 0 };
	socklen_t len = sizeof(address);
	int fd;

	if (getsockname(l->fd, &address.any, &len) < 0)
		return;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)connect(fd, &address.any, len);
	(void)close(fd);
}

void http_server_quiesce(struct http_server *s)
{
	if (atomic_exchange_explicit(&s->is_quiescing, true, memory_order_acq_rel))
		return;
	for (uint32_t i = 0; i < s->n_listening; i++)
		knock(&s->listening[i]);
}

bool http_server_is_idle(const struct http_server *s)
{
	return atomic_load_explicit(&s->n_active, memory_order_acquire) == 0;
}

/* The library aborts when it is stopped with a connection suspended. */
static void cut_streams(struct http_server *s)
{
	mutex_lock(&s->lock);
	s->is_cutting = true;
	LIST_FOREACH (node, &s->conns) {
		struct http_conn *c = CONTAINER_OF(node, struct http_conn, link);

		if (c->stream) {
			atomic_store_explicit(&c->stream->is_gone, true, memory_order_relaxed);
			http_stream_wake(c->stream);
		}
	}
	mutex_unlock(&s->lock);
	/* No stream waits from here on, so who comes later finds nothing to resume. */
	while (atomic_load_explicit(&s->n_waking, memory_order_acquire) > 0)
		(void)sched_yield();
}

/*
 * A running daemon closes its socket itself, unless it was quiesced before the
 * stop begins.  So it must not be quiesced after that: the number would be
 * closed twice, and the second time it may be another connection's.
 */
static void stop_listening(struct http_listening *l)
{
	bool is_ours;

	mutex_lock(&l->server->lock);
	l->is_stopping = true;
	is_ours = !l->daemon || l->is_quiesced;
	mutex_unlock(&l->server->lock);
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	if (l->fd >= 0 && is_ours)
		(void)close(l->fd);
}

void http_server_stop(struct http_server **sp)
{
	struct http_server *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	cut_streams(s);
	for (uint32_t i = 0; i < s->n_listening; i++)
		stop_listening(&s->listening[i]);
	if (s->sweeper.is_running)
		http_deadline_stop(s);
	/* Whoever has just answered may still be on the way out of http_respond(). */
	while (!http_server_is_idle(s))
		(void)sched_yield();
	http_router_fini(&s->router);
	mem_free(s->listening);
	cond_fini(&s->wake);
	mutex_fini(&s->lock);
	mem_free(s);
}
