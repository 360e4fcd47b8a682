/*
 * http_priv.h - what the files of http/ share.
 *
 *   server.c         listeners, start and stop, the library's callbacks
 *   deadline.c       connections, and the thread that cuts the overdue ones
 *   router.c         method + path to route
 *   request.c        the request object: target, parameters, body
 *   request_check.c  what the library lets through and should not
 *   response.c       answers: stored by any thread, queued by the HTTP thread
 *   watch.c          hang-ups
 *
 * A request object has up to three owners, each with one reference: the
 * library (from the request line to its completed callback), whoever is going
 * to answer (from the handler's call to the end of http_respond*()), and the
 * library's response object of a streamed body (until close()).
 *
 *   RECEIVING --handler--> HANDLING --suspend--> SUSPENDED
 *       |                      |                    |
 *       | refused              +---- answered ------+---> ANSWERED --queued--> SENT
 *       +-----------------------------------------------------^
 *
 * Only the HTTP thread moves a request, but for the step to ANSWERED.  The
 * library demands that a connection is suspended before it is resumed: the
 * exchange that sets ANSWERED tells the answering thread whether it was, and
 * the compare-and-swap to SUSPENDED tells the HTTP thread whether an answer
 * came first.
 */
#ifndef BROKER_HTTP_HTTP_PRIV_H
#define BROKER_HTTP_HTTP_PRIV_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>

#include "broker/http/http.h"
#include "common/base/list.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"

#define HTTP_URI_MAX      ((size_t)8 * 1024)
#define HTTP_SEGMENTS_MAX 12
#define HTTP_QUERY_MAX    64 /* parameters */

#define HTTP_REQUEST_MAGIC 0x68745271u
#define HTTP_CONN_MAGIC    0x6874436eu

/* ---- router.c ---- */

/* A route with its pattern cut at the slashes; a segment "{name}" matches any text. */
struct http_pattern {
	const struct http_route *route;
	uint32_t n_segments, n_params;
	struct str segments[HTTP_SEGMENTS_MAX];
};

struct http_router {
	struct http_pattern *patterns;
	size_t n_patterns;
};

NODISCARD int http_router_init(struct http_router *r, const struct http_route *routes,
			       struct error *err);
void http_router_fini(struct http_router *r);

/**
 * The pattern for a method and a path; NULL when there is none.  Then *allow
 * holds the methods that the path does have, or is empty when nothing matches.
 */
const struct http_pattern *http_router_find(const struct http_router *r, const char *method,
					    const struct str *segments, uint32_t n_segments,
					    struct strbuf *allow);

/* ---- server.c ---- */

struct http_listening {
	struct http_server *server;
	struct MHD_Daemon *daemon;
	int fd;
	struct list heads; /* requests whose head is arriving; the HTTP thread's */
	/* Under the server's lock. */
	bool is_quiesced; /* the fd is ours */
	bool is_stopping; /* too late to quiesce */
};

struct http_server {
	struct http_options options;
	struct http_router router;
	struct http_listening *listening;
	uint32_t n_listening;
	_Atomic int64_t n_active; /* requests that have arrived and still have an owner */
	_Atomic int n_waking;     /* threads inside http_stream_wake() */
	_Atomic bool is_quiescing;

	struct mutex lock; /* guards what follows, and keeps the connections' sockets open */
	struct cond wake;
	struct list conns;
	bool is_cutting;  /* no stream may wait any more */
	bool is_stopping; /* the sweeper ends */
	struct thread sweeper;
};

/* ---- deadline.c ---- */

enum http_phase {
	HTTP_PHASE_HEAD, /* between requests, or receiving a head */
	HTTP_PHASE_BODY,
	HTTP_PHASE_BUSY, /* handler, answer */
};

/* A connection.  The HTTP thread writes the atomics, the sweeper reads them. */
struct http_conn {
	uint32_t magic;
	struct list link;
	int fd;
	_Atomic int phase;
	_Atomic uint32_t n_requests;
	_Atomic uint64_t body_due_ns;

	/* The sweeper's own notes. */
	uint32_t seen_requests;
	uint64_t seen_bytes;  /* received when the last request had ended */
	uint64_t head_due_ns; /* 0: no byte of a head has come */

