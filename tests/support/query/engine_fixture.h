/*
 * engine_fixture.h - a real engine without HTTP: catalog, store, workers, and
 * queries and pages whose answers are waited for.
 *
 * Tables: nation, system.numbers, system.processes.
 */
#ifndef TESTS_SUPPORT_QUERY_ENGINE_FIXTURE_H
#define TESTS_SUPPORT_QUERY_ENGINE_FIXTURE_H

#include <stdatomic.h>

#include "broker/query/query.h"

struct engine_fixture {
	char dir[64];
	struct catalog *catalog;
	struct scheduler *scheduler;
	struct reactor *reactor;
	struct reaper *reaper;
	struct store *store;
	struct engine *engine;
	int64_t poll_credit;
};

void engine_fixture_start(struct engine_fixture *f, int64_t poll_credit);
/** Waits until nothing is under way. */
void engine_fixture_stop(struct engine_fixture *f);
/** Waits until nothing is under way. */
void engine_fixture_await_idle(const struct engine_fixture *f);
/** Stops and starts all of it over the same files; nothing is left in memory. */
void engine_fixture_restart(struct engine_fixture *f);

/* An answer to come. */
struct asked {
	_Atomic bool is_answered;
	struct query_answer answer;
	struct strbuf text; /* the whole body */
	bool is_cut;        /* the body had no end */
};

/** Starts a multi-stage query.  NULL when there was no memory for it. */
struct query *ask(struct engine_fixture *f, struct asked *a, const char *sql, bool wants_cursor);

/** Has a statement described, not run.  NULL when there was no memory for it. */
struct query *ask_about(struct engine_fixture *f, struct asked *a, const char *sql,
			enum query_kind kind);

/** Starts reading a page.  NULL when there was no memory for it. */
struct page *ask_page(struct engine_fixture *f, struct asked *a, struct str request_id,
		      int64_t offset, int64_t num_rows);

void await_answer(struct asked *a);

/** Waits for the answer and reads a streamed one to its end. */
void receive(struct query **q, struct asked *a);
void receive_page(struct page **p, struct asked *a);

/** Frees the text; the next question may use it. */
void forget(struct asked *a);

#endif
