/*
 * output.h - text between the worker that writes a response and the socket
 * that takes it: a queue of a few pieces, bounded.
 *
 * The producer puts pieces until output_put() says that the queue is full, and
 * is told by room() when it is worth going on.  The consumer reads what is
 * there and is told by ready() when there is more.  Either side may leave first.
 *
 * Threads: producer and consumer may be different threads; one of each.
 * Callbacks are called without a lock.
 */
#ifndef BROKER_QUERY_OUTPUT_H
#define BROKER_QUERY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/mutex.h"
#include "common/base/strbuf.h"

#define OUTPUT_PIECES      4
#define OUTPUT_PIECE_BYTES ((size_t)64 * 1024)

struct output {
	struct mutex lock;
	struct strbuf pieces[OUTPUT_PIECES]; /* ring */
	unsigned first, n;
	size_t read_offset; /* in the first piece */
	bool is_ended, is_failed, is_abandoned;
	bool wants_room;
	unsigned n_telling; /* calls of ready() under way: abandon waits for them */
	struct cond told;
	void (*ready)(void *arg);
	void *ready_arg;
	void (*room)(void *arg);
	void *room_arg;
};

void output_init(struct output *o, void (*room)(void *arg), void *arg);
void output_fini(struct output *o);

/** The consumer's callback; set before it reads. */
void output_on_ready(struct output *o, void (*ready)(void *arg), void *arg);

/** Takes the piece (must have room: see output_is_full); drops it when the consumer is gone. */
void output_put(struct output *o, struct strbuf *piece);

/** True when the producer has to wait; room() will be called. */
bool output_is_full(struct output *o);

/** No more pieces.  failed: the text is not complete, cut the connection. */
void output_end(struct output *o, bool failed);

/** Consumer: bytes copied; 0 not yet; -1 the end; -2 failed. */
long output_read(struct output *o, char *buf, size_t max);

/**
 * Consumer is gone: the producer may stop.  Calls room().  After it returns ready() is not running
 * and will not run.
 */
void output_abandon(struct output *o);
bool output_is_abandoned(struct output *o);

#endif
