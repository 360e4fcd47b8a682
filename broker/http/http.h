/*
 * http.h - the HTTP front: listeners, request checks, routing, responses.
 *
 * This folder alone includes <microhttpd.h>.  One server object may listen on
 * several addresses with one router.  A handler runs on the HTTP thread once
 * the whole request is there; it must not wait: it answers at once
 * (http_respond) or later from any thread, while the connection is suspended.
 *
 *   router: method + path pattern -> handler;  "{name}" matches one segment
 *
 * A response body is either one text or produced in pieces by a source: the
 * HTTP thread asks for more when the socket can take it, and the source answers
 * "not yet" until http_body_ready() is called.  So a large result never lies in
 * memory as text.
 *
 * Hang-ups: while a request is unanswered, its socket is watched (see
 * http_options.watch); gone() of the request is called at most once.
 *
 * Requests that libmicrohttpd lets through and should not are refused here:
 * Content-Length with chunked or twice, unknown transfer encodings, NUL or
 * folded header lines (see request_check.c).
 */
#ifndef BROKER_HTTP_HTTP_H
#define BROKER_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

struct error;
struct http_request;
struct http_server;

typedef void http_handler(struct http_request *rq, void *context);

struct http_route {
	const char *method;  /* "GET" */
	const char *pattern; /* "/responseStore/{requestId}/results" */
	http_handler *handler;
	size_t max_body; /* bytes; larger bodies are answered 413 */
	const char *doc;
};

struct http_listener {
	const char *host; /* numeric address or "localhost" */
	uint16_t port;    /* 0: any free one, written back */
	/* What sets them, for messages; NULL: nothing to name. */
	const char *host_key, *port_key;
};

/* Called when sockets are to be watched for hang-ups, so that http/ needs no reactor. */
struct http_watch {
	/* Starts watching fd; gone(arg) may then be called once, from any thread. */
	void *(*add)(void *context, int fd, void (*gone)(void *arg), void *arg);
	/* Stops; after it returns gone() is not running and will not run. */
	void (*remove)(void *context, void *watch);
	void *context;
};

struct http_options {
	struct http_listener *listeners;
	uint32_t n_listeners;
	const struct http_route *routes; /* ends with method NULL */
	void *context;                   /* handed to handlers */
	/* Called once all ports are known and before the first request; may be NULL. */
	void (*bound)(void *context);
	struct http_watch watch;
	/* Renders the error body for what the server refuses itself (404, 405, 413, 400, ...). */
	void (*error_body)(int status, struct str message, struct strbuf *out);
	uint32_t max_connections;
	uint32_t idle_timeout_s;
	uint32_t header_deadline_ms, body_deadline_ms;
};

/** Binds and listens: ERR_UNAVAILABLE "port 8099 is in use ..." names what to do. */
NODISCARD int http_server_start(const struct http_options *options, struct http_server **out,
				struct error *err);

/** Stops accepting; requests under way go on. */
void http_server_quiesce(struct http_server *s);

/** True when no request is unanswered or being sent. */
bool http_server_is_idle(const struct http_server *s);

/** Ends everything.  Every request must have been answered. */
void http_server_stop(struct http_server **sp);

/* ---- inside a handler ---- */

struct str http_path_param(const struct http_request *rq, const char *name);
/** Value of a query parameter, decoded; .ptr NULL when absent. */
struct str http_query_param(const struct http_request *rq, const char *name);
/** Header without case; .ptr NULL when absent. */
struct str http_header(const struct http_request *rq, const char *name);
struct str http_body(const struct http_request *rq);
const char *http_method(const struct http_request *rq);
struct str http_path(const struct http_request *rq);
uint64_t
http_started_ns(const struct http_request *rq); /* monotonic, when the request had arrived */

/** The client's address as text, without its port.  In a handler. */
const char *http_client(struct http_request *rq);

/**
 * Calls gone(arg) once if the client hangs up before the answer is complete.
 *
 * Before the answer is given, once per request.  gone() runs on the watch's
 * thread and must not answer itself; it has returned and will not run any more
 * once http_respond() has returned, for a streamed body once close() is called.
 * The request is to be answered all the same; the answer is dropped.
 */
void http_on_gone(struct http_request *rq, void (*gone)(void *arg), void *arg);

/* ---- answering: exactly once per request, any thread ---- */

/** Adds a response header; before http_respond*().  Copied.  An empty value adds nothing. */
NODISCARD int http_add_header(struct http_request *rq, const char *name, const char *value);

/** One text (takes the strbuf's memory).  content_type is a constant. */
void http_respond(struct http_request *rq, int status, const char *content_type,
		  struct strbuf *body);

/* Where a streamed body comes from. */
struct http_body_source {
	/*
	 * Copies up to max bytes to buf.  Returns how many; 0: not yet (http_body_ready() will be
	 * called later, maybe already was); -1: the end; -2: failed, cut the connection.
	 * On the HTTP thread; must not wait.
	 */
	long (*read)(void *arg, char *buf, size_t max);
	/* The body is sent or the connection is gone; the last call. */
	void (*close)(void *arg);
	void *arg;
};

/** A streamed body, sent chunked. */
void http_respond_stream(struct http_request *rq, int status, const char *content_type,
			 const struct http_body_source *source);

/**
 * More of a streamed body can be read.  Any thread, any time until close().
 *
 * That close() has not been called is the caller's to know: a producer on another
 * thread shares a lock with its close(), and may hold it (of any rank) here.
 */
void http_body_ready(struct http_request *rq);

#endif
