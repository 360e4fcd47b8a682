/*
 * reactor.h - the thread that waits: deadlines and hang-ups.
 *
 * It computes nothing.  Callbacks run on its thread, set a token or wake a
 * task, and return.
 */
#ifndef BROKER_QUERY_REACTOR_H
#define BROKER_QUERY_REACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/wheel.h"

struct error;
struct reactor;

NODISCARD int reactor_start(struct reactor **out, struct error *err);
void reactor_stop(struct reactor **rp);

/* ---- timers: embedded in whatever waits ---- */

struct reactor_timer {
	struct wheel_timer timer;
	void (*fire)(void *arg);
	void *arg;
};

void reactor_timer_init(struct reactor_timer *t, void (*fire)(void *arg), void *arg);

/** Fires once, delay_ms from now or a little later.  The timer must not be set.  Any thread. */
void reactor_timer_set(struct reactor *r, struct reactor_timer *t, uint64_t delay_ms);

/** True when the timer was set and will not fire; false when it fired, fires now, or was not set. */
bool reactor_timer_cancel(struct reactor *r, struct reactor_timer *t);

/* ---- hang-ups: the functions of struct http_watch; context is the reactor ---- */

void *reactor_watch_add(void *reactor, int fd, void (*gone)(void *arg), void *arg);
void reactor_watch_remove(void *reactor, void *watch);

#endif
