/*
 * coop.h - credit and cancellation: the two reasons why a loop stops.
 *
 * Work runs in polls.  For each poll the scheduler refills one account of
 * credit, in cost units of about a nanosecond, and whoever works pays from it:
 * lexer, planner, kernels, operators, readers, writers.  One account per task,
 * never one per operator, because counters of several operators hide each
 * other's yields.  (The idea is Tokio's and DataFusion's task budget; the unit
 * is ours: charging calls or rows says nothing about time.)
 *
 *     while (coop_go(c)) {            outer loop: may stop here
 *             n = ...at most 2,048 rows or 64 KiB of text, no checks...
 *             coop_pay(c, n * unit);  after the progress, never before it
 *     }
 *
 * Rules
 *  1. Spent credit is sticky: until the refill every coop_go() says no, so a
 *     tree of operators cannot go on through a sibling.
 *  2. Pay for progress only, after it; nothing for a child that was pending.
 *     That makes restore-on-pending free of charge.
 *  3. After a refill do at least one piece of work before yielding.  Hence
 *     coop_go() is asked at the head of a loop, when credit is fresh.
 *  4. A unit may be wrong and a page may be slow: every COOP_CLOCK_UNITS the
 *     clock is compared with the end of the slice, and the credit is dropped
 *     when that has passed.
 *
 * The token belongs to the query.  It is set once, by anybody, and never
 * cleared; the first reason wins.
 *
 * Threads: a struct coop is used by the thread that polls its task; a token
 * by anybody.
 */
#ifndef COMMON_BASE_COOP_H
#define COMMON_BASE_COOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"

/* Why a query has to stop. */
enum cancel_reason {
	CANCEL_NONE,
	CANCEL_USER,
	CANCEL_KILL,
	CANCEL_TIMEOUT,
	CANCEL_CLIENT_GONE,
	CANCEL_MEMORY,
	CANCEL_QUOTA,
	CANCEL_SHUTDOWN,
	CANCEL_PEER_ERROR, /* another task of the query failed; the error is in the query */
	CANCEL_SATISFIED,  /* nobody needs more rows: not an error */
};

/* One per query, on a cache line of its own. */
struct token {
	_Atomic uint32_t reason; /* enum cancel_reason */
} CACHE_LINE_ALIGNED;

/** "user", "timeout", ...: for receipts, logs and metrics. */
const char *cancel_reason_name(enum cancel_reason reason);

/** True when this call set it; false when an earlier reason stands. */
static inline bool token_set(struct token *t, enum cancel_reason reason)
{
	uint32_t none = CANCEL_NONE;

	return atomic_compare_exchange_strong_explicit(&t->reason, &none, (uint32_t)reason,
						       memory_order_acq_rel, memory_order_acquire);
}

static inline enum cancel_reason token_reason(const struct token *t)
{
	return (enum cancel_reason)atomic_load_explicit(&t->reason, memory_order_relaxed);
}

struct fiber;

struct coop {
	int64_t credit;      /* units left of this poll */
	int64_t clock_in;    /* units until the clock is read */
	uint64_t slice_end;  /* monotonic ns */
	struct token *token; /* never NULL */
	/* Set while the account's owner runs in a fiber (fiber.h): hands control back to the
	 * scheduler and returns after the next refill.  NULL elsewhere. */
	void (*pause)(struct coop *c);
	struct fiber *fiber; /* the one that pause() leaves */
};

/* How many units pass between two looks at the clock. */
#define COOP_CLOCK_UNITS 16384

/* Prices, in units of about 1 ns, of what many places do. */
#define COOP_PAGE     2000               /* first touch of 4 KiB of fresh memory */
#define COOP_ROW      2                  /* one row through a cheap kernel */
#define COOP_CALL     200                /* handing control around once */
#define COOP_BYTES(n) ((int64_t)(n) / 4) /* text looked at byte by byte */

/** Fresh credit for one poll. */
void coop_refill(struct coop *c, int64_t units, uint64_t slice_ns);

/** An account that never runs out, for start-up, tests and bounded teardown. */
void coop_unlimited(struct coop *c, struct token *token);

/** Reads the clock; drops the credit when the slice is over. */
void coop_clock(struct coop *c);

/** True while there is credit and nobody has cancelled the query. */
static inline bool coop_go(const struct coop *c)
{
	return c->credit > 0 &&
	       atomic_load_explicit(&c->token->reason, memory_order_relaxed) == CANCEL_NONE;
}

static inline bool coop_cancelled(const struct coop *c)
{
	return token_reason(c->token) != CANCEL_NONE;
}

/** Pays for work done. */
static inline void coop_pay(struct coop *c, int64_t units)
{
	c->credit -= units;
	c->clock_in -= units;
	if (UNLIKELY(c->clock_in <= 0))
		coop_clock(c);
}

struct error;

/**
 * A yield point for code that runs in a fiber and keeps its position on the
 * stack: parser, binder, planner.  Returns 0 at once while there is credit;
 * when it is spent, pauses the fiber and returns 0 after the refill; returns -1
 * with ERR_QUERY_CANCELLED once the query is cancelled.  Outside a fiber it
 * never pauses.
 */
NODISCARD int coop_point(struct coop *c, struct error *err);

/* What a resumable step says. */
enum step {
	STEP_DONE,   /* finished */
	STEP_YIELD,  /* credit spent or query cancelled: call again with the same state */
	STEP_FAILED, /* *err is filled */
};

#endif
