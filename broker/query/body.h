/*
 * body.h - members of a request's JSON body, read where it holds nobody up.
 *
 * A short body is read at once, on the HTTP thread.  A longer one is read on a
 * worker, in pieces: by a task in a group of its own, of the kind that queries
 * have.  So long bodies have the share that their work so far leaves them, and
 * neither other requests nor the end of a cancelled query waits for them.
 */
#ifndef BROKER_QUERY_BODY_H
#define BROKER_QUERY_BODY_H

#include "broker/exec/scheduler.h"
#include "common/base/error.h"
#include "common/json/json_pick.h"

struct fiber;

#define BODY_PICKS_MAX 4

/* What is read, from which, and who is told.  Embedded in what waits for it. */
struct body {
	/* Set before body_read(). */
	struct str text; /* borrowed until done() */
	struct json_pick picks[BODY_PICKS_MAX];
	size_t n_picks;
	struct token *token; /* when it is set, reading ends; the owner's until ended() */
	/* All is read, or error says why not.  At once or on a worker. */
	void (*done)(struct body *b);
	/* The last call, after done(): the object may be freed. */
	void (*ended)(struct body *b);

	struct error error;

	/* body.c's own */
	struct task_group group;
	struct task task;
	struct fiber *fiber;
};

/** Starts reading; done() and ended() may have been called when it comes back. */
void body_read(struct body *b, struct scheduler *s);

/** Frees the picks' texts. */
void body_fini(struct body *b);

#endif
