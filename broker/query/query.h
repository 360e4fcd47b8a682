/*
 * query.h - one query from request to result, and the registry of all of them.
 *
 *   query_submit ── PLANNING ── ADMITTED? ── RUNNING ──┬── WRITING ── ENDED
 *        │ (parse, bind, plan)    (queue)              └── SAVING ──┘
 *        └ in the registry from here on, until ENDED
 *
 * A driver task walks through the phases on the workers; running is the tasks of
 * a struct run, saving waits for the store's lane, writing for the client.
 * Cancelling sets the query's token from any thread; the driver notices when
 * nothing of the query runs any more, stamps the receipt, and answers.
 *
 * Objects are counted: the engine holds a reference until ENDED, the caller of
 * query_submit() one until query_unref().  The query's memory goes to the
 * reaper when it has ended; the object itself when the last reference is gone.
 *
 * Threads: all functions from any thread unless said otherwise.
 */
#ifndef BROKER_QUERY_QUERY_H
#define BROKER_QUERY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/query/output.h"
#include "broker/query/response.h"
#include "common/base/coop.h"
#include "common/base/list.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

struct catalog;
struct engine;
struct error;
struct mem_account;
struct query;
struct reactor;
struct reaper;
struct scheduler;
struct store;

struct engine_options {
	struct catalog *catalog;
	struct scheduler *scheduler;
	struct reactor *reactor;
	struct reaper *reaper;
	struct store *store;
	int64_t timeout_ms;
	int64_t default_limit, max_limit;
	bool star_by_name;
	bool is_cancellable; /* both cancellation keys are on */
	int64_t query_max_memory, total_max_memory;
	uint32_t max_running, max_queued;
	uint32_t sql_max_bytes, sql_max_tokens, sql_max_depth, sql_max_columns;
	uint32_t max_options; /* of a request's query_options */
	uint32_t max_value_bytes;
	int64_t cursor_fetch_rows, cursor_expiration_ms;
	const char *broker_host; /* borrowed; as clients see it */
	int64_t broker_port;     /* set before the first query */
};

/** An engine without queries; registers system.processes in the catalog. */
NODISCARD int engine_new(const struct engine_options *options, struct engine **out,
			 struct error *err);

/** The port is known only after listening. */
void engine_set_port(struct engine *e, int64_t port);

/** No new queries; those that run go on.  Later submits are refused with ERR_SHUTTING_DOWN. */
void engine_drain(struct engine *e);
/** No query is left, not even its memory, and no page. */
bool engine_is_idle(const struct engine *e);
/** Cancels all queries. */
void engine_cancel_all(struct engine *e, enum cancel_reason reason, const char *by);
/** No query may be left, nor memory with the reaper: stop that first. */
void engine_free(struct engine **ep);

/** What queries and pages hold together. */
const struct mem_account *engine_account(const struct engine *e);
const char *engine_broker_id(const struct engine *e);
const struct engine_options *engine_options(const struct engine *e);

/* What becomes of a statement. */
enum query_kind {
	QUERY_RUN,
	QUERY_VALIDATE,    /* it is parsed, and the answer says whether it can be */
	QUERY_FINGERPRINT, /* it is parsed, and the answer is its shape and a hash of that */
};

/* What the HTTP layer knows about a query. */
struct query_request {
	enum query_kind kind;
	struct str sql;           /* copied */
	struct str query_options; /* JSON body's; copied; may be empty */
	bool is_multistage;       /* POST /query */
	bool is_dql_only;         /* other statements are refused */
	bool wants_cursor;
	int64_t cursor_num_rows; /* 0: default; negative: an error after the run, as in Pinot */
	const char *client;      /* address, for receipts and system.processes */
	/* The answer is there: query_take_answer().  Called exactly once, on a worker; must not wait. */
	void (*answered)(struct query *q, void *arg);
	void *arg;
};

/* How to answer the client. */
struct query_answer {
	int error_wire_code;   /* -1: success */
	int error_http_status; /* what the error maps to; 200 on success */
	int plain_status;      /* not 0: answer this status with `body` as it is ... */
	bool is_plain_json;    /* ... which is JSON, or else bare text */
	struct strbuf body;    /* the whole response when it is small */
	struct output *output; /* else: read the response from here; NULL when body is all */
};

/**
 * Puts a query into the registry; query_start() lets it run.  In between it can
 * be cancelled already.  NULL with *err when out of memory or shutting down;
 * all other failures come as answers.
 */
NODISCARD struct query *query_submit(struct engine *e, const struct query_request *request,
				     struct error *err);
void query_start(struct query *q);

/** {"error":"..."}: what went wrong with a request that does not run its statement. */
void query_describe_error(enum query_kind kind, struct str message, struct strbuf *out);

/** Moves the answer out.  In or after answered(). */
void query_take_answer(struct query *q, struct query_answer *out);

struct query *query_ref(struct query *q);
void query_unref(struct query **qp);

uint64_t query_id(const struct query *q);

/** Stops a query; the first reason wins.  True when this call did it. */
bool query_cancel(struct query *q, enum cancel_reason reason, const char *by);

/** Calls fn once the query has stopped (or at once when it has). */
struct query_stop_waiter {
	struct list link;
	void (*fn)(struct query_stop_waiter *w);
};
void query_on_stop(struct query *q, struct query_stop_waiter *w);
/** True when the waiter was still waiting and will not be called. */
bool query_stop_waiter_remove(struct query *q, struct query_stop_waiter *w);

/** A copy of the receipt so far. */
struct receipt query_receipt(struct query *q);

/** A reference, or NULL. */
struct query *engine_find(struct engine *e, uint64_t id);
/** A reference to some query with that client id that is not cancelled yet, or NULL. */
struct query *engine_find_client(struct engine *e, struct str client_query_id);

/** GET /queries: {"<id>":"<sql>",...} or, verbose, an array of objects with progress. */
NODISCARD int engine_list(struct engine *e, bool verbose, struct strbuf *out);

/* A page of a stored result, made into a response on a worker. */
struct page_request {
	struct str request_id;
	int64_t offset;
	int64_t num_rows; /* -1: the default */
	bool metadata_only;
	void (*answered)(void *arg, struct query_answer *answer);
	void *arg;
};

/* Page answers are written by a task of their own; release when the body is sent or dropped. */
struct page;

/** Starts reading a page.  answered() is called once, from any thread.  -1: it will not be. */
NODISCARD int page_submit(struct engine *e, const struct page_request *request, struct page **out,
			  struct error *err);
/** The client has gone or has everything. */
void page_release(struct page **pp);

#endif