	struct http_request *stream; /* whose body has waited for its source; under the lock */
};

/** NULL when out of memory: the connection then has no deadlines. */
struct http_conn *http_conn_new(struct http_server *s, int fd);
void http_conn_free(struct http_server *s, struct http_conn **cp);
/** Accepts NULL. */
void http_conn_phase(struct http_conn *c, enum http_phase phase);

NODISCARD int http_deadline_start(struct http_server *s, struct error *err);
void http_deadline_stop(struct http_server *s);

/* ---- request.c ---- */

enum http_state { HTTP_RECEIVING, HTTP_HANDLING, HTTP_SUSPENDED, HTTP_ANSWERED, HTTP_SENT };

enum http_stream_state { HTTP_STREAM_RUNNING, HTTP_STREAM_SUSPENDED, HTTP_STREAM_READY };

struct http_param {
	struct str name, value;
};

struct http_header_line {
	struct http_header_line *next;
	char *name, *value; /* owned */
};

struct http_answer {
	int status;
	const char *content_type;
	struct http_header_line *headers;
	char *text; /* owned */
	size_t text_len;
	struct http_body_source source; /* .read is set for streams */
};

struct http_request {
	uint32_t magic;
	_Atomic int refs;
	_Atomic int state;
	struct http_server *server;
	struct MHD_Connection *connection;
	struct http_conn *conn; /* may be NULL */
	struct list in_heads;   /* of its listening, until the head was looked at */
	bool is_checked;        /* the head was looked at */
	bool is_active;         /* counted in n_active */
	uint64_t started_ns;

	const char *method; /* the library's memory, as are the headers */
	char *uri;          /* NULL: longer than HTTP_URI_MAX */
	size_t uri_len;
	struct str path; /* as sent, without query */
	struct str segments[HTTP_SEGMENTS_MAX];
	uint32_t n_segments;
	char *decoded; /* text of segments and parameters */
	struct http_param *query;
	uint32_t n_query;
	const struct http_pattern *pattern;
	struct strbuf body;
	char client[INET6_ADDRSTRLEN]; /* filled by http_client() */

	struct http_answer answer;
	_Atomic int stream_state;
	bool is_noted; /* in conn->stream */
	void *watch;   /* NULL: not watched */
	_Atomic bool is_gone;
	void (*gone)(void *arg);
	void *gone_arg;
};

/** A request whose target has arrived; NULL when out of memory. */
struct http_request *http_request_new(struct http_server *s, struct MHD_Connection *connection,
				      const char *uri);
void http_request_ref(struct http_request *rq);
void http_request_unref(struct http_request *rq);

/* Why a request is not let through; status 0 when it is. */
struct http_refusal {
	int status;
	const char *message; /* constant */
	bool must_close;     /* where the next request begins is not certain */
};

/** Cuts the target into segments and parameters, decoded. */
struct http_refusal http_request_parse_target(struct http_request *rq);

/* ---- request_check.c ---- */

/* What the head says about the body. */
struct http_head {
	bool has_body;
	bool is_chunked;
	uint64_t content_length;
};

struct http_refusal http_check_head(const struct http_request *rq, const char *version,
				    struct http_head *head);

/* ---- response.c ---- */

/** Stores an error answer (state ANSWERED); the HTTP thread then queues it. */
void http_refuse(struct http_request *rq, int status, const char *message);

/** Hands the stored answer to the library.  HTTP thread. */
enum MHD_Result http_answer_queue(struct http_request *rq);

/** The answer will not be sent: frees it, closes its source. */
void http_answer_drop(struct http_request *rq);

/** Refuses in the middle of a body, where the library takes no response.  Returns MHD_NO. */
enum MHD_Result http_cut(struct http_request *rq, int status, const char *message);

/** Wakes a suspended stream. */
void http_stream_wake(struct http_request *rq);

/* ---- watch.c ---- */

/** Starts watching if that is possible and not done yet. */
void http_watch_start(struct http_request *rq);
void http_watch_stop(struct http_request *rq);

#endif
