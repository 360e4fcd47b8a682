/*
 * wheel.h - timers by hierarchical wheel: O(1) add and cancel, 1 ms ticks.
 *
 * Not thread-safe: the reactor owns it.  (Varghese and Lauck 1987.)
 */
#ifndef COMMON_BASE_WHEEL_H
#define COMMON_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/list.h"

#define WHEEL_LEVELS 6
#define WHEEL_SLOTS  64

struct wheel_timer {
	struct list link;
	uint64_t due_ms;
};

struct wheel {
	uint64_t now_ms;
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t used[WHEEL_LEVELS]; /* bit per slot that may hold timers */
};

void wheel_init(struct wheel *w, uint64_t now_ms);

/** Links a timer that is in no wheel.  A due time in the past fires at the next advance. */
void wheel_add(struct wheel *w, struct wheel_timer *t, uint64_t due_ms);

/** Unlinks; harmless when not linked. */
void wheel_cancel(struct wheel_timer *t);

/** Moves time on and appends the timers that are due to *due, in order of time. */
void wheel_advance(struct wheel *w, uint64_t now_ms, struct list *due);

/** Milliseconds until the wheel wants to be advanced; UINT64_MAX when it is empty. */
uint64_t wheel_next_ms(const struct wheel *w);

#endif
