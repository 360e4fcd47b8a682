/* query_priv.h - inside of query/: the query object, its phases, the engine. */
#ifndef BROKER_QUERY_QUERY_PRIV_H
#define BROKER_QUERY_QUERY_PRIV_H

#include <stdatomic.h>

#include "broker/exec/run.h"
#include "broker/plan/plan.h"
#include "broker/query/options.h"
#include "broker/query/query.h"
#include "broker/query/reactor.h"
#include "broker/query/reaper.h"
#include "broker/sql/sql.h"
#include "broker/store/store.h"
#include "common/base/arena.h"
#include "common/base/fiber.h"
#include "common/base/id.h"
#include "common/base/map.h"

/* One row per phase: name as people see it, and what the driver does in it. */
#define QUERY_PHASES(X)                     \
	X(PLANNING, "planning", query_plan) \
	X(QUEUED, "queued", query_admit)    \
	X(RUNNING, "running", query_run)    \
	X(SAVING, "saving", query_save)     \
	X(WRITING, "writing", query_write)  \
	X(ENDED, "ended", query_end)

enum query_phase {
#define PHASE(NAME, text, step) PHASE_##NAME,
	QUERY_PHASES(PHASE)
#undef PHASE
};

/* What a phase says to the driver. */
enum phase_result {
	PHASE_NEXT,  /* q->phase has been changed */
	PHASE_AGAIN, /* credit is spent */
	PHASE_WAIT,  /* a waker is armed */
	PHASE_OVER,  /* the driver is done */
};

/*
 * Whoever comes first decides: the store's lane, that the driver learns the outcome, or
 * the driver, that it does not wait for it because the query was cancelled.
 */
enum commit_state { COMMIT_NONE, COMMIT_UNDER_WAY, COMMIT_ENDED, COMMIT_GIVEN_UP };

struct query_saving {
	struct store_write *write;
	const struct chunk *chunk;
	struct strbuf metadata;
	_Atomic uint32_t commit; /* enum commit_state */
	bool is_saved;
	_Atomic bool has_ready_ref; /* the store's lane may still call lane_is_ready() */
	struct error result;        /* of the commit, once it has ended */
	int64_t begun_ms, took_ms;
	int64_t bytes;
};

struct query {
	struct token token; /* first: a cache line of its own */
	struct engine *engine;
	_Atomic uint32_t n_refs;
	uint64_t id;
	char id_text[24];
	struct str sql, json_options; /* owned copies in the arena */
	char client[48];
	struct query_request request; /* texts are not used after submit */
	uint64_t started_ns;
	int64_t started_ms;

	struct mem_account account;
	struct mem_pool pool;
	struct arena arena;
	struct reaper_job reaper_job;

	struct task_group group;
	struct task driver;
	_Atomic uint32_t phase; /* enum query_phase; written by the driver */
	struct fiber *fiber;
	struct error plan_error;

	struct query_options options;
	struct str client_query_id; /* registered under it; .ptr NULL: none */
	struct query *next_same_client_id;
	struct list registry_link;
	enum dialect dialect;
	const struct ast_stmt *stmt;
	struct plan plan;

	bool is_admitted;
	struct list admission_link;

	struct run run;
	bool has_run;
	_Atomic bool run_ended;

	struct error error; /* why it failed; ERR_NONE: it did not */
	struct query_saving saving;
	struct response response;
	bool has_response, is_answered, is_streaming;
	struct output output;
	struct strbuf piece; /* being filled */
	struct query_answer answer;

	struct reactor_timer deadline;
	struct mutex lock; /* guards receipt, stop_waiters, has_stopped */
	struct receipt receipt;
	struct list stop_waiters;
	bool has_stopped;
};

struct engine {
	struct engine_options options;
	struct id_source ids;
	char broker_id[128];
	struct mem_account account; /* of all queries and pages together */
	struct mutex lock;          /* registry and admission */
	struct map by_id, by_client;
	struct list queries; /* all in the registry, oldest first */
	uint32_t n_running, n_waiting;
	_Atomic uint32_t n_live; /* queries, until their memory has been given back, and pages */
	struct list waiting;     /* admission queue */
	bool is_draining;
};

/* ---- registry.c ---- */
NODISCARD int registry_add(struct engine *e, struct query *q, struct error *err);
/* Makes the query known under its client's id.  Once. */
NODISCARD int registry_add_client(struct engine *e, struct query *q, struct str client_query_id,
				  struct error *err);
void registry_remove(struct engine *e, struct query *q);

/* ---- phases ---- */
enum phase_result query_plan(struct query *q);  /* query_plan.c */
enum phase_result query_admit(struct query *q); /* admission.c */
enum phase_result query_run(struct query *q);   /* query_run.c */
enum phase_result query_save(struct query *q);  /* cursor.c */

/** Deletes the response if it was saved: the client hears of an error instead (cursor.c). */
void query_unsave(struct query *q);

enum phase_result query_write(struct query *q); /* query_write.c */
enum phase_result query_end(struct query *q);   /* query.c */

/* Gives the slot back and lets the next one in. */
void admission_leave(struct query *q);
/* Takes a cancelled query out of the queue. */
void admission_unlink(struct query *q);

const char *query_phase_name(enum query_phase phase);
static inline enum query_phase query_phase(const struct query *q)
{
	return (enum query_phase)atomic_load_explicit(&q->phase, memory_order_relaxed);
}
static inline void query_enter(struct query *q, enum query_phase phase)
{
	atomic_store_explicit(&q->phase, (uint32_t)phase, memory_order_relaxed);
}

/* Ends the work part: with the error, or without; goes on to WRITING. */
enum phase_result query_fail(struct query *q, const struct error *err);

/* Nothing works for the query any more: it leaves the registry, the receipt is stamped, those who
 * wait are told.  Further calls do nothing. */
void query_stopped(struct query *q);

/* (Re)sets the deadline: ms from the query's start. */
void query_set_deadline(struct query *q, int64_t timeout_ms);

/* "Caught exception while parsing query: <sql>: <message>", as in Pinot. */
void query_print_parsing_error(const struct query *q, struct strbuf *out);

/* ---- query_describe.c: statements that are parsed and not run ---- */
/* In the fiber, once the statement is parsed. */
NODISCARD int query_describe(struct query *q, struct error *err);
/* Makes the answer of what is described, or of the error. */
void query_describe_end(struct query *q);

/* The cursor members of the first page. */
struct response_cursor query_cursor_facts(const struct query *q);
/* Rows of the first page. */
int64_t query_page_rows(const struct query *q);
void query_facts(struct query *q, struct response_facts *facts, struct strbuf *error_text,
		 struct str **tables);

NODISCARD int processes_table_register(struct engine *e, struct error *err);

#endif
